"""Whom to show what, in an order that is random with known chances.

The feed draws a Plackett-Luce ranking: with logits from a person's interests and a seed's Gumbel noise,

    order = argsort(logits + gumbel),    P(item at this place | those before it) = exp(logit) / sum of exp over the rest

so that the chance of every place, its propensity, is known exactly, which later learning from clicks needs. One seed
and one set of interests give one order: the next page needs no memory.

Source: Plackett 1975; the Gumbel trick as in Kool et al. 2019, arXiv 1903.06059.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np

_INTEREST: Final = 14.0  # logits from unlike to alike
_LIKED_STYLE: Final = 3.0
_NOT_MY_STYLE: Final = -8.0
_RELEVANCE: Final = 6.0
_KEPT_ORDERS: Final = 48
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """All that decides an order, but for which items may be in it.

    Attributes:
        interests: Nodes that the person's saves stand for.
        liked: Clusters that the person likes.
        disliked: Clusters that are not the person's style.
    """

    seed: int
    interests: tuple[int, ...] = ()
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """One node at its place in an order.

    Attributes:
        position: Among what may be shown, from 0.
        propensity: Probability of being at this place, given those before it.
    """

    node: int
    position: int
    propensity: float


class Feed:
    """Orders of one generation's nodes; the last ones used are kept."""

    def __init__(self, vectors: np.ndarray, clusters: np.ndarray) -> None:
        self._vectors, self._clusters = vectors, clusters
        self._orders: OrderedDict[object, tuple[np.ndarray, np.ndarray]] = OrderedDict()
        self._lock = threading.Lock()

    def place(
        self, spec: FeedSpec, key: str, relevance: np.ndarray | None, begin: int, hidden: set[int], n: int
    ) -> tuple[list[Placement], int | None]:
        """n nodes from somewhere in the order on, and where the order goes on after them, None at the end.

        Args:
            spec: Decides the order.
            key: Names ``relevance``: equal keys mean equal arrays.
            relevance: (n_nodes,) float32, 0 for nodes that may not be shown; None: all may.
            begin: Where in the order to go on.
            hidden: Nodes that are passed over: they have no place, and no chance that others would lose.
            n: How many; fewer only at the end.
        """
        order, weight = self._order(spec, key, relevance)
        shown = np.flatnonzero(~np.isin(order, list(hidden)))
        remaining = np.cumsum(weight[shown][::-1])[::-1]
        first = int(np.searchsorted(shown, begin))
        placed = [
            Placement(int(order[at]), place, float(weight[at] / max(remaining[place], _TINY)))
            for place, at in enumerate(shown[first : first + n].tolist(), start=first)
        ]
        return placed, int(shown[first + n]) if first + n < len(shown) else None

    def logits(self, spec: FeedSpec, relevance: np.ndarray | None = None) -> np.ndarray:
        """(n_nodes,) float64: how much the person is expected to like each."""
        logits = np.zeros(len(self._vectors))
        if spec.interests:
            likeness = (self._vectors @ self._vectors[list(spec.interests)].T).max(axis=1)
            logits += _INTEREST * likeness
        if spec.liked:
            logits += _LIKED_STYLE * np.isin(self._clusters, spec.liked)
        if spec.disliked:
            logits += _NOT_MY_STYLE * np.isin(self._clusters, spec.disliked)
        if relevance is not None:
            logits += _RELEVANCE * relevance
        return logits

    def _order(self, spec: FeedSpec, key: str, relevance: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(n_shown,) int32 nodes in their order, and the weights by which they were drawn."""
        with self._lock:
            if (spec, key) in self._orders:
                self._orders.move_to_end((spec, key))
                return self._orders[spec, key]
        made = self._draw(spec, relevance)
        with self._lock:
            self._orders[spec, key] = made
            while len(self._orders) > _KEPT_ORDERS:
                self._orders.popitem(last=False)
        return made

    def _draw(self, spec: FeedSpec, relevance: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        logits = self.logits(spec, relevance)
        noise = np.random.default_rng(spec.seed).gumbel(size=len(logits))
        shown = np.arange(len(logits)) if relevance is None else np.flatnonzero(relevance > 0)
        order = shown[np.argsort(-(logits + noise)[shown], kind="stable")]
        return order.astype(np.int32), np.exp(logits[order] - logits[order].max(initial=0.0))
