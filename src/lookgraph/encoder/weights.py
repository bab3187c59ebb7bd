"""Encoder weights on disk: read, checked, refused, written.

A weights folder has the layout of a model hub, so that other tools read it too:

    config.json               the backbone's configuration, and under "lookgraph" the head, the picture's side, the
                              statistics of the pixels and what the weights were trained on
    model.safetensors         the backbone's tensors as transformers calls them, and head.*; half or single precision
    preprocessor_config.json  side and statistics of the pixels once more, as other tools look for them
    seen.npy                  uint64, sorted: the photos of the training set, by the start of their SHA-256, so
                              that a report can tell a photo the encoder has seen from one it has not
    README.md                 the model card
    int8.xml, int8.bin        the same network with 8-bit weights and activations, in OpenVINO's format; where they are
    int8.json                 there, this says of which weights they were made (:mod:`.int8`)

Other files in it are nobody's business here.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from lookgraph.encoder.backbones import Family, family_of
from lookgraph.encoder.folder import CONFIG, OWN, SHIPPED, TENSORS, digest_of, read_config
from lookgraph.encoder.int8 import INT8_FACTS, INT8_MODEL, INT8_VALUES, has_int8
from lookgraph.encoder.model import EMBEDDING_DIM, PIXEL_MEAN, PIXEL_STD, Encoder
from lookgraph.errors import EncoderError

PREPROCESSOR, SEEN, CARD = "preprocessor_config.json", "seen.npy", "README.md"
_BACKBONE = "backbone."  # what a backbone's tensors are called in :class:`.model.Encoder`
_PICKLES = ("pytorch_model*.bin*", "model*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_NOT_OURS = ("dtype", "torch_dtype", "id2label", "label2id", "_name_or_path")  # of the checkpoint it began with


@dataclass(frozen=True)
class TrainedEncoder:
    """An encoder with the facts that travel with its weights.

    Attributes:
        side_px: Side of the square picture that it takes.
        digest: SHA-256 over configuration and tensors: two encoders with one digest give one embedding.
        trained_on: What the weights were trained on, in words.
        training_steps: How many steps that took, at least 1.
        seen: (n_photos,) sorted uint64, see :func:`content_key`.
        folder: Where it was read from.
    """

    side_px: int
    digest: str
    trained_on: str
    training_steps: int
    seen: np.ndarray
    folder: Path

    @cached_property
    def network(self) -> Encoder:
        """The network in evaluation mode, float32: read when it is first asked for, which OpenVINO in int8 never does.

        Raises:
            EncoderError: its tensors are incomplete, of another shape or damaged, or no longer those of the digest.
        """
        config = read_config(self.folder)
        family = family_of(config.get("model_type"), self.folder)
        network = network_from(family, config, config.pop(OWN), self.folder)
        fill_network(network, read_tensors(self.folder), self.folder)
        if digest_of(self.folder) != self.digest:
            raise EncoderError(f"{self.folder} has changed since it was opened: run the same command again")
        return network.eval()

    @property
    def files(self) -> list[Path]:
        """All that makes it up: a folder with these embeds as this one does, and says the same of itself."""
        names = (CONFIG, TENSORS, PREPROCESSOR, SEEN, CARD, INT8_MODEL, INT8_VALUES, INT8_FACTS)
        return [self.folder / name for name in names if (self.folder / name).exists()]

    @property
    def seen_digest(self) -> str:
        """SHA-256 of ``seen``: what the report counts as held out depends on it, the embedding does not."""
        return hashlib.sha256(self.seen.tobytes()).hexdigest()

    def has_seen(self, content_hashes: Sequence[str]) -> np.ndarray:
        """(n,) bool: was this very file among those the encoder was trained on? Re-encoded, a photo is another."""
        return are_among(content_hashes, self.seen)


def content_key(content_hash: str) -> int:
    """The first 64 bits of a photo's SHA-256, as an integer."""
    return int(content_hash[:16], 16)


