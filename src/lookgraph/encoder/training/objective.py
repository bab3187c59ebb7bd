"""What does the encoder learn? To tell classes apart by cosine, and to agree with words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

UNKNOWN: Final = -1
"""The label of a photo whose class is not known: it counts for nothing in that target."""

_SCALE: Final = 16.0  # cosines are in -1..1, a softmax needs more room
_SMOOTHING: Final = 0.05
_FEATURES_WEIGHT: Final = 0.5
_TEXT_TEMPERATURE: Final = 0.07


class Objective(nn.Module):
    """The training loss: per target, class proxies in the embedding's space and a linear head on the features.

    Proxies make one cosine space serve all targets at once; the linear heads keep the features rich
    where the embedding has no room.  With texts, each photo is also told from the others' texts (InfoNCE).

    Source: normalised softmax of Zhai and Wu 2019, arXiv 1811.12649; InfoNCE of Oord et al. 2018, arXiv 1807.03748.
    """

    def __init__(
        self, n_classes: Mapping[str, int], weights: Mapping[str, float], n_features: int, embedding_dim: int,
        text_dim: int = 0, text_weight: float = 0.0,
    ) -> None:  # fmt: skip
        """Make the proxies and heads.

        Args:
            n_classes: Classes of each target.
            weights: Weight of each target's loss.
            n_features: Width of the backbone's features.
            embedding_dim: Width of the embedding.
            text_dim: Width of the texts' embeddings; 0: no texts.
            text_weight: Weight of the texts' loss.
        """
        super().__init__()
        self.weights = dict(weights)
        self.text_weight = text_weight if text_dim else 0.0
        self.proxies = nn.ParameterDict({t: nn.Parameter(torch.randn(n, embedding_dim)) for t, n in n_classes.items()})
        self.linear = nn.ModuleDict({t: nn.Linear(n_features, n) for t, n in n_classes.items()})
        self.to_text = nn.Linear(embedding_dim, text_dim) if text_dim else None

    def forward(
        self, features: Tensor | None, embedding: Tensor, labels: Mapping[str, Tensor], texts: Tensor | None = None
    ) -> Tensor:
        """The loss of a batch.

        Args:
            features: (n, n_features) float32; None: the embedding alone is taught, the linear heads are not.
            embedding: (n, embedding_dim) float32, unit length.
            labels: Target to (n,) int64 classes, or ``UNKNOWN``.
            texts: (n, text_dim) float32, unit length.

        Returns:
            A scalar.
        """
        total = embedding.new_zeros(())
        for target, weight in self.weights.items():
            known = labels[target] != UNKNOWN
            if not known.any():
                continue
            label, share = labels[target][known], known.float().mean() * weight
            cosine = self.cosines(target, embedding[known])
            total = total + share * functional.cross_entropy(cosine * _SCALE, label, label_smoothing=_SMOOTHING)
            if features is not None:
                logits = self.linear[target](features[known])
                loss = functional.cross_entropy(logits, label, label_smoothing=_SMOOTHING)
                total = total + _FEATURES_WEIGHT * share * loss
        if texts is not None and self.to_text is not None:
            total = total + self.text_weight * self._text_contrast(embedding, texts)
        return total

    def cosines(self, target: str, embedding: Tensor) -> Tensor:
        """(n, n_classes) cosine of each embedding with each class's proxy."""
        return embedding @ functional.normalize(self.proxies[target], dim=1).T

    def _text_contrast(self, embedding: Tensor, texts: Tensor) -> Tensor:
        assert self.to_text is not None
        logits = functional.normalize(self.to_text(embedding), dim=1) @ texts.T / _TEXT_TEMPERATURE
        same = texts @ texts.T > 0.999  # an equal text is no wrong answer
        same.fill_diagonal_(False)
        return functional.cross_entropy(
            logits.masked_fill(same, float("-inf")), torch.arange(len(texts), device=texts.device)
        )
