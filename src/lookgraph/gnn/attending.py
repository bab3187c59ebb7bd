"""What does the graph network look at? Layer one's attention to every link of the graph."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from lookgraph.gnn.attention import Attention
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.gnn.network import GraphNetwork

_BLOCK_TARGETS: Final = 262_144


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
