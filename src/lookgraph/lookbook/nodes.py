"""A build's nodes as the stages take them: one row a different photo, read from the finished steps before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.catalogue import representatives


def node_rows(catalogue: Path) -> pa.Table:
    """The items that stand for the nodes, in the nodes' order."""
    items = pq.read_table(catalogue / "items.parquet")
    return items.take(pa.array(representatives(items)))


def node_inputs(catalogue: Path) -> np.ndarray:
    """(n_nodes, 128) float32: the encoder's embedding of each node's representative."""
    items = pq.read_table(catalogue / "items.parquet", columns=["_node", "_width", "_height"])
    embeddings: np.ndarray = np.load(catalogue / "embeddings.npy", allow_pickle=False)
    return np.ascontiguousarray(embeddings[representatives(items)])


def searched_vectors(catalogue: Path, gnn: Path, space: Path) -> np.ndarray:
    """(n_nodes, dim) float32 unit rows of the space that is searched."""
    chosen = json.loads((space / "space.json").read_text("utf-8"))["space"]
    if chosen == "encoder":
        return node_inputs(catalogue)
    vectors: np.ndarray = np.load(gnn / "node_embeddings.npy", allow_pickle=False)
    return vectors
