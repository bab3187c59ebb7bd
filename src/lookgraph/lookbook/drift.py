"""How far has a lookbook drifted from the build that trained its network, and is it time for another?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lookgraph.config import LookbookSettings
from lookgraph.lookbook.generation import Generation

_FEWEST = 0.01  # of the photos: fewer strangers are no reason to train on all the others again


@dataclass(frozen=True)
class Drift:
    """What updates did to the catalogue that was learned from.

    Attributes:
        joined_fraction: Nodes that the network was not trained on, of all nodes.
        left_fraction: Nodes that it was trained on and that are gone, of those it was trained on.
        strangeness: Mean distance of the joined nodes from the middle of their cluster, by that of the others: 1 where
            they are like what was learned from, more where the clusters do not describe them; None without joined ones.
        by_chance: How large it is three standard errors above 1: as many photos of the catalogue itself hardly ever
            reach that. None without joined ones.
    """

    joined_fraction: float
    left_fraction: float
    strangeness: float | None
    by_chance: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def advice(self, settings: LookbookSettings) -> str | None:
        """One sentence that says why to rebuild; None while there is no reason."""
        changed = self.joined_fraction + self.left_fraction
        if changed > settings.rebuild_changed_fraction:
            return (
                f"{changed:.0%} of the photos joined or left since the network was trained"
                f" (lookbook.rebuild_changed_fraction={settings.rebuild_changed_fraction:g}): run `lookgraph rebuild`"
            )
        if self.strangeness is None or self.by_chance is None:
            return None
        if self.joined_fraction >= _FEWEST and self.strangeness > max(settings.rebuild_strangeness, self.by_chance):
            return (
                f"the photos that joined are {self.strangeness:.2f} times as far from their clusters as the others"
                f" (lookbook.rebuild_strangeness={settings.rebuild_strangeness:g}): run `lookgraph rebuild`"
            )
        return None


def measure_drift(node_embeddings: np.ndarray, clusters: np.ndarray, fitted: np.ndarray, n_fitted: int) -> Drift:
    """Compare what joined with what was learned from.

    Args:
        node_embeddings: (n_nodes, dim) float32, unit length: the space that was clustered.
        clusters: (n_nodes,) int64.
        fitted: (n_nodes,) bool: was the network trained on this node?
        n_fitted: Nodes that it was trained on, those that are gone too.
    """
    names, member = np.unique(clusters, return_inverse=True)
    middle = np.zeros((len(names), node_embeddings.shape[1]))
    np.add.at(middle, member[fitted], node_embeddings[fitted])
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
    distance = 1 - np.einsum("nd,nd->n", node_embeddings, middle[member])
    joined, n_left = ~fitted, n_fitted - int(fitted.sum())
    strange = chance = None
    if joined.any() and fitted.any():
        usual, spread = max(float(distance[fitted].mean()), 1e-6), float(distance[fitted].std())
        strange = float(distance[joined].mean()) / usual
        chance = 1 + 3 * spread / usual / float(np.sqrt(joined.sum()))
    return Drift(float(joined.mean()), n_left / max(n_fitted, 1), strange, chance)


def drift_of(generation: Generation) -> Drift:
    """How far a generation has drifted; none at all right after a build."""
    said = generation.manifest.get("drift")
    return Drift(0.0, 0.0, None, None) if said is None else Drift(**said)
