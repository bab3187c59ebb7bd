"""Boots and loafers from the side; see :mod:`lookgraph.demo.garments.shoes`."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.shoes import laces, pair
from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import band, curve
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def boots(cut: Cut, rng: np.random.Generator) -> Garment:
    shaft, heel = -number(cut, "shaft"), number(cut, "heel")
    upper = _boot_upper(shaft, heel)
    pieces = [upper, _boot_opening(shaft)]
    style = str(cut["style"])
    if style == "chelsea":
        pieces = [_pull_tab(shaft), *pieces, _gore(shaft)]
    elif style == "laced":
        pieces += _laced_up(upper, shaft, heel)
    else:
        side = curve([(5.4, shaft), (5.6, -18), (5.0, -heel - 1)], closed=False)
        upper.lines.append(Line(side, 0.14, "seam", 0.45))
        if cut["strap"]:
            pieces.append(_buckled_strap())
    return pair([*pieces, _boot_sole(heel)], rng)


def loafers(cut: Cut, rng: np.random.Generator) -> Garment:
    thick = number(cut, "sole")
    pieces = [_loafer_lining(), _loafer_upper(thick), _saddle()]
    if cut["metal"]:
        bit = band(curve([(12.6, -7.3), (15, -8.4), (17.6, -7.6)], closed=False), 0.7)
        pieces.append(Piece(bit, cloth="metal", puff=0.8, shadow=0.3))
    if cut["tassel"]:
        pieces += _tassels()
    return pair([*pieces, _loafer_sole(thick)], rng)


def _boot_sole(heel: float) -> Piece:
    return Piece(
        curve(
            [
                (0.2, -heel, "c"),
                (-0.2, 0, "c"),
                (6.6, 0, "c"),
                (7.6, -heel + 0.3),
                (12, -heel * 0.55),
                (18, -0.1),
                (27.6, -0.2),
                (28.8, -1.6, "c"),
                (20, -1.8),
                (12, -heel - 1.0),
                (5, -heel - 1.2),
            ]
        ),
        cloth="sole",
        puff=0.5,
        shadow=0.2,
        wrinkle=0,
    )


def _boot_upper(shaft: float, heel: float) -> Piece:
    upper = Piece(
        curve(
            [
                (0.1, -heel - 0.1, "c"),
                (-0.8, -8 - heel),
                (0, shaft * 0.6),
                (-0.6, shaft, "c"),
                (6, shaft - 0.4),
                (11.6, shaft, "c"),
                (11.2, shaft * 0.6),
                (11.6, -14 - heel * 0.6),
                (15.5, -10.2 - heel * 0.4),
                (21.5, -7.4),
                (27.4, -5.2),
                (28.8, -1.4, "c"),
                (20, -1.6),
                (12, -heel * 0.8 - 0.6),
                (6, -heel - 0.8),
            ]
        ),
        puff=0.95,
        shadow=0.3,
        wrinkle=1.2,
    )
    for y in (-13.5, -11.5, -15.5):
        upper.folds.append(Fold(curve([(3, y - 1), (7, y), (12.4, y - 0.2)], closed=False), 1.0, -0.6))
    return upper


def _boot_opening(shaft: float) -> Piece:
    return Piece(
        curve([(-0.4, shaft), (5.6, shaft - 1.2), (11.5, shaft), (5.6, shaft + 0.8)]),
        cloth="inside",
        tone=0.45,
        puff=0.2,
        shadow=0.1,
    )


def _gore(shaft: float) -> Piece:
    """The elastic panel in the side of a Chelsea boot."""
    gore = Piece(
        curve([(3.2, shaft + 0.6, "c"), (8.4, shaft + 0.6, "c"), (7.4, -11.5), (5.8, -9.5), (4.2, -11.5)]),
        cloth="gore",
        puff=0.3,
        shadow=0.2,
    )
    gore.lines = [
        Line(np.array([(x, shaft + 0.8), (x * 0.7 + 1.8, -10.8)]), 0.18, "seam", 0.4) for x in np.linspace(3.8, 8.0, 7)
    ]
    return gore


def _pull_tab(shaft: float) -> Piece:
    loop = curve([(-0.2, shaft + 2), (-1.4, shaft - 1.4), (0.4, shaft - 2.4), (1.6, shaft + 1)], closed=False)
    return Piece(band(loop, 1.0), cloth="gore", puff=0.5, shadow=0.2)


def _laced_up(upper: Piece, shaft: float, heel: float) -> list[Piece]:
    """Laces, with their eyelets and seams on the upper."""
    spots = [
        (11.0 + 5.2 * max(0.0, t - 0.6) * 2.2, shaft + 2 + (-10.4 - shaft - 2) * t) for t in np.linspace(0.04, 0.98, 7)
    ]
    facing = curve([(8.2, shaft + 1), (8.4, -13), (13.4, -8.6)], closed=False)
    welt = curve([(0.6, -heel - 1.0), (14, -2.6), (28.2, -2.3)], closed=False)
    upper.dots += [Dot(x - 2.2, y + 0.5, 0.4, "metal") for x, y in spots]
    upper.lines += [Line(facing, 0.16, "seam", 0.5), Line(welt, 0.2, "stitch", 0.9, 0.4)]
    return laces([(x - 0.6, y + 0.3) for x, y in spots], 3.6, 0.8)


def _buckled_strap() -> Piece:
    strap = Piece(curve([(-0.8, -12.5), (12.4, -11.8, "c"), (13.4, -9.8, "c"), (-0.8, -10.2)]), puff=0.5, shadow=0.3)
    strap.dots.append(Dot(8.4, -11.1, 0.9, "metal"))
    return strap


def _loafer_sole(thick: float) -> Piece:
    return Piece(
        curve(
            [
                (-0.4, -thick),
                (-0.2, 0, "c"),
                (7.2, 0, "c"),
                (7.6, -thick * 0.35, "c"),
                (11, -thick * 0.3, "c"),
                (12, 0),
                (27.6, 0),
                (29.4, -thick),
                (20, -thick + 0.1),
                (8, -thick - 0.2),
            ]
        ),
        cloth="sole",
        puff=0.4,
        shadow=0.2,
        wrinkle=0,
    )


def _loafer_upper(thick: float) -> Piece:
    upper = Piece(
        curve(
            [
                (0, -thick + 0.2, "c"),
                (-0.8, -5.4),
                (0.3, -8.8, "c"),
                (3.4, -8.0),
                (7.5, -6.8),
                (11, -7.8, "c"),
                (15, -9.4),
                (18.2, -8.6),
                (23.6, -7.0),
                (28, -4.8),
                (29, -thick + 0.2, "c"),
            ]
        ),
        puff=0.9,
        shadow=0.3,
    )
    apron = curve([(14, -7.2), (19, -6.2), (24.4, -4.9), (26.4, -5.3), (24, -6.9)], closed=False)
    upper.lines += [Line(apron, 0.24, "seam", 0.65), Line(apron + (0, 0.35), 0.14, "light", 0.5)]
    return upper


def _loafer_lining() -> Piece:
    return Piece(
        curve([(0.4, -8.8), (4, -9.4), (9, -8.6), (11.4, -7.8), (7.5, -6.6), (3.2, -7.8)]),
        cloth="inside",
        tone=0.6,
        puff=0.2,
        shadow=0,
    )


def _saddle() -> Piece:
    """The strap across the instep, with its slot."""
    saddle = Piece(
        curve([(10.6, -7.6, "c"), (15, -9.8), (18.0, -9.0, "c"), (18.8, -6.8, "c"), (13, -5.0), (10.4, -3.2, "c")]),
        puff=0.7,
        shadow=0.35,
    )
    saddle.lines.append(Line(np.array([(14.0, -8.0), (16.6, -7.2)]), 0.5, "dark", 0.5))
    return saddle


def _tassels() -> list[Piece]:
    return [
        Piece(
            curve([(17.4 + k, -8.4, "c"), (18.6 + k, -8.2, "c"), (19.6 + k, -5.4, "c"), (17.8 + k, -5.2, "c")]),
            puff=0.8,
            shadow=0.35,
        )
        for k in (0.0, 1.4)
    ]
