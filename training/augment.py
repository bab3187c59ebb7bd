"""Photographic augmentation of a batch, on the processor, in a few tensor operations.

Shop photos are cut-outs on white and people's photos are not, so the white is replaced by drawn
backgrounds; the camera moves (zoom, turn, shift, flip); light changes a little, and colour only as far
as a named colour keeps its name.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def augment(
    pixels: Tensor,
    background: Tensor,
    side_px: int,
    zoom: tuple[float, float],
    replaced_fraction: float,
    generator: torch.Generator,
) -> Tensor:
    """Show each photo as another camera, in another place, would have taken it.

    Args:
        pixels: (n, 96, 96, 3) uint8.
        background: (n, 96, 96) bool: where a cut-out's white may be replaced.
        side_px: Side of the pictures to make.
        zoom: Smallest and largest share of the side that a view shows.
        replaced_fraction: Share of the cut-outs that get a drawn background.
        generator: The only source of chance.

    Returns:
        (n, 3, side_px, side_px) float32 in 0..255.
    """
    images = pixels.permute(0, 3, 1, 2).float()
    images = _replace_background(images, background.unsqueeze(1).float(), replaced_fraction, generator)
    images = _move_camera(images, side_px, zoom, generator)
    images = _change_light(images, generator)
    return _blur_some(images, generator).clamp_(0, 255)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _replace_background(images: Tensor, mask: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    n, _, side, _ = images.shape
    base = torch.rand(n, 3, 1, 1, generator=generator) * 235 + 10
    grain = torch.zeros(n, 3, side, side)
    for cells in (2, 6, 24, side):
        grey = torch.randn(n, 1, cells, cells, generator=generator)
        tint = torch.randn(n, 3, cells, cells, generator=generator) * 0.3
        strength = _uniform(n, 0, 22, generator).view(n, 1, 1, 1)
        grain += functional.interpolate(grey + tint, (side, side), mode="bilinear", align_corners=False) * strength
    stripes = torch.sin(
        torch.linspace(0, 1, side).view(1, 1, 1, side) * _uniform(n, 10, 90, generator).view(n, 1, 1, 1)
    ) * (_uniform(n, -25, 25, generator) * (torch.rand(n, generator=generator) < 0.35)).view(n, 1, 1, 1)
    turned = (torch.rand(n, generator=generator) < 0.5).view(n, 1, 1, 1)
    stripes = torch.where(turned, stripes.expand(n, 1, side, side).transpose(2, 3), stripes.expand(n, 1, side, side))
    drawn = (base + grain + stripes).clamp(0, 255)
    replaced = (torch.rand(n, generator=generator) < fraction).view(n, 1, 1, 1)
    wider = functional.max_pool2d(mask, 3, 1, 1)  # the JPEG's pale seam goes too
    soft = functional.avg_pool2d(wider, 3, 1, 1) * wider * replaced
    return images * (1 - soft) + drawn * soft


def _move_camera(images: Tensor, side_px: int, zoom: tuple[float, float], generator: torch.Generator) -> Tensor:
    n = len(images)
    scale = torch.exp(_uniform(n, math.log(zoom[0]), math.log(zoom[1]), generator))
    squeeze = torch.exp(_uniform(n, -0.12, 0.12, generator))
    angle = torch.randn(n, generator=generator) * 0.13
    angle += (torch.rand(n, generator=generator) < 0.08) * _uniform(n, -1.6, 1.6, generator)
    flip = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    room = (1 - scale).abs() * 0.9 + 0.05
    shift = (torch.rand(n, 2, generator=generator) * 2 - 1) * room.unsqueeze(1)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack(
        [
            torch.stack([flip * scale * squeeze * cos, -scale * sin, shift[:, 0]], 1),
            torch.stack([flip * scale * sin, scale / squeeze * cos, shift[:, 1]], 1),
        ],
        1,
    )
    source = functional.interpolate(images, (64, 64), mode="area") if side_px <= 48 else images
    grid = functional.affine_grid(theta, [n, 3, side_px, side_px], align_corners=False)
    return functional.grid_sample(source, grid, padding_mode="border", align_corners=False)


def _change_light(images: Tensor, generator: torch.Generator) -> Tensor:
    n = len(images)
    gain = _uniform(n, 0.75, 1.2, generator).view(n, 1, 1, 1)
    warmth = 1 + torch.randn(n, 3, 1, 1, generator=generator) * 0.04
    mean = images.mean((2, 3), keepdim=True)
    contrast = _uniform(n, 0.75, 1.2, generator).view(n, 1, 1, 1)
    grey = images.mean(1, keepdim=True)
    saturation = _uniform(n, 0.75, 1.2, generator).view(n, 1, 1, 1)
    images = grey + (images - grey) * saturation
    images = (images - mean) * contrast + mean
    noise = torch.randn(images.shape, generator=generator) * _uniform(n, 0, 8, generator).view(n, 1, 1, 1)
    return images * gain * warmth + noise


def _blur_some(images: Tensor, generator: torch.Generator) -> Tensor:
    blurred = functional.avg_pool2d(functional.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    chosen = (torch.rand(len(images), generator=generator) < 0.2).view(-1, 1, 1, 1)
    return torch.where(chosen, blurred, images)
