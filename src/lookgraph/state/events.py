"""What people were shown and what they did. Later work learns from it, so each row says how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import delete, func, select

from lookgraph.state.database import Database, now_ms
from lookgraph.state.tables import EVENTS

EventKind = Literal["impression", "click", "save", "unsave", "hide", "unhide", "purchase"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened between a person and an item.

    Attributes:
        id: Chosen by who reports it: reported twice, it is kept once.
        query: The item or board that was asked about, where there was one.
        recommender: What put the item there.
        generation: The build it answered from.
        position: Its place in what was shown, from 0.
        propensity: Probability with which the recommender put it at that place, given those before it.
    """

    id: str
    kind: EventKind
    item_id: str
    query: str | None = None
    recommender: str | None = None
    generation: str | None = None
    position: int | None = None
    propensity: float | None = None
    created_ms: int = 0


class Events:
    """Reads and writes events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person_id: str, events: Sequence[Event]) -> int:
        """Log them in one transaction; gives how many were new. ``created_ms`` is the time of logging."""
        at = now_ms()
        rows = [
            asdict(event) | {"id": f"{person_id}:{event.id}", "person_id": person_id, "created_ms": at}
            for event in events
        ]
        with self._database.writing() as connection:
            return self._database.insert_new(connection, EVENTS, rows)

    def of_person(self, person_id: str, limit: int | None = None) -> list[Event]:
        """Newest first."""
        rows = select(EVENTS).where(EVENTS.c.person_id == person_id).order_by(EVENTS.c.created_ms.desc(), EVENTS.c.id)
        fields = list(Event.__dataclass_fields__)
        with self._database.reading() as connection:
            found = connection.execute(rows if limit is None else rows.limit(limit)).mappings().all()
        return [Event(**{name: row[name] for name in fields}) for row in found]

    def counts(self, person_id: str) -> dict[str, int]:
        """How many of each kind."""
        rows = select(EVENTS.c.kind, func.count()).where(EVENTS.c.person_id == person_id).group_by(EVENTS.c.kind)
        with self._database.reading() as connection:
            return {kind: int(count) for kind, count in connection.execute(rows).all()}

    def forget(self, person_id: str) -> None:
        """Delete all that was logged of a person."""
        with self._database.writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.person_id == person_id))
