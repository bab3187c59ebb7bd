"""Off the processor: what is computed on another device is the same, and nothing there is made on the processor."""

import numpy as np
import pytest
import torch

from lookgraph.config import GnnSettings
from lookgraph.device import choose_device
from lookgraph.errors import ConfigError, GraphError
from lookgraph.gnn import GraphNetwork, Shape, attention_of_links, embed_items, train_gnn, training
from lookgraph.gnn.losses import DeclaredLabels, agreement, link_contrast
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.graph import knn_graph
from second_device import There, second_device

N, IN = 60, 12
KINDS = [("gat", False), ("gat", True), ("gatv2", False), ("gatv2", True), ("sage", False), ("sage", True)]


@pytest.fixture(scope="module")
def x():
    """(60, 12) unit rows in 4 groups."""
    rows = np.eye(IN)[np.arange(N) % 4] + np.random.default_rng(0).normal(scale=0.2, size=(N, IN))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module", params=["fixed degree", "ragged"])
def edges(request, x):
    found = knn_graph(x, 5)
    return found if request.param == "fixed degree" else found[:, (found[1] % 3 != 0) & (found.sum(0) % 4 != 0)]


@pytest.fixture
def elsewhere(monkeypatch):
    """The device that trains while this fixture lasts; its chance is the processor's, so that all can be compared."""
    with second_device() as device:
        monkeypatch.setattr(training, "choose_device", lambda setting, wanted: device)
        monkeypatch.setattr(training, "generator_on", lambda device, seed, drawn: drawn)
        yield device


def network_of(kind, weighted):
    shape = Shape(kind, IN, n_classes=4, heads=3, head_dim=8, skip=True, weighted=weighted and kind != "sage")
    return GraphNetwork(shape, 0.3, torch.Generator().manual_seed(0))


def links_of(edges, network, weighted):
    weights = np.linspace(-0.1, 1, edges.shape[1], dtype=np.float32) if weighted else None
    return neighbourhood(edges, N, self_loops=network.self_loops, weights=weights)


def everything(network, x, hood):
    """All that the network gives for (n, dim) rows, with every loss's gradient, by name."""
    generator = torch.Generator().manual_seed(1)
    declared = DeclaredLabels({"one": np.arange(N) % 3 - 1, "two": np.arange(N) % 2}, 24, generator).to(x.device)
    declared = declared.to(x.dtype)
    hidden = network.hidden(x, hood, generator)
    scores = network.scores(hidden, hood, generator)
    losses = [declared(hidden), link_contrast(hidden, hood, generator), agreement(hidden, hidden + 1, generator)]
    (scores.pow(2).sum() + sum(losses)).backward()
    found = {"hidden": hidden, "scores": scores, "gradient": x.grad, "losses": torch.stack(losses)}
    found |= {name: parameter.grad for name, parameter in network.named_parameters()}
    with torch.no_grad():
        found |= {"embedded": network.embed(x, hood), "attention": network.first.attention(x, hood)}
    return {name: tensor.detach() for name, tensor in found.items()}


@pytest.mark.parametrize(("kind", "weighted"), KINDS)
def test_every_layer_and_loss_runs_where_its_inputs_are_and_gives_the_same(x, edges, kind, weighted):
    here = network_of(kind, weighted)
    expected = everything(here, torch.from_numpy(x).requires_grad_(), links_of(edges, here, weighted))
    with second_device() as device:
        there = network_of(kind, weighted).to(device)
        hood = links_of(edges, there, weighted).to(device)
        found = everything(there, torch.from_numpy(x).to(device).requires_grad_(), hood)
        assert {type(tensor) for tensor in found.values()} == {There}
        assert all(torch.equal(tensor.cpu(), expected[name]) for name, tensor in found.items())


@pytest.mark.parametrize(("kind", "weighted"), KINDS)
def test_double_precision_stays_double_and_differs_by_rounding_alone(x, edges, kind, weighted):
    single, double = network_of(kind, weighted), network_of(kind, weighted).double()
    hood = links_of(edges, single, weighted)
    expected = everything(single, torch.from_numpy(x).requires_grad_(), hood)
    found = everything(double, torch.from_numpy(x).double().requires_grad_(), hood)
    for name, tensor in found.items():
        assert tensor.dtype == torch.float64
        torch.testing.assert_close(tensor, expected[name].double(), atol=1e-4, rtol=1e-4, msg=name)


def test_links_that_move_take_nothing_along_that_was_made_of_them(edges):
    hood = neighbourhood(edges, N, weights=np.ones(edges.shape[1]))
    bags, owner = hood.bags(N, 3), hood.owner
    with second_device() as device:
        moved = hood.to(device)
        tensors = [moved.targets, moved.sources, moved.starts, moved.weights, moved.owner, moved.lengths]
        tensors += [moved.bags(N, 3).rows, moved.bags(N, 3).owner, *moved.bags(N, 3).back]
        assert {type(tensor) for tensor in tensors} == {There}
        assert torch.equal(moved.owner.cpu(), owner)
        assert torch.equal(moved.bags(N, 3).rows.cpu(), bags.rows)
        assert moved.degree == hood.degree


