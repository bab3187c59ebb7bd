"""Draw an item's photo: background, light, camera, presentation, garment."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from lookgraph.demo import backgrounds, figure, wardrobe
from lookgraph.demo.canvas import Canvas, Light, Placing
from lookgraph.demo.cloths import Cloth, Colour, luminance
from lookgraph.demo.items import Item
from lookgraph.demo.pieces import Garment, Piece
from lookgraph.demo.textures import noise

PHOTO_SIZE: Final = (720, 960)
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
    main = layer.cloths["main"].colour
    if item.presentation == "figure":
        pixels, layers, placing = _on_figure(item, garment, layer, size, rng, main)
    elif item.presentation == "hanger":
        pixels, layers, placing = _on_hanger(garment, layer, size, rng, main)
    elif item.presentation == "flat-lay":
        pixels, layers, placing = _flat(garment, layer, size, rng, main)
    else:
        pixels, layers, placing = _in_studio(item, garment, layer, size, rng, main)
    canvas = Canvas(pixels, light, item.seed)
    _ground_shadow(canvas, item, layers, placing, rng)
    for part in layers:
        for piece in part.pieces:
            canvas.lay(piece, part.cloths[piece.cloth], placing, part.inks)
    return developed(canvas.pixels, light, rng)


def developed(pixels: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """What the camera makes of the scene: the light's colour, exposure, a little grain."""
    h, w = pixels.shape[:2]
    exposure = rng.uniform(0.96, 1.03)
    curves = np.stack([np.arange(256) * exposure * t for t in light.tint], 1)
    table = np.clip(curves, 0, 255).astype(np.uint8)
    grain = noise(512, 0.6, 0.6, 90)
    oy, ox = rng.integers(0, 512, 2)
    rows, columns = (np.arange(h) + oy) & 511, (np.arange(w) + ox) & 511
    speck = (grain * 1.1).astype(np.int8)[rows[:, None], columns[None]]
    out = np.empty_like(pixels)
    for i in range(3):
        channel = table[:, i][pixels[..., i]].astype(np.int16)
        channel += speck
        out[..., i] = np.clip(channel, 0, 255)
    return out


def _tint(rng: np.random.Generator) -> Colour:
    warm = rng.normal(0, 0.018)
    return 1 + warm, 1.0, 1 - warm


def _fit(bounds: tuple[float, float, float, float], size: tuple[int, int], share: float, rng: np.random.Generator, turn: float, middle_y: float = 0.5) -> Placing:
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


def _in_studio(
    item: Item, garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator, main: Colour
) -> tuple[np.ndarray, list[Layer], Placing]:
    standing = item.slot in _STANDING
    pixels = backgrounds.studio(_contrasting(backgrounds.STUDIO, main, rng), size, rng, ground=standing)
    share = 0.86 if item.slot in ("top", "bottom", "dress", "outerwear") else 0.68
    placing = _fit(garment.bounds(), size, share, rng, 0.5, 0.56 if standing else 0.5)
    return pixels, [layer], placing


def _flat(
    garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator, main: Colour
) -> tuple[np.ndarray, list[Layer], Placing]:
    floors = list(backgrounds.FLOORS)
    for _ in range(6):
        floor = floors[int(rng.integers(len(floors)))]
        colour = backgrounds.FLOORS[floor][int(rng.integers(len(backgrounds.FLOORS[floor])))]
        if np.abs(np.array(colour) - main).max() > 0.2:
            break
    pixels = backgrounds.surface(floor, colour, size, rng)
    return pixels, [layer], _fit(garment.bounds(), size, 0.82, rng, 3.0)


def _on_hanger(
    garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator, main: Colour
) -> tuple[np.ndarray, list[Layer], Placing]:
    pixels = backgrounds.surface("wall", _contrasting(backgrounds.WALLS, main, rng), size, rng)
    width = 17.0 if garment.bounds()[2] > 18 else 12.0
    back = Layer(figure.hanger(width, bool(rng.random() < 0.6)), figure.body_cloths(rng), {})
    x0, y0, x1, y1 = garment.bounds()
    return pixels, [back, layer], _fit((x0, min(y0, -17), x1, y1), size, 0.86, rng, 0.7)


