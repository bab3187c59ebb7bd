"""Clusters of several sizes, one inside the other: about 10 to survey, 100 to browse, 1,000 to look into.

    searched space -> K-Means: the fine clusters -> Ward's method on their centres -> cut twice, coarser each time

K-Means finds the fine clusters because it takes seconds where a tree over all nodes takes their square. Ward's method
joins them because it goes on with the same measure, the squared distance to the centre, so the coarse clusters are as
compact as those of K-Means, and they contain the fine ones by construction. SciPy's and scikit-learn's versions begin
with points of equal weight; here a centre stands for as many nodes as its cluster has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lookgraph.gnn.levels import Hierarchy
from lookgraph.gnn.pseudo_labels import assign, extend_labels, kmeans

_ABOUT: Final = (0.7, 1.4)  # a level may have so many times the wanted number, if the tree is better cut there
_LARGEST: Final = 2.5  # times its even share of the nodes: a larger cluster is cut once more
_LEARNED_A_CLUSTER: Final = 256


def nested_clusters(vectors: np.ndarray, wanted: Sequence[int], smallest: int, seed: int) -> Hierarchy:
    """Cluster by cosine at several levels.

    Args:
        vectors: (n_nodes, dim) float32, unit length.
        wanted: About how many clusters each level is to have. A level gets at most n_nodes / smallest, and is left out
            where that is not twice the level above.
        smallest: Nodes that a cluster has in the mean, at least.
        seed: Same seed, same clusters.

    Source: Ward 1963. The tree is cut where the criterion jumps most, near the wanted number; a cluster that then holds
    more than 2.5 times its even share is cut once more where it was joined last, as long as the number stays near.
    """
    counts = level_sizes(len(vectors), wanted, smallest)
    fine = _dense(_fine_clusters(vectors, counts[-1], seed))
    n_fine = int(fine.max()) + 1
    sizes = np.bincount(fine, minlength=n_fine)
    centres = np.stack([np.bincount(fine, weights=column, minlength=n_fine) for column in vectors.T], axis=1)
    merges, heights = ward(centres / sizes[:, None], sizes)
    columns, done = [], np.ones(len(merges), bool)
    for count in counts[:-1]:
        done &= np.arange(len(merges)) < n_fine - _best_cut(heights, count, n_fine)
        _cut_large(merges, done, sizes, count)
        columns.append(_dense(_owners(merges[done], n_fine)[fine]))
    return Hierarchy(np.stack([*columns, fine], axis=1).astype(np.int32))


def extend_hierarchy(vectors: np.ndarray, levels: np.ndarray) -> Hierarchy:
    """Give nodes that have none the fine cluster whose middle they are nearest to, and with it the coarser ones.

    Args:
        vectors: (n_nodes, dim) float32, unit length.
        levels: (n_nodes, n_levels) as in :class:`.levels.Hierarchy`, rows of -1 for these nodes. Clusters that nobody
            is left in are gone from the result, and all are numbered anew.
    """
    fine = extend_labels(vectors, levels[:, -1].astype(np.int64))
    known = np.flatnonzero(levels[:, -1] >= 0)
    names, first = np.unique(levels[known, -1], return_index=True)
    above = levels[known[first]][np.searchsorted(names, fine)]
    columns = [_dense(above[:, level]) for level in range(levels.shape[1] - 1)]
    return Hierarchy(np.stack([*columns, _dense(fine)], axis=1).astype(np.int32))


def level_sizes(n_nodes: int, wanted: Sequence[int], smallest: int) -> list[int]:
    """The numbers of clusters that n nodes allow, coarsest first; at least one level."""
    counts: list[int] = []
    for number in sorted(wanted):
        count = min(number, max(1, n_nodes // smallest))
        if not counts or count >= 2 * counts[-1]:
            counts.append(count)
    return counts


def ward(centres: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the two clusters whose union adds least to the squared distances from the centres, until one is left.

        cost(a, b) = w_a w_b / (w_a + w_b) * |c_a - c_b|^2

    Args:
        centres: (m, dim) float64 means of m clusters.
        weights: (m,) how many nodes each stands for.

    Returns:
        (m - 1, 2) int64: in order, the cluster that stays and the one that goes into it; (m - 1,) float64 costs.
    """
    m = len(centres)
    means, weights = centres.astype(np.float64).copy(), weights.astype(np.float64).copy()
    between = ((means**2).sum(1)[:, None] + (means**2).sum(1) - 2 * means @ means.T).clip(0)
    cost = between * np.outer(weights, weights) / np.add.outer(weights, weights)
    np.fill_diagonal(cost, np.inf)
    merges, heights = np.empty((max(m - 1, 0), 2), np.int64), np.empty(max(m - 1, 0))
    for step in range(m - 1):
        kept, gone = sorted(np.unravel_index(int(cost.argmin()), cost.shape))
        merges[step], heights[step] = (kept, gone), cost[kept, gone]
        means[kept] = np.average(means[[kept, gone]], axis=0, weights=weights[[kept, gone]])
        weights[kept] += weights[gone]
        row = ((means - means[kept]) ** 2).sum(1) * weights * weights[kept] / (weights + weights[kept])
        row[np.isinf(cost[kept])] = np.inf  # itself, and what went into others before
        cost[kept], cost[:, kept] = row, row
        cost[gone], cost[:, gone] = np.inf, np.inf
    return merges, heights


