"""Training on planted groups: found, repeatable, and not found where there is nothing to find."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from lookgraph.config import GnnSettings
from lookgraph.errors import GraphError, LookbookDamagedError
from lookgraph.gnn import kmeans, load_gnn, match_labels, n_clusters_for, save_gnn, train_gnn
from lookgraph.graph import knn_graph

QUICK = GnnSettings(clusters=4, heads=2, head_dim=8, rounds=3, epochs_per_round=6)


@pytest.fixture(scope="module")
def planted():
    """(200, 16) unit rows in 4 groups of 50, and the groups."""
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(4), 50)
    x = np.eye(16, dtype=np.float32)[group] + rng.normal(scale=0.12, size=(200, 16)).astype(np.float32)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), group


def test_planted_groups_are_found(planted):
    x, group = planted
    trained = train_gnn(x, knn_graph(x, 6), QUICK)
    assert adjusted_rand_score(group, trained.clusters) > 0.99
    np.testing.assert_allclose(np.linalg.norm(trained.node_embeddings, axis=1), 1, atol=1e-5)


def test_same_seed_same_result_and_another_seed_another(planted):
    x, _ = planted
    edges = knn_graph(x, 6)
    first, again = train_gnn(x, edges, QUICK), train_gnn(x, edges, QUICK)
    other = train_gnn(x, edges, QUICK.model_copy(update={"seed": 1}))
    assert np.array_equal(first.node_embeddings, again.node_embeddings)
    assert np.array_equal(first.clusters, again.clusters)
    assert first.history == again.history
    assert not np.array_equal(first.node_embeddings, other.node_embeddings)


def test_the_global_generator_is_neither_read_nor_moved(planted):
    import torch

    x, _ = planted
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = train_gnn(x, knn_graph(x, 6), QUICK)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    assert np.array_equal(first.node_embeddings, train_gnn(x, knn_graph(x, 6), QUICK).node_embeddings)


def test_shuffled_pseudo_labels_cannot_be_learned(planted):
    x, _ = planted
    edges = knn_graph(x, 6)
    longer = QUICK.model_copy(update={"epochs_per_round": 15})
    learned = train_gnn(x, edges, longer).history[-1]["accuracy"]
    control = train_gnn(x, edges, longer, shuffled_labels=True).history[-1]["accuracy"]
    assert learned > control + 0.3


def test_history_has_an_entry_an_epoch_and_the_alarms_at_each_round(planted):
    x, _ = planted
    history = train_gnn(x, knn_graph(x, 6), QUICK).history
    assert [entry["epoch"] for entry in history] == list(range(18))
    assert all("effective_rank" in history[i] and "mean_cosine" in history[i] for i in (0, 6, 12))
    assert "nmi_to_last_round" in history[6]


def test_labels_are_matched_to_the_round_before():
    previous = np.array([0, 0, 1, 1, 2, 2])
    assert match_labels(np.array([2, 2, 0, 0, 1, 1]), previous, 3).tolist() == previous.tolist()


def test_kmeans_of_identical_rows_does_not_fail():
    assert set(kmeans(np.tile(np.eye(4, dtype=np.float32)[0], (10, 1)), 3, seed=0)) <= {0, 1, 2}


@pytest.mark.parametrize(("n", "expected"), [(2, 2), (3, 2), (200, 10), (5000, 50), (10**6, 200)])
def test_the_number_of_clusters_grows_with_the_catalogue(n, expected):
    assert n_clusters_for(n) in (expected, max(2, min(expected, n // 2)))


def test_more_clusters_than_items_is_refused(planted):
    x, _ = planted
    with pytest.raises(GraphError, match=r"gnn\.clusters=300, but there are 200 items"):
        train_gnn(x, knn_graph(x, 6), QUICK.model_copy(update={"clusters": 300}))


def test_a_saved_network_embeds_as_before(planted, tmp_path):
    import torch

    from lookgraph.gnn import embed_nodes, neighbourhood

    x, _ = planted
    edges = knn_graph(x, 6)
    trained = train_gnn(x, edges, QUICK)
    save_gnn(trained.network, tmp_path / "gnn.safetensors")
    again = embed_nodes(load_gnn(tmp_path / "gnn.safetensors"), torch.from_numpy(x), neighbourhood(edges, 200))
    assert np.array_equal(again, trained.node_embeddings)


def test_a_damaged_network_is_refused(tmp_path):
    (tmp_path / "gnn.safetensors").write_bytes(b"not tensors")
    with pytest.raises(LookbookDamagedError, match="roll back"):
        load_gnn(tmp_path / "gnn.safetensors")
