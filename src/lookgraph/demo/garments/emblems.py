"""What is put on a garment: zips and placed prints."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.outlines import band, ellipse
from lookgraph.demo.pieces import Dot, Line, Piece


def zipper(top: float, bottom: float, x: float = 0.0) -> Piece:
    """A metal zip down the front with its pull."""
    strip = Piece(
        band(np.array([(x, top), (x, bottom)]), 1.5), cloth="inside", puff=0.2, shadow=0.2, tone=0.8, wrinkle=0
    )
    strip.lines.append(Line(np.array([(x, top), (x, bottom)]), 0.62, "metal", 0.95, 0.32))
    strip.lines.append(Line(np.array([(x, top), (x, bottom)]), 0.2, "dark", 0.5))
    strip.dots.append(Dot(x, top + 1.4, 0.7, "metal"))
    return strip


def graphic(name: str, x: float, y: float, r: float) -> list[Piece]:
    """A placed print: a plain emblem of shapes in the item's accents."""
    if name == "sun":
        return _sun(x, y, r)
    if name == "mountain":
        return _mountain(x, y, r)
    if name == "stripes":
        return _stripes(x, y)
    if name == "bolt":
        return _bolt(x, y, r)
    return _letters(x, y)


def _flat(outline: np.ndarray, cloth: str) -> Piece:
    return Piece(outline, cloth=cloth, puff=0.0, shadow=0.0, wrinkle=0.5)


def _sun(x: float, y: float, r: float) -> list[Piece]:
    rays = [
        (x + q * np.cos(a), y + q * np.sin(a))
        for a, q in zip(np.arange(32) * np.pi / 16, [r, r * 0.74] * 16, strict=True)
    ]
    return [_flat(np.array(rays), "accent"), _flat((ellipse(x, y, r, r, 48) - (x, y)) * 0.6 + (x, y), "accent2")]


def _mountain(x: float, y: float, r: float) -> list[Piece]:
    peaks = [
        (x - r, y + r * 0.5),
        (x - r * 0.35, y - r * 0.45),
        (x, y + r * 0.05),
        (x + r * 0.35, y - r * 0.7),
        (x + r, y + r * 0.5),
    ]
    bars = [
        np.array([(x - r, y + r * k), (x + r, y + r * k), (x + r, y + r * (k + 0.09)), (x - r, y + r * (k + 0.09))])
        for k in (0.62, 0.8)
    ]
    sun = (ellipse(x, y, r, r, 48) - (x, y)) * 0.34 + (x - r * 0.2, y - r * 0.62)
    return [_flat(sun, "accent2"), _flat(np.array(peaks), "accent"), *[_flat(bar, "accent") for bar in bars]]


def _stripes(x: float, y: float) -> list[Piece]:
    return [
        _flat(np.array([(x - 25, y + k), (x + 25, y + k), (x + 25, y + k + 3.2), (x - 25, y + k + 3.2)]), cloth)
        for k, cloth in ((-6, "accent"), (-1.6, "accent2"), (2.8, "accent"))
    ]


def _bolt(x: float, y: float, r: float) -> list[Piece]:
    bolt = [
        (x + 0.2 * r, y - r),
        (x - 0.62 * r, y + 0.12 * r),
        (x - 0.08 * r, y + 0.12 * r),
        (x - 0.3 * r, y + r),
        (x + 0.62 * r, y - 0.26 * r),
        (x + 0.08 * r, y - 0.26 * r),
        (x + 0.5 * r, y - r),
    ]
    return [_flat(ellipse(x, y, r, r, 48), "accent2"), _flat(np.array(bolt), "accent")]


def _letters(x: float, y: float) -> list[Piece]:
    """Four block letters, with strokes of the garment's own cloth cut into three of them."""
    letters = [
        np.array([(x + dx - 1.5, y - 3), (x + dx + 1.5, y - 3), (x + dx + 1.5, y + 3), (x + dx - 1.5, y + 3)])
        for dx in (-7.5, -2.5, 2.5, 7.5)
    ]
    cut_out = [
        np.array(
            [(x + dx - 0.5, y - k), (x + dx + 1.6, y - k), (x + dx + 1.6, y + 1.2 - k), (x + dx - 0.5, y + 1.2 - k)]
        )
        for dx, k in ((-7.5, 1.4), (2.5, -0.4), (7.5, 0.5))
    ]
    return [*[_flat(letter, "accent") for letter in letters], *[_flat(stroke, "main") for stroke in cut_out]]
