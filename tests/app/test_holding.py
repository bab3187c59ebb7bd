"""What must hold while things go wrong: malformed photos, kills in the middle of a save, new generations under load."""

from __future__ import annotations

import http.client
import random
import shutil
import threading
import time
from itertools import islice
from urllib.parse import urlsplit

import pytest
from live import live
from malformed import malformed
from serving import copied, served

from lookgraph.lookbook.generation import publish
from lookgraph.photos import Reason
from lookgraph.state import Boards, Database, People, sqlite_url

N_MALFORMED = 60
N_KILLS = 2
N_CLIENTS = 8
N_PUBLISHES = 4


def test_every_malformed_upload_is_answered_with_a_named_reason(lookbook, tmp_path):
    with served(copied(lookbook, tmp_path)) as site:
        api = site.clients["owner"]
        reasons = set()
        for data in islice(malformed(7), N_MALFORMED):
            answer = api.post("/api/v1/similar", files={"photo": ("x", data)})
            if answer.status_code != 200:  # a few flipped bytes can leave a photo
                assert answer.status_code == 422, answer.text
                reasons.add(Reason(answer.json()["reason"]))
        assert {Reason.TRUNCATED, Reason.TOO_MANY_PIXELS, Reason.NOT_A_PHOTO} <= reasons
        good = api.post("/api/v1/similar", files={"photo": ("x", lookbook.thumbnail(0))})
        assert good.status_code == 200


@pytest.mark.slow
def test_no_acknowledged_save_is_lost_or_doubled_when_the_server_is_killed(lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    ids = lookbook.ids
    acknowledged: set[str] = set()
    sent: set[str] = set()
    database = Database(sqlite_url(root))
    board = Boards(database).first_board(People(database).local_owner().id).id
    database.close()
    for kill in range(N_KILLS):
        with live(root) as (url, process):
            part = ids[kill * 20 : kill * 20 + 20]
            done = threading.Event()

            def save(url=url, part=part, done=done) -> None:
                order = random.Random(threading.get_ident()).sample(part, len(part))
                for item in order:
                    if done.is_set():
                        return
                    sent.add(item)
                    try:
                        status, _ = _ask(url, "PUT", f"/api/v1/boards/{board}/items/{item}")
                    except (OSError, http.client.HTTPException):
                        return
                    if status == 200:
                        acknowledged.add(item)

            before = len(acknowledged)
            threads = [threading.Thread(target=save) for _ in range(N_CLIENTS)]
            for thread in threads:
                thread.start()
            while len(acknowledged) < before + 5:
                time.sleep(0.002)
            process.kill()
            done.set()
            for thread in threads:
                thread.join()
    database = Database(sqlite_url(root))
    with database.reading() as connection:
        kept = [row[0] for row in connection.exec_driver_sql("SELECT item_id FROM saves").all()]
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert len(kept) == len(set(kept))
    assert acknowledged <= set(kept) <= sent
    assert len(acknowledged) >= 5 * N_KILLS


@pytest.mark.slow
def test_generations_are_published_under_load_without_an_error_or_a_mixture(lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    first = root / "generations" / lookbook.generation.id
    names = [lookbook.generation.id]
    with served(root) as site:
        answers: list[tuple[int, str, set[str]]] = []
        stop = threading.Event()

        def ask() -> None:
            client = site.clients["owner"]
            while not stop.is_set():
                page = client.get("/")
                told = client.get("/api/v1/similar/hat-red-0?k=5")
                answers.append((page.status_code, "", set()))
                shown = site.site.tokens.read_shown(told.json()["impressions"])
                answers.append((told.status_code, told.json()["generation"], {facts[1] for facts in shown.values()}))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(N_PUBLISHES):
            name = f"{int(names[-1]) + 1:06d}"
            shutil.copytree(first, root / "generations" / name)
            publish(root, name)
            assert site.site.editions.look()
            if number:
                shutil.rmtree(root / "generations" / names[-1])
            names.append(name)
            time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        assert {status for status, _, _ in answers} == {200}
        assert all(inside == {said} for _, said, inside in answers if said)
        assert {said for _, said, _ in answers if said} >= {names[-1]}
        assert site.edition.id == names[-1]


def test_a_damaged_generation_is_not_served_and_the_one_before_goes_on(lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    name = f"{int(lookbook.generation.id) + 1:06d}"
    shutil.copytree(root / "generations" / lookbook.generation.id, root / "generations" / name)
    with served(root) as site:
        (root / "generations" / name / "index.faiss").write_bytes(b"damaged")
        publish(root, name)
        assert not site.site.editions.look()
        assert site.clients["owner"].get("/api/v1/ready").json()["generation"] == lookbook.generation.id
        assert "could not be opened" in site.clients["owner"].get("/studio").text


def _ask(url: str, method: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
