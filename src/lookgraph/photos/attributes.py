"""What kind of values does an attribute hold: text, a category, a number, yes or no, a date?

Text from CSV and JSONL is typed by its values, Parquet columns by their own type. Only a column whose
every value fits is given a narrower type than text, so no value is ever lost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_TRUE: Final = frozenset(("true", "yes"))
_FALSE: Final = frozenset(("false", "no"))
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")  # 007 is an article's number, not seven
_NUMBER: Final = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROWS_PER_CATEGORY: Final = 2


class AttributeType(StrEnum):
    """The kinds of attributes; the names stand in a lookbook's manifest."""

    TEXT = "text"
    CATEGORY = "category"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


def attribute_type(field: pa.Field) -> AttributeType:
    """The kind of a column of ``Source.attributes``.

    Raises:
        ValueError: the column has a type that no attribute has.
    """
    kinds = (
        (pa.types.is_boolean, AttributeType.BOOLEAN),
        (pa.types.is_dictionary, AttributeType.CATEGORY),
        (pa.types.is_string, AttributeType.TEXT),
        (pa.types.is_integer, AttributeType.NUMBER),
        (pa.types.is_floating, AttributeType.NUMBER),
        (pa.types.is_date, AttributeType.DATE),
    )
    for test, kind in kinds:
        if test(field.type):
            return kind
    raise ValueError(f"column {field.name!r} is {field.type}: an attribute is one of {', '.join(AttributeType)}")


def attribute_from_text(values: Sequence[str | None], max_categories: int) -> pa.Array:
    """Type a column of text by its values.

    Args:
        values: None where there is no value.
        max_categories: Most different values of a category. A category's values also occur twice each
            on average, or a small catalogue's titles would be categories.

    Returns:
        ``bool`` (true, false, yes, no), ``int64`` or ``double``, ``date32`` (ISO 8601),
        ``dictionary<string>`` (a category) or ``string``, as long as ``values``.
    """
    distinct = {value: value.strip() for value in values if value is not None}
    stripped = set(distinct.values())
    if not stripped:
        return pa.array([None] * len(values), pa.string())
    parsed: dict[str, Any]
    if all(value.lower() in _TRUE | _FALSE for value in stripped):
        parsed, kind = {value: text.lower() in _TRUE for value, text in distinct.items()}, pa.bool_()
    elif all(_INTEGER.fullmatch(value) for value in stripped):
        if not all(len(value) < 20 and -(2**63) <= int(value) < 2**63 for value in stripped):
            return _words(pa.array(values, pa.string()), max_categories)
        parsed, kind = {value: int(text) for value, text in distinct.items()}, pa.int64()
    elif all(_NUMBER.fullmatch(value) and math.isfinite(float(value)) for value in stripped):
        parsed, kind = {value: float(text) for value, text in distinct.items()}, pa.float64()
    elif (dates := _dates(distinct)) is not None:
        parsed, kind = dates, pa.date32()
    else:
        return _words(pa.array(values, pa.string()), max_categories)
    return pa.array([None if value is None else parsed[value] for value in values], kind)


def attribute_from_arrow(column: pa.ChunkedArray, max_categories: int) -> pa.Array | None:
    """Bring a Parquet column to an attribute's type, or return None if no attribute has such a type."""
    array, kind = column.combine_chunks(), column.type
    if isinstance(array, pa.ChunkedArray):  # combine_chunks keeps several where 2 GiB are passed
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_dictionary(kind):
        return attribute_from_arrow(pa.chunked_array([array.dictionary_decode()]), max_categories)
    if pa.types.is_boolean(kind):
        return array
    if pa.types.is_integer(kind):
        try:
            return array.cast(pa.int64())
        except pa.ArrowInvalid:  # unsigned, past 2**63
            return array.cast(pa.float64(), safe=False)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return array.cast(pa.float64(), safe=False)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return array.cast(pa.date32(), safe=False)
    if pa.types.is_null(kind):
        return array.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = array.cast(pa.string())
        blank = pc.equal(pc.utf8_trim_whitespace(text), "")
        return _words(pc.if_else(blank, pa.scalar(None, pa.string()), text), max_categories)
    return None


def no_attributes(n_rows: int) -> pa.Table:
    """A table of ``n_rows`` rows and no columns (Arrow cannot make one from nothing)."""
    return pa.table({"none": pa.nulls(n_rows)}).select([])


def _words(text: pa.Array, max_categories: int) -> pa.Array:
    text = pc.utf8_trim_whitespace(text)  # 'red ' is no colour of its own
    n_distinct = pc.count_distinct(text, mode="only_valid").as_py()
    n_values = len(text) - text.null_count
    if 0 < n_distinct <= max_categories and n_distinct * _ROWS_PER_CATEGORY <= n_values:
        return text.dictionary_encode()
    return text


def _dates(distinct: dict[str, str]) -> dict[str, date] | None:
    try:
        if all(_DATE.fullmatch(text) for text in distinct.values()):
            return {value: date.fromisoformat(text) for value, text in distinct.items()}
    except ValueError:  # 2024-02-30
        pass
    return None
