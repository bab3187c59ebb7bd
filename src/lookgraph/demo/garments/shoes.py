"""Sneakers, and what all shoes share: they are drawn from the side, toe to the right, as a pair.

y = 0 is the ground, a shoe is about 29 cm long.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import band, curve
from lookgraph.demo.pieces import Dot, Garment, Line, Piece

_SOLE_Y: Final = -3.2  # where a sneaker's upper meets a thin sole


def pair(shoe: list[Piece], rng: np.random.Generator) -> Garment:
    """One shoe behind, a little higher and farther on, the other in front."""
    behind = [_shifted(piece, 5.5 + rng.uniform(-0.8, 0.8), -9.0) for piece in shoe]
    return Garment(behind + [_shifted(piece, 0, 0) for piece in shoe], 150)


def laces(points: list[tuple[float, float]], length: float, tilt: float) -> list[Piece]:
    """Laces across, one at each place."""
    pieces = []
    for x, y in points:
        lace = curve([(x - length * 0.5, y + tilt), (x, y - 0.15), (x + length * 0.5, y - tilt * 0.4)], closed=False)
        pieces.append(Piece(band(lace, 0.62), cloth="lace", puff=0.9, shadow=0.35, wrinkle=0))
    return pieces


def sneakers(cut: Cut, rng: np.random.Generator) -> Garment:
    high = bool(cut["high"])
    top = -17.0 if high else -10.0
    raised = number(cut, "chunky") * 1.3  # a thicker sole lifts all that stands on it
    overlay = "second" if cut["contrast"] else "main"
    upper, eyestay, eyelets = _upper(top, high=high), _eyestay(top, overlay), _eyelets(top, 6 if high else 4)
    _add_emblem(upper, str(cut["emblem"]), high=high)
    upper.lines.append(Line(curve([(20.8, _SOLE_Y), (20.6, -5.2), (22, -6.6)], closed=False), 0.12, "seam", 0.4))
    eyestay.dots += [Dot(x - 0.7, y + 0.9, 0.32, "dark") for x, y in eyelets]
    pieces = [_tongue(top), upper, _collar(top), _toe_cap(overlay), _heel_counter(top, overlay), eyestay]
    pieces += laces([(x + 0.3, y + 0.1) for x, y in eyelets], 3.4, 0.9)
    sole = _sole(_SOLE_Y - raised, "accent" if cut["stripe"] else "seam")
    return pair([*(_shifted(piece, 0, -raised) for piece in pieces), sole], rng)


def _shifted(piece: Piece, dx: float, dy: float) -> Piece:
    move = (dx, dy)
    return replace(
        piece,
        outline=piece.outline + move,
        folds=[replace(f, points=f.points + move) for f in piece.folds],
        lines=[replace(line, points=line.points + move) for line in piece.lines],
        dots=[Dot(d.x + dx, d.y + dy, d.radius, d.ink) for d in piece.dots],
        holes=[hole + move for hole in piece.holes],
        origin=(piece.origin[0] + dx, piece.origin[1] + dy),
    )


def _sole(top: float, stripe: str) -> Piece:
    sole = Piece(
        curve(
            [
                (-0.6, top + 0.6),
                (-1.2, -1.6),
                (0, 0, "c"),
                (24, 0),
                (28.6, -1.2),
                (29.6, top - 0.2),
                (26, top - 0.4),
                (14, top - 0.2),
            ]
        ),
        cloth="sole",
        puff=0.6,
        shadow=0.2,
        wrinkle=0,
    )
    along = curve([(-0.8, top * 0.4), (14, top * 0.36), (29, top * 0.45)], closed=False)
    sole.lines.append(Line(along, 0.22, stripe, 0.7))
    return sole


def _upper(top: float, *, high: bool) -> Piece:
    return Piece(
        curve(
            [
                (0.2, _SOLE_Y + 0.6, "c"),
                (-0.7, -6.5),
                (0.2, top + 0.4),
                (1.2, top - 0.6, "c"),
                (5.5, top + 1.6),
                (9.8, top + (1.2 if not high else 0.2), "c"),
                (13, -9.4),
                (18, -7.2),
                (24.5, -6.4),
                (28.2, -4.6),
                (28.8, _SOLE_Y + 0.4, "c"),
            ]
        ),
        puff=0.9,
        shadow=0.3,
    )


def _collar(top: float) -> Piece:
    return Piece(
        curve(
            [
                (0.6, top + 0.2),
                (1.3, top - 0.8, "c"),
                (5.4, top + 1.2),
                (9.6, top + 0.8, "c"),
                (9.2, top + 2.6),
                (5, top + 3.2),
                (0.8, top + 2.4),
            ]
        ),
        cloth="inside",
        puff=0.7,
        shadow=0.2,
        tone=0.9,
    )


def _tongue(top: float) -> Piece:
    return Piece(
        curve([(8.2, top + 2.4), (8.6, top - 1.8), (11.2, top - 1.8), (13.6, -9.0), (12, -7.6)]),
        cloth="inside",
        puff=0.8,
        shadow=0.25,
    )


def _toe_cap(cloth: str) -> Piece:
    return Piece(
        curve(
            [
                (21.6, _SOLE_Y + 0.5, "c"),
                (21.4, -5.0),
                (23.6, -6.6),
                (26.2, -5.8),
                (28.4, -4.4),
                (28.8, _SOLE_Y + 0.3, "c"),
            ]
        ),
        cloth=cloth,
        puff=0.9,
        shadow=0.25,
    )


def _heel_counter(top: float, cloth: str) -> Piece:
    return Piece(
        curve(
            [
                (0.2, _SOLE_Y + 0.6, "c"),
                (-0.7, -6.5),
                (0.1, top + 1.4, "c"),
                (3.2, top + 3),
                (5.6, _SOLE_Y - 2),
                (6.2, _SOLE_Y + 0.7, "c"),
            ]
        ),
        cloth=cloth,
        puff=0.7,
        shadow=0.25,
    )


def _eyestay(top: float, cloth: str) -> Piece:
    """The strip that the laces run through."""
    return Piece(
        curve(
            [
                (8.2, top + 2.2, "c"),
                (10.2, top + 1.2, "c"),
                (13.6, -9.0),
                (19.4, -6.9, "c"),
                (19.2, -5.4, "c"),
                (14, -6.2),
                (10.6, -6.6),
                (8.6, -8),
            ]
        ),
        cloth=cloth,
        puff=0.6,
        shadow=0.3,
    )


def _eyelets(top: float, n: int) -> list[tuple[float, float]]:
    return [(10.6 + 6.4 * t, top + 2.2 + (-7.2 - top - 2.2) * t) for t in np.linspace(0.05, 0.92, n)]


def _add_emblem(upper: Piece, emblem: str, *, high: bool) -> None:
    if emblem == "stripes":
        upper.lines += [
            Line(np.array([(10.0 + k, _SOLE_Y - 0.2), (12.8 + k, -6.8)]), 0.9, "accent", 0.95) for k in (0, 1.9, 3.8)
        ]
    elif emblem == "swash":
        upper.lines += [
            Line(curve([(6.4, -6.4), (9, -4.8), (14, -5.2), (20, -7.2)], closed=False), 1.1, "accent", 0.95)
        ]
    elif emblem == "star":
        upper.dots.append(Dot(4.8, -9.6 if high else -6.4, 1.7, "accent"))
