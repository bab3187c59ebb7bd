"""Totes, handbags, cross-body bags, backpacks; y = 0 is the top of the body."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.emblems import graphic
from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import Control, band, box, curve, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def tote(cut: Cut, rng: np.random.Generator) -> Garment:
    w, h = number(cut, "width") / 2, number(cut, "height")
    front = Piece(
        curve(mirrored([(0, 0.4), (w, 0, "c"), (w * 1.02, h * 0.5), (w * 0.96, h, "c"), (0, h + 0.8)])),
        puff=0.6,
        shadow=0.3,
    )
    mouth = Piece(curve(mirrored([(0, -1.6), (w, 0, "c"), (0, 1.2)])), cloth="inside", tone=0.5, puff=0.1, shadow=0)
    for x in (-0.7, -0.2, 0.5, 0.8):
        front.folds.append(
            Fold(
                curve([(w * x, h), (w * x * 0.9, h * 0.7), (w * x * 0.95, h * 0.4)], closed=False),
                2.0,
                rng.choice([-0.6, 0.5]),
            )
        )
    front.lines.append(
        Line(
            curve([(-w, 2.6), (0, 3.2), (w, 2.6)], closed=False),
            0.16,
            "stitch" if cut["leather"] else "seam",
            0.6,
            0.35,
        )
    )
    near = _handle(w * 0.48, number(cut, "handle"), 2.2, 6.5, "trim" if cut["contrast"] else "main")
    far = _handle(w * 0.44, number(cut, "handle") + 2.5, 2.2, 1.0, near.cloth, 0.75)
    pieces = [far, mouth, front, near]
    for s in (-1, 1):
        tab = Piece(box(s * w * 0.48 - 1.3, 2.4, s * w * 0.48 + 1.3, 8, 0.3), cloth=near.cloth, puff=0.3, shadow=0.3)
        tab.lines = [
            Line(np.array([(s * w * 0.48 - 0.9, 3), (s * w * 0.48 + 0.9, 7.4)]), 0.12, "seam", 0.5),
            Line(np.array([(s * w * 0.48 + 0.9, 3), (s * w * 0.48 - 0.9, 7.4)]), 0.12, "seam", 0.5),
        ]
        pieces.append(tab)
    if cut["graphic"]:
        pieces += graphic(str(cut["graphic"]), 0, h * 0.56, w * 0.46)
    return Garment(pieces, 55)


def handbag(cut: Cut, rng: np.random.Generator) -> Garment:
    w, h, slope = number(cut, "width") / 2, number(cut, "height"), number(cut, "slope")
    x = (w - slope) * 0.62  # where the handles are fixed
    gussets = [_gusset(w, h, slope, s) for s in (-1, 1)]
    pieces = [_handle(x, 12, 1.5, 0.5, "main", 0.75), *gussets, _handbag_front(w, h, slope)]
    if cut["flap"]:
        pieces.append(_handbag_flap(w, h, slope))
    pieces.append(_handle(x, 10.5, 1.7, 2.2, "main"))
    for s in (-1, 1):
        mount = box(s * x - 1.4, 1.0, s * x + 1.4, 4.0, 0.5)
        pieces.append(Piece(mount, cloth="metal", puff=0.8, shadow=0.3))
    y = h * 0.52 if cut["flap"] else h * 0.2
    pieces.append(Piece(box(-1.7, y - 1.2, 1.7, y + 1.6, 0.5), cloth="metal", puff=0.8, shadow=0.4))
    return Garment(pieces, 60)


def crossbody(cut: Cut, rng: np.random.Generator) -> Garment:
    w, h = 11.5, 14.5
    strap = curve(
        [(-w + 0.6, 1.4), (-w * 0.9, -14), (-w * 0.2, -27), (w * 0.5, -24), (w * 0.95, -10), (w - 0.6, 1.4)],
        closed=False,
    )
    pieces = [Piece(band(strap, 0.7), cloth="metal" if cut["chain"] else "main", puff=0.8, shadow=0.3)]
    if cut["chain"]:
        pieces[0].lines.append(Line(strap, 0.7, "dark", 0.55, 0.5))
    front = Piece(
        curve(mirrored([(0, 0), (w - 0.6, 0), (w, 2.5), (w, h - 3), (w - 2, h), (0, h + 0.2)])),
        puff=0.8,
        shadow=0.35,
        wrinkle=0.5,
    )
    flap = Piece(
        curve(mirrored([(0, -0.4), (w - 0.4, -0.2), (w + 0.1, 3), (w - 1.6, h * 0.55), (0, h * 0.66)])),
        puff=0.6,
        shadow=0.45,
        wrinkle=0.4,
    )
    if cut["quilted"]:
        for piece in (front, flap):
            for k in np.arange(-30, 31, 3.4):
                for s in (-1, 1):
                    t = np.linspace(0.4, 0.62 * h if piece is flap else h - 0.6, 24)
                    x = k + s * t * 0.9
                    inside = np.abs(x) < w - 0.6 - (np.maximum(0, t - h * 0.45) * 1.4 if piece is flap else 0)
                    if inside.sum() > 3:
                        piece.folds.append(Fold(np.stack([x, t], 1)[inside], 0.5, -0.5))
                        piece.lines.append(Line(np.stack([x, t], 1)[inside], 0.1, "seam", 0.4))
    clasp = Piece(box(-1.5, h * 0.56, 1.5, h * 0.56 + 2.6, 0.9), cloth="metal", puff=0.9, shadow=0.4)
    rings = [
        Piece(box(s * (w - 0.6) - 0.9, 0.2, s * (w - 0.6) + 0.9, 2.2, 0.5), cloth="metal", puff=0.9, shadow=0.3)
        for s in (-1, 1)
    ]
    return Garment([*pieces, front, flap, clasp, *rings], 60)


def backpack(cut: Cut, rng: np.random.Generator) -> Garment:
    w, h = 14.5, 42.0
    straps = [_shoulder_strap(s) for s in (-1, 1)]
    pieces = [_handle(3.4, 5.0, 1.5, 1.5, "main", 0.85), *straps, _backpack_front(w, h)]
    pieces.append(_zipped_pocket(h, "second" if cut["contrast"] else "main"))
    if cut["flap"]:
        pieces += _buckled_lid(w)
    else:
        pieces.append(Piece(box(-2.6, 13.5, 2.6, 17, 0.3), cloth="accent", puff=0.2, shadow=0.2))
    return Garment(pieces, 30)


def _handle(half: float, rise: float, width: float, base: float = 1.0, cloth: str = "trim", tone: float = 1.0) -> Piece:
    line = curve(
        [(-half, base), (-half * 0.86, -rise * 0.7), (0, -rise), (half * 0.86, -rise * 0.7), (half, base)], closed=False
    )
    return Piece(band(line, width), cloth=cloth, puff=0.8, shadow=0.3, tone=tone, wrinkle=0.2)


def _gusset(w: float, h: float, slope: float, side: int) -> Piece:
    """The side that gives the bag its depth."""
    return Piece(
        curve(
            [
                (side * (w - slope - 0.4), 0.4, "c"),
                (side * (w - slope + 2.4), 1.4, "c"),
                (side * (w + 2.4), h * 0.6),
                (side * (w + 1.6), h - 1, "c"),
                (side * (w - 1), h - 0.2, "c"),
            ]
        ),
        tone=0.72,
        puff=0.5,
        shadow=0.2,
    )


def _handbag_front(w: float, h: float, slope: float) -> Piece:
    front = Piece(
        curve(
            mirrored([(0, 0), (w - slope, 0, "c"), (w, h * 0.6), (w * 0.99, h - 1.5), (w - 2, h, "c"), (0, h + 0.3)])
        ),
        puff=0.75,
        shadow=0.3,
        wrinkle=0.7,
    )
    stitching: list[Control] = [
        (0, 1.0),
        (w - slope - 0.8, 1.0, "c"),
        (w - 1, h * 0.6),
        (w - 1.1, h - 1.6),
        (w - 2.6, h - 1.0, "c"),
        (0, h - 0.8),
    ]
    front.lines.append(Line(curve(mirrored(stitching)), 0.14, "stitch", 0.6, 0.3))
    return front


def _handbag_flap(w: float, h: float, slope: float) -> Piece:
    outline: list[Control] = [
        (0, -0.4),
        (w - slope + 0.3, -0.4, "c"),
        (w - slope * 0.5, h * 0.34),
        (w * 0.45, h * 0.5),
        (0, h * 0.54),
    ]
    flap = Piece(curve(mirrored(outline)), puff=0.5, shadow=0.45, wrinkle=0.5)
    stitching: list[Control] = [
        (-(w - slope * 0.5) + 1, h * 0.32),
        (-w * 0.42, h * 0.46),
        (0, h * 0.5),
        (w * 0.42, h * 0.46),
        (w - slope * 0.5 - 1, h * 0.32),
    ]
    flap.lines.append(Line(curve(stitching, closed=False), 0.14, "stitch", 0.6, 0.3))
    return flap


def _shoulder_strap(side: int) -> Piece:
    return Piece(
        curve(
            [
                (side * 8, 2, "c"),
                (side * 17, 10),
                (side * 18.5, 26),
                (side * 15, 38, "c"),
                (side * 13, 36, "c"),
                (side * 14.6, 25),
                (side * 13, 12),
                (side * 6, 6, "c"),
            ]
        ),
        tone=0.8,
        puff=0.8,
        shadow=0.2,
    )


def _backpack_front(w: float, h: float) -> Piece:
    front = Piece(
        curve(mirrored([(0, 0), (9, 0.8), (w - 0.4, 8), (w, 24), (w - 0.2, h - 3), (w - 3, h), (0, h + 0.3)])),
        puff=0.9,
        shadow=0.35,
    )
    right = curve(mirrored([(0, 4), (8, 4.8), (w - 2.4, 11), (w - 1.8, 22, "c")])[:4], closed=False)
    left = right * (-1, 1)
    line = np.concatenate([left[::-1], right])
    front.lines += [Line(line, 1.1, "seam", 0.5), Line(line, 0.4, "metal", 0.8, 0.32)]
    return front


def _zipped_pocket(h: float, cloth: str) -> Piece:
    pocket = Piece(
        curve(mirrored([(0, 22.5), (10.4, 22.5), (11.4, 25), (11.2, h - 3.4), (9, h - 2), (0, h - 1.8)])),
        cloth=cloth,
        puff=0.7,
        shadow=0.4,
    )
    line = np.array([(-9.6, 25.0), (9.6, 25.0)])
    pocket.lines += [Line(line, 1.1, "seam", 0.55), Line(line, 0.4, "metal", 0.85, 0.32)]
    pocket.dots.append(Dot(8.8, 25.4, 0.7, "metal"))
    return pocket


def _buckled_lid(w: float) -> list[Piece]:
    lid = Piece(
        curve(mirrored([(0, -0.6), (10, 0.2), (w, 8), (w + 0.2, 18), (w - 2, 20), (0, 21)])), puff=0.8, shadow=0.5
    )
    pieces = [lid]
    for s in (-1, 1):
        x = s * 6.4
        strap = Piece(box(x - 1.2, 9, x + 1.2, 27, 0.3), cloth="trim", puff=0.5, shadow=0.35)
        buckle = Piece(
            box(x - 1.9, 21.5, x + 1.9, 25, 0.4),
            cloth="metal",
            puff=0.8,
            shadow=0.35,
            holes=[box(x - 1.0, 22.4, x + 1.0, 24.1, 0.2)],
        )
        pieces += [strap, buckle]
    return pieces
