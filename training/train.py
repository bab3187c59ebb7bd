"""Step 2 of the shipped weights: train the encoder from random weights.

    python training/train.py training/work shop       # the shop alone: its result has never seen a home photo
    python training/train.py training/work both       # goes on from there, with the home photos
    python training/train.py training/work longer     # and on, with milder views
    python training/train.py training/work upper      # and on, the upper half of the network alone
    python training/train.py training/work larger     # and on, the whole network, at last on larger pictures
    python training/train.py training/work mixed      # and on, with pictures that are mixed in pairs: it ships
    python training/train.py training/work home       # the home photos alone, for the cross-place test only

A checkpoint is written every few minutes; the same command goes on from the last one. The weights that count are the
moving average of the last few hundred steps'. On cores that have other work too, several processes of one thread wait
far less for each other than the threads of one process:

    torchrun --nproc-per-node 2 training/train.py training/work mixed

Each then trains on its share of every batch, and their weights are averaged every few steps (local SGD, Stich 2019,
arXiv 1805.09767).
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, distributed, nn
from torch.nn import functional

from data import JOINT, TEXT_DIM, PhotoSet, read_photos
from lookgraph.encoder.model import EMBEDDING_DIM, FEATURES, Encoder
from lookgraph.encoder.training.augment import Views, augment
from lookgraph.encoder.training.backgrounds import background_textures
from lookgraph.encoder.training.objective import UNKNOWN, Objective
from lookgraph.encoder.training.sampling import RepeatFactorSampler
from lookgraph.processor import native_bfloat16
from small_maps import multiply_small_maps

TARGETS = {
    "article_type": 1.0, "category": 1.0, JOINT: 1.0, "base_colour": 0.5, "gender": 0.25, "usage": 0.1, "season": 0.1,
}  # fmt: skip
TEXT_WEIGHT = 0.3
AVERAGE_DECAY = 0.998
CHECKPOINT_EVERY, SHOW_EVERY, JOIN_EVERY = 200, 20, 10
RARE_CLASS = 150  # photos; classes with fewer are shown more often


@dataclass(frozen=True)
class Phase:
    """One stretch of training.

    Attributes:
        batch: Photos of each source a step, of all processes together.
        sides_px: (share of the steps up to which, side of the views).
        views: How far the views of each source's photos differ.
        decay_from: Share of the steps after which the learning rate falls to zero.
        start_from: The phase whose result it goes on from; empty: random weights.
        frozen_stages: Stages of the backbone, from the pixels on, that stay as they are: they converge first, and
            without three of them a step takes 0.6 of the time.
        mixed: (share of the steps, up to which share of the phase) whose pictures are mixed in pairs, see :func:`mix`.
    """

    batch: dict[str, int]
    steps: int
    sides_px: tuple[tuple[float, int], ...]
    peak_lr: float
    decay_from: float
    views: dict[str, Views]
    start_from: str = ""
    frozen_stages: int = 0
    mixed: tuple[float, float] = (0.0, 0.0)


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
    "longer": Phase(
        {"products": 100, "home": 28}, 3200, ((1.0, 64),), 1e-3, 0.1,
        {
            "products": Views((0.85, 1.1), replaced_fraction=0.15, hidden_fraction=0.05, jpeg_fraction=0.05),
            "home": Views((0.65, 1.15), hidden_fraction=0.1, jpeg_fraction=0.1),
        },
        start_from="both",
    ),
    "upper": Phase(
        {"products": 100, "home": 28}, 2200, ((1.0, 64),), 8e-4, 0.1,
        {
            "products": Views((0.9, 1.1), replaced_fraction=0.1, hidden_fraction=0.03, jpeg_fraction=0.03),
            "home": Views((0.65, 1.15), hidden_fraction=0.1, jpeg_fraction=0.1),
        },
        start_from="longer", frozen_stages=3,
    ),
    "larger": Phase(
        {"products": 100, "home": 28}, 8000, ((0.55, 64), (1.0, 80)), 1e-3, 0.15,
        {
            "products": Views((0.87, 1.12), 0.12, hidden_fraction=0.08, jpeg_fraction=0.03, light=0.5),
            "home": Views((0.65, 1.15), hidden_fraction=0.12, jpeg_fraction=0.06),
        },
        start_from="upper",
    ),
    "mixed": Phase(
        {"products": 100, "home": 28}, 5200, ((0.5, 64), (1.0, 80)), 1e-3, 0.15,
        {
            "products": Views((0.87, 1.12), 0.12, hidden_fraction=0.08, jpeg_fraction=0.03, light=0.5),
            "home": Views((0.65, 1.15), hidden_fraction=0.12, jpeg_fraction=0.06),
        },
        start_from="larger", mixed=(0.6, 0.85),
    ),
    "home": Phase({"home": 128}, 600, ((0.5, 48), (1.0, 64)), 1e-3, 0.5, {"home": Views((0.55, 1.15))}),
}  # fmt: skip


@dataclass(frozen=True)
class Crew:
    """The processes of one training: this one's number, and how many there are."""

    rank: int
    size: int

    @classmethod
    def gather(cls) -> Crew:
        if "RANK" not in os.environ:
            return cls(0, 1)
        torch.set_num_threads(1)
        distributed.init_process_group("gloo")
        return cls(distributed.get_rank(), distributed.get_world_size())

    @torch.no_grad()
    def average(self, *modules: nn.Module) -> None:
        """Give every process the mean of everybody's weights and statistics."""
        if self.size == 1:
            return
        tensors = [t for module in modules for t in module.state_dict().values() if t.is_floating_point()]
        flat = torch.cat([t.reshape(-1) for t in tensors])
        distributed.all_reduce(flat)
        means = torch.split(flat / self.size, [t.numel() for t in tensors])
        for tensor, mean in zip(tensors, means, strict=True):
            tensor.copy_(mean.view(tensor.shape))


