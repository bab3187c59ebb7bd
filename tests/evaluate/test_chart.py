"""What the map's page is given is what the build found."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lookgraph.evaluate.chart import chart_document, evenly_spread
from lookgraph.evaluate.map_page import embedded_json, map_document

from .conftest import Build, chart_of


def unpacked(column: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["data"]), np.dtype(column["type"]).newbyteorder("<"))


def test_places_clusters_attributes_and_attention_come_through(build: Build) -> None:
    evidence = build(40)
    chart = chart_of(evidence)
    document = map_document(evidence, chart)
    assert (document["n"], document["of"], document["ids"]) == (40, 40, evidence.ids)
    assert np.allclose(unpacked(document["x"]) / 65_535, chart.places[:, 0], atol=1e-5)
    coarse, *_ = document["colourings"]
    assert coarse["values"] == [c.name for c in chart.named if c.level == 0]
    assert (unpacked(coarse["codes"]) - 1 == chart.hierarchy.of(0)).all()
    assert [each["title"] for each in document["colourings"][-2:]] == ["Kind", "Kids"]
    links = document["links"]
    assert links["weighs"] == "attention"
    begin, end = unpacked(links["starts"])[[5, 6]]
    assert unpacked(links["sources"])[begin:end].tolist() == [6, 7, 8]
    assert np.allclose(unpacked(links["weights"])[begin:end] / 65_535, [0.4, 0.3, 0.1], atol=1e-4)
    assert json.loads(embedded_json(document)) == document


def test_without_a_network_the_links_weigh_as_alike_as_they_are(build: Build) -> None:
    evidence = build(40)
    links = map_document(evidence, replace(chart_of(evidence), attention=None))["links"]
    assert (links["weighs"], links["own"]) == ("cosine", None)
    assert np.allclose(unpacked(links["weights"]) / 65_535, 0.5, atol=1e-4)


def test_of_too_many_an_even_sample_is_on_the_map_with_the_links_inside_it(build: Build) -> None:
    evidence = build(240)  # report.map_items is 60
    document = map_document(evidence, chart_of(evidence))
    assert (document["n"], document["of"]) == (60, 240)
    kept = [evidence.ids.index(each) for each in document["ids"]]
    starts, sources = unpacked(document["links"]["starts"]), unpacked(document["links"]["sources"])
    for place, node in enumerate(kept):
        heard = {kept[at] for at in sources[starts[place] : starts[place + 1]]}
        assert heard == {(node + step) % 240 for step in (1, 2, 3)} & set(kept)


def test_photos_are_in_the_page_as_far_as_the_setting_allows(build: Build) -> None:
    photos = map_document(*_with_setting(build, **{"report.map_photos": 10}))["photos"]
    assert photos["n"] == 10
    assert sorted(slot for slot in photos["slots"] if slot) == list(range(1, 11))
    assert (unpacked(photos["ratios"]) == 750).all()  # 30 x 40
    none = map_document(*_with_setting(build, **{"report.map_photos": 0}))["photos"]
    assert (none["n"], none["sheets"]) == (0, [])


@pytest.mark.parametrize("name", ["</script><b>", "<!--", "a'b\"c"])
def test_no_value_can_end_the_script_that_holds_it(build: Build, name: str) -> None:
    evidence = build(40)
    text = embedded_json(map_document(replace(evidence, ids=[name, *evidence.ids[1:]]), chart_of(evidence)))
    assert "<" not in text
    assert json.loads(text)["ids"][0] == name


def test_a_sample_is_spread_over_the_whole_map() -> None:
    crowd = 0.5 + 0.001 * np.random.default_rng(0).random((990, 2))
    corners = np.array([[0.0, 0.0], [0.999, 0.0], [0.0, 0.999], [0.999, 0.999]])
    chosen = evenly_spread(np.concatenate([crowd, corners]), 20, seed=0)
    assert len(chosen) == 20
    assert set(range(990, 994)) <= set(chosen.tolist())
    assert (chosen == evenly_spread(np.concatenate([crowd, corners]), 20, seed=0)).all()


def test_the_document_of_all_nodes_is_the_sites_too(build: Build) -> None:
    evidence = build(240)
    photos = {"kind": "addresses", "pattern": "/photos/{hash}", "hashes": evidence.ids}
    document = chart_document(chart_of(evidence), np.arange(240), evidence.ids, {}, photos, "gnn")
    assert document["n"] == 240
    assert len(unpacked(document["links"]["sources"])) == evidence.edge_index.shape[1]


def _with_setting(build: Build, **settings: Any) -> tuple[Any, Any]:
    evidence = build(40, settings=settings)
    return evidence, chart_of(evidence)
