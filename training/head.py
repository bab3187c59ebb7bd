"""Step 3 of the shipped weights: fit the head anew, on the features of the finished backbone.

    python training/head.py training/work 64

The backbone changes until its last step, and the head runs after it. With the features fixed, a pass over all
photos costs seconds, and the head gets many. Writes ``head.safetensors``, in the form of a checkpoint.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from lookgraph.encoder.model import Encoder
from train import Heads, learning_rate, parameter_groups, read_targets

HOME_A_BATCH, PRODUCTS_A_BATCH, STEPS = 192, 320, 1400
PEAK_LR, FEATURE_DROPOUT = 1e-3, 0.3


def extract(encoder: Encoder, pixels: np.ndarray, rows: np.ndarray, side_px: int, flip: bool) -> np.ndarray:
    """(n, 2048) float32 features of the chosen photos, mirrored or not."""
    parts, began = [], time.monotonic()
    for begin in range(0, len(rows), 64):
        chosen = [Image.fromarray(p) for p in pixels[rows[begin : begin + 64]]]
        small = np.stack([np.asarray(p.resize((side_px, side_px), Image.Resampling.BICUBIC)) for p in chosen])
        planes = torch.from_numpy(small[:, :, ::-1].copy() if flip else small).permute(0, 3, 1, 2).float()
        with torch.inference_mode():
            parts.append(encoder.features(planes.contiguous(memory_format=torch.channels_last)).numpy())
        if begin % 6400 == 0:
            print(f"features {begin}/{len(rows)}, {time.monotonic() - began:.0f} s", flush=True)
    return np.concatenate(parts)


def fit(encoder: Encoder, features: Tensor, rows: np.ndarray, is_home: np.ndarray, work: Path) -> Heads:
    """Train head and proxies with AdamW; home photos are a fixed share of every batch."""
    targets, classes, _, _ = read_targets(work)
    generator = torch.Generator().manual_seed(0)
    rng = np.random.default_rng(0)
    heads = Heads(classes)
    groups = parameter_groups(encoder.head, heads)
    optimizer = torch.optim.AdamW(groups, lr=PEAK_LR)
    home, products = np.flatnonzero(is_home), np.flatnonzero(~is_home)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step / STEPS, PEAK_LR)
        batch = np.concatenate([rng.choice(home, HOME_A_BATCH), rng.choice(products, PRODUCTS_A_BATCH)])
        seen = features[torch.from_numpy(batch)]
        kept = torch.rand(seen.shape, generator=generator) >= FEATURE_DROPOUT
        seen = seen * kept / (1 - FEATURE_DROPOUT)
        labels = {name: values[torch.from_numpy(rows[batch])] for name, values in targets.items()}
        loss = heads.loss(seen, functional.normalize(encoder.head(seen), dim=1), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if (step + 1) % 200 == 0:
            print(f"head {step + 1}/{STEPS} loss {loss.item():.3f}", flush=True)
    return heads


def main(work: Path, side_px: int) -> None:
    torch.manual_seed(0)
    tensors = load_file(work / "both.safetensors")
    encoder = Encoder()
    encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in tensors.items() if k.startswith("encoder.")})
    encoder.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _, _, source, split = read_targets(work)
    pixels = np.load(work / "pixels.npy", mmap_mode="r")
    train, home = np.flatnonzero(split == "train"), np.flatnonzero((split == "train") & (source == "home"))
    rows = np.concatenate([train, home])
    features = np.concatenate(
        [extract(encoder, pixels, train, side_px, flip=False), extract(encoder, pixels, home, side_px, flip=True)]
    )
    heads = fit(encoder, torch.from_numpy(features), rows, source[rows] == "home", work)
    whole = {f"encoder.{k}": v.contiguous() for k, v in encoder.state_dict().items()}
    save_file(whole | {f"heads.{k}": v.contiguous() for k, v in heads.state_dict().items()}, work / "head.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
