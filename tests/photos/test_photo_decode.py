"""Decoding: every format comes out upright, in sRGB and over white; every bad file gets its reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from planted_photos import photo_bytes

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos import Reason, decode, decode_file, square
from lookgraph.photos.decode import decode_at_least
from lookgraph.photos.photo import encoder_pixels, make_photo


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def colour_at(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def reason_of(data: bytes, settings: PhotoSettings) -> str:
    with pytest.raises(PhotoError) as caught:
        decode(data, settings)
    return caught.value.reason


def png_header(width: int, height: int) -> bytes:
    """A PNG that is whole but for its pixels: 100 compressed bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_every_format_keeps_its_colour(form: str, settings: PhotoSettings) -> None:
    picture = decode(photo_bytes("red", form=form), settings)
    assert picture.mode == "RGB" and picture.size == (40, 30)
    assert np.abs(np.asarray(picture, int) - (255, 0, 0)).max() <= 4


def test_an_animation_gives_its_first_frame(settings: PhotoSettings) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("blue", "red")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert colour_at(decode(data, settings), 5, 5) == (0, 0, 255)


def test_exif_orientation_is_applied(settings: PhotoSettings) -> None:
    lying = Image.new("RGB", (40, 20), "white")
    lying.paste("black", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    upright = decode(saved(lying, "PNG", exif=exif), settings)
    assert upright.size == (20, 40)
    assert colour_at(upright, 10, 5) == (0, 0, 0) and colour_at(upright, 10, 35) == (255, 255, 255)
    assert not upright.getexif()


def test_a_broken_exif_block_does_not_cost_the_photo(settings: PhotoSettings) -> None:
    data = saved(Image.new("RGB", (20, 20), "red"), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert decode(data, settings).size == (20, 20)


def test_a_colour_profile_is_converted_to_srgb(settings: PhotoSettings) -> None:
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = srgb.index(b"rXYZ"), srgb.index(b"gXYZ")
    srgb[red : red + 4], srgb[green : green + 4] = b"gXYZ", b"rXYZ"  # its red is our green
    data = saved(Image.new("RGB", (20, 20), (250, 0, 0)), "PNG", icc_profile=bytes(srgb))
    r, g, b = colour_at(decode(data, settings), 5, 5)
    assert g > 200 and r < 50 and b < 50


def test_cmyk_is_converted(settings: PhotoSettings) -> None:
    cyan = Image.new("CMYK", (20, 20), (255, 0, 0, 0))
    r, g, b = colour_at(decode(saved(cyan, "JPEG"), settings), 5, 5)
    assert r < 30 and g > 120 and b > 120


def test_16_bits_become_8(settings: PhotoSettings) -> None:
    grey = Image.fromarray(np.full((20, 20), 0x8080, np.uint16))
    assert colour_at(decode(saved(grey, "PNG"), settings), 5, 5) == (128, 128, 128)


def test_a_dark_16_bit_photo_stays_dark(settings: PhotoSettings) -> None:
    grey = Image.fromarray(np.full((20, 20), 200, np.uint16))
    assert colour_at(decode(saved(grey, "PNG"), settings), 5, 5) == (1, 1, 1)


def test_transparency_lies_over_white(settings: PhotoSettings) -> None:
    half = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    half.paste((255, 0, 0, 255), (10, 0, 20, 20))
    grey = Image.new("LA", (20, 20), (0, 0))
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    for data in (saved(half, "PNG"), saved(grey, "PNG"), saved(palette, "PNG", transparency=0)):
        assert colour_at(decode(data, settings), 5, 5) == (255, 255, 255)
    assert colour_at(decode(saved(half, "PNG"), settings), 15, 5) == (255, 0, 0)


def test_a_palette_gives_its_colours(settings: PhotoSettings) -> None:
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    assert colour_at(decode(saved(palette, "PNG"), settings), 5, 5) == (0, 0, 255)


def test_bad_content_has_its_reason(settings: PhotoSettings) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    jpeg = saved(noise, "JPEG")
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
    assert reason_of(b"", settings) == Reason.EMPTY
    assert reason_of(b"just a text", settings) == Reason.NOT_A_PHOTO
    assert reason_of(b"RIFF\0\0\0\0WAVEfmt ", settings) == Reason.NOT_A_PHOTO
    assert reason_of(saved(noise, "BMP"), settings) == Reason.OTHER_FORMAT
    assert reason_of(heic, settings) == Reason.OTHER_FORMAT
    assert reason_of(jpeg[: len(jpeg) // 2], settings) == Reason.TRUNCATED
    assert reason_of(b"\x89PNG\r\n\x1a\n" + bytes(100), settings) == Reason.DAMAGED
    assert reason_of(png_header(60_000, 60_000), settings) == Reason.TOO_MANY_PIXELS
    assert reason_of(png_header(11_000, 10_000), settings) == Reason.TOO_MANY_PIXELS
    assert reason_of(photo_bytes(size=(40_000, 20), form="PNG"), settings) == Reason.TOO_ELONGATED
    assert reason_of(photo_bytes(size=(8, 8)), settings) == Reason.TOO_SMALL


def test_a_message_names_the_setting_to_change(settings: PhotoSettings) -> None:
    with pytest.raises(PhotoError, match=r"photos\.max_pixels=100000000"):
        decode(png_header(60_000, 60_000), settings)
    with pytest.raises(PhotoError, match=r"8 x 8 pixels.*photos\.min_side_px=16"):
        decode(photo_bytes(size=(8, 8)), settings)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_flipped_bits_give_a_picture_or_a_reason(form: str, settings: PhotoSettings) -> None:
    whole = saved(Image.effect_noise((60, 60), 80).convert("RGB"), form)
    rng = np.random.default_rng(0)
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] ^= 1 << int(rng.integers(8))
        try:
            assert decode(bytes(data), settings).mode == "RGB"
        except PhotoError as error:
            assert error.reason in set(Reason)


def test_a_square_is_padded_with_the_border_and_not_stretched() -> None:
    tall = Image.new("RGB", (30, 60), "white")
    tall.paste("black", (10, 20, 20, 40))  # 10 wide, 20 high: still 1 : 2 afterwards
    pixels = square(tall, 120)
    assert pixels.shape == (120, 120, 3) and pixels.dtype == np.uint8
    dark = pixels[..., 0] < 128
    assert (dark.any(axis=0).sum(), dark.any(axis=1).sum()) == (20, 40)
    assert (pixels[:, 0] == 255).all()


def test_a_file_becomes_a_photo(tmp_path: Path, settings: PhotoSettings) -> None:
    path = tmp_path / "wrongly-named.jpg"
    path.write_bytes(photo_bytes("#204060", (40, 30), "PNG"))
    photo = decode_file(path, settings, 32)
    assert (photo.width, photo.height, photo.format, photo.colour) == (40, 30, "PNG", "#204060")
    assert photo.n_bytes == path.stat().st_size and len(photo.content_hash) == 64
    assert 0 <= photo.perceptual_hash < 2**64
    assert photo.pixels.shape == (32, 32, 3) and list(photo.thumbnails) == [240]


def gradient(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards: what is where can be read off a pixel."""
    red = np.broadcast_to(np.linspace(0, 255, width), (height, width))
    green = np.broadcast_to(np.linspace(0, 255, height)[:, None], (height, width))
    return Image.fromarray(np.stack([red, green, np.full_like(red, 90)], 2).astype(np.uint8))


@pytest.mark.parametrize(("needed_px", "longest"), [(1000, 1600), (800, 800), (300, 400), (60, 200)])
def test_a_large_jpeg_is_decoded_only_as_far_as_needed(settings: PhotoSettings, needed_px: int, longest: int) -> None:
    decoded = decode_at_least(saved(gradient(1600, 1200), "JPEG", quality=95), settings, needed_px)
    assert decoded.size == (1600, 1200) and max(decoded.picture.size) == longest
    small = np.asarray(decoded.picture.resize((40, 30), Image.Resampling.BOX), int)
    whole = np.asarray(gradient(1600, 1200).resize((40, 30), Image.Resampling.BOX), int)
    assert np.abs(small - whole).mean() < 2


def test_a_photo_decoded_small_still_tells_its_whole_size_upright(settings: PhotoSettings) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    decoded = decode_at_least(saved(gradient(1601, 1200), "JPEG", exif=exif), settings, 100)
    assert decoded.size == (1200, 1601) and decoded.picture.height > decoded.picture.width


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(50, 70), (300, 200), (2400, 1000)])
def test_the_encoder_sees_the_same_picture_with_thumbnails_and_without(
    settings: PhotoSettings, form: str, size: tuple[int, int]
) -> None:
    data = saved(gradient(*size), form)
    assert np.array_equal(make_photo(data, settings, 64).pixels, encoder_pixels(data, settings, 64))


@pytest.mark.parametrize("sides", [(240,), (240, 480, 960)])
@pytest.mark.parametrize("longer_px", [500, 660, 700, 1300])
def test_the_encoder_sees_the_same_picture_whatever_thumbnails_are_made(
    settings: PhotoSettings, sides: tuple[int, ...], longer_px: int
) -> None:
    data = saved(gradient(longer_px, longer_px * 3 // 4), "JPEG")
    assert np.array_equal(make_photo(data, settings, 224, sides).pixels, encoder_pixels(data, settings, 224))


def test_a_jpeg_with_further_pictures_in_it_is_decoded_small_too(settings: PhotoSettings) -> None:
    photo = gradient(1600, 1200)
    data = saved(photo, "MPO", save_all=True, append_images=[photo.resize((160, 120))])
    decoded = decode_at_least(data, settings, 96)
    assert decoded.size == (1600, 1200)
    assert decoded.picture.size == (200, 150)
    assert np.array_equal(make_photo(data, settings, 64).pixels, encoder_pixels(data, settings, 64))
