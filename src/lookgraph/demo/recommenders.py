"""What can be plugged into the simulation, and the recommenders that every other is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lookgraph.demo.behaviour import World


@dataclass(frozen=True)
class Pages:
    """A page for each of m people.

    Attributes:
        items: (m, k) int64 row numbers in the catalogue.
        propensities: (m, k) float64: the probability with which the recommender puts that item on that position.
    """

    items: np.ndarray
    propensities: np.ndarray


@dataclass(frozen=True)
class Feedback:
    """What people did with pages, for a recommender that learns. All (m, k) but ``people`` (m,)."""

    people: np.ndarray
    items: np.ndarray
    clicked: np.ndarray
    saved: np.ndarray
    bought: np.ndarray
    hidden: np.ndarray


class Recommender(Protocol):
    """Ranks items for people; anything with these two methods and two names can be simulated."""

    @property
    def name(self) -> str:
        """Stands in the logs."""

    @property
    def generation(self) -> str:
        """Which build it answers from; stands in the logs."""

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """A page of k items for each of the people (row numbers), the ``page``-th of their session."""

    def learn(self, feedback: Feedback) -> None:
        """Hear what was done with the pages just given."""


class RandomRecommender:
    """Every item is as likely as any other, on every position: the control that off-policy estimates need."""

    name, generation = "random", ""

    def __init__(self, n_items: int, seed: int) -> None:
        self._n, self._rng = n_items, np.random.default_rng([seed, 31])

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """Without an item twice: k draws, drawn anew where two are equal."""
        items = self._rng.integers(self._n, size=(len(people), k))
        while True:
            ordered = np.sort(items, 1)
            again = (ordered[:, 1:] == ordered[:, :-1]).any(1)
            if not again.any():
                return Pages(items, np.full(items.shape, 1 / self._n))
            items[again] = self._rng.integers(self._n, size=(int(again.sum()), k))

    def learn(self, feedback: Feedback) -> None:
        """Nothing."""


class PopularRecommender:
    """What others clicked most, per impression, the same for everybody; a share of each page's positions is random.

    An item's score is (clicks + 1) / (impressions + 20). On each position, with probability ``explore``, any item of
    the
    catalogue is shown instead, so the propensity is exactly (1 - explore) [it is the ranked item] + explore / n.
    """

    name, generation = "popular", ""

    def __init__(self, n_items: int, seed: int, explore: float = 0.1) -> None:
        self._n, self._explore, self._rng = n_items, explore, np.random.default_rng([seed, 32])
        self._clicks, self._shown = np.zeros(n_items), np.zeros(n_items)

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """The page-th k of the ranking."""
        score = (self._clicks + 1) / (self._shown + 20)
        ranked = np.argsort(-score, kind="stable")
        begin = (page - 1) * k % max(1, self._n - k + 1)
        ranked = np.broadcast_to(ranked[begin : begin + k], (len(people), k))
        other = self._rng.integers(self._n, size=ranked.shape)
        items = np.where(self._rng.random(ranked.shape) < self._explore, other, ranked)
        return Pages(items, (1 - self._explore) * (items == ranked) + self._explore / self._n)

    def learn(self, feedback: Feedback) -> None:
        """Count."""
        np.add.at(self._shown, feedback.items, 1)
        np.add.at(self._clicks, feedback.items[feedback.clicked], 1)


class OracleRecommender:
    """Ranks by the true probability of a click at this moment: no recommender gets more clicks from a page."""

    name, generation = "oracle", ""

    def __init__(self, world: World) -> None:
        self._world = world

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """The k most likely to be clicked, the likeliest first, as that position is examined most."""
        items = np.empty((len(people), k), np.int64)
        for begin in range(0, len(people), 256):
            some = people[begin : begin + 256]
            chance = self._world.click_probability(some, None, day, page)
            best = np.argpartition(-chance, k - 1, axis=1)[:, :k]
            order = np.argsort(-np.take_along_axis(chance, best, 1), 1, kind="stable")
            items[begin : begin + 256] = np.take_along_axis(best, order, 1)
        return Pages(items, np.ones(items.shape))

    def learn(self, feedback: Feedback) -> None:
        """It knows already."""


class SimilarRecommender:
    """Content-based: items near the mean of what the person clicked and saved, in any space; popular ones at first."""

    generation = ""

    def __init__(self, vectors: np.ndarray, n_people: int, seed: int, name: str = "similar") -> None:
        """Args: vectors: (n_items, dim) float32 unit rows, such as a lookbook's embeddings."""
        self.name = name
        self._vectors = vectors
        self._liked = np.zeros((n_people, vectors.shape[1]), np.float32)
        self._start = PopularRecommender(len(vectors), seed, explore=0.0)
        self._seen: dict[int, set[int]] = {}

    def recommend(self, people: np.ndarray, k: int, day: float, page: int) -> Pages:
        """Nearest first, without what was shown before."""
        items = self._start.recommend(people, k, day, page).items.copy()
        for row, person in enumerate(people.tolist()):
            if self._liked[person].any():
                score = self._vectors @ self._liked[person]
                score[list(self._seen.get(person, ()))] = -np.inf
                best = np.argpartition(-score, k - 1)[:k]
                items[row] = best[np.argsort(-score[best], kind="stable")]
        return Pages(items, np.ones(items.shape))

    def learn(self, feedback: Feedback) -> None:
        """Move towards what was clicked, twice as far towards what was saved or bought, away from what was hidden."""
        self._start.learn(feedback)
        weight = feedback.clicked + feedback.saved + feedback.bought - 0.5 * feedback.hidden
        self._liked[feedback.people] += (self._vectors[feedback.items] * weight[:, :, None]).sum(1)
        for person, items in zip(feedback.people.tolist(), feedback.items.tolist(), strict=True):
            self._seen.setdefault(person, set()).update(items)
