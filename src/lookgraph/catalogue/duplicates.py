"""Which items show one photo: exact repeats by content, scaled, re-encoded and lightly cropped copies by pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lookgraph.catalogue.copies import are_copies
from lookgraph.catalogue.look_alikes import glances, look_alike_pairs
from lookgraph.catalogue.small_pictures import SmallPictures
from lookgraph.config import CatalogueSettings


def group_duplicates(content_hashes: Sequence[str], pictures: SmallPictures, settings: CatalogueSettings) -> np.ndarray:
    """Number the groups of items that show one photo.

    Two items are joined when their bytes are equal, or when the pixels of one, laid over those of the other, are.
    All photos of a group were compared with one and the same of them: a chain of look-alikes makes no group.

    Args:
        content_hashes: n SHA-256 of the files.
        pictures: Of n photos, in the same order.
        settings: Those whose names begin with ``duplicate_``.

    Returns:
        (n,) int64; group numbers run from 0 in the order in which groups first appear.
    """
    if not len(content_hashes):
        return np.zeros(0, np.int64)
    # Exact repeats first, so that one photo's repeats do not crowd out everyone's look-alikes.
    _, first, photo = np.unique(np.asarray(content_hashes), return_index=True, return_inverse=True)
    candidates = look_alike_pairs(glances(pictures, first), settings.duplicate_candidates)
    leader = group_around_leaders(len(first), candidates, lambda pairs: are_copies(pictures, first[pairs], settings))
    return _in_order_of_appearance(leader[photo])


def group_around_leaders(n: int, candidates: np.ndarray, are_one: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Group what is one, so that every member is one with its group's leader, not merely with another member.

    Args:
        n: Things.
        candidates: (n_pairs, 2) int64, the lower first.
        are_one: From pairs, as the candidates are, to (n_pairs,) bool; asked again about a pair, it says the same.

    Returns:
        (n,) int64: everything's leader, itself where it is alone. The best linked member leads, the first of equals.
    """
    leader = np.arange(n)
    links = candidates[are_one(candidates)]
    while len(links):
        ends = coo_array((np.ones(len(links), bool), (links[:, 0], links[:, 1])), shape=(n, n))
        _, part = connected_components(ends, directed=False)
        linked = np.unique(links)
        n_links = np.bincount(links.ravel(), minlength=n)
        order = linked[np.lexsort((linked, -n_links[linked], part[linked]))]
        _, begins, sizes = np.unique(part[order], return_index=True, return_counts=True)
        leads = np.repeat(order[begins], sizes)
        follows = order != leads
        pairs = np.sort(np.stack([leads[follows], order[follows]], axis=1), axis=1)
        one = are_one(pairs)
        leader[order[follows][one]] = leads[follows][one]
        settled = np.zeros(n, bool)
        settled[order[begins]] = settled[order[follows][one]] = True
        links = links[~settled[links].any(axis=1)]
    return leader


def choose_representatives(groups: np.ndarray, n_pixels: np.ndarray) -> np.ndarray:
    """(n_groups,) int64: each group's largest photo, the first of equals."""
    order = np.lexsort((np.arange(len(groups)), -n_pixels.astype(np.int64), groups))
    _, first = np.unique(groups[order], return_index=True)
    return order[first].astype(np.int64)


def _in_order_of_appearance(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
