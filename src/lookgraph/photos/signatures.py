"""Which picture format do a file's first bytes announce? A name proves nothing, so names are not asked.

Sources: the magic numbers of each format's specification; ISO/IEC 14496-12 for the ``ftyp`` brands.
"""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 32
"""How much of a file :func:`picture_format` wants to see."""

_READ_SUFFIXES: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".avif")
_OTHER_SUFFIXES: Final = (".heic", ".heif", ".tif", ".tiff", ".bmp", ".jxl", ".jp2")
PHOTO_SUFFIXES: Final = frozenset((*_READ_SUFFIXES, *_OTHER_SUFFIXES))
"""Names that promise a photo, also of formats that are not read: those are listed, not passed over."""

_PREFIXES: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
)
_AVIF_BRANDS: Final = (b"avif", b"avis")
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def picture_format(head: bytes) -> str | None:
    """The format that a file's first ``HEAD_BYTES`` bytes announce, as Pillow names it, or None."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "BMP"
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[i : i + 4] for i in range(16, len(head), 4))]
        if any(brand in _AVIF_BRANDS for brand in brands):
            return "AVIF"
        if any(brand in _HEIC_BRANDS for brand in brands):
            return "HEIC"
    return None
