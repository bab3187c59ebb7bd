"""How are prints drawn? Seamless tiles that say, for each point of the cloth, how much of up to four inks lies there.

A tile holds coverage, not colour, so one tile serves every palette. It is sampled in the cloth's own coordinates, which
turn with the sleeve and bend with the folds: a print follows its garment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import aggdraw
import numpy as np
from PIL import Image

from lookgraph.demo.textures import noise

SIDE: Final = 1024
Masks = list[np.ndarray]


@lru_cache(maxsize=128)
def coverage(name: str, halvings: int) -> np.ndarray:
    """(side, side, 4) uint8: the coverage of inks 1 to 4 over the cloth's own colour.

    Args:
        name: One of :data:`PRINTS`.
        halvings: Times that the side of 1,024 texels is halved, for smaller pictures.
    """
    if halvings:
        finer = coverage(name, halvings - 1)
        return np.asarray(Image.fromarray(finer, "CMYK").reduce(2))
    masks = PRINTS[name]()
    tile = np.zeros((SIDE, SIDE, 4), np.uint8)
    for i, mask in enumerate(masks):
        tile[..., i] = np.clip(mask * 255, 0, 255)
    for i in range(3):  # a later ink lies over an earlier one
        over = tile[..., i + 1 :].max(-1)
        tile[..., i] = np.minimum(tile[..., i], 255 - over)
    return tile


def _grid() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    return x, y


def _bars(at: np.ndarray, period: float, width: float, begin: float = 0.0) -> np.ndarray:
    """1 inside bars that are ``width`` wide, with an edge a texel and a half soft."""
    off = np.abs((at - begin) % period - period / 2)
    return np.clip((width / 2 - off) / 1.5 + 0.5, 0, 1)


def _edge(value: np.ndarray, sharpness: float) -> np.ndarray:
    return np.clip(value * sharpness + 0.5, 0, 1)


def _stripes(period: int, share: float, upright: bool = False) -> Callable[[], Masks]:
    def make() -> Masks:
        x, y = _grid()
        return [_bars(x if upright else y, period, period * share)]

    return make


def _two_stripes() -> Masks:
    _, y = _grid()
    return [_bars(y, 128, 40), _bars(y, 128, 16, 64)]


def _gingham(period: int) -> Callable[[], Masks]:
    def make() -> Masks:
        x, y = _grid()
        across, along = _bars(x, period, period / 2), _bars(y, period, period / 2)
        return [np.maximum(across, along) * 0.55 * (1 - across * along), across * along]

    return make


def _tartan() -> Masks:
    x, y = _grid()

    def sett(at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return _bars(at, 256, 110), _bars(at, 256, 8, 128), _bars(at, 256, 14, 40)

    (bx, tx, dx), (by, ty, dy) = sett(x), sett(y)
    twill = ((x + y) % 8 < 4).astype(np.float32) * 0.15
    return [
        np.clip(0.5 * (bx + by) + twill * (bx + by) * 0.3, 0, 1),
        np.maximum(dx, dy) * (0.7 + twill),
        np.maximum(tx, ty) * (0.75 + twill),
    ]


def _windowpane() -> Masks:
    x, y = _grid()
    return [np.maximum(_bars(x, 128, 5), _bars(y, 128, 5)) * 0.85]


def _glen_check() -> Masks:
    x, y = _grid()
    big = np.maximum(_bars(x, 128, 60), _bars(y, 128, 60))
    fine = ((x // 4 + y // 4) % 2).astype(np.float32)
    return [0.15 * fine + 0.55 * big * ((x + y) % 12 < 6), np.maximum(_bars(x, 256, 3), _bars(y, 256, 3)) * 0.6]


def _houndstooth() -> Masks:
    x, y = _grid()
    size = 32
    u, v = x % (2 * size), y % (2 * size)
    a, b = u < size, v < size
    diagonal = ((u + v) % size) < size / 2
    return [np.where(a & b, 1.0, np.where(a ^ b, diagonal.astype(float), 0.0))]


def _dots(period: int, radius: float) -> Callable[[], Masks]:
    def make() -> Masks:
        x, y = _grid()
        mask = np.zeros_like(x)
        for shift in (0, period / 2):
            dx = (x + shift) % period - period / 2
            dy = (y + shift) % period - period / 2
            mask = np.maximum(mask, np.clip((radius - np.hypot(dx, dy)) / 1.5 + 0.5, 0, 1))
        return [mask]

    return make


def _camouflage() -> Masks:
    return [_edge(noise(SIDE, 26, 17, seed) - level, 14) for seed, level in ((61, 0.1), (62, 0.55), (63, 0.95))]


def _leopard() -> Masks:
    cells = noise(SIDE, 9, 8, 64)
    ring = _edge(0.45 - np.abs(cells - 0.95), 4) * _edge(noise(SIDE, 5, 5, 65) + 0.9, 4)
    return [_edge(cells - 1.25, 5) * 0.7, ring]


def _zebra() -> Masks:
    x, y = _grid()
    return [_edge(np.sin(2 * np.pi * y / 64 + 2.2 * noise(SIDE, 45, 30, 66) + 0.8 * np.sin(2 * np.pi * x / 512)), 5)]


def _tie_dye() -> Masks:
    x, y = _grid()
    swirl = np.sin(np.hypot(x - 512, y - 512) / 28 + 3 * noise(SIDE, 40, 40, 67))
    return [np.clip(swirl, 0, 1), np.clip(-swirl - 0.35, 0, 1), np.clip(noise(SIDE, 70, 70, 68) * 0.5, 0, 0.8)]


def _chevron() -> Masks:
    x, y = _grid()
    bent = y + np.abs(x % 128 - 64)
    return [_bars(bent, 128, 42), _bars(bent, 128, 14, 64)]


def _argyle() -> Masks:
    x, y = _grid()
    u, v = np.abs(x % 256 - 128) / 128, np.abs(y % 341.333 - 170.667) / 170.667
    lines = np.maximum(_bars(x / 256 + y / 341.333, 0.5, 0.016) > 0.5, _bars(x / 256 - y / 341.333, 0.5, 0.016) > 0.5)
    return [_edge(1 - u - v, 40) * 1.0, lines * 0.9]


def _abstract() -> Masks:
    bands = noise(SIDE, 60, 34, 69)
    return [_edge(bands - 0.5, 18), _edge(noise(SIDE, 46, 60, 70) - 0.8, 18), _edge(noise(SIDE, 30, 30, 71) - 1.3, 18)]


def _blocks() -> Masks:
    """Colour-block: broad fields, a cloth's length apart."""
    _, y = _grid()
    return [_bars(y, 1024, 300, 250), _bars(y, 1024, 90, 420)]


