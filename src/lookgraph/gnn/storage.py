"""A trained network on disk: safetensors, with its shape in the header."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lookgraph.errors import LookbookDamagedError
from lookgraph.gnn.network import GraphNetwork, Shape
from lookgraph.gnn.training import TrainedGnn, embed_newcomers

_KNOWN = "known_labels"


@dataclass(frozen=True)
class StoredGnn:
    """What it takes to bring a photo from outside into the graph network's space.

    Attributes:
        network: In evaluation mode.
        known_labels: (n_items, n_classes) float32, see :class:`~lookgraph.gnn.training.TrainedGnn`.
        label_channel: Their weight.
    """

    network: GraphNetwork
    known_labels: np.ndarray
    label_channel: float

    def embed(
        self, queries: np.ndarray, neighbours: np.ndarray, similarity: np.ndarray, embeddings: np.ndarray
    ) -> np.ndarray:
        """(m, dim) photos linked to (m, k) rows of (n_items, dim) -> (m, node_dim); see :func:`embed_newcomers`."""
        return embed_newcomers(
            self.network,
            queries,
            neighbours,
            embeddings,
            similarity=similarity,
            known_labels=self.known_labels,
            label_channel=self.label_channel,
        )


def stored(trained: TrainedGnn) -> StoredGnn:
    """The part of a training's result that lasts."""
    return StoredGnn(trained.network, trained.known_labels, trained.label_channel)


def save_gnn(gnn: StoredGnn, path: Path) -> None:
    """Write ``gnn.safetensors``."""
    header = {"shape": gnn.network.shape.as_dict(), "label_channel": gnn.label_channel}
    tensors = dict(gnn.network.state_dict()) | {_KNOWN: torch.from_numpy(gnn.known_labels)}
    # One entry: the header's order of several is drawn anew in each process, and the file must not differ.
    save_file(tensors, path, {"lookgraph": json.dumps(header)})


def load_gnn(path: Path) -> StoredGnn:
    """Read ``gnn.safetensors``.

    Raises:
        LookbookDamagedError: the file is missing, cut off, or not a network of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["lookgraph"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no iterator there)
        known = tensors.pop(_KNOWN).numpy()
        network = GraphNetwork(Shape(**header["shape"]), dropout=0.0, generator=torch.Generator())
        network.load_state_dict(tensors)
        return StoredGnn(network.eval(), known, float(header["label_channel"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise LookbookDamagedError(f"{path} cannot be read ({error}): roll back, or build again") from None
