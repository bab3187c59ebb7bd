"""Items join, change and leave a lookbook: what comes out is what a build of the same photos would have linked."""

import csv
import json
import shutil
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import lookgraph
from copied_lookbooks import copy_lookbook
from drawn_garments import QUICK, draw_catalogue, draw_garment
from lookgraph.app.cli import app
from lookgraph.encoder import SHIPPED
from lookgraph.errors import (
    ConfigError,
    EncoderError,
    FilterError,
    GraphError,
    ItemNotFoundError,
    LookbookError,
    SourceError,
)
from lookgraph.lookbook import generation_names
from lookgraph.lookbook.drift import Drift
from lookgraph.photos import make_photo
from lookgraph.progress import Silent


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """90 garments; 60 of them in a lookbook, 30 that may join."""
    folder = draw_catalogue(tmp_path_factory.mktemp("all") / "garments", variants=3)
    rows = list(csv.DictReader((folder / "metadata.csv").open()))
    for row in rows:
        row["colour"] = row["colour"].title()
    parts = {
        "first": [r for r in rows if not r["file_name"].endswith("-2.png")],
        "second": [r for r in rows if r["file_name"].endswith("-2.png")],
    }
    for name, part in parts.items():
        _write_source(folder.parent / name, folder, part)
    built = lookgraph.build(folder.parent / "first", folder.parent / "first.lookbook", settings=QUICK)
    return folder.parent, built


@pytest.fixture
def book(drawn, tmp_path):
    """A copy of that lookbook, to be changed."""
    return copy_lookbook(drawn[1].root, tmp_path / "copy.lookbook")


def test_a_lookbook_keeps_its_encoder(drawn, tmp_path):
    weights, photos = shutil.copytree(SHIPPED, tmp_path / "weights"), drawn[0]
    settings = QUICK | {"encoder.weights": str(weights)}
    built = lookgraph.build(photos / "first", tmp_path / "own.lookbook", settings=settings)
    shutil.rmtree(weights)
    outside = photos / "garments" / "hat-red-2.png"
    answers, usual = (book.similar(outside, k=3) for book in (lookgraph.open(built.root), drawn[1]))
    assert [answer.id for answer in answers] == [answer.id for answer in usual]
    assert lookgraph.add(photos / "second", built.root).added == 30
    rebuilt = lookgraph.rebuild(built.root)
    assert rebuilt.generation.encoder_folder.joinpath("int8.bin").samefile(built.generation.encoder_folder / "int8.bin")
    assert rebuilt.generation.verify() == []
    with pytest.raises(EncoderError, match="weights holds no encoder weights"):
        lookgraph.build(photos / "first", built.root, settings=settings)


