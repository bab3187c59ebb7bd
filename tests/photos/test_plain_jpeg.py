"""The quick way through a JPEG gives Pillow's pixels, or leaves the file to Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos import Reason, square
from lookgraph.photos.decode import decode, decode_at_least, eighths_needed
from lookgraph.photos.photo import encoder_pixels
from lookgraph.photos.plain_jpeg import decode_plain_jpeg, plain_jpeg_size


def cloth(width: int, height: int) -> Image.Image:
    """Coarse noise: every block of a JPEG differs from the next."""
    coarse = np.random.default_rng(width).integers(0, 256, (height // 6 + 2, width // 6 + 2, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(picture: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"quality": 85} | options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("size", [(60, 80), (216, 288), (333, 251), (1201, 1600), (97, 900)])
@pytest.mark.parametrize("needed_px", [40, 120, 5000])
def test_it_gives_the_pixels_of_pillow(
    settings: PhotoSettings, options: dict[str, Any], size: tuple[int, int], needed_px: int
) -> None:
    data = jpeg(cloth(*size), **options)
    assert plain_jpeg_size(data) == size
    pixels = decode_plain_jpeg(data, size, eighths_needed(size, needed_px))
    assert pixels is not None
    assert np.array_equal(pixels, np.asarray(decode_at_least(data, settings, needed_px).picture))


def test_a_grey_photo_too(settings: PhotoSettings) -> None:
    data = jpeg(cloth(64, 64).convert("L"))
    pixels = decode_plain_jpeg(data, (64, 64), 8)
    assert pixels is not None
    assert np.array_equal(pixels, np.asarray(decode(data, settings)))


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>"""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
OUT_OF_THE_ORDINARY = {
    "turned": jpeg(cloth(60, 40), exif=turned()),
    "turned by XMP": jpeg(cloth(60, 40), xmp=XMP),
    "profile": jpeg(cloth(60, 40), icc_profile=SRGB),
    "four inks": jpeg(cloth(60, 40).convert("CMYK")),
    "no luminance": jpeg(cloth(60, 40), keep_rgb=True),
    "no JPEG": b"\x89PNG\r\n\x1a\n",
    "header alone": jpeg(cloth(60, 40))[:30],
}


@pytest.mark.parametrize("name", OUT_OF_THE_ORDINARY)
def test_it_leaves_alone_what_is_more_than_its_pixels(name: str) -> None:
    assert plain_jpeg_size(OUT_OF_THE_ORDINARY[name]) is None


@pytest.mark.parametrize("name", ["turned", "turned by XMP", "profile", "four inks", "no luminance"])
def test_which_the_encoder_sees_as_pillow_does(name: str, settings: PhotoSettings) -> None:
    data = OUT_OF_THE_ORDINARY[name]
    assert np.array_equal(encoder_pixels(data, settings, 32), square(decode(data, settings), 32))


def test_turned_photos_lie_there_upright(settings: PhotoSettings) -> None:
    for name in ("turned", "turned by XMP"):
        assert decode(OUT_OF_THE_ORDINARY[name], settings).size == (40, 60)


def test_want_of_memory_is_named_by_pillow(settings: PhotoSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("simplejpeg.decode_jpeg", starved)
    data = jpeg(cloth(60, 40))
    assert np.array_equal(encoder_pixels(data, settings, 32), square(decode(data, settings), 32))


@pytest.mark.parametrize("n_bytes", [400, 1000])
def test_a_photo_that_is_cut_off_is_refused_as_such(n_bytes: int, settings: PhotoSettings) -> None:
    data = jpeg(cloth(200, 200))[:-n_bytes]
    size = plain_jpeg_size(data)
    assert size == (200, 200)
    assert decode_plain_jpeg(data, size, 8) is None
    with pytest.raises(PhotoError) as caught:
        encoder_pixels(data, settings, 32)
    assert caught.value.reason == Reason.TRUNCATED


def test_noise_within_a_photo_is_judged_by_pillow(settings: PhotoSettings) -> None:
    rng, whole = np.random.default_rng(0), jpeg(cloth(120, 90))
    for _ in range(80):
        data = bytearray(whole)
        for place in rng.integers(2, len(data), 3):
            data[place] ^= 1 << int(rng.integers(8))
        try:
            expected: object = square(decode(bytes(data), settings), 90).tobytes()
        except PhotoError as error:
            expected = error.reason
        try:
            seen: object = encoder_pixels(bytes(data), settings, 90).tobytes()
        except PhotoError as error:
            seen = error.reason
        assert seen == expected


@pytest.mark.parametrize(
    ("size", "reason"),
    [((4, 90), Reason.TOO_SMALL), ((20, 900), Reason.TOO_ELONGATED), ((500, 500), Reason.TOO_MANY_PIXELS)],
)
def test_the_limits_hold(size: tuple[int, int], reason: Reason) -> None:
    with pytest.raises(PhotoError) as caught:
        encoder_pixels(jpeg(cloth(*size)), PhotoSettings(max_pixels=200_000), 32)
    assert caught.value.reason == reason
