"""What does the graph network look at? Layer one's attention to every link of the graph, and the votes it weighs."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch.nn import functional

from lookgraph.gnn.attention import Attention
from lookgraph.gnn.neighbourhood import Neighbourhood, neighbourhood
from lookgraph.gnn.network import GraphNetwork

_BLOCK_TARGETS: Final = 262_144


def attention_of_links(
    network: GraphNetwork, embeddings: np.ndarray, edge_index: np.ndarray, similarity: np.ndarray
) -> Attention:
    """Read a trained network's attention.

    Args:
        network: In evaluation mode; it is read where its weights lie.
        embeddings: (n_items, in_dim) float32.
        edge_index: (2, n_edges) int64, neighbour -> item.
        similarity: (n_edges,) cosine of the edges, for a network whose attention sees it.
    """
    n, n_edges = len(embeddings), edge_index.shape[1]
    weights = similarity if network.shape.weighted else None
    hood = neighbourhood(edge_index, n, self_loops=network.self_loops, weights=weights).to(network.device)
    x = torch.from_numpy(np.ascontiguousarray(embeddings, np.float32)).to(network.device)
    with torch.no_grad():
        blocks = [network.first.attention(x, block).mean(1) for block in hood.split(_BLOCK_TARGETS)]
    in_rows = torch.cat(blocks).cpu().numpy() if blocks else np.zeros(0, np.float32)
    targets = np.concatenate([edge_index[1], np.arange(n)]) if network.self_loops else edge_index[1]
    found = np.empty(len(targets), np.float32)
    found[np.argsort(targets, kind="stable")] = (
        in_rows  # as the neighbourhood sorted them: item after item, itself last
    )
    return Attention(found[:n_edges], found[n_edges:] if network.self_loops else np.zeros(n, np.float32))


def vote(attention: torch.Tensor, hood: Neighbourhood, known: np.ndarray) -> np.ndarray:
    """What each target's neighbours say, weighted by attention; a target never votes for itself.

    Args:
        attention: (n_links, heads) weights of the links.
        hood: Whose sources are rows of ``known``.
        known: (n, n_classes) from :func:`one_hot`.

    Returns:
        (m, n_classes) in the attention's type; zeros where nobody is heard.
    """
    if not len(known):
        return np.zeros((len(hood.targets), known.shape[1]), np.float32)
    is_other = hood.sources != hood.targets.index_select(0, hood.owner)
    weight = attention.mean(1) * is_other
    total = weight.new_zeros(len(hood.targets)).index_add(0, hood.owner, weight)
    weight = weight / total.index_select(0, hood.owner).clamp_min(1e-12)
    said = torch.from_numpy(known).to(weight)
    votes = functional.embedding_bag(hood.sources, said, hood.starts, mode="sum", per_sample_weights=weight)
    voted: np.ndarray = votes.cpu().numpy()
    return voted
