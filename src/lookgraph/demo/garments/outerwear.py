"""Denim, biker and bomber jackets, puffers; y = 0 is the highest point of the shoulders."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments import uppers
from lookgraph.demo.garments.emblems import zipper
from lookgraph.demo.garments.tailoring import lapels, welt
from lookgraph.demo.garments.tops import Cut, number, ribbed, roll_neck
from lookgraph.demo.garments.uppers import Upper
from lookgraph.demo.outlines import Control, box, curve, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def denim_jacket(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8.2,
        neck_depth=9,
        shoulder=21.5,
        chest=26,
        waist=24.5,
        hem=23.5,
        length=54,
        sleeve=54,
        cuff=12.5,
        sleeve_width=23,
        spread=17,
    )
    pieces = [
        uppers.back_inside(shape),
        uppers.neck_label(shape),
        uppers.sleeve(shape, rng, -1),
        uppers.sleeve(shape, rng, 1),
        uppers.body(shape, rng),
    ]
    pieces[-1].lines += _denim_seams()
    pieces += [_chest_flap(s) for s in (-1, 1)]
    pieces += [uppers.cuff(shape, s, 5, "main", 0.6) for s in (-1, 1)]
    pieces += [uppers.hem_band(shape, 4.5, "main", 0.4), _metal_buttoned_placket(shape)]
    pieces += uppers.collar(shape, 5.0, 8.5, 3.4, "second" if cut["contrast_collar"] else "main")
    return Garment(pieces, hangs=True)


def biker_jacket(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8.8,
        neck_depth=24,
        shoulder=21,
        chest=25,
        waist=23,
        hem=23,
        length=52,
        sleeve=55,
        cuff=12,
        sleeve_width=23,
        spread=16,
    )
    pieces = [
        uppers.back_inside(shape),
        uppers.neck_label(shape),
        uppers.sleeve(shape, rng, -1),
        uppers.sleeve(shape, rng, 1),
        uppers.body(shape, rng),
    ]
    for s, piece in ((-1, pieces[2]), (1, pieces[3])):
        tip = piece.outline[np.argmax(piece.outline[:, 1])]
        piece.lines.append(Line(np.array([tip + (s * 2.0, -2.5), tip + (-s * 3.5, -13)]), 0.6, "metal", 0.9, 0.32))
    front = pieces[4]
    zip_line = curve([(5.0, 22), (3.4, 34), (0.5, 52)], closed=False)
    front.lines += [Line(zip_line, 1.3, "dark", 0.5), Line(zip_line, 0.65, "metal", 0.95, 0.32)]
    for a, b in (((-18, 31), (-8, 36)), ((19, 38), (11, 47)), ((-18, 39), (-10, 47))):
        front.lines += [Line(np.array([a, b]), 1.4, "dark", 0.55), Line(np.array([a, b]), 0.7, "metal", 0.95, 0.32)]
        front.dots.append(Dot(*b, 0.7, "metal"))
    for s in (-1, 1):
        front.lines.append(Line(curve([(s * 21, 15), (s * 12, 16.5), (s * 3, 26)], closed=False), 0.14, "seam", 0.5))
        strap = Piece(box(10, 1.8, 20.2, 5.0, 1.0) * (s, 1) + (0, 0.4), puff=0.5, shadow=0.4)
        strap.dots.append(Dot(s * 11.6, 3.9, 0.6, "metal"))
        pieces.append(strap)
    belt = Piece(curve(mirrored([(0, 49.4), (23.0, 48.4, "c"), (23.2, 52.6, "c"), (0, 53.8)])), puff=0.5, shadow=0.4)
    buckle = Piece(
        box(-6.5, 47.8, -1, 54.4, 0.8), cloth="metal", puff=0.6, shadow=0.4, holes=[box(-5.2, 49.2, -2.4, 53, 0.4)]
    )
    collar = lapels(24, 10, 11, neck=8.8)
    for piece in collar[1:3]:
        x, y = piece.outline[:, 0], piece.outline[:, 1]
        tip = piece.outline[np.argmax(np.abs(x) - 0.4 * y)]
        piece.dots.append(Dot(float(tip[0]) * 0.88, float(tip[1]) + 1.2, 0.6, "metal"))
    return Garment([*pieces, belt, buckle, *collar], hangs=True)


def bomber(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neck=8.6,
        neck_depth=7.5,
        shoulder=21.5,
        chest=27,
        waist=27,
        hem=25.5,
        length=54,
        sleeve=50,
        cuff=12.5,
        sleeve_width=25,
        spread=18,
        puffed=0.25,
    )
    pieces = [
        uppers.back_inside(shape),
        uppers.neck_label(shape),
        uppers.sleeve(shape, rng, -1),
        uppers.sleeve(shape, rng, 1),
        uppers.body(shape, rng),
    ]
    pieces += [uppers.cuff(shape, s, 6, "rib", -1.4) for s in (-1, 1)]
    pieces += [uppers.hem_band(shape, 6), *welt(15.5, 37, 2.2, 0, flap=12)]
    for piece in pieces[-2:]:
        s = 1 if piece.outline[:, 0].mean() > 0 else -1
        piece.outline = (piece.outline - piece.outline.mean(0)) @ np.array(
            [[0.92, s * 0.39], [-s * 0.39, 0.92]]
        ) + piece.outline.mean(0)
    if cut["varsity"]:
        pieces[2].cloth = pieces[3].cloth = "second"
        pieces += [
            Piece(
                box(7, 19, 15, 28, 0.6),
                cloth="accent",
                puff=0.3,
                shadow=0.25,
                holes=[box(9.6, 21, 12.4, 23, 0.2), box(9.6, 24.6, 12.4, 28.2, 0.2)],
            )
        ]
        front = pieces[4]
        front.dots += [Dot(0, float(y), 0.85, "metal") for y in np.linspace(13, 52, 6)]
        front.lines.append(Line(np.array([(1.6, 9), (1.6, 55)]), 0.16, "seam", 0.7))
    else:
        pieces.append(zipper(8.5, 60))
    pieces.append(ribbed(uppers.neck_band(shape, 3.6, "rib"), shape))
    return Garment(pieces, hangs=True)


def puffer(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    shape = Upper(
        neck=9,
        neck_depth=5,
        shoulder=22,
        chest=28,
        waist=28,
        hem=27.5,
        length=length,
        sleeve=54,
        cuff=15,
        sleeve_width=26,
        spread=17,
        puffed=0.1,
    )
    pieces = [_quilted_sleeve(shape, rng, side) for side in (-1, 1)]
    pieces += [_quilted_front(shape, rng, number(cut, "quilt")), zipper(3, length + 0.8)]
    if cut["hood"]:
        return Garment([*_hood(), *pieces, *roll_neck(shape)[1:2]], hangs=True)
    back, front = roll_neck(shape)
    for piece in (back, front):
        piece.cloth, piece.lines, piece.puff = "main", [], 1.2
    return Garment([back, *pieces, front], hangs=True)


def _denim_seams() -> list[Line]:
    """A trucker jacket's twin stitching: along the yoke, and from it down to the waistband."""
    yoke = np.array([(-21.5, 19.5), (0, 19.5), (21.5, 19.5)])
    lines = [Line(yoke + (0, k), 0.16, "stitch", 0.9, 0.35) for k in (0.0, 0.9)]
    for s in (-1, 1):
        for x0, x1 in ((7.0, 5.2), (14.5, 12.0)):
            seam = np.array([(s * x0, 20), (s * x1, 54)])
            lines += [Line(seam + (s * k, 0), 0.16, "stitch", 0.85, 0.35) for k in (0.0, 0.9)]
    return lines


