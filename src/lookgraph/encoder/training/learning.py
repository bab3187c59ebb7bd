"""The epochs: from the last checkpoint to the best weights. Every process of a training runs this."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from lookgraph.config import TrainSettings
from lookgraph.device import choose_device, gpu_memory_explained
from lookgraph.encoder.model import EMBEDDING_DIM, Encoder
from lookgraph.encoder.training.batches import Batch, Batches, Steps, load_batches, seed_of
from lookgraph.encoder.training.checkpoints import (
    History,
    forget_worse,
    keep_best,
    restore_checkpoint,
    save_checkpoint,
)
from lookgraph.encoder.training.crew import Crew
from lookgraph.encoder.training.data import TrainingData, read_data
from lookgraph.encoder.training.logs import Logs
from lookgraph.encoder.training.objective import UNKNOWN, Objective
from lookgraph.encoder.training.runs import Run, make_network
from lookgraph.encoder.training.targets import Target
from lookgraph.encoder.training.validation import Score, precision_at_1
from lookgraph.errors import EncoderError
from lookgraph.processor import native_bfloat16
from lookgraph.progress import Progress

LOGS: Final = "logs"
DEVICE: Final = "train.device"
_LESS_MEMORY: Final = "lower train.batch_size and begin again in a new folder, or go on with train.device=cpu"
_CLIP_NORM: Final = 5.0
_BETAS: Final = (0.9, 0.99)
_EPSILON: Final = 1e-6  # above the rounding of a sum of gradients, so that AdamW makes no whole step of it
_LOG_EVERY: Final = 10  # steps
_SHOWN_PER_CLASS: Final = 50


class Learner(nn.Module):
    """Network and objective as one module, whose output is a process's share of a batch's loss."""

    def __init__(self, encoder: Encoder, objective: Objective, names: list[str], *, bfloat16: bool) -> None:
        super().__init__()
        self.encoder, self.objective = encoder, objective
        self._names, self._bfloat16 = names, bfloat16

    def forward(self, pictures: Tensor, labels: list[Tensor]) -> Tensor:
        """(n, 3, side, side) uint8 pictures and each target's (n,) classes -> a scalar."""
        features = _features(self.encoder, pictures, bfloat16=self._bfloat16)
        embedding = functional.normalize(self.encoder.head(features), dim=1)
        loss: Tensor = self.objective(features, embedding, dict(zip(self._names, labels, strict=True)))
        # A class that nobody in this part of the batch has still takes part, or the other processes would wait for it.
        unused = [parameter.sum() for parameter in self.objective.parameters()]
        return loss + 0.0 * torch.stack(unused).sum()


@dataclass
class _State:
    """A training in the middle."""

    learner: Learner
    device: torch.device
    optimizer: torch.optim.Optimizer
    peaks: list[float]
    history: History
    right: dict[str, np.ndarray]

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"encoder": self.learner.encoder, "objective": self.learner.objective}


def make_objective(targets: list[Target], n_features: int) -> Objective:
    """The loss over all targets, each counting alike; it draws from PyTorch's global generator."""
    names = objective_names(targets)
    classes = {name: len(target.classes) for name, target in zip(names, targets, strict=True)}
    return Objective(classes, dict.fromkeys(names, 1.0), n_features, EMBEDDING_DIM)


def objective_names(targets: list[Target]) -> list[str]:
    """What the objective calls the targets: a column may have a name that no module can have."""
    return [f"target-{i}" for i in range(len(targets))]


