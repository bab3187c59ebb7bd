"""What does it cost that another build works on the same cores, and what do sleeping threads save?

    python benchmarks/beside.py SOURCE [BUILDS [--set NAME=VALUE ...]]

Runs as many builds of the same photos at once (two where no number is given), each in a process of its own: with
OpenMP's waiting threads asleep, which is what `lookgraph` sets, in turn with threads that spin first, as GNU's OpenMP
has them do by default; before that one build alone, either way. Seconds until the last one has ended. Prints one JSON
line.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 2
ASLEEP: dict[str, str] = {}
SPINNING = {"GOMP_SPINCOUNT": "300000"}  # libgomp's own number where nothing is said


def seconds(source: str, n_builds: int, waiting: dict[str, str], options: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        builds = [
            subprocess.Popen(
                [sys.executable, "-m", "lookgraph.app.cli", "build", source, str(Path(folder) / str(i)), *options],
                env=os.environ | waiting,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for i in range(n_builds)
        ]
        codes = [build.wait() for build in builds]
        if any(codes):
            sys.exit("a build failed: run `lookgraph build` alone to see why")
        return time.perf_counter() - began


def main(source: str, n_builds: str = "2", *options: str) -> None:
    line: dict[str, object] = {"benchmark": "builds side by side", "builds": int(n_builds)}
    for name, n in (("alone", 1), ("together", int(n_builds))):
        rounds = [[seconds(source, n, waiting, options) for waiting in (ASLEEP, SPINNING)] for _ in range(ROUNDS)]
        asleep, spinning = (statistics.median(column) for column in zip(*rounds, strict=True))
        line[f"{name}_s"] = {"asleep": round(asleep, 1), "spinning": round(spinning, 1)}
        line[f"{name}_spinning_by_asleep"] = round(statistics.median(b / a for a, b in rounds), 2)
    print(json.dumps(line | {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}))


if __name__ == "__main__":
    main(*sys.argv[1:])
