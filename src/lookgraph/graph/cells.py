"""Nearest neighbours of a large catalogue, searched cell by cell, to a recall that is asked for.

    items -> cells around K-Means centres -> in how many cells must an item be listed? -> one matrix product a cell

Every item searches one cell only, its nearest, and in return is listed in several: those in which items that lie near
it may be searching. So the search of a cell is one matrix product over rows that lie together, where an index for
single queries (HNSW, inverted lists) reads scattered rows for each item anew. In how many cells an item must be listed
is not guessed: for a sample of items the true neighbours are searched for among all, and their lists say it.
"""

from __future__ import annotations

from typing import Final

import faiss
import numpy as np

_ITEMS_A_CELL: Final = 400
_LEARNED_A_CELL: Final = 64
_ITERATIONS: Final = 8
_SAMPLE: Final = 1000


def search_cells(unit: np.ndarray, k: int, recall: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Find the k nearest others of every item by cosine, most of them.

    Args:
        unit: (n_items, dim) float32, unit length, finite; more than k rows.
        k: Neighbours of an item.
        recall: Share of the true neighbours to find, as measured on a sample of 1,000 items.
        seed: Of the cells and the sample. Same seed, same neighbours.

    Returns:
        (n_items, k) float32 cosines, most similar first, and (n_items, k) int64 rows, none of them an item's own.

    Source: the coarse quantiser of inverted files (Jegou, Douze and Schmid 2011), each item in several lists as in the
    closure assignment of Wang et al. 2012.
    """
    n = len(unit)
    centres = cell_centres(unit, max(1, n // _ITEMS_A_CELL), seed)
    n_lists = lists_needed(unit, centres, k, recall, seed)
    _, listed = faiss.knn(unit, centres, n_lists, metric=faiss.METRIC_INNER_PRODUCT)
    candidates, starts = _by_cell(listed, len(centres))
    searching, begins = _by_cell(listed[:, :1], len(centres))
    similarity, neighbours = np.empty((n, k), np.float32), np.full((n, k), -1, np.int64)
    for cell in np.flatnonzero((np.diff(begins) > 0) & (np.diff(starts) > k)):
        items, others = searching[begins[cell] : begins[cell + 1]], candidates[starts[cell] : starts[cell + 1]]
        cosines, found = faiss.knn(unit[items], unit[others], k + 1, metric=faiss.METRIC_INNER_PRODUCT)
        similarity[items], neighbours[items] = without_self(cosines, others[found], items)
    lonely = np.flatnonzero(neighbours[:, 0] < 0)  # in a cell with fewer than k others
    if len(lonely):
        similarity[lonely], neighbours[lonely] = nearest_others(unit, lonely, k)
    return similarity, neighbours


def cell_centres(unit: np.ndarray, n_cells: int, seed: int) -> np.ndarray:
    """(n_cells, dim) float32: what K-Means finds in a part of the items."""
    kmeans = faiss.Kmeans(
        unit.shape[1],
        n_cells,
        niter=_ITERATIONS,
        seed=seed + 1,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=_LEARNED_A_CELL,
    )
    kmeans.train(unit)
    assert kmeans.centroids is not None  # it has just been trained
    centres: np.ndarray = kmeans.centroids
    return centres


def lists_needed(unit: np.ndarray, centres: np.ndarray, k: int, recall: float, seed: int) -> int:
    """In how many cells' lists each item must stand, so that ``recall`` of a sample's true neighbours are found."""
    sample = np.sort(np.random.default_rng(seed).choice(len(unit), min(_SAMPLE, len(unit)), replace=False))
    _, true = nearest_others(unit, sample, k)
    _, home = faiss.knn(unit[sample], centres, 1, metric=faiss.METRIC_INNER_PRODUCT)
    similar = unit[true.reshape(-1)] @ centres.T
    needed = np.take_along_axis(similar, np.repeat(home, k, axis=0), 1)
    rank = (similar > needed).sum(1)  # of the cell in which it is searched for, in the neighbour's own list
    return min(len(centres), int(np.quantile(rank, recall, method="higher")) + 1)


def nearest_others(unit: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Search for the neighbours of some of the items, exactly.

    Args:
        unit: (n_items, dim) float32 of unit length.
        rows: (m,) int64.
        k: Fewer than n_items.

    Returns:
        (m, k) float32 cosines, most similar first, and (m, k) int64 rows, none of them an item's own.
    """
    similarity, found = faiss.knn(unit[rows], unit, k + 1, metric=faiss.METRIC_INNER_PRODUCT)
    return without_self(similarity, found, rows)


def without_self(similarity: np.ndarray, found: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop each item from its own row; where equal photos pushed it out, drop the last instead."""
    is_self = found == items[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    n, width = found.shape
    return similarity[~is_self].reshape(n, width - 1), found[~is_self].reshape(n, width - 1)


def _by_cell(listed: np.ndarray, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, m) cells of each item -> all items, cell after cell, and (n_cells + 1,) where each cell's begin."""
    cells = listed.reshape(-1)
    items = np.argsort(cells, kind="stable") // listed.shape[1]
    return items, np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=n_cells))])
