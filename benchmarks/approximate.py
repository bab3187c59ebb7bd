"""How long does an approximate kNN graph take, beside FAISS's HNSW and pynndescent at no lower recall?

    pip install pynndescent                          # a peer, no dependency
    python benchmarks/approximate.py [n_items] [peer ...]     # peers: hnsw pynndescent; both where none is named

Each runs in a process of its own and its processor time counts, so other work on the machine hardly matters; recall is
the share of the true neighbours of one sample of 500 items, the same for all. Prints a JSON line each.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from graph import DIM, K, clustered
from lookgraph.config import GraphSettings
from lookgraph.graph import build_graph, empty_index
from lookgraph.vector_search import faiss

SAMPLE = 500
RECALL = 0.995  # above the default of graph.recall, to be no worse than the peers


def lookgraph(vectors: np.ndarray) -> np.ndarray:
    found: np.ndarray = build_graph(vectors, GraphSettings(k=K, exact_up_to=0, recall=RECALL)).edge_index[0]
    return found.reshape(-1, K)


def hnsw(vectors: np.ndarray) -> np.ndarray:
    index = empty_index(DIM, exact=False)
    index.add(vectors)
    found: np.ndarray = index.search(vectors, K + 1)[1]
    return found


def pynndescent(vectors: np.ndarray) -> np.ndarray:
    from pynndescent import NNDescent

    found: np.ndarray = NNDescent(vectors, metric="cosine", n_neighbors=K + 5, random_state=0).neighbor_graph[0]
    return found[:, : K + 1]


SEARCHES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "lookgraph": lookgraph,
    "hnsw": hnsw,
    "pynndescent": pynndescent,
}


def measure(name: str, n: int) -> dict[str, object]:
    vectors = clustered(n, seed=0)
    if name == "pynndescent":
        SEARCHES[name](vectors[:2000])  # numba compiles once
    began, wall = time.process_time(), time.perf_counter()
    found = SEARCHES[name](vectors)
    processor_s, wall_s = time.process_time() - began, time.perf_counter() - wall
    rows = np.random.default_rng(7).choice(n, min(SAMPLE, n), replace=False)
    _, true = faiss.knn(vectors[rows], vectors, K + 1, metric=faiss.METRIC_INNER_PRODUCT)
    hits = [
        len(np.intersect1d(a[a != row], b[b != row][:K])) for row, a, b in zip(rows, true, found[rows], strict=True)
    ]
    return {
        "benchmark": "approximate kNN graph",
        "search": name,
        "n_items": n,
        "dim": DIM,
        "k": K,
        "processor_s": round(processor_s, 1),
        "wall_s": round(wall_s, 1),
        "recall": round(float(np.mean(hits)) / K, 4),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def main(n: int, names: list[str]) -> None:
    for name in ["lookgraph", *(names or [name for name in SEARCHES if name != "lookgraph"])]:
        subprocess.run([sys.executable, __file__, "--one", name, str(n)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))), flush=True)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:])
