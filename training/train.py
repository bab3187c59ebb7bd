"""Step 2 of the shipped weights: train the encoder from random weights.

    python training/train.py training/work shop       # the shop alone: its result has never seen a home photo
    python training/train.py training/work both       # goes on from there, with the home photos
    python training/train.py training/work home       # the home photos alone, for the cross-place test only

A checkpoint is written every few minutes; the same command goes on from the last one. The weights that count are the
moving average of the last few hundred steps'.
"""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from data import JOINT, TEXT_DIM, PhotoSet, read_photos
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
from lookgraph.encoder.training.augment import Views, augment
from lookgraph.encoder.training.backgrounds import background_textures
from lookgraph.encoder.training.objective import UNKNOWN, Objective
from lookgraph.encoder.training.sampling import RepeatFactorSampler

TARGETS = {
    "article_type": 1.0, "category": 1.0, JOINT: 0.7, "base_colour": 0.4, "gender": 0.25, "usage": 0.1, "season": 0.1,
}  # fmt: skip
TEXT_WEIGHT = 0.3
AVERAGE_DECAY = 0.998
CHECKPOINT_EVERY, SHOW_EVERY = 200, 20
RARE_CLASS = 150  # photos; classes with fewer are shown more often


@dataclass(frozen=True)
class Phase:
    """One stretch of training.

    Attributes:
        batch: Photos of each source a step.
        sides_px: (share of the steps up to which, side of the views).
        views: How far the views of each source's photos differ.
        decay_from: Share of the steps after which the learning rate falls to zero.
        start_from: The phase whose result it goes on from; empty: random weights.
    """

    batch: dict[str, int]
    steps: int
    sides_px: tuple[tuple[float, int], ...]
    peak_lr: float
    decay_from: float
    views: dict[str, Views]
    start_from: str = ""


PHASES = {
    "shop": Phase(
        {"products": 128}, 2600, ((0.3, 48), (1.0, 64)), 1e-3, 0.6,
        {"products": Views((0.55, 1.15), replaced_fraction=0.5)},
    ),
    "both": Phase(
        {"products": 96, "home": 40}, 1400, ((0.8, 64), (1.0, 80)), 7e-4, 0.2,
        {
            "products": Views((0.8, 1.1), replaced_fraction=0.2, hidden_fraction=0.05, jpeg_fraction=0.1),
            "home": Views((0.65, 1.15), hidden_fraction=0.1),
        },
        start_from="shop",
    ),
    "home": Phase({"home": 128}, 250, ((0.5, 48), (1.0, 64)), 1e-3, 0.5, {"home": Views((0.55, 1.15))}),
}  # fmt: skip


def learning_rate(step: int, phase: Phase) -> float:
    progress, warm_up = step / phase.steps, min(1.0, (step + 1) / 150)
    left = (1 - progress) / (1 - phase.decay_from)
    return phase.peak_lr * warm_up * min(1.0, 0.5 - 0.5 * math.cos(math.pi * min(left, 1.0)) + 1e-3)


class Average:
    """The exponential moving average of a module's parameters and statistics."""

    def __init__(self, module: nn.Module) -> None:
        self.tensors = {k: v.detach().clone() for k, v in module.state_dict().items() if v.is_floating_point()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        weight = 1 - min(AVERAGE_DECAY, (1 + step) / (10 + step))
        now = module.state_dict()
        torch._foreach_lerp_(list(self.tensors.values()), [now[k] for k in self.tensors], weight)


def start_gently(encoder: Encoder) -> None:
    """Every residual branch begins at zero (Goyal et al. 2017, arXiv 1706.02677)."""
    for stage in encoder.stages()[1:]:
        for block in stage[0].layers:  # type: ignore[union-attr]
            nn.init.zeros_(block.layer[-1].normalization.weight)


def parameter_groups(*modules: nn.Module) -> list[dict[str, object]]:
    parameters = [p for module in modules for p in module.parameters()]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.05},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def save(
    path: Path, encoder: Encoder, objective: Objective, average: Average, optimizer: torch.optim.AdamW | None, step: int
) -> None:
    tensors = {f"encoder.{k}": v for k, v in encoder.state_dict().items()}
    tensors |= {f"objective.{k}": v for k, v in objective.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.tensors.items()}
    if optimizer is not None:
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{k}": v for k, v in state.items()}
    aside = path.with_suffix(".aside")
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, aside, {"step": str(step)})
    aside.replace(path)


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def restore(path: Path, encoder: Encoder, objective: Objective, average: Average, optimizer: torch.optim.AdamW) -> int:
    tensors = load_file(path)
    encoder.load_state_dict(part(tensors, "encoder."))
    objective.load_state_dict(part(tensors, "objective."))
    average.tensors = {name: t.to(average.tensors[name].device) for name, t in part(tensors, "average.").items()}
    whole = optimizer.state_dict()
    for key, value in part(tensors, "optimizer.").items():
        i, name = key.split(".", 1)
        whole["state"].setdefault(int(i), {})[name] = value
    optimizer.load_state_dict(whole)
    with safe_open(path, "pt") as file:
        return int(file.metadata()["step"])


