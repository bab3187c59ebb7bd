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
    from lookgraph.evaluate.attributes import category_labels, label_codes, retrieval_labels
    from lookgraph.evaluate.chart import Chart, chart_document
    from lookgraph.evaluate.controls import as_tables, measure_ablation, measure_controls
    from lookgraph.evaluate.evidence import Copies, Evidence, FittedGnn, LinkKind, TrainGnn
    from lookgraph.evaluate.layout import flat_map, place_among
    from lookgraph.evaluate.map_page import MAP_FOLDER
    from lookgraph.evaluate.measure import SECTIONS, evaluate, section_command
    from lookgraph.evaluate.naming import NamedCluster, Word, name_clusters
    from lookgraph.evaluate.report import write_metrics, write_report
    from lookgraph.evaluate.space import SpaceChoice, choose_space, pick_space
    from lookgraph.evaluate.summary import number, summarise_in_words
    from lookgraph.evaluate.tones import tone
    from lookgraph.evaluate.values import Metrics

__all__ = [
    "MAP_FOLDER",
    "SECTIONS",
    "Chart",
    "Copies",
    "Evidence",
    "FittedGnn",
    "LinkKind",
    "Metrics",
    "NamedCluster",
    "SpaceChoice",
    "TrainGnn",
    "Word",
    "as_tables",
    "category_labels",
    "chart_document",
    "choose_space",
    "evaluate",
    "flat_map",
    "label_codes",
    "measure_ablation",
    "measure_controls",
    "name_clusters",
    "number",
    "pick_space",
    "place_among",
    "retrieval_labels",
    "section_command",
    "summarise_in_words",
    "tone",
    "write_metrics",
    "write_report",
]

__getattr__ = exports(__name__)
