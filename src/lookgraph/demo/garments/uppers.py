"""Tops, dresses' upper halves and outerwear: one pattern with many cuts.

Coordinates are centimetres from the highest point of the shoulders; y points down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lookgraph.demo.outlines import Control, box, curve, flip, laid_by_hand, mirrored
from lookgraph.demo.pieces import Dot, Fold, Line, Piece


@dataclass(frozen=True)
class Upper:
    """The cut of an upper garment, in centimetres unless said otherwise.

    Attributes:
        neck: Half the width of the neckline.
        neck_depth: How far it falls in front.
        neckline: ``round``, ``v``, ``square``, ``boat``, ``halter``.
        shoulder: Half the width between the shoulder seams.
        chest, waist, hem: Half widths.
        length: From shoulder to hem.
        sleeve: Length; 0: none.
        cuff: Width of the sleeve's end.
        sleeve_width: Width at the top.
        spread: Degrees of the sleeves from the vertical.
        puffed: 0 straight to 1 balloon sleeves.
        hem_curve: How far the hem is lower in the middle; negative: a shirt tail's sides rise.
    """

    neck: float = 8.5
    neck_depth: float = 9
    neckline: str = "round"
    shoulder: float = 20
    chest: float = 25
    waist: float = 24
    hem: float = 24.5
    length: float = 66
    sleeve: float = 20
    cuff: float = 17
    sleeve_width: float = 21
    spread: float = 34
    puffed: float = 0.0
    hem_curve: float = 1.0

    @property
    def armpit_y(self) -> float:
        return self.sleeve_width + 3

    def neckline_controls(self) -> list[tuple[float, float] | tuple[float, float, str]]:
        """From the middle to the shoulder, right half."""
        n, d = self.neck, self.neck_depth
        if self.neckline == "v":
            return [(0, d, "c"), (n * 0.55, d * 0.42), (n, 0, "c")]
        if self.neckline == "square":
            return [(0, d, "c"), (n * 0.86, d, "c"), (n, 0, "c")]
        if self.neckline == "boat":
            return [(0, d), (n * 0.6, d * 0.72), (n, 0, "c")]
        return [(0, d), (n * 0.62, d * 0.78), (n * 0.96, d * 0.3), (n, 0, "c")]

    def neck_line(self, lower: float = 0.0) -> np.ndarray:
        """The front neckline from left to right."""
        right = self.neckline_controls()
        left = [(-c[0], *c[1:]) for c in reversed(right)]
        return curve([*left[:-1], *right], closed=False) + (0, lower)


def body(cut: Upper, rng: np.random.Generator) -> Piece:
    """The front, with gentle folds from the armpits and along the sides."""
    side_y, waist_y = cut.armpit_y, max(cut.armpit_y + 6, min(42.0, cut.length * 0.68))
    half: list[tuple[float, float] | tuple[float, float, str]] = [
        *cut.neckline_controls(),
        (cut.shoulder, 3.9, "c"),
        (cut.shoulder - 1.2, side_y * 0.55),
        (cut.chest, side_y, "c"),
    ]
    if cut.length > waist_y + 4:
        half.append((cut.waist, waist_y))
    rise = cut.hem_curve if cut.hem_curve < 0 else 0.0
    half += [(cut.hem, cut.length + rise, "c")]
    half += [(cut.hem * 0.55, cut.length + cut.hem_curve * 0.7 - rise * 0.7), (0, cut.length + abs(cut.hem_curve))]
    whole = mirrored(half)
    piece = Piece(laid_by_hand(curve(whole), rng, 0.45), puff=0.55, shadow=0.3)
    for side in (-1, 1):
        for _ in range(3):
            x, y = cut.chest * rng.uniform(0.62, 0.92), side_y + rng.uniform(0, 4)
            end = (x * rng.uniform(0.3, 0.72), y + rng.uniform(8, 18))
            mid = ((x + end[0]) / 2 + rng.uniform(-1, 1), (y + end[1]) / 2 + rng.uniform(-2, 1))
            points = curve([(side * x, y), (side * mid[0], mid[1]), (side * end[0], end[1])], closed=False)
            piece.folds.append(Fold(points, rng.choice([2.0, 3.4]), rng.choice([-0.5, 0.45])))
        if cut.length > 45:
            for _ in range(2):
                x = cut.hem * rng.uniform(0.3, 0.9)
                low = cut.length - rng.uniform(1, 6)
                points = curve([(side * x, low), (side * (x - 1.5), low - rng.uniform(9, 18))], closed=False)
                piece.folds.append(Fold(points, 3.4, rng.choice([-0.4, 0.4])))
    return piece


def back_inside(cut: Upper, depth: float = 2.2) -> Piece:
    """What one sees of the back's inside through the neckline, with the label."""
    front = cut.neck_line()
    back = curve(
        [
            (cut.neck, 0, "c"),
            (cut.neck * 0.5, depth * 0.9 - 2.2),
            (-cut.neck * 0.5, depth * 0.9 - 2.2),
            (-cut.neck, 0, "c"),
        ],
        closed=False,
    )
    piece = Piece(
        np.concatenate([front, back]), cloth="inside", puff=0.1, shadow=0.0, tone=0.72, wrinkle=0.3, behind=True
    )
    piece.lines.append(Line(back + (0, 0.9), 0.2, "seam", 0.4))
    return piece


