"""What the network learns from, beside the pseudo-labels' cross-entropy: links, its own agreement, declared labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lookgraph.gnn.label_channel import UNKNOWN
from lookgraph.gnn.neighbourhood import Neighbourhood

_SHARPNESS: Final = 12.0
_TEMPERATURE: Final = 0.1
_SAMPLE: Final = 1024


class DeclaredLabels(nn.Module):
    """Class proxies in cosine space for every declared column, and their cross-entropy (normalised softmax).

    Source: Zhai and Wu 2019, arXiv 1811.12649.
    """

    def __init__(self, codes: Mapping[str, np.ndarray], dim: int, generator: torch.Generator) -> None:
        super().__init__()
        for place, values in enumerate(codes.values()):
            self.register_buffer(f"codes_{place}", torch.from_numpy(values.astype(np.int64)), persistent=False)
        self.proxies = nn.ParameterList(
            nn.Parameter(torch.randn(int(values.max()) + 1, dim, generator=generator)) for values in self.buffers()
        )

    def forward(self, embedding: Tensor, items: Tensor | None = None) -> Tensor:
        """(n, dim) unit rows -> the mean over columns of the cross-entropy over the items that have a label.

        Args:
            embedding: Of all items, or of ``items``.
            items: (n,) int64.
        """
        losses = []
        for all_codes, proxies in zip(self.buffers(), self.proxies, strict=True):
            codes = all_codes if items is None else all_codes[items]
            known = codes != UNKNOWN
            if not known.any():
                continue
            cosine = embedding[known] @ functional.normalize(proxies, dim=1).T
            losses.append(functional.cross_entropy(_SHARPNESS * cosine, codes[known]))
        return torch.stack(losses).mean() if losses else embedding.sum() * 0


def class_weights(labels: np.ndarray, n_classes: int) -> Tensor:
    """(n_classes,) float32: every class that occurs weighs the same in a mean over the items."""
    sizes = np.bincount(labels, minlength=n_classes)
    weights = np.where(sizes > 0, len(labels) / np.maximum(sizes, 1), 0)
    return torch.from_numpy(weights.astype(np.float32))


def link_contrast(embedding: Tensor, hood: Neighbourhood, generator: torch.Generator) -> Tensor:
    """Linked items nearer than others: InfoNCE of sampled items and one neighbour each, against the others' neighbours.

    Args:
        embedding: (n, dim) unit rows.
        hood: Some rows as targets and whom they hear; with self-loops last in each row, or without.
        generator: Draws items and neighbours, on the device of the rows.

    Source: van den Oord et al. 2018, arXiv 1807.03748.
    """
    n_heard = hood.lengths - (1 if _hears_itself(hood) else 0)
    able = torch.nonzero(n_heard > 0).squeeze(1)
    if not len(able):
        return embedding.sum() * 0
    device = embedding.device
    items = able[torch.randperm(len(able), generator=generator, device=device)[:_SAMPLE]]
    drawn = (torch.rand(len(items), generator=generator, device=device) * n_heard[items]).long()
    neighbours = hood.sources[hood.starts[items] + drawn]
    return _info_nce(embedding[hood.targets[items]], embedding[neighbours])


def agreement(first: Tensor, second: Tensor, generator: torch.Generator) -> Tensor:
    """Two views of an item, under different dropout of features and links, nearer than views of other items.

    Args:
        first: (n, dim) unit rows.
        second: The same items in another view.
        generator: Draws the items that are compared, on the device of the rows.
    """
    items = torch.randperm(len(first), generator=generator, device=first.device)[:_SAMPLE]
    return _info_nce(first[items], second[items])


def _hears_itself(hood: Neighbourhood) -> bool:
    last = hood.starts[hood.lengths > 0] + hood.lengths[hood.lengths > 0] - 1
    return bool((hood.sources[last] == hood.targets[hood.lengths > 0]).all()) if len(last) else False


def _info_nce(a: Tensor, b: Tensor) -> Tensor:
    return functional.cross_entropy(a @ b.T / _TEMPERATURE, torch.arange(len(a), device=a.device))
