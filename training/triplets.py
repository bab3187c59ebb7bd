"""What does the embedding weigh: colour, print or shape? Measured on garments whose differences are planted.

    python training/triplets.py DATA training/work training/work/weights [SHEET.png]

Held-out studio products that are pale and plain are dyed in eight colours and printed with six prints, so that
garments differ in exactly what is meant to differ. Each anchor (a cut, a colour, a print) is compared with a photo that
shares two of the three with it, and with one that shares none, or another:

    a change of colour   same cut, same print, other colour
    a change of print    same cut, same colour, other print
    a change of cut      same colour, same print, another kind of garment

For each pair of changes, the share of anchors for which the first stays closer than the second is printed with its
95% interval over garments; and the mean cosine of each. Every one of the three counts if each change alone is further
from the anchor than the same garment in another light, and nearer than a garment that shares nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from lookgraph.config import EncoderSettings, PhotoSettings
from lookgraph.encoder import EmbeddingRuntime, load_encoder
from lookgraph.encoder.training.backgrounds import studio_background
from lookgraph.evaluate.bootstrap import GroupBootstrap
from lookgraph.photos import decode, square
from measure import read_places
from pack import products

KINDS = ("Tshirts", "Shirts", "Tops", "Dresses", "Kurtas", "Shorts", "Trousers", "Skirts", "Handbags", "Sweatshirts")
COLOURS = {
    "red": (190, 30, 40), "blue": (35, 70, 170), "green": (40, 130, 60), "yellow": (225, 190, 40),
    "pink": (235, 130, 170), "brown": (110, 70, 45), "black": (40, 40, 42), "purple": (110, 50, 140),
}  # fmt: skip
PRINTS = ("plain", "stripes", "checks", "dots", "zigzag", "leopard")
CHANGES = ("light", "colour", "print", "cut", "colour and print", "all three")
PER_KIND, SIDE = 12, 160


def print_mask(name: str, side: int, rng: np.random.Generator) -> np.ndarray:
    """(side, side) float in 0..1: where a print is pale."""
    mask: np.ndarray = np.zeros((side, side))
    y, x = np.mgrid[:side, :side] / side
    waves = 2 * np.pi * 9
    if name == "plain":
        return mask
    if name == "stripes":
        mask = (np.sin(waves * y) > 0.2).astype(float)
    elif name == "checks":
        mask = 0.5 * (np.sin(waves * y) > 0.2) + 0.5 * (np.sin(waves * x) > 0.2)
    elif name == "dots":
        mask = (np.sin(waves * x) * np.sin(waves * y) > 0.45).astype(float)
    elif name == "zigzag":
        mask = (np.sin(waves * (y + 0.04 * np.abs((x * 18) % 2 - 1))) > 0.2).astype(float)
    else:
        spots = ndimage.gaussian_filter(rng.standard_normal((side, side)), 3)
        mask = (np.abs(spots) < 0.35 * spots.std()).astype(float)
    return mask


def dye(garment: np.ndarray, empty: np.ndarray, colour: str, pattern: np.ndarray) -> np.ndarray:
    """Give a pale garment a colour and a print; folds and seams stay."""
    shade = garment.mean(axis=2, keepdims=True) / np.percentile(garment[~empty].mean(axis=1), 90)
    cloth = np.array(COLOURS[colour], float) * (1 - pattern[..., None]) + 245 * pattern[..., None]
    dyed: np.ndarray = np.clip(cloth * np.clip(shade, 0.25, 1.1), 0, 255)
    inside = ndimage.gaussian_filter((~empty).astype(float), 0.8)[..., None]
    blended: np.ndarray = (dyed * inside + garment * (1 - inside)).astype(np.uint8)
    return blended


def pale_garments(data: Path, work: Path) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Held-out products that can be dyed: pixels, backgrounds and kinds."""
    place = read_places(data, work, np.zeros(0, np.uint64))["held-out products"]
    kinds = [row["article_type"] for _, row in products(data / "fashion-products")]
    garments: list[np.ndarray] = []
    empties: list[np.ndarray] = []
    chosen: list[str] = []
    for at in place.queries:
        if kinds[at] not in KINDS or chosen.count(kinds[at]) >= PER_KIND:
            continue
        pixels = square(decode(place.photos[at], PhotoSettings()), SIDE)
        empty = studio_background(pixels)
        inside = pixels[~empty].astype(float)
        pale = empty.any() and inside.mean() > 150 and np.ptp(inside, axis=1).mean() < 28
        if pale:
            garments.append(pixels)
            empties.append(empty)
            chosen.append(kinds[at])
    return garments, empties, np.array(chosen)


