"""Quarter-size light and shadow brought to full size."""

from __future__ import annotations

from typing import Final

import numpy as np

COARSE: Final = 4


def enlarged(small: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bilinear, to ``shape`` (height, width), which is at most four times the small one; equal to Pillow's, faster."""
    h, w = small.shape
    edge = np.concatenate([small[:1], small, small[-1:]])
    tall = np.empty((h, COARSE, w), np.float32)
    for k in range(COARSE):
        tall[:, k] = _between(edge, k, h)
    rows = tall.reshape(COARSE * h, w)[: shape[0]]
    edge = np.concatenate([rows[:, :1], rows, rows[:, -1:]], axis=1)
    wide = np.empty((len(rows), w, COARSE), np.float32)
    for k in range(COARSE):
        wide[:, :, k] = _between(edge.T, k, w).T
    return wide.reshape(len(rows), COARSE * w)[:, : shape[1]]


def _between(edge: np.ndarray, k: int, n: int) -> np.ndarray:
    off = (k + 0.5) / COARSE - 0.5
    other = edge[:n] if off < 0 else edge[2 : n + 2]
    return np.asarray(edge[1 : n + 1] * np.float32(1 - abs(off)) + other * np.float32(abs(off)))
