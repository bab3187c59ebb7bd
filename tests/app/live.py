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
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
WCAG = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], iframes: false}"
"""What axe looks for: WCAG 2.2, levels A and AA."""


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


def is_photo_search(answer) -> bool:
    return answer.url.endswith("/photo") and answer.request.method == "POST"


def until(page, expression: str) -> None:
    """Wait until it is true; not by wait_for_function, which the site's own content policy forbids."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")
