"""Does a source say of itself that it is not what it seems? A drawn catalogue must never pass for photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from lookgraph.errors import SourceError

ORIGIN_FILE: Final = "origin.json"


def read_origin(source: Path) -> dict[str, str]:
    """What a source's ``origin.json`` says, for example ``{"photos": "drawn, not photographed"}``; empty without one.

    A build copies it into the manifest and the report, so the label stays with everything made from the source.

    Args:
        source: A folder, or a table in one.

    Raises:
        SourceError: the file is there, but is no flat object of texts.
    """
    path = (source if source.is_dir() else source.parent) / ORIGIN_FILE
    try:
        said = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read ({error}): repair it, or take it away") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise SourceError(f"{path} holds {str(said)[:80]!r}: it must be one object of texts, or be taken away")
    return said


def labelled(name: str, origin: dict[str, str]) -> str:
    """A source's name with what it says of itself: ``demo (people simulated; photos drawn, not photographed)``."""
    said = "; ".join(f"{what} {how}" for what, how in sorted(origin.items()))
    return f"{name} ({said})" if said else name
