"""More like this by the API: what the lookbook itself answers, by an item, a photo, or a part of one."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from serving import copied, drawn, png, served

from drawn_garments import draw_garment


def test_similar_by_id_is_what_the_lookbook_says(site, api, lookbook):
    for item in ("dress-red-0", "hat-blue-1", "shirt-red-copy"):
        answer = api.get(f"/api/v1/similar/{item}", params={"k": 12}).json()
        expected = lookbook.similar(item, 12, diversity=0.0)
        found = [(a["item"]["id"], tuple(a["reasons"])) for a in answer["answers"]]
        assert found == [(e.id, e.reasons) for e in expected]
        scores = [a["score"] for a in answer["answers"]]
        assert scores == pytest.approx([e.score for e in expected], abs=1e-4)
        assert [a["position"] for a in answer["answers"]] == list(range(12))
        assert answer["generation"] == lookbook.generation.id


def test_more_answers_than_the_table_of_neighbours_holds(site, api, lookbook):
    k = len(lookbook) - 5
    answer = api.get("/api/v1/similar/dress-red-0", params={"k": k}).json()
    assert [a["item"]["id"] for a in answer["answers"]] == [
        e.id for e in lookbook.similar("dress-red-0", k, diversity=0.0)
    ]


def test_how_many_and_how_varied_are_the_lookbooks_own_settings_where_nobody_says_otherwise(site, api, monkeypatch):
    lookbook = site.edition.lookbook
    usual = lookbook.settings.recommend.model_copy(update={"k": 7, "diversity": 0.5})
    monkeypatch.setattr(lookbook, "settings", lookbook.settings.model_copy(update={"recommend": usual}))
    photo = {"photo": ("x.png", drawn("dress", "red"))}
    pages = {
        "bare": api.get("/api/v1/similar/dress-red-0"),  # the quick way
        "empty query": api.get("/api/v1/similar/dress-red-0", params={"by": "style"}),
        "photo": api.post("/api/v1/similar", files=photo),
    }
    found = {name: [a["item"]["id"] for a in page.json()["answers"]] for name, page in pages.items()}
    assert found["bare"] == found["empty query"] == [e.id for e in lookbook.similar("dress-red-0", 7, diversity=0.5)]
    assert found["bare"] != [e.id for e in lookbook.similar("dress-red-0", 7, diversity=0.0)]
    assert len(found["photo"]) == 7
    by_shape = api.get("/api/v1/similar/dress-red-0", params={"by": "shape"})
    assert by_shape.status_code == 200 and len(by_shape.json()["answers"]) == 7


def test_similar_with_filter_and_diversity_is_what_the_lookbook_says(api, lookbook):
    where = "kind == 'dress' and price < 14"
    answer = api.get("/api/v1/similar/shirt-red-0", params={"k": 8, "where": where, "diversity": 0.4}).json()
    expected = lookbook.similar("shirt-red-0", 8, where=where, diversity=0.4)
    assert [a["item"]["id"] for a in answer["answers"]] == [e.id for e in expected]


def test_similar_by_shape_finds_the_kind_and_by_colour_the_colour(site, api):
    by_shape = api.get("/api/v1/similar/trousers-red-0", params={"by": "shape", "k": 5}).json()["answers"]
    assert [a["item"]["attributes"]["kind"] for a in by_shape].count("trousers") >= 4
    by_colour = api.get("/api/v1/similar/dress-blue-0", params={"by": "colour", "k": 3}).json()["answers"]
    assert [a["item"]["attributes"]["colour"] for a in by_colour].count("blue") >= 2


def test_an_uploaded_photo_is_answered_as_the_lookbook_answers_it_and_never_with_its_own_copy(api, lookbook, tmp_path):
    (tmp_path / "x.png").write_bytes(drawn("dress", "green"))
    photo = {"photo": ("x.png", drawn("dress", "green"), "image/png")}
    answers = api.post("/api/v1/similar", files=photo, data={"k": "6"}).json()["answers"]
    assert [a["item"]["id"] for a in answers] == [e.id for e in lookbook.similar(tmp_path / "x.png", 6, diversity=0.0)]
    assert "dress-green-1" not in [a["item"]["id"] for a in answers]


def test_a_box_on_a_photo_searches_by_that_part_alone(api, lookbook, tmp_path):
    both = Image.new("RGB", (160, 80), "white")
    both.paste(draw_garment("hat", "red", 1), (0, 0))
    both.paste(draw_garment("trousers", "blue", 1), (96, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    for box, pixels in (("0,0,0.4,1", (0, 0, 64, 80)), ("0.6,0,0.4,1", (96, 0, 160, 80))):
        both.crop(pixels).save(tmp_path / "part.png")
        answer = api.post("/api/v1/similar", files={"photo": ("x.png", file.getvalue())}, data={"box": box, "k": "4"})
        expected = lookbook.similar(tmp_path / "part.png", 4, diversity=0.0)
        assert [a["item"]["id"] for a in answer.json()["answers"]] == [e.id for e in expected]


@pytest.mark.parametrize("box", ["1,1,1,1", "a,b,c,d", "0,0,2,2", "0,0,nan,1", "0,0,1", "-1,0,1,1"])
def test_a_box_outside_the_photo_is_refused_with_a_remedy(api, box):
    answer = api.post("/api/v1/similar", files={"photo": ("x.png", png())}, data={"box": box})
    assert answer.status_code == 422
    assert "fractions" in answer.json()["remedy"]


def test_a_photo_that_is_refused_names_the_servers_own_limit(lookbook, tmp_path):
    with served(copied(lookbook, tmp_path), max_pixels=1000) as small:
        answer = small.clients["owner"].post("/api/v1/similar", files={"photo": ("x.png", png(64, 80))})
        assert (answer.status_code, answer.json()["reason"]) == (422, "too-many-pixels")
        assert "serve.max_pixels=1000" in answer.json()["detail"]
