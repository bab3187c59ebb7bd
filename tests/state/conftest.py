"""The state on SQLite, and on a PostgreSQL server that is started for the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lookgraph.state import Boards, Database, Events, KeptPhotos, People, Tastes


class State:
    """Everything over one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)
        self.people, self.boards = People(self.database), Boards(self.database)
        self.tastes, self.events = Tastes(self.database), Events(self.database)
        self.photos = KeptPhotos(self.database)


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


@pytest.fixture
def open_state():
    """Opens the state at a URL."""
    return State


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, tmp_path):
    """An empty state on each kind of database."""
    if request.param == "sqlite":
        made = State(f"sqlite:///{tmp_path / 'state.sqlite'}")
    else:
        made = State(request.getfixturevalue("postgresql"))
        with made.database.writing() as connection:
            connection.exec_driver_sql("TRUNCATE people CASCADE")
    yield made
    made.database.close()