def _fine_clusters(vectors: np.ndarray, n_clusters: int, seed: int) -> np.ndarray:
    """K-Means, learned from a sample where there are many nodes for each cluster."""
    if len(vectors) <= _LEARNED_A_CLUSTER * n_clusters:
        return kmeans(vectors, n_clusters, seed)
    rows = np.random.default_rng(seed).choice(len(vectors), _LEARNED_A_CLUSTER * n_clusters, replace=False)
    sample = vectors[np.sort(rows)]
    labels = kmeans(sample, n_clusters, seed)
    sums = np.stack([np.bincount(labels, weights=column, minlength=n_clusters) for column in sample.T], axis=1)
    return assign(vectors, np.ascontiguousarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32))


def _best_cut(heights: np.ndarray, wanted: int, n_fine: int) -> int:
    """The number of clusters near the wanted one before whose merging the cost jumps most."""
    low, high = max(2, round(wanted * _ABOUT[0])), min(n_fine - 1, round(wanted * _ABOUT[1]))
    if low > high:
        return min(wanted, n_fine)
    jumps = [heights[n_fine - k] / max(heights[n_fine - k - 1], 1e-12) for k in range(low, high + 1)]
    return low + int(np.argmax(jumps))


def _cut_large(merges: np.ndarray, done: np.ndarray, sizes: np.ndarray, wanted: int) -> None:
    """Take back the last merge of the largest cluster while it is too large and there are not too many."""
    n_fine, most = len(sizes), round(wanted * _ABOUT[1])
    while n_fine - int(done.sum()) < most:
        shares = np.bincount(_owners(merges[done], n_fine), weights=sizes, minlength=n_fine) / sizes.sum()
        own = np.flatnonzero(done & (merges[:, 0] == shares.argmax()))
        if shares.max() <= _LARGEST / wanted or not len(own):
            return
        done[own[-1]] = False


def _owners(merges: np.ndarray, n_fine: int) -> np.ndarray:
    """(n_fine,) the cluster that each fine one is in after the merges."""
    owner = np.arange(n_fine)
    for kept, gone in merges:
        owner[owner == gone] = kept
    return owner


def _dense(labels: np.ndarray) -> np.ndarray:
    """The same clusters numbered from 0 without gaps, the largest first, equal ones by their first node."""
    _, first, member, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    dense: np.ndarray = rank[member]
    return dense
