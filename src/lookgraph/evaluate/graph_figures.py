"""What does the graph look like: how dense, how connected, how fair, and does it join what is alike?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import skew

from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.values import Metrics, Value, defined, undefined


def graph_figures(edge_index: np.ndarray, n_items: int, categories: Mapping[str, Labels]) -> Metrics:
    """Density, degrees, components, hubness and homophily of a directed graph.

    Args:
        edge_index: (2, n_edges) int64: row 0 the neighbour, row 1 the item, each edge once.
        n_items: Nodes, with or without edges.
        categories: The attributes whose homophily is measured.
    """
    neighbour, item = edge_index
    chosen, arriving = np.bincount(neighbour, minlength=n_items), np.bincount(item, minlength=n_items)
    edges = coo_array((np.ones(len(item), bool), (neighbour, item)), shape=(n_items, n_items))
    n_components, component = connected_components(edges, directed=True, connection="weak")
    return {
        "n_items": n_items,
        "n_edges": len(item),
        "density": density(len(item), n_items),
        "in_degree": _spread(arriving),
        "out_degree": _spread(chosen),
        "n_components": int(n_components),
        "largest_component_fraction": defined(float(np.bincount(component).max() / n_items)),
        "hubness": hubness(chosen),
        "never_a_neighbour_fraction": defined(float((chosen == 0).mean())),
        "homophily": {name: homophily(edge_index, labels) for name, labels in categories.items()},
    }


def density(n_edges: int, n_items: int) -> Value:
    """Edges over possible edges, n_edges / (n (n - 1))."""
    return defined(n_edges / (n_items * (n_items - 1))) if n_items > 1 else undefined("needs 2 items")


def hubness(k_occurrences: np.ndarray) -> Value:
    """Skewness of how often an item is among others' neighbours; far above 0: few items are everyone's.

    Args:
        k_occurrences: (n_items,) int64 edges that leave the item as a neighbour.

    Source: Radovanovic et al. 2010, where it is the in-degree, edges drawn from item to neighbour.
    """
    if len(np.unique(k_occurrences)) < 2:
        return undefined("every item is a neighbour equally often")
    return defined(float(skew(k_occurrences)))


def homophily(edge_index: np.ndarray, labels: Labels) -> Metrics:
    """Share of edges that join equal values, beside that of random pairs; items without a value are left out.

    chance = sum_v n_v (n_v - 1) / (n (n - 1))
    """
    first, second = labels.codes[edge_index[0]], labels.codes[edge_index[1]]
    known = (first >= 0) & (second >= 0)
    counts = np.bincount(labels.codes[labels.codes >= 0]).astype(np.float64)
    n = counts.sum()
    share = (
        defined(float((first == second)[known].mean())) if known.any() else undefined("no edge joins two known values")
    )
    chance = defined(float((counts * (counts - 1)).sum() / (n * (n - 1)))) if n > 1 else undefined("needs 2 values")
    return {"same_value": share, "chance": chance, "n_edges": int(known.sum())}


def _spread(degrees: np.ndarray) -> Metrics:
    values, counts = np.unique(degrees, return_counts=True)
    return {
        "min": int(degrees.min()),
        "median": float(np.median(degrees)),
        "mean": defined(float(degrees.mean())),
        "max": int(degrees.max()),
        "histogram": {"degree": values, "n_items": counts},
    }
