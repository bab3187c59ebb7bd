"""What does a CSV or JSONL file say, as columns of text, with the line of every row?"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from lookgraph.config import PhotoSettings
from lookgraph.errors import ConfigError, SourceError
from lookgraph.photos.names import to_text, to_valid

_SEPARATORS: Final = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_MAX_FIELD_CHARACTERS: Final = 2**24
_HEADER_CHARACTERS: Final = 2**20
_JSON_SUFFIXES: Final = (".jsonl", ".ndjson")
TABLE_SUFFIXES: Final = (".csv", ".tsv", *_JSON_SUFFIXES)


@dataclass
class TextTable:
    """A table whose every value is text.

    Attributes:
        columns: Each column's values, all of one length; None where a value is empty or missing.
        lines: The line, from 1, on which each row ends.
        notes: What was recognised or left out.
    """

    columns: dict[str, list[str | None]]
    lines: list[int]
    notes: list[str] = field(default_factory=list)


def read_table(path: Path, settings: PhotoSettings) -> TextTable:
    """Read a CSV file, or a JSONL file by its suffix.

    The separator of a CSV file is recognised among comma, semicolon, tab and ``|``. Numbers of a JSONL
    file keep the digits they are written with.

    Raises:
        SourceError: unreadable, of another encoding than ``photos.metadata_encoding``, without header,
            with a row of another length, or with a line that is no JSON object.
        ConfigError: ``photos.metadata_encoding`` is no encoding.
    """
    text = _read_text(path, settings.metadata_encoding)
    return _read_jsonl(path, text) if path.suffix.lower() in _JSON_SUFFIXES else _read_csv(path, text)


def _read_text(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{_name(path)} cannot be read ({error.strerror}): name a readable table") from None
    try:
        return data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise ConfigError(
            f"photos.metadata_encoding={encoding!r} is no encoding: for example utf-8 or latin-1"
        ) from None
    except UnicodeError as error:
        byte = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, byte) + 1
        other = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
        raise SourceError(
            f"{_name(path)}, line {line}, byte {byte} (0x{data[byte]:02x}) is not {encoding}: save the file as UTF-8, "
            f"or set photos.metadata_encoding={other}"
        ) from None


def _read_csv(path: Path, text: str) -> TextTable:
    header, separator = _header(path, text)
    table = TextTable({}, [])
    if separator != ",":
        table.notes.append(f"{_name(path)}: separator {_SEPARATORS[separator]}")
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise SourceError(f"{_name(path)} has two columns named {repeated[0]!r}: give every column a name of its own")
    values: list[list[str | None]] = [[] for _ in header]
    for line, row in _csv_rows(path, text, separator):
        if len(row) != len(header):
            raise SourceError(
                f"{_name(path)}, line {line} has {len(row)} values, but the header has {len(header)} (separator "
                f"{_SEPARATORS[separator]}): quote values that hold the separator, or mend the line"
            )
        table.lines.append(line)
        for column, value in zip(values, row, strict=True):
            column.append(value.strip() or None)
    for number, (name, column) in enumerate(zip(header, values, strict=True), 1):
        if name:
            table.columns[name] = column
        else:
            table.notes.append(f"{_name(path)}: column {number} has no name and was left out")
    return table


def _header(path: Path, text: str) -> tuple[list[str], str]:
    """The column names and the separator: the one that cuts the first line into most columns."""
    best: tuple[list[str], str] = ([], ",")
    failure: SourceError | None = None
    for separator in _SEPARATORS:
        try:
            _, row = next(_csv_rows(path, text[:_HEADER_CHARACTERS], separator, header=True), (0, []))
        except SourceError as error:  # names in quotes are no CSV with another separator than theirs
            failure = failure or error
            continue
        if len(row) > len(best[0]):
            best = ([name.strip() for name in row], separator)
    if failure and len(best[0]) < 2:
        raise failure
    if not any(best[0]):
        raise SourceError(f"{_name(path)} has no header: its first line must name the columns")
    return best


def _csv_rows(path: Path, text: str, separator: str, *, header: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each ends on, without blank lines; the header row only on request."""
    before = csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    try:
        rows = ((reader.line_num, row) for row in reader if row)
        first = next(rows, None)
        if header:
            yield from () if first is None else (first,)
        else:
            yield from rows
    except csv.Error as error:
        _fail_csv(path, reader.line_num, error)
    finally:
        csv.field_size_limit(before)


def _fail_csv(path: Path, line: int, error: csv.Error) -> NoReturn:
    raise SourceError(f"{_name(path)}, line {line} is not CSV ({error}): mend the quotes of this line") from None


def _read_jsonl(path: Path, text: str) -> TextTable:
    columns: dict[str, list[str | None]] = {}
    lines: list[int] = []
    nested: set[str] = set()
    for line, row in _json_rows(path, text):
        for name, value in row.items():
            if isinstance(value, (dict, list)):
                nested.add(name)
                continue
            columns.setdefault(name, [None] * len(lines)).append(_json_text(value))
        lines.append(line)
        for column in columns.values():
            if len(column) < len(lines):
                column.append(None)
    notes = [f"{_name(path)}: column {name!r} holds nested values and was left out" for name in sorted(nested)]
    return TextTable({to_valid(name): values for name, values in columns.items() if name not in nested}, lines, notes)


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            row = json.loads(content, parse_int=str, parse_float=str, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{_name(path)}, line {line} is not JSON ({error}): write one object a line") from None
        if not isinstance(row, dict):
            raise SourceError(f"{_name(path)}, line {line} holds no JSON object: write one object a line")
        yield line, row


def _json_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return to_valid(value) if isinstance(value, str) and value.strip() else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _name(path: Path) -> str:
    return to_text(str(path))
