"""The nested clusters and their names on disk."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookgraph.evaluate import NamedCluster, Word
from lookgraph.gnn import Hierarchy


def save_clusters(hierarchy: Hierarchy, named: list[NamedCluster], folder: Path) -> None:
    """Write ``cluster_levels.parquet`` and ``cluster_names.json``."""
    columns = {f"level_{level}": hierarchy.of(level) for level in range(hierarchy.n_levels)}
    pq.write_table(pa.table(columns), folder / "cluster_levels.parquet")
    text = json.dumps([asdict(cluster) for cluster in named], ensure_ascii=False, indent=1)
    (folder / "cluster_names.json").write_text(text, "utf-8")


def load_hierarchy(path: Path) -> Hierarchy:
    """Read ``cluster_levels.parquet``."""
    table = pq.read_table(path)
    return Hierarchy(np.stack([column.to_numpy() for column in table.columns], axis=1))


def load_names(path: Path) -> list[NamedCluster]:
    """Read ``cluster_names.json``."""
    return [
        NamedCluster(**cluster | {"words": tuple(Word(**word) for word in cluster["words"])})
        for cluster in json.loads(path.read_text("utf-8"))
    ]