@gpu_memory_explained(EncoderError, _LESS_MEMORY)
def begin(run: Run, data: TrainingData, network: Encoder) -> None:
    """Write the checkpoint of epoch 0: the starting weights, and a new objective.

    Each class begins where the starting weights see it, at the mean of some of its embeddings: random proxies would
    first pull a trained head apart.
    """
    device = choose_device(DEVICE, run.settings.device)
    network.to(device)
    with torch.random.fork_rng(devices=[]):  # PyTorch draws initial weights from its global generator only
        torch.manual_seed(run.settings.seed)
        objective = make_objective(data.targets, network.n_features)
    rng = np.random.default_rng(run.settings.seed)
    for name, target in zip(objective_names(data.targets), data.targets, strict=True):
        shown = _some_of_each(target.labels, data.split.train, rng)
        embeddings = torch.from_numpy(_embed(network, data, shown, run.settings))
        labels = torch.from_numpy(target.labels[shown])
        sums = torch.zeros(len(target.classes), EMBEDDING_DIM).index_add_(0, labels, embeddings)
        proxies, seen = objective.proxies[name].data, torch.bincount(labels, minlength=len(target.classes)) > 0
        proxies[seen] = functional.normalize(sums[seen], dim=1) * EMBEDDING_DIM**0.5  # as long as a random one
        nn.init.zeros_(objective.linear[name].weight)  # type: ignore[arg-type]
    network.cpu()
    save_checkpoint(run.work, History(), {"encoder": network, "objective": objective}, None, {})


@gpu_memory_explained(EncoderError, _LESS_MEMORY)
def learn(crew: Crew, run: Run, progress: Progress) -> tuple[History, dict[str, np.ndarray]]:
    """Train until the last epoch, or until the validation has not improved for ``patience`` epochs.

    Args:
        crew: This process's place among those that train.
        run: The training; its folder holds data and a checkpoint.
        progress: Hears of it.

    Returns:
        The history, and which validation photos found their class: arrays ``before`` and ``best``.
    """
    data, settings = read_data(run.work), run.settings
    state = _restore(run, data, crew.device(choose_device(DEVICE, settings.device)))
    batches = Batches(data, settings.batch_size, settings.augment, settings.seed, crew.rank, crew.size)
    loader, steps = load_batches(batches, settings.loader_processes)
    with Logs(run.work / LOGS, state.history.steps, progress, active=crew.leads) as logs:
        if not state.history.scores:
            progress.note("measuring the starting weights on the photos that judge")
            _judge(state, data, crew, run, logs, progress)
        while not _is_over(state.history, settings, run.has_head):
            steps.epoch = state.history.epoch + 1
            with _lost_loader_explained():
                _run_epoch(state, loader, steps, settings, crew, logs, progress)
            _judge(state, data, crew, run, logs, progress)
    return state.history, state.right


