"""One finished build inside a lookbook: its files, its manifest, how it is published and how it is read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.config import Settings
from lookgraph.errors import LookbookDamagedError, LookbookError, LookbookFormatError
from lookgraph.gnn import Attention, Hierarchy, load_attention
from lookgraph.graph import Graph
from lookgraph.lookbook.cluster_files import load_hierarchy, load_names
from lookgraph.lookbook.files import remove_leftovers, sha256, write_atomically, writer_lock
from lookgraph.lookbook.thumbnails import Thumbnails

if TYPE_CHECKING:
    from lookgraph.evaluate import NamedCluster

FORMAT = 3
_NAME = re.compile(r"\d{6}")
CURRENT, GENERATIONS, MANIFEST = "CURRENT", "generations", "manifest.json"


@dataclass(frozen=True)
class Generation:
    """A generation's folder, checked on opening: every file of the manifest is there with its size.

    Attributes:
        folder: Holds the files named in the design of a lookbook.
        manifest: How it was made, what is in it.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @cached_property
    def settings(self) -> Settings:
        """What it was built with.

        Raises:
            LookbookDamagedError: the manifest does not say, or says what this Lookgraph does not know.
        """
        try:
            return Settings.model_validate(self.manifest["settings"])
        except (KeyError, ValueError) as error:
            raise LookbookDamagedError(
                f"{self.folder}: its manifest lacks what this Lookgraph needs ({error}): build again"
            ) from None

    @property
    def encoder_folder(self) -> Path:
        """The weights folder that the photos were embedded with, kept so that no other can come between."""
        return self.folder / "encoder"

    @cached_property
    def items(self) -> pa.Table:
        """The table of items, see :mod:`lookgraph.catalogue.items`."""
        return self._read("items.parquet", pq.read_table)

    @cached_property
    def rejected(self) -> pa.Table:
        """``id``, ``location``, ``reason``, ``message`` of every photo or row that was not used."""
        return self._read("rejected.parquet", pq.read_table)

    @cached_property
    def embeddings(self) -> np.ndarray:
        """(n_items, 128) float32, unit length."""
        return self._array("embeddings.npy")

    @cached_property
    def glances(self) -> np.ndarray:
        """(n_nodes, 3, 96) float16, see :mod:`lookgraph.catalogue.look_alikes`."""
        return self._array("glances.npy")

    @cached_property
    def node_embeddings(self) -> np.ndarray:
        """(n_nodes, heads * head_dim) float32, unit length."""
        return self._array("node_embeddings.npy")

    @cached_property
    def clusters(self) -> np.ndarray:
        """(n_nodes,) int64: the pseudo-label that the network's training ended with, for every node."""
        return np.asarray(self._read("clusters.parquet", pq.read_table)["cluster"].to_numpy())

    @cached_property
    def fitted(self) -> np.ndarray:
        """(n_nodes,) bool: was the graph network trained on this node? Those that updates brought, it was not."""
        if "fitted.npy" not in self.manifest["files"]:
            return np.ones(len(self.clusters), bool)
        return self._array("fitted.npy")

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """Nested clusters of the searched space."""
        hierarchy: Hierarchy = self._read("cluster_levels.parquet", load_hierarchy)
        return hierarchy

    @cached_property
    def cluster_names(self) -> list[NamedCluster]:
        """What these are called, level after level."""
        named: list[NamedCluster] = self._read("cluster_names.json", load_names)
        return named

    @cached_property
    def places(self) -> np.ndarray:
        """(n_nodes, 2) float32 in 0..1, y upwards: where every node lies on the map."""
        return self._array("map.npy")

    @cached_property
    def attention(self) -> Attention | None:
        """What the network gives the links of the graph; None where there is no network."""
        if "attention.npz" not in self.manifest["files"]:
            return None
        found: Attention = self._read("attention.npz", load_attention)
        return found

    @cached_property
    def graph(self) -> Graph:
        graph: Graph = self._read("graph.npz", load_graph)
        return graph

    @cached_property
    def history(self) -> list[dict[str, float]]:
        """The graph network's training, an epoch an entry."""
        history: list[dict[str, float]] = self._read("history.json", lambda path: json.loads(path.read_text("utf-8")))
        return history

    def thumbnail(self, node: int, side: int = 240) -> bytes:
        """WebP bytes of a node's photo, its longer side at most ``side`` (240, 480 or 960)."""
        picture: bytes | None = self._read("thumbnails", lambda _: self._thumbnails.picture(node, side))
        if picture is None:
            raise LookbookDamagedError(f"{self.folder}: node {node} has no thumbnail: roll back, or build again")
        return picture

    def verify(self) -> list[str]:
        """Compare every file with the checksum in the manifest; one line a difference."""
        return [
            f"{name}: its content is not what was published"
            for name, facts in self.manifest["files"].items()
            if sha256(self.folder / name) != facts["sha256"]
        ]

    def _array(self, name: str) -> np.ndarray:
        array: np.ndarray = self._read(name, lambda path: np.load(path, mmap_mode="r", allow_pickle=False))
        return array

    @cached_property
    def _thumbnails(self) -> Thumbnails:
        return Thumbnails(self.folder / "thumbnails")

    def _read(self, name: str, reader: Any) -> Any:
        try:
            return reader(self.folder / name)
        except (OSError, ValueError, KeyError, TypeError, EOFError, pa.ArrowException) as error:
            raise LookbookDamagedError(
                f"{self.folder / name} cannot be read ({error}): `lookgraph rollback`, or build again"
            ) from None


