"""The page stands alone and says what the figures say."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookgraph.evaluate import SECTIONS, Evidence, evaluate, write_metrics, write_report
from lookgraph.evaluate.layout import flat_map
from lookgraph.evaluate.map_page import map_script
from lookgraph.evaluate.summary import fixed, number
from lookgraph.progress import Silent

from .conftest import Build, chart_of, unit
from .test_evaluate import ODD


class Page(HTMLParser):
    """What a page loads, its ids, its pictures' alternative texts, and the tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images_without_text = 0
        self.headings: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        if values.get("id"):
            self.ids.append(values["id"] or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        self.loads += [values[name] or "" for name in ("src", "srcset", "data", "poster") if values.get(name)]
        if tag == "link":
            self.loads.append(values.get("href") or "")
        if tag == "img":
            self.images_without_text += not values.get("alt")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)


def write_page(evidence: Evidence, folder: Path) -> None:
    metrics = evaluate(evidence, Silent())
    write_metrics(metrics, folder)
    write_report(evidence, chart_of(evidence), metrics, folder, Silent())


@pytest.fixture(scope="module")
def page(build: Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    evidence, folder = build(), tmp_path_factory.mktemp("report")
    write_page(evidence, folder)
    return (folder / "report.html").read_text("utf-8"), json.loads((folder / "metrics.json").read_text("utf-8"))


def test_the_page_loads_nothing(page: tuple[str, dict[str, Any]]) -> None:
    parsed = Page(page[0])
    assert parsed.loads
    assert all(address.startswith("data:image/") for address in parsed.loads)
    assert not re.search(r"https?://", page[0])
    assert "@import" not in page[0]
    assert not re.search(r"url\((?!#)", page[0])
    assert "default-src 'none'" in page[0]  # and a browser holds it to that
    assert "import " not in map_script()
    assert len(page[0]) < 8_000_000


def test_the_page_can_be_read_without_eyes(page: tuple[str, dict[str, Any]]) -> None:
    parsed = Page(page[0])
    assert parsed.images_without_text == 0
    assert parsed.headings[0] == "h1"
    assert parsed.headings.count("h1") == 1
    assert page[0].count("<table") == page[0].count("<caption")


def test_every_link_leads_somewhere_in_the_page(page: tuple[str, dict[str, Any]]) -> None:
    parsed = Page(page[0])
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert {link.removeprefix("#") for link in parsed.links} <= set(parsed.ids)


def test_every_section_names_its_command(page: tuple[str, dict[str, Any]]) -> None:
    for name in SECTIONS:
        assert f"<code>{page[1][name]['command']}</code>" in page[0]


def test_what_users_wrote_is_escaped(page: tuple[str, dict[str, Any]]) -> None:
    assert "shop &lt;&amp;&gt; co" in page[0]
    assert "shop <&> co" not in page[0]


def test_right_and_wrong_differ_by_more_than_colour(page: tuple[str, dict[str, Any]]) -> None:
    assert "✓" in page[0]
    assert ", right" in page[0]


def test_the_worst_examples_are_not_the_best_ones(page: tuple[str, dict[str, Any]]) -> None:
    examples = page[1]["retrieval"]["examples"]
    best, worst = ([row["average_precision"] for row in examples[kind]] for kind in ("best", "worst"))
    assert min(best) >= max(worst)
    queries = [row["query"] for kind in ("best", "typical", "worst") for row in examples[kind]]
    assert len(set(queries)) == len(queries)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
def test_a_build_where_little_is_defined_has_a_page(build: Build, odd: Any, tmp_path: Path) -> None:
    evidence = odd(build)
    write_page(evidence, tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "nan" not in re.sub(r"data:image/[^\"]*", "", text).lower().split()
    assert "Undefined" not in text


def test_a_page_of_one_section(build: Build, tmp_path: Path) -> None:
    evidence = build()
    write_report(evidence, chart_of(evidence), evaluate(evidence, Silent(), only=["graph"]), tmp_path, Silent())
    assert 'id="graph"' in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("n_items", [1, 2, 5, 11, 12, 40])
def test_a_map_of_any_size_fits_its_frame(n_items: int) -> None:
    points = flat_map(unit(np.random.default_rng(0).normal(size=(n_items, 8))), seed=0)
    assert points.shape == (n_items, 2)
    assert ((points >= 0) & (points <= 1)).all()


def test_a_map_puts_what_is_alike_side_by_side_and_repeats_itself() -> None:
    planted = np.arange(90) % 3
    rows = unit(np.eye(8)[planted] + 0.05 * np.random.default_rng(0).normal(size=(90, 8)))
    points = flat_map(rows, seed=1)
    distance = ((points[:, None] - points) ** 2).sum(-1) + 9 * np.eye(90)
    assert (planted[distance.argmin(1)] == planted).mean() > 0.95
    assert (points == flat_map(rows, seed=1)).all()


def test_numbers_in_words() -> None:
    assert number({"value": 0.5, "low": 0.25, "high": 0.75}, 2) == "0.50 [0.25, 0.75]"
    assert number({"value": -0.125}, 3, signed=True) == "−0.125"
    assert number({"value": None, "reason": "why"}) == "not defined"
    assert fixed(-0.0001) == "0.000"
