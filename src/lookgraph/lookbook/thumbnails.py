"""The thumbnails of a generation: Arrow files, read where they lie.

``thumbnails/240.arrow`` and its like hold one picture a node of a full build. An update adds parts beside them
(``240.000002.arrow``) that hold its own nodes' pictures only, and ``rows.npy`` says which row of the parts, one after
another, shows each node: what was there before is linked, never copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from lookgraph.photos import THUMBNAIL_SIDES

if TYPE_CHECKING:  # who only reads needs no cache, and none of what it brings
    from lookgraph.lookbook.photo_cache import PhotoCache

_ROWS = "rows.npy"


class Thumbnails:
    """Reads them.

    Args:
        folder: ``thumbnails/`` of a generation, or of the step that makes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._columns: dict[int, pa.ChunkedArray] = {}

    def picture(self, node: int, side: int) -> bytes | None:
        """WebP bytes, the longer side at most ``side``: the largest there is; None where there is none at all.

        Raises:
            OSError, ValueError, pa.ArrowException: a file is missing or damaged.
        """
        row = node if self._rows is None else int(self._rows[node])
        for size in sorted((s for s in THUMBNAIL_SIDES if s <= side), reverse=True):
            data = self._column(size)[row].as_py()
            if data is not None:
                return bytes(data)
        return None

    def rows(self, n_nodes: int) -> np.ndarray:
        """(n_nodes,) int64: the row of the parts that shows each node."""
        return np.arange(n_nodes) if self._rows is None else np.asarray(self._rows)

    def n_rows(self) -> int:
        """Rows in all parts, those of nodes that are gone too."""
        return len(self._column(THUMBNAIL_SIDES[0]))

    @cached_property
    def _rows(self) -> np.ndarray | None:
        path = self._folder / _ROWS
        return np.load(path, allow_pickle=False) if path.exists() else None

    def _column(self, side: int) -> pa.ChunkedArray:
        if side not in self._columns:
            later = sorted(p for p in self._folder.glob(f"{side}.*.arrow"))
            parts = [
                pa.ipc.open_file(pa.memory_map(str(path))).read_all()["webp"]
                for path in (self._folder / f"{side}.arrow", *later)
            ]
            self._columns[side] = pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.binary())
        return self._columns[side]


def write_thumbnails(folder: Path, content_hashes: list[str], cache: PhotoCache, part: str = "") -> None:
    """Write one part: the pictures of some photos, in their order.

    Args:
        folder: ``thumbnails/``; made where it is missing.
        content_hashes: SHA-256 of the photos, all in the cache.
        cache: Where the pictures are.
        part: The name of the update; empty: the part of a full build.
    """
    folder.mkdir(exist_ok=True)
    schema = pa.schema([("webp", pa.binary())])
    for side in THUMBNAIL_SIDES:
        path = folder / (f"{side}.{part}.arrow" if part else f"{side}.arrow")
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for pictures in cache.thumbnails(content_hashes, side):
                writer.write_batch(pa.record_batch([pa.array(pictures, pa.binary())], schema))


def write_rows(folder: Path, rows: np.ndarray) -> None:
    """Write which row of the parts shows each node."""
    np.save(folder / _ROWS, rows.astype(np.int64), allow_pickle=False)


def smallest(content_hashes: list[str], cache: PhotoCache) -> Iterator[bytes]:
    """One picture a hash: however small a photo is, it has a thumbnail of the smallest size."""
    for pictures in cache.thumbnails(content_hashes, min(THUMBNAIL_SIDES)):
        yield from (picture for picture in pictures if picture is not None)