def save_graph(graph: Graph, path: Path) -> None:
    """Write ``graph.npz``."""
    np.savez(
        path,
        edge_index=graph.edge_index,
        similarity=graph.similarity,
        n_items=np.int64(graph.n_items),
        recall=np.float64(graph.recall),
    )


def load_graph(path: Path) -> Graph:
    """Read ``graph.npz``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Graph(arrays["edge_index"], arrays["similarity"], int(arrays["n_items"]), float(arrays["recall"]))


def write_manifest(folder: Path, facts: dict[str, Any], known: Mapping[str, dict[str, Any]] | None = None) -> None:
    """Describe a complete folder: the facts given, and size and checksum of every file in it.

    Args:
        folder: Of the generation.
        facts: What else the manifest says.
        known: Size and checksum of files whose content cannot have changed: they are links to another generation's.
    """
    files = {
        name: (known or {}).get(name) or {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (name := path.relative_to(folder).as_posix())
    }
    text = json.dumps({"format": FORMAT, **facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text, "utf-8")


def open_generation(root: Path, name: str | None = None) -> Generation:
    """Open the published generation, or a named one.

    Raises:
        LookbookError: there is no lookbook, or no such generation.
        LookbookFormatError: a newer Lookgraph wrote it.
        LookbookDamagedError: a file is missing or of another size.
    """
    name = current_name(root) if name is None else name
    folder = root / GENERATIONS / name
    if name not in generation_names(root):
        known = ", ".join(generation_names(root)) or "none"
        raise LookbookError(f"{root} has no generation {name!r}: there are {known}")
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        written = int(manifest["format"])
        files = dict(manifest.get("files", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LookbookDamagedError(f"{folder / MANIFEST} cannot be read ({error}): {_REMEDY}") from None
    if written != FORMAT:
        remedy = "update Lookgraph" if written > FORMAT else "build it again, photos are not decoded anew"
        raise LookbookFormatError(f"{folder} has format {written}, this Lookgraph reads {FORMAT}: {remedy}")
    for file, facts in files.items():
        path = folder / file
        size = path.stat().st_size if path.exists() else None
        if size != facts["bytes"]:
            found = "is missing" if size is None else f"has {size} bytes"
            raise LookbookDamagedError(f"{path} {found}, {facts['bytes']} bytes were published: {_REMEDY}")
    return Generation(folder, manifest)


_REMEDY = "`lookgraph rollback` opens the generation before it, or build again"


def current_name(root: Path) -> str:
    """The published generation's name.

    Raises:
        LookbookError: this is no lookbook, or nothing was published in it yet.
    """
    try:
        name = (root / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        if (root / GENERATIONS).is_dir() or (root / "cache").is_dir():
            raise LookbookError(f"{root} has no finished build yet: run `lookgraph build` again, it resumes") from None
        raise LookbookError(f"{root} is no lookbook (no {CURRENT} in it): make one with `lookgraph build`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise LookbookError(f"{root / CURRENT} cannot be read ({error}): `lookgraph rollback --to NAME`") from None
    if not name or "/" in name:
        raise LookbookDamagedError(
            f"{root / CURRENT} holds {name!r}, no generation's name: `lookgraph rollback --to NAME`"
        )
    return name


def generation_names(root: Path) -> list[str]:
    """Finished generations, oldest first."""
    folder = root / GENERATIONS
    return sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name)) if folder.is_dir() else []


def publish(root: Path, name: str) -> None:
    """Serve a finished generation from now on: one rename."""
    write_atomically(root / CURRENT, name + "\n")


def roll_back(root: Path, to: str | None = None) -> str:
    """Publish an earlier generation again, by default the one before the current.

    Raises:
        LookbookError: there is none.
    """
    if not (root / GENERATIONS).is_dir():
        raise LookbookError(f"{root} is no lookbook (no {GENERATIONS} in it): make one with `lookgraph build`")
    with writer_lock(root):
        names = generation_names(root)
        if to is None:
            current = current_name(root)
            earlier = [name for name in names if name < current]
            if not earlier:
                raise LookbookError(f"{root} has no generation before {current}: there is nothing to roll back to")
            to = earlier[-1]
        open_generation(root, to)
        publish(root, to)
    return to


def prune(root: Path, keep: int) -> None:
    """Delete the oldest generations beyond ``keep``, never the published one."""
    remove_leftovers(root / GENERATIONS)
    current = current_name(root)
    names = [name for name in generation_names(root) if name != current]
    for name in names[: max(0, len(names) - (keep - 1))]:
        shutil.rmtree(root / GENERATIONS / name)
