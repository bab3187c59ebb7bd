"""Photos show what their items say, and the same item always looks the same."""

from dataclasses import replace

import numpy as np
import pytest

from lookgraph.demo import figure, wardrobe, wearing
from lookgraph.demo.colours import COLOURS
from lookgraph.demo.drawing import draw
from lookgraph.demo.items import PRESENTATIONS, make_items
from lookgraph.demo.kinds import KINDS, SLOTS
from lookgraph.demo.prints import PRINTS, SIDE, coverage
from lookgraph.demo.soft import blurred, enlarged, reduced
from lookgraph.demo.textures import noise

SMALL = (180, 240)


@pytest.fixture(scope="module")
def one_of_each():
    found = {}
    for item in make_items(1500, seed=5):
        found.setdefault(item.kind, item)
    return found


def test_there_are_at_least_24_kinds_over_every_slot(one_of_each):
    assert len(KINDS) >= 24
    assert set(one_of_each) == set(KINDS)
    assert {item.slot for item in one_of_each.values()} == set(SLOTS)


def test_every_kind_is_drawn_and_fills_the_middle_of_its_photo(one_of_each):
    for item in one_of_each.values():
        shown = draw(
            replace(item, presentation="studio", colours=("red", "white", "black", "navy"), print="plain"), SMALL
        )
        assert shown.shape == (240, 180, 3)
        assert shown.dtype == np.uint8
        red = (shown[..., 0] > 1.6 * shown[..., 1].astype(float)) & (shown[..., 0] > 60)
        assert red[40:200, 30:150].mean() > 0.03, item.kind


@pytest.mark.parametrize("size", [(97, 129), (150, 200), (202, 269)])
def test_any_width_can_be_drawn(one_of_each, size):
    shirt = next(item for item in one_of_each.values() if item.slot == "top")
    for presentation in PRESENTATIONS:
        assert draw(replace(shirt, presentation=presentation), size).shape == (size[1], size[0], 3)


def test_the_same_item_gives_the_same_pixels(items):
    for item in items[:4]:
        assert np.array_equal(draw(item, SMALL), draw(item, SMALL))


def test_another_seed_gives_another_photo(items):
    assert not np.array_equal(draw(items[0], SMALL), draw(replace(items[0], seed=items[0].seed + 1), SMALL))


def test_the_main_colour_is_on_the_garment(one_of_each):
    base = replace(one_of_each["t-shirt"], presentation="studio", print="plain", fabric="cotton", seed=11)
    for name in ("red", "navy", "forest green", "yellow", "white", "black"):
        shown = draw(replace(base, colours=(name, "grey", "beige", "tan"), cut=base.cut | {"graphic": ""}), SMALL)
        middle = np.median(shown[100:160, 70:110].reshape(-1, 3), axis=0) / 255
        others = {
            other: np.abs(middle - COLOURS[other]).sum()
            for other in ("red", "navy", "forest green", "yellow", "white", "black")
        }
        assert min(others, key=others.get) == name


def test_a_print_changes_the_garment_and_nothing_else(one_of_each):
    plain = replace(
        one_of_each["t-shirt"], presentation="studio", print="plain", colours=("cream", "navy", "red", "tan")
    )
    plain = replace(plain, cut=plain.cut | {"graphic": "", "ringer": 0.0})
    dotted = replace(plain, print="polka dots")
    striped = replace(plain, print="stripes")
    a, b, c = (draw(item, SMALL).astype(int) for item in (plain, dotted, striped))
    changed = np.abs(a - b).max(-1) > 12
    assert changed[80:180, 60:120].mean() > 0.1  # on the chest
    border = np.ones(changed.shape, bool)
    border[8:-8, 8:-8] = False
    assert not changed[border].any()
    assert (np.abs(b - c).max(-1) > 12)[80:180, 60:120].mean() > 0.1


