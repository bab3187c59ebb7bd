"""Placeholders: the thumbhash that is made for all photos at once, read by an independent decoder of the format."""

from __future__ import annotations

import base64
import math

import numpy as np
from PIL import Image

from lookgraph.app.editions.thumbhash import thumbhashes
from lookgraph.catalogue import SmallPictures, glances


def test_a_thumbhash_shows_the_colours_where_the_photo_has_them():
    """Planted: red above blue, portrait and landscape; a flat grey."""
    halves = np.zeros((48, 48, 3), np.uint8)
    halves[:24], halves[24:] = (200, 30, 30), (30, 30, 200)
    flat = np.full((48, 48, 3), 128, np.uint8)
    planes = np.stack([_planes(halves), _planes(halves), _planes(flat)])
    pictures = SmallPictures(planes, np.full((3, 2), 48, np.uint8))
    hashes = thumbhashes(glances(pictures, np.arange(3))[:, 0], np.array([300, 400, 100]), np.array([400, 300, 100]))
    for code in hashes[:2]:
        above, below = _colour_at(code, 0.5, 0.2), _colour_at(code, 0.5, 0.8)
        assert above[0] > 130 and above[2] < 100, above
        assert below[2] > 130 and below[0] < 100, below
    assert [_is_landscape(code) for code in hashes[:2]] == [False, True]
    assert np.abs(np.array(_colour_at(hashes[2], 0.3, 0.6)) - 128).max() < 8


def _planes(rgb: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).convert("YCbCr")).transpose(2, 0, 1)


def _is_landscape(code: str) -> bool:
    return bool(base64.b64decode(code)[4] >> 7)


def _colour_at(code: str, x: float, y: float) -> list[float]:
    """One point of a thumbhash, written after the format's description, channel by channel."""
    data = base64.b64decode(code)
    bits = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    short = bits[1] & 7
    shape = (7, max(3, short)) if bits[1] >> 15 else (max(3, short), 7)
    nibbles = iter([n for byte in data[5:] for n in (byte & 15, byte >> 4)])
    channels = []
    for (across, down), mean, scale in (
        (shape, (bits[0] & 63) / 63, (bits[0] >> 18 & 31) / 31),
        ((3, 3), (bits[0] >> 6 & 63) / 31.5 - 1, (bits[1] >> 3 & 63) / 63 * 1.25),
        ((3, 3), (bits[0] >> 12 & 63) / 31.5 - 1, (bits[1] >> 9 & 63) / 63 * 1.25),
    ):
        value = mean
        for cy in range(down):
            for cx in range(across):
                if (cx or cy) and cx * down < across * (down - cy):
                    size = (next(nibbles) / 7.5 - 1) * scale
                    value += 2 * size * math.cos(math.pi * cx * x) * math.cos(math.pi * cy * y)
        channels.append(value)
    light, yellow_blue, red_green = channels
    blue = light - 2 / 3 * yellow_blue
    red = (3 * light - blue + red_green) / 2
    return [255 * max(0.0, min(1.0, each)) for each in (red, red - red_green, blue)]
