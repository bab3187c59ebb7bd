"""Which space should the lookbook search: the encoder's, or the graph network's?

The graph network costs a training and makes every answer harder to explain. It is searched only where
it is measurably better on the validation half; the report measures the choice again, on the test half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from lookgraph.config import Settings
from lookgraph.evaluate.attributes import Labels, retrieval_labels
from lookgraph.evaluate.bootstrap import GroupBootstrap
from lookgraph.evaluate.evidence import FittedGnn, TrainGnn
from lookgraph.evaluate.retrieval import RetrievalTask, SpaceVectors, make_task, measure_retrieval
from lookgraph.evaluate.splits import Split, make_split
from lookgraph.evaluate.trainings import Trainings
from lookgraph.progress import Progress, Silent

_FEWEST_GROUPS: Final = 5


@dataclass(frozen=True)
class SpaceChoice:
    """The space to search, and what speaks for it.

    Attributes:
        space: "encoder" or "gnn".
        reason: One sentence.
        difference: mAP@10 of gnn - encoder, averaged over the attributes that decided: the declared labels, else all,
            also where the network loses over all; None where it was not measured.
        interval: Its 95 % interval, None likewise.
        n_queries: Validation queries behind it.
        fitted: The network that was trained for it; hand it to ``evaluate`` to save a training.
    """

    space: str
    reason: str
    difference: float | None = None
    interval: tuple[float, float] | None = None
    n_queries: int = 0
    fitted: FittedGnn | None = None


def pick_space(
    attributes: pa.Table,
    embeddings: np.ndarray,
    duplicate_group: np.ndarray,
    seen_by_encoder: np.ndarray,
    train_gnn: TrainGnn,
    settings: Settings,
    progress: Progress | None = None,
) -> SpaceChoice:
    """Train on the fit items, measure both spaces on the validation half, choose.

    Args:
        attributes: n_items rows, as in ``Evidence``; so are the arrays.
        embeddings: (n_items, d) float32 unit rows.
        duplicate_group: (n_items,) int64.
        seen_by_encoder: (n_items,) bool.
        train_gnn: Called once at most.
        settings: ``evaluate``, ``graph.k``, ``gnn.labels`` and ``catalogue.max_categories`` are used.
        progress: Hears of the training.

    Raises:
        ConfigError: there is no column ``evaluate.group_by``.
    """
    split = make_split(attributes, duplicate_group, seen_by_encoder, settings.evaluate)
    labels = retrieval_labels(attributes, settings)
    if not labels:
        return SpaceChoice("encoder", "no attribute to measure with")
    if not len(split.validation) or len(split.fit) < 2:
        return SpaceChoice("encoder", f"{len(duplicate_group)} items are too few to hold any out and measure")
    trainings = Trainings(train_gnn, split, settings.evaluate, progress or Silent())
    fitted = trainings.base()
    if fitted is None:
        return SpaceChoice("encoder", f"the graph network could not be measured: {trainings.problem}")
    return replace(validation_choice(split, labels, embeddings, fitted, settings), fitted=fitted)


def validation_choice(
    split: Split, labels: dict[str, Labels], embeddings: np.ndarray, fitted: FittedGnn, settings: Settings
) -> SpaceChoice:
    """Choose on the validation half, with a network that is trained already."""
    task = make_task(split, "validation", labels, settings.evaluate)
    result = measure_retrieval(task, learned_spaces(split, task, embeddings, fitted))
    names = list(labels)
    return choose_space(
        result.average_precision("encoder", names),
        result.average_precision("gnn", names),
        declared=[i for i, name in enumerate(names) if name in settings.gnn.label_columns],
        group=task.group,
        rounds=settings.evaluate.bootstrap,
        seed=settings.evaluate.seed,
    )


def choose_space(
    encoder_scores: np.ndarray,
    gnn_scores: np.ndarray,
    *,
    declared: Sequence[int] = (),
    group: np.ndarray | None = None,
    rounds: int = 1000,
    seed: int = 0,
) -> SpaceChoice:
    """Keep the graph network only if the 95 % interval of its gain lies above zero.

    The gain is the difference in mAP@10 (micro) of an attribute, averaged over the attributes; the
    bootstrap is paired, by group of queries. Where labels are declared, their gain decides, as long as
    the network does not measurably lose over all attributes. An attribute that fewer than five groups know
    has no say: its resamples would all be nearly the same, and so the interval far too narrow.

    Args:
        encoder_scores: (n_queries, n_attributes) AP@10, NaN where a query cannot be scored.
        gnn_scores: The same of the graph network, NaN in the same places.
        declared: Columns of the attributes that are declared labels.
        group: (n_queries,) int64; None: every query for itself.
        rounds: Bootstrap resamples.
        seed: Of the bootstrap.
    """
    gain = gnn_scores - encoder_scores
    if not np.isfinite(gain).any():
        return SpaceChoice("encoder", "no attribute to measure with")
    bootstrap = GroupBootstrap(
        np.arange(len(gain)) if group is None else group, rounds, np.random.default_rng([seed, 3])
    )
    has_say = np.array([bootstrap.n_groups(column) >= _FEWEST_GROUPS for column in gain.T])
    if not has_say.any():
        return SpaceChoice(
            "encoder", f"fewer than {_FEWEST_GROUPS} groups of held-out photos cannot tell the spaces apart"
        )
    over_all = _mean_gain(gain[:, has_say], bootstrap)
    decisive = np.intersect1d(declared, np.flatnonzero(has_say)).astype(int)
    over_declared = _mean_gain(gain[:, decisive], bootstrap) if 0 < len(decisive) < has_say.sum() else over_all
    if over_declared.interval is None or over_all.interval is None:
        return SpaceChoice(
            "encoder", "too few held-out photos to tell the spaces apart", over_all.value, None, over_all.n_queries
        )
    harms = over_declared.interval[0] > 0 > over_all.interval[1]
    shown = over_all if harms else over_declared
    low, high = over_all.interval if harms else over_declared.interval
    what = "" if over_declared is over_all else ", over all attributes," if harms else " by the declared labels"
    verdict = "gains" if low > 0 else "loses" if high < 0 else "does not measurably gain"
    reason = (
        f"the graph network {verdict} mAP@10{what} on {shown.n_queries} held-out photos, "
        f"{shown.value:+.3f} [{low:+.3f}, {high:+.3f}]"
    )
    return SpaceChoice("gnn" if low > 0 else "encoder", reason, shown.value, (low, high), shown.n_queries)


@dataclass(frozen=True)
class _Gain:
    value: float
    interval: tuple[float, float] | None
    n_queries: int


def _mean_gain(gain: np.ndarray, bootstrap: GroupBootstrap) -> _Gain:
    """The mean over attributes of (n_queries, n_attributes) gains."""
    value, means = bootstrap.mean_of_columns(gain)
    n_queries = int(np.isfinite(gain).any(1).sum())
    if not len(means):
        return _Gain(value, None, n_queries)
    low, high = (float(bound) for bound in np.percentile(means, (2.5, 97.5)))
    return _Gain(value, (low, high), n_queries)


def learned_spaces(
    split: Split, task: RetrievalTask, embeddings: np.ndarray, fitted: FittedGnn
) -> dict[str, SpaceVectors]:
    """The encoder's and the graph network's vectors of a task's queries and gallery."""
    return {
        "encoder": SpaceVectors(embeddings[task.queries], embeddings[task.gallery]),
        "gnn": node_vectors(split, task, fitted),
    }


def node_vectors(split: Split, task: RetrievalTask, fitted: FittedGnn) -> SpaceVectors:
    """The graph network's vectors: queries were unseen by it, the gallery was fitted on."""
    queries = fitted.unseen_embeddings[np.searchsorted(split.unseen, task.queries)]
    return SpaceVectors(queries, fitted.fit_embeddings[np.searchsorted(split.fit, task.gallery)])