class Average:
    """The exponential moving average of a module's parameters and statistics."""

    def __init__(self, module: nn.Module) -> None:
        self.tensors = {k: v.detach().clone() for k, v in module.state_dict().items() if v.is_floating_point()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        weight = 1 - min(AVERAGE_DECAY, (1 + step) / (10 + step))
        now = module.state_dict()
        torch._foreach_lerp_(list(self.tensors.values()), [now[k] for k in self.tensors], weight)


class Learner:
    """What a training changes: the encoder, its objective, their optimiser, and the moving average that counts."""

    def __init__(
        self, phase: Phase, n_classes: dict[str, int], device: torch.device, chance: np.random.Generator
    ) -> None:
        self.phase, self.device, self.chance = phase, device, chance
        has_cuda = device.type == "cuda"
        self.bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False) if has_cuda else native_bfloat16()
        self.encoder = Encoder()
        self.objective = Objective(n_classes, TARGETS, FEATURES, EMBEDDING_DIM, TEXT_DIM, TEXT_WEIGHT)
        start_gently(self.encoder)
        if device.type == "cpu":
            multiply_small_maps(self.encoder)
        self.encoder.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        for module in (module for stage in self.encoder.stages()[: phase.frozen_stages] for module in stage):
            module.requires_grad_(False).eval()
        self.objective.to(device)
        self.average = Average(self.encoder)
        groups = parameter_groups(self.encoder, self.objective)
        self.optimizer = torch.optim.AdamW(groups, lr=phase.peak_lr, betas=(0.9, 0.99), fused=True)

    def go_on_from(self, path: Path) -> None:
        """Take over another phase's result."""
        before = load_file(path)
        self.encoder.load_state_dict(part(before, "encoder.") | part(before, "average."))
        self.objective.load_state_dict(part(before, "objective."))
        self.average = Average(self.encoder)

    def learn(self, step: int, images: Tensor, labels: dict[str, Tensor], texts: Tensor) -> tuple[float, Tensor | None]:
        """One step; returns the loss and (n, 128) embeddings, or None where pictures were mixed."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(step, self.phase)
        share_mixed, until = self.phase.mixed
        mixes = step < until * self.phase.steps and self.chance.random() < share_mixed
        partner, own = torch.from_numpy(self.chance.permutation(len(images))).to(self.device), 1.0
        if mixes:
            images, own = mix(images, images[partner], self.chance)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            features = self.encoder.features(images.contiguous(memory_format=torch.channels_last))
        features = features.float()
        embedding = functional.normalize(self.encoder.head(features), dim=1)
        loss = self.objective(features, embedding, labels, texts)
        if mixes:
            others = {target: values[partner] for target, values in labels.items()}
            loss = own * loss + (1 - own) * self.objective(features, embedding, others, texts[partner])
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 5.0)
        self.optimizer.step()
        return loss.item(), None if mixes else embedding.detach()

    def save(self, path: Path, step: int, *, to_resume: bool) -> None:
        tensors = {f"encoder.{k}": v for k, v in self.encoder.state_dict().items()}
        tensors |= {f"objective.{k}": v for k, v in self.objective.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.tensors.items()}
        if to_resume:
            for i, state in self.optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{i}.{k}": v for k, v in state.items()}
        aside = path.with_suffix(".aside")
        save_file({k: v.detach().contiguous() for k, v in tensors.items()}, aside, {"step": str(step)})
        aside.replace(path)

    def restore(self, path: Path) -> int:
        tensors = load_file(path)
        self.encoder.load_state_dict(part(tensors, "encoder."))
        self.objective.load_state_dict(part(tensors, "objective."))
        averages = self.average.tensors
        averages |= {name: t.to(averages[name].device) for name, t in part(tensors, "average.").items()}
        whole = self.optimizer.state_dict()
        for key, value in part(tensors, "optimizer.").items():
            i, name = key.split(".", 1)
            whole["state"].setdefault(int(i), {})[name] = value
        self.optimizer.load_state_dict(whole)
        with safe_open(path, "pt") as file:
            return int(file.metadata()["step"])


class Batches:
    """Views of photos, drawn by a process's own chance."""

    def __init__(self, sets: dict[str, PhotoSet], phase: Phase, n_processes: int, seed: tuple[int, ...]) -> None:
        self.sets, self.phase = sets, phase
        self.share = {source: n // n_processes for source, n in phase.batch.items()}
        rng = np.random.default_rng(seed)
        self.samplers = {source: make_sampler(sets[source], rng) for source in phase.batch}
        self.device = next(iter(sets.values())).pixels.device
        self.generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**31)))
        self.renew_textures()

    def renew_textures(self) -> None:
        photos = torch.cat([self.sets[source].pixels[:4000, 8:72, 8:72] for source in self.phase.batch])
        self.textures = background_textures(photos, 256, 96, self.generator)

    def draw(self, side_px: int) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """(n, 3, side, side) views, their labels by target, and their (n, 384) texts."""
        images, labels, texts = [], [], []
        for source, n in self.share.items():
            photos, views = self.sets[source], self.phase.views[source]
            rows = torch.from_numpy(self.samplers[source].take(n)).to(self.device)
            shown = photos.pixels[rows], photos.background[rows]
            images.append(augment(*shown, self.textures, side_px, views, self.generator))
            labels.append({target: values[rows] for target, values in photos.labels.items()})
            texts.append(photos.texts[rows])
        return torch.cat(images), {t: torch.cat([part[t] for part in labels]) for t in labels[0]}, torch.cat(texts)


