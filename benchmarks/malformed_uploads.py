"""Send malformed uploads to a running server: does each get a named reason, how long does the slowest take?

    python benchmarks/malformed_uploads.py LOOKBOOK [--count 2000]

Prints one JSON line.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import serve as server_benchmark

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "app"))
from malformed import malformed  # type: ignore[import-not-found]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lookbook", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    slowest_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        server, port = server_benchmark.start(options.lookbook, Path(folder))
        try:
            for data in islice(malformed(options.seed), options.count):
                began = time.perf_counter()
                outcomes[send(port, data)] += 1
                slowest_s = max(slowest_s, time.perf_counter() - began)
            alive = server.poll() is None
        finally:
            server.terminate()
            server.wait()
    facts = {"benchmark": "malformed_uploads", "count": options.count, "seed": options.seed, "alive": alive}
    print(json.dumps(facts | {"slowest_s": round(slowest_s, 2), "outcomes": dict(outcomes.most_common())}))


def send(port: int, data: bytes) -> str:
    """The named reason, or the status of an answer without one."""
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + data + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/similar", body, {"Content-Type": "multipart/form-data; boundary=b"})
    answer = connection.getresponse()
    text = json.loads(answer.read())
    connection.close()
    return "answered" if answer.status == 200 else str(text.get("reason") or f"{answer.status} {text.get('type')}")


if __name__ == "__main__":
    main()
