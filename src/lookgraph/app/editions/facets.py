"""Filters from the catalogue's own columns, with counts: which values are there, and which items have them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.catalogue import attribute_names

PREFIX: Final = "f."
_MAX_VALUES: Final = 400
_MAX_NUMBERS: Final = 60


@dataclass(frozen=True)
class Facet:
    """One column that can be filtered by.

    Attributes:
        name: The column's.
        values: Its different values as text, most frequent first.
        codes: (n_items,) int32 positions in ``values``, -1 where an item has none.
    """

    name: str
    values: tuple[str, ...]
    codes: np.ndarray

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").strip().capitalize()

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
    """The columns worth filtering by: categories, truths and few numbers, with at least two values."""
    facets = []
    for name in attribute_names(items):
        column = items[name]
        kind = column.type
        is_number = pa.types.is_integer(kind)
        if not (pa.types.is_dictionary(kind) or pa.types.is_boolean(kind) or is_number):
            continue
        texts = _texts(column)
        counted = pc.value_counts(texts.drop_null()).to_pylist()
        if not 2 <= len(counted) <= (_MAX_NUMBERS if is_number else _MAX_VALUES):
            continue
        counted.sort(key=lambda pair: (-pair["counts"], pair["values"]))
        values = [pair["values"] for pair in counted]
        codes = pc.fill_null(pc.index_in(texts, pa.array(values, pa.string())), -1)
        facets.append(Facet(name, tuple(values), np.asarray(codes.to_numpy(), np.int32)))
    return facets


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
