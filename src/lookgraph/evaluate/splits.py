"""Which items are fitted on, and which are held out as photos that nothing has seen?

Items that belong together never part: near duplicates, and items with one value of
``evaluate.group_by`` (one product, one photographer). The held-out items are halved into a validation
half, on which the build may choose, and a test half, on which the report's numbers are measured.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lookgraph.config import EvaluateSettings
from lookgraph.errors import ConfigError
from lookgraph.evaluate.attributes import labels_of

_FEWEST_UNSEEN = 50
_SMALLEST_UNSEEN_FRACTION = 0.01


@dataclass(frozen=True)
class Split:
    """Positions of items, each array ascending.

    Attributes:
        fit: (n_fit,) int64: everything that is not held out.
        gallery: The fit items that are searched: the first of every group of duplicates.
        validation: Held-out queries to choose with, one of every group of duplicates.
        test: Held-out queries to report on, likewise; no group is in both halves.
        group: (n_items,) int64: items that never part share a number.
        seen_query_fraction: Share of the queries on whose very photo the encoder was trained.
    """

    fit: np.ndarray
    gallery: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    group: np.ndarray
    seen_query_fraction: float

    @property
    def unseen(self) -> np.ndarray:
        """(n_validation + n_test,) int64, ascending: all the queries."""
        return np.sort(np.concatenate([self.validation, self.test]))

    @property
    def encoder_saw_queries(self) -> bool:
        return self.seen_query_fraction > 0


def make_split(
    attributes: pa.Table, duplicate_group: np.ndarray, seen_by_encoder: np.ndarray, settings: EvaluateSettings
) -> Split:
    """Hold out about ``held_out_fraction`` of the items, group by group.

    Only groups without a photo that the encoder was trained on are held out. Where fewer than 50 items
    or 1 % belong to such groups, any group may be, and ``seen_query_fraction`` tells.

    Args:
        attributes: n_items rows, with the column ``group_by`` if that is set.
        duplicate_group: (n_items,) int64.
        seen_by_encoder: (n_items,) bool.
        settings: ``held_out_fraction``, ``group_by`` and ``seed`` are used.

    Raises:
        ConfigError: there is no column ``group_by``.
    """
    n_items = len(duplicate_group)
    rng = np.random.default_rng(settings.seed)
    group = _joint_groups(duplicate_group, attributes, settings.group_by)
    sizes = np.bincount(group)
    seen_groups = np.bincount(group, weights=seen_by_encoder) > 0
    n_unseen = int(sizes[~seen_groups].sum())
    enough = n_unseen >= _FEWEST_UNSEEN and n_unseen >= _SMALLEST_UNSEEN_FRACTION * n_items
    eligible = np.flatnonzero(~seen_groups) if enough else np.arange(len(sizes))
    held_out = _draw_groups(rng.permutation(eligible), sizes, settings.held_out_fraction * n_items)
    validation_groups, test_groups = _halve(held_out, sizes)

    first = np.zeros(n_items, bool)
    first[np.unique(duplicate_group, return_index=True)[1]] = True
    in_validation, in_test = np.isin(group, validation_groups), np.isin(group, test_groups)
    in_fit = ~in_validation & ~in_test
    queries = first & ~in_fit
    return Split(
        fit=np.flatnonzero(in_fit),
        gallery=np.flatnonzero(first & in_fit),
        validation=np.flatnonzero(first & in_validation),
        test=np.flatnonzero(first & in_test),
        group=group,
        seen_query_fraction=float(seen_by_encoder[queries].mean()) if queries.any() else 0.0,
    )


def _joint_groups(duplicate_group: np.ndarray, attributes: pa.Table, group_by: str) -> np.ndarray:
    """(n_items,) int64 numbers from 0: joined by duplicates or by an equal value, however far around."""
    n_items = len(duplicate_group)
    _, duplicates = np.unique(duplicate_group, return_inverse=True)
    if not group_by:
        return duplicates.astype(np.int64)
    if group_by not in attributes.column_names:
        near = difflib.get_close_matches(group_by, attributes.column_names, n=3, cutoff=0.5)
        names = " or ".join(near or attributes.column_names) or "(there is no column at all)"
        raise ConfigError(f"evaluate.group_by={group_by!r} is not a column of the catalogue: use {names}, or leave it")
    values = labels_of(attributes[group_by]).codes
    valued = np.flatnonzero(values >= 0)
    # A bipartite graph: items on one side, groups of duplicates and values on the other.
    offset = n_items + duplicates.max(initial=-1) + 1
    rows = np.concatenate([np.arange(n_items), valued])
    columns = np.concatenate([n_items + duplicates, offset + values[valued]])
    n_nodes = int(offset + values.max(initial=-1) + 1)
    edges = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(n_nodes, n_nodes))
    component = connected_components(edges, directed=False)[1][:n_items]
    return np.unique(component, return_inverse=True)[1].astype(np.int64)


def _draw_groups(order: np.ndarray, sizes: np.ndarray, target: float) -> np.ndarray:
    """Take groups in the given order up to ``target`` items; one that would overshoot is passed over.

    At least one group is taken where that leaves another to fit on.
    """
    drawn: list[int] = []
    total = 0
    for group in order:
        if total + sizes[group] <= target:
            drawn.append(int(group))
            total += int(sizes[group])
    if not drawn and len(sizes) >= 2 and len(order):
        drawn.append(int(order[np.argmin(sizes[order])]))
    return np.array(drawn, np.int64)


def _halve(groups: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(validation, test): each group goes to the half that has fewer items so far; test comes first."""
    halves: tuple[list[int], list[int]] = ([], [])
    totals = [0, 0]
    for group in groups:
        smaller = 0 if totals[0] < totals[1] else 1
        halves[smaller].append(int(group))
        totals[smaller] += int(sizes[group])
    return np.array(halves[0], np.int64), np.array(halves[1], np.int64)
