"""What a weights folder says of itself, read without PyTorch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from lookgraph.errors import EncoderError

SHIPPED: Final = Path(__file__).with_name("weights")
CONFIG: Final = "config.json"
TENSORS: Final = "model.safetensors"
OWN: Final = "lookgraph"
"""What is Lookgraph's own in config.json stands under this name."""


def read_config(path: Path) -> dict[str, Any]:
    """A folder's config.json.

    Raises:
        EncoderError: it is not there, or no JSON object.
    """
    try:
        config = json.loads((path / CONFIG).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise EncoderError(
            f"{path} holds no encoder weights (no {CONFIG}): pass a weights folder, or leave encoder.weights empty"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{path / CONFIG} cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise EncoderError(f"{path / CONFIG} holds a {type(config).__name__}: a JSON object is needed")
    return config


def digest_of(path: Path) -> str:
    """SHA-256 over configuration and tensors: two folders with one digest give one embedding."""
    digest = hashlib.sha256()
    for name in (CONFIG, TENSORS):
        digest.update((path / name).read_bytes())
    return digest.hexdigest()
