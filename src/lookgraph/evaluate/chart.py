"""What does the interactive map show? All of a build that it needs, as one JSON document of packed columns.

The same document lies inside the report's page and is loaded by the site: ``templates/map/`` draws it. A column is
``{"type": "uint16", "data": base64}``, little-endian. Categories count from 1; 0 is 'has none'.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.naming import NamedCluster
from lookgraph.gnn import Attention, Hierarchy

_LEVEL_TITLES: Final = ("Clusters, coarse", "Clusters, middle", "Clusters, fine")
_FULL: Final = 65_535


@dataclass(frozen=True)
class Chart:
    """What the map shows beside photos and attributes, a row a node.

    Attributes:
        places: (n, 2) float32 in 0..1, y upwards.
        hierarchy: Nested clusters.
        named: Their names, all levels.
        edge_index: (2, n_edges) int64, neighbour -> item, sorted by item.
        similarity: (n_edges,) cosine of the edges.
        attention: The network's, to the same edges; None where there is no network.
    """

    places: np.ndarray
    hierarchy: Hierarchy
    named: Sequence[NamedCluster]
    edge_index: np.ndarray
    similarity: np.ndarray
    attention: Attention | None

    def names(self, level: int) -> list[str]:
        """Of a level's clusters, by number."""
        return [cluster.name for cluster in self.named if cluster.level == level]


def chart_document(
    chart: Chart,
    nodes: np.ndarray,
    ids: Sequence[str],
    attributes: Mapping[str, Labels],
    photos: Mapping[str, Any],
    space: str,
) -> dict[str, Any]:
    """The map of some nodes.

    Args:
        chart: Of all n nodes.
        nodes: (m,) int64, sorted: those on the map.
        ids: n, of the items that stand for the nodes.
        attributes: Categories of the n nodes.
        photos: How the page finds the photos of the m nodes; see ``templates/map/photos.js``.
        space: "encoder" or "gnn": the space that is searched.
    """
    return {
        "n": len(nodes),
        "of": len(ids),
        "space": space,
        "ids": [ids[node] for node in nodes],
        "x": packed(np.rint(chart.places[nodes, 0] * _FULL), np.uint16),
        "y": packed(np.rint(chart.places[nodes, 1] * _FULL), np.uint16),
        "colourings": [*_levels(chart, nodes), *_attributes(attributes, nodes)],
        "links": _links(chart, nodes),
        "photos": dict(photos),
    }


def evenly_spread(places: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(at most count,) int64, sorted: nodes from all over the map, one a cell of a grid before any second one."""
    n = len(places)
    if n <= count:
        return np.arange(n)
    across = max(1, round(np.sqrt(count)))
    cell = np.minimum((places * across).astype(np.int64), across - 1)
    order = np.random.default_rng([seed, 6]).permutation(n)
    number = (cell[:, 1] * across + cell[:, 0])[order]
    by_cell = np.argsort(number, kind="stable")
    sizes = np.bincount(number, minlength=across * across)
    turn = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen: np.ndarray = np.sort(order[by_cell[np.argsort(turn, kind="stable")[:count]]])
    return chosen


def packed(values: np.ndarray, kind: type[np.unsignedinteger[Any]]) -> dict[str, str]:
    """Whole numbers as the page unpacks them."""
    column = np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<"))
    return {"type": np.dtype(kind).name, "data": base64.b64encode(column.tobytes()).decode("ascii")}


def _levels(chart: Chart, nodes: np.ndarray) -> list[dict[str, Any]]:
    levels = range(chart.hierarchy.n_levels)
    return [
        {
            "title": _LEVEL_TITLES[level] if chart.hierarchy.n_levels > 1 else "Clusters",
            "level": level,
            "values": chart.names(level),
            "codes": packed(chart.hierarchy.of(level)[nodes] + 1, np.uint16),
        }
        for level in levels
    ]


def _attributes(attributes: Mapping[str, Labels], nodes: np.ndarray) -> list[dict[str, Any]]:
    return [
        {
            "title": name.replace("_", " ").strip().capitalize(),
            "values": ["yes" if v == "true" else "no" if v == "false" else v for v in labels.names],
            "codes": packed(labels.codes[nodes] + 1, np.uint16),
        }
        for name, labels in attributes.items()
    ]


def _links(chart: Chart, nodes: np.ndarray) -> dict[str, Any]:
    """The links between nodes on the map, item after item, with attention or, without a network, the cosine."""
    place = np.full(len(chart.places), -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    source, target = place[chart.edge_index]
    kept = (source >= 0) & (target >= 0)
    weights = chart.similarity if chart.attention is None else chart.attention.links
    n_links = np.bincount(target[kept], minlength=len(nodes))
    return {
        "weighs": "cosine" if chart.attention is None else "attention",
        "starts": packed(np.concatenate([[0], np.cumsum(n_links)]), np.uint32),
        "sources": packed(source[kept], np.uint16 if len(nodes) <= _FULL else np.uint32),
        "weights": packed(np.rint(weights[kept].clip(0, 1) * _FULL), np.uint16),
        "own": None if chart.attention is None else packed(np.rint(chart.attention.own[nodes] * _FULL), np.uint16),
    }
