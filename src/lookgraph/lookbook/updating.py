"""Items join, change and leave a lookbook, and nothing is trained again.

    photos -> catalogue -> graph, both ways -> the trained network -> index -> publish

An update makes a new generation from the published one: newcomers are embedded and linked, the graph gives them places
among the neighbours of the items before, and the network of the last build infers every node anew. What that build
learned and measured (the network, the clusters' middles, which space is searched, the report) stays; how far the
catalogue has drifted from it is measured, and `lookgraph info` says when a rebuild is due.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from lookgraph.catalogue import (
    UpdatedItems,
    align_attributes,
    attribute_names,
    filter_items,
    glances,
    newcomer_rows,
    nodes_of_newcomers,
    small_pictures,
    update_items,
)
from lookgraph.config import load_settings
from lookgraph.encoder import EmbeddingRuntime, n_cores
from lookgraph.errors import EncoderError, ItemNotFoundError, SourceError
from lookgraph.evaluate import place_among
from lookgraph.gnn import embed_items, extend_hierarchy, extend_labels, save_gnn
from lookgraph.graph import Graph, update_graph
from lookgraph.index import FaissIndex
from lookgraph.lookbook import stages, survey
from lookgraph.lookbook.building import next_name
from lookgraph.lookbook.drift import Drift, drift_of, measure_drift
from lookgraph.lookbook.embedding import UsablePhotos, embed_source
from lookgraph.lookbook.files import disk_full_explained, folder_made_whole, link_tree, remove_leftovers, writer_lock
from lookgraph.lookbook.generation import (
    GENERATIONS,
    open_generation,
    prune,
    publish,
    save_graph,
    write_manifest,
)
from lookgraph.lookbook.opened import Lookbook
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.thumbnails import Thumbnails, smallest, write_rows, write_thumbnails
from lookgraph.photos import AttributeType, Source, attribute_type, open_source
from lookgraph.progress import Progress, Silent

_KEPT_FILES = ("history.json", "space.json", "report")
_SHOWN_IDS = 5


@dataclass(frozen=True)
class Update:
    """What an update did.

    Attributes:
        lookbook: Opened on the new generation; on the one before where nothing changed.
        added, changed, removed, rejected: Items of each kind; rejected ones are listed in the generation.
        drift: Since the build that trained the network.
    """

    lookbook: Lookbook
    added: int
    changed: int
    removed: int
    rejected: int
    drift: Drift


def add(
    source: str | PathLike[str],
    lookbook: str | PathLike[str],
    *,
    replace: bool = False,
    metadata: str | PathLike[str] | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    progress: Progress | None = None,
) -> Update:
    """Have photos join a lookbook, as a new generation, without a rebuild.

    Args:
        source: As :func:`lookgraph.build` reads it.
        lookbook: The folder that ``build`` made.
        replace: An item whose id the lookbook has already takes its place: another photo, other attributes.
        metadata, image_column, id_column: As for :func:`lookgraph.build`.
        progress: Hears of every stage.

    Raises:
        SourceError: nothing usable; a column does not fit the lookbook's; or, without ``replace``, ids that are there.
        LookgraphError: any other; the published generation stays served.
    """
    root, told = Path(lookbook), progress or Silent()
    with disk_full_explained(root), writer_lock(root):
        before = _open(root)
        told.stage("photos")
        opened = open_source(
            Path(source),
            before.settings.photos,
            metadata=None if metadata is None else Path(metadata),
            image_column=image_column,
            id_column=id_column,
            max_categories=before.settings.catalogue.max_categories,
            text_columns=_text_columns(before.items),
        )
        for note in opened.notes:
            told.note(note)
        if not replace:
            _refuse_known(opened, before)
        torch.set_num_threads(before.settings.encoder.threads or n_cores())
        runtime = _runtime(before)
        with PhotoCache(root / "cache" / "photos.sqlite", before.settings.photos, runtime.key) as cache:
            usable = embed_source(opened, cache, runtime, before.settings, told)
            usable, n_changed = _without_unchanged(usable, before)
            leaving = np.isin(np.array(before.ids, object), usable.ids)
            work = _Update(before, leaving, usable, cache, told)
            return work.publish(len(usable.ids) - n_changed, n_changed, 0, Path(source).name)


def remove(
    lookbook: str | PathLike[str],
    ids: Sequence[str] = (),
    *,
    where: str | None = None,
    progress: Progress | None = None,
) -> Update:
    """Have items leave a lookbook, as a new generation, without a rebuild.

    Args:
        lookbook: The folder that ``build`` made.
        ids: Of the items.
        where: Or all items that pass a filter, for example ``"season == 'Winter'"``.
        progress: Hears of every stage.

    Raises:
        ItemNotFoundError: an id that the lookbook does not have.
        FilterError: the filter cannot be.
        GraphError: so few items would be left that none has ``graph.k`` neighbours.
    """
    root, told = Path(lookbook), progress or Silent()
    with disk_full_explained(root), writer_lock(root):
        before = _open(root)
        unknown = sorted(set(ids) - set(before.ids))
        if unknown:
            raise ItemNotFoundError(f"{root} has no item {_some(unknown)}: nothing was removed")
        leaving = np.isin(np.array(before.ids, object), list(ids))
        if where is not None:
            leaving |= filter_items(before.items, where)
        nobody = UsablePhotos([], [], before.items.select(attribute_names(before.items)).slice(0, 0), [])
        torch.set_num_threads(before.settings.encoder.threads or n_cores())
        with PhotoCache(
            root / "cache" / "photos.sqlite", before.settings.photos, before.manifest["inputs"]["encoder"]
        ) as cache:
            work = _Update(before, leaving, nobody, cache, told)
            return work.publish(0, 0, int(leaving.sum()), "")


@dataclass
class _Update:
    """One update while it is made."""

    before: Lookbook
    leaving: np.ndarray
    usable: UsablePhotos
    cache: PhotoCache
    progress: Progress

    def publish(self, added: int, changed: int, removed: int, source: str) -> Update:
        n_rejected = len(self.usable.rejections)
        if not (added or changed or removed or n_rejected):
            self.progress.note("nothing has changed")
            return Update(self.before, 0, 0, 0, 0, drift_of(self.before.generation))
        began, root = time.monotonic(), self.before.root
        name = next_name(root)
        counted = {"added": added, "changed": changed, "removed": removed, "rejected": n_rejected}
        with folder_made_whole(root / GENERATIONS / name) as folder:
            drift = self._write(folder, name)
            facts = self._facts(name, counted | {"source": source}, drift)
            facts["timings_s"] = {"total": round(time.monotonic() - began, 3)}
            unchanged = {
                file: known
                for file, known in self.before.manifest["files"].items()
                if (folder / file).exists() and (folder / file).samefile(self.before.generation.folder / file)
            }
            write_manifest(folder, facts | stages.counts(folder), unchanged)
        publish(root, name)
        prune(root, self.before.settings.lookbook.keep_generations)
        self.progress.note(f"published generation {name}")
        return Update(Lookbook(root, open_generation(root, name)), **counted, drift=drift)

    def _write(self, folder: Path, name: str) -> Drift:
        old, settings = self.before.generation, self.before.settings
        items, embeddings = self._catalogue
        nodes = np.ascontiguousarray(embeddings[items.representatives])
        pq.write_table(items.items, folder / "items.parquet")
        pq.write_table(self._rejected(items.items), folder / "rejected.parquet")
        np.save(folder / "embeddings.npy", embeddings, allow_pickle=False)
        self._write_pictures(folder, items, name)
        self.progress.stage("graph", len(nodes))
        graph = update_graph(old.graph, nodes, items.kept, settings.graph)
        save_graph(graph, folder / "graph.npz")
        self.progress.advance(len(nodes))
        self.progress.stage("gnn", len(nodes))
        node_embeddings, learned = self._infer(folder, items, nodes, graph)
        np.save(folder / "node_embeddings.npy", node_embeddings, allow_pickle=False)
        clusters = extend_labels(learned, carried(old.clusters, items, -1))
        pq.write_table(pa.table({"cluster": clusters}), folder / "clusters.parquet")
        fitted = carried(old.fitted, items, False)
        np.save(folder / "fitted.npy", fitted, allow_pickle=False)
        self.progress.advance(len(nodes))
        for kept in _KEPT_FILES:
            _link(old.folder / kept, folder / kept)
        vectors = node_embeddings if self.before.search_space == "gnn" else nodes
        self.progress.stage("index")
        self._index(items, vectors).save(folder / "index.faiss")
        self._survey(folder, items, vectors)
        return measure_drift(learned, clusters, fitted, self._n_fitted)

    @cached_property
    def _catalogue(self) -> tuple[UpdatedItems, np.ndarray]:
        """The items now, and (n_items, 128) their embeddings."""
        self.progress.stage("catalogue", len(self.usable.ids))
        old, hashes = self.before.generation, self.usable.hashes
        if not hashes:
            nobody, no_node = self.before.items.slice(0, 0), np.zeros(0, np.int64)
            updated = update_items(self.before.items, self.leaving, nobody, no_node)
            return updated, old.embeddings[updated.rows]
        items, attributes = align_attributes(self.before.items, self.usable.attributes)
        photos, embedded = self.cache.facts(hashes)
        known = dict(zip(items["_content_hash"].to_pylist(), items["_node"].to_pylist(), strict=True))
        settings = self.before.settings.catalogue
        pictures = small_pictures(smallest(hashes, self.cache), len(hashes))
        node = nodes_of_newcomers(hashes, pictures, known, self.before.gallery, old.thumbnail, settings)
        updated = update_items(items, self.leaving, newcomer_rows(self.usable.ids, attributes, photos), node)
        self.progress.advance(len(hashes))
        return updated, np.concatenate([old.embeddings, embedded])[updated.rows]

    def _write_pictures(self, folder: Path, items: UpdatedItems, name: str) -> None:
        """Glances, and the thumbnails of fresh nodes as a part of their own beside those that are linked."""
        old, fresh = self.before.generation, items.fresh
        shown = [items.items["_content_hash"][int(row)].as_py() for row in items.representatives[fresh]]
        looks = carried(old.glances, items, 0)
        if len(fresh):
            pictures = small_pictures(smallest(shown, self.cache), len(shown))
            looks[fresh] = glances(pictures, np.arange(len(shown))).astype(np.float16)
        np.save(folder / "glances.npy", looks, allow_pickle=False)
        _link(old.folder / "thumbnails", folder / "thumbnails")
        (folder / "thumbnails" / "rows.npy").unlink(missing_ok=True)  # a link: what it shows stays as it is
        before = Thumbnails(old.folder / "thumbnails")
        rows = carried(before.rows(len(items.kept)), items, -1)
        rows[fresh] = before.n_rows() + np.arange(len(fresh))
        if len(fresh):
            write_thumbnails(folder / "thumbnails", shown, self.cache, name)
        write_rows(folder / "thumbnails", rows)

    def _infer(
        self, folder: Path, items: UpdatedItems, nodes: np.ndarray, graph: Graph
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n_nodes, dim) node embeddings, and the part of them that was clustered."""
        settings = self.before.settings
        if settings.gnn.kind == "none":
            return nodes, nodes
        gnn = self.before.gnn
        labels = stages.declared_labels(items.items.take(pa.array(items.representatives)), settings)
        node_embeddings, learned, known = embed_items(
            gnn.network,
            nodes,
            graph.edge_index,
            similarity=graph.similarity,
            labels=labels,
            label_channel=gnn.label_channel,
        )
        save_gnn(replace(gnn, known_labels=known), folder / "gnn.safetensors")
        return node_embeddings, learned

    def _survey(self, folder: Path, items: UpdatedItems, vectors: np.ndarray) -> None:
        """Where fresh nodes lie on the map and in which clusters; what the network looks at now."""
        old, settings, fresh = self.before.generation, self.before.settings, items.fresh
        self.progress.stage("survey", len(vectors))
        places = carried(old.places, items, np.nan)
        there = ~np.isnan(places[:, 0])
        if len(fresh):
            rng = np.random.default_rng([settings.evaluate.seed, len(vectors)])
            places[fresh] = place_among(places[there], vectors[there], vectors[fresh], rng).clip(0, 1)
        np.save(folder / "map.npy", places.astype(np.float32), allow_pickle=False)
        hierarchy = extend_hierarchy(vectors, carried(old.hierarchy.levels, items, -1))
        survey.write_clusters(hierarchy, folder, folder, settings)
        survey.make_attention(folder, folder, folder, folder, settings=settings)
        self.progress.advance(len(vectors))

    def _index(self, items: UpdatedItems, vectors: np.ndarray) -> FaissIndex:
        """Of the vectors now; where they only follow those before, they are added, for HNSW takes minutes to build."""
        n_before = len(items.kept)
        if self.before.search_space == "encoder" and np.array_equal(items.kept, np.arange(n_before)):
            index = FaissIndex.load(self.before.generation.folder / "index.faiss")
            index.add(vectors[n_before:])
            return index
        return FaissIndex.build(vectors, self.before.settings.graph.exact_up_to)

    def _rejected(self, items: pa.Table) -> pa.Table:
        """What was refused before and is not there now, and what was refused now."""
        now, before = stages.rejection_table(self.usable.rejections), self.before.generation.rejected
        gone = pc.or_(pc.is_in(before["id"], items["id"]), pc.is_in(before["location"], now["location"]))
        return pa.concat_tables([before.filter(pc.invert(gone)), now.cast(before.schema)])

    @property
    def _n_fitted(self) -> int:
        manifest = self.before.manifest
        return int(manifest.get("built", {}).get("nodes", manifest["counts"]["nodes"]))

    def _facts(self, name: str, counted: dict[str, Any], drift: Drift) -> dict[str, Any]:
        """The manifest of the build, with what happened since."""
        old = self.before.manifest
        made = {"created", "files", "timings_s", "format", "build_key"}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rejected = pc.value_counts(self._rejected(self._catalogue[0].items)["reason"]).to_pylist()
        return {key: value for key, value in old.items() if key not in made} | {
            "id": name,
            "created": now,
            "built": old.get("built") or {"generation": old["id"], "nodes": old["counts"]["nodes"]},
            "updates": [*old.get("updates", []), {"generation": name, "at": now} | counted],
            "rejected": {each["values"]: each["counts"] for each in rejected},
            "drift": drift.as_dict(),
        }


