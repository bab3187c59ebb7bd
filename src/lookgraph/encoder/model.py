"""The network: a backbone (ResNet-50 to 2048 features, unless told otherwise), and a head to 128 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig

from lookgraph.encoder.backbones import Stage, family_of

FEATURES = 2048
EMBEDDING_DIM = 128
PIXEL_MEAN = (0.485, 0.456, 0.406)
PIXEL_STD = (0.229, 0.224, 0.225)


class Encoder(nn.Module):
    """Photos to embeddings in cosine space.

    The backbone is the transformers implementation, so that its parameter names are a hub
    checkpoint's. The statistics of the pixels are part of the network, and whoever has uint8
    pixels has an embedding, with nothing left to get wrong in between.

    Source: He et al. 2016, arXiv 1512.03385; the other backbones are listed in
    :mod:`lookgraph.encoder.backbones`.
    """

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(
        self,
        config: Any = None,
        head_dims: Sequence[int] = (512, EMBEDDING_DIM),
        channel_mean: Sequence[float] = PIXEL_MEAN,
        channel_std: Sequence[float] = PIXEL_STD,
    ) -> None:
        """Make the network with random weights, from PyTorch's own generator.

        Args:
            config: A transformers configuration; None: ResNet-50's.
            head_dims: Width of the head's hidden layer, and of the embedding.
            channel_mean: Mean of red, green and blue, 0..1, that the backbone expects to be subtracted.
            channel_std: Their standard deviations, which it expects to be divided by.

        Raises:
            EncoderError: no backbone can be made from the configuration.
        """
        super().__init__()
        self.config = ResNetConfig() if config is None else config
        self.head_dims = tuple(head_dims)
        self.channel_mean, self.channel_std = tuple(channel_mean), tuple(channel_std)
        self.family = family_of(self.config.model_type, "the configuration")
        self.n_features = self.family.n_features(self.config)
        self.backbone = self.family.build(self.config)
        hidden, embedding = self.head_dims
        self.head = nn.Sequential(nn.Linear(self.n_features, hidden), nn.GELU(), nn.Linear(hidden, embedding))
        self.register_buffer("pixel_mean", torch.tensor(self.channel_mean).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("pixel_std", torch.tensor(self.channel_std).view(1, 3, 1, 1) * 255, persistent=False)

    def stages(self) -> list[Stage]:
        """The backbone's stages, from the pixels on: what can be frozen one after the other."""
        return self.family.stages(self.backbone)

    def features(self, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) pixels in 0..255 -> (n, n_features) pooled features of the backbone."""
        return self.family.pooled(self.backbone, (pixels - self.pixel_mean) / self.pixel_std)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) pixels in 0..255 -> (n, 128) float embeddings of unit length."""
        return functional.normalize(self.head(self.features(pixels)), dim=1)
