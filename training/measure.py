"""Step 4 of the shipped weights: measure a checkpoint on photos that it never saw.

    python training/measure.py training/work shop 64     # the cross-place test: home photos, never seen
    python training/measure.py training/work head 64     # held-out products, held-out contributors

Every photo searches all the others of its kind: home photos those of other contributors, held-out products
the training products (no equal name and no near duplicate among them). Prints P@1 and mAP@10 with 95% bootstrap
intervals over contributors (home) or names (products), beside a padded HOG descriptor and raw pixels.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from safetensors.torch import load_file
from skimage.feature import hog

from lookgraph.encoder.model import Encoder
from lookgraph.evaluate.bootstrap import GroupBootstrap, micro_mean
from lookgraph.evaluate.retrieval import score_queries

Describe = Callable[[np.ndarray], np.ndarray]
_DEPTH = 10
_GALLERY = 8000


def encoder_space(path: Path, side_px: int) -> Describe:
    tensors = load_file(path)
    encoder = Encoder()
    encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in tensors.items() if k.startswith("encoder.")})
    encoder.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def describe(pixels: np.ndarray) -> np.ndarray:
        parts = []
        for begin in range(0, len(pixels), 64):
            small = np.stack([_resize(p, side_px) for p in pixels[begin : begin + 64]])
            planes = torch.from_numpy(small).permute(0, 3, 1, 2).float()
            parts.append(encoder(planes.contiguous(memory_format=torch.channels_last)).numpy())
        return np.concatenate(parts)

    return describe


def hog_space(pixels: np.ndarray) -> np.ndarray:
    grey = [np.asarray(Image.fromarray(p).convert("L").resize((64, 64), Image.Resampling.BILINEAR)) for p in pixels]
    return np.stack([hog(g, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for g in grey]).astype("f4")


def pixel_space(pixels: np.ndarray) -> np.ndarray:
    small = np.stack([_resize(p, 32) for p in pixels]).reshape(len(pixels), -1).astype(np.float32)
    centred: np.ndarray = small - small.mean(axis=1, keepdims=True)
    return centred


def _resize(pixels: np.ndarray, side_px: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((side_px, side_px), Image.Resampling.BICUBIC))


def report(title: str, queries: np.ndarray, gallery: np.ndarray, group: np.ndarray, labels: dict[str, np.ndarray],
           same_place: bool) -> None:  # fmt: skip
    """Search the gallery from the queries, leaving out a query's own group where ``same_place``."""
    queries = queries / np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
    gallery = gallery / np.maximum(np.linalg.norm(gallery, axis=1, keepdims=True), 1e-9)
    if same_place:
        cosine = queries @ gallery.T
        cosine[group[:, None] == group[None, :]] = -2
        found = np.argsort(-cosine, axis=1)[:, :_DEPTH]
    else:
        _, found = faiss.knn(queries, gallery, _DEPTH, metric=faiss.METRIC_INNER_PRODUCT)
    bootstrap = GroupBootstrap(group, 1000, np.random.default_rng(0))
    for name, label in labels.items():
        query_label, gallery_label = (label, label) if same_place else (label[: len(queries)], label[len(queries) :])
        relevant = (gallery_label[found] == query_label[:, None]) & (query_label[:, None] >= 0)
        if same_place:
            n_relevant = ((label[:, None] == label[None, :]) & (group[:, None] != group[None, :])).sum(1)
        else:
            n_relevant = np.where(query_label >= 0, (gallery_label[None] == query_label[:, None]).sum(1), 0)
        scores = score_queries(relevant, n_relevant)
        low, high = np.percentile(bootstrap.micro(scores), (2.5, 97.5), axis=0)
        cells = [f"{micro_mean(scores[:, j]):.3f} [{low[j]:.3f}, {high[j]:.3f}]" for j in (0, 3)]
        print(f"{title:34s} {name:13s} P@1 {cells[0]}  mAP@10 {cells[1]}", flush=True)


def codes(values: list[str | None]) -> np.ndarray:
    index = {v: i for i, v in enumerate(sorted({v for v in values if v is not None}))}
    return np.array([index.get(v, -1) if v is not None else -1 for v in values])


def main(work: Path, phase: str, side_px: int, checkpoint: Path) -> None:
    pixels = np.load(work / "pixels.npy", mmap_mode="r")
    table = pq.read_table(work / "targets.parquet")
    source, split = table["source"].to_numpy(), table["split"].to_numpy()
    _, group = np.unique(table["group"].to_numpy(), return_inverse=True)
    spaces = {"encoder": encoder_space(checkpoint, side_px), "hog": hog_space, "pixels": pixel_space}
    home = np.flatnonzero((source == "home") & ((split == "held-out") | (phase == "shop")))
    queries = np.flatnonzero((source == "products") & (split == "held-out"))
    train = np.flatnonzero((source == "products") & (split == "train"))
    gallery = np.sort(np.random.default_rng(0).choice(train, min(_GALLERY, len(train)), replace=False))
    both = np.concatenate([queries, gallery])
    kind, colour = codes(table["article_type"].to_pylist()), codes(table["base_colour"].to_pylist())
    labels = {
        "article_type": kind,
        "base_colour": colour,
        "both": np.where((kind < 0) | (colour < 0), -1, kind * 100 + colour),
    }
    category = codes(table["category"].to_pylist())
    for name, describe in spaces.items():
        report(
            f"home photos ({phase}) {name}",
            *(2 * (describe(pixels[home]),)),
            group[home],
            {"category": category[home]},
            True,
        )
    for name, describe in spaces.items():
        vectors = describe(pixels[queries]), describe(pixels[gallery])
        labelled = {k: v[both] for k, v in labels.items()}
        report(f"held-out products ({phase}) {name}", *vectors, group[queries], labelled, False)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    which = sys.argv[2]
    main(folder, which, int(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else folder / f"{which}.safetensors")
