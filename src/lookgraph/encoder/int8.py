"""The int8 model as it runs: by OpenVINO alone. A server that answers for photos need not load PyTorch."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from lookgraph.encoder.folder import OWN, digest_of, read_config
from lookgraph.encoder.openvino import Run, openvino_core, openvino_run
from lookgraph.errors import EncoderError
from lookgraph.processor import n_cores

INT8_MODEL: Final = "int8.xml"
INT8_VALUES: Final = "int8.bin"
INT8_FACTS: Final = "int8.json"
"""Of which weights the model was made, and its own checksum."""


def has_int8(folder: Path) -> bool:
    """Does a weights' folder hold an int8 model, be it damaged?"""
    return (folder / INT8_MODEL).exists() or (folder / INT8_VALUES).exists()


def int8_digest(folder: Path) -> str:
    """SHA-256 of the int8 model's two files.

    Raises:
        OSError: one of them is not there.
    """
    digest = hashlib.sha256()
    for name in (INT8_MODEL, INT8_VALUES):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def sign_int8(folder: Path) -> None:
    """Note that a folder's int8 model was made of the weights beside it: :func:`int8_key` checks it."""
    facts = {"weights": digest_of(folder), "model": int8_digest(folder)}
    (folder / INT8_FACTS).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


def int8_key(folder: Path, digest: str) -> str:
    """The key of embeddings that the int8 model of a weights' folder gives; see :class:`.backends.Backend`.

    Raises:
        EncoderError: the model, or the weights of this digest, are not what was written together.
    """
    try:
        model, facts = int8_digest(folder), json.loads((folder / INT8_FACTS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"{folder}: its int8 model, or {INT8_FACTS}, which says what that was made of, cannot be read ({error}):"
            " fetch or train the folder again, or set encoder.precision=f32"
        ) from None
    if facts != {"weights": digest, "model": model}:
        raise EncoderError(
            f"{folder}: its int8 model, or what it was made of, is not as it was written (by {INT8_FACTS}): fetch or"
            " train the folder again, or set encoder.precision=f32"
        )
    return f"{digest}+{model} int8"


def remove_int8(folder: Path) -> None:
    """Take a folder's int8 model away, or what there is of it; the weights stay."""
    for name in (INT8_MODEL, INT8_VALUES, INT8_FACTS):
        (folder / name).unlink(missing_ok=True)


def runs_int8(folder: Path) -> bool:
    """Can this machine run a folder's int8 model?"""
    return has_int8(folder) and find_spec("openvino") is not None


class Int8Runtime:
    """Embeds single photos with the int8 model of a weights' folder.

    It gives what :class:`~lookgraph.encoder.EmbeddingRuntime` gives in int8; :meth:`embed_one` is the same function.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Read what the folder says of itself; the model is compiled with the first photo.

        Args:
            threads: Processor threads; 0: as many as there are cores.

        Raises:
            EncoderError: the folder's config.json cannot be read, or its int8 model is not as it was written.
        """
        self.folder, self._threads = folder, threads or n_cores()
        self.side_px = int(read_config(folder)[OWN]["side_px"])
        self.digest = digest_of(folder)
        self.key = int8_key(folder, self.digest)

    def embed_one(self, pixels: np.ndarray) -> np.ndarray:
        """(side, side, 3) uint8 -> (128,) float32 of unit length."""
        embedding: np.ndarray = self._run(np.ascontiguousarray(pixels[None]))[0]
        return embedding

    @cached_property
    def _run(self) -> Run:
        model = openvino_core().read_model(self.folder / INT8_MODEL)
        return openvino_run(model, 1, self._threads)
