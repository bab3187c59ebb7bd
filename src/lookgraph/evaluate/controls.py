"""Is it the graph network that helps? The same measures on networks from which one thing was taken away.

    encoder                          the embeddings as they are
    neighbour average                each averaged with its neighbours': the graph without a network
    neighbour vote                   with declared labels: each beside its neighbours' labels, without a network
    gnn                              the network as a build trains it
    gnn, labels not in the space     ... without the declared labels' channel
    gnn, shuffled pseudo-labels      ... on pseudo-labels dealt at random
    gnn, random graph                ... with as many links, to any item
    gnn, no edges                    ... that hears nobody but itself

Beside the spaces' NMI and ARI stand those of a classification, in which each test photo has the class of its most
similar fit items: what clusters could reach that were made for this very attribute.

In each space, too, the catalogue's own copies of photos (scaled, re-encoded, lightly cropped) enter inductively and
search for the photo they show.

:func:`measure_ablation` does the same with one setting of the network changed at a time.

Every network is trained with several seeds on the fit items; all are measured on the same held-out photos, which enter
inductively: the controls on the test half, the ablation, by which settings are chosen, on the validation half.
Intervals of retrieval are over groups of photos and over seeds, both drawn anew in every round of the bootstrap;
intervals of clusters are over seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from scipy.special import stdtrit  # Student's t; scipy.stats would take a second to import, for every command

from lookgraph import gnn
from lookgraph.config import GnnSettings
from lookgraph.errors import ConfigError
from lookgraph.evaluate.attributes import label_codes, retrieval_labels
from lookgraph.evaluate.baselines import neighbour_average, neighbour_vote, told_class
from lookgraph.evaluate.bootstrap import GroupBootstrap, micro_mean
from lookgraph.evaluate.clustering import agreement, kmeans, quality
from lookgraph.evaluate.evidence import Copies, Evidence, FittedGnn
from lookgraph.evaluate.retrieval import DEPTH, SCORES, Half, RetrievalTask, SpaceVectors, make_task, measure_retrieval
from lookgraph.evaluate.space import node_vectors
from lookgraph.evaluate.splits import make_split
from lookgraph.evaluate.values import Metrics, Value, defined, json_ready, undefined
from lookgraph.progress import Progress
from lookgraph.vector_search import faiss

FEWEST_SEEDS: Final = 2
_MEASURED: Final = ("map_at_10", "precision_at_10", "precision_at_1")
_RANGES: Final = {
    "ari": (-1.0, 1.0),
    **dict.fromkeys(("nmi", "recall_at_1", f"recall_at_{DEPTH}"), (0.0, 1.0)),
    **{f"{photos}{space}silhouette": (-1.0, 1.0) for photos in ("", "unseen_") for space in ("", "frozen_")},
    **{f"{photos}{space}davies_bouldin": (0.0, np.inf) for photos in ("", "unseen_") for space in ("", "frozen_")},
    **dict.fromkeys(("effective_rank", "n_clusters"), (1.0, np.inf)),
}


@dataclass
class _Row:
    """One space's results, an entry a seed; a space that needs no training has one entry of scores."""

    scores: list[dict[str, np.ndarray]] = field(default_factory=list)  # attribute -> (n_queries, len(SCORES))
    matches: list[dict[str, Metrics]] = field(default_factory=list)  # attribute -> NMI and ARI
    clusters: list[dict[str, float]] = field(default_factory=list)
    copies: list[dict[str, float]] = field(default_factory=list)


