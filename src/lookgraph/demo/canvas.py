"""How does a piece of cloth get onto the picture? Outline, relief, light and shadow, then its seams.

AGG draws outlines and seams with smooth edges. Light is computed on a quarter of the resolution from a height that the
piece's roundness, its folds and its fabric's creases add up to: it is soft anyway, and sixteen times cheaper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import aggdraw
import numpy as np

from lookgraph.demo.cloths import FABRICS, Cloth, Colour, darker, lighter, luminance
from lookgraph.demo.laying import Lighting, lay_cloth, texels
from lookgraph.demo.pieces import Dot, Fold, Piece, Placing
from lookgraph.demo.soft import COARSE, blurred, reduced
from lookgraph.demo.textures import noise

_MARGIN_PX: Final = 14  # around a piece, for the shadow that it throws


@dataclass(frozen=True)
class Light:
    """Where the light comes from and what it does.

    Attributes:
        direction: Unit vector on the picture towards the light.
        strength: How much relief shows.
        softness: Size of the shadows, in parts of the picture's width.
        tint: Colour of the light, about 1.
    """

    direction: tuple[float, float] = (-0.55, -0.83)
    strength: float = 1.0
    softness: float = 0.012
    tint: Colour = (1.0, 1.0, 1.0)


class Canvas:
    """A picture that pieces are laid on, back to front. Its channels lie apart: a channel at a time is far faster."""

    def __init__(self, channels: np.ndarray, light: Light, seed: int) -> None:
        """Args: channels: (3, h, w) uint8, drawn upon in place. seed: of the creases."""
        self.channels = channels
        self.light = light
        self._rng = np.random.default_rng(seed)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.channels.shape[2], self.channels.shape[1]

    def lay(self, piece: Piece, cloth: Cloth, placing: Placing, inks: dict[str, Colour]) -> None:
        """Draw a piece with its own contact shadow, light, seams and fastenings."""
        outline = placing.apply(piece.outline)
        frame = self._frame(outline, _MARGIN_PX)
        if frame is None:
            return
        mask = fill_mask([outline], [placing.apply(hole) for hole in piece.holes], frame)
        small = reduced(mask)
        shade, gloss, slope = self._shade(self._height(piece, cloth, placing, small, frame), cloth, piece)
        contact = self._contact(small, piece.shadow, placing.px_per_cm) if piece.shadow else None
        px_to_texels = texels(piece, placing, frame[:2])
        picture = self.channels[:, frame[1] : frame[3], frame[0] : frame[2]]
        lay_cloth(picture, mask, cloth, Lighting(shade, gloss, contact, slope), px_to_texels)
        self._details(piece, cloth, placing, inks)

    def _frame(self, outline: np.ndarray, margin: int) -> tuple[int, int, int, int] | None:
        (x0, y0), (x1, y1) = outline.min(0) - margin, outline.max(0) + margin
        w, h = self.size
        box = max(0, int(x0)), max(0, int(y0)), min(w, math.ceil(x1)), min(h, math.ceil(y1))
        return box if min(box[2] - box[0], box[3] - box[1]) >= 2 * COARSE else None

    def _contact(self, small: np.ndarray, strength: float, px_per_cm: float) -> np.ndarray:
        """How much light a piece leaves to what lies beneath it."""
        reach = max(0.7, min(1.3, 0.45 * px_per_cm / COARSE))
        dx, dy = self.light.direction
        offset = (-dx * reach * COARSE, -dy * reach * COARSE)
        return cast_shadow(small, offset, reach * COARSE, strength * 0.75)

    def _height(
        self, piece: Piece, cloth: Cloth, placing: Placing, small: np.ndarray, frame: tuple[int, int, int, int]
    ) -> np.ndarray:
        """Relief in quarter pixels: roundness, creases and folds."""
        fabric = FABRICS[cloth.fabric]
        unit = placing.px_per_cm / COARSE
        inner = blurred(small, max(0.8, 0.55 * unit))
        wide = blurred(small, max(1.2, 2.6 * unit))
        height = (0.9 * inner + 2.0 * wide) * (piece.puff * fabric.body)
        amount = fabric.wrinkle * piece.wrinkle
        if amount:
            scale = max(0.35, unit / 2.8)
            height += _creases(small.shape, scale / fabric.soft, self._rng, piece.grain) * (0.55 * amount)
        for width in sorted({fold.width for fold in piece.folds}):
            folds = [fold for fold in piece.folds if fold.width == width]
            height += _fold_relief(folds, placing, frame, small.shape, max(0.7, width * unit * 0.5))
        return np.asarray(height, np.float32)

    def _shade(
        self, height: np.ndarray, cloth: Cloth, piece: Piece
    ) -> tuple[np.ndarray, np.ndarray | None, tuple[np.ndarray, np.ndarray]]:
        """Light on the piece, its highlights (of 255), and its slopes."""
        fabric = FABRICS[cloth.fabric]
        gy, gx = np.gradient(height)
        dx, dy = self.light.direction
        toward = -(gx * dx + gy * dy) * self.light.strength
        steep = gx * gx + gy * gy
        shade = piece.tone * (1.0 + np.clip(toward * 0.95, -0.5, 0.26) - np.minimum(0.25 * steep, 0.22))
        gloss = None
        if fabric.gloss:
            facing = np.clip(1 - np.abs(toward - 0.34) * 3.2, 0, 1) ** 2
            gloss = np.asarray(facing * (fabric.gloss * 140), np.float32)
            shade = shade - fabric.gloss * 0.12
        if (dark := 0.3 - luminance(cloth.colour)) > 0:  # on black, light can only be added
            lift = np.asarray((np.clip(toward, -0.06, 0.5) + 0.06) * (240 * dark), np.float32)
            gloss = lift if gloss is None else gloss + lift
        return np.asarray(shade, np.float32), gloss, (np.asarray(gx, np.float32), np.asarray(gy, np.float32))

    def _details(self, piece: Piece, cloth: Cloth, placing: Placing, inks: dict[str, Colour]) -> None:
        if not (piece.lines or piece.dots):
            return
        margin = 4
        points = [placing.apply(line.points) for line in piece.lines]
        if piece.dots:
            points.append(placing.apply(np.array([(d.x, d.y) for d in piece.dots])))
        spread = self._frame(np.concatenate(points), margin + round(1.5 * placing.px_per_cm))
        if spread is None:
            return
        x0, y0, x1, y1 = spread
        draw = aggdraw.Draw("RGB", (x1 - x0, y1 - y0))
        draw.frombytes(self.channels[:, y0:y1, x0:x1].transpose(1, 2, 0).tobytes())
        for line, at in zip(piece.lines, points, strict=False):
            ink = _ink(line.ink, cloth, inks)
            pen = aggdraw.Pen(ink, max(0.7, line.width * placing.px_per_cm), round(255 * line.alpha))
            for stretch in _dashes(at - (x0, y0), line.dash * placing.px_per_cm):
                draw.line(stretch.ravel().tolist(), pen)
        for dot in piece.dots:
            _button(draw, dot, placing, (x0, y0), _ink(dot.ink, cloth, inks))
        drawn = np.frombuffer(draw.tobytes(), np.uint8).reshape(y1 - y0, x1 - x0, 3)
        self.channels[:, y0:y1, x0:x1] = drawn.transpose(2, 0, 1)


def silhouette(pieces: list[tuple[Piece, Placing]], size: tuple[int, int]) -> np.ndarray:
    """(h/4, w/4) float32, rounded up: where any of the pieces lies."""
    w, h = -(-size[0] // COARSE), -(-size[1] // COARSE)
    small = aggdraw.Draw("L", (w, h), 0)
    for piece, placing in pieces:
        small.polygon((placing.apply(piece.outline) / COARSE).ravel().tolist(), None, aggdraw.Brush(255))
    return np.frombuffer(small.tobytes(), np.uint8).reshape(h, w) / np.float32(255)


def cast_shadow(mask: np.ndarray, offset: tuple[float, float], blur: float, strength: float) -> np.ndarray:
    """(h/4, w/4) float32: the light left by a silhouette's shadow, moved and blurred; in pixels of the picture."""
    margin = math.ceil(max(abs(offset[0]), abs(offset[1])) / COARSE) + 1
    padded = np.pad(mask, margin, mode="edge")
    x, y = margin - round(offset[0] / COARSE), margin - round(offset[1] / COARSE)
    moved = padded[y : y + mask.shape[0], x : x + mask.shape[1]]
    return np.asarray(1 - strength * blurred(moved, blur / COARSE), np.float32)


