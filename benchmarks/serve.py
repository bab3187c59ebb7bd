"""How fast does the site answer? A running server asked by wrk and by threads, beside a plain FAISS call.

    python benchmarks/serve.py LOOKBOOK [--seconds 10]

Needs wrk (Debian: apt-get install wrk). Server, wrk and this script share the machine's cores. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

import lookgraph
from build import resident_bytes
from lookgraph.vector_search import faiss

_SCRIPT = """
local ids = {}
for line in io.lines("%s") do ids[#ids + 1] = line end
math.randomseed(1)
request = function() return wrk.format("GET", "/api/v1/similar/" .. ids[math.random(#ids)]) end
"""
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_CLIENTS = 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lookbook", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not here: apt-get install wrk")
    opened = lookgraph.open(options.lookbook)
    with tempfile.TemporaryDirectory() as folder:
        server, port = start(options.lookbook, Path(folder))
        try:
            result = measure(opened, port, server.pid, Path(folder), options.seconds, options.connections)
        finally:
            server.terminate()
            server.wait()
    print(json.dumps(result))


def start(lookbook: Path, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The server's process and port, when it is ready and its table of neighbours is full."""
    command = [sys.executable, "-m", "lookgraph.app.cli", "serve", str(lookbook), "--port", "0"]
    command += ["--state", f"sqlite:///{folder / 'state.sqlite'}"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        found = re.search(r":(\d+) \(Ctrl-C", server.stdout.readline())
        if found is None:
            raise RuntimeError("the server did not start")
        port = int(found[1])
        while not json.loads(get(port, "/api/v1/ready"))["neighbours"]:
            time.sleep(1)
    except BaseException:
        server.terminate()
        raise
    return server, port


def measure(
    opened: lookgraph.Lookbook, port: int, pid: int, folder: Path, seconds: int, connections: int
) -> dict[str, object]:
    ids = [name for name in opened.ids if re.fullmatch(r"[\w.-]+", name)]
    (folder / "ids").write_text("\n".join(ids))
    (folder / "similar.lua").write_text(_SCRIPT % (folder / "ids"))
    wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(folder / "similar.lua")]
    text = subprocess.run([*wrk, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True).stdout
    home = times(lambda: get(port, "/"), 40)
    photos = [photo(seed) for seed in range(20)]
    uploads = times(lambda: send(port, photos[np.random.default_rng().integers(len(photos))]), 25, clients=1)
    return {
        "benchmark": "serve",
        "items": len(opened),
        "similar_per_s": float(_number(r"Requests/sec:\s+([\d.]+)", text)),
        "similar_p50_ms": _milliseconds("50%", text),
        "similar_p99_ms": _milliseconds("99%", text),
        "errors": sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text))),
        "connections": connections,
        "faiss_per_s": faiss_per_s(opened, 10),
        "home_p95_ms": round(float(np.percentile(home, 95)), 1),
        "upload_p95_ms": round(float(np.percentile(uploads, 95)), 1),
        "upload_p50_ms": round(float(np.percentile(uploads, 50)), 1),
        "memory_mib": round(resident_bytes(pid) / 2**20, 1),
        "load_before": round(os.getloadavg()[1], 1),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }


def faiss_per_s(opened: lookgraph.Lookbook, k: int) -> float:
    """Plain searches of one vector a second, in one thread, exactly."""
    index = faiss.IndexFlatIP(opened.vectors.shape[1])
    index.add(np.ascontiguousarray(opened.vectors))
    faiss.omp_set_num_threads(1)
    rows = np.random.default_rng(1).integers(len(opened.vectors), size=300)
    began = time.perf_counter()
    for row in rows:
        index.search(opened.vectors[[row]], k)
    return round(len(rows) / (time.perf_counter() - began), 1)


def times(act: Callable[[], object], n: int, clients: int = _CLIENTS) -> list[float]:
    """Milliseconds of n calls in each of some threads; one that fails ends the measurement."""

    def timed(_: int) -> float:
        began = time.perf_counter()
        act()
        return (time.perf_counter() - began) * 1e3

    with ThreadPoolExecutor(clients) as threads:
        return list(threads.map(timed, range(n * clients)))


def get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
    return body


def send(port: int, data: bytes) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    connection.request("POST", "/api/v1/similar", head + data + b"\r\n--b--\r\n", headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"upload: {answer.status} {body[:200]!r}")


def photo(seed: int) -> bytes:
    """A JPEG of 900 x 1200 pixels, as a phone's page would send it."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (24, 18, 3), np.uint8))
    file = io.BytesIO()
    small.resize((900, 1200), Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
    return file.getvalue()


def _milliseconds(name: str, text: str) -> float:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s)", text)
    assert found is not None, text
    return round(float(found[1]) * _UNITS[found[2]], 2)


def _number(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


if __name__ == "__main__":
    main()
