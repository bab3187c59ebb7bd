"""Cluster figures against scikit-learn and planted answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score

from lookgraph.evaluate.clustering import (
    agreement,
    cluster_sizes,
    davies_bouldin,
    effective_rank,
    kmeans,
    mean_cosine,
    quality,
    seed_agreement,
    silhouette,
)
from lookgraph.evaluate.evidence import FittedGnn

from .conftest import unit


@pytest.fixture
def cloud() -> np.ndarray:
    return unit(np.random.default_rng(0).normal(size=(300, 12)) + 0.3)


def test_silhouette_is_that_of_scikit_learn(cloud: np.ndarray) -> None:
    labels = np.random.default_rng(1).integers(0, 7, 300)
    labels[0] = 99  # a cluster of one
    expected = silhouette_score(cloud, labels, metric="cosine")
    assert silhouette(cloud, labels)["value"] == pytest.approx(expected, abs=1e-6)


def test_agreement_is_that_of_scikit_learn_without_the_unlabelled() -> None:
    rng = np.random.default_rng(0)
    clusters, codes = rng.integers(0, 5, 200), rng.integers(-1, 3, 200)
    known = codes >= 0
    found = agreement(clusters, codes)
    assert found["nmi"]["value"] == pytest.approx(normalized_mutual_info_score(codes[known], clusters[known]))
    assert found["ari"]["value"] == pytest.approx(adjusted_rand_score(codes[known], clusters[known]))
    assert found["n_items"] == known.sum()


def test_effective_rank_counts_equal_directions() -> None:
    assert effective_rank(np.eye(8, 20, dtype=np.float32))["value"] == pytest.approx(8)
    assert effective_rank(np.tile(np.eye(1, 20, dtype=np.float32), (5, 1)))["value"] == pytest.approx(1)


def test_mean_cosine_is_that_of_all_pairs(cloud: np.ndarray) -> None:
    pairs = (cloud @ cloud.T)[~np.eye(300, dtype=bool)]
    assert mean_cosine(cloud)["value"] == pytest.approx(float(pairs.mean()), abs=1e-6)


def test_kmeans_finds_planted_groups_and_repeats_itself() -> None:
    planted = np.arange(200) % 5
    rows = unit(np.eye(8)[planted] + 0.05 * np.random.default_rng(0).normal(size=(200, 8)))
    found = kmeans(rows, 5, seed=3)
    assert agreement(found, planted)["ari"]["value"] == pytest.approx(1)
    assert (found == kmeans(rows, 5, seed=3)).all()


def test_sizes_tell_a_collapse_from_an_even_spread() -> None:
    assert cluster_sizes(np.arange(12) % 3)["evenness"]["value"] == pytest.approx(1)
    collapsed = cluster_sizes(np.array([0] * 99 + [1]))
    assert (collapsed["min"], collapsed["max"]) == (1, 99)
    assert collapsed["evenness"]["value"] < 0.1


def test_seeds_that_agree_are_told_from_seeds_that_do_not() -> None:
    def fitted(clusters: np.ndarray) -> FittedGnn:
        return FittedGnn(np.empty((len(clusters), 1)), np.empty((0, 1)), clusters, lambda photos: photos)

    labels = np.arange(500) % 4
    assert seed_agreement([fitted(labels), fitted((labels + 1) % 4)])["ari"]["value"] == pytest.approx(1)
    other = np.random.default_rng(0).permutation(labels)
    assert seed_agreement([fitted(labels), fitted(other)])["ari"]["value"] == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("rows", "labels", "reason"),
    [
        (np.eye(4), np.zeros(4), "2 clusters"),
        (np.eye(4), np.arange(4), "fewer clusters than items"),
        (np.ones((4, 4)) / 2, np.array([0, 0, 1, 1]), "one point"),
    ],
)
def test_what_is_not_defined_says_so(rows: np.ndarray, labels: np.ndarray, reason: str) -> None:
    for cell in (silhouette(rows, labels), davies_bouldin(rows, labels)):
        assert cell["value"] is None
        assert reason in cell["reason"]


def test_a_score_can_be_driven_up_in_the_trained_space_only(cloud: np.ndarray) -> None:
    """What the audit is for: random labels, and a space that was told them."""
    labels = np.random.default_rng(1).integers(0, 4, 300)
    trained = unit(cloud @ np.zeros((12, 4)) + np.eye(4)[labels] + 0.01)
    trained += 1e-3 * np.random.default_rng(2).normal(size=trained.shape).astype(np.float32)
    assert quality(unit(trained), labels)["silhouette"]["value"] > 0.9
    assert quality(cloud, labels)["silhouette"]["value"] < 0.05
