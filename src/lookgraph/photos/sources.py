"""What was the user pointing at, and which photos with which attributes does it hold?

A folder, a folder with a metadata table (Hugging Face's image folder), a table of paths, or Parquet
files: each is recognised, and each becomes the same :class:`~lookgraph.photos.model.Source`.
"""

# ruff: noqa: PTH100, PTH116, PTH118, PTH119, PTH120, PTH122, PTH208
# For a million names os.path is several times faster than pathlib.

from __future__ import annotations

import difflib
import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError, SourceError
from lookgraph.photos.attributes import attribute_from_text, no_attributes
from lookgraph.photos.folder import FolderListing, list_folder
from lookgraph.photos.model import FileLocation, PhotoRef, Rejection, Source
from lookgraph.photos.names import photo_ids, to_text
from lookgraph.photos.parquet import MAGIC, open_parquet
from lookgraph.photos.reading import check_regular, read_head
from lookgraph.photos.reasons import Reason
from lookgraph.photos.selection import select_rows
from lookgraph.photos.signatures import HEAD_BYTES, picture_format
from lookgraph.photos.tables import TABLE_SUFFIXES, TextTable, read_table

_FILE_NAME: Final = "file_name"
_PATH_COLUMNS: Final = (
    *(_FILE_NAME, "filename", "file_path", "filepath", "file", "path"),
    *("image_path", "image_file", "image_name", "image", "photo_path", "photo_file", "photo"),
)


