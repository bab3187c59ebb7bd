"""How do fabrics look from near? Small seamless tiles of relief, made once a process and sampled for every piece.

All noise is periodic: it is white noise filtered in the frequency domain, so tiles meet without a seam.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import fft

TEXELS_PER_CM: Final = 16.0
TILE: Final = 512


@lru_cache(maxsize=64)
def noise(side: int, smooth_x: float, smooth_y: float, seed: int) -> np.ndarray:
    """(side, side) float32 periodic noise of mean 0 and deviation 1; ``smooth_*``: texels over which it is alike."""
    rng = np.random.default_rng([seed, side, int(smooth_x * 100), int(smooth_y * 100)])
    spectrum = fft.rfft2(rng.standard_normal((side, side), dtype=np.float32))
    across = np.exp(-2 * np.pi**2 * (np.fft.rfftfreq(side) * smooth_x) ** 2).astype(np.float32)
    along = np.exp(-2 * np.pi**2 * (np.fft.fftfreq(side) * smooth_y) ** 2).astype(np.float32)
    spectrum *= across[None] * along[:, None]
    spectrum[0, 0] = 0
    rough = fft.irfft2(spectrum, (side, side))
    return np.asarray(rough / rough.std(), np.float32)


@lru_cache(maxsize=64)
def relief(name: str) -> np.ndarray:
    """(512, 512) float32: a fabric's relief, about -1 to 1.

    Args:
        name: A key of the table at the end of this module.
    """
    tile = _RELIEFS[name]()
    return np.asarray(np.clip(tile / max(float(np.abs(tile).max()) * 0.8, 1e-6), -1, 1), np.float32)


@lru_cache(maxsize=128)
def relief_at(name: str, halvings: int) -> np.ndarray:
    """The relief for smaller pictures: averaged over 2, 4, 8 ... texels a side."""
    tile = relief(name)
    for _ in range(halvings):
        tile = tile.reshape(len(tile) // 2, 2, -1, 2).mean((1, 3))
    return np.ascontiguousarray(tile)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.float32)
    return x, y


def _waves(period: float, along: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * along / period))


def _jersey() -> np.ndarray:
    x, _ = _grid()
    return np.asarray(0.25 * _waves(4, x) + 0.5 * noise(TILE, 1.2, 2.5, 1) * 0.5 + 0.25 * noise(TILE, 20, 20, 2))


def _knit(width: int, height: int) -> Callable[[], np.ndarray]:
    """Columns of V-shaped stitches."""

    def make() -> np.ndarray:
        x, y = _grid()
        column = (x % width) / width - 0.5
        lean = y + np.abs(column) * -height * 0.9
        loop = np.cos(2 * np.pi * lean / height) * 0.5 + 0.5
        valley = np.minimum(np.abs(column), 0.5 - np.abs(column)) * 4
        return np.asarray((loop * 0.8 + 0.5) * np.sqrt(np.clip(valley, 0, 1)) * 2 - 1.3 + 0.12 * noise(TILE, 1, 1, 3))

    return make


def _cable() -> np.ndarray:
    x, y = _grid()
    knit = _knit(8, 8)()
    rope = np.zeros_like(x)
    for phase in (0.0, np.pi):
        middle = 64 + 17 * np.sin(2 * np.pi * y / 128 + phase)
        over = 0.6 + 0.4 * np.cos(2 * np.pi * y / 128 + phase)
        strand = np.clip(1 - ((x % 128 - middle) / 15) ** 2, 0, None) ** 0.5
        rope = np.maximum(rope, strand * over)
    rib = np.clip(1 - ((x % 128 - 8) / 7) ** 2, 0, None) ** 0.5 * 0.7
    return np.asarray(0.45 * knit + 1.6 * np.maximum(rope, rib) - 0.6)


def _twill(period: float, depth: float) -> Callable[[], np.ndarray]:
    def make() -> np.ndarray:
        x, y = _grid()
        worn = noise(TILE, 2, 10, 4)
        return np.asarray(depth * _waves(period, x + y) + 0.35 * worn + 0.35 * noise(TILE, 0.8, 0.8, 5))

    return make


def _linen() -> np.ndarray:
    return np.asarray(0.6 * noise(TILE, 14, 0.9, 6) + 0.6 * noise(TILE, 0.9, 14, 7) + 0.2 * noise(TILE, 0.7, 0.7, 8))


def _canvas() -> np.ndarray:
    x, y = _grid()
    return np.asarray(
        0.7 * _waves(5.12, x) * _waves(5.12, y) + 0.4 * noise(TILE, 5, 0.8, 9) + 0.4 * noise(TILE, 0.8, 5, 10)
    )


def _leather() -> np.ndarray:
    """Pebbles: the ridges between blobs of noise."""
    a, b = noise(TILE, 3.2, 3.2, 11), noise(TILE, 3.4, 3.4, 12)
    return np.asarray(-np.exp(-np.minimum(np.abs(a), np.abs(b)) * 5) * 0.9 + 0.2 * noise(TILE, 24, 24, 13))


def _tweed() -> np.ndarray:
    x, y = _grid()
    herring = _waves(12, y + np.abs((x % 32) - 16) * 1.5)
    return np.asarray(0.4 * herring + 0.8 * noise(TILE, 1.4, 1.4, 14) + 0.3 * noise(TILE, 3, 3, 15))


def _corduroy() -> np.ndarray:
    x, _ = _grid()
    return np.asarray(1.2 * np.abs(_waves(16, x)) - 0.8 + 0.2 * noise(TILE, 1, 4, 16))


def _silk() -> np.ndarray:
    return np.asarray(0.3 * noise(TILE, 1, 6, 17) + 0.5 * noise(TILE, 60, 24, 18))


def _wool() -> np.ndarray:
    return np.asarray(0.6 * noise(TILE, 1.3, 1.3, 19) + 0.4 * noise(TILE, 5, 5, 20) + 0.2 * noise(TILE, 40, 40, 21))


def _suede() -> np.ndarray:
    return np.asarray(0.5 * noise(TILE, 1, 1, 22) + 0.7 * noise(TILE, 12, 7, 23))


def _nylon() -> np.ndarray:
    return np.asarray(0.3 * noise(TILE, 0.8, 0.8, 24) + 0.5 * noise(TILE, 16, 9, 25))


def _fleece() -> np.ndarray:
    return np.asarray(noise(TILE, 4.5, 4.5, 26) + 0.4 * noise(TILE, 1.5, 1.5, 27))


def _straw() -> np.ndarray:
    x, y = _grid()
    over = _waves(12, x + 6 * np.sign(_waves(12, y)))
    return np.asarray(over * np.abs(_waves(12, y)) + 0.3 * noise(TILE, 4, 1, 28))


def _rib() -> np.ndarray:
    x, _ = _grid()
    return np.asarray(_waves(9.142857, x) + 0.2 * noise(TILE, 1, 3, 29))


def _lace() -> np.ndarray:
    x, y = _grid()
    return np.asarray(_waves(8, x) * _waves(8, y) + np.sign(noise(TILE, 9, 9, 30)) * 0.6)


_RELIEFS: Final[dict[str, Callable[[], np.ndarray]]] = {
    "jersey": _jersey,
    "fine knit": _knit(7, 6),
    "knit": _knit(11, 10),
    "chunky knit": _knit(18, 17),
    "cable knit": _cable,
    "denim": _twill(5.12, 0.55),
    "twill": _twill(4, 0.35),
    "gabardine": _twill(3.2, 0.2),
    "linen": _linen,
    "canvas": _canvas,
    "leather": _leather,
    "tweed": _tweed,
    "corduroy": _corduroy,
    "silk": _silk,
    "wool": _wool,
    "suede": _suede,
    "nylon": _nylon,
    "fleece": _fleece,
    "straw": _straw,
    "rib": _rib,
    "lace": _lace,
}
