"""A person's own feed: what to show them, in an order that is random with known chances."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from lookgraph.app.api.models import FeedPageAnswer, problems
from lookgraph.app.server.answers import to_json
from lookgraph.app.server.browse import PAGE, feed_page, read_search
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.site import edition_of, person_of, site_of


def add_routes(app: FastAPI) -> None:
    @app.get("/api/v1/feed", tags=["items"], response_model=FeedPageAnswer, responses=problems(404))
    def feed(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=200, description="Items a page.")] = PAGE,
        cursor: Annotated[str | None, Query(description="`next` of the page before.", max_length=4000)] = None,
        q: Annotated[str, Query(max_length=200, description="Words of the attributes.")] = "",
        style: Annotated[str, Query(max_length=2000, description="A style's `id`.")] = "",
    ) -> Response:
        """What my home page shows: no photo twice, nothing hidden. `f.COLUMN=VALUE`, repeatable, narrows it down."""
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        search = read_search(edition, request.query_params.multi_items())  # q and style are in it
        profile = profile_of(site, edition, person)
        shown = feed_page(edition, site.tokens, profile, search, cursor or "", limit)
        answer = {
            "generation": edition.id,
            "recommender": "feed",
            "impressions": shown.token,
            "answers": [
                {"position": position, "propensity": propensity, "item": edition.item(tile.row)}
                for tile, position, propensity in zip(shown.tiles, shown.positions, shown.propensities, strict=True)
            ],
            "next": shown.cursor or None,
        }
        return Response(to_json(answer), media_type="application/json")
