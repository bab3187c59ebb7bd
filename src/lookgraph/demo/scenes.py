"""Looks as pictures: a figure that wears the items, or a flat-lay of them, with the box of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from lookgraph.demo import backgrounds, figure, wardrobe, wearing
from lookgraph.demo.canvas import Canvas, Light, cast_shadow, silhouette
from lookgraph.demo.drawing import PHOTO_SIZE, Layer, developed
from lookgraph.demo.garments.fronts import front_shoes
from lookgraph.demo.items import Item
from lookgraph.demo.looks import Look
from lookgraph.demo.pieces import Garment, Placing

_ORDER: Final = ("bottom", "dress", "top", "shoes", "outerwear", "accessory", "hat", "bag")
_FIGURE_ACCESSORIES: Final = ("scarf", "tie", "sunglasses")
_SHOULDERS: Final = ("top", "dress", "outerwear")
_TUCKED: Final = frozenset(("shirt", "blouse", "t-shirt", "tank top", "polo"))


@dataclass(frozen=True)
class Box:
    """Where an item is: left, top, right, bottom as shares of the picture's width and height."""

    product: str
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """A look's picture.

    Attributes:
        id: The look's.
        pixels: (h, w, 3) uint8.
        boxes: One an item, in the look's order.
    """

    id: str
    pixels: np.ndarray
    boxes: list[Box]


def draw_scene(look: Look, items: Sequence[Item], seed: int, size: tuple[int, int] = PHOTO_SIZE) -> Scene:
    """Draw a look: on a figure where everything in it can be worn in front view, else, and as often, laid flat.

    Args:
        look: Row numbers into ``items``.
        seed: With the look's id: of person, light and background.
    """
    rng = np.random.default_rng([seed, 61, int(look.id.rpartition("-")[2])])
    worn = [items[row] for row in look.items]
    angle = rng.uniform(-2.4, -0.8)
    light = Light((math.cos(angle), math.sin(angle)))
    wearable = all(item.slot != "accessory" or item.kind in _FIGURE_ACCESSORIES for item in worn)
    arrange = _on_figure if wearable and rng.random() < 0.6 else _flat_lay
    background, parts = arrange(worn, light, size, rng)
    canvas = Canvas(background, light, int(rng.integers(2**31)))
    for layer, placing in parts:
        for piece in layer.pieces:
            canvas.lay(piece, layer.cloths[piece.cloth], placing, layer.inks)
    boxes = [Box(item.id, _box(item.id, parts, size)) for item in worn]
    return Scene(look.id, developed(canvas.channels, light, rng), boxes)


def shop_the_look(scene: Scene) -> list[dict[str, Any]]:
    """The scene in the shape of the Shop-the-Look data: ``scene``, ``product``, ``bbox`` a line."""
    return [{"scene": scene.id, "product": box.product, "bbox": [round(v, 5) for v in box.bbox]} for box in scene.boxes]


@dataclass(frozen=True)
class _Product(Layer):
    product: str = ""


_Parts = list[tuple[Layer, Placing]]


def _product(item: Item, garment: Garment) -> _Product:
    return _Product(garment.pieces, wardrobe.cloths(item), wardrobe.inks(item), item.id)


def _on_figure(
    worn: list[Item], light: Light, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, _Parts]:
    w, h = size
    scale = 0.94 * h / 200
    placing = Placing(w / 2 + rng.normal(0, 0.02) * w, 0.245 * h, scale, rng.normal(0, 0.3))
    person = figure.body_cloths(rng)
    gender = next((item.gender for item in worn if item.gender != "unisex"), "unisex")
    hair = wearing.hair_of(gender, rng)
    covered = any(item.slot == "outerwear" for item in worn)
    dressed = [
        _dressed(item, placing, covered=covered and item.slot in ("top", "dress"))
        for item in sorted(worn, key=lambda item: _worn_order(item, worn))
    ]
    sleeves = any(wearing.has_sleeves(wardrobe.sew(item).pieces) for item in worn if item.slot in _SHOULDERS)
    body = Layer(figure.body(13.0, hair, under_sleeves=sleeves), person, {})
    parts: _Parts = [(_part_of(layer, behind=True), at) for layer, at in reversed(dressed)]
    parts.append((body, placing))
    parts += [(_part_of(layer, behind=False), at) for layer, at in dressed]
    mask = silhouette([(piece, at) for layer, at in parts for piece in layer.pieces], size)
    dx, dy = light.direction
    shadow = cast_shadow(mask, (-dx * 0.03 * w, -dy * 0.015 * w), 0.03 * w, 0.22)
    colour = backgrounds.STUDIO[int(rng.integers(len(backgrounds.STUDIO)))]
    return backgrounds.studio(colour, size, rng, shadow, ground=True), parts


def _worn_order(item: Item, worn: list[Item]) -> float:
    """Outer things over inner ones; a tucked-in top under the skirt or the trousers, another over them."""
    order = float(_ORDER.index(item.slot))
    tucked = item.slot == "top" and item.kind in _TUCKED and item.seed % 2 == 0
    if item.slot == "shoes":
        bottom = next((other.kind for other in worn if other.slot == "bottom"), "")
        return -1.0 if bottom in ("jeans", "trousers") else order
    return -0.5 if tucked else order


