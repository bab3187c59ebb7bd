"""A table of items that items join and leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.catalogue.duplicates import in_order_of_appearance
from lookgraph.catalogue.items import OWN_PREFIX, PHOTO_COLUMNS, attribute_names, check_names, representatives
from lookgraph.errors import SourceError


@dataclass(frozen=True)
class UpdatedItems:
    """The table now, and how it continues the table before.

    Attributes:
        items: n rows: those that stayed in their order, then the newcomers.
        rows: (n,) int64: each item's row before, or (n_before + its row among the newcomers).
        kept: (n_nodes_before,) int64: the node now of each node before; -1 where it is gone, or where another photo
            stands for it now.
    """

    items: pa.Table
    rows: np.ndarray
    kept: np.ndarray

    @property
    def representatives(self) -> np.ndarray:
        """(n_nodes,) int64: the row of ``items`` that stands for each node."""
        return representatives(self.items)

    @property
    def fresh(self) -> np.ndarray:
        """(n_fresh,) int64: the nodes now that were none before."""
        return np.setdiff1d(np.arange(len(self.representatives)), self.kept)


def update_items(items: pa.Table, leaving: np.ndarray, newcomers: pa.Table, node: np.ndarray) -> UpdatedItems:
    """Take rows out of a table of items, and newcomers in.

    Args:
        items: As :func:`~lookgraph.catalogue.items.build_items` makes it.
        leaving: (n_before,) bool.
        newcomers: m rows of ``id``, the attributes and the photo's facts, see :func:`newcomer_rows`.
        node: (m,) int64 from :func:`~lookgraph.catalogue.gallery.nodes_of_newcomers`.
    """
    stays = np.flatnonzero(~leaving)
    before = items.take(pa.array(stays))
    table = pa.concat_tables(
        [before.drop_columns("_node"), newcomers.select(before.drop_columns("_node").column_names)]
    )
    key = np.concatenate([before["_node"].to_numpy(), node])
    now = in_order_of_appearance(key)
    updated = table.combine_chunks().append_column("_node", pa.array(now))
    rows = np.concatenate([stays, items.num_rows + np.arange(newcomers.num_rows)])
    return UpdatedItems(updated, rows, _kept(items, updated, key, now))


def newcomer_rows(ids: list[str], attributes: pa.Table, photos: pa.Table) -> pa.Table:
    """The columns of a table of items, but for the node, of photos that are to join it."""
    columns: dict[str, object] = {"id": pa.array(ids, pa.string())}
    columns |= {name: attributes[name] for name in attributes.column_names}
    return pa.table(columns | {OWN_PREFIX + name: photos[name] for name in PHOTO_COLUMNS})


def align_attributes(items: pa.Table, attributes: pa.Table, n_newcomers: int) -> tuple[pa.Table, pa.Table]:
    """Bring a catalogue's columns and those of newcomers to the same names and types.

    A column that one side lacks is empty there. A category's or text's new values are taken as they are; whole numbers
    become numbers with a fraction where either side has such.

    Args:
        items: The catalogue's table.
        attributes: Of the newcomers.
        n_newcomers: Their number: a table without columns has forgotten its rows.

    Returns:
        Both again, the columns of ``items`` first.

    Raises:
        SourceError: a newcomer's value does not fit the catalogue's column, or its name is one of Lookgraph's own.
    """
    check_names(attributes)
    if not attributes.num_columns:
        empty = {n: pa.nulls(n_newcomers, items.schema.field(n).type) for n in attribute_names(items)}
        return items, pa.table(empty) if empty else attributes
    for name in attribute_names(items):
        wanted = items.schema.field(name).type
        if name not in attributes.column_names:
            attributes = attributes.append_column(name, pa.nulls(n_newcomers, wanted))
            continue
        place, column = attributes.column_names.index(name), attributes[name]
        if pa.types.is_floating(column.type) and pa.types.is_integer(wanted):
            items = items.set_column(items.column_names.index(name), name, items[name].cast(pa.float64()))
            continue
        attributes = attributes.set_column(place, name, _cast(name, column, wanted))
    extra = [name for name in attributes.column_names if name not in items.column_names]
    for place, name in enumerate(extra, 1 + len(attribute_names(items))):
        items = items.add_column(place, name, pa.nulls(items.num_rows, attributes.schema.field(name).type))
    return items, attributes


def _cast(name: str, column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    plain = column.combine_chunks()
    if pa.types.is_dictionary(plain.type):
        plain = plain.dictionary_decode()
    try:
        if pa.types.is_dictionary(wanted):
            return pa.chunked_array([pc.cast(plain, pa.string()).dictionary_encode().cast(wanted)])
        return pa.chunked_array([plain.cast(wanted)])
    except pa.ArrowException as error:
        raise SourceError(
            f"column {name!r} holds {wanted} in the lookbook, and what is to be added holds {plain.type} ({error}):"
            " rename the column, or correct its values"
        ) from None


def _kept(items: pa.Table, updated: pa.Table, key: np.ndarray, now: np.ndarray) -> np.ndarray:
    hash_before = items["_content_hash"].take(pa.array(representatives(items))).to_numpy(zero_copy_only=False)
    hash_now = updated["_content_hash"].take(pa.array(representatives(updated))).to_numpy(zero_copy_only=False)
    _, first = np.unique(now, return_index=True)
    key_of_node = key[first]
    old = np.flatnonzero(key_of_node < len(hash_before))
    same = old[hash_before[key_of_node[old]] == hash_now[old]]
    kept = np.full(len(hash_before), -1, np.int64)
    kept[key_of_node[same]] = same
    return kept
