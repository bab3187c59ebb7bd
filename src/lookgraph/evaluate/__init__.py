"""How good is what a build learned, measured so that it cannot flatter itself?

    pick_space      which space to search, chosen on held-out photos       space.py
    evaluate        all figures of a finished build                        measure.py
    write_report    metrics.json and one page that a person reads          report.py

The parts, in the order in which they are used: ``splits`` holds photos out, ``trainings`` trains on the
rest, ``retrieval`` lets the held-out photos search (``baselines`` beside the learned spaces,
``bootstrap`` for the intervals), ``clustering`` and ``graph_figures`` audit clusters and graph, and
``summary`` says it in words.
"""

from typing import TYPE_CHECKING

from lookgraph.lazy import exports

if TYPE_CHECKING:
    from lookgraph.evaluate.attributes import label_codes
    from lookgraph.evaluate.controls import as_tables, measure_ablation, measure_controls
    from lookgraph.evaluate.evidence import Copies, Evidence, FittedGnn, Links, TrainGnn
    from lookgraph.evaluate.measure import SECTIONS, evaluate, section_command
    from lookgraph.evaluate.report import write_report
    from lookgraph.evaluate.space import SpaceChoice, choose_space, pick_space
    from lookgraph.evaluate.summary import number, summarise_in_words
    from lookgraph.evaluate.values import Metrics

__all__ = [
    "SECTIONS",
    "Copies",
    "Evidence",
    "FittedGnn",
    "Links",
    "Metrics",
    "SpaceChoice",
    "TrainGnn",
    "as_tables",
    "choose_space",
    "evaluate",
    "label_codes",
    "measure_ablation",
    "measure_controls",
    "number",
    "pick_space",
    "section_command",
    "summarise_in_words",
    "write_report",
]

__getattr__ = exports(__name__)
