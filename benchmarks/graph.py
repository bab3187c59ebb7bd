"""How fast is the exact kNN graph, beside scikit-learn, and do both find the same neighbours?

    python benchmarks/graph.py [n_items]

Prints one JSON line. The two take turns three times in one run; the ratio is of the medians.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version

import numpy as np
from sklearn.neighbors import NearestNeighbors

from lookgraph.config import GraphSettings
from lookgraph.graph import build_graph, unit_rows

K, DIM, TURNS = 10, 128, 3


def clustered(n: int, seed: int) -> np.ndarray:
    """(n, DIM) float32 unit rows around n / 100 centres, as embeddings of clothes lie."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(1, n // 100), DIM))
    return unit_rows((centres[rng.integers(0, len(centres), n)] + rng.normal(size=(n, DIM)) * 0.7).astype(np.float32))


def main(n: int) -> None:
    vectors = clustered(n, seed=0)
    ours_s, theirs_s = [], []
    for _ in range(TURNS):
        began = time.perf_counter()
        graph = build_graph(vectors, GraphSettings(k=K, exact_up_to=n))
        ours_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        peer = NearestNeighbors(n_neighbors=K, metric="cosine", n_jobs=-1).fit(vectors)
        found = peer.kneighbors(return_distance=False)
        theirs_s.append(time.perf_counter() - began)
    ours = graph.edge_index[0].reshape(n, K)
    same = np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(ours, found, strict=True)])
    ratio = statistics.median(theirs_s) / statistics.median(ours_s)
    line = {
        "benchmark": "exact kNN graph",
        "n_items": n,
        "dim": DIM,
        "k": K,
        "seed": 0,
        "lookgraph_s": round(statistics.median(ours_s), 3),
        "scikit_learn_s": round(statistics.median(theirs_s), 3),
        "times_faster": round(ratio, 2),
        "same_neighbours": round(float(same), 5),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in ("lookgraph", "faiss-cpu", "scikit-learn")},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
