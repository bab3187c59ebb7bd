"""What the server gives out and must believe when it comes back: cursors, and what was shown where.

Signed, so that nobody can change a propensity; self-contained, so that nothing is written when a page is served.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

import orjson
from itsdangerous import BadData, URLSafeSerializer

from lookgraph.app.server.problems import Problem

Shown = dict[str, tuple[str, str, str | None, int, float]]
"""Item to its recommender, generation, query, position and propensity."""

Listing = Literal["board", "feed", "items", "search"]
"""What a cursor goes on in; in any other it is none."""

_MAX_TOKEN: Final = 40_000


class _Json:
    """orjson as itsdangerous wants it."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> bytes:
        return orjson.dumps(value)

    @staticmethod
    def loads(value: bytes | str) -> Any:
        return orjson.loads(value)


class Tokens:
    """Signs and checks."""

    def __init__(self, secret: str) -> None:
        self._shown = _serializer(secret, "shown")
        self._cursors = {listing: _serializer(secret, f"cursor {listing}") for listing in get_args(Listing)}

    def cursor(self, listing: Listing, facts: dict[str, Any]) -> str:
        return _text(self._cursors[listing].dumps(facts))

    def read_cursor(self, listing: Listing, token: str) -> dict[str, Any]:
        """The facts of a cursor.

        Raises:
            Problem: it is not one of ours, or another listing's.
        """
        remedy = (
            f"send `next` of the page before, of the same listing ({listing}), or leave the cursor out to begin again"
        )
        facts: dict[str, Any] = _read(self._cursors[listing], token, "cursor", remedy)
        return facts

    def shown(
        self,
        recommender: str,
        generation: str,
        query: str | None,
        item_ids: Sequence[str],
        first: int | Sequence[int] = 0,
        propensities: Sequence[float] | None = None,
    ) -> str:
        """What was put where, by what.

        Args:
            item_ids: In the order shown.
            first: The position of the first, or everybody's position.
            propensities: A chance each; None: certain.
        """
        positions = first if isinstance(first, int) else list(first)
        rounded = None if propensities is None else [float(f"{chance:.6g}") for chance in propensities]
        return _text(self._shown.dumps([recommender, generation, query, list(item_ids), positions, rounded]))

    def read_shown(self, token: str) -> Shown:
        """Item to its recommender, generation, query, position and propensity.

        Raises:
            Problem: it is not one of ours.
        """
        remedy = "send the token that came with what was shown, unchanged"
        recommender, generation, query, items, first, chances = _read(self._shown, token, "impressions", remedy)
        positions = range(first, first + len(items)) if isinstance(first, int) else first
        return {
            item: (recommender, generation, query, position, 1.0 if chances is None else chances[at])
            for at, (item, position) in enumerate(zip(items, positions, strict=True))
        }


def _serializer(secret: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=salt, serializer=_Json, signer_kwargs={"digest_method": hashlib.sha256})


def _read(serializer: URLSafeSerializer, token: str, name: str, remedy: str) -> Any:
    try:
        if len(token) > _MAX_TOKEN:
            raise BadData("too long")
        return serializer.loads(token)
    except (BadData, ValueError):
        raise Problem(400, name, f"this {name} token was not made for this, or was changed", remedy) from None


def _text(token: str | bytes) -> str:
    return token.decode() if isinstance(token, bytes) else token
