"""How sure is a mean over queries? Seeded bootstrap intervals, drawn by group and shared by all scores.

Queries of one group (one product, one photographer) are not independent, so whole groups are drawn:
the cluster bootstrap. Every score of a measurement uses the same draws, so that the interval of a
difference between two spaces is a paired one.

Source: Efron and Tibshirani 1993, chapter 13 (percentile); Field and Welsh 2007 (by cluster).
"""

from __future__ import annotations

import numpy as np

from lookgraph.evaluate.values import Value, defined, undefined

_PERCENTILES = (2.5, 97.5)


class GroupBootstrap:
    """Resamples of the groups of some queries.

    Args:
        group: (n_queries,) int64: queries that are drawn together share a number.
        rounds: Resamples.
        rng: Where the draws come from.
    """

    def __init__(self, group: np.ndarray, rounds: int, rng: np.random.Generator) -> None:
        names, self._member = np.unique(group, return_inverse=True)
        self._n_groups = len(names)
        draws = rng.multinomial(self._n_groups, np.full(self._n_groups, 1 / max(self._n_groups, 1)), size=rounds)
        self._draws = draws.astype(np.float32)  # (rounds, n_groups): how often a group is drawn

    def micro(self, scores: np.ndarray) -> np.ndarray:
        """(rounds, n_scores) means of the resampled rows of (n_queries, n_scores); NaN rows are left out.

        A row is left out of a column only; a resample with nothing left has the mean NaN.
        """
        known = np.isfinite(scores)
        totals = self._per_group(np.where(known, scores, 0.0))
        counts = self._per_group(known.astype(np.float64))
        with np.errstate(invalid="ignore"):
            means: np.ndarray = (self._draws @ totals) / (self._draws @ counts)
        return means

    def macro(self, scores: np.ndarray, label: np.ndarray) -> np.ndarray:
        """(rounds, n_scores): the mean of a resample's class means, over the classes that were drawn.

        Args:
            scores: (n_queries, n_scores); a row is known in every column or in none.
            label: (n_queries,) int64 class of the query.
        """
        known = np.isfinite(scores).all(1)
        totals = np.zeros((len(self._draws), scores.shape[1]))
        n_drawn = np.zeros((len(self._draws), 1))
        for value in np.unique(label[known]):
            rows = np.flatnonzero(known & (label == value))
            groups, member = np.unique(self._member[rows], return_inverse=True)
            sums = np.zeros((len(groups), scores.shape[1]))
            np.add.at(sums, member, scores[rows])
            draws = self._draws[:, groups]
            counts = (draws @ np.bincount(member).astype(np.float32))[:, None]
            totals += (draws @ sums) / np.maximum(counts, 1)
            n_drawn += counts > 0
        with np.errstate(invalid="ignore"):
            means: np.ndarray = totals / n_drawn
        return means

    def interval(self, scores: np.ndarray, value: float, means: np.ndarray) -> Value:
        """A mean with its 95 % percentile interval.

        Args:
            scores: (n_queries,) or (n_queries, n_scores) from which it was made, NaN where unknown.
            value: The mean.
            means: (rounds,) resampled means.
        """
        if not np.isfinite(value):
            return undefined("no query has a relevant item in the gallery")
        if self.n_groups(scores) < 2:
            return {"value": value, "low": None, "high": None, "reason": "one group of queries has no interval"}
        low, high = np.nanpercentile(means, _PERCENTILES)
        return defined(value, float(low), float(high))

    def mean_of_columns(self, scores: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean of the columns' means of (n_queries, n_scores), and its resampled means, one dimension.

        A resample that misses every query of a column is left out, so there may be fewer than rounds, or none.
        """
        means = self.micro(scores)
        complete = means[np.isfinite(means).all(1)]
        return float(np.mean([micro_mean(column) for column in scores.T])), complete.mean(1)

    def n_groups(self, scores: np.ndarray) -> int:
        """How many groups have a query that is known in one of the (n_queries,) or (n_queries, n_scores) scores."""
        return len(np.unique(self._member[np.isfinite(scores.reshape(len(scores), -1)).any(1)]))

    def _per_group(self, rows: np.ndarray) -> np.ndarray:
        sums = np.zeros((self._n_groups, rows.shape[1]))
        np.add.at(sums, self._member, rows)
        return sums


def micro_mean(scores: np.ndarray) -> float:
    """Mean over the known ones of (n_queries,) scores; NaN where none is known."""
    known = scores[np.isfinite(scores)]
    return float(known.mean()) if len(known) else float("nan")


def macro_mean(scores: np.ndarray, label: np.ndarray) -> float:
    """Mean over the classes of the queries of each class's mean, of (n_queries,) scores."""
    known = np.isfinite(scores)
    if not known.any():
        return float("nan")
    _, member = np.unique(label[known], return_inverse=True)
    return float((np.bincount(member, weights=scores[known]) / np.bincount(member)).mean())
