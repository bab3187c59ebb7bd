"""Every kind of garment, by its name."""

from __future__ import annotations

from typing import Final

from lookgraph.demo.kind import SLOTS, Kind
from lookgraph.demo.kinds_carried import CARRIED
from lookgraph.demo.kinds_worn import WORN

KINDS: Final[dict[str, Kind]] = WORN | CARRIED

__all__ = ["KINDS", "SLOTS", "Kind"]
