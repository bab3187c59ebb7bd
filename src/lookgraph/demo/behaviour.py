"""What does a person do with a page? The model behind every event of the logs.

Each position j = 1, 2, ... of a page is examined with probability j^-POSITION, as far as the person scrolls at all.
An examined item is clicked with probability

    noise + (1 - noise) sigmoid( CLICK + preference + novelty (1 - familiarity)
                                 - fatigue (page - 1) - REPEAT times seen )

A clicked item is saved with sigmoid(SAVE + preference), bought with sigmoid(BUY + preference) if the month's budget
still allows; an examined item that is not clicked is hidden with sigmoid(HIDE - preference). Then the person leaves or
asks for another page: with patience times LEAVE_DAMPING^(page - 1), half more after a click.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lookgraph.demo.facts import ItemFacts
from lookgraph.demo.shoppers import Shoppers, true_preference

POSITION: Final = 0.7
CLICK: Final = -3.8
SAVE: Final = -3.2
BUY: Final = -4.4
HIDE: Final = -5.2
REPEAT: Final = 0.35
LEAVE_DAMPING: Final = 0.75
_FORGET: Final = 0.9
_MAX_REPEATS: Final = 8


@dataclass
class State:
    """What changes about people as they shop.

    Attributes:
        times_seen: (n_people, n_items) uint8.
        familiar: (n_people, s) float32: running mean of the style coordinates lately examined; 0 at first.
        left_to_spend: (n_people,) float32 euros this month.
    """

    times_seen: np.ndarray
    familiar: np.ndarray
    left_to_spend: np.ndarray

    @classmethod
    def fresh(cls, shoppers: Shoppers, facts: ItemFacts) -> State:
        """Before the first session."""
        seen = np.zeros((len(shoppers), len(facts)), np.uint8)
        familiar = np.zeros((len(shoppers), facts.styles.shape[1]), np.float32)
        return cls(seen, familiar, shoppers.budget.copy())


@dataclass(frozen=True)
class Response:
    """What people did with a page each; all (m, k) bool unless said otherwise.

    Attributes:
        examined, clicked, saved, bought, hidden: Per position.
        stays: (m,) bool: asks for another page.
    """

    examined: np.ndarray
    clicked: np.ndarray
    saved: np.ndarray
    bought: np.ndarray
    hidden: np.ndarray
    stays: np.ndarray


@dataclass
class World:
    """A catalogue, its shoppers, and where they stand.

    Attributes:
        facts, shoppers: Never change.
        state: Changes with every page.
    """

    facts: ItemFacts
    shoppers: Shoppers
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.state = State.fresh(self.shoppers, self.facts)

    def true_preference(self, people: np.ndarray, items: np.ndarray | None = None, day: float = 0.0) -> np.ndarray:
        """See :func:`~lookgraph.demo.shoppers.true_preference`."""
        return true_preference(self.shoppers, self.facts, people, items, day)

    def click_probability(
        self, people: np.ndarray, items: np.ndarray | None, day: float, page: int, preference: np.ndarray | None = None
    ) -> np.ndarray:
        """(m, k): that an item is clicked now if it is examined; ``items`` None: of every item."""
        liked = self.true_preference(people, items, day) if preference is None else preference
        familiar = self.state.familiar[people]
        if items is None:
            known = familiar @ self.facts.styles.T
            seen = self.state.times_seen[people]
        else:
            known = (self.facts.styles[items] @ familiar[:, :, None])[..., 0]
            seen = self.state.times_seen[people[:, None], items]
        who = self.shoppers
        logit = CLICK + liked + who.novelty[people, None] * (1 - known) - who.fatigue[people, None] * (page - 1)
        logit -= REPEAT * np.minimum(seen, _MAX_REPEATS)
        noise = who.noise[people, None]
        return np.asarray(noise + (1 - noise) * _sigmoid(logit))

    def respond(
        self, people: np.ndarray, items: np.ndarray, day: float, page: int, rng: np.random.Generator
    ) -> Response:
        """Show a page to each of some different people, and change their state by what they do.

        Args:
            people: (m,) row numbers, each once.
            items: (m, k) row numbers.
            page: 1 for a session's first.
        """
        k = items.shape[1]
        liked = self.true_preference(people, items, day)
        chance = self.click_probability(people, items, day, page, liked)
        draw = rng.random((5, *items.shape))
        examined = draw[0] < examination(k)
        examined &= np.arange(k) < self.shoppers.exposure[people, None]
        clicked = examined & (draw[1] < chance)
        saved = clicked & (draw[2] < _sigmoid(SAVE + liked))
        wanted = clicked & (draw[3] < _sigmoid(BUY + liked))
        cost = np.cumsum(self.facts.price[items] * wanted, 1)
        bought = wanted & (cost <= self.state.left_to_spend[people, None])
        hidden = examined & ~clicked & (draw[4] < _sigmoid(HIDE - liked))
        more = self.shoppers.patience[people] * LEAVE_DAMPING ** (page - 1) * (1 + 0.5 * clicked.any(1))
        self._remember(people, items, examined, bought)
        return Response(examined, clicked, saved, bought, hidden, rng.random(len(people)) < more)

    def new_month(self) -> None:
        """Fill everybody's purse again."""
        self.state.left_to_spend = self.shoppers.budget.copy()

    def _remember(self, people: np.ndarray, items: np.ndarray, examined: np.ndarray, bought: np.ndarray) -> None:
        who, what = np.repeat(people, examined.sum(1)), items[examined]
        seen = self.state.times_seen
        seen[who, what] = np.minimum(seen[who, what], 254) + 1
        n = examined.sum(1, keepdims=True)
        mean = (self.facts.styles[items] * examined[:, :, None]).sum(1) / np.maximum(n, 1)
        keep = np.where(n > 0, _FORGET, 1.0).astype(np.float32)
        self.state.familiar[people] = keep * self.state.familiar[people] + (1 - keep) * mean
        self.state.left_to_spend[people] -= (self.facts.price[items] * bought).sum(1)


def examination(k: int) -> np.ndarray:
    """(k,): that positions 1 to k of a page are examined by someone who scrolls that far."""
    return np.asarray(np.arange(1, k + 1) ** -POSITION)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))