@contextlib.contextmanager
def _lost_loader_explained() -> Iterator[None]:
    """Raises EncoderError: a process that loads pictures was killed, as the system does where memory runs out."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise EncoderError(
            "a process that loads pictures was killed (memory, or shared memory, may have run out): the same command"
            " goes on from the last epoch; with train.loader_processes=0 there are none"
        ) from None


def freeze(network: Encoder, n_stages: int, *, new_statistics: bool) -> None:
    """Stop the first stages from changing: their weights, and their running statistics too.

    Args:
        network: Put into training mode, its frozen stages into evaluation mode.
        n_stages: How many, the stem being the first.
        new_statistics: False: the running statistics of batch normalisation stay in the other stages too.
    """
    network.train()
    if not new_statistics:
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
    for name, parameter in network.backbone.named_parameters():
        parameter.requires_grad_(name not in network.family.idle)
    for module in chain.from_iterable(network.stages()[:n_stages]):
        module.eval().requires_grad_(False)


def learning_rate_factor(step: int, n_steps: int, warm_up_fraction: float) -> float:
    """Linear up to 1 over the warm-up, then half a cosine down to almost 0 at the last step."""
    warm_up = warm_up_fraction * n_steps
    if step < warm_up:
        return (step + 1) / (warm_up + 1)
    return 0.5 + 0.5 * math.cos(math.pi * (step - warm_up) / max(n_steps - warm_up, 1))


def embed_rows(network: Encoder, small: np.ndarray, rows: np.ndarray, *, bfloat16: bool, batch_size: int) -> np.ndarray:
    """(n, 128) float32 embeddings of some rows of (n, side, side, 3) uint8 pictures."""
    network.eval()
    device = next(network.parameters()).device
    parts = [np.zeros((0, EMBEDDING_DIM), np.float32)]
    with torch.inference_mode():
        for begin in range(0, len(rows), batch_size):
            pictures = torch.from_numpy(small[rows[begin : begin + batch_size]]).permute(0, 3, 1, 2).to(device)
            features = _features(network, pictures, bfloat16=bfloat16)
            parts.append(functional.normalize(network.head(features), dim=1).cpu().numpy())
    return np.concatenate(parts)


def _features(network: Encoder, pictures: Tensor, *, bfloat16: bool) -> Tensor:
    """(n, 3, side, side) uint8 pictures -> (n, n_features) float32, where the pictures are."""
    pixels = pictures.float().contiguous(memory_format=torch.channels_last)
    narrow = torch.autocast(pictures.device.type, torch.bfloat16) if bfloat16 else contextlib.nullcontext()
    with narrow:
        features = network.features(pixels)
    return features.float()


def uses_bfloat16(settings: TrainSettings, device: torch.device) -> bool:
    """The setting ``train.bfloat16``, on this device."""
    if settings.bfloat16 == "auto":
        return torch.cuda.is_bf16_supported(including_emulation=False) if device.type == "cuda" else native_bfloat16()
    return settings.bfloat16 == "on"


def _restore(run: Run, data: TrainingData, device: torch.device) -> _State:
    with torch.random.fork_rng(devices=[]):
        network = make_network(run.work)
        objective = make_objective(data.targets, network.n_features)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    names, settings = objective_names(data.targets), run.settings
    learner = Learner(network, objective, names, bfloat16=uses_bfloat16(settings, device)).to(device)
    freeze(network, settings.frozen_stages, new_statistics=settings.new_statistics)
    optimizer = torch.optim.AdamW(_groups(learner, settings), lr=settings.learning_rate, betas=_BETAS, eps=_EPSILON)
    peaks = [float(group["lr"]) for group in optimizer.param_groups]
    modules: dict[str, nn.Module] = {"encoder": network, "objective": objective}
    history, right = restore_checkpoint(run.work, modules, optimizer)
    return _State(learner, device, optimizer, peaks, history, right)


def _groups(learner: Learner, settings: TrainSettings) -> list[dict[str, object]]:
    """Head and objective at the full step, the backbone at its share of it; no decay on biases and norms."""
    fast = [*learner.encoder.head.parameters(), *learner.objective.parameters()]
    slow = [p for p in learner.encoder.backbone.parameters() if p.requires_grad]
    backbone_rate = settings.learning_rate * settings.backbone_learning_rate_factor
    groups: list[dict[str, object]] = []
    for parameters, rate in ((fast, settings.learning_rate), (slow, backbone_rate)):
        for is_matrix, decay in ((True, settings.weight_decay), (False, 0.0)):
            chosen = [p for p in parameters if (p.ndim > 1) == is_matrix]
            groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
    return [group for group in groups if group["params"]]


def _is_over(history: History, settings: TrainSettings, has_head: bool) -> bool:
    since = history.epoch - max(history.best_epoch, 0 if has_head else 1)
    return history.epoch >= settings.epochs or since >= settings.patience


def _run_epoch(
    state: _State, loader: DataLoader[Batch], steps: Steps, settings: TrainSettings, crew: Crew, logs: Logs,
    progress: Progress,
) -> None:  # fmt: skip
    learner, history = state.learner, state.history
    only_head = history.epoch < settings.frozen_epochs
    n_frozen = len(learner.encoder.stages()) if only_head else settings.frozen_stages
    freeze(learner.encoder, n_frozen, new_statistics=settings.new_statistics)
    wrapped = crew.wrap(learner)
    progress.stage(f"epoch {steps.epoch}{' (head)' if only_head else ''}", len(steps))
    losses: list[float] = []
    began = time.monotonic()
    seeded = [state.device] if state.device.type == "cuda" else []
    with torch.random.fork_rng(devices=seeded):  # a backbone's dropout draws from PyTorch's global generator only
        torch.manual_seed(seed_of(settings.seed, steps.epoch, crew.rank))
        for pictures, labels in loader:
            factor = learning_rate_factor(history.steps, settings.epochs * len(steps), settings.warm_up_fraction)
            for group, peak in zip(state.optimizer.param_groups, state.peaks, strict=True):
                group["lr"] = peak * factor
            pictures, labels = pictures.to(state.device), [label.to(state.device) for label in labels]
            loss = wrapped(pictures, labels) * (len(pictures) * crew.size / settings.batch_size)
            state.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learner.parameters(), _CLIP_NORM)
            state.optimizer.step()
            history.steps += 1
            losses.append(loss.item())
            progress.advance()
            if history.steps % _LOG_EVERY == 0:
                rate = len(losses) * settings.batch_size / (time.monotonic() - began)
                recent = float(np.mean(losses[-_LOG_EVERY:]))
                shown = {"loss": recent, "learning rate": state.peaks[0] * factor, "photos a second": rate}
                logs.scalars({f"train/{name}": value for name, value in shown.items()}, history.steps)
    history.losses.append(crew.agree(float(np.mean(losses))))
    history.epoch += 1
    if not math.isfinite(history.losses[-1]):
        raise EncoderError(
            f"the loss of epoch {history.epoch} is {history.losses[-1]}: lower train.learning_rate"
            f"={settings.learning_rate:g} or set train.bfloat16=off, and begin again in a new folder"
        )


def _judge(state: _State, data: TrainingData, crew: Crew, run: Run, logs: Logs, progress: Progress) -> None:
    """Measure, remember the weights if they are the best, and write the checkpoint."""
    history, network = state.history, state.learner.encoder
    crew.share_buffers(network)
    score = _measure(network, data, crew, run.settings)
    history.scores.append({name: crew.agree(value) for name, value in score.by_target.items()})
    epoch = history.epoch
    may_win = epoch > 0 or run.has_head
    best_before = history.mean(history.best_epoch) if history.best_epoch or run.has_head else -math.inf
    is_best = may_win and (epoch == 0 or history.mean(epoch) > best_before)
    if is_best:
        history.best_epoch, history.best_steps = epoch, history.steps
        state.right["best"] = score.right
    if epoch == 0:
        state.right["before"] = score.right.copy()
    if not crew.leads:
        return
    if is_best:
        keep_best(run.work, epoch, network)
    save_checkpoint(run.work, history, state.modules, state.optimizer, state.right)
    forget_worse(run.work, history.best_epoch)
    logs.scalars({f"precision at 1/{name}": value for name, value in history.scores[-1].items()}, history.steps)
    logs.scalars({"precision at 1/mean": history.mean(epoch)}, history.steps)
    if history.losses:
        logs.scalars({"train/loss of the epoch": history.losses[-1]}, history.steps)
    by_target = ", ".join(f"{name} {value:.3f}" for name, value in history.scores[-1].items())
    loss = f", loss {history.losses[-1]:.3f}" if history.losses else ""
    progress.note(f"epoch {epoch}: precision at 1 {history.mean(epoch):.3f} ({by_target}){loss}")


def _some_of_each(labels: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Up to ``_SHOWN_PER_CLASS`` of the rows of each class."""
    mixed = rng.permutation(rows[labels[rows] != UNKNOWN])
    mixed = mixed[np.argsort(labels[mixed], kind="stable")]
    _, first, of_class = np.unique(labels[mixed], return_index=True, return_inverse=True)
    return np.sort(mixed[np.arange(len(mixed)) - first[of_class] < _SHOWN_PER_CLASS])


def _embed(network: Encoder, data: TrainingData, rows: np.ndarray, settings: TrainSettings) -> np.ndarray:
    small, device = data.pictures.small(), next(network.parameters()).device
    bfloat16 = uses_bfloat16(settings, device)
    return embed_rows(network, small, rows, bfloat16=bfloat16, batch_size=settings.batch_size)


def _measure(network: Encoder, data: TrainingData, crew: Crew, settings: TrainSettings) -> Score:
    rows = data.split.validation
    part = _embed(network, data, rows[crew.rank :: crew.size], settings)
    targets = [Target(t.name, t.classes, t.labels[rows]) for t in data.targets]
    return precision_at_1(crew.gather(part), targets, data.split.units[rows])
