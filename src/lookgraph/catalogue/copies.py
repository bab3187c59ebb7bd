"""Are two pictures copies of one photo? Their pixels decide: scaled, re-encoded and lightly cropped copies are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from lookgraph.catalogue.registration import Registration, brightness_left, register, register_finely, smoothed
from lookgraph.catalogue.small_pictures import SmallPictures
from lookgraph.config import CatalogueSettings
from lookgraph.processor import n_cores

_COARSE_SIDE, _COARSE_BLUR, _COARSE_STEPS, _COARSE_LEFT = 8, 0.7, 2, 0.9
_MIDDLE_SIDE, _MIDDLE_BLUR, _MIDDLE_STEPS, _MIDDLE_LEFT = 24, 1.0, 3, 1.7
_FINE_STEPS: Final = 4
_CUT_TOLERANCE: Final = 0.01
_BLOCK: Final = 512


def copy_distance(pictures: SmallPictures, pairs: np.ndarray, settings: CatalogueSettings) -> np.ndarray:
    """How far is a pair from showing one photo?

    Args:
        pictures: Of n photos.
        pairs: (n_pairs, 2) int64 rows of ``pictures``.
        settings: ``duplicate_crop_fraction``, ``duplicate_brightness_levels`` and ``duplicate_colour_levels``.

    Returns:
        (n_pairs,) float32: the larger of the two differences, as a share of what the settings allow, so that up to 1
        is one photo; infinite where the pictures do not lie on each other, or too much is cut off.
    """
    used, places = np.unique(pairs, return_inverse=True)
    coarse = np.zeros((len(used), _COARSE_SIDE, _COARSE_SIDE), np.float32)
    for begin in range(0, len(used), _BLOCK):
        part = slice(begin, begin + _BLOCK)
        coarse[part] = smoothed(pictures.planes[used[part], 0], _COARSE_SIDE, _COARSE_BLUR)
    places = places.reshape(pairs.shape)
    blocks = [places[begin : begin + _BLOCK] for begin in range(0, len(pairs), _BLOCK)]
    with ThreadPoolExecutor(n_cores()) as threads:
        measured = list(threads.map(lambda block: _distance(pictures, used, coarse, block, settings), blocks))
    return np.concatenate([np.zeros(0, np.float32), *measured])


def _distance(
    pictures: SmallPictures, rows: np.ndarray, coarse: np.ndarray, pairs: np.ndarray, settings: CatalogueSettings
) -> np.ndarray:
    """Coarse squares first: they dismiss most pairs, for a hundredth of the work. ``pairs`` are places in ``rows``."""
    distance = np.full(len(pairs), np.inf, np.float32)
    pairs, where, left = _registered_coarsely(coarse, pairs)
    kept = np.flatnonzero(left < _COARSE_LEFT)
    where, pairs = where.take(kept), rows[pairs[kept]]
    squares = (smoothed(pictures.planes[pairs[:, end], 0], _MIDDLE_SIDE, _MIDDLE_BLUR) for end in (0, 1))
    where, left = _placed(next(squares), next(squares), where, _MIDDLE_STEPS)
    still = left < _MIDDLE_LEFT
    where, pairs, kept = where.take(still), pairs[still], kept[still]
    where, difference = register_finely(pictures.take(pairs[:, 0]), pictures.take(pairs[:, 1]), where, _FINE_STEPS)
    brightness = difference.brightness / settings.duplicate_brightness_levels
    colour = difference.colour / settings.duplicate_colour_levels
    cut_little = where.cut_fraction() <= settings.duplicate_crop_fraction + _CUT_TOLERANCE
    distance[kept] = np.where(cut_little, np.maximum(brightness, colour), np.inf)
    return distance


def _registered_coarsely(coarse: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, Registration, np.ndarray]:
    """The pairs, where they lie, and what is left.

    A registration may fail from one side and succeed from the other, so both are tried. The pairs come back turned
    so that the second picture shows less, as a crop does: sampled as wide as it is, it is blurred no further.
    """
    found = []
    for first, second in (pairs.T, pairs.T[::-1]):
        where = register(coarse[first], coarse[second], Registration.unmoved(len(pairs)), _COARSE_STEPS)
        turned = where.zoom.prod(axis=1) < 1
        where = Registration.either(turned, where.inverted(), where)
        first, second = np.where(turned, second, first), np.where(turned, first, second)
        found.append((first, second, *_placed(coarse[first], coarse[second], where, 1)))
    (first, second, where, left), (other_first, other_second, other_where, other_left) = found
    better = other_left < left
    turned_pairs = np.stack([np.where(better, other_first, first), np.where(better, other_second, second)], axis=1)
    return turned_pairs, Registration.either(better, other_where, where), np.minimum(left, other_left)


def _placed(
    first: np.ndarray, second: np.ndarray, start: Registration, n_steps: int
) -> tuple[Registration, np.ndarray]:
    where = register(first, second, start, n_steps)
    return where, brightness_left(first, second, where)
