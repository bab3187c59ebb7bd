"""Pages of items: a cursor names the last item that was shown, so it holds while items come and go before it."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import Query

from lookgraph.app.editions import Edition
from lookgraph.app.server.tokens import Listing, Tokens

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=4000)]


def page_of(
    edition: Edition, tokens: Tokens, listing: Listing, rows: np.ndarray, begin: int, limit: int
) -> dict[str, Any]:
    """A page of a listing, as :class:`~lookgraph.app.api.models.ItemPage`.

    Args:
        rows: (n,) int64: all that the listing has, in its order.
        begin: Where the page begins.
        limit: Items of it, at most.
    """
    shown = rows[begin : begin + limit].tolist()
    more = begin + limit < len(rows)
    following = tokens.cursor(listing, {"a": edition.ids[shown[-1]], "o": begin + limit}) if more else None
    return {
        "generation": edition.id,
        "total": len(rows),
        "items": [edition.item(row) for row in shown],
        "next": following,
    }


def begin_of(edition: Edition, tokens: Tokens, listing: Listing, rows: np.ndarray, cursor: str | None) -> int:
    """Where a page begins: after the item that was last, wherever a new generation has put it."""
    if cursor is None:
        return 0
    facts = tokens.read_cursor(listing, cursor)
    row = edition.row_of_id.get(str(facts.get("a")))
    at = [] if row is None else np.flatnonzero(rows == row).tolist()
    return int(at[0]) + 1 if at else int(facts.get("o", 0))