def measure_controls(
    evidence: Evidence, n_seeds: int, progress: Progress, keep: Callable[[Metrics], None] = lambda report: None
) -> Metrics:
    """Train and measure the network and its controls, on the test half.

    Args:
        evidence: The build.
        n_seeds: Trainings of each kind, at least 2.
        progress: Hears of every training.
        keep: Gets the report after every space, with those measured so far.

    Returns:
        A JSON-able dict: ``spaces`` -> space -> ``attributes`` -> attribute -> the scores, the gain in mAP@10 over
        ``against`` (the encoder; paired), NMI and ARI of K-Means at the attribute's class count on the queries;
        ``mean_gain`` over the attributes; ``clusters``: silhouette and Davies-Bouldin in the own and the frozen space,
        of the items that were fitted on and (``unseen_``) of the queries, and the effective rank; ``copies``: the share
        of copies of fit items that find their item at rank 1, and among the first 10. ``told`` -> attribute -> the
        share of queries whose class their most similar fit items tell, and NMI and ARI of that.

    Raises:
        ConfigError: fewer than 2 seeds, or nothing to measure with.
        GraphError: the network cannot be trained on this catalogue.
    """
    study = _Study(evidence, n_seeds, progress, "test", "encoder")
    for name, vectors in study.untrained().items():
        study.add_untrained(name, vectors)
    for name, options in _controls(bool(study.codes)).items():
        study.add_trained(name, **options)
        keep(study.report())
    return study.report()


def measure_ablation(
    evidence: Evidence, n_seeds: int, progress: Progress, keep: Callable[[Metrics], None] = lambda report: None
) -> Metrics:
    """Train and measure the network with one setting changed at a time, on the validation half.

    The gains are those over the network as it is built; for the rest see :func:`measure_controls`.
    """
    study = _Study(evidence, n_seeds, progress, "validation", "gnn")
    study.add_trained("gnn")
    study.add_untrained("encoder", study.untrained()["encoder"])
    for changes in _ablations(evidence.settings.gnn, bool(study.codes)):
        study.add_trained(", ".join(f"{name}={value}" for name, value in changes.items()), changes=changes)
        keep(study.report())
    return study.report()


