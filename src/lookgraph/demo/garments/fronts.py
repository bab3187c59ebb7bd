"""Shoes as somebody wears them, seen from the front: the cut is the side view's, in a figure's centimetres.

x = 0 is between the feet, a foot is about 10 wide; y is the body's, with ankles at about 143 and the ground at 155.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from lookgraph.demo.garments.tops import Cut, number
from lookgraph.demo.outlines import Control, curve, ellipse
from lookgraph.demo.pieces import Fold, Garment, Line, Piece

_GROUND: Final = 155.4
_INSTEP: Final = 144.0  # above it a foot is an ankle


def front_shoes(kind: str, cut: Cut) -> Garment:
    """A pair on the feet of a figure.

    Args:
        kind: "sneakers", "boots", "pumps", "sandals" or "loafers".
        cut: As for the garment itself.
    """
    right = _FRONTS[kind](cut)
    return Garment([*(_mirrored(piece) for piece in right), *right])


def _sneaker(cut: Cut) -> list[Piece]:
    top = 137.5 if cut["high"] else 142.5
    sole = _sole(1.5 + 1.3 * number(cut, "chunky"), wider=0.2 + 0.5 * number(cut, "chunky"))
    pieces = [_upper(top), _toe("second" if cut["contrast"] else "main"), sole]
    if cut["stripe"]:
        sole.lines.append(Line(np.array([(3.8, 154.4), (14.2, 154.2)]), 0.3, "accent", 0.8))
    return [*pieces, *_laces(top + 2.2, 149.4)]


def _boot(cut: Cut) -> list[Piece]:
    top = _GROUND - number(cut, "shaft")
    pieces = [_upper(top, wide=0.5), _sole(1.2 + 0.2 * number(cut, "heel"))]
    style = str(cut["style"])
    if style == "laced":
        return [*pieces, *_laces(top + 2.5, 149.6)]
    if style == "chelsea":
        gores = [
            curve([(x, top + 0.6, "c"), (x + 1.5, top + 0.6, "c"), (x + 1.1, 145), (x + 0.3, 145)]) for x in (4, 11)
        ]
        return [*pieces, *(Piece(gore, cloth="gore", puff=0.3, shadow=0.1) for gore in gores)]
    if cut["strap"]:
        return [*pieces, _strap(146.0, 1.5), Piece(ellipse(12.2, 146.2, 0.9, 0.9), cloth="metal", puff=0.8, shadow=0.3)]
    return pieces


def _pump(cut: Cut) -> list[Piece]:
    lift = 0.32 * number(cut, "heel")
    tip = 155.0 if cut["pointed"] else 154.4
    spread = 1.0 if cut["pointed"] else 0.2
    upper: list[Control] = [
        (4.8, 148.4 - lift, "c"), (8.6, 151.0 - lift * 0.4), (12.6, 148.2 - lift, "c"), (13.4 - spread * 0.6, 151.6),
        (9.4, tip), (5.0 + spread * 0.5, 152.4),
    ]  # fmt: skip
    pieces = [*_heel_behind(lift, thin=bool(cut["thin"])), Piece(curve(upper), puff=0.95, shadow=0.3, wrinkle=0.3)]
    if cut["strap"]:
        pieces.append(_strap(145.2 - lift, 0.7))
    if cut["bow"]:
        pieces += [Piece(ellipse(x, 151.4 - lift * 0.4, 1.4, 0.9), cloth="trim", puff=1, shadow=0.3) for x in (7.6, 10)]
    return pieces


def _sandal(cut: Cut) -> list[Piece]:
    lift = 0.3 * number(cut, "heel")
    pieces = [*_heel_behind(lift, thin=False), _sole(0.9, low=153.6)]
    broad = bool(cut["broad"])
    pieces += [
        _strap(y, 2.0 if broad else 0.9, narrow=0.2 * i) for i, y in enumerate((151.2, 148.4) if broad else (151.4,))
    ]
    if not broad:
        pieces += [_band((4.9, 147.2), (12.0, 150.8), 0.9), _band((12.4, 147.2), (5.4, 150.8), 0.9)]
    if cut["ankle"]:
        pieces.append(_strap(143.6 - lift, 0.8, narrow=0.5))
    return pieces


def _loafer(cut: Cut) -> list[Piece]:
    pieces = [_upper(146.2), _sole(1.0 + number(cut, "sole") * 0.5), _strap(149.0, 1.5, narrow=0.2)]
    if cut["metal"]:
        pieces.append(Piece(ellipse(8.9, 149.3, 1.8, 0.5), cloth="metal", puff=0.9, shadow=0.35))
    if cut["tassel"]:
        pieces += [Piece(ellipse(x, 150.9, 0.5, 1.3), cloth="trim", puff=0.9, shadow=0.3) for x in (8.1, 9.6)]
    return pieces


def _upper(top: float, wide: float = 0.0) -> Piece:
    """From the ground to ``top``: an ankle's width above the instep, a foot's below."""
    outline: list[Control] = [(4.4 - wide, top, "c"), (11.4 + wide, top, "c")]
    if top < _INSTEP - 2:
        outline += [(11.6 + wide * 0.6, _INSTEP)]
    outline += [(13.4, 148.6), (13.8, 152.8), (9, 154.2), (4.4, 153.2), (4.0, 148)]
    if top < _INSTEP - 2:
        outline += [(4.2 - wide * 0.6, _INSTEP)]
    creases = [Fold(curve([(5.2, 149.8), (8.8, 150.8), (12.4, 149.6)], closed=False), 1.0, -0.5)]
    if top < _INSTEP - 8:
        creases.append(Fold(curve([(4.8, 143.4), (8, 144.4), (11, 143.2)], closed=False), 1.4, -0.6))
    return Piece(curve(outline), puff=0.9, shadow=0.3, folds=creases)


def _toe(cloth: str) -> Piece:
    cap = curve([(4.5, 151.6), (9, 150.2), (13.4, 151.4), (13.7, 153.2), (9, 154.2), (4.4, 153.4)])
    return Piece(cap, cloth=cloth, puff=0.9, shadow=0.2)


def _sole(thick: float, wider: float = 0.0, low: float = _GROUND) -> Piece:
    left, right = 3.8 - wider, 14.0 + wider
    outline: list[Control] = [
        (left, low - thick - 1.0), (9, low - thick + 0.1), (right, low - thick - 1.2),
        (right, low - 1.0), (9, low + 0.2), (left, low - 0.8),
    ]  # fmt: skip
    return Piece(curve(outline), cloth="sole", puff=0.5, shadow=0.2, wrinkle=0)


def _heel_behind(lift: float, *, thin: bool) -> list[Piece]:
    """What a heel shows on both sides of the toes: only a raised one does."""
    if lift < 0.8:
        return []
    half = 1.1 if thin else 2.6
    outline: list[Control] = [
        (8.8 - half, 149.0, "c"), (8.8 + half, 149.0, "c"),
        (8.8 + half * 0.8, 153.6, "c"), (8.8 - half * 0.8, 153.6, "c"),
    ]  # fmt: skip
    return [Piece(curve(outline), cloth="heel", puff=0.6, shadow=0.2, wrinkle=0, tone=0.85)]


def _laces(top: float, low: float) -> list[Piece]:
    rows = np.linspace(top, low, max(3, round((low - top) / 2.4)))
    return [_band((6.2, y), (10.9, y + 0.5), 0.6, "lace") for y in rows.tolist()]


def _strap(y: float, thick: float, narrow: float = 0.0) -> Piece:
    left, right = (4.3, 13.2) if y > 147 else (4.5, 11.5)
    return _band((left + narrow, y), (right - narrow, y), thick)


def _band(start: tuple[float, float], end: tuple[float, float], thick: float, cloth: str = "main") -> Piece:
    """A strip across a foot, bulging towards whoever looks."""
    (x0, y0), (x1, y1), half = start, end, thick / 2
    bulge = 0.5
    middle = ((x0 + x1) / 2, (y0 + y1) / 2 + bulge)
    outline: list[Control] = [
        (x0, y0 - half, "c"), (middle[0], middle[1] - half), (x1, y1 - half, "c"), (x1, y1 + half, "c"),
        (middle[0], middle[1] + half), (x0, y0 + half, "c"),
    ]  # fmt: skip
    return Piece(curve(outline), cloth=cloth, puff=0.9, shadow=0.35, wrinkle=0)


def _mirrored(piece: Piece) -> Piece:
    flip = np.array([-1.0, 1.0])
    return replace(
        piece,
        outline=piece.outline * flip,
        folds=[replace(fold, points=fold.points * flip) for fold in piece.folds],
        lines=[replace(line, points=line.points * flip) for line in piece.lines],
        origin=(-piece.origin[0], piece.origin[1]),
    )


_FRONTS: Final[dict[str, Callable[[Cut], list[Piece]]]] = {
    "sneakers": _sneaker,
    "boots": _boot,
    "pumps": _pump,
    "sandals": _sandal,
    "loafers": _loafer,
}
