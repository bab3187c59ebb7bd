"""Where does a network train?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from lookgraph.errors import ConfigError, LookgraphError

Device = Literal["auto", "cpu", "cuda"]


def choose_device(setting: str, wanted: Device) -> torch.device:
    """The device that a setting names; auto: CUDA where there is a GPU, else the processor.

    Args:
        setting: What the error calls it.
        wanted: Its value.

    Raises:
        ConfigError: CUDA is asked for where there is none.
    """
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise ConfigError(f"{setting}=cuda, but PyTorch sees no CUDA device: set {setting}=auto")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


def generator_on(device: torch.device, seed: int, drawn: torch.Generator) -> torch.Generator:
    """The source of chance on a device: on the processor, the one that has ``drawn`` the first weights."""
    return drawn if device.type == "cpu" else torch.Generator(device).manual_seed(seed)


@contextmanager
def gpu_memory_explained(error: type[LookgraphError], remedy: str) -> Iterator[None]:
    """Raises an error that says what to do where the GPU's memory runs out."""
    try:
        yield
    except torch.OutOfMemoryError as cause:
        said = str(cause).splitlines()[0]
        raise error(f"the GPU's memory ran out ({said}): {remedy}") from None
