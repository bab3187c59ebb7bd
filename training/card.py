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
SPACES = {
    "weights-auto": "encoder",
    "hog-auto": "padded HOG",
    "pixels-auto": "raw 32 x 32 pixels",
    "untrained-auto": "ResNet-50, untrained",
}


def score_tables(work: Path) -> str:
    """The scores of every space in every place that was measured: a table a place, a row a label and space."""
    found = {file.stem.removeprefix("scores-"): json.loads(file.read_text()) for file in work.glob("scores-*.json")}
    order = [*(name for name in SPACES if name in found), *sorted(set(found) - set(SPACES))]
    tables = []
    for place in dict.fromkeys(place for space in order for place in found[space]):
        rows = [(label, space) for space in order for label in found[space].get(place, {})]
        rows.sort(key=lambda row: row[0])  # stable: the spaces keep their order
        scores = list(found[rows[0][1]][place][rows[0][0]])
        lines = [f"### {place}", "", "| by | space | " + " | ".join(scores) + " |", "|---" * (len(scores) + 2) + "|"]
        for label, space in rows:
            cells = [f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in found[space][place][label].values()]
            lines.append(f"| {label} | {SPACES.get(space, space)} | {' | '.join(cells)} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


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
    print(score_tables(work))
    sheets = []
    for name in names:
        place = places[name]
        needed = np.union1d(place.queries, place.gallery)
        vectors = np.zeros((len(place.photos), 128), np.float32)
        vectors[needed] = describe([place.photos[i] for i in needed])
        pairs = mistakes(place, vectors, names[name])
        confused = Counter((names[name][q], names[name][a]) for q, a in pairs).most_common(8)
        print(f"\n{name}: {len(pairs)} of {len(place.queries)} wrong at rank 1; most often:")
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
