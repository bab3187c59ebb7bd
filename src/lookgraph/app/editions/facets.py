"""Filters from the catalogue's own columns, with counts: which values are there, and which items have them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.catalogue import attribute_names

PREFIX: Final = "f."
_MAX_VALUES: Final = 400
_MAX_NUMBERS: Final = 24
_RANGES: Final = 6


@dataclass(frozen=True)
class Facet:
    """One column that can be filtered by.

    Attributes:
        name: The column's.
        values: Its different values as text, most frequent first; of many numbers, ranges from the lowest on.
        codes: (n_items,) int32 positions in ``values``, -1 where an item has none.
    """

    name: str
    values: tuple[str, ...]
    codes: np.ndarray

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").strip().capitalize()

    def value(self, row: int) -> str | None:
        """The value, or the range, that an item lies in."""
        return self.values[self.codes[row]] if self.codes[row] >= 0 else None

    def keeps(self, chosen: frozenset[str]) -> np.ndarray:
        """(n_items,) bool: items with one of the chosen values; a value that does not occur keeps nothing."""
        wanted = np.array([value in chosen for value in self.values] + [False])
        kept: np.ndarray = wanted[self.codes]  # -1 is the last: no value, not wanted
        return kept

    def counts(self, kept: np.ndarray) -> list[tuple[str, int]]:
        """How many of the kept items have each value."""
        codes = self.codes[kept]
        found = np.bincount(codes[codes >= 0], minlength=len(self.values))
        return list(zip(self.values, found.tolist(), strict=True))


def find_facets(items: pa.Table) -> list[Facet]:
    """The columns worth filtering by: categories, truths and numbers, with at least two values."""
    facets = []
    for name in attribute_names(items):
        column = items[name]
        kind = column.type
        is_integer, is_real = pa.types.is_integer(kind), pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        n_distinct = pc.count_distinct(column).as_py() if is_integer else 0
        if n_distinct > _MAX_NUMBERS and n_distinct == len(column) - column.null_count:
            continue  # a number of its own for every item is a name, not a quantity
        if is_real or n_distinct > _MAX_NUMBERS:
            facet = _ranges(name, np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64))
        elif is_integer or pa.types.is_dictionary(kind) or pa.types.is_boolean(kind):
            facet = _values(name, _texts(column))
        else:
            continue
        if 2 <= len(facet.values) <= _MAX_VALUES:
            facets.append(facet)
    return facets


def _values(name: str, texts: pa.ChunkedArray) -> Facet:
    counted = pc.value_counts(texts.drop_null()).to_pylist()
    counted.sort(key=lambda pair: (-pair["counts"], pair["values"]))
    values = [pair["values"] for pair in counted]
    codes = pc.fill_null(pc.index_in(texts, pa.array(values, pa.string())), -1)
    return Facet(name, tuple(values), np.asarray(codes.to_numpy(), np.int32))


def _ranges(name: str, numbers: np.ndarray) -> Facet:
    """Ranges that hold about as many items each, between round numbers."""
    finite = np.isfinite(numbers)
    if not finite.any():
        return Facet(name, (), np.full(len(numbers), -1, np.int32))
    cuts = np.quantile(numbers[finite], np.arange(1, _RANGES) / _RANGES)
    edges = np.unique([float(f"{cut:.2g}") for cut in cuts])
    edges = edges[(edges > numbers[finite].min()) & (edges <= numbers[finite].max())]
    codes = np.where(finite, np.digitize(numbers, edges), -1).astype(np.int32)
    words = [f"{edge:,.10g}" for edge in edges]
    between = [f"{low} to under {high}" for low, high in pairwise(words)]
    names = (f"under {words[0]}", *between, f"{words[-1]} and more") if words else ("all",)
    return Facet(name, names, codes)


def filtered(facets: list[Facet], chosen: Mapping[str, frozenset[str]], but: str | None = None) -> np.ndarray | None:
    """(n_items,) bool of items that pass every chosen facet (but one, for its own counts); None: nothing is chosen."""
    kept: np.ndarray | None = None
    for facet in facets:
        if chosen.get(facet.name) and facet.name != but:
            passes = facet.keeps(chosen[facet.name])
            kept = passes if kept is None else kept & passes
    return kept


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).cast(pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "yes", "no")
    return column.cast(pa.string())
