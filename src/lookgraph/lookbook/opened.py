"""An open lookbook: ask it what is like an item, or like a photo that it has never seen."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookgraph.catalogue import copies_in_gallery, representatives, small_pictures
from lookgraph.config import Settings, load_settings
from lookgraph.encoder import Int8Runtime, runs_int8
from lookgraph.errors import ConfigError, EncoderError, ItemNotFoundError, LookbookDamagedError
from lookgraph.index import FaissIndex, VectorIndex, open_index
from lookgraph.lookbook.generation import Generation, open_generation
from lookgraph.photos import THUMBNAIL_SIDES, Photo, decode_file, make_photo
from lookgraph.progress import Progress, Silent
from lookgraph.recommend import Query, Recommendation, Recommendations, SimilarItems

if TYPE_CHECKING:  # each is imported where it is needed: most of what is asked of an open lookbook needs no PyTorch
    from lookgraph.encoder import EmbeddingRuntime, TrainedEncoder
    from lookgraph.evaluate import NamedCluster
    from lookgraph.gnn import StoredGnn
    from lookgraph.graph import Graph

_ENCODER_FACTS = ("precision", "key")
_NOT_PUBLISHED = "is not the encoder that was published: `lookgraph rollback`, or build again"
_ANSWERED_FROM = {
    "graph": "graph.npz",
    "places": "map.npy",
    "attention": "attention.npz",
    "hierarchy": "cluster_levels.parquet",
    "cluster_names": "cluster_names.json",
    "rejected": "rejected.parquet",
}


class Lookbook:
    """A lookbook's published generation, ready for questions.

    Opening reads and checks; the encoder is loaded with the first photo that is asked about. An open
    lookbook answers from one generation: open it again to see what a later build published, and before so
    many builds have passed that this one is deleted (``lookbook.keep_generations``).
    """

    def __init__(self, root: Path, generation: Generation) -> None:
        """Check what the manifest says, and read the index.

        Attributes:
            search_space: "gnn" or "encoder".
            vectors: (n_nodes, dim) float32 unit rows: the space that is searched.
            index: Finds rows of ``vectors``.
        """
        self.root = root
        self.generation = generation
        self.settings = generation.settings
        try:
            self.search_space = str(generation.manifest["space"]["space"])
            self._encoder_facts = {name: str(generation.manifest["encoder"][name]) for name in _ENCODER_FACTS}
        except (KeyError, TypeError, ValueError) as error:
            raise LookbookDamagedError(
                f"{generation.folder}: its manifest lacks what this Lookgraph needs ({error}): build again"
            ) from None
        vectors = generation.node_embeddings if self.search_space == "gnn" else self.embeddings
        self.vectors: np.ndarray = vectors
        self.index = open_index(f"faiss://{generation.folder / 'index.faiss'}")
        self._similar = SimilarItems(generation.items, vectors, generation.graph, self.index)

    def __len__(self) -> int:
        return int(self.items.num_rows)

    def __repr__(self) -> str:
        return f"Lookbook({str(self.root)!r}, generation {self.generation.id}, {len(self)} items)"

    @property
    def items(self) -> pa.Table:
        """The catalogue: ``id``, the attributes, and Lookgraph's own columns, which begin with ``_``."""
        return self.generation.items

    @property
    def ids(self) -> list[str]:
        """The items' ids, in the table's order."""
        return self._similar.ids

    @property
    def attributes(self) -> dict[str, list[Any]]:
        """The items' own columns as plain values; shared, not to be changed."""
        return self._similar.columns

    @cached_property
    def node_rows(self) -> np.ndarray:
        """(n_nodes,) int64: the item that stands for each node, its largest photo."""
        return representatives(self.items)

    @cached_property
    def embeddings(self) -> np.ndarray:
        """(n_nodes, 128) float32 unit rows: the encoder's, one a different photo."""
        return np.ascontiguousarray(self.generation.embeddings[self.node_rows])

    @property
    def graph(self) -> Graph:
        """The cosine kNN graph over the nodes."""
        return self.generation.graph

    @property
    def report(self) -> Path:
        """The report's page; ``metrics.json`` lies beside it."""
        return self.generation.folder / "report" / "report.html"

    @property
    def manifest(self) -> dict[str, Any]:
        """How the generation was made, and what is in it."""
        return self.generation.manifest

    def similar(
        self,
        item_or_photo: str | PathLike[str],
        k: int | None = None,
        *,
        where: str | None = None,
        diversity: float | None = None,
    ) -> Recommendations:
        """What is like this?

        Args:
            item_or_photo: An item's id, or the path of a photo. A photo from outside is embedded, linked to
                its neighbours and passed through the trained network.
            k: Answers; None: the setting ``recommend.k``.
            where: Which items may answer, for example ``"season == 'Summer' and gender != 'Men'"``.
            diversity: 0 most similar, 1 most varied; None: the setting ``recommend.diversity``.

        Returns:
            k answers, fewer only where the filter leaves fewer; no photo twice, never the query's own.

        Raises:
            ItemNotFoundError: neither an item nor a file.
            PhotoError: the photo cannot be used.
            FilterError, ConfigError: the filter, k or diversity cannot be.
        """
        row = self._row_of_id.get(str(item_or_photo))
        query = self._query_for_path(Path(item_or_photo)) if row is None else self._similar.query_for_row(row)
        return self._page(str(item_or_photo), query, k, where, diversity)

    def similar_to(
        self, photo: Photo, k: int | None = None, *, where: str | None = None, diversity: float | None = None
    ) -> Recommendations:
        """What is like a photo that was decoded elsewhere, for example in a killable worker?

        Args:
            photo: Its ``pixels`` have the side :attr:`side_px`.
            k, where, diversity: As for :meth:`similar`.
        """
        return self._page("photo", self._query_for_photo(photo), k, where, diversity)

    def _page(
        self, name: str, query: Query, k: int | None, where: str | None, diversity: float | None
    ) -> Recommendations:
        answers = self._similar.search(
            query,
            self.settings.recommend.k if k is None else k,
            where,
            self.settings.recommend.diversity if diversity is None else diversity,
        )
        return Recommendations(name, answers, lambda i: self.thumbnail(i))

    def thumbnail(self, row: int, side: int = 240) -> bytes:
        """WebP bytes of an item's photo, its longer side at most ``side`` pixels (240, 480 or 960)."""
        return self.generation.thumbnail(self.items["_node"][row].as_py(), side)

    def explain(self, row: int, nodes: np.ndarray, scores: np.ndarray) -> Sequence[Recommendation]:
        """The answers to 'what is like this item' for nodes that were found before, with their reasons."""
        return self._similar.explain(self._similar.query_for_row(row), nodes, scores)

    def attention(self, node: int) -> tuple[np.ndarray, np.ndarray | None]:
        """What the graph network looks at for one photo.

        Returns:
            (k,) int64 nodes that it is linked to, and (k + 1,) float32 weights of layer one, the mean over its
            heads: a neighbour's each, last the photo's own; they sum to one. None where there is no network.
        """
        graph, attention = self.generation.graph, self.generation.attention
        begin, end = np.searchsorted(graph.edge_index[1], [node, node + 1])
        neighbours = np.asarray(graph.edge_index[0][begin:end])
        if attention is None:
            return neighbours, None
        return neighbours, np.append(attention.links[begin:end], attention.own[node])

    def clusters(self, level: int = 0) -> list[NamedCluster]:
        """The clusters of the searched space, by name.

        Args:
            level: 0: about 10 of them; 1: about 100; 2: about 1,000; each lies in one of the level above. A small
                catalogue has fewer levels.

        Returns:
            The level's clusters, the largest first. Row i of ``generation.hierarchy.of(level)`` has the number of
            the cluster that node i is in.

        Raises:
            ConfigError: there is no such level.
        """
        n_levels = self.generation.hierarchy.n_levels
        if not 0 <= level < n_levels:
            raise ConfigError(f"level={level}: {len(self)} items have clusters at {n_levels} levels, 0 is the coarsest")
        return [cluster for cluster in self.generation.cluster_names if cluster.level == level]

    def _query_for_path(self, path: Path) -> Query:
        if not os.path.exists(path):  # noqa: PTH110 (a name too long is no file, not an error)
            near = difflib.get_close_matches(str(path), list(self._row_of_id)[:50_000], n=3, cutoff=0.6)
            hint = f"did you mean {' or '.join(near)}?" if near else f"ids look like {self.items['id'][0].as_py()!r}"
            raise ItemNotFoundError(f"{str(path)!r} is neither an item's id nor a photo's path: {hint}")
        return self._query_for_photo(decode_file(path, self.settings.photos, self.side_px))

    def _query_for_photo(self, photo: Photo) -> Query:
        embedding = self._runtime.embed_one(photo.pixels)
        similarity, neighbours = self._encoder_index.search(embedding[None], self.settings.graph.k)
        vector = embedding
        if self.search_space == "gnn":
            vector = self.gnn.embed(embedding[None], neighbours, similarity, self.embeddings)[0]
        return Query(vector, neighbours[0], own=self._nodes_showing(photo))

    def _nodes_showing(self, photo: Photo) -> tuple[int, ...]:
        """The nodes that show this very photo, in any of their items, or a copy of it."""
        node = self.items["_node"].to_numpy()
        same = node[np.asarray(pc.equal(self.items["_content_hash"], photo.content_hash))]
        own = small_pictures([photo.thumbnails[min(THUMBNAIL_SIDES)]], 1)
        pairs, _ = copies_in_gallery(own, self.gallery, self.generation.thumbnail, self.settings.catalogue)
        copied = pairs[:, 1]
        return tuple(np.unique(np.concatenate([same, copied])).tolist())

    @property
    def side_px(self) -> int:
        """Side of the square picture that the encoder takes.

        Raises:
            EncoderError: the encoder cannot run here in the precision of the build.
        """
        return self._runtime.side_px

    @cached_property
    def _runtime(self) -> EmbeddingRuntime | Int8Runtime:
        """The encoder as the build ran it: in the same precision, whatever runs it here.

        Raises:
            EncoderError: that precision is not to be had here.
            LookbookDamagedError: the encoder's files are not those that were published.
        """
        folder, precision = self.generation.encoder_folder, self._encoder_facts["precision"]
        wanted, threads = load_settings().encoder.runtime, self.settings.encoder.threads
        runtime: EmbeddingRuntime | Int8Runtime
        if precision == "int8" and wanted in ("auto", "openvino") and runs_int8(folder):
            try:
                runtime = Int8Runtime(folder, threads)
            except EncoderError:
                raise LookbookDamagedError(f"{folder} {_NOT_PUBLISHED}") from None
            key = runtime.key
        else:
            from lookgraph.encoder import EmbeddingRuntime

            same = {"runtime": wanted, "precision": precision}
            runtime = EmbeddingRuntime(self.encoder, self.settings.encoder.model_copy(update=same))
            key = runtime.backend.key
        if key != self._encoder_facts["key"]:
            raise LookbookDamagedError(f"{folder} {_NOT_PUBLISHED}")
        return runtime

    @cached_property
    def _row_of_id(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    @cached_property
    def gallery(self) -> np.ndarray:
        """(n_nodes, 3, 96) float32: the glances as searches take them, each view in one piece; converted once."""
        views = np.asarray(self.generation.glances, np.float32).transpose(1, 0, 2)
        return np.ascontiguousarray(views).transpose(1, 0, 2)

    @cached_property
    def _encoder_index(self) -> VectorIndex:
        """Links photos from outside to their neighbours, exactly; made once, not for every photo."""
        if self.search_space == "encoder" and len(self.embeddings) <= self.settings.graph.exact_up_to:
            return self.index  # the very same vectors, searched exactly
        return FaissIndex.build(self.embeddings, exact_up_to=len(self.embeddings))

    @cached_property
    def gnn(self) -> StoredGnn:
        """The trained network.

        Raises:
            LookbookDamagedError: there is none, or it cannot be read.
        """
        from lookgraph.gnn import load_gnn

        return load_gnn(self.generation.folder / "gnn.safetensors")

    def warm_up(self, like: Lookbook | None = None) -> None:
        """Load what the first photo from outside needs, and open every file that answers are made from.

        A generation that a later build deletes goes on answering from what is open: photos, searches, the network's
        attention, the map and what was rejected. Only the report's page is read when it is asked for.

        Args:
            like: An open lookbook whose encoder is taken over, if this one was built with the very same.
        """
        if like is not None and like._encoder_facts == self._encoder_facts and "_runtime" in like.__dict__:
            self.__dict__["_runtime"] = like._runtime
        for side in THUMBNAIL_SIDES:
            self.generation.thumbnail(0, side)
        for part, file in _ANSWERED_FROM.items():
            if file in self.generation.manifest["files"]:
                getattr(self.generation, part)
        self.similar_to(make_photo(self.thumbnail(0), self.settings.photos, self.side_px), 1)

    @cached_property
    def encoder(self) -> TrainedEncoder:
        """The encoder that the lookbook was built with: its own copy, whatever weights the package brings by now.

        Raises:
            EncoderError: its files are damaged.
        """
        from lookgraph.encoder import load_encoder

        return load_encoder(self.generation.encoder_folder)


def build(
    source: str | PathLike[str],
    lookbook: str | PathLike[str],
    *,
    settings: Settings | Mapping[str, object] | None = None,
    metadata: str | PathLike[str] | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    progress: Progress | None = None,
) -> Lookbook:
    """Build a lookbook from photos, or bring it up to date; a killed build goes on where it stopped.

    Args:
        source: A folder of photos (with ``metadata.csv`` or ``.jsonl`` in it, or without), a CSV or JSONL with
            a column of paths, or Parquet with a column of images.
        lookbook: The folder to write, by custom ``NAME.lookbook``.
        settings: Ready ones, or dotted names to values, for example ``{"graph.k": 20}``.
        metadata: A table of attributes that lies elsewhere.
        image_column: The column with paths or images, where it is not recognised.
        id_column: The column with ids, where it is not called ``id``.
        progress: Hears of every stage.

    Raises:
        LookgraphError: its subclasses say what was wrong; a published generation stays as it was.
    """
    from lookgraph.lookbook.building import build_generation

    generation = build_generation(
        Path(source),
        Path(lookbook),
        settings if isinstance(settings, Settings) else load_settings(settings),
        progress or Silent(),
        metadata=None if metadata is None else Path(metadata),
        image_column=image_column,
        id_column=id_column,
    )
    return Lookbook(Path(lookbook), generation)


def rebuild(
    lookbook: str | PathLike[str],
    *,
    changes: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Lookbook:
    """Build a lookbook anew from the photos it holds, those that updates brought included; no photo is read again.

    Args:
        lookbook: The folder that ``build`` made.
        changes: Settings that are to differ from those it was built with, for example ``{"graph.k": 20}``.
        progress: Hears of every stage.

    Raises:
        LookbookError: the lookbook's cache lacks photos, as these settings would see them.
    """
    from lookgraph.lookbook.building import rebuild_generation

    return Lookbook(Path(lookbook), rebuild_generation(Path(lookbook), changes, progress or Silent()))


def open(path: str | PathLike[str], generation: str | None = None) -> Lookbook:
    """Open a lookbook.

    Args:
        path: The folder that ``build`` made.
        generation: An earlier generation's name; None: the published one.

    Raises:
        LookbookError: no lookbook there, or one that is damaged or too new.
    """
    root = Path(path)
    return Lookbook(root, open_generation(root, generation))
