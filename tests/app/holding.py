"""What must hold on a running server, in any length: kills in the middle of saving, new generations under load.

The tests run it short, `benchmarks/holds.py` in full.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from live import live

from copied_lookbooks import copy_lookbook
from lookgraph import lookbook as books
from lookgraph.app.server.tokens import Tokens
from lookgraph.lookbook.generation import publish, write_manifest
from lookgraph.state import Boards, Database, People, sqlite_url

STAMP = "published"
_DEADLINE_S = 120


@dataclass
class Saving:
    """What clients were told of their saves, board by board, and what the state holds afterwards.

    Attributes:
        sent: (board, item) that were asked to be saved.
        acknowledged: (board, item) to how often the server said that it saved it, and that it was not there before.
        kept: Rows of the state.
    """

    kills: int = 0
    sent: set[tuple[str, str]] = field(default_factory=set)
    acknowledged: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: list[tuple[str, str]] = field(default_factory=list)
    integrity: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def lost(self) -> int:
        """Acknowledged, and not in the state."""
        return len(self.acknowledged.keys() - set(self.kept))

    @property
    def doubled(self) -> int:
        """In the state twice, or acknowledged as new twice."""
        return len(self.kept) - len(set(self.kept)) + sum(count > 1 for count in self.acknowledged.values())

    @property
    def unasked(self) -> int:
        """In the state, and nobody sent it."""
        return len(set(self.kept) - self.sent)


def save_while_killed(root: Path, kills: int, clients: int, seed: int = 0) -> Saving:
    """Clients save the same items to one board at once until the server is killed with -9; again and again."""
    rng, seen = random.Random(seed), Saving()
    ids = books.open(root).ids
    database = Database(sqlite_url(root))
    boards, owner = Boards(database), People(database).local_owner()
    for kill in range(kills):
        board = boards.create(owner.id, f"kill {kill} of seed {seed}", private=True).id
        with live(root) as (url, process):
            saving = threading.Event()
            orders = [rng.sample(ids, len(ids)) for _ in range(clients)]
            threads = [threading.Thread(target=_save, args=(url, board, order, saving, seen)) for order in orders]
            for thread in threads:
                thread.start()
            _wait_for_saves(seen, len(seen.acknowledged) + rng.randint(5, 40), threads)
            process.kill()
            seen.kills += 1
            saving.set()
            for thread in threads:
                thread.join()
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT board_id, item_id FROM saves").all()
        seen.kept = [(board, item) for board, item in rows]
        seen.integrity = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one())
    database.close()
    return seen


def _save(url: str, board: str, order: list[str], stop: threading.Event, seen: Saving) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    for item in order:
        if stop.is_set():
            return
        seen.sent.add((board, item))
        try:
            connection.request("PUT", f"/api/v1/boards/{board}/items/{quote(item)}")
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 200:
            with seen.lock:  # the entry is there also for what another client saved first: it is acknowledged too
                seen.acknowledged[board, item] += int(json.loads(text)["new"])


def _wait_for_saves(seen: Saving, enough: int, threads: list[threading.Thread]) -> None:
    until = time.monotonic() + _DEADLINE_S
    while len(seen.acknowledged) < enough and any(thread.is_alive() for thread in threads):
        assert time.monotonic() < until, f"{len(seen.acknowledged)} saves in {_DEADLINE_S} s"
        time.sleep(0.001)


@dataclass
class Publishing:
    """What a server answered while generations were published under it.

    Attributes:
        statuses: Of all answers.
        mixed: Answers that hold something of another generation than the one they name.
        generations: Those that answered.
        switches: As the server itself counts them; it would begin at 0 after a restart.
        slowest_ms: Of all answers.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    generations: set[str] = field(default_factory=set)
    switches: int = 0
    slowest_ms: float = 0.0


def publish_under_load(root: Path, publishes: int, clients: int) -> Publishing:
    """Publish new generations under a server that is being asked; each item of one carries the generation's name.

    The next is published when the one before is served, and generations that are not served any more are deleted.
    """
    opened = books.open(root)
    first, ids = opened.generation, opened.ids
    names = [f"{int(first.id) + 1 + n:06d}" for n in range(publishes + 1)]
    _stamp(root, first, names[0])
    publish(root, names[0])
    seen, stop = Publishing(), threading.Event()
    with live(root) as (url, process):
        database = Database(sqlite_url(root))
        tokens = Tokens(database.secret("tokens"))
        database.close()
        work = [(url, tokens, random.Random(n).sample(ids, len(ids)), stop, seen) for n in range(clients)]
        threads = [threading.Thread(target=_ask, args=each) for each in work]
        for thread in threads:
            thread.start()
        for before, name in pairwise(names):
            _stamp(root, first, name)
            publish(root, name)
            _wait_until_served(url, name)
            shutil.rmtree(root / "generations" / before)
        time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        metrics = _get(url, "/api/v1/metrics")[1]
        found = [line for line in metrics.splitlines() if line.startswith("lookgraph_generation_switches ")]
        seen.switches = int(float(found[0].split()[1]))
        assert process.poll() is None
    return seen


def _ask(url: str, tokens: Tokens, ids: list[str], stop: threading.Event, seen: Publishing) -> None:
    at = 0
    while not stop.is_set():
        at += 1
        for path in ("/", f"/api/v1/similar/{quote(ids[at % len(ids)])}?k=5", "/api/v1/feed?limit=5"):
            began = time.perf_counter()
            status, text = _get(url, path)
            seen.slowest_ms = max(seen.slowest_ms, (time.perf_counter() - began) * 1e3)
            seen.statuses[status] += 1
            if status == 200 and path != "/":
                said, inside = _generations_in(json.loads(text), tokens)
                seen.generations.add(said)
                if inside != {said}:
                    seen.mixed.append(f"{path}: {said} holds {sorted(inside)}")


def _generations_in(answer: dict[str, object], tokens: Tokens) -> tuple[str, set[str]]:
    """The generation that an answer names, and all whose items or tokens are in it."""
    shown = tokens.read_shown(str(answer["impressions"]))
    answers: list[dict[str, dict[str, dict[str, str]]]] = answer["answers"]  # type: ignore[assignment]
    inside = {facts[1] for facts in shown.values()} | {each["item"]["attributes"][STAMP] for each in answers}
    return str(answer["generation"]), inside


def _stamp(root: Path, first: books.Generation, name: str) -> None:
    """A generation like the first, each of whose items says by an attribute which generation it is of."""
    folder = root / "generations" / name
    copy_lookbook(first.folder, folder.with_suffix(".partial"))
    table = first.items.append_column(STAMP, pa.array([name] * first.items.num_rows, pa.string()))
    pq.write_table(table, folder.with_suffix(".partial") / "items.parquet")
    facts = {key: value for key, value in first.manifest.items() if key not in ("format", "files")}
    (folder.with_suffix(".partial") / "manifest.json").unlink()
    write_manifest(folder.with_suffix(".partial"), facts)
    folder.with_suffix(".partial").rename(folder)


def _wait_until_served(url: str, name: str) -> None:
    until = time.monotonic() + _DEADLINE_S
    while json.loads(_get(url, "/api/v1/ready")[1])["generation"] != name:
        assert time.monotonic() < until, f"generation {name} is not served after {_DEADLINE_S} s"
        time.sleep(0.05)


def _get(url: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
