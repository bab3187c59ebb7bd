"""What is put on a garment: zips and placed prints."""

from __future__ import annotations

import numpy as np

from lookgraph.demo.outlines import band
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
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([x + r * np.cos(t), y + r * np.sin(t)], 1)

    def flat(outline: np.ndarray, cloth: str) -> Piece:
        return Piece(outline, cloth=cloth, puff=0.0, shadow=0.0, wrinkle=0.5)

    if name == "sun":
        rays = [
            (x + q * np.cos(a), y + q * np.sin(a))
            for a, q in zip(np.arange(32) * np.pi / 16, [r, r * 0.74] * 16, strict=True)
        ]
        return [flat(np.array(rays), "accent"), flat((circle - (x, y)) * 0.6 + (x, y), "accent2")]
    if name == "mountain":
        peak = [
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
        return [
            flat((circle - (x, y)) * 0.34 + (x - r * 0.2, y - r * 0.62), "accent2"),
            flat(np.array(peak), "accent"),
            *[flat(b, "accent") for b in bars],
        ]
    if name == "stripes":
        return [
            flat(np.array([(x - 25, y + k), (x + 25, y + k), (x + 25, y + k + 3.2), (x - 25, y + k + 3.2)]), c)
            for k, c in ((-6, "accent"), (-1.6, "accent2"), (2.8, "accent"))
        ]
    if name == "bolt":
        bolt = [
            (x + 0.2 * r, y - r),
            (x - 0.62 * r, y + 0.12 * r),
            (x - 0.08 * r, y + 0.12 * r),
            (x - 0.3 * r, y + r),
            (x + 0.62 * r, y - 0.26 * r),
            (x + 0.08 * r, y - 0.26 * r),
            (x + 0.5 * r, y - r),
        ]
        return [flat(circle, "accent2"), flat(np.array(bolt), "accent")]
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
    return [*[flat(b, "accent") for b in letters], *[flat(b, "main") for b in cut_out]]
