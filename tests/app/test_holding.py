"""What must hold while things go wrong: malformed photos, kills in the middle of a save, new generations under load."""

from __future__ import annotations

import shutil
from itertools import islice

import pytest
from holding import publish_under_load, save_while_killed
from malformed import malformed
from serving import copied, served

from copied_lookbooks import copy_lookbook
from lookgraph.app.editions import holder
from lookgraph.errors import LookbookDamagedError
from lookgraph.lookbook.generation import publish
from lookgraph.photos import Reason

N_MALFORMED = 60


def test_every_malformed_upload_is_answered_with_a_named_reason(site, lookbook):
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
    seen = save_while_killed(copied(lookbook, tmp_path), kills=2, clients=8)
    assert (seen.kills, seen.integrity) == (2, "ok")
    assert len(seen.acknowledged) >= 10
    assert (seen.lost, seen.doubled, seen.unasked) == (0, 0, 0)


@pytest.mark.slow
def test_generations_are_published_under_load_without_an_error_or_a_mixture(lookbook, tmp_path):
    seen = publish_under_load(copied(lookbook, tmp_path), publishes=3, clients=2)
    assert set(seen.statuses) == {200}
    assert seen.mixed == []
    assert seen.switches == 3
    assert len(seen.generations) >= 3


def test_a_generation_whose_files_are_gone_goes_on_answering(lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    with served(root) as site:
        client, (one, other) = site.clients["owner"], site.edition.ids[:2]
        photo = site.edition.tile(0).sizes[-1][1]
        shutil.rmtree(root / "generations" / lookbook.generation.id)
        for there in (
            f"/why/{other}?of={one}",
            f"/item/{one}",
            photo,
            "/studio/map/data",
            "/studio/rejected",
            "/studio/duplicates",
            "/",
        ):
            assert client.get(there).status_code == 200, there


def test_a_damaged_generation_is_not_served_and_the_one_before_goes_on(lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    name = f"{int(lookbook.generation.id) + 1:06d}"
    copy_lookbook(root / "generations" / lookbook.generation.id, root / "generations" / name)
    with served(root) as site:
        (root / "generations" / name / "index.faiss").write_bytes(b"damaged")
        publish(root, name)
        assert not site.site.editions.look()
        assert site.clients["owner"].get("/api/v1/ready").json()["generation"] == lookbook.generation.id
        assert "could not be opened" in site.clients["owner"].get("/studio").text
        publish(root, lookbook.generation.id)
        assert not site.site.editions.look(patient=True)
        assert "could not be opened" not in site.clients["owner"].get("/studio").text


def test_a_generation_that_cannot_be_opened_is_not_opened_every_second(lookbook, tmp_path, monkeypatch):
    root = copied(lookbook, tmp_path)
    name = f"{int(lookbook.generation.id) + 1:06d}"
    tries = []
    with served(root) as site:
        copy_lookbook(root / "generations" / lookbook.generation.id, root / "generations" / name)
        publish(root, name)

        def refuse(*_, **__):
            tries.append(1)
            raise LookbookDamagedError("not this one")

        monkeypatch.setattr(holder, "open_edition", refuse)
        for _ in range(3):
            assert not site.site.editions.look(patient=True)
        assert len(tries) == 1
        site.site.editions.look()
        assert len(tries) == 2
        monkeypatch.undo()
        assert site.site.editions.look()
        assert site.site.editions.last_failure == ""
