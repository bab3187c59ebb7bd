"""How long does an open lookbook take to answer, by id and by photo?

    python benchmarks/query.py LOOKBOOK [PHOTO]

Prints one JSON line: medians and 95th percentiles in milliseconds, beside a plain FAISS search of the same
vectors in the same run.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import lookgraph
from lookgraph.vector_search import faiss

ROUNDS, WARM_UP = 200, 5


def milliseconds(action: Callable[[int], object]) -> dict[str, float]:
    for i in range(WARM_UP):
        action(i)
    taken = []
    for i in range(ROUNDS):
        began = time.perf_counter()
        action(i)
        taken.append(1000 * (time.perf_counter() - began))
    return {"median_ms": round(statistics.median(taken), 2), "p95_ms": round(sorted(taken)[int(0.95 * ROUNDS)], 2)}


def main(path: str, photo: str | None = None) -> None:
    lookbook = lookgraph.open(path)
    rows = np.random.default_rng(0).integers(0, len(lookbook), ROUNDS + WARM_UP)
    ids = [lookbook.items["id"][int(row)].as_py() for row in rows]
    vectors = np.array(lookbook.generation.embeddings)
    peer = faiss.IndexFlatIP(vectors.shape[1])
    peer.add(vectors)
    with tempfile.TemporaryDirectory() as folder:
        if photo is None:
            photo = str(Path(folder, "photo.webp"))
            Path(photo).write_bytes(lookbook.thumbnail(0, 960))
        line = {
            "benchmark": "one query",
            "items": len(lookbook),
            "by_id": milliseconds(lambda i: lookbook.similar(ids[i], k=10)),
            "by_photo": milliseconds(lambda i: lookbook.similar(photo, k=10)),
            "plain_faiss": milliseconds(lambda i: peer.search(vectors[rows[i] : rows[i] + 1], 10)),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
