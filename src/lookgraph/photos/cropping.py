"""A part of a photo as a photo of its own: what somebody drew a box around."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos.decode import decode
from lookgraph.photos.photo import Photo, make_photo
from lookgraph.photos.reasons import Reason
from lookgraph.photos.thumbnails import THUMBNAIL_SIDES

_SIDES: Final = THUMBNAIL_SIDES[:1]  # all that a query needs: its copies are recognised by the smallest


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a photo, in fractions of its width and height from the upper left corner."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        inside = 0 <= self.left < 1 and 0 <= self.top < 1 and self.width > 0 and self.height > 0
        if not (inside and self.left + self.width <= 1.001 and self.top + self.height <= 1.001):
            raise ValueError(f"box {self.left},{self.top},{self.width},{self.height} does not lie in the photo")


def make_cropped_photo(
    data: bytes, settings: PhotoSettings, side_px: int, box: Box | None, sides: tuple[int, ...] = _SIDES
) -> Photo:
    """Decode a file's bytes, or a part of them; for the killable workers.

    Args:
        sides: Thumbnails that are made, the first of ``THUMBNAIL_SIDES`` or all.

    Raises:
        PhotoError: as :func:`~lookgraph.photos.decode.decode` does, also for the part alone.
    """
    if box is None:
        return make_photo(data, settings, side_px, sides)
    picture = decode(data, settings)
    left, top = int(box.left * picture.width), int(box.top * picture.height)
    right = min(picture.width, round((box.left + box.width) * picture.width))
    bottom = min(picture.height, round((box.top + box.height) * picture.height))
    if min(right - left, bottom - top) < settings.min_side_px:
        raise PhotoError(
            Reason.TOO_SMALL,
            f"the part has {right - left} x {bottom - top} pixels, a side under"
            f" photos.min_side_px={settings.min_side_px}: choose a larger part",
        )
    file = io.BytesIO()
    picture.crop((left, top, right, bottom)).save(file, "PNG", compress_level=1)
    return make_photo(file.getvalue(), settings, side_px, sides)
