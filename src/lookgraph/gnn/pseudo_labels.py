"""Pseudo-labels: K-Means on the embeddings of the moment, and how they are carried from round to round."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array

from lookgraph.errors import GraphError
from lookgraph.vector_search import faiss

_ITERATIONS: Final = 12
_START_ITERATIONS: Final = 15
_START_POINTS_A_CENTRE: Final = 150
_ITERATIONS_AFTER_RESEEDING: Final = 5
_RESTARTS: Final = 3
_POINTS_A_CENTRE: Final = 1000
_RESEEDINGS: Final = 4
_TINY_FRACTION: Final = 0.05  # of the mean size
_JUDGED: Final = 20_000
_MOST: Final = 256


def kmeans(
    embeddings: np.ndarray, n_clusters: int, seed: int, *, start: np.ndarray | None = None, reseed: bool = True
) -> np.ndarray:
    """Cluster by cosine (spherical K-Means).

    Args:
        embeddings: (n_items, dim) float32, unit length.
        n_clusters: At most n_items.
        seed: Same seed, same labels.
        start: (n_items,) labels of a round before: their means are the first centres (a warm start). None: the best of
            three random starts.
        reseed: An empty cluster, and one with under a twentieth of the mean size, begins again inside the largest.

    Returns:
        (n_items,) int64 labels from 0 to n_clusters - 1; identical embeddings can leave some unused.
    """
    centres = None if start is None else _means(embeddings, start, n_clusters)
    centres = _lloyd(embeddings, n_clusters, seed, centres, _ITERATIONS)
    labels = assign(embeddings, centres)
    rng = np.random.default_rng(seed)
    for _ in range(_RESEEDINGS if reseed else 0):
        sizes = np.bincount(labels, minlength=n_clusters)
        tiny = np.flatnonzero(sizes < max(1.0, _TINY_FRACTION * len(labels) / n_clusters))
        if not len(tiny):
            break
        for cluster in tiny:
            largest = int(sizes.argmax())
            if sizes[largest] < 2:  # fewer different embeddings than clusters: there is nobody to take from
                break
            members = np.flatnonzero(labels == largest)
            centres[cluster] = embeddings[rng.choice(members)]
            sizes[largest] //= 2
        centres = _lloyd(embeddings, n_clusters, seed, centres, _ITERATIONS_AFTER_RESEEDING)
        labels = assign(embeddings, centres)
    return labels


def assign(embeddings: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n_items,) int64: the centre most similar to each embedding."""
    _, nearest = faiss.knn(np.ascontiguousarray(embeddings, np.float32), centres, 1, metric=faiss.METRIC_INNER_PRODUCT)
    labels: np.ndarray = nearest[:, 0].astype(np.int64)
    return labels


def extend_labels(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give items without a cluster the one whose mean they are most similar to.

    Args:
        embeddings: (n_items, dim) float32, unit length.
        labels: (n_items,) int64, -1 where there is none; others stay as they are.
    """
    unknown, known = np.flatnonzero(labels < 0), np.flatnonzero(labels >= 0)
    if not len(unknown) or not len(known):
        return labels
    names, member = np.unique(labels[known], return_inverse=True)
    extended = labels.copy()
    extended[unknown] = names[assign(embeddings[unknown], _means(embeddings[known], member, len(names)))]
    return extended


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


def choose_n_clusters(embeddings: np.ndarray, seed: int, wanted: int = 0) -> int:
    """The number of pseudo-label classes; where none is set, by a criterion: the best silhouette against the centres.

    Candidates are 1/4, 1/2, 1 and 2 times the square root of half the items, 256 at most. Each clusters (a sample of)
    the embeddings; the one whose items are, in the mean, much nearer to their own centre than to the next is
    taken: s = (b - a) / max(a, b), with a and b the cosine distances to the two nearest centres.

    Args:
        embeddings: (n_items, dim) float32, unit length; at least 2.
        seed: Of the sample and of K-Means.
        wanted: The setting ``gnn.clusters``; 0: by the criterion.

    Raises:
        GraphError: more are wanted than there are items.
    """
    n = len(embeddings)
    if wanted > n:
        raise GraphError(f"gnn.clusters={wanted}, but there are {n} items: lower gnn.clusters or add photos")
    if wanted:
        return wanted
    usual = math.sqrt(n / 2)
    candidates = sorted(
        {int(np.clip(round(usual * factor), 2, max(2, min(_MOST, n // 4)))) for factor in (0.25, 0.5, 1, 2)}
    )
    if len(candidates) == 1:
        return candidates[0]
    rng = np.random.default_rng(seed)
    judged = embeddings if n <= _JUDGED else embeddings[np.sort(rng.choice(n, _JUDGED, replace=False))]
    scores = [centre_silhouette(judged, kmeans(judged, k, seed)) for k in candidates]
    return candidates[int(np.argmax(scores))]


def centre_silhouette(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette of (n,) labels over (n, dim) unit rows, against centres, not all pairs; -1 for one cluster.

    Source: the simplified silhouette of Hruschka et al. 2004.
    """
    names, member = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return -1.0
    distance = 1 - embeddings @ _means(embeddings, member, len(names)).T
    each = np.arange(len(embeddings))
    own = distance[each, member]
    distance[each, member] = np.inf
    other = distance.min(1)
    return float(np.mean((other - own) / np.maximum(np.maximum(own, other), 1e-12)))


def _lloyd(
    embeddings: np.ndarray, n_clusters: int, seed: int, centres: np.ndarray | None, iterations: int
) -> np.ndarray:
    """(n_clusters, dim) centres: from those given, or from the best of some random starts on a part of the items."""
    if centres is None:
        start = _clustering(embeddings, n_clusters, seed, _START_ITERATIONS, _RESTARTS, _START_POINTS_A_CENTRE)
        start.train(np.ascontiguousarray(embeddings, np.float32))
        centres = start.centroids
    clustering = _clustering(embeddings, n_clusters, seed, iterations, 1, _POINTS_A_CENTRE)
    clustering.train(np.ascontiguousarray(embeddings, np.float32), init_centroids=centres)
    assert clustering.centroids is not None  # it has just been trained
    found: np.ndarray = clustering.centroids
    return found


def _clustering(
    embeddings: np.ndarray, n_clusters: int, seed: int, iterations: int, starts: int, points_a_centre: int
) -> faiss.Kmeans:
    return faiss.Kmeans(
        embeddings.shape[1],
        n_clusters,
        niter=iterations,
        nredo=starts,
        seed=seed + 1,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=points_a_centre,
    )


def _means(embeddings: np.ndarray, labels: np.ndarray, n_clusters: int) -> np.ndarray:
    """(n_clusters, dim) float32 unit mean of every cluster; zeros for one without items."""
    sums = coo_array((np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), (n_clusters, len(labels)))
    total = np.asarray(sums.tocsr() @ embeddings, np.float32)
    means: np.ndarray = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return means
