"""Which recommendations show best what the searched space does well, usually does, and gets wrong?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lookgraph.evaluate.retrieval import SCORES, RetrievalResult
from lookgraph.evaluate.values import Metrics

_ROWS: Final = 4
_ANSWERS: Final = 5


def pick_examples(result: RetrievalResult, space: str, attribute: str, ids: Sequence[str], seed: int) -> Metrics:
    """Queries of the test half with the highest, the middle and the lowest AP@10, with their first answers.

    Ties, which are many at both ends, are broken by a seeded draw and not by the catalogue's order; a row
    takes each of the query's values once before any twice, so that one class does not fill it.

    Returns:
        ``{"attribute", "space", "best": rows, "typical": rows, "worst": rows}``, a row being ``{"query",
        "value", "average_precision", "answers": [{"id", "value", "relevant"}]}``.
    """
    column = result.spaces.index(space)
    scores = result.scores[attribute][:, column, SCORES.index("map_at_10")]
    labels = result.task.labels[attribute]
    value = labels.codes[result.task.queries]
    shuffled = np.random.default_rng([seed, 4]).permutation(np.flatnonzero(np.isfinite(scores)))
    ascending = shuffled[np.argsort(scores[shuffled], kind="stable")]
    middle = float(np.median(scores[ascending])) if len(ascending) else 0.0
    from_middle = ascending[np.argsort(np.abs(scores[ascending] - middle), kind="stable")]

    def row(query: int) -> Metrics:
        answers = result.answers[space][query][:_ANSWERS]
        return {
            "query": ids[result.task.queries[query]],
            "value": labels.names[value[query]],
            "average_precision": float(scores[query]),
            "answers": [
                {
                    "id": ids[item],
                    "value": labels.names[labels.codes[item]] if labels.codes[item] >= 0 else None,
                    "relevant": bool(labels.codes[item] == value[query]),
                }
                for item in answers
            ],
        }

    report: Metrics = {"attribute": attribute, "space": space}
    taken: set[int] = set()
    for name, order in (("best", ascending[::-1]), ("worst", ascending), ("typical", from_middle)):
        chosen = _varied([int(query) for query in order if int(query) not in taken], scores, value)
        taken.update(chosen)
        report[name] = [row(query) for query in chosen]
    return report


def _varied(order: list[int], scores: np.ndarray, value: np.ndarray) -> list[int]:
    """The first queries of the order; among equal scores, values that are not yet shown come first."""
    chosen: list[int] = []
    left = order
    while left and len(chosen) < _ROWS:
        shown = {int(value[query]) for query in chosen}
        tied = [query for query in left if scores[query] == scores[left[0]]]
        pick = next((query for query in tied if int(value[query]) not in shown), left[0])
        chosen.append(pick)
        left = [query for query in left if query != pick]
    return chosen
