"""A built lookbook: what it answers, what lies on disk, and what damage does to it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import lookgraph
from copied_lookbooks import copy_lookbook
from drawn_garments import QUICK, draw_catalogue, draw_garment
from lookgraph.app.reporting import study_of
from lookgraph.errors import (
    ConfigError,
    FilterError,
    ItemNotFoundError,
    LookbookBusyError,
    LookbookDamagedError,
    LookbookError,
    LookbookFormatError,
    PhotoError,
)
from lookgraph.lookbook import generation_names, roll_back
from lookgraph.lookbook.files import writer_lock
from lookgraph.lookbook.generation import prune, publish
from lookgraph.progress import Silent


@pytest.fixture
def copy(lookbook, tmp_path):
    """A copy of the lookbook to do harm to."""
    return copy_lookbook(lookbook.root, tmp_path / "copy.lookbook", "cache")


def test_every_photo_is_an_item_and_copies_share_a_node(lookbook):
    assert len(lookbook) == 62
    node = dict(zip(lookbook.items["id"].to_pylist(), lookbook.items["_node"].to_pylist(), strict=True))
    assert node["shirt-red-0"] == node["shirt-red-copy"] == node["shirt-red-near"]
    assert lookbook.manifest["counts"]["nodes"] == len(set(node.values())) <= 60


def test_a_full_page_without_self_or_copies(lookbook):
    page = lookbook.similar("shirt-red-0", k=20)
    assert len(page) == 20
    assert not {"shirt-red-0", "shirt-red-copy", "shirt-red-near"} & {answer.id for answer in page}
    nodes = [answer.node for answer in page]
    assert len(set(nodes)) == 20
    assert [a.score for a in page] == sorted((a.score for a in page), reverse=True)


def test_a_filter_keeps_the_page_full(lookbook):
    page = lookbook.similar("shirt-red-0", k=8, where="kind == 'dress' and price < 14")
    assert len(page) > 0
    assert all(a.attributes["kind"] == "dress" and a.attributes["price"] < 14 for a in page)
    everything = lookbook.similar("shirt-red-0", k=100, where="kind == 'dress'")
    assert len(everything) == len({n for n, k in _nodes_and_kinds(lookbook) if k == "dress"})


def test_a_copy_that_passes_the_filter_stands_for_its_photo(lookbook):
    page = lookbook.similar("shirt-blue-0", k=60, where="price > 90")
    assert [answer.id for answer in page] in (["shirt-red-copy"], ["shirt-red-near"])


def test_reasons_name_shared_attributes(lookbook):
    page = lookbook.similar("dress-green-0", k=10, where="kind == 'dress' and colour == 'green'")
    assert "same kind: dress" in page[0].reasons
    assert "same colour: green" in page[0].reasons


def test_diversity_widens_the_page(lookbook):
    def spread(diversity):
        nodes = [a.node for a in lookbook.similar("bag-blue-0", k=8, diversity=diversity)]
        vectors = lookbook.generation.node_embeddings[nodes]
        return (vectors @ vectors.T).mean()

    assert spread(0.9) < spread(0.0)


def test_a_photo_from_outside_is_answered_and_never_with_itself(lookbook, tmp_path):
    draw_garment("hat", "black", 3).save(tmp_path / "new.png")
    page = lookbook.similar(tmp_path / "new.png", k=10)
    assert len(page) == 10
    draw_garment("shirt", "red", 0).save(tmp_path / "known.webp", quality=95)
    assert "shirt-red-0" not in {a.id for a in lookbook.similar(tmp_path / "known.webp", k=10)}


def test_a_cropped_photo_from_outside_is_never_answered_with_its_original(lookbook, tmp_path):
    draw_garment("dress", "blue", 1).crop((3, 4, 62, 77)).save(tmp_path / "cropped.jpg", quality=90)
    page = lookbook.similar(tmp_path / "cropped.jpg", k=20)
    assert len(page) == 20
    assert "dress-blue-1" not in {answer.id for answer in page}


@pytest.mark.parametrize("space", ["encoder", "gnn"])
def test_an_item_and_its_own_photo_get_nearly_the_same_answers(catalogue, tmp_path, space):
    """The inductive path: through the network, not past it."""
    book = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK | {"recommend.space": space})
    inside = book.similar("trousers-blue-1", k=5)
    outside = book.similar(catalogue / "trousers-blue-1.png", k=5)
    assert len({a.id for a in inside} & {a.id for a in outside}) >= 4
    assert outside[0].score == pytest.approx(inside[0].score, abs=0.05)


def test_a_strip_of_photos_in_a_notebook(lookbook):
    strip = lookbook.similar("hat-red-0", k=3)._repr_html_()
    assert strip.count("data:image/webp;base64,") == 3


def test_unknown_item_suggests_the_nearest(lookbook):
    with pytest.raises(ItemNotFoundError, match="did you mean shirt-red"):
        lookbook.similar("shirt-red-O")


def test_wrong_questions_are_refused(lookbook, tmp_path):
    with pytest.raises(FilterError, match="did you mean kind"):
        lookbook.similar("hat-red-0", where="kimd == 'x'")
    with pytest.raises(ConfigError, match="k=0"):
        lookbook.similar("hat-red-0", k=0)
    with pytest.raises(ItemNotFoundError, match="neither an item"):
        lookbook.similar("x" * 5000)
    with pytest.raises(ConfigError, match="diversity=2"):
        lookbook.similar("hat-red-0", diversity=2)
    (tmp_path / "text.jpg").write_text("no photo")
    with pytest.raises(PhotoError):
        lookbook.similar(tmp_path / "text.jpg")


def test_arrays_belong_together(lookbook):
    generation = lookbook.generation
    n_nodes = lookbook.manifest["counts"]["nodes"]
    assert generation.embeddings.shape == (62, 128)
    np.testing.assert_allclose(np.linalg.norm(generation.embeddings, axis=1), 1, atol=1e-5)
    assert len(generation.node_embeddings) == len(generation.clusters) == generation.graph.n_items == n_nodes
    assert lookbook.thumbnail(0)[:4] == b"RIFF"


def test_the_report_and_its_numbers_are_in_the_generation(lookbook):
    metrics = json.loads((lookbook.report.parent / "metrics.json").read_text())
    assert lookbook.report.read_text("utf-8").startswith("<!doctype html>")
    assert {"clustering", "retrieval", "graph", "space"} <= metrics.keys()


def test_the_report_counts_items_and_different_photos(lookbook):
    metrics = json.loads((lookbook.generation.folder / "report" / "metrics.json").read_text())
    assert metrics["catalogue"]["n_items"] == 62 and metrics["catalogue"]["n_without_duplicates"] == 60
    assert "62 items from" in lookbook.report.read_text() and "60 different photos" in lookbook.report.read_text()


def test_a_photo_is_seen_where_the_encoder_learnt_from_any_file_that_shows_it(lookbook):
    row = lookbook.ids.index("shirt-red-near")
    items = lookbook.items
    learnt = items["_content_hash"][row].as_py()
    encoder = SimpleNamespace(has_seen=lambda hashes: np.array([each == learnt for each in hashes]))
    seen = replace(study_of(lookbook, Silent()), encoder=encoder)._seen()
    assert np.flatnonzero(seen).tolist() == [items["_node"][row].as_py()]
    assert lookbook.node_rows[items["_node"][row].as_py()] != row  # another file represents the photo


def test_nothing_changed_publishes_nothing(catalogue, tmp_path):
    first = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)
    again = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)
    other = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK | {"gnn.seed": 3})
    assert first.generation.id == again.generation.id == "000001"
    assert other.generation.id == "000002"


def test_a_changed_setting_is_never_overlooked(catalogue, tmp_path):
    lookgraph.build(catalogue, tmp_path / "b", settings=QUICK | {"recommend.k": 3})
    changed = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK | {"recommend.k": 4})
    assert len(changed.similar("hat-red-0")) == 4


@pytest.mark.parametrize("name", ["embeddings.npy", "node_embeddings.npy", "index.faiss", "items.parquet"])
def test_building_again_heals_damage(catalogue, tmp_path, name):
    """The generation's files are links to the cache's: damage to one must not be published as good."""
    whole = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)
    path = whole.generation.folder / name
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(len(data) // 2)
        file.write(bytes(255 - byte for byte in data[len(data) // 2 :][:8]))
    healed = lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)
    assert healed.generation.id == "000002"
    assert healed.generation.verify() == []
    assert (healed.generation.folder / name).read_bytes() == data


def test_new_photos_reuse_the_embeddings_of_the_old(tmp_path):
    class Heard:
        def __init__(self):
            self.encoder = None

        def stage(self, name, total=None, done=0):
            if name == "encoder":
                self.encoder = (total, done)

        def advance(self, n=1):
            pass

        def note(self, message):
            pass

    draw_catalogue(tmp_path / "p", variants=1)
    first = lookgraph.build(tmp_path / "p", tmp_path / "b", settings=QUICK)
    draw_catalogue(tmp_path / "p", variants=2)
    heard = Heard()
    second = lookgraph.build(tmp_path / "p", tmp_path / "b", settings=QUICK, progress=heard)
    assert heard.encoder == (60, 30)
    rows = [second.items["id"].to_pylist().index(name) for name in first.items["id"].to_pylist()]
    assert np.array_equal(first.generation.embeddings, second.generation.embeddings[rows])


def test_roll_back_and_prune(copy):
    names = generation_names(copy)
    for name in ("000002", "000003", "000004"):
        copy_lookbook(copy / "generations" / names[0], copy / "generations" / name)
    publish(copy, "000004")
    assert roll_back(copy) == "000003"
    assert lookgraph.open(copy).generation.id == "000003"
    assert roll_back(copy, "000001") == "000001"
    with pytest.raises(LookbookError, match="nothing to roll back to"):
        roll_back(copy)
    with pytest.raises(LookbookError, match="no generation '000009': there are 000001"):
        roll_back(copy, "000009")
    for name in ("", "../generations/000001", "."):
        with pytest.raises(LookbookError, match="no generation"):
            roll_back(copy, name)
    assert lookgraph.open(copy).generation.id == "000001"
    prune(copy, keep=2)
    assert generation_names(copy) == ["000001", "000004"]


def test_a_second_build_is_refused_while_the_first_runs(catalogue, tmp_path):
    with writer_lock(tmp_path / "b"), pytest.raises(LookbookBusyError, match=r"is being written by process \d+"):
        lookgraph.build(catalogue, tmp_path / "b", settings=QUICK)


@pytest.mark.parametrize(("written", "remedy"), [(99, "update Lookgraph"), (2, "build it again")])
def test_another_format_is_refused(copy, written, remedy):
    manifest = copy / "generations" / "000001" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": written}))
    with pytest.raises(LookbookFormatError, match=f"format {written}, this Lookgraph reads 3: {remedy}"):
        lookgraph.open(copy)


@pytest.mark.parametrize(
    "name", ["items.parquet", "index.faiss", "embeddings.npy", "graph.npz", "manifest.json", "encoder/int8.bin"]
)
@pytest.mark.parametrize("harm", ["deleted", "cut off"])
def test_a_damaged_generation_is_refused_by_file(copy, name, harm):
    path = copy / "generations" / "000001" / name
    data = path.read_bytes()
    path.unlink()  # a new file: the others of this content are links
    if harm == "cut off":
        path.write_bytes(data[: len(data) // 2])
    with pytest.raises(LookbookDamagedError, match=name):
        lookgraph.open(copy)


def test_changed_content_of_the_right_size_is_found_by_verify(copy):
    path = copy / "generations" / "000001" / "embeddings.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 255
    path.unlink()
    path.write_bytes(bytes(data))
    assert lookgraph.open(copy).generation.verify() == ["embeddings.npy: its content is not what was published"]


def test_no_lookbook_there(tmp_path):
    with pytest.raises(LookbookError, match="is no lookbook"):
        lookgraph.open(tmp_path)
    (tmp_path / "cache").mkdir()
    with pytest.raises(LookbookError, match="has no finished build yet"):
        lookgraph.open(tmp_path)


def test_another_encoder_than_the_one_that_was_published_is_refused(copy, tmp_path):
    manifest = copy / "generations" / "000001" / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["encoder"]["key"] = "0" * 64
    manifest.write_text(json.dumps(facts))
    draw_garment("hat", "red", 2).save(tmp_path / "hat.png")
    book = lookgraph.open(copy)
    assert len(book.similar("hat-red-0", k=3)) == 3  # items need no encoder
    with pytest.raises(LookbookDamagedError, match="is not the encoder that was published"):
        book.similar(tmp_path / "hat.png")


def _nodes_and_kinds(lookbook):
    return zip(lookbook.items["_node"].to_pylist(), lookbook.items["kind"].to_pylist(), strict=True)
