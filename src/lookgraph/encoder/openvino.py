"""How OpenVINO runs a network: one batch on all threads, or a batch on each of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal

import numpy as np

Run = Callable[[np.ndarray], np.ndarray]
"""(batch, side, side, 3) uint8 -> (batch, 128) float32, always with the one batch size it was made for."""

Start = Callable[[np.ndarray], Callable[[], np.ndarray]]
"""As a Run, but it only begins: what it returns waits for the embeddings. Several may be at work at once."""

Hint = Literal["bf16", "f32"]

_TINY: Final = 1e-12  # as in torch's normalize


@cache
def openvino_core() -> Any:
    """One for the process, made before anything of OpenVINO runs: a plugin that is unloaded while its threads live
    can take the process along."""
    import openvino

    return openvino.Core()


def openvino_run(model: Any, batch_size: int, threads: int, hint: Hint = "f32") -> Run:
    """Compile an OpenVINO model that takes (n, side, side, 3) uint8, all threads at work on one batch.

    Args:
        threads: Processor threads, at least 1.
        hint: Precision of what the model itself leaves in floating point.
    """
    request = _compiled(model, batch_size, threads, hint, n_streams=1).create_infer_request()

    def run(pixels: np.ndarray) -> np.ndarray:
        request.infer([pixels], share_inputs=True)
        return _unit(request.get_output_tensor().data)

    return run


def openvino_start(model: Any, batch_size: int, threads: int, hint: Hint = "f32") -> Start:
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


def _compiled(model: Any, batch_size: int, threads: int, hint: Hint, n_streams: int) -> Any:
    shape = model.input().get_partial_shape()
    shape[0] = batch_size
    model.reshape(shape)
    options = {
        "NUM_STREAMS": n_streams,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": hint,
    }
    return openvino_core().compile_model(model, "CPU", options)


def _unit(embeddings: np.ndarray) -> np.ndarray:
    """A copy, its rows of unit length."""
    scaled: np.ndarray = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), _TINY)
    return scaled