def fill_mask(outlines: list[np.ndarray], holes: list[np.ndarray], frame: tuple[int, int, int, int]) -> np.ndarray:
    """(h, w) uint8: how much of each pixel of the frame the outlines cover."""
    x0, y0, x1, y1 = frame
    draw = aggdraw.Draw("L", (x1 - x0, y1 - y0), 0)
    for points, value in [(p, 255) for p in outlines] + [(p, 0) for p in holes]:
        draw.polygon((points - (x0, y0)).ravel().tolist(), None, aggdraw.Brush(value))
    return np.frombuffer(draw.tobytes(), np.uint8).reshape(y1 - y0, x1 - x0)


def _creases(shape: tuple[int, ...], scale: float, rng: np.random.Generator, grain: float) -> np.ndarray:
    """A window of ready-made creases, longer along the cloth than across."""
    h, w = shape
    tile = noise(512, 7, 16, 40 + int(rng.integers(3))) if abs(grain) < 60 else noise(512, 16, 7, 44)
    y = (np.arange(h) / scale * 1.0 + rng.integers(512)).astype(int) & 511
    x = (np.arange(w) / scale * 1.0 + rng.integers(512)).astype(int) & 511
    return np.asarray(tile[np.ix_(y, x)] * np.float32(scale))


def _fold_relief(
    folds: list[Fold], placing: Placing, frame: tuple[int, int, int, int], shape: tuple[int, ...], blur: float
) -> np.ndarray:
    """Folds taper at both ends; the deeper, the more opaque they are drawn."""
    total = np.zeros(shape, np.float32)
    for sign in (1, -1):
        chosen = [fold for fold in folds if fold.depth * sign > 0]
        if not chosen:
            continue
        draw = aggdraw.Draw("L", (shape[1], shape[0]), 0)
        deepest = max(abs(fold.depth) for fold in chosen)
        for fold in chosen:
            at = (placing.apply(fold.points) - frame[:2]) / COARSE
            width = max(0.9, fold.width * placing.px_per_cm / COARSE)
            taper = np.sin(np.linspace(0.05, math.pi - 0.05, len(at)))[:, None] * width / 2
            step = np.gradient(at, axis=0)
            normal = np.stack([-step[:, 1], step[:, 0]], 1) / np.maximum(np.hypot(*step.T)[:, None], 1e-9) * taper
            outline = np.concatenate([at + normal, (at - normal)[::-1]])
            draw.polygon(outline.ravel().tolist(), None, aggdraw.Brush(255, round(255 * abs(fold.depth) / deepest)))
        drawn = np.frombuffer(draw.tobytes(), np.uint8).reshape(shape) * np.float32(sign * deepest / 255)
        total += blurred(drawn, blur) * np.float32(2.4 * max(1.0, blur) ** 0.6)
    return total


