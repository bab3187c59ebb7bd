"""How good is an encoder on photos that it has not learnt from? Does the nearest neighbour share the class?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lookgraph.encoder.training.split import has_answer
from lookgraph.encoder.training.targets import Target

_CHUNK = 1024


@dataclass(frozen=True)
class Score:
    """Precision at 1 on the photos that judge.

    Attributes:
        by_target: Share of the photos whose nearest neighbour has their class.
        right: (n,) float32: that share over the targets, photo by photo; NaN where no target has an answer.
    """

    by_target: dict[str, float]
    right: np.ndarray

    @property
    def mean(self) -> float:
        """Over the targets, each counting alike."""
        return float(np.mean(list(self.by_target.values())))


def precision_at_1(embeddings: np.ndarray, targets: list[Target], units: np.ndarray) -> Score:
    """Have every photo search the others, those of its own unit left out.

    Photos whose class is unknown neither search nor answer, and one without an answer (no photo of its class in
    another unit) does not search.

    Args:
        embeddings: (n, dim) float32, unit length.
        targets: Their labels are of these n photos.
        units: (n,) int64: photos that are one, or of one group.
    """
    by_target, rights = {}, []
    for target in targets:
        right = _right(embeddings, target.labels, units)
        by_target[target.name] = float(np.nanmean(right)) if np.isfinite(right).any() else math.nan
        rights.append(right)
    stacked = np.stack(rights)
    judged = np.isfinite(stacked).any(axis=0)
    mean = np.full(len(units), np.nan, np.float32)
    mean[judged] = np.nanmean(stacked[:, judged], axis=0)
    return Score(by_target, mean)


def gain_with_error(before: np.ndarray, after: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """The mean gain per photo and its standard error, for photos that come in units.

    Args:
        before: (n,) share of right answers, NaN where there is none.
        after: The same of another encoder.
        units: (n,) int64: photos of one unit do not count as independent.
    """
    judged = np.isfinite(before) & np.isfinite(after)
    gain = (after - before)[judged].astype(np.float64)
    _, of_unit = np.unique(units[judged], return_inverse=True)
    sums = np.bincount(of_unit, weights=gain - gain.mean())
    return float(gain.mean()), float(np.sqrt((sums**2).sum()) / len(gain))


def _right(embeddings: np.ndarray, labels: np.ndarray, units: np.ndarray) -> np.ndarray:
    gallery = np.flatnonzero(labels >= 0)
    queries = np.flatnonzero(has_answer(labels, units))
    right = np.full(len(labels), np.nan, np.float32)
    for begin in range(0, len(queries), _CHUNK):
        chunk = queries[begin : begin + _CHUNK]
        cosine = embeddings[chunk] @ embeddings[gallery].T
        cosine[units[chunk][:, None] == units[gallery][None, :]] = -np.inf
        right[chunk] = labels[gallery[cosine.argmax(axis=1)]] == labels[chunk]
    return right
