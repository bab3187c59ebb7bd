"""Every photo decoded once, into files that a training reads as arrays.

Photos go through the killable workers of the photo stage. What they become lies in one folder, each file a plain run
of bytes that is mapped into memory, so that all processes share it and nothing has to fit into memory:

    small.u8        (n, side, side, 3) what the encoder is shown, exactly as at inference
    large.u8        (n, large, large, 3) the same with more room, for a moving camera; only where views are made
    background.u8   (n, large, large) 1 where a studio's white can be replaced; likewise
    photos.parquet  id, content_hash, perceptual_hash; row i describes picture i
    rejected.parquet
    pictures.json   sides and number; written last, so it means that all is there
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.config import PhotoSettings
from lookgraph.encoder.training.backgrounds import studio_background
from lookgraph.errors import SourceError
from lookgraph.photos import PhotoRef, PhotoWorkers, Rejection, Source
from lookgraph.photos.pictures import Picture, make_picture
from lookgraph.progress import Progress

_DONE = "pictures.json"
_ROOM = 1.25  # the camera may move and turn by this much


@dataclass(frozen=True)
class Pictures:
    """The decoded photos of a training.

    Attributes:
        folder: Where the files lie.
        n: How many.
        side_px: Side of the small ones.
        large_px: Side of the large ones; 0: there are none.
    """

    folder: Path
    n: int
    side_px: int
    large_px: int

    def small(self) -> np.ndarray:
        """(n, side_px, side_px, 3) uint8, mapped."""
        return self._mapped("small.u8", (self.n, self.side_px, self.side_px, 3))

    def large(self) -> np.ndarray:
        """(n, large_px, large_px, 3) uint8, mapped."""
        return self._mapped("large.u8", (self.n, self.large_px, self.large_px, 3))

    def background(self) -> np.ndarray:
        """(n, large_px, large_px) uint8, mapped."""
        return self._mapped("background.u8", (self.n, self.large_px, self.large_px))

    def photos(self) -> pa.Table:
        """n rows of ``id``, ``content_hash`` and ``perceptual_hash``."""
        return pq.read_table(self.folder / "photos.parquet")

    def rejections(self) -> list[dict[str, str]]:
        """``id``, ``location``, ``reason`` and ``message`` of every photo or row that is not used."""
        rows: list[dict[str, str]] = pq.read_table(self.folder / "rejected.parquet").to_pylist()
        return rows

    def forget(self) -> None:
        """Delete the pixels; the tables stay."""
        for file in (_DONE, "small.u8", "large.u8", "background.u8"):
            (self.folder / file).unlink(missing_ok=True)

    def _mapped(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return np.memmap(self.folder / name, np.uint8, "r", shape=shape)


def decode_once(
    source: Source, folder: Path, side_px: int, with_large: bool, settings: PhotoSettings, progress: Progress
) -> Pictures:
    """Decode every photo of a source, or find that done.

    Args:
        source: Its photos.
        folder: Where the files belong; it exists.
        side_px: Side of the small pictures.
        with_large: Are views going to be made?
        settings: Limits, and the number of workers.
        progress: Hears of every photo.

    Raises:
        SourceError: not one photo can be used.
    """
    if (folder / _DONE).exists():
        return Pictures(folder, **json.loads((folder / _DONE).read_text("utf-8")))
    large_px = int(side_px * _ROOM) // 2 * 2 if with_large else 0
    kept, rejections = _write(source.refs, folder, side_px, large_px, settings, progress)
    rejections = [*source.rejections, *rejections]
    if not kept:
        reasons = "; ".join(f"{r.location}: {r.message}" for r in rejections[:3])
        raise SourceError(f"none of {len(rejections)} photos can be used, for example {reasons}")
    columns = {"id": [k[0] for k in kept], "content_hash": [k[1] for k in kept]}
    hashes = pa.array([k[2] for k in kept], pa.uint64())
    pq.write_table(pa.table(columns | {"perceptual_hash": hashes}), folder / "photos.parquet")
    pq.write_table(pa.Table.from_pylist([_row(r) for r in rejections], _REJECTED), folder / "rejected.parquet")
    made = Pictures(folder, len(kept), side_px, large_px)
    facts = {name: value for name, value in asdict(made).items() if name != "folder"}
    aside = folder / f"{_DONE}.aside"
    aside.write_text(json.dumps(facts))
    aside.replace(folder / _DONE)
    return made


_REJECTED = pa.schema([(name, pa.string()) for name in ("id", "location", "reason", "message")])


def _row(rejection: Rejection) -> dict[str, str]:
    return {
        "id": rejection.id,
        "location": rejection.location,
        "reason": str(rejection.reason),
        "message": rejection.message,
    }


def _write(
    refs: list[PhotoRef], folder: Path, side_px: int, large_px: int, settings: PhotoSettings, progress: Progress
) -> tuple[list[tuple[str, str, int]], list[Rejection]]:
    kept: list[tuple[str, str, int]] = []
    rejections: list[Rejection] = []
    work = partial(make_picture, settings=settings, small_px=side_px, large_px=large_px or side_px)
    progress.stage("decode", len(refs))
    with ExitStack() as stack:
        workers = stack.enter_context(PhotoWorkers(settings, side_px))
        small, large, background = (
            stack.enter_context((folder / f"{name}.u8").open("wb")) for name in ("small", "large", "background")
        )  # written, not mapped: a full disk is an error then, not the end of the process
        for ref, result in workers.map(work, refs):
            if isinstance(result, Picture):
                kept.append((ref.id, result.content_hash, result.perceptual_hash))
                small.write(result.small.tobytes())
                if large_px:
                    large.write(result.large.tobytes())
                    background.write(studio_background(result.large).tobytes())
            else:
                rejections.append(result)
            progress.advance()
    return kept, rejections
