"""Whom does each item hear? Compressed rows of links, ready for a layer to sum over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Neighbourhood:
    """The links of some targets, target after target.

    Attributes:
        targets: (m,) int64 rows of the feature table that listen.
        sources: (n_links,) int64 rows of the feature table that they hear.
        starts: (m,) int64 where each target's links begin; two equal ones in a row mean that it hears nobody.
        degree: Links a target, where all have equally many; 0 where they differ.
        weights: (n_links,) float32 weight of each link (for example its cosine), or None.
    """

    targets: Tensor
    sources: Tensor
    starts: Tensor
    degree: int
    weights: Tensor | None = None

    @property
    def lengths(self) -> Tensor:
        """(m,) int64 links a target."""
        return torch.diff(self.starts, append=self._end)

    @cached_property
    def owner(self) -> Tensor:
        """(n_links,) int64: the position in ``targets`` that each link belongs to."""
        every = torch.arange(len(self.targets), device=self.sources.device)
        return torch.repeat_interleave(every, self.lengths, output_size=len(self.sources))

    @cached_property
    def _links_by_heads(self) -> dict[tuple[int, int], Bags]:
        return {}

    @property
    def _end(self) -> Tensor:
        return self.starts.new_full((1,), len(self.sources))

    def to(self, device: torch.device | str) -> Neighbourhood:
        """The same links on a device; what was made of them before is made anew there."""
        weights = None if self.weights is None else self.weights.to(device)
        return replace(
            self,
            targets=self.targets.to(device),
            sources=self.sources.to(device),
            starts=self.starts.to(device),
            weights=weights,
        )

    def split(self, size: int) -> Iterator[Neighbourhood]:
        """The same links in blocks of at most ``size`` targets, in order; one block is the neighbourhood itself."""
        if 0 < len(self.targets) <= size:
            yield self
            return
        bounds = torch.cat([self.starts, self._end])
        for begin in range(0, len(self.targets), size):
            end = min(begin + size, len(self.targets))
            links = slice(int(bounds[begin]), int(bounds[end]))
            yield Neighbourhood(
                self.targets[begin:end],
                self.sources[links],
                self.starts[begin:end] - bounds[begin],
                self.degree,
                None if self.weights is None else self.weights[links],
            )

    def bags(self, n_rows: int, heads: int) -> Bags:
        """The links as the bags of ``embedding_bag``, for a feature table of ``n_rows``; made once, kept."""
        key = (n_rows, heads)
        if key not in self._links_by_heads:
            self._links_by_heads[key] = _bags(self, n_rows, heads)
        return self._links_by_heads[key]


@dataclass(frozen=True)
class Bags:
    """Links of several heads as one list: the bag (target i, head h) sums rows (source j, head h).

    A feature table (n, heads, dim) is read as (n * heads, dim).

    Attributes:
        rows: (n_links * heads,) int64 rows of the table, bag after bag.
        starts: (m * heads,) int64 where each bag begins.
        owner: (n_links * heads,) int64 bag of each entry.
        n_rows: Rows of the table.
    """

    rows: Tensor
    starts: Tensor
    owner: Tensor
    n_rows: int

    @cached_property
    def back(self) -> tuple[Tensor, Tensor, Tensor]:
        """The same entries by the row that they hear, so that a gradient is a sum of bags too, never a scatter.

        Returns:
            (n_links * heads,) int64 bags; (n_rows,) int64 where each row's begin; (n_links * heads,) int64: which
            entry of ``rows`` each is.
        """
        heard, entries = torch.sort(self.rows, stable=True)
        starts = torch.searchsorted(heard, torch.arange(self.n_rows, device=heard.device))
        return self.owner[entries], starts, entries


def neighbourhood(
    edge_index: np.ndarray, n_items: int, *, self_loops: bool = True, weights: np.ndarray | None = None
) -> Neighbourhood:
    """Read a whole graph.

    Args:
        edge_index: (2, n_edges) int64, neighbour -> item, in any order; no self-loops.
        n_items: Nodes, with or without edges.
        self_loops: Every item hears itself too, last in its row.
        weights: (n_edges,) weight of each edge; a self-loop gets the mean of its item's others, 0 where there are none.
    """
    source, target = edge_index
    if self_loops:
        own = np.arange(n_items)
        source, target = np.concatenate([source, own]), np.concatenate([target, own])
        if weights is not None:
            n_heard = np.bincount(edge_index[1], minlength=n_items)
            total = np.bincount(edge_index[1], weights=weights, minlength=n_items)
            weights = np.concatenate([weights, total / np.maximum(n_heard, 1)])
    order = np.argsort(target, kind="stable")
    lengths = np.bincount(target, minlength=n_items)
    starts = np.cumsum(lengths) - lengths
    degree = int(lengths[0]) if n_items and (lengths == lengths[0]).all() else 0
    return Neighbourhood(
        torch.arange(n_items),
        torch.from_numpy(source[order].astype(np.int64)),
        torch.from_numpy(starts.astype(np.int64)),
        degree,
        None if weights is None else torch.from_numpy(weights[order].astype(np.float32)),
    )


def alone(n_items: int) -> Neighbourhood:
    """No graph at all: every item hears itself only."""
    return neighbourhood(np.zeros((2, 0), np.int64), n_items)


def _bags(hood: Neighbourhood, n_rows: int, heads: int) -> Bags:
    if heads == 1:
        return Bags(hood.sources, hood.starts, hood.owner, n_rows)
    device = hood.sources.device
    place = torch.arange(len(hood.sources), device=device) - hood.starts[hood.owner]
    head = torch.arange(heads, device=device)
    starts = hood.starts.unsqueeze(1) * heads + hood.lengths.unsqueeze(1) * head
    entry = starts[hood.owner] + place.unsqueeze(1)
    rows, owner = (entry.new_empty(entry.numel()) for _ in range(2))
    rows[entry] = hood.sources.unsqueeze(1) * heads + head
    owner[entry] = hood.owner.unsqueeze(1) * heads + head
    return Bags(rows, starts.reshape(-1), owner, n_rows * heads)