def neck_label(cut: Upper) -> Piece:
    """The woven label in the nape."""
    return Piece(box(-2.1, 0.6, 2.1, 2.9, 0.2), cloth="label", puff=0.05, shadow=0.15, wrinkle=0.0, behind=True)


def sleeve(cut: Upper, rng: np.random.Generator, side: int) -> Piece:
    """A sleeve; side 1 right, -1 left."""
    angle = math.radians(cut.spread + rng.uniform(-3, 3))
    down, across = np.array([math.sin(angle), math.cos(angle)]), np.array([-math.cos(angle), math.sin(angle)])
    top = np.array([cut.shoulder - 0.4, 4.0])
    outer = top + down * cut.sleeve
    inner = outer + across * cut.cuff
    outline = laid_by_hand(curve(_sleeve_outline(cut, top, down, across)), rng, 0.35)
    piece = Piece(outline, grain=-math.degrees(angle), puff=0.95, shadow=0.3)
    piece.origin = (float(top[0]), float(top[1]))
    piece.folds += _sleeve_folds(cut, top, down, across, rng)
    hem = curve([tuple(outer - down * 2.0), tuple(inner - down * 2.0)], closed=False)[[0, -1]]
    piece.lines.append(Line(hem, 0.14, "seam", 0.4))
    return piece if side > 0 else mirrored_piece(piece)


def mirrored_piece(piece: Piece) -> Piece:
    """The same piece on the other side."""
    return replace(
        piece,
        outline=flip(piece.outline),
        grain=-piece.grain,
        origin=(-piece.origin[0], piece.origin[1]),
        folds=[replace(fold, points=flip(fold.points)) for fold in piece.folds],
        lines=[replace(line, points=flip(line.points)) for line in piece.lines],
        dots=[Dot(-dot.x, dot.y, dot.radius, dot.ink) for dot in piece.dots],
        holes=[flip(hole) for hole in piece.holes],
    )


def cuff(cut: Upper, side: int, depth: float, cloth: str = "main", widen: float = -1.0) -> Piece:
    """A knitted or buttoned cuff at the sleeve's end."""
    angle = math.radians(cut.spread)
    down, across = np.array([math.sin(angle), math.cos(angle)]), np.array([-math.cos(angle), math.sin(angle)])
    outer = np.array([cut.shoulder - 0.4, 4.0]) + down * (cut.sleeve - 0.6) - across * widen / 2
    corners = [
        outer,
        outer + across * (cut.cuff + widen),
        outer + across * (cut.cuff + widen - 0.4) + down * depth,
        outer + across * 0.4 + down * depth,
    ]
    piece = Piece(
        curve([(float(p[0]), float(p[1]), "c") for p in corners]),
        cloth=cloth,
        grain=-cut.spread,
        puff=0.6,
        shadow=0.2,
        wrinkle=0.4,
    )
    if cloth == "rib":
        for t in np.linspace(0.1, 0.9, 8):
            a = corners[0] + (corners[1] - corners[0]) * t
            b = corners[3] + (corners[2] - corners[3]) * t
            piece.lines.append(Line(np.array([a, b]), 0.2, "seam", 0.35))
    return piece if side > 0 else mirrored_piece(piece)


