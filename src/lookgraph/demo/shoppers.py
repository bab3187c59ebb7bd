"""People whose taste is known: several interests each, over styles, colours and price, that drift over the year.

The true preference of person p for item i on day t is

    preference = log( sum_k w_pk exp( STYLE <theta_pk(t), z_i> + COLOUR <c_pk, q_i> ) ) + appeal_i
                 - PRICE ((log price_i - m_p) / tolerance_p)^2 / 2
                 - WRONG_SECTION [i hangs in another's section]

where z_i are the item's style coordinates, q_i its colours, and theta_pk(t) moves on a line from where the interest
begins to where it ends, a share drift_p of the way in a year. It is a logit: the click model adds an intercept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.demo.facts import ItemFacts

MAX_INTERESTS: Final = 4
STYLE: Final = 6.0
COLOUR: Final = 2.5
PRICE: Final = 1.0
WRONG_SECTION: Final = 3.0
YEAR_DAYS: Final = 365


@dataclass(frozen=True)
class Shoppers:
    """n people; every field's first axis is theirs.

    Attributes:
        weights: (n, 4) float32: of the interests; rows sum to 1, unused ones are 0.
        styles, styles_later: (n, 4, s) float32: where an interest's style begins and ends; rows sum to 1.
        colours: (n, 4, c) float32: rows sum to 1.
        drift: (n,) share of the way that is gone in a year.
        price_point: (n,) preferred log price over the catalogue's median; ``price_tolerance`` its width.
        section: (n,) int8: 0 shops women's things, 1 men's, 2 both.
        sessions_a_year: (n,) mean.
        exposure: (n,) int: how many positions of a page they scroll to, at most.
        patience: (n,) chance to ask for another page, before fatigue.
        fatigue: (n,) by how much each further page of a session lowers the logit of a click.
        novelty: (n,) what an item unlike those lately seen gains; negative: what it loses.
        noise: (n,) share of examined items that are clicked whatever they are.
        budget: (n,) euros a month.
    """

    weights: np.ndarray
    styles: np.ndarray
    styles_later: np.ndarray
    colours: np.ndarray
    drift: np.ndarray
    price_point: np.ndarray
    price_tolerance: np.ndarray
    section: np.ndarray
    sessions_a_year: np.ndarray
    exposure: np.ndarray
    patience: np.ndarray
    fatigue: np.ndarray
    novelty: np.ndarray
    noise: np.ndarray
    budget: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def ids(self) -> list[str]:
        """``person-00000`` and so on."""
        return [f"person-{i:05d}" for i in range(len(self))]


def make_shoppers(n_people: int, facts: ItemFacts, seed: int) -> Shoppers:
    """Draw people who could shop in a catalogue; the distributions and their reasons are in docs/demo.md."""
    rng = np.random.default_rng([seed, 21])
    n, s, c = n_people, facts.styles.shape[1], facts.colours.shape[1]
    count = rng.choice([1, 2, 3, 4], n, p=[0.2, 0.4, 0.3, 0.1])
    weights = rng.gamma(2.0, 1.0, (n, MAX_INTERESTS)) * (np.arange(MAX_INTERESTS) < count[:, None])
    begin = rng.dirichlet(np.full(s, 0.25), (n, MAX_INTERESTS))
    later = rng.dirichlet(np.full(s, 0.25), (n, MAX_INTERESTS))
    price_point = rng.normal(0, 0.5, n)
    typical = float(np.median(facts.price[facts.price > 0])) if (facts.price > 0).any() else 50.0
    return Shoppers(
        weights=_single(weights / weights.sum(1, keepdims=True)),
        styles=_single(begin),
        styles_later=_single(later),
        colours=_single(rng.dirichlet(np.full(c, 0.4), (n, MAX_INTERESTS))),
        drift=_single(rng.beta(2, 4, n)),
        price_point=_single(price_point),
        price_tolerance=_single(rng.uniform(0.5, 1.2, n)),
        section=rng.choice([0, 1, 2], n, p=[0.5, 0.35, 0.15]).astype(np.int8),
        sessions_a_year=_single(rng.gamma(1.5, 8.0, n)),
        exposure=rng.integers(6, 25, n),
        patience=_single(rng.beta(2, 3, n)),
        fatigue=_single(rng.gamma(2.0, 0.12, n)),
        novelty=_single(rng.normal(0.3, 0.5, n)),
        noise=_single(rng.beta(1, 120, n)),
        budget=_single(typical * 2.5 * np.exp(price_point + rng.normal(0, 0.4, n))),
    )


def true_preference(
    shoppers: Shoppers, facts: ItemFacts, people: np.ndarray, items: np.ndarray | None = None, day: float = 0.0
) -> np.ndarray:
    """How much people like items, without noise, fatigue or novelty.

    Args:
        people: (m,) row numbers.
        items: (m, k) row numbers, each person's own; None: every item.
        day: Days since the beginning; taste drifts.

    Returns:
        (m, k) float32, or (m, n_items).
    """
    gone = np.minimum(shoppers.drift[people] * np.float32(day / YEAR_DAYS), 1)[:, None, None]
    theta = ((1 - gone) * shoppers.styles[people] + gone * shoppers.styles_later[people]) * np.float32(STYLE)
    taste = np.concatenate([theta, shoppers.colours[people] * np.float32(COLOUR)], 2)
    with np.errstate(divide="ignore"):
        log_weight = np.log(shoppers.weights[people])
    if items is None:
        seen = np.concatenate([facts.styles, facts.colours], 1)
        liking = (taste.reshape(-1, taste.shape[2]) @ seen.T).reshape(len(people), MAX_INTERESTS, -1)
        liking = np.exp(liking + log_weight[:, :, None]).sum(1)
        log_price, section, appeal = facts.log_price[None], facts.section[None], facts.appeal[None]
    else:
        seen = np.concatenate([facts.styles[items], facts.colours[items]], 2)
        liking = np.exp(seen @ taste.transpose(0, 2, 1) + log_weight[:, None]).sum(2)
        log_price, section, appeal = facts.log_price[items], facts.section[items], facts.appeal[items]
    off = (log_price - shoppers.price_point[people, None]) / shoppers.price_tolerance[people, None]
    own = shoppers.section[people, None]
    elsewhere = (section != 2) & (own != 2) & (section != own)
    return np.asarray(np.log(liking) + appeal - PRICE * off**2 / 2 - WRONG_SECTION * elsewhere, np.float32)


def _single(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float32)
