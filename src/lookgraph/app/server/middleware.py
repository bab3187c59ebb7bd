"""Around every request: its host, the size of its body, the headers of its answer, its time."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lookgraph.app.server.problems import Problem
from lookgraph.app.server.site import Site

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " manifest-src 'self'"
)
_HEADERS: Final = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
_OF_A_PROXY: Final = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"forwarded")
_UPLOAD_PATHS: Final = re.compile(r"/api/v1/similar|/photo|/photo/keep|/api/v1/boards/[^/]+/photos")
_FORM_SLACK: Final = 16_384

_LOG: Final = logging.getLogger("lookgraph.serve")


class Perimeter:
    """The outermost layer; plain ASGI, because it is on the way of every request."""

    def __init__(self, inner: ASGIApp, site: Site, answer: Callable[[Scope, Problem], Response]) -> None:
        """
        Args:
            answer: Makes the response to a problem.
        """
        self._inner, self._site, self._answer = inner, site, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._inner(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        started = False
        is_head = scope["method"] == "HEAD"
        if is_head:  # answered as GET is, without the body
            scope = {**scope, "method": "GET"}

        async def send_on(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in own)]
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            problem = self._refused(scope)
            if problem is not None:
                await self._answer(scope, problem)(scope, receive, send_on)
                return
            limited = _Body(receive, self._body_limit(scope))
            try:
                await self._inner(scope, limited, send_on)
            except Exception as raised:
                if started:
                    raise
                if isinstance(raised, Problem):
                    problem = raised
                else:
                    _LOG.exception("a fault answering %s %s", scope["method"], scope["path"])
                    problem = Problem(500, "fault", "something broke here", "tell the owner of this site")
                await self._answer(scope, problem)(scope, receive, send_on)
        finally:
            route = scope.get("route")
            name = getattr(route, "path", "none")
            self._site.metrics.answered(name, scope["method"], status, time.perf_counter() - began)

    def _refused(self, scope: Scope) -> Problem | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if self._site.hosts and name not in self._site.hosts:
            return Problem(
                421,
                "host",
                f"this site is not called {name[:80]!r}",
                "use the address that `lookgraph serve` printed, or name this one with serve.public_hosts",
            )
        if not self._site.with_accounts and (sent := [n.decode() for n in _OF_A_PROXY if n in headers]):
            return Problem(
                403,
                "proxy",
                f"a proxy passes this on ({sent[0]}), and without accounts whoever it lets in would be the owner",
                "start with --set serve.accounts=on, and name the site with serve.public_hosts",
            )
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._body_limit(scope):
            return too_large(self._body_limit(scope))
        return None

    def _body_limit(self, scope: Scope) -> int:
        settings = self._site.settings
        is_upload = _UPLOAD_PATHS.fullmatch(scope["path"]) is not None
        return settings.max_upload_bytes + _FORM_SLACK if is_upload else settings.max_body_bytes


class _Body:
    """Counts what is received, and ends a request whose body is longer than it may be."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit, self._n_bytes = receive, limit, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            if self._n_bytes > self._limit:
                raise too_large(self._limit)
        return message


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "too-large",
        f"the request has more than {limit} bytes",
        "send a smaller photo, or raise serve.max_upload_bytes",
        {"Connection": "close"},
    )
