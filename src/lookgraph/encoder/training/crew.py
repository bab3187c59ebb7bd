"""Several processes that train as one: gradients averaged by PyTorch's own distributed package, over gloo.

The first process is the caller's; the others are spawned (a fork would inherit the locks of PyTorch's threads), meet
it at a file on this machine, and end with it however it ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from lookgraph.errors import EncoderError
from lookgraph.photos.spawning import CleanSpawnContext, end_with_parent
from lookgraph.processor import n_cores

_PATIENCE = timedelta(minutes=30)  # for one that dies while joining; later its closed connection tells at once
_LAST_WORDS_S = 30.0


class _GoneError(RuntimeError):
    """A process ended before it had joined the others."""


class Crew:
    """This process's place among those that train together."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size

    @property
    def leads(self) -> bool:
        """Is this the process that logs, keeps checkpoints and decides?"""
        return self.rank == 0

    def device(self, chosen: torch.device) -> torch.device:
        """This process's own, of those of a kind."""
        return torch.device("cuda", self.rank) if chosen.type == "cuda" else chosen

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module with gradients averaged over all processes; the first one's weights become everybody's."""
        return DistributedDataParallel(module) if self.size > 1 else module

    def agree(self, value: float) -> float:
        """The first process's value, everywhere."""
        if self.size == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(shared, 0)
        return float(shared)

    def share_buffers(self, module: nn.Module) -> None:
        """Give every process the first one's running statistics."""
        if self.size > 1:
            for buffer in module.buffers():
                dist.broadcast(buffer, 0)

    def gather(self, part: np.ndarray) -> np.ndarray:
        """Put together rows that were dealt out as ``rows[rank::size]``.

        Args:
            part: (n, dim) float32; n differs by at most one between processes.
        """
        if self.size == 1:
            return part
        total = torch.tensor([len(part)])
        dist.all_reduce(total)
        longest = -(-int(total) // self.size)
        padded = torch.zeros(longest, part.shape[1])
        padded[: len(part)] = torch.from_numpy(part)
        parts = [torch.zeros_like(padded) for _ in range(self.size)]
        dist.all_gather(parts, padded)
        dealt: np.ndarray = torch.stack(parts, 1).flatten(0, 1).numpy()[: int(total)]
        return dealt


@contextmanager
def assemble(size: int, work: Callable[..., object], *arguments: object) -> Iterator[Crew]:
    """Start the other processes, each running ``work(crew, *arguments)``, and join them as the first.

    Args:
        size: Processes in all.
        work: Importable by name; must do the same collective steps as the body of the ``with``.
        arguments: What spawn can carry.

    Raises:
        EncoderError: one of them failed.
    """
    if size == 1:
        yield Crew(0, 1)
        return
    threads = torch.get_num_threads()
    place = Path(tempfile.mkdtemp(prefix="lookgraph-"))
    store = _store(place, size)
    others: list[BaseProcess] = []
    try:
        for rank in range(1, size):
            others.append(CleanSpawnContext().Process(target=_follow, args=(rank, size, place, work, arguments)))
            others[-1].start()
        _await(store, others)
        _join(store, 0, size)
        yield Crew(0, size)
        for process in others:
            process.join()
    except RuntimeError as error:  # what gloo raises when a peer is gone
        if not isinstance(error, (_GoneError, dist.DistError)) and "gloo" not in str(error):
            raise
        codes = _exit_codes(others)
        raise EncoderError(
            f"a training process ended too early (exit codes {codes}; {' '.join(str(error).split())[:200]}): see"
            " what it said above; the same command goes on from the last epoch"
        ) from error
    finally:
        for process in others:
            if process.is_alive():
                process.kill()
            process.join()
        if dist.is_initialized():
            dist.destroy_process_group()
        torch.set_num_threads(threads)
        shutil.rmtree(place, ignore_errors=True)


def _await(store: Any, others: list[BaseProcess]) -> None:
    """Wait until every process has reached the store, or one is gone."""
    names = [_ready(rank) for rank in range(1, len(others) + 1)]
    while not store.check(names):
        if any(process.exitcode is not None for process in others):
            raise _GoneError("it did not get as far as the first step")
        time.sleep(0.05)


def _exit_codes(others: list[BaseProcess]) -> list[int]:
    """Of the processes that failed by themselves; they may need a moment to end."""
    for process in others:
        process.join(_LAST_WORDS_S)
    return [process.exitcode for process in others if process.exitcode]


def _ready(rank: int) -> str:
    return f"ready-{rank}"


def _follow(rank: int, size: int, place: Path, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    end_with_parent()
    store = _store(place, size)
    store.set(_ready(rank), "")
    _join(store, rank, size)
    try:
        work(Crew(rank, size), *arguments)
    finally:
        dist.destroy_process_group()


def _store(place: Path, size: int) -> Any:
    """Where the processes find each other: a file, so that no port is open to others meanwhile."""
    return dist.FileStore(str(place / "store"), size)  # type: ignore[attr-defined]


def _join(store: Any, rank: int, size: int) -> None:
    torch.set_num_threads(max(1, n_cores() // size))
    if sys.platform == "linux":  # the machine's name may lead nowhere
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    # Between GPUs, too: NCCL would be faster, but does not tell that a process of this machine is gone.
    dist.init_process_group("gloo", store=store, rank=rank, world_size=size, timeout=_PATIENCE)
