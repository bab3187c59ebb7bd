"""Jeans, trousers, joggers, leggings, shorts and skirts; y = 0 is the waist."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.garments.uppers import mirrored_piece
from lookgraph.demo.outlines import Control, band, box, curve, laid_by_hand, mirrored, zigzag
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece

WAIST_Y = 40.0


def _legs(
    waist: float,
    hip: float,
    knee: float,
    hem: float,
    length: float,
    apart: float,
    rng: np.random.Generator,
    crotch: float = 27,
) -> tuple[Piece, Piece]:
    """Both legs, the left one first; each from the waist's middle to the outside."""
    right = _leg_outline(waist, hip, knee, hem, length, apart, crotch)
    leg = Piece(laid_by_hand(curve(right), rng, 0.4), puff=0.9, shadow=0.3)
    leg.folds += _crotch_folds(hip, crotch, rng)
    if length > 60:
        leg.folds += _leg_folds(hem, length, apart, rng)
    return mirrored_piece(leg), leg


def _leg_outline(
    waist: float, hip: float, knee: float, hem: float, length: float, apart: float, crotch: float
) -> list[Control]:
    """The right leg's."""
    knee_y = length * 0.56
    outside = [(hip, 19.0), (hip * 0.98, 27.0), (apart + knee * 2 - 1.0 + (hip - knee * 2) * 0.2, knee_y)]
    if length < 60:
        outside, knee_y = [(hip, 17.0)], (crotch + 2 + length) / 2
    return [
        (-0.3, 0, "c"),
        (waist, 0, "c"),
        *outside,
        (apart + hem * 2, length, "c"),
        (apart + hem, length + 0.7),
        (apart, length, "c"),
        (apart * 0.72 + 0.3, knee_y),
        (0.6, crotch + 2),
        (-0.3, crotch - 3, "c"),
    ]


def _crotch_folds(hip: float, crotch: float, rng: np.random.Generator) -> list[Fold]:
    folds = []
    for _ in range(3):
        y = crotch + rng.uniform(-4, 6)
        points = curve(
            [(1.2, y), (6, y + rng.uniform(-3, 1)), (hip * rng.uniform(0.6, 0.9), y + rng.uniform(-8, 2))],
            closed=False,
        )
        folds.append(Fold(points, 1.6, rng.choice([-0.5, 0.45])))
    return folds


def _leg_folds(hem: float, length: float, apart: float, rng: np.random.Generator) -> list[Fold]:
    folds = []
    for _ in range(4):
        y = length * rng.uniform(0.45, 0.95)
        x0 = apart * y / length + 0.8
        points = curve(
            [(x0, y), (x0 + hem, y + rng.uniform(-2, 2)), (x0 + hem * 1.8, y + rng.uniform(-3, 3))], closed=False
        )
        folds.append(Fold(points, 1.6, rng.choice([-0.55, 0.45])))
    return folds


def _waistband(waist: float, depth: float, *, loops: bool, button: str = "button") -> list[Piece]:
    piece = Piece(
        curve(
            [
                (-waist, -depth, "c"),
                (0, -depth + 0.9),
                (waist, -depth, "c"),
                (waist + 0.4, 0.3, "c"),
                (0, 1.2),
                (-waist - 0.4, 0.3, "c"),
            ]
        ),
        puff=0.35,
        shadow=0.25,
        wrinkle=0.3,
    )
    back = Piece(
        curve([(-waist, -depth, "c"), (0, -depth - 1.2), (waist, -depth, "c"), (0, -depth + 1.2)]),
        cloth="inside",
        tone=0.6,
        puff=0.1,
        shadow=0,
        behind=True,
    )
    pieces = [back, piece]
    if loops:
        for x in (-waist * 0.62, waist * 0.62):
            pieces.append(Piece(box(x - 0.6, -depth - 0.1, x + 0.6, 1.4, 0.2), puff=0.4, shadow=0.35, wrinkle=0))
    piece.dots.append(Dot(0.0, -depth / 2 + 0.9, 0.85, button))
    return pieces