def are_among(content_hashes: Sequence[str], seen: np.ndarray) -> np.ndarray:
    """(n,) bool: which files, by their SHA-256, are among (n_seen,) uint64 keys?"""
    return np.isin(np.array([content_key(value) for value in content_hashes], np.uint64), seen)


def load_encoder(folder: str | Path = "") -> TrainedEncoder:
    """Load trained weights; empty: those that ship with the package.

    Raises:
        EncoderError: no weights there, weights never trained, of another shape, incomplete, or in a
            format that can run code.
    """
    path = Path(folder).absolute() if folder else SHIPPED
    config = read_config(path)
    family_of(config.get("model_type"), path)
    own = config.get(OWN)
    if not isinstance(own, Mapping) or not {"head_dims", "side_px", "trained_on", "training_steps"} <= own.keys():
        raise EncoderError(
            f"{path} has no Lookgraph head: its {CONFIG} says nothing under '{OWN}'. A bare backbone must be"
            f" fine-tuned before it embeds clothes: `lookgraph train-encoder SOURCE --target COLUMN --from {path}`,"
            " then pass the folder that it writes"
        )
    if not _is_count(own["training_steps"]):
        steps = own["training_steps"]
        raise EncoderError(f"{path} holds untrained weights (training_steps={steps}): their embeddings mean nothing")
    _check_own(own, path)
    _tensors_file(path)
    encoder = TrainedEncoder(
        own["side_px"], digest_of(path), own["trained_on"], own["training_steps"], _read_seen(path), path
    )
    if not has_int8(path):
        _ = encoder.network  # it will run: what is wrong with it is said now
    return encoder


