"""Learning on frozen features: a head, or only the objective's proxies and heads, in minutes."""

from __future__ import annotations

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from data import PhotoSet
from lookgraph.encoder.model import Encoder
from lookgraph.encoder.training.augment import Views, augment
from lookgraph.encoder.training.backgrounds import background_textures
from lookgraph.encoder.training.objective import Objective
from lookgraph.photos import square
from lookgraph.processor import native_bfloat16

_BATCH = 256


@torch.inference_mode()
def features_of(encoder: Encoder, photos: PhotoSet, side_px: int, views: Views | None, seed: int = 0) -> Tensor:
    """(n, 2048) float32 features of every photo, unchanged, or of one view of each."""
    generator, parts = torch.Generator().manual_seed(seed), []
    textures = background_textures(photos.pixels[:4000, 8:72, 8:72], 256, 96, generator)
    encoder.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for begin in range(0, len(photos), _BATCH):
        pixels = photos.pixels[begin : begin + _BATCH]
        if views is None:
            fitted = [square(Image.fromarray(picture), side_px) for picture in pixels.numpy()]
            images = torch.from_numpy(np.stack(fitted)).permute(0, 3, 1, 2).float()
        else:
            images = augment(pixels, photos.background[begin : begin + _BATCH], textures, side_px, views, generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16()):
            parts.append(encoder.features(images.contiguous(memory_format=torch.channels_last)).float())
    return torch.cat(parts)


def fit(
    head: nn.Module, objective: Objective, sources: list[tuple[Tensor, PhotoSet]], share: list[int], steps: int,
    peak_lr: float, weight_decay: float, *, learn_head: bool,
) -> None:  # fmt: skip
    """Fit the objective to features of each source, ``share`` of them a step; or the head with its proxies alone."""
    rng = np.random.default_rng(0)
    head.requires_grad_(learn_head)
    parameters = [p for module in (head, objective) for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=peak_lr, weight_decay=weight_decay, fused=True)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = peak_lr * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        rows = [torch.from_numpy(rng.integers(0, len(f), n)) for (f, _), n in zip(sources, share, strict=True)]
        features = torch.cat([f[r] for (f, _), r in zip(sources, rows, strict=True)])
        texts = torch.cat([p.texts[r % len(p)] for (_, p), r in zip(sources, rows, strict=True)])
        labels = {
            target: torch.cat([p.labels[target][r % len(p)] for (_, p), r in zip(sources, rows, strict=True)])
            for target in sources[0][1].labels
        }
        embedding = functional.normalize(head(features), dim=1)
        loss = objective(None if learn_head else features, embedding, labels, texts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 200 == 0:
            print(f"step {step + 1}/{steps} loss {loss.item():.3f}", flush=True)
    head.requires_grad_(True)
