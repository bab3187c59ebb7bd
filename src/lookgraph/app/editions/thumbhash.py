"""What does a page show until a photo is there? Its thumbhash: about 25 bytes of low frequencies.

Made for all photos at once from the glances that a build keeps, without opening a picture.

Source: the ThumbHash format, Evan Wallace, https://evanw.github.io/thumbhash/.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np

_SIDE: Final = 8
_MOST: Final = 7  # coefficients along the longer side


def thumbhashes(glances: np.ndarray, widths: np.ndarray, heights: np.ndarray) -> list[str]:
    """The thumbhash of every photo, in base64.

    Args:
        glances: (n, 96) float, a photo's 8 x 8 brightnesses and 2 x 4 x 4 doubled colour differences.
        widths: (n,) pixels.
        heights: (n,) pixels.
    """
    rgb = _rgb(np.asarray(glances, np.float32))
    red, green, blue = rgb[:, 0], rgb[:, 1], rgb[:, 2]
    channels = ((red + green + blue) / 3, (red + green) / 2 - blue, red - green)
    frequencies = [_cosines(channel) for channel in channels]
    longest = np.maximum(widths, heights)
    n_across = np.maximum(1, np.rint(_MOST * widths / longest)).astype(int)
    n_down = np.maximum(1, np.rint(_MOST * heights / longest)).astype(int)
    hashes = [""] * len(rgb)
    for across, down in {*zip(n_across.tolist(), n_down.tolist(), strict=True)}:
        rows = np.flatnonzero((n_across == across) & (n_down == down))
        encoded = _encode([each[rows] for each in frequencies], across, down)
        for row, code in zip(rows.tolist(), encoded, strict=True):
            hashes[row] = base64.b64encode(code.tobytes()).decode()
    return hashes


def _rgb(glances: np.ndarray) -> np.ndarray:
    """(n, 3, 8, 8) from 0 to 1."""
    n = len(glances)
    bright = glances[:, : _SIDE * _SIDE].reshape(n, _SIDE, _SIDE)
    colours = glances[:, _SIDE * _SIDE :].reshape(n, 2, _SIDE // 2, _SIDE // 2) / 2 - 128
    blue, red = colours.repeat(2, axis=2).repeat(2, axis=3).transpose(1, 0, 2, 3)
    rgb = np.stack([bright + 1.402 * red, bright - 0.344136 * blue - 0.714136 * red, bright + 1.772 * blue], axis=1)
    return np.asarray(rgb.clip(0, 255) / 255)


def _cosines(channel: np.ndarray) -> np.ndarray:
    """(n, 7, 7) of vertical and horizontal frequency."""
    steps = np.arange(_MOST)[:, None] * (np.arange(_SIDE) + 0.5)[None]
    basis = np.cos(np.pi / _SIDE * steps)
    return np.asarray(basis @ channel @ basis.T / _SIDE**2)


def _encode(frequencies: list[np.ndarray], across: int, down: int) -> np.ndarray:
    """(n, n_bytes) uint8."""
    landscape = across > down
    shapes = [(max(3, across), max(3, down)), (3, 3), (3, 3)]
    (l_dc, l_ac, l_scale), (p_dc, p_ac, p_scale), (q_dc, q_ac, q_scale) = (
        _channel(values, *shape) for values, shape in zip(frequencies, shapes, strict=True)
    )
    first = _rounded(63 * l_dc) | _rounded(31.5 + 31.5 * p_dc) << 6 | _rounded(31.5 + 31.5 * q_dc) << 12
    first |= _rounded(31 * l_scale) << 18
    second = (down if landscape else across) | _rounded(63 * p_scale) << 3 | _rounded(63 * q_scale) << 9
    second |= int(landscape) << 15
    head = [first & 255, first >> 8 & 255, first >> 16 & 255, second & 255, second >> 8 & 255]
    nibbles = _rounded(15 * np.concatenate([l_ac, p_ac, q_ac], axis=1))
    if nibbles.shape[1] % 2:
        nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
    tail = nibbles[:, 0::2] | nibbles[:, 1::2] << 4
    return np.concatenate([np.stack(head, axis=1), tail], axis=1).astype(np.uint8)


def _channel(values: np.ndarray, across: int, down: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean, the scaled frequencies (a triangle of them), and their scale."""
    kept = [(y, x) for y in range(down) for x in range(across) if x * down < across * (down - y)][1:]
    ac = np.stack([values[:, y, x] for y, x in kept], axis=1)
    scale = np.abs(ac).max(axis=1)
    return values[:, 0, 0], 0.5 + 0.5 * ac / np.where(scale > 0, scale, 1)[:, None], scale


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.floor(np.clip(values, 0, None) + 0.5), np.int64)
