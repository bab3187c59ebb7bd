"""Declared labels as a part of the node embedding: what is known of an item, or what its neighbours say of it.

With y_q and y_g the label distributions of a query and an item, scaled to unit length, the similarity of the two in a
space of [network ; w y] is that of their looks plus w^2 times the cosine of their distributions: 1 where both are known
and equal, 0 where they have no class in common. An item of the catalogue has its own labels, a photo from outside the
vote of its neighbours, weighted by the network's attention.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

UNKNOWN: Final = -1


def one_hot(codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, n_classes of all columns) float32: each known label's class at 1 over the root of the number of columns."""
    blocks = []
    for values in codes.values():
        block = np.zeros((len(values), int(values.max(initial=UNKNOWN)) + 1), np.float32)
        known = np.flatnonzero(values != UNKNOWN)
        block[known, values[known]] = 1 / np.sqrt(len(codes))
        blocks.append(block)
    return np.concatenate(blocks, axis=1)


def fill_unknown(known: np.ndarray, votes: np.ndarray, codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, n_classes): an item's own label where it has one, its neighbours' vote where not."""
    filled, begin = known.copy(), 0
    for values in codes.values():
        end = begin + int(values.max(initial=UNKNOWN)) + 1
        unknown = values == UNKNOWN
        filled[unknown, begin:end] = votes[unknown, begin:end]
        begin = end
    return filled


def join(network: np.ndarray, labels: np.ndarray, weight: float) -> np.ndarray:
    """(n, dim) unit rows and (n, n_classes) label distributions -> (n, dim + n_classes) float32 unit rows."""
    length = np.linalg.norm(labels, axis=1, keepdims=True)
    scaled = weight * labels / np.maximum(length, 1e-12)
    both = np.concatenate([network, scaled], axis=1)
    joined: np.ndarray = (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)
    return joined
