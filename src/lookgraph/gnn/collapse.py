"""Alarms for a network that maps everything to one place: effective rank and mean cosine."""

from __future__ import annotations

import numpy as np


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
