"""From the bytes of a file to an upright sRGB picture, within limits.

Nothing here trusts its input: the format is read from the content (never from a name), the size is
checked before a pixel is decoded, and every failure is a :class:`PhotoError` with a named reason.
It runs in the killable workers of :mod:`lookgraph.photos.workers`; a hang or a crash of a codec
ends a worker, never the build.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos.reasons import Reason
from lookgraph.photos.signatures import HEAD_BYTES, picture_format

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_WIDE_MODES: Final = ("I", "I;16", "I;16L", "I;16B", "I;16N")
_SRGB: Final = ImageCms.createProfile("sRGB")


def decode(data: bytes, limits: PhotoSettings) -> Image.Image:
    """Decode one photo whole: first frame, upright, 8-bit sRGB, transparency over white.

    Args:
        data: The whole file.
        limits: ``max_pixels``, ``min_side_px`` and ``max_aspect_ratio`` are used here.

    Returns:
        An RGB picture without metadata, at most ``limits.max_pixels`` large.

    Raises:
        PhotoError: the bytes are empty, no photo, of another format, damaged, or outside the limits.
    """
    return decode_at_least(data, limits, None).picture


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded photo, perhaps smaller than it is.

    Attributes:
        picture: RGB, upright, without metadata.
        size: (width, height) of the whole photo in pixels, upright.
    """

    picture: Image.Image
    size: tuple[int, int]


