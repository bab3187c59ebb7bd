"""A build killed at any moment: the old generation is served, the next build goes on and ends the same."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

import lookgraph
from copied_lookbooks import copy_lookbook
from drawn_garments import QUICK, draw_catalogue, quick_options, run_cli
from lookgraph.lookbook.generation import open_generation

STAGES = (
    *("photos", "fingerprint", "encoder", "catalogue", "graph", "gnn", "space", "measure retrieval"),
    *("measure clustering", "map", "draw the report", "publish"),
)
ROUNDS = 2  # x 12 stages = 24 kills
_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


def start(photos, book):
    command = [sys.executable, "-m", "lookgraph.app.cli", "build", str(photos), str(book), *quick_options()]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
    )


def interrupt_at(process, stage, number, delay_s):
    """Signal the build a moment after it says that it entered a stage, or a later one if that was finished before.

    Returns:
        The stage that was hit, and all that the build said.
    """
    said, hit = [], None
    for line in process.stderr:
        said.append(line)
        entered = line.split(":")[0].strip()
        if entered in STAGES and STAGES.index(entered) >= STAGES.index(stage):
            time.sleep(delay_s)
            os.kill(process.pid, number)
            hit = entered
            break
    said += process.stderr.readlines()
    process.wait(timeout=60)
    return hit, said


def published_files(book):
    """Checksums of what the generation holds, less the page (its plots carry the date of drawing)."""
    manifest = open_generation(book).manifest
    return {name: f["sha256"] for name, f in manifest["files"].items() if name != "report/report.html"}


def finished_embeddings(book):
    with sqlite3.connect(book / "cache" / "photos.sqlite") as db:
        return db.execute("SELECT count(*) FROM embedding").fetchone()[0]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_catalogue(tmp_path_factory.mktemp("kill") / "garments")


@pytest.fixture(scope="module")
def uninterrupted(photos, tmp_path_factory):
    book = tmp_path_factory.mktemp("kill") / "whole.lookbook"
    lookgraph.build(photos, book, settings=QUICK)
    return published_files(book)


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A lookbook with a published generation of other photos."""
    folder = tmp_path_factory.mktemp("older")
    lookgraph.build(draw_catalogue(folder / "photos", variants=1), folder / "old.lookbook", settings=QUICK)
    return folder / "old.lookbook"


def copy_published(older, book):
    copy_lookbook(older, book, "cache")
    return published_files(book)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_killed_at_every_stage(photos, uninterrupted, older, tmp_path, round_):
    book = tmp_path / "killed.lookbook"
    before = copy_published(older, book)
    chance = random.Random(round_)
    hits, finished = [], 0
    for stage in STAGES:
        process = start(photos, book)
        hit, said = interrupt_at(process, stage, signal.SIGKILL, chance.choice((0, 0.02, 0.1)))
        came_too_late = process.returncode == 0 and hit == "publish"
        assert process.returncode == -signal.SIGKILL or came_too_late, said
        hits.append(hit)
        reused = [int(m[1]) for line in said if (m := re.match(r"encoder: (\d+) of \d+$", line))]
        assert not reused or reused[0] >= 0.9 * finished
        if (book / "cache" / "photos.sqlite").exists():
            finished = finished_embeddings(book)
        if open_generation(book).id == "000001":
            assert published_files(book) == before
            assert len(lookgraph.open(book).similar("hat-red-0", k=3)) == 3
        else:
            assert hit == "publish"  # the kill came just after the rename
    assert len(set(hits)) >= len(STAGES) - 2, hits
    done = run_cli("build", photos, book, *quick_options())
    assert done.returncode == 0, done.stderr
    assert open_generation(book).id == "000002"
    assert published_files(book) == uninterrupted
    assert not list((book / "generations").glob(".aside-*"))


def test_terminated_politely(photos, uninterrupted, older, tmp_path):
    book = tmp_path / "terminated.lookbook"
    before = copy_published(older, book)
    process = start(photos, book)
    _, said = interrupt_at(process, "encoder", signal.SIGTERM, 0.05)
    assert process.returncode == 143
    assert any("goes on where it was" in line for line in said)
    assert published_files(book) == before
    assert run_cli("build", photos, book, *quick_options()).returncode == 0
    assert published_files(book) == uninterrupted


@pytest.mark.parametrize("limit_bytes", [100_000, 400_000])
def test_a_full_disk(photos, uninterrupted, older, tmp_path, limit_bytes):
    """A limit on file size stands in for the disk's end: the same error reaches every writer."""
    book = tmp_path / "full.lookbook"
    before = copy_published(older, book)
    limited = (sys.executable, "-c", _LIMITED, str(limit_bytes))
    full = run_cli("build", photos, book, *quick_options(), under=limited)
    assert full.returncode == 13, full.stderr
    assert "make room and run the same command again" in full.stderr
    assert published_files(book) == before
    assert run_cli("build", photos, book, *quick_options()).returncode == 0
    assert published_files(book) == uninterrupted


def test_manifest_says_how_to_make_it_again(older):
    manifest = json.loads((older / "generations" / "000001" / "manifest.json").read_text())
    for key in ("inputs", "settings", "versions", "seeds", "counts", "timings_s", "encoder", "files"):
        assert manifest[key]
