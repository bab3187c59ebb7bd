"""Slip, flared, shirt and shift dresses; y = 0 is the highest point of the shoulders."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments import uppers
from lookgraph.demo.garments.lowers import skirt_panel
from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.garments.uppers import Upper
from lookgraph.demo.outlines import band, box, curve, laid_by_hand, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def _moved(piece: Piece, dy: float) -> Piece:
    piece.outline = piece.outline + (0, dy)
    for fold in piece.folds:
        object.__setattr__(fold, "points", fold.points + (0, dy))
    for line in piece.lines:
        object.__setattr__(line, "points", line.points + (0, dy))
    piece.dots = [Dot(dot.x, dot.y + dy, dot.radius, dot.ink) for dot in piece.dots]
    return piece


def slip_dress(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    front = curve(
        mirrored(
            [
                (0, 20),
                (7, 15.5),
                (11.5, 12, "c"),
                (17.5, 22, "c"),
                (15.5, 42),
                (20.5, 62),
                (22 + length * 0.06, length, "c"),
                (9, length + 1.8),
                (0, length + 2.2),
            ]
        )
    )
    body = Piece(laid_by_hand(front, rng, 0.4), puff=0.6, shadow=0.3)
    for x in np.linspace(-0.8, 0.8, 8):
        points = curve([(x * 14, 44 + rng.uniform(-3, 8)), (x * 19, 70), (x * 25, length)], closed=False)
        body.folds.append(Fold(points, rng.choice([2.2, 3.6]), rng.choice([-0.5, 0.5])))
    for s in (-1, 1):
        body.folds.append(Fold(curve([(s * 16, 24), (s * 8, 27), (s * 3, 24)], closed=False), 2.2, -0.5))
    back = Piece(
        curve(mirrored([(0, 22), (9, 19), (11.5, 12.5, "c"), (16, 21), (12, 26), (0, 28)])),
        cloth="inside",
        tone=0.65,
        puff=0.2,
        shadow=0,
        behind=True,
    )
    straps = [
        Piece(band(curve([(s * 11.5, 12.8), (s * 10.5, 5), (s * 9.0, -1)], closed=False), 0.8), puff=0.5, shadow=0.25)
        for s in (-1, 1)
    ]
    return Garment([back, *straps, body], hangs=True)


def flared_dress(cut: Cut, rng: np.random.Generator) -> Garment:
    length, sleeve = number(cut, "length"), number(cut, "sleeve")
    shape = Upper(
        neckline=str(cut["neckline"]),
        neck=9.5,
        neck_depth=16 if cut["neckline"] == "v" else 10,
        shoulder=18 if sleeve else 15.5,
        chest=20.5,
        waist=17.5,
        hem=16.5,
        length=40,
        sleeve=sleeve,
        cuff=13 if sleeve < 30 else 9,
        sleeve_width=17,
        spread=34 if sleeve < 30 else 17,
        puffed=number(cut, "puffed"),
    )
    pieces = [uppers.back_inside(shape), uppers.neck_label(shape)]
    if sleeve:
        pieces += [uppers.sleeve(shape, rng, -1), uppers.sleeve(shape, rng, 1)]
    panel = _moved(skirt_panel(16.5, 27, 32 + length * 0.1, length - 40, rng, folds=13), 40)
    pieces += [panel, uppers.body(shape, rng), uppers.neck_band(shape, 1.2)]
    belt = Piece(
        curve(mirrored([(0, 38.6), (16.9, 37.6, "c"), (16.9, 41, "c"), (0, 42)])),
        cloth="trim" if cut["belt"] else "main",
        puff=0.4,
        shadow=0.3,
    )
    pieces.append(belt)
    if cut["tiers"]:
        for t in (0.4, 0.72):
            y, w = 40 + (length - 40) * t, 16.5 + (16 + length * 0.1) * t + 5
            panel.folds.append(Fold(curve([(-w, y), (0, y + 2), (w, y)], closed=False), 2.2, -0.9))
            panel.lines.append(
                Line(curve([(-w * 0.96, y - 0.3), (0, y + 1.7), (w * 0.96, y - 0.3)], closed=False), 0.16, "seam", 0.5)
            )
    return Garment(pieces, hangs=True)


def shirt_dress(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    shape = Upper(
        neckline="v",
        neck=8,
        neck_depth=11,
        shoulder=19.5,
        chest=23,
        waist=19,
        hem=27 + length * 0.03,
        length=length,
        hem_curve=-4,
        sleeve=50 if cut["sleeve"] == "long" else 22,
        cuff=10.5 if cut["sleeve"] == "long" else 16,
        spread=17,
    )
    front = uppers.body(shape, rng)
    for x in np.linspace(-0.85, 0.85, 9):
        points = curve([(x * 17, 46 + rng.uniform(0, 6)), (x * 22, 66), (x * 27, length)], closed=False)
        front.folds.append(Fold(points, 2.0, rng.choice([-0.5, 0.5])))
    pieces = [uppers.back_inside(shape), uppers.sleeve(shape, rng, -1), uppers.sleeve(shape, rng, 1), front]
    if cut["sleeve"] == "long":
        pieces += [uppers.cuff(shape, side, 5.5, "main", 0.6) for side in (-1, 1)]
    pieces.append(uppers.placket(shape, 10, length + 3, 3.2, 9))
    belt = Piece(
        curve(mirrored([(0, 42.5), (19.6, 41.6, "c"), (19.6, 45.6, "c"), (0, 46.4)])),
        cloth="trim" if cut["belt"] else "main",
        puff=0.5,
        shadow=0.4,
    )
    tails = [
        Piece(
            curve([(2, 44, "c"), (5 + k, 50), (6 + k, 64, "c"), (3 + k, 64.5, "c"), (0.5, 50)]),
            cloth=belt.cloth,
            puff=0.6,
            shadow=0.35,
        )
        for k in (0.0, 3.0)
    ]
    knot = Piece(box(-0.4, 41.6, 3.4, 46.8, 1.2), cloth=belt.cloth, puff=0.9, shadow=0.4)
    return Garment([*pieces, belt, *tails, knot, *uppers.collar(shape, 3.6, 8.5, 3.4)], hangs=True)


def shift_dress(cut: Cut, rng: np.random.Generator) -> Garment:
    length, sleeve = number(cut, "length"), number(cut, "sleeve")
    shape = Upper(
        neckline=str(cut["neckline"]),
        neck=9.5,
        neck_depth=8,
        shoulder=18.5 if sleeve else 16.5,
        chest=22,
        waist=20.5,
        hem=25,
        length=length,
        sleeve=sleeve,
        cuff=14,
        sleeve_width=19,
        spread=34,
    )
    pieces = [uppers.back_inside(shape), uppers.neck_label(shape)]
    if sleeve:
        pieces += [uppers.sleeve(shape, rng, -1), uppers.sleeve(shape, rng, 1)]
    front = uppers.body(shape, rng)
    for s in (-1, 1):
        front.lines.append(Line(curve([(s * 20.5, 27), (s * 13, 29), (s * 10, 27)], closed=False), 0.14, "seam", 0.45))
        front.lines.append(Line(curve([(s * 11, 40), (s * 11.5, 52), (s * 11, 62)], closed=False), 0.12, "seam", 0.35))
    pieces += [front, uppers.neck_band(shape, 1.3, "trim" if cut["belt"] else "main")]
    if cut["collar"]:
        for s in (-1, 1):
            leaf = curve([(0.3, 8.4, "c"), (4, 6.8), (9.2, 1.2, "c"), (12.5, 5), (9, 11), (3.4, 13.2)]) * (s, 1)
            pieces.append(Piece(leaf, cloth="trim", puff=0.4, shadow=0.35, wrinkle=0.2))
    return Garment(pieces, hangs=True)
