"""What does the evaluation look at? A finished build as plain arrays and two callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pyarrow as pa
from PIL import Image

from lookgraph.config import Settings

LinkKind = Literal["similar", "random", "none"]


@dataclass(frozen=True)
class FittedGnn:
    """A graph network trained on some items, and what it makes of others.

    Attributes:
        fit_embeddings: (n_fit, h) float32 unit rows, in the order of ``fit``.
        unseen_embeddings: (n_unseen, h) float32 unit rows, in the order of ``unseen``: photos linked to
            their nearest fit items and passed through the trained network.
        clusters: (n_fit,) int64 final pseudo-labels.
        enter: Does the same with any other photos: (m, 128) float32 unit rows to (m, h) float32 unit rows.
    """

    fit_embeddings: np.ndarray
    unseen_embeddings: np.ndarray
    clusters: np.ndarray
    enter: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Copies:
    """Photos that show what an item shows, and are other files: scaled, re-encoded or lightly cropped.

    Attributes:
        embeddings: (n_copies, 128) float32 unit rows.
        of: (n_copies,) int64: the item that each shows.
    """

    embeddings: np.ndarray
    of: np.ndarray


class TrainGnn(Protocol):
    """Train the graph network on some items and embed others inductively, exactly as a build would.

    The controls change one thing each: pseudo-labels dealt at random, random links or none in place of those between
    similar items, or settings of the section ``gnn``.
    """

    def __call__(
        self,
        fit: np.ndarray,
        unseen: np.ndarray,
        *,
        seed: int,
        shuffled_labels: bool = False,
        links: LinkKind = "similar",
        changes: Mapping[str, object] | None = None,
    ) -> FittedGnn: ...


@dataclass(frozen=True)
class Evidence:
    """Everything that the report is made from.

    Attributes:
        ids: The items' ids, n of them, all different.
        attributes: n rows; columns of type dictionary<string> and bool are the categories.
        embeddings: (n, 128) float32 unit rows: the frozen encoder's space.
        node_embeddings: (n, h) float32 unit rows: the graph network's space.
        edge_index: (2, n_edges) int64: row 0 the neighbour, row 1 the item; messages flow 0 -> 1.
        clusters: (n,) int64: the final K-Means pseudo-labels.
        duplicate_group: (n,) int64: items that show one photo share a number.
        seen_by_encoder: (n,) bool: the encoder was trained on this photo's file, or on that of an item that shows
            the same.
        n_catalogue_items: Of the catalogue, those that show one photo counted each.
        copies: Of items; they are none themselves.
        history: A dict an epoch of the network's training: "epoch", "round", "loss", …
        thumbnail: RGB picture of item i, longest side at most 240.
        train_gnn: Trains the network anew, for held-out measures, other seeds and controls.
        space: "encoder" or "gnn": the space that the build chose to search.
        space_reason: Why, in a sentence.
        source_label: Where the photos come from, in a few words.
        settings: The build's settings.
        alarms: Why the network's training was stopped before its last round; empty where it was not.
        has_collapsed: These are of its first round, so that no round is of use.
    """

    ids: list[str]
    attributes: pa.Table
    embeddings: np.ndarray
    node_embeddings: np.ndarray
    edge_index: np.ndarray
    clusters: np.ndarray
    duplicate_group: np.ndarray
    seen_by_encoder: np.ndarray
    n_catalogue_items: int
    copies: Copies
    history: list[Mapping[str, float]]
    thumbnail: Callable[[int], Image.Image]
    train_gnn: TrainGnn
    space: str
    space_reason: str
    source_label: str
    settings: Settings
    alarms: Sequence[str] = ()
    has_collapsed: bool = False

    @property
    def n_items(self) -> int:
        return len(self.ids)

    @property
    def representatives(self) -> np.ndarray:
        """(n_groups,) int64 positions, ascending: the first item of every group of duplicates."""
        return np.sort(np.unique(self.duplicate_group, return_index=True)[1])
