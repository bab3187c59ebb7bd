"""Photos in, embeddings out, in a stream: workers decode the next photos while the network sees these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lookgraph.encoder.inference import EmbeddingRuntime
from lookgraph.photos import Photo, PhotoRef, PhotoWorkers, Rejection


@dataclass(frozen=True, slots=True)
class EmbeddedPhoto:
    """One photo that went all the way.

    Attributes:
        embedding: (128,) float32, unit length.
    """

    ref: PhotoRef
    photo: Photo
    embedding: np.ndarray


def embed_photos(
    refs: Iterable[PhotoRef], workers: PhotoWorkers, runtime: EmbeddingRuntime
) -> Iterator[list[EmbeddedPhoto | Rejection]]:
    """Decode and embed, a batch at a time in the order of ``refs``, within a batch what was refused first.

    Memory holds a few batches at any length.
    """
    decoded = workers.decode(refs)
    while batch := list(islice(decoded, runtime.batch_size)):
        good = [(ref, photo) for ref, photo in batch if isinstance(photo, Photo)]
        bad = [refused for _, refused in batch if isinstance(refused, Rejection)]
        done: list[EmbeddedPhoto | Rejection] = list(bad)
        if good:
            embeddings = runtime.embed(np.stack([photo.pixels for _, photo in good]))
            done += [EmbeddedPhoto(ref, photo, row) for (ref, photo), row in zip(good, embeddings, strict=True)]
        yield done


def embed_only(
    refs: Iterable[PhotoRef], workers: PhotoWorkers, runtime: EmbeddingRuntime
) -> Iterator[tuple[list[str], np.ndarray, list[Rejection]]]:
    """Embed photos of which nothing else is wanted: no thumbnail is made, a large JPEG is decoded small.

    Yields:
        A batch at a time, in the order of ``refs``: ids, their (n, 128) float32 embeddings, and what was refused.
    """
    decoded = workers.pixels(refs)
    while batch := list(islice(decoded, runtime.batch_size)):
        good = [(ref.id, pixels) for ref, pixels in batch if isinstance(pixels, np.ndarray)]
        bad = [refused for _, refused in batch if isinstance(refused, Rejection)]
        yield [name for name, _ in good], runtime.embed(_stacked([pixels for _, pixels in good], runtime)), bad


def _stacked(pictures: list[np.ndarray], runtime: EmbeddingRuntime) -> np.ndarray:
    return np.stack(pictures) if pictures else np.zeros((0, runtime.side_px, runtime.side_px, 3), np.uint8)
