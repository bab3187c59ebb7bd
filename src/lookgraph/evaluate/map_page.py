"""How does the interactive map get into a page that loads nothing? Its data, photos, style and script inside it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any, Final

import numpy as np
from PIL import Image

from lookgraph.evaluate.attributes import retrieval_labels
from lookgraph.evaluate.chart import Chart, chart_document, evenly_spread, packed
from lookgraph.evaluate.evidence import Evidence
from lookgraph.evaluate.pictures import Thumbnail, data_uri

MAP_FOLDER: Final = files("lookgraph.evaluate") / "templates" / "map"
# In the order in which they need one another; each file is a module of its own where the site loads them.
_MODULES: Final = (
    "columns.js", "palette.js", "photos.js", "scatter.js", "camera.js", "frame.js", "overlay.js", "panel.js", "map.js",
)  # fmt: skip
_PHOTO_PX: Final = 64
_ACROSS: Final = 32
_QUALITY: Final = 50


def map_document(evidence: Evidence, chart: Chart) -> dict[str, Any]:
    """The map of a build with its photos inside; evenly spread samples where the settings allow no more."""
    settings, seed = evidence.settings.report, evidence.settings.evaluate.seed
    nodes = evenly_spread(chart.places, settings.map_items, seed)
    with_photo = evenly_spread(chart.places[nodes], settings.map_photos, seed)
    slots = np.zeros(len(nodes), np.int64)
    slots[with_photo] = 1 + np.arange(len(with_photo))
    sheets, ratios = _sheets(evidence.thumbnail, nodes[with_photo])
    photos = {
        "kind": "sheets",
        "side": _PHOTO_PX,
        "across": _ACROSS,
        "n": len(with_photo),
        "slots": slots.tolist() if len(with_photo) < len(nodes) else None,  # from 1; 0: not in this page
        "ratios": packed(ratios, np.uint16),
        "sheets": sheets,
    }
    categories = retrieval_labels(evidence.attributes, evidence.settings)
    return chart_document(chart, nodes, evidence.ids, categories, photos, evidence.space)


def embedded_json(document: dict[str, Any]) -> str:
    """JSON that can stand inside a ``<script>`` element: nothing in it ends one or begins a comment."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def map_script() -> str:
    """The map's modules as one, for a page that can import nothing: our own files, joined in order."""
    parts = []
    for name in _MODULES:
        text = (MAP_FOLDER / name).read_text("utf-8")
        text = re.sub(r"^import [^;]*;\n", "", text, flags=re.MULTILINE)
        parts.append(re.sub(r"^export ", "", text, flags=re.MULTILINE))
    return "\n".join(parts)


def map_style() -> str:
    return (MAP_FOLDER / "map.css").read_text("utf-8")


def _sheets(thumbnail: Thumbnail, nodes: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Small photos side by side, row after row, some 1,000 a picture: no device refuses to decode that.

    Each fills a square, so that no border wastes bytes; the page stretches it back.

    Returns:
        The pictures, and (n,) width over height of every photo in thousandths.
    """
    sheets, ratios = [], np.empty(len(nodes), np.int64)
    for begin in range(0, len(nodes), _ACROSS**2):
        some = nodes[begin : begin + _ACROSS**2]
        rows = -(-len(some) // _ACROSS)
        sheet = Image.new("RGB", (_ACROSS * _PHOTO_PX, rows * _PHOTO_PX), (255, 255, 255))
        for slot, node in enumerate(some.tolist()):
            photo = thumbnail(node)
            ratios[begin + slot] = round(1000 * photo.width / photo.height)
            tile = photo.convert("RGB").resize((_PHOTO_PX, _PHOTO_PX), Image.Resampling.LANCZOS)
            sheet.paste(tile, (slot % _ACROSS * _PHOTO_PX, slot // _ACROSS * _PHOTO_PX))
        sheets.append(data_uri(sheet, quality=_QUALITY))
    return sheets, ratios.clip(1, 65_535)
