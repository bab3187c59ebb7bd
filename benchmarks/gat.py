"""How fast is the attention layer, beside torch_geometric's GATConv with the same weights?

    python benchmarks/gat.py [n_items]

One forward and backward pass, in turns; prints one JSON line with the largest difference of the outputs.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time

import torch
from torch_geometric.nn import GATConv

from graph import clustered
from lookgraph.gnn import GraphAttention, neighbourhood
from lookgraph.graph import knn_graph

K, HEADS, HEAD_DIM, TURNS = 10, 4, 64, 5


def main(n: int) -> None:
    vectors = clustered(n, seed=0)
    edge_index = knn_graph(vectors, K)
    hood, edges, x = neighbourhood(edge_index, n), torch.from_numpy(edge_index), torch.from_numpy(vectors)
    ours = GraphAttention(x.shape[1], HEAD_DIM, HEADS, 0.0, torch.Generator().manual_seed(0))
    theirs = GATConv(x.shape[1], HEAD_DIM, heads=HEADS)
    with torch.no_grad():
        theirs.lin.weight.copy_(ours.weight)
        theirs.att_src.copy_(ours.att_source[None])
        theirs.att_dst.copy_(ours.att_target[None])
    seconds: dict[str, list[float]] = {"lookgraph": [], "gatconv": []}
    outputs = {}
    for _ in range(TURNS):
        for name, layer, graph in (("lookgraph", ours, hood), ("gatconv", theirs, edges)):
            began = time.perf_counter()
            outputs[name] = layer(x, graph)
            outputs[name].square().mean().backward()
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    line = {
        "benchmark": "graph attention, forward and backward",
        "n_items": n,
        "k": K,
        "heads": HEADS,
        "head_dim": HEAD_DIM,
        "lookgraph_s": round(medians["lookgraph"], 3),
        "gatconv_s": round(medians["gatconv"], 3),
        "times_faster": round(medians["gatconv"] / medians["lookgraph"], 2),
        "largest_difference": float((outputs["lookgraph"] - outputs["gatconv"]).abs().max()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
