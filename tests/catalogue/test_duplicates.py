"""Who shows one photo: exact repeats by content, copies by pixels, each compared with its group's leader."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_copies import cut, garment, pictures, saved

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


def asks(relation):
    return lambda pairs: np.array([tuple(pair) in relation for pair in pairs.tolist()], bool)


def test_a_chain_is_cut_where_its_ends_are_not_one():
    """0 - 1 - 2 - 3: 1 leads 0 and 2, and 3 stays alone, for it is not one with 1."""
    chain = [(0, 1), (1, 2), (2, 3)]
    assert group_around_leaders(4, np.array(chain), asks(set(chain))).tolist() == [1, 1, 1, 3]


def test_members_that_never_met_are_asked_for():
    """Candidates are a chain, but everything is one."""
    chain = np.array([(0, 1), (1, 2), (2, 3), (3, 4)])
    assert len(set(group_around_leaders(5, chain, lambda pairs: np.ones(len(pairs), bool)).tolist())) == 1


@given(st.data())
def test_every_member_is_one_with_its_leader(data):
    n = data.draw(st.integers(2, 12))
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    relation = set(data.draw(st.lists(st.sampled_from(every))))
    candidates = sorted(set(data.draw(st.lists(st.sampled_from(every)))))
    leader = group_around_leaders(n, np.array(candidates, np.int64).reshape(-1, 2), asks(relation))
    assert (leader[leader] == leader).all()
    assert all(i == lead or tuple(sorted((i, lead))) in relation for i, lead in enumerate(leader.tolist()))
    alone = np.bincount(leader, minlength=n)[leader] == 1
    assert not any(alone[i] and alone[j] for i, j in relation & set(candidates))


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
