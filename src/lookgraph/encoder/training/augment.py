"""Show each photo as another camera, in another place, would have taken it.

Shop photos are cut-outs on white and people's photos are not, so the white is replaced and the garment throws a
shadow on what is there instead; the camera moves; light falls from a side; colour changes only as far as a named
colour keeps its name; some pictures are blurred, hidden in part, or squeezed through JPEG.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from lookgraph.encoder.training.backgrounds import chance, normal, uniform


@dataclass(frozen=True)
class Views:
    """How far the views of a photo differ.

    Attributes:
        zoom: Smallest and largest share of the picture's side that a view shows.
        replaced_fraction: Cut-outs whose white is replaced.
        hidden_fraction: Pictures with one part hidden.
        jpeg_fraction: Pictures squeezed through JPEG.
        light: How far light and colour change; 1: as in other people's rooms, 0: not at all.
    """

    zoom: tuple[float, float] = (0.6, 1.15)
    replaced_fraction: float = 0.5
    hidden_fraction: float = 0.2
    jpeg_fraction: float = 0.15
    light: float = 1.0


def augment(
    pixels: Tensor, background: Tensor, textures: Tensor, side_px: int, views: Views, generator: torch.Generator
) -> Tensor:
    """Make one view of every photo.

    Args:
        pixels: (n, side, side, 3) uint8.
        background: (n, side, side) bool, see :func:`~lookgraph.encoder.training.backgrounds.studio_background`.
        textures: (n_textures, 3, t, t) uint8 with t >= side_px: what may stand behind a garment.
        side_px: Side of the views.
        views: How far they differ.
        generator: The only source of chance; on the device of the pixels.

    Returns:
        (n, 3, side_px, side_px) float32 in 0..255.
    """
    n = len(pixels)
    planes = torch.cat([pixels.permute(0, 3, 1, 2), background.unsqueeze(1)], 1).float()
    planes = _move_camera(planes, side_px, views.zoom, generator)
    images, empty = planes[:, :3], planes[:, 3:]
    behind = _choose_textures(textures, n, side_px, generator)
    images = _replace_background(images, empty, behind, views.replaced_fraction, generator)
    images = _hide_a_part(images, behind, views.hidden_fraction, generator)
    images = _blur_some(_change_light(images, views.light, generator), generator).clamp_(0, 255)
    return _squeeze_some(images, views.jpeg_fraction, generator)


def _move_camera(planes: Tensor, side_px: int, zoom: tuple[float, float], generator: torch.Generator) -> Tensor:
    n, _, side, _ = planes.shape
    scale = torch.exp(uniform(n, math.log(zoom[0]), math.log(zoom[1]), generator)).flatten()
    squeeze = torch.exp(uniform(n, -0.14, 0.14, generator)).flatten()
    angle = normal(n, generator=generator) * 0.13
    angle += (chance(n, 0.1, generator) * uniform(n, -1.6, 1.6, generator)).flatten()
    flip = torch.where(chance(n, 0.5, generator).flatten(), -1.0, 1.0)
    room = (1 - scale).abs() * 0.9 + 0.06
    shift = uniform(2 * n, -1, 1, generator).view(n, 2) * room.unsqueeze(1)
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack([flip * scale * squeeze * cos, -scale * sin, shift[:, 0]], 1)
    second = torch.stack([flip * scale * sin, scale / squeeze * cos, shift[:, 1]], 1)
    grid = functional.affine_grid(torch.stack([first, second], 1), [n, 1, side_px, side_px], align_corners=False)
    if side >= 1.6 * side_px:  # bilinear samples of much finer pixels would alias
        planes = functional.interpolate(planes, (side * 5 // 8, side * 5 // 8), mode="area")
    return functional.grid_sample(planes, grid, padding_mode="border", align_corners=False)


def _choose_textures(textures: Tensor, n: int, side_px: int, generator: torch.Generator) -> Tensor:
    room = textures.shape[-1] - side_px + 1
    top, left = (int(torch.randint(room, (1,), generator=generator, device=generator.device)) for _ in range(2))
    chosen = textures[torch.randint(len(textures), (n,), generator=generator, device=generator.device)]
    window = chosen[:, :, top : top + side_px, left : left + side_px].float()
    return window * uniform(n, 0.6, 1.2, generator) + uniform(n, -30, 40, generator)


def _replace_background(
    images: Tensor, empty: Tensor, behind: Tensor, fraction: float, generator: torch.Generator
) -> Tensor:
    n, _, side, _ = images.shape
    replaced = chance(n, fraction, generator).float()
    replaced = replaced * (empty.mean((1, 2, 3), keepdim=True) > 0.02)
    wide = functional.max_pool2d((empty > 0.5).float(), 3, 1, 1)  # the JPEG's pale seam goes too
    soft = functional.avg_pool2d(wide, 3, 1, 1) * wide * replaced
    shade = functional.avg_pool2d(1 - wide, 9, 1, 4)
    down, right = (int(v) for v in torch.randint(-3, 4, (2,), generator=generator, device=generator.device))
    shade = shade.roll((down * side // 64, right * side // 64), (2, 3)) * uniform(n, 0, 0.5, generator)
    return images * (1 - soft) + behind * (1 - shade) * soft


def _hide_a_part(images: Tensor, behind: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    n, _, side, _ = images.shape
    centre = uniform(2 * n, 0, 1, generator).view(n, 2, 1)
    half = uniform(2 * n, 0.06, 0.23, generator).view(n, 2, 1)
    half = half * chance(n, fraction, generator).view(n, 1, 1)
    inside = (torch.linspace(0, 1, side, device=generator.device).view(1, 1, side) - centre).abs() < half
    hidden = (inside[:, 0].unsqueeze(2) & inside[:, 1].unsqueeze(1)).unsqueeze(1)
    return torch.where(hidden, behind, images)


def _change_light(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    n, _, side, _ = images.shape

    def factor(low: float, high: float) -> Tensor:
        return 1 + strength * (uniform(n, low, high, generator) - 1)

    mean = images.mean((2, 3), keepdim=True)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * factor(0.75, 1.2)
    images = (images - mean) * factor(0.7, 1.2) + mean
    ramp = torch.linspace(-1, 1, side, device=generator.device)
    tilt = normal(n, 2, 1, 1, generator=generator) * 0.1 * strength
    light = 1 + tilt[:, :1] * ramp.view(1, 1, 1, side) + tilt[:, 1:] * ramp.view(1, 1, side, 1)
    warmth = 1 + normal(n, 3, 1, 1, generator=generator) * 0.04 * strength
    noise = normal(n, 1, side, side, generator=generator) * uniform(n, 0, 8, generator)
    return images * (light * warmth * factor(0.7, 1.2)) + noise


def _blur_some(images: Tensor, generator: torch.Generator) -> Tensor:
    chosen = chance(len(images), 0.2, generator).flatten()
    if chosen.any():
        padded = functional.pad(images[chosen], (1, 1, 1, 1), mode="replicate")
        images[chosen] = functional.avg_pool2d(padded, 3, 1)
    return images


def _squeeze_some(images: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    if not fraction:
        return images
    for i in chance(len(images), fraction, generator).flatten().nonzero().flatten():
        quality = int(torch.randint(25, 80, (1,), generator=generator, device=generator.device))
        file = io.BytesIO()
        picture = Image.fromarray(images[i].permute(1, 2, 0).to(torch.uint8).cpu().numpy())
        picture.save(file, "JPEG", quality=quality)
        images[i] = torch.from_numpy(np.array(Image.open(file), np.float32)).permute(2, 0, 1).to(images.device)
    return images
