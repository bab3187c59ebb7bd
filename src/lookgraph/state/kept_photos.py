"""Photos of their own that people put on their boards: copies without metadata, for nobody but who kept them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Row, delete, func, insert, select

from lookgraph.errors import StateError
from lookgraph.state.database import Database, now_ms
from lookgraph.state.tables import KEPT_PHOTOS

MAX_KEPT_PHOTOS: Final = 200
"""Of one person: an export holds all of them in one file."""

Size = Literal["small", "large"]
_FACTS: Final = [column for column in KEPT_PHOTOS.c if column.name not in ("small", "large")]


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """One photo on one board.

    Attributes:
        width: Of the large copy, in pixels.
        height: Of the large copy, in pixels.
        colour: ``#rrggbb``, the mean over the photo.
    """

    id: str
    person_id: str
    board_id: str
    width: int
    height: int
    colour: str
    created_ms: int


class KeptPhotos:
    """Reads and writes them. Whether somebody may is decided by whoever calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, person_id: str, board_id: str, *, width: int, height: int, colour: str, small: bytes, large: bytes
    ) -> KeptPhoto:
        """Put a photo on a person's board.

        Args:
            width, height: Of the large copy.
            small, large: WebP files without metadata.

        Raises:
            StateError: the person has too many.
        """
        photo = KeptPhoto(uuid.uuid4().hex, person_id, board_id, width, height, colour, now_ms())
        mine = select(func.count()).where(KEPT_PHOTOS.c.person_id == person_id)
        with self._database.writing() as connection:
            if int(connection.execute(mine).scalar_one()) >= MAX_KEPT_PHOTOS:
                raise StateError(f"you keep {MAX_KEPT_PHOTOS} photos, no more are taken: delete one from a board")
            values = {name: getattr(photo, name) for name in KeptPhoto.__slots__}
            connection.execute(insert(KEPT_PHOTOS).values(**values, small=small, large=large))
        return photo

    def get(self, photo_id: str) -> KeptPhoto | None:
        with self._database.reading() as connection:
            row = connection.execute(select(*_FACTS).where(KEPT_PHOTOS.c.id == photo_id)).first()
        return _photo(row) if row else None

    def on_board(self, board_id: str) -> list[KeptPhoto]:
        """Newest first."""
        rows = select(*_FACTS).where(KEPT_PHOTOS.c.board_id == board_id)
        return self._read(rows)

    def by_board(self, person_id: str) -> dict[str, list[str]]:
        """A person's boards to the ids of the photos on them, newest first; boards without any are left out."""
        found: dict[str, list[str]] = {}
        for photo in self._read(select(*_FACTS).where(KEPT_PHOTOS.c.person_id == person_id)):
            found.setdefault(photo.board_id, []).append(photo.id)
        return found

    def file(self, photo_id: str, size: Size) -> bytes | None:
        """The WebP file of a size; None where there is no such photo."""
        with self._database.reading() as connection:
            data = connection.execute(select(KEPT_PHOTOS.c[size]).where(KEPT_PHOTOS.c.id == photo_id)).scalar()
        return None if data is None else bytes(data)

    def delete(self, photo_id: str) -> None:
        """Delete it, and scrub its bytes from the files of an SQLite state: see :meth:`.Database.scrub`."""
        with self._database.writing() as connection:
            connection.execute(delete(KEPT_PHOTOS).where(KEPT_PHOTOS.c.id == photo_id))
        self._database.scrub()

    def _read(self, rows: object) -> list[KeptPhoto]:
        ordered = rows.order_by(KEPT_PHOTOS.c.created_ms.desc(), KEPT_PHOTOS.c.id)  # type: ignore[attr-defined]
        with self._database.reading() as connection:
            return [_photo(row) for row in connection.execute(ordered)]


def _photo(row: Row) -> KeptPhoto:  # type: ignore[type-arg]
    return KeptPhoto(**{name: getattr(row, name) for name in KeptPhoto.__slots__})
