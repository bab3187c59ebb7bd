"""Pages from templates: what every page knows, and the files that browsers keep."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from fastapi import Request
from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse, Response

from lookgraph.app.editions import Edition
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import site_of
from lookgraph.evaluate import MAP_FOLDER

_FOREVER: Final = "public, max-age=31536000, immutable"
PRIVATE: Final = "private, no-cache"
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/json",
}


class StaticFiles:
    """The files of the package, in memory, under an address that changes with any of them."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        _collect(files("lookgraph.app.web") / "static", "", self._files)
        _collect(MAP_FOLDER, "map/", self._files)  # the report's map, which lies where the report is made
        digest = hashlib.sha256()
        for name in sorted(self._files):
            digest.update(name.encode() + self._files[name][0])
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"

    def answer(self, name: str) -> Response:
        found = self._files.get(name)
        if found is None:
            raise Problem(404, "static", f"there is no file {name[:80]!r}", "reload the page")
        return Response(found[0], headers={"Cache-Control": _FOREVER}, media_type=found[1])


def _collect(folder: Any, prefix: str, into: dict[str, tuple[bytes, str]]) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            _collect(entry, f"{prefix}{entry.name}/", into)
        else:
            ending = "." + entry.name.rsplit(".", 1)[-1]
            kind = _TYPES.get(ending) or mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
            into[prefix + entry.name] = (entry.read_bytes(), kind)


class Pages:
    """Renders templates."""

    def __init__(self, static: StaticFiles) -> None:
        self._templates = Environment(
            loader=PackageLoader("lookgraph.app.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.globals["static"] = static.url

    def text(self, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(**values)

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page; it is never kept by a cache that others share."""
        person = request.scope.get("person")
        edition: Edition | None = request.scope.get("edition")
        text = self._templates.get_template(template).render(
            person=person,
            generation=edition.id if edition else "",
            origin=edition.origin if edition else {},
            with_accounts=site_of(request).with_accounts,
            may_save=person is not None and person.role != "guest",
            path=request.url.path,
            **values,
        )
        return HTMLResponse(text, status, {"Cache-Control": PRIVATE, "Vary": "Cookie"})


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **values)


def part(request: Request, template: str, **values: Any) -> str:
    """A piece of a page that is the same for everybody."""
    pages: Pages = request.app.state.pages
    return pages.text(template, **values)


def is_part(request: Request) -> bool:
    """Is this for a part of a page that is open, not for a page of its own?"""
    return asks_for_part(request.headers)


def asks_for_part(headers: Mapping[str, str]) -> bool:
    """The same, of headers in small letters."""
    return "hx-request" in headers or headers.get("x-part") == "1"
