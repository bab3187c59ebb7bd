"""Everything that is kept of a person, to give it. :meth:`.People.delete` deletes it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from sqlalchemy import select

from lookgraph.state.database import Database
from lookgraph.state.tables import BOARDS, EVENTS, KEPT_PHOTOS, METADATA, PEOPLE, SAVES, SESSIONS, TASTES

_LEFT_OUT: Final = {"password_hash", "token_hash", "small"}  # secrets, and what is another column made smaller
_OF_PERSON: Final = {
    "sessions": (SESSIONS, SESSIONS.c.person_id),
    "boards": (BOARDS, BOARDS.c.person_id),
    "kept_photos": (KEPT_PHOTOS, KEPT_PHOTOS.c.person_id),
    "tastes": (TASTES, TASTES.c.person_id),
    "events": (EVENTS, EVENTS.c.person_id),
}


def export_person(database: Database, person_id: str) -> dict[str, Any]:
    """All rows of a person in every table, but for the hashes of passwords and sessions; photos as WebP in base64."""
    with database.reading() as connection:
        person = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).mappings().one()
        exported: dict[str, Any] = {"person": _open(dict(person))}
        for name, (table, owner) in _OF_PERSON.items():
            rows = connection.execute(select(table).where(owner == person_id)).mappings()
            exported[name] = [_open(dict(row)) for row in rows]
        saves = select(SAVES).join(BOARDS, BOARDS.c.id == SAVES.c.board_id).where(BOARDS.c.person_id == person_id)
        exported["saves"] = [_open(dict(row)) for row in connection.execute(saves).mappings()]
    return exported


def personal_tables() -> list[str]:
    """The tables that hold something of a person."""
    return sorted(name for name in METADATA.tables if name != "secrets")


def _open(row: dict[str, Any]) -> dict[str, Any]:
    shown = {str(name): value for name, value in row.items() if name not in _LEFT_OUT}
    return {n: b64encode(value).decode() if isinstance(value, bytes) else value for n, value in shown.items()}
