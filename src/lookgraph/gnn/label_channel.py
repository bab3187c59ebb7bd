"""Declared labels as a part of the node embedding: what is known of an item, or what its neighbours say of it.

With y_q and y_g the label distributions of a query and an item, scaled to unit length, the similarity of the two in a
space of [network ; w y] is that of their looks plus w^2 times the cosine of their distributions: 1 where both are known
and equal, 0 where they have no class in common. An item of the catalogue has its own labels, a photo from outside the
vote of its neighbours, weighted by the network's attention.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional

from lookgraph.gnn.losses import UNKNOWN
from lookgraph.gnn.neighbourhood import Neighbourhood


def one_hot(codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, n_classes of all columns) float32: each known label's class at 1 over the root of the number of columns."""
    blocks = []
    for values in codes.values():
        block = np.zeros((len(values), int(values.max(initial=UNKNOWN)) + 1), np.float32)
        known = np.flatnonzero(values != UNKNOWN)
        block[known, values[known]] = 1 / np.sqrt(len(codes))
        blocks.append(block)
    return np.concatenate(blocks, axis=1)


def vote(attention: torch.Tensor, hood: Neighbourhood, known: np.ndarray) -> np.ndarray:
    """What each target's neighbours say, weighted by attention; a target never votes for itself.

    Args:
        attention: (n_links, heads) weights of the links.
        hood: Whose sources are rows of ``known``, but for the targets' links to themselves.
        known: (n, n_classes) from :func:`one_hot`.

    Returns:
        (m, n_classes) float32; zeros where nobody is heard.
    """
    if not len(known):
        return np.zeros((len(hood.targets), known.shape[1]), np.float32)
    is_other = hood.sources != hood.targets.index_select(0, hood.owner)
    weight = attention.mean(1) * is_other
    total = torch.zeros(len(hood.targets)).index_add(0, hood.owner, weight)
    weight = weight / total.index_select(0, hood.owner).clamp_min(1e-12)
    table = torch.from_numpy(known)
    sources = torch.where(is_other, hood.sources, torch.zeros_like(hood.sources))
    votes: np.ndarray = functional.embedding_bag(
        sources, table, hood.starts, mode="sum", per_sample_weights=weight
    ).numpy()
    return votes


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