def _dressed(item: Item, placing: Placing, *, covered: bool) -> tuple[_Product, Placing]:
    """An item where the body wears it; ``covered``: its sleeves are inside another's and would only peep out."""
    garment = wardrobe.sew(item)
    if covered:
        garment.pieces = [piece for piece in garment.pieces if not wearing.is_sleeve(piece)]
    if item.slot == "shoes":
        return _product(item, front_shoes(item.kind, item.cut)), placing
    if item.slot == "bag":
        x0, y0, x1, _ = garment.bounds()
        small = 0.8 if item.kind in ("tote bag", "backpack") else 0.72
        hand = placing.apply(np.array([(33.5, 66.0)]))[0]
        at = replace(placing, px_per_cm=placing.px_per_cm * small)
        middle = at.matrix() @ np.array([(x0 + x1) / 2, y0])
        return _product(item, garment), replace(at, x=hand[0] - middle[0], y=hand[1] - middle[1])
    if item.slot == "hat":
        hat = replace(placing, px_per_cm=placing.px_per_cm * 0.9)
        brow = placing.apply(np.array([(0.0, garment.anchor_y - 4.0)]))[0]
        return _product(item, garment), replace(hat, x=brow[0], y=brow[1])
    if item.kind == "sunglasses":
        seen = [piece for piece in garment.pieces if piece.outline[:, 1].max() > -5]
        return _product(item, Garment([wearing.lowered(piece, garment.anchor_y - 7.0) for piece in seen])), placing
    return _product(item, Garment(wearing.worn(item, garment))), placing


def _part_of(layer: _Product, *, behind: bool) -> _Product:
    """The pieces that lie behind whoever wears them, or the others."""
    return replace(layer, pieces=[piece for piece in layer.pieces if piece.behind == behind])


def _flat_lay(
    worn: list[Item], light: Light, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, _Parts]:
    w, h = size
    parts: _Parts = []
    for item, (x0, y0, x1, y1) in zip(worn, _cells(worn, rng), strict=True):
        garment = wardrobe.sew(item)
        left, top, right, bottom = garment.bounds()
        scale = min((x1 - x0) * w / (right - left), (y1 - y0) * h / (bottom - top)) * 0.93
        placing = Placing(0, 0, scale, rng.normal(0, 4.0))
        middle = placing.apply(np.array([((left + right) / 2, (top + bottom) / 2)]))[0]
        placing = replace(placing, x=(x0 + x1) / 2 * w - middle[0], y=(y0 + y1) / 2 * h - middle[1])
        parts.append((_product(item, garment), placing))
    mask = silhouette([(piece, at) for layer, at in parts for piece in layer.pieces], size)
    dx, dy = light.direction
    shadow = cast_shadow(mask, (-dx * 0.012 * w, -dy * 0.012 * w), 0.011 * w, 0.36)
    floors = list(backgrounds.FLOORS)
    floor = floors[int(rng.integers(len(floors)))]
    colour = backgrounds.FLOORS[floor][int(rng.integers(len(backgrounds.FLOORS[floor])))]
    return backgrounds.surface(floor, colour, size, rng, shadow), parts


def _cells(worn: list[Item], rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """A cell of the picture an item: clothes in the large column, small things in the narrow one."""
    large = [i for i, item in enumerate(worn) if item.slot in ("top", "bottom", "dress", "outerwear")]
    small = [i for i in range(len(worn)) if i not in large]
    cells: dict[int, tuple[float, float, float, float]] = {}
    split = 0.62 if len(large) < 3 else 0.66
    flip = bool(rng.random() < 0.5)
    if len(large) == 3:
        cells[large[2]] = (0.02, 0.02, split / 2, 0.98)
        column = (split / 2, split)
        large = large[:2]
    else:
        column = (0.03, split)
    for n, i in enumerate(large):
        cells[i] = (column[0], 0.03 + 0.95 * n / len(large), column[1], 0.97 * (n + 1) / len(large))
    for n, i in enumerate(small):
        cells[i] = (split + 0.01, 0.04 + 0.93 * n / len(small), 0.97, 0.96 * (n + 1) / len(small))
    chosen = [cells[i] for i in range(len(worn))]
    return [(1 - x1, y0, 1 - x0, y1) for x0, y0, x1, y1 in chosen] if flip else chosen


def _box(product: str, parts: _Parts, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Around all pieces of a product."""
    own = [(layer, at) for layer, at in parts if isinstance(layer, _Product) and layer.product == product]
    points = np.concatenate([at.apply(piece.outline) for layer, at in own for piece in layer.pieces]) / size
    (x0, y0), (x1, y1) = np.clip(points.min(0), 0, 1), np.clip(points.max(0), 0, 1)
    return float(x0), float(y0), float(x1), float(y1)
