"""The graph attention network: its layer, its pseudo-labels, its training."""

from lookgraph.gnn.collapse import effective_rank, mean_cosine
from lookgraph.gnn.gat import GraphAttention, GraphAttentionNetwork, Neighbourhood, neighbourhood, newcomers
from lookgraph.gnn.pseudo_labels import kmeans, match_labels, n_clusters_for
from lookgraph.gnn.storage import load_gnn, save_gnn
from lookgraph.gnn.training import TrainedGnn, attention_weights, embed_newcomers, embed_nodes, train_gnn

__all__ = [
    "GraphAttention",
    "GraphAttentionNetwork",
    "Neighbourhood",
    "TrainedGnn",
    "attention_weights",
    "effective_rank",
    "embed_newcomers",
    "embed_nodes",
    "kmeans",
    "load_gnn",
    "match_labels",
    "mean_cosine",
    "n_clusters_for",
    "neighbourhood",
    "newcomers",
    "save_gnn",
    "train_gnn",
]
