"""How does a garment sit on whoever wears it?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from lookgraph.demo.items import Item
from lookgraph.demo.pieces import Garment, Piece

_SLEEVES_FROM_CM: Final = 17.0


def worn(item: Item, garment: Garment) -> list[Piece]:
    """The garment's pieces where the body wears them; those that are ``behind`` lie behind it."""
    return [lowered(piece, garment.anchor_y) for piece in _slimmer(garment.pieces, item)]


def is_sleeve(piece: Piece) -> bool:
    """Does the piece lie beside the body rather than on it?"""
    return abs(float(piece.outline[:, 0].mean())) >= _SLEEVES_FROM_CM


def has_sleeves(pieces: list[Piece]) -> bool:
    """Are the shoulders of whoever wears them covered?"""
    return any(is_sleeve(piece) for piece in pieces)


def hair_of(gender: str, rng: np.random.Generator) -> int:
    """The haircut of somebody who wears that section's things, see :func:`~lookgraph.demo.figure.body`."""
    return int(rng.choice([0, 3] if gender == "men" else [1, 2] if gender == "women" else [0, 1, 2, 3]))


def lowered(piece: Piece, dy_cm: float) -> Piece:
    """The piece where the body wears it."""
    if not dy_cm:
        return piece
    shift = np.array([0.0, dy_cm])
    return replace(
        piece,
        outline=piece.outline + shift,
        folds=[replace(fold, points=fold.points + shift) for fold in piece.folds],
        lines=[replace(line, points=line.points + shift) for line in piece.lines],
        dots=[replace(dot, y=dot.y + dy_cm) for dot in piece.dots],
        holes=[hole + shift for hole in piece.holes],
        origin=(piece.origin[0], piece.origin[1] + dy_cm),
    )


def _slimmer(pieces: list[Piece], item: Item) -> list[Piece]:
    """A garment lies flat wider than it hangs around a body; leggings hardly, they are stretched."""
    hanging = {"top": 0.88, "outerwear": 0.93, "dress": 0.92, "bottom": 0.86}
    x = 0.99 if item.kind == "leggings" else hanging.get(item.slot, 1.0)
    squeeze = np.array([x, 1.0])
    return [
        replace(
            piece,
            outline=piece.outline * squeeze,
            folds=[replace(fold, points=fold.points * squeeze) for fold in piece.folds],
            lines=[replace(line, points=line.points * squeeze) for line in piece.lines],
            dots=[replace(dot, x=dot.x * x) for dot in piece.dots],
            holes=[hole * squeeze for hole in piece.holes],
        )
        for piece in pieces
    ]