class _Study:
    """One split and one task, in which space after space is measured; gains are over the space ``against``."""

    def __init__(self, evidence: Evidence, n_seeds: int, progress: Progress, half: Half, against: str) -> None:
        if n_seeds < FEWEST_SEEDS:
            raise ConfigError(f"{n_seeds} seeds have no interval: at least {FEWEST_SEEDS} are needed")
        settings = evidence.settings
        self.evidence, self.n_seeds, self.progress = evidence, n_seeds, progress
        self.half, self.against = half, against
        self.split = make_split(
            evidence.attributes, evidence.duplicate_group, evidence.seen_by_encoder, settings.evaluate
        )
        labels = retrieval_labels(evidence.attributes, settings)
        self.task = make_task(self.split, half, labels, settings.evaluate)
        if not labels or not len(self.task.queries):
            raise ConfigError("the catalogue has no category to measure with, or too few photos to hold any out")
        self.codes = label_codes(evidence.attributes, settings)
        known = np.isin(evidence.copies.of, self.split.fit)
        self.copies = Copies(evidence.copies.embeddings[known], evidence.copies.of[known])
        self.rows: dict[str, _Row] = {}

    def untrained(self) -> dict[str, np.ndarray]:
        """The vectors of all items, then of the copies, in every space that needs no training."""
        return _untrained(self.evidence, self.codes, self.split.fit, self.copies)

    def add_untrained(self, name: str, vectors: np.ndarray) -> None:
        spaces = SpaceVectors(vectors[self.task.queries], vectors[self.task.gallery])
        row = self._add(name, spaces, 0)  # nothing to train, but K-Means has seeds too
        row.matches += [_match(self.task, spaces.queries, seed) for seed in range(1, self.n_seeds)]
        row.copies.append(self._find(vectors[self.evidence.n_items :], vectors[self.split.fit]))
        own, frozen = vectors[self.split.fit], self.evidence.embeddings[self.split.fit]
        for seed in range(self.n_seeds):
            n_clusters = gnn.choose_n_clusters(frozen, seed, self.evidence.settings.gnn.clusters)
            row.clusters.append(self._cluster_figures(own, kmeans(own, n_clusters, seed), spaces.queries))

    def add_trained(self, name: str, **options: Any) -> None:
        for seed in range(self.n_seeds):
            self.progress.note(f"{name}, seed {seed + 1} of {self.n_seeds}")
            fitted: FittedGnn = self.evidence.train_gnn(self.split.fit, self.split.unseen, seed=seed, **options)
            spaces = node_vectors(self.split, self.task, fitted)
            row = self._add(name, spaces, seed)
            row.clusters.append(self._cluster_figures(fitted.fit_embeddings, fitted.clusters, spaces.queries))
            if len(self.copies.of):
                row.copies.append(self._find(fitted.enter(self.copies.embeddings), fitted.fit_embeddings))

    def _cluster_figures(self, fit: np.ndarray, clusters: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
        """Of clusters of the fitted items, and of the queries, each in the cluster whose mean it is most similar to."""
        labels = np.concatenate([clusters, np.full(len(unseen), -1)])
        entered = gnn.extend_labels(np.concatenate([fit, unseen]), labels)[len(fit) :]
        figures = {"effective_rank": gnn.effective_rank(fit), "n_clusters": float(len(np.unique(clusters)))}
        frozen = self.evidence.embeddings
        for prefix, vectors, in_cluster in (
            ("", fit, clusters),
            ("frozen_", frozen[self.split.fit], clusters),
            ("unseen_", unseen, entered),
            ("unseen_frozen_", frozen[self.task.queries], entered),
        ):
            found = quality(vectors, in_cluster)
            figures |= {f"{prefix}{name}": found[name]["value"] for name in ("silhouette", "davies_bouldin")}
        return {name: value for name, value in figures.items() if value is not None}

    def report(self) -> Metrics:
        report: Metrics = {
            "n_seeds": self.n_seeds,
            "against": self.against,
            "queries": self.half,
            "n_queries": len(self.task.queries),
            "n_gallery": len(self.task.gallery),
            "n_fit": len(self.split.fit),
            "n_copies": len(self.copies.of),
            "encoder_saw_queries": self.split.encoder_saw_queries,
            "declared_labels": list(self.codes),
            "network": self.evidence.settings.gnn.kind,
            "told": {name: self._told(labels.codes) for name, labels in self.task.labels.items()},
            "spaces": _summaries(self.rows, self.against, self.task, self.evidence),
        }
        ready: Metrics = json_ready(report)
        return ready

    def _told(self, codes: np.ndarray) -> Metrics:
        """How well do a test photo's neighbours tell its class, as a classification and as clusters?"""
        queries = self.task.queries[codes[self.task.queries] >= 0]
        fit, k = self.split.fit, self.evidence.settings.graph.k
        if not len(queries) or not (codes[fit] >= 0).any():
            return agreement(codes[:0], codes[:0]) | {"right": undefined("no test photo or no fit item has a value")}
        told = told_class(self.evidence.embeddings, codes, fit, queries, k)
        return agreement(told, codes[queries]) | {"right": defined(float((told == codes[queries]).mean()))}

    def _find(self, copies: np.ndarray, fit: np.ndarray) -> dict[str, float]:
        """How many of the copies find the fit item that they show?"""
        if not len(copies):
            return {}
        _, found = faiss.knn(
            np.ascontiguousarray(copies, np.float32),
            np.ascontiguousarray(fit, np.float32),
            min(DEPTH, len(fit)),
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        right = self.split.fit[found] == self.copies.of[:, None]
        return {"recall_at_1": float(right[:, 0].mean()), f"recall_at_{DEPTH}": float(right.any(axis=1).mean())}

    def _add(self, name: str, vectors: SpaceVectors, seed: int) -> _Row:
        row = self.rows.setdefault(name, _Row())
        result = measure_retrieval(self.task, {name: vectors})
        row.scores.append({attribute: result.scores[attribute][:, 0] for attribute in self.task.labels})
        row.matches.append(_match(self.task, vectors.queries, seed))
        return row


def _untrained(
    evidence: Evidence, codes: dict[str, np.ndarray], fit: np.ndarray, copies: Copies
) -> dict[str, np.ndarray]:
    """Space to (n_items + n_copies, dim): a copy is a photo from outside, of which no label is known."""
    embeddings, settings = np.concatenate([evidence.embeddings, copies.embeddings]), evidence.settings
    items, nothing = np.arange(len(embeddings)), np.full(len(copies.of), -1)
    codes = {name: np.concatenate([known, nothing]) for name, known in codes.items()}
    spaces = {
        "encoder": embeddings,
        "neighbour average": neighbour_average(embeddings, fit, items, settings.graph.k),
    }
    if codes:
        weight = settings.gnn.label_channel
        spaces["neighbour vote"] = neighbour_vote(embeddings, codes, fit, items, settings.graph.k, weight)
    return spaces


def _controls(has_labels: bool) -> dict[str, dict[str, Any]]:
    controls: dict[str, dict[str, Any]] = {"gnn": {}}
    if has_labels:
        controls["gnn, labels not in the space"] = {"changes": {"label_channel": 0.0}}
    controls["gnn, shuffled pseudo-labels"] = {"shuffled_labels": True}
    controls["gnn, random graph"] = {"links": "random"}
    controls["gnn, no edges"] = {"links": "none"}
    return controls


def _ablations(settings: GnnSettings, has_labels: bool) -> list[dict[str, object]]:
    """Another value of every switch of the training, one at a time; and no labels at all, which are two switches."""
    others: list[dict[str, object]] = [{"kind": kind} for kind in ("gat", "gatv2", "sage")]
    others += [{name: value} for name in ("skip", "balanced", "edge_weights") for value in (False, True)]
    if settings.balanced:
        others += [{"balanced_by": by} for by in ("weights", "sampling")]
    others += [{"rounds": 1}, {"dropout": 0.0}]
    if has_labels:
        others += [{"label_channel": weight} for weight in (0.0, 2.0, 5.0)]
        others += [{"label_weight": 0.0}, {"label_channel": 0.0, "label_weight": 0.0}]
    others += [{n: 0.0 if getattr(settings, n) else 0.5} for n in ("contrast_weight", "agreement_weight")]
    return [changes for changes in others if any(getattr(settings, n) != value for n, value in changes.items())]


def _match(task: RetrievalTask, vectors: np.ndarray, seed: int) -> dict[str, Metrics]:
    """NMI and ARI of each attribute with K-Means on the test photos alone, with as many clusters as classes."""
    found = {}
    for name, labels in task.labels.items():
        codes = labels.codes[task.queries]
        known = np.flatnonzero(codes >= 0)
        n_classes = len(np.unique(codes[known]))
        found[name] = agreement(kmeans(vectors[known], n_classes, seed), codes[known]) if n_classes > 1 else {}
    return found


def _summaries(rows: dict[str, _Row], against: str, task: RetrievalTask, evidence: Evidence) -> Metrics:
    settings = evidence.settings.evaluate
    rng = np.random.default_rng([settings.seed, 4])
    draws = _Draws(GroupBootstrap(task.group, settings.bootstrap, rng), settings.bootstrap, rng)
    base = rows[against].scores
    ap = SCORES.index("map_at_10")
    summaries: Metrics = {}
    for name, row in rows.items():
        attributes, gains = {}, []
        for attribute in task.labels:
            scores = np.stack([one[attribute] for one in row.scores])  # NaN in the same places in every seed
            entry: Metrics = {}
            for measure in _MEASURED:
                entry[measure] = draws.interval(draws.mean(scores[:, :, SCORES.index(measure)]))
            gain = draws.mean(scores[:, :, ap] - np.stack([one[attribute][:, ap] for one in base]))
            gains.append(gain)
            entry["gain"] = draws.interval(gain)
            for measure in ("nmi", "ari"):
                values = [one[attribute].get(measure, {}).get("value") for one in row.matches]
                entry[measure] = _over_seeds(measure, values)
            attributes[attribute] = entry
        summaries[name] = {
            "attributes": attributes,
            "mean_gain": draws.interval(_mean_of(gains)),
            "clusters": {
                figure: _over_seeds(figure, [one.get(figure) for one in row.clusters])
                for figure in (row.clusters[0] if row.clusters else {})
            },
            "copies": {
                figure: _over_seeds(figure, [one[figure] for one in row.copies])
                for figure in (row.copies[0] if row.copies else {})
            },
        }
    return summaries


@dataclass(frozen=True)
class _Resampled:
    """A mean over seeds and photos: of each photo over seeds (NaN: unknown), of all, and of each resample."""

    photos: np.ndarray
    value: float
    means: np.ndarray


class _Draws:
    """The groups of photos and the seeds that each round of the bootstrap draws: the same for all that is compared."""

    def __init__(self, groups: GroupBootstrap, rounds: int, rng: np.random.Generator) -> None:
        self._groups, self._rounds, self._rng = groups, rounds, rng
        self._of_seeds: dict[int, np.ndarray] = {}

    def mean(self, scores: np.ndarray) -> _Resampled:
        """The mean of (n_seeds, n_photos) scores; those that no training made have one seed."""
        n_seeds = len(scores)
        if n_seeds not in self._of_seeds:
            drawn = self._rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=self._rounds)
            self._of_seeds[n_seeds] = drawn / n_seeds
        photos = scores.mean(0)
        by_seed = self._groups.micro(scores.T)  # (rounds, n_seeds)
        return _Resampled(photos, micro_mean(photos), (by_seed * self._of_seeds[n_seeds]).sum(1))

    def interval(self, mean: _Resampled) -> Value:
        if not len(mean.means):  # every resample misses some attribute
            return defined(mean.value)
        return self._groups.interval(mean.photos, mean.value, mean.means)


def _mean_of(gains: list[_Resampled]) -> _Resampled:
    """The mean over those attributes that can be measured; a resample that misses one of them is left out."""
    measured = [gain for gain in gains if np.isfinite(gain.value)]
    if not measured:
        return gains[0]
    means = np.stack([gain.means for gain in measured])
    photos = np.stack([gain.photos for gain in measured], axis=1)
    complete = means[:, np.isfinite(means).all(0)]
    return _Resampled(photos, float(np.mean([gain.value for gain in measured])), complete.mean(0))


def _over_seeds(figure: str, values: list[float | None]) -> Value:
    """The mean over seeds with its 95 % interval by Student's t, within what the figure can be."""
    known = [value for value in values if value is not None]
    if not known:
        return undefined("not defined with any seed")
    mean = float(np.mean(known))
    if len(known) < FEWEST_SEEDS:
        return defined(mean)
    half = float(stdtrit(len(known) - 1, 0.975) * np.std(known, ddof=1) / np.sqrt(len(known)))
    lowest, highest = _RANGES[figure]
    return defined(mean, max(mean - half, lowest), min(mean + half, highest))


def as_tables(report: Metrics, show: Callable[[Value], str]) -> list[tuple[str, list[list[str]]]]:
    """The report as (title, rows) of tables, the heading first: one an attribute, and one of the clusters."""
    spaces, against = report["spaces"], report["against"]
    gain = f"over {against}"
    tables = []
    for name in next(iter(spaces.values()))["attributes"]:
        rows = [["space", "mAP@10", gain, "P@1", "P@10", "NMI", "ARI"]]
        for space, summary in spaces.items():
            found = summary["attributes"][name]
            cells = [found[m] for m in ("map_at_10", "gain", "precision_at_1", "precision_at_10", "nmi", "ari")]
            rows.append(
                [space, *("–" if value is found["gain"] and space == against else show(value) for value in cells)]
            )
        told = report["told"][name]
        rows.append(["(told by neighbours)", *"––––", show(told["nmi"]), show(told["ari"])])
        tables.append((f"by {name}", rows))
    rows = [["space", f"mAP@10 {gain}"]]
    rows += [[name, "–" if name == against else show(space["mean_gain"])] for name, space in spaces.items()]
    tables.append(("over all attributes", rows))
    heads = {"silhouette": "silhouette", "davies_bouldin": "Davies-Bouldin"}
    heads |= {f"frozen_{figure}": f"{head}, frozen" for figure, head in heads.items()}
    for prefix, title, more in (
        ("", "clusters of the photos that were fitted on", {"effective_rank": "effective rank"}),
        ("unseen_", "the same clusters, of photos never seen", {}),
    ):
        rows = [["space", *(heads | more).values()]]
        for name, space in spaces.items():
            found = [space["clusters"].get(prefix + figure) for figure in heads | more]
            rows.append([name, *("–" if value is None else show(value) for value in found)])
        tables.append((title, rows))
    if report["n_copies"]:
        rows = [["space", "found at rank 1", f"among the first {DEPTH}"]]
        for space, summary in spaces.items():
            rows.append([space, *(show(summary["copies"][f"recall_at_{depth}"]) for depth in (1, DEPTH))])
        tables.append((f"{report['n_copies']} copies of photos, searching for the photo they show", rows))
    return tables
