"""People: signing in, everything that is kept of one, and deleting it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from lookgraph.app.api.models import (
    Credentials,
    NewPerson,
    PeopleAnswer,
    PersonAnswer,
    PersonChange,
    SessionAnswer,
    problems,
)
from lookgraph.app.server.answers import to_json
from lookgraph.app.server.leaving import change_role, leave, somebody
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import person_of, site_of
from lookgraph.state import Person, export_person
from lookgraph.state.people import SESSION_DAYS


def add_routes(app: FastAPI) -> None:
    _add_sessions(app)

    @app.get("/api/v1/me", tags=["people"], response_model=PersonAnswer, responses=problems())
    def me(request: Request) -> dict[str, str]:
        """Who I am here."""
        return _person(person_of(request))

    @app.get(
        "/api/v1/me/export",
        tags=["people"],
        response_class=Response,
        responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **problems()},
    )
    def export(request: Request) -> Response:
        """Everything that is kept of me."""
        return exported(request)

    @app.delete("/api/v1/me", tags=["people"], status_code=204, responses=problems(409))
    def delete_me(request: Request) -> Response:
        """Delete me, my boards and everything that was logged of me. There is no way back."""
        leave(request, person_of(request))
        return Response(status_code=204)

    @app.get("/api/v1/people", tags=["people"], response_model=PeopleAnswer, responses=problems())
    def people(request: Request) -> dict[str, Any]:
        """Everybody; for the owner."""
        return {"people": [_person(person) for person in site_of(request).people.all()]}

    @app.post("/api/v1/people", tags=["people"], status_code=201, response_model=PersonAnswer, responses=problems(409))
    def add(request: Request, new: NewPerson) -> dict[str, str]:
        """Take somebody in; for the owner."""
        return _person(site_of(request).people.add(new.name, new.role, new.password))

    @app.delete("/api/v1/people/{person_id}", tags=["people"], status_code=204, responses=problems(404, 409))
    def delete(request: Request, person_id: str) -> Response:
        """Delete somebody fully; for the owner."""
        leave(request, somebody(request, person_id))
        return Response(status_code=204)

    @app.patch("/api/v1/people/{person_id}", tags=["people"], response_model=PersonAnswer, responses=problems(404, 409))
    def change(request: Request, person_id: str, wanted: PersonChange) -> dict[str, str]:
        """Change what somebody may, from their next request on; for the owner. The last owner stays one."""
        return _person(change_role(request, somebody(request, person_id), wanted.role))


def _add_sessions(app: FastAPI) -> None:
    @app.post(
        "/api/v1/sessions", tags=["people"], status_code=201, response_model=SessionAnswer, responses=problems(409)
    )
    def sign_in(request: Request, sent: Credentials) -> dict[str, Any]:
        """Sign in: a token for `Authorization: Bearer`."""
        site = site_of(request)
        if not site.with_accounts:
            raise Problem(409, "no-accounts", "this site has no accounts", "everybody on this machine is its owner")
        signed_in = site.people.sign_in(sent.name, sent.password)
        if signed_in is None:
            raise Problem(401, "password", "the name or the password is wrong", "try again")
        return {"token": signed_in[1], "expires_in_s": SESSION_DAYS * 86_400}

    @app.delete("/api/v1/sessions", tags=["people"], status_code=204, responses=problems())
    def sign_out(request: Request) -> Response:
        """End this session."""
        token = request.scope.get("session")
        if token:
            site_of(request).people.sign_out(token)
            request.app.state.sessions.forget()
        return Response(status_code=204)


def exported(request: Request) -> Response:
    """Everything of who asks, as a file."""
    facts = export_person(site_of(request).database, person_of(request).id)
    headers = {"Content-Disposition": 'attachment; filename="lookgraph-export.json"', "Cache-Control": "no-store"}
    return Response(to_json(facts), headers=headers, media_type="application/json")


def _person(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name, "role": person.role}
