"""Items follow their styles, looks follow the rule, questions have the answers they claim."""

import itertools
import json

import numpy as np
import pytest

from lookgraph.demo.colours import COLOURS, harmony
from lookgraph.demo.describing import describe
from lookgraph.demo.garments.fronts import front_shoes
from lookgraph.demo.items import SEASONS, make_items
from lookgraph.demo.kinds import KINDS
from lookgraph.demo.looks import GOOD, Rule, compatibility, fill_in_the_blank, sample_looks
from lookgraph.demo.scenes import draw_scene, shop_the_look
from lookgraph.demo.styles import STYLE_NAMES, STYLES
from lookgraph.errors import SimulationError


@pytest.fixture(scope="module")
def rule(items):
    return Rule.of(items)


@pytest.fixture(scope="module")
def looks(rule):
    return sample_looks(rule, 60, seed=3)


def together(a, b):
    """The rule of docs/demo.md, written down a second time."""
    if {a.gender, b.gender} == {"women", "men"}:
        return 0.0
    x, y = np.array(a.style), np.array(b.style)
    style = x @ y / np.sqrt((x @ x) * (y @ y))
    apart = abs(SEASONS.index(a.season) - SEASONS.index(b.season))
    season = {0: 1.0, 1: 0.5, 2: 0.0, 3: 0.5}[apart]
    formality = max(0.0, 1 - abs(a.formality - b.formality) / 0.6)
    return 0.45 * style + 0.25 * harmony(a.colours[0], b.colours[0]) + 0.15 * formality + 0.15 * season


def test_the_same_seed_gives_the_same_items_and_more_items_begin_with_the_same():
    assert make_items(30, 4) == make_items(30, 4)
    assert make_items(50, 4)[:30] == make_items(30, 4)
    assert make_items(30, 5) != make_items(30, 4)


def test_style_coordinates_are_shares():
    for item in make_items(50, 2):
        assert len(item.style) == len(STYLES) == 12
        assert sum(item.style) == pytest.approx(1)
        assert min(item.style) >= 0


def test_items_of_a_style_wear_its_colours():
    items = make_items(2000, 6)
    goth = [item for item in items if item.style[STYLE_NAMES.index("goth")] > 0.6]
    resort = [item for item in items if item.style[STYLE_NAMES.index("resort")] > 0.6]

    def black(group):
        cloth = [item for item in group if "leather" not in item.fabric and item.fabric != "suede"]
        return np.mean([item.colours[0] == "black" for item in cloth])

    assert len(goth) > 20
    assert len(resort) > 20
    assert black(goth) > 0.35
    assert black(resort) < 0.15


def test_formal_items_are_more_formal_and_dearer_than_sporty_ones():
    items = make_items(2000, 6)

    def mean(style, field):
        return np.mean([getattr(i, field) for i in items if i.style[STYLE_NAMES.index(style)] > 0.6])

    assert mean("formal", "formality") > mean("sporty", "formality") + 0.3
    assert mean("formal", "price") > 1.2 * mean("sporty", "price")


def test_a_description_is_one_sentence_that_names_kind_and_colour(items):
    for item in items:
        sentence = describe(item)
        assert sentence == describe(item)
        assert sentence.endswith(".") and sentence.count(".") == 1
        assert item.kind in sentence
        assert item.colours[0] in sentence.lower()


def test_harmony_is_symmetric_and_bounded():
    for a, b in itertools.product(COLOURS, COLOURS):
        assert 0 <= harmony(a, b) <= 1
        assert harmony(a, b) == harmony(b, a)
    assert harmony("red", "black") > harmony("red", "green")


def test_every_look_obeys_the_rule(items, looks):
    assert len({tuple(sorted(look.items)) for look in looks}) == len(looks) == 60
    for look in looks:
        worn = [items[i] for i in look.items]
        slots = [item.slot for item in worn]
        assert 3 <= len(worn) <= 6
        assert len(set(slots)) == len(slots)
        assert "shoes" in slots
        assert ("dress" in slots) != ({"top", "bottom"} <= set(slots))
        pairs = [together(a, b) for a, b in itertools.combinations(worn, 2)]
        assert look.score == pytest.approx(np.mean(pairs) - 0.5 * max(0, 0.4 - min(pairs)), abs=1e-4)
        assert look.score >= GOOD


def test_looks_are_better_than_chance(items, rule, looks):
    rng = np.random.default_rng(0)
    slots = np.array(rule.slots)
    chance = [
        rule.score([int(rng.choice(np.flatnonzero(slots == slot))) for slot in ("top", "bottom", "shoes")])
        for _ in range(200)
    ]
    assert np.mean(chance) < GOOD - 0.1


def test_the_right_answer_goes_best_and_harder_questions_are_closer(items, rule, looks):
    gaps = []
    for difficulty in (0.0, 0.5, 1.0):
        questions = fill_in_the_blank(rule, looks, 1, difficulty=difficulty)
        gap = []
        for question in questions:
            fits = [np.mean([together(items[c], items[g]) for g in question.given]) for c in question.choices]
            assert int(np.argmax(fits)) == question.answer
            assert len({items[c].slot for c in question.choices}) == 1
            gap.append(max(fits) - np.mean([f for i, f in enumerate(fits) if i != question.answer]))
        gaps.append(np.mean(gap))
    assert gaps[0] > gaps[1] > gaps[2] > 0


def test_compatible_means_good_and_harder_pairs_are_closer(rule, looks):
    wrong = []
    for difficulty in (0.0, 1.0):
        questions = compatibility(rule, looks, 1, difficulty=difficulty)
        assert all((rule.score(q.items) >= GOOD) == bool(q.label) for q in questions)
        wrong.append(np.mean([rule.score(q.items) for q in questions if not q.label]))
    assert wrong[0] < wrong[1] < GOOD


def test_too_many_looks_are_refused(rule):
    with pytest.raises(SimulationError, match="draw more items"):
        sample_looks(Rule(rule.together[:12, :12], rule.slots[:12]), 500, 1)


def test_scenes_of_any_width_can_be_drawn(items, looks):
    for look in looks[:12]:  # worn and laid flat
        assert draw_scene(look, items, 3, (99, 133)).pixels.shape == (133, 99, 3)


def test_a_scene_shows_each_item_in_its_box(items, looks):
    for look in looks[:6]:
        scene = draw_scene(look, items, 3, (180, 240))
        lines = shop_the_look(scene)
        assert [line["product"] for line in lines] == [items[i].id for i in look.items]
        for line in lines:
            x0, y0, x1, y1 = line["bbox"]
            assert 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
            assert (x1 - x0) * (y1 - y0) > 0.001
            assert set(json.loads(json.dumps(line))) == {"scene", "product", "bbox"}
        assert np.array_equal(scene.pixels, draw_scene(look, items, 3, (180, 240)).pixels)


def test_shoes_are_worn_in_their_own_cut():
    kinds = [name for name, kind in KINDS.items() if kind.slot == "shoes"]
    shoes = {item.kind: item for item in make_items(600, seed=3) if item.slot == "shoes"}
    assert set(shoes) == set(kinds)
    for item in shoes.values():
        left, top, right, bottom = front_shoes(item.kind, item.cut).bounds()
        assert left == pytest.approx(-right)
        assert bottom > 150 > top
    high, low = (front_shoes("sneakers", shoes["sneakers"].cut | {"high": value}).bounds()[1] for value in (1, 0))
    assert high < low
    long, short = (front_shoes("boots", shoes["boots"].cut | {"shaft": value}).bounds()[1] for value in (34, 20))
    assert long == pytest.approx(short - 14, abs=0.5)
