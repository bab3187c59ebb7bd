"""Training on planted groups: found, repeatable, and not found where there is nothing to find."""

import re

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from lookgraph.config import GnnSettings, GraphSettings
from lookgraph.errors import GraphError, LookbookDamagedError
from lookgraph.gnn import (
    GraphNetwork,
    centre_silhouette,
    choose_n_clusters,
    effective_rank,
    kmeans,
    load_gnn,
    match_labels,
    save_gnn,
    stored,
    train_gnn,
)
from lookgraph.gnn.collapse import alarms
from lookgraph.graph import build_graph, knn_graph

QUICK = GnnSettings(clusters=4, heads=2, head_dim=8, rounds=3, epochs_per_round=6)


@pytest.fixture(scope="module")
def planted():
    """(200, 16) unit rows in 4 groups of 50, and the groups."""
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(4), 50)
    x = np.eye(16, dtype=np.float32)[group] + rng.normal(scale=0.12, size=(200, 16)).astype(np.float32)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), group


def test_kmeans_of_fewer_different_rows_than_clusters_ends():
    three = np.eye(3, 8, dtype=np.float32).repeat(40, axis=0)
    labels = kmeans(three, 30, 0)
    assert [len(set(labels[begin : begin + 40])) for begin in (0, 40, 80)] == [1, 1, 1]
    assert len(set(labels)) == 3


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
    figures = {"effective_rank", "mean_cosine", "dirichlet_energy", "cluster_evenness", "nmi_to_last_round"}
    assert all(figures < set(history[i]) for i in (5, 11, 17))
    assert not figures & set(history[6])


def test_labels_are_matched_to_the_round_before():
    previous = np.array([0, 0, 1, 1, 2, 2])
    assert match_labels(np.array([2, 2, 0, 0, 1, 1]), previous, 3).tolist() == previous.tolist()


def test_kmeans_of_identical_rows_does_not_fail():
    assert set(kmeans(np.tile(np.eye(4, dtype=np.float32)[0], (10, 1)), 3, seed=0)) <= {0, 1, 2}


def test_the_number_of_clusters_is_that_of_the_planted_groups(planted):
    """Of the candidates 2, 5, 10 and 20, five come closest to the four planted groups."""
    x, _ = planted
    assert choose_n_clusters(x, seed=0) == 5


def test_more_clusters_than_items_is_refused(planted):
    x, _ = planted
    with pytest.raises(GraphError, match=r"gnn\.clusters=300, but there are 200 items"):
        train_gnn(x, knn_graph(x, 6), QUICK.model_copy(update={"clusters": 300}))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_embeddings_and_cosines_that_are_not_finite_are_refused(planted, value):
    x, edges = planted[0].copy(), knn_graph(planted[0], 6)
    similarity = np.ones(edges.shape[1], np.float32)
    similarity[[4, 9]] = value
    weighted = QUICK.model_copy(update={"edge_weights": True})
    with pytest.raises(GraphError, match=r"2 of 1200 similarities are NaN or infinite, the first in row 4: build"):
        train_gnn(x, edges, weighted, similarity=similarity)
    x[[7, 150], 3] = value
    for settings in (QUICK, QUICK.model_copy(update={"clusters": 0})):
        with pytest.raises(GraphError, match=r"2 of 200 embeddings are NaN or infinite, the first in row 7: embed"):
            train_gnn(x, edges, settings)


