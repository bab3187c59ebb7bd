"""Small planted photos, and where the real data are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_photos import photo_bytes

from lookgraph.config import PhotoSettings

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def settings() -> PhotoSettings:
    return PhotoSettings()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; a test that asks for it skips where it is missing."""
    folder = Path(os.environ.get("LOOKGRAPH_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data missing: no folder {folder} (set LOOKGRAPH_DATA)")
    return folder


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Path]:
    """Write a photo of one colour under a name inside the test's own folder."""

    def write(name: str, colour: str = "red", *, form: str = "JPEG", data: bytes | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo_bytes(colour, form=form) if data is None else data)
        return path

    return write