def jeans(cut: Cut, rng: np.random.Generator) -> Garment:
    flare, length = number(cut, "flare"), number(cut, "length")
    left, right = _legs(18.5, 24.5, 9.5 + flare * 2.5, 8 + flare * 6, length, 4.5 - flare, rng)
    for leg, s in ((left, -1), (right, 1)):
        pocket = curve([(s * 9, 0.6), (s * 11.5, 6), (s * 18.8, 9)], closed=False)
        leg.lines += [Line(pocket, 0.16, "stitch", 0.9, 0.35), Line(pocket + (0, 0.9), 0.16, "stitch", 0.8, 0.35)]
        leg.lines.append(Line(leg.outline[18:52] - (s * 1.0, 0), 0.13, "seam", 0.4))
        leg.dots.append(Dot(s * 18.0, 8.0, 0.4, "metal"))
        hem = np.array([(s * (4.8 - flare), length - 1.6), (s * (20 + flare * 11), length - 1.8)])
        leg.lines.append(Line(hem, 0.14, "stitch", 0.8, 0.35))
        if cut["wash"]:
            leg.folds.append(Fold(curve([(s * 11, 32), (s * 12.5, 50), (s * 13, 70)], closed=False), 6.0, 0.35))
    if cut["ripped"]:
        for y, x in ((56, 13), (62, -12)):
            right_or_left = right if x > 0 else left
            tear = zigzag(np.array([(x - 4, y), (x, y + 0.5), (x + 4, y)]), 14, 0.5)
            right_or_left.lines += [Line(tear, 1.6, "light", 0.9), Line(tear + (0, 0.8), 0.2, "seam", 0.6)]
    fly = curve([(2.6, 1, "c"), (2.8, 14), (0.4, 20)], closed=False)
    right.lines += [Line(fly, 0.16, "stitch", 0.9, 0.35), Line(np.array([(0.0, 0.8), (0.1, 24)]), 0.16, "seam", 0.6)]
    pieces = [left, right, *_waistband(18.5, 4.2, loops=True, button="metal")]
    return Garment(pieces, WAIST_Y)


def trousers(cut: Cut, rng: np.random.Generator) -> Garment:
    wide, length = number(cut, "width"), number(cut, "length")
    left, right = _legs(18, 24 + wide, 10 + wide * 3, 8.5 + wide * 5, length, 4 - wide, rng)
    for leg, s in ((left, -1), (right, 1)):
        crease = curve([(s * 10, 4), (s * (12 + wide), length * 0.5), (s * (12.5 + wide * 3.6), length)], closed=False)
        leg.lines.append(Line(crease, 0.16, "seam", 0.45))
        leg.folds.append(Fold(crease, 1.6, 0.7))
        leg.lines.append(Line(np.array([(s * 14, 0.8), (s * 19.2 + s * wide, 13)]), 0.16, "seam", 0.55))
        if cut["pleats"]:
            for x in (7, 10):
                leg.folds.append(Fold(np.array([(s * x, 0.5), (s * (x + 0.4), 7), (s * (x + 1), 14)]), 1.2, -0.9))
    right.lines.append(Line(np.array([(0.0, 0.8), (0.1, 24)]), 0.16, "seam", 0.6))
    return Garment([left, right, *_waistband(18, 4, loops=True)], WAIST_Y)


def joggers(cut: Cut, rng: np.random.Generator) -> Garment:
    length = 90.0
    left, right = _legs(18.5, 26, 11.5, 9, length, 5, rng)
    pieces = [left, right]
    for s in (-1, 1):
        cuff = Piece(
            curve(
                [
                    (s * 6, length - 0.5, "c"),
                    (s * 21.5, length - 0.5, "c"),
                    (s * 19.5, length + 6, "c"),
                    (s * 8, length + 6, "c"),
                ]
            ),
            cloth="rib",
            puff=0.6,
            shadow=0.25,
        )
        cuff.lines = [
            Line(np.array([(s * x, length), (s * (x * 0.76 + 3.2), length + 5.6)]), 0.2, "seam", 0.35)
            for x in np.linspace(7, 21, 12)
        ]
        pieces.append(cuff)
        (left if s < 0 else right).lines.append(
            Line(curve([(s * 15, 1), (s * 18, 9), (s * 24, 16)], closed=False), 0.16, "seam", 0.55)
        )
        if cut["side_stripe"]:
            leg = left if s < 0 else right
            outer = curve(
                [(s * 18.2, 1), (s * 25.2, 20), (s * 25.0, 30), (s * 23.6, 58), (s * 22, length - 1)], closed=False
            ) - (s * 1.6, 0)
            leg.lines += [Line(outer - (s * k, 0), 0.7, "accent", 0.95) for k in (0.2, 1.8)]
    waist = Piece(box(-19, -5, 19, 1, 0.8), cloth="rib", puff=0.7, shadow=0.2)
    waist.lines = [Line(np.array([(x, -4.6), (x * 1.01, 0.6)]), 0.22, "seam", 0.35) for x in np.linspace(-18, 18, 34)]
    pieces.append(waist)
    for s in (-1, 1):
        cord = curve([(s * 1.0, -1.5), (s * 2.6, 5), (s * 2.0, 13)], closed=False)
        pieces.append(Piece(band(cord, 0.8), cloth="cord", puff=0.6, shadow=0.35))
    return Garment(pieces, WAIST_Y)


