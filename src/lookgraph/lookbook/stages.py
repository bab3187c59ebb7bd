"""The stages of a build that work on whole arrays: each fills one folder, its last argument, from those before it."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from lookgraph.catalogue import attribute_names, build_items, glances, representatives, small_pictures
from lookgraph.config import Settings
from lookgraph.device import choose_device
from lookgraph.encoder import SHIPPED, TrainedEncoder
from lookgraph.errors import ConfigError, GraphError
from lookgraph.evaluate import (
    Chart,
    Copies,
    Evidence,
    FittedGnn,
    LinkKind,
    SpaceChoice,
    evaluate,
    label_codes,
    pick_space,
    write_metrics,
    write_report,
)
from lookgraph.gnn import choose_n_clusters, kmeans, save_gnn, stored, train_gnn
from lookgraph.graph import build_graph, nearest
from lookgraph.index import FaissIndex
from lookgraph.lookbook.cluster_files import load_names
from lookgraph.lookbook.embedding import UsablePhotos
from lookgraph.lookbook.files import link_or_copy
from lookgraph.lookbook.generation import load_graph, save_graph
from lookgraph.lookbook.nodes import node_inputs, node_rows, searched_vectors
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.thumbnails import Thumbnails, smallest, write_thumbnails
from lookgraph.photos import Rejection
from lookgraph.progress import Progress


def keep_encoder(folder: Path, *, encoder: TrainedEncoder) -> None:
    """``encoder/``: the weights folder that embedded the photos, for those that will be asked about or join later.

    The shipped weights' files, which nobody writes to, are linked where the file system can; others are copied.
    """
    (folder / "encoder").mkdir()
    for file in encoder.files:
        keep = link_or_copy if encoder.folder == SHIPPED else shutil.copyfile
        keep(str(file), str(folder / "encoder" / file.name))


def make_catalogue(
    folder: Path, *, usable: UsablePhotos, cache: PhotoCache, settings: Settings, progress: Progress
) -> None:
    """``items.parquet``, ``rejected.parquet``, ``embeddings.npy``, ``glances.npy``, ``thumbnails/``."""
    progress.stage("catalogue", len(usable.ids))
    photos, embeddings = cache.facts(usable.hashes)
    pictures = small_pictures(smallest(usable.hashes, cache), len(usable.hashes))
    items = build_items(usable.ids, usable.attributes, photos, pictures, settings.catalogue)
    pq.write_table(items, folder / "items.parquet")
    pq.write_table(rejection_table(usable.rejections), folder / "rejected.parquet")
    np.save(folder / "embeddings.npy", embeddings, allow_pickle=False)
    nodes = representatives(items)
    np.save(folder / "glances.npy", glances(pictures, nodes).astype(np.float16), allow_pickle=False)
    write_thumbnails(folder / "thumbnails", [usable.hashes[row] for row in nodes], cache)
    progress.advance(len(usable.ids))


def make_graph(catalogue: Path, folder: Path, *, settings: Settings, progress: Progress) -> None:
    """``graph.npz``: the graph over the nodes."""
    embeddings, n_items = node_inputs(catalogue), len(np.load(catalogue / "embeddings.npy", mmap_mode="r"))
    progress.stage("graph", len(embeddings))
    k = settings.graph.k
    if len(embeddings) <= k:
        raise GraphError(
            f"graph.k={k} needs at least {k + 1} different photos, but the {n_items} usable ones show"
            f" {len(embeddings)}: add photos or lower graph.k"
        )
    save_graph(build_graph(embeddings, settings.graph), folder / "graph.npz")
    progress.advance(len(embeddings))


def make_gnn(catalogue: Path, graph: Path, folder: Path, *, settings: Settings, progress: Progress) -> None:
    """``gnn.safetensors``, ``node_embeddings.npy``, ``clusters.parquet``, ``history.json``, ``training.json``.

    Where ``gnn.kind`` is none there is no network: the node embeddings are the encoder's, and so are the clusters.
    """
    embeddings = node_inputs(catalogue)
    if settings.gnn.kind == "none":
        progress.stage("gnn")
        n_clusters = choose_n_clusters(embeddings, settings.gnn.seed, settings.gnn.clusters)
        nodes, clusters, history = embeddings, kmeans(embeddings, n_clusters, settings.gnn.seed), []
        outcome: dict[str, Any] = {"kept_round": None, "alarms": [], "has_collapsed": False}
    else:
        progress.stage("gnn", settings.gnn.rounds * settings.gnn.epochs_per_round)
        links = load_graph(graph / "graph.npz")
        trained = train_gnn(
            embeddings,
            links.edge_index,
            settings.gnn,
            labels=declared_labels(node_rows(catalogue), settings),
            similarity=links.similarity,
            on_epoch=lambda _: progress.advance(),
        )
        if trained.alarms:
            kept = "no round is of use" if trained.has_collapsed else f"its round {trained.kept_round + 1} is kept"
            progress.note(f"the training was stopped, {kept}: {'; '.join(trained.alarms)}")
        save_gnn(stored(trained), folder / "gnn.safetensors")
        nodes, clusters, history = trained.node_embeddings, trained.clusters, trained.history
        outcome = {"kept_round": trained.kept_round + 1, "alarms": list(trained.alarms)}
        outcome["has_collapsed"] = trained.has_collapsed
    np.save(folder / "node_embeddings.npy", nodes, allow_pickle=False)
    pq.write_table(pa.table({"cluster": clusters}), folder / "clusters.parquet")
    (folder / "history.json").write_text(json.dumps(history), "utf-8")
    (folder / "training.json").write_text(json.dumps(outcome), "utf-8")


def check_network_settings(catalogue: Path, settings: Settings) -> None:
    """Refuse what the network cannot do with this catalogue, before anything is trained.

    Raises:
        ConfigError: a column of ``gnn.labels`` is no category of the catalogue, or the space of a network is to be
            searched where there is to be none; or ``gnn.device`` is not there.
    """
    declared_labels(node_rows(catalogue), settings)
    if settings.gnn.kind != "none":
        choose_device("gnn.device", settings.gnn.device)
    if settings.gnn.kind == "none" and settings.recommend.space == "gnn":
        raise ConfigError(
            "recommend.space=gnn would search the space of a network, and gnn.kind=none builds none: change either"
        )


def declared_labels(rows: pa.Table, settings: Settings) -> dict[str, np.ndarray]:
    """The columns of ``gnn.labels``, each as (n,) int64 classes, -1 where unknown.

    Raises:
        ConfigError: a column that the catalogue lacks, or that is no category.
    """
    return label_codes(rows.select(attribute_names(rows)), settings)


def make_index(catalogue: Path, gnn: Path, space: Path, folder: Path, *, settings: Settings) -> None:
    """``index.faiss``: the index of the searched space."""
    FaissIndex.build(searched_vectors(catalogue, gnn, space), settings.graph.exact_up_to).save(folder / "index.faiss")


@dataclass
class Study:
    """The measuring part of a build: which space to search, and the report."""

    catalogue: Path
    graph: Path
    gnn: Path
    encoder: TrainedEncoder
    settings: Settings
    source_label: str
    progress: Progress
    fitted: FittedGnn | None = None

    def choose_space(self, folder: Path) -> None:
        """``space.json``: the space that is searched, and why."""
        wanted, training = self.settings.recommend.space, self._training
        if self.settings.gnn.kind == "none":
            choice = SpaceChoice("encoder", "gnn.kind=none was set: there is no graph network")
        elif training["has_collapsed"] and wanted != "encoder":
            if wanted == "gnn":
                raise GraphError(
                    f"recommend.space=gnn, but the network's space has collapsed ({'; '.join(training['alarms'])}):"
                    f" lower gnn.learning_rate={self.settings.gnn.learning_rate:g}, or set recommend.space=auto"
                )
            choice = SpaceChoice("encoder", "the graph network's space has collapsed")
        elif wanted == "auto":
            self.progress.stage("space")
            rows = self._rows
            choice = pick_space(
                rows.select(attribute_names(rows)),
                self._embeddings,
                np.arange(rows.num_rows),
                self._seen(),
                self.train,
                self.settings,
                self.progress,
            )
            self.fitted = choice.fitted
        else:
            choice = SpaceChoice(wanted, f"recommend.space={wanted} was set")
        facts: dict[str, Any] = {"space": choice.space, "reason": choice.reason, "difference": choice.difference}
        facts |= {"interval": choice.interval, "n_queries": choice.n_queries}
        (folder / "space.json").write_text(json.dumps(facts), "utf-8")

    def measure(self, space: Path, folder: Path) -> None:
        """``report/metrics.json``."""
        evidence = self.evidence(json.loads((space / "space.json").read_text("utf-8")))
        write_metrics(evaluate(evidence, self.progress, self.fitted), folder / "report")

    def write_report(self, space: Path, measures: Path, chart: Chart, folder: Path) -> None:
        """``report/report.html``."""
        evidence = self.evidence(json.loads((space / "space.json").read_text("utf-8")))
        metrics = json.loads((measures / "report" / "metrics.json").read_text("utf-8"))
        write_report(evidence, chart, metrics, folder / "report", self.progress)

    def evidence(self, space: dict[str, Any]) -> Evidence:
        """What the report is made from, one row a node: no photo is there twice."""
        rows = self._rows
        thumbnails = Thumbnails(self.catalogue / "thumbnails")
        return Evidence(
            ids=rows["id"].to_pylist(),
            attributes=rows.select(attribute_names(rows)),
            embeddings=self._embeddings,
            node_embeddings=np.load(self.gnn / "node_embeddings.npy", allow_pickle=False),
            edge_index=load_graph(self.graph / "graph.npz").edge_index,
            clusters=pq.read_table(self.gnn / "clusters.parquet")["cluster"].to_numpy(),
            duplicate_group=np.arange(rows.num_rows),
            seen_by_encoder=self._seen(),
            n_catalogue_items=pq.read_metadata(self.catalogue / "items.parquet").num_rows,
            copies=_copies(self.catalogue),
            history=json.loads((self.gnn / "history.json").read_text("utf-8")),
            thumbnail=lambda i: Image.open(io.BytesIO(thumbnails.picture(i, 240) or b"")).convert("RGB"),
            train_gnn=self.train,
            space=space["space"],
            space_reason=space["reason"],
            source_label=self.source_label,
            settings=self.settings,
            alarms=self._training["alarms"],
            has_collapsed=self._training["has_collapsed"],
        )

    def train(
        self,
        fit: np.ndarray,
        unseen: np.ndarray,
        *,
        seed: int,
        shuffled_labels: bool = False,
        links: LinkKind = "similar",
        changes: Mapping[str, object] | None = None,
    ) -> FittedGnn:
        """Train the network on some nodes and embed others inductively, exactly as a build would."""
        embeddings, k = self._embeddings, self.settings.graph.k
        known = embeddings[fit]
        settings = self.settings.gnn.model_copy(update={**(changes or {}), "seed": seed})
        self.progress.stage("train for the report", settings.rounds * settings.epochs_per_round)
        graph = build_graph(known, self.settings.graph)
        edges, cosines, rng = graph.edge_index, graph.similarity, np.random.default_rng(seed)
        if links == "random":
            edges = np.stack([rng.integers(len(fit), size=edges.shape[1]), edges[1]])
            cosines = np.einsum("ij,ij->i", known[edges[0]], known[edges[1]])
        elif links == "none":
            edges, cosines = edges[:, :0], cosines[:0]
        labels = {name: codes[fit] for name, codes in declared_labels(self._rows, self.settings).items()}
        trained = train_gnn(
            known,
            edges,
            settings,
            labels=labels,
            similarity=cosines,
            shuffled_labels=shuffled_labels,
            on_epoch=lambda _: self.progress.advance(),
        )
        for alarm in trained.alarms:
            self.progress.note(f"a network that is trained to measure by was stopped, too: {alarm}")
        network = stored(trained)

        def enter(photos: np.ndarray) -> np.ndarray:
            similarity, neighbours = nearest(photos, known, k)
            if links == "random":
                neighbours = rng.integers(len(fit), size=neighbours.shape)
                similarity = np.einsum("ij,ikj->ik", photos, known[neighbours])
            elif links == "none":
                neighbours, similarity = neighbours[:, :0], similarity[:, :0]
            return network.embed(photos, neighbours, similarity, known)

        return FittedGnn(trained.node_embeddings, enter(embeddings[unseen]), trained.clusters, enter)

    @cached_property
    def _embeddings(self) -> np.ndarray:
        return node_inputs(self.catalogue)  # read once: later an update may have removed this generation

    @cached_property
    def _rows(self) -> pa.Table:
        return node_rows(self.catalogue)

    @cached_property
    def _training(self) -> dict[str, Any]:
        """What became of the network's training."""
        outcome: dict[str, Any] = json.loads((self.gnn / "training.json").read_text("utf-8"))
        return {"has_collapsed": False} | outcome  # earlier lookbooks do not say it

    def _seen(self) -> np.ndarray:
        """(n_nodes,) bool: did the encoder learn from any of the files that show a node?"""
        items = pq.read_table(self.catalogue / "items.parquet", columns=["_node", "_content_hash"])
        seen = self.encoder.has_seen(items["_content_hash"].to_pylist())
        counts: np.ndarray = np.bincount(items["_node"].to_numpy(), weights=seen)
        return counts > 0


