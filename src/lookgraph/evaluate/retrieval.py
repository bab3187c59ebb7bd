"""Does a space bring photos together that people would call alike?

Held-out photos search the gallery by cosine; an answer is relevant if its attribute has the query's
value. Of one query's ranked answers, with rel_r = 1 where the answer at rank r is relevant:

    P@k   = (1/k) sum_{r<=k} rel_r
    AP@10 = sum_{r<=10} P@r rel_r / min(10, n_relevant)

Micro means average over queries, macro means over the classes of the queries. A query without the
attribute, or without any relevant item in the gallery, is left out and counted; so is a gallery item
without the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from lookgraph.config import EvaluateSettings
from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.bootstrap import GroupBootstrap, macro_mean, micro_mean
from lookgraph.evaluate.splits import Split
from lookgraph.evaluate.values import Metrics, Value, undefined
from lookgraph.vector_search import faiss

Half = Literal["validation", "test"]
"""Of the held-out photos: those that may be chosen by, and those that are reported on."""

DEPTH: Final = 10
SCORES: Final = ("precision_at_1", "precision_at_5", "precision_at_10", "map_at_10")
FORMULAS: Final = {
    "precision_at_k": "relevant answers among the first k, over k",
    "map_at_10": "mean over queries of AP@10 = sum over r <= 10 of P@r * rel_r, over min(10, n_relevant)",
    "micro": "mean over queries",
    "macro": "mean over the query's classes of each class's mean",
    "chance": "expected precision of a random order: mean over queries of the gallery's share of relevant items",
    "interval": "95 % percentile bootstrap over groups of queries",
}


@dataclass(frozen=True)
class RetrievalTask:
    """Who searches whom, the same for every space.

    Attributes:
        queries: (n_queries,) int64 positions of items, ascending.
        gallery: (n_gallery,) int64 positions of items, ascending.
        group: (n_queries,) int64: queries that are drawn together in the bootstrap.
        labels: The attributes that make an answer relevant.
    """

    queries: np.ndarray
    gallery: np.ndarray
    group: np.ndarray
    labels: Mapping[str, Labels]


@dataclass(frozen=True)
class SpaceVectors:
    """One space: (n_queries, d) and (n_gallery, d) float32 rows of unit length (or zero)."""

    queries: np.ndarray
    gallery: np.ndarray


@dataclass(frozen=True)
class RetrievalResult:
    """Every query's scores in every space.

    Attributes:
        task: What was measured.
        spaces: The spaces' names.
        scores: Attribute -> (n_queries, n_spaces, 4) float64, columns as in ``SCORES``; NaN for a query
            that is left out, in all spaces alike.
        chance: Attribute -> (n_queries,) float64 share of relevant items in the gallery, NaN likewise.
        answers: Space -> (n_queries, <= 10) int64 positions of items, most similar first.
    """

    task: RetrievalTask
    spaces: tuple[str, ...]
    scores: dict[str, np.ndarray]
    chance: dict[str, np.ndarray]
    answers: dict[str, np.ndarray]

    def average_precision(self, space: str, attributes: list[str]) -> np.ndarray:
        """(n_queries, n_attributes) float64 AP@10."""
        column = self.spaces.index(space)
        rows = [self.scores[name][:, column, SCORES.index("map_at_10")] for name in attributes]
        return np.stack(rows, axis=1) if rows else np.empty((len(self.task.queries), 0))


def make_task(split: Split, half: Half, labels: Mapping[str, Labels], settings: EvaluateSettings) -> RetrievalTask:
    """The queries of a half and the gallery, sampled (seeded) down to the settings' limits."""
    rng = np.random.default_rng([settings.seed, 1])
    gallery = _sample(split.gallery, settings.max_gallery, rng)
    queries = _sample(split.validation if half == "validation" else split.test, settings.max_queries, rng)
    return RetrievalTask(queries, gallery, split.group[queries], dict(labels))


def measure_retrieval(task: RetrievalTask, spaces: Mapping[str, SpaceVectors]) -> RetrievalResult:
    """Search exactly in every space and score every query for every attribute."""
    found: dict[bytes, dict[str, np.ndarray]] = {}  # attributes without a null share one search

    def search(among: np.ndarray) -> dict[str, np.ndarray]:
        key = among.tobytes()
        if key not in found:
            found[key] = {space: _search(vectors, among) for space, vectors in spaces.items()}
        return found[key]

    scores, chance = {}, {}
    for name, labels in task.labels.items():
        query_label, gallery_label = labels.codes[task.queries], labels.codes[task.gallery]
        labelled = np.flatnonzero(gallery_label >= 0)
        n_relevant = _count_relevant(query_label, gallery_label, labels.n_classes)
        ranked = search(labelled).values()
        scores[name] = np.stack(
            [score_queries(gallery_label[positions] == query_label[:, None], n_relevant) for positions in ranked],
            axis=1,
        )
        chance[name] = np.where(n_relevant > 0, n_relevant / max(len(labelled), 1), np.nan)
    answers = {space: task.gallery[positions] for space, positions in search(np.arange(len(task.gallery))).items()}
    return RetrievalResult(task, tuple(spaces), scores, chance, answers)


