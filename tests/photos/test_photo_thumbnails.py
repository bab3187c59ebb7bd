"""Thumbnails: the sizes a page needs, never enlarged, and nothing of the owner's metadata."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from lookgraph.photos import thumbnails


def sizes(picture: Image.Image) -> dict[int, tuple[int, int]]:
    return {side: Image.open(io.BytesIO(data)).size for side, data in thumbnails(picture, 80).items()}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((60, 80), {240: (60, 80)}),
        ((240, 240), {240: (240, 240)}),
        ((300, 150), {240: (240, 120), 480: (300, 150)}),
        ((2000, 1000), {240: (240, 120), 480: (480, 240), 960: (960, 480)}),
        ((2000, 2), {240: (240, 1), 480: (480, 1), 960: (960, 1)}),
    ],
)
def test_sizes_are_made_as_needed(size: tuple[int, int], expected: dict[int, tuple[int, int]]) -> None:
    assert sizes(Image.new("RGB", size)) == expected


def test_no_metadata_is_carried_over() -> None:
    picture = Image.new("RGB", (300, 200), "red")
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    picture.info.update(exif=exif.tobytes(), icc_profile=b"profile", xmp=b"<xmp/>")
    for data in thumbnails(picture, 80).values():
        opened = Image.open(io.BytesIO(data))
        assert opened.format == "WEBP" and not {"exif", "icc_profile", "xmp"} & set(opened.info)
        assert b"where I live" not in data and b"profile" not in data
