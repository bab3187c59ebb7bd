"""How long does a whole build take, and how much memory?

    python benchmarks/build.py SOURCE LOOKBOOK [--set NAME=VALUE ...]

Runs `lookgraph build` in a process of its own on a lookbook that must not exist yet; prints one JSON line.
Memory is the sum over the build and its workers, looked at ten times a second.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path


def resident_bytes(root: int) -> int:
    """Resident memory of a process and all below it; shared pages are counted in proportion."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
            parents.setdefault(parent, []).append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += parents.get(pid, [])
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue
    return total


def main(source: str, lookbook: str, *options: str) -> None:
    if Path(lookbook).exists():
        sys.exit(f"{lookbook} exists: name a new lookbook, so that nothing is reused")
    began = time.perf_counter()
    build = subprocess.Popen(
        [sys.executable, "-m", "lookgraph.app.cli", "build", source, lookbook, "--json", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.1):
            peak = max(peak, resident_bytes(build.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output = build.communicate()[0]
    ended.set()
    watcher.join()
    if build.returncode:
        sys.exit(build.returncode)
    facts = json.loads(output)
    files = [p.stat() for p in Path(lookbook).rglob("*") if p.is_file()]
    disk = sum({file.st_ino: file.st_size for file in files}.values())  # steps and generations share files by links
    line = {
        "benchmark": "whole build",
        "items": facts["counts"]["items"],
        "seconds": round(time.perf_counter() - began, 1),
        "peak_memory_gib": round(peak / 2**30, 2),
        "disk_mib": round(disk / 2**20, 1),
        "timings_s": facts["timings_s"],
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": facts["versions"],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