def test_stripes_turn_with_the_sleeve(one_of_each):
    item = replace(one_of_each["t-shirt"], print="stripes", cut=one_of_each["t-shirt"].cut | {"graphic": ""})
    sleeves = [piece for piece in wardrobe.sew(item).pieces if abs(piece.grain) > 10]
    assert len(sleeves) == 2
    assert sleeves[0].grain == pytest.approx(-sleeves[1].grain, abs=8)


def test_inks_never_cover_more_than_the_cloth():
    for name in PRINTS:
        covered = coverage(name, 2).reshape(-1, 4).astype(int)
        assert covered.max() > 100, name
        if name not in ("gingham", "buffalo check", "tie-dye"):
            assert covered.sum(1).mean() < 255, name


def test_stripes_repeat_with_their_period():
    rows = coverage("stripes", 0)[..., 0].mean(1)
    spectrum = np.abs(np.fft.rfft(rows - rows.mean()))
    assert SIDE / spectrum.argmax() == 64
    assert rows.mean() / 255 == pytest.approx(0.5, abs=0.02)


def test_noise_meets_itself_at_the_border():
    tile = noise(512, 6, 6, 1)
    inside = np.abs(np.diff(tile, axis=0)).mean()
    assert np.abs(tile[0] - tile[-1]).mean() < 1.3 * inside


def test_light_lies_where_it_lay_when_it_is_reduced_and_enlarged_again():
    mask = np.zeros((50, 34), np.uint8)
    mask[16:32, 8:24] = 255
    small = reduced(mask)
    assert small.shape == (13, 9)
    assert small.sum() * 16 == pytest.approx(16 * 16)
    back = enlarged(small, mask.shape)
    assert back.shape == mask.shape
    y, x = np.mgrid[:50, :34]
    assert (back * y).sum() / back.sum() == pytest.approx(23.5)
    assert (back * x).sum() / back.sum() == pytest.approx(15.5)


def test_a_blur_keeps_the_light_and_widens_it_as_far_as_it_says():
    field = np.zeros((41, 41), np.float32)
    field[20, 20] = 1
    soft = blurred(field, 3.0)
    assert soft.sum() == pytest.approx(1, abs=1e-5)
    spread = np.sqrt((soft.sum(0) * (np.arange(41) - 20.0) ** 2).sum())
    assert spread == pytest.approx(3.0, rel=0.1)  # its tails are cut


def test_a_hood_lies_behind_the_head_of_whoever_wears_it(one_of_each):
    """Seen from the front, a hoodie begins below the chin, as a t-shirt does; laid flat, its hood is above that."""
    plain = {"presentation": "figure", "print": "plain", "colours": ("red", "red", "red", "red"), "gender": "men"}

    def first_row(kind):
        item = replace(one_of_each[kind], **plain, seed=3)
        shown = draw(item, SMALL).astype(float)
        red = (shown[..., 0] > 1.8 * shown[..., 1]) & (shown[..., 0] > 1.8 * shown[..., 2]) & (shown[..., 0] > 60)
        return np.flatnonzero(red[:, 86:94].mean(1) > 0.5)[0]

    assert abs(first_row("hoodie") - first_row("t-shirt")) < 12
    pieces = wardrobe.sew(one_of_each["hoodie"]).pieces
    lowest_behind = max(piece.outline[:, 1].min() for piece in pieces if piece.behind)
    assert lowest_behind < min(piece.outline[:, 1].min() for piece in pieces if not piece.behind)


def test_shoulders_are_drawn_in_only_under_sleeves(one_of_each):
    covered = {kind for kind, item in one_of_each.items() if wearing.has_sleeves(wardrobe.sew(item).pieces)}
    assert {"t-shirt", "hoodie", "shirt", "blazer", "coat"} <= covered
    assert not covered & {"tank top", "slip dress", "jeans", "skirt"}
    body = {under: figure.body(13.0, 0, under_sleeves=under) for under in (True, False)}
    widest = {under: max(piece.outline[:, 0].max() for piece in pieces) for under, pieces in body.items()}
    assert widest[True] < widest[False]
