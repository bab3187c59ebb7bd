"""How fast is the graph network, beside the usual libraries in the same run?

    python benchmarks/gnn.py [n_items]
    python benchmarks/gnn.py [n_items] --ways        # the epoch in float32, in bfloat16, and compiled

Two JSON lines: a training epoch (forward, backward and Adam) of the two-layer network beside the same network made of
torch_geometric's GATConv with the same weights, and the K-Means of the pseudo-labels beside scikit-learn's. Ours learns
from items in the order of a training (linked ones side by side, see ``graph.by_locality``), which is made once; the
seconds for that stand beside, and those of GATConv in the same order. So does quality: the largest difference of the
class scores, and both inertias. ``--ways`` prints one line; `torch.compile` needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from lookgraph.processor import native_bfloat16

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


@dataclass(frozen=True)
class Catalogue:
    """Items as a training has them: those that are linked lie side by side.

    Attributes:
        x: (n, DIM) float32.
        edge_index: (2, n * K) int64.
        labels: (n,) int64.
        rank: (n,) int64: where each item was before.
        ordering_s: Seconds that the order took.
    """

    x: Tensor
    edge_index: Tensor
    labels: Tensor
    rank: Tensor
    ordering_s: float

    @classmethod
    def generate(cls, n: int) -> Catalogue:
        vectors = clustered(n, seed=0)
        edge_index = knn_graph(vectors, K)
        began = time.perf_counter()
        order = by_locality(edge_index, n)
        ordering_s = time.perf_counter() - began
        rank = np.argsort(order)
        labels = np.random.default_rng(0).integers(CLASSES, size=n)[order]
        tensor = torch.from_numpy
        return cls(tensor(vectors[order]), tensor(rank[edge_index]), tensor(labels), tensor(rank), ordering_s)

    def network(self) -> GraphNetwork:
        shape = Shape("gat", self.x.shape[1], CLASSES, HEADS, HEAD_DIM)
        return GraphNetwork(shape, 0.0, torch.Generator().manual_seed(0))


def epochs(n: int) -> dict[str, object]:
    made = Catalogue.generate(n)
    hood, rank = neighbourhood(made.edge_index.numpy(), n), made.rank
    x_usual, labels_usual = made.x[rank], made.labels[rank]
    edges_usual = torch.argsort(rank)[made.edge_index]
    ours = made.network()
    theirs, theirs_ordered = UsualNetwork(ours), UsualNetwork(ours)
    forward: dict[str, Callable[[], Tensor]] = {
        "lookgraph": lambda: ours.scores(ours.hidden(made.x, hood), hood),
        "gatconv": lambda: theirs(x_usual, edges_usual),
        "gatconv_in_our_order": lambda: theirs_ordered(made.x, made.edge_index),
    }
    with torch.no_grad():
        difference = float((forward["lookgraph"]()[rank] - forward["gatconv"]()).abs().max())
    learn = {
        "lookgraph": step(forward["lookgraph"], ours, made.labels),
        "gatconv": step(forward["gatconv"], theirs, labels_usual),
        "gatconv_in_our_order": step(forward["gatconv_in_our_order"], theirs_ordered, made.labels),
    }
    return {
        "benchmark": "training epoch of the two-layer network",
        "n_items": n,
        "k": K,
        "heads": HEADS,
        "head_dim": HEAD_DIM,
        **_medians(take_turns(learn), "gatconv"),
        "largest_difference": difference,
        "ordering_s": round(made.ordering_s, 2),
    }


def ways(n: int) -> dict[str, object]:
    made = Catalogue.generate(n)
    hood, network = neighbourhood(made.edge_index.numpy(), n), made.network()

    def scores() -> Tensor:
        return network.scores(network.hidden(made.x, hood), hood)

    def in_bfloat16() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return scores().float()

    forward = {"float32": scores, "bfloat16": in_bfloat16, "compiled": torch.compile(scores)}
    with torch.no_grad():
        plain = scores()
        differences = {name: float((run() - plain).abs().max()) for name, run in forward.items()}
    learn = {name: step(run, network, made.labels) for name, run in forward.items()}
    learn["compiled"]()  # the gradient is compiled with the first step
    seconds = {f"{name}_s": round(statistics.median(each), 3) for name, each in take_turns(learn).items()}
    return {
        "benchmark": "ways to compute an epoch",
        "n_items": n,
        **seconds,
        "largest_differences": differences,
        "bfloat16_of_its_own": native_bfloat16(),
    }


def step(forward: Callable[[], Tensor], network: nn.Module, labels: Tensor) -> Callable[[], None]:
    """A training epoch on the whole graph."""
    optimizer = torch.optim.Adam(network.parameters())

    def learn() -> None:
        loss = functional.cross_entropy(forward(), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return learn


def take_turns(runs: Mapping[str, Callable[[], None]]) -> dict[str, list[float]]:
    """Seconds of each run, in ``TURNS`` rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(TURNS):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return seconds


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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("n_items", type=int, nargs="?", default=40_000)
    parser.add_argument("--ways", action="store_true")
    options = parser.parse_args()
    machine = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    for measure in [ways] if options.ways else [epochs, clustering]:
        print(json.dumps(measure(options.n_items) | machine), flush=True)


if __name__ == "__main__":
    main()
