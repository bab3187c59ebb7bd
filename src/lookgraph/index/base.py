"""One door to every nearest-neighbour index: embedded in the process by default, a server later."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from lookgraph.errors import ConfigError


class VectorIndex(Protocol):
    """Finds the rows whose vectors have the largest cosine with a query."""

    @property
    def n_rows(self) -> int: ...

    def search(self, queries: np.ndarray, k: int, allowed: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Search for k rows a query.

        Args:
            queries: (m, dim) float32, unit length.
            k: Rows a query.
            allowed: (n_rows,) bool; other rows are never returned, and pages stay full all the same.

        Returns:
            (m, k) float32 cosines, most similar first, and (m, k) int64 rows. Where fewer than k rows
            are allowed, the rest is -inf and -1.
        """
        ...


def open_index(uri: str) -> VectorIndex:
    """Open an index by its address, ``faiss:///path/to/index.faiss``.

    Raises:
        ConfigError: nothing here serves such an address.
        LookbookDamagedError: the index cannot be read.
    """
    scheme, separator, rest = uri.partition("://")
    if scheme == "faiss" and separator:
        from lookgraph.index.faiss_index import FaissIndex

        return FaissIndex.load(Path(rest))
    raise ConfigError(f"index {uri!r} is not known: write faiss:///path/to/index.faiss")
