"""What are a build's figures? One section a question, each with the command that makes it again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import numpy as np

from lookgraph.errors import ConfigError
from lookgraph.evaluate.attributes import Labels, category_labels, combine, label_codes, most_classes, retrieval_labels
from lookgraph.evaluate.baselines import neighbour_average, neighbour_vote, picture_vectors, unit_or_zero_rows
from lookgraph.evaluate.clustering import (
    attribute_agreement,
    cluster_sizes,
    effective_rank,
    kmeans,
    mean_cosine,
    quality,
    seed_agreement,
)
from lookgraph.evaluate.evidence import Evidence, FittedGnn
from lookgraph.evaluate.examples import pick_examples
from lookgraph.evaluate.graph_figures import graph_figures
from lookgraph.evaluate.retrieval import (
    FORMULAS,
    RetrievalTask,
    SpaceVectors,
    make_task,
    measure_retrieval,
    summarise,
)
from lookgraph.evaluate.space import node_vectors, validation_choice
from lookgraph.evaluate.splits import Split, make_split
from lookgraph.evaluate.trainings import Trainings
from lookgraph.evaluate.values import Metrics, defined, json_ready, undefined
from lookgraph.gnn import extend_labels
from lookgraph.progress import Progress

SECTIONS: Final = ("space", "retrieval", "clustering", "graph")


def evaluate(
    evidence: Evidence,
    progress: Progress,
    fitted: FittedGnn | None = None,
    *,
    only: Collection[str] | None = None,
) -> Metrics:
    """Measure a build.

    Args:
        evidence: The build.
        progress: Hears of every section.
        fitted: The network of ``pick_space``, to save a training.
        only: Some of ``SECTIONS``; None: all.

    Returns:
        A JSON-able dict: ``catalogue`` and a dict a section. A number is ``{"value", "low", "high"}`` or
        ``{"value": null, "reason"}``. Each section's ``command`` makes its numbers again.

    Raises:
        ConfigError: a section that does not exist, or no column ``evaluate.group_by``.
    """
    wanted = SECTIONS if only is None else tuple(only)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        raise ConfigError(f"there is no section {unknown[0]!r} in the report: use {', '.join(SECTIONS)}")
    settings = evidence.settings.evaluate
    split = make_split(evidence.attributes, evidence.duplicate_group, evidence.seen_by_encoder, settings)
    trainings = Trainings(evidence.train_gnn, split, settings, progress, fitted)
    measure: dict[str, Callable[[], Metrics]] = {
        "space": lambda: _space(evidence, split, trainings),
        "retrieval": lambda: _retrieval(evidence, split, trainings, progress),
        "clustering": lambda: _clustering(evidence, split, trainings),
        "graph": lambda: graph_figures(evidence.edge_index, evidence.n_items, _categories(evidence)),
    }
    metrics: Metrics = {"catalogue": _catalogue(evidence, split)}
    for name in SECTIONS:
        if name in wanted:
            progress.stage(f"measure {name}")
            metrics[name] = {"command": section_command(name), **measure[name]()}
    ready: Metrics = json_ready(metrics)
    return ready


def section_command(section: str) -> str:
    """The command that measures a section again."""
    return f"lookgraph report LOOKBOOK --only {section} --json"


def _catalogue(evidence: Evidence, split: Split) -> Metrics:
    return {
        "n_items": evidence.n_catalogue_items,
        "n_without_duplicates": len(evidence.representatives),
        "source": evidence.source_label,
        "alarms": list(evidence.alarms),
        "has_collapsed": evidence.has_collapsed,
        "attributes": {name: labels.n_classes for name, labels in _categories(evidence).items()},
        "n_fit": len(split.fit),
        "n_validation": len(split.validation),
        "n_test": len(split.test),
    }


def _space(evidence: Evidence, split: Split, trainings: Trainings) -> Metrics:
    chosen: Metrics = {"chosen": evidence.space, "reason": evidence.space_reason}
    labels = retrieval_labels(evidence.attributes, evidence.settings)
    if not labels:
        return {**chosen, "gnn_minus_encoder": undefined("no attribute to measure with"), "n_queries": 0}
    fitted = trainings.base() if len(split.validation) else None
    if fitted is None:
        why = trainings.problem or "no held-out photo to measure with"
        return {**chosen, "gnn_minus_encoder": undefined(why), "n_queries": 0}
    choice = validation_choice(split, labels, evidence.embeddings, fitted, evidence.settings)
    if choice.difference is None:
        return {**chosen, "gnn_minus_encoder": undefined(choice.reason), "n_queries": choice.n_queries}
    low, high = choice.interval or (None, None)
    return {
        **chosen,
        "measured_choice": choice.space,
        "gnn_minus_encoder": defined(choice.difference, low, high),
        "n_queries": choice.n_queries,
    }


def _retrieval(evidence: Evidence, split: Split, trainings: Trainings, progress: Progress) -> Metrics:
    settings = evidence.settings.evaluate
    labels = retrieval_labels(evidence.attributes, evidence.settings)
    declared = [name for name in evidence.settings.gnn.label_columns if name in labels]
    ranked = [*declared, *(name for name in most_classes(labels) if name not in declared)]
    if len(ranked) >= 2 and (both := combine(labels[ranked[0]], labels[ranked[1]])).n_classes >= 2:
        labels[f"{ranked[0]} + {ranked[1]}"] = both
    task = make_task(split, "test", labels, settings)
    setup: Metrics = {
        "n_queries": len(task.queries),
        "n_gallery": len(task.gallery),
        "n_query_groups": len(np.unique(task.group)),
        "largest_group_fraction": float(
            np.unique(task.group, return_counts=True)[1].max(initial=0) / max(len(task.group), 1)
        ),
        "group_by": settings.group_by or None,
        "encoder_saw_queries": split.encoder_saw_queries,
        "seen_query_fraction": split.seen_query_fraction,
        "formulas": FORMULAS,
    }
    why = "no attribute to measure with" if not labels else "" if len(task.queries) else "no photo could be held out"
    if why:
        return {**setup, "reason": why, "attributes": {}, "examples": None}
    spaces = _spaces(evidence, split, task, trainings, progress)
    result = measure_retrieval(task, spaces)
    searched = evidence.space if evidence.space in spaces else "encoder"
    return {
        **setup,
        "attributes": summarise(result, settings),
        "examples": pick_examples(result, searched, ranked[0], evidence.ids, settings.seed),
    }


def _spaces(
    evidence: Evidence, split: Split, task: RetrievalTask, trainings: Trainings, progress: Progress
) -> dict[str, SpaceVectors]:
    """All spaces side by side, from the photo itself to the trained network and its control."""
    base, shuffled = trainings.base(), trainings.shuffled()
    n_queries = len(task.queries)
    items = np.concatenate([task.queries, task.gallery])
    progress.stage("measure retrieval: pixels and gradients", total=len(items))
    pixels, gradients = picture_vectors(evidence.thumbnail, items, progress)
    pixels -= pixels[n_queries:].mean(0)
    averaged = neighbour_average(evidence.embeddings, split.fit, items, evidence.settings.graph.k)
    spaces = {
        name: SpaceVectors(vectors[:n_queries], vectors[n_queries:])
        for name, vectors in {
            "pixels": unit_or_zero_rows(pixels),
            "hog": unit_or_zero_rows(gradients),
            "encoder": evidence.embeddings[items],
            "neighbour average": averaged,
        }.items()
    }
    if codes := label_codes(evidence.attributes, evidence.settings):
        weight = evidence.settings.gnn.label_channel
        voted = neighbour_vote(evidence.embeddings, codes, split.fit, items, evidence.settings.graph.k, weight)
        spaces["neighbour vote"] = SpaceVectors(voted[:n_queries], voted[n_queries:])
    if base is not None:
        spaces["gnn"] = node_vectors(split, task, base)
    if shuffled is not None:
        spaces["gnn shuffled labels"] = node_vectors(split, task, shuffled)
    return spaces


def _clustering(evidence: Evidence, split: Split, trainings: Trainings) -> Metrics:
    categories = _categories(evidence) if len(split.test) else {}
    clusters = evidence.clusters
    n_clusters, seed = len(np.unique(clusters)), evidence.settings.evaluate.seed
    own = kmeans(evidence.embeddings, n_clusters, seed)
    base, shuffled = trainings.base(), trainings.shuffled()
    columns: Metrics = {
        "trained": quality(evidence.node_embeddings, clusters),
        "frozen": quality(evidence.embeddings, clusters),
        "encoder_clusters": quality(evidence.embeddings, own),
    }
    matches: Metrics = {}
    if len(split.test) and len(split.fit) >= n_clusters:
        fit = evidence.embeddings[split.fit]
        told = _clusters_of(fit, kmeans(fit, n_clusters, seed), evidence.embeddings[split.test])
        matches["encoder_clusters"] = attribute_agreement(told, categories, split.test)
    for name, fitted in (("fitted", base), ("shuffled", shuffled)):
        if fitted is None:
            continue
        columns[name] = quality(fitted.fit_embeddings, fitted.clusters)
        if len(split.test):
            test = fitted.unseen_embeddings[np.searchsorted(split.unseen, split.test)]
            told = _clusters_of(fitted.fit_embeddings, fitted.clusters, test)
            matches[name] = attribute_agreement(told, categories, split.test)
    if shuffled is not None:
        columns["shuffled_frozen"] = quality(evidence.embeddings[split.fit], shuffled.clusters)
    return {
        "n_clusters": n_clusters,
        "n_held_out": len(split.test),
        "labels": list(evidence.settings.gnn.label_columns) if evidence.settings.gnn.kind != "none" else [],
        "has_network": evidence.settings.gnn.kind != "none",
        "scores": columns,
        "attributes": {
            name: {column: match[name] for column, match in matches.items()} for name in categories if matches
        },
        "sizes": cluster_sizes(clusters),
        "spaces": {
            "embeddings": _shape(evidence.embeddings),
            "node_embeddings": _shape(evidence.node_embeddings),
        },
        "seed_agreement": seed_agreement(trainings.seeds()),
    }


def _clusters_of(fit: np.ndarray, clusters: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The cluster of each of some held-out rows: the one whose mean it is most similar to."""
    known = np.concatenate([clusters, np.full(len(others), -1)])
    told: np.ndarray = extend_labels(np.concatenate([fit, others]), known)[len(fit) :]
    return told


def _shape(vectors: np.ndarray) -> Metrics:
    return {
        "dim": vectors.shape[1],
        "effective_rank": effective_rank(vectors),
        "mean_cosine": mean_cosine(vectors),
    }


def _categories(evidence: Evidence) -> dict[str, Labels]:
    return category_labels(evidence.attributes, evidence.settings.catalogue.max_categories)
