"""Train the graph attention network against pseudo-labels that K-Means renews during training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import normalized_mutual_info_score
from torch.nn import functional

from lookgraph.config import GnnSettings
from lookgraph.errors import GraphError
from lookgraph.gnn.collapse import effective_rank, mean_cosine
from lookgraph.gnn.gat import GraphAttentionNetwork, Neighbourhood, neighbourhood, newcomers
from lookgraph.gnn.pseudo_labels import kmeans, match_labels, n_clusters_for


@dataclass(frozen=True)
class TrainedGnn:
    """A trained network with what it made of its items.

    Attributes:
        network: In evaluation mode.
        node_embeddings: (n_items, heads * head_dim) float32, unit length.
        clusters: (n_items,) int64: the last K-Means on the node embeddings.
        n_clusters: Pseudo-label classes, also where some stayed empty.
        history: One dict an epoch; the first epoch of a round also says how the round began.
    """

    network: GraphAttentionNetwork
    node_embeddings: np.ndarray
    clusters: np.ndarray
    n_clusters: int
    history: list[dict[str, float]]


def train_gnn(
    embeddings: np.ndarray,
    edge_index: np.ndarray,
    settings: GnnSettings,
    *,
    shuffled_labels: bool = False,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> TrainedGnn:
    """Let groups and network sharpen each other.

    Each round clusters the node embeddings (at first: the encoder's) and then trains for some epochs
    with cross-entropy and Adam to tell those clusters. Same seed and thread count, same result.

    Args:
        embeddings: (n_items, dim) float32, unit length.
        edge_index: (2, n_edges) int64, neighbour -> item.
        settings: See :class:`GnnSettings`.
        shuffled_labels: The control: the same training on pseudo-labels dealt at random.
        on_epoch: Called after every epoch with its number from 0.

    Raises:
        GraphError: more clusters than items.
    """
    n = len(embeddings)
    n_clusters = settings.clusters or n_clusters_for(n)
    if n_clusters > n:
        raise GraphError(f"gnn.clusters={n_clusters}, but there are {n} items: lower gnn.clusters or add photos")
    generator = torch.Generator().manual_seed(settings.seed)
    network = GraphAttentionNetwork(
        embeddings.shape[1], n_clusters, settings.heads, settings.head_dim, settings.dropout, generator
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    x, hood = torch.from_numpy(embeddings), neighbourhood(edge_index, n)
    labels, history = np.zeros(0, np.int64), list[dict[str, float]]()
    for round_ in range(settings.rounds):
        current = embeddings if round_ == 0 else embed_nodes(network, x, hood)
        renewed = kmeans(current, n_clusters, settings.seed + round_)
        began = {"effective_rank": effective_rank(current), "mean_cosine": mean_cosine(current)}
        if round_ > 0:
            began["nmi_to_last_round"] = float(normalized_mutual_info_score(labels, renewed))
            renewed = match_labels(renewed, labels, n_clusters)
        labels = renewed
        target = labels[torch.randperm(n, generator=generator).numpy()] if shuffled_labels else labels
        for step in range(settings.epochs_per_round):
            epoch = round_ * settings.epochs_per_round + step
            loss, accuracy = _train_epoch(network, optimizer, x, hood, torch.from_numpy(target), generator)
            history.append(
                {"epoch": epoch, "round": round_, "loss": loss, "accuracy": accuracy} | (began if step == 0 else {})
            )
            on_epoch(epoch)
    network.eval()
    nodes = embed_nodes(network, x, hood)
    return TrainedGnn(network, nodes, kmeans(nodes, n_clusters, settings.seed + settings.rounds), n_clusters, history)


@torch.no_grad()
def embed_nodes(network: GraphAttentionNetwork, x: torch.Tensor, hood: Neighbourhood) -> np.ndarray:
    """(m, heads * head_dim) float32 node embeddings of the neighbourhood's targets, unit length."""
    embedded: np.ndarray = functional.normalize(network.hidden(x, hood), dim=1).numpy()
    return embedded


def embed_newcomers(
    network: GraphAttentionNetwork, queries: np.ndarray, neighbours: np.ndarray, embeddings: np.ndarray
) -> np.ndarray:
    """Pass photos from outside through the trained network (inductively).

    Args:
        queries: (m, dim) float32 embeddings of the new photos.
        neighbours: (m, k) int64: rows of ``embeddings`` that each is linked to.
        embeddings: (n_items, dim) float32 of the catalogue.

    Returns:
        (m, heads * head_dim) float32 node embeddings, unit length.
    """
    used, compact = np.unique(neighbours, return_inverse=True)  # only the rows that are heard, not the catalogue
    x = torch.from_numpy(np.concatenate([embeddings[used], queries]).astype(np.float32))
    return embed_nodes(network, x, newcomers(compact.reshape(neighbours.shape), len(used)))


def _train_epoch(
    network: GraphAttentionNetwork,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    hood: Neighbourhood,
    labels: torch.Tensor,
    generator: torch.Generator,
) -> tuple[float, float]:
    network.train()
    scores = network(x, hood, generator)
    loss = functional.cross_entropy(scores, labels)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item(), (scores.argmax(1) == labels).float().mean().item()


def attention_weights(network: GraphAttentionNetwork, inputs: np.ndarray) -> np.ndarray:
    """(k + 1, in_dim) inputs of k neighbours and, last, of the target -> (k + 1,) float32 weights of layer one.

    The mean over the heads; they sum to one.
    """
    k = len(inputs) - 1
    hood = newcomers(np.arange(k)[None], k)
    with torch.inference_mode():
        features = torch.from_numpy(np.ascontiguousarray(inputs, np.float32))
        projected = (features @ network.first.weight.T).view(-1, network.first.heads, network.first.head_dim)
        weights: np.ndarray = network.first.attention(projected, hood).mean(1).numpy()
    return weights
