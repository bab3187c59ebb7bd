"""Photos in, embeddings out, in a stream: workers decode the next photos while the network sees these."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from lookgraph.encoder.inference import EmbeddingRuntime
from lookgraph.photos import Photo, PhotoRef, PhotoWorkers, Rejection

T = TypeVar("T")


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

    Memory holds a few batches more than the runtime has threads, at any length.
    """
    for good, embeddings, refused in _embedded(workers.decode(refs), runtime, lambda photo: photo.pixels):
        done = (EmbeddedPhoto(ref, photo, row) for (ref, photo), row in zip(good, embeddings, strict=True))
        yield [*refused, *done]


def embed_only(
    refs: Iterable[PhotoRef], workers: PhotoWorkers, runtime: EmbeddingRuntime
) -> Iterator[tuple[list[str], np.ndarray, list[Rejection]]]:
    """Embed photos of which nothing else is wanted: no thumbnail is made, a large JPEG is decoded small.

    Yields:
        A batch at a time, in the order of ``refs``: ids, their (n, 128) float32 embeddings, and what was refused.
    """
    for good, embeddings, refused in _embedded(workers.pixels(refs), runtime, lambda pixels: pixels):
        yield [ref.id for ref, _ in good], embeddings, refused


def _embedded(
    decoded: Iterator[tuple[PhotoRef, T | Rejection]], runtime: EmbeddingRuntime, pixels_of: Callable[[T], np.ndarray]
) -> Iterator[tuple[list[tuple[PhotoRef, T]], np.ndarray, list[Rejection]]]:
    """What was decoded with its embeddings, and what was refused, a batch at a time."""
    under_way: deque[tuple[list[tuple[PhotoRef, T]], list[Rejection]]] = deque()

    def batches() -> Iterator[np.ndarray]:
        while batch := list(islice(decoded, runtime.batch_size)):
            good = [(ref, result) for ref, result in batch if not isinstance(result, Rejection)]
            under_way.append((good, [result for _, result in batch if isinstance(result, Rejection)]))
            pictures = [pixels_of(result) for _, result in good]
            yield np.stack(pictures) if pictures else np.zeros((0, runtime.side_px, runtime.side_px, 3), np.uint8)

    for embeddings in runtime.stream(batches()):
        good, refused = under_way.popleft()
        yield good, embeddings, refused
