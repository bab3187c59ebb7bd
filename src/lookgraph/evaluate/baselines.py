"""What do spaces reach that nobody had to learn? The measures that a trained space has to beat.

- ``pixels``: the photo itself, 32 x 32 RGB less the gallery's mean photo.
- ``hog``: histograms of oriented gradients, the classic descriptor of shape.
- ``neighbour average``: an embedding averaged with those of its nearest items. It uses the graph as the
  graph network does, without any training, and is the baseline that the network has to justify itself by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from PIL import Image, ImageOps
from skimage.feature import hog

from lookgraph.gnn import class_counts, fill_unknown, join, one_hot
from lookgraph.graph import nearest
from lookgraph.progress import Progress
from lookgraph.vector_search import faiss

_PIXEL_SIDE: Final = 32
_HOG_SIDE: Final = 64
_WHITE: Final = (255, 255, 255)


def picture_vectors(
    thumbnail: Callable[[int], Image.Image], items: np.ndarray, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and gradients of some items, each thumbnail decoded once.

    Args:
        thumbnail: RGB picture of an item.
        items: (n,) int64 positions.
        progress: Advances by one an item.

    Returns:
        (n, 3072) float32 pixels in 0..1 and (n, 1764) float32 HOG. Photos are padded to a white square.

    Source: Dalal and Triggs 2005 for HOG and its parameters: 9 orientations, 8 x 8 pixel cells, 2 x 2 cell
    blocks, L2-Hys; on a 64 x 64 window.
    """
    pixels = np.empty((len(items), _PIXEL_SIDE * _PIXEL_SIDE * 3), np.float32)
    gradients = np.empty((len(items), (_HOG_SIDE // 8 - 1) ** 2 * 2 * 2 * 9), np.float32)
    for row, item in enumerate(items):
        square = ImageOps.pad(thumbnail(int(item)).convert("RGB"), (_HOG_SIDE, _HOG_SIDE), color=_WHITE)
        pixels[row] = np.asarray(square.reduce(_HOG_SIDE // _PIXEL_SIDE), np.float32).ravel() / 255
        gradients[row] = hog(
            np.asarray(square.convert("L")),
            orientations=9,
            pixels_per_cell=(8, 8),
            cells_per_block=(2, 2),
            block_norm="L2-Hys",
        )
        progress.advance()
    return pixels, gradients


def neighbour_average(embeddings: np.ndarray, fit: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    """Average an item's embedding with those of its k most similar fit items.

    Args:
        embeddings: (n_items, d) float32 unit rows.
        fit: (n_fit,) int64 positions, ascending, of the items that may be neighbours.
        items: (n,) int64 positions; a fit item is not its own neighbour.
        k: Neighbours; fewer where there are fewer fit items.

    Returns:
        (n, d) float32 unit rows: the mean of the item and its neighbours, normalised.
    """
    depth = min(k + 1, len(fit))
    queries = np.ascontiguousarray(embeddings[items], np.float32)
    _, nearest = faiss.knn(
        queries, np.ascontiguousarray(embeddings[fit], np.float32), depth, metric=faiss.METRIC_INNER_PRODUCT
    )
    neighbour = fit[nearest]
    another = neighbour != items[:, None]
    keep = another & (np.cumsum(another, axis=1) <= k)
    total = queries.copy()
    for column in range(depth):
        total += embeddings[neighbour[:, column]] * keep[:, column, None]
    return unit_or_zero_rows(total)


def neighbour_vote(
    embeddings: np.ndarray, codes: Mapping[str, np.ndarray], fit: np.ndarray, items: np.ndarray, k: int, weight: float
) -> np.ndarray:
    """The declared labels beside the encoder's embedding, untrained: what the network's attention has to beat.

    A fit item has its own labels; where it has none, and for other items, the plain mean of the k most similar fit
    items' counts.

    Args:
        embeddings: (n_items, d) float32 unit rows.
        codes: Declared columns to (n_items,) int64 classes, -1 where unknown.
        fit: (n_fit,) int64 positions of the items whose labels are known.
        items: (n,) int64 positions.
        k: Neighbours; fewer where there are fewer fit items.
        weight: Of the labels in the space, as ``gnn.label_channel``.

    Returns:
        (n, d + n_classes) float32 unit rows.
    """
    known = one_hot(codes)
    neighbours = nearest(embeddings[items], embeddings[fit], min(k, len(fit)))[1]
    own = known[items] * np.isin(items, fit)[:, None]
    return join(embeddings[items], fill_unknown(own, known[fit][neighbours].mean(1), class_counts(codes)), weight)


def told_class(embeddings: np.ndarray, codes: np.ndarray, fit: np.ndarray, items: np.ndarray, k: int) -> np.ndarray:
    """The class that an item's most similar fit items have, each counting as much as it is similar.

    Args:
        embeddings: (n_items, d) float32 unit rows.
        codes: (n_items,) int64 classes, -1 where unknown.
        fit: (n_fit,) int64 positions of the items whose classes may be known; at least one is.
        items: (n,) int64 positions, none of them in ``fit``.
        k: Neighbours of known class; fewer where there are fewer.

    Returns:
        (n,) int64.
    """
    known = fit[codes[fit] >= 0]
    similarity, neighbours = nearest(embeddings[items], embeddings[known], min(k, len(known)))
    votes = np.zeros((len(items), int(codes[known].max()) + 1), np.float32)
    np.add.at(votes, (np.arange(len(items))[:, None], codes[known][neighbours]), 1 + similarity)
    classes: np.ndarray = votes.argmax(axis=1)
    return classes


def unit_or_zero_rows(vectors: np.ndarray) -> np.ndarray:
    """The same rows at length one; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: np.ndarray = (vectors / np.maximum(norms, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled
