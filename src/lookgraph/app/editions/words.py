"""Search by words: an inverted index over the attributes' values."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import defaultdict
from typing import Final

import numpy as np
import pyarrow as pa

from lookgraph.catalogue import attribute_names

_WORD: Final = re.compile(r"\w+")
_MIN_PREFIX: Final = 3
_MAX_WORDS: Final = 12
_PREFIX_WEIGHT: Final = 0.6


class WordIndex:
    """Which items have these words among their attributes?"""

    def __init__(self, items: pa.Table) -> None:
        self._n_items = items.num_rows
        found: dict[str, list[int]] = defaultdict(list)
        for name in attribute_names(items):
            column = items[name]
            if pa.types.is_boolean(column.type):
                for row in np.flatnonzero(np.asarray(column.fill_null(False))).tolist():
                    for word in words_of(name.replace("_", " ")):
                        found[word].append(row)
            elif pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
                cut: dict[str, list[str]] = {}
                for row, value in enumerate(column.to_pylist()):
                    if value is None:
                        continue
                    if value not in cut:
                        cut[value] = words_of(value)
                    for word in cut[value]:
                        found[word].append(row)
        self._rows = {word: np.unique(np.array(rows, np.int32)) for word, rows in found.items()}
        self._vocabulary = sorted(self._rows)

    def search(self, query: str) -> np.ndarray:
        """(n_items,) float32: how well each item's words fit, 0 where it lacks one of them."""
        relevance = np.ones(self._n_items, np.float32)
        asked = words_of(query)[:_MAX_WORDS]
        if not asked:
            return np.zeros(self._n_items, np.float32)
        for word in asked:
            fits = np.zeros(self._n_items, np.float32)
            for known in self._beginning_with(word):
                weight = 1.0 if known == word else _PREFIX_WEIGHT
                rows = self._rows[known]
                fits[rows] = np.maximum(fits[rows], weight)
            relevance *= fits
        return relevance

    def suggestions(self, query: str) -> list[str]:
        """Words of the catalogue that look like those asked for."""
        near: list[str] = []
        for word in words_of(query)[:_MAX_WORDS]:
            near += difflib.get_close_matches(word, self._vocabulary, n=2, cutoff=0.6)
        return list(dict.fromkeys(near))[:6]

    def _beginning_with(self, word: str) -> list[str]:
        at = bisect_left(self._vocabulary, word)
        if len(word) < _MIN_PREFIX:
            return self._vocabulary[at : at + 1] if self._vocabulary[at : at + 1] == [word] else []
        end = bisect_left(self._vocabulary, word + "\U0010ffff")
        return self._vocabulary[at:end]


def words_of(text: str) -> list[str]:
    """Lower case, without the plural's s."""
    return [_singular(word) for word in _WORD.findall(text.casefold())]


def _singular(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if len(word) > _MIN_PREFIX and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
