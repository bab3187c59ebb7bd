"""Somebody who saves sneakers and summer dresses has two interests, not their average."""

from __future__ import annotations

from typing import Final

import numpy as np

from lookgraph.vector_search import faiss

MAX_INTERESTS: Final = 6
_GOOD_FIT: Final = 0.8
_MAX_SAVES: Final = 200


def find_interests(vectors: np.ndarray, nodes: list[int]) -> list[tuple[int, int]]:
    """The interests behind saved photos.

    Args:
        vectors: (n_nodes, dim) float32 unit rows.
        nodes: What was saved, newest first.

    Returns:
        (node, how many saves it stands for): each interest's most central save, the largest interest first. As
        few as describe the saves well, at most ``MAX_INTERESTS``.
    """
    saved = list(dict.fromkeys(nodes))[:_MAX_SAVES]
    if not saved:
        return []
    points = np.ascontiguousarray(vectors[saved], np.float32)
    found: list[tuple[int, int]] = []
    for n_interests in range(1, min(MAX_INTERESTS, len(saved)) + 1):
        labels = _kmeans(points, n_interests)
        found, fit = [], 0.0
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            likeness = points[members] @ points[members].T
            middle = int(np.argmax(likeness.sum(axis=1)))
            found.append((saved[members[middle]], len(members)))
            fit += float(likeness[middle].sum())
        if fit / len(saved) >= _GOOD_FIT:
            break
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _kmeans(points: np.ndarray, n_clusters: int) -> np.ndarray:
    """(n,) labels of (n, dim) unit rows by cosine; the same for the same rows."""
    clusters = faiss.Kmeans(
        points.shape[1], n_clusters, niter=20, nredo=3, spherical=True, seed=1, min_points_per_centroid=1
    )
    clusters.train(points)
    _, labels = clusters.index.search(points, 1)
    return np.asarray(labels[:, 0])
