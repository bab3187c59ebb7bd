"""The API over a lookbook of drawn garments: answers, pages, uploads, boards, events, errors."""

from __future__ import annotations

import base64
import io
import json
import time

import numpy as np
import pytest
from markupsafe import escape
from PIL import Image
from serving import PASSWORD, drawn, png

from lookgraph.app.server.browse import Search, fitting, shown_row
from lookgraph.app.server.profile import profile_of


def test_pages_of_items_list_everything_once(site, api):
    seen, cursor = [], None
    while True:
        answer = api.get("/api/v1/items", params={"limit": 25} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == site.edition.ids
    assert answer["total"] == 62


def test_styles_are_the_clusters_that_the_build_named(api, lookbook):
    styles = api.get("/api/v1/styles").json()["styles"]
    assert [(each["name"], each["n_photos"]) for each in styles] == [(c.name, c.n_nodes) for c in lookbook.clusters(0)]
    shown = api.get("/styles").text
    assert all(escape(each["name"]) in shown for each in styles)
    assert api.get("/api/v1/items/hat-red-0").json()["style"]["name"] in {each["name"] for each in styles}


def test_words_and_filters_combine_and_counts_are_right(site, api):
    found = api.get("/api/v1/search", params={"q": "red dresses"}).json()
    assert {i["attributes"]["kind"] + i["attributes"]["colour"] for i in found["items"]} == {"dressred"}
    facets = api.get("/api/v1/facets", params={"f.kind": "dress"}).json()["facets"]
    by_name = {facet["name"]: {v["value"]: v["count"] for v in facet["values"]} for facet in facets}
    assert by_name["colour"] == dict.fromkeys(["red", "blue", "green", "black", "yellow", "grey"], 2)
    kinds = site.edition.attributes["kind"]
    assert by_name["kind"] == {
        kind: kinds.count(kind) for kind in set(kinds)
    }  # a facet's own choice does not narrow it
    none = api.get("/api/v1/search", params={"q": "dres hatt"}).json()
    assert none["items"] == []
    assert "hat" in none["suggestions"]


def test_a_photo_has_a_tag_and_is_not_sent_twice(site, api):
    tile = site.edition.tile(0)
    first = api.get(tile.src)
    assert first.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(first.content)).size == (tile.width, tile.height)
    again = api.get(tile.src, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_boards_are_made_renamed_moved_and_deleted(api):
    ids = [api.post("/api/v1/boards", json={"name": name}).json()["id"] for name in ("one", "two", "three")]
    assert (
        api.patch(f"/api/v1/boards/{ids[0]}", json={"name": "first", "private": False, "place": 0}).json()["place"] == 0
    )
    names = [board["name"] for board in api.get("/api/v1/boards").json()["boards"]]
    assert names[:3] == ["first", "three", "two"]
    taken = api.post("/api/v1/boards", json={"name": "two"})
    assert taken.status_code == 409
    for board in ids:
        assert api.delete(f"/api/v1/boards/{board}").status_code == 204
    assert api.get(f"/api/v1/boards/{ids[0]}").status_code == 404


def test_a_cover_is_chosen_among_what_is_on_the_board_and_taken_back(api):
    board = api.post("/api/v1/boards", json={"name": "with a cover"}).json()["id"]
    for item in ("hat-red-0", "bag-blue-0"):
        api.put(f"/api/v1/boards/{board}/items/{item}")
    chosen = api.patch(f"/api/v1/boards/{board}", json={"cover": "hat-red-0"}).json()
    assert (chosen["cover"][0], chosen["chosen_cover"]) == ("hat-red-0", "hat-red-0")
    assert 'value="hat-red-0" selected' in api.get(f"/boards/{board}").text
    refused = api.patch(f"/api/v1/boards/{board}", json={"cover": "shirt-red-0"})
    assert (refused.status_code, "not on this board" in refused.json()["detail"]) == (409, True)
    taken_back = api.post(f"/boards/{board}/cover", data={"item": ""}, headers={"X-Part": "1"}).json()
    assert taken_back == {"cover": None, "before": "hat-red-0"}  # undo goes back to the one before
    assert api.get(f"/api/v1/boards/{board}").json()["chosen_cover"] is None


def test_saving_twice_is_saving_once(api):
    board = api.post("/api/v1/boards", json={"name": "once"}).json()["id"]
    answers = [api.put(f"/api/v1/boards/{board}/items/hat-red-0").json()["new"] for _ in range(3)]
    assert answers == [True, False, False]
    assert [item["id"] for item in api.get(f"/api/v1/boards/{board}").json()["items"]] == ["hat-red-0"]


def test_ideas_for_a_board_come_from_each_of_its_interests(site, api):
    board = api.post("/api/v1/boards", json={"name": "two interests"}).json()["id"]
    for item in ("hat-red-0", "hat-blue-0", "trousers-green-0", "trousers-black-0"):
        api.put(f"/api/v1/boards/{board}/items/{item}")
    ideas = api.get(f"/api/v1/ideas/{board}").json()["answers"]
    first = [idea["item"]["attributes"]["kind"] for idea in ideas[:8]]
    assert {"hat", "trousers"} <= set(first)
    saved = {"hat-red-0", "hat-blue-0", "trousers-green-0", "trousers-black-0"}
    assert not saved & {idea["item"]["id"] for idea in ideas}
    assert {idea["because"] for idea in ideas} <= saved


def test_a_board_comes_in_pages_and_a_save_meanwhile_shifts_nothing(api):
    board = api.post("/api/v1/boards", json={"name": "Many"}).json()["id"]
    saved = [f"{kind}-red-0" for kind in ("dress", "hat", "bag", "shirt", "trousers")]
    for item in saved:
        api.put(f"/api/v1/boards/{board}/items/{item}")
    first = api.get(f"/api/v1/boards/{board}", params={"limit": 2}).json()
    assert (first["total"], [item["id"] for item in first["items"]]) == (5, saved[:2:-1])
    api.put(f"/api/v1/boards/{board}/items/hat-blue-0")
    seen, cursor = [], first["next"]
    while cursor:
        page = api.get(f"/api/v1/boards/{board}", params={"limit": 2, "cursor": cursor}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert (page["total"], seen) == (6, saved[2::-1])
    other = api.post("/api/v1/boards", json={"name": "Other"}).json()["id"]
    refused = api.get(f"/api/v1/boards/{other}", params={"cursor": first["next"]})
    assert (refused.status_code, "another board" in refused.json()["detail"]) == (400, True)
    for made in (board, other):
        api.delete(f"/api/v1/boards/{made}")


def test_a_board_that_is_emptied_page_by_page_skips_nothing(api):
    board = api.post("/api/v1/boards", json={"name": "Emptied"}).json()["id"]
    saved = {f"{kind}-{colour}-0" for kind in ("dress", "hat", "bag") for colour in ("red", "blue", "grey")}
    for item in saved:
        api.put(f"/api/v1/boards/{board}/items/{item}")
    seen, cursor = [], None
    while True:
        page = api.get(f"/api/v1/boards/{board}", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        for item in page["items"]:
            seen.append(item["id"])
            api.delete(f"/api/v1/boards/{board}/items/{item['id']}")
        if (cursor := page["next"]) is None:
            break
    assert (len(seen), set(seen)) == (9, saved)
    api.delete(f"/api/v1/boards/{board}")


def test_an_impression_is_logged_with_position_recommender_generation_and_propensity(site, api):
    page = api.get("/api/v1/similar/bag-red-0", params={"k": 3}).json()
    shown = page["answers"][2]["item"]["id"]
    sent = {"impressions": page["impressions"], "events": [{"id": "event-0001", "kind": "impression", "item": shown}]}
    assert api.post("/api/v1/events", json=sent).json() == {"new": 1}
    assert api.post("/api/v1/events", json=sent).json() == {"new": 0}
    event = next(e for e in api.get("/api/v1/me/export").json()["events"] if e["id"].endswith("event-0001"))
    logged = (event["item_id"], event["query"], event["recommender"], event["generation"], event["position"])
    assert logged == (shown, "bag-red-0", "similar-by-style", site.edition.id, 2)
    assert event["propensity"] == 1.0


def test_rankings_that_were_made_in_different_ways_have_different_names(site, api):
    asked = [{}, {"by": "colour"}, {"diversity": 0.5}, {"where": "kind == 'bag'"}]
    names = [api.get("/api/v1/similar/bag-red-0", params=query).json()["recommender"] for query in asked]
    assert names == [
        "similar-by-style",
        "similar-by-colour",
        "similar-by-style-diversity-0.5",
        "similar-by-style-filtered",
    ]
    for data, name in (({}, "similar-to-photo"), ({"box": "0,0,1,0.5"}, "similar-to-part")):
        answer = api.post("/api/v1/similar", files={"photo": ("x.png", drawn("hat", "red"))}, data=data)
        assert answer.json()["recommender"] == name


def test_what_a_search_found_can_be_told_as_seen(api):
    first = api.get("/api/v1/search", params={"q": "red", "limit": 2}).json()
    second = api.get("/api/v1/search", params={"q": "red", "limit": 2, "cursor": first["next"]}).json()
    sent = {"id": "event-0003", "kind": "click", "item": second["items"][1]["id"]}
    assert api.post("/api/v1/events", json={"impressions": second["impressions"], "events": [sent]}).json() == {
        "new": 1
    }
    event = next(e for e in api.get("/api/v1/me/export").json()["events"] if e["id"].endswith("event-0003"))
    assert (event["recommender"], event["query"], event["position"]) == ("search", "red", 3)


def test_facets_of_a_style_that_is_not_there(api):
    assert api.get("/api/v1/facets", params={"style": "no-such-item"}).status_code == 404
    assert api.get("/api/v1/facets", params={"style": "hat-red-0", "q": "red"}).status_code == 200


def test_of_likes_and_dislikes_of_one_style_the_last_one_counts(site, api):
    item, person = "bag-red-0", site.site.owner
    cluster = int(site.edition.clusters[site.edition.node_of_row[site.edition.row(item)]])
    for kind in ("not-my-style", "likes-style", "not-my-style", "likes-style"):
        time.sleep(0.002)  # said at different times
        api.post("/taste", data={"kind": kind, "item": item})
        profile = profile_of(site.site, site.edition, person)
        assert (cluster in profile.liked, cluster in profile.disliked) == (kind == "likes-style", kind != "likes-style")
    for kind in ("not-my-style", "likes-style"):
        api.post("/taste", data={"kind": kind, "item": item, "undo": "true"})


def test_styles_that_were_picked_shape_the_feed_and_another_search_keeps_what_was_chosen(site, api):
    assert api.post("/taste/styles", data={"style": ["hat-red-0"]}, follow_redirects=False).status_code == 303
    assert profile_of(site.site, site.edition, site.site.owner).liked
    api.post("/taste", data={"kind": "likes-style", "item": "hat-red-0", "undo": "true"})
    page = api.get("/", params={"q": "red", "f.kind": "dress", "style": "dress-red-0"}).text
    assert '<input type="hidden" name="f.kind" value="dress">' in page
    assert '<input type="hidden" name="style" value="dress-red-0">' in page
    chips = [line for line in page.splitlines() if 'class="chip"' in line]
    assert chips and all("q=red" in chip and "f.kind=dress" in chip for chip in chips)


def test_a_photo_of_several_items_is_shown_as_the_one_with_the_words(site):
    """shirt-red-0 and its copy are one photo; only the copy costs 99."""
    edition, kept = site.edition, fitting(site.edition, Search())
    node = int(edition.node_of_row[edition.row("shirt-red-0")])
    usual = edition.ids[shown_row(edition, kept, node)]
    other = next(edition.ids[row] for row in edition.copies(edition.row(usual)))
    only_other = np.array([name == other for name in edition.ids])
    assert edition.ids[shown_row(edition, only_other, node)] == other
    assert fitting(edition, Search(words="shirt"))[edition.row(usual)]
    assert not fitting(edition, Search(words="shirt"))[edition.row("hat-red-0")]


def test_where_everything_is_hidden_the_page_says_so(site, api):
    edition = site.edition
    cluster = int(edition.clusters[edition.node_of_row[edition.row("hat-red-0")]])
    inside = [
        i for i, row in zip(edition.ids, edition.node_of_row, strict=True) if int(edition.clusters[row]) == cluster
    ]
    for item in inside:
        api.put(f"/api/v1/hides/{item}")
    page = api.get("/", params={"style": "hat-red-0"}).text
    for item in inside:
        api.delete(f"/api/v1/hides/{item}")
    assert "You have hidden everything that would be here" in page


def test_a_changed_token_is_refused(api):
    token = api.get("/api/v1/similar/bag-red-0").json()["impressions"]
    event = {"id": "event-0002", "kind": "impression", "item": "bag-red-1"}
    for wrong in (token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), "x", ""):
        answer = api.post("/api/v1/events", json={"impressions": wrong, "events": [event]})
        assert answer.status_code == 400
    assert api.post("/api/v1/events", json={"events": [event]}).status_code == 422


def test_a_cursor_goes_on_in_no_other_listing(api):
    board = api.post("/api/v1/boards", json={"name": "Listed"}).json()["id"]
    for item in ("dress-red-0", "hat-red-0", "bag-red-0"):
        api.put(f"/api/v1/boards/{board}/items/{item}")
    listings = {"items": {}, "search": {"q": "red"}, "feed": {}, f"boards/{board}": {}}
    cursors = {
        name: api.get(f"/api/v1/{name}", params=query | {"limit": 2}).json()["next"] for name, query in listings.items()
    }
    for of, cursor in cursors.items():
        for name, query in listings.items():
            answer = api.get(f"/api/v1/{name}", params=query | {"cursor": cursor})
            assert answer.status_code == (200 if name == of else 400), (of, name)
    api.delete(f"/api/v1/boards/{board}")


@pytest.mark.parametrize("n_hidden", [0, 1])
def test_propensities_of_the_feed_are_the_shares_of_many_draws(site, n_hidden):
    """Checked against the softmax of the logits of what is not hidden, over 4,000 other seeds."""
    from dataclasses import replace

    from lookgraph.app.editions import FeedSpec

    feed, spec = site.edition.feed, FeedSpec(1, interests=(0,))
    logits = feed.logits(spec)
    chance = np.exp(logits - logits.max())
    hidden = set(np.argsort(-chance)[:n_hidden].tolist())
    chance[list(hidden)] = 0
    chance /= chance.sum()
    n_draws, first = 4000, np.zeros(len(logits))
    for seed in range(n_draws):
        placed, _ = feed.place(replace(spec, seed=seed), "", None, 0, hidden, 1)
        first[placed[0].node] += 1
        assert placed[0].position == 0
        assert placed[0].propensity == pytest.approx(chance[placed[0].node], rel=1e-4)
    spread = np.sqrt(chance * (1 - chance) / n_draws)
    assert (np.abs(first / n_draws - chance) < 5 * spread + 1e-3).all()


def test_a_feed_shows_every_photo_once_whatever_the_filter(site, api):
    for query in ("", "?f.kind=dress", "?q=red", "?f.kind=hat&f.colour=red&f.colour=blue"):
        nodes = []
        where = query
        while True:
            text = api.get(f"/feed{where}").text
            found = [part.split('"')[0] for part in text.split('data-item="')[1:]]
            nodes += [int(site.edition.node_of_row[site.edition.row(item)]) for item in found]
            following = text.split('data-next="')[1].split('"')[0].replace("&amp;", "&")
            if not following:
                break
            where = following.removeprefix("/feed")
        assert len(nodes) == len(set(nodes))
        expected = site.edition.n_nodes if not query else None
        assert expected is None or len(nodes) == expected


@pytest.fixture
def newcomer(api):
    """The API as somebody of whom nothing is kept yet."""
    assert api.delete("/api/v1/me").status_code == 204
    return api


def test_a_save_that_is_taken_back_names_its_boards_so_that_undo_finds_them(api):
    boards = [api.post("/api/v1/boards", json={"name": name}).json() for name in ("one", "two", "three")]
    for board in boards[:2]:
        api.put(f"/api/v1/boards/{board['id']}/items/hat-red-1")
    left = api.post("/unsave", data={"item": "hat-red-1"}, headers={"X-Part": "1"}).json()["boards"]
    assert {each["id"] for each in left} == {board["id"] for board in boards[:2]}
    for board in boards:
        api.delete(f"/api/v1/boards/{board['id']}")


def test_an_interest_that_is_turned_down_shapes_no_feed_until_it_is_turned_up(site, newcomer):
    for item in ("hat-red-0", "hat-red-1", "dress-blue-0", "dress-blue-1"):
        newcomer.post("/save", data={"item": item})
    person = site.site.people.named("owner") or site.site.people.local_owner()
    before = profile_of(site.site, site.edition, person).interests
    assert len(before) >= 2
    turned = site.edition.tile_of_node(before[0][0]).id
    assert "Turn down" in newcomer.get("/learned").text
    newcomer.post("/taste", data={"kind": "no-interest", "item": turned})
    assert profile_of(site.site, site.edition, person).interests == before[1:]
    newcomer.post("/taste", data={"kind": "no-interest", "item": turned, "undo": "true"})
    assert profile_of(site.site, site.edition, person).interests == before


def test_export_and_deletion_are_whole(newcomer):
    api = newcomer
    api.post("/save", data={"item": "hat-red-0"})
    api.post("/taste", data={"kind": "hidden", "item": "hat-red-1"})
    exported = api.get("/api/v1/me/export").json()
    assert [save["item_id"] for save in exported["saves"]] == ["hat-red-0"]
    assert [taste["item_id"] for taste in exported["tastes"]] == ["hat-red-1"]
    assert "password_hash" not in json.dumps(exported)
    assert api.delete("/api/v1/me").status_code == 204
    after = api.get("/api/v1/me/export").json()
    assert after["person"]["id"] != exported["person"]["id"]
    assert (after["saves"], after["tastes"], after["boards"]) == ([], [], [])


def test_a_site_without_accounts_never_goes_on_as_somebody_who_can_sign_in(site, newcomer):
    api = newcomer
    api.post("/studio/people", data={"name": "bob", "password": PASSWORD, "role": "owner"})
    people = {person["name"]: person["id"] for person in api.get("/api/v1/people").json()["people"]}
    assert site.site.people.local_owner() == site.site.owner
    assert api.delete("/api/v1/me").status_code == 204
    assert people["bob"] != api.get("/api/v1/me").json()["id"] not in people.values()
    assert api.delete(f"/api/v1/people/{people['bob']}").status_code == 204


def test_a_catalogue_that_is_drawn_says_so_on_every_page(site, api, monkeypatch):
    said = {"photos": "drawn, not photographed", "people": "simulated"}
    monkeypatch.setitem(site.edition.lookbook.manifest["source"], "origin", said)
    for page in ("/", "/styles", "/item/hat-red-0", "/studio"):
        assert "People: simulated · Photos: drawn, not photographed" in api.get(page).text


def test_photographs_bear_no_such_label(api):
    assert "not photographed" not in api.get("/").text


def test_the_feed_shows_each_photo_once_and_its_token_holds_the_chances_it_names(site, api):
    seen, cursor = [], None
    while True:
        page = api.get("/api/v1/feed", params={"limit": 25} | ({"cursor": cursor} if cursor else {})).json()
        shown = site.site.tokens.read_shown(page["impressions"])
        for answer in page["answers"]:
            *_, position, propensity = shown[answer["item"]["id"]]
            assert (answer["position"], answer["propensity"]) == (position, pytest.approx(propensity, rel=1e-5))
        seen += [answer["position"] for answer in page["answers"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == list(range(site.edition.n_nodes))
    dresses = api.get("/api/v1/feed", params={"f.kind": "dress"}).json()["answers"]
    assert {answer["item"]["attributes"]["kind"] for answer in dresses} == {"dress"}


def test_a_kept_photo_is_re_encoded_stripped_and_only_as_large_as_a_page_needs(site, api):
    place = Image.Exif()
    place[0x9286] = "where I live"
    file = io.BytesIO()
    Image.new("RGB", (1500, 2000), "#305080").save(file, "JPEG", exif=place, comment=b"where I live")
    assert b"where I live" in file.getvalue()
    board = api.post("/api/v1/boards", json={"name": "mine too"}).json()["id"]
    kept = api.post(f"/api/v1/boards/{board}/photos", files={"photo": ("x.jpg", file.getvalue())}).json()
    data = api.get(kept["url"]).content
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("WEBP", (720, 960)) == ("WEBP", (kept["width"], kept["height"]))
    assert b"where I live" not in data and not picture.getexif()
    part = {"photo": ("x.jpg", file.getvalue())}
    assert api.post(f"/api/v1/boards/{board}/photos", files=part, data={"box": "0,0,1,0.5"}).json()["height"] == 640
    assert len(api.get(f"/api/v1/boards/{board}").json()["photos"]) == 2


def test_nothing_of_a_photo_is_kept_that_is_only_searched_by_or_cannot_be_used(site, api):
    board = api.post("/api/v1/boards", json={"name": "nothing"}).json()["id"]
    api.post("/api/v1/similar", files={"photo": ("x.png", png())})
    api.post("/photo", files={"photo": ("x.png", png())})
    refused = api.post(f"/api/v1/boards/{board}/photos", files={"photo": ("x", b"no photo at all")})
    assert (refused.status_code, refused.json()["reason"]) == (422, "not-a-photo")
    assert api.get(f"/api/v1/boards/{board}").json()["photos"] == []


def test_a_kept_photo_searches_and_leaves_with_its_person(newcomer):
    api = newcomer
    sent = {"photo": ("x.png", drawn("hat", "blue"), "image/png")}
    to = api.post("/photo/keep", files=sent, follow_redirects=False).headers["location"]
    (kept,) = api.get("/api/v1" + to).json()["photos"]
    assert "Like your photo" in api.get(f"/kept/{kept['id']}").text
    assert "Like this part" in api.post(f"/kept/{kept['id']}", data={"box": "0,0,1,0.5"}).text
    exported = api.get("/api/v1/me/export").json()["kept_photos"]
    assert [base64.b64decode(row["large"]) for row in exported] == [api.get(kept["url"]).content]
    assert api.delete("/api/v1/me").status_code == 204
    assert api.get(kept["url"]).status_code == 404
    assert api.get("/api/v1/me/export").json()["kept_photos"] == []
