"""Step 5 of the shipped weights: measure a weights folder on photos that it never saw.

    python training/measure.py DATA training/work training/work/weights
    python training/measure.py DATA training/work training/work/shop    # never saw a home: another place
    python training/measure.py DATA training/work training/work/home    # never saw the shop: another place
    python training/measure.py DATA training/work hog                   # also: pixels, untrained

Products that were held out search the training products (no equal name and no near duplicate among them); home photos
search the photos of the other contributors: the held-out contributors' among themselves, and, for weights that never
saw a home, all of them. Held-out products also search each other, where no training photo helps. Prints a table:
precision at 1 and 10, mAP at 10, the accuracy of a vote of 10 neighbours and of a linear probe, with 95% bootstrap
intervals over contributors or names; and writes it as JSON beside the packed photos.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression

from lookgraph.config import EncoderSettings, PhotoSettings
from lookgraph.encoder import EmbeddingRuntime, Encoder, content_key, load_encoder
from lookgraph.evaluate.baselines import picture_vectors
from lookgraph.evaluate.bootstrap import GroupBootstrap, micro_mean
from lookgraph.evaluate.retrieval import DEPTH, score_queries
from lookgraph.photos import decode
from lookgraph.photos.photo import encoder_pixels
from lookgraph.processor import native_bfloat16
from lookgraph.progress import Silent
from lookgraph.vector_search import faiss
from pack import home_photos, products

Rows = list[tuple[bytes, dict[str, Any]]]
Describe = Callable[[list[bytes]], np.ndarray]
PROBE_PHOTOS = 8000
BOTH = "type and colour"
SCORES = ("P@1", "P@10", "mAP@10", "10 neighbours", "linear probe")


@dataclass(frozen=True)
class Place:
    """Where photos search photos.

    Attributes:
        photos: n files' bytes.
        group: (n,) int64: photos of one name or contributor.
        labels: Column to (n,) int64 classes, -1 where unknown.
        queries: (n_queries,) positions.
        gallery: (n_gallery,) positions; an answer of the query's own group is passed over.
        train: (n_train,) positions from which a linear probe learns.
    """

    photos: list[bytes]
    group: np.ndarray
    labels: dict[str, np.ndarray]
    queries: np.ndarray
    gallery: np.ndarray
    train: np.ndarray


def read_places(data: Path, work: Path, seen: np.ndarray) -> dict[str, Place]:
    """The places to measure in, for weights that were trained on the photos whose keys are ``seen``."""
    table = pq.read_table(work / "photos.parquet", columns=["content_hash", "split", "source", "group"])
    split, source = table["split"].to_numpy(), table["source"].to_numpy()
    is_seen = np.isin([content_key(value) for value in table["content_hash"].to_pylist()], seen)
    _, group = np.unique(table["group"].to_numpy(), return_inverse=True)
    shop, homes = source == "products", source == "home"

    def place(rows: Rows, of_place: np.ndarray, columns: Sequence[str], queries: np.ndarray) -> Place:
        labels = {column: codes([row[column] for _, row in rows]) for column in columns}
        train = np.flatnonzero(split[of_place] == "train")
        gallery = train if of_place is shop else queries
        return Place([content for content, _ in rows], group[of_place], labels, queries, gallery, train)

    held_out = {name: np.flatnonzero(split[of] == "held-out") for name, of in (("shop", shop), ("homes", homes))}
    shop_rows, home_rows = list(products(data / "fashion-products")), list(home_photos(data / "clothing"))
    places = {
        "held-out products": place(shop_rows, shop, ("article_type", "base_colour"), held_out["shop"]),
        "held-out homes": place(home_rows, homes, ("category",), held_out["homes"]),
    }
    kind, colour = places["held-out products"].labels.values()
    both = np.where((kind < 0) | (colour < 0), -1, kind * 1000 + colour)
    places["held-out products"].labels[BOTH] = both
    among = replace(places["held-out products"], gallery=held_out["shop"])
    places["held-out products among themselves"] = among
    if not is_seen[homes].any():
        places["all homes"] = place(home_rows, homes, ("category",), np.arange(len(home_rows)))
    return places


def codes(values: list[str | None]) -> np.ndarray:
    index = {value: i for i, value in enumerate(sorted({v for v in values if v is not None}))}
    return np.array([-1 if v is None else index[v] for v in values])


def describe_with(weights: str, precision: str) -> tuple[Describe, np.ndarray]:
    """The space of a weights folder, or a baseline by name; and the keys of the photos it was trained on."""
    limits = PhotoSettings()
    if weights in BASELINES:
        return BASELINES[weights], np.zeros(0, np.uint64)
    encoder = load_encoder(weights)
    runtime = EmbeddingRuntime(encoder, EncoderSettings.model_validate({"precision": precision}))

    def embeddings(photos: list[bytes]) -> np.ndarray:
        parts = []
        for begin in range(0, len(photos), 512):
            part = photos[begin : begin + 512]
            parts.append(runtime.embed(np.stack([encoder_pixels(p, limits, encoder.side_px) for p in part])))
        return np.concatenate(parts)

    return embeddings, encoder.seen


def padded_hog(photos: list[bytes]) -> np.ndarray:
    """(n, 1764) histograms of oriented gradients of photos padded to a square."""

    def picture(i: int) -> Image.Image:
        return decode(photos[i], PhotoSettings())

    return picture_vectors(picture, np.arange(len(photos)), Silent())[1]


def raw_pixels(photos: list[bytes]) -> np.ndarray:
    """(n, 3072) 32 x 32 RGB pixels less the mean photo."""
    flat: np.ndarray = np.stack([encoder_pixels(photo, PhotoSettings(), 32).ravel() for photo in photos]).astype(
        np.float32
    )
    flat -= flat.mean(axis=0)
    return flat


@torch.inference_mode()
def untrained_features(photos: list[bytes]) -> np.ndarray:
    """(n, 2048) features of a ResNet-50 with random weights, less their mean."""
    torch.manual_seed(0)
    network, parts = Encoder().eval().to(memory_format=torch.channels_last), []  # type: ignore[call-overload]
    for begin in range(0, len(photos), 128):
        pixels = np.stack([encoder_pixels(photo, PhotoSettings(), 64) for photo in photos[begin : begin + 128]])
        with torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16()):
            parts.append(network.features(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).float().numpy())
    features: np.ndarray = np.concatenate(parts)
    features -= features.mean(axis=0)
    return features


BASELINES: dict[str, Describe] = {"hog": padded_hog, "pixels": raw_pixels, "untrained": untrained_features}


def search(place: Place, vectors: np.ndarray) -> np.ndarray:
    """(n_queries, 10) positions, most similar first, none of the query's own group."""
    n_own = np.bincount(place.group[place.gallery], minlength=int(place.group.max()) + 1)[place.group[place.queries]]
    depth = min(len(place.gallery), DEPTH + int(n_own.max()))
    _, found = faiss.knn(
        vectors[place.queries], vectors[place.gallery], depth, metric=faiss.METRIC_INNER_PRODUCT
    )  # fmt: skip
    positions = place.gallery[found]
    own = place.group[positions] == place.group[place.queries][:, None]
    order = np.argsort(own, axis=1, kind="stable")[:, :DEPTH]
    return np.take_along_axis(positions, order, 1)


