"""Where does the graph network train?"""

from __future__ import annotations

from typing import Literal

import torch

from lookgraph.errors import GraphError

Device = Literal["auto", "cpu", "cuda"]


def choose_device(wanted: Device) -> torch.device:
    """What the setting ``gnn.device`` names; auto: CUDA where there is a GPU, else the processor.

    Raises:
        GraphError: CUDA is asked for where there is none.
    """
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise GraphError("gnn.device=cuda, but PyTorch sees no CUDA device: set gnn.device=auto")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


def generator_on(device: torch.device, seed: int, drawn: torch.Generator) -> torch.Generator:
    """The source of chance on a device: on the processor, the one that has ``drawn`` the first weights."""
    return drawn if device.type == "cpu" else torch.Generator(device).manual_seed(seed)
