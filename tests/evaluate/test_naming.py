"""Planted attributes give the names that a person would give."""

from __future__ import annotations

import numpy as np
import pytest

from lookgraph.config import ClusterSettings
from lookgraph.evaluate import NamedCluster, name_clusters
from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.naming_words import is_word, listed, phrase, role_of
from lookgraph.gnn import Hierarchy

SETTINGS = ClusterSettings()


def column(values: list[str | None]) -> Labels:
    names = sorted({value for value in values if value is not None})
    return Labels(np.array([names.index(v) if v is not None else -1 for v in values]), names)


def named(levels: list[list[int]], columns: dict[str, list[str | None]], **options) -> list[NamedCluster]:
    hierarchy = Hierarchy(np.array(levels, np.int32).T)
    return name_clusters(hierarchy, {name: column(values) for name, values in columns.items()}, SETTINGS, **options)


def test_a_kind_alone_and_among_its_siblings_what_is_special():
    """Shirts in three colours, and heels: 40 photos each."""
    coarse = [0] * 120 + [1] * 40
    fine = [0] * 40 + [1] * 40 + [2] * 40 + [3] * 40
    columns = {
        "gender": ["Men"] * 120 + ["Women"] * 40,
        "article_type": ["Shirts"] * 120 + ["Heels"] * 40,
        "base_colour": ["Navy Blue"] * 40 + ["White"] * 40 + ["Red"] * 40 + ["Black"] * 40,
        "usage": ["Casual"] * 160,
    }
    found = named([coarse, fine], columns)
    assert [c.name for c in found if c.level == 0] == ["Shirts", "Heels"]
    assert [c.name for c in found if c.level == 1] == ["Navy blue shirts", "White shirts", "Red shirts", "Heels"]
    assert [c.parent for c in found if c.level == 1] == [0, 0, 0, 1]
    navy = found[2]
    assert [(word.column, word.value) for word in navy.words] == [
        ("article_type", "Shirts"),
        ("base_colour", "Navy Blue"),
    ]
    assert navy.words[0].coverage == 1
    assert navy.words[0].lift > 1.3


def test_who_it_is_for_is_said_where_both_sorts_are_there():
    fine = [0] * 50 + [1] * 50 + [2] * 50
    columns = {"for": ["Women"] * 50 + ["Men"] * 50 + ["Women"] * 50, "kind": ["heels"] * 100 + ["bag"] * 50}
    assert [c.name for c in named([fine], columns)] == ["Women's heels", "Men's heels", "Bag"]


def test_two_or_three_kinds_name_a_cluster_together_where_none_is_its_half():
    fine = [0] * 100 + [1] * 100
    columns = {"kind": (["shorts"] * 45 + ["skirt"] * 40 + ["hat"] * 15) + ["shoes"] * 100}
    assert [c.name for c in named([fine], columns)] == ["Shorts and skirt", "Shoes"]


def test_a_mixed_cluster_and_a_catalogue_without_attributes_get_honest_numbers():
    fine = [0] * 60 + [1] * 60
    assert [c.name for c in named([fine], {})] == ["Style 1", "Style 2"]
    mixed = {"kind": [f"kind {'abcdef'[i % 6]}" for i in range(120)]}
    assert [c.name for c in named([fine], mixed)] == ["Style 1", "Style 2"]
    assert all(not c.words for c in named([fine], mixed))


def test_numbers_codes_and_what_says_nothing_never_name():
    fine = [0] * 60 + [1] * 60
    columns = {"code": ["A17"] * 60 + ["B9"] * 60, "sort": ["Unknown"] * 60 + ["n/a"] * 60}
    assert [c.name for c in named([fine], columns)] == ["Style 1", "Style 2"]
    assert not is_word("2017")


def test_a_rare_value_is_no_name_though_it_occurs_nowhere_else():
    fine = [0] * 100 + [1] * 100
    columns = {"kind": ["cape"] * 10 + ["shirt"] * 90 + ["shoes"] * 100}
    assert [c.name for c in named([fine], columns)] == ["Shirt", "Shoes"]


def test_a_column_that_is_true_or_false_says_its_own_name():
    fine = [0] * 60 + [1] * 60
    columns = {"kind": ["shoes"] * 120, "kids": ["true"] * 60 + ["false"] * 60}
    assert [c.name for c in named([fine], columns)] == ["Kids' pieces", "Style 2"]


def test_equal_names_are_told_apart_by_what_is_seen_and_then_by_a_number():
    fine = [0] * 50 + [1] * 50 + [2] * 50 + [3] * 50
    columns = {"kind": ["hat"] * 150 + ["shoes"] * 50}
    seen = ["", "light red", "light red", "blue"]
    found = named([fine], columns, tone=lambda nodes: seen[fine[int(nodes[0])]])
    assert [c.name for c in found] == ["Hat", "Light red hat", "Light red hat 2", "Shoes"]


@pytest.mark.parametrize("seed", range(5))
def test_names_of_a_level_differ_and_are_the_same_each_time(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 6, 600)
    fine = coarse * 10 + rng.integers(0, 10, 600)
    levels = [np.unique(labels, return_inverse=True)[1].tolist() for labels in (coarse, fine)]
    columns = {
        "kind": rng.choice(["hat", "shoe", "bag"], 600).tolist(),
        "colour": rng.choice(["red", "blue"], 600).tolist(),
    }
    found = named(levels, columns)
    for level in (0, 1):
        names = [c.name for c in found if c.level == level]
        assert len(set(names)) == len(names)
    assert found == named(levels, columns)


def test_the_role_of_a_column_is_read_from_its_values():
    assert role_of(column(["Men", "Women", "Unisex", None])) == "people"
    assert role_of(column(["Navy Blue", "Off White", "Grey Melange"])) == "colour"
    assert role_of(column(["Summer", "Fall"])) == "season"
    assert role_of(column(["Sports Shoes", "Shirts", "Watches"])) == "thing"


def test_phrases():
    assert phrase({"thing": "T-Shirt", "colour": "Navy Blue", "people": "Women"}) == "Women's navy blue T-Shirt"
    assert phrase({"colour": "Black"}) == "Black pieces"
    assert listed(["Shorts", "Skirt", "Hat"]) == "Shorts, skirt and hat"
