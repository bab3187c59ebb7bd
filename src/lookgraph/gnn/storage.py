"""A trained network on disk: safetensors, with its shape in the header."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lookgraph.errors import LookbookDamagedError
from lookgraph.gnn.gat import GraphAttentionNetwork


def save_gnn(network: GraphAttentionNetwork, path: Path) -> None:
    """Write ``gnn.safetensors``."""
    shape = {
        "in_dim": network.first.weight.shape[1],
        "n_classes": network.second.head_dim,
        "heads": network.first.heads,
        "head_dim": network.first.head_dim,
    }
    # One entry: the header's order of several is drawn anew in each process, and the file must not differ.
    save_file(dict(network.state_dict()), path, {"shape": json.dumps(shape)})


def load_gnn(path: Path) -> GraphAttentionNetwork:
    """Read ``gnn.safetensors``, in evaluation mode.

    Raises:
        LookbookDamagedError: the file is missing, cut off, or not a network of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            shape = {name: int(value) for name, value in json.loads(file.metadata()["shape"]).items()}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator there)
        network = GraphAttentionNetwork(**shape, dropout=0.0, generator=torch.Generator())
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise LookbookDamagedError(f"{path} cannot be read ({error}): roll back, or build again") from None
    return network.eval()
