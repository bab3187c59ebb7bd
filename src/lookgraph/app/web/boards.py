"""Boards and saves, as pages and as what their buttons do."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lookgraph.app.server.personal import board_ideas, hidden_nodes, own_board, visible_board
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import is_part, page
from lookgraph.app.server.site import edition_of, person_of, site_of

_IDEAS = 36
_MOVES = {"up": -1, "down": 1}
ItemId = Annotated[str, Form(max_length=2000)]
BoardId = Annotated[str, Form(max_length=64)]


def add_routes(app: FastAPI) -> None:
    _add_pages(app)
    _add_changes(app)
    _add_order(app)
    _add_saves(app)


def _add_pages(app: FastAPI) -> None:
    @app.get("/boards", include_in_schema=False)
    def boards(request: Request) -> Response:
        site = site_of(request)
        person = person_of(request)
        listed = site.boards.of_person(person.id, with_private=True)
        photos = site.kept_photos.by_board(person.id)
        names = {each.id: each.name for each in site.people.all()}
        others = [(board, names[board.person_id]) for board in site.boards.of_others(person.id) if board.n_items]
        return page(request, "boards.html", boards=listed, photos=photos, others=others, edition=edition_of(request))

    @app.get("/boards/{board_id}", include_in_schema=False)
    def board(request: Request, board_id: str) -> Response:
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        found = visible_board(site, person, board_id)
        saved = [save.item_id for save in site.boards.items(found.id)]
        is_mine = found.person_id == person.id
        ideas = board_ideas(edition, saved, hidden_nodes(site, edition, person), _IDEAS) if is_mine else []
        tiles = [edition.tile_of_node(idea.node) for idea in ideas]
        return page(
            request,
            "board.html",
            board=found,
            is_mine=is_mine,
            photos=site.kept_photos.on_board(found.id) if is_mine else [],
            tiles=[edition.tile(edition.row_of_id[each]) for each in saved if each in edition.row_of_id],
            n_gone=sum(each not in edition.row_of_id for each in saved),
            ideas=tiles,
            reasons=[(f"like {edition.tile_of_node(idea.because).title}",) for idea in ideas],
            token=site.tokens.shown("board-ideas", edition.id, board_id, [tile.id for tile in tiles]),
            profile=profile_of(site, edition, person),
        )


def _add_changes(app: FastAPI) -> None:
    @app.post("/boards", include_in_schema=False)
    def create(
        request: Request, name: Annotated[str, Form(max_length=200)] = "", public: Annotated[bool, Form()] = False
    ) -> Response:
        made = site_of(request).boards.create(person_of(request).id, name, private=not public)
        return RedirectResponse(f"/boards/{made.id}", 303)

    @app.post("/boards/{board_id}", include_in_schema=False)
    def change(
        request: Request,
        board_id: str,
        name: Annotated[str, Form(max_length=200)] = "",
        public: Annotated[bool, Form()] = False,
    ) -> Response:
        site = site_of(request)
        own_board(site, person_of(request), board_id)
        site.boards.change(board_id, name=name, private=not public)
        return RedirectResponse(f"/boards/{board_id}", 303)

    @app.post("/boards/{board_id}/cover", include_in_schema=False)
    def cover(request: Request, board_id: str, item: Annotated[str, Form(max_length=2000)] = "") -> Response:
        site = site_of(request)
        before = own_board(site, person_of(request), board_id).chosen_cover
        site.boards.change(board_id, cover=item)
        if is_part(request):
            return JSONResponse({"cover": item or None, "before": before})
        return RedirectResponse(f"/boards/{board_id}", 303)

    @app.post("/boards/{board_id}/delete", include_in_schema=False)
    def delete(request: Request, board_id: str) -> Response:
        site = site_of(request)
        own_board(site, person_of(request), board_id)
        site.boards.delete(board_id)
        return RedirectResponse("/boards", 303)


def _add_order(app: FastAPI) -> None:
    @app.post("/boards/{board_id}/move", include_in_schema=False)
    def move(request: Request, board_id: str, way: Annotated[str, Form(pattern="^(up|down)$")]) -> Response:
        site, person = site_of(request), person_of(request)
        board = own_board(site, person, board_id)
        order = [each.id for each in site.boards.of_person(person.id, with_private=True)]
        site.boards.change(board.id, place=order.index(board.id) + _MOVES[way])
        if is_part(request):
            listed = site.boards.of_person(person.id, with_private=True)
            return page(
                request,
                "parts/boards.html",
                boards=listed,
                photos=site.kept_photos.by_board(person.id),
                edition=edition_of(request),
                moved=board.id,
                way=way,
            )
        return RedirectResponse("/boards", 303)


def _add_saves(app: FastAPI) -> None:
    @app.post("/save", include_in_schema=False)
    def save(request: Request, item: ItemId, board: BoardId = "") -> Response:
        site, person = site_of(request), person_of(request)
        edition_of(request).row(item)
        chosen = own_board(site, person, board) if board else site.boards.first_board(person.id)
        is_new = site.boards.save(chosen.id, [item]) == 1
        if is_part(request):
            return JSONResponse({"saved": True, "new": is_new, "board": {"id": chosen.id, "name": chosen.name}})
        return RedirectResponse(where_from(request), 303)

    @app.post("/unsave", include_in_schema=False)
    def unsave(request: Request, item: ItemId, board: BoardId = "") -> Response:
        site, person = site_of(request), person_of(request)
        boards = [own_board(site, person, board)] if board else site.boards.of_person(person.id, with_private=True)
        left = [{"id": each.id, "name": each.name} for each in boards if site.boards.unsave(each.id, item)]
        if is_part(request):
            return JSONResponse({"saved": False, "boards": left})
        return RedirectResponse(where_from(request), 303)


def where_from(request: Request) -> str:
    """The page of this site that a form was on; home where that is not known."""
    there = urlsplit(request.headers.get("referer", ""))
    if there.netloc.lower() != request.headers.get("host", "").lower() or not there.path.startswith("/"):
        return "/"
    path = "/" + there.path.lstrip("/")  # never //elsewhere
    return f"{path}?{there.query}" if there.query else path