def _on_figure(
    item: Item, garment: Garment, layer: Layer, size: tuple[int, int], rng: np.random.Generator, main: Colour
) -> tuple[np.ndarray, list[Layer], Placing]:
    pixels = backgrounds.studio(_contrasting(backgrounds.STUDIO, main, rng), size, rng, ground=False)
    person = figure.body_cloths(rng)
    body = Layer(figure.body(13.0, _hair(item.gender, rng)), person, {})
    under = Layer(figure.basics(item.slot), person, {})
    worn = Layer([lowered(piece, garment.anchor_y) for piece in slimmer(layer.pieces, item.slot)], layer.cloths, layer.inks)
    low = garment.bounds()[3] + garment.anchor_y
    span = (-34.0, -38.0, 34.0, min(154.0, max(low + 12, 70.0)))
    if item.slot == "bottom":
        span = (-34.0, 8.0, 34.0, 156.0)
    return pixels, [body, under, worn], _fit(span, size, 0.98, rng, 0.4)


def _hair(gender: str, rng: np.random.Generator) -> int:
    return int(rng.choice([0, 3] if gender == "men" else [1, 2] if gender == "women" else [0, 1, 2, 3]))


def lowered(piece: Piece, dy: float) -> Piece:
    """The piece where the body wears it."""
    if not dy:
        return piece
    shift = np.array([0.0, dy])
    return replace(
        piece,
        outline=piece.outline + shift,
        folds=[replace(fold, points=fold.points + shift) for fold in piece.folds],
        lines=[replace(line, points=line.points + shift) for line in piece.lines],
        dots=[replace(dot, y=dot.y + dy) for dot in piece.dots],
        holes=[hole + shift for hole in piece.holes],
        origin=(piece.origin[0], piece.origin[1] + dy),
    )


def slimmer(pieces: list[Piece], slot: str) -> list[Piece]:
    """A garment lies flat wider than it hangs around a body."""
    x = {"top": 0.88, "outerwear": 0.93, "dress": 0.92, "bottom": 0.86}.get(slot, 1.0)
    squeeze = np.array([x, 1.0])
    return [
        replace(
            piece,
            outline=piece.outline * squeeze,
            folds=[replace(fold, points=fold.points * squeeze) for fold in piece.folds],
            lines=[replace(line, points=line.points * squeeze) for line in piece.lines],
            dots=[replace(dot, x=dot.x * x) for dot in piece.dots],
            holes=[hole * squeeze for hole in piece.holes],
        )
        for piece in pieces
    ]


def _ground_shadow(canvas: Canvas, item: Item, layers: list[Layer], placing: Placing, rng: np.random.Generator) -> None:
    pieces = [(piece, placing) for layer in layers for piece in layer.pieces]
    w, h = canvas.size
    dx, dy = canvas.light.direction
    mask = canvas.silhouette(pieces)
    if item.slot in _STANDING and item.presentation == "studio":
        rows = np.flatnonzero(mask.any(1))
        low = int(rows[-1]) if len(rows) else len(mask) - 1
        columns = mask[max(0, low - max(3, len(rows) // 5)) : low + 1].max(0)
        pool = np.zeros_like(mask)
        thick = max(2, len(rows) // 16)
        pool[max(0, low - thick) : min(len(mask), low + thick)] = columns
        canvas.shadow(pool, (0, 0), 0.016 * w, 0.62)
        canvas.shadow(pool, (-dx * 0.02 * w, 0.012 * h), 0.035 * w, 0.35)
    elif item.presentation in ("flat-lay", "hanger") or item.slot not in _STANDING:
        deep = 0.012 if item.presentation != "hanger" else 0.03
        canvas.shadow(mask, (-dx * deep * w, -dy * deep * w), deep * w * 0.9, 0.36)
        canvas.shadow(mask, (0, 0), 0.004 * w, 0.25)


def to_image(pixels: np.ndarray) -> Image.Image:
    """The photo as a Pillow image."""
    return Image.fromarray(pixels)
