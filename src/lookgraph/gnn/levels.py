"""Nested clusters as they are kept; :mod:`.hierarchy` finds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hierarchy:
    """Nested clusters of the same nodes.

    Attributes:
        levels: (n_nodes, n_levels) int32; column 0 is the coarsest. The clusters of a level are numbered from 0, the
            largest first.
    """

    levels: np.ndarray

    @property
    def n_levels(self) -> int:
        return int(self.levels.shape[1])

    def of(self, level: int) -> np.ndarray:
        """(n_nodes,) the cluster of every node at a level."""
        column: np.ndarray = self.levels[:, level]
        return column

    def n_clusters(self, level: int) -> int:
        return int(self.of(level).max()) + 1

    def parents(self, level: int) -> np.ndarray:
        """(n_clusters,) int64: the cluster of the level above that each lies in; -1 at the coarsest level."""
        if level == 0:
            return np.full(self.n_clusters(0), -1, np.int64)
        _, first = np.unique(self.of(level), return_index=True)
        return self.of(level - 1)[first].astype(np.int64)
