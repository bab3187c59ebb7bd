"""T-shirts, tank tops, polos, shirts, blouses, sweaters, hoodies, cardigans."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments import uppers
from lookgraph.demo.garments.emblems import graphic, zipper
from lookgraph.demo.garments.uppers import Upper
from lookgraph.demo.outlines import band, curve, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece

Cut = dict[str, float | str]


def number(cut: Cut, name: str) -> float:
    """A number of the cut."""
    return float(cut[name])


def _shell(cut: Upper, rng: np.random.Generator) -> list[Piece]:
    """Back, sleeves and front of a closed top."""
    pieces = [uppers.back_inside(cut), uppers.neck_label(cut)]
    if cut.sleeve:
        pieces += [uppers.sleeve(cut, rng, -1), uppers.sleeve(cut, rng, 1)]
    return [*pieces, uppers.body(cut, rng)]


def t_shirt(cut: Cut, rng: np.random.Generator) -> Garment:
    fit, crop = number(cut, "fit"), number(cut, "length")
    shape = Upper(
        neckline="v" if cut["neckline"] == "v" else "round",
        neck=8.6,
        neck_depth=15 if cut["neckline"] == "v" else 8.5,
        shoulder=20 + fit * 2,
        chest=24 + fit * 4,
        waist=22.5 + fit * 4,
        hem=23.5 + fit * 4,
        length=crop,
        sleeve=19 + fit * 5,
        cuff=17 + fit * 3,
        sleeve_width=21 + fit * 3,
        spread=38 - fit * 4,
    )
    pieces = _shell(shape, rng)
    pieces[-1].lines.append(_hem_stitch(shape, 2.0))
    pieces.append(uppers.neck_band(shape, 2.0, "trim" if cut["ringer"] else "main"))
    if cut["graphic"]:
        pieces += graphic(str(cut["graphic"]), 0, 30, 9.5)
    return Garment(pieces, hangs=True)


def tank_top(cut: Cut, rng: np.random.Generator) -> Garment:
    narrow = number(cut, "strap")
    shape = Upper(
        neckline=str(cut["neckline"]),
        neck=9.5,
        neck_depth=15,
        shoulder=9.5 + narrow,
        chest=23,
        waist=21.5,
        hem=23,
        length=number(cut, "length"),
        sleeve=0,
        sleeve_width=20,
    )
    pieces = [uppers.back_inside(shape, 4.0), uppers.body(shape, rng), uppers.neck_band(shape, 1.2)]
    pieces[1].lines.append(_hem_stitch(shape, 1.6))
    arm = curve([(shape.shoulder - 0.7, 4.2), (shape.shoulder - 1.9, 12.6), (shape.chest - 1.4, 22.6)], closed=False)
    pieces[1].lines += [Line(arm * (s, 1), 0.14, "seam", 0.5) for s in (1, -1)]
    return Garment(pieces, hangs=True)


def polo(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8,
        neck_depth=9,
        chest=24 + number(cut, "fit") * 3,
        sleeve=19,
        cuff=15,
        length=number(cut, "length"),
    )
    pieces = _shell(shape, rng)
    pieces[-1].lines.append(_hem_stitch(shape, 2.2))
    pieces += [uppers.cuff(shape, side, 2.2, "rib", -0.6) for side in (-1, 1)]
    pieces.append(uppers.placket(shape, 8, 24, 3.2, 3))
    pieces += uppers.collar(shape, 3.4, 7.5, 3.2, "trim" if cut["ringer"] else "main")
    return Garment(pieces, hangs=True)


def shirt(cut: Cut, rng: np.random.Generator) -> Garment:
    fit, long = number(cut, "fit"), cut["sleeve"] == "long"
    shape = Upper(
        neckline="v",
        neck=7.8,
        neck_depth=9.5,
        shoulder=20.5 + fit * 2,
        chest=25 + fit * 3,
        waist=23 + fit * 4,
        hem=24 + fit * 3,
        length=number(cut, "length"),
        hem_curve=-4.5,
        sleeve=56 if long else 22,
        cuff=10.5 if long else 17,
        spread=18 if long else 34,
    )
    pieces = _shell(shape, rng)
    if long:
        pieces += [uppers.cuff(shape, side, 6, "main", 0.6) for side in (-1, 1)]
    bottom = shape.length + 4.2
    pieces.append(uppers.placket(shape, 9, bottom, 3.2, 7))
    if cut["pockets"]:
        for x in (-11, 11) if cut["pockets"] == 2 else (11,):
            pieces += uppers.patch_pocket(x, 21, 10.5, 11.5, flap=4.5 if cut["pockets"] == 2 else 0)
    pieces += uppers.collar(shape, 3.6, 8, 3.6)
    return Garment(pieces, hangs=True)


def blouse(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline=str(cut["neckline"]),
        neck=9,
        neck_depth=13 if cut["neckline"] == "v" else 8,
        shoulder=18.5,
        chest=23,
        waist=21.5,
        hem=25,
        length=number(cut, "length"),
        sleeve=50,
        cuff=8.5,
        puffed=number(cut, "puffed"),
        spread=18,
        sleeve_width=20,
    )
    pieces = _shell(shape, rng)
    pieces += [uppers.cuff(shape, side, 5, "main", 0.8) for side in (-1, 1)]
    for x in np.linspace(-19, 19, 9) + rng.uniform(-1, 1, 9):
        top = 18 + abs(x) * 0.5
        points = curve([(x * 0.8, top), (x * 0.95, 36), (x * 1.15, shape.length - 2)], closed=False)
        pieces[-3].folds.append(Fold(points, 2.0, rng.choice([-0.45, 0.4])))
    if cut["bow"]:
        pieces += _bow(0, shape.neck_depth + 1)
    pieces.append(uppers.neck_band(shape, 1.3))
    return Garment(pieces, hangs=True)


def sweater(cut: Cut, rng: np.random.Generator) -> Garment:
    fit, high = number(cut, "fit"), cut["neckline"] == "roll"
    shape = Upper(
        neckline="v" if cut["neckline"] == "v" else "round",
        neck=8.5,
        neck_depth=14 if cut["neckline"] == "v" else 5 if high else 8,
        shoulder=21 + fit * 3,
        chest=26 + fit * 3,
        waist=25.5 + fit * 3,
        hem=24.5 + fit * 3,
        length=number(cut, "length") - 6,
        sleeve=52,
        cuff=12 + fit * 2,
        sleeve_width=23 + fit * 2,
        spread=18,
    )
    pieces = _shell(shape, rng)
    pieces += [uppers.cuff(shape, side, 6, "rib", -2) for side in (-1, 1)]
    pieces.append(uppers.hem_band(shape, 6))
    if high:
        pieces += roll_neck(shape)
    else:
        pieces.append(ribbed(uppers.neck_band(shape, 2.8, "rib"), shape))
    return Garment(pieces, hangs=True)


def hoodie(cut: Cut, rng: np.random.Generator) -> Garment:
    fit = number(cut, "fit")
    shape = Upper(
        neck=10,
        neck_depth=10,
        shoulder=22 + fit * 2,
        chest=27 + fit * 3,
        waist=27 + fit * 3,
        hem=26 + fit * 3,
        length=60,
        sleeve=52,
        cuff=13,
        sleeve_width=24,
        spread=18,
    )
    pieces = _shell(shape, rng)[2:]
    pieces = [*_hood_back(), *pieces]
    pieces += [uppers.cuff(shape, side, 6, "rib", -2.4) for side in (-1, 1)]
    pieces.append(uppers.hem_band(shape, 6))
    pocket = curve(mirrored([(0, 41, "c"), (10, 41, "c"), (16, 50, "c"), (16, 58.5, "c"), (0, 59, "c")]))
    pouch = Piece(pocket, puff=0.3, shadow=0.3, wrinkle=0.6)
    pouch.lines += [Line(np.array([(s * 10, 41.6), (s * 15.3, 50.2)]), 0.14, "seam", 0.6) for s in (-1, 1)]
    pieces.append(pouch)
    pieces += _hood_front()
    if cut["zip"]:
        pieces.append(zipper(8.0, 65.5))
    elif cut["graphic"]:
        pieces += graphic(str(cut["graphic"]), 0, 28, 8.5)
    for s in (-1, 1):
        cord = curve([(s * 4, 12), (s * 4.6, 20), (s * 4.2, 27)], closed=False)
        pieces.append(Piece(band(cord, 0.75), cloth="cord", puff=0.6, shadow=0.35, wrinkle=0.0))
    return Garment(pieces, hangs=True)


def cardigan(cut: Cut, rng: np.random.Generator) -> Garment:
    shape = Upper(
        neckline="v",
        neck=8.5,
        neck_depth=number(cut, "opening"),
        shoulder=21,
        chest=26,
        waist=25,
        hem=25,
        length=number(cut, "length") - 6,
        sleeve=52,
        cuff=12,
        sleeve_width=22,
        spread=18,
    )
    pieces = _shell(shape, rng)
    pieces += [uppers.cuff(shape, side, 6, "rib", -2) for side in (-1, 1)]
    pieces.append(uppers.hem_band(shape, 6))
    edge = Piece(
        np.concatenate([shape.neck_line(), shape.neck_line(3.6)[::-1] * (1.28, 1) - (0, 1.2)]),
        cloth="rib",
        puff=0.4,
        shadow=0.25,
    )
    strip = uppers.placket(shape, shape.neck_depth + 1, shape.length + 6, 3.4, 5, "rib", 0.85)
    pieces += [ribbed(edge, shape), strip]
    for x in (-13, 13):
        pieces += uppers.patch_pocket(x, shape.length - 19, 11, 12, pointed=False)
    return Garment(pieces, hangs=True)


def _hem_stitch(cut: Upper, up: float) -> Line:
    w = cut.hem - 0.5
    y = cut.length - up
    return Line(curve([(-w, y - 0.3), (0, y + cut.hem_curve), (w, y - 0.3)], closed=False), 0.12, "seam", 0.45)


def ribbed(piece: Piece, cut: Upper) -> Piece:
    """The same band with its ribs drawn across."""
    n = len(piece.outline) // 2
    upper, lower = piece.outline[:n], piece.outline[n:][::-1]
    for i in range(1, n - 1):
        for t in (0.0, 0.5):
            a = upper[i] * (1 - t) + upper[i + 1] * t
            b = lower[i] * (1 - t) + lower[i + 1] * t
            piece.lines.append(Line(np.array([a, b]), 0.18, "seam", 0.3))
    return piece


def roll_neck(cut: Upper) -> list[Piece]:
    """A high folded collar: the back, then the front."""
    n = cut.neck
    back = Piece(
        curve([(-n, 3, "c"), (-n + 1, -9), (0, -10), (n - 1, -9), (n, 3, "c")]),
        cloth="rib",
        tone=0.75,
        shadow=0.1,
        behind=True,
    )
    front = Piece(
        curve(
            [(-n - 0.6, 4.5, "c"), (-n + 0.4, -8, "c"), (0, -6.8), (n - 0.4, -8, "c"), (n + 0.6, 4.5, "c"), (0, 8.5)]
        ),
        cloth="rib",
        puff=0.8,
        shadow=0.3,
    )
    front.folds.append(Fold(curve([(-n, 1.0), (0, 3.6), (n, 1.0)], closed=False), 2.0, -0.8))
    for x in np.linspace(-n + 0.5, n - 0.5, 18):
        front.lines.append(Line(np.array([(x * 0.97, -7.2), (x * 1.05, 5.8)]), 0.18, "seam", 0.3))
    return [back, front]


def _hood_back() -> list[Piece]:
    hood = curve(mirrored([(0, -19), (11, -16), (15, -6), (13, 5), (0, 9)]))
    back = Piece(hood, puff=0.9, shadow=0.2, behind=True)
    inside = Piece(
        curve(mirrored([(0, -13), (7.5, -10.5), (9.5, -3), (7.5, 6), (0, 12)])),
        cloth="inside",
        tone=0.55,
        puff=0.4,
        shadow=0.3,
        behind=True,
    )
    return [back, inside]


def _hood_front() -> list[Piece]:
    right = Piece(
        curve(
            [
                (9.0, -7),
                (13.5, -6),
                (15.5, 2),
                (11, 9),
                (3, 15.5),
                (-0.4, 17, "c"),
                (0.2, 13.4, "c"),
                (5.8, 8),
                (9.0, 0),
            ]
        ),
        puff=0.9,
        shadow=0.4,
    )
    right.lines.append(Line(curve([(10.4, -5), (10.2, 1), (6.8, 8.8), (1.6, 14.2)], closed=False), 0.14, "seam", 0.5))
    right.dots.append(Dot(4.0, 12.2, 0.45, "metal"))
    return [right, uppers.mirrored_piece(right)]


def _bow(x: float, y: float) -> list[Piece]:
    pieces = []
    for s in (-1, 1):
        tail = Piece(
            curve(
                [
                    (x, y, "c"),
                    (x + s * 2.4, y + 8),
                    (x + s * 5, y + 17, "c"),
                    (x + s * 1.2, y + 18.5, "c"),
                    (x + s * 0.4, y + 8),
                ]
            ),
            puff=0.7,
            shadow=0.35,
        )
        loop = Piece(
            curve(
                [(x, y, "c"), (x + s * 5, y - 3.6), (x + s * 9, y - 1.5), (x + s * 8, y + 3), (x + s * 3.5, y + 2.2)]
            ),
            puff=1.0,
            shadow=0.4,
        )
        loop.folds.append(
            Fold(curve([(x + s, y), (x + s * 4, y - 0.6), (x + s * 6.5, y + 0.4)], closed=False), 1.0, -0.6)
        )
        pieces += [tail, loop]
    pieces.append(
        Piece(
            curve([(x - 1.3, y - 1.4), (x + 1.3, y - 1.4), (x + 1.2, y + 1.6), (x - 1.2, y + 1.6)]),
            puff=1.0,
            shadow=0.4,
        )
    )
    return pieces