class Record:
    """Prints how it goes: loss, the share of classes told right, photos a second."""

    def __init__(self, name: str, phase: Phase) -> None:
        self.name, self.phase = name, phase
        self.target = "category" if name == "home" else "article_type"
        self._start()

    def _start(self) -> None:
        self.began, self.n_right, self.n_known, self.loss = time.monotonic(), 0, 0, 0.0

    def add(self, step: int, side_px: int, loss: float, cosines: Tensor | None, label: Tensor) -> None:
        self.loss += loss / SHOW_EVERY
        if cosines is not None:
            known = label != UNKNOWN
            self.n_right += int((cosines.argmax(1) == label)[known].sum())
            self.n_known += int(known.sum())
        if (step + 1) % SHOW_EVERY == 0:
            rate = SHOW_EVERY * sum(self.phase.batch.values()) / (time.monotonic() - self.began)
            print(
                f"{self.name} {step + 1}/{self.phase.steps} {side_px} px loss {self.loss:.3f}"
                f" {self.target} {self.n_right / max(self.n_known, 1):.3f} {rate:.0f} photos/s",
                flush=True,
            )
            self._start()


def train(work: Path, name: str) -> None:
    """Train one phase to its end; write its result beside the packed photos."""
    phase, done, checkpoint = PHASES[name], work / f"{name}.safetensors", work / f"{name}.checkpoint.safetensors"
    if done.exists():
        print(f"{done} is there already", flush=True)
        return
    crew = Crew.gather()
    n_gpus = torch.cuda.device_count()
    device = torch.device("cuda", crew.rank % n_gpus) if n_gpus else torch.device("cpu")
    sets, n_classes = read_photos(work)
    torch.manual_seed(0)  # initial weights come from PyTorch's own generator: it has no other way in
    learner, first = Learner(phase, n_classes, device, np.random.default_rng((1, crew.rank))), 0
    if checkpoint.exists():
        first = learner.restore(checkpoint)
    elif phase.start_from:
        learner.go_on_from(work / f"{phase.start_from}.safetensors")
    batches = Batches({s: photos.to(device) for s, photos in sets.items()}, phase, crew.size, (0, first, crew.rank))
    if crew.rank == 0:
        print(json.dumps({"phase": name, "first": first, "processes": crew.size} | asdict(phase)), flush=True)
    record = Record(name, phase)
    for step in range(first, phase.steps):
        if (step - first) % 100 == 99:
            batches.renew_textures()
        side = next(side for share, side in phase.sides_px if step / phase.steps < share)
        images, labels, texts = batches.draw(side)
        loss, embedding = learner.learn(step, images, labels, texts)
        if (step + 1) % JOIN_EVERY == 0:
            crew.average(learner.encoder, learner.objective)
        learner.average.update(learner.encoder, step)
        if crew.rank == 0:
            target = record.target
            cosines = None if embedding is None else learner.objective.cosines(target, embedding).detach()
            record.add(step, side, loss, cosines, labels[target])
            if (step + 1) % CHECKPOINT_EVERY == 0:
                learner.save(checkpoint, step + 1, to_resume=True)
    if crew.rank == 0:
        learner.save(done, phase.steps, to_resume=False)


