"""Intervals contain the truth as often as they say, and groups count as groups."""

from __future__ import annotations

import numpy as np
import pytest

from lookgraph.evaluate.bootstrap import GroupBootstrap, macro_mean, micro_mean


def test_the_interval_covers_the_truth_of_a_simulation() -> None:
    """Scores of 60 groups of 5, whose mean is 0.3: 95 % intervals should contain it about that often."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(60), 5)
    covered = 0
    for _ in range(200):
        scores = 0.3 + rng.normal(0, 0.2, 60)[group] + rng.normal(0, 0.1, 300)
        means = GroupBootstrap(group, 300, rng).micro(scores[:, None])
        interval = GroupBootstrap(group, 300, rng).interval(scores, micro_mean(scores), means[:, 0])
        covered += interval["low"] <= 0.3 <= interval["high"]
    assert 0.89 <= covered / 200 <= 0.99


def test_queries_of_one_group_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(0)
    few = rng.random(20)
    many, group = np.repeat(few, 50), np.repeat(np.arange(20), 50)
    alone = GroupBootstrap(np.arange(20), 2000, np.random.default_rng(1)).micro(few[:, None])
    grouped = GroupBootstrap(group, 2000, np.random.default_rng(1)).micro(many[:, None])
    np.testing.assert_allclose(alone, grouped, rtol=1e-5)


def test_resampled_means_agree_with_drawing_rows() -> None:
    """Against the plain way: draw groups with replacement, concatenate their rows, average."""
    scores = np.array([[0.0], [1.0], [np.nan], [0.5], [0.25]])
    group = np.array([7, 7, 3, 3, 9])
    bootstrap = GroupBootstrap(group, 400, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    counts = rng.multinomial(3, np.full(3, 1 / 3), size=400)  # groups 3, 7, 9
    expected = [micro_mean(np.repeat(scores[:, 0], c[np.searchsorted([3, 7, 9], group)])) for c in counts]
    np.testing.assert_allclose(bootstrap.micro(scores)[:, 0], expected, rtol=1e-6)


def test_macro_gives_every_class_the_same_weight() -> None:
    scores, label = np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1])
    assert macro_mean(scores, label) == pytest.approx(0.5)
    means = GroupBootstrap(np.arange(4), 4000, np.random.default_rng(0)).macro(scores[:, None], label)
    assert set(np.unique(means).tolist()) == {0.0, 0.5, 1.0}


def test_one_group_has_no_interval() -> None:
    bootstrap = GroupBootstrap(np.zeros(3), 10, np.random.default_rng(0))
    cell = bootstrap.interval(np.full(3, 0.5), 0.5, np.full(10, 0.5))
    assert cell["low"] is None
    assert "one group" in cell["reason"]


def test_nor_has_a_score_that_only_one_of_the_groups_knows() -> None:
    scores = np.array([0.5, 0.7, np.nan, np.nan])
    bootstrap = GroupBootstrap(np.array([0, 0, 1, 2]), 100, np.random.default_rng(0))
    assert bootstrap.n_groups(scores) == 1
    cell = bootstrap.interval(scores, 0.6, bootstrap.micro(scores[:, None])[:, 0])
    assert cell["value"] == 0.6 and cell["low"] is None
