"""Are the clusters good, and is that more than the training congratulating itself?

A silhouette in the space that was trained to separate the clusters can be driven to 1 by any labels.
So the figures here come in columns: the trained space, the same labels in the frozen encoder's space,
the encoder's own K-Means clusters, and a network trained on shuffled pseudo-labels.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, normalized_mutual_info_score

from lookgraph import gnn
from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.evidence import FittedGnn
from lookgraph.evaluate.values import Metrics, Value, defined, undefined

_CHUNK = 8192
_COLLAPSED = 1e-6


def silhouette(vectors: np.ndarray, labels: np.ndarray) -> Value:
    """Mean silhouette by cosine distance, exact over all items.

    With unit rows the mean distance of x to a cluster C is 1 - x . mean(C), so nothing has to be sampled:

        a = mean distance to the others of the own cluster, b = least mean distance to another cluster
        s = (b - a) / max(a, b), and 0 in a cluster of one

    Args:
        vectors: (n, d) float32 unit rows.
        labels: (n,) int64.

    Source: Rousseeuw 1987.
    """
    problem = _unclusterable(vectors, labels)
    if problem:
        return undefined(problem)
    names, member = np.unique(labels, return_inverse=True)
    sizes = np.bincount(member).astype(np.float64)
    sums = np.zeros((len(names), vectors.shape[1]))
    np.add.at(sums, member, vectors.astype(np.float64))
    total = 0.0
    for start in range(0, len(vectors), _CHUNK):
        rows, own = vectors[start : start + _CHUNK].astype(np.float64), member[start : start + _CHUNK]
        each = np.arange(len(rows))
        distance = sizes - rows @ sums.T  # summed over the cluster, (rows, n_clusters)
        within = distance[each, own] / np.maximum(sizes[own] - 1, 1)
        distance /= sizes
        distance[each, own] = np.inf
        nearest = distance.min(1)
        widest = np.maximum(np.maximum(within, nearest), np.finfo(np.float64).tiny)
        total += float(np.where(sizes[own] > 1, (nearest - within) / widest, 0.0).sum())
    return defined(total / len(vectors))


def davies_bouldin(vectors: np.ndarray, labels: np.ndarray) -> Value:
    """Davies-Bouldin index of unit rows by Euclidean distance; 0 is best. Source: Davies and Bouldin 1979."""
    problem = _unclusterable(vectors, labels)
    return undefined(problem) if problem else defined(float(davies_bouldin_score(vectors, labels)))


def agreement(first: np.ndarray, second: np.ndarray) -> Metrics:
    """NMI (arithmetic mean) and ARI of two labellings of the same items; negative labels are left out."""
    both = (first >= 0) & (second >= 0)
    first, second = first[both], second[both]
    if len(np.unique(second)) < 2:
        why = f"needs 2 different values, {len(np.unique(second))} occur"
        return {"nmi": undefined(why), "ari": undefined(why), "n_items": int(both.sum())}
    return {
        "nmi": defined(float(normalized_mutual_info_score(second, first))),
        "ari": defined(float(adjusted_rand_score(second, first))),
        "n_items": int(both.sum()),
    }


def effective_rank(vectors: np.ndarray) -> Value:
    """See :func:`lookgraph.gnn.effective_rank`."""
    rank = gnn.effective_rank(vectors)
    return defined(rank) if rank else undefined("all vectors are zero")


def mean_cosine(vectors: np.ndarray) -> Value:
    """See :func:`lookgraph.gnn.mean_cosine`."""
    return defined(gnn.mean_cosine(vectors)) if len(vectors) > 1 else undefined("needs 2 items")


def cluster_sizes(labels: np.ndarray) -> Metrics:
    """How the items spread over the clusters; entropy in nats, and as a share of that of equal sizes."""
    sizes = np.sort(np.unique(labels, return_counts=True)[1])[::-1]
    share = sizes / sizes.sum()
    entropy = float(-(share * np.log(share)).sum())
    evenness = (
        defined(entropy / float(np.log(len(sizes)))) if len(sizes) > 1 else undefined("one cluster has no evenness")
    )
    return {
        "min": int(sizes[-1]),
        "median": float(np.median(sizes)),
        "max": int(sizes[0]),
        "entropy_nats": defined(entropy),
        "evenness": evenness,
        "all": sizes,
    }


def kmeans(vectors: np.ndarray, n_clusters: int, seed: int) -> np.ndarray:
    """(n,) int64: the K-Means of the pseudo-labels, on any unit rows; at most as many clusters as items."""
    rows = np.ascontiguousarray(vectors, np.float32)
    return gnn.kmeans(rows, max(1, min(n_clusters, len(rows))), seed)


def seed_agreement(trainings: list[FittedGnn]) -> Metrics:
    """Do trainings that differ in nothing but their seed find the same clusters? Every pair's NMI and ARI."""
    if len(trainings) < 2:
        why = f"needs 2 trainings, {len(trainings)} could be made"
        return {"n_trainings": len(trainings), "nmi": undefined(why), "ari": undefined(why), "pairs": []}
    pairs = [agreement(a.clusters, b.clusters) for a, b in combinations(trainings, 2)]
    report: Metrics = {"n_trainings": len(trainings)}
    for measure in ("nmi", "ari"):
        known = [pair[measure]["value"] for pair in pairs if pair[measure]["value"] is not None]
        report[measure] = defined(float(np.mean(known))) if known else undefined("a training found one cluster only")
    return {**report, "pairs": pairs}


def quality(vectors: np.ndarray, labels: np.ndarray) -> Metrics:
    """Silhouette and Davies-Bouldin of (n,) labels in the space of (n, d) unit rows."""
    return {
        "silhouette": silhouette(vectors, labels),
        "davies_bouldin": davies_bouldin(vectors, labels),
        "n_items": len(labels),
        "n_clusters": len(np.unique(labels)),
    }


def attribute_agreement(labels: np.ndarray, categories: dict[str, Labels], items: np.ndarray | None = None) -> Metrics:
    """NMI and ARI of (n,) cluster labels of some items (all by default) with every category."""
    return {
        name: agreement(labels, category.codes if items is None else category.codes[items])
        for name, category in categories.items()
    }


def _unclusterable(vectors: np.ndarray, labels: np.ndarray) -> str:
    """Why a cluster score is not defined, or nothing."""
    n_clusters = len(np.unique(labels))
    if n_clusters < 2:
        return f"needs 2 clusters, there is {n_clusters}"
    if n_clusters >= len(labels):
        return f"needs fewer clusters than items, there are {n_clusters} of {len(labels)}"
    if float(np.abs(vectors - vectors[0]).max()) < _COLLAPSED:
        return "all items lie on one point"
    return ""
