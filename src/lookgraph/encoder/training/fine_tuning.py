"""Fine-tune the encoder on the photos of a source: the whole of `lookgraph train-encoder`, a call a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from lookgraph.config import Settings, TrainSettings
from lookgraph.device import choose_device
from lookgraph.encoder.quantize import NO_INT8, can_quantize
from lookgraph.encoder.training.checkpoints import History, forget_checkpoints, has_checkpoint, restore_best
from lookgraph.encoder.training.crew import assemble
from lookgraph.encoder.training.data import TrainingData, forget_data, keep_data, read_data
from lookgraph.encoder.training.learning import DEVICE, LOGS, begin, learn, uses_bfloat16
from lookgraph.encoder.training.pictures import Pictures, decode_once
from lookgraph.encoder.training.runs import Run, forget_run, make_network, open_run, refuse_finished
from lookgraph.encoder.training.split import split_photos, unite
from lookgraph.encoder.training.starting import Start, open_start
from lookgraph.encoder.training.targets import read_groups, read_targets
from lookgraph.encoder.training.writing import Outcome, judge_outcome, write_weights
from lookgraph.errors import ConfigError
from lookgraph.photos import Source
from lookgraph.progress import Progress, Silent


@dataclass(frozen=True)
class FineTuned:
    """A finished training.

    Attributes:
        folder: The weights folder.
        outcome: What it came to.
        n_train: Photos that were learnt from.
        n_validation: Photos that judged.
        rejections: ``id``, ``location``, ``reason`` and ``message`` of every photo that was not used.
        logs: The folder of TensorBoard logs, where there are any.
    """

    folder: Path
    outcome: Outcome
    n_train: int
    n_validation: int
    rejections: list[dict[str, str]]
    logs: Path | None


def fine_tune(
    source: Source, targets: Sequence[str], out: Path, settings: Settings, *, origin: str = "", label: str = "photos",
    progress: Progress | None = None,
) -> FineTuned:  # fmt: skip
    """Fine-tune, or go on where a killed training stopped.

    Args:
        source: Photos and their attributes.
        targets: Columns to learn.
        out: The weights folder to be: new, or one that the same call left unfinished.
        settings: The sections ``train`` and ``photos`` are used.
        origin: What to begin with: empty for the weights that ship, a folder, or a hub's name.
        label: What the model card calls the photos.
        progress: Hears of every step.

    Raises:
        SourceError: a column cannot be learnt, or there are too few usable photos.
        ConfigError: settings contradict each other, or the starting weights.
        EncoderError: the starting weights or the folder cannot be used.
    """
    progress = progress or Silent()
    refuse_finished(out)
    read_targets(source.attributes, targets)  # before hours of work
    read_groups(source.attributes, settings.train.group_by)
    start = open_start(origin, settings.train.side_px, settings.train.seed)
    _check_settings(settings.train, start)
    for note in (*source.notes, *start.notes):
        progress.note(note)
    if settings.train.int8 and not can_quantize():
        progress.note(NO_INT8)
    run = prepare(source, targets, out, settings, start, progress)
    device = choose_device(DEVICE, run.settings.device)
    width = "bfloat16" if uses_bfloat16(run.settings, device) else "float32"
    progress.note(f"learning on {'a GPU' if device.type == 'cuda' else 'the processor'}, in {width}")
    history, right = train(run, progress)
    data, network = read_data(run.work), make_network(run.work)
    outcome = judge_outcome(history, right, data, start)
    restore_best(run.work, history.best_epoch, network)
    write_weights(run, data, start, network, history, outcome, label, progress)
    rejections = data.pictures.rejections()
    _forget(run, data)
    n_train, n_validation, logs = len(data.split.train), len(data.split.validation), run.work / LOGS
    return FineTuned(out, outcome, n_train, n_validation, rejections, logs if logs.exists() else None)


def prepare(
    source: Source, targets: Sequence[str], out: Path, settings: Settings, start: Start, progress: Progress
) -> Run:
    """Make all that the training processes read, or find it: pictures, classes, split, the checkpoint of epoch 0.

    Raises:
        LookgraphError: as :func:`fine_tune` does.
    """
    run = open_run(out, settings.train, start, targets, source)
    if not has_checkpoint(run.work):
        pictures = decode_once(source, run.work, start.side_px, run.settings.augment, settings.photos, progress)
        data = _choose(source, pictures, targets, run.settings, start)
        keep_data(data, run.settings.seed)
        begin(run, data, start.network)
    split = read_data(run.work).split
    if left_out := len(split.units) - len(split.train) - len(split.validation):
        progress.note(f"{left_out} of {len(split.units)} photos have no value in {_or(targets)} and are left out")
    progress.note(f"{len(split.train)} photos to learn from, {len(split.validation)} to judge by, {start.side_px} px")
    return run


def train(run: Run, progress: Progress) -> tuple[History, dict[str, np.ndarray]]:
    """All epochs that remain, in as many processes as the settings say; see :func:`learn`."""
    with assemble(run.settings.processes, learn, run, Silent()) as crew:
        return learn(crew, run, progress)


def _check_settings(settings: TrainSettings, start: Start) -> None:
    if settings.batch_size < settings.processes:
        raise ConfigError(
            f"train.batch_size={settings.batch_size} leaves nothing for some of train.processes={settings.processes}:"
            " raise the former or lower the latter"
        )
    has_gpu = choose_device(DEVICE, settings.device).type == "cuda"
    if has_gpu and settings.processes > torch.cuda.device_count():
        raise ConfigError(
            f"train.processes={settings.processes} needs as many CUDA devices, and PyTorch sees"
            f" {torch.cuda.device_count()}: set train.device=cpu or, for a new training, lower it"
        )
    n_stages = len(start.network.stages())
    if settings.frozen_stages > n_stages:
        raise ConfigError(
            f"train.frozen_stages={settings.frozen_stages}, but this {start.network.family.model_type} has {n_stages}"
        )


def _choose(
    source: Source, pictures: Pictures, targets: Sequence[str], settings: TrainSettings, start: Start
) -> TrainingData:
    """Read the classes of the photos that could be decoded, and decide which of them judge."""
    photos = pictures.photos()
    row_of = {ref.id: row for row, ref in enumerate(source.refs)}
    attributes = source.attributes.take(pa.array([row_of[name] for name in photos["id"].to_pylist()]))
    learnt = read_targets(attributes, targets)
    groups = read_groups(attributes, settings.group_by)
    content = np.array(photos["content_hash"].to_pylist())
    units = unite(groups, content, photos["perceptual_hash"].to_numpy(), pictures.small())
    rng = np.random.default_rng(settings.seed)
    seen = start.has_seen(content.tolist())
    return TrainingData(pictures, learnt, split_photos(units, learnt, settings.validation_fraction, rng, seen))


def _or(names: Sequence[str]) -> str:
    return " or ".join(repr(name) for name in dict.fromkeys(names))


def _forget(run: Run, data: TrainingData) -> None:
    """Keep the logs and the lists of photos; the rest has become the weights folder."""
    forget_run(run.work)
    forget_checkpoints(run.work)
    forget_data(data)
