"""How does a photo from outside enter the trained network's space? In NumPy: whoever only asks needs no PyTorch.

A photo hears k items of the catalogue, so layer one is a dense sum over k for it. What comes out is what
:class:`~lookgraph.gnn.network.GraphNetwork` gives an item with the same links, up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from lookgraph.errors import GraphError
from lookgraph.gnn.label_channel import join
from lookgraph.gnn.shape import SLOPE, Shape

Tensors = Mapping[str, np.ndarray]
_BLOCK_PHOTOS: Final = 2048


def enter(
    shape: Shape,
    tensors: Tensors,
    queries: np.ndarray,
    neighbours: np.ndarray,
    similarity: np.ndarray,
    embeddings: np.ndarray,
    known_labels: np.ndarray,
    label_channel: float,
) -> np.ndarray:
    """Pass photos through a trained network, and let their neighbours vote on the declared labels.

    Args:
        shape: What the network is made of.
        tensors: Its weights, by their names in the network.
        queries: (m, dim) float32 embeddings of the photos.
        neighbours: (m, k) int64: rows of ``embeddings`` that each is linked to.
        similarity: (m, k) cosines of these links; heard only by a network whose attention sees them.
        embeddings: (n_items, dim) float32 of the catalogue.
        known_labels: (n_items, n_classes): what the neighbours vote with.
        label_channel: The votes' weight.

    Returns:
        (m, node_dim) float32 node embeddings, unit length.

    Raises:
        GraphError: not one similarity a link.
    """
    if similarity.shape != neighbours.shape:
        raise GraphError(f"{similarity.shape} similarities for {neighbours.shape} links: pass one for each link")
    width = shape.heads * shape.head_dim
    parts = [np.zeros((0, width + known_labels.shape[1]), np.float32)]
    for begin in range(0, len(queries), _BLOCK_PHOTOS):
        block = slice(begin, begin + _BLOCK_PHOTOS)
        x, heard = np.asarray(queries[block], np.float32), np.asarray(embeddings[neighbours[block]], np.float32)
        weights = np.asarray(similarity[block], np.float32) if shape.weighted else None
        hidden, attention = _LAYERS[shape.kind](shape, tensors, x, heard, weights)
        if shape.skip:
            hidden = hidden + x @ tensors["own"].T
        nodes = np.where(hidden > 0, hidden, np.expm1(np.minimum(hidden, 0)))
        nodes /= np.maximum(np.linalg.norm(nodes, axis=1, keepdims=True), 1e-12)
        if known_labels.shape[1]:
            nodes = join(nodes, _votes(attention, known_labels[neighbours[block]]), label_channel)
        parts.append(nodes)
    return np.concatenate(parts)


def _votes(attention: np.ndarray, said: np.ndarray) -> np.ndarray:
    """(m, k) attention to the neighbours and their (m, k, n_classes) labels -> (m, n_classes)."""
    share = attention / np.maximum(attention.sum(1, keepdims=True), 1e-12)
    votes: np.ndarray = np.einsum("mk,mkc->mc", share, said)
    return votes


def _gat(
    shape: Shape, tensors: Tensors, x: np.ndarray, heard: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """(m, dim) photos that hear (m, k, dim) -> (m, heads * head_dim), and (m, k) attention, the mean over the heads."""
    heads = (shape.heads, shape.head_dim)
    own_last = np.concatenate([heard, x[:, None]], axis=1)
    table = (own_last @ tensors["first.weight"].T).reshape(*own_last.shape[:2], *heads)
    score = np.einsum("mkhd,hd->mkh", table, tensors["first.att_source"])
    score += np.einsum("mhd,hd->mh", table[:, -1], tensors["first.att_target"])[:, None]
    if weights is not None:
        factor = (tensors["first.weight_edge"].reshape(heads) * tensors["first.att_edge"]).sum(1)
        score += _with_own(weights)[..., None] * factor
    return _summed(_leaky(score), table, tensors["first.bias"])


def _gatv2(
    shape: Shape, tensors: Tensors, x: np.ndarray, heard: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """See :func:`_gat`."""
    heads = (shape.heads, shape.head_dim)
    own_last = np.concatenate([heard, x[:, None]], axis=1)
    table = own_last @ tensors["first.weight_source"].T + tensors["first.bias_source"]
    table = table.reshape(*own_last.shape[:2], *heads)
    listens = x @ tensors["first.weight_target"].T + tensors["first.bias_target"]
    total = table + listens.reshape(-1, 1, *heads)
    if weights is not None:
        total += _with_own(weights)[..., None, None] * tensors["first.weight_edge"].reshape(heads)
    score = np.einsum("mkhd,hd->mkh", _leaky(total), tensors["first.att"])
    return _summed(score, table, tensors["first.bias"])


def _sage(
    shape: Shape, tensors: Tensors, x: np.ndarray, heard: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """See :func:`_gat`; every neighbour is heard alike."""
    attention = np.ones(heard.shape[:2], np.float32) if weights is None else np.maximum(weights, 0)
    attention = attention / np.maximum(attention.sum(1, keepdims=True), 1e-12)
    mean = np.einsum("mk,mkd->md", attention, heard)
    hidden = mean @ tensors["first.weight_neighbours"].T + x @ tensors["first.weight_own"].T + tensors["first.bias"]
    return hidden, attention


_LAYERS: Final = {"gat": _gat, "gatv2": _gatv2, "sage": _sage}


def _summed(score: np.ndarray, table: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Softmax over the links, the photo's own last: what it hears, and its attention to its neighbours."""
    share = np.exp(score - score.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    heard = np.einsum("mkh,mkhd->mhd", share, table).reshape(len(table), -1)
    return heard + bias, share[:, :-1].mean(2)


def _leaky(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, np.float32(SLOPE) * values)


def _with_own(weights: np.ndarray) -> np.ndarray:
    """(m, k) -> (m, k + 1): a photo's link to itself weighs as its others do in the mean, nothing where it has none."""
    own = weights.mean(1, keepdims=True) if weights.shape[1] else np.zeros((len(weights), 1), np.float32)
    return np.concatenate([weights, own], axis=1)
