"""The door of every route: who asks, may they, from where, how often. Before a byte of the body is read."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lookgraph.app.server.access import ROLE_ACCESS, Access
from lookgraph.app.server.problems import Problem
from lookgraph.app.server.remembered import Remembered
from lookgraph.app.server.rendering import asks_for_part
from lookgraph.app.server.site import Site
from lookgraph.state import Person

COOKIE: Final = "__Host-lookgraph"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_UPLOADS: Final = (
    "/api/v1/similar",
    "/api/v1/boards/{board_id}/photos",
    "/photo",
    "/photo/keep",
    "/part/{item_id:path}",
    "/kept/{photo_id}",
)
_PICTURES: Final = ("/photos/{photo_hash}/{size}", "/kept/{photo_id}/{size}", "/static/{version}/{name:path}")
"""Who is known loads as many of these as pages show: a minute's scrolling is thousands."""
_PROGRAMS_SIGN_IN: Final = "/api/v1/sessions"
_SIGN_INS: Final = ("/sign-in", _PROGRAMS_SIGN_IN)
_PASSWORDS: Final = ("/me/password",)
_LIMIT_SETTINGS: Final = {"all": "requests", "upload": "uploads", "sign-in": "sign_ins"}
_LONGEST_TOKEN: Final = 64


class Sessions:
    """Who a session's token is, remembered for a few seconds."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: Remembered[str, Person] = Remembered()

    def person(self, token: str) -> Person | None:
        """Nobody for a token that is none of ours; that is not remembered, so strangers fill no memory."""
        if not 0 < len(token) <= _LONGEST_TOKEN:
            return None
        return self._known.get(token, lambda: self._site.people.of_session(token))

    def forget(self) -> None:
        """After somebody signed out or was deleted: nobody is remembered."""
        self._known.forget()


class Guard:
    """Wraps one route's application."""

    def __init__(self, inner: ASGIApp, route: str, access: dict[str, Access], site: Site, sessions: Sessions) -> None:
        self._inner, self._route, self._access = inner, route, access
        self._site, self._sessions = site, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["edition"] = self._site.editions.current
        access = self._access[scope["method"]]
        owner = self._site.owner
        if owner is not None:
            scope["person"] = owner
            if scope["method"] not in _SAFE:
                _check_origin(_headers(scope), strict=False)
        else:
            refusal = self._admit(scope, access)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._inner(scope, receive, send)

    def _admit(self, scope: Scope, access: Access) -> Response | None:
        """Find out who it is; raises a Problem, or gives the way to the sign-in page."""
        headers = _headers(scope)
        authorization = headers.get("authorization", "")
        is_bearer = authorization[:7].lower() == "bearer "  # any other scheme a browser sends by itself, as cookies
        token = authorization[7:] if is_bearer else _cookie(headers.get("cookie", ""))
        person = self._sessions.person(token)
        scope["person"], scope["session"] = person, token
        client = scope["client"][0] if scope.get("client") else "unknown"
        if person is None or self._route not in _PICTURES:
            self._limit("all", person.id if person else client)
        if scope["method"] == "POST" and self._route in _UPLOADS:
            self._limit("upload", person.id if person else client)
        if scope["method"] == "POST" and self._route in _SIGN_INS:
            self._limit("sign-in", client)
        if scope["method"] == "POST" and self._route in _PASSWORDS:
            self._limit("sign-in", f"password of {person.id if person else client}")
        if scope["method"] not in _SAFE and not is_bearer:
            _check_origin(headers, strict=self._route != _PROGRAMS_SIGN_IN)
        if access == Access.EVERYBODY:
            return None
        if person is None:
            if scope["path"].startswith("/api/"):
                raise Problem(
                    401,
                    "sign-in",
                    "this needs somebody who signed in",
                    "POST name and password to /api/v1/sessions and send its token as `Authorization: Bearer`",
                    {"WWW-Authenticate": "Bearer"},
                )
            if scope["method"] not in _SAFE or asks_for_part(headers):
                raise Problem(401, "sign-in", "this needs somebody who signed in", "sign in, then try again")
            there = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            return RedirectResponse(f"/sign-in?next={quote(there, safe='')}", 303)
        if ROLE_ACCESS[person.role] < access:
            raise Problem(
                403,
                "role",
                f"this needs a {access.name.lower()}, you are a {person.role}",
                "ask the owner of this site",
            )
        return None

    def _limit(self, what: str, key: str) -> None:
        wait_s = self._site.limits[what].wait_s(key)
        if wait_s:
            setting = f"serve.{_LIMIT_SETTINGS[what]}_per_minute"
            seconds = str(int(wait_s) + 1)
            raise Problem(
                429, "rate", f"more requests than {setting} allows", f"wait {seconds} s", {"Retry-After": seconds}
            )


def _check_origin(headers: dict[str, str], *, strict: bool) -> None:
    """Refuse what another site made a browser send (cross-site request forgery).

    Browsers send ``Origin`` or ``Sec-Fetch-Site`` with every request that changes something; a page cannot forge them.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        same = site in ("same-origin", "none")
    elif origin is not None:
        same = urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    else:
        same = not strict
    if not same:
        raise Problem(
            403,
            "origin",
            "this request does not come from a page of this site",
            "programs send a session's token as `Authorization: Bearer`; people use the site's own pages",
        )


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
