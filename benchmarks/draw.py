"""How fast are garments drawn?

    python benchmarks/draw.py [N_PHOTOS [PROCESSES]]

Draws the catalogue's first items at 720 x 960 in several processes, each after a warm-up in which it makes its
textures, and keeps no picture; beside it the same at 360 x 480, the time that writing a JPEG takes, and the least
processor time of a picture, which says what a machine without other work would do. Prints one JSON line.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import platform
import sys
import time
from functools import partial

import cv2
from PIL import Image

from lookgraph.demo.drawing import draw
from lookgraph.demo.items import Item, make_items
from lookgraph.demo.prints import PRINTS, coverage
from lookgraph.demo.textures import relief

SEED = 7


def _drawn(size: tuple[int, int], item: Item) -> int:
    return int(draw(item, size).shape[0])


def _warm() -> None:
    cv2.setNumThreads(1)  # as in the processes that draw a catalogue
    for name in PRINTS:
        coverage(name, 2)
    for item in make_items(120, SEED + 1):
        draw(item)
    relief("jersey")


def _ready(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def pictures_per_s(items: list[Item], size: tuple[int, int], processes: int) -> float:
    with multiprocessing.get_context("spawn").Pool(processes, _warm) as pool:
        pool.map(_ready, [1.0] * processes, chunksize=1)
        began = time.perf_counter()
        for _ in pool.imap_unordered(partial(_drawn, size), items, chunksize=4):
            pass
        return len(items) / (time.perf_counter() - began)


def least_cpu_ms(items: list[Item], rounds: int = 5) -> float:
    """Processor time of a picture where nothing else disturbs: the least of some rounds, averaged over the items."""
    taken = []
    for item in items:
        rounds_ms = []
        for _ in range(rounds):
            began = time.process_time()
            draw(item)
            rounds_ms.append(1000 * (time.process_time() - began))
        taken.append(min(rounds_ms))
    return sum(taken) / len(taken)


def main(n_photos: str = "400", processes: str = "2") -> None:
    items = make_items(int(n_photos), SEED)
    picture = Image.fromarray(draw(items[0]))
    began = time.perf_counter()
    for _ in range(20):
        picture.save(io.BytesIO(), "jpeg", quality=88)
    jpeg_ms = 50 * (time.perf_counter() - began)
    line = {
        "benchmark": "drawn photos",
        "photos": len(items),
        "processes": int(processes),
        "pictures_per_s_720x960": round(pictures_per_s(items, (720, 960), int(processes)), 1),
        "pictures_per_s_360x480": round(pictures_per_s(items, (360, 480), int(processes)), 1),
        "least_cpu_ms_a_picture": round(least_cpu_ms(items[:60]), 1),
        "jpeg_ms": round(jpeg_ms, 1),
        "seed": SEED,
        "load_average": round(os.getloadavg()[0], 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
