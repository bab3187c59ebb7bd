"""Blazers, coats and trench coats; y = 0 is the highest point of the shoulders."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments import uppers
from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.garments.uppers import Upper, mirrored_piece
from lookgraph.demo.outlines import box, curve, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def lapels(depth: float, width: float, notch: float, *, neck: float = 8.5) -> list[Piece]:
    """Collar and lapels along a deep V."""
    lapel = Piece(
        curve(
            [
                (0.6, depth, "c"),
                (neck * 0.56, depth * 0.42),
                (neck - 0.6, 3, "c"),
                (neck + width * 0.55, notch - 1.5, "c"),
                (neck + width, notch, "c"),
                (neck * 0.75 + width * 0.72, depth * 0.52),
                (3.4, depth - 3),
            ]
        ),
        puff=0.4,
        shadow=0.45,
        wrinkle=0.15,
        grain=-24,
    )
    top = Piece(
        curve(
            [
                (neck - 1.2, -2.6, "c"),
                (neck + 1.8, 0.4),
                (neck + width * 0.78, notch - 4, "c"),
                (neck + width * 0.5, notch - 0.6, "c"),
                (neck - 0.6, 5.5, "c"),
                (neck - 1.8, 1.5),
            ]
        ),
        puff=0.4,
        shadow=0.45,
        wrinkle=0.1,
        grain=-40,
    )
    back = Piece(
        curve(mirrored([(0, -3.4), (neck - 1.0, -2.8, "c"), (neck - 0.4, 2.0, "c"), (0, 2.6)])),
        tone=0.9,
        puff=0.3,
        shadow=0.2,
        wrinkle=0.1,
    )
    return [back, lapel, mirrored_piece(lapel), top, mirrored_piece(top)]


def welt(x: float, y: float, width: float, tilt: float, cloth: str = "main", flap: float = 0.0) -> list[Piece]:
    """A pocket's opening, with or without a flap; right side, then left."""
    depth = flap or 1.6
    right = Piece(
        curve(
            [
                (x - width / 2, y, "c"),
                (x + width / 2, y + tilt, "c"),
                (x + width / 2, y + tilt + depth, "c"),
                (x - width / 2 + 0.2, y + depth, "c"),
            ]
        ),
        cloth=cloth,
        puff=0.3,
        shadow=0.35,
        wrinkle=0.2,
    )
    return [right, mirrored_piece(right)]


def open_front(cut: Upper, rng: np.random.Generator, overlap_to: float) -> tuple[list[Piece], Piece]:
    """Sleeves, back and a front that closes to the left; and that front."""
    pieces = [
        uppers.back_inside(cut, 2.0),
        uppers.neck_label(cut),
        uppers.sleeve(cut, rng, -1),
        uppers.sleeve(cut, rng, 1),
    ]
    front = uppers.body(cut, rng)
    edge = curve(
        [(0.4, cut.neck_depth), (0.5, overlap_to), (2.4, cut.length - 2), (4.2, cut.length + 0.6)], closed=False
    )
    front.lines.append(Line(edge, 0.2, "seam", 0.75))
    front.folds.append(Fold(edge, 1.2, -0.7))
    return [*pieces, front], front


def blazer(cut: Cut, rng: np.random.Generator) -> Garment:
    double = bool(cut["double"])
    shape = Upper(
        neckline="v",
        neck=8.5,
        neck_depth=32,
        shoulder=21,
        chest=25,
        waist=22.5,
        hem=26,
        length=number(cut, "length"),
        sleeve=56,
        cuff=12,
        sleeve_width=23,
        spread=17,
    )
    pieces, front = open_front(shape, rng, 50)
    front.wrinkle = 0.6
    for s in (-1, 1):
        front.lines.append(
            Line(curve([(s * 12, 27), (s * 11.5, 44), (s * 12.6, 60)], closed=False), 0.12, "seam", 0.35)
        )
    pieces += welt(14.5, 50, 12.5, -0.6, flap=4.6)
    pocket = Piece(curve([(9, 25.4, "c"), (18.2, 24, "c"), (18.4, 26.2, "c"), (9.2, 27.6, "c")]), puff=0.3, shadow=0.3)
    pieces.append(pocket)
    xs, ys = ((-5.5, 5.5), (35, 45)) if double else ((0.2,), (34, 43))
    front.dots += [Dot(x, y, 0.95) for x in xs for y in ys]
    for piece in pieces[2:4]:
        side = 1 if piece.outline[:, 0].mean() > 0 else -1
        tip = piece.outline[np.argmax(piece.outline[:, 1])]
        piece.dots += [Dot(float(tip[0]) + side * 2.4, float(tip[1]) - 3.0 - 1.7 * k, 0.5) for k in range(3)]
    return Garment([*pieces, *lapels(32, number(cut, "lapel"), 12)], hangs=True)


