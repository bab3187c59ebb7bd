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

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from lookgraph.vector_search import faiss

_ITEMS_A_CELL: Final = 400
_LEARNED_A_CELL: Final = 64
_ITERATIONS: Final = 8
_FIRST_LISTS: Final = 3  # cells in which an item is listed at first
_SAMPLE: Final = 1000
_LISTED_AT_ONCE: Final = 4096
_BLOCK: Final = 400  # items whose candidates' vectors a thread reads at once: what stays in its cache
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class _Lists:
    """Who was compared with whom by the search of the cells: those that are listed where an item searches.

    Attributes:
        home: (n_items,) int32: the cell in which each item searches.
        listed: (n_items, n_lists) int32: the cells in which others find it.
    """

    home: np.ndarray
    listed: np.ndarray


@dataclass(frozen=True)
class _Found:
    """The nearest others so far.

    Attributes:
        rows: (n_items, k) int32, most similar first.
        cosines: (n_items, k) float32.
        fresh: (n_items, k) bool: was this one not there when neighbours' neighbours were last compared?
    """

    rows: np.ndarray
    cosines: np.ndarray
    fresh: np.ndarray


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
    closure assignment of Wang et al. 2012; reverse neighbours, and neighbours of neighbours of which one is new, as in
    NN-Descent (Dong, Moses and Li 2011).
    """
    sample = np.sort(np.random.default_rng(seed).choice(len(unit), min(_SAMPLE, len(unit)), replace=False))
    _, true = nearest_others(unit, sample, k)
    centres = cell_centres(unit, max(1, len(unit) // _ITEMS_A_CELL), seed)
    n_lists = min(_FIRST_LISTS, len(centres))
    lists, found = _search_homes(unit, centres, n_lists, k)
    order = np.argsort(lists.home, kind="stable")  # items of a cell share most of what is read
    found = _nearest_of(unit, order, found, _reverse(found.rows), lists, theirs=False)
    missing = recall - share_found(found.rows[sample], true)
    while missing > 0:
        found = _nearest_of(unit, order, found, _reverse(found.rows), lists, theirs=True)
        before, missing = missing, recall - share_found(found.rows[sample], true)
        if missing > before / 2:  # neighbours' neighbours bring in little more: search further, in the end in all cells
            n_lists = min(2 * n_lists, len(centres))
            lists, further = _search_homes(unit, centres, n_lists, k)
            found = _nearest_of(unit, order, found, further.rows, None, theirs=False)
            if n_lists == len(centres):
                break  # all were compared with all: what still differs are equals, up to rounding
            missing = recall - share_found(found.rows[sample], true)
    return found.cosines, found.rows.astype(np.int64)


def share_found(found: np.ndarray, true: np.ndarray) -> float:
    """The share of the (m, k) true neighbours that are among the (m, k) found ones of the same items."""
    return sum(len(np.intersect1d(a, b)) for a, b in zip(true, found, strict=True)) / true.size


def _search_homes(unit: np.ndarray, centres: np.ndarray, n_lists: int, k: int) -> tuple[_Lists, _Found]:
    """Each item searches its nearest cell for the nearest others that are listed there."""
    listed = np.empty((len(unit), n_lists), np.int32)

    def list_block(begin: int) -> None:
        block = slice(begin, begin + _LISTED_AT_ONCE)
        listed[block] = faiss.knn(unit[block], centres, n_lists, metric=faiss.METRIC_INNER_PRODUCT)[1]

    _share_out(list_block, range(0, len(unit), _LISTED_AT_ONCE))
    candidates, starts = _by_cell(listed, len(centres))
    searching, begins = _by_cell(listed[:, :1], len(centres))
    rows, cosines = np.full((len(unit), k), -1, np.int32), np.empty((len(unit), k), np.float32)

    def search_cell(cell: int) -> None:
        items, others = searching[begins[cell] : begins[cell + 1]], candidates[starts[cell] : starts[cell + 1]]
        near, found = faiss.knn(unit[items], unit[others], k + 1, metric=faiss.METRIC_INNER_PRODUCT)
        cosines[items], rows[items] = without_self(near, others[found], items)

    _share_out(search_cell, np.flatnonzero((np.diff(begins) > 0) & (np.diff(starts) > k)).tolist())
    lonely = np.flatnonzero(rows[:, 0] < 0)  # in a cell with fewer than k others
    if len(lonely):
        cosines[lonely], rows[lonely] = nearest_others(unit, lonely, k)
    return _Lists(listed[:, 0], listed), _Found(rows, cosines, np.ones(rows.shape, bool))


def _reverse(found: np.ndarray) -> np.ndarray:
    """(n_items, k) int32: up to k items that have each one among their (n_items, k) neighbours, then itself."""
    from scipy.sparse import csr_array  # not for every server that opens a lookbook

    n, k = found.shape
    links = csr_array((np.ones(n * k, np.bool_), found.reshape(-1), np.arange(0, n * k + 1, k, dtype=np.int32)), (n, n))
    by_neighbour = links.tocsc()  # counts, where an argsort would compare
    has, counts = by_neighbour.indices, np.diff(by_neighbour.indptr)
    place = np.arange(n * k, dtype=np.int32) - np.repeat(by_neighbour.indptr[:-1], counts)
    neighbour = np.repeat(np.arange(n, dtype=np.int32), counts)
    kept = place < k
    reverse = np.repeat(np.arange(n, dtype=np.int32)[:, None], k, axis=1)
    reverse[neighbour[kept], place[kept]] = has[kept]
    return reverse


def _nearest_of(
    unit: np.ndarray, order: np.ndarray, found: _Found, more: np.ndarray, lists: _Lists | None, *, theirs: bool
) -> _Found:
    """Choose each item's nearest among its neighbours, others that are named, and its neighbours' neighbours.

    Args:
        unit: (n_items, dim) float32.
        order: (n_items,) all items, those that share neighbours side by side.
        found: The neighbours so far.
        more: (n_items, k) int32 others; an item itself counts for nobody.
        lists: Whoever was compared by the search of these is not compared again.
        theirs: Are the neighbours' neighbours compared, too, where one of the two links is fresh?
    """
    n, k = found.rows.shape
    best = _Found(np.empty_like(found.rows), np.empty_like(found.cosines), np.empty_like(found.fresh))

    def choose(rows: np.ndarray) -> None:
        near, named = found.rows[rows], more[rows]
        item, place = np.nonzero(named != rows[:, None])
        others = named[item, place]
        if theirs:
            of, via, place = np.nonzero(found.fresh[rows][:, :, None] | found.fresh[near])
            item, others = np.concatenate([item, of]), np.concatenate([others, found.rows[near[of, via], place]])
        item, others = _worth_comparing(rows, near, item, others, lists)
        best.rows[rows], best.cosines[rows] = near, found.cosines[rows]
        best.fresh[rows] = False if theirs else found.fresh[rows]
        if len(item):
            touched, begins, counts = np.unique(item, return_index=True, return_counts=True)
            column = k + np.arange(len(item)) - np.repeat(begins, counts)
            cosines = np.einsum("pd,pd->p", unit.take(others, axis=0), unit.take(rows[item], axis=0))
            _choose(best, rows[touched], np.repeat(np.arange(len(touched)), counts), column, others, cosines)

    _share_out(choose, np.array_split(order, -(-n // _BLOCK)))
    return best


def _share_out(work: Callable[[_Part], None], parts: Iterable[_Part]) -> None:
    """Work on parts in as many threads as FAISS may use, itself kept to one in each: its own wait at every call."""
    n_threads = faiss.omp_get_max_threads()
    with ThreadPoolExecutor(n_threads, initializer=faiss.omp_set_num_threads, initargs=(1,)) as threads:
        list(threads.map(work, parts))


def _choose(
    best: _Found, rows: np.ndarray, item: np.ndarray, column: np.ndarray, others: np.ndarray, cosines: np.ndarray
) -> None:
    """Keep the nearest of what some items have and of new ones, in place.

    Args:
        best: What they have.
        rows: (m,) items.
        item, column: (n_pairs,) where each pair stands in a table of what an item has and of what is new to it.
        others, cosines: (n_pairs,) who is new to the item, and how similar.
    """
    k = best.rows.shape[1]
    shape = len(rows), int(column.max()) + 1
    all_rows, all_cosines, fresh = np.empty(shape, np.int32), np.full(shape, -np.inf, np.float32), np.ones(shape, bool)
    all_rows[:, :k], all_cosines[:, :k], fresh[:, :k] = best.rows[rows], best.cosines[rows], best.fresh[rows]
    all_rows[item, column], all_cosines[item, column] = others, cosines
    chosen = np.argpartition(-all_cosines, k - 1, axis=1)[:, :k]
    by_cosine = np.argsort(-np.take_along_axis(all_cosines, chosen, 1), axis=1, kind="stable")
    chosen = np.take_along_axis(chosen, by_cosine, 1)
    best.rows[rows] = np.take_along_axis(all_rows, chosen, 1)
    best.cosines[rows] = np.take_along_axis(all_cosines, chosen, 1)
    best.fresh[rows] = np.take_along_axis(fresh, chosen, 1)


def _worth_comparing(
    rows: np.ndarray, near: np.ndarray, item: np.ndarray, others: np.ndarray, lists: _Lists | None
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that no one has compared yet, each once, sorted by item.

    Args:
        rows: (m,) items.
        near: (m, k) their neighbours.
        item, others: (n_pairs,) positions in ``rows``, and who may be compared with that item.
        lists: See :func:`_nearest_of`.
    """
    new = others != rows[item]
    if lists is not None:
        new &= (lists.listed[others] != lists.home[rows][item][:, None]).all(1)
    item, others = item[new], others[new]
    once = np.unique(item.astype(np.int64) << 32 | others)
    item, others = once >> 32, once & 0xFFFFFFFF
    new = (near[item] != others[:, None]).all(1)
    return item[new], others[new]


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
