"""A generation made out of the one before: items join, change and leave, and nothing is trained again.

What the last build learned and measured stays: the network, the clusters, which space is searched, the report. Files
that did not change are links to those of the generation before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookgraph.catalogue import (
    UpdatedItems,
    align_attributes,
    glances,
    newcomer_rows,
    nodes_of_newcomers,
    small_pictures,
    update_items,
)
from lookgraph.errors import ConfigError, LookbookError
from lookgraph.evaluate import place_among
from lookgraph.gnn import embed_items, extend_hierarchy, extend_labels, save_gnn
from lookgraph.graph import Graph, update_graph
from lookgraph.index import FaissIndex
from lookgraph.lookbook import stages, survey
from lookgraph.lookbook.building import next_name
from lookgraph.lookbook.drift import Drift, measure_drift
from lookgraph.lookbook.embedding import UsablePhotos
from lookgraph.lookbook.files import folder_made_whole, link_or_copy, link_tree
from lookgraph.lookbook.generation import (
    GENERATIONS,
    Generation,
    open_generation,
    prune,
    publish,
    save_graph,
    write_manifest,
)
from lookgraph.lookbook.opened import Lookbook
from lookgraph.lookbook.photo_cache import PhotoCache
from lookgraph.lookbook.thumbnails import Thumbnails, smallest, write_rows, write_thumbnails
from lookgraph.progress import Progress

_KEPT_FILES = ("encoder", "history.json", "training.json", "space.json", "report")


@dataclass
class Renewal:
    """A generation while it is made out of the one before.

    Attributes:
        before: Opened on the published generation.
        leaving: (n_items,) bool: who leaves; a changed item leaves, too, and comes again.
        usable: Who joins.
        cache: Holds the photos of all.
        progress: Hears of every stage.
        began: :func:`time.monotonic` when the update began.
    """

    before: Lookbook
    leaving: np.ndarray
    usable: UsablePhotos
    cache: PhotoCache
    progress: Progress
    began: float

    @cached_property
    def changes_nothing(self) -> bool:
        """Nobody joins or leaves, and nothing is refused that was not before."""
        return not (self.leaving.any() or self.usable.ids or not self._rejected.equals(self.before.generation.rejected))

    def publish(self, counted: dict[str, int], source: str) -> Generation:
        """Make the generation and serve it.

        Args:
            counted: What the manifest says of it: items added, changed, removed, rejected.
            source: Where those who join come from, in a word.
        """
        root, name = self.before.root, next_name(self.before.root)
        with folder_made_whole(root / GENERATIONS / name) as folder:
            drift = self._write(folder, name)
            facts = self._facts(name, counted | {"source": source}, drift)
            facts["timings_s"] = {"total": round(time.monotonic() - self.began, 3)}
            unchanged = {
                file: known
                for file, known in self.before.manifest["files"].items()
                if (folder / file).exists() and (folder / file).samefile(self.before.generation.folder / file)
            }
            write_manifest(folder, facts | stages.counts(folder), unchanged)
        publish(root, name)
        prune(root, self.before.settings.lookbook.keep_generations)
        self.progress.note(f"published generation {name}")
        return open_generation(root, name)

    def _write(self, folder: Path, name: str) -> Drift:
        old, settings = self.before.generation, self.before.settings
        items, embeddings = self._catalogue
        nodes = np.ascontiguousarray(embeddings[items.representatives])
        pq.write_table(items.items, folder / "items.parquet")
        pq.write_table(self._rejected, folder / "rejected.parquet")
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
        items, attributes = align_attributes(self.before.items, self.usable.attributes, len(hashes))
        photos, embedded = self.cache.facts(hashes)
        known = dict(zip(items["_content_hash"].to_pylist(), items["_node"].to_pylist(), strict=True))
        settings = self.before.settings.catalogue
        pictures = small_pictures(smallest(hashes, self.cache), len(hashes))
        node = nodes_of_newcomers(hashes, pictures, known, self.before.gallery, old.thumbnail, settings)
        updated = update_items(items, self.leaving, newcomer_rows(self.usable.ids, attributes, photos), node)
        if (updated.kept < 0).all():
            raise LookbookError(
                f"not one photo of {self.before.root} would stay as it is, and an update goes on from those that do:"
                " run `lookgraph build SOURCE LOOKBOOK`"
            )
        self.progress.advance(len(hashes))
        return updated, np.concatenate([old.embeddings, embedded])[updated.rows]

    def _write_pictures(self, folder: Path, items: UpdatedItems, name: str) -> None:
        """Glances, and the thumbnails of fresh nodes as a part of their own beside those that are linked."""
        old, fresh = self.before.generation, items.fresh
        shown = [items.items["_content_hash"][int(row)].as_py() for row in items.representatives[fresh]]
        if missing := set(shown) - self.cache.known(shown):
            raise LookbookError(
                f"{len(missing)} photos that are to be shown are not in {self.before.root / 'cache'}: run"
                " `lookgraph build SOURCE LOOKBOOK`, which reads them again"
            )
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
        try:
            labels = stages.declared_labels(items.items.take(pa.array(items.representatives)), settings)
        except ConfigError as error:
            raise LookbookError(
                f"of what would be in {self.before.root} the network could not learn its labels ({error}): run"
                " `lookgraph rebuild LOOKBOOK --set gnn.labels=` first, or name other columns there"
            ) from None
        node_embeddings, learned, known = embed_items(
            gnn.network(),
            nodes,
            graph.edge_index,
            similarity=graph.similarity,
            labels=labels,
            label_channel=gnn.label_channel,
            device="cpu" if settings.gnn.device == "cpu" else "auto",  # a GPU that trained need not be here
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

    @cached_property
    def _rejected(self) -> pa.Table:
        """What was refused before and does not join now, and what was refused now."""
        now, before = stages.rejection_table(self.usable.rejections), self.before.generation.rejected
        joined = pc.is_in(before["id"], pa.array(self.usable.ids, pa.string()))
        gone = pc.or_(joined, pc.is_in(before["location"], now["location"]))
        return pa.concat_tables([before.filter(pc.invert(gone)), now.cast(before.schema)]).combine_chunks()

    @property
    def _n_fitted(self) -> int:
        manifest = self.before.manifest
        return int(manifest.get("built", {}).get("nodes", manifest["counts"]["nodes"]))

    def _facts(self, name: str, counted: dict[str, Any], drift: Drift) -> dict[str, Any]:
        """The manifest of the build, with what happened since."""
        old = self.before.manifest
        made = {"created", "files", "timings_s", "format", "build_key"}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rejected = pc.value_counts(self._rejected["reason"]).to_pylist()
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


def _link(source: Path, target: Path) -> None:
    if source.is_dir():
        link_tree(source, target)
    elif source.exists():
        link_or_copy(str(source), str(target))
