"""The smallest photos that show what is tested: one colour each."""

from __future__ import annotations

import io

from PIL import Image


def photo_bytes(colour: str = "red", size: tuple[int, int] = (40, 30), form: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()
