"""The items: listed, one by one, by words, by filters, by style."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from lookgraph.app.api.models import FacetsAnswer, FullItem, ItemPage, SearchPage, StylesAnswer, problems
from lookgraph.app.editions import Edition
from lookgraph.app.editions.facets import filtered
from lookgraph.app.server.answers import to_json
from lookgraph.app.server.browse import facet_values, read_search
from lookgraph.app.server.site import edition_of, site_of
from lookgraph.app.server.tokens import Listing, Tokens
from lookgraph.catalogue import filter_items

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=4000)]
Where = Annotated[
    str | None,
    Query(description="A filter: season == 'Summer' and gender != 'Men'.", max_length=2000),
]


def add_routes(app: FastAPI) -> None:
    _add_items(app)
    _add_groups(app)


def _add_items(app: FastAPI) -> None:
    @app.get("/api/v1/items", tags=["items"], response_model=ItemPage, responses=problems())
    def items(request: Request, limit: Limit = 50, cursor: Cursor = None, where: Where = None) -> Response:
        """All items in the catalogue's order. `f.COLUMN=VALUE`, repeatable, filters like `where`."""
        edition = edition_of(request)
        rows, tokens = np.flatnonzero(_kept(request, edition, where)), site_of(request).tokens
        begin = _begin(edition, tokens, "items", rows, cursor)
        return _json(_page(edition, tokens, "items", rows, begin, limit))

    @app.get("/api/v1/items/{item_id:path}", tags=["items"], response_model=FullItem, responses=problems(404))
    def item(request: Request, item_id: str) -> Response:
        """One item."""
        edition = edition_of(request)
        row = edition.row(item_id)
        copies = [edition.ids[other] for other in edition.copies(row)]
        return _json({**edition.item(row), "generation": edition.id, "copies": copies})

    @app.get("/api/v1/search", tags=["items"], response_model=SearchPage, responses=problems())
    def search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=200, description="Words of the attributes.")],
        limit: Limit = 50,
        cursor: Cursor = None,
        where: Where = None,
    ) -> Response:
        """Items that have these words among their attributes, best first; `f.COLUMN=VALUE` filters too."""
        edition = edition_of(request)
        relevance = edition.words.search(q) * _kept(request, edition, where)
        found = np.flatnonzero(relevance > 0)
        rows = found[np.argsort(-relevance[found], kind="stable")]
        tokens = site_of(request).tokens
        begin = _begin(edition, tokens, "search", rows, cursor)
        page = _page(edition, tokens, "search", rows, begin, limit)
        token = tokens.shown("search", edition.id, q, [each["id"] for each in page["items"]], begin)
        suggestions = [] if len(rows) else edition.words.suggestions(q)
        return _json(page | {"recommender": "search", "impressions": token, "suggestions": suggestions})


def _add_groups(app: FastAPI) -> None:
    @app.get("/api/v1/facets", tags=["items"], response_model=FacetsAnswer, responses=problems(404))
    def facets(
        request: Request,
        q: Annotated[str | None, Query(max_length=200, description="Words of the attributes.")] = None,
        style: Annotated[str | None, Query(max_length=2000, description="An item; its style narrows down.")] = None,
    ) -> Response:
        """What can be filtered by, with counts; `f.COLUMN=VALUE`, `q` and `style` narrow them down."""
        edition = edition_of(request)
        listed = facet_values(edition, read_search(edition, request.query_params.multi_items()))
        found = [
            {"name": name, "values": [{"value": v.value, "count": v.count} for v in values]}
            for name, _, values in listed
        ]
        return _json({"generation": edition.id, "facets": found})

    @app.get("/api/v1/styles", tags=["items"], response_model=StylesAnswer, responses=problems())
    def styles(request: Request) -> Response:
        """Groups of photos that look alike, with names and covers."""
        edition = edition_of(request)
        listed = [
            {
                "id": edition.tile_of_node(style.cover).id,
                "name": style.name,
                "n_photos": style.n_nodes,
                "covers": [edition.tile_of_node(node).id for node in style.covers],
            }
            for style in edition.styles
        ]
        return _json({"generation": edition.id, "styles": listed})


def _kept(request: Request, edition: Edition, where: str | None) -> np.ndarray:
    """(n_items,) bool: what the address's filters keep."""
    chosen = read_search(edition, request.query_params.multi_items()).facets
    kept = filtered(edition.facets, chosen)
    if kept is None:
        kept = np.ones(edition.n_items, bool)
    return kept if where is None else kept & filter_items(edition.lookbook.items, where)


def _page(
    edition: Edition, tokens: Tokens, listing: Listing, rows: np.ndarray, begin: int, limit: int
) -> dict[str, Any]:
    shown = rows[begin : begin + limit].tolist()
    more = begin + limit < len(rows)
    following = tokens.cursor(listing, {"a": edition.ids[shown[-1]], "o": begin + limit}) if more else None
    return {
        "generation": edition.id,
        "total": len(rows),
        "items": [edition.item(row) for row in shown],
        "next": following,
    }


def _begin(edition: Edition, tokens: Tokens, listing: Listing, rows: np.ndarray, cursor: str | None) -> int:
    """Where a page begins: after the item that was last, wherever a new generation has put it."""
    if cursor is None:
        return 0
    facts = tokens.read_cursor(listing, cursor)
    row = edition.row_of_id.get(str(facts.get("a")))
    at = [] if row is None else np.flatnonzero(rows == row).tolist()
    return int(at[0]) + 1 if at else int(facts.get("o", 0))


def _json(value: Any) -> Response:
    return Response(to_json(value), media_type="application/json")
