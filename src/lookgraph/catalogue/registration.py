"""Where does one picture lie in another, and what is left between them once it lies there?

A copy of a photo that was cut and scaled shows the same pixels elsewhere: along each axis, the place ``x``
in the one (0 the middle, 1 the side's length) is the place ``zoom * x + shift`` in the other. Gauss-Newton
finds zoom and shift from the edges of the first picture, for many pairs at a time. What then is left of the
difference tells a copy from a look-alike.

Source: the inverse compositional algorithm of Baker and Matthews, "Lucas-Kanade 20 Years On" (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lookgraph.catalogue.small_pictures import SMALL_SIDE_PX, SmallPictures

_UNFITTED_FRACTION: Final = 0.1  # of every side: what remains is in both pictures, as long as the crop is light
_TYPICAL_SHIFT: Final = 0.05
_TYPICAL_ZOOM: Final = 0.08
_MAX_SHIFT: Final = 0.15
_MAX_ZOOM: Final = 1.33
_NOISE_LEVELS: Final = 0.6  # edges fainter than this say nothing: there the typical shift and zoom decide
_PIXEL_BLUR: Final = 0.35  # sigma that a photo's own pixels bring along, in their width
_COMMON_BLUR: Final = 1.0  # sigma of what is compared, in pixels of the small square
_UNSEEN_BLURS: Final = 2.0  # nearer than this many sigma to a cut, a blurred pixel knows what was cut off
_UNSURE_PX: Final = 1.0  # the same, in the coarse squares
_BLOCK_PX: Final = 6
_COLOUR_BLOCK_PX: Final = 8  # photo formats keep a quarter of the colours' pixels
_TYPICAL_EDGES: Final = 8.0  # brightness levels a pixel
_FAINTEST_EDGES: Final = 1.0
_TYPICAL_PEAK: Final = 3.0  # the worst block's difference over that of the whole picture
_LEAST_LEFT: Final = 0.5  # levels: less is rounding
_BRIGHTNESS_DETAIL, _COLOUR_DETAIL = 0.75, 1.5  # powers of a photo's share of 48 pixels; formats keep colours coarser


@dataclass(frozen=True)
class Registration:
    """Where the first pictures of n pairs lie in the second ones.

    Attributes:
        shift: (n, 2) float32, vertical and horizontal, in sides.
        zoom: (n, 2) float32, vertical and horizontal; above 1 where the second picture shows less than the first.
    """

    shift: np.ndarray
    zoom: np.ndarray

    @classmethod
    def unmoved(cls, n: int) -> Registration:
        """Every picture lies on its other one, side on side."""
        return cls(np.zeros((n, 2), np.float32), np.ones((n, 2), np.float32))

    @classmethod
    def either(cls, which: np.ndarray, one: Registration, other: Registration) -> Registration:
        """The one's where ``which``, (n,) bool, is true, else the other's."""
        shift = np.where(which[:, None], one.shift, other.shift)
        return cls(shift, np.where(which[:, None], one.zoom, other.zoom))

    def take(self, pairs: np.ndarray) -> Registration:
        """Those of some pairs."""
        return Registration(self.shift[pairs], self.zoom[pairs])

    def inverted(self) -> Registration:
        """Where the second pictures lie in the first ones."""
        return Registration(-self.shift / self.zoom, 1 / self.zoom)

    def cut_fraction(self) -> np.ndarray:
        """(n,) float32: the most that one picture was cut off any side of the other, as a share of that side."""
        begin, end = self.shift - self.zoom / 2 + 0.5, 0.5 - self.shift - self.zoom / 2
        over = np.maximum(begin, end)
        under = np.maximum(-begin, -end) / self.zoom
        return np.asarray(np.maximum(over, under).max(axis=1))


@dataclass(frozen=True)
class Difference:
    """What is left between the registered pictures of n pairs, in levels of 255, where most is left.

    Re-encoding leaves a little at every edge, another product or colour much in one place: so a difference counts
    more the more it lies in one block, and less the more edges and the fewer pixels the photos have.

    Attributes:
        brightness: (n,) float32, from the root mean square within the worst block.
        colour: (n,) float32, from the difference of the mean colours of the worst block.
    """

    brightness: np.ndarray
    colour: np.ndarray


def register(first: np.ndarray, second: np.ndarray, start: Registration, n_steps: int) -> Registration:
    """Find where the first pictures lie in the second ones.

    Args:
        first: (n, side, side) float32, brightness in levels, smooth to about a pixel.
        second: As ``first``.
        start: A place that is less than a pixel or two away.
        n_steps: Gauss-Newton steps.

    Returns:
        The places, never further than a light crop can lead.
    """
    side = first.shape[1]
    margin = max(1, round(_UNFITTED_FRACTION * side))
    inner = slice(margin, side - margin)
    at = _places(side)[inner]
    n, n_px = len(first), len(at) ** 2
    template = first[:, inner, inner].reshape(n, n_px)
    down, right = (np.gradient(first, axis=axis)[:, inner, inner] * side for axis in (1, 2))
    slopes = np.stack([down, right, down * at[:, None], right * at], axis=1).reshape(n, 4, n_px)
    spread = np.array([_TYPICAL_SHIFT, _TYPICAL_SHIFT, _TYPICAL_ZOOM, _TYPICAL_ZOOM], np.float32)
    prior = np.diag((_NOISE_LEVELS / spread) ** 2 * np.float32(n_px))
    solve = np.linalg.inv(slopes @ slopes.transpose(0, 2, 1) + prior)
    shift, zoom = start.shift, start.zoom
    for _ in range(n_steps):
        left = _moved(second, Registration(shift, zoom), at).reshape(n, n_px) - template
        step = (solve @ (slopes @ left[:, :, None]))[:, :, 0]
        zoom = zoom / (1 + np.clip(step[:, 2:], -0.25, 0.25))
        shift = np.clip(shift - zoom * step[:, :2], -_MAX_SHIFT, _MAX_SHIFT)
        zoom = np.clip(zoom, 1 / _MAX_ZOOM, _MAX_ZOOM)
    return Registration(shift, zoom)


def brightness_left(first: np.ndarray, second: np.ndarray, where: Registration) -> np.ndarray:
    """(n,) float32: root mean square of what is left, in levels, over the root of the first picture's edges.

    Args:
        first: (n, side, side) float32, brightness in levels.
        second: As ``first``.
        where: From :func:`register`.
    """
    at = _places(first.shape[1])
    seen = _overlap(where, at, np.full((len(first), 2), _UNSURE_PX / first.shape[1], np.float32))
    n_seen = np.maximum(seen.sum(axis=(1, 2)), 1)
    left = ((_moved(second, where, at) - first) ** 2 * seen).sum(axis=(1, 2)) / n_seen
    return np.asarray(np.sqrt(left / _edges(first, seen)))


def smoothed(brightness: np.ndarray, side: int, blur: float) -> np.ndarray:
    """(n, side, side) float32: pictures shrunk by a Gaussian of sigma ``blur``, in the new pixels."""
    weights = _gaussian(_places(side), np.array([blur / side], np.float32), brightness.shape[1])[0]
    return np.asarray(weights @ brightness.astype(np.float32) @ weights.T)


def register_finely(
    first: SmallPictures, second: SmallPictures, start: Registration, n_steps: int
) -> tuple[Registration, Difference]:
    """Register at full size and measure what is left.

    Both are blurred first, the one with more real pixels more, until they could have as many as each other: or
    a small copy would differ from its original at every edge.
    """
    own, its = (_PIXEL_BLUR / pictures.detail_px.astype(np.float32) for pictures in (first, second))
    common = np.sqrt(np.maximum(own, its) ** 2 + (_COMMON_BLUR / SMALL_SIDE_PX) ** 2)
    sharp = _blurred(first.planes[:, 0], np.sqrt(common**2 - own**2))
    wanted = (start.zoom * common) ** 2 - its**2 - _sampling_variance(start)
    other = _blurred(second.planes[:, 0], np.sqrt(np.maximum(wanted, 0)))
    where = register(sharp, other, start, n_steps)
    at = _places(SMALL_SIDE_PX)
    seen = _overlap(where, at, _UNSEEN_BLURS * common)
    moved = _moved(other, where, at)
    n_seen = np.maximum(seen.sum(axis=(1, 2)), 1)
    edges = _edges((sharp + moved) / 2, seen)
    left = (moved - sharp) ** 2
    overall = np.maximum(np.sqrt((left * seen).sum(axis=(1, 2)) / n_seen), _LEAST_LEFT)
    worst = np.sqrt(_block_means(left, seen, _BLOCK_PX).max(axis=(1, 2)))
    blue, red = (
        _block_means(
            _moved(second.planes[:, plane].astype(np.float32), where, at) - first.planes[:, plane],
            seen,
            _COLOUR_BLOCK_PX,
        )
        for plane in (1, 2)
    )
    detail = (np.minimum(first.detail_px, second.detail_px).min(axis=1) / SMALL_SIDE_PX).astype(np.float32)
    return where, Difference(
        detail**_BRIGHTNESS_DETAIL
        * worst
        * np.sqrt(worst / (_TYPICAL_PEAK * overall))
        * (_TYPICAL_EDGES / edges) ** 0.25,
        detail**_COLOUR_DETAIL * np.sqrt((blue**2 + red**2).max(axis=(1, 2))),
    )


def _places(side: int) -> np.ndarray:
    return (np.arange(side, dtype=np.float32) + np.float32(0.5)) / side - np.float32(0.5)


def _moved(second: np.ndarray, where: Registration, at: np.ndarray) -> np.ndarray:
    """(n, len(at), len(at)): the second pictures, sampled linearly where the first ones' pixels lie."""
    side = second.shape[1]
    rows, columns = (
        np.clip((where.zoom[:, axis, None] * at + where.shift[:, axis, None] + 0.5) * side - 0.5, 0, side - 1)
        for axis in (0, 1)
    )
    pixel = np.arange(side, dtype=np.float32)
    down, right = (np.maximum(0, 1 - np.abs(place[:, :, None] - pixel)) for place in (rows, columns))
    return np.asarray(down @ second @ right.transpose(0, 2, 1))


