"""Which space should the lookbook search: the encoder's, or the graph network's?

The graph network costs a training and makes every answer harder to explain. It is searched only where
it is measurably better on the validation half; the report measures the choice again, on the test half.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from lookgraph.config import Settings
from lookgraph.evaluate.attributes import Labels, retrieval_labels
from lookgraph.evaluate.bootstrap import GroupBootstrap, micro_mean
from lookgraph.evaluate.evidence import FittedGnn, TrainGnn
from lookgraph.evaluate.retrieval import RetrievalTask, SpaceVectors, make_task, measure_retrieval
from lookgraph.evaluate.splits import Split, make_split
from lookgraph.evaluate.trainings import Trainings
from lookgraph.progress import Progress, Silent


@dataclass(frozen=True)
class SpaceChoice:
    """The space to search, and what speaks for it.

    Attributes:
        space: "encoder" or "gnn".
        reason: One sentence.
        difference: mAP@10 of gnn - encoder, averaged over attributes; None where it was not measured.
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
        settings: ``evaluate``, ``graph.k`` and ``catalogue.max_categories`` are used.
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
        group=task.group,
        rounds=settings.evaluate.bootstrap,
        seed=settings.evaluate.seed,
    )


def choose_space(
    encoder_scores: np.ndarray,
    gnn_scores: np.ndarray,
    *,
    group: np.ndarray | None = None,
    rounds: int = 1000,
    seed: int = 0,
) -> SpaceChoice:
    """Keep the graph network only if the 95 % interval of its gain lies above zero.

    The gain is the difference in mAP@10 (micro) of an attribute, averaged over the attributes; the
    bootstrap is paired, by group of queries.

    Args:
        encoder_scores: (n_queries, n_attributes) AP@10, NaN where a query cannot be scored.
        gnn_scores: The same of the graph network, NaN in the same places.
        group: (n_queries,) int64; None: every query for itself.
        rounds: Bootstrap resamples.
        seed: Of the bootstrap.
    """
    gain = gnn_scores - encoder_scores
    measured = gain[:, np.isfinite(gain).any(0)]
    if measured.shape[1] == 0:
        return SpaceChoice("encoder", "no attribute to measure with")
    n_queries = int(np.isfinite(measured).any(1).sum())
    difference = float(np.mean([micro_mean(column) for column in measured.T]))
    group = np.arange(len(gain)) if group is None else group
    if len(np.unique(group)) < 2:
        return SpaceChoice("encoder", "one group of held-out photos cannot tell the spaces apart", difference)
    means = GroupBootstrap(group, rounds, np.random.default_rng([seed, 3])).micro(measured)
    complete = means[np.isfinite(means).all(1)]  # a resample may miss every query of a rare attribute
    if not len(complete):
        return SpaceChoice("encoder", "too few held-out photos to tell the spaces apart", difference, None, n_queries)
    low, high = (float(bound) for bound in np.percentile(complete.mean(1), (2.5, 97.5)))
    verdict = "gains" if low > 0 else "loses" if high < 0 else "does not measurably gain"
    reason = (
        f"the graph network {verdict} mAP@10 on {n_queries} held-out photos, "
        f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]"
    )
    return SpaceChoice("gnn" if low > 0 else "encoder", reason, difference, (low, high), n_queries)


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
