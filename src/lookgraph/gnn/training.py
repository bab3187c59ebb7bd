"""Train the graph network against pseudo-labels that K-Means renews during training.

A round learns the clusters of the moment for some epochs, embeds all items anew and clusters them again: groups and
network sharpen each other. After every round the space is looked at. Training stops where it collapses, and the best
round is kept, by a criterion that the trained space cannot flatter: how well the round's clusters are separated in the
frozen space of the encoder.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lookgraph.config import GnnSettings
from lookgraph.device import Device, choose_device, generator_on, gpu_memory_explained
from lookgraph.errors import GraphError
from lookgraph.gnn.attending import vote
from lookgraph.gnn.collapse import alarms, round_figures
from lookgraph.gnn.label_channel import UNKNOWN, class_counts, fill_unknown, join, one_hot
from lookgraph.gnn.losses import DeclaredLabels, agreement, class_weights, link_contrast
from lookgraph.gnn.neighbourhood import Neighbourhood, neighbourhood
from lookgraph.gnn.network import GraphNetwork
from lookgraph.gnn.pseudo_labels import centre_silhouette, choose_n_clusters, kmeans, match_labels
from lookgraph.gnn.sampling import Links, draw_balanced, sample_batch, seed_batches
from lookgraph.gnn.shape import Shape
from lookgraph.graph import by_locality

_LENGTH_TOLERANCE: Final = 1e-2
_DEVICE: Final = "gnn.device"
_ELSEWHERE: Final = "set gnn.device=cpu"
_SMALLER_STEPS: Final = "lower gnn.full_batch_up_to or, below it, gnn.batch_size; or set gnn.device=cpu"


@dataclass(frozen=True)
class TrainedGnn:
    """A trained network with what it made of its items.

    Attributes:
        network: In evaluation mode, on the processor.
        node_embeddings: (n_items, dim) float32, unit length: the network's, and the declared labels' beside it.
        clusters: (n_items,) int64: K-Means on the network's part of the node embeddings.
        n_clusters: Pseudo-label classes, also where some stayed empty.
        history: One dict an epoch; the last epoch of a round also has the round's figures.
        known_labels: (n_items, n_classes) float32: the declared labels, see
            :func:`~lookgraph.gnn.label_channel.one_hot`; no columns where none are declared or the channel is off.
        label_channel: Weight of these in the node embeddings.
        kept_round: The round whose network this is.
        alarms: Why the training was stopped before its last round; empty where it was not.
        has_collapsed: The alarms are of the very first round, so that no round is of use.
    """

    network: GraphNetwork
    node_embeddings: np.ndarray
    clusters: np.ndarray
    n_clusters: int
    history: list[dict[str, float]]
    known_labels: np.ndarray
    label_channel: float
    kept_round: int
    alarms: tuple[str, ...]
    has_collapsed: bool


@gpu_memory_explained(GraphError, _ELSEWHERE)
def train_gnn(
    embeddings: np.ndarray,
    edge_index: np.ndarray,
    settings: GnnSettings,
    *,
    labels: Mapping[str, np.ndarray] | None = None,
    similarity: np.ndarray | None = None,
    shuffled_labels: bool = False,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> TrainedGnn:
    """Let groups and network sharpen each other.

    On the processor, same seed and thread count, same result; a GPU begins with the same weights, but draws its own
    dropout and adds in no fixed order.

    Args:
        embeddings: (n_items, dim) float32, unit length.
        edge_index: (2, n_edges) int64, neighbour -> item.
        settings: See :class:`GnnSettings`.
        labels: Declared columns to (n_items,) int64 classes, -1 where unknown.
        similarity: (n_edges,) cosine of the edges, for ``gnn.edge_weights``.
        shuffled_labels: The control: the same training on pseudo-labels dealt at random.
        on_epoch: Called after every epoch with its number from 0.

    Raises:
        GraphError: more clusters than items, embeddings that are no finite unit rows of float32, cosines that are
            missing or not finite, a training that diverges, or one for which the GPU's memory is too small.
        ConfigError: ``gnn.device`` is not there.
    """
    choose_device(_DEVICE, settings.device)  # one that is not there is told before K-Means begins
    _check_embeddings(embeddings)
    if settings.edge_weights and settings.kind != "sage" and similarity is None:
        raise GraphError("gnn.edge_weights=true needs the links' cosines: pass similarity, or set it to false")
    n, codes = len(embeddings), _usable(labels or {})
    n_clusters = choose_n_clusters(embeddings, settings.seed, settings.clusters)
    shape = Shape.of(settings, embeddings.shape[1], n_clusters)
    order = by_locality(edge_index, n)
    rank = np.argsort(order)
    weights = similarity if shape.weighted else None
    if weights is not None:
        _refuse_not_finite(weights, "similarities", "build the graph again, or set gnn.edge_weights=false")
    task = _Task(embeddings[order], rank[edge_index], weights, {name: c[order] for name, c in codes.items()})
    network, kept, history, problems = _sharpen(task, shape, settings, shuffled_labels, on_epoch)
    nodes, known = kept.nodes[rank], np.zeros((n, 0), np.float32)
    if codes and settings.label_channel > 0:
        known = one_hot(codes)
        hood = neighbourhood(edge_index, n, self_loops=network.self_loops, weights=weights).to(network.device)
        x = torch.from_numpy(embeddings).to(network.device)
        nodes = _with_labels(network, nodes, x, hood, known, codes, settings.label_channel)
    return TrainedGnn(
        network.cpu(),
        nodes,
        kept.clusters[rank],
        n_clusters,
        history,
        known,
        settings.label_channel,
        kept.number,
        tuple(problems),
        bool(problems) and kept.number == history[-1]["round"],
    )


def _sharpen(
    task: _Task, shape: Shape, settings: GnnSettings, shuffled_labels: bool, on_epoch: Callable[[int], None]
) -> tuple[GraphNetwork, _Round, list[dict[str, float]], list[str]]:
    """The rounds: the network with the best one's weights, that round, every epoch's figures, and the alarms."""
    n, generator = len(task.embeddings), torch.Generator().manual_seed(settings.seed)
    network = GraphNetwork(shape, settings.dropout, generator)
    hood = neighbourhood(task.edge_index, n, self_loops=network.self_loops, weights=task.similarity)
    learner = _Learner(network, torch.from_numpy(task.embeddings), hood, settings, task.codes, generator)
    pseudo = kmeans(task.embeddings, shape.n_classes, settings.seed)
    start = round_figures(task.embeddings, task.edge_index, pseudo, pseudo, shape.n_classes)
    history: list[dict[str, float]] = []
    best, problems = None, list[str]()
    for round_ in range(settings.rounds):
        target = pseudo[torch.randperm(n, generator=generator).numpy()] if shuffled_labels else pseudo
        for _ in range(settings.epochs_per_round):
            history.append({"epoch": len(history), "round": round_} | learner.epoch(target))
            on_epoch(len(history) - 1)
        nodes = network.embed(learner.x, learner.hood).cpu().numpy()
        if not np.isfinite(nodes).all():
            raise GraphError(
                f"the training diverged, its loss is {history[-1]['loss']}: lower gnn.learning_rate="
                f"{settings.learning_rate:g}"
            )
        renewed = kmeans(nodes, shape.n_classes, settings.seed + round_ + 1, start=pseudo)
        renewed = match_labels(renewed, pseudo, shape.n_classes)
        figures = round_figures(nodes, task.edge_index, renewed, pseudo, shape.n_classes)
        figures["frozen_silhouette"] = centre_silhouette(task.embeddings, renewed)
        history[-1] |= figures
        problems = alarms(figures, start)
        if best is None or (not problems and figures["frozen_silhouette"] > best.score):
            best = _Round(round_, figures["frozen_silhouette"], copy.deepcopy(network.state_dict()), nodes, renewed)
        if problems:
            break
        pseudo = renewed
    assert best is not None  # settings.rounds is at least 1
    network.load_state_dict(best.state)
    return network.eval(), best, history, problems


@gpu_memory_explained(GraphError, _ELSEWHERE)
def embed_items(
    network: GraphNetwork,
    embeddings: np.ndarray,
    edge_index: np.ndarray,
    *,
    similarity: np.ndarray | None = None,
    labels: Mapping[str, np.ndarray] | None = None,
    label_channel: float = 0.0,
    device: Device = "auto",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pass a whole catalogue through a trained network: one that grew, shrank, or was linked anew.

    Args:
        network: Trained; it stays where it is.
        embeddings: (n_items, dim) float32, unit length.
        edge_index: (2, n_edges) int64, neighbour -> item.
        similarity: (n_edges,) cosine of the edges, where the network's attention sees them.
        labels: Declared columns to (n_items,) int64 classes, -1 where unknown.
        label_channel: Their weight.
        device: As the setting ``gnn.device``.

    Returns:
        (n_items, node_dim) float32 node embeddings; (n_items, heads * head_dim) the network's part of them;
        (n_items, n_classes) the declared labels, see :class:`TrainedGnn`.

    Raises:
        GraphError: embeddings that are no finite unit rows of float32, or the GPU's memory is too small.
        ConfigError: the device is not there.
    """
    place = choose_device(_DEVICE, device)
    _check_embeddings(embeddings)
    if place.type != network.device.type:
        network = copy.deepcopy(network).to(place)
    n, codes = len(embeddings), _usable(labels or {})
    weights = similarity if network.shape.weighted else None
    hood = neighbourhood(edge_index, n, self_loops=network.self_loops, weights=weights).to(network.device)
    x = torch.from_numpy(embeddings).to(network.device)
    nodes: np.ndarray = network.embed(x, hood).cpu().numpy()
    if not codes or not label_channel:
        return nodes, nodes, np.zeros((n, 0), np.float32)
    known = one_hot(codes)
    return _with_labels(network, nodes, x, hood, known, codes, label_channel), nodes, known


