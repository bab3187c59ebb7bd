"""The quick way through the most common photo: a JPEG that is nothing but its pixels.

The JPEG library itself takes two thirds of the time that Pillow needs for a photo of a shop's size; the
rest goes into an object for each photo and its four bytes a pixel. Whatever is out of the ordinary
(metadata, a colour profile, four inks, damage) is left to :mod:`lookgraph.photos.decode`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import simplejpeg

from lookgraph.photos.signatures import HEAD_BYTES, picture_format

_SAYS_MORE: Final = (b"Exif\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0", b"MPF\0")
"""Marks of metadata that may turn the photo, change its colours, or name further pictures."""

_MODELS: Final = ("YCbCr", "Gray")


def plain_jpeg_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels of a JPEG that :func:`decode_plain_jpeg` may decode, None of any other file."""
    if picture_format(data[:HEAD_BYTES]) != "JPEG" or any(mark in data for mark in _SAYS_MORE):
        return None
    try:
        height, width, model, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    return (width, height) if model in _MODELS else None


def decode_plain_jpeg(data: bytes, size: tuple[int, int], eighths: int) -> np.ndarray | None:
    """Decode a JPEG, or its smaller copy out of fewer coefficients.

    Args:
        data: The whole file.
        size: From :func:`plain_jpeg_size`.
        eighths: Of the size, rounded up: 8, 4, 2 or 1.

    Returns:
        (height, width, 3) uint8, sRGB, equal to Pillow's pixels; None where the file is damaged or cut off, or memory
        is short: Pillow then says which.
    """
    width, height = (-(-side * eighths // 8) for side in size)
    try:
        pixels: np.ndarray = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width)
    except (ValueError, MemoryError):
        return None
    return pixels
