"""Caps, beanies, wide-brimmed and bucket hats; y = 0 is the brow, the crown lies above."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import box, curve, ellipse, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece

BROW_Y = -22.0


def cap(cut: Cut, rng: np.random.Generator) -> Garment:
    crown = Piece(
        curve(
            [(-10.5, 1, "c"), (-10.8, -5), (-8, -11.5), (-0.5, -14), (6.6, -12), (10.2, -5), (10.4, 0.6, "c"), (0, 2.4)]
        ),
        puff=1.0,
        shadow=0.2,
        wrinkle=0.5,
    )
    for x, bend in ((-5.6, -3.2), (0.6, 0.6), (6.4, 3.0)):
        crown.lines.append(
            Line(curve([(-0.4, -13.9), (x + bend * 0.4, -8), (x, 1.6)], closed=False), 0.14, "seam", 0.5)
        )
    crown.dots += [Dot(-7.6, -6.4, 0.3, "seam_dot"), Dot(6.9, -7.4, 0.3, "seam_dot"), Dot(-0.4, -14.0, 0.8, "seam_dot")]
    peak = Piece(
        curve([(-8.6, 0.2, "c"), (-1, -1.6), (9.8, -0.6, "c"), (14.8, 4.4), (12.2, 8.0), (2, 8.8), (-7, 6.0)]),
        cloth="second" if cut["contrast"] else "main",
        puff=0.8,
        shadow=0.5,
        wrinkle=0.2,
    )
    for k in (0.25, 0.5, 0.75):
        peak.lines.append(
            Line(
                curve([(-8.0, 0.6 + 4.4 * k), (2, -1.4 + 8.6 * k), (11.6, 0.2 + 5.4 * k)], closed=False),
                0.12,
                "seam",
                0.4,
            )
        )
    pieces = [crown, peak]
    if cut["emblem"]:
        pieces.append(Piece(box(-2.6, -8.2, 4.2, -4.0, 0.6), cloth="accent", puff=0.4, shadow=0.25))
    return Garment(pieces, BROW_Y)


def beanie(cut: Cut, rng: np.random.Generator) -> Garment:
    crown = Piece(
        curve(mirrored([(0, -19), (4.5, -18), (9.4, -12), (10.8, -3), (10.6, 3, "c"), (0, 4)])),
        cloth="main",
        puff=1.1,
        shadow=0.25,
        wrinkle=0.5,
    )
    fold = Piece(
        curve(mirrored([(0, -3.4), (11.2, -4.2), (11.6, -3, "c"), (11.4, 4.4), (0, 5.6)])),
        cloth="main",
        puff=1.0,
        shadow=0.45,
        wrinkle=0.4,
    )
    for x in np.linspace(-10.4, 10.4, 20):
        fold.lines.append(Line(np.array([(x, -3.6), (x * 0.99, 5.0)]), 0.22, "seam", 0.32))
        crown.lines.append(
            Line(curve([(x, -3.5), (x * 0.84, -11), (x * 0.16, -18.6)], closed=False), 0.16, "seam", 0.22)
        )
    pieces = [crown, fold]
    if cut["pompom"]:
        pom = ellipse(0, -21.5, 5.0, 4.8, 60)
        pom = (pom - (0, -21.5)) * (1 + rng.uniform(-0.07, 0.07, (60, 1))) + (0, -21.5)
        pieces.insert(0, Piece(pom, cloth="pompom", puff=1.3, shadow=0.2, wrinkle=2.5))
    else:
        pieces.append(
            Piece(
                curve([(2.4, 0, "c"), (6.4, 0, "c"), (6.4, 3.2, "c"), (2.4, 3.2, "c")]),
                cloth="label",
                puff=0.3,
                shadow=0.3,
            )
        )
    return Garment(pieces, BROW_Y - 2)


def wide_brim(cut: Cut, rng: np.random.Generator) -> Garment:
    brim, high = number(cut, "brim"), number(cut, "crown")
    under = Piece(
        curve(mirrored([(0, -2.4), (brim * 0.7, -2.0), (brim, 0.6), (brim * 0.72, 3.6), (0, 5.4)])),
        puff=0.7,
        shadow=0.25,
        wrinkle=0.3,
    )
    under.lines.append(
        Line(
            curve(
                [(-brim + 0.8, 0.9), (-brim * 0.7, 3.2), (0, 4.9), (brim * 0.7, 3.2), (brim - 0.8, 0.9)], closed=False
            ),
            0.14,
            "seam",
            0.4,
        )
    )
    crown = Piece(
        curve(mirrored([(0, -high + 1.6), (4.4, -high), (8.4, -high + 1.4), (9.4, -4), (10, 0.6, "c"), (0, 2.2)])),
        puff=1.0,
        shadow=0.35,
        wrinkle=0.3,
    )
    if cut["pinched"]:
        crown.folds += [
            Fold(curve([(s * 3.2, -high + 0.4), (s * 5.4, -high + 4), (s * 6.2, -high + 7.4)], closed=False), 2.0, -0.9)
            for s in (-1, 1)
        ]
        crown.folds.append(
            Fold(curve([(-5, -high + 1.2), (0, -high + 2.4), (5, -high + 1.2)], closed=False), 1.6, -0.9)
        )
    ribbon = Piece(
        curve(mirrored([(0, -2.0), (9.5, -3.8, "c"), (10.0, 0.4, "c"), (0, 2.0)])),
        cloth="trim",
        puff=0.7,
        shadow=0.3,
        wrinkle=0.3,
    )
    return Garment([under, crown, ribbon], BROW_Y)


def bucket_hat(cut: Cut, rng: np.random.Generator) -> Garment:
    back = Piece(
        curve(mirrored([(0, -2.6), (9.6, -1.0), (14.6, 5.6), (0, 4.0)])), cloth="inside", tone=0.6, puff=0.3, shadow=0.1
    )
    crown = Piece(
        curve(mirrored([(0, -10.6), (7.4, -10.2), (9.0, -8.6), (9.8, -1, "c"), (0, 0.8)])),
        puff=1.0,
        shadow=0.25,
        wrinkle=0.6,
    )
    crown.lines += [
        Line(curve([(-8.6, -8.4), (0, -6.6), (8.6, -8.4)], closed=False) - (0, k), 0.14, "seam", 0.5)
        for k in (0.0, 0.6)
    ]
    brim = Piece(
        curve(mirrored([(0, 0.0), (9.8, -1.6, "c"), (12.8, 2.0), (16.0, 5.4), (15.2, 6.8), (8, 8.2), (0, 8.8)])),
        puff=0.9,
        shadow=0.45,
        wrinkle=0.6,
    )
    for k in (0.22, 0.44, 0.66, 0.88):
        y, w = 8.8 * k, 9.8 + 5.6 * k
        points = [(-w, -1.6 + 7.6 * k), (-w * 0.55, y - 0.5), (0, y), (w * 0.55, y - 0.5), (w, -1.6 + 7.6 * k)]
        brim.lines.append(Line(curve(points, closed=False), 0.12, "seam", 0.4))
    crown.dots += [Dot(s * 6.6, -3.6, 0.4, "metal") for s in (-1, 1)]
    return Garment([back, crown, brim], BROW_Y - 1)
