"""Where one picture lies in another: planted crops come back, and nothing is left but rounding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_copies import cut, garment, pictures, scene

from lookgraph.catalogue.registration import Registration, register, register_finely, smoothed
from lookgraph.catalogue.small_pictures import SMALL_SIDE_PX

light = st.integers(0, 32).map(lambda px: px / 400)  # whole pixels of a scene, at most 8 % of its side


def registered(first, second):
    start = Registration.unmoved(len(first))
    shrunk = [smoothed(p.planes[:, 0], 24, 1.0) for p in (first, second)]
    return register_finely(first, second, register(*shrunk, start, 6), 4)


@given(light, light, light, light, st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_a_planted_crop_is_found_to_a_tenth_of_a_pixel(left, top, right, bottom, seed):
    whole, part = pictures(scene(seed)), pictures(cut(scene(seed), left, top, right, bottom))
    where, _ = registered(whole, part)
    zoom = 1 / (1 - np.array([top + bottom, left + right]))
    shift = (0.5 - np.array([top, left])) * zoom - 0.5
    for end in (-0.5, 0.0, 0.5):
        found = where.zoom[0] * end + where.shift[0]
        np.testing.assert_allclose(found, zoom * end + shift, atol=0.1 / SMALL_SIDE_PX)
    assert where.cut_fraction()[0] == pytest.approx(max(left, top, right, bottom), abs=0.004)


@given(light, light, st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_a_crop_lies_in_its_photo_where_the_photo_lies_around_it(left, top, seed):
    whole, part = pictures(scene(seed)), pictures(cut(scene(seed), left, top, 0, 0))
    there, back = registered(whole, part)[0], registered(part, whole)[0].inverted()
    np.testing.assert_allclose(there.shift, back.shift, atol=0.2 / SMALL_SIDE_PX)
    np.testing.assert_allclose(there.zoom, back.zoom, atol=0.4 / SMALL_SIDE_PX)


def test_nothing_is_left_between_a_picture_and_itself():
    photo = pictures(garment())
    where, difference = registered(photo, photo)
    np.testing.assert_allclose(where.zoom, 1, atol=1e-4)
    np.testing.assert_allclose(where.shift, 0, atol=1e-4)
    assert difference.brightness[0] < 0.1
    assert difference.colour[0] < 0.1


def test_a_small_copy_leaves_less_than_another_print():
    """A copy has lost its fine edges; the original is blurred as much before they are compared."""
    photo, other = garment(print_seed=0), garment(print_seed=1)
    small = photo.resize((28, 35))
    firsts = pictures(photo, photo)
    _, difference = registered(firsts, pictures(small, other))
    assert difference.brightness[0] < 2 < 8 < difference.brightness[1]


def test_a_picture_without_edges_stays_where_it_is():
    plain = np.full((1, 24, 24), 200, np.float32)
    where = register(plain, plain + 1, Registration.unmoved(1), 5)
    assert where.shift.tolist() == [[0, 0]]
    assert where.zoom.tolist() == [[1, 1]]


def test_inverted_twice_is_the_same():
    rng = np.random.default_rng(0)
    where = Registration(rng.uniform(-0.1, 0.1, (9, 2)), rng.uniform(0.8, 1.2, (9, 2)))
    np.testing.assert_allclose(where.inverted().inverted().shift, where.shift)
    np.testing.assert_allclose(where.inverted().cut_fraction(), where.cut_fraction())
