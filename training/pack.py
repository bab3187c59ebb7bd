"""Step 1 of the shipped weights: pack both data sets into one array of pixels and one table of targets.

    python training/pack.py ../shared/data training/work

Writes ``pixels.npy`` (n, 96, 96, 3) uint8, ``background.npy`` (n, 96, 96) bool (the studio white around a
garment) and ``targets.parquet``. The split is drawn here: products by name and exact photo, home photos by
contributor; products for training that look like a held-out one are left out altogether.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from scipy import ndimage

from lookgraph.config import PhotoSettings
from lookgraph.photos.decode import decode, square

SIDE_PX = 96
HELD_OUT_PERCENT = 10
NEAR_BITS = 4
PRODUCT_TARGETS = ("article_type", "base_colour", "gender", "usage", "season")


def products(folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for path in sorted(folder.glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            data = row.pop("image")["bytes"]
            name = (row["name"] or row["id"]).strip().lower()
            targets = {column: row[column] for column in PRODUCT_TARGETS}
            yield data, {"source": "products", "group": name, "category": None, **targets}


def home_photos(folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for row in pyarrow.csv.read_csv(folder / "metadata.csv").to_pylist():
        targets = dict.fromkeys(PRODUCT_TARGETS)
        yield (
            (folder / row["file_name"]).read_bytes(),
            {"source": "home", "group": row["contributor"], "category": row["category"], **targets},
        )


def studio_background(pixels: np.ndarray) -> np.ndarray:
    """(side, side) bool: the near-white region that touches the border, or nothing where it is no cut-out."""
    white = pixels.min(axis=2) > 232
    labels, _ = ndimage.label(white)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    mask = np.isin(labels, border[border > 0])
    return mask if 0.15 < mask.mean() < 0.97 else np.zeros_like(mask)


def held_out(source: str, group: str) -> bool:
    percent = HELD_OUT_PERCENT if source == "products" else 2 * HELD_OUT_PERCENT
    return int.from_bytes(hashlib.sha256(f"{source}/{group}".encode()).digest()[:4]) % 100 < percent


def main(data: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    limits = PhotoSettings()
    pixels, rows, hashes = [], [], []
    for stream in (products(data / "fashion-products"), home_photos(data / "clothing")):
        for content, row in stream:
            picture = decode(content, limits)
            pixels.append(square(picture, SIDE_PX))
            hashes.append(np.packbits(imagehash.phash(picture).hash.ravel()).view(np.uint64)[0])
            rows.append(row | {"content_hash": hashlib.sha256(content).hexdigest()})
    table = pa.Table.from_pylist(rows)
    unseen_groups = {(r["source"], r["group"]) for r in rows if held_out(r["source"], r["group"])}
    unseen_content = {r["content_hash"] for r in rows if (r["source"], r["group"]) in unseen_groups}
    is_unseen = np.array([r["content_hash"] in unseen_content for r in rows])
    bits = np.array(hashes, np.uint64)
    near = np.zeros(len(rows), bool)
    for begin in range(0, len(rows), 512):
        distance = np.bitwise_count(bits[begin : begin + 512, None] ^ bits[None, is_unseen])
        near[begin : begin + 512] = (distance <= NEAR_BITS).any(axis=1)
    split = np.where(is_unseen, "held-out", np.where(near, "left-out", "train"))
    table = table.append_column("split", pa.array(split)).append_column("phash", pa.array(bits))
    stacked = np.stack(pixels)
    np.save(work / "pixels.npy", stacked)
    is_product = np.array([r["source"] == "products" for r in rows])
    masks = [
        studio_background(p) if shop else np.zeros((SIDE_PX, SIDE_PX), bool)
        for p, shop in zip(stacked, is_product, strict=True)
    ]
    np.save(work / "background.npy", np.stack(masks))
    pq.write_table(table, work / "targets.parquet")
    for source in ("products", "home"):
        chosen = np.array([r["source"] == source for r in rows])
        counts = {name: int((chosen & (split == name)).sum()) for name in ("train", "held-out", "left-out")}
        print(source, counts, "cut-outs:", sum(bool(m.any()) for m, c in zip(masks, chosen, strict=True) if c))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
