"""Pinterest-like fashion recommendations from photos of clothes, with graph neural networks.

    import lookgraph
    lookbook = lookgraph.build("photos/", "shop.lookbook")
    lookbook.similar("red-dress", k=10, where="season == 'Summer'")

The stages, in the order in which data flows; each imports only from those before it:

    photos -> catalogue -> encoder -> graph -> gnn -> index -> recommend -> evaluate -> lookbook -> app
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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

_HOME = {
    "Lookbook": "lookgraph.lookbook",
    "LookgraphError": "lookgraph.errors",
    "Recommendation": "lookgraph.recommend",
    "Recommendations": "lookgraph.recommend",
    "Settings": "lookgraph.config",
    "Update": "lookgraph.lookbook",
    "add": "lookgraph.lookbook",
    "build": "lookgraph.lookbook",
    "load_settings": "lookgraph.config",
    "open": "lookgraph.lookbook",
    "rebuild": "lookgraph.lookbook",
    "remove": "lookgraph.lookbook",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: a process that only decodes photos never loads PyTorch."""
    if name not in _HOME:
        raise AttributeError(f"module 'lookgraph' has no attribute {name!r}: there are {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)
