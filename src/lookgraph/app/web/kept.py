"""One's own photos on one's boards: kept when they are saved and not before, for nobody else, deleted at once."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import FastAPI, File, Form, Request, UploadFile
from starlette.responses import JSONResponse, RedirectResponse, Response

from lookgraph.app.api.similar import read_box
from lookgraph.app.server.answers import photo_recommender
from lookgraph.app.server.personal import hidden_nodes, keep_photo, own_photo
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.profile import profile_of
from lookgraph.app.server.rendering import is_part, page
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.app.web.closeup import ANSWERS, shown_answers
from lookgraph.photos import Box
from lookgraph.state import KeptPhoto
from lookgraph.state.kept_photos import Size

_SIZES: Final[dict[str, Size]] = {"small.webp": "small", "large.webp": "large"}


def add_routes(app: FastAPI) -> None:
    _add_changes(app)

    @app.get("/kept/{photo_id}", include_in_schema=False)
    def close_up(request: Request, photo_id: str) -> Response:
        site, person = site_of(request), person_of(request)
        photo = own_photo(site, person, photo_id)
        board = site.boards.get(photo.board_id)
        return page(request, "kept.html", photo=photo, board=board, **_like(request, photo, None))

    @app.post("/kept/{photo_id}", include_in_schema=False)
    def part(request: Request, photo_id: str, box: Annotated[str, Form(max_length=100)] = "") -> Response:
        """Search by a part of it."""
        photo = own_photo(site_of(request), person_of(request), photo_id)
        template = "parts/results.html" if is_part(request) else "results.html"
        return page(request, template, back=f"/kept/{photo.id}", **_like(request, photo, read_box(box)))

    @app.get("/kept/{photo_id}/{size}", include_in_schema=False)
    def file(request: Request, photo_id: str, size: str) -> Response:
        site = site_of(request)
        photo = own_photo(site, person_of(request), photo_id)
        data = site.kept_photos.file(photo.id, _SIZES[size]) if size in _SIZES else None
        if data is None:
            raise Problem(404, "no-photo", f"no photo in size {size[:20]}", "take its address from the board")
        tag = f'"{photo.id}-{size}"'
        # Browsers ask anew each time: it may be gone, or somebody else may have signed in.
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="image/webp")


def _add_changes(app: FastAPI) -> None:
    @app.post("/photo/keep", include_in_schema=False)
    def keep(
        request: Request,
        photo: Annotated[UploadFile, File()],
        box: Annotated[str, Form(max_length=100)] = "",
        board: Annotated[str, Form(max_length=64)] = "",
    ) -> Response:
        site, person = site_of(request), person_of(request)
        kept = keep_photo(site, person, board, photo.file.read(), read_box(box))
        if not is_part(request):
            return RedirectResponse(f"/boards/{kept.board_id}", 303)
        on = site.boards.get(kept.board_id)
        return JSONResponse({"id": kept.id, "board": {"id": kept.board_id, "name": "" if on is None else on.name}})

    @app.post("/kept/{photo_id}/delete", include_in_schema=False)
    def delete(request: Request, photo_id: str) -> Response:
        site = site_of(request)
        photo = own_photo(site, person_of(request), photo_id)
        site.kept_photos.delete(photo.id)
        return Response(status_code=204) if is_part(request) else RedirectResponse(f"/boards/{photo.board_id}", 303)


def _like(request: Request, photo: KeptPhoto, box: Box | None) -> dict[str, Any]:
    """What in the catalogue is like a kept photo, or a part of it."""
    site, edition, person = site_of(request), edition_of(request), person_of(request)
    hidden = hidden_nodes(site, edition, person)
    decoded = site.desk.open(site.kept_photos.file(photo.id, "large") or b"", box)
    answers = [each for each in edition.similar_to(decoded, ANSWERS + len(hidden)) if each.node not in hidden]
    return {
        "heading": "Like your photo" if box is None else "Like this part",
        "profile": profile_of(site, edition, person),
        **shown_answers(site, edition, answers[:ANSWERS], photo_recommender(box), None),
    }
