"""The state on SQLite, and on the tests' PostgreSQL server."""

from __future__ import annotations

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
