"""What does a person read? One page with its pictures inside, that loads nothing from anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from lookgraph.evaluate.attributes import Labels, category_labels, most_classes, retrieval_labels
from lookgraph.evaluate.chart import Chart, evenly_spread
from lookgraph.evaluate.evidence import Evidence
from lookgraph.evaluate.map_page import embedded_json, map_document, map_script, map_style
from lookgraph.evaluate.pictures import SHEET_MEMBERS, cluster_sheet, map_of_photos, map_of_points, photo
from lookgraph.evaluate.plots import OTHER, class_colours, degree_bars, retrieval_bars, size_bars, training_curves
from lookgraph.evaluate.summary import cluster_verdict, fixed, graph_verdict, number, summarise_in_words
from lookgraph.evaluate.values import Metrics
from lookgraph.progress import Progress

_MONTAGES: Final = 24
_CAPTION_ATTRIBUTES: Final = 3
_STILL_ITEMS: Final = 3000
_SHOWN_INSIDE: Final = 4
_HARDLY_ANY: Final = 100


def write_metrics(metrics: Metrics, folder: Path) -> None:
    """Write ``metrics.json``; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metrics, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "metrics.json").write_text(text + "\n", "utf-8")


def write_report(evidence: Evidence, chart: Chart, metrics: Metrics, folder: Path, progress: Progress) -> None:
    """Write ``report.html``.

    Args:
        evidence: The build, for its photos and its spaces.
        chart: Its map and its named clusters.
        metrics: What ``evaluate`` returned; sections that are not in it are not in the page either.
        folder: Made if it is not there.
        progress: Hears of every picture section.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(render(evidence, chart, metrics, progress), "utf-8")


def render(evidence: Evidence, chart: Chart, metrics: Metrics, progress: Progress) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("lookgraph.evaluate"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "number": number,
        "graph_verdict": graph_verdict,
        "cluster_verdict": cluster_verdict,
        "times": _times,
    }
    environment.filters |= {"percent": lambda share: f"{share:.0%}", "fixed": fixed}
    progress.stage("draw the report", total=5)
    drawn: dict[str, Callable[[], Any]] = {
        "map": lambda: _still_map(evidence, chart),
        "live_map": lambda: _live_map(evidence, chart),
        "montages": lambda: _montages(evidence, metrics),
        "examples": lambda: _examples(evidence, metrics),
        "plots": lambda: _plots(evidence, metrics),
    }
    pictures: dict[str, Any] = {}
    for name, draw in drawn.items():
        pictures[name] = draw()
        progress.advance()
    return environment.get_template("report.html.j2").render(
        metrics=metrics,
        summary=summarise_in_words(metrics),
        settings=evidence.settings,
        coarse=_coarse_clusters(chart),
        levels=[chart.hierarchy.n_clusters(level) for level in range(chart.hierarchy.n_levels)],
        **pictures,
    )


def _still_map(evidence: Evidence, chart: Chart) -> dict[str, Any]:
    """The map with its photos, and the same map coloured by coarse cluster and by the first attribute."""
    nodes = evenly_spread(chart.places, _STILL_ITEMS, evidence.settings.evaluate.seed)
    points = chart.places[nodes].astype(np.float64)
    picture, n_photos = map_of_photos(evidence.thumbnail, points, nodes)
    coarse = Labels(chart.hierarchy.of(0).astype(np.int64), chart.names(0))
    named = [("cluster", coarse), *list(_categories(evidence).items())[:1]]
    dots = [{"title": title, **_dots(points, labels, nodes)} for title, labels in named]
    return {"photos": picture, "n_photos": n_photos, "n_items": len(chart.places), "dots": dots}


def _dots(points: np.ndarray, labels: Labels, nodes: np.ndarray) -> dict[str, Any]:
    colours, legend = class_colours(labels.codes[nodes])
    keys = [(labels.names[code], colour) for code, colour in legend.items()]
    other = [("other or unknown", OTHER)] if OTHER in colours else []
    return {"picture": map_of_points(points, colours), "legend": keys + other}


def _live_map(evidence: Evidence, chart: Chart) -> dict[str, Any]:
    document = map_document(evidence, chart)
    return {
        "data": Markup(embedded_json(document)),  # what could end the element is escaped
        "script": Markup(map_script()),  # our own files
        "style": Markup(map_style()),
        "n": document["n"],
        "n_photos": document["photos"]["n"],
    }


def _times(lift: float) -> str:
    return "hardly any elsewhere" if lift >= _HARDLY_ANY else f"{lift:.1f} times as many as elsewhere"


def _coarse_clusters(chart: Chart) -> list[dict[str, Any]]:
    """The coarse clusters, largest first, each with its share and the largest of those inside it."""
    n = len(chart.places)
    return [
        {
            "name": cluster.name,
            "n_nodes": cluster.n_nodes,
            "fraction": cluster.n_nodes / n,
            "words": cluster.words,
            "inside": [c for c in chart.named if c.level == 1 and c.parent == cluster.number][:_SHOWN_INSIDE],
        }
        for cluster in chart.named
        if cluster.level == 0
    ]


def _montages(evidence: Evidence, metrics: Metrics) -> list[dict[str, Any]]:
    """The largest clusters: the medoid, then members evenly from the nearest to it to the farthest."""
    if "clustering" not in metrics:
        return []
    names, sizes = np.unique(evidence.clusters, return_counts=True)
    categories = retrieval_labels(evidence.attributes, evidence.settings)
    return [
        _montage(evidence, categories, int(name), int(size))
        for name, size in sorted(zip(names, sizes, strict=True), key=lambda pair: -pair[1])[:_MONTAGES]
    ]


def _montage(evidence: Evidence, categories: dict[str, Labels], cluster: int, size: int) -> dict[str, Any]:
    members = np.flatnonzero(evidence.clusters == cluster)
    different = np.intersect1d(members, evidence.representatives)
    shown = different if len(different) else members
    vectors = evidence.node_embeddings[shown]
    nearest_first = shown[np.argsort(-(vectors @ vectors.mean(0)), kind="stable")]
    others = nearest_first[1:]
    evenly = np.linspace(0, max(len(others) - 1, 0), SHEET_MEMBERS).round().astype(np.int64)
    spread = others[np.unique(evenly)] if len(others) else others
    majority = []
    for name in most_classes(categories)[:_CAPTION_ATTRIBUTES]:
        labels = categories[name]
        codes = labels.codes[members]
        codes = codes[codes >= 0]
        if len(codes):
            counts = np.bincount(codes)
            majority.append((name, labels.names[int(counts.argmax())], float(counts.max() / len(codes))))
    return {
        "number": cluster,
        "size": size,
        "majority": majority,
        "picture": cluster_sheet(evidence.thumbnail, int(nearest_first[0]), spread.tolist()),
    }


def _examples(evidence: Evidence, metrics: Metrics) -> dict[str, list[dict[str, Any]]]:
    """The rows of recommendations in the metrics, each id with its photo."""
    examples = metrics.get("retrieval", {}).get("examples")
    if not examples:
        return {}
    position = {name: i for i, name in enumerate(evidence.ids)}

    def with_photo(item: Metrics, key: str) -> dict[str, Any]:
        return {**item, "picture": photo(evidence.thumbnail, position[item[key]])}

    return {
        kind: [
            {**with_photo(row, "query"), "answers": [with_photo(answer, "id") for answer in row["answers"]]}
            for row in examples[kind]
        ]
        for kind in ("best", "typical", "worst")
    }


def _plots(evidence: Evidence, metrics: Metrics) -> dict[str, Any]:
    plots: dict[str, Any] = {"training": Markup(training_curves(evidence.history))}
    if "clustering" in metrics:
        plots["sizes"] = Markup(size_bars(metrics["clustering"]["sizes"]["all"]))
    if "graph" in metrics:
        histogram = metrics["graph"]["out_degree"]["histogram"]
        plots["degree"] = Markup(degree_bars(histogram["degree"], histogram["n_items"]))
    if "retrieval" in metrics:
        plots["retrieval"] = {
            name: Markup(retrieval_bars(name, section["spaces"], section["chance"]["value"], evidence.space))
            for name, section in metrics["retrieval"]["attributes"].items()
        }
    return plots


def _categories(evidence: Evidence) -> dict[str, Labels]:
    return category_labels(evidence.attributes, evidence.settings.catalogue.max_categories)
