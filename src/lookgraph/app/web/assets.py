"""What pages load: the package's own files, and the photos."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response

from lookgraph.app.server.problems import Problem
from lookgraph.app.server.rendering import StaticFiles
from lookgraph.app.server.site import edition_of, site_of
from lookgraph.photos import THUMBNAIL_SIDES

_SIZES: Final = {f"{side}.webp": side for side in THUMBNAIL_SIDES}


def add_routes(app: FastAPI) -> None:
    @app.get("/static/{version}/{name:path}", include_in_schema=False)
    async def static(request: Request, version: str, name: str) -> Response:
        files: StaticFiles = request.app.state.static
        return files.answer(name)

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon(request: Request) -> Response:
        files: StaticFiles = request.app.state.static
        return files.answer("icon.svg")

    @app.get("/photos/{photo_hash}/{size}", include_in_schema=False)
    async def photo(request: Request, photo_hash: str, size: str) -> Response:
        tag = f'"{photo_hash}-{size}"'
        headers = {"ETag": tag, "Cache-Control": "private, max-age=31536000, immutable"}
        side = _SIZES.get(size)
        previous = site_of(request).editions.previous  # an open page may still show what the last one had
        for pictures in (edition_of(request).pictures, previous):
            data = pictures.get(photo_hash, side) if pictures is not None and side is not None else None
            if data is not None:
                if request.headers.get("if-none-match") == tag:
                    return Response(status_code=304, headers=headers)
                return Response(data, headers=headers, media_type="image/webp")
        raise Problem(
            404, "no-photo", f"no photo {photo_hash[:40]} in size {size[:20]}", "take its address from the item"
        )