def open_source(
    path: Path,
    settings: PhotoSettings,
    *,
    metadata: Path | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    max_categories: int = 500,
    text_columns: Collection[str] = (),
) -> Source:
    """Find the photos that a path holds, and what is known about them. No photo is decoded.

    ====================================  ============  =================================================
    path                                  kind          id, unless ``id_column`` names a column
    ====================================  ============  =================================================
    folder                                folder        path in it without extension (with it, where two
                                                        photos would share an id)
    folder with metadata.csv or .jsonl    image-folder  column ``id`` if there is one, else ``file_name``
                                                        without extension
    CSV or JSONL file with a path column  table         as above
    Parquet file, or folder of them       parquet       column ``id``, else the image's own path without
                                                        extension, else the row's number
    ====================================  ============  =================================================

    A photo in an image folder that its metadata do not name is rejected (no-row): without a row it
    would be an item without attributes. Hidden files and ``*.lookbook`` folders are not searched.

    Args:
        path: What to open.
        settings: ``metadata_encoding`` and ``outside_paths`` are used here.
        metadata: The metadata of a folder, where they are not ``metadata.csv`` or ``.jsonl`` in it.
        image_column: Column of the photos (Parquet) or of their paths (CSV, JSONL).
        id_column: Column of the ids.
        max_categories: A text column with more different values than this is never a category.
        text_columns: Columns of CSV and JSONL whose values stay text, whatever they look like.

    Raises:
        SourceError: nothing usable is there, or it cannot be understood as given.
    """
    root = os.path.abspath(path)
    columns = _Columns(image_column, id_column, max_categories, frozenset(text_columns))
    if _is_folder(root):
        source = _open_folder(root, settings, metadata, columns)
    elif metadata is None:
        source = _open_file(root, settings, columns)
    else:
        raise SourceError(f"--metadata goes with a folder of photos, but {to_text(root)} is a file: leave it out")
    if not source.refs:
        raise _nothing_usable(root, source)
    return source


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the user said about columns."""

    image: str | None
    id: str | None
    max_categories: int
    text: frozenset[str]

    def open_parquet(self, paths: list[str]) -> Source:
        return open_parquet(paths, image_column=self.image, id_column=self.id, max_categories=self.max_categories)


def _is_folder(root: str) -> bool:
    try:
        mode = os.stat(root).st_mode
    except OSError as error:
        near = _near(os.path.basename(root), _siblings(root))
        raise SourceError(
            f"{to_text(root)} cannot be opened ({error.strerror}): name a folder or a table{near}"
        ) from None
    except ValueError:
        raise SourceError(f"{root!r} holds a NUL, which no path can: name a folder or a table") from None
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise SourceError(f"{to_text(root)} is neither a file nor a folder: name a folder of photos or a table")
    return stat.S_ISDIR(mode)


def _open_file(root: str, settings: PhotoSettings, columns: _Columns) -> Source:
    try:
        head = read_head(root, HEAD_BYTES)
    except PhotoError as error:
        raise SourceError(f"{to_text(root)} cannot be read ({error}): name a readable table") from None
    suffix = os.path.splitext(root)[1].lower()
    if head.startswith(MAGIC) or suffix == ".parquet":
        return columns.open_parquet([root])
    if suffix in TABLE_SUFFIXES:
        return _from_table("table", os.path.dirname(root), Path(root), settings, columns, photos=None)
    what = "a single photo" if picture_format(head) else "no table"
    raise SourceError(
        f"{to_text(root)} is {what}: name a folder of photos, or a table ({', '.join(TABLE_SUFFIXES)}, .parquet)"
    )


def _open_folder(root: str, settings: PhotoSettings, metadata: Path | None, columns: _Columns) -> Source:
    listing = list_folder(root)
    tables = [Path(root, name) for name in listing.metadata if "/" not in name] if metadata is None else [metadata]
    if len(tables) > 1:
        raise SourceError(f"{to_text(root)} holds metadata.csv and metadata.jsonl: choose one with --metadata")
    if tables:
        source = _from_table("image-folder", root, tables[0], settings, columns, photos=listing.photos)
        source.rejections.extend(listing.rejections)
        source.notes.extend(listing.notes())
        return source
    if listing.parquet and not listing.photos:
        source = columns.open_parquet([f"{root}/{name}" for name in listing.parquet])
        source.rejections.extend(listing.rejections)
        source.notes.extend(listing.notes())
        return source
    if columns.image or columns.id:
        raise SourceError(f"{to_text(root)} is a folder without metadata, so it has no columns: add --metadata")
    return _plain_folder(root, listing)


def _plain_folder(root: str, listing: FolderListing) -> Source:
    ids = photo_ids(listing.photos)
    refs = [PhotoRef(id, FileLocation(f"{root}/{name}")) for id, name in zip(ids, listing.photos, strict=True)]
    notes = listing.notes()
    if listing.metadata:
        notes.append(f"{to_text(listing.metadata[0])} is not at the top of the folder: --metadata would read it")
    if listing.parquet:
        notes.append(f"{len(listing.parquet)} Parquet files lie beside the photos and were not read")
    return Source("folder", refs, no_attributes(len(refs)), listing.rejections, notes, [root])


def _from_table(
    kind: str, root: str, path: Path, settings: PhotoSettings, columns: _Columns, *, photos: Sequence[str] | None
) -> Source:
    """Match a table's rows with the files they name; ``photos`` are those known to be in the folder."""
    table = read_table(path, settings)
    name = to_text(str(path))
    path_column = _path_column(name, table, columns.image, only_file_name=kind == "image-folder")
    id_column = columns.id if columns.id is not None else "id" if "id" in table.columns else None
    if id_column is not None and id_column not in table.columns:
        raise _no_column(name, id_column, table.columns, "--id-column")
    if not table.lines:
        raise SourceError(f"{name} has no rows: it needs one row a photo")
    files = table.columns[path_column]
    known = frozenset(photos or ())
    relative, refused = _locate(files, root, known, settings)
    ids = table.columns[id_column] if id_column is not None else _ids_from_files(files)
    rows, rejections = select_rows(ids, [to_text(os.path.join(root, file)) for file in relative], refused)
    if id_column is None:
        table.notes.append(f"no column 'id': a photo's id is its {path_column} without extension")
    named = frozenset(relative)
    rejections += [
        Rejection(photo_ids([file])[0], to_text(f"{root}/{file}"), Reason.NO_ROW, f"{name} does not name it")
        for file in photos or ()
        if file not in named
    ]
    refs = [PhotoRef(ids[row] or "", FileLocation(os.path.join(root, relative[row]))) for row in rows]
    names = [column for column in table.columns if column not in (path_column, id_column)]
    attributes = _attributes({column: table.columns[column] for column in names}, rows, columns)
    return Source(kind, refs, attributes, rejections, table.notes, [str(path)])


