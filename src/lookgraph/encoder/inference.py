"""Fast, repeatable inference: the same picture always gets the same embedding."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from torch.nn import Identity
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lookgraph.config import EncoderSettings
from lookgraph.encoder.model import EMBEDDING_DIM, Encoder
from lookgraph.encoder.weights import TrainedEncoder


class EmbeddingRuntime:
    """Runs a trained encoder on batches of pictures.

    Every step runs on exactly ``batch_size`` pictures (a short one is filled up), because the last
    digits of a convolution depend on the shape of its input: so an embedding depends on the picture
    alone, never on its neighbours, and a resumed build equals an uninterrupted one.
    """

    def __init__(self, encoder: TrainedEncoder, settings: EncoderSettings) -> None:
        self.side_px = encoder.side_px
        self.batch_size = settings.batch_size
        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._network = _fold_batch_norm(encoder.network)

    def embed(self, pixels: np.ndarray) -> np.ndarray:
        """(n, side, side, 3) uint8 -> (n, 128) float32 embeddings of unit length."""
        parts = [np.zeros((0, EMBEDDING_DIM), np.float32)]
        for begin in range(0, len(pixels), self.batch_size):
            batch = pixels[begin : begin + self.batch_size]
            filled = np.zeros((self.batch_size, *batch.shape[1:]), np.uint8)
            filled[: len(batch)] = batch
            parts.append(self._run(filled)[: len(batch)])
        return np.concatenate(parts)

    def embed_one(self, pixels: np.ndarray) -> np.ndarray:
        """(side, side, 3) uint8 -> (128,) float32; the quick way for a query, equal to ``embed`` to about 1e-6."""
        embedding: np.ndarray = self._run(np.array(pixels[None]))[0]
        return embedding

    @torch.inference_mode()
    def _run(self, pixels: np.ndarray) -> np.ndarray:
        planes = torch.from_numpy(pixels).permute(0, 3, 1, 2).float()  # a view of NHWC: already channels_last
        embedding: np.ndarray = self._network(planes.contiguous(memory_format=torch.channels_last)).numpy()
        return embedding


def _fold_batch_norm(network: Encoder) -> Encoder:
    """Fold every batch normalisation into the convolution before it: same function, fewer passes."""
    folded = deepcopy(network).eval()
    for module in folded.modules():
        convolution, norm = getattr(module, "convolution", None), getattr(module, "normalization", None)
        if isinstance(convolution, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
            module.convolution = fuse_conv_bn_eval(convolution, norm)
            module.normalization = Identity()
    folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return folded
