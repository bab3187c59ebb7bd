"""Graph attention without scatter: an item listens to a short list of neighbours, so it is a weighted bag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

_SLOPE = 0.2


@dataclass(frozen=True)
class Neighbourhood:
    """Whom each target hears, as compressed rows; every target hears itself too, last in its row.

    Attributes:
        targets: (m,) int64 rows of the feature table that listen.
        sources: (n_links,) int64 rows of the feature table that they hear, target after target.
        starts: (m,) int64 where each target's links begin.
        degree: Links a target, where all have equally many; 0 where they differ.
    """

    targets: Tensor
    sources: Tensor
    starts: Tensor
    degree: int

    @property
    def owner(self) -> Tensor:
        """(n_links,) int64: the position in ``targets`` that each link belongs to."""
        lengths = torch.diff(self.starts, append=torch.tensor([len(self.sources)]))
        return torch.repeat_interleave(torch.arange(len(self.targets)), lengths)


def neighbourhood(edge_index: np.ndarray, n_items: int) -> Neighbourhood:
    """Read a whole graph.

    Args:
        edge_index: (2, n_edges) int64, neighbour -> item, in any order; no self-loops.
        n_items: Nodes, with or without edges.
    """
    source = np.concatenate([edge_index[0], np.arange(n_items)])
    target = np.concatenate([edge_index[1], np.arange(n_items)])
    order = np.argsort(target, kind="stable")
    lengths = np.bincount(target, minlength=n_items)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    degree = int(lengths[0]) if n_items and (lengths == lengths[0]).all() else 0
    return Neighbourhood(
        torch.arange(n_items), torch.from_numpy(source[order]), torch.from_numpy(starts.astype(np.int64)), degree
    )


def newcomers(neighbours: np.ndarray, n_items: int) -> Neighbourhood:
    """Link m photos, whose features follow the n_items rows of the table, to their neighbours among these.

    Args:
        neighbours: (m, k) int64 rows below n_items.
    """
    m, k = neighbours.shape
    own = n_items + np.arange(m)
    sources = np.concatenate([neighbours, own[:, None]], axis=1).reshape(-1)
    return Neighbourhood(
        torch.from_numpy(own), torch.from_numpy(sources.astype(np.int64)), torch.arange(m) * (k + 1), k + 1
    )


class GraphAttention(nn.Module):
    """One layer of graph attention; equal to torch_geometric's GATConv with the same weights.

    For target i, head h and each link j (its neighbours and itself):

        score_ij = leaky_relu(att_source . W x_j + att_target . W x_i)
        out_i    = sum_j softmax_j(score_ij) W x_j + bias

    The sum over links runs as one weighted ``embedding_bag`` a head; no message is ever stored.

    Source: Velickovic et al. 2018, arXiv 1710.10903.
    """

    def __init__(self, in_dim: int, head_dim: int, heads: int, dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.heads, self.head_dim, self.dropout = heads, head_dim, dropout
        self.weight = nn.Parameter(torch.empty(heads * head_dim, in_dim))
        self.att_source = nn.Parameter(torch.empty(heads, head_dim))
        self.att_target = nn.Parameter(torch.empty(heads, head_dim))
        self.bias = nn.Parameter(torch.zeros(heads * head_dim))
        for parameter in (self.weight, self.att_source, self.att_target):
            nn.init.xavier_uniform_(parameter, generator=generator)

    def forward(self, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, in_dim) features -> (m, heads * head_dim) for the m targets.

        With a generator the attention weights are dropped out (training); without, none are.
        """
        projected = functional.linear(x, self.weight).view(-1, self.heads, self.head_dim)
        attention = self.attention(projected, hood)
        if generator is not None:
            attention = dropout(attention, self.dropout, generator)
        bags = [
            functional.embedding_bag(
                hood.sources,
                projected[:, head].contiguous(),
                hood.starts,
                mode="sum",
                per_sample_weights=attention[:, head].contiguous(),
            )
            for head in range(self.heads)
        ]
        return torch.cat(bags, dim=1) + self.bias

    def attention(self, projected: Tensor, hood: Neighbourhood) -> Tensor:
        """(n, heads, head_dim) projected features -> (n_links, heads) weights that sum to one for each target."""
        from_source = (projected * self.att_source).sum(-1)
        to_target = (projected * self.att_target).sum(-1)
        owner = hood.owner
        score = functional.leaky_relu(
            from_source.index_select(0, hood.sources) + to_target.index_select(0, hood.targets.index_select(0, owner)),
            _SLOPE,
        )
        if hood.degree:
            return score.view(-1, hood.degree, self.heads).softmax(1).view(-1, self.heads)
        return _ragged_softmax(score, owner, len(hood.targets))


class GraphAttentionNetwork(nn.Module):
    """Two layers: the first gives node embeddings, the second class scores of the pseudo-labels."""

    def __init__(
        self, in_dim: int, n_classes: int, heads: int, head_dim: int, dropout: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = GraphAttention(in_dim, head_dim, heads, dropout, generator)
        self.second = GraphAttention(heads * head_dim, n_classes, 1, dropout, generator)

    def hidden(self, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, in_dim) -> (m, heads * head_dim) node embeddings of the targets, not yet of unit length."""
        if generator is not None:
            x = dropout(x, self.dropout, generator)
        return functional.elu(self.first(x, hood, generator))

    def forward(self, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, in_dim) -> (n, n_classes) scores; the targets must be all n rows."""
        hidden = self.hidden(x, hood, generator)
        if generator is not None:
            hidden = dropout(hidden, self.dropout, generator)
        scores: Tensor = self.second(hidden, hood, generator)
        return scores


def dropout(x: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Dropout whose chance comes from a generator; PyTorch's own draws from global state."""
    if fraction == 0:
        return x
    kept = torch.rand(x.shape, generator=generator) >= fraction
    return x * kept / (1 - fraction)


def _ragged_softmax(score: Tensor, owner: Tensor, m: int) -> Tensor:
    index = owner.unsqueeze(1).expand_as(score)
    top = score.new_full((m, score.shape[1]), -torch.inf).scatter_reduce(0, index, score.detach(), "amax")
    exponential = (score - top.index_select(0, owner)).exp()
    total = torch.zeros_like(top).index_add(0, owner, exponential)
    return exponential / total.index_select(0, owner)
