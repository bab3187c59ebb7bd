"""Scores of ranked answers, against hand-worked and brute-force ones."""

from __future__ import annotations

import numpy as np
import pytest

from lookgraph.config import Settings
from lookgraph.evaluate.attributes import Labels, combine
from lookgraph.evaluate.baselines import neighbour_average
from lookgraph.evaluate.retrieval import (
    RetrievalTask,
    SpaceVectors,
    measure_retrieval,
    score_queries,
    summarise,
)

from .conftest import unit


def test_average_precision_by_hand() -> None:
    """Right at ranks 1 and 3 of 10, four right ones in all: (1/1 + 2/3) / 4."""
    relevant = np.zeros((1, 10), bool)
    relevant[0, [0, 2]] = True
    scores = score_queries(relevant, np.array([4]))
    np.testing.assert_allclose(scores, [[1.0, 2 / 5, 2 / 10, (1 + 2 / 3) / 4]])


def test_ten_right_answers_are_perfect_however_many_there_are() -> None:
    assert score_queries(np.ones((1, 10), bool), np.array([5000])).tolist() == [[1, 1, 1, 1]]


def test_a_small_gallery_is_not_an_excuse() -> None:
    scores = score_queries(np.array([[True, True]]), np.array([2]))
    np.testing.assert_allclose(scores, [[1, 2 / 5, 2 / 10, 1]])


def test_a_query_without_a_relevant_item_has_no_score() -> None:
    assert np.isnan(score_queries(np.zeros((1, 10), bool), np.array([0]))).all()


@pytest.fixture
def task() -> RetrievalTask:
    """30 queries, 70 in the gallery, five classes; every tenth item has no value."""
    codes = np.arange(100) % 5
    codes[::10] = -1
    return RetrievalTask(np.arange(30), np.arange(30, 100), np.arange(30), {"kind": Labels(codes, list("abcde"))})


def test_every_score_agrees_with_brute_force(task: RetrievalTask) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(100, 8)))
    result = measure_retrieval(task, {"s": SpaceVectors(vectors[:30], vectors[30:])})
    codes = task.labels["kind"].codes
    labelled = [item for item in range(30, 100) if codes[item] >= 0]
    for query in range(30):
        cosine = vectors[labelled] @ vectors[query]
        ranked = [labelled[position] for position in np.argsort(-cosine)[:10]]
        right = [codes[item] == codes[query] and codes[query] >= 0 for item in ranked]
        n_relevant = sum(codes[item] == codes[query] for item in labelled) if codes[query] >= 0 else 0
        precision = [sum(right[: r + 1]) / (r + 1) for r in range(10)]
        if n_relevant:
            average = sum(p for p, rel in zip(precision, right, strict=True) if rel) / min(10, n_relevant)
            expected = [precision[0], precision[4], precision[9], average]
        else:
            expected = [np.nan] * 4
        np.testing.assert_allclose(result.scores["kind"][query, 0], expected)


def test_left_out_queries_are_counted(task: RetrievalTask, settings: Settings) -> None:
    rare = task.labels["kind"].codes.copy()
    rare[1] = 5  # a class of which the gallery has none
    labels = {"kind": Labels(rare, list("abcdef"))}
    vectors = unit(np.random.default_rng(0).normal(size=(100, 8)))
    rare_task = RetrievalTask(task.queries, task.gallery, task.group, labels)
    result = measure_retrieval(rare_task, {"encoder": SpaceVectors(vectors[:30], vectors[30:])})
    section = summarise(result, settings.evaluate)["kind"]
    assert section["left_out"] == {"without_a_value": 3, "without_a_relevant_item": 1}
    assert section["n_queries"] == 26


def test_random_vectors_score_at_chance(settings: Settings) -> None:
    rng = np.random.default_rng(0)
    n = 3000
    labels = {"kind": Labels(rng.integers(0, 4, n), list("abcd"))}
    task = RetrievalTask(np.arange(1000), np.arange(1000, n), np.arange(1000), labels)
    vectors = unit(rng.normal(size=(n, 16)))
    spaces = {"encoder": SpaceVectors(vectors[:1000], vectors[1000:])}
    section = summarise(measure_retrieval(task, spaces), settings.evaluate)["kind"]
    tenth = section["spaces"]["encoder"]["micro"]["precision_at_10"]
    assert tenth["value"] == pytest.approx(section["chance"]["value"], abs=0.02)


def test_equal_spaces_differ_by_exactly_nothing(task: RetrievalTask, settings: Settings) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(100, 8)))
    same = SpaceVectors(vectors[:30], vectors[30:])
    section = summarise(measure_retrieval(task, {"encoder": same, "gnn": same}), settings.evaluate)["kind"]
    assert section["gnn_minus_encoder"] == {"value": 0, "low": 0, "high": 0}


def test_both_attributes_have_to_agree() -> None:
    kind, colour = Labels(np.array([0, 0, 1, -1]), ["bag", "coat"]), Labels(np.array([1, 0, 1, 1]), ["red", "tan"])
    both = combine(kind, colour)
    assert [both.names[code] if code >= 0 else None for code in both.codes] == [
        "bag, tan",
        "bag, red",
        "coat, tan",
        None,
    ]


def test_neighbour_average_leaves_the_item_itself_out_of_its_neighbours() -> None:
    embeddings = unit(np.array([[1, 0], [1, 0.1], [0, 1], [0.9, 0.1]], np.float32))
    averaged = neighbour_average(embeddings, np.array([0, 1, 2]), np.array([0, 3]), k=1)
    np.testing.assert_allclose(averaged[0], unit((embeddings[0] + embeddings[1])[None])[0], rtol=1e-5)
    np.testing.assert_allclose(averaged[1], unit((embeddings[3] + embeddings[1])[None])[0], rtol=1e-5)
