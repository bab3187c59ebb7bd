"""How do the pages feel in a browser? Chromium over a running server, its own measures of loading and scrolling.

    python benchmarks/pages.py LOOKBOOK [--tiles 5000] [--visits 5]

Prints a JSON line a page, then one of a long scroll through the home page: largest contentful paint (LCP) and layout
shift (CLS) as browsers report them; while scrolling, elements in the document, frames that took longer than 50 ms, and
the processor time of the page's own thread for each step, which other work on the machine does not lengthen. The last
line has the same scroll through a page of the same photos at fixed places that has no script. Needs Chromium (Debian:
apt-get install chromium). Server, browser and this script share the machine's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
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
_STEP_PX, _STEP_MS, _LOOK_EVERY, _COLUMNS = 600, 120, 10, 4
_LOOK = """(() => {
  const tiles = [...document.querySelectorAll(".tile")];
  return {
    seen: Math.max(0, ...tiles.map((tile) => tile.getAttribute("aria-posinset"))),
    elements: document.querySelectorAll("*").length,
    tiles: tiles.length,
    height: document.documentElement.scrollHeight,
    ended: document.querySelector(".feed-end") !== null,
  };
})()"""


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
                scrolled = scrolling(browser, address, options.tiles)
                print(json.dumps(scrolled), flush=True)
                print(json.dumps(plain(browser, address, scrolled["height_px"])), flush=True)
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
    most = {"seen": 0, "elements": 0, "tiles": 0, "height": 0}

    def is_more() -> bool:
        here = page.evaluate(_LOOK)
        most.update({name: max(most[name], here[name]) for name in most})
        return bool(most["seen"] < tiles and not here["ended"])

    scrolled = _scrolled(page, is_more)
    scrolled |= {"cls": round(page.evaluate("seen.cls"), 4)}
    scrolled |= {"heap_mib": round(page.evaluate("performance.memory.usedJSHeapSize") / 2**20, 1)}
    page.context.close()
    return {
        "benchmark": "scrolling",
        "tiles": most["seen"],
        "height_px": most["height"],
        "most_elements": most["elements"],
        "most_tiles_in_document": most["tiles"],
    } | scrolled


def plain(browser: Browser, address: str, height_px: int) -> dict[str, Any]:
    """Down a page as high, of the same photos at fixed places, that has no script at all: what the machine can do."""
    page = _opened(browser, _WIDTHS["desk"])
    photos, following = [], "/api/v1/items?limit=200"
    while following:
        answer = page.request.get(address + following).json()
        photos += [item["photo"]["sizes"][-1]["url"] for item in answer["items"]]
        following = answer["next"] and f"/api/v1/items?limit=200&cursor={quote(answer['next'])}"
    row_px = height_px * _COLUMNS // len(photos)
    page.route("**/plain", lambda route: route.fulfill(content_type="text/html", body=_plain_html(photos, row_px)))
    page.goto(f"{address}/plain", wait_until="networkidle")
    scrolled = _scrolled(page, lambda: page.evaluate("scrollY + innerHeight + 1 < document.body.scrollHeight"))
    page.context.close()
    return {"benchmark": "scrolling a plain page", "photos": len(photos)} | scrolled


def _plain_html(photos: list[str], row_px: int) -> str:
    width = _WIDTHS["desk"]["width"] // _COLUMNS
    box = f"width={width - 16} height={row_px - 16} loading=lazy decoding=async"
    places = [(i % _COLUMNS * width, i // _COLUMNS * row_px) for i in range(len(photos))]
    images = [
        f"<img src='{src}' {box} style='left:{left}px;top:{top}px'>"
        for src, (left, top) in zip(photos, places, strict=True)
    ]
    height = (places[-1][1] + row_px) if places else 0
    return f"<style>body{{height:{height}px}}img{{position:absolute;object-fit:cover}}</style><body>{''.join(images)}"


def _scrolled(page: Page, is_more: Callable[[], bool]) -> dict[str, Any]:
    """Scroll on while there is more; how busy was the page's thread, and how long were its frames?"""
    page.evaluate("seen.long = []")
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy_s = [_busy_s(tools)]
    began = time.perf_counter()
    while len(busy_s) % _LOOK_EVERY or is_more():  # not at each step: what looks at the page takes its time, too
        page.mouse.wheel(0, _STEP_PX)
        page.wait_for_timeout(_STEP_MS)
        busy_s.append(_busy_s(tools))
    step_ms = np.diff(busy_s) * 1e3
    frames = page.evaluate("seen.long")
    durations = sorted((each[1] for each in frames), reverse=True)
    blocking = sorted((each[2] for each in frames), reverse=True)
    return {
        "steps": len(step_ms),
        "seconds": round(time.perf_counter() - began),
        "thread_ms_a_step": round(float(step_ms.mean()), 1),
        "thread_ms_a_step_p99": round(float(np.percentile(step_ms, 99)), 1),
        "thread_ms_a_step_most": round(float(step_ms.max()), 1),
        "frames_over_50_ms": len(durations),
        "longest_frames_ms": [round(each) for each in durations[:5]],
        "longest_blocking_ms": [round(each) for each in blocking[:5]],
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
