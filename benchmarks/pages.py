"""How do the pages feel in a browser? Chromium over a running server, its own measures of loading and scrolling.

    python benchmarks/pages.py LOOKBOOK [--tiles 5000] [--visits 5]

Prints a JSON line a page, then one of a long scroll through the home page: largest contentful paint (LCP) and layout
shift (CLS) as browsers report them; while scrolling, elements in the document, frames that took longer than 50 ms, and
the processor time of the page's own thread for each step, which other work on the machine does not lengthen. Needs
Chromium (Debian: apt-get install chromium). Server, browser and this script share the machine's cores.
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
from typing import Any
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

import lookgraph
import serve as server_benchmark

_WATCH = """
window.seen = {lcp: 0, cls: 0, long: []};
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({type, buffered: true});
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("long-animation-frame", (entry) => seen.long.push([entry.startTime, entry.duration, entry.blockingDuration]));
"""
_WIDTHS = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
_STEP_PX, _STEP_MS = 600, 120


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lookbook", type=Path)
    parser.add_argument("--tiles", type=int, default=5000)
    parser.add_argument("--visits", type=int, default=5)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not here: apt-get install chromium")
    item = quote(lookgraph.open(options.lookbook).ids[0])
    with tempfile.TemporaryDirectory() as folder:
        server, port = server_benchmark.start(options.lookbook, Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                address = f"http://127.0.0.1:{port}"
                for path in ("/", f"/item/{item}", "/boards", "/photo", "/styles"):
                    print(json.dumps(loading(browser, address, path, options.visits)), flush=True)
                print(json.dumps(scrolling(browser, address, options.tiles)), flush=True)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def loading(browser: Browser, address: str, path: str, visits: int) -> dict[str, Any]:
    """The worst of some visits, each with an empty cache."""
    found: dict[str, Any] = {"benchmark": "loading", "page": path.split("/")[1] or "home", "visits": visits}
    for name, size in _WIDTHS.items():
        lcp, cls = [], []
        for _ in range(visits):
            page = _opened(browser, size)
            page.goto(address + path, wait_until="networkidle")
            page.wait_for_timeout(500)
            seen = page.evaluate("seen")
            lcp.append(seen["lcp"])
            cls.append(seen["cls"])
            page.context.close()
        found |= {f"{name}_lcp_ms": round(max(lcp)), f"{name}_cls": round(max(cls), 4)}
    return found | {"load_average": round(os.getloadavg()[0], 1)}


def scrolling(browser: Browser, address: str, tiles: int) -> dict[str, Any]:
    """Down the home page until so many tiles have been there, or it ends."""
    page = _opened(browser, _WIDTHS["desk"])
    page.goto(address, wait_until="networkidle")
    page.evaluate("seen.long = []")
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy_s = [_busy_s(tools)]
    most_elements = most_tiles = 0
    height, seen_tiles, steps, at_end = 0, 0, 0, False
    began = time.perf_counter()
    while seen_tiles < tiles and not at_end:
        page.mouse.wheel(0, _STEP_PX)
        page.wait_for_timeout(_STEP_MS)
        busy_s.append(_busy_s(tools))
        steps += 1
        if steps % 10 == 0:  # not at each step: what looks at the page takes its time, too
            here = page.evaluate(
                "[document.querySelectorAll('*').length, document.querySelectorAll('.tile').length,"
                " Math.max(0, ...[...document.querySelectorAll('.tile')].map((t) => t.getAttribute('aria-posinset'))),"
                " document.documentElement.scrollHeight, document.querySelector('.feed-end') !== null]"
            )
            most_elements, most_tiles = max(most_elements, here[0]), max(most_tiles, here[1])
            seen_tiles, height, at_end = max(seen_tiles, here[2]), here[3], here[4]
    step_ms = np.diff(busy_s) * 1e3
    frames = page.evaluate("seen.long")
    durations = sorted((each[1] for each in frames), reverse=True)
    blocking = sorted((each[2] for each in frames), reverse=True)
    cls = page.evaluate("seen.cls")
    memory = page.evaluate("performance.memory.usedJSHeapSize")
    page.context.close()
    return {
        "benchmark": "scrolling",
        "tiles": seen_tiles,
        "height_px": height,
        "most_elements": most_elements,
        "most_tiles_in_document": most_tiles,
        "steps": steps,
        "seconds": round(time.perf_counter() - began),
        "thread_ms_a_step": round(float(step_ms.mean()), 1),
        "thread_ms_a_step_p99": round(float(np.percentile(step_ms, 99)), 1),
        "thread_ms_a_step_most": round(float(step_ms.max()), 1),
        "frames_over_50_ms": len(durations),
        "longest_frames_ms": [round(each) for each in durations[:5]],
        "longest_blocking_ms": [round(each) for each in blocking[:5]],
        "cls": round(cls, 4),
        "heap_mib": round(memory / 2**20, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _busy_s(tools: CDPSession) -> float:
    """Processor time of the page's thread since it began, in seconds."""
    metrics = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def _opened(browser: Browser, size: Any) -> Page:
    page = browser.new_context(viewport=size).new_page()
    page.add_init_script(_WATCH)
    return page


if __name__ == "__main__":
    main()
