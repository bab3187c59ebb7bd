"""The attention layer against torch_geometric's GATConv with copied weights."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GATConv

from lookgraph.gnn import GraphAttention, GraphAttentionNetwork, embed_newcomers, embed_nodes, neighbourhood
from lookgraph.gnn.gat import dropout
from lookgraph.graph import Graph, knn_graph, symmetrise


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def vectors(n=60, dim=12, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def edges_of(kind, n=60):
    edge_index = knn_graph(vectors(n), 5)
    if kind == "fixed degree":
        return edge_index
    if kind == "symmetrised":
        return symmetrise(Graph(edge_index, np.ones(edge_index.shape[1], np.float32), n)).edge_index
    keep = edge_index[1] % 3 != 0  # every third item hears nobody
    return edge_index[:, keep]


@pytest.mark.parametrize("kind", ["fixed degree", "symmetrised", "empty neighbourhoods"])
def test_equals_gatconv_forward_and_backward(kind):
    edge_index = edges_of(kind)
    ours = GraphAttention(12, 8, heads=3, dropout=0.0, generator=generator())
    theirs = GATConv(12, 8, heads=3)
    with torch.no_grad():
        theirs.lin.weight.copy_(ours.weight)
        theirs.att_src.copy_(ours.att_source[None])
        theirs.att_dst.copy_(ours.att_target[None])
    x, y = (torch.from_numpy(vectors()).requires_grad_() for _ in range(2))
    a = ours(x, neighbourhood(edge_index, 60))
    b = theirs(y, torch.from_numpy(edge_index))
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    torch.testing.assert_close(x.grad, y.grad, atol=1e-4, rtol=0)
    torch.testing.assert_close(ours.weight.grad, theirs.lin.weight.grad, atol=1e-4, rtol=1e-4)


def test_attention_of_every_target_sums_to_one():
    layer = GraphAttention(12, 8, heads=2, dropout=0.0, generator=generator())
    hood = neighbourhood(edges_of("symmetrised"), 60)
    projected = torch.nn.functional.linear(torch.from_numpy(vectors()), layer.weight).view(60, 2, 8)
    total = torch.zeros(60, 2).index_add(0, hood.owner, layer.attention(projected, hood))
    torch.testing.assert_close(total, torch.ones(60, 2))


def test_a_newcomer_gets_what_it_would_have_got_as_a_member():
    """An item whose links are known gives the same embedding from inside and from outside."""
    x, edge_index = vectors(), knn_graph(vectors(), 5)
    network = GraphAttentionNetwork(12, 4, heads=2, head_dim=8, dropout=0.3, generator=generator())
    inside = embed_nodes(network, torch.from_numpy(x), neighbourhood(edge_index, 60))
    neighbours = edge_index[0].reshape(60, 5)[[7, 31]]
    outside = embed_newcomers(network, x[[7, 31]], neighbours, x)
    np.testing.assert_allclose(outside, inside[[7, 31]], atol=1e-6)


def test_dropout_keeps_the_mean_and_its_chance_comes_from_the_generator():
    x = torch.ones(200, 200)
    dropped = dropout(x, 0.25, generator(3))
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(dropped, dropout(x, 0.25, generator(3)))
