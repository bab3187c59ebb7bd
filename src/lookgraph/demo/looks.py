"""Which items go together? The rule, looks sampled by it, and questions that test whether a model has learnt it.

The rule. A look is 3 to 6 items, at most one a slot, with a dress or with a top and a bottom, and with shoes. Two items
go together as

    together(a, b) = 0.45 style + 0.25 colour + 0.15 formality + 0.15 season

where style is the cosine of their style coordinates, colour the harmony of their main colours
(:func:`~lookgraph.demo.colours.harmony`), formality 1 - |difference| / 0.6 (not below 0), season 1 for the same, 0.5
for neighbouring, 0 for opposite seasons. Items from the women's and the men's section do not go together at all (0).
A look's score is the mean over its pairs, less half the gap of its worst pair below 0.4. A look is *good* from GOOD on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.demo.colours import COLOURS, harmony
from lookgraph.demo.items import SEASONS, Item
from lookgraph.errors import SimulationError

STYLE, COLOUR, FORMALITY, SEASON = 0.45, 0.25, 0.15, 0.15
GOOD: Final = 0.62
_WORST_PAIR: Final = 0.4
_FORMALITY_RANGE: Final = 0.6
_MIN_ITEMS, _MAX_ITEMS = 3, 6
_TEMPERATURE: Final = 0.05
_EXTRAS: Final = {"outerwear": 0.5, "bag": 0.6, "hat": 0.25, "accessory": 0.4}
_TRIES: Final = 500


@dataclass(frozen=True)
class Look:
    """Items that are worn together.

    Attributes:
        id: ``look-00000``.
        items: Row numbers in the catalogue.
        score: By the rule.
    """

    id: str
    items: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class Rule:
    """The rule on one catalogue, computed once.

    Attributes:
        together: (n, n) float32, symmetric.
        slots: The items' slots.
    """

    together: np.ndarray
    slots: list[str]

    @classmethod
    def of(cls, items: Sequence[Item]) -> Rule:
        """Compare all pairs."""
        styles = np.array([item.style for item in items])
        styles /= np.linalg.norm(styles, axis=1, keepdims=True)
        names = list(COLOURS)
        table = np.array([[harmony(a, b) for b in names] for a in names])
        colour = np.array([names.index(item.colours[0]) for item in items])
        formality = np.array([item.formality for item in items])
        season = np.array([SEASONS.index(item.season) for item in items])
        apart = np.abs(season[:, None] - season[None]) % 4
        apart = np.minimum(apart, 4 - apart)
        formal = np.maximum(0, 1 - np.abs(formality[:, None] - formality[None]) / _FORMALITY_RANGE)
        score = STYLE * styles @ styles.T + COLOUR * table[np.ix_(colour, colour)] + FORMALITY * formal
        score += SEASON * (1 - apart / 2)
        section = np.array([{"women": 0, "men": 1, "unisex": 2}[item.gender] for item in items])
        parted = (section[:, None] != section[None]) & (section[:, None] != 2) & (section[None] != 2)
        return cls(np.asarray(np.where(parted, 0, score), np.float32), [item.slot for item in items])

    def score(self, items: Sequence[int]) -> float:
        """A look's score, 0 to 1; 0 where its slots break the rule."""
        if not self.is_dressed(items):
            return 0.0
        pairs = self.together[list(items)][:, list(items)][np.triu_indices(len(items), 1)]
        return float(pairs.mean() - 0.5 * max(0.0, _WORST_PAIR - float(pairs.min())))

    def is_dressed(self, items: Sequence[int]) -> bool:
        """3 to 6 items, one a slot, a dress or top and bottom, and shoes."""
        worn = [self.slots[i] for i in items]
        whole = "dress" in worn and not {"top", "bottom"} & set(worn)
        parts = {"top", "bottom"} <= set(worn) and "dress" not in worn
        return (
            len(set(worn)) == len(worn)
            and _MIN_ITEMS <= len(worn) <= _MAX_ITEMS
            and "shoes" in worn
            and (whole or parts)
        )


