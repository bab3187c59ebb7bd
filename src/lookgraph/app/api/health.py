"""Is it up, is it ready, how does it do? And what does the API look like?"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from lookgraph.app.api.models import HealthAnswer, ProblemAnswer, ReadyAnswer, problems
from lookgraph.app.server.answers import to_json
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import site_of


def add_routes(app: FastAPI) -> None:
    @app.get("/api/v1/health", tags=["site"], response_model=HealthAnswer, responses=problems())
    def health() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/api/v1/ready", tags=["site"], response_model=ReadyAnswer, responses=problems(503))
    def ready(request: Request) -> dict[str, Any]:
        """A generation is served and the state can be read."""
        site = site_of(request)
        try:
            with site.database.reading() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            found = f"the state cannot be read ({type(error).__name__})"
            raise Problem(503, "state", found, "the owner has to start its database, or to make room") from None
        edition = site.editions.current
        return {"status": "ready", "generation": edition.id, "neighbours": edition.neighbours.complete}

    @app.get(
        "/api/v1/metrics",
        tags=["site"],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems()},
    )
    def metrics(request: Request) -> Response:
        """For Prometheus."""
        return Response(site_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/api/v1/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        return Response(to_json(describe(request.app)), media_type="application/json")


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the routes under /api."""
    if app.openapi_schema is None:
        routes = [route for route in app.routes if str(getattr(route, "path", "")).startswith("/api/v1")]
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=routes)
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components["ProblemAnswer"] = ProblemAnswer.model_json_schema()
        components.pop("HTTPValidationError", None)
        components.pop("ValidationError", None)
        schema["components"]["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"session": []}, {}]
        app.openapi_schema = schema
    return app.openapi_schema
