"""`lookgraph train-encoder` as its users see it, and what takes the folder that it writes."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from tiny_networks import LEARN_FAST, write_checkpoint, write_weights
from typer.testing import CliRunner

import lookgraph
from drawn_garments import draw_catalogue, quick_options, run_cli
from lookgraph.app.cli import app
from lookgraph.encoder import load_encoder
from lookgraph.errors import EncoderError, LookgraphError, SourceError


@pytest.fixture(scope="module")
def garments(tmp_path_factory):
    return draw_catalogue(tmp_path_factory.mktemp("g") / "garments")


@pytest.fixture(scope="module")
def weights(garments, tmp_path_factory):
    """Fine-tuned by the command; do not change it."""
    folder = tmp_path_factory.mktemp("w")
    origin = write_weights(folder / "start")
    result = invoke("train-encoder", garments, "--target", "kind", "--from", origin, "--out", folder / "out", *fast())
    assert "precision at 1" in result.stdout
    assert f"--encoder {folder / 'out'}" in result.stdout
    return folder / "out"


def invoke(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(result.exception, LookgraphError):
        raise result.exception
    assert result.exception is None, result.exception
    return result


def fast(**changes):
    settings = LEARN_FAST | {f"train.{name}": value for name, value in changes.items()}
    return [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]


def test_embed_and_build_take_the_folder(weights, garments, tmp_path):
    invoke("embed", garments, "--out", tmp_path / "a.parquet", "--encoder", weights)
    invoke("embed", garments, "--out", tmp_path / "b.parquet", "--set", f"encoder.weights={weights}")
    ours, same = (np.stack(pq.read_table(tmp_path / f"{name}.parquet")["embedding"].to_numpy()) for name in "ab")
    assert ours.shape == (60, 128)
    assert np.array_equal(ours, same)
    invoke("build", garments, tmp_path / "book", "--encoder", weights, *quick_options())
    made = lookgraph.open(tmp_path / "book")
    assert made.manifest["encoder"]["digest"] == load_encoder(weights).digest
    assert len(made.similar("hat-red-0", k=3)) == 3
    for asked in ((tmp_path / "book",), ("--encoder", weights)):
        found = {finding["name"]: finding for finding in json.loads(invoke("doctor", *asked, "--json").stdout)}
        assert found["weights"]["message"].startswith(load_encoder(weights).digest[:12])
        assert all(finding["ok"] for finding in found.values())


def test_json_says_all_of_it(garments, tmp_path):
    origin = write_checkpoint(tmp_path / "hub", "dinov2")
    arguments = ["--target", "kind", "--target", "colour", "--from", origin, "--epochs", 1, "--out", tmp_path / "o"]
    said = json.loads(invoke("train-encoder", garments, *arguments, *fast(int8=True), "--json").stdout)
    assert (tmp_path / "o" / "int8.xml").exists()
    assert said["epochs"] == said["best_epoch"] == 1
    assert said["precision_at_1"]["after"].keys() == {"kind", "colour"}
    assert said["training_photos"] + said["validation_photos"] == 60
    assert said["verdict"]
    assert said["rejected"] == []


def test_a_wrong_column_leaves_no_trace(garments, tmp_path):
    with pytest.raises(SourceError, match="--target: the source has no column 'knd': did you mean kind"):
        invoke("train-encoder", garments, "--target", "knd", "--out", tmp_path / "deep" / "o")
    assert not (tmp_path / "deep" / "o").exists()


def test_a_folder_of_photos_alone_has_nothing_to_learn(garments, tmp_path):
    (tmp_path / "p").mkdir()
    for file in garments.glob("*.png"):
        (tmp_path / "p" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(SourceError, match=r"no columns at all \(a folder needs a metadata\.csv\)"):
        invoke("train-encoder", tmp_path / "p", "--target", "kind", "--out", tmp_path / "o")


def test_finished_weights_are_not_overwritten(weights, garments):
    before = (weights / "config.json").read_bytes()
    with pytest.raises(EncoderError, match="holds finished weights"):
        invoke("train-encoder", garments, "--target", "kind", "--out", weights)
    assert (weights / "config.json").read_bytes() == before


def test_exit_codes(garments, tmp_path):
    nowhere = tmp_path / "nowhere"
    assert run_cli("train-encoder", garments, "--out", tmp_path / "o").returncode == 2
    done = run_cli("train-encoder", garments, "--target", "kind", "--out", tmp_path / "o", "--from", nowhere)
    assert done.returncode == 7
    assert done.stderr.startswith(f"EncoderError: --from '{nowhere}' is neither a folder here nor a hub's name")


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_goes_on(garments, tmp_path):
    """Really killed, several times, with loaders and two processes; the result is the uninterrupted one's."""
    origin = write_weights(tmp_path / "start")
    options = [
        *fast(loader_processes=1, augment=True, epochs=2),
        "--processes",
        2,
        "--target",
        "kind",
        "--from",
        origin,
    ]
    whole = run_cli("train-encoder", garments, "--out", tmp_path / "whole", *options, timeout_s=600)
    assert whole.returncode == 0, whole.stderr
    command = [sys.executable, "-m", "lookgraph.app.cli", "train-encoder", garments, "--out", tmp_path / "o", *options]
    for words in ("decode", "epoch 0", "epoch 1:"):
        kill_after(list(map(str, command)), words)
    done = run_cli(*command[3:], timeout_s=600)
    assert done.returncode == 0, done.stderr
    for name in ("model.safetensors", "config.json", "seen.npy", "README.md"):
        assert (tmp_path / "o" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def kill_after(command, words):
    """Run until a line of progress begins with ``words``, then kill -9; all that it started must go too."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith(words):
            break
    children = children_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 30
    while any(alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(child) for child in children)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
            found = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return [pid for child in found for pid in (child, *children_of(child))]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"
