"""Filters from a catalogue's columns: which columns, which values, which items."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookgraph.app.editions.facets import filtered, find_facets


def facet_of(**columns):
    return {facet.name: facet for facet in find_facets(pa.table({"id": [str(i) for i in range(200)]} | columns))}


def test_many_numbers_become_ranges_between_round_numbers_from_the_lowest_on():
    price = [float(i) for i in range(100)] * 2
    facet = facet_of(price=price)["price"]
    assert facet.values == (
        "under 16", "16 to under 33", "33 to under 50", "50 to under 66", "66 to under 83", "83 and more",
    )  # fmt: skip
    counts = dict(facet.counts(slice(None)))
    assert sum(counts.values()) == 200 and max(counts.values()) - min(counts.values()) < 6
    kept = filtered([facet], {"price": frozenset({"under 16", "83 and more"})})
    assert np.flatnonzero(kept[:100]).tolist() == [*range(16), *range(83, 100)]
    assert facet.value(20) == "16 to under 33"


def test_an_item_without_a_number_is_in_no_range():
    facet = facet_of(price=[None, float("nan"), *range(198)])["price"]
    assert (facet.value(0), facet.value(1)) == (None, None)
    assert sum(count for _, count in facet.counts(slice(None))) == 198


def test_few_numbers_stay_values_and_numbers_that_are_names_are_no_filter():
    facets = facet_of(year=[2000 + i % 12 for i in range(200)], sku=list(range(1000, 1200)), flat=[7.0] * 200)
    assert set(facets) == {"year"}
    assert len(facets["year"].values) == 12


def test_a_skewed_column_has_fewer_ranges():
    facet = facet_of(stock=[0] * 150 + list(range(1, 51)))["stock"]
    assert facet.values[0].startswith("under") and 2 <= len(facet.values) < 6
