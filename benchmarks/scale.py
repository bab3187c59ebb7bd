"""How do time and memory of graph, network and inference grow with the catalogue?

    python benchmarks/scale.py [N_ITEMS ...]       # default: 10000 30000 100000; a million takes ten minutes
    python benchmarks/scale.py --graph [N_ITEMS ...]            # only the graph

Each size runs in a process of its own, on generated clustered vectors (as embeddings of clothes lie): the kNN graph
with the default settings (exact up to graph.exact_up_to, approximate above), the whole training of the network with
K-Means pseudo-labels (all of the graph in a step up to gnn.full_batch_up_to, sampled batches above), and the inference
of every node once more. Memory is the most that the process had. Prints one JSON line: a row a size, and for each
column the exponent of the power of n that fits the sizes best: of all, of the sizes up to which graph and training take
the whole, and of those above, where they do other work.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time

import numpy as np

from graph import clustered
from lookgraph.config import load_settings
from lookgraph.gnn import embed_items, train_gnn
from lookgraph.graph import build_graph

GROWING = ("graph_s", "training_s", "inference_s", "peak_mib")


def measure(n: int, *, only_graph: bool) -> dict[str, float]:
    settings, vectors = load_settings(), clustered(n, seed=0)
    began = time.perf_counter()
    graph = build_graph(vectors, settings.graph)
    graph_s = time.perf_counter() - began
    row = {"n_items": n, "graph_s": round(graph_s, 2), "recall": round(graph.recall, 4)}
    if only_graph:
        return row | {"peak_mib": _peak_mib()}
    began = time.perf_counter()
    trained = train_gnn(vectors, graph.edge_index, settings.gnn)
    training_s = time.perf_counter() - began
    began = time.perf_counter()
    embed_items(trained.network, vectors, graph.edge_index)
    inference_s = time.perf_counter() - began
    return row | {
        "training_s": round(training_s, 2),
        "epochs": len(trained.history),
        "n_clusters": trained.n_clusters,
        "inference_s": round(inference_s, 2),
        "peak_mib": _peak_mib(),
    }


def _peak_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def exponents(rows: list[dict[str, float]]) -> dict[str, float]:
    if len(rows) < 2:
        return {}
    logs = np.log([row["n_items"] for row in rows])
    return {
        name: round(float(np.polyfit(logs, np.log([max(row[name], 1e-2) for row in rows]), 1)[0]), 2)
        for name in GROWING
        if name in rows[0]
    }


def main(sizes: list[int], *, only_graph: bool) -> None:
    rows = []
    for n in sizes:
        one = [sys.executable, __file__, *(["--graph"] if only_graph else []), "--one", str(n)]
        done = subprocess.run(one, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout))
        print(rows[-1], file=sys.stderr, flush=True)
    settings = load_settings()
    whole = min(settings.graph.exact_up_to, settings.gnn.full_batch_up_to)
    sampled = max(settings.graph.exact_up_to, settings.gnn.full_batch_up_to)
    line = {
        "benchmark": "growth",
        "rows": rows,
        "exponents_of_all": exponents(rows),
        f"exponents_up_to_{whole}": exponents([row for row in rows if row["n_items"] <= whole]),
        f"exponents_above_{sampled}": exponents([row for row in rows if row["n_items"] > sampled]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 30_000, 100_000])
    parser.add_argument("--graph", action="store_true", help="only the graph")
    parser.add_argument("--one", action="store_true", help="measure the first size here and now")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.sizes[0], only_graph=asked.graph)))
    else:
        main(asked.sizes, only_graph=asked.graph)
