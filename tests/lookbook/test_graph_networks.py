"""Builds with every kind of network, with declared labels, and with none; evaluated with controls."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import lookgraph
from drawn_garments import KINDS, QUICK, draw_catalogue, draw_garment
from lookgraph.app.cli import app
from lookgraph.app.commands.looking import print_info
from lookgraph.app.reporting import study_of
from lookgraph.config import EncoderSettings, PhotoSettings
from lookgraph.encoder import EmbeddingRuntime
from lookgraph.errors import ConfigError, GraphError
from lookgraph.gnn import load_gnn
from lookgraph.graph import nearest
from lookgraph.photos import decode_file
from lookgraph.progress import Silent


@pytest.mark.parametrize("kind", ["gatv2", "sage", "none"])
def test_every_kind_builds_and_answers(kind, catalogue, tmp_path):
    settings = QUICK | {"gnn.kind": kind, "recommend.space": "auto" if kind == "none" else "gnn"}
    book = lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=settings)
    assert len(book.similar("hat-red-0", 5)) == 5
    photo = tmp_path / "photo.png"
    draw_garment("bag", "blue", 2).save(photo)
    assert len(book.similar(photo, 5)) == 5
    if kind == "none":
        assert book.manifest["space"]["space"] == "encoder"
        assert "there is no graph network" in book.manifest["space"]["reason"]
        assert not (book.generation.folder / "gnn.safetensors").exists()


def test_declared_labels_are_searched_by_and_a_photo_from_outside_gets_its_neighbours_labels(catalogue, tmp_path):
    settings = QUICK | {"gnn.labels": "kind,colour", "gnn.label_channel": 3, "recommend.space": "gnn"}
    book = lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=settings)
    answers = book.similar("hat-red-0", 1)
    assert (answers[0].attributes["kind"], answers[0].attributes["colour"]) == ("hat", "red")
    photo = tmp_path / "photo.png"
    draw_garment("dress", "green", 2).save(photo)
    stored, runtime = (
        load_gnn(book.generation.folder / "gnn.safetensors"),
        EmbeddingRuntime(book.encoder, EncoderSettings()),
    )
    embedding = runtime.embed_one(decode_file(photo, PhotoSettings(), book.encoder.side_px).pixels)[None]
    similarity, neighbours = nearest(embedding, book.generation.embeddings, 4)
    inside = stored.embed(embedding, neighbours, similarity, np.asarray(book.generation.embeddings))[0]
    kinds = {book.items["kind"][int(row)].as_py() for row in neighbours[0]}
    names = sorted(KINDS)
    said = {names[place] for place in np.flatnonzero(inside[-11:-6] > 0)}  # five kinds, then six colours
    assert said == kinds


def test_a_label_that_is_no_category_is_refused_before_anything_is_trained(catalogue, tmp_path):
    with pytest.raises(ConfigError, match=r"gnn\.labels names 'colours', .*use colour"):
        lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=QUICK | {"gnn.labels": "colours"})


def test_searching_the_space_of_a_network_that_is_not_to_be_is_refused(catalogue, tmp_path):
    settings = QUICK | {"gnn.kind": "none", "recommend.space": "gnn"}
    with pytest.raises(ConfigError, match="change either"):
        lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=settings)


def test_evaluate_says_in_words_what_the_build_measured_and_keeps_the_controls(catalogue, tmp_path):
    book = lookgraph.build(catalogue, tmp_path / "x.lookbook", settings=QUICK | {"gnn.labels": "kind"})
    assert "items from garments" in CliRunner().invoke(app, ["evaluate", str(book.root)]).output
    done = CliRunner().invoke(app, ["evaluate", str(book.root), "--controls", "--seeds", "2", "--json"])
    assert done.exit_code == 0
    kept = json.loads((book.root / "evaluations" / "000001-controls.json").read_text())
    assert json.loads(done.stdout) == kept
    assert "gnn, no edges" in kept["spaces"]
    assert np.isfinite(kept["spaces"]["gnn"]["mean_gain"]["value"])
    assert book.generation.verify() == []


def test_controls_are_trained_where_updates_have_removed_the_generation_meanwhile(tmp_path):
    source = draw_catalogue(tmp_path / "photos", variants=2)
    book = lookgraph.build(source, tmp_path / "b", settings=QUICK | {"gnn.labels": "kind"})
    evidence = study_of(book, Silent()).evidence(book.manifest["space"])
    n = evidence.n_items
    expected = evidence.train_gnn(np.arange(0, n, 2), np.arange(1, n, 2), seed=0)
    shutil.rmtree(book.generation.folder)
    found = evidence.train_gnn(np.arange(0, n, 2), np.arange(1, n, 2), seed=0)
    assert np.array_equal(found.unseen_embeddings, expected.unseen_embeddings)


def test_a_training_that_was_stopped_is_told_wherever_the_build_is_described(tmp_path, monkeypatch, capsys):
    rounds = iter(range(100))
    collapsed = ["the space has collapsed"]
    monkeypatch.setattr("lookgraph.gnn.training.alarms", lambda *_: collapsed if next(rounds) else [])
    source = draw_catalogue(tmp_path / "photos", variants=1)
    built = lookgraph.build(source, tmp_path / "b", settings=QUICK)
    assert built.manifest["training"] == {"kept_round": 1, "alarms": collapsed, "has_collapsed": False}
    print_info(built, as_json=False)
    assert "the training was stopped, its round 1 is kept: the space has collapsed" in capsys.readouterr().out
    assert "training was stopped, and its best round is kept: the space has collapsed." in built.report.read_text()


def test_a_network_that_collapses_at_once_is_never_searched(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("lookgraph.gnn.training.alarms", lambda *_: ["effective rank 1.0 is below 5.0"])
    source = draw_catalogue(tmp_path / "photos", variants=1)
    built = lookgraph.build(source, tmp_path / "b", settings=QUICK)
    assert built.manifest["training"]["has_collapsed"]
    assert built.manifest["space"]["space"] == "encoder"
    assert "space has collapsed" in built.manifest["space"]["reason"]
    print_info(built, as_json=False)
    assert "the training was stopped, no round is of use: effective rank 1.0 is below 5.0" in capsys.readouterr().out
    assert "training was stopped, and no round is of use: effective rank 1.0" in built.report.read_text()
    with pytest.raises(GraphError, match=r"collapsed \(effective rank 1\.0.*lower gnn\.learning_rate=0\.005"):
        lookgraph.build(source, tmp_path / "b", settings=QUICK | {"recommend.space": "gnn"})


def test_without_a_network_more_clusters_than_photos_are_refused_in_words(tmp_path):
    source = draw_catalogue(tmp_path / "photos", variants=1)
    with pytest.raises(GraphError, match=r"gnn\.clusters=300, but there are \d+ items"):
        lookgraph.build(source, tmp_path / "b", settings=QUICK | {"gnn.kind": "none", "gnn.clusters": 300})
