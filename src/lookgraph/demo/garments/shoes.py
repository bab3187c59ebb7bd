"""Shoes from the side, toe to the right, drawn as a pair; y = 0 is the ground, a shoe is about 29 cm long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import Control, band, curve, ellipse
from lookgraph.demo.pieces import Dot, Garment, Line, Piece


def pair(shoe: list[Piece], rng: np.random.Generator) -> Garment:
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


def laces(points: list[tuple[float, float]], length: float, tilt: float) -> list[Piece]:
    """Laces across, one at each place."""
    pieces = []
    for x, y in points:
        lace = curve([(x - length * 0.5, y + tilt), (x, y - 0.15), (x + length * 0.5, y - tilt * 0.4)], closed=False)
        pieces.append(Piece(band(lace, 0.62), cloth="lace", puff=0.9, shadow=0.35, wrinkle=0))
    return pieces


def sneakers(cut: Cut, rng: np.random.Generator) -> Garment:
    high, chunky = bool(cut["high"]), number(cut, "chunky")
    top = -17.0 if high else -10.0
    raised = chunky * 1.3  # a thicker sole lifts all that stands on it
    sole_y = -3.2
    sole_top = sole_y - raised
    sole = Piece(
        curve(
            [
                (-0.6, sole_top + 0.6),
                (-1.2, -1.6),
                (0, 0, "c"),
                (24, 0),
                (28.6, -1.2),
                (29.6, sole_top - 0.2),
                (26, sole_top - 0.4),
                (14, sole_top - 0.2),
            ]
        ),
        cloth="sole",
        puff=0.6,
        shadow=0.2,
        wrinkle=0,
    )
    sole.lines.append(
        Line(
            curve([(-0.8, sole_top * 0.4), (14, sole_top * 0.36), (29, sole_top * 0.45)], closed=False),
            0.22,
            "accent" if cut["stripe"] else "seam",
            0.7,
        )
    )
    upper = Piece(
        curve(
            [
                (0.2, sole_y + 0.6, "c"),
                (-0.7, -6.5),
                (0.2, top + 0.4),
                (1.2, top - 0.6, "c"),
                (5.5, top + 1.6),
                (9.8, top + (1.2 if not high else 0.2), "c"),
                (13, -9.4),
                (18, -7.2),
                (24.5, -6.4),
                (28.2, -4.6),
                (28.8, sole_y + 0.4, "c"),
            ]
        ),
        puff=0.9,
        shadow=0.3,
    )
    collar = Piece(
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
    tongue = Piece(
        curve([(8.2, top + 2.4), (8.6, top - 1.8), (11.2, top - 1.8), (13.6, -9.0), (12, -7.6)]),
        cloth="inside",
        puff=0.8,
        shadow=0.25,
    )
    toe = Piece(
        curve(
            [
                (21.6, sole_y + 0.5, "c"),
                (21.4, -5.0),
                (23.6, -6.6),
                (26.2, -5.8),
                (28.4, -4.4),
                (28.8, sole_y + 0.3, "c"),
            ]
        ),
        cloth="second" if cut["contrast"] else "main",
        puff=0.9,
        shadow=0.25,
    )
    heel = Piece(
        curve(
            [
                (0.2, sole_y + 0.6, "c"),
                (-0.7, -6.5),
                (0.1, top + 1.4, "c"),
                (3.2, top + 3),
                (5.6, sole_y - 2),
                (6.2, sole_y + 0.7, "c"),
            ]
        ),
        cloth="second" if cut["contrast"] else "main",
        puff=0.7,
        shadow=0.25,
    )
    eyestay = Piece(
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
        cloth="second" if cut["contrast"] else "main",
        puff=0.6,
        shadow=0.3,
    )
    pieces = [tongue, upper, collar, toe, heel, eyestay]
    n = 6 if high else 4
    spots = [(10.6 + 6.4 * t, top + 2.2 + (-7.2 - top - 2.2) * t) for t in np.linspace(0.05, 0.92, n)]
    eyestay.dots += [Dot(x - 0.7, y + 0.9, 0.32, "dark") for x, y in spots]
    pieces += laces([(x + 0.3, y + 0.1) for x, y in spots], 3.4, 0.9)
    emblem = str(cut["emblem"])
    if emblem == "stripes":
        upper.lines += [
            Line(np.array([(10.0 + k, sole_y - 0.2), (12.8 + k, -6.8)]), 0.9, "accent", 0.95) for k in (0, 1.9, 3.8)
        ]
    elif emblem == "swash":
        upper.lines += [
            Line(curve([(6.4, -6.4), (9, -4.8), (14, -5.2), (20, -7.2)], closed=False), 1.1, "accent", 0.95)
        ]
    elif emblem == "star":
        upper.dots.append(Dot(4.8, -9.6 if high else -6.4, 1.7, "accent"))
    upper.lines.append(Line(curve([(20.8, sole_y), (20.6, -5.2), (22, -6.6)], closed=False), 0.12, "seam", 0.4))
    return pair([*(_shifted(piece, 0, -raised) for piece in pieces), sole], rng)


def pumps(cut: Cut, rng: np.random.Generator) -> Garment:
    h = number(cut, "heel")
    foot: list[Control] = [(0.6, -h - 1.0, "c"), (0.9, 0, "c"), (4.6, 0, "c"), (5.0, -h * 0.5), (6.8, -h - 0.4, "c")]
    if cut["thin"]:
        foot = [
            (0.6, -h - 1.0, "c"),
            (0.5, -h * 0.5),
            (1.6, 0, "c"),
            (2.9, 0, "c"),
            (3.2, -h * 0.5),
            (6.8, -h - 0.4, "c"),
        ]
    heel = Piece(curve(foot), cloth="heel", puff=0.7, shadow=0.2, wrinkle=0)
    sole = Piece(
        curve(
            [
                (0.4, -h - 0.4, "c"),
                (6, -h - 0.9),
                (12, -h * 0.62),
                (17.5, -0.9),
                (25, -0.1),
                (28.6, -0.6, "c"),
                (24, -1.2),
                (18, -1.8),
                (12, -h * 0.72 - 0.5),
                (5, -h - 1.6),
            ]
        ),
        cloth="sole",
        puff=0.3,
        shadow=0.1,
        wrinkle=0,
    )
    upper = Piece(
        curve(
            [
                (0.2, -h - 0.6, "c"),
                (-0.6, -h - 3.4),
                (0.2, -h - 6.6, "c"),
                (2.2, -h - 6.0),
                (6.5, -h - 2.4),
                (12, -h * 0.72 - 1.4),
                (17.5, -4.4),
                (20.5, -5.0, "c"),
                (24.5, -3.6),
                (28.8 + (1.0 if cut["pointed"] else 0), -1.2 if cut["pointed"] else -1.8),
                (28, -0.5),
                (22, -0.9),
                (17, -1.7),
                (12, -h * 0.68 - 0.3),
                (5, -h - 1.3),
            ]
        ),
        puff=0.9,
        shadow=0.3,
    )
    far = Piece(
        curve(
            [
                (0.2, -h - 6.4),
                (3, -h - 6.6),
                (8, -h - 3.4),
                (14, -h * 0.6 - 3),
                (19.6, -5.4),
                (20.5, -4.9, "c"),
                (12, -h * 0.7 - 1.2),
                (6, -h - 2.0),
            ]
        ),
        cloth="inside",
        tone=0.7,
        puff=0.2,
        shadow=0,
    )
    pieces = [far, heel, upper, sole]
    if cut["strap"]:
        strap = Piece(
            band(curve([(0.2, -h - 5.6), (4, -h - 7.4), (9, -h - 6.4), (10.6, -h * 0.78 - 2.0)], closed=False), 0.9),
            puff=0.6,
            shadow=0.3,
        )
        strap.dots.append(Dot(8.6, -h - 6.4, 0.55, "metal"))
        pieces.append(strap)
    if cut["bow"]:
        pieces.append(Piece(ellipse(21.0, -5.2, 1.7, 0.9), cloth="trim", puff=1, shadow=0.3))
    return pair(pieces, rng)


def sandals(cut: Cut, rng: np.random.Generator) -> Garment:
    h = number(cut, "heel")
    sole: list[tuple[float, float] | tuple[float, float, str]] = [
        (-0.4, -h - 1.5),
        (-0.4, -0.4),
        (0.6, 0, "c"),
        (9, 0, "c"),
        (13, -h * 0.12),
        (20, -0.1),
        (26.5, -0.2),
    ]
    sole += [(29.2, -1.6), (28.6, -2.6), (20, -2.8), (12, -h * 0.72 - 1.4), (5, -h - 2.0)]
    base = Piece(curve(sole), cloth="sole", puff=0.5, shadow=0.2, wrinkle=0)
    base.lines.append(
        Line(
            curve([(-0.2, -h - 0.5), (5, -h - 1.0), (12, -h * 0.72 - 0.4), (20, -1.8), (28.6, -1.6)], closed=False),
            0.16,
            "seam",
            0.5,
        )
    )
    bed: list[Control] = [
        (-0.4, -h - 1.4),
        (5, -h - 2.1),
        (12, -h * 0.72 - 1.5),
        (20, -2.9),
        (28.8, -2.7),
        (20, -3.9),
        (12, -h * 0.72 - 2.6),
        (4, -h - 3.1),
    ]
    pieces = [Piece(curve(bed), cloth="inside", puff=0.2, shadow=0.1), base]
    straps: list[list[Control]]
    if cut["broad"]:
        straps = [
            [
                (14.6, -h * 0.5 - 1.2, "c"),
                (15.4, -6.2),
                (18.2, -8.4),
                (22.0, -7.6),
                (25.2, -5.2),
                (26.2, -2.0, "c"),
                (20, -1.9),
            ]
        ]
    else:
        straps = [
            [
                (x, -h * 0.5 * up - 1.8, "c"),
                (x + 0.5, -h * 0.5 * up - 4.6),
                (x + 3.2, -h * 0.4 * up - 6.6),
                (x + 6.4, -h * 0.3 * up - 5.4),
                (x + 7.2, -h * 0.2 * up - 1.7, "c"),
            ]
            for x, up in ((11.2, 1.0), (18.8, 0.2))
        ]
    for strap in straps:
        piece = Piece(curve(strap), puff=0.9, shadow=0.4)
        inner = (piece.outline - piece.outline.mean(0)) * (0.84, 0.88) + piece.outline.mean(0)
        piece.lines.append(Line(inner, 0.12, "stitch", 0.45, 0.3))
        pieces.append(piece)
    if cut["ankle"]:
        back = curve(
            [
                (-0.3, -h - 1.6, "c"),
                (-0.7, -h - 6),
                (0.2, -h - 9.6, "c"),
                (3.2, -h - 9.8, "c"),
                (3.4, -h - 6),
                (4.6, -h - 2.2, "c"),
            ]
        )
        loop = band(
            curve(
                [
                    (0.4, -h - 8.8),
                    (3.4, -h - 8.2),
                    (7.0, -h - 8.8),
                    (9.4, -h - 10.4),
                    (8.2, -h - 11.8),
                    (4.4, -h - 11.2),
                    (0.6, -h - 9.4),
                ],
                closed=False,
            ),
            1.3,
        )
        around = Piece(loop, puff=0.8, shadow=0.3)
        around.dots.append(Dot(8.6, -h - 9.6, 0.75, "metal"))
        pieces += [Piece(back, puff=0.7, shadow=0.3), around]
    return pair(pieces, rng)
