"""Fixtures that every stage's tests share."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from drawn_garments import QUICK, draw_catalogue
from lookgraph.processor import let_waiting_threads_sleep

let_waiting_threads_sleep()  # several processes test at once


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory) -> Path:
    """60 drawn garments in an image folder."""
    return draw_catalogue(tmp_path_factory.mktemp("drawn") / "garments")


@pytest.fixture(scope="session")
def lookbook(catalogue, tmp_path_factory):
    """A lookbook built from the drawn garments, with an exact and a near duplicate; do not change it."""
    import lookgraph

    photos = tmp_path_factory.mktemp("photos") / "garments"
    draw_catalogue(photos)
    original = Image.open(photos / "shirt-red-0.png")
    (photos / "shirt-red-copy.png").write_bytes((photos / "shirt-red-0.png").read_bytes())
    original.save(photos / "shirt-red-near.jpg", quality=90)
    with (photos / "metadata.csv").open("a") as file:
        file.write("shirt-red-copy.png,shirt,red,99\nshirt-red-near.jpg,shirt,red,98\n")
    return lookgraph.build(photos, tmp_path_factory.mktemp("books") / "drawn.lookbook", settings=QUICK)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos, where this machine has it."""
    folder = Path(os.environ.get("LOOKGRAPH_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}: set LOOKGRAPH_DATA to run this test")
    return folder


def _initdb() -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return shutil.which("initdb") or (str(found[-1]) if found else None)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The URL of a fresh server; it refuses to run as root, so there it runs as nobody."""
    initdb = _initdb()
    if initdb is None:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = Path("/tmp") / f"lookgraph-pg-{os.getpid()}"
    folder.mkdir(mode=0o700)
    as_nobody: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_nobody, initdb, "-D", data, "-U", "lookgraph", "-A", "trust", "-E", "UTF8"], **quiet)
    server = subprocess.Popen(
        [
            *as_nobody,
            str(Path(initdb).with_name("postgres")),
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            folder,
            "-h",
            "127.0.0.1",
        ],
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(0.5)
        yield f"postgresql+psycopg://lookgraph@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
