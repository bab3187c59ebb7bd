"""The network: ResNet-50 to 2048 features, a feed-forward head to a 128-dimensional embedding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetModel

FEATURES = 2048
EMBEDDING_DIM = 128
PIXEL_MEAN = (0.485, 0.456, 0.406)
PIXEL_STD = (0.229, 0.224, 0.225)


class Encoder(nn.Module):
    """Photos to embeddings in cosine space.

    The backbone is the transformers implementation, so that its parameter names are a hub
    checkpoint's. The statistics of the pixels are part of the network, and whoever has uint8
    pixels has an embedding, with nothing left to get wrong in between.

    Source: He et al. 2016, arXiv 1512.03385.
    """

    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self, config: ResNetConfig | None = None, head_dims: Sequence[int] = (512, EMBEDDING_DIM)) -> None:
        super().__init__()
        self.config = config or ResNetConfig()
        self.head_dims = tuple(head_dims)
        self.backbone = ResNetModel(self.config)
        hidden, embedding = self.head_dims
        self.head = nn.Sequential(
            nn.Linear((self.config.hidden_sizes or (FEATURES,))[-1], hidden), nn.GELU(), nn.Linear(hidden, embedding)
        )
        self.register_buffer("pixel_mean", torch.tensor(PIXEL_MEAN).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("pixel_std", torch.tensor(PIXEL_STD).view(1, 3, 1, 1) * 255, persistent=False)

    def features(self, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) pixels in 0..255 -> (n, 2048) pooled features of the backbone."""
        normalised = (pixels - self.pixel_mean) / self.pixel_std
        pooled: Tensor = self.backbone(normalised).pooler_output
        return pooled.flatten(1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 3, side, side) pixels in 0..255 -> (n, 128) float embeddings of unit length."""
        return functional.normalize(self.head(self.features(pixels)), dim=1)
