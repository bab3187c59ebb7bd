"""One photo as pages and answers show it: its address, sizes, words and placeholder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from lookgraph.photos import THUMBNAIL_SIDES

HASH_LENGTH: Final = 24
_TITLE_COLUMNS: Final = ("name", "title", "product_name", "productdisplayname", "product_display_name", "display_name")
_MAX_TITLE: Final = 90
_SHOWN_NAME: Final = 3  # words of a category that names an item


@dataclass(frozen=True, slots=True)
class Tile:
    """What is shown of an item.

    Attributes:
        width: In pixels, of the original; its ratio to ``height`` reserves the place.
        sizes: (width in pixels, address) of each thumbnail, smallest first.
        thumbhash: Base64, see :mod:`.thumbhash`.
        colour: ``#rrggbb``, the mean over the photo.
    """

    row: int
    node: int
    id: str
    title: str
    alt: str
    url: str
    width: int
    height: int
    colour: str
    thumbhash: str
    sizes: tuple[tuple[int, str], ...]

    @property
    def srcset(self) -> str:
        return ", ".join(f"{url} {width}w" for width, url in self.sizes)

    @property
    def src(self) -> str:
        return self.sizes[0][1]

    @property
    def largest(self) -> tuple[int, str]:
        return self.sizes[-1]


def picture_sizes(width: int, height: int, photo_hash: str) -> tuple[tuple[int, str], ...]:
    """(width, address) of every thumbnail that a build made of a photo; see :func:`lookgraph.photos.thumbnails`."""
    longest, sizes = max(width, height), []
    for side, smaller in zip(THUMBNAIL_SIDES, (0, *THUMBNAIL_SIDES), strict=False):
        if longest > smaller:
            scale = min(1.0, side / longest)
            sizes.append((max(1, round(width * scale)), f"/photos/{photo_hash[:HASH_LENGTH]}/{side}.webp"))
    return tuple(sizes)


def item_url(item_id: str) -> str:
    return f"/item/{quote(item_id, safe='')}"


def title_of(attributes: dict[str, Any], categories: list[str]) -> str:
    """A name for people: the catalogue's own where it has one, else the words of its first category."""
    for column, value in attributes.items():
        if column.lower() in _TITLE_COLUMNS and isinstance(value, str) and value.strip():
            return _shortened(value.strip())
    for column in categories:
        value = attributes.get(column)
        if isinstance(value, str) and value.strip():
            return _shortened(value.strip()[:1].upper() + value.strip()[1:])
    return "A piece of clothing"


def alt_of(title: str, attributes: dict[str, Any], categories: list[str]) -> str:
    """What a screen reader says instead of the photo: the title and what else the catalogue knows."""
    said = [str(attributes[c]) for c in categories if isinstance(attributes.get(c), str)]
    more = [word for word in said if word.lower() not in title.lower()][:_SHOWN_NAME]
    return f"{title}: {', '.join(more)}" if more else title


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_TITLE else text[: _MAX_TITLE - 1].rstrip() + "…"
