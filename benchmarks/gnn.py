"""How fast is the graph network, beside the usual libraries in the same run?

    python benchmarks/gnn.py [n_items]

Two JSON lines: a training epoch (forward, backward and Adam) of the two-layer network beside the same network made of
torch_geometric's GATConv with the same weights, and the K-Means of the pseudo-labels beside scikit-learn's. Ours learns
from items in the order of a training (linked ones side by side, see ``graph.by_locality``), which is made once; the
seconds for that stand beside. So does quality: the largest difference of the class scores, and both inertias.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import GATConv

from graph import clustered
from lookgraph.gnn import GraphAttention, GraphNetwork, Shape, kmeans
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.graph import by_locality, knn_graph

K, HEADS, HEAD_DIM, CLASSES, TURNS = 10, 4, 64, 141, 5


class UsualNetwork(nn.Module):
    """What most would write: the same two layers out of GATConv."""

    def __init__(self, ours: GraphNetwork) -> None:
        super().__init__()
        self.first = GATConv(ours.shape.in_dim, HEAD_DIM, heads=HEADS)
        self.second = GATConv(HEADS * HEAD_DIM, CLASSES)
        with torch.no_grad():
            for mine, theirs in ((ours.first, self.first), (ours.second, self.second)):
                assert isinstance(mine, GraphAttention)
                theirs.lin.weight.copy_(mine.weight)
                theirs.att_src.copy_(mine.att_source[None])
                theirs.att_dst.copy_(mine.att_target[None])

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        scores: Tensor = self.second(functional.elu(self.first(x, edge_index)), edge_index)
        return scores


def epochs(n: int) -> dict[str, object]:
    vectors = clustered(n, seed=0)
    edge_index = knn_graph(vectors, K)
    began = time.perf_counter()
    order = by_locality(edge_index, n)
    ordering_s = time.perf_counter() - began
    rank = torch.from_numpy(np.argsort(order))
    hood, x_ordered = neighbourhood(rank.numpy()[edge_index], n), torch.from_numpy(vectors[order])
    edges, x = torch.from_numpy(edge_index), torch.from_numpy(vectors)
    labels = torch.from_numpy(np.random.default_rng(0).integers(CLASSES, size=n))
    targets = {"lookgraph": labels[torch.from_numpy(order)], "gatconv": labels}
    shape = Shape("gat", x.shape[1], CLASSES, HEADS, HEAD_DIM)
    ours = GraphNetwork(shape, 0.0, torch.Generator().manual_seed(0))
    theirs = UsualNetwork(ours)
    forward: dict[str, Callable[[], Tensor]] = {
        "lookgraph": lambda: ours.scores(ours.hidden(x_ordered, hood), hood),
        "gatconv": lambda: theirs(x, edges),
    }
    with torch.no_grad():
        difference = float((forward["lookgraph"]()[rank] - forward["gatconv"]()).abs().max())
    optimizers = {"lookgraph": torch.optim.Adam(ours.parameters()), "gatconv": torch.optim.Adam(theirs.parameters())}
    seconds: dict[str, list[float]] = {name: [] for name in forward}
    for _ in range(TURNS):
        for name, scores in forward.items():
            began = time.perf_counter()
            loss = functional.cross_entropy(scores(), targets[name])
            optimizers[name].zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizers[name].step()
            seconds[name].append(time.perf_counter() - began)
    return {
        "benchmark": "training epoch of the two-layer network",
        "n_items": n,
        "k": K,
        "heads": HEADS,
        "head_dim": HEAD_DIM,
        **_medians(seconds, "gatconv"),
        "largest_difference": difference,
        "ordering_s": round(ordering_s, 2),
    }


def clustering(n: int, n_clusters: int = 50) -> dict[str, object]:
    vectors = clustered(n, seed=0)
    labels: dict[str, np.ndarray] = {}
    seconds: dict[str, list[float]] = {"lookgraph": [], "sklearn": []}
    peer = KMeans(n_clusters, n_init=10, random_state=0)
    runs: dict[str, Callable[[], np.ndarray]] = {
        "lookgraph": lambda: kmeans(vectors, n_clusters, 0),
        "sklearn": lambda: np.asarray(peer.fit_predict(vectors)),
    }
    for name, cluster in runs.items():
        began = time.perf_counter()
        labels[name] = cluster()
        seconds[name].append(time.perf_counter() - began)
    inertias = {f"{name}_inertia": round(inertia(vectors, found), 1) for name, found in labels.items()}
    return {
        "benchmark": "K-Means of the pseudo-labels",
        "n_items": n,
        "n_clusters": n_clusters,
        **_medians(seconds, "sklearn"),
        **inertias,
    }


def inertia(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Sum of the squared distances to the mean of the own cluster."""
    total = 0.0
    for label in np.unique(labels):
        members = vectors[labels == label].astype(np.float64)
        total += float(((members - members.mean(0)) ** 2).sum())
    return total


def _medians(seconds: dict[str, list[float]], peer: str) -> dict[str, float]:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    times_faster = round(medians[peer] / medians["lookgraph"], 2)
    return {f"{name}_s": round(value, 3) for name, value in medians.items()} | {"times_faster": times_faster}


def main(n: int) -> None:
    machine = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    print(json.dumps(epochs(n) | machine), flush=True)
    print(json.dumps(clustering(n) | machine), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
