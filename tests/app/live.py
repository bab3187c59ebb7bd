"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def live(root: Path, *options: str, state: str | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address and the process of `lookgraph serve` on a free port."""
    command = [sys.executable, "-m", "lookgraph.app.cli", "serve", str(root), "--port", "0", *options]
    command += ["--state", state] if state else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"(http://[\d.]+:\d+)", line)
        assert found is not None, f"the server said {line!r}"
        yield found[1], process
    finally:
        process.kill()
        process.wait()
