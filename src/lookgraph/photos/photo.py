"""What does Lookgraph keep of a photo? Everything later stages need, so that it is decoded only once."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imagehash
import numpy as np
from PIL import Image

from lookgraph.config import PhotoSettings
from lookgraph.photos.decode import check_size, decode_at_least, eighths_needed, shrinks_while_decoding, square
from lookgraph.photos.model import FileLocation
from lookgraph.photos.plain_jpeg import decode_plain_jpeg, plain_jpeg_size
from lookgraph.photos.reading import read_photo
from lookgraph.photos.signatures import HEAD_BYTES, picture_format
from lookgraph.photos.thumbnails import THUMBNAIL_SIDES, thumbnails

_HASH_SIDE: Final = 8


@dataclass(frozen=True, slots=True)
class Photo:
    """One decoded photo.

    Attributes:
        content_hash: SHA-256 of the file's bytes, hexadecimal.
        width: In pixels, upright.
        height: In pixels, upright.
        n_bytes: Of the file.
        format: JPEG, PNG, WEBP, GIF or AVIF, by content.
        perceptual_hash: 64 bits; photos that look alike differ in few (imagehash.phash: the signs of
            the lowest 8 x 8 DCT coefficients of the grey picture against their median).
        colour: ``#rrggbb``, the mean over the photo: what a page shows until the thumbnail is there.
        pixels: (side_px, side_px, 3) uint8, from :func:`encoder_pixels`.
        thumbnails: Longest side to WebP file.
    """

    content_hash: str
    width: int
    height: int
    n_bytes: int
    format: str
    perceptual_hash: int
    colour: str
    pixels: np.ndarray
    thumbnails: dict[int, bytes]


def content_hash(data: bytes) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def make_photo(data: bytes, settings: PhotoSettings, side_px: int, sides: tuple[int, ...] = THUMBNAIL_SIDES) -> Photo:
    """Decode a file's bytes.

    Args:
        data: The whole file.
        settings: Limits, and the thumbnails' quality.
        side_px: Side of ``Photo.pixels``.
        sides: Thumbnails that are made, the first of ``THUMBNAIL_SIDES`` or all.

    Raises:
        PhotoError: as :func:`~lookgraph.photos.decode.decode` does.
    """
    decoded = decode_at_least(data, settings, max(*sides, _needed_px(side_px)))
    picture, picture_type = decoded.picture, picture_format(data[:HEAD_BYTES])
    if shrinks_while_decoding(picture_type, decoded.size, _needed_px(side_px)):
        pixels = encoder_pixels(data, settings, side_px)
    else:
        pixels = square(picture, side_px)
    return Photo(
        content_hash=content_hash(data),
        width=decoded.size[0],
        height=decoded.size[1],
        n_bytes=len(data),
        format=picture_type or "unknown",
        perceptual_hash=int(str(imagehash.phash(picture, _HASH_SIDE)), 16),
        colour=_mean_colour(picture),
        pixels=pixels,
        thumbnails=thumbnails(picture, settings.thumbnail_quality, sides),
    )


def encoder_pixels(data: bytes, settings: PhotoSettings, side_px: int) -> np.ndarray:
    """Decode a file's bytes to what the encoder takes, and no further.

    Returns:
        (side_px, side_px, 3) uint8, from :func:`~lookgraph.photos.decode.square`; the same picture that
        :func:`make_photo` gives, without its thumbnails and hashes.

    Raises:
        PhotoError: as :func:`~lookgraph.photos.decode.decode` does.
    """
    needed_px, size = _needed_px(side_px), plain_jpeg_size(data)
    if size is not None:
        check_size(size, settings)
        pixels = decode_plain_jpeg(data, size, eighths_needed(size, needed_px))
        if pixels is not None:
            return square(pixels, side_px)
    return square(decode_at_least(data, settings, needed_px).picture, side_px)


def _needed_px(side_px: int) -> int:
    return side_px * 3 // 2  # enough for a clean resize


def decode_file(path: Path, settings: PhotoSettings, side_px: int) -> Photo:
    """Read and decode one file in this process, without a time or memory limit.

    It is for a photo that the person at this machine chose. What strangers send belongs into
    :class:`~lookgraph.photos.workers.PhotoWorkers`.

    Raises:
        PhotoError: the photo cannot be used.
    """
    return make_photo(read_photo(FileLocation(os.fspath(path)), settings), settings, side_px)


def _mean_colour(picture: Image.Image) -> str:
    red, green, blue = np.asarray(picture.resize((1, 1), Image.Resampling.BOX))[0, 0]
    return f"#{red:02x}{green:02x}{blue:02x}"
