"""Layers of a graph network: an item hears a short list of neighbours, so what it hears is a weighted bag, no scatter.

Every layer maps (n, in_dim) features and the neighbourhood of m targets to (m, heads * head_dim), and equals its
namesake of PyTorch Geometric with the same weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookgraph.errors import GraphError
from lookgraph.gnn.neighbourhood import Bags, Neighbourhood
from lookgraph.gnn.shape import SLOPE, Kind

_BLOCK_LINKS: Final = 200_000


class Layer(nn.Module, ABC):
    """What a network asks of its layers: a table made of all features once, then what each target hears of it.

    Attributes:
        self_loops: The neighbourhood must hold a link of every item to itself.
    """

    self_loops = True

    def forward(self, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """(n, in_dim) features -> (m, heads * head_dim) for the m targets.

        With a generator the links' weights are dropped out (training); without, none are.
        """
        return self.hear(self.table(x), x, hood, generator)

    @abstractmethod
    def table(self, x: Tensor) -> Tensor:
        """(n, in_dim) features -> (n, heads, dim): what there is to hear of each item."""

    @abstractmethod
    def hear(self, table: Tensor, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        """The table and the features of all n items -> (m, heads * head_dim) for the m targets."""

    @abstractmethod
    def attention(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        """(n, in_dim) features -> (n_links, heads) weights that sum to one for each target."""


def make_layer(
    kind: Kind, in_dim: int, head_dim: int, heads: int, dropout: float, weighted: bool, generator: torch.Generator
) -> Layer:
    """A layer by its name in the settings.

    Args:
        kind: "gat", "gatv2" or "sage".
        in_dim: Features of an item.
        head_dim: Width of a head.
        heads: A mean has none, so "sage" is as wide as all of them.
        dropout: Share of the links' weights that is dropped in training.
        weighted: Attention also sees the weight of each link.
        generator: The only source of chance.
    """
    if kind == "sage":
        return NeighbourMean(in_dim, heads * head_dim, generator, dropout)
    layer = GraphAttention if kind == "gat" else GraphAttentionV2
    return layer(in_dim, head_dim, heads, dropout, generator, weighted=weighted)


class GraphAttention(Layer):
    """One layer of graph attention; equal to torch_geometric's GATConv with the same weights.

    For target i, head h and each link j (its neighbours and itself), with e_ij the link's weight:

        score_ij = leaky_relu(att_source . W x_j + att_target . W x_i + att_edge . w e_ij)
        out_i    = sum_j softmax_j(score_ij) W x_j + bias

    A target that hears nobody, not even itself, gets the bias alone. With one head that is wider than its input,
    sum_j a_j W x_j is computed as W sum_j a_j x_j, which is the same and sums narrower rows.

    Source: Velickovic et al. 2018, arXiv 1710.10903.
    """

    def __init__(
        self,
        in_dim: int,
        head_dim: int,
        heads: int,
        dropout: float,
        generator: torch.Generator,
        *,
        weighted: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.head_dim, self.dropout = heads, head_dim, dropout
        self.sums_input = heads == 1 and head_dim > in_dim
        self.weight = nn.Parameter(torch.empty(heads * head_dim, in_dim))
        self.att_source = nn.Parameter(torch.empty(heads, head_dim))
        self.att_target = nn.Parameter(torch.empty(heads, head_dim))
        self.bias = nn.Parameter(torch.zeros(heads * head_dim))
        self.weight_edge = nn.Parameter(torch.empty(heads * head_dim, 1)) if weighted else None
        self.att_edge = nn.Parameter(torch.empty(heads, head_dim)) if weighted else None
        _initialise(self, generator)

    def table(self, x: Tensor) -> Tensor:
        if self.sums_input:
            return x.unsqueeze(1)
        return functional.linear(x, self.weight).view(-1, self.heads, self.head_dim)

    def hear(self, table: Tensor, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        summed = _attend(table, self._weights(x, hood), hood, self.dropout, generator)
        return functional.linear(summed, self.weight, self.bias) if self.sums_input else summed + self.bias

    def attention(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        return _by_link(self._weights(x, hood), hood, self.heads)

    def _weights(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        bags = hood.bags(len(x), self.heads)
        # att . W x is (att W) . x: two narrow products instead of passes over the wide table.
        by_head = self.weight.view(self.heads, self.head_dim, -1)
        terms = torch.cat([torch.einsum("hd,hdi->hi", att, by_head) for att in (self.att_source, self.att_target)])
        by_item = functional.linear(x, terms)
        to_target = by_item[:, self.heads :].index_select(0, hood.targets)
        score = by_item[:, : self.heads].reshape(-1).index_select(0, bags.rows) + _to_entries(to_target, bags, hood)
        if self.weight_edge is not None and self.att_edge is not None:
            factor = (self.weight_edge.view(self.heads, self.head_dim) * self.att_edge).sum(-1)
            score = score + _edge_terms(factor, bags, hood)
        return _softmax(functional.leaky_relu(score, SLOPE), bags, hood, self.heads)


class GraphAttentionV2(Layer):
    """Graph attention whose ranking of neighbours depends on the target; equal to torch_geometric's GATv2Conv.

        score_ij = att . leaky_relu(W_source x_j + W_target x_i + w e_ij)
        out_i    = sum_j softmax_j(score_ij) W_source x_j + bias

    Source: Brody, Alon and Yahav 2022, arXiv 2105.14491.
    """

    def __init__(
        self,
        in_dim: int,
        head_dim: int,
        heads: int,
        dropout: float,
        generator: torch.Generator,
        *,
        weighted: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.head_dim, self.dropout = heads, head_dim, dropout
        self.weight_source = nn.Parameter(torch.empty(heads * head_dim, in_dim))
        self.bias_source = nn.Parameter(torch.zeros(heads * head_dim))
        self.weight_target = nn.Parameter(torch.empty(heads * head_dim, in_dim))
        self.bias_target = nn.Parameter(torch.zeros(heads * head_dim))
        self.att = nn.Parameter(torch.empty(heads, head_dim))
        self.bias = nn.Parameter(torch.zeros(heads * head_dim))
        self.weight_edge = nn.Parameter(torch.empty(heads * head_dim, 1)) if weighted else None
        _initialise(self, generator)

    def table(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight_source, self.bias_source).view(-1, self.heads, self.head_dim)

    def hear(self, table: Tensor, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        return _attend(table, self._weights(table, x, hood), hood, self.dropout, generator) + self.bias

    def attention(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        return _by_link(self._weights(self.table(x), x, hood), hood, self.heads)

    def _weights(self, table: Tensor, x: Tensor, hood: Neighbourhood) -> Tensor:
        listens = functional.linear(x.index_select(0, hood.targets), self.weight_target, self.bias_target)
        bags = hood.bags(len(table), self.heads)
        score: Tensor = _PairScore.apply(  # type: ignore[no-untyped-call]
            table.reshape(-1, self.head_dim), listens.view(-1, self.head_dim), self.att, self.weight_edge, hood, bags
        )
        return _softmax(score, bags, hood, self.heads)


class NeighbourMean(Layer):
    """The mean of the neighbours beside the item itself; equal to torch_geometric's SAGEConv.

        out_i = W_neighbours mean_j x_j + W_own x_i + bias

    The mean is weighted where the links are. Source: Hamilton, Ying and Leskovec 2017, arXiv 1706.02216.
    """

    self_loops = False

    def __init__(self, in_dim: int, out_dim: int, generator: torch.Generator, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.head_dim, self.dropout = 1, out_dim, dropout
        self.weight_neighbours = nn.Parameter(torch.empty(out_dim, in_dim))
        self.weight_own = nn.Parameter(torch.empty(out_dim, in_dim))
        self.bias = nn.Parameter(torch.zeros(out_dim))
        _initialise(self, generator)

    def table(self, x: Tensor) -> Tensor:
        return x.unsqueeze(1)

    def hear(self, table: Tensor, x: Tensor, hood: Neighbourhood, generator: torch.Generator | None = None) -> Tensor:
        weights = self.attention(x, hood).view(-1)
        if generator is not None:
            weights = dropout(weights, self.dropout, generator)
        mean = _WeightedSum.apply(table.squeeze(1), weights, hood.bags(len(table), 1))  # type: ignore[no-untyped-call]
        own = functional.linear(x.index_select(0, hood.targets), self.weight_own)
        summed: Tensor = functional.linear(mean, self.weight_neighbours, self.bias) + own
        return summed

    def attention(self, x: Tensor, hood: Neighbourhood) -> Tensor:
        weights = x.new_ones(len(hood.sources)) if hood.weights is None else hood.weights.clamp_min(0).to(x.dtype)
        total = x.new_zeros(len(hood.targets)).index_add(0, hood.owner, weights)
        return (weights / total.index_select(0, hood.owner).clamp_min(1e-12)).unsqueeze(1)


def dropout(x: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Dropout whose chance comes from a generator on the device of x; PyTorch's own draws from global state."""
    if fraction == 0:
        return x
    kept = torch.rand(x.shape, generator=generator, device=x.device) >= fraction
    return x * kept / (1 - fraction)


