"""How do tables of an older Lookgraph become today's? Numbered steps, each run once, in one transaction.

A step is SQL that SQLite and PostgreSQL both read. A step that was released is never changed: add one.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from lookgraph.errors import StateError

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE people (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,"
        " password_hash TEXT, seed INTEGER NOT NULL, created_ms BIGINT NOT NULL)",
        "CREATE TABLE sessions (token_hash TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL"
        " REFERENCES people (id) ON DELETE CASCADE, created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL)",
        "CREATE INDEX sessions_of_person ON sessions (person_id)",
        "CREATE TABLE boards (id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL"
        " REFERENCES people (id) ON DELETE CASCADE, name TEXT NOT NULL, private BOOLEAN NOT NULL,"
        " place INTEGER NOT NULL, created_ms BIGINT NOT NULL, UNIQUE (person_id, name))",
        "CREATE TABLE saves (board_id TEXT NOT NULL REFERENCES boards (id) ON DELETE CASCADE, item_id TEXT NOT NULL,"
        " created_ms BIGINT NOT NULL, PRIMARY KEY (board_id, item_id))",
        "CREATE TABLE tastes (person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE, kind TEXT NOT NULL,"
        " item_id TEXT NOT NULL, created_ms BIGINT NOT NULL, PRIMARY KEY (person_id, kind, item_id))",
        "CREATE TABLE events (id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL"
        " REFERENCES people (id) ON DELETE CASCADE, kind TEXT NOT NULL, item_id TEXT NOT NULL, query TEXT,"
        " recommender TEXT, generation TEXT, position INTEGER, propensity DOUBLE PRECISION,"
        " created_ms BIGINT NOT NULL)",
        "CREATE INDEX events_of_person ON events (person_id, created_ms)",
        "CREATE TABLE secrets (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (  # SQLite stores bytes as they are in a column of any type; BYTEA is PostgreSQL's name for them
        "CREATE TABLE kept_photos (id TEXT NOT NULL PRIMARY KEY, person_id TEXT NOT NULL"
        " REFERENCES people (id) ON DELETE CASCADE, board_id TEXT NOT NULL REFERENCES boards (id) ON DELETE CASCADE,"
        " width INTEGER NOT NULL, height INTEGER NOT NULL, colour TEXT NOT NULL, small BYTEA NOT NULL,"
        " large BYTEA NOT NULL, created_ms BIGINT NOT NULL)",
        "CREATE INDEX kept_photos_of_person ON kept_photos (person_id)",
        "CREATE INDEX kept_photos_on_board ON kept_photos (board_id)",
    ),
    ("ALTER TABLE boards ADD COLUMN cover_item TEXT",),
)

_LOCK: Final = 7_206_181  # PostgreSQL: two servers that start together migrate one after the other


def migrate(connection: Connection) -> int:
    """Bring the tables up to date; gives the number of the last step.

    Raises:
        StateError: a newer Lookgraph wrote them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY)"))
    done = int(connection.execute(text("SELECT COALESCE(MAX(version), 0) FROM schema_version")).scalar_one())
    if done > len(MIGRATIONS):
        raise StateError(f"the state has schema {done}, this Lookgraph knows up to {len(MIGRATIONS)}: update Lookgraph")
    for version, statements in enumerate(MIGRATIONS[done:], done + 1):
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text("INSERT INTO schema_version (version) VALUES (:version)"), {"version": version})
    return len(MIGRATIONS)
