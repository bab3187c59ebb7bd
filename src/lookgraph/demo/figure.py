"""A body to wear things: plain, in one of several skin tones; and a hanger. Centimetres from the shoulders' top."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from lookgraph.demo.cloths import Cloth, Colour
from lookgraph.demo.outlines import Control, band, curve, mirrored
from lookgraph.demo.pieces import Piece

SKINS: Final[tuple[Colour, ...]] = (
    (0.95, 0.83, 0.75), (0.89, 0.73, 0.62), (0.78, 0.59, 0.46), (0.62, 0.44, 0.33), (0.45, 0.31, 0.24), (0.33,
    0.23, 0.18),
)  # fmt: skip
HAIRS: Final[tuple[Colour, ...]] = (
    (0.13, 0.10, 0.09), (0.25, 0.16, 0.11), (0.42, 0.27, 0.16), (0.62, 0.46, 0.28), (0.55, 0.25, 0.15), (0.50,
    0.50, 0.50),
)  # fmt: skip
GROUND_Y: Final = 151.0
_UNDER_SLEEVES: Final = np.array([0.9, 1.0])
_HAIRLINES: Final[dict[int, list[Control]]] = {
    0: [(0, -36.2), (7.4, -34.4), (9.2, -27), (8.6, -22, "c"), (7.2, -28), (3, -30.5), (0, -30)],
    1: [(0, -36.6), (7.6, -34.6), (9.8, -26), (9.0, -18, "c"), (7.2, -27), (2.6, -31.8), (0, -31.5)],
    2: [(0, -36.0), (7.2, -34.2), (8.9, -27), (8.4, -23, "c"), (6.8, -29), (2.6, -32), (0, -32.2)],
    3: [(0, -35.0), (6.6, -33.2), (8.6, -26.5), (8.3, -24, "c"), (6.6, -29.6), (3, -31.6), (0, -31.9)],
}


def body(arm_degrees: float, hair: int, *, under_sleeves: bool = False) -> list[Piece]:
    """Head to feet, back to front.

    Args:
        arm_degrees: How far the arms are spread.
        hair: 0 short, 1 long, 2 a bun, 3 very short.
        under_sleeves: Shoulders are drawn in, so that sleeves that lie flat cover them.
    """
    upper = [*(arm(side, arm_degrees) for side in (-1, 1)), _torso()]
    if under_sleeves:
        upper = [replace(piece, outline=piece.outline * _UNDER_SLEEVES) for piece in upper]
    pieces = [*_hair_behind(hair), *upper]
    for side in (-1, 1):
        pieces += [_leg(side), _foot(side)]
    crown = Piece(curve(mirrored(_HAIRLINES[hair])), cloth="hair", puff=0.9, shadow=0.25)
    return [*pieces, _neck(), _head(), crown]


def arm(side: int, degrees: float) -> Piece:
    """An arm that hangs from the shoulder."""
    a = np.radians(degrees)
    down, across = np.array([np.sin(a), np.cos(a)]), np.array([-np.cos(a), np.sin(a)])
    top = np.array([18.6, 5.0])

    def at(along: float, aside: float) -> tuple[float, float]:
        x, y = top + down * along + across * aside
        return side * float(x), float(y)

    outline = curve(
        [
            at(-2, 2.5),
            at(3, -1.6),
            at(16, -1.0),
            at(30, -0.2),
            at(46, 1.2),
            at(56, 0.6),
            at(63, 2.4),
            at(62, 5.0),
            at(55, 5.6),
            at(46, 5.2),
            at(30, 7.2),
            at(14, 7.8),
            at(4, 6.4),
        ]
    )
    return Piece(outline, cloth="skin", puff=0.9, shadow=0.12)


def hanger(width: float, wooden: bool) -> list[Piece]:
    """The hook and shoulders of a hanger; its neck is at (0, -2)."""
    hook = band(curve([(0, -1.5), (0, -8.5), (2.6, -10.2), (4.0, -13), (1.6, -15.8), (-2.0, -14.6)], closed=False), 0.7)
    if wooden:
        bar = curve(mirrored([(0, -3.2), (5, -2.2), (width, 4.6), (width - 0.6, 6.8), (4, 1.0), (0, 0.4)]))
        return [Piece(hook, cloth="steel", puff=0.8, shadow=0.3), Piece(bar, cloth="wood", puff=1.0, shadow=0.3)]
    bar = band(curve([(-width, 5.2), (-4, -0.6), (0, -2.0), (4, -0.6), (width, 5.2)], closed=False), 1.1)
    return [Piece(hook, cloth="steel", puff=0.8, shadow=0.3), Piece(bar, cloth="steel", puff=0.9, shadow=0.3)]


def body_cloths(rng: np.random.Generator) -> dict[str, Cloth]:
    """Skin, hair, hanger."""
    return {
        "skin": Cloth(SKINS[int(rng.integers(len(SKINS)))], "skin"),
        "hair": Cloth(HAIRS[int(rng.integers(len(HAIRS)))], "hair"),
        "wood": Cloth((0.62, 0.45, 0.29), "wood"),
        "steel": Cloth((0.66, 0.67, 0.69), "metal"),
        "basics": Cloth((0.88, 0.87, 0.85), "jersey"),
    }


def basics(slot: str) -> list[Piece]:
    """Plain things under or beside what is shown, so that nobody stands there undressed."""
    top = Piece(
        curve(
            mirrored(
                [
                    (0, 9),
                    (6.5, 6),
                    (8.2, 1.6, "c"),
                    (11.4, 4.2, "c"),
                    (12.6, 14),
                    (18.2, 22, "c"),
                    (15.6, 42),
                    (18.8, 64, "c"),
                    (0, 66),
                ]
            )
        ),
        cloth="basics",
        puff=0.6,
        shadow=0.2,
    )
    legs = Piece(
        curve(
            mirrored(
                [
                    (0, 41),
                    (14.6, 40, "c"),
                    (19.4, 62),
                    (18.9, 84),
                    (15.4, 110),
                    (11.4, 140, "c"),
                    (4.4, 140, "c"),
                    (3.8, 112),
                    (1.4, 80, "c"),
                    (0, 78, "c"),
                ]
            )
        ),
        cloth="basics",
        puff=0.8,
        shadow=0.2,
    )
    return {"top": [legs], "outerwear": [legs, top], "bottom": [top]}.get(slot, [])


def _hair_behind(hair: int) -> list[Piece]:
    """What is seen of it behind the head."""
    if hair == 1:
        long = curve(mirrored([(0, -36), (7.5, -34), (10.4, -25), (10.6, -10), (11.2, 4), (6, 10), (0, 8)]))
        return [Piece(long, cloth="hair", puff=0.8, shadow=0.1)]
    if hair == 2:
        bun = curve(mirrored([(0, -42), (3.8, -41), (4.6, -37.5), (3, -34), (0, -33)]))
        return [Piece(bun, cloth="hair", puff=1.0, shadow=0.1)]
    return []


def _torso() -> Piece:
    half: list[Control] = [
        (0, -4),
        (4.6, -8, "c"),
        (5.2, -1.5),
        (8.5, 1.2),
        (17.5, 4.0),
        (20.2, 8),
        (19, 20),
        (16.8, 30),
        (14.4, 42),
        (16.2, 54),
        (18.8, 66),
        (17, 74, "c"),
        (0, 76),
    ]
    return Piece(curve(mirrored(half)), cloth="skin", puff=0.8, shadow=0.0)


def _leg(side: int) -> Piece:
    outline = curve(
        [
            (side * 0.3, 68, "c"),
            (side * 18.8, 64),
            (side * 18.2, 84),
            (side * 14.6, 108),
            (side * 14.2, 124),
            (side * 10.4, 146, "c"),
            (side * 5.0, 146, "c"),
            (side * 4.4, 124),
            (side * 4.2, 108),
            (side * 1.6, 86),
        ]
    )
    return Piece(outline, cloth="skin", puff=0.9, shadow=0.0)


def _foot(side: int) -> Piece:
    outline = curve(
        [
            (side * 5.0, 143),
            (side * 10.4, 143),
            (side * 12.4, 148),
            (side * 13.0, 151),
            (side * 5.2, 151.4),
            (side * 4.6, 148),
        ]
    )
    return Piece(outline, cloth="skin", puff=0.8, shadow=0.1)


def _neck() -> Piece:
    outline = curve(mirrored([(0, -14), (4.7, -13, "c"), (4.9, -3), (7.5, 0.6), (0, 3)]))
    return Piece(outline, cloth="skin", puff=0.6, shadow=0.0, tone=0.93)


def _head() -> Piece:
    outline = curve(mirrored([(0, -34), (6.2, -32), (8.3, -26), (7.9, -19), (5.4, -13.2), (0, -10.6)]))
    return Piece(outline, cloth="skin", puff=1.0, shadow=0.35)
