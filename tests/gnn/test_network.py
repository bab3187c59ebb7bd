"""The network: newcomers, blocks, and the types of PyTorch Geometric."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATConv
from torch_geometric.transforms import AddSelfLoops

from lookgraph.config import GraphSettings
from lookgraph.errors import GraphError
from lookgraph.gnn import (
    GraphAttention,
    GraphNetwork,
    Shape,
    StoredGnn,
    from_data,
    join,
    to_data,
    to_hetero_data,
    vote,
)
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.graph import build_graph, knn_graph


def vectors(n=60, dim=12, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def network_of(kind, skip=True, weighted=False):
    shape = Shape(kind, in_dim=12, n_classes=4, heads=2, head_dim=8, skip=skip, weighted=weighted)
    return GraphNetwork(shape, 0.3, torch.Generator().manual_seed(0))


def stored_of(network):
    tensors = {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}
    return StoredGnn(network.shape, tensors, np.zeros((60, 0), np.float32), 1.0)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("kind", ["gat", "gatv2", "sage"])
def test_a_newcomer_gets_what_it_would_have_got_as_a_member(kind, weighted, skip):
    """An item whose links are known gives the same embedding from inside, by PyTorch, and from outside, by NumPy."""
    x, network = vectors(), network_of(kind, skip, weighted and kind != "sage")
    graph = build_graph(x, GraphSettings(k=5))
    for parameter in network.parameters():  # biases begin at zero, which would hide one that is left out
        torch.nn.init.normal_(parameter, 0, 0.5, generator=torch.Generator().manual_seed(1))
    weights = graph.similarity if network.shape.weighted else None
    hood = neighbourhood(graph.edge_index, 60, self_loops=network.self_loops, weights=weights)
    inside = network.embed(torch.from_numpy(x), hood).numpy()
    rows = [7, 31]
    neighbours, similarity = (values.reshape(60, 5)[rows] for values in (graph.edge_index[0], graph.similarity))
    outside = stored_of(network).embed(x[rows], neighbours, similarity, x)
    np.testing.assert_allclose(outside, inside[rows], atol=1e-6)


@pytest.mark.parametrize("kind", ["gat", "gatv2", "sage"])
def test_a_newcomer_without_links_hears_itself_alone(kind):
    x, network = vectors(), network_of(kind, weighted=kind != "sage")
    edges = np.zeros((2, 0), np.int64)
    weights = np.zeros(0) if network.shape.weighted else None
    hood = neighbourhood(edges, 60, self_loops=network.self_loops, weights=weights)
    inside = network.embed(torch.from_numpy(x), hood).numpy()
    none = np.zeros((60, 0))
    outside = stored_of(network).embed(x, none.astype(np.int64), none, x)
    np.testing.assert_allclose(outside, inside, atol=1e-6)


@pytest.mark.parametrize("kind", ["gat", "gatv2", "sage"])
def test_neighbours_vote_with_the_networks_attention(kind):
    x, network = vectors(), network_of(kind)
    known = np.eye(3, dtype=np.float32)[np.arange(60) % 3]
    edge_index = knn_graph(x, 5)
    hood = neighbourhood(edge_index, 60, self_loops=network.self_loops)
    with torch.inference_mode():
        votes = vote(network.first.attention(torch.from_numpy(x), hood), hood, known)
    inside = join(network.embed(torch.from_numpy(x), hood).numpy(), votes, 2.0)
    gnn = replace(stored_of(network), known_labels=known, label_channel=2.0)
    neighbours = edge_index[0].reshape(60, 5)
    outside = gnn.embed(x, neighbours, np.ones(neighbours.shape, np.float32), x)
    np.testing.assert_allclose(outside, inside, atol=1e-6)


def test_a_similarity_short_is_refused():
    with pytest.raises(GraphError, match="pass one for each link"):
        stored_of(network_of("gat")).embed(vectors()[:2], np.zeros((2, 5), np.int64), np.zeros((2, 4)), vectors())


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
    data = to_data(build_graph(vectors(), GraphSettings(k=5)), vectors())
    data.edge_attr = data.edge_attr[1:]
    with pytest.raises(GraphError, match=r"edge_attr has the shape \(299, 1\), \(300,\) or \(300, 1\) is needed"):
        from_data(data)
    data.edge_attr = torch.ones(300, 3)
    with pytest.raises(GraphError, match=r"edge_attr has the shape \(300, 3\)"):
        from_data(data)
    data = to_data(build_graph(vectors(), GraphSettings(k=5)), vectors())
    data.edge_index[0, 0] = 60
    with pytest.raises(GraphError, match="edge_index names nodes 0 to 60, but x has 60 rows"):
        from_data(data)


def test_similarities_are_read_from_edge_weight_too_and_else_are_the_features_cosines():
    data = to_data(build_graph(vectors(), GraphSettings(k=5)), vectors())
    cosines, data.edge_attr = data.edge_attr, None
    np.testing.assert_allclose(from_data(data)[0].similarity, cosines[:, 0], atol=1e-6)
    data.edge_weight = cosines[:, 0] / 2
    np.testing.assert_allclose(from_data(data)[0].similarity, cosines[:, 0] / 2)


def test_a_nodes_link_to_itself_is_left_to_the_layers():
    data = to_data(build_graph(vectors(), GraphSettings(k=5)), vectors())
    looped = AddSelfLoops(attr="edge_attr")(data.clone())
    assert looped.num_edges == data.num_edges + 60
    assert np.array_equal(from_data(looped)[0].edge_index, from_data(data)[0].edge_index)
