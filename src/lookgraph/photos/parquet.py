"""Which photos and attributes do Parquet files hold? No photo's bytes are kept to answer this.

Understood are an image column of type binary, and the struct {bytes, path} that Hugging Face's
datasets write.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.errors import SourceError
from lookgraph.photos.attributes import attribute_from_arrow, no_attributes
from lookgraph.photos.model import PhotoRef, RowLocation, Source
from lookgraph.photos.names import photo_ids, to_text
from lookgraph.photos.reading import batch_rows, image_leaf
from lookgraph.photos.reasons import Reason
from lookgraph.photos.selection import select_rows

MAGIC: Final = b"PAR1"


def open_parquet(
    paths: Sequence[str], *, image_column: str | None, id_column: str | None, max_categories: int
) -> Source:
    """Describe the photos of Parquet files whose schemas agree.

    The id is ``id_column``, else a column named ``id``, else the struct's ``path`` without extension
    where every row has one of its own, else ``row-<number>``.

    Raises:
        SourceError: a file is no Parquet or damaged, the schemas differ, there is no image column or
            more than one, or ``id_column`` is not there.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(_open(path)) for path in paths]
        schema = _common_schema(paths, files)
        image = image_column if image_column is not None else _recognise_image(paths[0], schema)
        _check_image(paths[0], schema, image)
        id_column = _id_column(paths[0], schema, id_column)
        notes = [f"{len(paths)} Parquet file(s), image column {image!r}"]
        try:
            locations, present = _rows(paths, files, image)
            ids = _ids(files, schema, image, id_column, notes)
            names = [name for name in schema.names if name not in (image, id_column)]
            attributes = _attributes(files, schema, names, max_categories, notes)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{_named(paths)} cannot be read ({error}): replace the damaged file") from None
    refused = {
        int(row): (Reason.NO_BYTES, f"the column {image!r} is null in this row") for row in np.flatnonzero(~present)
    }
    rows, rejections = select_rows(ids, [str(location) for location in locations], refused)
    refs = [PhotoRef(ids[row] or "", locations[row]) for row in rows]
    kept = attributes.take(pa.array(rows, pa.int64())) if attributes.num_columns else no_attributes(len(rows))
    return Source("parquet", refs, kept, rejections, notes, list(paths))


