"""Every photo's nearest, found once for a whole generation, so that 'more like this' is a look into a table."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from lookgraph.index import VectorIndex

DEPTH: Final = 64
"""Answers that the table holds for each photo."""

_CHUNK: Final = 512


class NeighbourTable:
    """(n_nodes, DEPTH) nearest nodes and their cosines, the photo itself left out; filled chunk after chunk."""

    def __init__(self, vectors: np.ndarray, index: VectorIndex) -> None:
        self._vectors, self._index = vectors, index
        self.depth = min(DEPTH, len(vectors) - 1)
        self._nodes = np.full((len(vectors), self.depth), -1, np.int32)
        self._scores = np.zeros((len(vectors), self.depth), np.float32)
        self._known = np.zeros(len(vectors), bool)
        self._stopped = threading.Event()

    @property
    def complete(self) -> bool:
        return bool(self._known.all())

    def fill(self) -> None:
        """Find everything; meant for a thread of its own, ended by :meth:`stop`."""
        for begin in range(0, len(self._vectors), _CHUNK):
            if self._stopped.is_set():
                return
            self._find(np.arange(begin, min(begin + _CHUNK, len(self._vectors))))

    def stop(self) -> None:
        self._stopped.set()

    def of(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        """(depth,) nodes, nearest first, and (depth,) their cosines."""
        if not self._known[node]:
            self._find(np.array([node]))
        return self._nodes[node], self._scores[node]

    def _find(self, nodes: np.ndarray) -> None:
        scores, found = self._index.search(self._vectors[nodes], self.depth + 1)
        is_self = found == nodes[:, None]
        is_self[~is_self.any(axis=1), -1] = True  # equal vectors pushed it out: drop the last instead
        self._nodes[nodes] = found[~is_self].reshape(len(nodes), self.depth)
        self._scores[nodes] = scores[~is_self].reshape(len(nodes), self.depth)
        self._known[nodes] = True
