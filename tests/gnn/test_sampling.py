"""Sampled batches: the links are those of the graph, and learning from all of them is learning from the graph."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from lookgraph.config import GnnSettings
from lookgraph.gnn import GraphNetwork, Shape, train_gnn
from lookgraph.gnn.neighbourhood import neighbourhood
from lookgraph.gnn.sampling import Links, draw_balanced, sample_batch, seed_batches
from lookgraph.graph import by_locality, knn_graph

N = 80


@pytest.fixture(scope="module")
def edges():
    return knn_graph(np.random.default_rng(0).normal(size=(N, 8)).astype(np.float32), 6)


def test_at_most_fanout_links_of_each_item_are_drawn_and_none_twice(edges):
    links, items = Links.of(edges, N), np.array([5, 9, 70])
    drawn, owner = links.draw(items, 4, np.random.default_rng(0))
    assert np.bincount(owner).tolist() == [4, 4, 4]
    assert len(np.unique(drawn)) == 12
    for item, source in zip(items[owner], links.sources[drawn], strict=True):
        assert source in edges[0][edges[1] == item]


def test_every_link_is_drawn_as_often_as_the_others(edges):
    links, rng = Links.of(edges, N), np.random.default_rng(0)
    counts = np.bincount(np.concatenate([links.draw(np.array([3]), 2, rng)[0] for _ in range(3000)]))[-6:]
    assert counts.sum() == 6000
    assert counts.min() > 850


@pytest.mark.parametrize("kind", ["gat", "sage"])
def test_a_batch_that_follows_all_links_scores_its_seeds_as_the_whole_graph_does(edges, kind):
    x = torch.from_numpy(np.random.default_rng(1).normal(size=(N, 8)).astype(np.float32))
    network = GraphNetwork(Shape(kind, 8, 3, 2, 4, skip=True), 0.0, torch.Generator().manual_seed(0))
    hood = neighbourhood(edges, N, self_loops=network.self_loops)
    whole = network.scores(network.hidden(x, hood), hood)
    seeds = np.array([4, 17, 50])
    batch = sample_batch(Links.of(edges, N), seeds, 6, np.random.default_rng(0), self_loops=network.self_loops)
    part = network.scores(network.hidden(x[batch.items], batch.first), batch.second)
    torch.testing.assert_close(part, whole[seeds])
    assert len(batch.items) < N


def test_links_from_disk_are_those_that_were_saved(edges, tmp_path):
    links = Links.of(edges, N, np.linspace(0, 1, edges.shape[1]))
    links.save(tmp_path / "links")
    mapped = Links.open(tmp_path / "links")
    assert isinstance(mapped.sources, np.memmap)
    for name in ("starts", "sources", "weights"):
        assert np.array_equal(getattr(mapped, name), getattr(links, name))


@pytest.mark.parametrize("n_edges", [None, 0])
def test_mapped_links_outlast_their_files_and_batches_of_them_are_the_same(edges, n_edges, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    links = Links.of(edges[:, :n_edges], N, np.linspace(0, 1, edges.shape[1])[:n_edges])
    mapped = links.mapped()
    assert not list(tmp_path.iterdir())
    assert isinstance(mapped.sources, np.memmap)
    ours, theirs = (
        sample_batch(each, np.arange(9), 3, np.random.default_rng(0), self_loops=True) for each in (mapped, links)
    )
    assert torch.equal(ours.items, theirs.items)
    assert torch.equal(ours.first.sources, theirs.first.sources)
    assert torch.equal(ours.second.weights, theirs.second.weights)


def test_seeds_come_in_shuffled_runs_and_every_item_is_one_once():
    for n_items, size in ((3000, 127), (3000, 100), (90, 300), (1000, 64)):
        odd = list(seed_batches(n_items, size, np.random.default_rng(0)))
        assert sorted(np.concatenate(odd)) == list(range(n_items))
        assert {len(batch) for batch in odd[:-1]} <= {size}
    batches = list(seed_batches(1024, 64, np.random.default_rng(0), run=16))
    drawn = np.concatenate(batches)
    assert np.array_equal(np.sort(drawn), np.arange(1024))
    assert all(len(batch) == 64 for batch in batches)
    begins = batches[0][::16]
    assert np.array_equal(batches[0], (begins[:, None] + np.arange(16)).reshape(-1))
    assert (np.diff(begins) > 16).any()


def test_runs_of_a_local_order_hear_fewer_items_than_random_seeds():
    centres = np.repeat(np.random.default_rng(0).normal(size=(40, 8)), 25, axis=0)
    x = (centres + np.random.default_rng(1).normal(scale=0.1, size=centres.shape)).astype(np.float32)
    x = np.random.default_rng(2).permutation(x)
    edges = knn_graph(x, 5)
    rank = np.argsort(by_locality(edges, 1000))
    links, rng = Links.of(rank[edges], 1000), np.random.default_rng(0)
    runs = sample_batch(links, next(seed_batches(1000, 100, rng, run=25)), 5, rng, self_loops=True)
    scattered = sample_batch(links, next(seed_batches(1000, 100, rng, run=1)), 5, rng, self_loops=True)
    assert len(runs.items) < 0.5 * len(scattered.items)


def test_training_on_sampled_batches_finds_planted_groups_and_repeats():
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(4), 50)
    x = np.eye(16, dtype=np.float32)[group] + rng.normal(scale=0.12, size=(200, 16)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    settings = GnnSettings(
        clusters=4, heads=2, head_dim=8, rounds=2, epochs_per_round=6, full_batch_up_to=0, batch_size=50
    )
    settings = settings.model_copy(update={"fanout": 4, "contrast_weight": 0.2})
    first, again = (train_gnn(x, knn_graph(x, 6), settings, labels={"group": group}) for _ in range(2))
    assert first.history[-1]["accuracy"] > 0.95
    assert np.array_equal(first.node_embeddings, again.node_embeddings)
    assert first.history[-1]["label_loss"] < first.history[0]["label_loss"]


def test_each_class_is_drawn_as_often_as_another_and_its_items_alike():
    labels = np.array([7] * 90 + [2] * 9 + [4])
    items, times = draw_balanced(labels, 9000, np.random.default_rng(0))
    assert np.array_equal(items, np.arange(100))
    assert times.sum() == 9000
    by_class = {name: times.numpy()[labels == name] for name in (7, 2, 4)}
    assert all(abs(drawn.sum() - 3000) < 150 for drawn in by_class.values())
    assert by_class[7].max() < 70
    assert abs(by_class[2] - 333).max() < 80


@pytest.mark.parametrize("full_batch_up_to", [0, 1000])
def test_a_small_group_is_found_by_drawing_its_class_as_often(full_batch_up_to):
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], [150, 100, 12])
    x = (np.eye(12)[group] + rng.normal(scale=0.1, size=(len(group), 12))).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    settings = GnnSettings(
        clusters=3, heads=2, head_dim=8, rounds=2, epochs_per_round=8, batch_size=64, batches_per_epoch=0,
        full_batch_up_to=full_batch_up_to, balanced_by="sampling",
    )  # fmt: skip
    edges = knn_graph(x, 6)
    trained, again = train_gnn(x, edges, settings), train_gnn(x, edges, settings)
    assert adjusted_rand_score(group, trained.clusters) > 0.99
    assert trained.history[-1]["accuracy"] > 0.98
    assert trained.history == again.history
    by_weights = train_gnn(x, edges, settings.model_copy(update={"balanced_by": "weights"}))
    assert by_weights.history[0]["loss"] != trained.history[0]["loss"]
