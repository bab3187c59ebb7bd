"""The graph network: two layers, the first for node embeddings, the second for the pseudo-labels' scores."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookgraph.gnn.layers import dropout, make_layer
from lookgraph.gnn.neighbourhood import Neighbourhood
from lookgraph.gnn.shape import Shape

_BLOCK_TARGETS: Final = 65_536


class GraphNetwork(nn.Module):
    """Node embeddings from an item's features and its neighbours', class scores from these and theirs."""

    def __init__(self, shape: Shape, dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        width = shape.heads * shape.head_dim
        self.first = make_layer(
            shape.kind, shape.in_dim, shape.head_dim, shape.heads, dropout, shape.weighted, generator
        )
        self.second = make_layer(shape.kind, width, shape.n_classes, 1, dropout, shape.weighted, generator)
        self.own = nn.Parameter(torch.empty(width, shape.in_dim)) if shape.skip else None
        if self.own is not None:
            nn.init.orthogonal_(self.own, generator=generator)  # it begins as the encoder's own space, turned

    @property
    def self_loops(self) -> bool:
        """Do the layers hear an item through a link to itself? Their neighbourhood must be made so."""
        return self.first.self_loops

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.parameters()).device

    def hidden(self, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, in_dim) -> (m, heads * head_dim) node embeddings of the targets, not yet of unit length."""
        if generator is not None:
            x = dropout(x, self.dropout, generator)
        return self._hear(self.first.table(x), x, hood, generator)

    def scores(self, hidden: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, heads * head_dim) -> (m, n_classes) scores of the targets."""
        if generator is not None:
            hidden = dropout(hidden, self.dropout, generator)
        classes: Tensor = self.second(hidden, hood, generator)
        return classes

    @torch.no_grad()
    def embed(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        """(n, in_dim) -> (m, heads * head_dim) node embeddings of unit length, target block after target block."""
        table = self.first.table(x)
        parts = [functional.normalize(self._hear(table, x, block), dim=1) for block in hood.split(_BLOCK_TARGETS)]
        return torch.cat(parts) if parts else x.new_zeros(0, self.shape.heads * self.shape.head_dim)

    def _hear(self, table: Tensor, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        heard = self.first.hear(table, x, hood, generator)
        if self.own is not None:
            heard = heard + functional.linear(x.index_select(0, hood.targets), self.own)
        return functional.elu(heard)
