"""A year of shopping: who comes when, what they are shown, what they do, and the log of it all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.demo.behaviour import Response, World
from lookgraph.demo.recommenders import Feedback, Pages, Recommender
from lookgraph.demo.shoppers import YEAR_DAYS
from lookgraph.errors import SimulationError

EVENTS: Final = ("impression", "click", "save", "hide", "purchase")
_MONTH_DAYS: Final = 30
_MAX_PAGES: Final = 10
_SECONDS_A_POSITION: Final = 4
_BEGIN_MS: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Simulated:
    """What happened.

    Attributes:
        log: A row an event, in order of time: ``person``, ``session``, ``time``, ``recommender``, ``generation``,
            ``position`` (from 1), ``propensity``, ``item``, ``event``. Every position shown is an impression.
        n_sessions, n_pages: How many there were.
        clicks, impressions: (k,) by position.
    """

    log: pa.Table
    n_sessions: int
    n_pages: int
    clicks: np.ndarray
    impressions: np.ndarray

    @property
    def click_rate(self) -> float:
        """Clicks an impression."""
        return float(self.clicks.sum() / max(1, self.impressions.sum()))

    @property
    def clicks_a_page(self) -> float:
        return float(self.clicks.sum() / max(1, self.n_pages))

    def save(self, path: Path) -> None:
        """Write the log as Parquet."""
        pq.write_table(self.log, path, compression="zstd")


def simulate(
    recommender: Recommender, world: World, *, days: int = YEAR_DAYS, k: int = 20, seed: int = 0, first_day: int = 0
) -> Simulated:
    """Let everybody shop for some days with one recommender.

    Args:
        recommender: Anything of the :class:`~lookgraph.demo.recommenders.Recommender` protocol.
        world: Its state goes on from where it is; pass a fresh one to compare recommenders.
        days: How long.
        k: Items a page.
        seed: Of sessions and choices. The sessions of a day do not depend on the recommender.
        first_day: Days since the world's beginning, for taste that drifts.

    Raises:
        SimulationError: the recommender's pages are not what was asked for.
    """
    if not 1 <= k <= len(world.facts):
        raise SimulationError(f"k={k} items a page, but the catalogue has {len(world.facts)}: ask for 1 to that many")
    log = _Log(k, recommender, world)
    for day in range(first_day, first_day + days):
        if day % _MONTH_DAYS == 0:
            world.new_month()
        visits = np.random.default_rng([seed, 41, day])
        choices = np.random.default_rng([seed, 42, day])
        people = np.flatnonzero(
            visits.random(len(world.shoppers)) < -np.expm1(-world.shoppers.sessions_a_year / YEAR_DAYS)
        )
        start_ms = _BEGIN_MS + day * _DAY_MS + visits.integers(0, _DAY_MS - 3_600_000, len(people))
        sessions = log.new_sessions(len(people))
        for page in range(1, _MAX_PAGES + 1):
            if not len(people):
                break
            pages = recommender.recommend(people, k, day, page)
            _check(pages, (len(people), k), recommender, len(world.facts))
            did = world.respond(people, pages.items, day, page, choices)
            recommender.learn(Feedback(people, pages.items, did.clicked, did.saved, did.bought, did.hidden))
            log.add(people, sessions, start_ms + (page - 1) * k * _SECONDS_A_POSITION * 1000, pages, did)
            people, sessions, start_ms = people[did.stays], sessions[did.stays], start_ms[did.stays]
    return log.finish()


def best_click_rate(world: World, *, days: int, k: int = 20, seed: int = 0) -> float:
    """The click rate of the oracle in a world like this one from its beginning: what nobody can beat."""
    from lookgraph.demo.recommenders import OracleRecommender

    fresh = World(world.facts, world.shoppers)
    return simulate(OracleRecommender(fresh), fresh, days=days, k=k, seed=seed).click_rate


def _check(pages: Pages, shape: tuple[int, int], recommender: Recommender, n_items: int) -> None:
    if pages.items.shape != shape or pages.propensities.shape != shape:
        raise SimulationError(f"{recommender.name} gave pages of shape {pages.items.shape}, {shape} was asked for")
    if pages.items.min() < 0 or pages.items.max() >= n_items:
        raise SimulationError(f"{recommender.name} gave item {pages.items.max()}: rows go from 0 to {n_items - 1}")


class _Log:
    """Collects columns page by page."""

    def __init__(self, k: int, recommender: Recommender, world: World) -> None:
        self._k, self._recommender, self._world = k, recommender, world
        self._columns: dict[str, list[np.ndarray]] = {name: [] for name in _NUMBERS}
        self._clicks, self._impressions = np.zeros(k, np.int64), np.zeros(k, np.int64)
        self._n_sessions = self._n_pages = 0

    def new_sessions(self, n: int) -> np.ndarray:
        self._n_sessions += n
        return np.arange(self._n_sessions - n, self._n_sessions)

    def add(self, people: np.ndarray, sessions: np.ndarray, start_ms: np.ndarray, pages: Pages, did: Response) -> None:
        self._n_pages += len(people)
        self._clicks += did.clicked.sum(0)
        self._impressions += len(people)
        position = np.arange(self._k)
        happened = [np.ones_like(did.clicked), did.clicked, did.saved, did.hidden, did.bought]
        for event, where in enumerate(happened):
            row, column = np.nonzero(where)
            values = (
                *(people[row], sessions[row], start_ms[row] + 1000 * (_SECONDS_A_POSITION * position[column] + event)),
                *(column + 1, pages.propensities[row, column], pages.items[row, column], np.full(len(row), event)),
            )
            for (name, kind), value in zip(_NUMBERS.items(), values, strict=True):
                self._columns[name].append(value.astype(kind))

    def finish(self) -> Simulated:
        empty = {name: np.concatenate([np.empty(0, kind), *self._columns[name]]) for name, kind in _NUMBERS.items()}
        order = np.lexsort((empty["event"], empty["position"], empty["time"]))
        c = {name: values[order] for name, values in empty.items()}
        n = len(order)

        def words(codes: np.ndarray, names: list[str]) -> pa.Array:
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names, pa.string()))

        table = pa.table(
            {
                "person": words(c["person"], self._world.shoppers.ids),
                "session": c["session"],
                "time": pa.array(c["time"]).cast(pa.timestamp("ms", "UTC")),
                "recommender": words(np.zeros(n), [self._recommender.name]),
                "generation": words(np.zeros(n), [self._recommender.generation]),
                "position": c["position"],
                "propensity": c["propensity"],
                "item": words(c["item"], self._world.facts.ids),
                "event": words(c["event"], list(EVENTS)),
            }
        )
        return Simulated(table, self._n_sessions, self._n_pages, self._clicks, self._impressions)


_NUMBERS: Final = {
    "person": np.int32, "session": np.int64, "time": np.int64, "position": np.int16, "propensity": np.float64,
    "item": np.int32, "event": np.int8,
}  # fmt: skip
