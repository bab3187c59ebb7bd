"""Write the drawn catalogue to disk as `lookgraph build` reads one: an image folder with its metadata.

Photos are drawn by several processes; each photo depends on its item alone, so their number changes nothing.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import cv2
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from lookgraph.demo.describing import describe
from lookgraph.demo.drawing import PHOTO_SIZE, draw
from lookgraph.demo.items import Item
from lookgraph.demo.styles import STYLE_NAMES
from lookgraph.photos import ORIGIN_FILE

CATALOGUE_LABEL: Final = "drawn, not photographed"
PEOPLE_LABEL: Final = "simulated"
_JPEG_QUALITY: Final = 88
_COLUMNS: Final = (
    *("file_name", "id", "kind", "slot", "gender", "colour", "second_colour", "material", "print", "season", "brand"),
    *("style", "price", "formality", "description"),
)


def metadata_row(item: Item) -> dict[str, Any]:
    """What a shop would know of the item: a row of ``metadata.csv``."""
    return {
        "file_name": f"photos/{item.id}.jpg",
        "id": item.id,
        "kind": item.kind,
        "slot": item.slot,
        "gender": item.gender,
        "colour": item.colours[0],
        "second_colour": item.colours[1] if item.print != "plain" else "",
        "material": item.fabric,
        "print": item.print,
        "season": item.season,
        "brand": item.brand,
        "style": STYLE_NAMES[max(range(len(item.style)), key=item.style.__getitem__)],
        "price": f"{item.price:.2f}",
        "formality": f"{item.formality:.3f}",
        "description": describe(item),
    }


Painters = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


@contextmanager
def painters(processes: int) -> Iterator[Painters]:
    """Processes that draw: a ``map`` that keeps order. They live on, so that each makes its textures once.

    Forked ones would share this process's textures, but a fork beside the threads of PyTorch is not safe.
    """
    if processes == 1:
        yield map
        return
    # The processes share the cores: threads of OpenCV's in each would only wait for one another.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield partial(pool.map, chunksize=4)


def write_catalogue(
    items: Sequence[Item],
    folder: Path,
    paint: Painters = map,
    *,
    size: tuple[int, int] = PHOTO_SIZE,
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Write ``photos/``, ``metadata.csv``, ``styles.parquet`` and the label that a build carries on.

    Args:
        items: What to draw.
        folder: Made if it is not there; photos that lie there already under the same name are drawn anew.
        paint: What :func:`painters` gives, or ``map``.
        size: Width and height of the photos in pixels.
        advance: Hears of each photo that is done.
    """
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    for _ in paint(partial(_draw_to_file, size), [(item, folder / "photos" / f"{item.id}.jpg") for item in items]):
        advance(1)
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, _COLUMNS)
        table.writeheader()
        table.writerows(metadata_row(item) for item in items)
    _write_truth(items, folder / "styles.parquet")
    label = {"photos": CATALOGUE_LABEL, "people": PEOPLE_LABEL}
    (folder / ORIGIN_FILE).write_text(json.dumps(label) + "\n", "utf-8")


def _draw_to_file(size: tuple[int, int], work: tuple[Item, Path]) -> Path:
    item, path = work
    Image.fromarray(draw(item, size)).save(path, quality=_JPEG_QUALITY)
    return path


def _write_truth(items: Sequence[Item], path: Path) -> None:
    """What only the generator knows: each item's style coordinates, its cut, every colour."""
    pq.write_table(
        pa.table(
            {
                "id": [item.id for item in items],
                "style_coordinates": pa.array([item.style for item in items], pa.list_(pa.float64(), len(STYLE_NAMES))),
                "colours": [list(item.colours) for item in items],
                "cut": [json.dumps(item.cut, sort_keys=True) for item in items],
                "presentation": [item.presentation for item in items],
                "seed": [item.seed for item in items],
            }
        ).replace_schema_metadata({"styles": json.dumps(STYLE_NAMES)}),
        path,
    )
