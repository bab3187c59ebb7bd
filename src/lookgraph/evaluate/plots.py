"""How are the figures drawn? As SVG whose ink is the page's own text colour, in light and in dark."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK: Final = "#010203"  # replaced by currentColor
_ACCENT: Final = "#0a0b0c"  # replaced by the page's accent
_QUIET: Final = "#0d0e0f"  # replaced by the page's quiet fill
_WIDTH_IN: Final = 5.2
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
}

PALETTE: Final = (
    "#3b6ea5", "#d98032", "#4f9a6b", "#c2534f", "#8a6bb1",
    "#8c6d4f", "#d37fae", "#a9a23b", "#3f9fb0",
)  # fmt: skip
OTHER: Final = "#9a9a9a"


def retrieval_bars(name: str, spaces: Mapping[str, Any], chance: float | None, searched: str) -> str:
    """mAP@10 on an attribute, of each space with its interval; the searched one stands out, chance is dashed."""
    names = [space for space in spaces if spaces[space]["micro"]["map_at_10"]["value"] is not None]
    if not names:
        return ""
    cells = [spaces[space]["micro"]["map_at_10"] for space in names]
    values = np.array([cell["value"] for cell in cells])
    low = np.array([cell["value"] if cell.get("low") is None else cell["low"] for cell in cells])
    high = np.array([cell["value"] if cell.get("high") is None else cell["high"] for cell in cells])
    figure, axes = _figure(0.34 * len(names) + 0.75)
    places = np.arange(len(names))[::-1]
    axes.barh(places, values, height=0.62, color=[_ACCENT if space == searched else _QUIET for space in names])
    errors = np.maximum([values - low, high - values], 0)
    axes.errorbar(values, places, xerr=errors, fmt="none", ecolor=_INK, elinewidth=1.1, capsize=3)
    for place, value, upper in zip(places, values, high, strict=True):
        axes.text(upper + 0.012, place, f"{value:.3f}", va="center")
    if chance is not None:
        axes.axvline(chance, color=_INK, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, min(1.12, max(0.2, float(high.max()) * 1.14)))
    axes.set_xlabel("mAP@10")
    return _svg(figure, f"retrieval {name}")


def size_bars(sizes: Sequence[int]) -> str:
    """Items of each cluster, largest first."""
    figure, axes = _figure(2.4)
    axes.bar(np.arange(1, len(sizes) + 1), sizes, width=0.8, color=_ACCENT)
    axes.set_xlabel("clusters, largest first")
    axes.set_ylabel("items")
    axes.set_xlim(0.25, len(sizes) + 0.75)
    return _svg(figure, "sizes")


def degree_bars(degree: Sequence[int], n_items: Sequence[int]) -> str:
    """How many items are a neighbour how often; binned where there are many degrees."""
    figure, axes = _figure(2.4)
    width = math.ceil((max(degree) - min(degree) + 1) / 60)
    edges = np.arange(min(degree) - 0.5, max(degree) + width, width)
    axes.hist(degree, bins=edges.tolist(), weights=n_items, color=_ACCENT, rwidth=0.86)
    axes.set_xlabel("how often an item is among others' neighbours")
    axes.set_ylabel("items")
    return _svg(figure, "degrees")


def training_curves(history: Sequence[Mapping[str, float]]) -> str:
    """Every number of the training log over the epochs; a line marks each renewal of the pseudo-labels."""
    keys = [key for key in dict.fromkeys(key for epoch in history for key in epoch) if key not in ("epoch", "round")]
    drawn = {key: _series(history, key) for key in keys}
    drawn = {key: series for key, series in drawn.items() if len(series[0])}
    if not drawn:
        return ""
    rows = math.ceil(len(drawn) / 3)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_IN * 1.7, 1.9 * rows), layout="constrained")
        grid = figure.subplots(rows, min(3, len(drawn)), squeeze=False).ravel()
        rounds = [epoch.get("round", 0) for epoch in history]
        renewals = [i + 1 for i in range(1, len(rounds)) if rounds[i] != rounds[i - 1]]
        for axes, (key, (epochs, values)) in zip(grid, drawn.items(), strict=False):
            for renewal in renewals if len(renewals) <= 30 else []:
                axes.axvline(renewal - 0.5, color=_QUIET, linewidth=1)
            axes.plot(
                epochs, values, color=_ACCENT, linewidth=1.6, marker="o" if len(epochs) < 12 else "", markersize=4
            )
            axes.set_title(key.replace("_", " "), loc="left", fontsize=10)
            axes.tick_params(labelsize=9)
        for axes in grid[len(drawn) :]:
            axes.set_visible(False)
        return _svg(figure, "training")


def class_colours(codes: np.ndarray) -> tuple[list[str], dict[int, str]]:
    """A colour an item and a colour a class: the largest classes get the palette, the rest and -1 one grey."""
    values, counts = np.unique(codes[codes >= 0], return_counts=True)
    largest = values[np.argsort(-counts, kind="stable")][: len(PALETTE)]
    legend = {int(value): colour for value, colour in zip(largest, PALETTE, strict=False)}
    return [legend.get(int(code), OTHER) for code in codes], legend


def _series(history: Sequence[Mapping[str, float]], key: str) -> tuple[list[int], list[float]]:
    known = [
        (i + 1, float(epoch[key]))
        for i, epoch in enumerate(history)
        if isinstance(epoch.get(key), int | float) and math.isfinite(epoch[key])
    ]
    return [epoch for epoch, _ in known], [value for _, value in known]


def _figure(height_in: float) -> tuple[Figure, Axes]:
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
        return figure, figure.subplots()


def _svg(figure: Figure, name: str) -> str:
    """The figure as an ``<svg>`` element to stand inside a page: no prologue, no metadata, no fixed colours.

    Its ids are made from ``name``, which no other figure of the page may have.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # "axes_1" and the like, not made from the name
    text = text.replace("'DejaVu Sans', ", "").replace("xlink:href", "href")
    return text.replace(_INK, "currentColor").replace(_ACCENT, "var(--accent)").replace(_QUIET, "var(--quiet)")
