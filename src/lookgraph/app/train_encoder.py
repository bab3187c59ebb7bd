"""`lookgraph train-encoder`: fine-tune the encoder, one process at a time in a folder, with a full disk explained."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lookgraph.config import Settings
from lookgraph.encoder.training.fine_tuning import FineTuned, fine_tune
from lookgraph.encoder.training.runs import WORK, is_finished, is_unfinished, refuse_finished
from lookgraph.lookbook.files import disk_full_explained, writer_lock
from lookgraph.photos import Source
from lookgraph.progress import Progress


def train_encoder(
    source: Source, targets: Sequence[str], out: Path, settings: Settings, origin: str, progress: Progress
) -> FineTuned:
    """Fine-tune into ``out``, or go on where a killed training stopped.

    Raises:
        LookbookBusyError: another process trains into this folder.
        DiskFullError: there is no room for pictures, checkpoints or weights.
        LookgraphError: as :func:`~lookgraph.encoder.training.fine_tuning.fine_tune` does.
    """
    refuse_finished(out)
    first = Path(source.paths[0]).resolve()
    label = first.name if source.kind == "folder" else first.stem if len(source.paths) == 1 else first.parent.name
    with disk_full_explained(out), _held(out):
        return fine_tune(source, targets, out, settings, origin=origin, label=label or "photos", progress=progress)


def describe(done: FineTuned) -> dict[str, Any]:
    """What ``--json`` prints."""
    outcome = done.outcome
    return {
        "out": str(done.folder),
        "helped": outcome.helped,
        "verdict": outcome.verdict,
        "precision_at_1": {"before": outcome.before, "after": outcome.after},
        "gain": outcome.gain,
        "gain_standard_error": outcome.gain_error,
        "best_epoch": outcome.best_epoch,
        "epochs": outcome.epochs,
        "training_photos": done.n_train,
        "validation_photos": done.n_validation,
        "rejected": done.rejections,
        "logs": str(done.logs) if done.logs else None,
    }


@contextlib.contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold the folder against a second training; leave no trace where the training did not even begin."""
    try:
        with writer_lock(out / WORK):
            yield
    finally:
        if not is_unfinished(out) and not is_finished(out):
            with contextlib.suppress(OSError):
                (out / WORK / "build.lock").unlink()
                (out / WORK).rmdir()  # only if nothing else is in it
                out.rmdir()
