"""What must hold while things go wrong, in full: kills while people save, new generations under load.

    python benchmarks/holds.py LOOKBOOK [--kills 50] [--publishes 20]

Works on a copy. Prints a JSON line each, and ends with status 1 where something did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "app"))
from holding import publish_under_load, save_while_killed  # type: ignore[import-not-found]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lookbook", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "copy.lookbook"
        shutil.copytree(options.lookbook, root, ignore=shutil.ignore_patterns("cache", "state.sqlite*"))
        held = kill(root, options.kills, options.clients) & publish(root, options.publishes, options.clients)
    sys.exit(0 if held else 1)


def kill(root: Path, kills: int, clients: int) -> bool:
    began = time.perf_counter()
    seen = save_while_killed(root, kills, clients)
    facts = {
        "benchmark": "kills",
        "kills": seen.kills,
        "clients": clients,
        "acknowledged": len(seen.acknowledged),
        "kept": len(seen.kept),
        "lost": seen.lost,
        "doubled": seen.doubled,
        "unasked": seen.unasked,
        "integrity": seen.integrity,
    }
    print(json.dumps(facts | _beside(began)), flush=True)
    return seen.integrity == "ok" and not (seen.lost or seen.doubled or seen.unasked)


def publish(root: Path, publishes: int, clients: int) -> bool:
    began = time.perf_counter()
    seen = publish_under_load(root, publishes, clients)
    faults = sum(count for status, count in seen.statuses.items() if status != 200)
    facts = {
        "benchmark": "publishes",
        "publishes": publishes,
        "clients": clients,
        "answers": sum(seen.statuses.values()),
        "not_200": faults,
        "mixed": len(seen.mixed),
        "generations_seen": len(seen.generations),
        "switches": seen.switches,
        "slowest_ms": round(seen.slowest_ms),
    }
    print(json.dumps(facts | _beside(began)), flush=True)
    return not (faults or seen.mixed) and seen.switches == publishes


def _beside(began: float) -> dict[str, float]:
    return {"seconds": round(time.perf_counter() - began), "load_average": round(os.getloadavg()[1], 1)}


if __name__ == "__main__":
    main()
