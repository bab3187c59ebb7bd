"""Draw an item's photo: background, light, camera, presentation, garment."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import Image

from lookgraph.demo import backgrounds, figure, wardrobe, wearing
from lookgraph.demo.canvas import Canvas, Light, cast_shadow, silhouette
from lookgraph.demo.cloths import Cloth, Colour, luminance
from lookgraph.demo.items import Item
from lookgraph.demo.pieces import Garment, Piece, Placing
from lookgraph.demo.textures import noise

PHOTO_SIZE: Final = (720, 960)
_GRAIN_SLACK: Final = 128
_GRAIN: Final = 5
_STANDING: Final = ("shoes", "bag", "hat")


@dataclass(frozen=True)
class Layer:
    """A garment (or body) with its cloths, ready to be laid."""

    pieces: list[Piece]
    cloths: dict[str, Cloth]
    inks: dict[str, Colour]


def draw(item: Item, size: tuple[int, int] = PHOTO_SIZE) -> np.ndarray:
    """The item's photo.

    Args:
        item: What to draw; the same item gives the same pixels.
        size: Width and height, 3 to 4 as a rule, at most 720 x 960 (larger is drawn, but no finer).

    Returns:
        (height, width, 3) uint8 sRGB.
    """
    rng = np.random.default_rng([item.seed, 5])
    garment = wardrobe.sew(item)
    layer = Layer(garment.pieces, wardrobe.cloths(item), wardrobe.inks(item))
    angle = rng.uniform(-2.6, -0.6)
    light = Light((math.cos(angle), math.sin(angle)), strength=rng.uniform(0.85, 1.2), tint=_tint(rng))
    layers, placing = _arranged(item, garment, layer, size, rng)
    canvas = Canvas(_backdrop(item, layers, placing, light, size, rng), light, item.seed)
    for part in layers:
        for piece in part.pieces:
            canvas.lay(piece, part.cloths[piece.cloth], placing, part.inks)
    return developed(canvas.channels, light, rng)


def developed(channels: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """What the camera makes of the scene, (h, w, 3) uint8: the light's colour, exposure, a little grain."""
    _, h, w = channels.shape
    exposure = rng.uniform(0.96, 1.03)
    levels = np.arange(256) * exposure
    table = np.clip(np.outer(light.tint, levels), _GRAIN, 255 - _GRAIN).astype(int).ravel().tolist()
    photo = np.array(Image.merge("RGB", [Image.fromarray(channel) for channel in channels]).point(table))
    left, top = (int(v) for v in rng.integers(0, _GRAIN_SLACK, 2))
    photo += _grain(w + _GRAIN_SLACK, h + _GRAIN_SLACK)[top : top + h, left : left + w]  # cannot wrap: see the table
    return photo