def _path_column(name: str, table: TextTable, wanted: str | None, *, only_file_name: bool) -> str:
    if wanted is not None:
        if wanted not in table.columns:
            raise _no_column(name, wanted, table.columns, "--image-column")
        return wanted
    if _FILE_NAME in table.columns:
        return _FILE_NAME
    if only_file_name:
        raise _no_column(name, _FILE_NAME, table.columns, "--image-column")
    candidates = [column for column in table.columns if column.lower() in _PATH_COLUMNS]
    if len(candidates) == 1:
        table.notes.append(f"{name}: the photos' paths are in column {candidates[0]!r}")
        return candidates[0]
    if candidates:
        raise SourceError(f"{name}: each of {', '.join(candidates)} may hold paths: choose one with --image-column")
    raise _no_column(name, _FILE_NAME, table.columns, "--image-column")


def _locate(
    files: Sequence[str | None], root: str, known: frozenset[str], settings: PhotoSettings
) -> tuple[list[str], dict[int, tuple[Reason, str]]]:
    """Each row's path relative to the folder, and the rows whose photo is not there to be read."""
    relative: list[str] = []
    refused: dict[int, tuple[Reason, str]] = {}
    for row, file in enumerate(files):
        whole = os.path.normpath(os.path.join(root, file or ""))
        relative.append(os.path.relpath(whole, root) if whole.startswith(f"{root.rstrip('/')}/") else whole)
        if relative[row] in known:
            continue
        if file is None:
            refused[row] = (Reason.MISSING, f"row {row + 1} names no file")
        elif "://" in file:
            refused[row] = (Reason.MISSING, "a web address: download the photo and name the file")
        elif relative[row] == whole and not settings.outside_paths:
            refused[row] = (
                Reason.OUTSIDE,
                f"{file!r} leads out of {to_text(root)}: move the photo, or set photos.outside_paths=true",
            )
        else:
            try:
                check_regular(whole)
            except PhotoError as error:
                refused[row] = (Reason(error.reason), str(error))
    return relative, refused


def _ids_from_files(files: Sequence[str | None]) -> list[str | None]:
    names = list(dict.fromkeys(file for file in files if file is not None))
    id_of = dict(zip(names, photo_ids(names), strict=True))
    return [None if file is None else id_of[file] for file in files]


def _attributes(values: dict[str, list[str | None]], rows: Sequence[int], columns: _Columns) -> Any:
    if not values:
        return no_attributes(len(rows))
    kept = {name: [each[row] for row in rows] for name, each in values.items()}
    return pa.table(
        {
            name: pc.utf8_trim_whitespace(pa.array(each, pa.string()))
            if name in columns.text
            else attribute_from_text(each, columns.max_categories)
            for name, each in kept.items()
        }
    )


def _nothing_usable(root: str, source: Source) -> SourceError:
    found = list(source.notes)
    if source.rejections:
        counts = Counter(str(rejection.reason) for rejection in source.rejections)
        first = source.rejections[0]
        found.append(", ".join(f"{count} {reason}" for reason, count in counts.most_common()))
        found.append(f"the first is {first.location}: {first.message}")
    return SourceError(
        f"{to_text(root)} holds no photos ({'; '.join(found) or 'it is empty'}): name a folder, or a table, of JPEG, "
        "PNG, WebP, GIF or AVIF photos"
    )


def _no_column(name: str, wanted: str, found: Iterable[str], option: str) -> SourceError:
    found = list(found)
    return SourceError(
        f"{name} has no column {wanted!r}, only {', '.join(found)}: rename one or pass {option}{_near(wanted, found)}"
    )


def _siblings(path: str) -> list[str]:
    try:
        return os.listdir(os.path.dirname(path))
    except OSError:
        return []


def _near(wanted: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(wanted, list(names), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(to_text(name) for name in near)}?" if near else ""
