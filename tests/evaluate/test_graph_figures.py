"""The graph's figures on graphs that one can draw by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lookgraph.evaluate.attributes import Labels
from lookgraph.evaluate.graph_figures import graph_figures, homophily, hubness

from .conftest import ring

STAR = np.array([[0, 0, 0, 0, 1], [1, 2, 3, 4, 0]])  # everyone's neighbour is item 0


def test_two_rings_are_two_components() -> None:
    edges = np.concatenate([ring(5, 2), ring(5, 2) + 5], axis=1)
    figures = graph_figures(edges, 10, {})
    assert figures["n_components"] == 2
    assert figures["largest_component_fraction"]["value"] == 0.5
    assert figures["density"]["value"] == pytest.approx(20 / 90)
    assert figures["hubness"]["value"] is None


def test_a_hub_is_seen() -> None:
    figures = graph_figures(STAR, 5, {})
    assert figures["out_degree"]["max"] == 4
    assert figures["in_degree"]["max"] == 1
    assert figures["hubness"]["value"] > 1
    assert figures["never_a_neighbour_fraction"]["value"] == pytest.approx(3 / 5)
    assert hubness(np.array([3, 3, 3]))["value"] is None


def test_homophily_is_compared_with_random_pairs() -> None:
    kind = Labels(np.array([0, 0, 1, 1, -1]), ["bag", "coat"])
    found = homophily(np.array([[0, 1, 2, 0, 4], [1, 0, 3, 2, 0]]), kind)
    assert found["same_value"]["value"] == pytest.approx(3 / 4)
    assert found["chance"]["value"] == pytest.approx(4 / 12)
    assert found["n_edges"] == 4