def _ink(name: str, cloth: Cloth, inks: dict[str, Colour]) -> tuple[int, int, int]:
    colour = cloth.colour
    if name == "seam":
        colour = darker(colour, 0.55) if luminance(colour) > 0.16 else lighter(colour, 0.22)
    elif name == "light":
        colour = lighter(colour, 0.35)
    elif name in inks:
        colour = inks[name]
    r, g, b = (round(255 * min(1, max(0, c))) for c in colour)
    return r, g, b


def _dashes(points: np.ndarray, length: float) -> list[np.ndarray]:
    if length <= 0:
        return [points]
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    starts = np.arange(0, along[-1] - length * 0.5, max(length, 2.0) * 1.6)
    ends = np.stack([starts, starts + max(length, 2.0)], 1)
    x, y = np.interp(ends, along, points[:, 0]), np.interp(ends, along, points[:, 1])
    return list(np.stack([x, y], 2))


def _button(draw: aggdraw.Draw, dot: Dot, placing: Placing, corner: tuple[int, int], ink: tuple[int, int, int]) -> None:
    (x, y), r = placing.apply(np.array([(dot.x, dot.y)]))[0] - corner, max(1.0, dot.radius * placing.px_per_cm)
    shade = tuple(int(c * 0.55) for c in ink)
    light = tuple(int(c + (255 - c) * 0.5) for c in ink)
    draw.ellipse((x - r, y - r + 0.3 * r, x + r, y + r + 0.3 * r), None, aggdraw.Brush((0, 0, 0), 70))
    draw.ellipse((x - r, y - r, x + r, y + r), aggdraw.Pen(shade, max(0.6, r * 0.22)), aggdraw.Brush(ink))
    if r > 2.5:
        draw.ellipse((x - r * 0.62, y - r * 0.68, x + r * 0.1, y + r * 0.02), None, aggdraw.Brush(light, 110))
        if dot.ink == "button":
            for dx, dy in ((-0.22, -0.2), (0.22, -0.2), (-0.22, 0.24), (0.22, 0.24)):
                s = r * 0.13
                draw.ellipse(
                    (x + dx * r - s, y + dy * r - s, x + dx * r + s, y + dy * r + s), None, aggdraw.Brush(shade)
                )