@dataclass(frozen=True)
class _Task:
    """What a training learns from, in an order of the items in which linked ones lie close together."""

    embeddings: np.ndarray
    edge_index: np.ndarray
    similarity: np.ndarray | None
    codes: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Round:
    number: int
    score: float
    state: dict[str, Tensor]
    nodes: np.ndarray
    clusters: np.ndarray


class _Learner:
    """One epoch after another, on the whole graph or on sampled batches of it."""

    def __init__(
        self, network: GraphNetwork, x: Tensor, hood: Neighbourhood, settings: GnnSettings,
        codes: Mapping[str, np.ndarray], generator: torch.Generator,
    ) -> None:  # fmt: skip
        width, device = settings.heads * settings.head_dim, choose_device(_DEVICE, settings.device)
        declared = DeclaredLabels(codes, width, generator) if codes and settings.label_weight else None
        self.links = _links(hood, network.self_loops) if len(x) > settings.full_batch_up_to else None
        # Drawn on the processor, so that a training begins with the same weights everywhere.
        self.network, self.declared = network.to(device), None if declared is None else declared.to(device)
        self.x, self.hood, self.settings = x.to(device), hood.to(device), settings
        self.generator = generator_on(device, settings.seed, generator)
        parameters = [*network.parameters(), *(self.declared.parameters() if self.declared else ())]
        self.optimizer = torch.optim.Adam(
            parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self.rng = np.random.default_rng(settings.seed)
        self.seeds = self._endless_seeds()

    @gpu_memory_explained(GraphError, _SMALLER_STEPS)
    def epoch(self, pseudo: np.ndarray) -> dict[str, float]:
        """Learn once from all items, or from some batches of them; the loss, its parts, the share told right."""
        self.network.train()
        labels, device = torch.from_numpy(pseudo), self.x.device
        if self.links is None:
            items, counts = self._choose(pseudo, len(pseudo))
            weights = torch.zeros(len(pseudo)).index_copy(0, torch.from_numpy(items), counts)
            return self._step(self.x, self.hood, self.hood, labels.to(device), weights.to(device), None)
        steps = []
        for _ in range(self.n_batches):
            seeds, counts = self._choose(pseudo, self.settings.batch_size)
            batch = sample_batch(
                self.links, seeds, self.settings.fanout, self.rng, self_loops=self.network.self_loops
            ).to(device)
            wanted, counts = labels[seeds].to(device), counts.to(device)
            steps.append(self._step(self.x[batch.items], batch.first, batch.second, wanted, counts, batch.items))
        return {name: float(np.mean([step[name] for step in steps])) for name in steps[0]}

    def _choose(self, pseudo: np.ndarray, n_draws: int) -> tuple[np.ndarray, Tensor]:
        """The items that a step learns from, ascending, and (n,) float32: how much each counts."""
        settings = self.settings
        if settings.balanced and settings.balanced_by == "sampling":
            return draw_balanced(pseudo, n_draws, self.rng)
        items = np.arange(len(pseudo)) if self.links is None else next(self.seeds)
        if not settings.balanced:
            return items, torch.ones(len(items))
        return items, class_weights(pseudo, self.network.shape.n_classes)[pseudo[items]]

    @property
    def n_batches(self) -> int:
        """Sampled batches of an epoch."""
        every = -(-len(self.x) // self.settings.batch_size)
        return min(every, self.settings.batches_per_epoch or every)

    def _endless_seeds(self) -> Iterator[np.ndarray]:
        while True:
            yield from seed_batches(len(self.x), self.settings.batch_size, self.rng)

    def _step(
        self, x: Tensor, first: Neighbourhood, second: Neighbourhood, labels: Tensor, weights: Tensor,
        items: Tensor | None,
    ) -> dict[str, float]:  # fmt: skip
        hidden = self.network.hidden(x, first, self.generator)
        scores = self.network.scores(hidden, second, self.generator)
        loss = (functional.cross_entropy(scores, labels, reduction="none") * weights).sum() / weights.sum()
        parts = {"pseudo_label_loss": loss.item()}
        unit = functional.normalize(hidden, dim=1)
        for name, weight, extra in self._extras(unit, x, first, second, items):
            parts[name] = extra.item()
            loss = loss + weight * extra
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        accuracy = (scores.argmax(1) == labels).float().mean().item()
        return {"loss": loss.item(), "accuracy": accuracy} | (parts if len(parts) > 1 else {})

    def _extras(
        self, unit: Tensor, x: Tensor, first: Neighbourhood, second: Neighbourhood, items: Tensor | None
    ) -> list[tuple[str, float, Tensor]]:
        """(name, weight, value) of every loss that is switched on, beside the pseudo-labels'."""
        settings, found = self.settings, []
        if self.declared is not None:
            inner = None if items is None else items[: len(unit)]
            found.append(("label_loss", settings.label_weight, self.declared(unit, inner)))
        if settings.contrast_weight:
            found.append(("contrast_loss", settings.contrast_weight, link_contrast(unit, second, self.generator)))
        if settings.agreement_weight:
            other = functional.normalize(self.network.hidden(x, first, self.generator), dim=1)
            found.append(("agreement_loss", settings.agreement_weight, agreement(unit, other, self.generator)))
        return found


def _links(hood: Neighbourhood, self_loops: bool) -> Links:
    """The links of a whole graph without those of items to themselves, to be sampled from; mapped from disk."""
    kept = hood.sources != hood.owner if self_loops else torch.ones(len(hood.sources), dtype=torch.bool)
    edges = torch.stack([hood.sources[kept], hood.owner[kept]]).numpy()
    return Links.of(edges, len(hood.targets), None if hood.weights is None else hood.weights[kept].numpy()).mapped()


def _check_embeddings(embeddings: np.ndarray) -> None:
    if embeddings.dtype != np.float32:
        raise GraphError(f"the embeddings are {embeddings.dtype}, float32 is needed: embeddings.astype(np.float32)")
    _refuse_not_finite(embeddings, "embeddings", "embed these photos again")
    lengths = np.linalg.norm(embeddings, axis=1)
    odd = np.flatnonzero(abs(lengths - 1) > _LENGTH_TOLERANCE)
    if len(odd):
        raise GraphError(
            f"{len(odd)} of {len(embeddings)} embeddings are not of unit length, the first in row {odd[0]} with"
            f" {lengths[odd[0]]:.3g}: lookgraph.graph.unit_rows makes them so"
        )


def _refuse_not_finite(values: np.ndarray, what: str, remedy: str) -> None:
    bad = np.unique(np.argwhere(~np.isfinite(values))[:, 0])
    if len(bad):
        raise GraphError(f"{len(bad)} of {len(values)} {what} are NaN or infinite, the first in row {bad[0]}: {remedy}")


def _usable(labels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The columns in which anything is known."""
    return {name: codes for name, codes in labels.items() if (codes != UNKNOWN).any()}


@torch.no_grad()
def _with_labels(
    network: GraphNetwork, nodes: np.ndarray, x: Tensor, hood: Neighbourhood, known: np.ndarray,
    codes: Mapping[str, np.ndarray], weight: float,
) -> np.ndarray:  # fmt: skip
    votes = vote(network.first.attention(x, hood), hood, known)
    return join(nodes, fill_unknown(known, votes, class_counts(codes)), weight)
