"""Shoes from the side, toe to the right, drawn as a pair; y = 0 is the ground, a shoe is about 29 cm long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookgraph.demo.garments.tops import Cut, _number
from lookgraph.demo.outlines import band, curve, ellipse
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def _pair(shoe: list[Piece], rng: np.random.Generator) -> Garment:
    """One shoe behind, a little higher and farther on, the other in front."""
    behind = [_shifted(piece, 5.5 + rng.uniform(-0.8, 0.8), -9.0) for piece in shoe]
    return Garment(behind + [_shifted(piece, 0, 0) for piece in shoe], 150)


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


def _laces(points: list[tuple[float, float]], length: float, tilt: float) -> list[Piece]:
    pieces = []
    for x, y in points:
        lace = curve([(x - length * 0.5, y + tilt), (x, y - 0.15), (x + length * 0.5, y - tilt * 0.4)], closed=False)
        pieces.append(Piece(band(lace, 0.62), cloth="lace", puff=0.9, shadow=0.35, wrinkle=0))
    return pieces


def sneakers(cut: Cut, rng: np.random.Generator) -> Garment:
    high, chunky = bool(cut["high"]), _number(cut, "chunky")
    top = -17.0 if high else -10.0
    sole_y = -3.2 - chunky * 1.8
    sole = Piece(curve([(-0.6, sole_y + 0.6), (-1.2, -1.6), (0, 0, "c"), (24, 0), (28.6, -1.2), (29.6, sole_y - 0.2), (26, sole_y + 0.2), (14, sole_y + 0.8)]), cloth="sole", puff=0.6, shadow=0.2, wrinkle=0)
    sole.lines.append(Line(curve([(-0.8, sole_y * 0.4), (14, sole_y * 0.36), (29, sole_y * 0.45)], closed=False), 0.22, "accent" if cut["stripe"] else "seam", 0.7))
    upper = Piece(curve([(0.2, sole_y + 0.6, "c"), (-0.7, -6.5), (0.2, top + 0.4), (1.2, top - 0.6, "c"), (5.5, top + 1.6), (9.8, top + (1.2 if not high else 0.2), "c"), (13, -9.4), (18, -7.2), (24.5, -6.4), (28.2, -4.6), (28.8, sole_y + 0.4, "c")]), puff=0.9, shadow=0.3)
    collar = Piece(curve([(0.6, top + 0.2), (1.3, top - 0.8, "c"), (5.4, top + 1.2), (9.6, top + 0.8, "c"), (9.2, top + 2.6), (5, top + 3.2), (0.8, top + 2.4)]), cloth="inside", puff=0.7, shadow=0.2, tone=0.9)
    tongue = Piece(curve([(8.2, top + 2.4), (8.6, top - 1.8), (11.2, top - 1.8), (13.6, -9.0), (12, -7.6)]), cloth="inside", puff=0.8, shadow=0.25)
    toe = Piece(curve([(21.6, sole_y + 0.5, "c"), (21.4, -5.0), (23.6, -6.6), (26.2, -5.8), (28.4, -4.4), (28.8, sole_y + 0.3, "c")]), cloth="second" if cut["contrast"] else "main", puff=0.9, shadow=0.25)
    heel = Piece(curve([(0.2, sole_y + 0.6, "c"), (-0.7, -6.5), (0.1, top + 1.4, "c"), (3.2, top + 3), (5.6, sole_y - 2), (6.2, sole_y + 0.7, "c")]), cloth="second" if cut["contrast"] else "main", puff=0.7, shadow=0.25)
    eyestay = Piece(curve([(8.2, top + 2.2, "c"), (10.2, top + 1.2, "c"), (13.6, -9.0), (19.4, -6.9, "c"), (19.2, -5.4, "c"), (14, -6.2), (10.6, -6.6), (8.6, -8)]), cloth="second" if cut["contrast"] else "main", puff=0.6, shadow=0.3)
    pieces = [tongue, upper, collar, toe, heel, eyestay]
    n = 6 if high else 4
    spots = [(10.6 + 6.4 * t, top + 2.2 + (-7.2 - top - 2.2) * t) for t in np.linspace(0.05, 0.92, n)]
    eyestay.dots += [Dot(x - 0.7, y + 0.9, 0.32, "dark") for x, y in spots]
    pieces += _laces([(x + 0.3, y + 0.1) for x, y in spots], 3.4, 0.9)
    emblem = str(cut["emblem"])
    if emblem == "stripes":
        upper.lines += [Line(np.array([(10.0 + k, sole_y - 0.2), (12.8 + k, -6.8)]), 0.9, "accent", 0.95) for k in (0, 1.9, 3.8)]
    elif emblem == "swash":
        upper.lines += [Line(curve([(6.4, -6.4), (9, -4.8), (14, -5.2), (20, -7.2)], closed=False), 1.1, "accent", 0.95)]
    elif emblem == "star":
        upper.dots.append(Dot(4.8, -9.6 if high else -6.4, 1.7, "accent"))
    upper.lines.append(Line(curve([(20.8, sole_y), (20.6, -5.2), (22, -6.6)], closed=False), 0.12, "seam", 0.4))
    return _pair([*pieces, sole], rng)


def boots(cut: Cut, rng: np.random.Generator) -> Garment:
    shaft, heel = -_number(cut, "shaft"), _number(cut, "heel")
    base = -1.6
    sole = Piece(curve([(0.2, -heel, "c"), (-0.2, 0, "c"), (6.6, 0, "c"), (7.6, -heel + 0.3), (12, -heel * 0.55), (18, -0.1), (27.6, -0.2), (28.8, -1.6, "c"), (20, base - 0.2), (12, -heel - 1.0), (5, -heel - 1.2)]), cloth="sole", puff=0.5, shadow=0.2, wrinkle=0)
    lean = 0.6
    upper = Piece(curve([(0.1, -heel - 0.1, "c"), (-0.8, -8 - heel), (0.6 - lean, shaft * 0.6), (-0.6, shaft, "c"), (6, shaft - 0.4), (11.6, shaft, "c"), (11.2, shaft * 0.6), (11.6, -14 - heel * 0.6), (15.5, -10.2 - heel * 0.4), (21.5, -7.4), (27.4, -5.2), (28.8, -1.4, "c"), (20, base), (12, -heel * 0.8 - 0.6), (6, -heel - 0.8)]), puff=0.95, shadow=0.3, wrinkle=1.2)
    for y in (-13.5, -11.5, -15.5):
        upper.folds.append(Fold(curve([(3, y - 1), (7, y), (12.4, y - 0.2)], closed=False), 1.0, -0.6))
    pieces = [upper]
    opening = Piece(curve([(-0.4, shaft), (5.6, shaft - 1.2), (11.5, shaft), (5.6, shaft + 0.8)]), cloth="inside", tone=0.45, puff=0.2, shadow=0.1)
    pieces.append(opening)
    style = str(cut["style"])
    if style == "chelsea":
        gore = Piece(curve([(3.2, shaft + 0.6, "c"), (8.4, shaft + 0.6, "c"), (7.4, -11.5), (5.8, -9.5), (4.2, -11.5)]), cloth="gore", puff=0.3, shadow=0.2)
        gore.lines = [Line(np.array([(x, shaft + 0.8), (x * 0.7 + 1.8, -10.8)]), 0.18, "seam", 0.4) for x in np.linspace(3.8, 8.0, 7)]
        tab = Piece(band(curve([(-0.2, shaft + 2), (-1.4, shaft - 1.4), (0.4, shaft - 2.4), (1.6, shaft + 1)], closed=False), 1.0), cloth="gore", puff=0.5, shadow=0.2)
        pieces = [tab, *pieces, gore]
    elif style == "laced":
        spots = [(11.0 + 5.2 * max(0.0, t - 0.6) * 2.2, shaft + 2 + (-10.4 - shaft - 2) * t) for t in np.linspace(0.04, 0.98, 7)]
        upper.dots += [Dot(x - 2.2, y + 0.5, 0.4, "metal") for x, y in spots]
        upper.lines += [Line(curve([(8.2, shaft + 1), (8.4, -13), (13.4, -8.6)], closed=False), 0.16, "seam", 0.5)]
        pieces += _laces([(x - 0.6, y + 0.3) for x, y in spots], 3.6, 0.8)
        upper.lines.append(Line(curve([(0.6, -heel - 1.0), (14, -2.6), (28.2, -2.3)], closed=False), 0.2, "stitch", 0.9, 0.4))
    else:
        upper.lines.append(Line(curve([(5.4, shaft), (5.6, -18), (5.0, -heel - 1)], closed=False), 0.14, "seam", 0.45))
        strap = Piece(curve([(-0.8, -12.5), (12.4, -11.8, "c"), (13.4, -9.8, "c"), (-0.8, -10.2)]), puff=0.5, shadow=0.3)
        if cut["strap"]:
            strap.dots.append(Dot(8.4, -11.1, 0.9, "metal"))
            pieces.append(strap)
    return _pair([*pieces, sole], rng)


def pumps(cut: Cut, rng: np.random.Generator) -> Garment:
    h = _number(cut, "heel")
    thin = 0.75 if cut["thin"] else 2.4
    heel = Piece(curve([(0.6, -h - 1.0, "c"), (0.4, -h * 0.55), (1.8, 0, "c"), (1.8 + thin * 2, 0, "c"), (2.6 + thin * 2.4, -h * 0.5), (6.8, -h - 0.4, "c")]), cloth="heel", puff=0.7, shadow=0.2, wrinkle=0)
    sole = Piece(curve([(0.4, -h - 0.4, "c"), (6, -h - 0.9), (12, -h * 0.62), (17.5, -0.9), (25, -0.1), (28.6, -0.6, "c"), (24, -1.2), (18, -1.8), (12, -h * 0.72 - 0.5), (5, -h - 1.6)]), cloth="sole", puff=0.3, shadow=0.1, wrinkle=0)
    upper = Piece(curve([(0.2, -h - 0.6, "c"), (-0.6, -h - 3.4), (0.2, -h - 6.6, "c"), (2.2, -h - 6.0), (6.5, -h - 2.4), (12, -h * 0.72 - 1.4), (17.5, -4.4), (20.5, -5.0, "c"), (24.5, -3.6), (28.8 + (1.0 if cut["pointed"] else 0), -1.2 if cut["pointed"] else -1.8), (28, -0.5), (22, -0.9), (17, -1.7), (12, -h * 0.68 - 0.3), (5, -h - 1.3)]), puff=0.9, shadow=0.3)
    far = Piece(curve([(0.2, -h - 6.4), (3, -h - 6.6), (8, -h - 3.4), (14, -h * 0.6 - 3), (19.6, -5.4), (20.5, -4.9, "c"), (12, -h * 0.7 - 1.2), (6, -h - 2.0)]), cloth="inside", tone=0.7, puff=0.2, shadow=0)
    pieces = [far, heel, upper, sole]
    if cut["strap"]:
        strap = Piece(band(curve([(0.2, -h - 5.6), (4, -h - 7.4), (9, -h - 6.4), (10.6, -h * 0.78 - 2.0)], closed=False), 0.9), puff=0.6, shadow=0.3)
        strap.dots.append(Dot(8.6, -h - 6.4, 0.55, "metal"))
        pieces.append(strap)
    if cut["bow"]:
        pieces.append(Piece(ellipse(21.0, -5.2, 1.7, 0.9), cloth="trim", puff=1, shadow=0.3))
    return _pair(pieces, rng)


def loafers(cut: Cut, rng: np.random.Generator) -> Garment:
    thick = _number(cut, "sole")
    sole = Piece(curve([(-0.4, -thick), (-0.2, 0, "c"), (7.2, 0, "c"), (7.6, -thick * 0.35, "c"), (11, -thick * 0.3, "c"), (12, 0), (27.6, 0), (29.4, -thick), (20, -thick + 0.1), (8, -thick - 0.2)]), cloth="sole", puff=0.4, shadow=0.2, wrinkle=0)
    upper = Piece(curve([(0, -thick + 0.2, "c"), (-0.8, -5.4), (0.3, -8.8, "c"), (3.4, -8.0), (7.5, -6.8), (11, -7.8, "c"), (15, -9.4), (18.2, -8.6), (23.6, -7.0), (28, -4.8), (29, -thick + 0.2, "c")]), puff=0.9, shadow=0.3)
    inside = Piece(curve([(0.4, -8.8), (4, -9.4), (9, -8.6), (11.4, -7.8), (7.5, -6.6), (3.2, -7.8)]), cloth="inside", tone=0.6, puff=0.2, shadow=0)
    apron = curve([(14, -7.2), (19, -6.2), (24.4, -4.9), (26.4, -5.3), (24, -6.9)], closed=False)
    upper.lines += [Line(apron, 0.24, "seam", 0.65), Line(apron + (0, 0.35), 0.14, "light", 0.5)]
    strap = Piece(curve([(10.6, -7.6, "c"), (15, -9.8), (18.0, -9.0, "c"), (18.8, -6.8, "c"), (13, -5.0), (10.4, -3.2, "c")]), puff=0.7, shadow=0.35)
    strap.lines.append(Line(np.array([(14.0, -8.0), (16.6, -7.2)]), 0.5, "dark", 0.5))
    pieces = [inside, upper, strap]
    if cut["metal"]:
        bar = Piece(band(curve([(12.6, -7.3), (15, -8.4), (17.6, -7.6)], closed=False), 0.7), cloth="metal", puff=0.8, shadow=0.3)
        pieces.append(bar)
    if cut["tassel"]:
        pieces += [Piece(curve([(17.4 + k, -8.4, "c"), (18.6 + k, -8.2, "c"), (19.6 + k, -5.4, "c"), (17.8 + k, -5.2, "c")]), puff=0.8, shadow=0.35) for k in (0.0, 1.4)]
    return _pair([*pieces, sole], rng)


def sandals(cut: Cut, rng: np.random.Generator) -> Garment:
    h = _number(cut, "heel")
    base = Piece(curve([(-0.2, -h - 1.2), (-0.2, 0, "c"), (10, 0, "c"), (13, -h * 0.1), (26.5, 0), (28.8, -1.4), (28, -2.4), (19, -2.4), (11, -h - 0.4), (5, -h - 1.6)]), cloth="sole", puff=0.45, shadow=0.2, wrinkle=0)
    footbed = Piece(curve([(-0.2, -h - 1.1), (5, -h - 1.7), (11, -h - 0.6), (19, -2.6), (28.2, -2.4), (19, -1.8), (11, -h + 0.3), (5, -h - 0.7)]), cloth="inside", puff=0.2, shadow=0.1)
    pieces = [base, footbed]
    shapes = [curve([(17, -2.2, "c"), (17.6, -5.6), (20.6, -6.8), (24.4, -5.4), (25.4, -2.4, "c")])] if cut["broad"] else [
        curve([(16 + k, -2.2, "c"), (17.4 + k, -5.4), (19.6 + k, -6.2), (20.4 + k, -5.2), (19.2 + k, -2.2, "c")]) for k in (0, 5.2)
    ]
    pieces += [Piece(shape, puff=0.9, shadow=0.35) for shape in shapes]
    ankle = band(curve([(0.4, -h - 1.6), (0.2, -h - 7.6), (4, -h - 8.8), (8.8, -h - 7.6), (11, -h - 1.0)], closed=False), 1.4)
    if cut["ankle"]:
        strap = Piece(ankle, puff=0.8, shadow=0.3)
        strap.dots.append(Dot(8.9, -h - 7.2, 0.7, "metal"))
        pieces.append(strap)
    else:
        second = Piece(curve([(9.2, -h * 0.9 - 1.4, "c"), (10.6, -h * 0.5 - 7.0), (14, -h * 0.3 - 7.0), (15.8, -2.9, "c")]), puff=0.9, shadow=0.35)
        second.dots.append(Dot(11.8, -h * 0.5 - 4.4, 0.7, "metal"))
        pieces.append(second)
    return _pair(pieces, rng)