def _chest_flap(side: int) -> Piece:
    outline: list[Control] = [
        (side * 6.5, 19.2, "c"),
        (side * 16.5, 19.2, "c"),
        (side * 16.5, 23.4, "c"),
        (side * 11.5, 25.6, "c"),
        (side * 6.5, 23.4, "c"),
    ]
    flap = Piece(curve(outline), puff=0.3, shadow=0.4, wrinkle=0.3)
    stitching: list[Control] = [
        (side * 7.2, 20, "c"),
        (side * 7.2, 23, "c"),
        (side * 11.5, 24.8, "c"),
        (side * 15.8, 23, "c"),
        (side * 15.8, 20, "c"),
    ]
    flap.lines.append(Line(curve(stitching, closed=False), 0.14, "stitch", 0.85, 0.35))
    flap.dots.append(Dot(side * 11.5, 23.2, 0.65, "metal"))
    return flap


def _metal_buttoned_placket(shape: Upper) -> Piece:
    strip = uppers.placket(shape, 9, 58, 3.6, 6, radius=0.75)
    strip.dots = [Dot(d.x, d.y, d.radius, "metal") for d in strip.dots]
    strip.lines = [Line(np.array([(x, 9), (x, 58)]), 0.14, "stitch", 0.85, 0.35) for x in (-1.3, 1.3)]
    return strip


def _quilted_sleeve(shape: Upper, rng: np.random.Generator, side: int) -> Piece:
    arm = uppers.sleeve(shape, rng, side)
    arm.puff, arm.folds = 1.2, []
    angle = np.radians(shape.spread)
    down, across = np.array([np.sin(angle), np.cos(angle)]), np.array([-np.cos(angle), np.sin(angle)])
    for t in np.linspace(0.2, 0.96, 6):
        start = np.array([shape.shoulder, 4]) + down * shape.sleeve * t - across * 0.6
        end = start + across * (shape.sleeve_width * (1 - t) + shape.cuff * t + 1.6)
        line = np.linspace(start, end, 9) * (side, 1)
        arm.folds.append(Fold(line, 1.4, -1.1))
        arm.lines.append(Line(line, 0.14, "seam", 0.45))
    return arm


def _quilted_front(shape: Upper, rng: np.random.Generator, step: float) -> Piece:
    """The front, with a seam every ``step`` centimetres."""
    front = uppers.body(shape, rng)
    front.puff, front.folds = 1.1, []
    for y in np.arange(13, shape.length - 2, step):
        line = np.stack(
            [np.linspace(-shape.chest, shape.chest, 25), np.full(25, y) + 0.6 * np.cos(np.linspace(-3, 3, 25))], 1
        )
        kept = np.abs(line[:, 0]) < shape.chest - 1 - max(0.0, (20 - y) * 0.28)
        front.folds.append(Fold(line[kept], 1.6, -1.3))
        front.lines.append(Line(line[kept], 0.14, "seam", 0.5))
    return front


def _hood() -> list[Piece]:
    outline = curve(mirrored([(0, -21), (12, -18), (16, -7), (13.5, 4), (0, 8)]))
    hood = Piece(outline, puff=1.2, shadow=0.2, behind=True)
    inside = Piece(
        curve(mirrored([(0, -14), (8.5, -11.5), (10.5, -3), (8.5, 4), (0, 6)])),
        cloth="inside",
        tone=0.55,
        shadow=0.4,
        behind=True,
    )
    return [hood, inside]
