"""Our layers against PyTorch Geometric's with copied weights: outputs and gradients, on every kind of graph."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GATConv, GATv2Conv, SAGEConv

from lookgraph.errors import GraphError
from lookgraph.gnn.layers import GraphAttention, GraphAttentionV2, NeighbourMean, dropout
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.graph import Graph, knn_graph, symmetrise

N, IN, DIM, HEADS = 60, 12, 8, 3
GRAPHS = ("fixed degree", "symmetrised", "empty neighbourhoods")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def vectors(n=N, dim=IN, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def edges_of(kind):
    edge_index = knn_graph(vectors(), 5)
    if kind == "fixed degree":
        return edge_index
    if kind == "symmetrised":
        return symmetrise(Graph(edge_index, np.ones(edge_index.shape[1], np.float32), N)).edge_index
    return edge_index[:, edge_index[1] % 3 != 0]  # every third item hears nobody


def edge_weights(edge_index):
    x = vectors()
    return (x[edge_index[0]] * x[edge_index[1]]).sum(1).astype(np.float32)


def gat_pair(weighted, self_loops, **theirs_options):
    ours = GraphAttention(IN, DIM, HEADS, 0.0, generator(), weighted=weighted)
    theirs = GATConv(
        IN, DIM, HEADS, edge_dim=1 if weighted else None, add_self_loops=self_loops, fill_value="mean", **theirs_options
    )
    copied = {"lin.weight": ours.weight, "att_src": ours.att_source[None], "att_dst": ours.att_target[None]}
    copied["bias"] = ours.bias
    if weighted:
        copied |= {"lin_edge.weight": ours.weight_edge, "att_edge": ours.att_edge[None]}
    names = {"weight": "lin.weight", "att_source": "att_src", "att_target": "att_dst", "bias": "bias"}
    if weighted:
        names |= {"att_edge": "att_edge", "weight_edge": "lin_edge.weight"}
    return ours, copy_into(theirs, copied), names


def gatv2_pair(weighted, self_loops):
    ours = GraphAttentionV2(IN, DIM, HEADS, 0.0, generator(), weighted=weighted)
    theirs = GATv2Conv(
        IN, DIM, HEADS, edge_dim=1 if weighted else None, add_self_loops=self_loops, fill_value="mean", bias=True
    )
    copied = {"lin_l.weight": ours.weight_source, "lin_l.bias": ours.bias_source, "lin_r.weight": ours.weight_target}
    copied |= {"lin_r.bias": ours.bias_target, "att": ours.att[None], "bias": ours.bias}
    names = {"weight_source": "lin_l.weight", "weight_target": "lin_r.weight", "att": "att", "bias": "bias"}
    names |= {"bias_source": "lin_l.bias", "bias_target": "lin_r.bias"}
    if weighted:
        copied["lin_edge.weight"] = ours.weight_edge
        names["weight_edge"] = "lin_edge.weight"
    return ours, copy_into(theirs, copied), names


def copy_into(module, tensors):
    with torch.no_grad():
        module.load_state_dict({name: value.detach().clone() for name, value in tensors.items()})
    return module


@pytest.mark.parametrize("pair", [gat_pair, gatv2_pair], ids=["gat", "gatv2"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "edge weights"])
@pytest.mark.parametrize("self_loops", [True, False], ids=["self-loops", "no self-loops"])
@pytest.mark.parametrize("kind", GRAPHS)
def test_attention_equals_pytorch_geometric_forward_and_backward(pair, weighted, self_loops, kind):
    edge_index = edges_of(kind)
    ours, theirs, names = pair(weighted, self_loops)
    weights = edge_weights(edge_index) if weighted else None
    hood = neighbourhood(edge_index, N, self_loops=self_loops, weights=weights)
    x, y = (torch.from_numpy(vectors()).requires_grad_() for _ in range(2))
    a = ours(x, hood)
    b = theirs(y, torch.from_numpy(edge_index), None if weights is None else torch.from_numpy(weights)[:, None])
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    torch.testing.assert_close(x.grad, y.grad, atol=1e-4, rtol=0)
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    assert set(names) == {name for name, _ in ours.named_parameters()}
    for mine, other in names.items():
        found = dict(ours.named_parameters())[mine].grad
        torch.testing.assert_close(found, gradients[other].view_as(found), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("pair", [gat_pair, gatv2_pair], ids=["gat", "gatv2"])
@pytest.mark.parametrize("kind", GRAPHS)
def test_in_double_precision_attention_equals_pytorch_geometric_to_the_last_digits(pair, kind):
    """Without links to themselves: the weight of one, a mean of the others, is rounded to single precision."""
    edge_index = edges_of(kind)
    ours, theirs, _ = pair(True, False)
    weights = edge_weights(edge_index)
    x, y = (torch.from_numpy(vectors()).double().requires_grad_() for _ in range(2))
    a = ours.double()(x, neighbourhood(edge_index, N, self_loops=False, weights=weights))
    b = theirs.double()(y, torch.from_numpy(edge_index), torch.from_numpy(weights).double()[:, None])
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    torch.testing.assert_close(a, b, atol=1e-13, rtol=0)
    torch.testing.assert_close(x.grad, y.grad, atol=1e-13, rtol=0)


@pytest.mark.parametrize("kind", GRAPHS)
def test_one_wide_head_that_sums_its_input_equals_gatconv(kind):
    edge_index, wide = edges_of(kind), 3 * IN
    ours, theirs = GraphAttention(IN, wide, 1, 0.0, generator()), GATConv(IN, wide)
    assert ours.sums_input
    copied = {"lin.weight": ours.weight, "att_src": ours.att_source[None], "att_dst": ours.att_target[None]}
    copy_into(theirs, copied | {"bias": ours.bias})
    x, y = (torch.from_numpy(vectors()).requires_grad_() for _ in range(2))
    a, b = ours(x, neighbourhood(edge_index, N)), theirs(y, torch.from_numpy(edge_index))
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    torch.testing.assert_close(x.grad, y.grad, atol=1e-4, rtol=0)
    torch.testing.assert_close(ours.weight.grad, theirs.lin.weight.grad, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.att_source.grad, theirs.att_src.grad[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", GRAPHS)
def test_neighbour_mean_equals_sageconv_forward_and_backward(kind):
    edge_index = edges_of(kind)
    ours, theirs = NeighbourMean(IN, DIM, generator()), SAGEConv(IN, DIM)
    copy_into(
        theirs, {"lin_l.weight": ours.weight_neighbours, "lin_l.bias": ours.bias, "lin_r.weight": ours.weight_own}
    )
    x, y = (torch.from_numpy(vectors()).requires_grad_() for _ in range(2))
    a, b = ours(x, neighbourhood(edge_index, N, self_loops=False)), theirs(y, torch.from_numpy(edge_index))
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    torch.testing.assert_close(x.grad, y.grad, atol=1e-4, rtol=0)
    torch.testing.assert_close(ours.weight_neighbours.grad, theirs.lin_l.weight.grad, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", ["fixed degree", "symmetrised"])
def test_dropout_on_attention_is_that_of_pytorch_geometric(kind, monkeypatch):
    """Both layers drop the same links' weights: ours by its generator, theirs by the very mask that it drew."""
    edge_index, fraction = edges_of(kind), 0.4
    ours, theirs, _ = gat_pair(False, True, dropout=fraction)
    ours.dropout = fraction
    hood, x = neighbourhood(edge_index, N), torch.from_numpy(vectors())
    a = ours(x, hood, generator(7))
    kept = (torch.rand(len(hood.sources) * HEADS, generator=generator(7)) >= fraction).float()
    by_link = {  # (neighbour, item) -> (heads,) mask
        (int(hood.sources[link]), int(hood.owner[link])): kept[entries_of(hood, link)]
        for link in range(len(hood.sources))
    }
    with_loops = np.concatenate([edge_index, np.stack([np.arange(N)] * 2)], axis=1)
    mask = torch.stack([by_link[pair] for pair in map(tuple, with_loops.T.tolist())])
    monkeypatch.setattr("torch_geometric.nn.conv.gat_conv.F.dropout", lambda alpha, p, training: alpha * mask / (1 - p))
    torch.testing.assert_close(a, theirs(x, torch.from_numpy(edge_index)), atol=1e-5, rtol=0)


