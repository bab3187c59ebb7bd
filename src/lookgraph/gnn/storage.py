"""A trained network on disk: safetensors, with its shape in the header."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lookgraph.errors import LookbookDamagedError
from lookgraph.gnn.gat import GraphAttentionNetwork

_SHAPE = ("in_dim", "n_classes", "heads", "head_dim")


def save_gnn(network: GraphAttentionNetwork, path: Path) -> None:
    """Write ``gnn.safetensors``."""
    shape = {
        "in_dim": network.first.weight.shape[1],
        "n_classes": network.second.head_dim,
        "heads": network.first.heads,
        "head_dim": network.first.head_dim,
    }
    save_file(dict(network.state_dict()), path, {name: str(value) for name, value in shape.items()})


def load_gnn(path: Path) -> GraphAttentionNetwork:
    """Read ``gnn.safetensors``, in evaluation mode.

    Raises:
        LookbookDamagedError: the file is missing, cut off, or not a network of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shape = {name: int(file.metadata()[name]) for name in _SHAPE}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator there)
        network = GraphAttentionNetwork(**shape, dropout=0.0, generator=torch.Generator())
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise LookbookDamagedError(f"{path} cannot be read ({error}): roll back, or build again") from None
    return network.eval()
