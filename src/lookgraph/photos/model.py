"""What is a photo, before its bytes are read: an id, a place, or a reason why it is not used.

These are the plain values that travel between the parts of this stage and to the worker processes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from lookgraph.photos.names import to_text
from lookgraph.photos.reasons import Reason


@dataclass(frozen=True, slots=True)
class FileLocation:
    """A photo in a file of its own.

    Attributes:
        path: As ``os.fsdecode`` gives it; ``os.fsencode`` gives the very bytes of the name back.
    """

    path: str

    def __str__(self) -> str:
        return to_text(self.path)


@dataclass(frozen=True, slots=True)
class RowLocation:
    """A photo in a row of a Parquet file.

    Attributes:
        path: The Parquet file.
        row_group: Number of the row group, from 0.
        row: Number of the row inside its row group, from 0.
        column: The image column: binary, or a struct with a binary field ``bytes``.
    """

    path: str
    row_group: int
    row: int
    column: str

    def __str__(self) -> str:
        return f"{to_text(self.path)}, row group {self.row_group}, row {self.row}, column {self.column}"


@dataclass(frozen=True, slots=True)
class MemoryLocation:
    """A photo that was sent to us and lies nowhere: its bytes, and what to call it in a message."""

    data: bytes
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PhotoRef:
    """A photo that was found: its id, unique in its source, and where its bytes are."""

    id: str
    location: FileLocation | RowLocation | MemoryLocation


@dataclass(frozen=True, slots=True)
class Rejection:
    """A photo, a row or a file that is not used, and why.

    Attributes:
        id: The id it would have had; not unique (a repeated id is one reason).
        location: Where it is, for people to read; always valid UTF-8.
        message: One line with the value found and the value needed.
    """

    id: str
    location: str
    reason: Reason
    message: str


@dataclass(frozen=True)
class Source:
    """The photos of a source, their attributes, and everything that was left out.

    Attributes:
        kind: ``folder``, ``image-folder``, ``table`` or ``parquet``.
        refs: Ids are unique; sorted by path for a plain folder, else in the rows' order.
        attributes: Row i describes ``refs[i]``. Column types are ``bool``, ``int64``, ``double``,
            ``date32``, ``dictionary<string>`` (a category) and ``string`` (text); no id column.
        rejections: What was found but cannot be used, each with its reason.
        notes: What was recognised, assumed or left out.
        paths: The metadata or Parquet files that were read, or the folder that was searched.
    """

    kind: str
    refs: list[PhotoRef]
    attributes: pa.Table
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
