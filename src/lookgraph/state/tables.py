"""What is kept about people: the tables as they are now. How they came to be so is in :mod:`.migrations`.

Every table that holds something of a person points at ``people`` and is emptied with it (ON DELETE CASCADE), so that
deleting a person is one statement. Items are named by their ids in the catalogue, which outlive generations; an id
that the current generation lacks is kept, for a later build may bring it back. Times are milliseconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()


def _of_person(*, key: bool = False) -> Column[str]:
    return Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=key, nullable=False)


PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
    Column("seed", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    _of_person(),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
BOARDS = Table(
    "boards",
    METADATA,
    Column("id", Text, primary_key=True),
    _of_person(),
    Column("name", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("place", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("cover_item", Text),
)
SAVES = Table(
    "saves",
    METADATA,
    Column("board_id", Text, ForeignKey("boards.id", ondelete="CASCADE"), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
)
KEPT_PHOTOS = Table(
    "kept_photos",
    METADATA,
    Column("id", Text, primary_key=True),
    _of_person(),
    Column("board_id", Text, ForeignKey("boards.id", ondelete="CASCADE"), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("colour", Text, nullable=False),
    Column("small", LargeBinary, nullable=False),
    Column("large", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
TASTES = Table(
    "tastes",
    METADATA,
    _of_person(key=True),
    Column("kind", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
)
EVENTS = Table(
    "events",
    METADATA,
    Column("id", Text, primary_key=True),
    _of_person(),
    Column("kind", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("query", Text),
    Column("recommender", Text),
    Column("generation", Text),
    Column("position", Integer),
    Column("propensity", Double),
    Column("created_ms", BigInteger, nullable=False),
)
SECRETS = Table(
    "secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
