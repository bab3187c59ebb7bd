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
    """Decode and embed, a batch at a time, in the order of ``refs``; memory holds a few batches at any length."""
    decoded = workers.decode(refs)
    while batch := list(islice(decoded, runtime.batch_size)):
        good = [(ref, photo) for ref, photo in batch if isinstance(photo, Photo)]
        bad = [refused for _, refused in batch if isinstance(refused, Rejection)]
        done: list[EmbeddedPhoto | Rejection] = list(bad)
        if good:
            embeddings = runtime.embed(np.stack([photo.pixels for _, photo in good]))
            done += [EmbeddedPhoto(ref, photo, row) for (ref, photo), row in zip(good, embeddings, strict=True)]
        yield done
