"""Curves of a garment: a few control points in centimetres become smooth outlines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Points = np.ndarray
Control = tuple[float, float] | tuple[float, float, str]

_STEPS = 9
_T = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
_BASIS = ((1 - _T) ** 3, 3 * (1 - _T) ** 2 * _T, 3 * (1 - _T) * _T**2, _T**3)


def curve(controls: Sequence[Control], *, closed: bool = True) -> Points:
    """A smooth line through control points; a third entry ``"c"`` marks a corner.

    Each stretch is a cubic Bezier whose handles are a third of the stretch long, so that a curve never
    swings past its controls; between two corners it is straight.

    Returns:
        (n, 2) float64 points.
    """
    points = np.array([(c[0], c[1]) for c in controls], float)
    corner = np.array([len(c) > 2 for c in controls])
    n = len(points)
    begin, end = np.arange(n if closed else n - 1), (np.arange(n if closed else n - 1) + 1) % n
    chord = points[end] - points[begin]
    third = np.hypot(chord[:, 0], chord[:, 1])[:, None] / 3
    tangent = np.roll(points, -1, 0) - np.roll(points, 1, 0)
    stop = corner.copy()
    if not closed:
        stop[[0, -1]] = True
    leave = np.where(stop[begin, None], chord, tangent[begin])
    arrive = np.where(stop[end, None], chord, tangent[end])
    p1 = points[begin] + leave / _length(leave) * third
    p2 = points[end] - arrive / _length(arrive) * third
    whole = (
        _BASIS[0] * points[begin][:, None] + _BASIS[1] * p1[:, None] + _BASIS[2] * p2[:, None]
        + _BASIS[3] * points[end][:, None]
    )  # fmt: skip
    straight = corner[begin] & corner[end]
    kept = np.ones((len(begin), _STEPS), bool)
    kept[straight, 1:] = False
    line = whole[kept]
    return np.asarray(line if closed else np.concatenate([line, points[-1:]]))


def _length(vectors: Points) -> Points:
    return np.asarray(np.maximum(np.hypot(vectors[:, 0], vectors[:, 1])[:, None], 1e-9))


def mirrored(half: Sequence[Control]) -> list[Control]:
    """Controls of the right half, top to bottom, made whole; points on the axis are not doubled."""
    left = [(-c[0], *c[1:]) for c in reversed(half) if abs(c[0]) > 1e-9]
    return [*half, *left]


def flip(points: Points) -> Points:
    """The mirror image at the vertical axis."""
    return np.asarray(points * (-1, 1))


def turn(points: Points, degrees: float, about: tuple[float, float] = (0, 0)) -> Points:
    """Turn clockwise, as the y axis points down."""
    angle = math.radians(degrees)
    c, s = math.cos(angle), math.sin(angle)
    return np.asarray((points - about) @ np.array([[c, s], [-s, c]]) + about)


def ellipse(x: float, y: float, rx: float, ry: float, n: int = 36) -> Points:
    angles = np.linspace(0, 2 * math.pi, n, endpoint=False)
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float, r: float = 0.6) -> Points:
    """A rectangle with slightly rounded corners."""
    return curve(
        [
            (x0 + r, y0, "c"), (x1 - r, y0, "c"), (x1, y0 + r, "c"), (x1, y1 - r, "c"),
            (x1 - r, y1, "c"), (x0 + r, y1, "c"), (x0, y1 - r, "c"), (x0, y0 + r, "c"),
        ]
    )  # fmt: skip


def band(line: Points, width: float) -> Points:
    """The outline of a stripe of this width that has the line as its middle."""
    step = np.gradient(line, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], 1) / np.maximum(np.hypot(step[:, 0], step[:, 1])[:, None], 1e-9)
    return np.concatenate([line + normal * width / 2, (line - normal * width / 2)[::-1]])


def laid_by_hand(points: Points, rng: np.random.Generator, amount: float) -> Points:
    """Push an outline about in long soft waves, as cloth never lies quite straight. ``amount`` in centimetres."""
    x, y = points[:, 0], points[:, 1]
    waves = np.zeros_like(points)
    for axis in (0, 1):
        for _ in range(3):
            fx, fy, phase = rng.normal(0, 0.09), rng.normal(0, 0.09), rng.uniform(0, 2 * math.pi)
            waves[:, axis] += np.sin(fx * x + fy * y + phase)
    return points + waves * amount / 2.2


def zigzag(line: Points, n: int, amount: float) -> Points:
    """A line resampled to n points that step to either side: fringe, ribbing, gathered cloth."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, length[-1], n)
    out = np.stack([np.interp(at, length, line[:, 0]), np.interp(at, length, line[:, 1])], 1)
    out[::2, 1] += amount
    return out
