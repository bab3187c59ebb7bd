"""How are a photo's bytes read, so that no file can block, flood or surprise the reader?"""

# ruff: noqa: PTH116
# For a million names os.path is several times faster than pathlib.

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookgraph.config import PhotoSettings
from lookgraph.errors import PhotoError
from lookgraph.photos.model import FileLocation, RowLocation
from lookgraph.photos.reasons import Reason

_OPEN_FLAGS: Final[int] = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)
_BATCH_BYTES: Final = 8 * 2**20
_REASONS: Final = {
    errno.ENOENT: Reason.MISSING,
    errno.ENOTDIR: Reason.MISSING,
    errno.ENAMETOOLONG: Reason.MISSING,
    errno.ELOOP: Reason.SYMLINK_LOOP,
    errno.EISDIR: Reason.NOT_A_FILE,
    errno.ENXIO: Reason.NOT_A_FILE,
}
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


def read_photo(location: FileLocation | RowLocation, settings: PhotoSettings) -> bytes:
    """Read one photo's bytes in this process.

    A FIFO, a device or a socket is refused by its kind and never waited for; the size is checked
    before anything is read. For many rows of Parquet files, :class:`RowReader` is faster.

    Raises:
        PhotoError: missing, symlink-loop, not-a-file, unreadable, empty, too-many-bytes, no-bytes.
    """
    if isinstance(location, FileLocation):
        return _read_file(location.path, settings.max_bytes)
    with RowReader(settings) as rows:
        return rows.read(location)


def read_head(path: str, n_bytes: int) -> bytes:
    """The first bytes of a regular file.

    Raises:
        PhotoError: missing, symlink-loop, not-a-file, unreadable.
    """
    descriptor = _open_regular(path)
    try:
        return os.read(descriptor, n_bytes)
    except OSError as error:
        raise os_refusal(error) from None
    finally:
        os.close(descriptor)


def check_regular(path: str) -> None:
    """Look, without opening it, whether a path leads to a regular file.

    Raises:
        PhotoError: missing, symlink-loop, not-a-file, unreadable.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise os_refusal(error) from None
    except ValueError:  # a NUL in a name that came from a table
        raise PhotoError(Reason.MISSING, "no file can have this name: it holds a NUL") from None
    if not stat.S_ISREG(mode):
        raise not_a_file(mode)


def not_a_file(mode: int) -> PhotoError:
    """The refusal of whatever ``st_mode`` says is no regular file."""
    kind = next((name for test, name in _KINDS if test(mode)), "no regular file")
    return PhotoError(Reason.NOT_A_FILE, f"is {kind}: a photo must be a regular file")


def os_refusal(error: OSError) -> PhotoError:
    """The refusal that an operating system's error amounts to."""
    reason = _REASONS.get(error.errno or 0, Reason.UNREADABLE)
    return PhotoError(reason, error.strerror or str(error))


class RowReader:
    """Photos out of Parquet files, streamed: fast in the rows' order, never a whole row group in memory.

    Rows may be skipped. Going back inside a row group reads that row group again from its start.
    """

    def __init__(self, settings: PhotoSettings) -> None:
        self._max_bytes = settings.max_bytes
        self._file: Any = None
        self._path = ""
        self._row_group: tuple[str, int, str] | None = None
        self._batches: Iterator[Any] = iter(())
        self._images: Any = None
        self._first_row = 0

    def read(self, location: RowLocation) -> bytes:
        """The bytes of one row's photo.

        Raises:
            PhotoError: missing or unreadable (the Parquet file), no-bytes, empty, too-many-bytes.
        """
        try:
            value = self._value(location)
        except OSError as error:
            self.close()
            raise os_refusal(error) from None
        except (pa.ArrowException, LookupError) as error:
            self.close()
            raise PhotoError(Reason.UNREADABLE, f"the Parquet file cannot be read here: {error}") from None
        if not value.is_valid:
            raise PhotoError(Reason.NO_BYTES, "the row's image is null")
        data: bytes = value.as_py()
        _check_size(len(data), self._max_bytes)
        return data

    def close(self) -> None:
        """Close the Parquet file that is open; reading again opens it again."""
        if self._file is not None:
            self._file.close()
        self._file, self._path, self._row_group, self._images = None, "", None, None

    def __enter__(self) -> RowReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _value(self, location: RowLocation) -> Any:
        if self._row_group != _row_group_of(location) or location.row < self._first_row:
            self._open(location)
        while location.row >= self._first_row + (0 if self._images is None else len(self._images)):
            self._first_row += 0 if self._images is None else len(self._images)
            batch = next(self._batches, None)
            if batch is None:
                raise LookupError(f"row group {location.row_group} has no row {location.row}")
            column = batch.column(0)
            self._images = pc.struct_field(column, "bytes") if pa.types.is_struct(column.type) else column
        return self._images[location.row - self._first_row]

    def _open(self, location: RowLocation) -> None:
        if self._path != location.path:
            self.close()
            self._file, self._path = pq.ParquetFile(location.path, pre_buffer=False), location.path
        self._row_group, self._images, self._first_row = _row_group_of(location), None, 0
        if not 0 <= location.row_group < self._file.num_row_groups:
            raise LookupError(f"it has no row group {location.row_group}")
        self._batches = self._file.iter_batches(
            batch_size=batch_rows(self._file, location.row_group, location.column),
            row_groups=[location.row_group],
            columns=[image_leaf(self._file, location.column)],
            use_threads=False,
        )


def image_leaf(file: Any, column: str) -> str:
    """The path of the column that holds the bytes: the column itself, or its field ``bytes``."""
    return f"{column}.bytes" if pa.types.is_struct(file.schema_arrow.field(column).type) else column


def batch_rows(file: Any, row_group: int, column: str) -> int:
    """How many rows to read at once, so that a batch of photos takes about 8 MiB."""
    metadata, leaf = file.metadata.row_group(row_group), image_leaf(file, column)
    chunks = (metadata.column(i) for i in range(metadata.num_columns))
    n_bytes: int = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema == leaf)
    return max(1, min(1024, _BATCH_BYTES * int(metadata.num_rows) // max(n_bytes, 1)))


def _row_group_of(location: RowLocation) -> tuple[str, int, str]:
    return location.path, location.row_group, location.column


def _read_file(path: str, max_bytes: int) -> bytes:
    descriptor = _open_regular(path)
    try:
        n_bytes = os.fstat(descriptor).st_size
        _check_size(n_bytes, max_bytes)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(n_bytes + 1)  # as many bytes are allocated as are asked for
            if len(data) > n_bytes:  # it has grown since
                data += file.read(max_bytes + 1 - len(data))
    except OSError as error:
        raise os_refusal(error) from None
    finally:
        os.close(descriptor)
    _check_size(len(data), max_bytes)
    return data


def _open_regular(path: str) -> int:
    """Open without waiting; the kind is looked at before (devices) and after (another file by then)."""
    check_regular(path)
    try:
        descriptor: int = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise os_refusal(error) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise not_a_file(mode)
    return descriptor


def _check_size(n_bytes: int, max_bytes: int) -> None:
    if n_bytes == 0:
        raise PhotoError(Reason.EMPTY, "the file has 0 bytes")
    if n_bytes > max_bytes:
        raise PhotoError(Reason.TOO_MANY_BYTES, f"{n_bytes} bytes, more than photos.max_bytes={max_bytes}")
