"""Why a photo was not used: the names in ``rejected.parquet``. They never change their meaning."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One reason a photo; the message beside it holds the figures."""

    MISSING = "missing"  # a row names a file that is not there
    NO_ROW = "no-row"  # a photo that the metadata does not name
    NO_BYTES = "no-bytes"  # a Parquet row whose image is null
    NO_ID = "no-id"  # a row whose id is empty
    REPEATED_ID = "repeated-id"  # a second row with an id, or a photo, that is taken
    OUTSIDE = "outside"  # a row names a file outside the source's folder
    NOT_A_FILE = "not-a-file"  # a FIFO, a device, a socket, a folder
    SYMLINK_LOOP = "symlink-loop"
    UNREADABLE = "unreadable"  # no permission, or the disk answers with an error
    EMPTY = "empty"
    TOO_MANY_BYTES = "too-many-bytes"
    NOT_A_PHOTO = "not-a-photo"
    OTHER_FORMAT = "other-format"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_SMALL = "too-small"
    TOO_ELONGATED = "too-elongated"
    TOO_SLOW = "too-slow"
    TOO_MUCH_MEMORY = "too-much-memory"
    CRASHED = "crashed"  # the codec took its process down
