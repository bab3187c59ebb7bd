"""Copies of one photo are found by their pixels; other products, prints and colours are none."""

import colorsys

import numpy as np
import pytest
from PIL import Image
from planted_copies import cut, garment, pictures, saved

from lookgraph.catalogue.copies import copy_distance
from lookgraph.config import CatalogueSettings

SETTINGS = CatalogueSettings()
COPIES = {
    "JPEG of quality 40": lambda photo: saved(photo, "JPEG", quality=40),
    "WebP of quality 50": lambda photo: saved(photo, "WEBP", quality=50),
    "a third of the size": lambda photo: photo.resize((107, 133)),
    "half as large again": lambda photo: photo.resize((480, 600)),
    "cut on the left": lambda photo: cut(photo, 0.08, 0, 0, 0),
    "cut all around": lambda photo: cut(photo, 0.06, 0.03, 0.08, 0.05),
    "cut, scaled, JPEG": lambda photo: saved(cut(photo, 0.02, 0.07, 0.05, 0.01).resize((120, 150)), "JPEG", quality=60),
}
OTHERS = {
    "another colour": garment(colour="blue"),
    "another print": garment(print_seed=1),
    "no print": garment(print_seed=None),
    "another garment": garment(kind="dress"),
    "a third cut away": cut(garment(), 0.3, 0, 0, 0),
}


def one(first, second, settings=SETTINGS):
    answers = copy_distance(pictures(first, second), np.array([[0, 1], [1, 0]]), settings) <= 1
    assert answers[0] == answers[1]
    return bool(answers[0])


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_found(how):
    assert one(garment(), COPIES[how](garment()))


@pytest.mark.parametrize("what", OTHERS)
def test_another_photo_is_not_a_copy(what):
    assert not one(garment(), OTHERS[what])


def test_a_colour_of_the_same_brightness_is_not_a_copy():
    """Red against the green that a grey picture would show alike."""
    red, ground = np.array([200, 60, 60]), 240
    green = np.array([60, 126, 60])
    weights = np.array([0.299, 0.587, 0.114])
    assert abs(weights @ (red - green)) < 4

    def photo(colour):
        pixels = np.full((400, 320, 3), ground, np.uint8)
        pixels[100:300, 80:240] = colour
        return Image.fromarray(pixels)

    assert one(photo(red), photo(red))
    assert not one(photo(red), photo(green))


@pytest.mark.parametrize("turn", [0.08, 0.33, 0.5])
def test_a_recoloured_photo_is_not_a_copy(turn):
    pixels = np.asarray(garment(), np.float32) / 255
    turned = [
        colorsys.hsv_to_rgb((h + turn) % 1, s, v)
        for h, s, v in (colorsys.rgb_to_hsv(*p) for p in pixels.reshape(-1, 3))
    ]
    assert not one(garment(), Image.fromarray((255 * np.array(turned).reshape(pixels.shape)).astype(np.uint8)))


def test_plain_pictures_are_copies_where_their_colours_are_equal():
    grey, lighter, yellowish = (Image.new("RGB", (60, 80), colour) for colour in ("#808080", "#888888", "#80805c"))
    assert one(grey, grey)
    assert not one(grey, lighter)
    assert not one(grey, yellowish)


def test_how_much_may_be_cut_is_a_setting():
    less = cut(garment(), 0.06, 0, 0, 0)
    assert one(garment(), less)
    assert not one(garment(), less, CatalogueSettings(duplicate_crop_fraction=0.03))


def test_how_much_may_differ_is_a_setting():
    spoilt = saved(garment(), "JPEG", quality=5)
    assert not one(garment(), spoilt, CatalogueSettings(duplicate_brightness_levels=0.5))
    assert one(garment(), spoilt, CatalogueSettings(duplicate_brightness_levels=20, duplicate_colour_levels=30))


def test_a_pair_is_judged_alike_whatever_else_is_asked():
    photos = pictures(garment(), COPIES["cut, scaled, JPEG"](garment()), *OTHERS.values())
    n = len(photos)
    pairs = np.array([(i, j) for i in range(n) for j in range(n) if i != j])
    together = copy_distance(photos, np.tile(pairs, (20, 1)), SETTINGS).reshape(20, -1)
    alone = [copy_distance(photos, pair[None], SETTINGS)[0] for pair in pairs]
    assert ((together <= 1) == (np.array(alone) <= 1)).all()
    assert copy_distance(photos, np.zeros((0, 2), np.int64), SETTINGS).shape == (0,)
