"""Close-up: one photo, what is known of it, more like it, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import FastAPI, Form, Query, Request
from starlette.responses import Response

from lookgraph.app.api.similar import read_box
from lookgraph.app.editions import Edition
from lookgraph.app.server.answers import photo_recommender, recommender_name
from lookgraph.app.server.personal import hidden_nodes
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import is_part, page
from lookgraph.app.server.site import Site, edition_of, person_of, site_of
from lookgraph.recommend import Recommendation

By = Literal["style", "shape", "colour"]
ANSWERS = 36
_WHY_NEIGHBOURS = 6


def add_routes(app: FastAPI) -> None:
    _add_item(app)
    _add_answers(app)


def _add_item(app: FastAPI) -> None:
    @app.get("/item/{item_id:path}", include_in_schema=False)
    def item(
        request: Request,
        item_id: str,
        by: By = "style",
        diversity: Annotated[float, Query(ge=0, le=1)] = 0.0,
    ) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        row = edition.row(item_id)
        tile = edition.tile(row)
        return page(
            request,
            "item.html",
            attributes={n: v[row] for n, v in edition.attributes.items() if v[row] is not None},
            filters={facet.name: facet.value(row) for facet in edition.facets},
            style=edition.style_of_cluster[int(edition.clusters[tile.node])],
            edition=edition,
            copies=[edition.tile(other) for other in edition.copies(row)],
            boards=site.boards.of_person(person.id, with_private=True) if person.role != "guest" else [],
            **_more_like(request, row, by, diversity),
        )


def _add_answers(app: FastAPI) -> None:
    @app.get("/more/{item_id:path}", include_in_schema=False)
    def more(
        request: Request,
        item_id: str,
        by: By = "style",
        diversity: Annotated[float, Query(ge=0, le=1)] = 0.0,
    ) -> Response:
        row = edition_of(request).row(item_id)
        return page(request, "parts/more.html", **_more_like(request, row, by, diversity))

    @app.get("/why/{item_id:path}", include_in_schema=False)
    def why(request: Request, item_id: str, of: Annotated[str, Query(max_length=2000)]) -> Response:
        """Why an item is shown beside another: shared neighbours, equal attributes, the network's attention."""
        edition = edition_of(request)
        row, other = edition.row(of), edition.row(item_id)
        shown = {"edition": edition, **_reasons(edition, row, other)}
        if is_part(request):
            return page(request, "parts/why.html", heading="h2", **shown)
        return page(request, "why.html", **shown)

    @app.post("/part/{item_id:path}", include_in_schema=False)
    def part(request: Request, item_id: str, box: Annotated[str, Form(max_length=100)] = "") -> Response:
        """Search by a part of an item's photo."""
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        tile = edition.tile(edition.row(item_id))
        chosen = read_box(box)
        hidden = hidden_nodes(site, edition, person) | {tile.node}
        photo = site.desk.open(edition.lookbook.thumbnail(tile.row, 960), chosen)
        found = edition.similar_to(photo, ANSWERS + len(hidden))
        answers = [answer for answer in found if answer.node not in hidden][:ANSWERS]
        return page(
            request,
            "parts/results.html" if is_part(request) else "results.html",
            heading="Like this part",
            back=tile.url,
            profile=profile_of(site, edition, person),
            **shown_answers(site, edition, answers, photo_recommender(chosen), tile.id),
        )


def shown_answers(
    site: Site, edition: Edition, answers: list[Recommendation], recommender: str, query: str | None
) -> dict[str, Any]:
    """What the template of tiles needs."""
    tiles = [edition.tile(answer.row) for answer in answers]
    return {
        "tiles": tiles,
        "reasons": [answer.reasons for answer in answers],
        "token": site.tokens.shown(recommender, edition.id, query, [tile.id for tile in tiles]),
    }


def _more_like(request: Request, row: int, by: By, diversity: float) -> dict[str, Any]:
    """What both the close-up and its list of answers show of the answers."""
    site, edition, person = site_of(request), edition_of(request), person_of(request)
    name = recommender_name(f"by-{by}", diversity if by == "style" else 0.0)
    answers, tile = _similar(site, edition, row, by, diversity, hidden_nodes(site, edition, person)), edition.tile(row)
    return {
        "tile": tile,
        "by": by,
        "diversity": diversity,
        "profile": profile_of(site, edition, person),
        **shown_answers(site, edition, answers, name, tile.id),
    }


def _similar(
    site: Site, edition: Edition, row: int, by: By, diversity: float, hidden: set[int]
) -> list[Recommendation]:
    if by != "style":
        return edition.by_look(row, by, ANSWERS, hidden)
    if diversity == 0:
        return edition.similar(row, ANSWERS, hidden)
    found = edition.lookbook.similar(edition.ids[row], ANSWERS + len(hidden), diversity=diversity)
    return [answer for answer in found if answer.node not in hidden][:ANSWERS]


def _reasons(edition: Edition, row: int, other: int) -> dict[str, Any]:
    node, there = int(edition.node_of_row[row]), int(edition.node_of_row[other])
    mine, weights = edition.lookbook.attention(node)
    theirs, _ = edition.lookbook.attention(there)
    shared = [int(each) for each in mine if each in theirs]
    attention = None
    if weights is not None and there in mine:
        attention = float(weights[np.flatnonzero(mine == there)[0]])
    equal = [
        (name, values[row])
        for name, values in edition.attributes.items()
        if values[row] is not None and values[row] == values[other]
    ]
    vectors = edition.lookbook.vectors
    return {
        "tile": edition.tile(row),
        "other": edition.tile(other),
        "cosine": float(vectors[node] @ vectors[there]),
        "shared": [edition.tile_of_node(each) for each in shared[:_WHY_NEIGHBOURS]],
        "n_shared": len(shared),
        "n_neighbours": len(mine),
        "attention": attention,
        "searches_encoder": edition.lookbook.manifest["space"]["space"] == "encoder",
        "own_attention": None if weights is None else float(weights[-1]),
        "equal": equal,
    }
