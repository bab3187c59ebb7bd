"""`lookgraph demo`: what it writes is what `build` reads, and the label stays with what is built."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from drawn_garments import QUICK
from lookgraph import lookbook as books
from lookgraph.app.cli import app
from lookgraph.app.serve import free_port
from lookgraph.config import PhotoSettings
from lookgraph.demo.items import make_items
from lookgraph.demo.making import DemoRecipe, make_demo
from lookgraph.demo.writing import painters, write_catalogue
from lookgraph.errors import SimulationError, SourceError
from lookgraph.photos import labelled, open_source, read_origin
from lookgraph.progress import Silent

RECIPE = DemoRecipe(items=60, seed=7, looks=3, shoppers=40, days=30, width=180)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "drawn"
    return make_demo(folder, RECIPE, Silent(), processes=1)


def test_build_reads_what_was_drawn(drawn):
    source = open_source(drawn.folder, PhotoSettings())
    assert source.kind == "image-folder"
    assert len(source.refs) == 60
    assert source.rejections == []
    assert {"kind", "colour", "price", "season", "description"} <= set(source.attributes.column_names)


def test_looks_scenes_and_logs_name_items_of_the_catalogue(drawn):
    ids = set(pq.read_table(drawn.folder / "styles.parquet")["id"].to_pylist())

    def lines(name):
        return [json.loads(line) for line in (drawn.folder / name).read_text("utf-8").splitlines()]

    looks = {look["id"]: set(look["items"]) for look in lines("looks.jsonl")}
    assert len(looks) == 3
    assert set().union(*looks.values()) <= ids
    boxes = {}
    for line in lines("shop_the_look.jsonl"):
        boxes.setdefault(line["scene"], set()).add(line["product"])
    assert boxes == looks
    scenes = pq.read_table(drawn.folder / "scenes.parquet").to_pylist()
    assert {scene["id"] for scene in scenes} == set(looks)
    assert all(scene["image"]["bytes"][:2] == b"\xff\xd8" for scene in scenes)
    assert all(set(q["choices"]) <= ids for q in lines("fill_in_the_blank.jsonl"))
    log = pq.read_table(drawn.folder / "logs.parquet")
    assert log.num_rows == drawn.events
    assert set(log["item"].to_pylist()) <= ids
    assert set(log["recommender"].to_pylist()) == {"random", "popular"}
    sessions = {row["session"]: row["recommender"] for row in log.to_pylist()}
    assert all(sessions[row["session"]] == row["recommender"] for row in log.to_pylist())


def test_the_same_recipe_is_not_drawn_twice_and_gives_the_same_bytes(drawn, tmp_path):
    assert not make_demo(drawn.folder, RECIPE, Silent(), processes=1).drawn_now
    again = make_demo(tmp_path / "again", RECIPE, Silent(), processes=1)
    assert again.drawn_now
    for path in sorted(drawn.folder.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (again.folder / path.relative_to(drawn.folder)).read_bytes(), path.name


def test_the_number_of_processes_changes_nothing(tmp_path):
    plain = [item for item in make_items(60, 7) if item.print == "plain" and item.presentation == "studio"][:4]
    for processes in (1, 2):
        with painters(processes) as paint:
            write_catalogue(plain, tmp_path / str(processes), paint, size=(180, 240))
    for item in plain:
        one, two = (tmp_path / n / "photos" / f"{item.id}.jpg" for n in "12")
        assert one.read_bytes() == two.read_bytes()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear all")
    with pytest.raises(SimulationError, match="did not write"):
        make_demo(tmp_path, RECIPE, Silent())
    with pytest.raises(SimulationError, match="too few"):
        make_demo(tmp_path / "new", DemoRecipe(items=5), Silent())
    with pytest.raises(SimulationError, match="9 pixels wide"):
        make_demo(tmp_path / "new", DemoRecipe(width=9), Silent())


def test_an_origin_that_cannot_be_understood_is_an_error(tmp_path):
    assert read_origin(tmp_path) == {}
    assert labelled("shop", {}) == "shop"
    said = {"photos": "drawn, not photographed", "people": "simulated"}
    assert labelled("shop", said) == "shop (people simulated; photos drawn, not photographed)"
    (tmp_path / "origin.json").write_text('{"photos": 3}')
    with pytest.raises(SourceError, match="one object of texts"):
        read_origin(tmp_path)


SMALL = [
    part for name in ("items", "looks", "shoppers", "days", "width") for part in (f"--{name}", str(vars(RECIPE)[name]))
]


@pytest.mark.slow
def test_the_demo_ends_in_the_site_on_a_terminal_and_its_label_is_everywhere(drawn, tmp_path, monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setenv("LOOKGRAPH_" + name.upper().replace(".", "__"), str(value))
    monkeypatch.delenv("DISPLAY", raising=False)
    root = tmp_path / "demo.lookbook"
    shutil.copytree(drawn.folder, tmp_path / "demo-drawn")
    shown = CliRunner().invoke(app, ["demo", str(root), *SMALL])
    assert shown.exit_code == 0, shown.output
    assert "found in" in shown.output
    assert "most similar" in shown.output
    assert f"no terminal, so no site is opened: `lookgraph serve {root}`" in shown.output
    info = CliRunner().invoke(app, ["info", str(root)]).output
    assert "photos      drawn, not photographed" in info
    assert "people      simulated" in info
    page = books.open(root).report.read_text("utf-8")
    assert "people simulated; photos drawn, not photographed" in page
    home, status = _served_by_the_demo(root, tmp_path / "demo-drawn")
    assert "People: simulated · Photos: drawn, not photographed" in home
    assert status == 0


def _served_by_the_demo(root: Path, photos: Path) -> tuple[str, int]:
    """The home page of the site that `lookgraph demo --photos` opens on a terminal, and its status after Ctrl-C."""
    terminal, its_end = pty.openpty()
    command = [sys.executable, "-m", "lookgraph.app.cli", "demo", str(root), "--photos", str(photos)]
    process = subprocess.Popen(command, stdout=its_end, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(its_end)
    try:
        said = ""
        while (found := re.search(r"Lookgraph is at (http://127\.0\.0\.1:\d+)", said)) is None:
            said += os.read(terminal, 4096).decode()
        with urllib.request.urlopen(found[1], timeout=30) as answer:
            home = answer.read().decode()
        process.send_signal(signal.SIGINT)
        return home, process.wait(30)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def test_what_cannot_be_served_is_not_asked_to_be(tmp_path):
    for wrong in (["--only-draw", "x", "--serve"], ["--json", "--serve"], ["--only-draw", "x", "--photos", "y"]):
        assert CliRunner().invoke(app, ["demo", str(tmp_path / "b"), *wrong]).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_photos_of_ones_own_are_not_drawn_so_what_says_how_is_refused(tmp_path):
    for given in (
        ["--items", "500"],
        ["--seed", "7"],
        ["--width", "90"],
        ["--looks", "3", "--shoppers", "5", "--days", "2"],
    ):
        said = CliRunner().invoke(app, ["demo", str(tmp_path / "b"), "--photos", str(tmp_path), *given])
        assert said.exit_code == 2
        assert all(option in said.output for option in given[::2])
    assert list(tmp_path.iterdir()) == []


def test_the_next_free_port_is_found():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        assert first < free_port("127.0.0.1", first) < first + 100
