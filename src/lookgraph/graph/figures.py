"""What a graph looks like in a few numbers."""

from __future__ import annotations

import numpy as np

from lookgraph.graph.knn import Graph


def density(graph: Graph) -> float:
    """Directed edges over the n * (n - 1) that could be."""
    return float(graph.edge_index.shape[1]) / (graph.n_items * (graph.n_items - 1))


def in_degrees(graph: Graph) -> np.ndarray:
    """(n_items,) int64: how many neighbours an item hears."""
    return np.bincount(graph.edge_index[1], minlength=graph.n_items)


def out_degrees(graph: Graph) -> np.ndarray:
    """(n_items,) int64: how many items hear it; a hub has many."""
    return np.bincount(graph.edge_index[0], minlength=graph.n_items)