def carried(values: np.ndarray, items: UpdatedItems, fill: Any) -> np.ndarray:
    """Per-node values before -> per-node values now, ``fill`` for fresh nodes."""
    n_nodes = len(items.representatives)
    now = np.full((n_nodes, *values.shape[1:]), fill, values.dtype)
    stays = items.kept >= 0
    now[items.kept[stays]] = values[stays]
    return now


def _open(root: Path) -> Lookbook:
    opened = Lookbook(root, open_generation(root))
    remove_leftovers(root / GENERATIONS)
    return opened


def _runtime(before: Lookbook) -> EmbeddingRuntime:
    """The encoder as the build ran it, batch for batch."""
    precision = before.manifest["encoder"]["precision"]
    here = {"runtime": load_settings().encoder.runtime, "precision": precision}
    runtime = EmbeddingRuntime(before.encoder, before.settings.encoder.model_copy(update=here))
    if runtime.key != before.manifest["inputs"]["encoder"]:
        raise EncoderError(
            f"{before.root} was built with an encoder that this machine cannot run as it was ({precision}): see"
            " `lookgraph doctor`, or build the lookbook again here"
        )
    return runtime


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        link_tree(source, target)
    elif source.exists():
        target.hardlink_to(source)


def _text_columns(items: pa.Table) -> list[str]:
    fields = [items.schema.field(name) for name in attribute_names(items)]
    return [f.name for f in fields if attribute_type(f) in (AttributeType.TEXT, AttributeType.CATEGORY)]


