"""The kNN graph against an independent exact method, on data one can check by eye."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from lookgraph.config import GraphSettings
from lookgraph.errors import GraphError
from lookgraph.graph import (
    build_graph,
    knn_graph,
    nearest,
    symmetrise,
    unit_rows,
    update_graph,
)
from lookgraph.graph.cells import search_cells


@pytest.fixture
def two_styles():
    """(6, 2): items 0-2 share one style, items 3-5 another."""
    return np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [0.2, 1]], np.float32)


def random_vectors(n, dim=16, seed=0):
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


def test_neighbours_share_the_style(two_styles):
    neighbour, item = knn_graph(two_styles, k=2)
    assert (neighbour // 3 == item // 3).all()


def test_edges_flow_from_neighbour_to_item_most_similar_first(two_styles):
    graph = build_graph(two_styles, GraphSettings(k=2))
    assert graph.edge_index[1].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert graph.edge_index[0, :2].tolist() == [1, 2]
    similarity = graph.similarity.reshape(6, 2)
    assert (similarity[:, 0] >= similarity[:, 1]).all()


def test_an_item_is_never_its_own_neighbour_even_among_copies():
    copies = np.ones((8, 4), np.float32)
    neighbour, item = knn_graph(copies, k=3)
    assert (neighbour != item).all()


def test_equals_scikit_learn():
    vectors = random_vectors(300)
    expected = NearestNeighbors(n_neighbors=8, metric="cosine").fit(vectors).kneighbors(return_distance=False)
    assert (knn_graph(vectors, k=8)[0].reshape(300, 8) == expected).mean() > 0.999


def test_the_length_of_a_vector_does_not_matter():
    vectors = random_vectors(50)
    lengths = np.linspace(0.1, 10, 50, dtype=np.float32)[:, None]
    assert (knn_graph(vectors, 5) == knn_graph(vectors * lengths, 5)).all()


def test_approximate_search_says_how_good_it_was():
    graph = build_graph(random_vectors(2000, 8), GraphSettings(k=10, exact_up_to=100))
    exact = knn_graph(random_vectors(2000, 8), k=10)[0].reshape(2000, 10)
    found = graph.edge_index[0].reshape(2000, 10)
    recall = np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(exact, found, strict=True)])
    assert graph.recall > 0.95
    assert graph.recall == pytest.approx(recall, abs=0.02)


@pytest.mark.parametrize("recall", [0.5, 0.9, 0.99])
def test_cells_find_the_recall_that_was_asked_for_and_no_item_is_its_own_neighbour(recall):
    vectors = unit_rows(random_vectors(6000, 16))
    _, found = search_cells(vectors, 10, recall)
    exact = knn_graph(vectors, 10)[0].reshape(-1, 10)
    assert np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(exact, found, strict=True)]) > recall - 0.02
    assert (found != np.arange(6000)[:, None]).all()
    assert all(len(set(row)) == 10 for row in found.tolist())


def test_a_search_among_equals_ends_though_no_recall_can_be_measured():
    vectors = unit_rows(np.repeat(random_vectors(40, 16), 50, axis=0))  # 50 of each: whose rows are the nearest?
    cosines, _ = search_cells(vectors, 10, 0.99999)
    assert cosines == pytest.approx(1, abs=1e-5)


def test_an_item_gets_all_its_neighbours_where_cells_are_smaller_than_that():
    spread = np.random.default_rng(0).normal(size=(1, 8)) + np.random.default_rng(1).normal(scale=1e-3, size=(3000, 8))
    lone = np.random.default_rng(2).normal(size=(5, 8)) * [1, -1, 1, -1, 1, -1, 1, -1]
    vectors = unit_rows(np.concatenate([spread, lone]).astype(np.float32))
    cosines, found = search_cells(vectors, 20, 0.5)
    assert np.isfinite(cosines).all()
    assert ((found >= 0) & (found < len(vectors))).all()
    assert (np.diff(cosines, axis=1) <= 1e-6).all()


def test_symmetrised_edges_go_both_ways_once():
    graph = symmetrise(build_graph(random_vectors(100), GraphSettings(k=4)))
    edges = set(map(tuple, graph.edge_index.T.tolist()))
    assert len(edges) == graph.edge_index.shape[1]
    assert {(b, a) for a, b in edges} == edges
    assert (np.diff(graph.edge_index[1]) >= 0).all()


def test_density_and_degrees(two_styles):
    graph = build_graph(two_styles, GraphSettings(k=2))
    assert graph.density == pytest.approx(12 / 30)
    assert np.bincount(graph.edge_index[1]).tolist() == [2] * 6


def test_photos_from_outside_are_linked_to_the_nearest(two_styles):
    similarity, rows = nearest(np.array([[0.0, 2.0]], np.float32), two_styles, k=2)
    assert rows.tolist() == [[3, 4]]
    assert similarity[0, 0] == pytest.approx(1)


def test_too_few_items_is_refused_with_both_numbers(two_styles):
    with pytest.raises(GraphError, match=r"graph\.k=6 needs at least 7 items, but the catalogue has 6"):
        knn_graph(two_styles, k=6)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_refused_by_row(two_styles, bad):
    two_styles[4] = bad
    with pytest.raises(GraphError, match="row 4"):
        knn_graph(two_styles, k=2)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("joined", [0, 1, 25])
@pytest.mark.parametrize("left", [0, 1, 25])
def test_an_updated_graph_is_the_graph_of_what_is_there(symmetric, joined, left):
    rng = np.random.default_rng(joined + left)
    before, settings = rng.standard_normal((120, 8)).astype(np.float32), GraphSettings(k=5, symmetric=symmetric)
    stays = np.ones(120, bool)
    stays[rng.choice(120, left, replace=False)] = False
    now = np.concatenate([before[stays], rng.standard_normal((joined, 8)).astype(np.float32)])
    kept = np.where(stays, np.cumsum(stays) - 1, -1)
    updated = update_graph(build_graph(before, settings), now, kept, settings)
    built = build_graph(now, settings)
    assert np.array_equal(updated.edge_index, built.edge_index)
    np.testing.assert_allclose(updated.similarity, built.similarity, atol=1e-6)


def test_an_updated_graph_needs_enough_items():
    settings = GraphSettings(k=5)
    graph = build_graph(np.eye(8, dtype=np.float32) + 0.1, settings)
    with pytest.raises(GraphError, match="needs at least 6 items, but 5 would be left"):
        update_graph(graph, np.eye(8, dtype=np.float32)[:5], np.array([0, 1, 2, 3, 4, -1, -1, -1]), settings)
