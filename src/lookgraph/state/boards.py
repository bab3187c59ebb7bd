"""Boards, and what was saved to them. A save is there once or not at all, however often it is sent."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lookgraph.errors import StateError
from lookgraph.state.database import Database, now_ms
from lookgraph.state.tables import BOARDS, KEPT_PHOTOS, SAVES

FIRST_BOARD: Final = "Saved"
MAX_BOARDS: Final = 500
_MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Board:
    """A person's collection.

    Attributes:
        private: Only its person sees it; else everybody who may look at the site.
        place: Its place among its person's boards, from 0.
        n_items: Saves on it.
        cover: Ids of at most four items on it: the one chosen for the cover, if there is one, then the newest.
        chosen_cover: The item chosen for the cover; None: none was, or it is no longer on the board.
    """

    id: str
    person_id: str
    name: str
    private: bool
    place: int
    n_items: int
    cover: tuple[str, ...]
    chosen_cover: str | None
    created_ms: int


@dataclass(frozen=True, slots=True)
class Save:
    """One item on one board."""

    board_id: str
    item_id: str
    created_ms: int


class Boards:
    """Reads and writes boards. Whether somebody may is decided by whoever calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, person_id: str, name: str, private: bool) -> Board:
        """Make a board, first among the person's.

        Raises:
            StateError: the name is taken or empty, or there are too many boards.
        """
        name = _checked(name)
        board_id = uuid.uuid4().hex
        try:
            with self._database.writing() as connection:
                _insert(connection, board_id, person_id, name, private)
        except IntegrityError:
            raise StateError(f"you have a board {name!r} already: choose another name") from None
        made = self.get(board_id)
        assert made is not None
        return made

    def get(self, board_id: str) -> Board | None:
        with self._database.reading() as connection:
            found = _read(connection, BOARDS.c.id == board_id)
        return found[0] if found else None

    def of_person(self, person_id: str, *, with_private: bool) -> list[Board]:
        """In the person's own order."""
        mine = BOARDS.c.person_id == person_id
        with self._database.reading() as connection:
            return _read(connection, mine if with_private else mine & BOARDS.c.private.is_(False))

    def of_others(self, person_id: str) -> list[Board]:
        """The boards of all other people that are not private, the last made first."""
        theirs = (BOARDS.c.person_id != person_id) & BOARDS.c.private.is_(False)
        with self._database.reading() as connection:
            return sorted(_read(connection, theirs), key=lambda board: (-board.created_ms, board.id))

    def change(
        self,
        board_id: str,
        *,
        name: str | None = None,
        private: bool | None = None,
        place: int | None = None,
        cover: str | None = None,
    ) -> None:
        """Change what is given, all of it or nothing.

        Args:
            name: New name.
            private: Is it hidden from others?
            place: From 0, among its person's boards; the others make room.
            cover: The item shown first on its cover; empty: the newest again.

        Raises:
            StateError: the name is taken or empty, or the cover's item is not on the board.
        """
        values: dict[str, object] = {}
        if name is not None:
            values["name"] = _checked(name)
        if private is not None:
            values["private"] = private
        if cover is not None:
            values["cover_item"] = cover or None
        try:
            with self._database.writing() as connection:
                here = select(SAVES.c.item_id).where(SAVES.c.board_id == board_id, SAVES.c.item_id == cover)
                if cover and connection.execute(here).first() is None:
                    raise StateError(f"{cover!r} is not on this board: save it there before it can be the cover")
                if values:
                    connection.execute(update(BOARDS).where(BOARDS.c.id == board_id).values(values))
                if place is not None:
                    _move(connection, board_id, place)
        except IntegrityError:
            raise StateError(f"you have a board {name!r} already: choose another name") from None

    def delete(self, board_id: str) -> None:
        """Delete a board with its saves and kept photos, whose bytes are then scrubbed: see :meth:`.Database.scrub`."""
        photos = select(func.count()).where(KEPT_PHOTOS.c.board_id == board_id)
        with self._database.writing() as connection:
            n_photos = int(connection.execute(photos).scalar_one())
            connection.execute(delete(BOARDS).where(BOARDS.c.id == board_id))
        if n_photos:
            self._database.scrub()

    def save(self, board_id: str, item_ids: Sequence[str]) -> int:
        """Put items on a board; gives how many were not there before."""
        rows = [{"board_id": board_id, "item_id": item, "created_ms": now_ms()} for item in dict.fromkeys(item_ids)]
        with self._database.writing() as connection:
            return self._database.insert_new(connection, SAVES, rows)

    def unsave(self, board_id: str, item_id: str) -> bool:
        """Take an item off a board; was it there?"""
        gone = delete(SAVES).where(SAVES.c.board_id == board_id, SAVES.c.item_id == item_id)
        with self._database.writing() as connection:
            return connection.execute(gone.returning(SAVES.c.item_id)).first() is not None

    def first_board(self, person_id: str) -> Board:
        """Where one click saves to: the person's first board, made if there is none."""
        boards = self.of_person(person_id, with_private=True)
        if boards:
            return boards[0]
        try:
            return self.create(person_id, FIRST_BOARD, private=True)
        except StateError:  # another request made it in the meantime
            return self.of_person(person_id, with_private=True)[0]

    def items(self, board_id: str) -> list[Save]:
        """Newest first."""
        rows = select(SAVES).where(SAVES.c.board_id == board_id).order_by(SAVES.c.created_ms.desc(), SAVES.c.item_id)
        with self._database.reading() as connection:
            return [Save(row.board_id, row.item_id, row.created_ms) for row in connection.execute(rows)]

    def saves_of_person(self, person_id: str) -> list[Save]:
        """Everything the person saved, newest first."""
        rows = (
            select(SAVES)
            .join(BOARDS, BOARDS.c.id == SAVES.c.board_id)
            .where(BOARDS.c.person_id == person_id)
            .order_by(SAVES.c.created_ms.desc(), SAVES.c.item_id)
        )
        with self._database.reading() as connection:
            return [Save(row.board_id, row.item_id, row.created_ms) for row in connection.execute(rows)]


