"""Planted builds: what the right figures are can be seen by eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from lookgraph.config import ClusterSettings, GnnSettings, Settings, load_settings
from lookgraph.evaluate import Chart, Copies, Evidence, FittedGnn, LinkKind, flat_map, name_clusters, retrieval_labels
from lookgraph.gnn import Attention, nested_clusters

COLOURS = ((200, 30, 30), (30, 160, 60), (40, 60, 200), (220, 200, 40))
FAST = {"evaluate.bootstrap": 50, "evaluate.seeds": 2, "report.map_items": 60}


def unit(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), np.float32)


def ring(n_items: int, k: int = 3) -> np.ndarray:
    """(2, n_items * k): the neighbours of an item are the k after it."""
    item = np.repeat(np.arange(n_items), k)
    return np.stack([(item + np.tile(np.arange(1, k + 1), n_items)) % n_items, item])


class PlantedGnn:
    """Embeds every item with noise around its class; where it does not know the classes, around a random one."""

    def __init__(self, classes: np.ndarray, noise: float = 0.1) -> None:
        self.classes = classes
        self.noise = noise
        self.calls: list[tuple[int, bool]] = []

    def __call__(
        self,
        fit: np.ndarray,
        unseen: np.ndarray,
        *,
        seed: int,
        shuffled_labels: bool = False,
        links: LinkKind = "similar",
        changes: Mapping[str, object] | None = None,
    ) -> FittedGnn:
        self.calls.append((seed, shuffled_labels))
        ignorant = shuffled_labels or not self.knows(links, GnnSettings().model_copy(update=dict(changes or {})))
        rng = np.random.default_rng([seed, ignorant])
        classes = self.classes
        if ignorant:
            classes = rng.permutation(classes)
        centres = np.eye(16)[classes]
        rows = unit(centres + self.noise * rng.normal(size=centres.shape))
        return FittedGnn(rows[fit], rows[unseen], classes[fit].astype(np.int64), lambda photos: photos)

    def knows(self, links: LinkKind, settings: GnnSettings) -> bool:
        """Can it tell the classes with these links and settings?"""
        return True


Build = Callable[..., Evidence]


@pytest.fixture(scope="session")
def build() -> Build:
    """Make a build of n items in four classes, with embeddings of some noise around the class."""

    def make(
        n_items: int = 240,
        noise: float = 0.3,
        attributes: pa.Table | None = None,
        settings: dict[str, object] | None = None,
        **changes: Any,
    ) -> Evidence:
        rng = np.random.default_rng(7)
        classes = np.arange(n_items) % 4
        kinds = np.array(["bag", "coat", "dress", "shoe"])[classes]
        if attributes is None:
            attributes = pa.table(
                {
                    "kind": pa.array(kinds).dictionary_encode(),
                    "kids": pa.array([bool(c % 2) for c in classes]),
                    "price": pa.array(rng.random(n_items)),
                    "name": pa.array([f"thing {i}" for i in range(n_items)]),
                }
            )
        train = PlantedGnn(classes)
        evidence = Evidence(
            ids=[f"item-{i}" for i in range(n_items)],
            attributes=attributes,
            embeddings=unit(np.eye(16)[classes] + noise * rng.normal(size=(n_items, 16))),
            node_embeddings=train(np.arange(n_items), np.arange(0), seed=0).fit_embeddings,
            edge_index=ring(n_items, min(3, n_items - 1)),
            clusters=classes.astype(np.int64),
            duplicate_group=np.arange(n_items),
            seen_by_encoder=np.zeros(n_items, bool),
            n_catalogue_items=n_items,
            copies=Copies(np.zeros((0, 16), np.float32), np.zeros(0, np.int64)),
            history=[{"epoch": i, "round": i // 2, "loss": 1 / (i + 1)} for i in range(4)],
            thumbnail=lambda i: Image.new("RGB", (30, 40), COLOURS[i % 4]),
            train_gnn=PlantedGnn(classes),
            space="encoder",
            space_reason="it was simpler",
            source_label="shop <&> co",
            settings=load_settings({**FAST, **(settings or {})}, environment={}),
        )
        return replace(evidence, **changes)

    return make


def chart_of(evidence: Evidence) -> Chart:
    """The map of a build, with attention that falls from neighbour to neighbour."""
    searched = evidence.node_embeddings if evidence.space == "gnn" else evidence.embeddings
    hierarchy = nested_clusters(searched, (4, 16), 5, seed=0)
    n_edges = evidence.edge_index.shape[1]
    return Chart(
        places=flat_map(searched, 0).astype(np.float32),
        hierarchy=hierarchy,
        named=name_clusters(hierarchy, retrieval_labels(evidence.attributes, evidence.settings), ClusterSettings()),
        edge_index=evidence.edge_index,
        similarity=np.full(n_edges, 0.5, np.float32),
        attention=Attention(np.tile([0.4, 0.3, 0.1], n_edges)[:n_edges], np.full(evidence.n_items, 0.2)),
    )


@pytest.fixture
def settings() -> Settings:
    return load_settings(FAST, environment={})
