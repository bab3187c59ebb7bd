"""Who shows one photo: exact repeats by content, copies by pixels, each compared with its group's leader."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_copies import cut, garment, pictures, saved
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lookgraph.catalogue import SmallPictures, build_items, choose_representatives, group_duplicates, representatives
from lookgraph.catalogue.duplicates import group_around_leaders
from lookgraph.config import CatalogueSettings, PhotoSettings
from lookgraph.errors import SourceError
from lookgraph.photos import PhotoWorkers, open_source

SETTINGS = CatalogueSettings()


def names(n):
    return [f"h{i}" for i in range(n)]


def test_equal_content_is_one_group_whatever_the_pixels():
    photos = pictures(garment("shirt"), garment("hat"), garment("dress"))
    assert group_duplicates(["x", "y", "x"], photos, SETTINGS).tolist() == [0, 1, 0]


def test_a_photo_its_copies_and_its_look_alikes():
    shirt = garment()
    photos = pictures(
        *(garment(print_seed=2), shirt, garment(colour="blue")),
        *(saved(shirt, "JPEG", quality=50), cut(shirt, 0.05, 0.02, 0, 0.07), garment(print_seed=3)),
    )
    assert group_duplicates(names(6), photos, SETTINGS).tolist() == [0, 1, 2, 1, 1, 3]


def test_many_copies_are_one_group_though_neighbours_are_few():
    copies = [saved(garment(), "JPEG", quality=q) for q in range(40, 80, 2)]
    few = CatalogueSettings(duplicate_candidates=1)
    photos = pictures(garment("hat"), *copies, garment(print_seed=1))
    assert group_duplicates(names(22), photos, few).tolist() == [0, *[1] * 20, 2]


def test_the_order_of_the_photos_does_not_change_the_groups():
    photos = [
        garment(print_seed=i % 7) if i < 7 else cut(garment(print_seed=i % 7), 0.03, 0, 0.04, 0) for i in range(14)
    ]
    order = np.random.default_rng(0).permutation(14)
    groups = group_duplicates(names(14), pictures(*photos), SETTINGS)
    again = group_duplicates([names(14)[i] for i in order], pictures(*(photos[i] for i in order)), SETTINGS)
    assert groups.tolist() == [*range(7), *range(7)]
    assert ((groups[order][:, None] == groups[order]) == (again[:, None] == again)).all()


def test_no_photos_make_no_groups():
    assert group_duplicates(
        [], SmallPictures(np.zeros((0, 3, 48, 48), np.uint8), np.zeros((0, 2))), SETTINGS
    ).shape == (0,)


def distances(known):
    return lambda pairs: np.array([known.get(tuple(pair), 9.0) for pair in pairs.tolist()], np.float32)


def test_a_chain_is_cut_where_its_ends_are_not_one():
    """0 - 1 - 2 - 3: 1 leads 0 and 2, for it has the most links with 2; 3 is not one with it."""
    chain = {(0, 1): 0.5, (1, 2): 0.5, (2, 3): 0.5}
    assert group_around_leaders(np.array([*chain]), distances(chain), np.ones(4)).tolist() == [1, 1, 1, 3]


def test_a_member_goes_to_the_nearest_leader():
    """A small copy, 3, looks like both large photos, 0 and 1, and a little more like 1."""
    known = {(0, 1): 2.0, (0, 2): 0.1, (0, 3): 0.8, (1, 3): 0.7, (2, 3): 0.9}
    assert group_around_leaders(np.array([*known]), distances(known), np.array([9, 9, 9, 1])).tolist() == [0, 1, 0, 1]


def test_the_worthiest_leads():
    known = {(0, 1): 0.5, (1, 2): 0.5, (0, 2): 0.5}
    assert group_around_leaders(np.array([*known]), distances(known), np.array([1, 1, 2])).tolist() == [2, 2, 2]


def test_members_that_never_met_are_compared():
    """Candidates are a chain, but everything is one."""
    chain = np.array([(0, 1), (1, 2), (2, 3), (3, 4)])
    groups = group_around_leaders(chain, lambda pairs: np.full(len(pairs), 0.5), np.ones(5))
    assert len(set(groups.tolist())) == 1


@given(st.data())
def test_every_member_is_one_with_its_leader_and_with_none_more(data):
    n = data.draw(st.integers(2, 10))
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    known = {pair: data.draw(st.sampled_from([0.2, 0.5, 0.9, 3.0])) for pair in every}
    candidates = np.array(sorted(data.draw(st.sets(st.sampled_from(every)))), np.int64).reshape(-1, 2)
    worth = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    leader = group_around_leaders(candidates, distances(known), worth).tolist()
    links = [pair for pair in map(tuple, candidates.tolist()) if known[pair] <= 1]
    part = connected_components(coo_array((np.ones(len(links)), np.array(links).reshape(-1, 2).T), shape=(n, n)))[1]
    for i, lead in enumerate(leader):
        assert leader[lead] == lead
        others = {leader[j] for j in range(n) if part[j] == part[i]} - {lead}
        if i != lead:
            mine = known[min(i, lead), max(i, lead)]
            assert mine <= 1
            assert all(mine <= known[min(i, other), max(i, other)] for other in others)
        elif leader.count(i) == 1:
            assert all(leader[j] != j or leader.count(j) > 1 for j in range(n) if tuple(sorted((i, j))) in links)


def test_the_largest_photo_stands_for_its_group():
    assert choose_representatives(np.array([0, 1, 0, 1]), np.array([10, 7, 20, 7])).tolist() == [2, 1]


def facts(n):
    return pa.table(
        {
            "content_hash": [f"h{i}" for i in range(n)],
            "width": pa.array([10 + i for i in range(n)], pa.int32()),
            "height": pa.array([10] * n, pa.int32()),
            "perceptual_hash": pa.array([2 ** (9 * i) - 1 for i in range(n)], pa.uint64()),
            "colour": ["#ffffff"] * n,
        }
    )


def test_items_join_attributes_and_photos():
    photos = pictures(garment("hat"), garment("dress"))
    items = build_items(["a", "b"], pa.table({"kind": ["x", "y"]}), facts(2), photos, SETTINGS)
    assert items.column_names == [
        *("id", "kind", "_content_hash", "_width", "_height", "_perceptual_hash", "_colour", "_node"),
    ]
    assert representatives(items).tolist() == [0, 1]


@pytest.mark.parametrize("name", ["id", "_node", "_secret"])
def test_attribute_names_of_ours_are_refused(name):
    with pytest.raises(SourceError, match="rename them"):
        build_items(["a"], pa.table({name: ["x"]}), facts(1), pictures(garment()), SETTINGS)


@pytest.mark.slow
def test_the_655_exact_repeats_of_a_real_catalogue(real_data):
    """Every repeat joins its first, and nothing else is joined where the pixels say nothing."""
    settings = PhotoSettings()
    source = open_source(real_data / "fashion-products", settings)
    with PhotoWorkers(settings, side_px=64) as workers:
        content = [result for _, result in workers.fingerprint(source.refs)]
    assert (len(content), len(set(content))) == (40_036, 40_036 - 655)
    again = _repeated(content)
    some = [photo for photo in content if photo in again] + [photo for photo in content if photo not in again][:2000]
    noise = np.random.default_rng(0).integers(0, 256, (len(some), 3, 48, 48)).astype(np.uint8)
    groups = group_duplicates(some, SmallPictures(noise, np.full((len(some), 2), 48, np.uint8)), SETTINGS)
    assert groups.max() + 1 == len(some) - 655
    first = {}
    assert all(first.setdefault(photo, group) == group for photo, group in zip(some, groups, strict=True))


def _repeated(content):
    values, counts = np.unique(content, return_counts=True)
    return set(values[counts > 1].tolist())
