"""Pumps and sandals from the side, on heels of any height; see :mod:`lookgraph.demo.garments.shoes`."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.shoes import pair
from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import Control, band, curve, ellipse
from lookgraph.demo.pieces import Dot, Garment, Line, Piece


def pumps(cut: Cut, rng: np.random.Generator) -> Garment:
    heel = number(cut, "heel")
    pieces = [
        _pump_lining(heel),
        _pump_heel(heel, thin=bool(cut["thin"])),
        _pump_upper(heel, pointed=bool(cut["pointed"])),
        _pump_sole(heel),
    ]
    if cut["strap"]:
        pieces.append(_instep_strap(heel))
    if cut["bow"]:
        pieces.append(Piece(ellipse(21.0, -5.2, 1.7, 0.9), cloth="trim", puff=1, shadow=0.3))
    return pair(pieces, rng)


def sandals(cut: Cut, rng: np.random.Generator) -> Garment:
    heel = number(cut, "heel")
    pieces = [_footbed(heel), _sandal_sole(heel)]
    pieces += [_broad_strap(heel)] if cut["broad"] else [_narrow_strap(heel, 11.2, 1.0), _narrow_strap(heel, 18.8, 0.2)]
    if cut["ankle"]:
        pieces += [_heel_strap(heel), _ankle_strap(heel)]
    return pair(pieces, rng)


def _pump_heel(heel: float, *, thin: bool) -> Piece:
    outline: list[Control] = [
        (0.6, -heel - 1.0, "c"),
        (0.9, 0, "c"),
        (4.6, 0, "c"),
        (5.0, -heel * 0.5),
        (6.8, -heel - 0.4, "c"),
    ]
    if thin:
        outline = [
            (0.6, -heel - 1.0, "c"),
            (0.5, -heel * 0.5),
            (1.6, 0, "c"),
            (2.9, 0, "c"),
            (3.2, -heel * 0.5),
            (6.8, -heel - 0.4, "c"),
        ]
    return Piece(curve(outline), cloth="heel", puff=0.7, shadow=0.2, wrinkle=0)


def _pump_sole(heel: float) -> Piece:
    return Piece(
        curve(
            [
                (0.4, -heel - 0.4, "c"),
                (6, -heel - 0.9),
                (12, -heel * 0.62),
                (17.5, -0.9),
                (25, -0.1),
                (28.6, -0.6, "c"),
                (24, -1.2),
                (18, -1.8),
                (12, -heel * 0.72 - 0.5),
                (5, -heel - 1.6),
            ]
        ),
        cloth="sole",
        puff=0.3,
        shadow=0.1,
        wrinkle=0,
    )


def _pump_upper(heel: float, *, pointed: bool) -> Piece:
    return Piece(
        curve(
            [
                (0.2, -heel - 0.6, "c"),
                (-0.6, -heel - 3.4),
                (0.2, -heel - 6.6, "c"),
                (2.2, -heel - 6.0),
                (6.5, -heel - 2.4),
                (12, -heel * 0.72 - 1.4),
                (17.5, -4.4),
                (20.5, -5.0, "c"),
                (24.5, -3.6),
                (28.8 + (1.0 if pointed else 0), -1.2 if pointed else -1.8),
                (28, -0.5),
                (22, -0.9),
                (17, -1.7),
                (12, -heel * 0.68 - 0.3),
                (5, -heel - 1.3),
            ]
        ),
        puff=0.9,
        shadow=0.3,
    )


def _pump_lining(heel: float) -> Piece:
    """The far side's inside, seen over the topline."""
    return Piece(
        curve(
            [
                (0.2, -heel - 6.4),
                (3, -heel - 6.6),
                (8, -heel - 3.4),
                (14, -heel * 0.6 - 3),
                (19.6, -5.4),
                (20.5, -4.9, "c"),
                (12, -heel * 0.7 - 1.2),
                (6, -heel - 2.0),
            ]
        ),
        cloth="inside",
        tone=0.7,
        puff=0.2,
        shadow=0,
    )


