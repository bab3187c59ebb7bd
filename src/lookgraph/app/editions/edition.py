"""One generation, opened for serving. A request takes one edition and answers from nothing else."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lookgraph import lookbook as books
from lookgraph.app.editions.facets import Facet, filtered, find_facets
from lookgraph.app.editions.feed import Feed
from lookgraph.app.editions.looks import Look, Looks
from lookgraph.app.editions.memory import give_back_memory
from lookgraph.app.editions.neighbours import NeighbourTable
from lookgraph.app.editions.styles import Style, browsed_level, find_styles
from lookgraph.app.editions.thumbhash import thumbhashes
from lookgraph.app.editions.tiles import HASH_LENGTH, Tile, alt_of, item_url, picture_sizes, title_of
from lookgraph.app.editions.words import WordIndex
from lookgraph.errors import ItemNotFoundError
from lookgraph.photos import Photo
from lookgraph.recommend import Recommendation, Recommendations

_KEPT_TILES = 6_000
_EMBEDDING = threading.Lock()  # editions may share an encoder, and it takes one photo at a time


class Pictures:
    """The photos of one generation, by what their addresses say."""

    def __init__(self, generation: books.Generation, hashes: list[str]) -> None:
        """hashes: Of each node's photo's content."""
        self._generation = generation
        self._node_of_hash = {content[:HASH_LENGTH]: node for node, content in enumerate(hashes)}

    def get(self, photo_hash: str, side: int) -> bytes | None:
        """The thumbnail that an address of :func:`.tiles.picture_sizes` names, if this generation has it."""
        node = self._node_of_hash.get(photo_hash)
        return None if node is None else self._generation.thumbnail(node, side)


class Edition:
    """A published generation with everything that pages and answers are made from."""

    def __init__(self, lookbook: books.Lookbook) -> None:
        self.lookbook = lookbook
        items, generation = lookbook.items, lookbook.generation
        self.ids = lookbook.ids
        self.row_of_id = {name: row for row, name in enumerate(self.ids)}
        self.node_of_row: np.ndarray = items["_node"].to_numpy()
        self.row_of_node = lookbook.node_rows
        self.attributes = lookbook.attributes
        self.facets: list[Facet] = find_facets(items)
        self._categories = [f.name for f in self.facets if not set(f.values) <= {"yes", "no"}]
        self._hashes: list[str] = items["_content_hash"].to_pylist()
        self.pictures = Pictures(generation, [self._hashes[row] for row in self.row_of_node.tolist()])
        self._width, self._height = items["_width"].to_numpy(), items["_height"].to_numpy()
        self._colour: list[str] = items["_colour"].to_pylist()
        rows = self.row_of_node
        self._thumbhash = thumbhashes(generation.glances[:, 0], self._width[rows], self._height[rows])
        level = browsed_level(generation.hierarchy)
        self.clusters: np.ndarray = generation.hierarchy.of(level)
        self.styles: list[Style] = find_styles(generation.hierarchy, generation.cluster_names, level, lookbook.vectors)
        self.style_of_cluster = {style.cluster: style for style in self.styles}
        self.words = WordIndex(items)
        self.feed = Feed(lookbook.vectors, self.clusters)
        self.looks = Looks(generation.glances)
        self.neighbours = NeighbourTable(lookbook.vectors, lookbook.index)
        self.tile = lru_cache(_KEPT_TILES)(self._tile)
        self.rendered: dict[tuple[int, int], bytes] = {}
        self.rendered_items: dict[int, bytes] = {}
        self.parts: dict[str, str] = {}

    @property
    def id(self) -> str:
        """The generation's name."""
        return self.lookbook.generation.id

    @property
    def origin(self) -> dict[str, str]:
        """What the source says of itself, for example ``{"photos": "drawn, not photographed"}``."""
        said: dict[str, str] = self.lookbook.manifest["source"].get("origin", {})
        return said

    @property
    def n_items(self) -> int:
        return len(self.ids)

    @property
    def n_nodes(self) -> int:
        return len(self.row_of_node)

    def row(self, item_id: str) -> int:
        """The row of an item.

        Raises:
            ItemNotFoundError: this generation has no such item.
        """
        row = self.row_of_id.get(item_id)
        if row is None:
            raise ItemNotFoundError(
                f"no item {item_id[:80]!r} in generation {self.id}: it may have left the catalogue with a later build"
            )
        return row

    def nodes_of_ids(self, item_ids: list[str]) -> list[int]:
        """The nodes of those items that this generation has, in their order."""
        rows = [self.row_of_id[each] for each in item_ids if each in self.row_of_id]
        return self.node_of_row[rows].tolist() if rows else []

    def similar(self, row: int, k: int, hidden: set[int] | None = None) -> list[Recommendation]:
        """As :meth:`Lookbook.similar` answers without filter and diversity, from the table where that reaches."""
        node = int(self.node_of_row[row])
        nodes, scores = self.neighbours.of(node)
        if hidden:
            shown = ~np.isin(nodes, list(hidden))
            nodes, scores = nodes[shown], scores[shown]
        if len(nodes) < k and len(nodes) < self.n_nodes - 1 - len(hidden or ()):
            found = self.lookbook.similar(self.ids[row], k + len(hidden or ()), diversity=0.0)
            return [answer for answer in found if not hidden or answer.node not in hidden][:k]
        return list(self.lookbook.explain(row, nodes[:k], scores[:k]))

    def similar_to(self, photo: Photo, k: int, where: str | None = None, diversity: float = 0.0) -> Recommendations:
        """As :meth:`Lookbook.similar_to`; one photo at a time goes through the encoder."""
        with _EMBEDDING:
            return self.lookbook.similar_to(photo, k, where=where, diversity=diversity)

    def by_look(self, row: int, look: Look, k: int, hidden: set[int]) -> list[Recommendation]:
        """What has the shape, or the colour, of an item's photo."""
        nodes, scores = self.looks.nearest(int(self.node_of_row[row]), look, k + len(hidden))
        shown = ~np.isin(nodes, list(hidden))
        return list(self.lookbook.explain(row, nodes[shown][:k], scores[shown][:k]))

    def relevance(self, chosen: Mapping[str, frozenset[str]], words: str, cluster: int | None) -> np.ndarray | None:
        """(n_nodes,) float32: 0 for nodes that a search leaves out; None where it leaves out nothing.

        A node is in if any of its items is, as everywhere.
        """
        kept = filtered(self.facets, chosen)
        fits = self.words.search(words) if words.strip() else None
        if kept is None and fits is None and cluster is None:
            return None
        by_item = np.ones(self.n_items, np.float32) if fits is None else fits
        if kept is not None:
            by_item = np.where(kept, by_item, np.float32(0))
        by_node = np.zeros(self.n_nodes, np.float32)
        np.maximum.at(by_node, self.node_of_row, by_item)
        if cluster is not None:
            by_node[self.clusters != cluster] = 0
        return by_node

    def item(self, row: int) -> dict[str, Any]:
        """An item as the API gives it."""
        tile = self.tile(row)
        style = self.style_of_cluster[int(self.clusters[tile.node])]
        return {
            "id": tile.id,
            "title": tile.title,
            "url": tile.url,
            "attributes": {name: values[row] for name, values in self.attributes.items()},
            "photo": {
                "width": tile.width,
                "height": tile.height,
                "colour": tile.colour,
                "thumbhash": tile.thumbhash,
                "sizes": [{"width": width, "url": url} for width, url in tile.sizes],
            },
            "style": {"id": self.ids[int(self.row_of_node[style.cover])], "name": style.name},
        }

    def tile_of_node(self, node: int) -> Tile:
        return self.tile(int(self.row_of_node[node]))

    @cached_property
    def duplicates(self) -> list[list[int]]:
        """Rows of items that show one photo, a list a photo, the largest group first."""
        order = np.argsort(self.node_of_row, kind="stable")
        counts = np.bincount(self.node_of_row, minlength=self.n_nodes)
        groups = np.split(order, np.cumsum(counts)[:-1])
        return sorted((group.tolist() for group in groups if len(group) > 1), key=lambda g: (-len(g), g))

    def copies(self, row: int) -> list[int]:
        """The other items that show this item's photo."""
        same = np.flatnonzero(self.node_of_row == self.node_of_row[row])
        return [int(each) for each in same if each != row]

    def _tile(self, row: int) -> Tile:
        node = int(self.node_of_row[row])
        shown = int(self.row_of_node[node])  # the photo is the node's; its words are the item's
        attributes = {name: values[row] for name, values in self.attributes.items()}
        title = title_of(attributes, self._categories)
        width, height = int(self._width[shown]), int(self._height[shown])
        return Tile(
            row=row,
            node=node,
            id=self.ids[row],
            title=title,
            alt=alt_of(title, attributes, self._categories),
            url=item_url(self.ids[row]),
            width=width,
            height=height,
            colour=self._colour[shown],
            thumbhash=self._thumbhash[node],
            sizes=picture_sizes(width, height, self._hashes[shown]),
        )


def open_edition(root: Path, name: str | None = None, *, fill: bool = True, before: Edition | None = None) -> Edition:
    """Open the published generation (or a named one), ready for its first request.

    Args:
        before: The edition that was served until now; its encoder is taken over where it is the same.
        fill: Find all neighbours in a thread of its own; without, each is found when it is first asked for.

    Raises:
        LookbookError: there is none, or it is damaged.
    """
    lookbook = books.open(root, name)
    with _EMBEDDING:
        lookbook.warm_up(None if before is None else before.lookbook)
    edition = Edition(lookbook)
    give_back_memory()
    if fill:
        threading.Thread(target=edition.neighbours.fill, name="neighbours", daemon=True).start()
    return edition
