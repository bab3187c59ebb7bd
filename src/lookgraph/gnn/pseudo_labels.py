"""Pseudo-labels: K-Means on the embeddings of the moment, and how far they moved since the last round."""

from __future__ import annotations

import math

import faiss
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array

_ITERATIONS = 25
_RESTARTS = 2
_POINTS_A_CENTRE = 1000


def n_clusters_for(n_items: int) -> int:
    """The number of pseudo-label classes where none is set: sqrt(n / 2), between 2 and 200."""
    return max(2, min(200, round(math.sqrt(n_items / 2)), n_items // 2))


def kmeans(embeddings: np.ndarray, n_clusters: int, seed: int) -> np.ndarray:
    """Cluster by cosine (spherical K-Means).

    Args:
        embeddings: (n_items, dim) float32, unit length.
        n_clusters: At most n_items.
        seed: Same seed, same labels.

    Returns:
        (n_items,) int64 labels from 0 to n_clusters - 1; identical embeddings can leave some unused.
    """
    clustering = faiss.Kmeans(
        embeddings.shape[1],
        n_clusters,
        niter=_ITERATIONS,
        nredo=_RESTARTS,
        seed=seed + 1,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=_POINTS_A_CENTRE,
    )
    clustering.train(embeddings)
    _, label = clustering.index.search(embeddings, 1)
    return label[:, 0].astype(np.int64)


def match_labels(labels: np.ndarray, previous: np.ndarray, n_clusters: int) -> np.ndarray:
    """Rename clusters after the previous round's that they share most items with (Hungarian method).

    The class head keeps its meaning from round to round and need not learn again from nothing.
    """
    overlap = coo_array((np.ones(len(labels)), (labels, previous)), shape=(n_clusters, n_clusters)).toarray()
    old, new = linear_sum_assignment(overlap, maximize=True)
    renamed = np.empty(n_clusters, np.int64)
    renamed[old] = new
    matched: np.ndarray = renamed[labels]
    return matched
