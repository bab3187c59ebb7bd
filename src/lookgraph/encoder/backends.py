"""What runs the network: OpenVINO or PyTorch, at which precision, on which device, and why that one.

The rules, first match first; ``lookgraph doctor`` prints the choice, and every build notes it:

1. What the settings ``encoder.runtime`` and ``encoder.precision`` name, or an error that says what is missing.
2. PyTorch on CUDA, in single precision, where there is a GPU.
3. OpenVINO, in int8 where the weights' folder holds an int8 model, else in single precision.
4. PyTorch on the processor, in single precision, where OpenVINO is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Literal

import numpy as np
import torch
from torch.nn import Identity, functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lookgraph.config import EncoderSettings
from lookgraph.encoder.int8 import INT8_MODEL, has_int8, int8_key
from lookgraph.encoder.model import Encoder
from lookgraph.encoder.openvino import Hint, Run, Start, openvino_core, openvino_run, openvino_start
from lookgraph.encoder.quantize import silenced, to_openvino
from lookgraph.encoder.weights import TrainedEncoder
from lookgraph.errors import EncoderError
from lookgraph.processor import native_bfloat16

Runtime = Literal["openvino", "torch", "cuda"]
Precision = Literal["int8", "bf16", "f32"]

_INSTALL: Final = "`pip install openvino` brings it"


@dataclass(frozen=True, slots=True)
class Backend:
    """What was chosen, and why.

    Attributes:
        key: Two backends with one key give one embedding, to rounding.
        reason: The rule that decided.
    """

    runtime: Runtime
    precision: Precision
    key: str
    reason: str

    def __str__(self) -> str:
        name = {"openvino": "OpenVINO", "torch": "PyTorch on the processor", "cuda": "PyTorch on CUDA"}[self.runtime]
        return f"{name}, {self.precision} ({self.reason})"


def choose_backend(encoder: TrainedEncoder, settings: EncoderSettings) -> Backend:
    """Apply the rules above.

    Raises:
        EncoderError: the settings ask for what this machine, or this weights' folder, does not have.
    """
    runtime, why = _choose_runtime(settings.runtime)
    precision, detail = _choose_precision(runtime, encoder, settings.precision)
    key = int8_key(encoder.folder, encoder.digest) if precision == "int8" else f"{encoder.digest} {precision}"
    return Backend(runtime, precision, key, f"{why}; {detail}")


def make_run(encoder: TrainedEncoder, backend: Backend, batch_size: int, threads: int) -> Run:
    """Compile the network for batches of exactly ``batch_size`` pictures, one at a time.

    Args:
        encoder: The trained network.
        backend: From :func:`choose_backend`.
        batch_size: Pictures a step.
        threads: Processor threads, at least 1.
    """
    if backend.runtime == "openvino":
        return openvino_run(_openvino_model(encoder, backend.precision), batch_size, threads, _hint(backend.precision))
    if backend.runtime == "torch":
        torch.set_num_threads(threads)
    return _torch_run(encoder.network, "cuda" if backend.runtime == "cuda" else "cpu", backend.precision)


def make_start(encoder: TrainedEncoder, backend: Backend, batch_size: int, threads: int) -> Start:
    """As :func:`make_run`, for a stream of batches: OpenVINO works on as many at once as it has threads."""
    if backend.runtime == "openvino":
        return openvino_start(
            _openvino_model(encoder, backend.precision), batch_size, threads, _hint(backend.precision)
        )
    run = make_run(encoder, backend, batch_size, threads)

    def start(pixels: np.ndarray) -> Callable[[], np.ndarray]:
        embeddings = run(pixels)
        return lambda: embeddings

    return start


def _choose_runtime(wanted: str) -> tuple[Runtime, str]:
    has_openvino, has_cuda = find_spec("openvino") is not None, torch.cuda.is_available()
    if wanted == "openvino" and not has_openvino:
        raise EncoderError(f"encoder.runtime=openvino, but OpenVINO is not installed: {_INSTALL}, or set torch")
    if wanted == "cuda" and not has_cuda:
        raise EncoderError("encoder.runtime=cuda, but PyTorch sees no CUDA device: set encoder.runtime=auto")
    if wanted in ("openvino", "torch", "cuda"):
        return wanted, f"encoder.runtime={wanted} was set"  # type: ignore[return-value]
    if has_cuda:
        return "cuda", "there is a GPU"
    if has_openvino:
        return "openvino", "no GPU, OpenVINO is installed"
    return "torch", f"no GPU, OpenVINO is not installed: {_INSTALL}, several times faster"


def _choose_precision(runtime: Runtime, encoder: TrainedEncoder, wanted: str) -> tuple[Precision, str]:
    int8 = has_int8(encoder.folder)
    if wanted == "int8" and runtime != "openvino":
        raise EncoderError(f"encoder.precision=int8 needs OpenVINO, the runtime is {runtime}: {_INSTALL}")
    if wanted == "int8" and not int8:
        raise EncoderError(
            f"encoder.precision=int8, but {encoder.folder} holds no {INT8_MODEL}: train it with the extra"
            " lookgraph[train] installed, or set encoder.precision=f32"
        )
    if wanted == "bf16" and runtime != "cuda" and not native_bfloat16():
        raise EncoderError(
            "encoder.precision=bf16, but this processor has no bfloat16 of its own: set f32, which is faster here"
        )
    if wanted in ("int8", "bf16", "f32"):
        return wanted, f"encoder.precision={wanted} was set"  # type: ignore[return-value]
    if runtime == "openvino" and int8:
        return "int8", f"the weights bring {INT8_MODEL}"
    return "f32", f"the weights bring no {INT8_MODEL}" if runtime == "openvino" else "int8 needs OpenVINO"


def _openvino_model(encoder: TrainedEncoder, precision: Precision) -> Any:
    if precision == "int8":
        return openvino_core().read_model(encoder.folder / INT8_MODEL)
    with silenced():
        return to_openvino(fold_batch_norm(encoder.network), encoder.side_px)


def _hint(precision: Precision) -> Hint:
    return "bf16" if precision == "bf16" else "f32"


def _torch_run(network: Encoder, device: str, precision: Precision) -> Run:
    folded = fold_batch_norm(network).to(device)
    if device == "cuda" and precision == "f32":
        torch.backends.cudnn.allow_tf32 = False  # mantissas of 10 bits are no single precision

    @torch.inference_mode()
    def run(pixels: np.ndarray) -> np.ndarray:
        planes = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float()  # NHWC: already channels_last
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            embedding = folded(planes.contiguous(memory_format=torch.channels_last))
        array: np.ndarray = functional.normalize(embedding.float(), dim=1).cpu().numpy()  # in bfloat16 it is no unit
        return array

    return run


def fold_batch_norm(network: Encoder) -> Encoder:
    """Fold every batch normalisation into the convolution before it: same function, fewer passes."""
    folded = deepcopy(network).eval()
    for module in folded.modules():
        convolution, norm = getattr(module, "convolution", None), getattr(module, "normalization", None)
        if isinstance(convolution, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
            module.convolution = fuse_conv_bn_eval(convolution, norm)
            module.normalization = Identity()
    return folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
