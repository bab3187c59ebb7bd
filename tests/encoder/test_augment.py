"""Views of a photo: another place, another camera, the same garment in the same colour."""

import numpy as np
import pytest
import torch

from lookgraph.encoder.training.augment import Views, augment
from lookgraph.encoder.training.backgrounds import background_textures, studio_background

STILL = Views(zoom=(1.0, 1.0), replaced_fraction=1.0, hidden_fraction=0.0, jpeg_fraction=0.0)


@pytest.fixture
def cut_out():
    """(48, 48, 3): a red garment, 24 x 24, in the middle of a studio's white."""
    picture = np.full((48, 48, 3), 255, np.uint8)
    picture[12:36, 12:36] = (200, 30, 40)
    return picture


def views_of(picture, n=64, views=STILL, seed=0, side_px=32):
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.from_numpy(np.stack([picture] * n))
    empty = torch.from_numpy(np.stack([studio_background(picture)] * n))
    textures = background_textures(pixels, 8, 40, generator)
    return augment(pixels, empty, textures, side_px, views, generator)


def test_the_white_around_a_garment_is_background(cut_out):
    empty = studio_background(cut_out)
    assert not empty[12:36, 12:36].any() and empty[:12].all() and empty[:, 36:].all()


def test_white_inside_a_garment_is_not_background(cut_out):
    cut_out[20:28, 20:28] = 255
    assert not studio_background(cut_out)[20:28, 20:28].any()


def test_a_photo_taken_at_home_has_no_studio_background():
    room = np.random.default_rng(0).integers(60, 220, (48, 48, 3), dtype=np.uint8)
    assert not studio_background(room).any()


def test_the_same_seed_gives_the_same_views(cut_out):
    assert torch.equal(views_of(cut_out, views=Views()), views_of(cut_out, views=Views()))
    assert not torch.equal(views_of(cut_out, views=Views()), views_of(cut_out, views=Views(), seed=1))


def test_views_are_pictures_of_the_wanted_side(cut_out):
    views = views_of(cut_out, views=Views(jpeg_fraction=0.5), side_px=24)
    assert views.shape == (64, 3, 24, 24) and views.dtype == torch.float32
    assert views.min() >= 0 and views.max() <= 255


def test_a_red_garment_stays_red_in_any_light(cut_out):
    """Its middle, in every view: red leads, green and blue stay far behind."""
    red, green, blue = views_of(cut_out, n=256)[:, :, 14:18, 14:18].mean((2, 3)).T
    assert (red > green + 40).all() and (red > blue + 40).all()


def test_only_the_background_is_replaced(cut_out):
    """Over many views the corners take on many colours; kept, they stay white but for the light."""
    replaced = views_of(cut_out)[:, :, :3, :3].mean((1, 2, 3))
    kept = views_of(cut_out, views=Views((1.0, 1.0), 0.0, 0.0, 0.0))[:, :, :3, :3].mean((1, 2, 3))
    assert replaced.std() > 1.5 * kept.std() and kept.mean() > 200
