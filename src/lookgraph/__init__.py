"""Pinterest-like fashion recommendations from photos of clothes, with graph neural networks.

    import lookgraph
    lookbook = lookgraph.build("photos/", "shop.lookbook")
    lookbook.similar("red-dress", k=10, where="season == 'Summer'")

The stages, in the order in which data flows; each imports only from those before it:

    photos -> catalogue -> encoder -> graph -> gnn -> index -> recommend -> evaluate -> lookbook -> app
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lookgraph.lazy import exports

if TYPE_CHECKING:
    from lookgraph.config import Settings, load_settings
    from lookgraph.errors import LookgraphError
    from lookgraph.lookbook import Lookbook, Update, add, build, open, rebuild, remove
    from lookgraph.recommend import Recommendation, Recommendations

__all__ = [
    "Lookbook",
    "LookgraphError",
    "Recommendation",
    "Recommendations",
    "Settings",
    "Update",
    "add",
    "build",
    "load_settings",
    "open",
    "rebuild",
    "remove",
]

__getattr__ = exports(__name__)  # a process that only decodes photos never loads PyTorch