def leggings(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    left, right = _legs(15, 20.5, 7.8, 5.6, length, 4.0, rng)
    for leg, s in ((left, -1), (right, 1)):
        leg.wrinkle = 0.5
        if cut["panel"]:
            panel = curve(
                [(s * 20.0, 22), (s * 16.4, 40), (s * 18.6, length * 0.62), (s * 15.5, length * 0.8)], closed=False
            )
            leg.lines.append(Line(panel, 0.22, "accent", 0.9))
    waist = Piece(curve(mirrored([(0, -7.2), (14.2, -8, "c"), (15.4, 1, "c"), (0, 2.4)])), puff=0.6, shadow=0.25)
    return Garment([left, right, waist], WAIST_Y)


def shorts(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    left, right = _legs(18.5, 24.5, 14.5, 12.6, length, 1.6, rng, crotch=25)
    pieces = [left, right]
    for leg, s in ((left, -1), (right, 1)):
        pocket = curve([(s * 10, 0.6), (s * 13, 6), (s * 20.5, 11)], closed=False)
        leg.lines.append(Line(pocket, 0.16, str(cut["stitch"]), 0.8, 0.35 if cut["stitch"] == "stitch" else 0))
        leg.lines.append(Line(np.array([(s * 2, length - 2.0), (s * 26.2, length - 2.2)]), 0.14, "seam", 0.5))
    right.lines.append(Line(np.array([(0.0, 0.8), (0.1, 22)]), 0.16, "seam", 0.6))
    if cut["drawstring"]:
        band_piece = Piece(box(-19, -4, 19, 1, 0.8), puff=0.8, shadow=0.2)
        band_piece.folds = [
            Fold(np.array([(x, -4), (x + 0.1, -1), (x, 1)]), 0.8, -0.5) for x in np.linspace(-18, 18, 22)
        ]
        pieces.append(band_piece)
        for s in (-1, 1):
            pieces.append(
                Piece(
                    band(curve([(s * 1.0, -1), (s * 3.4, 5), (s * 2.4, 12)], closed=False), 0.8),
                    cloth="cord",
                    puff=0.6,
                    shadow=0.35,
                )
            )
    else:
        pieces += _waistband(18.5, 4, loops=True)
    return Garment(pieces, WAIST_Y)


def skirt_panel(
    waist: float, hip: float, hem: float, length: float, rng: np.random.Generator, *, folds: int, sag: float = 2.0
) -> Piece:
    """A skirt's front from the waist down, with folds that widen to the hem."""
    hip_y = min(20.0, length * 0.45)
    half: list[tuple[float, float] | tuple[float, float, str]] = [
        (0, 0),
        (waist, -0.6, "c"),
        (hip, hip_y),
        (hem, length - 0.5, "c"),
    ]
    n = 7
    for i in range(1, n):
        x = hem * (1 - i / n)
        half.append((x, length + sag * (1 - (x / hem) ** 2) + rng.uniform(-0.5, 0.5) * (1 if folds else 0.1)))
    piece = Piece(laid_by_hand(curve(mirrored([*half, (0, length + sag)])), rng, 0.4), puff=0.7, shadow=0.3)
    for x in np.linspace(-0.88, 0.88, folds):
        jitter = rng.uniform(-0.04, 0.04)
        top = rng.uniform(1, hip_y * 0.8)
        points = curve(
            [
                (waist * x, top),
                ((hip + hem) / 2 * (x + jitter), length * 0.55),
                (hem * (x + jitter), length + sag * (1 - x * x)),
            ],
            closed=False,
        )
        points[-1] += (0, 3)
        piece.folds.append(Fold(points, rng.choice([2.2, 3.6]), rng.choice([-0.6, 0.55])))
    return piece


def skirt(cut: Cut, rng: np.random.Generator) -> Garment:
    length, flare = number(cut, "length"), number(cut, "flare")
    panel = skirt_panel(17, 22 + flare * 4, 22 + flare * (8 + length * 0.22), length, rng, folds=int(2 + flare * 9))
    panel.lines.append(Line(np.array([(-0.2, 1), (0, length * (0.5 if flare > 0.3 else 1))]), 0.1, "seam", 0.25))
    pieces = [panel, *_waistband(17, 3.6, loops=False)]
    if cut["buttons"]:
        strip = Piece(box(-1.7, 0.8, 1.7, length + 2, 0.3), puff=0.25, shadow=0.2, wrinkle=0.4)
        strip.dots = [Dot(0, float(y), 0.85) for y in np.linspace(5, length - 5, 6)]
        pieces.insert(1, strip)
    return Garment(pieces, WAIST_Y)


def pleated_skirt(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    n = 15
    top, low = np.linspace(-17, 17, n + 1), np.linspace(-1, 1, n + 1) * (24 + length * 0.2)
    pieces = []
    order = sorted(range(n), key=lambda i: -abs(i - n / 2))
    for i in order:
        sag_a, sag_b = (2.2 * (1 - (2 * k / n - 1) ** 2) for k in (i, i + 1))
        controls = [
            (float(top[i]), 0.0, "c"),
            (float(top[i + 1]) + 0.3, 0.0, "c"),
            (float(low[i + 1]) + 1.2, length + sag_b + 0.6, "c"),
            (float(low[i]), length + sag_a, "c"),
        ]
        pleat = Piece(curve(controls), puff=0.75, shadow=0.35, wrinkle=0.3, grain=-float(low[i] + low[i + 1]) * 0.25)
        pieces.append(pleat)
    return Garment([*pieces, *_waistband(17.2, 4, loops=False)], WAIST_Y)
