"""Finished steps of a build, kept under the content of everything they were made from.

A step's key digests the keys of all steps before it and its own settings. So a resumed build takes up
after the last finished step, a changed setting redoes only what comes after it, and nothing stale is ever
taken for fresh.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lookgraph.lookbook.files import folder_made_whole, remove_leftovers, sha256, write_atomically


class StepChain:
    """The steps of one build, in order.

    Args:
        folder: Where finished steps are kept.
        inputs: Digests of all that the first step reads.
    """

    def __init__(self, folder: Path, inputs: Any) -> None:
        self._folder = folder
        self.key = _digest(inputs)
        self.folders: list[Path] = []
        self.timings_s: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)

    def run(self, name: str, settings: Any, make: Callable[[Path], None]) -> Path:
        """Make a step's folder, or find it finished.

        Args:
            name: The stage.
            settings: All that this step depends on beside the steps before it; anything JSON can hold.
            make: Fills the folder that it is given; the same inputs must give the same files.
        """
        self.key = _digest([self.key, name, settings])
        folder = self._folder / f"{name}-{self.key[:16]}"
        if not _is_whole(folder):
            shutil.rmtree(folder, ignore_errors=True)
            began = time.monotonic()
            with folder_made_whole(folder) as aside:
                make(aside)
            write_atomically(_record(folder), json.dumps(_checksums(folder)))
            self.timings_s[name] = round(time.monotonic() - began, 3)
        self.folders.append(folder)
        return folder

    def forget_others(self) -> None:
        """Delete the steps of other builds; a generation has links of its own."""
        kept = {*self.folders, *map(_record, self.folders)}
        for path in self._folder.iterdir():
            if path in kept:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def _record(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _checksums(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def _is_whole(folder: Path) -> bool:
    """Is the step finished, and its content still what was written? A generation shares these files by links."""
    try:
        recorded = json.loads(_record(folder).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return folder.is_dir() and recorded == _checksums(folder)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
