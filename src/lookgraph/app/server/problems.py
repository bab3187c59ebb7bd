"""Every error as an answer that says what to do: problem+json for programs, a page for people.

Source: RFC 9457.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lookgraph.errors import (
    ConfigError,
    DiskFullError,
    EncoderError,
    FilterError,
    ItemNotFoundError,
    LookbookBusyError,
    LookbookError,
    LookgraphError,
    PhotoError,
    StateError,
)

MEDIA_TYPE: Final = "application/problem+json"
_TITLES: Final = {
    400: "This request cannot be understood",
    401: "Sign in first",
    403: "This is not yours to do",
    404: "Not found",
    405: "Not this way",
    406: "Not in this form",
    409: "That does not fit with what is there",
    413: "Too large",
    415: "Another kind of content is needed",
    421: "Wrong host",
    422: "This cannot be used",
    429: "Too many requests",
    500: "A fault of ours",
    503: "Not right now",
}
_STATUS: Final[tuple[tuple[type[LookgraphError], int, str], ...]] = (
    (ItemNotFoundError, 404, "item-not-found"),
    (FilterError, 400, "filter"),
    (ConfigError, 400, "value"),
    (PhotoError, 422, "photo"),
    (StateError, 409, "conflict"),
    (EncoderError, 503, "encoder"),
    (DiskFullError, 503, "disk-full"),
    (LookbookBusyError, 409, "busy"),
    (LookbookError, 409, "lookbook"),
)
_REMEDIES: Final = {
    "item-not-found": "list the items at /api/v1/items, or search by words",
    "filter": "write for example: season == 'Summer' and gender != 'Men'",
    "value": "correct the value that is named",
    "photo": "send a JPEG, PNG, WebP, GIF or AVIF photo within the limits that are named",
    "conflict": "change what is named and send it again",
    "encoder": "the owner has to restore the encoder's weights or build again",
    "disk-full": "the owner has to make room on the disk",
    "busy": "wait until the build is done",
    "lookbook": "see the studio for the generations that can be served",
}


class Problem(HTTPException):
    """An answer with an error's status.

    Attributes:
        kind: A short name that never changes; the end of ``type``.
        detail: What was found and what is needed.
        remedy: What to do.
    """

    def __init__(self, status: int, kind: str, detail: str, remedy: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.status, self.kind, self.remedy = status, kind, remedy
        self.reason: str | None = None

    @property
    def title(self) -> str:
        return _TITLES.get(self.status, "Something went wrong")

    def to_dict(self) -> dict[str, Any]:
        facts = {
            "type": f"urn:lookgraph:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
        }
        return facts | ({"reason": self.reason} if self.reason else {})


def problem_of(error: LookgraphError) -> Problem:
    """The answer to an error of Lookgraph's own."""
    for kind, status, name in _STATUS:
        if isinstance(error, kind):
            problem = Problem(status, name, str(error), _REMEDIES[name])
            problem.reason = str(error.reason) if isinstance(error, PhotoError) else None
            return problem
    return Problem(500, "fault", str(error), "tell the owner of this site")


def problem_response(problem: Problem) -> Response:
    return Response(orjson.dumps(problem.to_dict()), problem.status, problem.headers, MEDIA_TYPE)
