"""Alarms for a network that maps everything to one place, and the figures they go by."""

from __future__ import annotations

from typing import Final

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

_LOWEST_RANK: Final = 4.0
_HIGHEST_COSINE: Final = 0.9
_LOWEST_EVENNESS: Final = 0.5
_LOWEST_ENERGY: Final = 0.02  # of the energy of the space that the training began with
_LOWEST_NMI: Final = 0.1


def effective_rank(rows: np.ndarray) -> float:
    """exp of the entropy of the singular values, normalised to sum 1: how many dimensions are in use.

    Args:
        rows: (n, dim); they are not centred, so that a narrow cone counts as one dimension.

    Returns:
        1 to dim; 0 where all rows are zero.

    Source: Roy and Vetterli 2007.
    """
    gram = rows.astype(np.float64).T @ rows.astype(np.float64)
    singular = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))
    if singular.sum() == 0:
        return 0.0
    share = singular[singular > 0] / singular.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def mean_cosine(rows: np.ndarray) -> float:
    """Mean cosine of all pairs of different unit rows, at least two: (|sum x|^2 - sum |x|^2) / (n (n - 1))."""
    n = len(rows)
    exact = rows.astype(np.float64)
    total = exact.sum(0)
    return float((total @ total - (exact * exact).sum()) / (n * (n - 1)))


def dirichlet_energy(rows: np.ndarray, edge_index: np.ndarray) -> float:
    """Mean squared distance of linked unit rows, halved, 0 to 2: how rough the embedding is along the graph.

    It is 1 - the mean cosine of linked items. Towards 0 linked items become one (over-smoothing).
    0 where there are no links. Source: Cai and Wang 2020, arXiv 2006.13318.
    """
    source, target = edge_index
    if not len(source):
        return 0.0
    total = 0.0
    for begin in range(0, len(source), 1 << 18):
        part = slice(begin, begin + (1 << 18))
        total += float(np.einsum("ij,ij->", rows[source[part]], rows[target[part]], dtype=np.float64))
    return 1 - total / len(source)


def evenness(labels: np.ndarray, n_clusters: int) -> float:
    """Entropy of the cluster sizes over that of equal ones: 1 all equal, 0 all in one."""
    share = np.bincount(labels, minlength=n_clusters) / len(labels)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum() / np.log(n_clusters)) if n_clusters > 1 else 1.0


def round_figures(
    rows: np.ndarray, edge_index: np.ndarray, labels: np.ndarray, previous: np.ndarray, n_clusters: int
) -> dict[str, float]:
    """What is watched after every round: of the node embeddings, of their clusters, and against the round before."""
    return {
        "effective_rank": effective_rank(rows),
        "mean_cosine": mean_cosine(rows),
        "dirichlet_energy": dirichlet_energy(rows, edge_index),
        "cluster_evenness": evenness(labels, n_clusters),
        "nmi_to_last_round": float(normalized_mutual_info_score(previous, labels)),
    }


def alarms(figures: dict[str, float], start: dict[str, float]) -> list[str]:
    """What of a round says that the space collapses; empty where all is well.

    Args:
        figures: Of the round, see :func:`round_figures`.
        start: The same of the space that the training began with: a catalogue of one kind of garment is narrow from the
            start, and that is no collapse.
    """
    found = []
    floor = min(_LOWEST_RANK, start["effective_rank"] / 2)
    if figures["effective_rank"] < floor:
        found.append(f"effective rank {figures['effective_rank']:.1f} is below {floor:.1f}")
    ceiling = max(_HIGHEST_COSINE, (1 + start["mean_cosine"]) / 2)
    if figures["mean_cosine"] > ceiling:
        found.append(f"mean cosine {figures['mean_cosine']:.2f} is above {ceiling:.2f}")
    if figures["cluster_evenness"] < min(_LOWEST_EVENNESS, start["cluster_evenness"] / 2):
        found.append(f"one cluster swallows the others (evenness {figures['cluster_evenness']:.2f})")
    if figures["dirichlet_energy"] < _LOWEST_ENERGY * start["dirichlet_energy"]:
        found.append(
            f"linked items become one (Dirichlet energy {figures['dirichlet_energy']:.2g}, it began with"
            f" {start['dirichlet_energy']:.2g})"
        )
    if figures["nmi_to_last_round"] < _LOWEST_NMI:
        found.append(f"clusters are none of the last round's (NMI {figures['nmi_to_last_round']:.2f})")
    return found
