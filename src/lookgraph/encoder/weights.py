"""Encoder weights on disk: read, checked, refused, written.

A weights folder has the layout of a model hub, so that other tools read it too:

    config.json         the backbone's configuration, and under "lookgraph" the head, the picture's side and
                        what the weights were trained on
    model.safetensors   backbone.* and head.*, half or single precision
    seen.npy            uint64, sorted: the photos of the training set, by the start of their SHA-256, so
                        that a report can tell a photo the encoder has seen from one it has not
    README.md           the model card
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import ResNetConfig

from lookgraph.encoder.model import Encoder
from lookgraph.errors import EncoderError

SHIPPED = Path(__file__).with_name("weights")
_CONFIG, _TENSORS, _SEEN = "config.json", "model.safetensors", "seen.npy"
_PICKLES = ("pytorch_model.bin", "model.pt", "model.pth", "model.ckpt")


@dataclass(frozen=True)
class TrainedEncoder:
    """An encoder with the facts that travel with its weights.

    Attributes:
        network: In evaluation mode, float32.
        side_px: Side of the square picture that it takes.
        digest: SHA-256 over configuration and tensors: two encoders with one digest give one embedding.
        trained_on: What the weights were trained on, in words.
        seen: (n_photos,) sorted uint64, see :func:`content_key`.
    """

    network: Encoder
    side_px: int
    digest: str
    trained_on: str
    seen: np.ndarray

    @property
    def seen_digest(self) -> str:
        """SHA-256 of ``seen``: what the report counts as held out depends on it, the embedding does not."""
        return hashlib.sha256(self.seen.tobytes()).hexdigest()

    def has_seen(self, content_hashes: Sequence[str]) -> np.ndarray:
        """(n,) bool: was this very photo among those the encoder was trained on?"""
        keys = np.array([content_key(value) for value in content_hashes], np.uint64)
        return np.isin(keys, self.seen)


def content_key(content_hash: str) -> int:
    """The first 64 bits of a photo's SHA-256, as an integer."""
    return int(content_hash[:16], 16)


def load_encoder(folder: str | Path = "") -> TrainedEncoder:
    """Load trained weights; empty: those that ship with the package.

    Raises:
        EncoderError: no weights there, weights never trained, of another shape, incomplete, or in a
            format that can run code.
    """
    path = Path(folder) if folder else SHIPPED
    config = _read_config(path)
    own = config.pop("lookgraph", None)
    if not isinstance(own, Mapping) or not {"head_dims", "side_px", "trained_on", "training_steps"} <= own.keys():
        raise EncoderError(
            f"{path} has no Lookgraph head: its {_CONFIG} says nothing under 'lookgraph'. A bare backbone must be"
            " fine-tuned before it embeds clothes; pass a folder that training wrote"
        )
    if not isinstance(own["training_steps"], int) or own["training_steps"] < 1:
        steps = own["training_steps"]
        raise EncoderError(f"{path} holds untrained weights (training_steps={steps}): their embeddings mean nothing")
    network = Encoder(ResNetConfig.from_dict(config), own["head_dims"])
    _fill(network, _read_tensors(path), path)
    return TrainedEncoder(network.eval(), own["side_px"], _digest(path), own["trained_on"], _read_seen(path))


def save_encoder(
    network: Encoder, folder: Path, *, side_px: int, trained_on: str, training_steps: int, seen: Sequence[int]
) -> None:
    """Write a weights folder in half precision, as :func:`load_encoder` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = network.config.to_diff_dict() | {"architectures": ["ResNetModel"]}
    config["lookgraph"] = {
        "head_dims": list(network.head_dims),
        "side_px": side_px,
        "trained_on": trained_on,
        "training_steps": training_steps,
    }
    (folder / _CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tensors = {name: t for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    save_file({name: t.half().contiguous() for name, t in tensors.items()}, folder / _TENSORS)
    np.save(folder / _SEEN, np.unique(np.array(seen, np.uint64)), allow_pickle=False)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / _CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        raise EncoderError(
            f"{path} holds no encoder weights (no {_CONFIG}): pass a weights folder, or leave encoder.weights empty"
        ) from None
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path / _CONFIG} cannot be read: {error}") from None
    if not isinstance(config, dict) or config.get("model_type") != "resnet":
        found = config.get("model_type") if isinstance(config, dict) else type(config).__name__
        raise EncoderError(f"{path} holds a model of type {found!r}: a 'resnet' is needed")
    return config


def _read_tensors(path: Path) -> dict[str, torch.Tensor]:
    file = path / _TENSORS
    if not file.exists():
        pickles = [name for name in _PICKLES if (path / name).exists()]
        if pickles:
            raise EncoderError(f"{path / pickles[0]} is a pickle, which can run code: convert it to {_TENSORS}")
        raise EncoderError(f"{path} has no {_TENSORS}: the network would run on random weights")
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{file} is damaged ({error}): fetch or train it again") from None


def _fill(network: Encoder, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    needed = {name: t for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    missing = sorted(needed.keys() - tensors.keys())
    surplus = sorted(tensors.keys() - needed.keys())
    if missing or surplus:
        raise EncoderError(
            f"{path}: {len(missing)} tensors missing {missing[:3]}, {len(surplus)} unknown {surplus[:3]}"
        )
    for name, value in needed.items():
        if tensors[name].shape != value.shape:
            raise EncoderError(f"{path}: {name} is {tuple(tensors[name].shape)}, {tuple(value.shape)} is needed")
        if not torch.isfinite(tensors[name]).all():
            raise EncoderError(f"{path}: {name} has values that are not finite: fetch or train the weights again")
    network.load_state_dict({name: t.float() for name, t in tensors.items()}, strict=False)


def _read_seen(path: Path) -> np.ndarray:
    file = path / _SEEN
    if not file.exists():
        raise EncoderError(f"{path} has no {_SEEN}: without it no report can tell which photos the encoder has seen")
    try:
        seen: np.ndarray = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise EncoderError(f"{file} is damaged ({error}): fetch or train the weights again") from None
    return seen


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for name in (_CONFIG, _TENSORS):
        digest.update((path / name).read_bytes())
    return digest.hexdigest()
