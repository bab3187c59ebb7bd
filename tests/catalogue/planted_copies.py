"""Garments drawn large enough to be cut, scaled and saved again, each with a print of its own."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from drawn_garments import COLOURS, OUTLINES
from lookgraph.catalogue import SmallPictures, small_pictures

SCALE = 5


def garment(kind: str = "shirt", colour: str = "red", print_seed: int | None = 0) -> Image.Image:
    """320 x 400: a drawn garment on a light studio's ground, with twelve blots or with none."""
    photo = Image.new("RGB", (64 * SCALE, 80 * SCALE), (244, 242, 238))
    pen = ImageDraw.Draw(photo)
    pen.polygon([(SCALE * x, SCALE * y) for x, y in OUTLINES[kind]], fill=COLOURS[colour])
    if print_seed is not None:
        rng = np.random.default_rng(print_seed)
        for x, y, r, grey in zip(
            *rng.uniform([[110], [90], [4], [60]], [[200], [330], [16], [255]], (4, 12)), strict=True
        ):
            pen.ellipse((x - r, y - r, x + r, y + r), fill=(int(grey),) * 3)
    return photo.filter(ImageFilter.GaussianBlur(1.5))


def scene(seed: int) -> Image.Image:
    """400 x 400 of smooth noise: edges everywhere, so that every shift and zoom shows."""
    noise = np.random.default_rng(seed).normal(size=(40, 40, 3))
    spread = np.clip(128 + 60 * noise, 0, 255).astype(np.uint8)
    return Image.fromarray(spread).resize((400, 400), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(5))


def cut(photo: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A photo without these shares of its sides."""
    width, height = photo.size
    return photo.crop(
        (round(left * width), round(top * height), width - round(right * width), height - round(bottom * height))
    )


def saved(photo: Image.Image, picture_format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    photo.save(file, picture_format, **options)
    return file.getvalue()


def pictures(*photos: Image.Image | bytes) -> SmallPictures:
    files = [photo if isinstance(photo, bytes) else saved(photo) for photo in photos]
    return small_pictures(files, len(files))
