"""What a killed training goes on from: one file an epoch, in safetensors, put in place by one rename.

Nothing here is a pickle. The weights of the best epoch so far lie in a file of their own, which the checkpoint names.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lookgraph.errors import EncoderError

_STATE = "checkpoint.safetensors"
_ASIDE = ".aside"


@dataclass
class History:
    """What has happened so far.

    Attributes:
        epoch: Epochs that are finished.
        steps: Steps that are finished.
        scores: Precision at 1 by target before the first step and after each epoch.
        losses: Mean loss of each epoch.
        best_epoch: Which epoch's weights are kept; 0: the starting weights.
        best_steps: Steps that the best epoch's weights have behind them.
    """

    epoch: int = 0
    steps: int = 0
    scores: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    best_epoch: int = 0
    best_steps: int = 0

    def mean(self, epoch: int) -> float:
        """Precision at 1 over the targets."""
        return float(np.mean(list(self.scores[epoch].values())))


def save_checkpoint(
    folder: Path, history: History, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer | None,
    right: dict[str, np.ndarray],
) -> None:  # fmt: skip
    """Replace the checkpoint.

    Args:
        folder: Where it belongs.
        history: Goes along as JSON.
        modules: Whole state of each, by name.
        optimizer: Its state, where there is one.
        right: Arrays that go along, by name.
    """
    tensors = {f"{name}/{k}": t for name, module in modules.items() for k, t in module.state_dict().items()}
    if optimizer is not None:
        for i, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{i}/{k}": v for k, v in state.items()}
    tensors |= {f"right/{name}": torch.from_numpy(values) for name, values in right.items()}
    save_tensors(folder / _STATE, tensors, {"history": json.dumps(asdict(history))})


def restore_checkpoint(
    folder: Path, modules: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> tuple[History, dict[str, np.ndarray]]:
    """Set modules and optimizer to the last checkpoint.

    Returns:
        The history, and the arrays that went along.

    Raises:
        EncoderError: it cannot be read.
    """
    tensors = load_tensors(folder / _STATE)
    with safe_open(folder / _STATE, "pt") as file:
        history = History(**json.loads(file.metadata()["history"]))
    for name, module in modules.items():
        module.load_state_dict(_part(tensors, f"{name}/"))
    whole = optimizer.state_dict()
    for key, value in _part(tensors, "optimizer/").items():
        i, name = key.split("/", 1)
        whole["state"].setdefault(int(i), {})[name] = value
    optimizer.load_state_dict(whole)
    return history, {name: t.numpy() for name, t in _part(tensors, "right/").items()}


def has_checkpoint(folder: Path) -> bool:
    """Is there one to go on from?"""
    return (folder / _STATE).exists()


def keep_best(folder: Path, epoch: int, network: nn.Module) -> None:
    """Write the weights of an epoch beside the checkpoint that is about to name it."""
    save_tensors(_best(folder, epoch), network.state_dict())


def restore_best(folder: Path, epoch: int, network: nn.Module) -> None:
    """Set a network to the weights of the best epoch."""
    network.load_state_dict(load_tensors(_best(folder, epoch)))


def forget_worse(folder: Path, best_epoch: int) -> None:
    """Delete the weights of every epoch that is not the best any more."""
    for file in folder.glob("best-*"):
        if file != _best(folder, best_epoch):
            file.unlink()


def forget_checkpoints(folder: Path) -> None:
    """Delete all of it."""
    for file in [*folder.glob("best-*"), *folder.glob(f"{_STATE}*")]:
        file.unlink()


def save_tensors(path: Path, tensors: dict[str, Tensor], facts: dict[str, str] | None = None) -> None:
    """Write a safetensors file that is there whole, synced, or not at all."""
    aside = path.with_name(path.name + _ASIDE)
    save_file({name: t.detach().contiguous() for name, t in tensors.items()}, aside, facts)
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file of a training.

    Raises:
        EncoderError: it is missing or damaged.
    """
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise EncoderError(
            f"{path} cannot be read ({error}): delete {path.parent} and run the command again, from the beginning"
        ) from None


def _best(folder: Path, epoch: int) -> Path:
    return folder / f"best-{epoch}.safetensors"


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