def _initialise(layer: nn.Module, generator: torch.Generator) -> None:
    for name, parameter in layer.named_parameters():
        if not name.startswith("bias"):
            nn.init.xavier_uniform_(parameter, generator=generator)


def _attend(
    heard: Tensor, weights: Tensor, hood: Neighbourhood, fraction: float, generator: torch.Generator | None
) -> Tensor:
    """(n, heads, head_dim) and the weight of every entry -> (m, heads * head_dim)."""
    _, heads, head_dim = heard.shape
    if generator is not None:
        weights = dropout(weights, fraction, generator)
    bags = hood.bags(len(heard), heads)
    summed: Tensor = _WeightedSum.apply(heard.reshape(-1, head_dim), weights, bags)  # type: ignore[no-untyped-call]
    return summed.view(-1, heads * head_dim)


def _to_entries(per_bag: Tensor, bags: Bags, hood: Neighbourhood) -> Tensor:
    """(m, heads) -> one value an entry."""
    if hood.degree:
        return per_bag.reshape(-1, 1).expand(-1, hood.degree).reshape(-1)
    return per_bag.reshape(-1).index_select(0, bags.owner)


def _edge_terms(factor: Tensor, bags: Bags, hood: Neighbourhood) -> Tensor:
    """(heads,) factors times each link's weight, one value an entry."""
    link, weights = _links_and_weights(bags, hood, len(factor))
    return factor.index_select(0, bags.owner % len(factor)) * weights.index_select(0, link)