def score_queries(relevant: np.ndarray, n_relevant: np.ndarray) -> np.ndarray:
    """P@1, P@5, P@10 and AP@10 of ranked answers.

    Args:
        relevant: (n_queries, depth <= 10) bool, best answer first.
        n_relevant: (n_queries,) int64 relevant items in the whole gallery.

    Returns:
        (n_queries, 4) float64, columns as in ``SCORES``; NaN rows where nothing is relevant.
    """
    hits = np.zeros((len(relevant), DEPTH))
    hits[:, : relevant.shape[1]] = relevant
    precision = np.cumsum(hits, axis=1) / np.arange(1, DEPTH + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = (precision * hits).sum(1) / np.minimum(DEPTH, n_relevant)
    scores = np.column_stack([precision[:, 0], precision[:, 4], precision[:, 9], average])
    scores[n_relevant == 0] = np.nan
    return scores


def summarise(result: RetrievalResult, settings: EvaluateSettings) -> Metrics:
    """Means and intervals of every attribute and space, and the paired difference gnn - encoder."""
    rng = np.random.default_rng([settings.seed, 2])
    bootstrap = GroupBootstrap(result.task.group, settings.bootstrap, rng)
    return {name: _summarise_attribute(result, name, bootstrap) for name in result.task.labels}


def _summarise_attribute(result: RetrievalResult, name: str, bootstrap: GroupBootstrap) -> Metrics:
    labels = result.task.labels[name]
    query_label = labels.codes[result.task.queries]
    scores = result.scores[name]
    flat = scores.reshape(len(scores), -1)  # one column a space and score, spaces outside
    micro, macro = bootstrap.micro(flat), bootstrap.macro(flat, query_label)
    answerable = np.isfinite(result.chance[name])
    spaces: Metrics = {}
    for i, space in enumerate(result.spaces):
        spaces[space] = {"micro": {}, "macro": {}}
        for j, score in enumerate(SCORES):
            column = i * len(SCORES) + j
            one = flat[:, column]
            spaces[space]["micro"][score] = bootstrap.interval(one, micro_mean(one), micro[:, column])
            spaces[space]["macro"][score] = bootstrap.interval(one, macro_mean(one, query_label), macro[:, column])
    return {
        "n_classes": labels.n_classes,
        "n_queries": int(answerable.sum()),
        "left_out": {
            "without_a_value": int((query_label < 0).sum()),
            "without_a_relevant_item": int(((query_label >= 0) & ~answerable).sum()),
        },
        "chance": {"value": micro_mean(result.chance[name])} if answerable.any() else undefined("no query is left"),
        "spaces": spaces,
        "gnn_minus_encoder": _difference(result, name, bootstrap, micro),
    }


def _difference(result: RetrievalResult, name: str, bootstrap: GroupBootstrap, micro: np.ndarray) -> Value:
    """mAP@10 (micro) of gnn - encoder, with its paired interval."""
    if not {"gnn", "encoder"} <= set(result.spaces):
        return undefined("the graph network could not be trained on the held-in items")
    score = SCORES.index("map_at_10")
    gnn, encoder = result.spaces.index("gnn"), result.spaces.index("encoder")
    gain = result.scores[name][:, gnn, score] - result.scores[name][:, encoder, score]
    rounds = micro[:, gnn * len(SCORES) + score] - micro[:, encoder * len(SCORES) + score]
    return bootstrap.interval(gain, micro_mean(gain), rounds)


def _count_relevant(query_label: np.ndarray, gallery_label: np.ndarray, n_classes: int) -> np.ndarray:
    counts = np.bincount(gallery_label[gallery_label >= 0], minlength=n_classes)
    return np.where(query_label >= 0, counts[query_label], 0)


def _search(vectors: SpaceVectors, among: np.ndarray) -> np.ndarray:
    """(n_queries, <= 10) positions in the gallery, most similar first, of the rows ``among`` only."""
    depth = min(DEPTH, len(among))
    if depth == 0 or len(vectors.queries) == 0:
        return np.empty((len(vectors.queries), depth), np.int64)
    rows = vectors.gallery if len(among) == len(vectors.gallery) else vectors.gallery[among]
    gallery = np.ascontiguousarray(rows, np.float32)
    queries = np.ascontiguousarray(vectors.queries, np.float32)
    _, positions = faiss.knn(queries, gallery, depth, metric=faiss.METRIC_INNER_PRODUCT)
    return among[positions]


def _sample(items: np.ndarray, at_most: int, rng: np.random.Generator) -> np.ndarray:
    return items if len(items) <= at_most else np.sort(rng.choice(items, at_most, replace=False))