def _open(path: str) -> Any:
    try:
        return pq.ParquetFile(path, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:  # Arrow's own OSError, which has no errno, means damage
        if isinstance(error, OSError) and error.errno:
            raise SourceError(f"{to_text(path)} cannot be read ({error.strerror}): name a readable file") from None
        raise SourceError(f"{to_text(path)} is no Parquet file ({error}): name Parquet files or a folder") from None


def _common_schema(paths: Sequence[str], files: Sequence[Any]) -> Any:
    first = files[0].schema_arrow
    if len(set(first.names)) != len(first.names):
        raise SourceError(f"{to_text(paths[0])} has two columns of one name: give every column a name of its own")
    wanted = {field.name: field.type for field in first}
    for path, file in zip(paths[1:], files[1:], strict=True):
        found = {field.name: field.type for field in file.schema_arrow}
        for name in (*wanted, *found):
            if found.get(name) != wanted.get(name):
                raise SourceError(
                    f"{to_text(path)} has {name!r} as {found.get(name, 'no column')}, but {to_text(paths[0])} as "
                    f"{wanted.get(name, 'no column')}: bring all files to one schema"
                )
    return first


def _recognise_image(path: str, schema: Any) -> str:
    candidates = [field.name for field in schema if _holds_images(field.type)]
    if len(candidates) == 1:
        return str(candidates[0])
    if candidates:
        raise SourceError(
            f"{to_text(path)} has several columns of bytes ({', '.join(candidates)}): choose one with --image-column"
        )
    raise SourceError(
        f"{to_text(path)} has no image column, only {_columns(schema)}: the photos must be in a binary column or a "
        "struct with a binary field 'bytes'"
    )


def _check_image(path: str, schema: Any, image: str) -> None:
    if image not in schema.names:
        raise SourceError(f"{to_text(path)} has no column {image!r}, only {_columns(schema)}: change --image-column")
    kind = schema.field(image).type
    if not _holds_images(kind):
        raise SourceError(
            f"{to_text(path)}: column {image!r} is {kind}, but photos are binary or a struct with a binary field "
            "'bytes': change --image-column"
        )


def _id_column(path: str, schema: Any, wanted: str | None) -> str | None:
    if wanted is not None and wanted not in schema.names:
        raise SourceError(f"{to_text(path)} has no column {wanted!r}, only {_columns(schema)}: change --id-column")
    name = wanted if wanted is not None else "id" if "id" in schema.names else None
    if name is not None:
        kind = schema.field(name).type
        if pa.types.is_nested(kind) or _is_bytes(kind):
            raise SourceError(f"{to_text(path)}: column {name!r} is {kind}, which is no id: choose --id-column")
    return name


def _is_bytes(kind: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _holds_images(kind: Any) -> bool:
    return _is_bytes(kind) or (pa.types.is_struct(kind) and any(f.name == "bytes" and _is_bytes(f.type) for f in kind))


def _rows(paths: Sequence[str], files: Sequence[Any], image: str) -> tuple[list[RowLocation], np.ndarray]:
    """Every row's place, and (n_rows,) bool: whether it has bytes."""
    locations: list[RowLocation] = []
    present: list[np.ndarray] = []
    for path, file in zip(paths, files, strict=True):
        for row_group in range(file.num_row_groups):
            here = _present(file, row_group, image)
            locations += [RowLocation(path, row_group, row, image) for row in range(len(here))]
            present.append(here)
    return locations, np.concatenate([np.zeros(0, bool), *present])


def _present(file: Any, row_group: int, image: str) -> np.ndarray:
    """Which rows have bytes: by the file's own count of nulls, else read batch by batch and forgotten."""
    metadata, leaf = file.metadata.row_group(row_group), image_leaf(file, image)
    chunk = next(c for c in map(metadata.column, range(metadata.num_columns)) if c.path_in_schema == leaf)
    statistics = chunk.statistics
    if statistics is not None and statistics.has_null_count and statistics.null_count == 0:
        return np.ones(metadata.num_rows, bool)
    batches = file.iter_batches(
        batch_size=batch_rows(file, row_group, image), row_groups=[row_group], columns=[leaf], use_threads=False
    )
    parts = []
    for batch in batches:
        column = batch.column(0)
        valid = column.is_valid().to_numpy(zero_copy_only=False)
        if pa.types.is_struct(column.type):
            valid = valid & column.field("bytes").is_valid().to_numpy(zero_copy_only=False)
        parts.append(valid)
    return np.concatenate(parts)


def _ids(files: Sequence[Any], schema: Any, image: str, id_column: str | None, notes: list[str]) -> list[str | None]:
    n_rows = sum(file.metadata.num_rows for file in files)
    if id_column is not None:
        column = pa.concat_tables([file.read(columns=[id_column]) for file in files]).column(0)
        if pa.types.is_dictionary(column.type):
            column = pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks])
        return [value or None for value in column.cast(pa.string()).to_pylist()]
    kind = schema.field(image).type
    if pa.types.is_struct(kind) and any(f.name == "path" and pa.types.is_string(f.type) for f in kind):
        rows = pa.concat_tables([file.read(columns=[f"{image}.path"]) for file in files]).column(0).to_pylist()
        names = [row and row["path"] for row in rows]
        if all(names) and len(set(names)) == n_rows:
            notes.append(f"no column 'id': a photo's id is its {image}.path without extension")
            return list(photo_ids(names))
    notes.append("no column 'id': a photo's id is the number of its row; --id-column names a better one")
    return [f"row-{row}" for row in range(n_rows)]


def _attributes(files: Sequence[Any], schema: Any, names: list[str], max_categories: int, notes: list[str]) -> Any:
    columns: dict[str, Any] = {}
    for name in names:
        kind = schema.field(name).type
        array = None
        if not (pa.types.is_nested(kind) or _is_bytes(kind)):
            column = pa.concat_tables([file.read(columns=[name]) for file in files]).column(0)
            array = attribute_from_arrow(column, max_categories)
        if array is None:
            notes.append(f"column {name!r} is {kind}, which no attribute can be: it was left out")
            continue
        if pa.types.is_timestamp(kind):
            notes.append(f"column {name!r} is {kind}: only its date was kept")
        columns[name] = array
    return pa.table(columns)


def _columns(schema: Any) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema) or "nothing"


def _named(paths: Sequence[str]) -> str:
    return to_text(paths[0]) if len(paths) == 1 else f"one of {to_text(paths[0])} and {len(paths) - 1} more"
