"""The lookbook: build, resume, publish, roll back, open."""

from lookgraph.lookbook.building import build_generation
from lookgraph.lookbook.generation import Generation, current_name, generation_names, open_generation, roll_back
from lookgraph.lookbook.opened import Lookbook, build, open
from lookgraph.lookbook.stages import Study
from lookgraph.lookbook.survey import load_chart

__all__ = [
    "Generation",
    "Lookbook",
    "Study",
    "build",
    "build_generation",
    "current_name",
    "generation_names",
    "load_chart",
    "open",
    "open_generation",
    "roll_back",
]