def save_encoder(
    network: Encoder,
    folder: Path,
    *,
    side_px: int,
    trained_on: str,
    training_steps: int,
    seen: Sequence[int] | np.ndarray,
    metrics: Mapping[str, object] | None = None,
) -> None:
    """Write a weights folder in half precision, as :func:`load_encoder` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = describe_network(network, side_px)
    config[OWN] |= {"trained_on": trained_on, "training_steps": training_steps}
    if metrics is not None:
        config[OWN]["metrics"] = dict(metrics)
    (folder / CONFIG).write_text(_json(config))
    (folder / PREPROCESSOR).write_text(_json(_preprocessor(network, side_px)))
    tensors = {name.removeprefix(_BACKBONE): t.half().contiguous() for name, t in _stored(network).items()}
    save_file(tensors, folder / TENSORS)
    shutil.copymode(folder / CONFIG, folder / TENSORS)  # safetensors' own is for the owner alone
    np.save(folder / SEEN, np.unique(np.array(seen, np.uint64)), allow_pickle=False)


def describe_network(network: Encoder, side_px: int) -> dict[str, Any]:
    """What config.json says of a network, before it says anything of a training."""
    config = {name: value for name, value in network.config.to_diff_dict().items() if name not in _NOT_OURS}
    config |= {"architectures": [network.family.model_class], "model_type": network.family.model_type}
    config[OWN] = {
        "head_dims": list(network.head_dims),
        "side_px": side_px,
        "pixel_mean": list(network.channel_mean),
        "pixel_std": list(network.channel_std),
    }
    return config


def network_from(family: Family, config: Mapping[str, Any], own: Mapping[str, Any], path: Path) -> Encoder:
    """The network that a config.json describes, with random weights.

    Args:
        family: Of the backbone.
        config: The backbone's configuration.
        own: What stands under "lookgraph".
        path: What to blame.

    Raises:
        EncoderError: a value is missing or of another kind.
    """
    _check_own(own, path)
    mean, std = _pixel_statistics(own)
    try:
        return Encoder(family.configuration(config), own["head_dims"], mean, std)
    except EncoderError as error:
        raise EncoderError(f"{path / CONFIG}: {error}") from None


def _check_own(own: Mapping[str, Any], path: Path) -> None:
    head, side = own["head_dims"], own["side_px"]
    if not (isinstance(head, Sequence) and len(head) == 2 and all(map(_is_count, head)) and head[1] == EMBEDDING_DIM):
        raise EncoderError(f"{path}: head_dims={head!r} in {CONFIG}, [hidden width, {EMBEDDING_DIM}] is needed")
    if not _is_count(side):
        raise EncoderError(f"{path}: side_px={side!r} in {CONFIG}, a number of pixels is needed")
    mean, std = _pixel_statistics(own)
    if not are_channels(mean) or not are_channels(std) or min(std) <= 0:
        raise EncoderError(
            f"{path}: pixel_mean={mean!r}, pixel_std={std!r} in {CONFIG}, three numbers each are needed, the latter"
            " above 0"
        )


def _pixel_statistics(own: Mapping[str, Any]) -> tuple[Any, Any]:
    return own.get("pixel_mean", PIXEL_MEAN), own.get("pixel_std", PIXEL_STD)


def are_channels(values: object) -> bool:
    """Is this a number each for red, green and blue?"""
    return (
        isinstance(values, Sequence)
        and len(values) == 3
        and all(isinstance(v, int | float) and math.isfinite(v) for v in values)
    )


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """A folder's model.safetensors, by the names that :class:`.model.Encoder` has for them.

    Raises:
        EncoderError: it is missing, damaged, or in a format that can run code.
    """
    file = _tensors_file(path)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{file} is damaged ({error}): fetch or train it again") from None
    if any(name.startswith(_BACKBONE) for name in tensors):  # as the first folders had them
        return tensors
    return {name if name.startswith("head.") else _BACKBONE + name: t for name, t in tensors.items()}


def _tensors_file(path: Path) -> Path:
    file = path / TENSORS
    if not file.exists():
        raise EncoderError(f"{no_tensors(path)}: the network would run on random weights")
    return file


def no_tensors(path: Path) -> str:
    """How to say that a folder has no model.safetensors: a pickle instead, or nothing at all.

    Raises:
        EncoderError: it is a pickle.
    """
    pickles = sorted(file for pattern in _PICKLES for file in path.glob(pattern))
    if pickles:
        raise EncoderError(
            f"{pickles[0]} is a pickle, which can run code, and is not read: have its authors publish"
            f" {TENSORS}, or convert it where you trust it (transformers' save_pretrained writes {TENSORS})"
        )
    return f"{path} has no {TENSORS}"


def fill_network(network: Encoder, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Set every weight of a network, in single precision.

    Raises:
        EncoderError: one is missing, unknown, of another shape, or not finite.
    """
    needed = _stored(network)
    missing = sorted(needed.keys() - tensors.keys())
    surplus = sorted(tensors.keys() - needed.keys())
    if missing or surplus:
        raise EncoderError(
            f"{path}: {len(missing)} tensors missing {missing[:3]}, {len(surplus)} unknown {surplus[:3]}: its {TENSORS}"
            f" does not belong to its {CONFIG}, fetch or train the folder again"
        )
    for name, value in needed.items():
        if tensors[name].shape != value.shape:
            raise EncoderError(f"{path}: {name} is {tuple(tensors[name].shape)}, {tuple(value.shape)} is needed")
        if not torch.isfinite(tensors[name]).all():
            raise EncoderError(f"{path}: {name} has values that are not finite: fetch or train the weights again")
    network.load_state_dict({name: t.float() for name, t in tensors.items()}, strict=False)


def _stored(network: Encoder) -> dict[str, torch.Tensor]:
    return {name: t for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")}


def _preprocessor(network: Encoder, side_px: int) -> dict[str, object]:
    return {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": side_px, "width": side_px},
        "resample": 3,  # bicubic: of what other tools have, the nearest to fitting by area
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(network.channel_mean),
        "image_std": list(network.channel_std),
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _read_seen(path: Path) -> np.ndarray:
    file = path / SEEN
    if not file.exists():
        raise EncoderError(f"{path} has no {SEEN}: without it no report can tell which photos the encoder has seen")
    try:
        seen: np.ndarray = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise EncoderError(f"{file} is damaged ({error}): fetch or train the weights again") from None
    return seen
