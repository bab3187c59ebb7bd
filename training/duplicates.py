"""How many copies of a photo does the catalogue recognise, and how many photos does it take for copies wrongly?

    python training/duplicates.py DATA --sheet duplicates.png

Takes real photos of homes and of a shop, makes copies of them by code, a kind at a time, hides them among the
originals and further photos of the shop, and groups them all as a build does. Prints the share of copies that
share their original's group, and the pairs of photos from different originals that share one. Photos with equal
bytes or equal pixels count as one original. The sheet shows every such false pair: one must look at them, because
the shop has a few photos twice, and many of one product in two shades.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from lookgraph.catalogue import SmallPictures, glances, group_duplicates, small_pictures
from lookgraph.catalogue.look_alikes import look_alike_pairs
from lookgraph.config import CatalogueSettings, PhotoSettings
from lookgraph.photos import THUMBNAIL_SIDES, decode, thumbnails

Copier = Callable[[Image.Image, np.random.Generator], bytes]
_CANDIDATES = (2, 4, 8, 16)


@dataclass(frozen=True)
class Photos:
    """Photos as a build keeps them.

    Attributes:
        original: (n,) int64: which original each shows.
        hashes: SHA-256 of each file.
        thumbnails: The smallest of each.
    """

    original: np.ndarray
    hashes: list[str]
    thumbnails: list[bytes]

    def __add__(self, other: Photos) -> Photos:
        return Photos(
            np.concatenate([self.original, other.original]),
            self.hashes + other.hashes,
            self.thumbnails + other.thumbnails,
        )


def jpeg(photo: Image.Image, rng: np.random.Generator, low: int = 30, high: int = 90) -> bytes:
    return _saved(photo, "JPEG", int(rng.integers(low, high + 1)))


def webp(photo: Image.Image, rng: np.random.Generator) -> bytes:
    return _saved(photo, "WEBP", int(rng.integers(40, 81)))


def smaller(photo: Image.Image, rng: np.random.Generator) -> bytes:
    return jpeg(_scaled(photo, rng.uniform(0.35, 0.8)), rng, 90, 90)


def larger(photo: Image.Image, rng: np.random.Generator) -> bytes:
    return jpeg(_scaled(photo, 1.5), rng, 90, 90)


def cropped(photo: Image.Image, rng: np.random.Generator) -> bytes:
    return jpeg(_cut(photo, rng), rng, 90, 90)


def everything(photo: Image.Image, rng: np.random.Generator) -> bytes:
    small = _scaled(_cut(photo, rng), rng.uniform(0.35, 0.8))
    return jpeg(small, rng, 40, 90) if rng.random() < 0.5 else webp(small, rng)


KINDS: dict[str, Copier] = {
    "JPEG, quality 30-90": jpeg,
    "WebP, quality 40-80": webp,
    "resized to 35-80 %": smaller,
    "resized to 150 %": larger,
    "1-8 % off each side": cropped,
    "cropped, resized, re-encoded": everything,
}


def main(data: Path, n_home: int, n_shop: int, n_others: int, sheet: Path | None) -> None:
    rng, settings = np.random.default_rng(0), CatalogueSettings()
    files, names = read_sample(data, n_home, n_shop + n_others, rng)
    real = keep(files, np.arange(len(files)))
    real = Photos(_one_of_equals(real), real.hashes, real.thumbnails)
    known = {(int(a), int(b)) for a, b in false_pairs(real, grouped(real, settings))}
    print(f"{len(real.hashes)} real photos, no copies: {_told(known, len(real.hashes), real, names)}")
    found, photos, everywhere = [], real, set(known)
    for kind, make in KINDS.items():
        sources = np.arange(n_home + n_shop)
        copies = keep([make(Image.open(io.BytesIO(files[i])).convert("RGB"), rng) for i in sources], sources)
        copies = Photos(real.original[copies.original], copies.hashes, copies.thumbnails)
        photos = real + copies
        began = time.process_time()
        group = grouped(photos, settings)
        spent_s = time.process_time() - began
        hit = group[: len(sources)] == group[len(real.hashes) :]
        found.append(hit)
        wrong = false_pairs(photos, group)
        everywhere |= {(int(a), int(b)) for a, b in np.sort(photos.original[wrong], axis=1)}
        print(f"{kind:30s} {_shares(hit, n_home)}  false pairs {len(wrong)} = {len(wrong) / len(group):.3%} of the"
              f" photos  ({spent_s:.0f} s of processor time)", flush=True)  # fmt: skip
        print(f"{'':30s} candidates {_candidate_shares(photos, len(real.hashes), len(sources))}", flush=True)
    print(f"{'all kinds':30s} {_shares(np.concatenate(found).reshape(len(KINDS), -1), n_home)}")
    if sheet:
        draw_sheet(sorted(everywhere), real, sheet)


def read_sample(data: Path, n_home: int, n_shop: int, rng: np.random.Generator) -> tuple[list[bytes], list[str]]:
    """The files of photos from homes, then of the shop's; and the shop's product names, empty for homes."""
    home = sorted((data / "clothing" / "photos").rglob("*.jpg"))
    chosen = [home[i].read_bytes() for i in rng.permutation(len(home))[:n_home]]
    parts = sorted((data / "fashion-products").glob("*.parquet"))
    shop = pa.concat_tables([pq.read_table(part, columns=["image", "name"]) for part in parts])
    shop = shop.take(pa.array(rng.permutation(shop.num_rows)[:n_shop]))
    chosen += [image["bytes"] for image in shop["image"].to_pylist()]
    return chosen, [""] * n_home + [name or "" for name in shop["name"].to_pylist()]


def keep(files: Sequence[bytes], original: np.ndarray) -> Photos:
    """What a build keeps of files that show the given originals."""
    settings = PhotoSettings()

    def smallest(file: bytes) -> bytes:
        return thumbnails(decode(file, settings), settings.thumbnail_quality)[min(THUMBNAIL_SIDES)]

    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(smallest, files))
    return Photos(original, [hashlib.sha256(file).hexdigest() for file in files], made)


def grouped(photos: Photos, settings: CatalogueSettings) -> np.ndarray:
    return group_duplicates(photos.hashes, _pictures(photos), settings)


def false_pairs(photos: Photos, group: np.ndarray) -> np.ndarray:
    """(n_pairs, 2) int64: rows that share a group and show different originals."""
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    pairs = [pair for part in parts for pair in combinations(part.tolist(), 2)]
    rows = np.array(pairs, np.int64).reshape(-1, 2)
    wrong: np.ndarray = rows[photos.original[rows[:, 0]] != photos.original[rows[:, 1]]]
    return wrong


def draw_sheet(pairs: Sequence[tuple[int, int]], real: Photos, path: Path) -> None:
    """Originals that were taken for each other, side by side, ten pairs a row."""
    side, columns = 96, 10
    drawn = Image.new("RGB", (columns * (2 * side + 8), max(1, -(-len(pairs) // columns)) * (side + 4)), "grey")
    for place, pair in enumerate(pairs):
        for end, row in enumerate(pair):
            picture = Image.open(io.BytesIO(real.thumbnails[row])).convert("RGB")
            picture.thumbnail((side, side))
            drawn.paste(picture, (place % columns * (2 * side + 8) + end * side, place // columns * (side + 4)))
    drawn.save(path)
    print(f"{len(pairs)} pairs of originals on {path}")


def _saved(photo: Image.Image, picture_format: str, quality: int) -> bytes:
    file = io.BytesIO()
    photo.save(file, picture_format, quality=quality)
    return file.getvalue()


def _scaled(photo: Image.Image, factor: float) -> Image.Image:
    return photo.resize((round(photo.width * factor), round(photo.height * factor)), Image.Resampling.LANCZOS)


def _cut(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    left, top, right, bottom = rng.uniform(0.01, 0.08, 4)
    width, height = photo.size
    ends = (round(left * width), round(top * height), width - round(right * width), height - round(bottom * height))
    return photo.crop(ends)


def _pictures(photos: Photos) -> SmallPictures:
    return small_pictures(photos.thumbnails, len(photos.thumbnails))


def _one_of_equals(photos: Photos) -> np.ndarray:
    """(n,) int64: the first photo with the same pixels; the thumbnails of equal pixels have equal bytes."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(picture, row) for row, picture in enumerate(photos.thumbnails)])


