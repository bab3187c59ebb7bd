"""The keys that work everywhere, and what programs can ask."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from lookgraph.app.api.health import describe
from lookgraph.app.server.rendering import page


def add_routes(app: FastAPI) -> None:
    @app.get("/keys", include_in_schema=False)
    def keys(request: Request) -> Response:
        return page(request, "keys.html")

    @app.get("/api", include_in_schema=False)
    def api(request: Request) -> Response:
        operations = [
            (method.upper(), path, facts)
            for path, methods in describe(request.app)["paths"].items()
            for method, facts in methods.items()
        ]
        return page(request, "api.html", operations=operations)
