"""The cosine k-nearest-neighbour graph, and its figures."""

from lookgraph.graph.figures import density, in_degrees, out_degrees
from lookgraph.graph.knn import Graph, build_graph, knn_graph, nearest, symmetrise, unit_rows

__all__ = [
    "Graph",
    "build_graph",
    "density",
    "in_degrees",
    "knn_graph",
    "nearest",
    "out_degrees",
    "symmetrise",
    "unit_rows",
]
