"""Soft things (light, shadow, creases) live at a quarter of the picture's size; OpenCV brings them there and back."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

COARSE: Final = 4
_REACH: Final = 2.3  # standard deviations after which a blur ends


def enlarged(small: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(ceil(h/4), ceil(w/4)) -> (h, w) float32, bilinear."""
    h, w = small.shape
    return cv2.resize(small, (w * COARSE, h * COARSE), interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]]


def reduced(mask: np.ndarray) -> np.ndarray:
    """(h, w) uint8 -> (ceil(h/4), ceil(w/4)) float32, 0..1: the means of 4 x 4 pixels, empty beyond the edge."""
    h, w = mask.shape
    whole = cv2.copyMakeBorder(mask, 0, -h % COARSE, 0, -w % COARSE, cv2.BORDER_CONSTANT)
    small = cv2.resize(whole, (whole.shape[1] // COARSE, whole.shape[0] // COARSE), interpolation=cv2.INTER_AREA)
    return np.asarray(small * np.float32(1 / 255))


def blurred(field: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w) float32, blurred by a Gaussian of so many of its own pixels; mirrored at the edges."""
    side = 2 * int(_REACH * sigma + 0.5) + 1
    return np.asarray(cv2.GaussianBlur(field, (side, side), sigma, borderType=cv2.BORDER_REFLECT))
