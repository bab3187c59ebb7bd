"""A tiny planted catalogue whose answers one can see: drawn garments in five kinds and six colours."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

KINDS = ("shirt", "trousers", "dress", "bag", "hat")
COLOURS = {
    "red": "#c03030",
    "blue": "#3050b0",
    "green": "#308050",
    "black": "#202020",
    "yellow": "#d8b030",
    "grey": "#808890",
}
QUICK = {
    "graph.k": 4,
    "gnn.clusters": 5,
    "gnn.heads": 2,
    "gnn.head_dim": 16,
    "gnn.rounds": 2,
    "gnn.epochs_per_round": 4,
    "evaluate.bootstrap": 50,
    "evaluate.seeds": 2,
    "photos.workers": 1,
    "encoder.batch_size": 8,
    "encoder.threads": 1,  # several processes test at once
}
OUTLINES = {
    "shirt": [(8, 14), (22, 6), (42, 6), (56, 14), (48, 28), (44, 24), (44, 74), (20, 74), (20, 24), (16, 28)],
    "trousers": [(18, 6), (46, 6), (50, 76), (36, 76), (32, 28), (28, 76), (14, 76)],
    "dress": [(24, 6), (40, 6), (40, 30), (56, 76), (8, 76), (24, 30)],
    "bag": [(10, 34), (20, 34), (24, 16), (40, 16), (44, 34), (54, 34), (54, 70), (10, 70)],
    "hat": [(4, 56), (18, 50), (22, 26), (42, 26), (46, 50), (60, 56), (60, 62), (4, 62)],
}


def draw_garment(kind: str, colour: str, variant: int) -> Image.Image:
    """A 64 x 80 drawing; variants differ in place, shade and a stripe."""
    picture = Image.new("RGB", (64, 80), (250 - 3 * variant, 250, 250 - 2 * variant))
    pen = ImageDraw.Draw(picture)
    shift = variant - 1
    outline = [(x + shift, y + shift) for x, y in OUTLINES[kind]]
    pen.polygon(outline, fill=COLOURS[colour])
    pen.line([(20, 40 + 6 * variant), (44, 40 + 6 * variant)], fill="white", width=variant)
    return picture


def draw_catalogue(folder: Path, variants: int = 2) -> Path:
    """An image folder with metadata.csv: one photo a kind, colour and variant."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file_name", "kind", "colour", "price"])
        for kind in KINDS:
            for colour in COLOURS:
                for variant in range(variants):
                    name = f"{kind}-{colour}-{variant}.png"
                    draw_garment(kind, colour, variant).save(folder / name)
                    table.writerow([name, kind, colour, 10 * variant + len(kind)])
    return folder


def run_cli(
    *arguments: object, under: Sequence[str] = (), timeout_s: float = 600, **options
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, where wanted as the arguments of another command."""
    command = [*under, sys.executable, "-m", "lookgraph.app.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False, **options)


def quick_options() -> list[str]:
    return [part for name, value in QUICK.items() for part in ("--set", f"{name}={value}")]
