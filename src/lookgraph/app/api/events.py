"""What was seen and done. Position, recommender, generation and propensity come from the signed token."""

from __future__ import annotations

from fastapi import FastAPI, Request

from lookgraph.app.api.models import EventsAnswer, NewEvent, NewEvents, problems
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.app.server.tokens import Shown
from lookgraph.state import Event


def add_routes(app: FastAPI) -> None:
    @app.post("/api/v1/events", tags=["events"], status_code=202, response_model=EventsAnswer, responses=problems(404))
    def log(request: Request, sent: NewEvents) -> dict[str, int]:
        """Log events; all of them or, where one is wrong, none.

        An impression must come with the `impressions` token of the page that showed it; other kinds may.
        """
        site, edition = site_of(request), edition_of(request)
        shown = site.tokens.read_shown(sent.impressions) if sent.impressions is not None else None
        for new in sent.events:
            if shown is None:
                edition.row(new.item)  # without a token, the item has at least to be there
        return {"new": site.events.add(person_of(request).id, [_event(new, shown) for new in sent.events])}


def _event(new: NewEvent, shown: Shown | None) -> Event:
    if shown is None:
        if new.kind == "impression":
            raise Problem(
                422,
                "impressions",
                f"event {new.id!r} is an impression without a token",
                "send the `impressions` token of the page that showed it",
            )
        return Event(new.id, new.kind, new.item)
    if new.item not in shown:
        raise Problem(
            422, "impressions", f"item {new.item[:80]!r} was not among what this token showed", "send its own token"
        )
    recommender, generation, query, position, propensity = shown[new.item]
    return Event(new.id, new.kind, new.item, query, recommender, generation, position, propensity)