class _Stamp:
    """Draws shapes on a tile so that what leaves it on one side comes back on the other."""

    def __init__(self, n_inks: int) -> None:
        self._pens = [aggdraw.Draw("L", (SIDE, SIDE), 0) for _ in range(n_inks)]

    def fill(self, ink: int, points: np.ndarray) -> None:
        low, high = points.min(0), points.max(0)
        for dx in (-SIDE, 0, SIDE):
            for dy in (-SIDE, 0, SIDE):
                if high[0] + dx > 0 and low[0] + dx < SIDE and high[1] + dy > 0 and low[1] + dy < SIDE:
                    self._pens[ink].polygon((points + (dx, dy)).ravel().tolist(), None, aggdraw.Brush(255))
                    for other in range(ink):
                        self._pens[other].polygon((points + (dx, dy)).ravel().tolist(), None, aggdraw.Brush(0))

    def masks(self) -> Masks:
        return [np.asarray(Image.frombytes("L", (SIDE, SIDE), pen.tobytes()), np.float32) / 255 for pen in self._pens]


def _petal(x: float, y: float, length: float, width: float, angle: float) -> np.ndarray:
    t = np.linspace(0, 2 * math.pi, 22, endpoint=False)
    along, across = (1 - np.cos(t)) / 2 * length, np.sin(t) * width / 2 * (1 - 0.25 * np.cos(t))
    c, s = math.cos(angle), math.sin(angle)
    return np.stack([x + c * along - s * across, y + s * along + c * across], 1)


