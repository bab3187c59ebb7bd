"""In which order are the photos shown? Shuffled, and rare classes more often than they occur."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lookgraph.encoder.training.objective import UNKNOWN

_MOST_REPEATS = 4


class RepeatFactorSampler:
    """Endless shuffled epochs in which photos of rare classes come up to four times.

    A photo's repeat factor is the square root of how much rarer than usual the rarest of its classes is; its fraction
    is drawn anew every epoch.

    Source: repeat factors of Gupta et al. 2019, arXiv 1908.03195.
    """

    def __init__(self, labels: Iterable[np.ndarray], rng: np.random.Generator, usual: int = 0) -> None:
        """Weigh the photos.

        Args:
            labels: (n_photos,) int64 classes of each target, or ``UNKNOWN``; at least one target.
            rng: The only source of chance.
            usual: Photos from which on a class is not rare; 0: a target's mean.
        """
        self._rng = rng
        self.factors = np.max([_repeat_factors(label, usual) for label in labels], axis=0)
        self._rows = np.zeros(0, np.int64)

    def take(self, n: int) -> np.ndarray:
        """(n,) int64: the next photos, sorted, since their order within a batch does not matter."""
        while len(self._rows) < n:
            repeats = (self.factors + self._rng.random(len(self.factors))).astype(np.int64)
            again = self._rng.permutation(np.repeat(np.arange(len(repeats)), repeats))
            self._rows = np.concatenate([self._rows, again])
        taken, self._rows = self._rows[:n], self._rows[n:]
        return np.sort(taken)


def _repeat_factors(label: np.ndarray, usual: int) -> np.ndarray:
    known = label != UNKNOWN
    factor = np.ones(len(label))
    if known.any():
        counts = np.bincount(label[known])
        wanted = usual or counts[counts > 0].mean()
        factor[known] = np.sqrt(wanted / np.maximum(counts, 1)).clip(1, _MOST_REPEATS)[label[known]]
    return factor