def hem_band(cut: Upper, depth: float, cloth: str = "rib", narrow: float = 1.2) -> Piece:
    """A ribbed band below the hem."""
    y, w = cut.length - 0.5, cut.hem - narrow
    piece = Piece(
        curve(
            [
                (-cut.hem + 0.4, y, "c"),
                (0, y + 1),
                (cut.hem - 0.4, y, "c"),
                (w, y + depth, "c"),
                (0, y + depth + 1),
                (-w, y + depth, "c"),
            ]
        ),
        cloth=cloth,
        puff=0.5,
        shadow=0.2,
        wrinkle=0.4,
    )
    if cloth == "rib":
        for x in np.linspace(-w + 0.8, w - 0.8, 34):
            sag = 1 - (x / w) ** 2
            piece.lines.append(
                Line(np.array([(x * 1.02, y + 0.3 + sag), (x, y + depth - 0.2 + sag)]), 0.2, "seam", 0.3)
            )
    return piece


def neck_band(cut: Upper, width: float, cloth: str = "main") -> Piece:
    """The knitted band along a neckline."""
    line = cut.neck_line()
    lower = line * (1 + width / cut.neck * 0.9, 1) + (0, 0)
    lower = lower + np.stack([np.zeros(len(line)), width * (1 - np.abs(line[:, 0]) / cut.neck * 0.55)], 1)
    piece = Piece(np.concatenate([line, lower[::-1]]), cloth=cloth, puff=0.35, shadow=0.18, wrinkle=0.2, tone=0.97)
    piece.lines.append(Line(lower, 0.16, "seam", 0.5))
    return piece


def collar(cut: Upper, spread: float, point: float, stand: float, cloth: str = "main") -> list[Piece]:
    """A shirt's collar: the back stand, then two points."""
    n = cut.neck
    back = Piece(
        curve(
            [
                (-n - 0.4, 1.5, "c"),
                (-n + 0.3, -stand),
                (0, -stand - 0.6),
                (n - 0.3, -stand),
                (n + 0.4, 1.5, "c"),
                (0, 2.6),
            ]
        ),
        cloth="inside",
        puff=0.3,
        shadow=0.15,
        tone=0.82,
        wrinkle=0.2,
        behind=True,
    )
    right = Piece(
        curve(
            [
                (n - 0.6, -stand + 0.2, "c"),
                (n + 1.3, 0.6),
                (n + spread * 0.4, point * 0.35),
                (n * 0.42 + spread, point + 2, "c"),
                (0.5, cut.neck_depth + 0.6, "c"),
                (n * 0.5, cut.neck_depth * 0.5),
            ]
        ),
        cloth=cloth,
        puff=0.35,
        shadow=0.4,
        wrinkle=0.2,
        grain=-30,
    )
    edge = curve(
        [
            (n + spread * 0.4 - 0.5, point * 0.35),
            (n * 0.42 + spread - 0.6, point + 1.2, "c"),
            (1.0, cut.neck_depth + 0.0),
        ],
        closed=False,
    )
    right.lines.append(Line(edge, 0.1, "seam", 0.45))
    return [back, right, mirrored_piece(right)]