def _refuse_known(source: Source, before: Lookbook) -> None:
    known = set(before.ids)
    there = [ref.id for ref in source.refs if ref.id in known]
    if there:
        raise SourceError(
            f"{before.root} has {len(there)} of these {len(source.refs)} items already, for example {_some(there)}:"
            " leave them out, give them other ids, or pass --replace to change them"
        )


def _without_unchanged(usable: UsablePhotos, before: Lookbook) -> tuple[UsablePhotos, int]:
    """Those that are new, or not as they were; and how many of the latter there are."""
    items, attributes = align_attributes(before.items, usable.attributes)
    row_of = {name: row for row, name in enumerate(before.ids)}
    names = attributes.column_names
    had = items.select([*names, "_content_hash"]).take(
        pa.array([row_of[i] for i in usable.ids if i in row_of], pa.int64())
    )
    was = dict(zip([i for i in usable.ids if i in row_of], had.to_pylist(), strict=True))
    now = [row | {"_content_hash": h} for row, h in zip(attributes.to_pylist(), usable.hashes, strict=True)]
    if not names:
        now = [{"_content_hash": h} for h in usable.hashes]
    kept = [i for i, name in enumerate(usable.ids) if name not in was or was[name] != now[i]]
    n_changed = sum(usable.ids[i] in was for i in kept)
    taken = attributes.take(pa.array(kept, pa.int64())) if names else usable.attributes.slice(0, len(kept))
    ids, hashes = ([values[i] for i in kept] for values in (usable.ids, usable.hashes))
    return UsablePhotos(ids, hashes, taken, usable.rejections), n_changed


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN_IDS} more" if len(ids) > _SHOWN_IDS else ""
    return ", ".join(repr(name) for name in ids[:_SHOWN_IDS]) + more
