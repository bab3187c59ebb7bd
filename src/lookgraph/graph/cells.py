"""Nearest neighbours of a large catalogue, searched cell by cell, to a recall that is asked for.

    items -> cells around K-Means centres -> one matrix product a cell -> neighbours of neighbours are compared, too

Every item searches one cell only, its nearest, and in return is listed in several: those in which items that lie near
it may be searching. So the search of a cell is one matrix product over rows that lie together, where an index for
single queries (HNSW, inverted lists) reads scattered rows for each item anew. What the border of a cell hides from an
item, others have found: it is compared with the items that have it as a neighbour, and with its neighbours' neighbours.
How often that is done, and whether the lists must be longer, is not guessed: for a sample of items the true neighbours
are searched for among all, and the search goes on until enough of them are found.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import faiss
import numpy as np

_ITEMS_A_CELL: Final = 400
_LEARNED_A_CELL: Final = 64
_ITERATIONS: Final = 8
_FIRST_LISTS: Final = 3  # cells in which an item is listed at first
_SAMPLE: Final = 1000
_BLOCK: Final = 100  # items whose candidates' vectors a thread reads at once: what stays in its cache


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
    closure assignment of Wang et al. 2012; reverse neighbours, and neighbours of neighbours, as in NN-Descent (Dong,
    Moses and Li 2011).
    """
    sample = np.sort(np.random.default_rng(seed).choice(len(unit), min(_SAMPLE, len(unit)), replace=False))
    _, true = nearest_others(unit, sample, k)
    centres = cell_centres(unit, max(1, len(unit) // _ITEMS_A_CELL), seed)
    n_lists = min(_FIRST_LISTS, len(centres))
    home, found = _search_homes(unit, centres, n_lists, k)
    order = np.argsort(home, kind="stable")  # items of a cell share most of what is read
    found = _nearest_of(unit, order, found, _reverse(found), theirs=False)
    missing = recall - share_found(found[sample], true)
    while missing > 0:
        found = _nearest_of(unit, order, found, _reverse(found), theirs=True)
        before, missing = missing, recall - share_found(found[sample], true)
        if missing > before / 2:  # neighbours' neighbours bring in little more: search further, in the end in all cells
            n_lists = min(2 * n_lists, len(centres))
            found = _nearest_of(unit, order, found, _search_homes(unit, centres, n_lists, k)[1], theirs=False)
            missing = recall - share_found(found[sample], true)
    return _cosines(unit, found), found


def share_found(found: np.ndarray, true: np.ndarray) -> float:
    """The share of the (m, k) true neighbours that are among the (m, k) found ones of the same items."""
    return sum(len(np.intersect1d(a, b)) for a, b in zip(true, found, strict=True)) / true.size


def _search_homes(unit: np.ndarray, centres: np.ndarray, n_lists: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(n_items,) the cell in which each item searches, and (n_items, k) int64 the nearest others listed there."""
    _, listed = faiss.knn(unit, centres, n_lists, metric=faiss.METRIC_INNER_PRODUCT)
    candidates, starts = _by_cell(listed, len(centres))
    searching, begins = _by_cell(listed[:, :1], len(centres))
    neighbours = np.full((len(unit), k), -1, np.int64)
    for cell in np.flatnonzero((np.diff(begins) > 0) & (np.diff(starts) > k)):
        items, others = searching[begins[cell] : begins[cell + 1]], candidates[starts[cell] : starts[cell + 1]]
        cosines, found = faiss.knn(unit[items], unit[others], k + 1, metric=faiss.METRIC_INNER_PRODUCT)
        _, neighbours[items] = without_self(cosines, others[found], items)
    lonely = np.flatnonzero(neighbours[:, 0] < 0)  # in a cell with fewer than k others
    if len(lonely):
        _, neighbours[lonely] = nearest_others(unit, lonely, k)
    return listed[:, 0], neighbours


def _reverse(found: np.ndarray) -> np.ndarray:
    """(n_items, k) int64: up to k items that have each one among their (n_items, k) neighbours, then itself."""
    n, k = found.shape
    neighbour = found.reshape(-1)
    order = np.argsort(neighbour, kind="stable")
    neighbour = neighbour[order]
    place = np.arange(n * k) - np.searchsorted(neighbour, np.arange(n))[neighbour]
    kept = place < k
    reverse = np.repeat(np.arange(n)[:, None], k, axis=1)
    reverse[neighbour[kept], place[kept]] = order[kept] // k
    return reverse


def _nearest_of(
    unit: np.ndarray, order: np.ndarray, found: np.ndarray, more: np.ndarray, *, theirs: bool
) -> np.ndarray:
    """Choose each item's nearest among its neighbours, others that are named, and its neighbours' neighbours.

    Args:
        unit: (n_items, dim) float32.
        order: (n_items,) all items, those that share neighbours side by side.
        found: (n_items, k) int64 neighbours.
        more: (n_items, k) int64 others; an item itself counts for nobody.
        theirs: Are the neighbours' neighbours compared, too?

    Returns:
        (n_items, k) int64, most similar first.
    """
    n, k = found.shape
    best = np.empty_like(found)

    def choose(rows: np.ndarray) -> None:
        near = found[rows]
        others = [found[near].reshape(len(rows), -1)] if theirs else []
        candidates = np.concatenate([near, more[rows], *others], axis=1)
        candidates.sort(axis=1)
        cosines = np.einsum("mcd,md->mc", unit.take(candidates, axis=0), unit[rows])
        cosines[:, 1:][candidates[:, 1:] == candidates[:, :-1]] = -np.inf
        cosines[candidates == rows[:, None]] = -np.inf
        chosen = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        by_cosine = np.argsort(-np.take_along_axis(cosines, chosen, 1), axis=1, kind="stable")
        best[rows] = np.take_along_axis(candidates, np.take_along_axis(chosen, by_cosine, 1), 1)

    with ThreadPoolExecutor(faiss.omp_get_max_threads()) as threads:
        list(threads.map(choose, np.array_split(order, -(-n // _BLOCK))))
    return best


def _cosines(unit: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(n_items, k) float32 of each item with each of its neighbours."""
    blocks = np.array_split(np.arange(len(unit)), -(-len(unit) // _BLOCK))
    return np.concatenate([np.einsum("mkd,md->mk", unit.take(found[rows], axis=0), unit[rows]) for rows in blocks])


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