def _instep_strap(heel: float) -> Piece:
    line = curve([(0.2, -heel - 5.6), (4, -heel - 7.4), (9, -heel - 6.4), (10.6, -heel * 0.78 - 2.0)], closed=False)
    strap = Piece(band(line, 0.9), puff=0.6, shadow=0.3)
    strap.dots.append(Dot(8.6, -heel - 6.4, 0.55, "metal"))
    return strap


def _sandal_sole(heel: float) -> Piece:
    outline: list[Control] = [
        (-0.4, -heel - 1.5),
        (-0.4, -0.4),
        (0.6, 0, "c"),
        (9, 0, "c"),
        (13, -heel * 0.12),
        (20, -0.1),
        (26.5, -0.2),
        (29.2, -1.6),
        (28.6, -2.6),
        (20, -2.8),
        (12, -heel * 0.72 - 1.4),
        (5, -heel - 2.0),
    ]
    sole = Piece(curve(outline), cloth="sole", puff=0.5, shadow=0.2, wrinkle=0)
    seam = [(-0.2, -heel - 0.5), (5, -heel - 1.0), (12, -heel * 0.72 - 0.4), (20, -1.8), (28.6, -1.6)]
    sole.lines.append(Line(curve(seam, closed=False), 0.16, "seam", 0.5))
    return sole


def _footbed(heel: float) -> Piece:
    outline: list[Control] = [
        (-0.4, -heel - 1.4),
        (5, -heel - 2.1),
        (12, -heel * 0.72 - 1.5),
        (20, -2.9),
        (28.8, -2.7),
        (20, -3.9),
        (12, -heel * 0.72 - 2.6),
        (4, -heel - 3.1),
    ]
    return Piece(curve(outline), cloth="inside", puff=0.2, shadow=0.1)


def _broad_strap(heel: float) -> Piece:
    outline: list[Control] = [
        (14.6, -heel * 0.5 - 1.2, "c"),
        (15.4, -6.2),
        (18.2, -8.4),
        (22.0, -7.6),
        (25.2, -5.2),
        (26.2, -2.0, "c"),
        (20, -1.9),
    ]
    return _stitched(outline)


def _narrow_strap(heel: float, x: float, up: float) -> Piece:
    """``up``: the share of the heel's height at which the foot lies there."""
    outline: list[Control] = [
        (x, -heel * 0.5 * up - 1.8, "c"),
        (x + 0.5, -heel * 0.5 * up - 4.6),
        (x + 3.2, -heel * 0.4 * up - 6.6),
        (x + 6.4, -heel * 0.3 * up - 5.4),
        (x + 7.2, -heel * 0.2 * up - 1.7, "c"),
    ]
    return _stitched(outline)


def _stitched(outline: list[Control]) -> Piece:
    strap = Piece(curve(outline), puff=0.9, shadow=0.4)
    inner = (strap.outline - strap.outline.mean(0)) * (0.84, 0.88) + strap.outline.mean(0)
    strap.lines.append(Line(inner, 0.12, "stitch", 0.45, 0.3))
    return strap


def _heel_strap(heel: float) -> Piece:
    outline: list[Control] = [
        (-0.3, -heel - 1.6, "c"),
        (-0.7, -heel - 6),
        (0.2, -heel - 9.6, "c"),
        (3.2, -heel - 9.8, "c"),
        (3.4, -heel - 6),
        (4.6, -heel - 2.2, "c"),
    ]
    return Piece(curve(outline), puff=0.7, shadow=0.3)


def _ankle_strap(heel: float) -> Piece:
    around: list[Control] = [
        (0.4, -heel - 8.8),
        (3.4, -heel - 8.2),
        (7.0, -heel - 8.8),
        (9.4, -heel - 10.4),
        (8.2, -heel - 11.8),
        (4.4, -heel - 11.2),
        (0.6, -heel - 9.4),
    ]
    strap = Piece(band(curve(around, closed=False), 1.3), puff=0.8, shadow=0.3)
    strap.dots.append(Dot(8.6, -heel - 9.6, 0.75, "metal"))
    return strap