def other(values: tuple[str, ...], value: str, rng: np.random.Generator) -> str:
    return str(rng.choice([v for v in values if v != value]))


def compose(data: Path, work: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 1 + changes, side, side, 3) uint8 anchors and their changes, each anchor's garment, and its kind."""
    garments, empties, kinds = pale_garments(data, work)
    rng = np.random.default_rng(0)
    rows, of_garment = [], []
    for at, kind in enumerate(kinds):
        others = np.flatnonzero(kinds != kind)
        for _ in range(4):
            colour, pattern = str(rng.choice(list(COLOURS))), str(rng.choice(PRINTS))
            colour_2, pattern_2 = other(tuple(COLOURS), colour, rng), other(PRINTS, pattern, rng)
            elsewhere, seed = int(rng.choice(others)), int(rng.integers(1 << 30))

            def made(garment: int, hue: str, name: str, seed: int = seed) -> np.ndarray:
                mask = print_mask(name, SIDE, np.random.default_rng(seed))
                return dye(garments[garment].astype(float), empties[garment], hue, mask)

            anchor = made(at, colour, pattern)
            light = np.clip(anchor.astype(float) * 0.82, 0, 255).astype(np.uint8)
            changed = [made(at, colour_2, pattern), made(at, colour, pattern_2), made(elsewhere, colour, pattern)]
            more = [made(at, colour_2, pattern_2), made(elsewhere, colour_2, pattern_2)]
            rows.append(np.stack([anchor, light, *changed, *more]))
            of_garment.append(at)
    return np.stack(rows), np.array(of_garment), kinds


def main(data: Path, work: Path, weights: str, sheet: str = "") -> None:
    pictures, garment, kinds = compose(data, work)
    if sheet:
        shown = pictures[:: max(1, len(pictures) // 12)][:12]
        Image.fromarray(np.concatenate([np.concatenate(list(row), 1) for row in shown])).save(sheet)
    encoder = load_encoder(weights)
    runtime = EmbeddingRuntime(encoder, EncoderSettings())
    flat = [square(Image.fromarray(p), encoder.side_px) for p in pictures.reshape(-1, *pictures.shape[2:])]
    vectors = runtime.embed(np.stack(flat)).reshape(*pictures.shape[:2], -1)
    cosine = np.einsum("nd,ncd->nc", vectors[:, 0], vectors[:, 1:])
    print(f"{len(pictures)} anchors of {len(kinds)} garments, {len(set(kinds))} kinds")
    for name, column in zip(CHANGES, cosine.T, strict=True):
        print(f"| change of {name} | mean cosine {column.mean():.3f} |")
    bootstrap = GroupBootstrap(garment, 1000, np.random.default_rng(0))
    for i, first in enumerate(CHANGES):
        for j in range(i + 1, len(CHANGES)):
            closer = (cosine[:, i] > cosine[:, j]).astype(float)[:, None]
            low, high = np.percentile(bootstrap.micro(closer), (2.5, 97.5))
            print(f"| {first} stays closer than {CHANGES[j]} | {closer.mean():.3f} [{low:.3f}, {high:.3f}] |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
