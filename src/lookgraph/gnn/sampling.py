"""Neighbour-sampled mini-batches: what one step needs of a graph that is too large to be learned from at once.

Source: Hamilton, Ying and Leskovec 2017, arXiv 1706.02216; that seeds which lie together need less of the graph, Chiang
et al. 2019, arXiv 1905.07953.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from lookgraph.gnn.neighbourhood import Neighbourhood, neighbourhood

_RUN: Final = 64


@dataclass(frozen=True)
class Links:
    """A graph as compressed rows, in memory or mapped from disk.

    Attributes:
        starts: (n + 1,) int64: item i hears ``sources[starts[i]:starts[i + 1]]``.
        sources: (n_edges,) int64 or int32 items.
        weights: (n_edges,) float32, or None.
    """

    starts: np.ndarray
    sources: np.ndarray
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, edge_index: np.ndarray, n_items: int, weights: np.ndarray | None = None) -> Links:
        """Compress (2, n_edges) links neighbour -> item, in any order."""
        order = np.argsort(edge_index[1], kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(edge_index[1], minlength=n_items))])
        return cls(starts, edge_index[0][order], None if weights is None else weights[order].astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` an array, to be mapped by :meth:`open`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("starts", "sources", "weights"):
            if (array := getattr(self, name)) is not None:
                np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Links:
        """Map the arrays that :meth:`save` wrote: only the rows that are sampled are read."""
        weights = folder / "weights.npy"
        return cls(
            np.load(folder / "starts.npy", mmap_mode="r", allow_pickle=False),
            np.load(folder / "sources.npy", mmap_mode="r", allow_pickle=False),
            np.load(weights, mmap_mode="r", allow_pickle=False) if weights.exists() else None,
        )

    def mapped(self) -> Links:
        """The same links, mapped from files that end with them: of them, memory holds what is sampled, while it can."""
        with tempfile.TemporaryDirectory(prefix="lookgraph-links-") as folder:
            self.save(Path(folder))
            return self.open(Path(folder))  # what is mapped stays readable without its name

    def draw(self, items: np.ndarray, fanout: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """At most ``fanout`` links of each item, without replacement.

        Returns:
            (n_links,) int64 positions in ``sources``, and (n_links,) int64, ascending: which of ``items`` each is of.
        """
        begin, lengths = self.starts[items], self.starts[items + 1] - self.starts[items]
        owner = np.repeat(np.arange(len(items)), lengths)
        first = np.cumsum(lengths) - lengths
        links = begin[owner] + np.arange(len(owner)) - first[owner]
        if not len(links) or lengths.max() <= fanout:
            return links, owner
        shuffled = np.lexsort((rng.random(len(links)), owner))
        kept = shuffled[np.arange(len(links)) - first[owner] < fanout]
        return links[kept], owner[kept]


@dataclass(frozen=True)
class Batch:
    """One step's part of a graph: whom the seeds hear, and whom those hear.

    Attributes:
        items: (n_rows,) int64: the rows of the feature table; the inner ones come first, and of these the seeds.
        n_seeds: Items that the step learns from.
        first: The links of the inner items, for the first layer.
        second: The links of the seeds, among the inner items, for the second.
    """

    items: Tensor
    n_seeds: int
    first: Neighbourhood
    second: Neighbourhood

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        return Batch(self.items.to(device), self.n_seeds, self.first.to(device), self.second.to(device))


def sample_batch(links: Links, seeds: np.ndarray, fanout: int, rng: np.random.Generator, *, self_loops: bool) -> Batch:
    """Draw the links of different seeds, and of those whom they hear."""
    inner, second = _grow(links, seeds, fanout, rng, self_loops)
    items, first = _grow(links, inner, fanout, rng, self_loops)
    return Batch(torch.from_numpy(items), len(seeds), first, second)


def seed_batches(n_items: int, size: int, rng: np.random.Generator, run: int = _RUN) -> Iterator[np.ndarray]:
    """All items once, ``size`` at a time: each batch is made of runs of items that follow each other.

    Where items that follow each other share neighbours (:func:`~lookgraph.graph.by_locality`), a batch of runs hears a
    fraction of the items that one of as many random seeds would; the runs are shuffled.

    Args:
        n_items: Items.
        size: Seeds of a batch, at most; the last one may be smaller.
        rng: The only source of chance.
        run: Items of a run; a batch may begin or end within one.
    """
    begins = rng.permutation(np.arange(0, n_items, run))
    items = (begins[:, None] + np.arange(run)).reshape(-1)
    items = items[items < n_items]
    for first in range(0, n_items, size):
        yield np.sort(items[first : first + size])


def draw_balanced(labels: np.ndarray, n_draws: int, rng: np.random.Generator) -> tuple[np.ndarray, Tensor]:
    """Draw items with replacement, each class that occurs as often as another.

    They lie anywhere: a sampled batch of them hears more items than one of :func:`seed_batches`.

    Args:
        labels: (n_items,) int64 classes.
        n_draws: Items to draw.
        rng: The only source of chance.

    Returns:
        (n,) int64, the items that were drawn, ascending; and (n,) float32: how many times each was.
    """
    order = np.argsort(labels, kind="stable")
    _, first, sizes = np.unique(labels[order], return_index=True, return_counts=True)
    classes = rng.integers(0, len(first), n_draws)
    items = order[first[classes] + rng.integers(0, sizes[classes])]
    drawn, times = np.unique(items, return_counts=True)
    return drawn, torch.from_numpy(times.astype(np.float32))


def _grow(
    links: Links, items: np.ndarray, fanout: int, rng: np.random.Generator, self_loops: bool
) -> tuple[np.ndarray, Neighbourhood]:
    """The items with all that they hear behind them, and their links as rows of that list."""
    drawn, owner = links.draw(items, fanout, rng)
    sources = np.asarray(links.sources[drawn], np.int64)
    others = np.setdiff1d(sources, items)
    grown = np.concatenate([items, others])
    order = np.argsort(grown)
    rows = order[np.searchsorted(grown, sources, sorter=order)]
    weights = None if links.weights is None else np.asarray(links.weights[drawn])
    edges = np.stack([rows, owner])
    return grown, neighbourhood(edges, len(items), self_loops=self_loops, weights=weights)
