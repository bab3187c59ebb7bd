"""`lookgraph evaluate`: train the network and its controls on a finished build, and keep what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lookgraph.app.progress import make_progress
from lookgraph.app.reporting import study_of
from lookgraph.evaluate import measure_controls
from lookgraph.lookbook import Lookbook


def evaluate_controls(lookbook: Lookbook, n_seeds: int) -> tuple[dict[str, Any], Path]:
    """Measure, and write ``evaluations/<generation>-controls.json`` into the lookbook.

    A generation is never changed once it is published, so its evaluation lies beside the generations.
    """
    with make_progress() as progress:
        evidence = study_of(lookbook, progress).evidence(lookbook.manifest["space"])
        report = measure_controls(evidence, n_seeds, progress)
    path = lookbook.root / "evaluations" / f"{lookbook.generation.id}-controls.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return report, path
