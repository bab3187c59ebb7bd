"""Where does a studio's white background begin, and what could stand there instead?"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

_WHITE: Final = 232  # of 255, the darkest channel of what counts as studio white
_CUT_OUT_FRACTION: Final = (0.15, 0.97)  # how much of a cut-out's picture is background


def studio_background(pixels: np.ndarray) -> np.ndarray:
    """Find the near-white region that touches the border.

    Args:
        pixels: (height, width, 3) uint8.

    Returns:
        (height, width) bool; nothing where the photo is no cut-out on white.
    """
    white = pixels.min(axis=2) > _WHITE
    labels, _ = ndimage.label(white)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    mask = np.isin(labels, border[border > 0])
    low, high = _CUT_OUT_FRACTION
    return mask if low < mask.mean() < high else np.zeros_like(mask)


def background_textures(photos: Tensor, n: int, side_px: int, generator: torch.Generator) -> Tensor:
    """Make backgrounds: half are drawn (grain at several scales, planks), half are close views into photos.

    Args:
        photos: (n_photos, height, width, 3) uint8 to look into; none: all are drawn.
        n: How many.
        side_px: Their side.
        generator: The only source of chance.

    Returns:
        (n, 3, side_px, side_px) uint8.
    """
    n_seen = n // 2 if len(photos) else 0
    made = [_drawn(n - n_seen, side_px, generator)]
    if n_seen:
        made.append(_close_views(photos, n_seen, side_px, generator))
    return torch.cat(made).clamp_(0, 255).to(torch.uint8)


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(n, 1, 1, 1) float32, each in low..high: one number a picture."""
    return torch.rand(n, 1, 1, 1, generator=generator, device=generator.device) * (high - low) + low


def normal(*shape: int, generator: torch.Generator) -> Tensor:
    """Standard normal numbers, on the generator's device."""
    return torch.randn(*shape, generator=generator, device=generator.device)


def chance(n: int, fraction: float, generator: torch.Generator) -> Tensor:
    """(n, 1, 1, 1) bool: true for about a fraction of the pictures."""
    return torch.rand(n, 1, 1, 1, generator=generator, device=generator.device) < fraction


def _drawn(n: int, side: int, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(n, 3, 1, 1, generator=generator, device=generator.device) * 235 + 10
    drawn = drawn.expand(n, 3, side, side).clone()
    for cells in (2, 6, 24, side):
        grain = normal(n, 1, cells, cells, generator=generator)
        tint = normal(n, 3, cells, cells, generator=generator) * 0.3
        grown = functional.interpolate(grain + tint, (side, side), mode="bilinear", align_corners=False)
        drawn += grown * uniform(n, 0, 22, generator)
    across = torch.linspace(0, 1, side, device=generator.device).view(1, 1, 1, side) * uniform(n, 10, 90, generator)
    has_planks = chance(n, 0.35, generator).float()
    planks = (torch.sin(across) * uniform(n, -25, 25, generator) * has_planks).expand(n, 1, side, side)
    turned = chance(n, 0.5, generator)
    return drawn + torch.where(turned, planks.transpose(2, 3), planks)


def _close_views(photos: Tensor, n: int, side: int, generator: torch.Generator) -> Tensor:
    """Fabric, mostly: a window of a third to a half of a photo's side around its middle."""
    chosen = torch.randint(len(photos), (n,), generator=generator, device=generator.device)
    scale = uniform(n, 1 / 3, 1 / 2, generator).flatten()
    angle = uniform(n, -math.pi, math.pi, generator).flatten()
    shift = uniform(2 * n, -0.25, 0.25, generator).view(n, 2)
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    theta = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    source = photos[chosen].permute(0, 3, 1, 2).float()
    grid = functional.affine_grid(theta, [n, 3, side, side], align_corners=False)
    return functional.grid_sample(source, grid, padding_mode="reflection", align_corners=False)