def test_a_neighbour_mean_drops_links_only_in_training_and_keeps_the_mean_of_many():
    ours, x = NeighbourMean(IN, DIM, generator(), dropout=0.5), torch.from_numpy(vectors())
    hood = neighbourhood(edges_of("fixed degree"), N, self_loops=False)
    exact, chance = ours(x, hood), generator(3)
    dropped = torch.stack([ours(x, hood, chance) for _ in range(3000)])
    assert torch.equal(exact, ours(x, hood))
    assert (dropped[0] - exact).abs().max() > 0.05
    torch.testing.assert_close(dropped.mean(0), exact, atol=0.05, rtol=0)


def entries_of(hood, link):
    """Where the heads of a link lie among the entries: bag (target, head) after bag."""
    owner = int(hood.owner[link])
    start, length = int(hood.starts[owner]), int(hood.lengths[owner])
    return [start * HEADS + head * length + link - start for head in range(HEADS)]


@pytest.mark.parametrize("layer", [GraphAttention, GraphAttentionV2])
@pytest.mark.parametrize("kind", GRAPHS)
def test_attention_of_every_target_sums_to_one(layer, kind):
    hood = neighbourhood(edges_of(kind), N)
    attention = layer(IN, DIM, 2, 0.0, generator()).attention(torch.from_numpy(vectors()), hood)
    torch.testing.assert_close(torch.zeros(N, 2).index_add(0, hood.owner, attention), torch.ones(N, 2))


def test_gradients_are_those_of_finite_differences():
    hood = neighbourhood(edges_of("symmetrised"), N)
    layer = GraphAttention(IN, 4, 2, 0.0, generator()).double()
    x = torch.from_numpy(vectors()).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layer(x, hood), (x,), atol=1e-6)


def test_a_layer_for_weighted_links_says_what_is_missing():
    layer = GraphAttention(IN, DIM, HEADS, 0.0, generator(), weighted=True)
    with pytest.raises(GraphError, match="the neighbourhood has none"):
        layer(torch.from_numpy(vectors()), neighbourhood(edges_of("fixed degree"), N))


def test_dropout_keeps_the_mean_and_its_chance_comes_from_the_generator():
    x = torch.ones(200, 200)
    dropped = dropout(x, 0.25, generator(3))
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert torch.equal(dropped, dropout(x, 0.25, generator(3)))