@lru_cache(maxsize=4)
def _grain(width: int, height: int) -> np.ndarray:
    """Grey specks, a few levels up and down (modulo 256), as large as asked for."""
    tile = np.clip(np.round(noise(512, 0.6, 0.6, 90) * 1.1), -_GRAIN, _GRAIN).astype(np.int8)
    speck = np.tile(tile, (-(-height // 512), -(-width // 512)))[:height, :width].view(np.uint8)
    return np.ascontiguousarray(np.repeat(speck[..., None], 3, 2))


def _tint(rng: np.random.Generator) -> Colour:
    warm = rng.normal(0, 0.018)
    return 1 + warm, 1.0, 1 - warm


def _fit(
    bounds: tuple[float, float, float, float],
    size: tuple[int, int],
    share: float,
    rng: np.random.Generator,
    turn: float,
    middle_y: float = 0.5,
) -> Placing:
    """Scale and move so that the bounds fill ``share`` of the picture, give or take the photographer's hand."""
    x0, y0, x1, y1 = bounds
    w, h = size
    scale = min(share * w / (x1 - x0), share * h / (y1 - y0)) * rng.uniform(0.94, 1.04)
    degrees = rng.normal(0, turn)
    placing = Placing(0, 0, scale, degrees, mirror=False)
    cx, cy = placing.apply(np.array([((x0 + x1) / 2, (y0 + y1) / 2)]))[0]
    return replace(placing, x=w / 2 - cx + rng.normal(0, 0.012) * w, y=h * middle_y - cy + rng.normal(0, 0.01) * h)


def _contrasting(options: tuple[Colour, ...], main: Colour, rng: np.random.Generator) -> Colour:
    """A background that the garment stands out from."""
    order = rng.permutation(len(options))
    for i in order:
        if np.abs(np.array(options[i]) - main).max() > 0.16 or luminance(main) < 0.55:
            return options[i]
    return min(options, key=lambda option: -float(np.abs(np.array(option) - main).max()))


def _arranged(
    item: Item, garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator
) -> tuple[list[Layer], Placing]:
    """What is in the picture, back to front, and where."""
    if item.presentation == "figure":
        return _on_figure(item, garment, layer, size, rng)
    if item.presentation == "hanger":
        width = 17.0 if garment.bounds()[2] > 18 else 12.0
        back = Layer(figure.hanger(width, bool(rng.random() < 0.6)), figure.body_cloths(rng), {})
        x0, y0, x1, y1 = garment.bounds()
        return [back, layer], _fit((x0, min(y0, -17), x1, y1), size, 0.88, rng, 0.7)
    if item.presentation == "flat-lay":
        return [layer], _fit(garment.bounds(), size, 0.86, rng, 3.0)
    standing = item.slot in _STANDING
    share = 0.88 if item.slot in ("top", "bottom", "dress", "outerwear") else 0.76
    return [layer], _fit(garment.bounds(), size, share, rng, 0.5, 0.55 if standing else 0.5)


def _on_figure(
    item: Item, garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator
) -> tuple[list[Layer], Placing]:
    person = figure.body_cloths(rng)
    worn = wearing.worn(item, garment)
    sleeves = item.slot != "bottom" and wearing.has_sleeves(garment.pieces)
    body = Layer(figure.body(13.0, wearing.hair_of(item.gender, rng), under_sleeves=sleeves), person, {})
    under = Layer(figure.basics("outerwear" if item.kind == "cardigan" else item.slot), person, {})
    back, front = (replace(layer, pieces=[p for p in worn if p.behind == behind]) for behind in (True, False))
    low = garment.bounds()[3] + garment.anchor_y
    span = (-33.0, -42.0, 33.0, min(156.0, max(low + 10, 64.0)))
    if item.slot == "bottom":
        span = (-33.0, 12.0, 33.0, 157.0)
    placing = _fit(span, size, 0.98, rng, 0.4)
    return [back, body, under, front], placing


def _backdrop(
    item: Item, layers: list[Layer], placing: Placing, light: Light, size: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """(3, h, w) uint8: the background with the shadows on it."""
    main = layers[-1].cloths["main"].colour
    shadow = _shadows(item, layers, placing, light, size)
    if item.presentation == "hanger":
        return backgrounds.surface("wall", _contrasting(backgrounds.WALLS, main, rng), size, rng, shadow)
    if item.presentation != "flat-lay":
        ground = item.slot in _STANDING
        return backgrounds.studio(_contrasting(backgrounds.STUDIO, main, rng), size, rng, shadow, ground=ground)
    floors = list(backgrounds.FLOORS)
    for _ in range(6):
        floor = floors[int(rng.integers(len(floors)))]
        colour = backgrounds.FLOORS[floor][int(rng.integers(len(backgrounds.FLOORS[floor])))]
        if np.abs(np.array(colour) - main).max() > 0.2:
            break
    return backgrounds.surface(floor, colour, size, rng, shadow)


def _shadows(item: Item, layers: list[Layer], placing: Placing, light: Light, size: tuple[int, int]) -> np.ndarray:
    """(h/4, w/4) float32: the light that the garment's shadows leave to the background."""
    w, h = size
    dx, dy = light.direction
    mask = silhouette([(piece, placing) for layer in layers for piece in layer.pieces], size)
    if item.slot in _STANDING and item.presentation == "studio":
        rows = np.flatnonzero(mask.any(1))
        low = int(rows[-1]) if len(rows) else len(mask) - 1
        pool = np.zeros_like(mask)
        thick = max(2, len(rows) // 24)
        pool[max(0, low - thick) : low + thick // 2 + 1] = mask[max(0, low - 2 * thick) : low + 1].max(0)
        near = cast_shadow(pool, (0, 0.004 * h), 0.014 * w, 0.6)
        return np.asarray(near * cast_shadow(pool, (-dx * 0.03 * w, 0.01 * h), 0.05 * w, 0.4))
    deep = 0.03 if item.presentation == "hanger" else 0.012
    far = cast_shadow(mask, (-dx * deep * w, -dy * deep * w), deep * w * 0.9, 0.34)
    return np.asarray(far * cast_shadow(mask, (0, 0), 0.004 * w, 0.25))
