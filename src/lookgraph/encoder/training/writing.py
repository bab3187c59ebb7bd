"""The end of a training: the best weights as a folder that `build` takes, with a model card that says what was seen."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from lookgraph.config import EncoderSettings, TrainSettings
from lookgraph.encoder.folder import CONFIG
from lookgraph.encoder.inference import EmbeddingRuntime
from lookgraph.encoder.int8 import remove_int8
from lookgraph.encoder.model import EMBEDDING_DIM, Encoder
from lookgraph.encoder.quantize import CALIBRATION_PHOTOS, can_quantize, silenced, write_int8
from lookgraph.encoder.training.checkpoints import History
from lookgraph.encoder.training.data import TrainingData
from lookgraph.encoder.training.runs import Run
from lookgraph.encoder.training.starting import Start
from lookgraph.encoder.training.targets import Target
from lookgraph.encoder.training.validation import gain_with_error, precision_at_1
from lookgraph.encoder.weights import TrainedEncoder, content_key, load_encoder, save_encoder
from lookgraph.progress import Progress

_ASIDE: Final = "finished"
_LEAST_COSINE: Final = 0.99
_MOST_JUDGES: Final = 2000  # of an int8 model


@dataclass(frozen=True)
class Outcome:
    """What a training came to.

    Attributes:
        before: Precision at 1 by target, of the starting weights on the photos that judge.
        after: The same of the weights that are kept.
        gain: Mean gain of a photo that judges.
        gain_error: Its standard error.
        n_judges: Photos that were asked: of those that judge, the ones that have an answer among the others.
        n_judges_seen: Of these, photos that the starting weights had learnt from.
        best_epoch: Whose weights are kept; 0: the starting weights.
        epochs: How many there were.
        helped: True, False, or None where the gain is within two standard errors of nothing.
        verdict: All that in a sentence.
    """

    before: dict[str, float]
    after: dict[str, float]
    gain: float
    gain_error: float
    n_judges: int
    n_judges_seen: int
    best_epoch: int
    epochs: int
    helped: bool | None
    verdict: str


def judge_outcome(history: History, right: dict[str, np.ndarray], data: TrainingData, start: Start) -> Outcome:
    """Did it help, and is that more than chance?

    Args:
        history: Of all epochs.
        right: Arrays ``before`` and ``best``, photo by photo.
        data: Its photos.
        start: What it began with.
    """
    before, after = history.scores[0], history.scores[history.best_epoch]
    gain, error = gain_with_error(right["before"], right["best"], data.split.units[data.split.validation])
    judges = data.split.validation[np.isfinite(right["before"])]
    hashes = data.pictures.photos()["content_hash"].take(judges).to_pylist()
    n_seen = int(start.has_seen(hashes).sum())
    known = f", {n_seen} of which the starting weights had learnt from" if n_seen else " that it did not learn from"
    numbers = f"precision at 1 {np.mean(list(before.values())):.3f} before, {np.mean(list(after.values())):.3f} after"
    where = f"on {len(judges)} photos{known} ({gain:+.3f} a photo, standard error {error:.3f})"
    if history.best_epoch == 0:
        helped: bool | None = False
        words = "fine-tuning did not help: no epoch was better than the starting weights, which are written unchanged"
    elif abs(gain) <= 2 * error:
        helped, words = None, "fine-tuning made no difference beyond chance"
    else:
        helped, words = gain > 0, "fine-tuning helped" if gain > 0 else "fine-tuning made it worse"
    if not start.has_head and history.best_epoch:
        words += " (before: the new, random head on the checkpoint's features)"
    verdict = f"{words}: {numbers}, {where}"
    return Outcome(before, after, gain, error, len(judges), n_seen, history.best_epoch, history.epoch, helped, verdict)


def write_weights(
    run: Run, data: TrainingData, start: Start, network: Encoder, history: History, outcome: Outcome, label: str,
    progress: Progress,
) -> None:  # fmt: skip
    """Write the weights folder: made aside, then moved, config.json last, since that makes it one.

    Args:
        run: The training.
        data: Its photos.
        start: What it began with.
        network: The best weights.
        history: Of all epochs.
        outcome: What they came to.
        label: What to call the photos.
        progress: Hears of the int8 model.
    """
    aside = run.work / _ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    learnt = outcome.best_epoch > 0
    hashes = data.pictures.photos()["content_hash"].to_pylist()
    keys = [content_key(hashes[row]) for row in data.split.train] if learnt else []
    names = [target.name for target in data.targets]
    new = f"{label} ({len(keys)} photos; {', '.join(names)})"
    save_encoder(
        network,
        aside,
        side_px=data.pictures.side_px,
        trained_on="; then ".join([*filter(None, [start.trained_on]), new]) if learnt else start.trained_on,
        training_steps=start.training_steps + history.best_steps,
        seen=np.concatenate([start.seen, np.array(keys, np.uint64)]),
        metrics=_metrics(data, outcome),
    )
    card = _card(run.settings, data, start, network, outcome, label)
    if run.settings.int8 and can_quantize():
        progress.stage("int8")
        said = _quantise(aside, data)
        progress.note(said)
        card += f"\n## In 8 bits\n\n{said[0].upper()}{said[1:]}.\n"
    (aside / "README.md").write_text(card, "utf-8")
    for file in sorted(aside.iterdir(), key=lambda path: path.name == CONFIG):
        file.replace(run.out / file.name)
    aside.rmdir()


def _quantise(folder: Path, data: TrainingData) -> str:
    """Put an int8 model beside the weights where that can be and is faithful to them; what came of it.

    It would be used wherever the weights are, so one that embeds otherwise is worse than none.
    """
    encoder = load_encoder(folder)
    rows = np.random.default_rng(0).permutation(data.split.train)[:CALIBRATION_PHOTOS]
    try:
        with silenced():
            write_int8(encoder, data.pictures.small()[np.sort(rows)])
            exact, rounded = (_embed_judges(encoder, data, precision) for precision in ("f32", "int8"))
    except Exception as error:  # a converter meets every kind of network
        remove_int8(folder)
        return f"no int8 model: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
    cosine = float((exact * rounded).sum(1).mean())
    shown = f"mean cosine {cosine:.4f} with float32 on {len(exact)} photos that judge"
    if cosine < _LEAST_COSINE:
        remove_int8(folder)
        return f"no int8 model: it would embed too differently ({shown}, at least {_LEAST_COSINE} is needed)"
    found = [_precision(vectors, data) for vectors in (rounded, exact)]
    return f"int8 model written: {shown}, precision at 1 {found[0]:.3f} (float32: {found[1]:.3f})"


def _embed_judges(encoder: TrainedEncoder, data: TrainingData, precision: Literal["f32", "int8"]) -> np.ndarray:
    settings = EncoderSettings(runtime="openvino", precision=precision)
    return EmbeddingRuntime(encoder, settings).embed(data.pictures.small()[_judges(data)])


def _precision(embeddings: np.ndarray, data: TrainingData) -> float:
    rows = _judges(data)
    targets = [Target(target.name, target.classes, target.labels[rows]) for target in data.targets]
    return precision_at_1(embeddings, targets, data.split.units[rows]).mean


def _judges(data: TrainingData) -> np.ndarray:
    return data.split.validation[:_MOST_JUDGES]


def _metrics(data: TrainingData, outcome: Outcome) -> dict[str, Any]:
    return {
        "measure": "precision at 1 by cosine among the photos that judge, other units only",
        "before": {name: round(value, 6) for name, value in outcome.before.items()},
        "after": {name: round(value, 6) for name, value in outcome.after.items()},
        "gain": round(outcome.gain, 6),
        "gain_standard_error": round(outcome.gain_error, 6),
        "training_photos": len(data.split.train),
        "validation_photos": len(data.split.validation),
        "judges": outcome.n_judges,
        "judges_that_the_start_had_seen": outcome.n_judges_seen,
        "best_epoch": outcome.best_epoch,
        "epochs": outcome.epochs,
    }


def _card(
    settings: TrainSettings, data: TrainingData, start: Start, network: Encoder, outcome: Outcome, label: str
) -> str:
    side, names = data.pictures.side_px, [target.name for target in data.targets]
    rows = [f"| {name} | {outcome.before[name]:.3f} | {outcome.after[name]:.3f} |" for name in names]
    classes = [f"{target.name} ({len(target.classes)} classes)" for target in data.targets]
    group = ", and nothing of their group" if settings.group_by else ""
    trained_on = f" (trained on {start.trained_on})" if start.trained_on else ""
    before_it = f" ({outcome.n_judges_seen} were, by the weights that it began with)" if outcome.n_judges_seen else ""
    learnt = "learnt" if outcome.best_epoch else "tried, in vain, to learn"
    base = f"base_model: {start.name}\n" if not start.has_head and not Path(start.name).exists() else ""
    return f"""---
{base}library_name: lookgraph
pipeline_tag: image-feature-extraction
tags: [fashion, image-retrieval]
---
# A Lookgraph encoder, fine-tuned on {label}

{network.family.model_class} with a feed-forward head: photo ({side} x {side}, padded to a square) to embedding
({EMBEDDING_DIM} dimensions, cosine). `lookgraph build SOURCE LOOKBOOK --encoder FOLDER` uses it.

Began with {start.name}{trained_on}; {learnt} {_listed(classes)} from
{len(data.split.train)} photos of {label}.

## Did it help?

{outcome.verdict[0].upper()}{outcome.verdict[1:]}.

Precision at 1: how often a photo's nearest neighbour has its class. {len(data.split.validation)} photos search each
other, {outcome.n_judges} of which have an answer there; neither they, nor copies of them in another size or
file{group}, were learnt from in this training{before_it}; crops of them may have been.
They also chose the epoch ({outcome.best_epoch} of {outcome.epochs}), so expect a little less on new photos. They do not
count as seen.

| target | before | after |
|---|---|---|
{chr(10).join(rows)}

## What it was trained with

{_listed([f"{name}={value}" for name, value in settings.model_dump().items() if value != ""])}

`seen.npy` names the photos it was trained on, those of the starting weights included. Meant for finding similar
garments; not for identifying people, and not for judging them. What it has not seen, it may not know.
"""


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
