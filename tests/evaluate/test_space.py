"""The graph network is kept only where it is measurably better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from lookgraph.errors import GraphError
from lookgraph.evaluate import Evidence, FittedGnn, SpaceChoice, choose_space, pick_space

from .conftest import Build, PlantedGnn


def pick(evidence: Evidence) -> SpaceChoice:
    return pick_space(
        evidence.attributes,
        evidence.embeddings,
        evidence.duplicate_group,
        evidence.seen_by_encoder,
        evidence.train_gnn,
        evidence.settings,
    )


def test_equal_spaces_keep_the_encoder() -> None:
    scores = np.random.default_rng(0).random((200, 2))
    choice = choose_space(scores, scores)
    assert choice.space == "encoder"
    assert choice.difference == 0


def test_noise_keeps_the_encoder_and_a_gain_does_not() -> None:
    rng = np.random.default_rng(0)
    encoder = rng.random((300, 1)) * 0.5
    assert choose_space(encoder, encoder + rng.normal(0, 0.2, encoder.shape)).space == "encoder"
    better = choose_space(encoder, encoder + rng.normal(0.1, 0.2, encoder.shape))
    assert better.space == "gnn"
    assert better.interval is not None
    assert 0 < better.interval[0] < 0.1 < better.interval[1]


def test_a_gain_within_one_group_is_not_a_gain() -> None:
    encoder = np.zeros((100, 1))
    gnn = np.zeros((100, 1))
    gnn[:50] = 1
    assert choose_space(encoder, gnn).space == "gnn"
    assert choose_space(encoder, gnn, group=np.arange(100) // 50).space == "encoder"


def test_attributes_count_equally_however_many_queries_they_have() -> None:
    encoder, gnn = np.zeros((100, 2)), np.full((100, 2), 0.1)
    encoder[10:, 1] = gnn[10:, 1] = np.nan
    gnn[:10, 1] = -0.3
    assert choose_space(encoder, gnn).difference == pytest.approx(-0.1)


def test_an_attribute_that_hardly_anybody_knows_has_no_say() -> None:
    rng = np.random.default_rng(0)
    encoder = rng.random((100, 2)) * 0.5
    gnn = encoder + np.array([0.0, 0.3])
    encoder[1:, 1] = gnn[1:, 1] = np.nan  # one photo, which every resample that has it agrees about
    choice = choose_space(encoder, gnn)
    assert choice.space == "encoder" and choice.difference == 0
    assert choose_space(encoder[:, 1:], gnn[:, 1:]).reason.startswith("fewer than 5 groups")


def test_declared_labels_decide_as_long_as_the_others_do_not_pay_for_them() -> None:
    rng = np.random.default_rng(0)
    encoder = rng.random((400, 3)) * 0.5

    def choose(others: float, declared: tuple[int, ...] = (0,)) -> SpaceChoice:
        gain = rng.normal([0.05, others, others], 0.1, encoder.shape)
        return choose_space(encoder, encoder + gain, declared=declared)

    without_loss = choose(others=-0.02)
    assert without_loss.space == "gnn"
    assert without_loss.difference == pytest.approx(0.05, abs=0.02)
    assert "gains mAP@10 by the declared labels on 400" in without_loss.reason
    assert choose(others=-0.02, declared=()).space == "encoder"
    with_loss = choose(others=-0.08)
    assert with_loss.space == "encoder"
    assert "loses mAP@10, over all attributes, on 400" in with_loss.reason
    assert choose(others=0.2, declared=(1,)).space == "gnn"


def test_without_an_attribute_nothing_is_trained(build: Build) -> None:
    evidence = build(attributes=pa.table({"price": np.arange(240.0)}))
    choice = pick(evidence)
    assert (choice.space, choice.reason) == ("encoder", "no attribute to measure with")
    assert isinstance(evidence.train_gnn, PlantedGnn)
    assert evidence.train_gnn.calls == []


def test_a_better_network_is_chosen_and_handed_on(build: Build) -> None:
    evidence = build(noise=1.0)
    choice = pick(evidence)
    assert choice.space == "gnn"
    assert choice.fitted is not None
    assert isinstance(evidence.train_gnn, PlantedGnn)
    assert evidence.train_gnn.calls == [(0, False)]


def test_a_network_that_embeds_as_the_encoder_does_is_not_worth_it(build: Build) -> None:
    evidence = build()

    def copy(fit: np.ndarray, unseen: np.ndarray, *, seed: int, shuffled_labels: bool = False) -> FittedGnn:
        own = evidence.embeddings
        return FittedGnn(own[fit], own[unseen], np.zeros(len(fit), np.int64), lambda photos: photos)

    choice = pick(replace(evidence, train_gnn=copy))
    assert choice.space == "encoder"
    assert "does not measurably gain" in choice.reason


def test_a_graph_that_cannot_be_made_keeps_the_encoder(build: Build) -> None:
    def refuse(fit: np.ndarray, unseen: np.ndarray, *, seed: int, shuffled_labels: bool = False) -> FittedGnn:
        raise GraphError("graph.k=10 needs at least 11 items")

    choice = pick(build(train_gnn=refuse))
    assert choice.space == "encoder"
    assert "graph.k=10" in choice.reason
