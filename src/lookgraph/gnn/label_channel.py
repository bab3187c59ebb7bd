"""Declared labels as a part of the node embedding: what is known of an item, or what its neighbours say of it.

With y_q and y_g the label distributions of a query and an item, scaled to unit length, the similarity of the two in a
space of [network ; w y] is that of their looks plus w^2 times the cosine of their distributions: 1 where both are known
and equal, 0 where they have no class in common. An item of the catalogue has its own labels, a photo from outside the
vote of its neighbours, weighted by the network's attention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

UNKNOWN: Final = -1


def one_hot(codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, n_classes of all columns) float32: each known label's class at 1 over the root of the number of columns."""
    blocks = []
    for values, width in zip(codes.values(), class_counts(codes), strict=True):
        block = np.zeros((len(values), width), np.float32)
        known = np.flatnonzero(values != UNKNOWN)
        block[known, values[known]] = 1 / np.sqrt(len(codes))
        blocks.append(block)
    return np.concatenate(blocks, axis=1)


def class_counts(codes: Mapping[str, np.ndarray]) -> list[int]:
    """How many classes each column has: the widths of its blocks in :func:`one_hot`."""
    return [int(values.max(initial=UNKNOWN)) + 1 for values in codes.values()]


def fill_unknown(known: np.ndarray, votes: np.ndarray, widths: Sequence[int]) -> np.ndarray:
    """An item's own label in each column where it has one, its neighbours' vote where not.

    Args:
        known: (n, n_classes of all columns), see :func:`one_hot`; an unknown label is a block of zeros.
        votes: As ``known``.
        widths: Classes of each column.
    """
    filled, begin = known.copy(), 0
    for width in widths:
        block = slice(begin, begin + width)
        unknown = ~known[:, block].any(axis=1)
        filled[unknown, block] = votes[unknown, block]
        begin += width
    return filled


def join(network: np.ndarray, labels: np.ndarray, weight: float) -> np.ndarray:
    """(n, dim) unit rows and (n, n_classes) label distributions -> (n, dim + n_classes) float32 unit rows."""
    length = np.linalg.norm(labels, axis=1, keepdims=True)
    scaled = weight * labels / np.maximum(length, 1e-12)
    both = np.concatenate([network, scaled], axis=1)
    joined: np.ndarray = (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)
    return joined