def _sampling_variance(where: Registration) -> np.ndarray:
    """(n, 2): by how much linear sampling between pixels blurs the second pictures, in squared sides."""
    place = (where.zoom[:, :, None] * _places(SMALL_SIDE_PX) + where.shift[:, :, None]) * SMALL_SIDE_PX
    between = np.mod(place + np.float32(SMALL_SIDE_PX / 2 - 0.5), 1)
    return np.asarray((between * (1 - between)).mean(axis=2) / SMALL_SIDE_PX**2)


def _blurred(brightness: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """(n, side, side): each picture blurred by its own vertical and horizontal sigma, (n, 2), in sides."""
    side = brightness.shape[1]
    down, right = (_gaussian(_places(side), sigma[:, axis], side) for axis in (0, 1))
    return np.asarray(down @ brightness.astype(np.float32) @ right.transpose(0, 2, 1))


def _gaussian(at: np.ndarray, sigma: np.ndarray, side: int) -> np.ndarray:
    """(n, len(at), side): weights that sample a picture at places, with n sigmas."""
    distance = at[:, None] - _places(side)
    weights = np.exp(-0.5 * (distance / np.maximum(sigma, 1e-3)[:, None, None]) ** 2)
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


def _overlap(where: Registration, at: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """(n, side, side) bool: pixels of the first picture that lie in both, further than ``margin`` from a side."""
    inside = []
    for axis in (0, 1):
        far = 0.5 - margin[:, axis, None]
        there = np.abs(where.zoom[:, axis, None] * at + where.shift[:, axis, None])
        inside.append((there <= far) & (np.abs(at) <= far))
    return np.asarray(inside[0][:, :, None] & inside[1][:, None, :])


def _edges(brightness: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(n,) float32: root mean square of the slope, in levels a pixel."""
    slopes = sum(np.gradient(brightness, axis=axis) ** 2 for axis in (1, 2))
    n_seen = np.maximum(seen.sum(axis=(1, 2)), 1)
    return np.asarray(np.maximum(np.sqrt((slopes * seen).sum(axis=(1, 2)) / n_seen), _FAINTEST_EDGES))


def _block_means(values: np.ndarray, seen: np.ndarray, block_px: int) -> np.ndarray:
    """(n, blocks, blocks): means over the seen pixels of each block, 0 where less than a quarter is seen."""
    n, blocks = len(values), values.shape[1] // block_px
    shape = (n, blocks, block_px, blocks, block_px)
    n_seen = seen.reshape(shape).sum(axis=(2, 4))
    sums = (values * seen).reshape(shape).sum(axis=(2, 4))
    return np.asarray(np.where(4 * n_seen >= block_px**2, sums / np.maximum(n_seen, 1), 0), np.float32)