def counts(generation: Path) -> dict[str, Any]:
    """What the manifest says of the size of a generation."""
    items = pq.read_table(generation / "items.parquet")
    graph = load_graph(generation / "graph.npz")
    space = json.loads((generation / "space.json").read_text("utf-8"))
    return {
        "counts": {
            "items": items.num_rows,
            "nodes": graph.n_items,
            "rejected": pq.read_metadata(generation / "rejected.parquet").num_rows,
            "edges": int(graph.edge_index.shape[1]),
        },
        "attributes": attribute_names(items),
        "graph": {"density": graph.density, "recall": graph.recall},
        "space": space,
        "training": json.loads((generation / "training.json").read_text("utf-8")),
        "clusters": _clusters(generation),
    }


def _clusters(generation: Path) -> dict[str, Any]:
    """How many clusters each level has, coarsest first, and the coarse ones by name."""
    named = load_names(generation / "cluster_names.json")
    n_levels = 1 + max(cluster.level for cluster in named)
    return {
        "levels": [sum(cluster.level == level for cluster in named) for level in range(n_levels)],
        "coarse": [{"name": c.name, "n_nodes": c.n_nodes} for c in named if c.level == 0],
    }


def _copies(catalogue: Path) -> Copies:
    """The items that show a node's photo in another file than its representative's."""
    items = pq.read_table(catalogue / "items.parquet", columns=["_node", "_width", "_height", "_content_hash"])
    node, file = items["_node"].to_numpy(), items["_content_hash"].to_numpy(zero_copy_only=False)
    other = np.flatnonzero(file != file[representatives(items)][node])
    _, first = np.unique(file[other], return_index=True)  # a file that is there twice is asked about once
    rows = other[np.sort(first)]
    return Copies(np.load(catalogue / "embeddings.npy", allow_pickle=False)[rows], node[rows])


def rejection_table(rejections: Sequence[Rejection]) -> pa.Table:
    columns = {name: [str(getattr(r, name)) for r in rejections] for name in ("id", "location", "reason", "message")}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