def _write_source(target: Path, photos: Path, rows: list[dict[str, str]], *, copy: bool = True) -> Path:
    target.mkdir(exist_ok=True)
    with (target / "metadata.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    for row in rows if copy else ():
        shutil.copy(photos / row["file_name"], target)
    return target


def _links(opened) -> set[tuple[str, str]]:
    ids = [opened.ids[row] for row in opened.node_rows]
    return {(ids[a], ids[b]) for a, b in opened.generation.graph.edge_index.T.tolist()}


def test_what_joined_is_linked_as_a_build_would_have_until_a_rebuild_learns_from_it(drawn, book):
    folder, _ = drawn
    done = lookgraph.add(folder / "second", book)
    grown = done.lookbook
    assert (done.added, done.changed, done.removed, done.rejected) == (30, 0, 0, 0)
    assert len(grown) == 90
    assert grown.items["colour"].unique().to_pylist().count("Red") == 1
    page = grown.similar("hat-red-2", k=20)
    assert len(page) == 20 and any(answer.id.endswith("-2") for answer in page)
    assert grown.generation.verify() == []
    joined = len(grown.node_rows) - grown.manifest["built"]["nodes"]
    assert done.drift.joined_fraction == pytest.approx(joined / len(grown.node_rows))
    assert done.drift.strangeness is not None
    assert "joined or left" in (done.drift.advice(grown.settings.lookbook) or "")
    said = CliRunner().invoke(app, ["info", str(book)]).output
    assert "updates     1 since generation 000001" in said and "advice      33%" in said
    again = lookgraph.rebuild(book)
    assert len(again) == 90 and again.settings == grown.settings
    assert _links(again) == _links(grown)
    assert "drift" not in again.manifest and again.generation.fitted.all()


def test_nothing_joined_or_left_gives_the_networks_very_embeddings(drawn, book):
    folder, built = drawn
    there_and_back = lookgraph.remove(book, lookgraph.add(folder / "second", book).lookbook.ids[60:]).lookbook
    assert there_and_back.ids == built.ids
    assert _links(there_and_back) == _links(built)
    np.testing.assert_allclose(there_and_back.generation.node_embeddings, built.generation.node_embeddings, atol=1e-5)
    assert (there_and_back.generation.clusters == built.generation.clusters).all()
    assert there_and_back.thumbnail(7) == built.thumbnail(7)
    assert there_and_back.generation.fitted.all()


def test_every_answer_shows_the_photo_it_names(drawn, book):
    folder, _ = drawn
    lookgraph.add(folder / "second", book)
    changed = lookgraph.remove(book, where="kind == 'dress'").lookbook
    for row, name in enumerate(changed.ids):
        photo = next(folder.glob(f"*/{name}.png"))
        assert changed.thumbnail(row) == make_photo(photo.read_bytes(), changed.settings.photos, 64).thumbnails[240]
    assert not any(name.startswith("dress") for name in changed.ids)
    generation, n_nodes = changed.generation, len(changed.node_rows)
    levels = generation.hierarchy.levels
    for level in range(levels.shape[1]):  # no cluster is empty, and each lies in one of the level above
        named = changed.clusters(level)
        assert [cluster.n_nodes for cluster in named] == np.bincount(levels[:, level]).tolist()
        above = [np.unique(levels[levels[:, level] == c, max(level - 1, 0)]) for c in range(len(named))]
        assert {len(parents) for parents in above} == {1}
    assert generation.places.shape == (n_nodes, 2) and (generation.places >= 0).all()
    assert generation.attention is not None
    total = np.bincount(generation.graph.edge_index[1], generation.attention.links) + generation.attention.own
    np.testing.assert_allclose(total, 1, atol=1e-4)
    assert len(changed.similar("hat-red-2", k=70)) == 70


def test_a_copy_joins_the_photo_it_shows(drawn, book, tmp_path):
    folder, built = drawn
    rows = [
        {"file_name": "twin.png", "kind": "hat", "colour": "Red", "price": "5"},
        {"file_name": "new.png", "kind": "hat", "colour": "Red", "price": "5"},
        {"file_name": "new-twin.png", "kind": "hat", "colour": "Red", "price": "5"},
    ]
    photos = tmp_path / "drawn"
    photos.mkdir()
    shutil.copy(folder / "garments" / "hat-red-0.png", photos / "twin.png")
    for name in ("new.png", "new-twin.png"):
        draw_garment("hat", "red", 7).save(photos / name)
    opened = lookgraph.add(_write_source(tmp_path / "copies", photos, rows), book).lookbook
    node = dict(zip(opened.ids, opened.items["_node"].to_pylist(), strict=True))
    assert node["twin"] == node["hat-red-0"] and node["new"] == node["new-twin"] not in (node["hat-red-0"],)
    assert opened.manifest["counts"]["nodes"] == built.manifest["counts"]["nodes"] + 1
    assert "twin" not in {answer.id for answer in opened.similar("hat-red-0", k=60)}


def test_ids_that_are_there_are_refused_or_replaced(drawn, book, tmp_path):
    folder, built = drawn
    rows = list(csv.DictReader((folder / "first" / "metadata.csv").open()))[:3]
    with pytest.raises(SourceError, match=r"has 3 of these 3 items already.*--replace"):
        lookgraph.add(_write_source(tmp_path / "again", folder / "first", rows), book)
    assert lookgraph.add(tmp_path / "again", book, replace=True).lookbook.generation.id == "000001"
    rows[0]["price"] = "77"
    shutil.copytree(tmp_path / "again", tmp_path / "changed")
    _write_source(tmp_path / "changed", folder / "first", rows)
    draw_garment("bag", "yellow", 5).save(tmp_path / "changed" / rows[1]["file_name"])
    done = lookgraph.add(tmp_path / "changed", book, replace=True)
    assert (done.added, done.changed) == (0, 2)
    assert sorted(done.lookbook.ids) == sorted(built.ids)
    price = dict(zip(done.lookbook.ids, done.lookbook.attributes["price"], strict=True))
    assert price["shirt-red-0"] == 77
    assert done.lookbook.similar("shirt-red-1", k=1)[0].id.startswith("bag-yellow")


def test_a_source_without_columns_takes_no_attribute_away(drawn, book, tmp_path):
    folder, _ = drawn
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(folder / "first" / "hat-red-0.png", bare)
    assert lookgraph.add(bare, book, replace=True).lookbook.generation.id == "000001"
    draw_garment("bag", "yellow", 5).save(bare / "hat-red-0.png")
    opened = lookgraph.add(bare, book, replace=True).lookbook
    last = {name: values[-1] for name, values in opened.attributes.items()}
    assert opened.ids[-1] == "hat-red-0" and (last["kind"], last["colour"], last["price"]) == ("hat", "Red", 3)


def test_columns_are_brought_together(drawn, book, tmp_path):
    folder, _ = drawn
    rows = [{"file_name": "hat-red-2.png", "kind": "true", "price": "9.5", "season": "Summer"}]
    opened = lookgraph.add(_write_source(tmp_path / "one", folder / "garments", rows), book).lookbook
    last = {name: values[-1] for name, values in opened.attributes.items()}
    assert (last["kind"], last["colour"], last["price"], last["season"]) == ("true", None, 9.5, "Summer")
    assert opened.attributes["season"][0] is None
    with pytest.raises(SourceError, match="names that Lookgraph uses itself"):
        rows = [{"file_name": "hat-grey-2.png", "_node": "7"}]
        lookgraph.add(_write_source(tmp_path / "own", folder / "garments", rows), book)
    with pytest.raises(SourceError, match=r"column 'price' holds double.*to be added holds string"):
        rows = [{"file_name": "hat-blue-2.png", "price": "cheap"}]
        lookgraph.add(_write_source(tmp_path / "two", folder / "garments", rows), book)


def test_what_cannot_be_is_refused_and_nothing_changes(book):
    with pytest.raises(ItemNotFoundError, match="no item 'nobody'"):
        lookgraph.remove(book, ["shirt-red-0", "nobody"])
    with pytest.raises(FilterError):
        lookgraph.remove(book, where="colr == 'red'")
    with pytest.raises(GraphError, match=r"graph.k=4 needs at least 5 items"):
        lookgraph.remove(book, where="price > 0")
    photos = book.parent / "photos"
    photos.mkdir()
    for nothing in (photos, book.parent / "none"):
        with pytest.raises(LookbookError, match="is no lookbook"):
            lookgraph.add(book, nothing)
    assert not list(photos.iterdir()) and not (book.parent / "none").exists()
    assert generation_names(book) == ["000001"]


def test_an_update_goes_on_from_photos_that_stay(drawn, book, tmp_path):
    folder, _ = drawn
    rows = list(csv.DictReader((folder / "first" / "metadata.csv").open()))
    changed = shutil.copytree(folder / "first", tmp_path / "changed")
    for i, row in enumerate(rows):
        draw_garment("bag", "yellow", 9 + i).save(changed / row["file_name"])
    with pytest.raises(LookbookError, match=r"not one photo .* would stay as it is"):
        lookgraph.add(changed, book, replace=True)
    small = shutil.copytree(folder / "garments", tmp_path / "small")
    _write_source(small, small, [{"file_name": "small.png", "kind": "hat", "colour": "Red", "price": "5"}], copy=False)
    Image.open(small / "hat-red-0.png").resize((32, 40)).save(small / "small.png")
    for photo in small.glob("*-*.png"):
        photo.unlink()
    opened = lookgraph.add(small, book).lookbook
    node = dict(zip(opened.ids, opened.items["_node"].to_pylist(), strict=True))
    assert node["small"] == node["hat-red-0"]
    (book / "cache" / "photos.sqlite").unlink()
    with pytest.raises(LookbookError, match=r"1 photos that are to be shown are not in .*cache"):
        lookgraph.remove(book, ["hat-red-0"])
    assert lookgraph.remove(book, ["small"]).removed == 1


def test_what_was_refused_stays_listed_and_alone_makes_no_generation(drawn, book, tmp_path):
    folder, _ = drawn
    rows = [{"file_name": "hat-red-2.png", "kind": "hat"}, {"file_name": "hat-blue-2.png", "kind": "hat"}]
    source = _write_source(tmp_path / "more", folder / "garments", rows)
    (source / "hat-blue-2.png").write_bytes(b"no photo")
    assert lookgraph.add(source, book).rejected == 1
    again = lookgraph.add(source, book, replace=True)
    assert (again.rejected, again.added, again.lookbook.generation.id) == (1, 0, "000002")
    after = lookgraph.remove(book, ["hat-red-0"]).lookbook.generation
    assert after.rejected["id"].to_pylist() == ["hat-blue-2"]
    assert after.manifest["rejected"] == {"not-a-photo": 1}
    mended = lookgraph.add(folder / "second", book, replace=True).lookbook.generation
    assert mended.rejected.num_rows == 0


def test_advice_names_the_reason():
    settings = lookgraph.Settings().lookbook
    assert Drift(0.1, 0.05, 1.1, 1.05).advice(settings) is None
    assert "1.60 times as far" in (Drift(0.1, 0.05, 1.6, 1.3).advice(settings) or "")
    assert Drift(0.1, 0.05, 1.6, 1.7).advice(settings) is None  # so few photos of the catalogue itself may be as far
    assert Drift(0.001, 0.0, 4.9, 3.0).advice(settings) is None  # one stranger among a thousand
    assert "25%" in (Drift(0.1, 0.15, None, None).advice(settings) or "")


def test_a_build_says_what_updates_brought_and_it_leaves_out(drawn, book):
    folder, _ = drawn

    class Notes(Silent):
        heard: ClassVar[list[str]] = []

        def note(self, text: str) -> None:
            self.heard.append(text)

    lookgraph.add(folder / "second", book)
    built = lookgraph.build(folder / "first", book, settings=QUICK, progress=Notes())
    assert any("30 items of generation 000002 are not in this source" in note for note in Notes.heard)
    assert len(built) == 60


def test_the_commands(drawn, book):
    folder, _ = drawn
    (folder / "second" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    added = json.loads(CliRunner().invoke(app, ["add", str(book), str(folder / "second"), "--json"]).stdout)
    (folder / "second" / "broken.jpg").unlink()
    assert (added["generation"], added["added"], added["rejected"]) == ("000002", 30, 1)
    assert "1 removed; 89 items" in CliRunner().invoke(app, ["remove", str(book), "hat-red-2"]).output
    for asked in ("report", "evaluate"):
        said = " ".join(CliRunner().invoke(app, [asked, str(book)]).stdout.split())
        assert said.endswith("when generation 000001 was built, before 2 updates: `lookgraph rebuild` measures anew.")
    with pytest.raises(ConfigError, match="name items, or pass --where"):
        CliRunner().invoke(app, ["remove", str(book)], catch_exceptions=False)
