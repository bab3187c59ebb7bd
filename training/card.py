"""Step 6 of the shipped weights: the tables and pictures of the model card.

    python training/card.py DATA training/work training/work/weights docs/images/encoder-mistakes.webp

Prints the measured scores (`measure.py` wrote them) as Markdown, and draws where the encoder fails: held-out photos
beside the photo that it takes for most similar, where that is another kind of garment; the surest mistakes first, at
most two of a kind. And prints which kinds it takes for which most often.
"""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from lookgraph.config import PhotoSettings
from lookgraph.photos import decode
from measure import Place, describe_with, read_places, search
from pack import home_photos, products

TILE, COLUMNS, ROWS = 120, 6, 2


def score_table(work: Path, place: str) -> str:
    """One place's scores of every space that was measured, a row a space and label."""
    lines: list[str] = []
    for file in sorted(work.glob("scores-*.json")):
        for label, row in json.loads(file.read_text()).get(place, {}).items():
            if not lines:
                lines += ["| space | by | " + " | ".join(row) + " |", "|---" * (len(row) + 2) + "|"]
            cells = [f"{v[0]:.3f}" + (f" [{v[1]:.3f}, {v[2]:.3f}]" if len(v) > 1 else "") for v in row.values()]
            cells += ["–"] * (lines[0].count("|") - 3 - len(cells))
            lines.append(f"| {file.stem.removeprefix('scores-')} | {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def mistakes(place: Place, vectors: np.ndarray, kinds: list[str]) -> list[tuple[int, int]]:
    """(query, answer) pairs of different kinds, most similar first."""
    first = search(place, vectors)[:, 0]
    cosine = np.einsum("ij,ij->i", vectors[place.queries], vectors[first])
    wrong = [i for i in np.argsort(-cosine) if kinds[place.queries[i]] != kinds[first[i]]]
    return [(int(place.queries[i]), int(first[i])) for i in wrong]


def draw(pairs: list[tuple[int, int]], place: Place, kinds: list[str]) -> Image.Image:
    """Pairs side by side, with their kinds below."""
    sheet = Image.new("RGB", (COLUMNS * (2 * TILE + 16), ROWS * (TILE + 30)), "white")
    pen = ImageDraw.Draw(sheet)
    shown: list[tuple[int, int]] = []
    for query, answer in pairs:
        if sum(kinds[q] == kinds[query] for q, _ in shown) < 2 and len(shown) < ROWS * COLUMNS:
            shown.append((query, answer))
    for i, pair in enumerate(shown):
        left, top = (i % COLUMNS) * (2 * TILE + 16), (i // COLUMNS) * (TILE + 30)
        for j, item in enumerate(pair):
            picture = ImageOps.contain(decode(place.photos[item], PhotoSettings()), (TILE, TILE))
            sheet.paste(picture, (left + j * TILE + (TILE - picture.width) // 2, top))
            pen.text((left + j * TILE + 4, top + TILE + 6), kinds[item], fill="black", font_size=13)
    return sheet


def main(data: Path, work: Path, weights: str, picture: Path) -> None:
    describe, seen = describe_with(weights, "auto")
    places = read_places(data, work, seen)
    names = {
        "held-out homes": [row["category"] for _, row in home_photos(data / "clothing")],
        "held-out products": [row["article_type"] or "" for _, row in products(data / "fashion-products")],
    }
    sheets = []
    for name in names:
        place = places[name]
        print(f"\n### {name}\n\n{score_table(work, name)}")
        needed = np.union1d(place.queries, place.gallery)
        vectors = np.zeros((len(place.photos), 128), np.float32)
        vectors[needed] = describe([place.photos[i] for i in needed])
        pairs = mistakes(place, vectors, names[name])
        confused = Counter((names[name][q], names[name][a]) for q, a in pairs).most_common(8)
        print(f"\n{len(pairs)} of {len(place.queries)} wrong at rank 1; most often:")
        print(", ".join(f"{query} -> {answer} ({n})" for (query, answer), n in confused))
        sheets.append(draw(pairs, place, names[name]))
    whole = Image.new("RGB", (sheets[0].width, sum(s.height for s in sheets)), "white")
    for i, sheet in enumerate(sheets):
        whole.paste(sheet, (0, sum(s.height for s in sheets[:i])))
    file = io.BytesIO()
    whole.save(file, "WEBP", quality=80)
    picture.write_bytes(file.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
