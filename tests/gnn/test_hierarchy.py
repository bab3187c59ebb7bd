"""Nested clusters: planted ones are found, and Ward's method is the one that SciPy has."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from lookgraph.gnn import nested_clusters
from lookgraph.gnn.hierarchy import _owners, level_sizes, ward


@pytest.fixture(scope="module")
def planted():
    """(1200, 12) unit rows: 3 groups, in each 4 parts."""
    rng = np.random.default_rng(0)
    group, part = np.repeat(np.arange(3), 400), np.tile(np.arange(4), 300)
    rows = np.zeros((1200, 12))
    rows[np.arange(1200), group] = 1.0
    rows[np.arange(1200), 4 + part] = 0.5
    rows += 0.05 * rng.normal(size=rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), group, 4 * group + part


def test_groups_and_their_parts_are_found_one_inside_the_other(planted):
    rows, group, part = planted
    found = nested_clusters(rows, (3, 12, 100), smallest=5, seed=0)
    assert found.levels.shape == (1200, 3)
    assert adjusted_rand_score(found.of(0), group) == 1
    assert adjusted_rand_score(found.of(1), part) == 1
    for level in (1, 2):
        pairs = np.unique(np.stack([found.of(level), found.of(level - 1)]), axis=1)
        assert pairs.shape[1] == found.n_clusters(level)  # every cluster lies in exactly one of the level above
        assert (found.parents(level)[pairs[0]] == pairs[1]).all()
    assert (found.parents(0) == -1).all()


def test_clusters_are_numbered_by_size_and_the_same_seed_gives_the_same_ones(planted):
    rows = planted[0]
    found, again = (nested_clusters(rows, (5, 40, 200), smallest=5, seed=3) for _ in range(2))
    assert (found.levels == again.levels).all()
    for level in range(3):
        sizes = np.bincount(found.of(level))
        assert (np.diff(sizes) <= 0).all()
        assert sizes.min() > 0


def test_a_cluster_of_half_of_the_nodes_is_cut_once_more_where_only_its_own_tree_has_parts():
    """Seven groups far from one another, one of them half of the nodes and wide, without clear parts."""
    rng = np.random.default_rng(4)
    group = np.concatenate([np.repeat(np.arange(6), 100), np.full(600, 6)])
    rows = np.zeros((len(group), 16))
    rows[np.arange(len(group)), group] = 1.0
    rows += np.where(group == 6, 0.12, 0.02)[:, None] * rng.normal(size=rows.shape)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = nested_clusters(rows, (10, 100), smallest=5, seed=0)
    assert np.bincount(found.of(0)).max() <= 0.25 * len(rows)
    assert 7 < found.n_clusters(0) <= 14
    pairs = np.unique(np.stack([group, found.of(0)]), axis=1)
    assert np.bincount(pairs[1]).max() == 1  # no cluster holds two groups
    assert (found.parents(1)[found.of(1)] == found.of(0)).all()


@pytest.mark.parametrize(
    ("n_nodes", "sizes"),
    [(1, [1]), (9, [1]), (60, [10]), (500, [10, 100]), (5096, [10, 100, 1000]), (1_000_000, [10, 100, 1000])],
)
def test_a_level_is_there_only_if_there_are_enough_nodes(n_nodes, sizes):
    assert level_sizes(n_nodes, (10, 100, 1000), smallest=5) == sizes


@pytest.mark.parametrize("n_nodes", [1, 2, 7, 30])
def test_few_nodes_have_clusters_too(n_nodes):
    rows = np.random.default_rng(1).normal(size=(n_nodes, 6)).astype(np.float32)
    found = nested_clusters(rows / np.linalg.norm(rows, axis=1, keepdims=True), (10, 100, 1000), smallest=5, seed=0)
    assert found.levels.shape[0] == n_nodes
    assert found.n_clusters(0) == max(1, n_nodes // 5)


def test_equal_nodes_share_one_cluster():
    found = nested_clusters(np.tile(np.float32([[0, 1, 0]]), (80, 1)), (4, 16), smallest=5, seed=0)
    assert found.n_clusters(found.n_levels - 1) == 1


def test_ward_is_scipys_with_a_point_for_every_node_of_a_cluster():
    rng = np.random.default_rng(2)
    centres, weights = rng.normal(size=(40, 5)), rng.integers(1, 9, 40)
    merges, heights = ward(centres, weights)
    repeated = np.repeat(np.arange(40), weights)
    tree = linkage(centres[repeated], "ward")
    assert np.allclose(np.sqrt(2 * heights), tree[-39:, 2])  # equal points join first, for nothing
    for n_clusters in (2, 7, 20):
        theirs = fcluster(tree, n_clusters, "maxclust")
        assert adjusted_rand_score(_owners(merges[: 40 - n_clusters], 40)[repeated], theirs) == 1
