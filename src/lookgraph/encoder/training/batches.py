"""Batches of augmented pictures, made in other processes, and the same ones however many processes make them.

Every batch is a function of (seed, epoch, step, part) alone, so a resumed training sees what an uninterrupted one saw.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from lookgraph.encoder.training.augment import Views, augment
from lookgraph.encoder.training.data import TrainingData
from lookgraph.encoder.training.sampling import RepeatFactorSampler
from lookgraph.photos.spawning import CleanSpawnContext, end_with_parent

Batch = tuple[Tensor, list[Tensor]]
"""(n, 3, side, side) uint8 pictures, and of each target (n,) int64 classes."""


class Batches(Dataset[Batch]):
    """One process's part of every batch; ``batches[epoch, step]`` makes it."""

    def __init__(
        self, data: TrainingData, batch_size: int, augmented: bool, seed: int, part: int = 0, parts: int = 1
    ) -> None:
        """Describe the batches; nothing is read yet.

        Args:
            data: The training's photos.
            batch_size: Of the whole batch.
            augmented: Make views, rather than show the pictures as they are.
            seed: Of order and views.
            part: Which part of a batch this process gets; every ``parts``-th photo, so that all parts are alike.
            parts: How many processes share a batch.
        """
        self._data, self._batch_size, self._augmented = data, batch_size, augmented
        self._seed, self._part, self._parts = seed, part, parts
        self._epoch, self._order = -1, np.zeros(0, np.int64)

    @property
    def steps(self) -> int:
        """Batches of an epoch: as many as show each photo about once."""
        return max(1, round(len(self._data.split.train) / self._batch_size))

    def rows(self, epoch: int, step: int) -> np.ndarray:
        """The photos of a whole batch."""
        if epoch != self._epoch:
            train = self._data.split.train
            rng = np.random.default_rng((self._seed, epoch))
            sampler = RepeatFactorSampler(self._data.labels(train), rng)
            self._epoch = epoch
            self._order = np.concatenate([train[sampler.take(self._batch_size)] for _ in range(self.steps)])
        return self._order[step * self._batch_size : (step + 1) * self._batch_size]

    def __getitem__(self, place: tuple[int, int]) -> Batch:
        epoch, step = place
        rows = self.rows(epoch, step)[self._part :: self._parts]
        labels = [torch.from_numpy(label) for label in self._data.labels(rows)]
        if not self._augmented:
            return torch.from_numpy(self._small[rows]).permute(0, 3, 1, 2).contiguous(), labels
        generator = torch.Generator().manual_seed(seed_of(self._seed, epoch, step, self._part))
        with _one_thread():
            large, background = torch.from_numpy(self._large[rows]), torch.from_numpy(self._background[rows])
            side = self._data.pictures.side_px
            views = augment(large, background.bool(), self._textures, side, Views(), generator)
            return views.round_().to(torch.uint8), labels

    @cached_property
    def _small(self) -> np.ndarray:
        return self._data.pictures.small()

    @cached_property
    def _large(self) -> np.ndarray:
        return self._data.pictures.large()

    @cached_property
    def _background(self) -> np.ndarray:
        return self._data.pictures.background()

    @cached_property
    def _textures(self) -> Tensor:
        return self._data.textures()

    def __getstate__(self) -> dict[str, Any]:
        mapped = ("_small", "_large", "_background", "_textures")  # each process maps the files itself
        return {name: value for name, value in self.__dict__.items() if name not in mapped}


class Steps(Sampler[tuple[int, int]]):
    """The steps of one epoch after the other; set ``epoch`` before each pass."""

    def __init__(self, n: int) -> None:
        self.epoch, self._n = 0, n

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter([(self.epoch, step) for step in range(self._n)])


def load_batches(batches: Batches, n_processes: int) -> tuple[DataLoader[Batch], Steps]:
    """A loader that makes batches ahead, and the steps whose ``epoch`` decides which.

    Args:
        batches: What to load.
        n_processes: Loader processes, which stay for all epochs; 0: this process.
    """
    steps = Steps(batches.steps)
    loader: DataLoader[Batch] = DataLoader(
        batches,
        batch_size=None,  # an item is a batch
        sampler=steps,
        num_workers=n_processes,
        multiprocessing_context=CleanSpawnContext() if n_processes else None,
        persistent_workers=n_processes > 0,
        worker_init_fn=_begin if n_processes else None,
    )
    return loader, steps


def seed_of(*numbers: int) -> int:
    """63 bits that any change of any number changes."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]) >> 1


def _begin(_: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the training process ends its loaders
    end_with_parent()


@contextmanager
def _one_thread() -> Iterator[None]:
    """As in a loader process: sums over a picture then run in one order wherever the batch is made."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
