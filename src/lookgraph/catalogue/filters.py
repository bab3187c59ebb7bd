"""Which items a ``--where`` expression keeps: parsed into a tree and checked, never evaluated as code.

    season == 'Summer' and gender != 'Men'
    base_colour in ('Navy Blue', 'Blue') and not year < 2015
    item['sub category'] == 'Topwear' and usage is not None

A comparison with a missing value keeps the item out, whatever the operator; ``is None`` finds them.
"""

from __future__ import annotations

import ast
import difflib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.errors import FilterError

_COMPARE = {
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}
_HELP = "write for example: season == 'Summer' and gender != 'Men'"
_MAX_LENGTH = 2000


def filter_items(items: pa.Table, where: str) -> np.ndarray:
    """(n_items,) bool: the rows for which the expression is true.

    Args:
        items: The catalogue; every column can be named.
        where: Comparisons (== != < <= > >= in, not in, is None, is not None) of columns with constants,
            joined by and, or, not and brackets. A name that is no word is written ``item['the name']``.

    Raises:
        FilterError: it cannot be parsed, names an unknown column, or compares things of two types.
    """
    if len(where) > _MAX_LENGTH:
        raise FilterError(f"the filter has {len(where)} characters, at most {_MAX_LENGTH} are read: shorten it")
    try:
        tree = ast.parse(where.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FilterError(f"filter {where!r} cannot be read ({error}): {_HELP}") from None
    try:
        return np.asarray(pc.fill_null(_truth(tree.body, items, where), False), bool)
    except (RecursionError, MemoryError, pa.ArrowException) as error:
        raise FilterError(f"filter {where[:80]!r} cannot be applied ({error}): {_HELP}") from None


def _truth(node: ast.expr, items: pa.Table, where: str) -> Any:
    match node:
        case ast.BoolOp(op=op, values=values):
            join = pc.and_kleene if isinstance(op, ast.And) else pc.or_kleene
            result = _truth(values[0], items, where)
            for value in values[1:]:
                result = join(result, _truth(value, items, where))
            return result
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return pc.invert(_truth(operand, items, where))
        case ast.Compare(left=left, ops=operators, comparators=rights):
            parts = []
            for operator, right in zip(operators, rights, strict=True):
                parts.append(_compare(left, operator, right, items, where))
                left = right
            result = parts[0]
            for part in parts[1:]:
                result = pc.and_kleene(result, part)
            return result
        case ast.Name() | ast.Subscript():
            column = _column(node, items, where)
            if not pa.types.is_boolean(column.type):
                raise FilterError(f"{ast.unparse(node)} is {_words(column.type)}, not true or false: compare it")
            return column
        case ast.Constant(value=bool(value)):
            return pa.array([value] * items.num_rows, pa.bool_())
    raise FilterError(f"{ast.unparse(node)!r} is not understood in a filter: {_HELP}")


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr, items: pa.Table, where: str) -> Any:
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        mirrored = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
        if type(operator) in (*mirrored, ast.Eq, ast.NotEq):
            return _compare(right, mirrored.get(type(operator), type(operator))(), left, items, where)
    column = _column(left, items, where)
    if isinstance(operator, ast.Is | ast.IsNot):
        if not (isinstance(right, ast.Constant) and right.value is None):
            raise FilterError(f"'is' only asks for None: write {ast.unparse(left)} == {ast.unparse(right)}")
        return pc.is_null(column) if isinstance(operator, ast.Is) else pc.is_valid(column)
    if isinstance(operator, ast.In | ast.NotIn):
        if not isinstance(right, ast.Tuple | ast.List | ast.Set):
            raise FilterError(f"'in' needs a list in brackets, for example {ast.unparse(left)} in ('a', 'b')")
        found = pc.if_else(pc.is_valid(column), False, pa.scalar(None, pa.bool_()))
        for value in right.elts:
            found = pc.or_kleene(found, pc.equal(column, _constant(value, column.type, left)))
        return found if isinstance(operator, ast.In) else pc.invert(found)
    if isinstance(right, ast.Name | ast.Subscript):
        raise FilterError(
            f"{ast.unparse(right)} is read as a column: compare with a constant, in quotes where it is a text"
            if ast.unparse(right) in items.column_names
            else f"{ast.unparse(right)} needs quotes: write {ast.unparse(left)} == '{ast.unparse(right)}'"
        )
    return _COMPARE[type(operator)](column, _constant(right, column.type, left))


def _column(node: ast.expr, items: pa.Table, where: str) -> pa.ChunkedArray:
    match node:
        case ast.Name(id=name):
            pass
        case ast.Subscript(value=ast.Name(id="item"), slice=ast.Constant(value=str(name))):
            pass
        case _:
            raise FilterError(f"{ast.unparse(node)!r} is no column: {_HELP}")
    if name not in items.column_names:
        near = difflib.get_close_matches(name, items.column_names, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(items.column_names)}"
        raise FilterError(f"no column {name!r}: {hint}")
    column = items[name]
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _constant(node: ast.expr, wanted: pa.DataType, left: ast.expr) -> pa.Scalar:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise FilterError(f"{ast.unparse(node)!r} is no constant: {_HELP}") from None
    if value is None:
        raise FilterError(f"a missing value equals nothing: write {ast.unparse(left)} is None")
    fits = (
        (isinstance(value, bool) and pa.types.is_boolean(wanted))
        or (isinstance(value, int | float) and not isinstance(value, bool) and _is_number(wanted))
        or (isinstance(value, str) and (pa.types.is_string(wanted) or pa.types.is_date(wanted)))
    )
    if not fits:
        raise FilterError(f"{ast.unparse(left)} is {_words(wanted)}, and {ast.unparse(node)} is not")
    try:
        if _is_number(wanted):
            return pa.scalar(value)
        return pa.scalar(value).cast(wanted)
    except (pa.ArrowInvalid, OverflowError):
        raise FilterError(f"{ast.unparse(left)} is {_words(wanted)}, and {ast.unparse(node)} is not") from None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _words(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "true or false"
    if _is_number(kind):
        return "a number"
    return "a date (write '2026-01-31')" if pa.types.is_date(kind) else "a text (write it in quotes)"
