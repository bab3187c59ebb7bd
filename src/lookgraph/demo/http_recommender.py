"""Plug a running `lookgraph serve` into the simulation: simulated shoppers shop the site over its API.

Each shopper is a person of the site, known by a session's token. A page is ``GET /api/v1/feed``; what was seen and done
goes to ``POST /api/v1/events`` with the signed token of that page, so the site logs it with position and propensity.
A save is saved to the shopper's first board and a hide is kept, as the site's own buttons do it, so the feed learns.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from lookgraph.demo.recommenders import Feedback, Pages
from lookgraph.errors import SimulationError

_MAX_EVENTS: Final = 200  # of one request, as the API says
_MAX_WAIT_S: Final = 90
_FIRST_BOARD: Final = "Saved"


@dataclass(frozen=True)
class _Shown:
    """The page that a shopper has before them."""

    token: str
    following: str | None


class HttpRecommender:
    """A recommender that a server speaks for; one connection, kept open."""

    def __init__(self, url: str, sessions: Sequence[str], items: Sequence[str], *, timeout_s: float = 30.0) -> None:
        """
        Args:
            url: The server's, with no path of the API.
            sessions: A token of ``POST /api/v1/sessions`` for each shopper, by row number.
            items: The ids of the catalogue by row number.

        Raises:
            SimulationError: the address is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SimulationError(f"{url!r} is no address of a server: write http://host:port")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=timeout_s)
        self._url, self._path = url, parts.path.rstrip("/")
        self._sessions, self._items = list(sessions), list(items)
        self._row_of_item = {name: row for row, name in enumerate(self._items)}
        self._shown: dict[int, _Shown] = {}
        self._boards: dict[int, str] = {}
        self._run, self._n_events = uuid.uuid4().hex[:12], 0
        self.name, self.generation = "http", ""

    def whoever(self, person: int) -> dict[str, str]:
        """Whom the server takes a shopper for: ``id``, ``name``, ``role``."""
        found: dict[str, str] = self._call(person, "GET", "/api/v1/me")
        return found

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """Ask for everybody's page, one after the other. Who has come to the end begins again at the top."""
        items, propensities = np.empty((len(people), k), np.int64), np.ones((len(people), k))
        for row, person in enumerate(people.tolist()):
            before = self._shown.get(person)
            cursor = before.following if before is not None and page > 1 else None
            answer = self._feed(person, k, cursor)
            if cursor is not None and len(answer.get("answers", ())) < k:
                answer = self._feed(person, k, None)
            try:
                items[row] = [self._row_of_item[one["item"]["id"]] for one in answer["answers"]]
                propensities[row] = [one["propensity"] for one in answer["answers"]]
                self._shown[person] = _Shown(str(answer["impressions"]), answer["next"])
                self.generation = str(answer["generation"])
            except (KeyError, TypeError, ValueError) as error:
                raise SimulationError(
                    f"{self._url} answered {str(answer)[:120]} ({error!r}): a feed has {k} items of the catalogue"
                ) from None
        return Pages(items, propensities)

    def learn(self, feedback: Feedback) -> None:
        """Tell the server what was seen and done with the pages just given."""
        happened = {
            "impression": np.ones_like(feedback.clicked),
            "click": feedback.clicked,
            "save": feedback.saved,
            "hide": feedback.hidden,
            "purchase": feedback.bought,
        }
        for row, person in enumerate(feedback.people.tolist()):
            ids = [self._items[item] for item in feedback.items[row].tolist()]
            events = [
                {"id": self._event_id(), "kind": kind, "item": item}
                for kind, where in happened.items()
                for item, is_so in zip(ids, where[row].tolist(), strict=True)
                if is_so
            ]
            token = self._shown[person].token
            for begin in range(0, len(events), _MAX_EVENTS):
                sent = {"impressions": token, "events": events[begin : begin + _MAX_EVENTS]}
                self._call(person, "POST", "/api/v1/events", sent)
            for at in np.flatnonzero(feedback.saved[row]).tolist():
                self._call(person, "PUT", f"/api/v1/boards/{self._board(person)}/items/{quote(ids[at])}")
            for at in np.flatnonzero(feedback.hidden[row]).tolist():
                self._call(person, "PUT", f"/api/v1/hides/{quote(ids[at])}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _feed(self, person: int, k: int, cursor: str | None) -> Any:
        query = {"limit": k} | ({"cursor": cursor} if cursor else {})
        return self._call(person, "GET", f"/api/v1/feed?{urlencode(query)}")

    def _board(self, person: int) -> str:
        """Where this shopper saves to: their first board, made if there is none."""
        if person not in self._boards:
            listed = self._call(person, "GET", "/api/v1/boards")["boards"]
            made = listed[0] if listed else self._call(person, "POST", "/api/v1/boards", {"name": _FIRST_BOARD})
            self._boards[person] = made["id"]
        return self._boards[person]

    def _event_id(self) -> str:
        self._n_events += 1
        return f"{self._run}-{self._n_events}"

    def _call(self, person: int, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask as a shopper; waits where the server says that it was asked too often."""
        text = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self._sessions[person]}", "Content-Type": "application/json"}
        while True:
            try:
                self._connection.request(method, self._path + path, text, headers)
                response = self._connection.getresponse()
                answer = response.read()
                waits = response.headers.get("Retry-After", "")
                if response.status == 429 and waits.isdigit() and int(waits) <= _MAX_WAIT_S:
                    time.sleep(int(waits))
                    continue
                if response.status >= 400:
                    raise SimulationError(f"{method} {self._url}{path} answered {response.status}: {answer[:300]!r}")
                return json.loads(answer) if answer else {}
            except (OSError, HTTPException, ValueError) as error:
                self._connection.close()
                raise SimulationError(
                    f"{method} {self._url}{path} failed ({error}): is `lookgraph serve` running there?"
                ) from None
