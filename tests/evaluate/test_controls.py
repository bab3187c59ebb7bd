"""The network beside its controls, on planted builds whose right answers are known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookgraph.errors import ConfigError
from lookgraph.evaluate import FittedGnn, Links, control_lines, measure_controls, number
from lookgraph.progress import Silent

from .conftest import Build, PlantedGnn


class NeedsItsGraph(PlantedGnn):
    """Knows the classes through similar links only; without them, or with random ones, it knows nothing."""

    def __call__(
        self,
        fit: np.ndarray,
        unseen: np.ndarray,
        *,
        seed: int,
        shuffled_labels: bool = False,
        links: Links = "similar",
        label_channel: bool = True,
    ) -> FittedGnn:
        knows = links == "similar"
        return super().__call__(fit, unseen, seed=seed, shuffled_labels=shuffled_labels or not knows)


def test_the_controls_show_what_the_network_lives_on(build: Build) -> None:
    evidence = build(noise=1.0)
    report = measure_controls(build(noise=1.0, train_gnn=NeedsItsGraph(np.arange(evidence.n_items) % 4)), 3, Silent())
    kind = {name: space["attributes"]["kind"] for name, space in report["spaces"].items()}
    assert kind["gnn"]["map_at_10"]["value"] > 0.99
    assert kind["gnn"]["gain"]["low"] > 0.2
    assert kind["gnn"]["nmi"]["value"] > 0.9
    for control in ("gnn, random graph", "gnn, no edges", "gnn, shuffled pseudo-labels"):
        assert kind[control]["gain"]["high"] < kind["gnn"]["gain"]["low"]
    assert kind["encoder"]["gain"]["value"] == 0
    assert report["spaces"]["gnn"]["clusters"]["effective_rank"]["value"] > 3


def test_declared_labels_add_the_vote_and_a_network_without_their_channel(build: Build) -> None:
    report = measure_controls(build(noise=1.0, settings={"gnn.labels": "kind"}), 2, Silent())
    assert report["declared_labels"] == ["kind"]
    assert {"neighbour vote", "gnn, labels not in the space"} < set(report["spaces"])
    vote, encoder = (report["spaces"][name]["attributes"]["kind"] for name in ("neighbour vote", "encoder"))
    assert vote["map_at_10"]["value"] > encoder["map_at_10"]["value"] + 0.1


def test_a_row_a_space_and_a_cell_a_heading(build: Build) -> None:
    heading, *rows = control_lines(measure_controls(build(), 2, Silent()), number)
    assert [row[0] for row in rows][:3] == ["encoder", "neighbour average", "gnn"]
    assert {len(row) for row in rows} == {len(heading)}


def test_one_seed_and_nothing_to_measure_with_are_refused(build: Build) -> None:
    with pytest.raises(ConfigError, match="1 seeds have no interval"):
        measure_controls(build(), 1, Silent())
    bare = pa.table({"name": pa.array([f"thing {i}" for i in range(240)])})
    with pytest.raises(ConfigError, match="no category"):
        measure_controls(build(attributes=bare), 2, Silent())
