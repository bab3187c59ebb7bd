"""Where does each item lie on a flat map, so that neighbours stay neighbours?"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
from scipy.stats import rankdata

from lookgraph.graph import nearest

_PERPLEXITY: Final = 30
_FEWEST_FOR_TSNE: Final = 12
_COLLAPSED: Final = 1e-6
_LAID_OUT: Final = 10_000
_ANCHORS: Final = 5
_JITTER: Final = 0.003  # of the map's side


def flat_map(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Lay (n, d) float32 unit rows out in two dimensions.

    t-SNE by cosine, seeded, with a perplexity of 30 or what n allows; a handful of items by their two
    principal components; items that all lie on one point, on a spiral. Beyond 10,000 items a drawn sample of
    them is laid out, and each of the others goes among its five nearest of these.

    Returns:
        (n, 2) float64 in 0..1. Each coordinate is halfway between its place and its rank, so that far
        outliers leave room for the rest; order along an axis stays as it was.

    Source: van der Maaten and Hinton 2008, as implemented by openTSNE (Policar et al. 2024).
    """
    n = len(vectors)
    if n <= _LAID_OUT:
        return _even_out(_framed(_laid_out(vectors, seed)))
    rng = np.random.default_rng([seed, 5])
    anchors = np.sort(rng.choice(n, _LAID_OUT, replace=False))
    points = np.empty((n, 2))
    points[anchors] = _framed(_laid_out(vectors[anchors], seed))
    others = np.setdiff1d(np.arange(n), anchors)
    points[others] = place_among(points[anchors], vectors[anchors], vectors[others], rng)
    return _even_out(_framed(points))


def place_among(places: np.ndarray, vectors: np.ndarray, newcomers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give items a place on a finished map: among their five nearest.

    Args:
        places: (n, 2) of the items that have one.
        vectors: (n, d) float32 unit rows of these.
        newcomers: (m, d) float32 unit rows of the others.
        rng: Moves each a little, so that none hides another.

    Returns:
        (m, 2) float64.
    """
    _, near = nearest(newcomers, vectors, min(_ANCHORS, len(vectors)))
    placed: np.ndarray = np.median(places[near], axis=1) + _JITTER * rng.normal(size=(len(newcomers), 2))
    return placed


def _laid_out(vectors: np.ndarray, seed: int) -> np.ndarray:
    n = len(vectors)
    if n < 2 or float(np.abs(vectors - vectors[0]).max()) < _COLLAPSED:
        turn = np.arange(n) * np.pi * (3 - np.sqrt(5))
        return np.asarray(np.sqrt(np.arange(n))[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))
    return _principal_components(vectors) if n < _FEWEST_FOR_TSNE else _tsne(vectors, seed)


def _framed(points: np.ndarray) -> np.ndarray:
    """Scaled to 0..1, each axis by itself."""
    low, high = points.min(0), points.max(0)
    spread = np.where(high - low > _COLLAPSED, high - low, 1.0)
    framed: np.ndarray = np.where(high - low > _COLLAPSED, (points - low) / spread, 0.5)
    return framed


def _even_out(points: np.ndarray) -> np.ndarray:
    ranks = np.column_stack([rankdata(column, method="average") for column in points.T])
    evened: np.ndarray = 0.5 * points + 0.5 * (ranks - 0.5) / len(points)
    return evened


def _tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    from openTSNE import TSNE  # half a second to import, and only maps need it

    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3.5)
    start = _principal_components(vectors)
    jitter = np.random.default_rng(seed).normal(size=start.shape)  # equal photos must not start on one point
    start = start / max(float(start.std()), _COLLAPSED) * 1e-4 + jitter * 1e-6
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = TSNE(perplexity=perplexity, metric="cosine", initialization=start, random_state=seed, n_jobs=1)
        return np.asarray(model.fit(vectors), np.float64)


def _principal_components(vectors: np.ndarray) -> np.ndarray:
    centred = vectors.astype(np.float64) - vectors.mean(0)
    _, _, axes = np.linalg.svd(centred.T @ centred)
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(1)])[:, None]
    points: np.ndarray = centred @ axes.T
    return points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points))])
