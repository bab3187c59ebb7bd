"""Do photos show what a catalogue has already? New photos against the nodes of a finished catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lookgraph.catalogue.copies import copy_distance
from lookgraph.catalogue.duplicates import group_duplicates
from lookgraph.catalogue.look_alikes import glances, look_alikes
from lookgraph.catalogue.small_pictures import SmallPictures, small_pictures
from lookgraph.config import CatalogueSettings


def copies_in_gallery(
    pictures: SmallPictures, gallery: np.ndarray, thumbnail: Callable[[int], bytes], settings: CatalogueSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Which photos of a gallery do these pictures show?

    Args:
        pictures: Of n photos.
        gallery: (n_gallery, 3, 96) from :func:`~lookgraph.catalogue.look_alikes.glances`.
        thumbnail: From a row of the gallery to its picture file; asked for look-alikes only.
        settings: Those whose names begin with ``duplicate_``.

    Returns:
        (n_pairs, 2) int64: picture and row of the gallery that are one photo; (n_pairs,) float32 how far they are from
        it, at most 1.
    """
    found = look_alikes(glances(pictures, np.arange(len(pictures))), gallery, settings.duplicate_candidates)
    query = np.repeat(np.arange(len(pictures)), found.shape[1])
    pairs = np.unique(np.stack([query, found.ravel()], axis=1)[found.ravel() >= 0], axis=0)
    shown, place = np.unique(pairs[:, 1], return_inverse=True)
    others = small_pictures((thumbnail(int(row)) for row in shown), len(shown))
    both = SmallPictures(
        np.concatenate([pictures.planes, others.planes]), np.concatenate([pictures.detail_px, others.detail_px])
    )
    distance = copy_distance(both, np.stack([pairs[:, 0], len(pictures) + place], axis=1), settings)
    return pairs[distance <= 1], distance[distance <= 1]


def nodes_of_newcomers(
    hashes: Sequence[str],
    pictures: SmallPictures,
    known: dict[str, int],
    gallery: np.ndarray,
    thumbnail: Callable[[int], bytes],
    settings: CatalogueSettings,
) -> np.ndarray:
    """Give new photos the node of the photo they show, and numbers of their own where no node shows it.

    Args:
        hashes: n SHA-256 of the new photos.
        pictures: Of the same photos.
        known: SHA-256 of photos of the catalogue, to their nodes.
        gallery: (n_nodes, 3, 96) glances of the catalogue's nodes.
        thumbnail: From a node to its picture file.
        settings: Those whose names begin with ``duplicate_``.

    Returns:
        (n,) int64: a node below n_nodes, or from n_nodes on the number of a group of new photos that are one.
    """
    node = np.array([known.get(content, -1) for content in hashes], np.int64)
    pairs, distance = copies_in_gallery(pictures, gallery, thumbnail, settings)
    order = np.argsort(-distance, kind="stable")  # the nearest is written last
    nearest = np.full(len(node), -1, np.int64)
    nearest[pairs[order, 0]] = pairs[order, 1]
    node = np.where(node >= 0, node, nearest)
    rest = np.flatnonzero(node < 0)
    node[rest] = len(gallery) + group_duplicates([hashes[int(i)] for i in rest], pictures.take(rest), settings)
    return node
