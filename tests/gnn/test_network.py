"""The network: newcomers, blocks, and the types of PyTorch Geometric."""

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATConv

from lookgraph.config import GraphSettings
from lookgraph.errors import GraphError
from lookgraph.gnn import (
    GraphAttention,
    GraphNetwork,
    Shape,
    embed_newcomers,
    from_data,
    to_data,
    to_hetero_data,
)
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.graph import build_graph, knn_graph


def vectors(n=60, dim=12, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def network_of(kind, skip=True):
    shape = Shape(kind, in_dim=12, n_classes=4, heads=2, head_dim=8, skip=skip)
    return GraphNetwork(shape, 0.3, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", ["gat", "gatv2", "sage"])
def test_a_newcomer_gets_what_it_would_have_got_as_a_member(kind):
    """An item whose links are known gives the same embedding from inside and from outside."""
    x, edge_index, network = vectors(), knn_graph(vectors(), 5), network_of(kind)
    inside = network.embed(torch.from_numpy(x), neighbourhood(edge_index, 60, self_loops=network.self_loops))
    neighbours = edge_index[0].reshape(60, 5)[[7, 31]]
    outside = embed_newcomers(network, x[[7, 31]], neighbours, x)
    np.testing.assert_allclose(outside, inside[[7, 31]], atol=1e-6)


@pytest.mark.parametrize("edges", [knn_graph(vectors(), 5), knn_graph(vectors(), 5)[:, :133]], ids=["fixed", "ragged"])
def test_blocks_of_targets_give_what_the_whole_gives(edges):
    x, hood = torch.from_numpy(vectors()), neighbourhood(edges, 60, weights=np.ones(edges.shape[1]))
    layer = GraphAttention(12, 8, 2, 0.0, torch.Generator().manual_seed(0), weighted=True)
    whole = layer(x, hood)
    parts = [layer(x, block) for block in hood.split(17)]
    assert [len(part) for part in parts] == [17, 17, 17, 9]
    torch.testing.assert_close(torch.cat(parts), whole)


def test_a_graph_goes_to_pytorch_geometric_and_comes_back():
    x = vectors()
    graph = build_graph(x, GraphSettings(k=5))
    for data in (to_data(graph, x), to_hetero_data(graph, x)):
        again, features = from_data(data)
        assert np.array_equal(features, x)
        assert np.array_equal(again.edge_index, graph.edge_index)
        np.testing.assert_allclose(again.similarity, graph.similarity)
        assert again.n_items == 60


def test_a_layer_of_pytorch_geometric_runs_on_our_graph_as_it_is():
    data = to_data(build_graph(vectors(), GraphSettings(k=5)), vectors())
    assert GATConv(12, 8, heads=2)(data.x, data.edge_index).shape == (60, 16)


def test_data_without_our_types_is_refused():
    with pytest.raises(GraphError, match="are needed"):
        from_data(HeteroData())
