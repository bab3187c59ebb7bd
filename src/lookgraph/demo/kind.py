"""What the catalogue knows of a kind of garment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.demo.garments.tops import Cut
from lookgraph.demo.pieces import Garment

Range = tuple[float, float] | list[str] | list[int] | list[bool]
SLOTS: Final = ("top", "bottom", "dress", "outerwear", "shoes", "bag", "hat", "accessory")


@dataclass(frozen=True)
class Kind:
    """What the catalogue knows of a kind.

    Attributes:
        slot: One of :data:`SLOTS`; a look wears one item a slot.
        make: From a cut to the pieces.
        cut: Ranges of its parameters: a pair is a range of numbers, a list are choices.
        fabrics: Weights.
        printed: Share of items with a print, before the style has its say.
        price: Median, in euros.
        formality: 0 sport to 1 black tie, where the kind itself is bound; the style moves it.
        seasons: Weights of spring, summer, autumn, winter.
        genders: Weights of women, men, unisex.
        weight: How common it is.
    """

    slot: str
    make: Callable[[Cut, np.random.Generator], Garment]
    cut: dict[str, Range]
    fabrics: dict[str, float]
    printed: float
    price: float
    formality: float
    seasons: tuple[float, float, float, float] = (1, 1, 1, 1)
    genders: tuple[float, float, float] = (1, 1, 1)
    weight: float = 1.0


SUMMER, WINTER, MILD = (2, 4, 1, 0.2), (0.6, 0.05, 3, 4), (3, 0.6, 3, 1)
HER, HIS = (8, 0.01, 0.5), (0.5, 6, 1)

MAYBE, OFTEN = [False, False, True], [False, True]
