"""Whose pixels are worth comparing: the nearest in what a glance shows, and a light crop's original among them."""

import numpy as np
import pytest
from planted_copies import cut, garment, pictures

from lookgraph.catalogue import glances
from lookgraph.catalogue.look_alikes import look_alike_pairs, look_alikes
from lookgraph.vector_search import faiss


@pytest.fixture(scope="module")
def shop():
    """Garments of five kinds and six colours, twice each with another print: rows 2 i and 2 i + 1 look alike."""
    kinds, colours = ("shirt", "trousers", "dress", "bag", "hat"), ("red", "blue", "green", "black", "yellow", "grey")
    photos = [garment(kind, colour, seed) for kind in kinds for colour in colours for seed in (0, 1)]
    return photos, glances(pictures(*photos), np.arange(len(photos)))


def test_equals_a_search_of_everything(shop):
    views = shop[1]
    found = look_alikes(views, views, 4)
    assert found.shape == (60, 16)
    for at, (mine, theirs) in enumerate([(0, 0), (1, 0), (0, 1), (2, 2)]):
        distance = ((views[:, mine, None] - views[None, :, theirs]) ** 2).sum(axis=2)
        for row, nearest in enumerate(found[:, 4 * at : 4 * at + 4]):
            np.testing.assert_allclose(distance[row, nearest], np.sort(distance[row])[:4], rtol=1e-3, atol=1)


@pytest.fixture(scope="module")
def many():
    """(1500, 3, 96) glances about 300 middles: more photos than an approximate search looks at."""
    rng = np.random.default_rng(0)
    middle = rng.uniform(0, 255, (300, 3, 96))
    return (middle.repeat(5, axis=0) + rng.normal(0, 4, (1500, 3, 96))).astype(np.float32)


def test_the_approximate_search_misses_few(many):
    exact, approximate = look_alikes(many, many, 4), look_alikes(many, many, 4, exact_up_to=0)
    assert np.mean(exact == approximate) > 0.95


def test_the_approximate_search_finds_the_same_on_any_number_of_threads(many):
    found, threads = [], faiss.omp_get_max_threads()
    try:
        for n in (1, 2):
            faiss.omp_set_num_threads(n)
            found.append(look_alikes(many, many, 4, exact_up_to=0))
    finally:
        faiss.omp_set_num_threads(threads)
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("sides", [(0.08, 0, 0, 0), (0.01, 0.08, 0.06, 0.02), (0.08, 0.08, 0.08, 0.08)])
def test_a_light_crop_meets_its_original(shop, sides):
    photos, views = shop
    crops = pictures(*(cut(photo, *sides) for photo in photos))
    found = look_alikes(glances(crops, np.arange(60)), views, 2)
    assert all(row in found[row] for row in range(60))


def test_pairs_are_different_rows_once_each_the_lower_first(shop):
    pairs = look_alike_pairs(shop[1], 3)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert {(2 * i, 2 * i + 1) for i in range(30)} <= set(map(tuple, pairs.tolist()))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_photos_meet_all_others(shop, n):
    pairs = look_alike_pairs(shop[1][:n], 50)
    assert pairs.tolist() == [[i, j] for i in range(n) for j in range(i + 1, n)]


def test_a_glance_depends_on_its_photo_alone(shop):
    photos, views = shop
    alone = glances(pictures(photos[7]), np.array([0]))
    np.testing.assert_allclose(alone[0], views[7], atol=1e-3)