def _scatter(n: int, apart: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Places at least ``apart`` texels from each other on the torus."""
    places = np.empty((0, 2))
    for spot in rng.uniform(0, SIDE, (n * 30, 2)):
        away = np.abs(places - spot)
        away = np.minimum(away, SIDE - away)
        if (away[:, 0] ** 2 + away[:, 1] ** 2 > apart**2).all():
            places = np.concatenate([places, spot[None]])
        if len(places) == n:
            break
    return [(float(x), float(y)) for x, y in places]


def _flowers(n: int, size: float, petals: int, seed: int) -> Callable[[], Masks]:
    """Flowers in two colours with leaves; ink 1 leaves, 2 and 3 petals, 4 centres."""

    def make() -> Masks:
        rng = np.random.default_rng(seed)
        stamp = _Stamp(4)
        for i, (x, y) in enumerate(_scatter(n, size * 1.75, rng)):
            start, scale = rng.uniform(0, 2 * math.pi), size * rng.uniform(0.7, 1.15)
            for _ in range(3):
                angle = rng.uniform(0, 2 * math.pi)
                stamp.fill(0, _petal(x, y, scale * rng.uniform(1.3, 1.7), scale * 0.42, angle))
            for p in range(petals):
                angle = start + 2 * math.pi * p / petals
                stamp.fill(1 + i % 2, _petal(x, y, scale, scale * 4.2 / petals, angle))
            stamp.fill(3, _petal(x - scale * 0.2, y, scale * 0.4, scale * 0.4, 0))
        return stamp.masks()

    return make


def _leaves() -> Masks:
    rng = np.random.default_rng(72)
    stamp = _Stamp(3)
    for x, y in _scatter(40, 105, rng):
        angle = rng.uniform(0, 2 * math.pi)
        for k in range(-3, 4):
            bx, by = x + 14 * k * math.cos(angle), y + 14 * k * math.sin(angle)
            for side in (-1, 1):
                leaf = _petal(bx, by, 52 - 5 * abs(k), 13, angle + side * 0.95)
                stamp.fill(abs(k) % 2 + (1 if rng.random() < 0.1 else 0), leaf)
    return stamp.masks()


def _stars() -> Masks:
    rng = np.random.default_rng(73)
    stamp = _Stamp(1)
    for x, y in _scatter(70, 80, rng):
        angles = np.arange(10) * math.pi / 5 + rng.uniform(0, 1)
        radius = np.where(np.arange(10) % 2, 10, 24) * rng.uniform(0.6, 1.2)
        stamp.fill(0, np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1))
    return stamp.masks()


def _paisley() -> Masks:
    rng = np.random.default_rng(74)
    stamp = _Stamp(4)
    for x, y in _scatter(46, 108, rng):
        angle, size = rng.uniform(0, 2 * math.pi), rng.uniform(0.8, 1.2)
        t = np.linspace(0, 2 * math.pi, 40, endpoint=False)
        for ink, scale in ((0, 46.0), (1, 32.0), (2, 20.0), (3, 9.0)):
            r = scale * size * (1 - np.sin(t / 2) * 0.35)
            px, py = r * np.cos(t) * 0.8, r * np.sin(t) - (t - math.pi) ** 2 * 0.05 * scale
            c, s = math.cos(angle), math.sin(angle)
            stamp.fill(ink, np.stack([x + c * px - s * py, y + s * px + c * py], 1))
    return stamp.masks()


def _lurex() -> Masks:
    sparkle = noise(SIDE, 0.8, 0.8, 75)
    return [_edge(sparkle - 1.6, 2) * 0.9, _edge(noise(SIDE, 0.8, 0.8, 76) - 2.0, 2)]


def _flecks() -> Masks:
    return [_edge(noise(SIDE, 2.2, 1.4, seed) - 1.5, 3) * 0.9 for seed in (77, 78, 79)]


PRINTS: Final[dict[str, Callable[[], Masks]]] = {
    "stripes": _stripes(64, 0.5),
    "breton stripes": _stripes(64, 0.3),
    "fine stripes": _stripes(32, 0.45),
    "wide stripes": _stripes(128, 0.5),
    "pinstripes": _stripes(32, 0.09, upright=True),
    "shirting stripes": _stripes(16, 0.4, upright=True),
    "deckchair stripes": _stripes(64, 0.5, upright=True),
    "two-colour stripes": _two_stripes,
    "gingham": _gingham(32),
    "buffalo check": _gingham(128),
    "tartan": _tartan,
    "windowpane": _windowpane,
    "glen check": _glen_check,
    "houndstooth": _houndstooth,
    "polka dots": _dots(64, 13),
    "pin dots": _dots(32, 4.5),
    "big dots": _dots(128, 30),
    "camouflage": _camouflage,
    "leopard": _leopard,
    "zebra": _zebra,
    "tie-dye": _tie_dye,
    "chevron": _chevron,
    "argyle": _argyle,
    "abstract": _abstract,
    "colour-block": _blocks,
    "ditsy floral": _flowers(130, 17, 5, 80),
    "floral": _flowers(52, 40, 6, 81),
    "big floral": _flowers(15, 88, 8, 82),
    "leaves": _leaves,
    "stars": _stars,
    "paisley": _paisley,
    "lurex": _lurex,
    "flecks": _flecks,
}
