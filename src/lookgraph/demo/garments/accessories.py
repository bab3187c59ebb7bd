"""Scarves, belts, sunglasses, ties, socks."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import band, box, curve, mirrored
from lookgraph.demo.pieces import Dot, Fold, Garment, Line, Piece


def scarf(cut: Cut, rng: np.random.Generator) -> Garment:
    length = number(cut, "length")
    tails = []
    for s, reach in ((-1, length), (1, length - 9)):
        tail = Piece(
            curve(
                [
                    (s * 1.0, 8, "c"),
                    (s * 10.5, 9, "c"),
                    (s * 11.6, reach * 0.55),
                    (s * 12, reach, "c"),
                    (s * 1.6, reach + 0.5, "c"),
                    (s * 1.2, reach * 0.5),
                ]
            ),
            puff=0.7,
            shadow=0.35,
        )
        for x in (4, 8):
            tail.folds.append(
                Fold(
                    curve(
                        [(s * x, 10), (s * (x + 0.6), reach * 0.5), (s * (x + rng.uniform(-1, 1)), reach - 2)],
                        closed=False,
                    ),
                    1.6,
                    rng.choice([-0.6, 0.5]),
                )
            )
        if cut["fringe"]:
            tail.lines += [
                Line(np.array([(s * x, reach), (s * (x + rng.uniform(-0.3, 0.3)), reach + 5)]), 0.36, "self", 0.95)
                for x in np.linspace(1.9, 11.7, 17)
            ]
        tails.append(tail)
    back = Piece(curve(mirrored([(0, -7), (9, -5), (12.5, 2), (9, 8), (0, 5)])), tone=0.72, puff=0.6, shadow=0.2)
    loop = Piece(
        curve([(-12.5, 0), (-9, -3.2), (0, 1.6), (9, -3.2), (12.5, 0), (11, 8), (3, 13.5), (-4, 13.5), (-11, 8)]),
        puff=0.9,
        shadow=0.45,
    )
    for k in (0.3, 0.62):
        loop.folds.append(
            Fold(curve([(-11.5, 1 + 6 * k), (0, 3 + 11 * k), (11.5, 1 + 6 * k)], closed=False), 1.6, -0.8)
        )
    return Garment([back, *tails, loop], 2)


def belt(cut: Cut, rng: np.random.Generator) -> Garment:
    width, end_y = number(cut, "width"), 7.5
    h = width / 2 + 1.3
    buckle = Piece(
        box(-11.5, end_y - h, -4.2, end_y + h, 1.0),
        cloth="metal",
        puff=0.9,
        shadow=0.45,
        holes=[box(-9.9, end_y - h + 1.5, -5.8, end_y + h - 1.5, 0.5)],
    )
    prong = Piece(box(-10.6, end_y - 0.35, -4.0, end_y + 0.4, 0.3), cloth="metal", puff=0.8, shadow=0.3)
    return Garment([*_coiled_strap(width), _belt_end(width, end_y), buckle, prong], 38)


def sunglasses(cut: Cut, rng: np.random.Generator) -> Garment:
    style = str(cut["style"])
    outer = {
        "round": curve([(1.4, 0), (2.6, -2.6), (5.0, -2.9), (7.2, -1.6), (7.4, 1.2), (5.2, 3.2), (2.6, 2.6)]),
        "cat-eye": curve([(1.1, -0.4), (1.6, -2.2), (5, -2.8), (8.6, -3.6, "c"), (7.6, 0.6), (5.2, 2.7), (2.2, 2.2)]),
        "square": curve(
            [(1.1, -2.2), (2.2, -2.7), (7.2, -2.8), (8.0, -2.0), (7.4, 2.0), (6.4, 2.8), (2.4, 2.7), (1.4, 1.6)]
        ),
        "aviator": curve([(1.2, -2.2), (3, -2.9), (7.4, -2.6), (8.2, -1.0), (6.4, 3.0), (4.2, 4.0), (1.8, 2.0)]),
    }[style]
    middle = outer.mean(0)
    thick = 0.93 if style == "aviator" else 0.8
    inner = (outer - middle) * thick + middle
    pieces = []
    for s in (-1, 1):
        arm = Piece(
            band(curve([(s * 7.4, -2.0), (s * 8.2, -4.6), (s * 7.6, -7.4)], closed=False), 0.7),
            cloth="frame",
            puff=0.6,
            shadow=0.35,
            tone=0.85,
        )
        lens = Piece(inner * (s, 1), cloth="lens", puff=0.5, shadow=0.2, wrinkle=0)
        glare = curve(
            [(s * (middle[0] - 2.0), middle[1] + 1.4), (s * (middle[0] + 0.4), middle[1] - 1.9)], closed=False
        )
        lens.lines += [Line(glare, 0.7, "glare", 0.22), Line(glare + (s * 1.1, 0.2), 0.3, "glare", 0.2)]
        rim = Piece(outer * (s, 1), cloth="frame", puff=0.9, shadow=0.4, holes=[inner * (s, 1)], wrinkle=0)
        pieces += [arm, lens, rim]
    bridge = Piece(
        band(curve([(-1.6, -1.0), (0, -1.7), (1.6, -1.0)], closed=False), 0.45 if style == "aviator" else 0.8),
        cloth="frame",
        puff=0.8,
        shadow=0.3,
    )
    pieces.append(bridge)
    if style == "aviator":
        pieces.append(
            Piece(band(np.array([(-3.2, -2.7), (0, -2.9), (3.2, -2.7)]), 0.4), cloth="frame", puff=0.8, shadow=0.2)
        )
    return Garment(pieces, -16)


def tie(cut: Cut, rng: np.random.Generator) -> Garment:
    w = number(cut, "width") / 2
    loop = Piece(
        curve(mirrored([(0, -7), (6, -6), (8.4, -2), (2.2, 2.5, "c"), (0, 1.0)])),
        tone=0.85,
        puff=0.5,
        shadow=0.2,
        holes=[curve(mirrored([(0, -4.4), (4.8, -3.8), (6.0, -1.6), (1.6, 1.0), (0, 0.4)]))],
    )
    back = Piece(
        curve([(-1.2, 4, "c"), (1.6, 4, "c"), (3.4, 46, "c"), (1.6, 48.6, "c"), (-0.6, 46, "c")]),
        tone=0.8,
        puff=0.4,
        shadow=0.25,
    )
    front = Piece(
        curve(mirrored([(0, 3), (1.5, 4, "c"), (w * 0.72, 26), (w, 50, "c"), (0, 55.5, "c")])),
        puff=0.7,
        shadow=0.4,
        grain=45,
    )
    front.folds.append(Fold(curve([(0.1, 5), (0.3, 12), (0, 20)], closed=False), 0.9, -0.6))
    knot = Piece(
        curve(mirrored([(0, 0), (2.9, 0.2, "c"), (1.7, 5.0, "c"), (0, 5.4)])), puff=0.9, shadow=0.45, grain=-30
    )
    return Garment([loop, back, front, knot], 2)


def socks(cut: Cut, rng: np.random.Generator) -> Garment:
    high = number(cut, "height")
    pieces = []
    for dx, dy in ((7.5, -3.5), (0.0, 0.0)):
        shape = curve(
            [
                (-4.2, -high, "c"),
                (4.2, -high, "c"),
                (4.0, -12),
                (4.6, -6),
                (9, -2.2),
                (14.4, 0.8),
                (14.8, 5.2),
                (10, 6.6),
                (2, 5.4),
                (-4.4, 4.4),
                (-5.4, -1),
                (-4.0, -8),
            ]
        ) + (dx, dy)
        sock = Piece(shape, puff=0.8, shadow=0.35)
        heel = Piece(
            curve([(-5.3, -2), (-3, -3), (0.6, 1.4), (0, 5.0), (-4.2, 4.2), (-5.5, 1)]) + (dx, dy),
            cloth="trim",
            puff=0.8,
            shadow=0.05,
        )
        toe = Piece(
            curve([(11.2, -1.4, "c"), (14.4, 0.8), (14.8, 5.2), (11.4, 6.4, "c"), (10.4, 2.4)]) + (dx, dy),
            cloth="trim",
            puff=0.8,
            shadow=0.05,
        )
        ribs = Piece(
            curve(
                [(-4.3, -high - 0.2, "c"), (4.3, -high - 0.2, "c"), (4.1, -high + 4.4, "c"), (-4.1, -high + 4.4, "c")]
            )
            + (dx, dy),
            cloth="trim" if cut["contrast"] else "main",
            puff=0.8,
            shadow=0.15,
        )
        ribs.lines = [
            Line(np.array([(x, -high), (x, -high + 4.2)]) + (dx, dy), 0.16, "seam", 0.35)
            for x in np.linspace(-3.8, 3.8, 11)
        ]
        pieces += [sock, heel, toe, ribs]
    return Garment(pieces, 140)


def _coiled_strap(width: float) -> list[Piece]:
    """A rolled-up belt's strap, in stretches of which the nearer ones come last."""
    t = np.linspace(0, 4.15 * np.pi, 150)
    r = 17 - t * 0.45
    coil = np.stack([r * np.cos(t + 0.5), r * 0.42 * np.sin(t + 0.5) + t * 0.35], 1)
    pieces = []
    for a in range(0, 150, 30):
        part = coil[max(0, a - 1) : a + 31]
        if len(part) > 4:
            upper, lower = part - (0, width / 2), part + (0, width / 2)
            strap = Piece(np.concatenate([upper, lower[::-1]]), puff=0.5, shadow=0.3, wrinkle=0.2)
            strap.lines += [
                Line(upper + (0, 0.5), 0.12, "stitch", 0.6, 0.3),
                Line(lower - (0, 0.5), 0.12, "stitch", 0.6, 0.3),
            ]
            pieces.append((float(part[:, 1].mean()), strap))
    return [piece for _, piece in sorted(pieces, key=lambda pair: pair[0])]


def _belt_end(width: float, y: float) -> Piece:
    end = Piece(
        curve(
            [
                (-7, y - width / 2, "c"),
                (15, y - width / 2 + 1.2),
                (19.5, y + 1.4),
                (15, y + width / 2 + 1.2),
                (-7, y + width / 2, "c"),
            ]
        ),
        puff=0.5,
        shadow=0.35,
        wrinkle=0.2,
    )
    end.dots = [Dot(x, y + 0.9, 0.3, "dark") for x in (5.5, 8.0, 10.5, 13.0)]
    for s in (-1, 1):
        edge = curve([(-7, y + s * (width / 2 - 0.5)), (15, y + 1.2 + s * (width / 2 - 0.6))], closed=False)
        end.lines.append(Line(edge, 0.12, "stitch", 0.6, 0.3))
    return end