def _links_and_weights(bags: Bags, hood: Neighbourhood, heads: int) -> tuple[Tensor, Tensor]:
    """(n_links * heads,) int64: which link each entry of the bags is; and (n_links,) the links' weights.

    Raises:
        GraphError: the links have no weights.
    """
    if hood.weights is None:
        raise GraphError("the layer is made for weighted links, the neighbourhood has none: make it with weights")
    place = torch.arange(len(bags.rows), device=bags.rows.device) - bags.starts.index_select(0, bags.owner)
    return hood.starts.index_select(0, bags.owner // heads) + place, hood.weights


def _by_link(weights: Tensor, hood: Neighbourhood, heads: int) -> Tensor:
    """One weight an entry -> (n_links, heads)."""
    if hood.degree:
        return weights.view(-1, heads, hood.degree).transpose(1, 2).reshape(-1, heads)
    device = hood.sources.device
    head = torch.arange(heads, device=device)
    first = hood.starts.unsqueeze(1) * heads + hood.lengths.unsqueeze(1) * head
    place = torch.arange(len(hood.sources), device=device) - hood.starts.index_select(0, hood.owner)
    return weights[first.index_select(0, hood.owner) + place.unsqueeze(1)]


def _softmax(score: Tensor, bags: Bags, hood: Neighbourhood, heads: int) -> Tensor:
    """Over each bag; dense where all bags are equally long."""
    if hood.degree:
        return score.view(-1, hood.degree).softmax(1).view(-1)
    n_bags = len(hood.targets) * heads
    top = score.new_full((n_bags,), -torch.inf).scatter_reduce(0, bags.owner, score.detach(), "amax")
    exponential = (score - top.index_select(0, bags.owner)).exp()
    total = torch.zeros_like(top).index_add(0, bags.owner, exponential)
    return exponential / total.index_select(0, bags.owner)


class _WeightedSum(torch.autograd.Function):
    """(n, dim) table, one weight an entry -> (n_bags, dim) weighted sums; both gradients are bags again.

    PyTorch differentiates ``embedding_bag`` by sorting its indices in every step. The links of a graph stay, so here
    they are sorted once, by source, and the table's gradient is a second ``embedding_bag`` over that order.
    """

    @staticmethod
    def forward(ctx, table: Tensor, weights: Tensor, bags: Bags) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(table, weights)
        ctx.bags = bags
        return _bag(bags.rows, table, bags.starts, weights)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:  # type: ignore[no-untyped-def]
        table, weights = ctx.saved_tensors
        bags, gradient = ctx.bags, gradient.contiguous()
        of_table = of_weights = None
        if ctx.needs_input_grad[0]:
            heard_by, starts, entries = bags.back
            of_table = _bag(heard_by, gradient, starts, weights.index_select(0, entries))
        if ctx.needs_input_grad[1]:
            of_weights = torch.ops.aten._embedding_bag_per_sample_weights_backward(
                gradient, table, bags.rows, bags.starts, bags.owner, 0, -1
            )
        return of_table, of_weights, None


def _bag(rows: Tensor, table: Tensor, starts: Tensor, weights: Tensor) -> Tensor:
    if not len(rows):
        return table.new_zeros(len(starts), table.shape[1])
    return functional.embedding_bag(rows, table.contiguous(), starts, mode="sum", per_sample_weights=weights)


class _PairScore(torch.autograd.Function):
    """att . leaky_relu(source + target + w e) of every entry, block after block, so that the sums are never kept."""

    @staticmethod
    def forward(  # type: ignore[no-untyped-def]
        ctx, heard: Tensor, listens: Tensor, att: Tensor, edge: Tensor | None, hood: Neighbourhood, bags: Bags
    ) -> Tensor:
        ctx.save_for_backward(heard, listens, att, edge)
        ctx.hood, ctx.bags = hood, bags
        link = None if edge is None else _links_and_weights(bags, hood, len(att))[0]
        ctx.link = link
        score = att.new_empty(len(bags.rows))
        for part in _blocks(len(bags.rows)):
            head = bags.owner[part] % len(att)
            total = _pair_sums(part, heard, listens, edge, head, hood, bags, link)
            score[part] = (functional.leaky_relu(total, SLOPE) * att[head]).sum(1)
        return score

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[no-untyped-def]
        heard, listens, att, edge = ctx.saved_tensors
        hood, bags, link = ctx.hood, ctx.bags, ctx.link
        of_heard, of_listens, of_att = torch.zeros_like(heard), torch.zeros_like(listens), torch.zeros_like(att)
        of_edge = None if edge is None else torch.zeros_like(att)
        one, slope = att.new_ones(()), att.new_full((), SLOPE)  # `where` makes float32 of Python numbers
        for part in _blocks(len(bags.rows)):
            head = bags.owner[part] % len(att)
            total = _pair_sums(part, heard, listens, edge, head, hood, bags, link)
            weighted = gradient[part].unsqueeze(1) * functional.leaky_relu(total, SLOPE)
            of_att.index_add_(0, head, weighted)
            of_total = gradient[part].unsqueeze(1) * att[head] * torch.where(total > 0, one, slope)
            of_heard.index_add_(0, bags.rows[part], of_total)
            of_listens.index_add_(0, bags.owner[part], of_total)
            if of_edge is not None and hood.weights is not None:
                of_edge.index_add_(0, head, of_total * hood.weights[link[part]].unsqueeze(1))
        return of_heard, of_listens, of_att, None if of_edge is None else of_edge.view(-1, 1), None, None


def _blocks(n: int) -> list[slice]:
    return [slice(begin, begin + _BLOCK_LINKS) for begin in range(0, n, _BLOCK_LINKS)]


def _pair_sums(
    part: slice, heard: Tensor, listens: Tensor, edge: Tensor | None, head: Tensor, hood: Neighbourhood, bags: Bags,
    link: Tensor | None,
) -> Tensor:  # fmt: skip
    """(entries, dim): W_source x_j + W_target x_i + w e_ij of a block of entries."""
    total = heard[bags.rows[part]] + listens[bags.owner[part]]
    if edge is not None and link is not None and hood.weights is not None:
        total += edge.view(-1, heard.shape[1])[head] * hood.weights[link[part]].unsqueeze(1)
    return total
