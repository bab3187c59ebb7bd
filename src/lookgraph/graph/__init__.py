"""The cosine k-nearest-neighbour graph, and its figures."""

from lookgraph.graph.figures import density, in_degrees, out_degrees
from lookgraph.graph.knn import HNSW_SEARCH, Graph, build_graph, empty_index, knn_graph, nearest, symmetrise, unit_rows
from lookgraph.graph.ordering import by_locality
from lookgraph.graph.updating import update_graph

__all__ = [
    "HNSW_SEARCH",
    "Graph",
    "build_graph",
    "by_locality",
    "density",
    "empty_index",
    "in_degrees",
    "knn_graph",
    "nearest",
    "out_degrees",
    "symmetrise",
    "unit_rows",
    "update_graph",
]