def _insert(connection: Connection, board_id: str, person_id: str, name: str, private: bool) -> None:
    mine = BOARDS.c.person_id == person_id
    if int(connection.execute(select(func.count()).where(mine)).scalar_one()) >= MAX_BOARDS:
        raise StateError(f"you have {MAX_BOARDS} boards, no more are kept: delete one")
    connection.execute(update(BOARDS).where(mine).values(place=BOARDS.c.place + 1))
    values = {"id": board_id, "person_id": person_id, "name": name, "private": private, "place": 0}
    connection.execute(insert(BOARDS).values(**values, created_ms=now_ms()))


def _move(connection: Connection, board_id: str, place: int) -> None:
    owner = connection.execute(select(BOARDS.c.person_id).where(BOARDS.c.id == board_id)).scalar_one()
    in_order = select(BOARDS.c.id).where(BOARDS.c.person_id == owner).order_by(BOARDS.c.place, BOARDS.c.id)
    order = list(connection.execute(in_order).scalars())
    order.remove(board_id)
    order.insert(max(0, min(place, len(order))), board_id)
    for at, each in enumerate(order):
        connection.execute(update(BOARDS).where(BOARDS.c.id == each).values(place=at))


def _read(connection: Connection, which: object) -> list[Board]:
    rows = connection.execute(select(BOARDS).where(which).order_by(BOARDS.c.place, BOARDS.c.id)).all()  # type: ignore[arg-type]
    return [_board(connection, row) for row in rows]


def _board(connection: Connection, row: Row) -> Board:  # type: ignore[type-arg]
    here = SAVES.c.board_id == row.id
    n_items = int(connection.execute(select(func.count()).where(here)).scalar_one())
    order = (SAVES.c.item_id == (row.cover_item or "")).desc(), SAVES.c.created_ms.desc(), SAVES.c.item_id
    cover = tuple(connection.execute(select(SAVES.c.item_id).where(here).order_by(*order).limit(4)).scalars())
    chosen = row.cover_item if row.cover_item in cover else None
    return Board(row.id, row.person_id, row.name, bool(row.private), row.place, n_items, cover, chosen, row.created_ms)


def _checked(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
        raise StateError(f"a board's name has 1 to {_MAX_NAME} printable characters, this one {len(name)}: change it")
    return name
