"""Step 4 of the shipped weights: write a phase's result as a weights folder, with its int8 model.

    python training/export.py training/work mixed 80 src/lookgraph/encoder/weights mixed-sharp  # sharpen.py's
    python training/export.py training/work shop 64 training/work/shop

The statistics of the batch normalisations are taken anew, on photos as they are at inference: whole, unchanged, and of
its size. Those of the training are of augmented views.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from PIL import Image
from safetensors.torch import load_file

from lookgraph.encoder.model import Encoder
from lookgraph.encoder.quantize import CALIBRATION_PHOTOS, write_int8
from lookgraph.encoder.weights import content_key, load_encoder, save_encoder
from lookgraph.photos import square
from lookgraph.processor import native_bfloat16
from train import PHASES, part

STATISTICS_BATCHES, MIX = 24, {"products": 96, "home": 32}
NAMES = {"products": "Fashion Product Images (Small)", "home": "Clothing dataset (full)"}


def renew_statistics(encoder: Encoder, photos: dict[str, list[bytes]], side_px: int) -> None:
    """Set every batch normalisation to the statistics of unchanged training photos, mixed as in training."""
    rng = np.random.default_rng(1)
    for module in encoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean over all batches
    encoder.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16()):
        for _ in range(STATISTICS_BATCHES):
            chosen = [p for source, n in MIX.items() if source in photos for p in pick(rng, photos[source], n)]
            pixels = torch.from_numpy(np.stack([small(photo, side_px) for photo in chosen]))
            encoder.features(pixels.permute(0, 3, 1, 2).float())
    encoder.eval()


def pick(rng: np.random.Generator, photos: list[bytes], n: int) -> list[bytes]:
    return [photos[int(i)] for i in rng.integers(0, len(photos), n)]


def small(photo: bytes, side_px: int) -> np.ndarray:
    return square(Image.open(io.BytesIO(photo)).convert("RGB"), side_px)


def training_photos(work: Path, sources: set[str]) -> dict[str, list[bytes]]:
    """The files of the training photos, by source."""
    table = pq.read_table(work / "photos.parquet", columns=["photo", "source", "split"])
    train = table.filter(pc.equal(table["split"], "train"))
    return {s: train.filter(pc.equal(train["source"], s))["photo"].to_pylist() for s in sources}


def main(work: Path, phase: str, side_px: int, folder: Path, tensors_of: str = "") -> None:
    tensors = load_file(work / f"{tensors_of or phase}.safetensors")
    encoder = Encoder()
    encoder.load_state_dict(part(tensors, "encoder.") | part(tensors, "average."))
    sources, steps, before = set(PHASES[phase].batch), 0, phase
    while before:
        steps, before = steps + PHASES[before].steps, PHASES[before].start_from
    table = pq.read_table(work / "photos.parquet")
    table = table.filter(pc.is_in(table["source"], pa.array(sorted(sources))))
    # Products left out of training for looking like a held-out one count as seen: they may have twins among the rest.
    seen = table.filter(pc.not_equal(table["split"], "held-out"))
    renew_statistics(encoder, training_photos(work, sources), side_px)
    save_encoder(
        encoder,
        folder,
        side_px=side_px,
        trained_on=" and ".join(NAMES[s] for s in sorted(sources, reverse=True))
        + ", held-out names and homes left out",
        training_steps=steps,
        seen=[content_key(value) for value in seen["content_hash"].to_pylist()],
    )
    train = table.filter(pc.equal(table["split"], "train"))
    rows = np.random.default_rng(0).permutation(len(train))[:CALIBRATION_PHOTOS]
    write_int8(load_encoder(folder), np.stack([small(train["photo"][int(row)].as_py(), side_px) for row in rows]))
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    print(load_encoder(folder).digest, sizes)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
