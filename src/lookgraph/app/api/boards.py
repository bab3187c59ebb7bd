"""Boards, saves, and ideas for a board; what is not to be shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import FastAPI, File, Form, Request, UploadFile
from starlette.responses import Response

from lookgraph.app.api.catalogue import Cursor, Limit
from lookgraph.app.api.models import (
    BoardAnswer,
    BoardChange,
    BoardsAnswer,
    FullBoard,
    Hidden,
    IdeasAnswer,
    KeptPhotoAnswer,
    NewBoard,
    Saved,
    problems,
)
from lookgraph.app.api.similar import BOX_HELP, read_box
from lookgraph.app.server.answers import to_json
from lookgraph.app.server.personal import (
    board_ideas,
    forget_hidden,
    hidden_nodes,
    keep_photo,
    own_board,
    own_photo,
    visible_board,
)
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.app.server.tokens import Tokens
from lookgraph.state import Board, KeptPhoto, Save

_IDEAS = 30


def add_routes(app: FastAPI) -> None:
    _add_boards(app)
    _add_changes(app)
    _add_ideas(app)
    _add_saves(app)
    _add_photos(app)


def _add_boards(app: FastAPI) -> None:
    @app.get("/api/v1/boards", tags=["boards"], response_model=BoardsAnswer, responses=problems())
    def boards(request: Request) -> dict[str, Any]:
        """One's own boards, in one's own order."""
        listed = site_of(request).boards.of_person(person_of(request).id, with_private=True)
        return {"boards": [_board(board) for board in listed]}

    @app.post("/api/v1/boards", tags=["boards"], status_code=201, response_model=BoardAnswer, responses=problems(409))
    def create(request: Request, new: NewBoard) -> dict[str, Any]:
        """Make a board."""
        return _board(site_of(request).boards.create(person_of(request).id, new.name, new.private))

    @app.get("/api/v1/boards/{board_id}", tags=["boards"], response_model=FullBoard, responses=problems(404))
    def board(request: Request, board_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response:
        """A board with its items: an own one, or one that is not private."""
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        found = visible_board(site, person, board_id)
        saves = site.boards.items(found.id)
        here = [save for save in saves if save.item_id in edition.row_of_id]
        begin = _begin(site.tokens, here, found.id, cursor)
        page = here[begin : begin + limit]
        last = [found.id, page[-1].created_ms, page[-1].item_id] if begin + limit < len(here) else None
        photos = site.kept_photos.on_board(found.id) if found.person_id == person.id else []
        answer = _board(found) | {
            "photos": [_photo(photo) for photo in photos],
            "generation": edition.id,
            "total": len(here),
            "items": [edition.item(edition.row_of_id[save.item_id]) for save in page],
            "next": None if last is None else site.tokens.cursor("board", {"last": last}),
            "gone": [save.item_id for save in saves if save.item_id not in edition.row_of_id],
        }
        return Response(to_json(answer), media_type="application/json")


def _begin(tokens: Tokens, saves: Sequence[Save], board_id: str, cursor: str | None) -> int:
    """Where a page begins: after the save that was last, whether it is still there or not."""
    if cursor is None:
        return 0
    of, created_ms, item_id = tokens.read_cursor("board", cursor)["last"]
    if of != board_id:
        raise Problem(400, "cursor", "the cursor is another board's", "send `next` of this board's page before")
    return bisect_right(saves, (-created_ms, item_id), key=lambda save: (-save.created_ms, save.item_id))


def _add_changes(app: FastAPI) -> None:
    @app.patch("/api/v1/boards/{board_id}", tags=["boards"], response_model=BoardAnswer, responses=problems(404, 409))
    def change(request: Request, board_id: str, wanted: BoardChange) -> dict[str, Any]:
        """Rename a board, move it, choose its cover, show it to others or not: all that is named, or nothing."""
        site = site_of(request)
        own_board(site, person_of(request), board_id)
        site.boards.change(board_id, name=wanted.name, private=wanted.private, place=wanted.place, cover=wanted.cover)
        return _board(own_board(site, person_of(request), board_id))

    @app.delete("/api/v1/boards/{board_id}", tags=["boards"], status_code=204, responses=problems(404))
    def delete(request: Request, board_id: str) -> Response:
        """Delete a board and its saves."""
        own_board(site_of(request), person_of(request), board_id)
        site_of(request).boards.delete(board_id)
        return Response(status_code=204)


def _add_ideas(app: FastAPI) -> None:
    @app.get("/api/v1/ideas/{board_id}", tags=["boards"], response_model=IdeasAnswer, responses=problems(404))
    def ideas(request: Request, board_id: str) -> Response:
        """More for an own board, from each of its interests."""
        site, edition, person = site_of(request), edition_of(request), person_of(request)
        board = own_board(site, person, board_id)
        saved = [save.item_id for save in site.boards.items(board.id)]
        found = board_ideas(edition, saved, hidden_nodes(site, edition, person), _IDEAS)
        rows = [int(edition.row_of_node[idea.node]) for idea in found]
        answer = {
            "generation": edition.id,
            "query": board_id,
            "recommender": "board-ideas",
            "impressions": site.tokens.shown("board-ideas", edition.id, board_id, [edition.ids[row] for row in rows]),
            "answers": [
                {
                    "position": position,
                    "because": edition.tile_of_node(idea.because).id,
                    "score": round(idea.score, 6),
                    "item": edition.item(row),
                }
                for position, (idea, row) in enumerate(zip(found, rows, strict=True))
            ],
        }
        return Response(to_json(answer), media_type="application/json")


def _add_saves(app: FastAPI) -> None:
    @app.put(
        "/api/v1/boards/{board_id}/items/{item_id:path}",
        tags=["boards"],
        response_model=Saved,
        responses=problems(404),
    )
    def save(request: Request, board_id: str, item_id: str) -> dict[str, bool]:
        """Save an item to an own board; saved again, nothing changes."""
        site = site_of(request)
        board = own_board(site, person_of(request), board_id)
        edition_of(request).row(item_id)
        return {"saved": True, "new": site.boards.save(board.id, [item_id]) == 1}

    @app.delete(
        "/api/v1/boards/{board_id}/items/{item_id:path}",
        tags=["boards"],
        response_model=Saved,
        responses=problems(404),
    )
    def unsave(request: Request, board_id: str, item_id: str) -> dict[str, bool]:
        """Take an item off an own board; `new` says whether it was on it."""
        site = site_of(request)
        board = own_board(site, person_of(request), board_id)
        return {"saved": False, "new": site.boards.unsave(board.id, item_id)}

    @app.put("/api/v1/hides/{item_id:path}", tags=["boards"], response_model=Hidden, responses=problems(404))
    def hide(request: Request, item_id: str) -> dict[str, bool]:
        """Show this item's photo to me no more."""
        site, person = site_of(request), person_of(request)
        edition_of(request).row(item_id)
        site.tastes.add(person.id, "hidden", [item_id])
        forget_hidden(site, person)
        return {"hidden": True}

    @app.delete("/api/v1/hides/{item_id:path}", tags=["boards"], response_model=Hidden, responses=problems())
    def unhide(request: Request, item_id: str) -> dict[str, bool]:
        """Show it again."""
        site, person = site_of(request), person_of(request)
        site.tastes.remove(person.id, "hidden", item_id)
        forget_hidden(site, person)
        return {"hidden": False}


