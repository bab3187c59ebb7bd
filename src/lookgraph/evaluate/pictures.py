"""How do photos get into the report? As small WebP pictures inside the page itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageOps

Thumbnail = Callable[[int], Image.Image]

MAP_SIZE: Final = (1600, 1216)
_CELL_PX: Final = 64
_GAP_PX: Final = 4
_TILE_PX: Final = 80
_SHEET: Final = (4, 3)  # tiles across and down; the medoid takes 2 x 2 of them
SHEET_MEMBERS: Final = _SHEET[0] * _SHEET[1] - 4


def data_uri(picture: Image.Image, quality: int = 72) -> str:
    """A picture as the address that an ``<img>`` can hold by itself: WebP, base64."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def photo(thumbnail: Thumbnail, item: int, side: int = 168) -> str:
    """One whole photo on a white square."""
    return data_uri(ImageOps.pad(thumbnail(item), (side, side), color=(255, 255, 255)))


def cluster_sheet(thumbnail: Thumbnail, medoid: int, members: Sequence[int]) -> str:
    """The medoid large, then members in the order given, as many as there is room for."""
    across, down = _SHEET
    sheet = Image.new("RGBA", (across * _TILE_PX, down * _TILE_PX), (0, 0, 0, 0))
    _paste(sheet, thumbnail(medoid), 0, 0, 2 * _TILE_PX)
    free = [(x, y) for y in range(down) for x in range(across) if x >= 2 or y >= 2]
    for (x, y), item in zip(free, members, strict=False):
        _paste(sheet, thumbnail(item), x * _TILE_PX, y * _TILE_PX, _TILE_PX)
    return data_uri(sheet)


def map_of_photos(thumbnail: Thumbnail, points: np.ndarray, items: np.ndarray) -> tuple[str, int]:
    """Photos where they lie on the map, thinned to one a cell of a grid so that none covers another.

    Args:
        thumbnail: RGB picture of an item.
        points: (n, 2) places in 0..1, y upwards.
        items: (n,) int64 positions of the items.

    Returns:
        The picture, transparent between the photos, and how many photos are on it.
    """
    width, height = MAP_SIZE
    columns, rows = width // _CELL_PX, height // _CELL_PX
    place = np.column_stack([points[:, 0], 1 - points[:, 1]]) * (columns, rows)
    cell = np.minimum(place.astype(np.int64), (columns - 1, rows - 1))
    number = cell[:, 1] * columns + cell[:, 0]
    off_centre = ((place - cell - 0.5) ** 2).sum(1)
    order = np.lexsort((off_centre, number))
    shown = order[np.unique(number[order], return_index=True)[1]]
    canvas = Image.new("RGBA", MAP_SIZE, (0, 0, 0, 0))
    for row in shown:
        x, y = cell[row] * _CELL_PX
        _paste(canvas, thumbnail(int(items[row])), int(x), int(y), _CELL_PX)
    return data_uri(canvas, quality=78), len(shown)


def map_of_points(points: np.ndarray, colours: Sequence[str], size: tuple[int, int] = (960, 720)) -> str:
    """Dots where the items lie on the map, drawn at three times the size and scaled down to be smooth.

    Args:
        points: (n, 2) places in 0..1, y upwards.
        colours: n colours, "#rrggbb".
        size: Width and height in pixels.
    """
    width, height = size[0] * 3, size[1] * 3
    radius = float(np.clip(420 / np.sqrt(max(len(points), 1)), 9, 30))
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)
    span = np.array([width, height]) - 4 * radius
    for (x, y), colour in zip(
        np.column_stack([points[:, 0], 1 - points[:, 1]]) * span + 2 * radius, colours, strict=True
    ):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return data_uri(canvas.reduce(3), quality=80)


def _paste(canvas: Image.Image, picture: Image.Image, x: int, y: int, side: int) -> None:
    """A photo cropped to a square with round corners, at a cell's corner and half a gap smaller all round."""
    inner = side - _GAP_PX
    mask = Image.new("L", (inner * 2, inner * 2), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, inner * 2 - 1, inner * 2 - 1), radius=max(inner // 5, 8), fill=255)
    tile = ImageOps.fit(picture.convert("RGB"), (inner, inner)).convert("RGBA")
    tile.putalpha(mask.reduce(2))
    canvas.paste(tile, (x + _GAP_PX // 2, y + _GAP_PX // 2))
