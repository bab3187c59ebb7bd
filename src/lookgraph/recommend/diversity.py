"""A page that is not ten times the same thing: maximal marginal relevance."""

from __future__ import annotations

import numpy as np


def rerank(similarity: np.ndarray, vectors: np.ndarray, k: int, diversity: float) -> np.ndarray:
    """Choose k candidates, each the best compromise of being like the query and unlike those chosen before.

        next = argmax_i  (1 - diversity) * similarity_i  -  diversity * max_{j chosen} cos(i, j)

    Args:
        similarity: (n,) float32 cosine with the query, most similar first.
        vectors: (n, dim) float32 of the candidates, unit length.
        k: How many to choose; all where there are fewer.
        diversity: 0 keeps the order; 1 looks only at how different the answers are among themselves.

    Returns:
        (min(k, n),) int64 positions, in the order in which to show them.

    Source: Carbonell and Goldstein 1998.
    """
    k = min(k, len(similarity))
    if diversity == 0 or k == 0:
        return np.arange(k)
    chosen = [0]  # the most similar one always opens the page
    closest = vectors @ vectors[0]
    while len(chosen) < k:
        value = (1 - diversity) * similarity - diversity * closest
        value[chosen] = -np.inf
        best = int(np.argmax(value))
        chosen.append(best)
        closest = np.maximum(closest, vectors @ vectors[best])
    return np.array(chosen, np.int64)