def _add_photos(app: FastAPI) -> None:
    @app.post(
        "/api/v1/boards/{board_id}/photos",
        tags=["boards"],
        status_code=201,
        response_model=KeptPhotoAnswer,
        responses=problems(404, 409, 503),
    )
    def keep(
        request: Request,
        board_id: str,
        photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP, GIF or AVIF.")],
        box: Annotated[str | None, Form(description=BOX_HELP, max_length=100)] = None,
    ) -> dict[str, Any]:
        """Keep a photo of one's own on an own board: a copy of up to 960 pixels, without metadata."""
        site, person = site_of(request), person_of(request)
        board = own_board(site, person, board_id)
        return _photo(keep_photo(site, person, board.id, photo.file.read(), read_box(box)))

    @app.delete("/api/v1/kept-photos/{photo_id}", tags=["boards"], status_code=204, responses=problems(404))
    def delete(request: Request, photo_id: str) -> Response:
        """Delete a photo that one kept."""
        site = site_of(request)
        site.kept_photos.delete(own_photo(site, person_of(request), photo_id).id)
        return Response(status_code=204)


def _photo(photo: KeptPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "board": photo.board_id,
        "width": photo.width,
        "height": photo.height,
        "colour": photo.colour,
        "url": f"/kept/{photo.id}/large.webp",
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "id": board.id,
        "name": board.name,
        "private": board.private,
        "place": board.place,
        "n_items": board.n_items,
        "cover": list(board.cover),
        "chosen_cover": board.chosen_cover,
    }
