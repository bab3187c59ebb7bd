"""What lies behind a garment: studio paper, floors, sheets, walls. Large textures are made once a process."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from lookgraph.demo.cloths import Colour
from lookgraph.demo.soft import enlarged
from lookgraph.demo.textures import noise

_SIDE: Final = 1024
_LIGHT: Final = 170  # the level of a surface's middle tone, which leaves room for lighter ones
STUDIO: Final[tuple[Colour, ...]] = (
    (0.955, 0.955, 0.95), (0.93, 0.925, 0.91), (0.90, 0.905, 0.915), (0.925, 0.89, 0.855), (0.86, 0.885, 0.885),
    (0.93, 0.875, 0.865), (0.85, 0.87, 0.83), (0.80, 0.80, 0.80), (0.88, 0.85, 0.90), (0.915, 0.88, 0.80),
)  # fmt: skip
FLOORS: Final[dict[str, tuple[Colour, ...]]] = {
    "oak": ((0.74, 0.60, 0.44), (0.62, 0.47, 0.33), (0.84, 0.75, 0.62), (0.50, 0.38, 0.28)),
    "white wood": ((0.89, 0.87, 0.84), (0.80, 0.79, 0.78)),
    "concrete": ((0.70, 0.70, 0.69), (0.60, 0.60, 0.60), (0.80, 0.79, 0.77)),
    "marble": ((0.93, 0.92, 0.91), (0.88, 0.87, 0.86)),
    "sheet": ((0.92, 0.90, 0.87), (0.85, 0.80, 0.74), (0.78, 0.82, 0.84), (0.87, 0.80, 0.79)),
    "carpet": ((0.77, 0.72, 0.65), (0.66, 0.67, 0.68), (0.86, 0.82, 0.76)),
    "tiles": ((0.83, 0.80, 0.76), (0.74, 0.75, 0.75)),
}  # fmt: skip
WALLS: Final[tuple[Colour, ...]] = (
    (0.90, 0.885, 0.86), (0.84, 0.83, 0.80), (0.80, 0.83, 0.84), (0.86, 0.80, 0.76), (0.76, 0.79, 0.74), (0.92,
    0.91, 0.90),
)  # fmt: skip


def _surface(name: str) -> np.ndarray:
    """(1024, 1024) float32 about 1: how light each point of a surface is."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32)
    if name in ("oak", "white wood"):
        board = (x // 128).astype(int)
        tone = np.random.default_rng(5).uniform(-0.10, 0.08, (8, 3))
        shift = np.random.default_rng(6).integers(0, _SIDE, 8)
        part = (((y + shift[board]) % _SIDE) // 342).astype(int) % 3
        grain = np.stack([np.roll(noise(_SIDE, 1.6, 60, 50), s, 0) for s in (0,)])[0]
        rings = np.sin(x / 5 + 2.5 * noise(_SIDE, 12, 120, 51))
        gap = ((x % 128 < 2.2) | ((y + shift[board]) % 342 < 2)).astype(np.float32)
        amount = 1.0 if name == "oak" else 0.45
        tile = 1 + amount * (tone[board, part] + 0.035 * grain + 0.022 * rings) - 0.42 * gap * (0.6 + 0.4 * amount)
    elif name == "concrete":
        tile = 1 + 0.035 * noise(_SIDE, 60, 60, 52) + 0.02 * noise(_SIDE, 8, 8, 53) + 0.012 * noise(_SIDE, 1, 1, 54)
    elif name == "marble":
        veins = np.abs(noise(_SIDE, 70, 40, 55) + 0.35 * noise(_SIDE, 12, 12, 56))
        tile = (
            1.01
            - 0.07 * np.exp(-veins * 7)
            - 0.05 * np.exp(-np.abs(noise(_SIDE, 40, 70, 57)) * 5)
            + 0.02 * noise(_SIDE, 90, 90, 69)
        )
    elif name == "sheet":
        soft = noise(_SIDE, 26, 90, 58) * 9 + noise(_SIDE, 110, 34, 59) * 9
        gy, gx = np.gradient(soft)
        tile = 1 + np.clip((gx * 0.6 + gy * 0.8) * 0.14, -0.12, 0.09) + 0.008 * noise(_SIDE, 1, 1, 60)
    elif name == "carpet":
        tile = 1 + 0.045 * noise(_SIDE, 1.5, 1.5, 61) + 0.03 * noise(_SIDE, 4, 4, 62) + 0.02 * noise(_SIDE, 70, 70, 63)
    elif name == "tiles":
        gap = ((x % 256 < 5) | (y % 256 < 5)).astype(np.float32)
        light = np.random.default_rng(7).uniform(-0.025, 0.025, (4, 4))[(y // 256).astype(int), (x // 256).astype(int)]
        tile = (1 + light + 0.012 * noise(_SIDE, 30, 30, 64) + 0.006 * noise(_SIDE, 1, 1, 65)) * (1 - 0.22 * gap)
    else:
        tile = 1 + 0.008 * noise(_SIDE, 1.2, 1.2, 66) + 0.006 * noise(_SIDE, 90, 90, 67)
    return np.asarray(tile, np.float32)


def surface(
    name: str, colour: Colour, size: tuple[int, int], rng: np.random.Generator, shadow: np.ndarray
) -> np.ndarray:
    """(3, h, w) uint8: a window of a surface, perhaps turned by a quarter, lit unevenly as rooms are.

    Args:
        shadow: (h/4, w/4) float32, the light that shadows leave.
    """
    w, h = size
    tile = _sheet(name, bool(rng.random() < 0.5), min(4, round(960 / max(h, 1))))
    left, top = (int(rng.integers(0, tile.size[0] // 2)) for _ in range(2))
    light = enlarged(_falloff(shadow.shape, rng) * shadow, (h, w))
    window = np.asarray(tile.crop((left, top, left + w, top + h)), np.float32)
    window *= light
    return _coloured(window, colour, 1 / _LIGHT)


@lru_cache(maxsize=32)
def _sheet(name: str, turned: bool, reduced: int) -> Image.Image:
    """A surface laid twice in both directions, so that any window of it can be cut out."""
    tile = np.minimum(_surface(name) * _LIGHT, 255).astype(np.uint8)
    picture = Image.fromarray(tile.T if turned else tile)
    while picture.size[0] // reduced < 512:
        reduced -= 1
    if reduced > 1:
        picture = picture.reduce(reduced)
    return Image.fromarray(np.tile(np.asarray(picture), (2, 2)))


def studio(
    colour: Colour, size: tuple[int, int], rng: np.random.Generator, shadow: np.ndarray, *, ground: bool
) -> np.ndarray:
    """(3, h, w) uint8: a paper roll; with ``ground`` it bends to the floor in the lower third."""
    y = np.linspace(0, 1, shadow.shape[0], dtype=np.float32)[:, None]
    light = 1.0 + 0.04 * (1 - y)
    if ground:
        light = light - 0.055 / (1 + np.exp(-(y - 0.68) * 38)) + 0.06 * np.clip(y - 0.72, 0, 1)
    return _coloured(enlarged(light * _falloff(shadow.shape, rng) * shadow, size[::-1]), colour, 1.0)


def _falloff(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    x0, y0 = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.6)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    far = np.hypot(x / shape[1] - x0, (y / shape[0] - y0) * 1.2)
    return np.asarray(1.03 - rng.uniform(0.10, 0.20) * far * np.sqrt(far), np.float32)


def _coloured(light: np.ndarray, colour: Colour, scale: float) -> np.ndarray:
    """Each channel is the light's, times the colour: looked up, as that is faster than computing it three times."""
    level = Image.fromarray(np.minimum(light * np.float32(scale * 180), 255).astype(np.uint8))
    steps = np.arange(256) / 180 * 255
    return np.stack([np.asarray(level.point(np.minimum(steps * c, 255).astype(int).tolist())) for c in colour])
