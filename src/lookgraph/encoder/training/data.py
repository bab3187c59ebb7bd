"""All that a training process reads: the pictures, their classes, who judges. On disk, for every process to open."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lookgraph.encoder.training.backgrounds import background_textures
from lookgraph.encoder.training.pictures import Pictures
from lookgraph.encoder.training.split import Split
from lookgraph.encoder.training.targets import Target

_FACTS, _LABELS, _SPLIT, _TEXTURES = "data.json", "labels.npy", "split.npy", "textures.npy"
_N_TEXTURES, _N_LOOKED_INTO = 192, 400
_LEARNT, _JUDGES, _NEITHER = 0, 1, 2


@dataclass(frozen=True)
class TrainingData:
    """The decoded photos of a training with what is known of them.

    Attributes:
        pictures: Their pixels.
        targets: What is learnt.
        split: Which rows are learnt from, and which judge.
    """

    pictures: Pictures
    targets: list[Target]
    split: Split

    @property
    def folder(self) -> Path:
        return self.pictures.folder

    def textures(self) -> Tensor:
        """(n, 3, side, side) uint8: what may stand behind a garment."""
        return torch.from_numpy(np.load(self.folder / _TEXTURES, allow_pickle=False))

    def labels(self, rows: np.ndarray) -> list[np.ndarray]:
        """Each target's classes of some rows."""
        return [target.labels[rows] for target in self.targets]


def keep_data(data: TrainingData, seed: int) -> None:
    """Write what :func:`read_data` needs beside the pictures; textures too, where views are made."""
    folder, pictures = data.folder, data.pictures
    if pictures.large_px:
        generator = torch.Generator().manual_seed(seed)
        rows = np.sort(np.random.default_rng(seed).permutation(data.split.train)[:_N_LOOKED_INTO])
        looked_into = torch.from_numpy(pictures.large()[rows])
        textures = background_textures(looked_into, _N_TEXTURES, pictures.side_px * 5 // 4, generator)
        np.save(folder / _TEXTURES, textures.numpy(), allow_pickle=False)
    np.save(folder / _LABELS, np.stack([target.labels for target in data.targets]), allow_pickle=False)
    side = np.full(pictures.n, _NEITHER)
    side[data.split.train], side[data.split.validation] = _LEARNT, _JUDGES
    np.save(folder / _SPLIT, np.stack([side, data.split.units]), allow_pickle=False)
    facts = {name: value for name, value in asdict(pictures).items() if name != "folder"}
    targets = [{"name": target.name, "classes": target.classes} for target in data.targets]
    (folder / _FACTS).write_text(json.dumps({"pictures": facts, "targets": targets}))


def read_data(folder: Path) -> TrainingData:
    """Read what :func:`keep_data` wrote."""
    facts = json.loads((folder / _FACTS).read_text("utf-8"))
    labels = np.load(folder / _LABELS, allow_pickle=False)
    side, units = np.load(folder / _SPLIT, allow_pickle=False)
    targets = [Target(labels=row, **target) for target, row in zip(facts["targets"], labels, strict=True)]
    split = Split(np.flatnonzero(side == _LEARNT), np.flatnonzero(side == _JUDGES), units)
    return TrainingData(Pictures(folder, **facts["pictures"]), targets, split)


def forget_data(data: TrainingData) -> None:
    """Delete everything large."""
    data.pictures.forget()
    for name in (_FACTS, _LABELS, _SPLIT, _TEXTURES):
        (data.folder / name).unlink(missing_ok=True)