def _candidate_shares(photos: Photos, n_real: int, n_copies: int) -> str:
    """Share of the copies that are compared with their original at all, by ``duplicate_candidates``."""
    views = glances(_pictures(photos), np.arange(len(photos.hashes)))
    shares = []
    for k in _CANDIDATES:
        pairs = look_alike_pairs(views, k)
        met = {(int(a), int(b)) for a, b in pairs[pairs[:, 1] - pairs[:, 0] == n_real]}
        equal = sum(photos.hashes[i] == photos.hashes[n_real + i] for i in range(n_copies))
        shares.append(f"{(len(met) + equal) / n_copies:.4f} at {k}")
    return ", ".join(shares)


def _shares(hit: np.ndarray, n_home: int) -> str:
    home, shop = hit[..., :n_home], hit[..., n_home:]
    return "  ".join(
        f"{place} {part.mean():.4f} ({part.sum()} of {part.size})"
        for place, part in (("homes", home), ("shop", shop), ("both", hit))
        if part.size
    )


def _told(pairs: set[tuple[int, int]], n: int, real: Photos, names: Sequence[str]) -> str:
    named = sum(names[a] == names[b] != "" for a, b in pairs)
    repeats = n - len(set(real.hashes))
    return (
        f"{len(pairs)} false pairs = {len(pairs) / n:.3%} of the photos, {named} of them with equal names"
        f" ({repeats} exact repeats are not counted)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=int, default=1000, help="photos from homes that are copied")
    parser.add_argument("--shop", type=int, default=2000, help="photos of the shop that are copied")
    parser.add_argument("--others", type=int, default=4000, help="further photos of the shop")
    parser.add_argument("--sheet", type=Path, help="picture of the false pairs")
    chosen = parser.parse_args()
    main(chosen.data, chosen.home, chosen.shop, chosen.others, chosen.sheet)
