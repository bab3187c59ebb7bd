"""Which photos look so much alike that their pixels are worth comparing?

Every photo is reduced to three glances of 96 numbers each, and meets its nearest neighbours in each:

- the whole photo;
- the photo without a margin, and whole ones: that is what a light crop shows;
- its content, framed by the spread of whatever differs from the photo's border: a crop hardly moves that.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lookgraph.catalogue.small_pictures import SMALL_SIDE_PX, SmallPictures
from lookgraph.vector_search import faiss

_SIDE: Final = 8  # numbers along a glance's side; half as many for its colours
_BLUR: Final = 0.7  # sigma, in a glance's pixels
_MARGIN_FRACTION: Final = 0.045  # of each side: half of what a light crop takes
_FRAME_SPREADS: Final = 2.0  # the content's frame reaches this many standard deviations from its middle
_BORDER_NOISE_LEVELS: Final = 8
_NARROWEST_FRACTION: Final = 0.04
_MEETINGS: Final = ((0, 0), (1, 0), (0, 1), (2, 2))  # whose glance meets whose
_CHUNK: Final = 1024
_EXACT_UP_TO: Final = 10**10  # pairs of photos, a minute's work on two cores; above, cells are searched
_SEARCHED_CELLS: Final = 32  # of 4 sqrt(n); what a search along links finds would differ from run to run
_LEARNED_FROM: Final = 64  # photos for each cell


def glances(pictures: SmallPictures, rows: np.ndarray) -> np.ndarray:
    """(n_rows, 3, 96) float32: the photos of some rows whole, without a margin, and framed by their content."""
    parts = [np.zeros((0, 3, _SIDE * _SIDE * 3 // 2), np.float32)]
    for begin in range(0, len(rows), _CHUNK):
        planes = pictures.planes[rows[begin : begin + _CHUNK]].astype(np.float32)
        whole, inner = (
            np.broadcast_to(np.array([margin, 1 - margin], np.float32), (len(planes), 2, 2))
            for margin in (0, _MARGIN_FRACTION)
        )
        parts.append(np.stack([_glance(planes, frame) for frame in (whole, inner, _content(planes))], axis=1))
    return np.concatenate(parts)


def look_alikes(searching: np.ndarray, gallery: np.ndarray, k: int, exact_up_to: int = _EXACT_UP_TO) -> np.ndarray:
    """(n, at most 4 k) int64: rows of the gallery that look most like each searching photo, -1 where none is left.

    Args:
        searching: (n, 3, 96) float, from :func:`glances`.
        gallery: (n_gallery, 3, 96) float.
        k: Neighbours in each of the glances.
        exact_up_to: Pairs of photos up to which neighbours are exact.
    """
    if not len(gallery) or not len(searching):
        return np.full((len(searching), 0), -1, np.int64)
    exact = len(searching) * len(gallery) <= exact_up_to
    found = [_nearest(searching[:, mine], gallery[:, theirs], k, exact) for mine, theirs in _MEETINGS]
    return np.concatenate(found, axis=1)


def look_alike_pairs(gallery: np.ndarray, k: int) -> np.ndarray:
    """(n_pairs, 2) int64: different pairs of rows, the lower first, that are look-alikes in one direction or both."""
    found = look_alikes(gallery, gallery, min(k + 1, len(gallery)))
    row = np.repeat(np.arange(len(gallery)), found.shape[1])
    other = found.ravel()
    pairs = np.stack([np.minimum(row, other), np.maximum(row, other)], axis=1)
    return np.unique(pairs[(pairs[:, 0] >= 0) & (row != other)], axis=0)


def _nearest(searching: np.ndarray, gallery: np.ndarray, k: int, exact: bool) -> np.ndarray:
    searching, gallery = (np.ascontiguousarray(views, np.float32) for views in (searching, gallery))
    if exact:
        return np.asarray(faiss.knn(searching, gallery, k)[1], np.int64)
    cells = faiss.IndexFlatL2(gallery.shape[1])  # has to outlive the index
    index = faiss.IndexIVFFlat(cells, gallery.shape[1], int(4 * len(gallery) ** 0.5))
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _LEARNED_FROM
    index.train(gallery)
    index.add(gallery)
    index.nprobe = _SEARCHED_CELLS
    return np.asarray(index.search(searching, k)[1], np.int64)


def _glance(planes: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """(n, 96): what lies in each photo's frame, (n, 2, 2) of axis and end, shrunk to 8 x 8 brightnesses and colours."""
    down, right = (_shrinking(frame[:, axis], _SIDE) for axis in (0, 1))
    brightness = down @ planes[:, 0] @ right.transpose(0, 2, 1)
    down, right = (_shrinking(frame[:, axis], _SIDE // 2)[:, None] for axis in (0, 1))
    colours = down @ planes[:, 1:] @ right.transpose(0, 1, 3, 2)
    n = len(planes)
    return np.concatenate([brightness.reshape(n, -1), 2 * colours.reshape(n, -1)], axis=1)  # each stands for 2 x 2


def _shrinking(ends: np.ndarray, side: int) -> np.ndarray:
    """(n, side, 48): weights of a Gaussian that sample the part between two ends, (n, 2), in sides."""
    pixel = (np.arange(SMALL_SIDE_PX, dtype=np.float32) + np.float32(0.5)) / SMALL_SIDE_PX
    steps = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / side
    length = ends[:, 1:] - ends[:, :1]
    sigma = np.maximum(_BLUR * length / side, 0.5 / SMALL_SIDE_PX)
    at = ends[:, :1] + steps * length
    weights = np.exp(-0.5 * ((pixel - at[:, :, None]) / sigma[:, :, None]) ** 2)
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


def _content(planes: np.ndarray) -> np.ndarray:
    """(n, 2, 2): vertical and horizontal ends of the content's frame, in sides; they may lie outside the photo."""
    border = np.concatenate([planes[:, :, 0], planes[:, :, -1], planes[:, :, :, 0], planes[:, :, :, -1]], axis=2)
    background = np.median(border, axis=2)[:, :, None, None]
    weight = np.maximum(np.abs(planes - background).max(axis=1) - _BORDER_NOISE_LEVELS, 0)
    place = (np.arange(SMALL_SIDE_PX, dtype=np.float32) + np.float32(0.5)) / SMALL_SIDE_PX
    frame = []
    for other_axis in (2, 1):
        mass = weight.sum(axis=other_axis) + np.float32(1e-3)
        mass /= mass.sum(axis=1, keepdims=True)
        middle = (mass * place).sum(axis=1, keepdims=True)
        spread = np.sqrt((mass * (place - middle) ** 2).sum(axis=1, keepdims=True))
        reach = _FRAME_SPREADS * np.maximum(spread, _NARROWEST_FRACTION / 2)
        frame.append(np.concatenate([middle - reach, middle + reach], axis=1))
    return np.stack(frame, axis=1)
