"""`lookgraph report`: read what the build measured, or measure it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lookgraph.app.progress import make_progress
from lookgraph.errors import LookbookDamagedError
from lookgraph.evaluate import evaluate, write_metrics, write_report
from lookgraph.lookbook import Lookbook, Study, load_chart
from lookgraph.progress import Progress


def published_metrics(lookbook: Lookbook) -> dict[str, Any]:
    """The metrics that the build published."""
    path = lookbook.report.with_name("metrics.json")
    try:
        metrics: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LookbookDamagedError(f"{path} cannot be read ({error}): `lookgraph rollback`, or build again") from None
    return metrics


def before_updates(lookbook: Lookbook) -> str | None:
    """A sentence where the published metrics are those of a build that updates have changed since."""
    updates = lookbook.manifest.get("updates")
    if not updates:
        return None
    built = lookbook.manifest["built"]["generation"]
    times = "an update" if len(updates) == 1 else f"{len(updates)} updates"
    return f"Measured when generation {built} was built, before {times}: `lookgraph rebuild` measures anew."


def measure_again(lookbook: Lookbook, only: Sequence[str]) -> dict[str, Any]:
    """Some sections' metrics, from the generation's files."""
    with make_progress() as progress:
        return evaluate(study_of(lookbook, progress).evidence(lookbook.manifest["space"]), progress, only=only)


def report_again(lookbook: Lookbook, out: Path, only: Sequence[str] | None) -> dict[str, Any]:
    """All metrics, or some sections', with the page, into another folder."""
    with make_progress() as progress:
        evidence = study_of(lookbook, progress).evidence(lookbook.manifest["space"])
        metrics = evaluate(evidence, progress, only=only)
        folder = lookbook.generation.folder
        write_metrics(metrics, out)
        write_report(evidence, load_chart(folder, folder, folder, folder), metrics, out, progress)
    return metrics


def study_of(lookbook: Lookbook, progress: Progress) -> Study:
    """The measuring part of the build that made an open lookbook."""
    folder = lookbook.generation.folder
    label = lookbook.manifest["inputs"]["source"]
    return Study(folder, folder, folder, lookbook.encoder, lookbook.settings, label, progress)
