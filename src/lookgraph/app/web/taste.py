"""Hide this, not my style, styles that are liked; and what the site has learned, to see and to change."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lookgraph.app.server.personal import forget_hidden
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import is_part, page
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.app.web.boards import ItemId, where_from
from lookgraph.state.tastes import TASTE_KINDS

Kind = Annotated[str, Form(pattern="^(hidden|not-my-style|likes-style|no-interest)$")]


def add_routes(app: FastAPI) -> None:
    _add_changes(app)
    _add_learned(app)


def _add_changes(app: FastAPI) -> None:
    @app.post("/taste", include_in_schema=False)
    def taste(request: Request, kind: Kind, item: ItemId, undo: Annotated[bool, Form()] = False) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        if undo:
            site.tastes.remove(person.id, kind, item)
        else:
            edition.row(item)
            site.tastes.add(person.id, kind, [item])
        forget_hidden(site, person)
        if is_part(request):
            row = edition.row_of_id.get(item)
            style = (
                edition.style_of_cluster[int(edition.clusters[edition.node_of_row[row]])].name
                if row is not None
                else ""
            )
            return JSONResponse({"kind": kind, "undone": undo, "style": style})
        return RedirectResponse(where_from(request), 303)

    @app.post("/taste/styles", include_in_schema=False)
    def styles(request: Request, style: Annotated[list[str] | None, Form(max_length=100)] = None) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        chosen = [edition.ids[edition.row(each)] for each in style or []]
        site.tastes.add(person.id, "likes-style", chosen)
        return RedirectResponse("/", 303)

    @app.post("/taste/forget", include_in_schema=False)
    def forget(request: Request) -> Response:
        site, person = site_of(request), person_of(request)
        site.tastes.forget(person.id)
        site.events.forget(person.id)
        forget_hidden(site, person)
        return RedirectResponse("/learned", 303)


def _add_learned(app: FastAPI) -> None:
    @app.get("/learned", include_in_schema=False)
    def learned(request: Request) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        said: dict[str, list[object]] = {kind: [] for kind in TASTE_KINDS}
        for each in site.tastes.of_person(person.id):
            row = edition.row_of_id.get(each.item_id)
            if row is not None:
                tile = edition.tile(row)
                said[each.kind].append((tile, edition.style_of_cluster[int(edition.clusters[tile.node])]))
        profile = profile_of(site, edition, person)
        return page(
            request,
            "learned.html",
            said=said,
            interests=[(edition.tile_of_node(node), count) for node, count in profile.interests],
            n_saved=len(profile.saved),
            counts=site.events.counts(person.id),
        )
