"""Which items show one photo: exact repeats by content, near ones by hash and embedding together."""

from __future__ import annotations

from collections.abc import Sequence

import faiss
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lookgraph.config import CatalogueSettings

_CHUNK = 2048


def group_duplicates(
    content_hashes: Sequence[str],
    perceptual_hashes: np.ndarray,
    embeddings: np.ndarray,
    settings: CatalogueSettings,
) -> np.ndarray:
    """Number the groups of items that show one photo.

    Two items are joined when their bytes are equal, or when their perceptual hashes differ in few bits
    *and* their embeddings agree: a hash alone joins all plain T-shirts, whatever their colour.

    Args:
        content_hashes: n SHA-256 of the files.
        perceptual_hashes: (n,) uint64.
        embeddings: (n, dim) float32, unit length.
        settings: ``duplicate_hash_bits`` and ``duplicate_cosine``.

    Returns:
        (n,) int64; group numbers run from 0 in the order in which groups first appear.
    """
    n = len(content_hashes)
    _, photo = np.unique(np.asarray(content_hashes), return_inverse=True)
    _, first = np.unique(photo, return_index=True)
    left, right = _near_pairs(perceptual_hashes[first], embeddings[first], settings)
    links = coo_array((np.ones(len(left), bool), (left, right)), shape=(len(first), len(first)))
    _, component = connected_components(links, directed=False)
    return _in_order_of_appearance(component[photo].astype(np.int64)) if n else np.zeros(0, np.int64)


def choose_representatives(groups: np.ndarray, n_pixels: np.ndarray) -> np.ndarray:
    """(n_groups,) int64: each group's largest photo, the first of equals."""
    order = np.lexsort((np.arange(len(groups)), -n_pixels.astype(np.int64), groups))
    _, first = np.unique(groups[order], return_index=True)
    return order[first].astype(np.int64)


def _near_pairs(
    hashes: np.ndarray, embeddings: np.ndarray, settings: CatalogueSettings
) -> tuple[np.ndarray, np.ndarray]:
    codes = np.ascontiguousarray(hashes, np.uint64).view(np.uint8).reshape(-1, 8)
    index = faiss.IndexBinaryFlat(64)
    index.add(codes)
    pairs_left, pairs_right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for begin in range(0, len(codes), _CHUNK):
        limits, _, right = index.range_search(codes[begin : begin + _CHUNK], settings.duplicate_hash_bits + 1)
        left = begin + np.repeat(np.arange(len(limits) - 1), np.diff(limits).astype(np.int64))
        later = right > left
        left, right = left[later], right[later]
        for part in range(0, len(left), 1 << 18):  # a hash shared by thousands must not fill the memory
            a, b = left[part : part + (1 << 18)], right[part : part + (1 << 18)]
            agree = np.einsum("ij,ij->i", embeddings[a], embeddings[b]) >= settings.duplicate_cosine
            pairs_left.append(a[agree])
            pairs_right.append(b[agree])
    return np.concatenate(pairs_left), np.concatenate(pairs_right)


def _in_order_of_appearance(labels: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
