"""Attributes: a type only where every value fits it, and no value lost."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from lookgraph.photos import attribute_type
from lookgraph.photos.attributes import attribute_from_arrow, attribute_from_text


@pytest.mark.parametrize(
    ("values", "kind", "typed"),
    [
        (["true", "No", None], "boolean", [True, False, None]),
        (["1", "-2", None], "number", [1, -2, None]),
        (["1.5", "2", "3e1"], "number", [1.5, 2.0, 30.0]),
        (["2024-02-29", None], "date", [date(2024, 2, 29), None]),
        (["2024-02-30", "2024-01-01"], "text", ["2024-02-30", "2024-01-01"]),
        (["red", "red", "blue", "blue"], "category", ["red", "red", "blue", "blue"]),
        (["Blue shirt", "Red dress"], "text", ["Blue shirt", "Red dress"]),
        (["007", "012"], "text", ["007", "012"]),
        (["123456789012345678901", "1"], "text", ["123456789012345678901", "1"]),
        (["nan", "1e999"], "text", ["nan", "1e999"]),
        ([None, None], "text", [None, None]),
    ],
)
def test_text_is_typed_by_its_values(values: list[str | None], kind: str, typed: list[object]) -> None:
    array = attribute_from_text(values, max_categories=500)
    assert array.to_pylist() == typed
    assert attribute_type(pa.field("x", array.type)) == kind


def test_a_column_with_too_many_values_is_text() -> None:
    colours = ["red", "red", "blue", "blue"]
    assert attribute_type(pa.field("x", attribute_from_text(colours, max_categories=1).type)) == "text"


@pytest.mark.parametrize(
    ("array", "kind", "typed"),
    [
        (pa.array([1, None], pa.int16()), "number", [1, None]),
        (pa.array([2**64 - 1], pa.uint64()), "number", [float(2**64)]),
        (pa.array([1.5], pa.float32()), "number", [1.5]),
        (pa.array([True]), "boolean", [True]),
        (pa.array([datetime(2024, 5, 1, 12)]), "date", [date(2024, 5, 1)]),
        (pa.array(["a", "a", "", " "]), "category", ["a", "a", None, None]),
        (pa.array(["a", "b"], pa.large_string()), "text", ["a", "b"]),
        (pa.array(["a", "a"]).dictionary_encode(), "category", ["a", "a"]),
        (pa.nulls(2), "text", [None, None]),
    ],
)
def test_parquet_types_are_mapped(array: pa.Array, kind: str, typed: list[object]) -> None:
    mapped = attribute_from_arrow(pa.chunked_array([array]), max_categories=500)
    assert mapped is not None
    assert mapped.to_pylist() == typed
    assert attribute_type(pa.field("x", mapped.type)) == kind


def test_other_types_are_no_attributes() -> None:
    assert attribute_from_arrow(pa.chunked_array([pa.array([[1]])]), max_categories=500) is None
    with pytest.raises(ValueError, match="list"):
        attribute_type(pa.field("x", pa.list_(pa.int64())))