def sample_looks(rule: Rule, n_looks: int, seed: int) -> list[Look]:
    """Draw good looks: a first garment, then for each further slot an item by how well it goes with those there.

    Raises:
        SimulationError: the catalogue is too small or too motley for that many.
    """
    rng = np.random.default_rng([seed, 51])
    slots = np.array(rule.slots)
    of_slot = {slot: np.flatnonzero(slots == slot) for slot in set(rule.slots)}
    looks: list[Look] = []
    seen: set[tuple[int, ...]] = set()
    failed = 0
    while len(looks) < n_looks and failed < _TRIES:
        items = _one_look(rule, of_slot, rng)
        key = tuple(sorted(items))
        if key in seen or rule.score(items) < GOOD:
            failed += 1
            continue
        failed = 0
        seen.add(key)
        looks.append(Look(f"look-{len(looks):05d}", tuple(items), round(rule.score(items), 4)))
    if len(looks) < n_looks:
        raise SimulationError(
            f"{n_looks} looks are too many for {len(slots)} items, {len(looks)} were found: draw more items"
        )
    return looks


def _one_look(rule: Rule, of_slot: dict[str, np.ndarray], rng: np.random.Generator) -> list[int]:
    wanted = ["dress"] if rng.random() < 0.4 else ["top", "bottom"]
    wanted += ["shoes", *(slot for slot, share in _EXTRAS.items() if rng.random() < share)]
    if len(wanted) < _MIN_ITEMS:
        wanted.append("bag")
    items: list[int] = []
    for slot in wanted[:_MAX_ITEMS]:
        if slot not in of_slot:
            continue
        choices = of_slot[slot]
        fit = rule.together[items][:, choices].mean(0) if items else np.zeros(len(choices))
        chance = np.exp((fit - fit.max()) / _TEMPERATURE)
        items.append(int(rng.choice(choices, p=chance / chance.sum())))
    return items


@dataclass(frozen=True)
class Blank:
    """Which of these completes the look?

    Attributes:
        look: Its id.
        given: Row numbers of the items that are shown.
        choices: Row numbers, all of one slot.
        answer: Position of the right one among the choices.
    """

    look: str
    given: tuple[int, ...]
    choices: tuple[int, ...]
    answer: int


@dataclass(frozen=True)
class Compatibility:
    """Do these go together? ``label`` 1: a sampled look; 0: the same with items exchanged."""

    items: tuple[int, ...]
    label: int


def fill_in_the_blank(
    rule: Rule, looks: Sequence[Look], seed: int, *, choices: int = 4, difficulty: float = 0.5
) -> list[Blank]:
    """A question a look.

    Args:
        choices: Answers offered.
        difficulty: 0: wrong answers are those that go worst with the rest; 1: those that go nearly as well as the right
            one. In between: from that share of the slot's items, ordered by how well they go. None goes better.
    """
    _check(difficulty)
    rng = np.random.default_rng([seed, 52])
    slots = np.array(rule.slots)
    questions = []
    for look in looks:
        taken = int(rng.integers(len(look.items)))
        right = look.items[taken]
        given = tuple(item for item in look.items if item != right)
        fit = rule.together[list(given)].mean(0)
        others = np.flatnonzero((slots == slots[right]) & (fit < fit[right] - 1e-6))
        if len(others) < choices - 1:
            continue
        ordered = others[np.argsort(fit[others], kind="stable")]
        window = max(choices - 1, len(ordered) // 5)
        begin = round(difficulty * (len(ordered) - window))
        wrong = rng.choice(ordered[begin : begin + window], choices - 1, replace=False)
        place = int(rng.integers(choices))
        offered = [int(item) for item in wrong]
        offered.insert(place, right)
        questions.append(Blank(look.id, given, tuple(offered), place))
    return questions


def compatibility(rule: Rule, looks: Sequence[Look], seed: int, *, difficulty: float = 0.5) -> list[Compatibility]:
    """Each look once as it is, and once with items exchanged for others of their slot until it is not good.

    Args:
        difficulty: 0: every item but one is exchanged at random; 1: a single one, and the result scores just below
        GOOD.
    """
    _check(difficulty)
    rng = np.random.default_rng([seed, 53])
    slots = np.array(rule.slots)
    questions = []
    for look in looks:
        questions.append(Compatibility(look.items, 1))
        n_changed = max(1, round((1 - difficulty) * (len(look.items) - 1)))
        spoilt = []
        for _ in range(12):
            items = list(look.items)
            for at in rng.choice(len(items), n_changed, replace=False):
                items[at] = int(rng.choice(np.flatnonzero(slots == slots[items[at]])))
            if (score := rule.score(items)) < GOOD and tuple(items) != look.items:
                spoilt.append((score, tuple(items)))
        if spoilt:
            spoilt.sort()
            questions.append(Compatibility(spoilt[round(difficulty * (len(spoilt) - 1))][1], 0))
    return questions


def _check(difficulty: float) -> None:
    if not 0 <= difficulty <= 1:
        raise SimulationError(f"difficulty={difficulty}: choose 0 (easy) to 1 (hard)")
