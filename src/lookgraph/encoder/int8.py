"""The int8 model as it runs: by OpenVINO alone. A server that answers for photos need not load PyTorch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from lookgraph.encoder.folder import OWN, digest_of, read_config

Run = Callable[[np.ndarray], np.ndarray]
"""(batch, side, side, 3) uint8 -> (batch, 128) float32, always with the one batch size it was made for."""

Start = Callable[[np.ndarray], Callable[[], np.ndarray]]
"""As a Run, but it only begins: what it returns waits for the embeddings. Several may be at work at once."""

Precision = Literal["int8", "bf16", "f32"]

INT8_MODEL: Final = "int8.xml"
_INT8_VALUES: Final = "int8.bin"
_TINY: Final = 1e-12  # as in torch's normalize


def has_int8(folder: Path) -> bool:
    """Does a weights' folder hold an int8 model?"""
    return (folder / INT8_MODEL).exists() and (folder / _INT8_VALUES).exists()


def int8_digest(folder: Path) -> str:
    """SHA-256 of the int8 model's two files."""
    digest = hashlib.sha256()
    for name in (INT8_MODEL, _INT8_VALUES):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def int8_key(folder: Path, digest: str) -> str:
    """The key of embeddings that the int8 model of a weights' folder gives; see :class:`.backends.Backend`."""
    return f"{digest}+{int8_digest(folder)} int8"


def runs_int8(folder: Path) -> bool:
    """Can this machine run a folder's int8 model?"""
    return has_int8(folder) and find_spec("openvino") is not None


def n_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def openvino_core() -> Any:
    """One for the process, made before anything of OpenVINO runs: a plugin that is unloaded while its threads live
    can take the process along."""
    import openvino

    return openvino.Core()


def openvino_run(model: Any, batch_size: int, threads: int, hint: Precision) -> Run:
    """Compile an OpenVINO model that takes (n, side, side, 3) uint8, all threads at work on one batch.

    Args:
        threads: Processor threads, at least 1.
        hint: Precision of what the model itself leaves in floating point; in an int8 model that is next to nothing.
    """
    request = _compiled(model, batch_size, threads, hint, n_streams=1).create_infer_request()

    def run(pixels: np.ndarray) -> np.ndarray:
        request.infer([pixels], share_inputs=True)
        return _unit(request.get_output_tensor().data)

    return run


def openvino_start(model: Any, batch_size: int, threads: int, hint: Precision) -> Start:
    """Compile as :func:`openvino_run` does, each thread at work on a batch of its own.

    So no thread waits at every layer for another that the decoding processes, on the same cores, hold up.
    """
    compiled = _compiled(model, batch_size, threads, hint, n_streams=threads)
    free: list[Any] = []

    def start(pixels: np.ndarray) -> Callable[[], np.ndarray]:
        request = free.pop() if free else compiled.create_infer_request()
        request.start_async([pixels], share_inputs=True)

        def finish(_: np.ndarray = pixels) -> np.ndarray:  # the pixels live as long as the request reads them
            request.wait()
            embeddings = _unit(request.get_output_tensor().data)
            free.append(request)
            return embeddings

        return finish

    return start


def _compiled(model: Any, batch_size: int, threads: int, hint: Precision, n_streams: int) -> Any:
    shape = model.input().get_partial_shape()
    shape[0] = batch_size
    model.reshape(shape)
    options = {
        "NUM_STREAMS": n_streams,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16" if hint == "bf16" else "f32",
    }
    return openvino_core().compile_model(model, "CPU", options)


def _unit(embeddings: np.ndarray) -> np.ndarray:
    """A copy, its rows of unit length."""
    scaled: np.ndarray = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), _TINY)
    return scaled


class Int8Runtime:
    """Embeds single photos with the int8 model of a weights' folder.

    It gives what :class:`~lookgraph.encoder.EmbeddingRuntime` gives in int8; :meth:`embed_one` is the same function.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Read what the folder says of itself; the model is compiled with the first photo.

        Args:
            threads: Processor threads; 0: as many as there are cores.

        Raises:
            EncoderError: the folder's config.json cannot be read.
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
        return openvino_run(model, 1, self._threads, "int8")