def train(work: Path, name: str) -> None:
    phase, done, checkpoint = PHASES[name], work / f"{name}.safetensors", work / f"{name}.checkpoint.safetensors"
    if done.exists():
        print(f"{done} is there already", flush=True)
        return
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sets, n_classes = read_photos(work)
    torch.manual_seed(0)  # initial weights come from PyTorch's own generator: it has no other way in
    encoder = Encoder()
    objective = Objective(n_classes, TARGETS, FEATURES, EMBEDDING_DIM, TEXT_DIM, TEXT_WEIGHT)
    start_gently(encoder)
    if phase.start_from:
        before = load_file(work / f"{phase.start_from}.safetensors")
        encoder.load_state_dict(part(before, "encoder.") | part(before, "average."))
        objective.load_state_dict(part(before, "objective."))
    encoder.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    objective.to(device)
    average = Average(encoder)
    optimizer = torch.optim.AdamW(parameter_groups(encoder, objective), lr=phase.peak_lr, betas=(0.9, 0.99))
    first = restore(checkpoint, encoder, objective, average, optimizer) if checkpoint.exists() else 0
    samplers = {source: make_sampler(sets[source], np.random.default_rng((0, first))) for source in phase.batch}
    sets = {source: photos.to(device) for source, photos in sets.items()}
    print(json.dumps({"phase": name, "first": first} | asdict(phase)), flush=True)
    generator = torch.Generator(device).manual_seed(first)
    photos = torch.cat([sets[source].pixels[:, 8:-8, 8:-8][:4000, :64, :64] for source in phase.batch])
    began, n_right, n_known, running = time.monotonic(), 0, 0, 0.0
    for step in range(first, phase.steps):
        if (step - first) % 100 == 0:
            textures = background_textures(photos, 256, 96, generator)
        side = next(side for share, side in phase.sides_px if step / phase.steps < share)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, phase)
        images, labels, texts = make_batch(sets, samplers, phase, textures, side, generator)
        with torch.autocast(device.type, torch.bfloat16):
            features = encoder.features(images.contiguous(memory_format=torch.channels_last))
        features = features.float()
        embedding = functional.normalize(encoder.head(features), dim=1)
        loss = objective(features, embedding, labels, texts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 5.0)
        optimizer.step()
        average.update(encoder, step)
        running += loss.item()
        kind = "category" if name == "home" else "article_type"
        known = labels[kind] != UNKNOWN
        right = objective.cosines(kind, embedding.detach()[known]).argmax(1) == labels[kind][known]
        n_right, n_known = n_right + int(right.sum()), n_known + int(known.sum())
        if (step + 1) % SHOW_EVERY == 0:
            rate = SHOW_EVERY * sum(phase.batch.values()) / (time.monotonic() - began)
            print(
                f"{name} {step + 1}/{phase.steps} {side} px loss {running / SHOW_EVERY:.3f}"
                f" {kind} {n_right / n_known:.3f} {rate:.0f} photos/s",
                flush=True,
            )
            began, n_right, n_known, running = time.monotonic(), 0, 0, 0.0
        if (step + 1) % CHECKPOINT_EVERY == 0:
            save(checkpoint, encoder, objective, average, optimizer, step + 1)
    save(done, encoder, objective, average, None, phase.steps)


def make_sampler(photos: PhotoSet, rng: np.random.Generator) -> RepeatFactorSampler:
    labels = [photos.labels[target].numpy() for target in ("article_type", "category")]
    return RepeatFactorSampler(labels, rng, usual=RARE_CLASS)


def make_batch(
    sets: dict[str, PhotoSet], samplers: dict[str, RepeatFactorSampler], phase: Phase, textures: Tensor, side_px: int,
    generator: torch.Generator,
) -> tuple[Tensor, dict[str, Tensor], Tensor]:  # fmt: skip
    images, labels, texts = [], [], []
    for source, n in phase.batch.items():
        photos = sets[source]
        rows = torch.from_numpy(samplers[source].take(n)).to(photos.pixels.device)
        images.append(
            augment(photos.pixels[rows], photos.background[rows], textures, side_px, phase.views[source], generator)
        )
        labels.append({target: values[rows] for target, values in photos.labels.items()})
        texts.append(photos.texts[rows])
    return torch.cat(images), {t: torch.cat([part[t] for part in labels]) for t in labels[0]}, torch.cat(texts)


if __name__ == "__main__":
    train(Path(sys.argv[1]), sys.argv[2])
