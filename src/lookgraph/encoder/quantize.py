"""The int8 model that lies beside the weights: made once, after training, on real photos.

Weights and activations become 8-bit integers by post-training quantisation (NNCF): the ranges of the
activations are read off some hundred training photos. ``int8.xml`` and ``int8.bin`` are OpenVINO's format.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import torch

from lookgraph.encoder.backbones import quiet_transformers
from lookgraph.encoder.int8 import INT8_MODEL, sign_int8
from lookgraph.encoder.model import Encoder
from lookgraph.encoder.openvino import openvino_core
from lookgraph.encoder.weights import TrainedEncoder
from lookgraph.errors import EncoderError

CALIBRATION_PHOTOS: Final = 300


NO_INT8: Final = (
    "there will be no int8 model: OpenVINO or NNCF is not installed (pip install 'lookgraph[train]' brings them)"
)


def can_quantize() -> bool:
    """Are OpenVINO and NNCF installed?"""
    return find_spec("openvino") is not None and find_spec("nncf") is not None


def write_int8(encoder: TrainedEncoder, pixels: np.ndarray) -> None:
    """Quantise an encoder and write the int8 model into its folder.

    Args:
        encoder: Read from the folder that gets the model.
        pixels: (n_photos, side_px, side_px, 3) uint8, about ``CALIBRATION_PHOTOS`` photos of the training set.

    Raises:
        EncoderError: OpenVINO or NNCF is not installed.
    """
    if not can_quantize():
        raise EncoderError("an int8 model needs openvino and nncf: pip install 'lookgraph[train]'")
    import openvino

    openvino_core()
    os.environ.setdefault("NNCF_CI", "1")  # else NNCF reports its use over the network
    import nncf

    logging.getLogger("nncf").setLevel(logging.WARNING)
    dataset = nncf.Dataset([picture[None] for picture in pixels])
    model = to_openvino(encoder.network, encoder.side_px)
    is_convolutional = encoder.network.config.model_type == "resnet"
    quantized = nncf.quantize(
        model,
        dataset,
        subset_size=len(pixels),
        model_type=None if is_convolutional else nncf.ModelType.TRANSFORMER,
        # The head is a hundredth of a convolutional network's work, and the last to blur what it found.
        ignored_scope=nncf.IgnoredScope(types=["MatMul"]) if is_convolutional else None,
    )
    openvino.save_model(quantized, encoder.folder / INT8_MODEL)
    sign_int8(encoder.folder)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Converters draw bars on the standard output, where only answers belong, and warn about themselves."""
    nowhere = io.StringIO()
    with warnings.catch_warnings(), quiet_transformers(), redirect_stdout(nowhere), redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        yield


def to_openvino(network: Encoder, side_px: int) -> Any:
    """The network as an OpenVINO model: (n, side_px, side_px, 3) uint8 -> (n, 128) float32, not yet of unit length."""
    import openvino
    from openvino.tools.ovc import telemetry_stub, telemetry_utils

    openvino_core()
    telemetry_utils.tm = telemetry_stub  # else OpenVINO reports the conversion over the network
    example = torch.zeros(1, 3, side_px, side_px)
    with torch.no_grad():
        traced = torch.jit.trace(_Unscaled(network).eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
    model = openvino.convert_model(traced, example_input=example, input=[-1, 3, side_px, side_px])
    prepared = openvino.preprocess.PrePostProcessor(model)
    prepared.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    prepared.input().model().set_layout(openvino.Layout("NCHW"))
    return prepared.build()


class _Unscaled(torch.nn.Module):
    """An encoder without its last step: a length that was computed in 8 bits would not be one."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        embedding: torch.Tensor = self.network.head(self.network.features(pixels))
        return embedding
