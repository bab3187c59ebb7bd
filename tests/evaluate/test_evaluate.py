"""The whole evaluation on planted builds, and on builds where little is defined."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from lookgraph.errors import ConfigError
from lookgraph.evaluate import SECTIONS, Evidence, evaluate, section_command, summarise_in_words
from lookgraph.evaluate.splits import make_split
from lookgraph.progress import Silent

from .conftest import Build, PlantedGnn, ring


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_the_planted_answers_are_found(build: Build) -> None:
    metrics = evaluate(build(), Silent())
    kind = metrics["retrieval"]["attributes"]["kind"]
    scores = {name: space["micro"]["map_at_10"]["value"] for name, space in kind["spaces"].items()}
    assert scores["gnn"] > 0.99 > scores["encoder"] > 0.5
    assert scores["pixels"] == pytest.approx(1)  # a colour a class
    assert kind["chance"]["value"] == pytest.approx(0.25, abs=0.03)
    assert metrics["clustering"]["attributes"]["kind"]["fitted"]["ari"]["value"] == 1
    assert metrics["clustering"]["scores"]["trained"]["silhouette"]["value"] > 0.8
    assert "kind + kids" in metrics["retrieval"]["attributes"]
    assert "price" not in metrics["retrieval"]["attributes"]


def test_the_shuffled_control_scores_at_chance_where_it_counts(build: Build) -> None:
    metrics = evaluate(build(n_items=800), Silent(), only=["retrieval", "clustering"])
    kind = metrics["retrieval"]["attributes"]["kind"]
    control = kind["spaces"]["gnn shuffled labels"]["micro"]["precision_at_10"]["value"]
    assert control == pytest.approx(kind["chance"]["value"], abs=0.1)
    assert metrics["clustering"]["attributes"]["kind"]["shuffled"]["ari"]["value"] == pytest.approx(0, abs=0.03)
    assert metrics["clustering"]["scores"]["shuffled"]["silhouette"]["value"] > 0.8  # and is not to be trusted
    assert any("Do not trust the silhouette" in line for line in summarise_in_words(metrics))


def test_each_network_is_trained_once(build: Build) -> None:
    evidence = build(settings={"evaluate.seeds": 3})
    evaluate(evidence, Silent())
    assert isinstance(evidence.train_gnn, PlantedGnn)
    assert sorted(evidence.train_gnn.calls) == [(0, False), (0, True), (1, False), (2, False)]


def test_where_labels_are_declared_the_words_name_the_vote_that_needs_no_training(build: Build) -> None:
    declared = evaluate(build(settings={"gnn.labels": "kind"}), Silent())
    vote = declared["retrieval"]["attributes"]["kind"]["spaces"]["neighbour vote"]["micro"]["map_at_10"]["value"]
    assert f"vote with their declared labels, without training, {vote:.3f}." in " ".join(summarise_in_words(declared))
    assert "declared labels" not in " ".join(summarise_in_words(evaluate(build(), Silent())))


def test_a_network_that_is_handed_over_is_not_trained_again(build: Build) -> None:
    evidence = build()
    fitted = PlantedGnn(np.arange(240) % 4)
    split = make_split(
        evidence.attributes, evidence.duplicate_group, evidence.seen_by_encoder, evidence.settings.evaluate
    )
    evaluate(evidence, Silent(), fitted(split.fit, split.unseen, seed=0), only=["space"])
    assert isinstance(evidence.train_gnn, PlantedGnn)
    assert evidence.train_gnn.calls == []


def test_the_same_seed_gives_the_same_metrics(build: Build) -> None:
    first, second = (json.dumps(evaluate(build(), Silent())) for _ in range(2))
    assert first == second


def test_every_section_names_a_command_for_itself(build: Build) -> None:
    metrics = evaluate(build(), Silent())
    assert [name for name in metrics if name != "catalogue"] == list(SECTIONS)
    for name in SECTIONS:
        assert metrics[name]["command"] == section_command(name) == f"lookgraph report LOOKBOOK --only {name} --json"


def test_only_some_sections(build: Build) -> None:
    evidence = build()
    assert set(evaluate(evidence, Silent(), only=["graph"])) == {"catalogue", "graph"}
    assert isinstance(evidence.train_gnn, PlantedGnn)
    assert evidence.train_gnn.calls == []
    with pytest.raises(ConfigError, match="no section 'graphs'"):
        evaluate(evidence, Silent(), only=["graphs"])


def test_the_group_column_is_no_retrieval_target(build: Build) -> None:
    metrics = evaluate(build(settings={"evaluate.group_by": "kind"}), Silent(), only=["retrieval"])
    assert list(metrics["retrieval"]["attributes"]) == ["kids"]
    assert metrics["retrieval"]["group_by"] == "kind"


def test_an_encoder_that_saw_the_queries_is_told(build: Build) -> None:
    metrics = evaluate(build(seen_by_encoder=np.ones(240, bool)), Silent(), only=["retrieval"])
    assert metrics["retrieval"]["encoder_saw_queries"] is True
    assert metrics["retrieval"]["seen_query_fraction"] == 1
    assert any("trained on 100% of these" in line for line in summarise_in_words(metrics))


def one_item(build: Build) -> Evidence:
    return build(n_items=1, edge_index=np.empty((2, 0), np.int64))


def two_items(build: Build) -> Evidence:
    return build(n_items=2)


def no_attributes(build: Build) -> Evidence:
    return build(attributes=pa.table({"price": np.arange(240.0)}))


def one_cluster(build: Build) -> Evidence:
    return build(clusters=np.zeros(240, np.int64))


def all_alike(build: Build) -> Evidence:
    alike = np.tile(np.eye(1, 16, dtype=np.float32), (60, 1))
    return build(
        n_items=60, embeddings=alike, node_embeddings=alike, thumbnail=lambda i: Image.new("RGB", (16, 16), "white")
    )


def all_duplicates(build: Build) -> Evidence:
    return build(duplicate_group=np.zeros(240, np.int64))


def values_missing(build: Build) -> Evidence:
    kinds = pa.array([None if i % 3 else "bag" if i % 2 else "coat" for i in range(240)]).dictionary_encode()
    return build(attributes=pa.table({"kind": kinds}))


def never_together(build: Build) -> Evidence:
    """Two categories of which no item has both, as of two shops."""
    either = [
        [None if i % 2 == side else f"{'heel' if side else 'neck'} {i % 6}" for i in range(240)] for side in (0, 1)
    ]
    columns = {name: pa.array(one).dictionary_encode() for name, one in zip(("neckline", "heel"), either, strict=True)}
    return build(attributes=pa.table(columns))


def no_edges(build: Build) -> Evidence:
    return build(edge_index=ring(240, 1)[:, :0], history=[])


ODD = [
    one_item,
    two_items,
    no_attributes,
    one_cluster,
    all_alike,
    all_duplicates,
    values_missing,
    never_together,
    no_edges,
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
def test_what_is_not_defined_is_null_with_a_reason(build: Build, odd: Any) -> None:
    metrics = evaluate(odd(build), Silent())
    json.dumps(metrics, allow_nan=False)
    assert all(math.isfinite(leaf) for leaf in leaves(metrics) if isinstance(leaf, float))

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if "value" in value and set(value) <= {"value", "reason", "low", "high"}:
                assert value["value"] is not None or value["reason"]
            for item in value.values():
                check(item)

    check(metrics)
    assert summarise_in_words(metrics)


def test_a_rounded_number_has_six_digits(build: Build) -> None:
    metrics = evaluate(build(), Silent(), only=["graph"])
    assert all(leaf == round(leaf, 6) for leaf in leaves(metrics) if isinstance(leaf, float))


def test_hidden_duplicates_do_not_raise_the_scores(build: Build) -> None:
    """Every photo twice: were the twin in the gallery, even noise would find it."""
    rng = np.random.default_rng(0)
    noise = np.repeat(rng.normal(size=(120, 16)), 2, axis=0)
    rows = (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)
    classes = np.repeat(rng.integers(0, 4, 120), 2)
    kinds = pa.table({"kind": pa.array(np.array(list("abcd"))[classes]).dictionary_encode()})
    evidence = replace(build(attributes=kinds), embeddings=rows, duplicate_group=np.arange(240) // 2)
    kind = evaluate(evidence, Silent(), only=["retrieval"])["retrieval"]["attributes"]["kind"]
    assert kind["spaces"]["encoder"]["micro"]["precision_at_1"]["value"] < 0.6
