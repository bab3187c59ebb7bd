"""How long does it take 100 photos to join a lookbook, and what do 20 such updates cost in quality against a rebuild?

    python benchmarks/updates.py SOURCE LOOKBOOK WORK [UPDATES] [SIZE]

LOOKBOOK is a finished build of SOURCE. A copy in WORK is built anew without UPDATES x SIZE of its items, and these join
it again, SIZE at a time, each time by `lookgraph add` in a process of its own. Retrieval is measured in the lookbook
that grew and in LOOKBOOK, which was built from all of them at once: every query is an item of both, equal categories
are relevant. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import lookgraph
from lookgraph.evaluate.attributes import category_labels
from lookgraph.evaluate.retrieval import DEPTH, score_queries
from lookgraph.photos import MemoryLocation, open_source, read_photo

QUERIES, CLASSES = 4000, 500


def write_batch(source: Path, names: set[str], path: Path, lookbook: lookgraph.Lookbook) -> None:
    """Some photos of a source as one Parquet file."""
    photos = lookbook.settings.photos
    opened = open_source(source, photos, max_categories=lookbook.settings.catalogue.max_categories)
    rows = [row for row, ref in enumerate(opened.refs) if ref.id in names]
    columns = {"id": [opened.refs[row].id for row in rows]}
    images = []
    for row in rows:
        location = opened.refs[row].location
        assert not isinstance(location, MemoryLocation)  # a source on disk
        images.append({"bytes": read_photo(location, photos), "path": ""})
    taken = opened.attributes.take(pa.array(rows))
    for name in taken.column_names:
        columns[name] = taken[name].to_pylist()
    pq.write_table(pa.table(columns | {"image": images}), path)


def mean_average_precision(lookbook: lookgraph.Lookbook, queries: list[str]) -> dict[str, np.ndarray]:
    """Column to (n_queries,) AP@10 of the page that each item gets, NaN where nothing could be right."""
    rows = {name: row for row, name in enumerate(lookbook.ids)}
    node = lookbook.items["_node"].to_numpy()
    own = np.array([node[rows[name]] for name in queries])
    _, found = lookbook.index.search(lookbook.vectors[own], DEPTH + 1)
    found = np.stack([line[line != node_][:DEPTH] for line, node_ in zip(found, own, strict=True)])
    labels = category_labels(lookbook.items.take(pa.array(lookbook.node_rows)), CLASSES)
    scores = {}
    for name, label in labels.items():
        if name.startswith("_") or name == "id":
            continue
        sizes = np.bincount(label.codes[label.codes >= 0], minlength=label.n_classes)
        mine = label.codes[own]
        n_relevant = np.where(mine >= 0, sizes[mine] - 1, 0)
        scores[name] = score_queries((label.codes[found] == mine[:, None]) & (mine >= 0)[:, None], n_relevant)[:, 3]
    return scores


def main(source: str, whole_path: str, work: str, n_updates: int = 20, size: int = 100) -> None:
    whole, grown = lookgraph.open(whole_path), Path(work, "grown.lookbook")
    shutil.copytree(whole_path, grown)
    rng = np.random.default_rng(0)
    joining = rng.permutation(whole.ids)[: n_updates * size].tolist()
    staying = sorted(set(whole.ids) - set(joining))
    lookgraph.remove(grown, joining)
    lookgraph.rebuild(grown)
    seconds = []
    for update in range(n_updates):
        batch = Path(work, f"batch-{update}.parquet")
        write_batch(Path(source), set(joining[update * size :][:size]), batch, whole)
        began = time.perf_counter()
        command = [sys.executable, "-m", "lookgraph.app.cli", "add", str(grown), str(batch), "--json"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds.append(time.perf_counter() - began)
    updated = lookgraph.open(grown)
    queries = rng.choice(staying, min(QUERIES, len(staying)), replace=False).tolist()
    after, before = (mean_average_precision(book, queries) for book in (updated, whole))
    line = {
        "benchmark": "updates",
        "items": len(updated),
        "updates": n_updates,
        "joining_each": size,
        "searched": {"grown": updated.search_space, "built": whole.search_space},
        "seconds_an_update": {"median": round(statistics.median(seconds), 2), "slowest": round(max(seconds), 2)},
        "mAP@10": {
            name: {
                "grown": round(float(np.nanmean(after[name])), 4),
                "built": round(float(np.nanmean(before[name])), 4),
                "difference": round(float(np.nanmean(after[name]) - np.nanmean(before[name])), 4),
            }
            for name in before
        },
        "drift": json.loads(done.stdout)["drift"],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:6]))
