"""The site and the API as one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from lookgraph import config
from lookgraph.app import api, web
from lookgraph.app.api.similar import SIMILAR, QuickSimilar
from lookgraph.app.server.access import ACCESS
from lookgraph.app.server.guard import Guard, Sessions
from lookgraph.app.server.middleware import Perimeter
from lookgraph.app.server.problems import Problem, problem_of, problem_response
from lookgraph.app.server.rendering import Pages, StaticFiles, is_part, page
from lookgraph.app.server.site import Site, open_site
from lookgraph.errors import LookgraphError


def create_app(
    lookbook: Path, settings: config.ServeSettings | None = None, *, watch: bool = True, fill: bool = True
) -> FastAPI:
    """Make the application over one lookbook.

    Args:
        lookbook: The folder that ``build`` made.
        settings: Limits and accounts; None: the defaults, for this machine alone.
        watch: Serve new generations as they are published.
        fill: Find all neighbours at the start, in a thread.

    Raises:
        LookgraphError: the lookbook or the state cannot be opened, or the site would be open to all without accounts.
    """
    site = open_site(lookbook, settings or config.ServeSettings(), fill=fill)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if watch:
            site.editions.watch()
        yield
        site.close()

    app = FastAPI(
        title="Lookgraph",
        version="1",
        description="Fashion recommendations over one lookbook. Errors are problem+json with a remedy.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.site, app.state.static = site, StaticFiles()
    app.state.pages, app.state.sessions = Pages(app.state.static), Sessions(site)
    api.add_routes(app)
    web.add_routes(app)
    guard_routes(app.router.routes, site, app.state.sessions)
    app.add_middleware(Perimeter, site=site, answer=lambda scope, problem: _answer(app, scope, problem))
    _handle_errors(app)
    return app


def guard_routes(routes: list[BaseRoute], site: Site, sessions: Sessions) -> None:
    """Put every route behind its guard.

    Raises:
        RuntimeError: a route is not in the table of who may call it.
    """
    for route in routes:
        if not isinstance(route, Route):
            raise RuntimeError(f"{route!r} is no plain route: it cannot be guarded")
        methods = {method for method in route.methods or () if method != "HEAD"}  # which never gets here: see Perimeter
        missing = sorted(method for method in methods if (method, route.path) not in ACCESS)
        if missing or not methods:
            raise RuntimeError(f"{missing} {route.path} is not classified: add it to lookgraph.app.server.access")
        access = {method: ACCESS[method, route.path] for method in methods}
        if route.path == SIMILAR and "GET" in methods:
            route.app = QuickSimilar(route.app)
        route.app = Guard(route.app, route.path, access, site, sessions)


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return _answer(app, request.scope, problem)

    @app.exception_handler(LookgraphError)
    async def on_error(request: Request, error: LookgraphError) -> Response:
        return _answer(app, request.scope, problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        found = "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in error.errors()[:5])
        is_api = request.url.path.startswith("/api/")
        remedy = "see /api/v1/openapi.json for what is taken" if is_api else "correct the address, or go back"
        problem = Problem(422, "invalid", found, remedy)
        return _answer(app, request.scope, problem)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 404:
            problem = Problem(
                404, "no-such-page", "there is nothing at this address", "begin at the home page", headers
            )
        elif error.status_code == 405:
            allowed = ", ".join(_methods(app, request.scope))
            headers["Allow"] = allowed
            problem = Problem(405, "method", f"{request.method} is not answered here", f"use {allowed}", headers)
        else:
            problem = Problem(error.status_code, "request", str(error.detail), "correct the request", headers)
        return _answer(app, request.scope, problem)

    @app.exception_handler(DataError)
    async def on_unstorable(request: Request, _: DataError) -> Response:
        problem = Problem(
            422, "value", "a value holds what no database takes, such as the character NUL", "correct the request"
        )
        return _answer(app, request.scope, problem)

    @app.exception_handler(IntegrityError)
    async def on_gone(request: Request, _: IntegrityError) -> Response:
        problem = Problem(
            409, "gone", "what this belongs to was deleted in the meantime", "load the page again, and choose anew"
        )
        return _answer(app, request.scope, problem)


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """The methods of all routes at an address."""
    there = [route for route in app.router.routes if isinstance(route, Route) and route.matches(scope)[0] != Match.NONE]
    return sorted({method for route in there for method in route.methods or ()})


def _answer(app: FastAPI, scope: Scope, problem: Problem) -> Response:
    """A problem as its asker can read it."""
    if scope["path"].startswith("/api/"):
        return problem_response(problem)
    scope.setdefault("app", app)
    request = Request(scope)
    template = "parts/problem.html" if is_part(request) else "problem.html"
    response: Any = page(request, template, problem.status, problem=problem)
    response.headers.update(dict(problem.headers or {}))
    return response  # type: ignore[no-any-return]