def coat(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8.8,
        neck_depth=30,
        shoulder=22,
        chest=27,
        waist=26.5,
        hem=30,
        length=number(cut, "length"),
        sleeve=58,
        cuff=14,
        sleeve_width=25,
        spread=15,
    )
    pieces, front = open_front(shape, rng, 70)
    front.wrinkle = 0.5
    for x in (-18, -9, 8, 17):
        front.folds.append(
            Fold(
                curve([(x * 0.9, 52), (x * 1.1, 75), (x * 1.3, shape.length)], closed=False),
                3.6,
                rng.choice([-0.5, 0.5]),
            )
        )
    pieces += welt(16, 56, 13, 5, flap=3.2)
    double = bool(cut["double"])
    front.dots += [Dot(x, y, 1.3) for x in ((-6, 6) if double else (0.3,)) for y in (33, 46, 59)]
    return Garment([*pieces, *lapels(30, 9.5, 13, neck=8.8)], hangs=True)


def trench_coat(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8.8,
        neck_depth=22,
        shoulder=22,
        chest=26,
        waist=22.5,
        hem=33,
        length=number(cut, "length"),
        sleeve=57,
        cuff=13.5,
        sleeve_width=24,
        spread=16,
    )
    pieces, front = open_front(shape, rng, 80)
    for x in (-0.8, -0.5, -0.2, 0.25, 0.55, 0.85):
        front.folds.append(
            Fold(
                curve([(x * 21, 52), (x * 26, 70), (x * 33, shape.length)], closed=False), 3.0, rng.choice([-0.55, 0.5])
            )
        )
    front.dots += [Dot(x, y, 1.1) for x in (-7.5, 7.5) for y in (26, 38, 57, 70)]
    storm = Piece(
        curve([(9, 5, "c"), (20.5, 6, "c"), (22.5, 16), (21, 25, "c"), (9, 27), (6.5, 24, "c")]),
        puff=0.35,
        shadow=0.3,
        wrinkle=0.4,
    )
    straps = []
    for s in (-1, 1):
        strap = Piece(box(10, 1.4, 20.8, 4.6, 1.0) * (s, 1) + (0, 0.6), puff=0.4, shadow=0.35)
        strap.dots.append(Dot(s * 11.6, 3.6, 0.5))
        straps.append(strap)
    pieces += [storm, *welt(16, 57, 12, 6, flap=3.4)]
    belt = Piece(curve(mirrored([(0, 47.5), (22.9, 46.4, "c"), (22.9, 51, "c"), (0, 52.2)])), puff=0.5, shadow=0.4)
    tail = Piece(
        curve([(3, 50, "c"), (7.5, 49.5, "c"), (11, 60), (12.5, 68, "c"), (8.5, 69, "c"), (6.5, 60)]),
        puff=0.5,
        shadow=0.4,
    )
    buckle = Piece(
        box(-3.8, 46.4, 3.8, 53.4, 0.8), cloth="buckle", puff=0.6, shadow=0.4, holes=[box(-2.4, 47.8, 2.4, 52, 0.4)]
    )
    for s in (-1, 1):
        cuffs = uppers.cuff(shape, s, 2.6, "main", 0.8)
        cuffs.outline = cuffs.outline - (s * 3.0, 9.5)
        pieces.append(cuffs)
    return Garment([*pieces, belt, tail, buckle, *straps, *lapels(22, 9.5, 10.5, neck=8.8)], hangs=True)
