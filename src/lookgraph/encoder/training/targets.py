"""What is to be learnt? Columns of the source, as classes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookgraph.encoder.training.objective import UNKNOWN
from lookgraph.errors import SourceError


@dataclass(frozen=True)
class Target:
    """A column to be learnt.

    Attributes:
        name: The column's.
        classes: Its values with at least two photos, sorted.
        labels: (n_photos,) int64 index into ``classes``, or ``UNKNOWN``.
    """

    name: str
    classes: list[str]
    labels: np.ndarray


def read_targets(attributes: pa.Table, names: Sequence[str]) -> list[Target]:
    """Read columns as classes. A missing value, and one that a single photo has, is ``UNKNOWN``.

    Args:
        attributes: A row a photo.
        names: Columns; repeated ones count once.

    Raises:
        SourceError: no such column, or none that can be learnt: one value, all different, or measured numbers.
    """
    if not names:
        raise SourceError(f"no column to learn: pass --target with one of {_listed(attributes)}")
    return [_read(attributes, name) for name in dict.fromkeys(names)]


def read_groups(attributes: pa.Table, name: str) -> np.ndarray:
    """(n_photos,) int64: equal where the column has equal values; a missing value is a group of its own.

    Args:
        attributes: A row a photo.
        name: The column; empty: every photo is a group of its own.

    Raises:
        SourceError: no such column.
    """
    if not name:
        return np.arange(attributes.num_rows)
    values = _column(attributes, name, "train.group_by")
    number: dict[object, int] = {}
    own = len(values)
    return np.array(
        [own + i if value is None else number.setdefault(value, len(number)) for i, value in enumerate(values)],
        np.int64,
    )


def _read(attributes: pa.Table, name: str) -> Target:
    values = _column(attributes, name, "--target")
    if pa.types.is_floating(attributes[name].type):
        raise SourceError(
            f"target {name!r} holds measured numbers: choose a column with classes, {_listed(attributes)}"
        )
    texts = [None if value is None else str(value) for value in values]
    different, counts = np.unique([text for text in texts if text is not None], return_counts=True)
    classes = [str(value) for value, count in zip(different, counts, strict=True) if count > 1]
    if len(classes) < 2:
        if len(different) < 2:
            found = f"one value ({str(different[0])!r})" if len(different) else "no value at all"
        else:
            found = f"{len(different)} different values of which {len(classes)} occur{'s' * (len(classes) == 1)} twice"
        raise SourceError(
            f"target {name!r} has {found} in {len(texts)} usable photos: nothing can be told apart; choose a column"
            " with at least two values that at least two photos each have"
        )
    index = {value: i for i, value in enumerate(classes)}
    labels = [UNKNOWN if text is None else index.get(text, UNKNOWN) for text in texts]
    return Target(name, classes, np.array(labels, np.int64))


def _column(attributes: pa.Table, name: str, option: str) -> list[object]:
    if name not in attributes.column_names:
        near = difflib.get_close_matches(name, attributes.column_names, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {_listed(attributes)}"
        raise SourceError(f"{option}: the source has no column {name!r}: {hint}")
    values: list[object] = attributes[name].to_pylist()
    return values


def _listed(attributes: pa.Table) -> str:
    return ", ".join(attributes.column_names) or "no columns at all (a folder needs a metadata.csv)"
