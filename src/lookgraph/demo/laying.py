"""How does a piece's cloth look, pixel by pixel? Its print and relief are sampled where the light falls on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from lookgraph.demo.cloths import FABRICS, Cloth
from lookgraph.demo.pieces import Piece, Placing
from lookgraph.demo.prints import coverage
from lookgraph.demo.soft import COARSE, enlarged
from lookgraph.demo.textures import TEXELS_PER_CM, relief_at

_BEND_PX: Final = -3.0  # by how much a slope of one shifts the cloth


@dataclass(frozen=True)
class Lighting:
    """What light does to a piece, (h/4, w/4) float32 each, rounded up.

    Attributes:
        shade: Factor of its colour.
        gloss: Highlights, of 255, if any.
        contact: The light that it leaves to what lies beneath it, if it throws a shadow.
        slope: Of its surface along x and y, which bends what is printed on it.
    """

    shade: np.ndarray
    gloss: np.ndarray | None
    contact: np.ndarray | None
    slope: tuple[np.ndarray, np.ndarray]


def texels(piece: Piece, placing: Placing, corner: tuple[int, int]) -> np.ndarray:
    """(2, 3) affine map from a pixel of the frame that begins at ``corner`` to the cloth's texels."""
    a = math.radians(-piece.grain)
    turn = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    back = turn @ np.linalg.inv(placing.matrix()) * TEXELS_PER_CM
    start = back @ (np.array(corner, float) - (placing.x, placing.y)) - turn @ np.array(piece.origin) * TEXELS_PER_CM
    return np.column_stack([back, start])


def lay_cloth(
    picture: np.ndarray, mask: np.ndarray, cloth: Cloth, lighting: Lighting, px_to_texels: np.ndarray
) -> None:
    """Lay a piece upon a picture, in place.

    Args:
        picture: (3, h, w) uint8.
        mask: (h, w) uint8: how much of each pixel the piece covers.
        cloth: What it is made of.
        lighting: What light does to it.
        px_to_texels: See :func:`texels`.
    """
    u, v = _places(cloth, lighting, px_to_texels, mask.shape)
    texels_per_px = float(np.hypot(*px_to_texels[:, 0]))
    lit = _relief(cloth, u, v, texels_per_px)
    lit *= enlarged(lighting.shade, mask.shape)
    colours = _print(cloth, u, v, texels_per_px) if cloth.print else None
    alpha = mask * np.float32(1 / 255)
    keep = 1 - alpha
    if lighting.contact is not None:
        keep *= enlarged(lighting.contact, mask.shape)
    lit *= alpha
    shine = None if lighting.gloss is None else enlarged(lighting.gloss, mask.shape) * alpha
    for i, channel in enumerate(picture):
        over = lit * (np.float32(255 * cloth.colour[i]) if colours is None else colours[i])
        over += channel * keep
        if shine is not None:
            over += shine
        cv2.convertScaleAbs(over, dst=channel)


def _places(
    cloth: Cloth, lighting: Lighting, px_to_texels: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Texels across and along of every pixel, (h, w) float32 each."""
    h, w = lighting.shade.shape
    x = np.arange(w, dtype=np.float32)[None] * COARSE + np.float32((COARSE - 1) / 2)
    y = np.arange(h, dtype=np.float32)[:, None] * COARSE + np.float32((COARSE - 1) / 2)
    if cloth.print:  # where no print shows it, cloth is taken as unbent
        x = x + lighting.slope[0] * np.float32(_BEND_PX)
        y = y + lighting.slope[1] * np.float32(_BEND_PX)
    (a, b, u0), (c, d, v0) = px_to_texels.astype(np.float32)
    return enlarged(x * a + (y * b + u0), shape), enlarged(x * c + (y * d + v0), shape)


def _relief(cloth: Cloth, u: np.ndarray, v: np.ndarray, texels_per_px: float) -> np.ndarray:
    """(h, w) float32 about 1: how the fabric's relief lightens and darkens it."""
    fabric, halvings = FABRICS[cloth.fabric], _halvings(texels_per_px)
    lift = _sampled(relief_at(fabric.relief, halvings), u, v, 1 / (1 << halvings))
    lift *= np.float32(fabric.depth)
    lift += np.float32(1)
    return lift


def _print(cloth: Cloth, u: np.ndarray, v: np.ndarray, texels_per_px: float) -> np.ndarray:
    """(3, h, w) float32 of 255: the printed cloth's colours."""
    halvings = min(4, _halvings(texels_per_px / cloth.print_scale))
    inks = _sampled(coverage(cloth.print, halvings), u, v, 1 / ((1 << halvings) * cloth.print_scale))
    covered = [cv2.extractChannel(inks, i).astype(np.float32) for i in range(len(cloth.inks))]
    colours = np.empty((3, *u.shape), np.float32)
    for channel, base, of_inks in zip(colours, cloth.colour, zip(*cloth.inks, strict=True), strict=True):
        channel[:] = 255 * base
        for cover, ink in zip(covered, of_inks, strict=True):
            channel += cover * np.float32(ink - base)
    return colours


def _halvings(texels_per_px: float) -> int:
    return max(0, min(5, math.floor(math.log2(max(texels_per_px, 1e-6)) + 0.35)))


def _sampled(tile: np.ndarray, u: np.ndarray, v: np.ndarray, scale: float) -> np.ndarray:
    """The tile's values at places in texels, times ``scale``; the tile repeats."""
    if scale != 1:
        u, v = u * np.float32(scale), v * np.float32(scale)
    return cv2.remap(tile, u, v, cv2.INTER_NEAREST, borderMode=cv2.BORDER_WRAP)
