"""Which items show one photo: exact repeats by content, scaled, re-encoded and lightly cropped copies by pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lookgraph.catalogue.copies import copy_distance
from lookgraph.catalogue.look_alikes import glances, look_alike_pairs
from lookgraph.catalogue.small_pictures import SmallPictures
from lookgraph.config import CatalogueSettings


def group_duplicates(content_hashes: Sequence[str], pictures: SmallPictures, settings: CatalogueSettings) -> np.ndarray:
    """Number the groups of items that show one photo.

    Two items are joined when their bytes are equal, or when the pixels of one, laid over those of the other, are.
    All photos of a group were compared with one of them, its leader, and are nearer to it than to any other leader:
    a chain of look-alikes makes no group, and a tiny copy goes to its own original.

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
    leader = group_around_leaders(
        candidates,
        lambda pairs: copy_distance(pictures, first[pairs], settings),
        pictures.detail_px[first].astype(np.int64).prod(axis=1),
    )
    return in_order_of_appearance(leader[photo])


def group_around_leaders(
    candidates: np.ndarray, distance: Callable[[np.ndarray], np.ndarray], worth: np.ndarray
) -> np.ndarray:
    """Group what is one: every member with the leader that it is nearest to, never merely with another member.

    Args:
        candidates: (n_pairs, 2) int64, the lower first.
        distance: From pairs, as the candidates are, to (n_pairs,) numbers, at most 1 where a pair is one; asked
            again about a pair, it says the same.
        worth: (n,) The worthier leads; of equals, the one that more are linked to, and the first of these.

    Returns:
        (n,) int64: everything's leader, itself where it leads or is alone.
    """
    from scipy.sparse import coo_array  # 40 MiB that only builds need
    from scipy.sparse.csgraph import connected_components

    n = len(worth)
    leader = np.arange(n)
    links = candidates[distance(candidates) <= 1]
    linked = np.unique(links)
    _, part = connected_components(coo_array((np.ones(len(links)), links.T), shape=(n, n)), directed=False)
    n_links = np.bincount(links.ravel(), minlength=n)
    order = linked[np.lexsort((linked, -n_links[linked], -worth[linked], part[linked]))]
    nearest = np.full(n, np.inf)
    while len(waiting := order[np.isposinf(nearest[order])]):
        leads = waiting[np.unique(part[waiting], return_index=True)[1]]
        nearest[leads] = -np.inf  # a leader follows no other
        lead_of = np.full(n, -1)
        lead_of[part[leads]] = leads
        followers = order[(lead_of[part[order]] >= 0) & (nearest[order] > -np.inf)]
        pairs = np.stack([lead_of[part[followers]], followers], axis=1)
        found = distance(np.sort(pairs, axis=1))
        nearer = (found <= 1) & (found < nearest[followers])
        leader[followers[nearer]], nearest[followers[nearer]] = pairs[nearer, 0], found[nearer]
    return leader


def choose_representatives(groups: np.ndarray, n_pixels: np.ndarray) -> np.ndarray:
    """(n_groups,) int64: each group's largest photo, the first of equals."""
    order = np.lexsort((np.arange(len(groups)), -n_pixels.astype(np.int64), groups))
    _, first = np.unique(groups[order], return_index=True)
    return order[first].astype(np.int64)


def in_order_of_appearance(labels: np.ndarray) -> np.ndarray:
    """(n,) int64: the same groups, numbered from 0 as they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
