"""Step 2 of the shipped weights: train the encoder, in two phases whose order is the experiment.

    python training/train.py training/work

``shop`` trains on the products alone, from random weights; its result has never seen a home photo, and is
what the cross-place test measures. ``both`` goes on from there with the home photos. A checkpoint is written
every few minutes; the same command goes on from the last one.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from augment import augment
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder

# Column -> weight of its loss. Article type and the home photos' category say what a thing is.
TARGETS = {"article_type": 1.0, "base_colour": 0.5, "gender": 0.25, "usage": 0.15, "season": 0.1, "category": 1.0}
BATCH = 64
SCALE = 16.0
CHECKPOINT_EVERY = 250


@dataclass(frozen=True)
class Phase:
    """One stretch of training with a one-cycle learning rate."""

    name: str
    sources: tuple[str, ...]
    epochs: float
    sides_px: tuple[tuple[float, int], ...]  # (share of the phase up to which, side)
    peak_lr: float
    zoom: tuple[float, float]  # how much of the picture's side a view shows
    replaced_fraction: float  # cut-outs that get a drawn background
    home_repeats: int = 1


PHASES = (
    Phase("shop", ("products",), 2.6, ((0.8, 48), (1.0, 64)), 1.2e-3, (0.5, 1.15), 0.6),
    Phase("both", ("products", "home"), 1.2, ((0.6, 48), (1.0, 64)), 8e-4, (0.7, 1.1), 0.35, home_repeats=4),
)


class Heads(nn.Module):
    """Per target: class proxies in the embedding's cosine space, and a plain linear head on the features.

    Source: normalised softmax of Zhai and Wu 2019, arXiv 1811.12649.
    """

    def __init__(self, classes: dict[str, int]) -> None:
        super().__init__()
        self.proxies = nn.ParameterDict({t: nn.Parameter(torch.randn(n, EMBEDDING_DIM)) for t, n in classes.items()})
        self.linear = nn.ModuleDict({t: nn.Linear(FEATURES, n) for t, n in classes.items()})

    def loss(self, features: Tensor, embedding: Tensor, targets: dict[str, Tensor]) -> Tensor:
        total = torch.zeros(())
        for target, weight in TARGETS.items():
            known = targets[target] >= 0
            if not known.any():
                continue
            label = targets[target][known]
            cosine = embedding[known] @ functional.normalize(self.proxies[target], dim=1).T
            share = known.float().mean() * weight
            total = total + share * functional.cross_entropy(cosine * SCALE, label, label_smoothing=0.05)
            logits = self.linear[target](features[known])
            total = total + 0.5 * share * functional.cross_entropy(logits, label, label_smoothing=0.05)
        return total


def read_targets(work: Path) -> tuple[dict[str, Tensor], dict[str, int], np.ndarray, np.ndarray]:
    table = pq.read_table(work / "targets.parquet")
    targets, classes = {}, {}
    for column in TARGETS:
        values = table[column].to_pylist()
        names = sorted({v for v in values if v is not None})
        index = {name: i for i, name in enumerate(names)}
        targets[column] = torch.tensor([index.get(v, -1) for v in values])
        classes[column] = len(names)
    return targets, classes, table["source"].to_numpy(), table["split"].to_numpy()


def order(rows: np.ndarray, is_home: np.ndarray, phase: Phase, seed: int) -> np.ndarray:
    """Rows in training order: whole shuffled epochs, home photos repeated, cut to the phase's length."""
    generator = np.random.default_rng(seed)
    once = np.concatenate([rows] + [rows[is_home[rows]]] * (phase.home_repeats - 1))
    epochs = [generator.permutation(once) for _ in range(math.ceil(phase.epochs))]
    return np.concatenate(epochs)[: int(len(once) * phase.epochs) // BATCH * BATCH]


def learning_rate(progress: float, peak: float) -> float:
    return peak * (
        progress / 0.12 if progress < 0.12 else 0.5 * (1 + math.cos(math.pi * (progress - 0.12) / 0.88)) + 2e-3
    )


def parameter_groups(encoder: nn.Module, heads: Heads) -> list[dict[str, object]]:
    named = [*encoder.named_parameters(), *heads.named_parameters()]
    decayed = [p for _, p in named if p.ndim > 1]
    return [
        {"params": decayed, "weight_decay": 0.05},
        {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
    ]


def save(path: Path, encoder: Encoder, heads: Heads, optimizer: torch.optim.AdamW, step: int) -> None:
    tensors = {f"encoder.{k}": v for k, v in encoder.state_dict().items()}
    tensors |= {f"heads.{k}": v for k, v in heads.state_dict().items()}
    for i, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{k}": v for k, v in state.items()}
    aside = path.with_suffix(".aside")
    save_file({k: v.contiguous() for k, v in tensors.items()}, aside, {"step": str(step)})
    aside.replace(path)


def restore(path: Path, encoder: Encoder, heads: Heads, optimizer: torch.optim.AdamW | None) -> None:
    tensors = load_file(path)

    def part(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}

    encoder.load_state_dict(part("encoder."))
    heads.load_state_dict(part("heads."))
    if optimizer is not None:
        whole = optimizer.state_dict()
        for key, value in part("optimizer.").items():
            i, name = key.split(".", 1)
            whole["state"].setdefault(int(i), {})[name] = value
        optimizer.load_state_dict(whole)


def batches(
    work: Path, rows: np.ndarray, first: int, phase: Phase, targets: dict[str, Tensor]
) -> Iterator[tuple[int, float, Tensor, dict[str, Tensor]]]:
    pixels = np.load(work / "pixels.npy", mmap_mode="r")
    background = np.load(work / "background.npy", mmap_mode="r")
    n_steps = len(rows) // BATCH
    for step in range(first, n_steps):
        progress = step / n_steps
        side = next(side for share, side in phase.sides_px if progress < share)
        chosen = np.sort(rows[step * BATCH : (step + 1) * BATCH])
        generator = torch.Generator().manual_seed(step)
        images = augment(
            torch.from_numpy(pixels[chosen]),
            torch.from_numpy(background[chosen]),
            side,
            phase.zoom,
            phase.replaced_fraction,
            generator,
        )
        yield step, progress, images, {t: v[torch.from_numpy(chosen)] for t, v in targets.items()}


def train(work: Path, phase: Phase, seed: int, start_from: Path | None) -> None:
    done = work / f"{phase.name}.safetensors"
    if done.exists():
        print(f"{phase.name}: already trained", flush=True)
        return
    targets, classes, source, split = read_targets(work)
    torch.manual_seed(seed)  # initial weights come from PyTorch's own generator: it has no other way in
    encoder, heads = Encoder(), Heads(classes)
    encoder.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(parameter_groups(encoder, heads), lr=phase.peak_lr, betas=(0.9, 0.99))
    checkpoint, step = work / f"{phase.name}.checkpoint.safetensors", 0
    if checkpoint.exists():
        restore(checkpoint, encoder, heads, optimizer)
        step = int(json.loads((work / f"{phase.name}.step.json").read_text()))
        print(f"{phase.name}: goes on at step {step}", flush=True)
    elif start_from is not None:
        restore(start_from, encoder, heads, None)
    rows = order(np.flatnonzero((split == "train") & np.isin(source, phase.sources)), source == "home", phase, seed)
    print(json.dumps({"phase": asdict(phase), "photos": len(rows), "steps": len(rows) // BATCH}), flush=True)
    began, shown, running = time.monotonic(), step, 0.0
    for at, progress, images, labels in batches(work, rows, step, phase, targets):
        step = at
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(progress, phase.peak_lr)
        features = encoder.features(images.contiguous(memory_format=torch.channels_last))
        loss = heads.loss(features, functional.normalize(encoder.head(features), dim=1), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 5.0)
        optimizer.step()
        running += loss.item()
        if (step + 1) % 25 == 0:
            rate = (step + 1 - shown) * BATCH / (time.monotonic() - began)
            print(
                f"{phase.name} {step + 1}/{len(rows) // BATCH} loss {running / 25:.3f} {rate:.0f} photos/s", flush=True
            )
            began, shown, running = time.monotonic(), step + 1, 0.0
        if (step + 1) % CHECKPOINT_EVERY == 0:
            save(checkpoint, encoder, heads, optimizer, step + 1)
            (work / f"{phase.name}.step.json").write_text(json.dumps(step + 1))
    save(done, encoder, heads, optimizer, step + 1)


def main(work: Path) -> None:
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    previous: Path | None = None
    for seed, phase in enumerate(PHASES):
        train(work, phase, seed, previous)
        previous = work / f"{phase.name}.safetensors"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
