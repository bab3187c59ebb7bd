"""The attention of the graph network as it is kept with the build; :mod:`.attending` reads it off the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Attention:
    """The mean over the heads of layer one; what an item gives its neighbours and itself sums to one.

    Attributes:
        links: (n_edges,) float32, in the order of the graph's ``edge_index``.
        own: (n_items,) float32: what each item gives itself; 0 where the layer does not hear the item itself.
    """

    links: np.ndarray
    own: np.ndarray


def save_attention(attention: Attention, path: Path) -> None:
    """Write ``attention.npz``."""
    np.savez(path, links=attention.links, own=attention.own)


def load_attention(path: Path) -> Attention:
    """Read ``attention.npz``."""
    with np.load(path, allow_pickle=False) as arrays:
        return Attention(arrays["links"], arrays["own"])
