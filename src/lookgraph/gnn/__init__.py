"""The graph network: its layers, its pseudo-labels, its training."""

from typing import TYPE_CHECKING

from lookgraph.lazy import exports

if TYPE_CHECKING:
    from lookgraph.gnn.attending import attention_of_links, vote
    from lookgraph.gnn.attention import Attention, load_attention, save_attention
    from lookgraph.gnn.collapse import dirichlet_energy, effective_rank, mean_cosine
    from lookgraph.gnn.hierarchy import extend_hierarchy, nested_clusters
    from lookgraph.gnn.label_channel import class_counts, fill_unknown, join, one_hot
    from lookgraph.gnn.layers import GraphAttention, GraphAttentionV2, NeighbourMean
    from lookgraph.gnn.levels import Hierarchy
    from lookgraph.gnn.neighbourhood import Neighbourhood, alone
    from lookgraph.gnn.network import GraphNetwork
    from lookgraph.gnn.pseudo_labels import centre_silhouette, choose_n_clusters, extend_labels, kmeans, match_labels
    from lookgraph.gnn.pyg import from_data, to_data, to_hetero_data
    from lookgraph.gnn.shape import Shape
    from lookgraph.gnn.storage import StoredGnn, load_gnn, save_gnn, stored
    from lookgraph.gnn.training import TrainedGnn, embed_items, train_gnn

__all__ = [
    "Attention",
    "GraphAttention",
    "GraphAttentionV2",
    "GraphNetwork",
    "Hierarchy",
    "NeighbourMean",
    "Neighbourhood",
    "Shape",
    "StoredGnn",
    "TrainedGnn",
    "alone",
    "attention_of_links",
    "centre_silhouette",
    "choose_n_clusters",
    "class_counts",
    "dirichlet_energy",
    "effective_rank",
    "embed_items",
    "extend_hierarchy",
    "extend_labels",
    "fill_unknown",
    "from_data",
    "join",
    "kmeans",
    "load_attention",
    "load_gnn",
    "match_labels",
    "mean_cosine",
    "nested_clusters",
    "one_hot",
    "save_attention",
    "save_gnn",
    "stored",
    "to_data",
    "to_hetero_data",
    "train_gnn",
    "vote",
]

__getattr__ = exports(__name__)
