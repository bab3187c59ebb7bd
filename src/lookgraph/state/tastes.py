"""What a person said of likes and dislikes. A style is named by an item that shows it, which outlives generations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from lookgraph.errors import StateError
from lookgraph.state.database import Database, now_ms
from lookgraph.state.tables import TASTES

TASTE_KINDS: Final = ("likes-style", "not-my-style", "hidden", "no-interest")


@dataclass(frozen=True, slots=True)
class Taste:
    """One thing said: this item's style is liked, or is not mine; it is not to be shown; saves like it say nothing."""

    kind: str
    item_id: str
    created_ms: int


class Tastes:
    """Reads and writes tastes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person_id: str, kind: str, item_ids: Sequence[str]) -> int:
        """Note it, as said now, also where it was said before; gives how many were new.

        Raises:
            StateError: there is no such kind.
        """
        if kind not in TASTE_KINDS:
            raise StateError(f"taste {kind!r}: there are {', '.join(TASTE_KINDS)}")
        at = now_ms()
        rows = [
            {"person_id": person_id, "kind": kind, "item_id": item, "created_ms": at}
            for item in dict.fromkeys(item_ids)
        ]
        these = delete(TASTES).where(
            TASTES.c.person_id == person_id,
            TASTES.c.kind == kind,
            TASTES.c.item_id.in_(list(item_ids)),
        )
        with self._database.writing() as connection:
            n_before = len(connection.execute(these.returning(TASTES.c.item_id)).all())
            return self._database.insert_new(connection, TASTES, rows) - n_before

    def remove(self, person_id: str, kind: str, item_id: str) -> bool:
        """Take it back; was it there?"""
        this = delete(TASTES).where(TASTES.c.person_id == person_id, TASTES.c.kind == kind, TASTES.c.item_id == item_id)
        with self._database.writing() as connection:
            return connection.execute(this.returning(TASTES.c.item_id)).first() is not None

    def forget(self, person_id: str) -> None:
        """Take back everything."""
        with self._database.writing() as connection:
            connection.execute(delete(TASTES).where(TASTES.c.person_id == person_id))

    def of_person(self, person_id: str) -> list[Taste]:
        """Newest first."""
        rows = (
            select(TASTES).where(TASTES.c.person_id == person_id).order_by(TASTES.c.created_ms.desc(), TASTES.c.item_id)
        )
        with self._database.reading() as connection:
            return [Taste(row.kind, row.item_id, row.created_ms) for row in connection.execute(rows)]
