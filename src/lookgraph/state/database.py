"""One door to the state: SQLite by default, PostgreSQL by its URL; what was acknowledged survives a kill."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.sql.schema import Table

from lookgraph.errors import StateError
from lookgraph.state.migrations import migrate
from lookgraph.state.tables import SECRETS

_BUSY_S = 20
_SCRUBS, _SCRUB_WAIT_MS, _SCRUB_PAUSE_S = 6, 500, 0.2
_LOG = logging.getLogger("lookgraph.state")


def sqlite_url(lookbook: Path) -> str:
    """The state that lies in a lookbook."""
    return f"sqlite:///{lookbook.absolute() / 'state.sqlite'}"


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Database:
    """Transactions on the state; safe to share among threads.

    With SQLite a write that returned is on the disk (WAL, ``synchronous=FULL``), and a writer takes its lock at the
    beginning of its transaction, so that two never find out in the middle that they stand in each other's way.
    """

    def __init__(self, url: str) -> None:
        """Connect, and bring the tables up to date.

        Args:
            url: ``sqlite:////path/to/state.sqlite`` or ``postgresql+psycopg://user@host/name``.

        Raises:
            StateError: the URL is not understood, nothing answers there, or the tables are newer than this program.
        """
        self.engine = _engine(url)
        try:
            with self.writing() as connection:
                migrate(connection)
        except DBAPIError as error:
            raise StateError(
                f"the state {_without_password(url)} cannot be opened ({error.orig}): check the URL and its rights"
            ) from None

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only looks."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, undone when it raises."""
        with self.engine.connect().execution_options(lookgraph_writes=True) as connection, connection.begin():
            yield connection

    def insert_new(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
        """Insert rows, leaving alone those whose key is there already; gives how many were new."""
        if not rows:
            return 0
        insert: Any = postgresql.insert if self.engine.dialect.name == "postgresql" else sqlite.insert
        keys = [column.name for column in table.primary_key]
        statement = insert(table).values(rows).on_conflict_do_nothing().returning(*(table.c[key] for key in keys))
        return len(connection.execute(statement).all())

    def scrub(self) -> bool:
        """After a deletion: empty SQLite's log, so that nothing deleted stays in it; was that possible?

        What is deleted from the file itself is overwritten (``secure_delete``). The log cannot be emptied while another
        connection reads what was there before: that is tried for a few seconds. If somebody reads all the while, the
        deleted bytes stay in ``state.sqlite-wal`` until the next deletion, or until the last program that has the state
        open ends; a warning says so. PostgreSQL reuses deleted rows' space with its next VACUUM.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        connection = self.engine.raw_connection()  # outside of any transaction
        try:
            # A checkpoint that waits keeps all writers waiting: short ones, between which they get their turn.
            connection.cursor().execute(f"PRAGMA busy_timeout={_SCRUB_WAIT_MS}")
            for attempt in range(_SCRUBS):
                if attempt:
                    time.sleep(_SCRUB_PAUSE_S)
                is_busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not is_busy:
                    return True
        finally:
            connection.cursor().execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")
            connection.close()
        _LOG.warning("somebody reads the state all the while: what was deleted stays in its log until they are done")
        return False

    def secret(self, name: str) -> str:
        """A random secret of this installation, drawn once."""
        with self.writing() as connection:
            self.insert_new(connection, SECRETS, [{"name": name, "value": secrets.token_hex(32)}])
            return str(connection.execute(select(SECRETS.c.value).where(SECRETS.c.name == name)).scalar_one())


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:  # no URL at all
        return url


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return create_engine(parsed, pool_pre_ping=True, pool_size=8)
        if parsed.get_backend_name() != "sqlite" or not parsed.database:
            raise StateError(
                f"state {_without_password(url)!r}: write sqlite:////path/to/state.sqlite or postgresql+psycopg://user@host/name"
            )
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_S, "check_same_thread": False}, pool_size=8)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StateError(
            f"state {_without_password(url)!r} is not understood ({error}):"
            " for PostgreSQL `pip install 'lookgraph[postgresql]'`"
        ) from None
    except OSError as error:
        raise StateError(
            f"{parsed.database} cannot be made ({error.strerror}): choose another place with --state"
        ) from None
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin_sqlite does
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_S * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("lookgraph_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