def decode_at_least(data: bytes, limits: PhotoSettings, needed_px: int | None) -> Decoded:
    """Decode one photo as far as it is needed: a large JPEG comes at a half, a quarter or an eighth of its size.

    The JPEG library makes the smaller picture from fewer coefficients, several times faster than decoding
    all of them and shrinking the result.

    Args:
        data: The whole file.
        limits: As for :func:`decode`.
        needed_px: Pixels that the longer side of the picture needs at least; None: all there are.

    Raises:
        PhotoError: as :func:`decode` does.
    """
    if not data:
        raise PhotoError(Reason.EMPTY, "the file has 0 bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: the limit below decides
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            size = picture.size
            check_size(size, limits)
            if needed_px is not None and shrinks_while_decoding(picture.format, size, needed_px):
                eighths = eighths_needed(size, needed_px)
                picture.draft(None, (max(1, size[0] * eighths // 8), max(1, size[1] * eighths // 8)))
            picture.load()
            upright = _to_srgb(picture)
            turned = upright.size != picture.size
            return Decoded(upright, (size[1], size[0]) if turned else size)
    except PhotoError:
        raise
    except UnidentifiedImageError:
        raise _not_decodable(data) from None
    except MemoryError:
        limit = f"photos.max_memory_mib={limits.max_memory_mib}"
        raise PhotoError(Reason.TOO_MUCH_MEMORY, f"decoding takes more memory than {limit}") from None
    except Image.DecompressionBombError as error:
        limit = f"photos.max_pixels={limits.max_pixels}"
        raise PhotoError(Reason.TOO_MANY_PIXELS, f"more pixels than {limit} ({error})") from None
    except Exception as error:  # a codec fed with damage may raise anything
        truncated = "truncated" in str(error) or isinstance(error, EOFError)
        message = f"the picture cannot be decoded ({type(error).__name__}: {error})"
        raise PhotoError(Reason.TRUNCATED if truncated else Reason.DAMAGED, message) from None


def shrinks_while_decoding(picture_format: str | None, size: tuple[int, int], needed_px: int) -> bool:
    """Does :func:`decode_at_least` make this photo smaller than it is?

    MPO is what Pillow calls a JPEG with further pictures in it, as many phones write them.
    """
    return picture_format in ("JPEG", "MPO") and eighths_needed(size, needed_px) < 8


def eighths_needed(size: tuple[int, int], needed_px: int) -> int:
    """The least of 1, 2, 4 and 8 eighths of a photo's size at which its longer side still has the pixels needed."""
    return next((n for n in (1, 2, 4) if max(size) * n >= 8 * needed_px), 8)


def square(picture: Image.Image | np.ndarray, side_px: int) -> np.ndarray:
    """Fit a picture into a square without stretching it, padded with the colour of its border.

    Stretching would bend the garment by as much as the photo is long, and white bars around a photo
    that is not white would draw the photo's outline; the border's median colour does neither.

    Args:
        picture: RGB, any size; an array is (height, width, 3) uint8.
        side_px: Side of the square; the picture's longer side becomes this long.

    Returns:
        (side_px, side_px, 3) uint8.
    """
    pixels = np.asarray(picture)
    height, width = pixels.shape[:2]
    shrinks = max(height, width) > side_px
    kernel = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC  # every pixel counts, by its area
    fitted = np.asarray(cv2.resize(pixels, _fitted((width, height), side_px), interpolation=kernel))
    height, width = fitted.shape[:2]
    if height == width:
        return fitted
    edge = np.concatenate([fitted[0], fitted[-1], fitted[:, 0], fitted[:, -1]])
    colour = np.partition(edge, len(edge) // 2, axis=0)[len(edge) // 2]
    top, left = (side_px - height) // 2, (side_px - width) // 2
    bottom, right = side_px - height - top, side_px - width - left
    return np.asarray(
        cv2.copyMakeBorder(fitted, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour.tolist()), np.uint8
    )


def _fitted(size: tuple[int, int], longer_px: int) -> tuple[int, int]:
    """The size, scaled so that its longer side is ``longer_px``."""
    scale = longer_px / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def check_size(size: tuple[int, int], limits: PhotoSettings) -> None:
    """Is a photo of this (width, height) in pixels within the limits?

    Raises:
        PhotoError: too-many-pixels, too-small, too-elongated.
    """
    width, height = size
    shape = f"{width} x {height} pixels"
    if width * height > limits.max_pixels:
        raise PhotoError(Reason.TOO_MANY_PIXELS, f"{shape}, more than photos.max_pixels={limits.max_pixels}")
    if min(size) < limits.min_side_px:
        raise PhotoError(Reason.TOO_SMALL, f"{shape}, a side under photos.min_side_px={limits.min_side_px}")
    if max(size) > limits.max_aspect_ratio * min(size):
        raise PhotoError(
            Reason.TOO_ELONGATED, f"{shape}, longer than photos.max_aspect_ratio={limits.max_aspect_ratio:g} times"
        )


def _to_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    picture = _upright(picture)
    if picture.mode in _WIDE_MODES:
        picture = _to_8_bit(picture)
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    elif picture.mode == "P":
        picture = picture.convert("RGB")
    if profile:
        picture = _apply_profile(picture, profile)
    picture = picture.convert("RGB")
    picture.info.clear()
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except MemoryError:
        raise
    except Exception:  # a broken EXIF block, beside pixels that are whole
        return picture


def _to_8_bit(picture: Image.Image) -> Image.Image:
    """From 16 bits, which is all that PNG's wide modes hold; 257 = 65535 / 255."""
    values = np.asarray(picture)
    return Image.fromarray((values.clip(0, 65535) / np.float32(257) + np.float32(0.5)).astype(np.uint8))


def _apply_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile, or one of another colour model: browsers ignore it too
    return converted if converted is not None else picture


def _not_decodable(data: bytes) -> PhotoError:
    announced = picture_format(data[:HEAD_BYTES])
    if announced in FORMATS:
        return PhotoError(Reason.DAMAGED, f"begins like {announced}, but its header cannot be read")
    other = announced or _other_format(data)
    if other is None:
        return PhotoError(Reason.NOT_A_PHOTO, f"the content is no picture (it begins with {data[:8]!r})")
    return PhotoError(Reason.OTHER_FORMAT, f"{other} is not read: convert it to one of {', '.join(FORMATS)}")


def _other_format(data: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data)).format
    except Exception:  # any failure of any other codec only means: no picture we know
        return None
