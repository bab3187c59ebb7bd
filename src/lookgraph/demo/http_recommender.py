"""Plug a running server into the simulation, over its JSON API.

A page is ``GET {url}/api/v1/people/{person}/feed?k=20&page=1``, answered by
``{"items": [{"id": "...", "propensity": 0.5}, ...], "generation": "000001"}`` (``propensity`` 1 where it is missing);
events go to ``POST {url}/api/v1/people/{person}/events`` as ``{"events": [{"item": "...", "event": "click",
"position": 3}, ...]}``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from lookgraph.demo.recommenders import Feedback, Pages
from lookgraph.errors import SimulationError


class HttpRecommender:
    """A recommender that a server speaks for; one connection, kept open."""

    def __init__(self, url: str, people: Sequence[str], items: Sequence[str], *, timeout_s: float = 10.0) -> None:
        """Args: url: The server's, with no path of the API. people, items: The ids by row number."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SimulationError(f"{url!r} is no address of a server: write http://host:port")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=timeout_s)
        self._url, self._path = url, parts.path.rstrip("/")
        self._people, self._items = list(people), list(items)
        self._row_of_item = {name: row for row, name in enumerate(self._items)}
        self.name, self.generation = "http", ""

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """Ask for everybody's page, one after the other."""
        items, propensities = np.empty((len(people), k), np.int64), np.ones((len(people), k))
        for row, person in enumerate(people.tolist()):
            answer = self._call("GET", f"/api/v1/people/{quote(self._people[person], safe='')}/feed?k={k}&page={page}")
            try:
                shown = answer["items"]
                items[row] = [self._row_of_item[one["id"]] for one in shown]
                propensities[row] = [one.get("propensity", 1.0) for one in shown]
            except (KeyError, TypeError, ValueError) as error:
                raise SimulationError(
                    f"{self._url} answered {str(answer)[:120]} ({error!r}): a feed has {k} items of the catalogue"
                ) from None
            self.generation = str(answer.get("generation", ""))
        return Pages(items, propensities)

    def learn(self, feedback: Feedback) -> None:
        """Tell the server what was seen and done."""
        for row, person in enumerate(feedback.people.tolist()):
            events = [
                {"item": self._items[item], "event": name, "position": position}
                for name, happened in (
                    ("impression", np.ones_like(feedback.clicked[row])),
                    ("click", feedback.clicked[row]),
                    ("save", feedback.saved[row]),
                    ("hide", feedback.hidden[row]),
                    ("purchase", feedback.bought[row]),
                )
                for position, item in enumerate(feedback.items[row].tolist(), 1)
                if happened[position - 1]
            ]
            self._call("POST", f"/api/v1/people/{quote(self._people[person], safe='')}/events", {"events": events})

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        text = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, self._path + path, text, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            answer = response.read()
            if response.status >= 400:
                raise SimulationError(f"{method} {self._url}{path} answered {response.status}: {answer[:200]!r}")
            return json.loads(answer) if answer else {}
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            raise SimulationError(
                f"{method} {self._url}{path} failed ({error}): is the server running there?"
            ) from None