def test_rows_that_are_not_of_unit_length_and_missing_cosines_are_refused(planted):
    x, _ = planted
    edges, longer = knn_graph(x, 6), x.copy()
    longer[[3, 9]] *= 20
    with pytest.raises(GraphError, match="2 of 200 embeddings are not of unit length, the first in row 3 with 20: "):
        train_gnn(longer, edges, QUICK)
    with pytest.raises(GraphError, match=r"gnn\.edge_weights=true needs the links' cosines: pass similarity"):
        train_gnn(x, edges, QUICK.model_copy(update={"edge_weights": True}))


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("effective_rank", 1.2, "effective rank 1.2 is below 4.0"),
        ("mean_cosine", 0.97, "mean cosine 0.97 is above 0.90"),
        ("cluster_evenness", 0.1, r"one cluster swallows the others \(evenness 0\.10\)"),
        ("dirichlet_energy", 0.001, r"linked items become one \(Dirichlet energy 0\.001, it began with 0\.2\)"),
        ("nmi_to_last_round", 0.02, r"clusters are none of the last round's \(NMI 0\.02\)"),
    ],
)
def test_every_figure_that_is_watched_has_an_alarm_of_its_own(figure, value, said):
    start = {"effective_rank": 20.0, "mean_cosine": 0.1, "cluster_evenness": 0.9, "dirichlet_energy": 0.2}
    well = {"effective_rank": 15.0, "mean_cosine": 0.3, "cluster_evenness": 0.8, "dirichlet_energy": 0.02}
    well["nmi_to_last_round"] = 0.8
    assert alarms(well, start) == []
    found = alarms(well | {figure: value}, start)
    assert len(found) == 1
    assert re.match(said, found[0])


def test_a_space_that_collapses_in_the_first_round_is_told(planted, monkeypatch):
    x, _ = planted
    embed = GraphNetwork.embed
    monkeypatch.setattr(GraphNetwork, "embed", lambda *a: (n := embed(*a))[:1].expand_as(n) + 1e-4 * n)
    trained = train_gnn(x, knn_graph(x, 6), QUICK)
    assert trained.has_collapsed
    assert len(trained.history) == 6


def test_a_training_that_diverges_says_so(planted):
    x, _ = planted
    with pytest.raises(GraphError, match=r"the training diverged, its loss is nan: lower gnn\.learning_rate=1e\+30"):
        train_gnn(x, knn_graph(x, 6), QUICK.model_copy(update={"learning_rate": 1e30}))


def test_a_saved_network_embeds_as_before(planted, tmp_path):
    import torch

    from lookgraph.gnn.neighbourhood import neighbourhood

    x, _ = planted
    edges = knn_graph(x, 6)
    trained = train_gnn(x, edges, QUICK)
    save_gnn(stored(trained), tmp_path / "gnn.safetensors")
    again = load_gnn(tmp_path / "gnn.safetensors").network().embed(torch.from_numpy(x), neighbourhood(edges, 200))
    assert np.array_equal(again.numpy(), trained.node_embeddings)


def test_a_damaged_network_is_refused(tmp_path):
    (tmp_path / "gnn.safetensors").write_bytes(b"not tensors")
    with pytest.raises(LookbookDamagedError, match="roll back"):
        load_gnn(tmp_path / "gnn.safetensors")


@pytest.mark.parametrize("kind", ["gatv2", "sage"])
def test_other_layers_find_the_planted_groups_too(planted, kind):
    x, group = planted
    trained = train_gnn(x, knn_graph(x, 6), QUICK.model_copy(update={"kind": kind}))
    assert adjusted_rand_score(group, trained.clusters) > 0.99


def test_attention_that_sees_cosines_embeds_a_newcomer_with_them(planted):
    x, _ = planted
    graph = build_graph(x, GraphSettings(k=6))
    settings = QUICK.model_copy(update={"edge_weights": True})
    trained = train_gnn(x, graph.edge_index, settings, similarity=graph.similarity)
    neighbours, similarity = graph.edge_index[0].reshape(200, 6)[[3, 70]], graph.similarity.reshape(200, 6)[[3, 70]]
    outside = stored(trained).embed(x[[3, 70]], neighbours, similarity, x)
    np.testing.assert_allclose(outside, trained.node_embeddings[[3, 70]], atol=1e-5)


