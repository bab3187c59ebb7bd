"""Step 1 of the shipped weights: pack both data sets into one small file.

    python training/pack.py DATA training/work

Writes ``photos.parquet`` (under 60 MB, to be carried to wherever the training runs): every photo as WebP, shop photos
at their own 60 x 80 pixels, home photos at 160; what is known of it; its perceptual hash; and the split. Products are
split by name and exact photo, home photos by contributor; products for training that bear a held-out one's name, or
look like it (a perceptual hash within 4 bits, and pixels that differ by under 12 of 255), are left out altogether.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from PIL import Image

from lookgraph.config import PhotoSettings
from lookgraph.encoder.training.split import NEAR_BITS, NEAR_LEVELS
from lookgraph.photos.decode import decode

SIDE_PX = {"products": 80, "home": 160}
_WEBP_QUALITY = {"products": 86, "home": 72}
_HELD_OUT_PERCENT = {"products": 10, "home": 20}
_SMALL_PX = 24
_PRODUCT_COLUMNS = ("article_type", "base_colour", "gender", "usage", "season")


def products(folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for path in sorted(folder.glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            name = (row["name"] or row["id"]).strip()
            known = {column: row[column] for column in _PRODUCT_COLUMNS}
            yield (
                row["image"]["bytes"],
                {"source": "products", "group": name.lower(), "text": name, "category": None, **known},
            )


def home_photos(folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for row in pyarrow.csv.read_csv(folder / "metadata.csv").to_pylist():
        known = {"group": row["contributor"], "text": row["category"], "category": row["category"]}
        yield (
            (folder / row["file_name"]).read_bytes(),
            {"source": "home", **known, **dict.fromkeys(_PRODUCT_COLUMNS)},
        )


def held_out(source: str, group: str) -> bool:
    percent = _HELD_OUT_PERCENT[source]
    return int.from_bytes(hashlib.sha256(f"{source}/{group}".encode()).digest()[:4]) % 100 < percent


def webp(picture: Image.Image, source: str) -> bytes:
    small = picture.copy()
    small.thumbnail((SIDE_PX[source], SIDE_PX[source]), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=_WEBP_QUALITY[source], method=4)
    return file.getvalue()


def small(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.resize((_SMALL_PX, _SMALL_PX), Image.Resampling.BOX), np.float32)


def near_any(bits: np.ndarray, smalls: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) bool: does the photo look like one of ``others`` (rows)?"""
    near = np.zeros(len(bits), bool)
    for begin in range(0, len(bits), 512):
        mine, theirs = np.nonzero(np.bitwise_count(bits[begin : begin + 512, None] ^ bits[None, others]) <= NEAR_BITS)
        difference = np.sqrt(np.mean((smalls[begin + mine] - smalls[others[theirs]]) ** 2, axis=(1, 2, 3)))
        near[begin + mine[difference < NEAR_LEVELS]] = True
    return near


def main(data: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    limits = PhotoSettings()
    rows, hashes, smalls = [], [], []
    for stream in (products(data / "fashion-products"), home_photos(data / "clothing")):
        for content, row in stream:
            picture = decode(content, limits)
            hashes.append(np.packbits(imagehash.phash(picture).hash.ravel()).view(np.uint64)[0])
            smalls.append(small(picture))
            rows.append(
                row | {"content_hash": hashlib.sha256(content).hexdigest(), "photo": webp(picture, row["source"])}
            )
    unseen_groups = {(r["source"], r["group"]) for r in rows if held_out(r["source"], r["group"])}
    unseen_content = {r["content_hash"] for r in rows if (r["source"], r["group"]) in unseen_groups}
    is_unseen = np.array([r["content_hash"] in unseen_content for r in rows])
    bits = np.array(hashes, np.uint64)
    near = near_any(bits, np.stack(smalls), np.flatnonzero(is_unseen))
    unseen_names = {(r["source"], r["group"]) for r, unseen in zip(rows, is_unseen, strict=True) if unseen}
    akin = near | np.array([(r["source"], r["group"]) in unseen_names for r in rows])
    split = np.where(is_unseen, "held-out", np.where(akin, "left-out", "train"))
    table = pa.Table.from_pylist(rows).append_column("split", pa.array(split)).append_column("phash", pa.array(bits))
    packed = work / "photos.parquet"
    pq.write_table(table, packed, compression="zstd", row_group_size=4096)
    for source in ("products", "home"):
        of_source = np.array([r["source"] == source for r in rows])
        counts = {name: int((of_source & (split == name)).sum()) for name in ("train", "held-out", "left-out")}
        print(source, counts)
    print(f"{packed}: {packed.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
