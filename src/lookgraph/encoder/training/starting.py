"""Where does a training begin? At weights of Lookgraph's own, or at a checkpoint in a model hub's format.

A checkpoint from a hub is fetched into the hub's cache (its safetensors and JSON files, nothing else) and then read
like any local folder. Nothing is ever unpickled, and no code from a checkpoint is ever run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch import nn

from lookgraph.encoder.backbones import Family, family_of, quiet_transformers
from lookgraph.encoder.folder import CONFIG, SHIPPED, TENSORS, read_config
from lookgraph.encoder.model import PIXEL_MEAN, PIXEL_STD, Encoder
from lookgraph.encoder.weights import PREPROCESSOR, are_among, are_channels, load_encoder, no_tensors
from lookgraph.errors import ConfigError, EncoderError

_INDEX = "model.safetensors.index.json"
_FETCHED = (CONFIG, PREPROCESSOR, "model*.safetensors", _INDEX)
_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_DEFAULT_PX, _MIN_PX = 224, 16


@dataclass(frozen=True)
class Start:
    """Weights to begin with.

    Attributes:
        network: In single precision; a backbone from a hub has a new, random head.
        side_px: Side of the pictures, the setting ``train.side_px`` taken into account.
        name: What the user called it.
        digest: Changes whenever the weights or their configuration do.
        has_head: Was the head trained, so that the network embeds clothes as it is?
        trained_on: In words; empty for a hub's checkpoint.
        training_steps: That the head has behind it.
        seen: (n_photos,) uint64 keys of photos that these weights were trained on.
        notes: What was assumed.
    """

    network: Encoder
    side_px: int
    name: str
    digest: str
    has_head: bool
    trained_on: str = ""
    training_steps: int = 0
    seen: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    notes: tuple[str, ...] = ()

    def has_seen(self, content_hashes: Sequence[str]) -> np.ndarray:
        """(n,) bool: were these weights trained on this very file?"""
        return are_among(content_hashes, self.seen)


def open_start(origin: str, side_px: int, seed: int) -> Start:
    """Read the weights that a training begins with.

    Args:
        origin: Empty: the weights that ship. A folder: Lookgraph's weights, or a checkpoint in the hub's format.
            Anything else: a hub's name, such as ``microsoft/resnet-50``.
        side_px: Side of the pictures; 0: what the weights were made for.
        seed: Of a new head.

    Raises:
        EncoderError: nothing usable is there; the message says what was found.
        ConfigError: the side does not suit the backbone.
    """
    folder = Path(origin) if origin else SHIPPED
    if not folder.is_dir():
        folder = _fetch(origin)
    if "lookgraph" in read_config(folder):
        trained = load_encoder(folder)
        side = _checked_side(trained.network, side_px or trained.side_px)
        return Start(
            trained.network, side, origin or "the weights that ship", trained.digest, True, trained.trained_on,
            trained.training_steps, trained.seen,
        )  # fmt: skip
    return _from_checkpoint(folder, origin, side_px, seed)


def _fetch(name: str) -> Path:
    """Download a hub's checkpoint, or find it in the hub's cache."""
    if not _HUB_NAME.fullmatch(name):
        raise EncoderError(f"--from {name!r} is neither a folder here nor a hub's name such as microsoft/resnet-50")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_FETCHED)))
    except Exception as error:  # no connection, no such name, no permission: the client has an error for each
        why = " ".join(str(error).split())[:300]
        raise EncoderError(
            f"--from {name}: no such folder here, and the model hub did not give it ({type(error).__name__}: {why}):"
            " check the name and the connection, or download it elsewhere and pass its folder"
        ) from None


def _from_checkpoint(folder: Path, origin: str, side_px: int, seed: int) -> Start:
    values = read_config(folder)
    family = family_of(values.get("model_type"), folder)
    if values["model_type"] in family.inside:
        values = values.get(family.inside[values["model_type"]]) or {}
    _check_files(folder)
    try:
        config = family.configuration(values | {"model_type": family.model_type})
        backbone = _read_backbone(family, config, folder)
    except EncoderError as error:
        raise EncoderError(f"{folder}: {error}") from None
    mean, std, native, notes = _preprocessing(folder)
    if not native and not side_px:
        native = family.native_px(config) or _DEFAULT_PX
        notes.append(f"{folder.name} names no side of its pictures ({PREPROCESSOR}): {native} px are assumed")
    with torch.random.fork_rng(devices=[]):  # PyTorch draws initial weights from its global generator only
        torch.manual_seed(seed)
        network = Encoder(config, channel_mean=mean, channel_std=std)
    network.backbone.load_state_dict(backbone.state_dict())
    patch = family.patch_px(config)
    side = _checked_side(network, side_px or max(native // patch, 1) * patch)
    try:
        with torch.inference_mode():
            network.eval().features(torch.zeros(1, 3, side, side))
    except Exception as error:  # every layer has its own
        why = " ".join(str(error).split())[:300]
        raise EncoderError(
            f"{folder}: this {family.model_type} cannot take RGB pictures of {side} x {side} pixels ({why}): name"
            " another checkpoint, or another train.side_px"
        ) from None
    return Start(network.eval(), side, origin, _digest(folder), False, notes=tuple(notes))


def _check_files(folder: Path) -> None:
    """There is model.safetensors, or an index of safetensors; else refuse, before any library looks for a pickle."""
    if (folder / TENSORS).exists():
        return
    if not (folder / _INDEX).exists():
        raise EncoderError(f"{no_tensors(folder)}: a checkpoint of safetensors is needed")
    try:
        parts = set(json.loads((folder / _INDEX).read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise EncoderError(f"{folder / _INDEX} cannot be read ({error}): fetch the checkpoint again") from None
    for part in sorted(map(str, parts)):
        if not part.endswith(".safetensors") or not (folder / part).exists() or "/" in part:
            raise EncoderError(f"{folder / _INDEX} names {part!r}: safetensors in the same folder are needed")


def _read_backbone(family: Family, config: Any, folder: Path) -> nn.Module:
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        try:
            network, found = getattr(transformers, family.model_class).from_pretrained(
                folder, config=config, local_files_only=True, use_safetensors=True, output_loading_info=True,
                ignore_mismatched_sizes=True, dtype=torch.float32,
            )  # fmt: skip
        except Exception as error:  # every reader beneath has its own
            raise EncoderError(f"cannot be read ({' '.join(str(error).split())[:300]}): fetch it again") from None
    mismatched = sorted(found["mismatched_keys"])
    if mismatched:
        name, there, needed = mismatched[0]
        raise EncoderError(
            f"{name} is {tuple(there)}, {tuple(needed)} is needed ({len(mismatched)} such tensors): the weights do not"
            f" belong to their {CONFIG}"
        )
    missing = sorted(set(found["missing_keys"]) - set(family.idle))
    surplus = sorted(key for key in found["unexpected_keys"] if not key.startswith(family.other_heads))
    if missing or surplus:
        raise EncoderError(
            f"no complete {family.model_class}: {len(missing)} tensors missing {missing[:3]}, {len(surplus)} unknown"
            f" {surplus[:3]}; they would be random or lost"
        )
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise EncoderError(f"{name} has values that are not finite: fetch it again")
    backbone: nn.Module = network
    return backbone


def _preprocessing(folder: Path) -> tuple[list[float], list[float], int, list[str]]:
    """Mean, standard deviation and side (0: not named) that a checkpoint was trained with, and what was assumed."""
    file = folder / PREPROCESSOR
    notes: list[str] = []
    values: dict[str, Any] = {}
    if file.exists():
        try:
            values = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise EncoderError(f"{file} cannot be read ({error}): fetch it again, or delete it") from None
        if not isinstance(values, dict):
            raise EncoderError(f"{file} holds a {type(values).__name__}: a JSON object is needed")
    mean, std = values.get("image_mean"), values.get("image_std")
    if values.get("do_normalize") is False:
        mean, std = [0.0] * 3, [1.0] * 3
    if mean is None or std is None:
        mean, std = list(PIXEL_MEAN), list(PIXEL_STD)
        notes.append(f"{folder.name} names no pixel statistics ({PREPROCESSOR}): ImageNet's are assumed")
    if not are_channels(mean) or not are_channels(std) or min(std) <= 0:
        raise EncoderError(f"{file}: image_mean={mean!r}, image_std={std!r}; three numbers each are needed")
    side = _side(values.get("crop_size") if values.get("do_center_crop") is not False else None)
    return list(mean), list(std), side or _side(values.get("size")), notes


def _side(size: object) -> int:
    if isinstance(size, dict):
        size = size.get("shortest_edge") or size.get("height")
    return size if isinstance(size, int) and size > 0 else 0


def _checked_side(network: Encoder, side_px: int) -> int:
    patch = network.family.patch_px(network.config)
    if side_px < _MIN_PX or side_px % patch:
        near = max(side_px // patch, -(-_MIN_PX // patch)) * patch
        raise ConfigError(
            f"train.side_px={side_px}: this {network.family.model_type} takes multiples of {patch} from"
            f" {-(-_MIN_PX // patch) * patch} on, for example {near} or {near + patch}"
        )
    return side_px


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted([folder / CONFIG, folder / PREPROCESSOR, *folder.glob("model*.safetensors")]):
        if file.exists():
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
