"""What is costly to redo for a photo, keyed by its content: facts, thumbnails, refusals, embeddings.

One SQLite file in ``cache/``. A batch is one transaction, so a killed build finds every batch that it
finished, whole; and a photo that comes back under another name is recognised.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
import PIL
import pyarrow as pa
import simplejpeg

from lookgraph.config import PhotoSettings
from lookgraph.encoder import EmbeddedPhoto
from lookgraph.errors import LookbookDamagedError
from lookgraph.photos import THUMBNAIL_SIDES, Reason, Rejection

_SCHEMA = """
CREATE TABLE IF NOT EXISTS photo (
    content_hash TEXT, recipe TEXT, width INTEGER, height INTEGER, perceptual_hash TEXT, colour TEXT,
    thumbnail_240 BLOB, thumbnail_480 BLOB, thumbnail_960 BLOB,
    PRIMARY KEY (content_hash, recipe)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (
    content_hash TEXT, recipe TEXT, reason TEXT, message TEXT,
    PRIMARY KEY (content_hash, recipe)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS embedding (
    content_hash TEXT, encoder TEXT, vector BLOB,
    PRIMARY KEY (content_hash, encoder)) WITHOUT ROWID;
"""
_BATCH = 500
# A photo that was refused for want of time or memory may pass on a quieter day; one that could not be read
# was refused for its place, not for its content.
_OF_THE_CONTENT = (
    *(Reason.NOT_A_PHOTO, Reason.OTHER_FORMAT, Reason.TRUNCATED, Reason.DAMAGED),
    *(Reason.TOO_MANY_PIXELS, Reason.TOO_SMALL, Reason.TOO_ELONGATED),
)
_DECODER = f"3 {PIL.__version__} {simplejpeg.__version__} {cv2.__version__}"


class PhotoCache:
    """The cache as one encoder and one set of photo settings see it; a context manager.

    Raises:
        LookbookDamagedError: the file is no database any more; deleting it costs time, no data.
    """

    def __init__(self, path: Path, settings: PhotoSettings, encoder_digest: str) -> None:
        self._path, self._encoder = path, encoder_digest
        of_reading = {"metadata_encoding", "outside_paths"}  # what decides which photos are read, not what they become
        decides = settings.model_dump(exclude={"workers", "timeout_s", "max_memory_mib", *of_reading})
        self._recipe = hashlib.sha256(json.dumps([_DECODER, decides], sort_keys=True).encode()).hexdigest()[:16]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if "full" in str(error) or "I/O" in str(error):
                raise
            raise _damaged(path, error) from None

    def __enter__(self) -> PhotoCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        if isinstance(error, sqlite3.DatabaseError) and "malformed" in str(error):
            raise _damaged(self._path, error) from None

    def known(self, content_hashes: Sequence[str]) -> set[str]:
        """Those of the photos that are decoded and embedded already."""
        query = """SELECT p.content_hash FROM photo p JOIN embedding e USING (content_hash)
                   WHERE p.recipe = ? AND e.encoder = ? AND p.content_hash IN"""
        return {row[0] for row in self._select(query, (self._recipe, self._encoder), content_hashes)}

    def refusals(self, content_hashes: Sequence[str]) -> dict[str, tuple[Reason, str]]:
        """Reason and message of those of the photos that were refused by their content."""
        query = "SELECT content_hash, reason, message FROM refusal WHERE recipe = ? AND content_hash IN"
        rows = self._select(query, (self._recipe,), content_hashes)
        return {content: (Reason(reason), message) for content, reason, message in rows}

    def store(self, embedded: Sequence[EmbeddedPhoto]) -> None:
        """Keep finished photos, all of them or none."""
        photos = [
            (
                *(item.photo.content_hash, self._recipe, item.photo.width, item.photo.height),
                *(str(item.photo.perceptual_hash), item.photo.colour),
                *(item.photo.thumbnails.get(side) for side in THUMBNAIL_SIDES),
            )
            for item in embedded
        ]
        vectors = [(item.photo.content_hash, self._encoder, item.embedding.tobytes()) for item in embedded]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO photo VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", photos)
            self._db.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", vectors)

    def store_refusal(self, content_hash: str, rejection: Rejection) -> None:
        """Keep a refusal that the content alone explains, so that a resumed build need not try again."""
        if rejection.reason in _OF_THE_CONTENT:
            row = (content_hash, self._recipe, rejection.reason, rejection.message)
            with self._db:
                self._db.execute("INSERT OR REPLACE INTO refusal VALUES (?, ?, ?, ?)", row)

    def facts(self, content_hashes: Sequence[str]) -> tuple[pa.Table, np.ndarray]:
        """Facts and embeddings of photos that are all known, a row a hash, in their order.

        Returns:
            A table of ``content_hash``, ``width``, ``height``, ``perceptual_hash``, ``colour``, and (n, 128)
            float32.
        """
        query = """SELECT p.content_hash, width, height, perceptual_hash, colour, vector
                   FROM photo p JOIN embedding e USING (content_hash)
                   WHERE p.recipe = ? AND e.encoder = ? AND p.content_hash IN"""
        rows = {row[0]: row[1:] for row in self._select(query, (self._recipe, self._encoder), content_hashes)}
        widths, heights, hashes, colours, vectors = zip(*(rows[h] for h in content_hashes), strict=True)
        table = pa.table(
            {
                "content_hash": pa.array(content_hashes, pa.string()),
                "width": pa.array(widths, pa.int32()),
                "height": pa.array(heights, pa.int32()),
                "perceptual_hash": pa.array([int(h) for h in hashes], pa.uint64()),
                "colour": pa.array(colours, pa.string()),
            }
        )
        return table, np.stack([np.frombuffer(vector, np.float32) for vector in vectors])

    def thumbnails(self, content_hashes: Sequence[str], side: int) -> Iterator[list[bytes | None]]:
        """One side's WebP pictures, in batches, in the order of the hashes; None where the photo is smaller."""
        query = f"SELECT content_hash, thumbnail_{side} FROM photo WHERE recipe = ? AND content_hash IN"
        for begin in range(0, len(content_hashes), _BATCH):
            batch = content_hashes[begin : begin + _BATCH]
            found = dict(self._select(query, (self._recipe,), batch))
            yield [found[content] for content in batch]

    def _select(self, query: str, parameters: tuple[str, ...], content_hashes: Sequence[str]) -> Iterator[tuple]:  # type: ignore[type-arg]
        for begin in range(0, len(content_hashes), _BATCH):
            batch = content_hashes[begin : begin + _BATCH]
            marks = ",".join("?" * len(batch))
            yield from self._db.execute(f"{query} ({marks})", (*parameters, *batch))


def _damaged(path: Path, error: sqlite3.Error) -> LookbookDamagedError:
    return LookbookDamagedError(
        f"{path} is damaged ({error}): delete it; the next build makes it again, and nothing else is lost"
    )
