"""Which attributes of the items are categories, and what class does each item have in them?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookgraph.config import Settings
from lookgraph.errors import ConfigError


@dataclass(frozen=True)
class Labels:
    """One attribute's classes.

    Attributes:
        codes: (n_items,) int64 positions in ``names``; -1 where the item has no value.
        names: The values that occur, sorted.
    """

    codes: np.ndarray
    names: list[str]

    @property
    def n_classes(self) -> int:
        return len(self.names)


def labels_of(column: pa.ChunkedArray) -> Labels:
    """The classes of a column of any type; equal values share a class, nulls have none."""
    values = column.cast(pa.string()).to_pylist()
    names = sorted({value for value in values if value is not None})
    position = {name: code for code, name in enumerate(names)}
    codes = np.fromiter((-1 if value is None else position[value] for value in values), np.int64, len(values))
    return Labels(codes, names)


def category_labels(attributes: pa.Table, max_categories: int) -> dict[str, Labels]:
    """Every category (dictionary<string> or bool column) with 2 to ``max_categories`` values, in column order."""
    found = {}
    for name in attributes.column_names:
        kind = attributes.schema.field(name).type
        if pa.types.is_dictionary(kind) or pa.types.is_boolean(kind):
            labels = labels_of(attributes[name])
            if 2 <= labels.n_classes <= max_categories:
                found[name] = labels
    return found


def label_codes(attributes: pa.Table, settings: Settings) -> dict[str, np.ndarray]:
    """The columns of ``gnn.labels``, each as (n_items,) int64 classes, -1 where unknown.

    Raises:
        ConfigError: a column that the catalogue lacks, or that is no category.
    """
    categories = category_labels(attributes, settings.catalogue.max_categories)
    for name in settings.gnn.label_columns:
        if name not in categories:
            near = difflib.get_close_matches(name, list(categories), n=3, cutoff=0.5)
            known = " or ".join(near or categories) or "(the catalogue has none)"
            raise ConfigError(f"gnn.labels names {name!r}, which is no category of the catalogue: use {known}")
    return {name: categories[name].codes for name in settings.gnn.label_columns}


def retrieval_labels(attributes: pa.Table, settings: Settings) -> dict[str, Labels]:
    """The categories that retrieval is measured by.

    ``evaluate.group_by`` is not one of them: by construction no held-out photo has its value in the gallery.
    """
    categories = category_labels(attributes, settings.catalogue.max_categories)
    return {name: labels for name, labels in categories.items() if name != settings.evaluate.group_by}


def most_classes(categories: Mapping[str, Labels]) -> list[str]:
    """The attributes' names, most classes first; equal ones in column order."""
    return sorted(categories, key=lambda name: -categories[name].n_classes)


def combine(first: Labels, second: Labels) -> Labels:
    """The classes of both attributes at once: equal only where both are equal, none where one is missing."""
    both = np.where((first.codes >= 0) & (second.codes >= 0), first.codes * second.n_classes + second.codes, -1)
    pairs, codes = np.unique(both[both >= 0], return_inverse=True)
    combined = np.full(len(both), -1, np.int64)
    combined[both >= 0] = codes
    names = [f"{first.names[pair // second.n_classes]}, {second.names[pair % second.n_classes]}" for pair in pairs]
    return Labels(combined, names)
