"""The stages that let a person survey a catalogue: its map, the network's attention, clusters with names."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from lookgraph.catalogue import attribute_names
from lookgraph.config import Settings
from lookgraph.evaluate import flat_map, name_clusters, retrieval_labels, tone
from lookgraph.gnn import Hierarchy, attention_of_links, load_gnn, nested_clusters, save_attention
from lookgraph.lookbook.cluster_files import save_clusters
from lookgraph.lookbook.generation import load_graph
from lookgraph.lookbook.nodes import node_inputs, node_rows, searched_vectors
from lookgraph.progress import Progress

_FRAMED = 2  # of the three glances at a photo: the one that is framed by its content


def make_map(catalogue: Path, gnn: Path, space: Path, folder: Path, *, settings: Settings, progress: Progress) -> None:
    """``map.npy``: (n_nodes, 2) float32, where each photo lies on the map."""
    vectors = searched_vectors(catalogue, gnn, space)
    progress.stage("map", len(vectors))
    np.save(folder / "map.npy", flat_map(vectors, settings.evaluate.seed).astype(np.float32), allow_pickle=False)
    progress.advance(len(vectors))


def make_attention(catalogue: Path, graph: Path, gnn: Path, folder: Path, *, settings: Settings) -> None:
    """``attention.npz``: what the network gives every link; nothing where there is no network."""
    if settings.gnn.kind != "none":
        links, network = load_graph(graph / "graph.npz"), load_gnn(gnn / "gnn.safetensors").network()
        found = attention_of_links(network, node_inputs(catalogue), links.edge_index, links.similarity)
        save_attention(found, folder / "attention.npz")


def make_clusters(
    catalogue: Path, gnn: Path, space: Path, folder: Path, *, settings: Settings, progress: Progress
) -> None:
    """``cluster_levels.parquet``, a column a level, the coarsest first; ``cluster_names.json``."""
    vectors, wanted = searched_vectors(catalogue, gnn, space), settings.clusters
    progress.stage("clusters", len(vectors))
    hierarchy = nested_clusters(vectors, (wanted.coarse, wanted.middle, wanted.fine), wanted.smallest, wanted.seed)
    write_clusters(hierarchy, catalogue, folder, settings)
    progress.advance(len(vectors))


def write_clusters(hierarchy: Hierarchy, catalogue: Path, folder: Path, settings: Settings) -> None:
    """Name clusters by the catalogue's attributes, and write both files."""
    rows = node_rows(catalogue)
    categories = retrieval_labels(rows.select(attribute_names(rows)), settings)
    glances = np.load(catalogue / "glances.npy", mmap_mode="r", allow_pickle=False)[:, _FRAMED]
    usual = np.asarray(glances, np.float32).mean(axis=0)
    named = name_clusters(hierarchy, categories, settings.clusters, partial(_tone_of, glances, usual))
    save_clusters(hierarchy, named, folder)


def _tone_of(glances: np.ndarray, usual: np.ndarray, nodes: np.ndarray) -> str:
    return tone(glances[nodes], usual)
