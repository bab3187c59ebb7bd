"""Similar by shape, or by colour: nearest in the glances of what a photo shows, framed by its content."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Literal

import numpy as np

from lookgraph.index import FaissIndex

Look = Literal["shape", "colour"]
_FRAMED: Final = 2  # the glance that is framed by the photo's content
_BRIGHT: Final = 64
_EXACT_UP_TO: Final = 200_000


class Looks:
    """Two small spaces beside the searched one.

    Shape is how brightness is spread over the framed content, whatever its level and contrast; colour is what
    brightness and hues it has, wherever they are.
    """

    def __init__(self, glances: np.ndarray) -> None:
        self._glances = glances

    def nearest(self, node: int, look: Look, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(k,) nodes, nearest first, and (k,) their cosines in that space; the photo itself is left out."""
        vectors, index = self._shape if look == "shape" else self._colour
        scores, nodes = index.search(vectors[[node]], min(k + 1, len(vectors)))
        other = (nodes[0] != node) & (nodes[0] >= 0)
        return nodes[0][other][:k], scores[0][other][:k]

    @cached_property
    def _shape(self) -> tuple[np.ndarray, FaissIndex]:
        bright = np.asarray(self._glances[:, _FRAMED, :_BRIGHT], np.float32)
        return _indexed(bright - bright.mean(axis=1, keepdims=True))

    @cached_property
    def _colour(self) -> tuple[np.ndarray, FaissIndex]:
        framed = np.asarray(self._glances[:, _FRAMED], np.float32)
        bright = framed[:, :_BRIGHT].reshape(-1, 8, 8)[:, 2:6, 2:6].reshape(len(framed), -1)
        hues = framed[:, _BRIGHT:].reshape(-1, 2, 4, 4)[:, :, 1:3, 1:3].reshape(len(framed), 2, -1)
        facts = np.concatenate(
            [
                bright.mean(axis=1, keepdims=True) - 128,
                0.5 * bright.std(axis=1, keepdims=True),
                hues.mean(axis=2) - 256,
            ],
            axis=1,
        )
        # A constant beside the facts makes a cosine fall with their distance, also where all are near zero.
        return _indexed(np.concatenate([facts, np.full((len(facts), 1), 64.0)], axis=1))


def _indexed(values: np.ndarray) -> tuple[np.ndarray, FaissIndex]:
    length = np.linalg.norm(values, axis=1, keepdims=True)
    unit = np.ascontiguousarray(values / np.maximum(length, 1e-6), np.float32)
    return unit, FaissIndex.build(unit, exact_up_to=_EXACT_UP_TO)
