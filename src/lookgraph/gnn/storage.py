"""A trained network on disk: safetensors, with its shape in the header. Reading it needs no PyTorch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lookgraph.errors import LookbookDamagedError
from lookgraph.gnn.entering import enter
from lookgraph.gnn.shape import Shape

if TYPE_CHECKING:
    from lookgraph.gnn.network import GraphNetwork
    from lookgraph.gnn.training import TrainedGnn

_KNOWN = "known_labels"


@dataclass(frozen=True)
class StoredGnn:
    """What it takes to bring a photo from outside into the graph network's space.

    Attributes:
        shape: What the network is made of.
        tensors: Its weights, float32, by their names in the network.
        known_labels: (n_items, n_classes) float32, see :class:`~lookgraph.gnn.training.TrainedGnn`.
        label_channel: Their weight.
    """

    shape: Shape
    tensors: dict[str, np.ndarray]
    known_labels: np.ndarray
    label_channel: float

    def embed(
        self, queries: np.ndarray, neighbours: np.ndarray, similarity: np.ndarray, embeddings: np.ndarray
    ) -> np.ndarray:
        """(m, dim) photos linked to (m, k) rows of (n_items, dim) -> (m, node_dim); see :func:`.entering.enter`."""
        return enter(
            self.shape,
            self.tensors,
            queries,
            neighbours,
            similarity,
            embeddings,
            self.known_labels,
            self.label_channel,
        )

    def network(self) -> GraphNetwork:
        """The network itself, in evaluation mode, for whoever asks more of it: this needs PyTorch."""
        import torch

        from lookgraph.gnn.network import GraphNetwork

        network = GraphNetwork(self.shape, dropout=0.0, generator=torch.Generator())
        network.load_state_dict({name: torch.from_numpy(values) for name, values in self.tensors.items()})
        return network.eval()


def stored(trained: TrainedGnn) -> StoredGnn:
    """The part of a training's result that lasts."""
    tensors = {name: tensor.detach().numpy() for name, tensor in trained.network.state_dict().items()}
    return StoredGnn(trained.network.shape, tensors, trained.known_labels, trained.label_channel)


def save_gnn(gnn: StoredGnn, path: Path) -> None:
    """Write ``gnn.safetensors``."""
    header = {"shape": gnn.shape.as_dict(), "label_channel": gnn.label_channel}
    tensors = {name: np.ascontiguousarray(values) for name, values in gnn.tensors.items()} | {_KNOWN: gnn.known_labels}
    # One entry: the header's order of several is drawn anew in each process, and the file must not differ.
    save_file(tensors, path, {"lookgraph": json.dumps(header)})


def load_gnn(path: Path) -> StoredGnn:
    """Read ``gnn.safetensors``.

    Raises:
        LookbookDamagedError: the file is missing, cut off, or not a network of ours.
    """
    try:
        with safe_open(path, framework="np") as file:
            header = json.loads(file.metadata()["lookgraph"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator there)
        known = tensors.pop(_KNOWN)
        return StoredGnn(Shape(**header["shape"]), tensors, known, float(header["label_channel"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise LookbookDamagedError(f"{path} cannot be read ({error}): roll back, or build again") from None
