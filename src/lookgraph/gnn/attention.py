"""What the graph network looks at: layer one's attention to every link of the graph, kept with the build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.gnn.network import GraphNetwork

_BLOCK_TARGETS: Final = 262_144


@dataclass(frozen=True)
class Attention:
    """The mean over the heads of layer one; what an item gives its neighbours and itself sums to one.

    Attributes:
        links: (n_edges,) float32, in the order of the graph's ``edge_index``.
        own: (n_items,) float32: what each item gives itself; 0 where the layer does not hear the item itself.
    """

    links: np.ndarray
    own: np.ndarray


def attention_of_links(
    network: GraphNetwork, embeddings: np.ndarray, edge_index: np.ndarray, similarity: np.ndarray
) -> Attention:
    """Read a trained network's attention.

    Args:
        network: In evaluation mode.
        embeddings: (n_items, in_dim) float32.
        edge_index: (2, n_edges) int64, neighbour -> item.
        similarity: (n_edges,) cosine of the edges, for a network whose attention sees it.
    """
    n, n_edges = len(embeddings), edge_index.shape[1]
    weights = similarity if network.shape.weighted else None
    hood = neighbourhood(edge_index, n, self_loops=network.self_loops, weights=weights)
    x = torch.from_numpy(np.ascontiguousarray(embeddings, np.float32))
    with torch.inference_mode():
        blocks = [network.first.attention(x, block).mean(1) for block in hood.split(_BLOCK_TARGETS)]
    in_rows = torch.cat(blocks).numpy() if blocks else np.zeros(0, np.float32)
    targets = np.concatenate([edge_index[1], np.arange(n)]) if network.self_loops else edge_index[1]
    found = np.empty(len(targets), np.float32)
    found[np.argsort(targets, kind="stable")] = (
        in_rows  # as the neighbourhood sorted them: item after item, itself last
    )
    return Attention(found[:n_edges], found[n_edges:] if network.self_loops else np.zeros(n, np.float32))


def save_attention(attention: Attention, path: Path) -> None:
    """Write ``attention.npz``."""
    np.savez(path, links=attention.links, own=attention.own)


def load_attention(path: Path) -> Attention:
    """Read ``attention.npz``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Attention(arrays["links"], arrays["own"])
