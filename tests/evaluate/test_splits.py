"""Held-out photos are really held out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookgraph.config import EvaluateSettings, load_settings
from lookgraph.errors import ConfigError
from lookgraph.evaluate.splits import Split, make_split

N = 400


def having(**changes: object) -> EvaluateSettings:
    return load_settings({f"evaluate.{name}": value for name, value in changes.items()}, environment={}).evaluate


@pytest.fixture
def split() -> Split:
    """400 items: pairs are duplicates, four pairs in a row share a maker, the first 160 were seen."""
    maker = pa.array([f"maker-{i // 8}" for i in range(N)])
    return make_split(pa.table({"maker": maker}), np.arange(N) // 2, np.arange(N) < 160, having(group_by="maker"))


def test_no_group_is_on_two_sides(split: Split) -> None:
    sides = [set(split.group[part].tolist()) for part in (split.fit, split.validation, split.test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    makers = [set((part // 8).tolist()) for part in (split.fit, split.validation, split.test)]
    assert not (makers[0] & makers[1] or makers[0] & makers[2] or makers[1] & makers[2])


def test_near_duplicates_are_out_of_both_sides(split: Split) -> None:
    shown = np.concatenate([split.gallery, split.validation, split.test]) // 2
    assert len(np.unique(shown)) == len(shown)


def test_queries_are_photos_that_the_encoder_never_saw(split: Split) -> None:
    assert (split.unseen >= 160).all()
    assert not split.encoder_saw_queries


def test_about_the_fraction_is_held_out_in_equal_halves(split: Split) -> None:
    assert N - len(split.fit) == pytest.approx(0.2 * N, abs=8)
    assert abs(len(split.validation) - len(split.test)) <= 4


def test_the_seed_decides_the_split() -> None:
    def test_half(seed: int) -> list[int]:
        settings = having(seed=seed)
        half: list[int] = make_split(pa.table({}), np.arange(N), np.zeros(N, bool), settings).test.tolist()
        return half

    assert test_half(1) == test_half(1) != test_half(2)


def test_too_few_unseen_photos_are_recorded() -> None:
    split = make_split(pa.table({}), np.arange(N), np.arange(N) >= 10, having())
    assert split.encoder_saw_queries
    assert split.seen_query_fraction == pytest.approx((split.unseen >= 10).mean())
    assert len(split.unseen) == 80


def test_a_chain_of_duplicates_and_makers_is_one_group() -> None:
    maker = pa.table({"maker": ["a", "a", "b", "b", None, None]})
    split = make_split(maker, np.array([0, 1, 1, 2, 3, 4]), np.zeros(6, bool), having(group_by="maker"))
    assert split.group.tolist() == [0, 0, 0, 0, 1, 2]


def test_an_unknown_column_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"group_by='makers' .* use maker,"):
        make_split(pa.table({"maker": ["a"]}), np.arange(1), np.zeros(1, bool), having(group_by="makers"))


@pytest.mark.parametrize("n_items", [1, 2, 3])
def test_a_handful_of_items_keeps_something_to_fit_on(n_items: int) -> None:
    split = make_split(pa.table({}), np.arange(n_items), np.zeros(n_items, bool), having())
    assert len(split.fit) >= 1
    assert len(split.test) == (n_items > 1)
