"""`lookgraph evaluate`: train the network and its variants on a finished build, and keep what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from lookgraph.app.progress import make_progress
from lookgraph.app.reporting import study_of
from lookgraph.evaluate import measure_ablation, measure_controls
from lookgraph.lookbook import Lookbook
from lookgraph.lookbook.files import write_atomically

Question = Literal["controls", "ablation"]
_MEASURES: Final = {"controls": measure_controls, "ablation": measure_ablation}


def measure_variants(lookbook: Lookbook, question: Question, n_seeds: int) -> tuple[dict[str, Any], Path]:
    """Measure, and write ``evaluations/<generation>-<question>.json`` into the lookbook.

    A generation is never changed once it is published, so its evaluation lies beside the generations. What is
    measured so far lies there while it goes on, as ``<generation>-<question>.partial.json``: an hour is not lost.
    """
    path = lookbook.root / "evaluations" / f"{lookbook.generation.id}-{question}.json"
    partial = path.with_suffix(".partial.json")
    path.parent.mkdir(exist_ok=True)
    with make_progress() as progress:
        evidence = study_of(lookbook, progress).evidence(lookbook.manifest["space"])
        report = _MEASURES[question](
            evidence, n_seeds, progress, lambda so_far: write_atomically(partial, _text(so_far))
        )
    write_atomically(path, _text(report))
    partial.unlink(missing_ok=True)
    return report, path


def _text(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"
