"""What do two photos need to be compared pixel by pixel? A small square of each, in brightness and colour."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from PIL import Image

from lookgraph.processor import n_cores

SMALL_SIDE_PX: Final = 48

_BATCH: Final = 256
_IN_MEMORY: Final = 4096


@dataclass(frozen=True)
class SmallPictures:
    """Photos that were each stretched onto one small square.

    Attributes:
        planes: (n, 3, 48, 48) uint8: brightness and the two colour differences (Y, Cb, Cr).
        detail_px: (n, 2) uint8: pixels that the photo really has along its height and its width, at most 48.
    """

    planes: np.ndarray
    detail_px: np.ndarray

    def __len__(self) -> int:
        return len(self.planes)

    def take(self, rows: np.ndarray) -> SmallPictures:
        """The pictures of some rows, in memory."""
        return SmallPictures(np.asarray(self.planes[rows]), self.detail_px[rows])


def small_pictures(thumbnails: Iterable[bytes], n: int) -> SmallPictures:
    """Decode n thumbnails into small pictures; many wait in a temporary file, so that memory stays free.

    Args:
        thumbnails: n picture files, in any format that Pillow reads, 240 pixels long or less.
        n: Their number.
    """
    detail_px, shape = np.zeros((n, 2), np.uint8), (n, 3, SMALL_SIDE_PX, SMALL_SIDE_PX)
    planes = _on_disk(shape) if n > _IN_MEMORY else np.zeros(shape, np.uint8)
    waiting, row = iter(thumbnails), 0
    with ThreadPoolExecutor(n_cores()) as threads:
        while batch := list(islice(waiting, _BATCH)):
            for planes[row], detail_px[row] in threads.map(_small_picture, batch):
                row += 1
    return SmallPictures(planes, detail_px)


def _on_disk(shape: tuple[int, ...]) -> np.ndarray:
    with tempfile.TemporaryFile() as file:  # the map outlives the file's name and handle
        return np.memmap(file, np.uint8, "w+", shape=shape)


def _small_picture(thumbnail: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    with Image.open(io.BytesIO(thumbnail)) as picture:
        photo = picture.convert("RGB")
    square = photo.resize((SMALL_SIDE_PX, SMALL_SIDE_PX), Image.Resampling.BICUBIC).convert("YCbCr")
    return np.asarray(square).transpose(2, 0, 1), (min(photo.height, SMALL_SIDE_PX), min(photo.width, SMALL_SIDE_PX))
