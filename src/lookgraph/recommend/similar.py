"""What is like this? Candidates from the index, a page without repeats, and a reason for each answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from lookgraph.catalogue import attribute_names, filter_items, representatives
from lookgraph.errors import ConfigError
from lookgraph.graph import Graph
from lookgraph.index import VectorIndex
from lookgraph.recommend.diversity import rerank
from lookgraph.recommend.results import Recommendation

_MAX_SHARED_ATTRIBUTES = 4
_CANDIDATES_A_PLACE = 5


@dataclass(frozen=True)
class Query:
    """What is searched for, in the searched space.

    Attributes:
        vector: (dim,) float32, unit length.
        own: Nodes that show the very photo that is asked about: they are never among the answers.
        row: The item's row in the catalogue, where it is an item.
        neighbours: (k,) int64 nodes that it is linked to.
    """

    vector: np.ndarray
    neighbours: np.ndarray
    own: tuple[int, ...] = ()
    row: int | None = None


class SimilarItems:
    """Answers 'more like this' over one catalogue.

    Args:
        items: The table of items.
        vectors: (n_nodes, dim) float32 unit rows: the searched space.
        graph: The graph over the same nodes; it gives the reasons.
        index: Finds rows of ``vectors``.
    """

    def __init__(self, items: pa.Table, vectors: np.ndarray, graph: Graph, index: VectorIndex) -> None:
        self._items, self._vectors, self._index = items, vectors, index
        self._node_of_row = items["_node"].to_numpy()
        self._row_of_node = representatives(items)
        self._neighbours = _NeighbourLists(graph)
        self._attributes = attribute_names(items)

    def query_for_row(self, row: int) -> Query:
        """Ask for what is like an item of the catalogue."""
        node = int(self._node_of_row[row])
        return Query(self._vectors[node], self._neighbours.of(node), (node,), row)

    def search(self, query: Query, k: int, where: str | None = None, diversity: float = 0.0) -> list[Recommendation]:
        """Find k items like the query: full pages, no photo twice, never the query's own photo.

        Args:
            query: From :meth:`query_for_row`, or made for a photo from outside.
            k: Answers; fewer come only where the filter leaves fewer.
            where: A filter, see :func:`~lookgraph.catalogue.filter_items`.
            diversity: 0 to 1, see :func:`~lookgraph.recommend.diversity.rerank`.

        Raises:
            ConfigError: k or diversity is outside its range.
            FilterError: the filter cannot be understood.
        """
        if k < 1:
            raise ConfigError(f"k={k}: at least 1 answer must be asked for")
        if not 0 <= diversity <= 1:
            raise ConfigError(f"diversity={diversity}: a number from 0 (most similar) to 1 (most varied) is needed")
        shown = self._row_of_node if where is None else self._shown_rows(filter_items(self._items, where))
        allowed = shown >= 0
        allowed[list(query.own)] = False
        n_candidates = min(k if diversity == 0 else k * _CANDIDATES_A_PLACE, int(allowed.sum()))
        if n_candidates == 0:
            return []
        similarity, nodes = self._index.search(query.vector[None], n_candidates, allowed)
        similarity, nodes = similarity[0][nodes[0] >= 0], nodes[0][nodes[0] >= 0]
        order = rerank(similarity, self._vectors[nodes], k, diversity)
        return self._answers(query, nodes[order], shown[nodes[order]], similarity[order])

    def explain(self, query: Query, nodes: np.ndarray, scores: np.ndarray) -> list[Recommendation]:
        """The answers that these nodes are, with their reasons: for a search that was made before.

        Args:
            query: What was searched for.
            nodes: (k,) int64, in the order in which to show them.
            scores: (k,) float32 cosines with the query.
        """
        return self._answers(query, nodes, self._row_of_node[nodes], scores)

    def _answers(self, query: Query, nodes: np.ndarray, rows: np.ndarray, scores: np.ndarray) -> list[Recommendation]:
        neighbours = frozenset(query.neighbours.tolist())
        return [
            self._explain(query, neighbours, *answer)
            for answer in zip(nodes.tolist(), rows.tolist(), scores.tolist(), strict=True)
        ]

    def _shown_rows(self, kept: np.ndarray) -> np.ndarray:
        """(n_nodes,) int64: the item that stands for each node under a filter, or -1 where all its items are out."""
        shown = np.full(len(self._row_of_node), -1, np.int64)
        rows = np.flatnonzero(kept)[::-1]
        shown[self._node_of_row[rows]] = rows  # written backwards, so that the first item of a group stays
        usual_is_kept = kept[self._row_of_node]
        shown[usual_is_kept] = self._row_of_node[usual_is_kept]
        return shown

    def _explain(self, query: Query, neighbours: frozenset[int], node: int, row: int, score: float) -> Recommendation:
        n_shared = len(neighbours.intersection(self._neighbours.of(node).tolist()))
        reasons = []
        if node in neighbours:
            reasons.append("a direct neighbour in the graph")
        if n_shared:
            reasons.append(f"{n_shared} of {len(query.neighbours)} neighbours shared")
        attributes = {name: values[row] for name, values in self.columns.items()}
        if query.row is not None:
            reasons += self._shared_attributes(query.row, attributes)
        return Recommendation(self.ids[row], score, tuple(reasons), attributes, row, node)

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        """The attributes as plain values, taken out of the table once: a page looks up many of them."""
        return {name: self._items[name].to_pylist() for name in self._attributes}

    @cached_property
    def ids(self) -> list[str]:
        """The items' ids, in the table's order."""
        ids: list[str] = self._items["id"].to_pylist()
        return ids

    def _shared_attributes(self, row: int, attributes: dict[str, object]) -> list[str]:
        equal = [
            f"same {name}: {value}"
            for name, value in attributes.items()
            if value is not None and not isinstance(value, float) and self.columns[name][row] == value
        ]
        return equal[:_MAX_SHARED_ATTRIBUTES]


class _NeighbourLists:
    """Each node's neighbours, read off the edges, which are sorted by item."""

    def __init__(self, graph: Graph) -> None:
        self._sources = graph.edge_index[0]
        self._starts = np.searchsorted(graph.edge_index[1], np.arange(graph.n_items + 1))

    def of(self, node: int) -> np.ndarray:
        listed: np.ndarray = self._sources[self._starts[node] : self._starts[node + 1]]
        return listed
