"""Draw the montage of docs/demo.md: kinds of every slot and a few scenes.

python benchmarks/montage.py docs/images/demo-montage.webp
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from lookgraph.demo.drawing import draw
from lookgraph.demo.items import Item, make_items
from lookgraph.demo.kinds import KINDS
from lookgraph.demo.looks import Rule, sample_looks
from lookgraph.demo.scenes import draw_scene

SEED, COLUMNS, ROWS, CELL = 7, 10, 6, (150, 200)
SCENES = 8


def chosen(items: list[Item]) -> list[Item]:
    """One of each kind in the kinds' order, then others, presentations and prints in turn."""
    by_kind: dict[str, list[Item]] = {kind: [] for kind in KINDS}
    for item in items:
        by_kind[item.kind].append(item)
    first = [group[n % 3] for n, group in enumerate(by_kind.values())]
    shown = {item.id for item in first}
    printed = [
        item for item in items if item.print != "plain" and item.id not in shown and item.slot in ("top", "dress")
    ]
    return [*first, *printed][: COLUMNS * ROWS - SCENES]


def main(path: str) -> None:
    items = make_items(1200, SEED)
    pictures = [draw(item) for item in chosen(items)]
    pictures += [draw_scene(look, items, SEED).pixels for look in sample_looks(Rule.of(items), SCENES, SEED)]
    sheet = Image.new("RGB", (COLUMNS * CELL[0], ROWS * CELL[1]))
    for n, pixels in enumerate(pictures):
        small = Image.fromarray(pixels).resize(CELL, Image.Resampling.LANCZOS)
        sheet.paste(small, (n % COLUMNS * CELL[0], n // COLUMNS * CELL[1]))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=88, method=6)


if __name__ == "__main__":
    main(*sys.argv[1:])
