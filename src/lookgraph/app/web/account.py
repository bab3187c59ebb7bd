"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from lookgraph.app.api.people import exported
from lookgraph.app.server.guard import COOKIE
from lookgraph.app.server.leaving import leave
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.rendering import page
from lookgraph.app.server.site import person_of, site_of
from lookgraph.state.people import MIN_PASSWORD, SESSION_DAYS


def add_routes(app: FastAPI) -> None:
    _add_sessions(app)

    @app.get("/me", include_in_schema=False)
    def me(request: Request) -> Response:
        person = person_of(request)
        is_guest = person.role == "guest"  # others have a page of their boards
        boards = site_of(request).boards.of_person(person.id, with_private=True) if is_guest else []
        return page(request, "me.html", min_password=MIN_PASSWORD, boards=boards)

    @app.get("/me/export", include_in_schema=False)
    def export(request: Request) -> Response:
        return exported(request)

    @app.post("/me/delete", include_in_schema=False)
    def delete(request: Request, sure: Annotated[str, Form(max_length=20)] = "") -> Response:
        if sure != "delete":
            raise Problem(422, "not-sure", "nothing was deleted: the box was not filled in", "type delete into the box")
        leave(request, person_of(request))
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response

    @app.post("/me/password", include_in_schema=False)
    def password(
        request: Request,
        old: Annotated[str, Form(max_length=1000)],
        new: Annotated[str, Form(max_length=1000)],
    ) -> Response:
        site, person = site_of(request), person_of(request)
        if not site.with_accounts:
            raise Problem(409, "no-accounts", "this site has no accounts", "there is no password to change")
        if site.people.sign_in(person.name, old) is None:
            raise Problem(403, "password", "the old password is wrong", "try again")
        site.people.set_password(person.id, new)
        request.app.state.sessions.forget()
        return RedirectResponse("/sign-in", 303)


def _add_sessions(app: FastAPI) -> None:
    @app.get("/sign-in", include_in_schema=False)
    def ask(request: Request, next: Annotated[str, Query(max_length=4000)] = "/") -> Response:
        return page(request, "sign-in.html", next=_inside(next), wrong=False)

    @app.post("/sign-in", include_in_schema=False)
    def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        next: Annotated[str, Form(max_length=4000)] = "/",
    ) -> Response:
        site = site_of(request)
        signed_in = site.people.sign_in(name, password) if site.with_accounts else None
        if signed_in is None:
            return page(request, "sign-in.html", 401, next=_inside(next), wrong=True)
        response = RedirectResponse(_inside(next), 303)
        response.set_cookie(
            COOKIE,
            signed_in[1],
            max_age=SESSION_DAYS * 86_400,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
        return response

    @app.post("/sign-out", include_in_schema=False)
    def sign_out(request: Request) -> Response:
        token = request.scope.get("session")
        if token:
            site_of(request).people.sign_out(token)
            request.app.state.sessions.forget()
        response = RedirectResponse("/sign-in" if site_of(request).with_accounts else "/", 303)
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response


def _inside(there: str) -> str:
    """An address of this site, or home: nobody is led elsewhere by a link to the sign-in page."""
    is_path = there.startswith("/") and not there.startswith(("//", "/\\"))
    return there if is_path and there.isprintable() and "\\" not in there else "/"
