"""The network beside its controls, on planted builds whose right answers are known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookgraph.config import GnnSettings
from lookgraph.errors import ConfigError
from lookgraph.evaluate import Copies, LinkKind, as_tables, measure_ablation, measure_controls, number
from lookgraph.evaluate.baselines import neighbour_vote, told_class
from lookgraph.progress import Silent

from .conftest import Build, PlantedGnn, unit

QUALITY = ("silhouette", "davies_bouldin")


class NeedsItsGraph(PlantedGnn):
    """Knows the classes through similar links only; without them, or with random ones, it knows nothing."""

    def knows(self, links: LinkKind, settings: GnnSettings) -> bool:
        return links == "similar"


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


def test_beside_the_clusters_stands_what_the_neighbours_tell(build: Build) -> None:
    told = measure_controls(build(noise=0.01), 2, Silent())["told"]["kind"]
    assert told["right"]["value"] == told["nmi"]["value"] == 1
    told = measure_controls(build(noise=1.0), 2, Silent())["told"]["kind"]
    assert 0.25 < told["right"]["value"] < 1
    assert 0 < told["nmi"]["value"] < 1


def test_the_neighbours_of_known_class_tell_the_more_the_more_similar_they_are() -> None:
    looks = unit(np.array([[1, 0], [0.6, 0.8], [0, 1], [1, 0.01], [1, 0.02]], np.float32))
    codes = np.array([0, 1, 1, -1, -1])
    told = [told_class(looks, codes, np.arange(4), np.array([4]), k)[0] for k in (1, 2, 3, 10)]
    assert told == [0, 0, 1, 1]


def test_clusters_are_judged_on_fitted_and_on_unseen_photos_in_every_space(build: Build) -> None:
    evidence = build(noise=0.3, settings={"gnn.clusters": 4})
    spaces = measure_controls(evidence, 2, Silent())["spaces"]
    figures = {f"{of}{where}{name}" for of in ("", "unseen_") for where in ("", "frozen_") for name in QUALITY}
    assert all(figures <= set(space["clusters"]) for space in spaces.values())
    own = spaces["encoder"]["clusters"]
    for name in QUALITY:  # the encoder's own space is the frozen one
        assert own[name] == own[f"frozen_{name}"]
        assert own[f"unseen_{name}"] == own[f"unseen_frozen_{name}"]
        assert own[name] != own[f"unseen_{name}"]
    average = spaces["neighbour average"]["clusters"]
    assert average["unseen_silhouette"]["value"] > average["unseen_frozen_silhouette"]["value"]


def test_a_table_an_attribute_and_two_of_the_clusters(build: Build) -> None:
    tables = as_tables(measure_controls(build(), 2, Silent()), number)
    assert [title for title, _ in tables] == [
        "by kind",
        "by kids",
        "over all attributes",
        "clusters of the photos that were fitted on",
        "the same clusters, of photos never seen",
    ]
    for _, (heading, *rows) in tables:
        assert [row[0] for row in rows][:3] == ["encoder", "neighbour average", "gnn"]
        assert {len(row) for row in rows} == {len(heading)}


def test_an_attribute_that_cannot_be_measured_takes_no_gain_from_the_others(build: Build) -> None:
    """No answer is of the query's own city: each has one contributor, who is held out as a whole."""
    kinds = pa.array([str(i % 4) for i in range(240)]).dictionary_encode()
    cities = pa.array([f"city {i // 8}" for i in range(240)]).dictionary_encode()
    attributes = pa.table({"kind": kinds, "city": cities, "contributor": cities})
    report = measure_controls(build(attributes=attributes, settings={"evaluate.group_by": "contributor"}), 2, Silent())
    both = report["spaces"]["gnn"]
    assert both["attributes"]["city"]["gain"]["value"] is None
    assert both["mean_gain"]["value"] == pytest.approx(both["attributes"]["kind"]["gain"]["value"])


def test_a_vote_of_fewer_neighbours_where_there_are_no_more() -> None:
    codes = {"kind": np.array([0, 0, 1, 1])}
    vote = neighbour_vote(np.eye(4, dtype=np.float32), codes, np.arange(3), np.arange(4), k=10, weight=1.0)
    assert vote.shape == (4, 6) and np.linalg.norm(vote, axis=1) == pytest.approx(1)


def test_where_a_fit_item_has_no_label_of_its_own_its_neighbours_vote() -> None:
    codes = {"kind": np.array([0, 0, -1, 1]), "colour": np.array([2, 2, 2, -1])}
    looks = unit(np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1]], np.float32))
    vote = neighbour_vote(looks, codes, np.arange(4), np.array([2, 3]), k=3, weight=1.0)
    kind, colour = vote[:, 2:4], vote[:, 4:]
    assert kind[0, 0] > 0 == kind[0, 1]  # of the two beside it
    assert kind[1, 1] > 0 == kind[1, 0]  # its own
    assert (colour[:, 2] > 0).all()


