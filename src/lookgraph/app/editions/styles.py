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
_MIN_CHROMA: Final = 9.0  # levels of 255, beside the mean of all photos
_MIN_CONTRAST: Final = 24.0


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
    usual = np.asarray(glances, np.float32).mean(axis=0)
    found: list[tuple[int, int, list[str], str, np.ndarray]] = []
    names: set[str] = set()
    for cluster, n_nodes in zip(*np.unique(clusters, return_counts=True), strict=True):
        nodes = np.flatnonzero(clusters == cluster)
        middle = vectors[nodes].mean(axis=0)
        nearest = nodes[np.argsort(-(vectors[nodes] @ middle), kind="stable")]
        words = _telling_values(facets, base, rows[nodes])
        colour = _tone(glances[nodes], usual)
        found.append((int(n_nodes), int(cluster), words, colour, nearest))
    styles = []
    for n_nodes, cluster, words, colour, nearest in sorted(found, key=lambda each: (-each[0], each[1])):
        name = _first_free(names, words, colour)
        names.add(name)
        styles.append(Style(cluster, name, int(nearest[0]), tuple(nearest[:4].tolist()), n_nodes))
    return styles


def _first_free(taken: set[str], words: list[str], colour: str) -> str:
    """The shortest name that is not taken yet, numbered where words do not tell clusters apart."""
    parts = [words[:1], [*words[:1], colour], [*words[:2], colour]] if words else [[colour]]
    names = [" · ".join(part for part in each if part) for each in parts]
    names = [name[:1].upper() + name[1:] for name in names if name] or ["Mixed"]
    for name in names:
        if name not in taken:
            return name
    number = 2
    while f"{names[-1]} {number}" in taken:
        number += 1
    return f"{names[-1]} {number}"


def _telling_values(facets: list[Facet], base: list[np.ndarray], rows: np.ndarray) -> list[str]:
    """Values that are frequent in a cluster and more frequent than elsewhere, most telling first."""
    telling = []
    for facet, usual in zip(facets, base, strict=True):
        if set(facet.values) <= {"yes", "no"}:
            continue
        codes = facet.codes[rows]
        share = np.bincount(codes[codes >= 0], minlength=len(facet.values)) / len(rows)
        lift = share / np.maximum(usual, 1e-9)
        score = share * np.log(np.maximum(lift, 1e-9))
        best = int(np.argmax(score))
        is_word = not any(letter.isdigit() for letter in facet.values[best])  # no number or code makes a name
        if is_word and share[best] >= _MIN_SHARE and lift[best] >= _MIN_LIFT:
            telling.append((float(score[best]), facet.values[best]))
    return [value[:1].upper() + value[1:] for _, value in sorted(telling, reverse=True)]


def _tone(glances: np.ndarray, usual: np.ndarray) -> str:
    """A word for what is special about a cluster's colours, beside those of all photos with their backgrounds."""
    bright, blue, red = (own - all_over for own, all_over in zip(_middle(glances), _middle(usual[None]), strict=True))
    hue = ""
    if np.hypot(blue, red) > _MIN_CHROMA:
        angle = np.degrees(np.arctan2(red, blue)) % 360  # Cr over Cb
        hue = min(_HUES, key=lambda name: min(abs(angle - _HUES[name]), 360 - abs(angle - _HUES[name])))
    light = "light" if bright > _MIN_CONTRAST else "dark" if bright < -_MIN_CONTRAST else ""
    return f"{light} {hue}".strip()


def _middle(glances: np.ndarray) -> tuple[float, float, float]:
    """Mean brightness, blueness and redness in the middle of photos that are framed by their content."""
    mean = np.asarray(glances, np.float32).mean(axis=0)
    blue, red = (float(plane[1:3, 1:3].mean()) / 2 for plane in mean[64:].reshape(2, 4, 4))
    return float(mean[:64].reshape(8, 8)[2:6, 2:6].mean()), blue, red
