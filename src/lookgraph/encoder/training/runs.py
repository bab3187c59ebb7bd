"""Is this training new, or does it go on? The folder that it writes, and what it was asked to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookgraph.config import TrainSettings
from lookgraph.encoder.backbones import family_of
from lookgraph.encoder.folder import CONFIG
from lookgraph.encoder.model import Encoder
from lookgraph.encoder.training.starting import Start
from lookgraph.encoder.weights import describe_network, network_from
from lookgraph.errors import EncoderError
from lookgraph.photos import Source

WORK = ".training"
_RUN, _NETWORK = "run.json", "network.json"
_ANY = ("device", "loader_processes", "int8")  # settings that change nothing about what is learnt, but its rounding


@dataclass(frozen=True)
class Run:
    """A training's folder and its order.

    Attributes:
        out: The weights folder to be.
        work: Where everything lies until it is finished.
        settings: The section ``train``.
        has_head: Do the starting weights embed as they are, so that they may be the best?
    """

    out: Path
    work: Path
    settings: TrainSettings
    has_head: bool


def refuse_finished(out: Path) -> None:
    """Make sure that nothing would be overwritten.

    Raises:
        EncoderError: there are finished weights, or other files.
    """
    if out.exists() and not out.is_dir():
        raise EncoderError(f"--out {out} is a file: name a new folder")
    if is_finished(out):
        raise EncoderError(f"--out {out} holds finished weights: name another folder, or delete it first")
    others = [path.name for path in out.glob("*") if path.name != WORK] if not is_unfinished(out) else []
    if others:
        raise EncoderError(f"--out {out} holds other files ({', '.join(sorted(others)[:3])}): name a new folder")


def is_finished(out: Path) -> bool:
    """Are there weights here?"""
    return (out / CONFIG).exists()


def is_unfinished(out: Path) -> bool:
    """Has a training begun here that has not finished?"""
    return (out / WORK / _RUN).exists()


def open_run(out: Path, settings: TrainSettings, start: Start, targets: Sequence[str], source: Source) -> Run:
    """Begin in a new folder, or go on in one where the very same training was killed.

    Raises:
        EncoderError: the folder belongs to another training; the message says what differs.
    """
    work = out / WORK
    order = {
        **{f"train.{name}": value for name, value in settings.model_dump().items()},
        "target": list(targets),
        "side_px": start.side_px,
        "starting weights": f"{start.name} ({start.digest[:12]})",
        "photos": f"{len(source.refs)} ({_digest(source, [*targets, settings.group_by])[:12]})",
    }
    if (work / _RUN).exists():
        _compare(work, order)
    else:
        work.mkdir(parents=True, exist_ok=True)
        (work / _NETWORK).write_text(json.dumps(describe_network(start.network, start.side_px)))
        aside = work / f"{_RUN}.aside"
        aside.write_text(json.dumps(order))
        aside.replace(work / _RUN)
    return Run(out, work, settings, start.has_head)


def make_network(work: Path) -> Encoder:
    """The network of a training with random weights; a checkpoint has the real ones."""
    config: dict[str, Any] = json.loads((work / _NETWORK).read_text("utf-8"))
    own = config.pop("lookgraph")
    return network_from(family_of(config["model_type"], work), config, own, work)


def forget_run(work: Path) -> None:
    """After this the training is finished."""
    for name in (_RUN, _NETWORK):
        (work / name).unlink(missing_ok=True)


def _compare(work: Path, order: Mapping[str, object]) -> None:
    try:
        before = json.loads((work / _RUN).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{work / _RUN} cannot be read ({error}): delete {work} and begin again") from None
    differences = [
        f"{name} was {before.get(name)!r}, now {value!r}"
        for name, value in order.items()
        if before.get(name) != value and name.removeprefix("train.") not in _ANY
    ]
    if differences:
        raise EncoderError(
            f"{work.parent} holds an unfinished training of another kind: {'; '.join(differences)}. Run the earlier"
            f" command to finish it, name another --out, or delete {work} to begin again"
        )


def _digest(source: Source, columns: Sequence[str]) -> str:
    """Of which photos there are, and of what is learnt about them."""
    digest = hashlib.sha256(json.dumps([[ref.id, str(ref.location)] for ref in source.refs]).encode())
    for name in columns:
        if name:
            column: pa.ChunkedArray = source.attributes[name]
            digest.update(json.dumps(column.to_pylist(), default=str).encode())
    return digest.hexdigest()