def score(place: Place, vectors: np.ndarray) -> dict[str, dict[str, list[float]]]:
    found = search(place, vectors)
    bootstrap = GroupBootstrap(place.group[place.queries], 1000, np.random.default_rng(0))
    probes = {name: linear_probe(place, vectors, label) for name, label in place.labels.items() if name != BOTH}
    if BOTH in place.labels:
        probes[BOTH] = np.prod(list(probes.values()), axis=0)  # each told by its own probe
    results = {}
    for name, label in place.labels.items():
        wanted, got = label[place.queries], label[found]
        relevant = (got == wanted[:, None]) & (wanted[:, None] >= 0)
        scores = score_queries(relevant, count_relevant(place, label))[:, [0, 2, 3]]
        votes = np.array([np.bincount(g[g >= 0], minlength=1).argmax() for g in got])
        told = np.where(wanted >= 0, votes == wanted, np.nan)
        scores = np.column_stack([scores, told, probes[name]])
        low, high = np.nanpercentile(bootstrap.micro(scores), (2.5, 97.5), axis=0)
        results[name] = {
            s: [round(v, 4) for v in (micro_mean(scores[:, j]), low[j], high[j])] for j, s in enumerate(SCORES)
        }
    return results


def count_relevant(place: Place, label: np.ndarray) -> np.ndarray:
    """(n_queries,) photos of the gallery that have the query's label and are not of its group."""
    wanted, group = label[place.queries], place.group[place.queries]
    span = int(place.group.max()) + 1
    _, of_label, n_label = np.unique(label[place.gallery], return_inverse=True, return_counts=True)
    by_label = dict(zip(label[place.gallery].tolist(), n_label[of_label].tolist(), strict=True))
    pairs, n_pair = np.unique(label[place.gallery] * span + place.group[place.gallery], return_counts=True)
    by_pair = dict(zip(pairs.tolist(), n_pair.tolist(), strict=True))
    counts = [
        by_label.get(w, 0) - by_pair.get(w * span + g, 0) for w, g in zip(wanted.tolist(), group.tolist(), strict=True)
    ]
    return np.where(wanted >= 0, counts, 0)


def linear_probe(place: Place, vectors: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(n_queries,) float: 1 where a logistic regression tells the class right, else 0, NaN where it was not asked."""
    rng = np.random.default_rng(0)
    train = place.train[(label[place.train] >= 0) & ~np.isin(place.train, place.queries)]
    if not len(train):  # every photo is a query: two halves by group
        half = rng.random(int(place.group.max()) + 1) < 0.5
        train = np.flatnonzero(half[place.group] & (label >= 0))
    train = rng.permutation(train)[:PROBE_PHOTOS]
    asked = (label[place.queries] >= 0) & ~np.isin(place.group[place.queries], place.group[train])
    test = place.queries[asked]
    probe = LogisticRegression(C=10.0, max_iter=100).fit(vectors[train], label[train])
    right = np.full(len(place.queries), np.nan)
    right[asked] = probe.predict(vectors[test]) == label[test]
    return right


def main(data: Path, work: Path, weights: str, precision: str = "auto") -> None:
    describe, seen = describe_with(weights, precision)
    report, described = {}, {}
    for name, place in read_places(data, work, seen).items():
        if (known := id(place.photos[0])) not in described:  # the homes are there twice
            described[known] = describe(place.photos)
        vectors = np.ascontiguousarray(described[known], np.float32)
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        report[name] = score(place, vectors)
        for label, row in report[name].items():
            cells = [f"{v[0]:.3f}" + (f" [{v[1]:.3f}, {v[2]:.3f}]" if len(v) > 1 else "") for v in row.values()]
            print(f"| {Path(weights).name} {precision} | {name}: {label} | {' | '.join(cells)} |", flush=True)
    (work / f"scores-{Path(weights).name}-{precision}.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