def test_a_declared_label_is_in_the_space_and_a_newcomer_gets_its_neighbours_vote(planted):
    """Two halves of each group carry different labels that the embeddings hardly tell: the channel does."""
    x, group = planted
    label = np.arange(200) % 2
    trained = train_gnn(x, knn_graph(x, 6), QUICK, labels={"side": label})
    assert trained.known_labels.tolist() == np.eye(2)[label].tolist()
    similarity = trained.node_embeddings @ trained.node_embeddings.T
    same_group = group[:, None] == group[None]
    same_label = label[:, None] == label[None]
    np.fill_diagonal(same_group, False)
    assert similarity[same_group & same_label].min() > similarity[same_group & ~same_label].max()
    voters = np.array([[0, 2, 4, 6, 8, 1]])  # five of label 0, one of label 1
    newcomer = stored(trained).embed(x[:1], voters, np.ones((1, 6), np.float32), x)
    assert newcomer.shape == (1, trained.node_embeddings.shape[1])
    assert newcomer[0, -2] > newcomer[0, -1] > 0


def test_labels_that_are_missing_are_voted_and_a_column_without_any_is_left_out(planted):
    x, group = planted
    codes = np.where(np.arange(200) % 10 == 0, -1, group)
    trained = train_gnn(x, knn_graph(x, 6), QUICK, labels={"group": codes, "empty": np.full(200, -1)})
    assert trained.known_labels.shape == (200, 4)
    voted = trained.node_embeddings[codes == -1][:, -4:]
    assert (voted.argmax(1) == group[codes == -1]).all()


def test_every_loss_that_is_switched_on_is_in_the_history(planted):
    x, group = planted
    settings = QUICK.model_copy(update={"contrast_weight": 0.5, "agreement_weight": 0.5, "rounds": 1})
    history = train_gnn(x, knn_graph(x, 6), settings, labels={"group": group}).history
    for part in ("pseudo_label_loss", "label_loss", "contrast_loss", "agreement_loss"):
        assert history[-1][part] < history[0][part]
    plain = train_gnn(x, knn_graph(x, 6), QUICK.model_copy(update={"rounds": 1})).history
    assert "contrast_loss" not in plain[0]


def test_a_space_that_collapses_stops_the_training_and_the_round_before_is_kept(planted, monkeypatch):
    x, _ = planted
    embed, calls = GraphNetwork.embed, []

    def collapsing(network, rows, hood):
        calls.append(1)
        nodes = embed(network, rows, hood)
        return nodes if len(calls) < 2 else nodes[:1].expand_as(nodes) + 1e-4 * nodes

    monkeypatch.setattr(GraphNetwork, "embed", collapsing)
    trained = train_gnn(x, knn_graph(x, 6), QUICK)
    assert trained.kept_round == 0
    assert not trained.has_collapsed
    assert len(trained.history) == 12  # the third round never began
    assert any("effective rank" in alarm for alarm in trained.alarms)
    assert effective_rank(trained.node_embeddings) > 3


def test_the_kept_round_is_the_one_whose_clusters_are_clearest_in_the_frozen_space(planted):
    x, _ = planted
    trained = train_gnn(x, knn_graph(x, 6), QUICK)
    scores = [entry["frozen_silhouette"] for entry in trained.history if "frozen_silhouette" in entry]
    assert trained.kept_round == int(np.argmax(scores))
    assert centre_silhouette(x, trained.clusters) == pytest.approx(max(scores))


def test_a_tiny_cluster_begins_again_inside_the_largest():
    rng = np.random.default_rng(0)
    x = np.concatenate([np.eye(8)[0] + rng.normal(scale=0.2, size=(300, 8)), np.eye(8)[[1]]]).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    start = np.concatenate([np.zeros(300, np.int64), [1]])
    assert np.bincount(kmeans(x, 2, 0, start=start, reseed=False)).min() == 1
    assert np.bincount(kmeans(x, 2, 0, start=start)).min() > 30


def test_a_warm_start_goes_on_from_the_labels_it_is_given(planted):
    x, group = planted
    renamed = (group + 2) % 4
    assert kmeans(x, 4, seed=9, start=renamed).tolist() == renamed.tolist()
