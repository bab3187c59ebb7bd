"""Which photos judge the training? A share of them, with nothing alike among those that are learnt from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lookgraph.encoder.training.objective import UNKNOWN
from lookgraph.encoder.training.targets import Target
from lookgraph.errors import SourceError
from lookgraph.vector_search import faiss

NEAR_BITS, NEAR_LEVELS = 4, 12.0
_THUMBNAIL_PX = 24
_LARGEST_UNIT = 2 / 3  # of the validation
_CHUNK = 4096


@dataclass(frozen=True)
class Split:
    """Two disjoint sets of photos.

    Attributes:
        train: Rows that are learnt from, ascending; a photo without a value in any target is on neither side.
        validation: Rows that judge, ascending.
        units: (n_photos,) int64: photos that are one, or of one group; a unit is never on both sides.
    """

    train: np.ndarray
    validation: np.ndarray
    units: np.ndarray


def split_photos(
    units: np.ndarray, targets: list[Target], fraction: float, rng: np.random.Generator, seen: np.ndarray | None = None
) -> Split:
    """Draw units for the validation until their photos are the wanted share.

    A unit that alone is most of the share stays with the training: what judges must be of several units, since photos
    of one do not answer each other. Units of which the starting weights have learnt a photo do not judge either, unless
    the others are less than half of the wanted share.

    Args:
        units: (n_photos,) int64, see :func:`unite`.
        targets: What is learnt; the split must leave something to learn and to judge of each.
        fraction: Of the photos that judge.
        rng: The only source of chance.
        seen: (n_photos,) bool: those that the starting weights have learnt from; None: none of them.

    Raises:
        SourceError: too few photos, or too few units, for two sides.
    """
    labelled = np.any([target.labels != UNKNOWN for target in targets], axis=0)
    sizes = np.bincount(units, labelled)
    wanted = fraction * labelled.sum()
    fit = np.bincount(units, np.zeros(len(units)) if seen is None else seen) == 0
    if sizes[fit].sum() < wanted / 2:
        fit[:] = True
    chosen, n = np.zeros(len(sizes), bool), 0
    for unit in rng.permutation(len(sizes)):
        if not fit[unit] or not sizes[unit]:
            continue
        lands_closer = abs(n + sizes[unit] - wanted) < wanted - n
        if lands_closer and sizes[unit] <= max(1, wanted * _LARGEST_UNIT):
            chosen[unit] = True
            n += int(sizes[unit])
    judging = chosen[units]
    split = Split(np.flatnonzero(~judging & labelled), np.flatnonzero(judging & labelled), units)
    for target in targets:
        _check(split, target)
    return split


def has_answer(labels: np.ndarray, units: np.ndarray) -> np.ndarray:
    """(n,) bool: is there a photo of the same class in another unit, so that the nearest neighbour can be right?

    Args:
        labels: (n,) int64 classes, or ``UNKNOWN``, which never has an answer.
        units: (n,) int64.
    """
    _, of_class, n_class = np.unique(labels, return_inverse=True, return_counts=True)
    pairs = np.stack([labels, units])
    _, of_pair, n_pair = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    answered: np.ndarray = (n_class[of_class] > n_pair[of_pair]) & (labels != UNKNOWN)
    return answered


def unite(groups: np.ndarray, content: np.ndarray, hashes: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Number the units: photos of one group, equal photos, and near duplicates belong together, and so on along.

    Near duplicates are as in the recipe of the weights that ship: perceptual hashes within ``NEAR_BITS`` bits, and
    thumbnails that differ by under ``NEAR_LEVELS`` of 255. The hash alone would chain a shop's shoes together.

    Args:
        groups: (n,) int64.
        content: (n,) strings or integers, equal for equal photos.
        hashes: (n,) uint64 perceptual hashes.
        small: (n, side, side, 3) uint8.

    Returns:
        (n,) int64 from 0 on.
    """
    n = len(groups)
    left, right = _near_pairs(np.ascontiguousarray(hashes, np.uint64))
    alike = _differences(left, right, small) < NEAR_LEVELS
    links = [(left[alike], right[alike]), _chain(groups), _chain(np.unique(content, return_inverse=True)[1])]
    first, second = np.concatenate([a for a, _ in links]), np.concatenate([b for _, b in links])
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(n, n))
    units: np.ndarray = connected_components(graph, directed=False)[1].astype(np.int64)
    return units


def _chain(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Link every row to the next one with its label."""
    order = np.argsort(labels, kind="stable")
    same = labels[order[1:]] == labels[order[:-1]]
    return order[:-1][same], order[1:][same]


def _near_pairs(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes = hashes.view(np.uint8).reshape(-1, 8)
    index = faiss.IndexBinaryFlat(64)
    index.add(codes)
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for begin in range(0, len(codes), _CHUNK):
        limits, _, right = index.range_search(codes[begin : begin + _CHUNK], NEAR_BITS + 1)
        left = begin + np.repeat(np.arange(len(limits) - 1), np.diff(limits).astype(np.int64))
        later = right > left
        lefts.append(left[later])
        rights.append(right[later])
    return np.concatenate(lefts), np.concatenate(rights)


def _differences(left: np.ndarray, right: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Root mean square over the thumbnails of each pair."""
    rows, place = np.unique(np.concatenate([left, right]), return_inverse=True)
    size = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    thumbnails = [np.asarray(Image.fromarray(small[i]).resize(size, Image.Resampling.BOX), np.float32) for i in rows]
    if not thumbnails:
        return np.zeros(0)
    flat = np.stack(thumbnails).reshape(len(rows), -1)
    first, second = place[: len(left)], place[len(left) :]
    parts = [np.zeros(0)]
    for begin in range(0, len(left), _CHUNK):
        window = slice(begin, begin + _CHUNK)
        parts.append(np.sqrt(np.mean((flat[first[window]] - flat[second[window]]) ** 2, axis=1)))
    return np.concatenate(parts)


def _check(split: Split, target: Target) -> None:
    remedy = "add photos, choose another train.group_by or target, or change train.validation_fraction"
    learnt = np.unique(target.labels[split.train])
    if (learnt != UNKNOWN).sum() < 2:
        raise SourceError(
            f"target {target.name!r}: {len(split.train)} photos remain to learn from, with under two of its"
            f" {len(target.classes)} values ({len(split.validation)} photos judge): {remedy}"
        )
    if not has_answer(target.labels[split.validation], split.units[split.validation]).any():
        raise SourceError(
            f"target {target.name!r}: no two of the {len(split.validation)} photos that would judge share a value and"
            f" are of different groups, so nothing can be measured: {remedy}"
        )
