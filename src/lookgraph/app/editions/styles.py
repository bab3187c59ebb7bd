"""The clusters as people meet them: a name, a cover, a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.app.editions.facets import Facet

_MIN_SHARE: Final = 0.25
_MIN_LIFT: Final = 1.3
_HUES: Final = {  # degrees of Cr over Cb
    "red": 109,
    "orange": 149,
    "yellow": 171,
    "green": 232,
    "teal": 288,
    "blue": 351,
    "violet": 23,
    "pink": 80,
}
_GREY_CHROMA: Final = 7.0


@dataclass(frozen=True, slots=True)
class Style:
    """One cluster.

    Attributes:
        cluster: Its number in this generation.
        cover: The node in its middle.
        covers: Up to four nodes near its middle.
        n_nodes: Photos in it.
    """

    cluster: int
    name: str
    cover: int
    covers: tuple[int, ...]
    n_nodes: int


def find_styles(
    clusters: np.ndarray, vectors: np.ndarray, facets: list[Facet], rows: np.ndarray, glances: np.ndarray
) -> list[Style]:
    """Name every cluster; the largest first.

    Args:
        clusters: (n_nodes,) int64.
        vectors: (n_nodes, dim) float32 unit rows.
        facets: Of the items.
        rows: (n_nodes,) the item that stands for each node.
        glances: (n_nodes, 96) of the content's frame.
    """
    base = [np.bincount(f.codes[rows][f.codes[rows] >= 0], minlength=len(f.values)) / len(rows) for f in facets]
    found, names = [], set()
    for cluster, n_nodes in zip(*np.unique(clusters, return_counts=True), strict=True):
        nodes = np.flatnonzero(clusters == cluster)
        middle = vectors[nodes].mean(axis=0)
        nearest = nodes[np.argsort(-(vectors[nodes] @ middle), kind="stable")]
        words = _telling_values(facets, base, rows[nodes])
        colour = _tone(glances[nodes])
        found.append((int(n_nodes), int(cluster), words, colour, nearest))
    styles = []
    for n_nodes, cluster, words, colour, nearest in sorted(found, key=lambda each: (-each[0], each[1])):
        candidates = [" ".join(words[:1]), " · ".join([*words[:1], colour]), " · ".join([*words[:2], colour])]
        name = next((c for c in candidates if c and c not in names), "")
        number = 2
        while not name or name in names:
            name = f"{candidates[1] or 'Style'} {number}"
            number += 1
        names.add(name)
        styles.append(Style(cluster, name, int(nearest[0]), tuple(nearest[:4].tolist()), n_nodes))
    return styles


def _telling_values(facets: list[Facet], base: list[np.ndarray], rows: np.ndarray) -> list[str]:
    """Values that are frequent in a cluster and more frequent than elsewhere, most telling first."""
    telling = []
    for facet, usual in zip(facets, base, strict=True):
        if set(facet.values) <= {"yes", "no"} or all(value.lstrip("-").isdigit() for value in facet.values):
            continue
        codes = facet.codes[rows]
        share = np.bincount(codes[codes >= 0], minlength=len(facet.values)) / len(rows)
        lift = share / np.maximum(usual, 1e-9)
        score = share * np.log(np.maximum(lift, 1e-9))
        best = int(np.argmax(score))
        if share[best] >= _MIN_SHARE and lift[best] >= _MIN_LIFT:
            telling.append((float(score[best]), facet.values[best]))
    return [value[:1].upper() + value[1:] for _, value in sorted(telling, reverse=True)]


def _tone(glances: np.ndarray) -> str:
    """A word for the mean colour of what the photos show."""
    mean = np.asarray(glances, np.float32).mean(axis=0)
    bright = float(mean[:64].reshape(8, 8)[2:6, 2:6].mean())
    blue, red = (float(plane[1:3, 1:3].mean()) / 2 - 128 for plane in mean[64:].reshape(2, 4, 4))
    light = "light" if bright > 165 else "dark" if bright < 95 else "mid"
    if np.hypot(blue, red) < _GREY_CHROMA:
        return f"{light} tones"
    angle = np.degrees(np.arctan2(red, blue)) % 360  # Cr over Cb
    hue = min(_HUES, key=lambda name: min(abs(angle - _HUES[name]), 360 - abs(angle - _HUES[name])))
    return f"{light} {hue}" if light != "mid" else hue