def placket(
    cut: Upper, top: float, bottom: float, width: float, n_buttons: int, cloth: str = "main", radius: float = 0.55
) -> Piece:
    """A strip with buttons down the middle."""
    piece = Piece(box(-width / 2, top, width / 2, bottom, 0.2), cloth=cloth, puff=0.2, shadow=0.18, wrinkle=0.35)
    for x in (-width / 2 + 0.35, width / 2 - 0.35):
        piece.lines.append(Line(np.array([(x, top), (x, bottom)]), 0.1, "seam", 0.4))
    for y in np.linspace(top + 2, bottom - max(3, (bottom - top) * 0.08), n_buttons):
        piece.dots.append(Dot(0, float(y), radius))
    return piece


def patch_pocket(
    x: float,
    y: float,
    width: float,
    depth: float,
    cloth: str = "main",
    flap: float = 0.0,
    stitch: str = "seam",
    pointed: bool = True,
) -> list[Piece]:
    """A pocket sewn on, with its flap if it has one."""
    tip = 1.4 if pointed else 0.0
    outline = curve(
        [
            (x - width / 2, y, "c"),
            (x + width / 2, y, "c"),
            (x + width / 2, y + depth, "c"),
            (x, y + depth + tip, "c"),
            (x - width / 2, y + depth, "c"),
        ]
    )
    pocket = Piece(outline, cloth=cloth, puff=0.2, shadow=0.2, wrinkle=0.4)
    inner = (outline - (x, y + depth / 2)) * 0.9 + (x, y + depth / 2)
    pocket.lines.append(Line(np.concatenate([inner, inner[:1]]), 0.12, stitch, 0.55, 0.3 if stitch == "stitch" else 0))
    pieces = [pocket]
    if flap:
        shape = curve(
            [
                (x - width / 2 - 0.3, y - 0.6, "c"),
                (x + width / 2 + 0.3, y - 0.6, "c"),
                (x + width / 2 + 0.3, y + flap * 0.7, "c"),
                (x, y + flap + 0.6, "c"),
                (x - width / 2 - 0.3, y + flap * 0.7, "c"),
            ]
        )
        lid = Piece(shape, cloth=cloth, puff=0.3, shadow=0.35, wrinkle=0.3)
        lid.dots.append(Dot(x, y + flap * 0.62, 0.5))
        pieces.append(lid)
    return pieces


def _sleeve_outline(cut: Upper, top: np.ndarray, down: np.ndarray, across: np.ndarray) -> list[Control]:
    """The right sleeve's, from the shoulder point ``top``; ``down`` its length, ``across`` towards the body."""
    armpit = np.array([cut.chest - 0.5, cut.armpit_y + 0.5])
    outer = top + down * cut.sleeve
    inner = outer + across * cut.cuff
    bulge = cut.puffed * 5
    elbow_out = (top + outer) / 2 - across * (min(1.2, cut.sleeve * 0.03) + bulge)
    elbow_in = (armpit + inner) / 2 + across * (bulge * 0.8 - 0.3)
    outside, inside = [elbow_out], [elbow_in]
    if cut.puffed:
        outside.append(outer - down * 3 - across * bulge * 0.6)
        inside.insert(0, inner - down * 3 + across * bulge * 0.6)
    return [
        (*top.tolist(), "c"),
        *((x, y) for x, y in outside),
        (*outer.tolist(), "c"),
        (*inner.tolist(), "c"),
        *((x, y) for x, y in inside),
        (*armpit.tolist(), "c"),
        (cut.shoulder - 5, 12),
        (cut.shoulder - 3, 3.4),
    ]


def _sleeve_folds(
    cut: Upper, top: np.ndarray, down: np.ndarray, across: np.ndarray, rng: np.random.Generator
) -> list[Fold]:
    folds = []
    for _ in range(max(2, int(cut.sleeve / 9))):
        t = rng.uniform(0.1, 0.85)
        begin = top + down * cut.sleeve * t + across * rng.uniform(0.5, 2)
        end = begin + across * cut.cuff * rng.uniform(0.4, 0.8) + down * rng.uniform(-4, 6)
        mid = (begin + end) / 2 + down * rng.uniform(-1.5, 1.5)
        folds.append(Fold(curve([tuple(begin), tuple(mid), tuple(end)], closed=False), 2.0, rng.choice([-0.5, 0.45])))
    return folds