def test_copies_of_fit_items_search_for_them(build: Build) -> None:
    evidence = build(noise=1.0, settings={"gnn.labels": "kind"})
    shown = np.arange(0, 240, 3)
    copies = Copies(unit(evidence.embeddings[shown] + 1e-3), shown)
    report = measure_controls(build(noise=1.0, settings={"gnn.labels": "kind"}, copies=copies), 2, Silent())
    assert 0 < report["n_copies"] < len(shown)  # those of held-out items have nothing to find
    found = {name: space["copies"] for name, space in report["spaces"].items()}
    assert found["encoder"]["recall_at_1"]["value"] == 1
    assert found["neighbour vote"]["recall_at_10"]["value"] > 0.9
    assert (
        found["gnn"]["recall_at_1"]["value"] < 0.5
    )  # the planted network does not know one item of a kind from another
    assert as_tables(report, number)[-1][0].endswith("copies of photos, searching for the photo they show")


def test_one_seed_and_nothing_to_measure_with_are_refused(build: Build) -> None:
    with pytest.raises(ConfigError, match="1 seeds have no interval"):
        measure_controls(build(), 1, Silent())
    bare = pa.table({"name": pa.array([f"thing {i}" for i in range(240)])})
    with pytest.raises(ConfigError, match="no category"):
        measure_controls(build(attributes=bare), 2, Silent())


class WithoutSkipNothing(PlantedGnn):
    """Knows the classes only where ``gnn.skip`` is on."""

    def knows(self, links: LinkKind, settings: GnnSettings) -> bool:
        return settings.skip


def test_the_ablation_has_a_line_a_switch_and_shows_the_one_that_matters(build: Build) -> None:
    evidence = build(noise=1.0)
    report = measure_ablation(
        build(noise=1.0, train_gnn=WithoutSkipNothing(np.arange(evidence.n_items) % 4)), 2, Silent()
    )
    assert (report["queries"], report["against"]) == ("validation", "gnn")
    gain = {name: space["mean_gain"]["value"] for name, space in report["spaces"].items()}
    assert gain["skip=False"] < -0.2
    assert report["spaces"]["skip=False"]["mean_gain"]["high"] < gain["gnn"] == 0
    assert {"balanced=False", "contrast_weight=0.5", "agreement_weight=0.5", "kind=gatv2"} < set(gain)
    assert all(gain[name] == gain["gnn"] for name in gain if name not in ("skip=False", "encoder"))


def test_an_ablation_never_changes_a_setting_to_what_it_is(build: Build) -> None:
    spaces = measure_ablation(build(settings={"gnn.skip": False}), 2, Silent())["spaces"]
    assert "skip=True" in spaces
    assert "skip=False" not in spaces


class KnowsWithSomeSeeds(PlantedGnn):
    """Knows the classes with every second seed."""

    def __call__(self, fit, unseen, *, seed, shuffled_labels=False, **options):
        return super().__call__(fit, unseen, seed=seed, shuffled_labels=bool(seed % 2), **options)


def test_seeds_that_differ_widen_the_interval(build: Build) -> None:
    evidence = build(noise=1.0)
    classes = np.arange(evidence.n_items) % 4
    spread = {}
    for planted in (PlantedGnn(classes), KnowsWithSomeSeeds(classes)):
        report = measure_controls(build(noise=1.0, train_gnn=planted), 4, Silent())
        found = report["spaces"]["gnn"]["attributes"]["kind"]["map_at_10"]
        assert found["low"] <= found["value"] <= found["high"]
        spread[type(planted)] = found["high"] - found["low"]
    assert spread[PlantedGnn] < 0.05 < 0.3 < spread[KnowsWithSomeSeeds]


def test_no_bound_is_beyond_what_a_figure_can_be(build: Build) -> None:
    evidence = build(noise=1.0)
    planted = KnowsWithSomeSeeds(np.arange(evidence.n_items) % 4)
    space = measure_controls(build(noise=1.0, train_gnn=planted), 2, Silent())["spaces"]["gnn"]
    nmi, rank = space["attributes"]["kind"]["nmi"], space["clusters"]["effective_rank"]
    assert (nmi["low"], nmi["high"]) == (0, 1)  # one good and one bad seed tell nothing
    assert rank["low"] >= 1


def test_what_is_measured_is_kept_as_it_comes(build: Build) -> None:
    kept: list[list[str]] = []
    report = measure_controls(build(), 2, Silent(), lambda so_far: kept.append(list(so_far["spaces"])))
    assert kept[0] == ["encoder", "neighbour average", "gnn"]
    assert kept[-1] == list(report["spaces"])
