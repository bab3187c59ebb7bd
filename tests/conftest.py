"""Fixtures that every stage's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from drawn_garments import QUICK, draw_catalogue


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory) -> Path:
    """60 drawn garments in an image folder."""
    return draw_catalogue(tmp_path_factory.mktemp("drawn") / "garments")


@pytest.fixture(scope="session")
def lookbook(catalogue, tmp_path_factory):
    """A lookbook built from the drawn garments, with an exact and a near duplicate; do not change it."""
    import lookgraph

    photos = tmp_path_factory.mktemp("photos") / "garments"
    draw_catalogue(photos)
    original = Image.open(photos / "shirt-red-0.png")
    (photos / "shirt-red-copy.png").write_bytes((photos / "shirt-red-0.png").read_bytes())
    original.save(photos / "shirt-red-near.jpg", quality=90)
    with (photos / "metadata.csv").open("a") as file:
        file.write("shirt-red-copy.png,shirt,red,99\nshirt-red-near.jpg,shirt,red,98\n")
    return lookgraph.build(photos, tmp_path_factory.mktemp("books") / "drawn.lookbook", settings=QUICK)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real photos, where this machine has it."""
    folder = Path(os.environ.get("LOOKGRAPH_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real photos at {folder}: set LOOKGRAPH_DATA to run this test")
    return folder
