"""The clusters as people meet them: a name, a cover, a size. Names and clusters are the generation's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.evaluate import NamedCluster
from lookgraph.gnn import Hierarchy

_BROWSED: Final = 40  # photos that a style has in the mean, at least: fewer make no page


@dataclass(frozen=True, slots=True)
class Style:
    """One cluster of the level that is browsed.

    Attributes:
        cluster: Its number at that level.
        family: Name of the coarse cluster that it lies in; its own where the coarse level is browsed.
        cover: The node in its middle.
        covers: Up to four nodes near its middle.
        n_nodes: Photos in it.
    """

    cluster: int
    name: str
    family: str
    cover: int
    covers: tuple[int, ...]
    n_nodes: int


def browsed_level(hierarchy: Hierarchy) -> int:
    """The finest level whose clusters are still large enough to browse."""
    n = len(hierarchy.levels)
    fitting = [level for level in range(hierarchy.n_levels) if n >= _BROWSED * hierarchy.n_clusters(level)]
    return max(fitting, default=0)


def find_styles(hierarchy: Hierarchy, named: Sequence[NamedCluster], level: int, vectors: np.ndarray) -> list[Style]:
    """The clusters of a level with their covers; the largest first.

    Args:
        vectors: (n_nodes, dim) float32 unit rows of the searched space.
    """
    own, coarse = hierarchy.of(level), {cluster.number: cluster for cluster in named if cluster.level == 0}
    members = np.split(np.argsort(own, kind="stable"), np.cumsum(np.bincount(own))[:-1])
    styles = []
    for cluster in named:
        if cluster.level != level:
            continue
        nodes = members[cluster.number]
        near = vectors[nodes] @ vectors[nodes].mean(axis=0)
        middle = nodes[np.argsort(-near, kind="stable")[:4]].tolist()
        family = coarse[int(hierarchy.of(0)[middle[0]])].name
        styles.append(Style(cluster.number, cluster.name, family, middle[0], tuple(middle), cluster.n_nodes))
    return styles
