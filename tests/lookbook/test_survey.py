"""What a build keeps for a person's eyes: named clusters, the map, the network's attention."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import lookgraph
from drawn_garments import KINDS, QUICK
from lookgraph.app.cli import app
from lookgraph.errors import ConfigError


def test_coarse_clusters_are_named_after_what_is_in_them(lookbook):
    clusters = lookbook.clusters()
    n_nodes = len(lookbook.node_rows)
    assert sum(cluster.n_nodes for cluster in clusters) == n_nodes
    names = [cluster.name for cluster in clusters]
    assert len(set(names)) == len(names)
    kind = np.array(lookbook.attributes["kind"])[lookbook.node_rows]
    own = lookbook.generation.hierarchy.of(0)
    said = 0
    for cluster in clusters:
        for word in cluster.words:
            assert word.column in ("kind", "colour")
            if word.column == "kind" and len(cluster.words) == 1:
                assert word.value in KINDS
                assert np.mean(kind[own == cluster.number] == word.value) == pytest.approx(word.coverage)
                said += 1
    assert said > 0


def test_a_level_that_is_not_there_is_refused(lookbook):
    with pytest.raises(ConfigError, match=r"level=3: .* 1 levels, 0 is the coarsest"):
        lookbook.clusters(3)


def test_every_photo_has_a_place_and_attention_that_sums_to_one(lookbook):
    generation = lookbook.generation
    assert generation.places.shape == (len(lookbook.node_rows), 2)
    assert ((generation.places >= 0) & (generation.places <= 1)).all()
    neighbours, weights = lookbook.attention(7)
    assert len(weights) == len(neighbours) + 1
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert (weights > 0).all()


def test_other_clusters_measure_and_train_nothing_again(catalogue, tmp_path):
    first = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)
    again = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK | {"clusters.coarse": 3, "clusters.middle": 12})
    assert set(again.manifest["timings_s"]) == {"clusters", "report", "total"}
    assert again.manifest["clusters"]["levels"][1] == 12
    assert len(again.clusters(0)) <= 4
    assert len(first.clusters(0)) > 4
    parents = {cluster.parent for cluster in again.clusters(1)}
    assert parents == {cluster.number for cluster in again.clusters(0)}


def test_without_a_network_there_is_no_attention_but_a_map(catalogue, tmp_path):
    book = lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=QUICK | {"gnn.kind": "none"})
    assert book.generation.attention is None
    assert book.attention(0)[1] is None
    assert '"weighs":"cosine"' in book.report.read_text("utf-8")


def test_info_lists_the_coarse_clusters(lookbook):
    said = CliRunner().invoke(app, ["info", str(lookbook.root)]).output
    largest = lookbook.clusters()[0]
    assert f"{largest.name} ({largest.n_nodes})" in said
    facts = json.loads(CliRunner().invoke(app, ["info", str(lookbook.root), "--json"]).output)
    assert facts["clusters"]["coarse"][0] == {"name": largest.name, "n_nodes": largest.n_nodes}
