"""The cosine k-nearest-neighbour graph."""

from lookgraph.graph.knn import Graph, build_graph, empty_index, knn_graph, nearest, symmetrise, unit_rows
from lookgraph.graph.ordering import by_locality
from lookgraph.graph.updating import update_graph

__all__ = [
    "Graph",
    "build_graph",
    "by_locality",
    "empty_index",
    "knn_graph",
    "nearest",
    "symmetrise",
    "unit_rows",
    "update_graph",
]
