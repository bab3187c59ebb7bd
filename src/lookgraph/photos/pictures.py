"""What does a training keep of a photo? Its pixels at two sizes, and what tells it from its duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import imagehash
import numpy as np

from lookgraph.config import PhotoSettings
from lookgraph.photos.decode import decode_at_least, square
from lookgraph.photos.photo import content_hash, encoder_pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo for training.

    Attributes:
        content_hash: SHA-256 of the file's bytes, hexadecimal.
        perceptual_hash: As in :class:`~lookgraph.photos.photo.Photo`.
        small: (small_px, small_px, 3) uint8, the very picture that an encoder of that side is shown.
        large: (large_px, large_px, 3) uint8, the same photo with more room.
    """

    content_hash: str
    perceptual_hash: int
    small: np.ndarray
    large: np.ndarray


def make_picture(data: bytes, settings: PhotoSettings, small_px: int, large_px: int) -> Picture:
    """Decode a file's bytes.

    Raises:
        PhotoError: as :func:`~lookgraph.photos.decode.decode` does.
    """
    picture = decode_at_least(data, settings, large_px * 3 // 2).picture
    return Picture(
        content_hash=content_hash(data),
        perceptual_hash=int(str(imagehash.phash(picture)), 16),
        small=encoder_pixels(data, settings, small_px),
        large=square(picture, large_px),
    )