SETTINGS = GnnSettings(clusters=4, heads=2, head_dim=8, rounds=2, epochs_per_round=2, edge_weights=True)
SETTINGS = SETTINGS.model_copy(update={"contrast_weight": 0.2, "agreement_weight": 0.2, "batch_size": 25, "fanout": 3})


@pytest.fixture
def unfused(monkeypatch):
    """Adam in PyTorch's plain steps: the fused ones are made for real devices only."""
    adam = torch.optim.Adam
    monkeypatch.setattr(torch.optim, "Adam", lambda parameters, *, fused, **options: adam(parameters, **options))


@pytest.mark.parametrize(
    ("full_batch_up_to", "shuffled"), [(1000, False), (0, True)], ids=["whole graph", "sampled batches, shuffled"]
)
def test_a_training_elsewhere_is_the_one_on_the_processor(x, edges, full_batch_up_to, shuffled, unfused, request):
    settings = SETTINGS.model_copy(update={"full_batch_up_to": full_batch_up_to})
    similarity, labels = np.linspace(0, 1, edges.shape[1], dtype=np.float32), {"a": np.arange(N) % 3 - 1}
    options = {"similarity": similarity, "labels": labels}
    expected = train_gnn(x, edges, settings, shuffled_labels=shuffled, **options)
    inferred = embed_items(expected.network, x, edges, label_channel=1.0, **options)
    request.getfixturevalue("elsewhere")
    found = train_gnn(x, edges, settings, shuffled_labels=shuffled, **options)
    assert found.history == expected.history
    assert np.array_equal(found.node_embeddings, expected.node_embeddings)
    assert np.array_equal(found.clusters, expected.clusters)
    for name, tensor in found.network.state_dict().items():
        assert type(tensor) is torch.Tensor
        assert torch.equal(tensor, expected.network.state_dict()[name])
    for mine, theirs in zip(embed_items(found.network, x, edges, label_channel=1.0, **options), inferred, strict=True):
        assert np.array_equal(mine, theirs)
    assert found.network.device.type == "cpu"


@pytest.mark.parametrize("kind", ["gat", "sage"])
def test_attention_is_read_where_the_network_lies(x, edges, kind):
    network, similarity = network_of(kind, False), np.ones(edges.shape[1], np.float32)
    expected = attention_of_links(network, x, edges, similarity)
    with second_device() as device:
        found = attention_of_links(network.to(device), x, edges, similarity)
    assert np.array_equal(found.links, expected.links)
    assert np.array_equal(found.own, expected.own)


def test_a_tensor_of_the_processor_is_told_on_the_second_device():
    with second_device() as device:
        row = torch.ones(3, device=device)
        for meet in (lambda: row + torch.arange(3), lambda: row[torch.arange(3)], lambda: torch.arange(3.0) @ row):
            with pytest.raises(AssertionError, match="meets a tensor of the processor"):
                meet()
        assert (row + 1).cpu().tolist() == [2, 2, 2]
        assert type(row.copy_(torch.arange(3))) is There
        assert type(torch.zeros(3).copy_(row)) is torch.Tensor
        assert row.cpu().tolist() == torch.zeros(3).copy_(row).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "has_cuda", "chosen"),
    [
        ("auto", False, "cpu"),
        ("cpu", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_the_device_is_cuda_where_there_is_one_unless_told_otherwise(monkeypatch, wanted, has_cuda, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert choose_device("gnn.device", wanted) == torch.device(chosen)


def test_cuda_is_refused_where_there_is_none(x, edges, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"gnn\.device=cuda, but PyTorch sees no CUDA device: set gnn\.device=auto"):
        train_gnn(x, edges, GnnSettings(device="cuda"))
    with pytest.raises(ConfigError, match=r"gnn\.device=cuda"):
        embed_items(network_of("gat", False), x, edges, device="cuda")


def test_a_gpu_whose_memory_is_too_small_is_told_with_a_way_out(x, edges, monkeypatch):
    def full(*_args, **_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.\nmore of it")

    network = network_of("gat", False)
    monkeypatch.setattr(GraphNetwork, "hidden", full)
    monkeypatch.setattr(GraphNetwork, "embed", full)
    with pytest.raises(GraphError, match=r"ran out \(CUDA out of memory.*9\.00 GiB\.\): lower gnn\.full_batch_up_to"):
        train_gnn(x, edges, GnnSettings(clusters=4))
    with pytest.raises(GraphError, match=r"set gnn\.device=cpu$"):
        embed_items(network, x, edges)


def test_embeddings_in_double_precision_are_refused_in_words(x, edges):
    with pytest.raises(GraphError, match="are float64, float32 is needed"):
        train_gnn(x.astype(float), edges, GnnSettings(clusters=4))
