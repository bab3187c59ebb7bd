"""What the map shows, read from finished steps or from a generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lookgraph.evaluate import Chart
from lookgraph.gnn import Attention, load_attention
from lookgraph.lookbook.cluster_files import load_hierarchy, load_names
from lookgraph.lookbook.generation import load_graph


def load_chart(graph: Path, places: Path, attention: Path, clusters: Path) -> Chart:
    """What the map shows of finished steps, or of a generation."""
    links = load_graph(graph / "graph.npz")
    file = attention / "attention.npz"
    found: Attention | None = load_attention(file) if file.exists() else None
    return Chart(
        places=np.load(places / "map.npy", allow_pickle=False),
        hierarchy=load_hierarchy(clusters / "cluster_levels.parquet"),
        named=load_names(clusters / "cluster_names.json"),
        edge_index=links.edge_index,
        similarity=links.similarity,
        attention=found,
    )
