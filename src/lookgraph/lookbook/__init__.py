"""The lookbook: build, resume, publish, roll back, open."""

from typing import TYPE_CHECKING

from lookgraph.lazy import exports

if TYPE_CHECKING:
    from lookgraph.lookbook.building import build_generation
    from lookgraph.lookbook.charts import load_chart
    from lookgraph.lookbook.drift import drift_of
    from lookgraph.lookbook.generation import Generation, current_name, generation_names, open_generation, roll_back
    from lookgraph.lookbook.opened import Lookbook, build, open, rebuild
    from lookgraph.lookbook.stages import Study
    from lookgraph.lookbook.updating import Update, add, remove

__all__ = [
    "Generation",
    "Lookbook",
    "Study",
    "Update",
    "add",
    "build",
    "build_generation",
    "current_name",
    "drift_of",
    "generation_names",
    "load_chart",
    "open",
    "open_generation",
    "rebuild",
    "remove",
    "roll_back",
]

__getattr__ = exports(__name__)