def mix(images: Tensor, others: Tensor, chance: np.random.Generator) -> tuple[Tensor, float]:
    """Mix each picture with another; returns the pictures, and the share of each that is its own.

    Half of the time all pixels are blended (mixup, Zhang et al. 2018, arXiv 1710.09412), else a rectangle is the
    other's (CutMix, Yun et al. 2019, arXiv 1905.04899).
    """
    if chance.random() < 0.5:
        own = chance.beta(0.4, 0.4)
        return own * images + (1 - own) * others, own
    height, width = images.shape[2:]
    side = math.sqrt(1 - chance.uniform())
    top, left = chance.integers(0, height), chance.integers(0, width)
    rows = slice(max(0, top - round(side * height / 2)), top + round(side * height / 2))
    columns = slice(max(0, left - round(side * width / 2)), left + round(side * width / 2))
    mixed = images.clone()
    mixed[:, :, rows, columns] = others[:, :, rows, columns]
    return mixed, 1 - others[0, 0, rows, columns].numel() / (height * width)


def learning_rate(step: int, phase: Phase) -> float:
    progress, warm_up = step / phase.steps, min(1.0, (step + 1) / 150)
    left = (1 - progress) / (1 - phase.decay_from)
    return phase.peak_lr * warm_up * min(1.0, 0.5 - 0.5 * math.cos(math.pi * min(left, 1.0)) + 1e-3)


def start_gently(encoder: Encoder) -> None:
    """Every residual branch begins at zero (Goyal et al. 2017, arXiv 1706.02677)."""
    for stage in encoder.stages()[1:]:
        for block in stage[0].layers:  # type: ignore[union-attr]
            nn.init.zeros_(block.layer[-1].normalization.weight)


def parameter_groups(*modules: nn.Module) -> list[dict[str, object]]:
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.05},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def make_sampler(photos: PhotoSet, rng: np.random.Generator) -> RepeatFactorSampler:
    labels = [photos.labels[target].numpy() for target in ("article_type", "category")]
    return RepeatFactorSampler(labels, rng, usual=RARE_CLASS)


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


if __name__ == "__main__":
    train(Path(sys.argv[1]), sys.argv[2])
