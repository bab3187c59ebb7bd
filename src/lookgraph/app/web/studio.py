"""The owner's studio: how the lookbook was made, what was left out, its generations, its people."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lookgraph.app.editions.mapping import map_json
from lookgraph.app.server.leaving import change_role, leave, somebody
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.rendering import PRIVATE, page
from lookgraph.app.server.site import edition_of, person_of, site_of
from lookgraph.errors import LookbookError
from lookgraph.lookbook import generation_names, open_generation, roll_back
from lookgraph.state import ROLES

_ROWS = 100
_GROUPS = 60
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups"
)


def add_routes(app: FastAPI) -> None:
    _add_overview(app)
    _add_map(app)
    _add_left_out(app)
    _add_people(app)


def _add_overview(app: FastAPI) -> None:
    @app.get("/studio", include_in_schema=False)
    def studio(request: Request) -> Response:
        site, edition = site_of(request), edition_of(request)
        return page(
            request,
            "studio/overview.html",
            tab="overview",
            facts=edition.lookbook.manifest,
            edition=edition,
            generations=_generations(request),
            failure=site.editions.last_failure,
        )

    @app.get("/studio/report", include_in_schema=False)
    def report(request: Request, theme: Literal["light", "dark"] | None = None) -> Response:
        """The build's own report, in the system's theme or the one asked for; without scripts or a network."""
        try:
            text = edition_of(request).lookbook.report.read_text("utf-8")
        except OSError:
            raise Problem(404, "no-report", "the report of this generation is gone", "see the current one") from None
        if theme is not None:
            text = text.replace("<html ", f'<html data-theme="{theme}" ', 1)
        return HTMLResponse(
            text, headers={"Content-Security-Policy": _REPORT_POLICY, "Cache-Control": "private, no-cache"}
        )

    @app.post("/studio/rollback", include_in_schema=False)
    def rollback(request: Request, to: Annotated[str, Form(pattern=r"^\d{6}$")]) -> Response:
        editions = site_of(request).editions
        roll_back(editions.root, to)
        editions.look()
        return RedirectResponse("/studio", 303)


def _add_map(app: FastAPI) -> None:
    @app.get("/studio/map", include_in_schema=False)
    def chart(request: Request) -> Response:
        return page(request, "studio/map.html", tab="map", n_nodes=edition_of(request).n_nodes)

    @app.get("/studio/map/data", include_in_schema=False)
    def chart_data(request: Request) -> Response:
        """What the map draws: every photo's place, clusters, attributes, links with attention."""
        return Response(
            map_json(edition_of(request)), media_type="application/json", headers={"Cache-Control": PRIVATE}
        )


def _add_left_out(app: FastAPI) -> None:
    @app.get("/studio/rejected", include_in_schema=False)
    def rejected(
        request: Request,
        reason: Annotated[str, Query(max_length=100)] = "",
        begin: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        table = edition_of(request).lookbook.generation.rejected.to_pylist()
        reasons: dict[str, int] = {}
        for row in table:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
        rows = [row for row in table if not reason or row["reason"] == reason]
        return page(
            request,
            "studio/rejected.html",
            tab="rejected",
            rows=rows[begin : begin + _ROWS],
            reasons=sorted(reasons.items(), key=lambda pair: -pair[1]),
            reason=reason,
            n_all=len(table),
            following=begin + _ROWS if begin + _ROWS < len(rows) else None,
        )

    @app.get("/studio/duplicates", include_in_schema=False)
    def duplicates(request: Request, begin: Annotated[int, Query(ge=0, le=10**9)] = 0) -> Response:
        edition = edition_of(request)
        groups = edition.duplicates
        shown = [[edition.tile(row) for row in group] for group in groups[begin : begin + _GROUPS]]
        following = begin + _GROUPS if begin + _GROUPS < len(groups) else None
        return page(
            request, "studio/duplicates.html", tab="duplicates", groups=shown, n_groups=len(groups), following=following
        )


def _add_people(app: FastAPI) -> None:
    @app.get("/studio/people", include_in_schema=False)
    def people(request: Request) -> Response:
        return page(request, "studio/people.html", tab="people", people=site_of(request).people.all(), roles=ROLES)

    @app.post("/studio/people", include_in_schema=False)
    def add(
        request: Request,
        name: Annotated[str, Form(max_length=200)],
        password: Annotated[str, Form(max_length=1000)],
        role: Annotated[str, Form(pattern="^(guest|member|owner)$")] = "member",
    ) -> Response:
        site_of(request).people.add(name, role, password)
        return RedirectResponse("/studio/people", 303)

    @app.post("/studio/people/delete", include_in_schema=False)
    def delete(request: Request, person: Annotated[str, Form(max_length=64)]) -> Response:
        found = somebody(request, person)
        if found.id == person_of(request).id:
            raise Problem(409, "yourself", "this is you", "delete yourself on your own page")
        leave(request, found)
        return RedirectResponse("/studio/people", 303)

    @app.post("/studio/people/role", include_in_schema=False)
    def role(
        request: Request,
        person: Annotated[str, Form(max_length=64)],
        role: Annotated[str, Form(pattern="^(guest|member|owner)$")],
    ) -> Response:
        changed = change_role(request, somebody(request, person), role)
        is_out = changed.id == person_of(request).id and role != "owner"
        return RedirectResponse("/" if is_out else "/studio/people", 303)


def _generations(request: Request) -> list[dict[str, Any]]:
    """The generations that can be served, newest first."""
    root, current = site_of(request).editions.root, edition_of(request).id
    listed: list[dict[str, Any]] = []
    for name in reversed(generation_names(root)):
        try:
            facts: dict[str, Any] = open_generation(root, name).manifest
            listed.append(
                {
                    "name": name,
                    "created": str(facts.get("created", "")),
                    "items": facts.get("counts", {}).get("items"),
                    "space": facts.get("space", {}).get("space"),
                    "current": name == current,
                    "whole": True,
                }
            )
        except (LookbookError, json.JSONDecodeError):
            listed.append({"name": name, "current": name == current, "whole": False})
    return listed
