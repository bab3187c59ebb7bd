"""Who may call what: every route, as nobody, a guest, two members and the owner."""

from __future__ import annotations

import json

import pytest
from serving import PASSWORD, browser, copied, png, served_with_accounts
from starlette.routing import Route
from starlette.testclient import TestClient

from lookgraph.app.server.access import ACCESS, Access
from lookgraph.app.server.factory import create_app, guard_routes
from lookgraph.app.server.limits import RateLimit
from lookgraph.config import ServeSettings
from lookgraph.errors import ServeError
from lookgraph.state.personal_data import personal_tables

WHO = {"nobody": 0, "guest": 1, "anna": 2, "ben": 2, "owner": 3}


@pytest.fixture(scope="module")
def site(lookbook, tmp_path_factory):
    with served_with_accounts(copied(lookbook, tmp_path_factory.mktemp("access"))) as running:
        yield running


def test_the_table_lists_exactly_the_routes_that_exist(site):
    routes = {(m, r.path) for r in site.app.router.routes for m in r.methods if m != "HEAD"}
    assert routes == set(ACCESS)


def test_a_route_that_is_not_classified_keeps_the_server_from_starting(site):
    async def nothing(request):
        raise AssertionError

    with pytest.raises(RuntimeError, match="not classified"):
        guard_routes([Route("/new", nothing)], site.site, None)


@pytest.mark.parametrize("who", WHO)
def test_every_route_lets_in_whom_the_table_says_and_no_other(site, who):
    """Statuses of refusal are 401 and 403, or the way to the sign-in page; anything else means: let in."""
    client = site.clients[who]
    wrong = []
    for (method, path), least in ACCESS.items():
        if path in ("/sign-out", "/me/delete", "/me/password") or (method, path) in (
            ("DELETE", "/api/v1/me"),
            ("DELETE", "/api/v1/sessions"),
        ):
            continue  # they end the session: tested on their own
        answer = client.request(method, _address(site, path), follow_redirects=False, **_body(method, path))
        sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        refused = answer.status_code in (401, 403) or sent_away
        # /sign-in and /api/v1/sessions refuse a wrong password with 401 and are open all the same.
        if path in ("/sign-in", "/api/v1/sessions"):
            refused = False
        if refused != (WHO[who] < least) or answer.status_code >= 500:
            wrong.append((method, path, answer.status_code, least.name))
    assert not wrong


def test_a_private_board_of_another_is_not_told_from_none(site):
    anna, ben, owner = site.clients["anna"], site.clients["ben"], site.clients["owner"]
    board = anna.post("/api/v1/boards", json={"name": "mine", "private": True}).json()["id"]
    item = site.edition.ids[0]
    assert anna.put(f"/api/v1/boards/{board}/items/{item}").json() == {"saved": True, "new": True}
    for other in (ben, owner):
        attempts = [
            other.get(f"/api/v1/boards/{board}"),
            other.get(f"/boards/{board}"),
            other.get(f"/api/v1/ideas/{board}"),
            other.patch(f"/api/v1/boards/{board}", json={"name": "taken over"}),
            other.post(f"/boards/{board}", data={"name": "taken over"}),
            other.post(f"/boards/{board}/move", data={"way": "up"}),
            other.post(f"/boards/{board}/cover", data={"item": item}),
            other.post(f"/boards/{board}/delete"),
            other.post("/save", data={"item": item, "board": board}),
            other.post("/unsave", data={"item": item, "board": board}),
            other.put(f"/api/v1/boards/{board}/items/{site.edition.ids[1]}"),
            other.delete(f"/api/v1/boards/{board}/items/{item}"),
            other.delete(f"/api/v1/boards/{board}"),
        ]
        assert [answer.status_code for answer in attempts] == [404] * len(attempts)
    kept = anna.get(f"/api/v1/boards/{board}").json()
    assert (kept["name"], [each["id"] for each in kept["items"]]) == ("mine", [item])
    anna.patch(f"/api/v1/boards/{board}", json={"private": False})
    assert ben.get(f"/api/v1/boards/{board}").status_code == 200
    assert ben.patch(f"/api/v1/boards/{board}", json={"name": "x"}).status_code == 404


def test_a_kept_photo_is_for_nobody_else_even_on_a_board_that_others_see(site):
    anna, others = site.clients["anna"], [site.clients[name] for name in ("ben", "owner", "guest", "nobody")]
    board = anna.post("/api/v1/boards", json={"name": "with me on it", "private": False}).json()["id"]
    sent = {"photo": ("me.png", png(200, 260), "image/png")}
    kept = anna.post(f"/api/v1/boards/{board}/photos", files=sent).json()
    assert anna.get(kept["url"]).status_code == 200
    assert [photo["id"] for photo in anna.get(f"/api/v1/boards/{board}").json()["photos"]] == [kept["id"]]
    assert kept["id"] in anna.get(f"/boards/{board}").text
    assert kept["id"] not in others[0].get(f"/boards/{board}").text
    assert others[0].get(f"/api/v1/boards/{board}").json()["photos"] == []
    for other in others:
        attempts = [
            other.get(kept["url"], follow_redirects=False),
            other.get(f"/kept/{kept['id']}", follow_redirects=False),
            other.post(f"/kept/{kept['id']}"),
            other.post(f"/kept/{kept['id']}/delete"),
            other.delete(f"/api/v1/kept-photos/{kept['id']}"),
            other.post(f"/api/v1/boards/{board}/photos", files=sent),
            other.post("/photo/keep", files=sent, data={"board": board}),
        ]
        assert {answer.status_code for answer in attempts} <= {404, 401, 403, 303}
        assert {answer.status_code for answer in attempts} == {404} or other in others[2:]
    assert anna.delete(f"/api/v1/kept-photos/{kept['id']}").status_code == 204
    assert anna.get(kept["url"]).status_code == 404


def test_a_member_who_becomes_a_guest_keeps_control_of_their_photos_and_of_themselves(site):
    owner, dora = site.clients["owner"], browser(site)
    owner.post("/studio/people", data={"name": "dora", "password": PASSWORD, "role": "member"})
    dora.post("/sign-in", data={"name": "dora", "password": PASSWORD})
    sent = {"photo": ("me.png", png(200, 260), "image/png")}
    board = dora.post("/api/v1/boards", json={"name": "mine", "private": True}).json()["id"]
    first, second = (dora.post(f"/api/v1/boards/{board}/photos", files=sent).json() for _ in range(2))
    dora.put(f"/api/v1/boards/{board}/items/{site.edition.ids[0]}")
    assert f'action="/boards/{board}"' in dora.get(f"/boards/{board}").text
    owner.patch(f"/api/v1/people/{dora.get('/api/v1/me').json()['id']}", json={"role": "guest"})
    shown = dora.get(f"/boards/{board}").text
    assert f'action="/kept/{first["id"]}/delete"' in shown
    assert f'action="/boards/{board}' not in shown and "/unsave" not in shown
    assert f"/boards/{board}" in dora.get("/me").text
    for there in (first["url"], f"/kept/{first['id']}", "/me/export"):
        assert dora.get(there).status_code == 200, there
    assert len(dora.get("/api/v1/me/export").json()["kept_photos"]) == 2
    assert dora.delete(f"/api/v1/kept-photos/{first['id']}").status_code == 204
    assert dora.post(f"/kept/{second['id']}/delete", follow_redirects=False).status_code == 303
    assert dora.delete("/api/v1/me").status_code == 204


def test_a_role_that_is_changed_counts_from_the_next_request_and_the_last_owner_stays(site):
    owner = site.clients["owner"]
    people = {person["name"]: person["id"] for person in owner.get("/api/v1/people").json()["people"]}
    answer = owner.patch(f"/api/v1/people/{people['owner']}", json={"role": "member"})
    assert (answer.status_code, "last owner" in answer.json()["detail"]) == (409, True)
    assert owner.post("/studio/people/role", data={"person": people["owner"], "role": "guest"}).status_code == 409
    assert site.clients["ben"].get("/studio").status_code == 403
    form = {"person": people["ben"], "role": "owner"}
    assert owner.post("/studio/people/role", data=form, follow_redirects=False).headers["location"] == "/studio/people"
    assert site.clients["ben"].get("/studio").status_code == 200
    assert owner.patch(f"/api/v1/people/{people['ben']}", json={"role": "member"}).json()["role"] == "member"
    assert site.clients["ben"].get("/studio").status_code == 403


def test_what_one_hides_another_still_sees(site):
    first, _ = (answer["item"]["id"] for answer in _similar(site, "anna")[:2])
    assert site.clients["anna"].put(f"/api/v1/hides/{first}").status_code == 200
    assert first not in [a["item"]["id"] for a in _similar(site, "anna")]
    assert first in [a["item"]["id"] for a in _similar(site, "ben")]
    site.clients["anna"].delete(f"/api/v1/hides/{first}")
    assert first in [a["item"]["id"] for a in _similar(site, "anna")]


# A browser adds Basic by itself where a proxy asked for it: that proves no more than a cookie.
@pytest.mark.parametrize("more", [{}, {"Authorization": "Basic eDp5"}])
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
def test_a_request_that_another_site_made_a_browser_send_changes_nothing(site, origin, more):
    item = site.edition.ids[3]
    client = site.clients["anna"]
    headers = more | ({"Origin": origin} if origin else {})
    cookies = {cookie.name: cookie.value for cookie in client.cookies.jar}
    forged = TestClient(site.app, base_url="https://testserver", cookies=cookies, raise_server_exceptions=False)
    answer = forged.post("/save", data={"item": item}, headers=headers)
    assert answer.status_code == 403
    saved = json.dumps(client.get("/api/v1/me/export").json()["saves"])
    assert item not in saved


def test_a_bearer_needs_no_origin_and_an_ended_session_is_nobody(site):
    program = TestClient(site.app, base_url="https://testserver", raise_server_exceptions=False)
    token = program.post("/api/v1/sessions", json={"name": "ben", "password": PASSWORD}).json()["token"]
    as_ben = {"Authorization": f"Bearer {token}"}
    assert program.get("/api/v1/me", headers=as_ben).json()["name"] == "ben"
    assert program.post("/api/v1/boards", json={"name": "by a program"}, headers=as_ben).status_code == 201
    assert program.delete("/api/v1/sessions", headers=as_ben).status_code == 204
    assert program.get("/api/v1/me", headers=as_ben).status_code == 401


def test_a_page_of_another_site_cannot_sign_a_browser_in(site):
    forged = TestClient(site.app, base_url="https://testserver", raise_server_exceptions=False)
    credentials = {"name": "ben", "password": PASSWORD}
    answer = forged.post("/api/v1/sessions", json=credentials, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


def test_tokens_of_nobody_are_not_remembered(site):
    program = TestClient(site.app, base_url="https://testserver", raise_server_exceptions=False)
    known = site.app.state.sessions._known._known
    before = set(known)
    for token in ("x" * 43, "y" * 100_000):
        assert program.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert set(known) <= before


@pytest.mark.parametrize("header", [{"X-Part": "1"}, {"HX-Request": "true"}])
def test_a_part_that_needs_a_session_is_refused_in_words_not_led_to_another_page(site, header):
    answer = site.clients["nobody"].get("/feed", headers=header, follow_redirects=False)
    assert answer.status_code == 401
    assert "sign in, then try again" in answer.text and "<html" not in answer.text


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(site):
    client = site.clients["nobody"]
    answer = client.post("/sign-in", data={"name": "guest", "password": PASSWORD}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    client.cookies.clear()
    assert cookie.startswith("__Host-lookgraph=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(site, there):
    client = site.clients["nobody"]
    answer = client.post(
        "/sign-in", data={"name": "guest", "password": PASSWORD, "next": there}, follow_redirects=False
    )
    client.cookies.clear()
    assert answer.headers["location"] == "/"


def test_the_owner_takes_people_in_through_the_api_and_nobody_else_does(site):
    new = {"name": "emma", "password": PASSWORD, "role": "member"}
    for who, status in (("nobody", 401), ("guest", 403), ("ben", 403)):
        assert site.clients[who].post("/api/v1/people", json=new).status_code == status
    owner = site.clients["owner"]
    made = owner.post("/api/v1/people", json=new)
    assert (made.status_code, made.json()["name"], made.json()["role"]) == (201, "emma", "member")
    again = owner.post("/api/v1/people", json=new)
    assert (again.status_code, "taken" in again.json()["detail"]) == (409, True)
    short = owner.post("/api/v1/people", json=new | {"name": "fred", "password": "short"})
    assert (short.status_code, "5 characters" in short.json()["detail"]) == (409, True)
    emma = browser(site)
    assert emma.post("/api/v1/sessions", json={"name": "emma", "password": PASSWORD}).status_code == 201
    assert owner.delete(f"/api/v1/people/{made.json()['id']}").status_code == 204


def test_who_changes_the_password_signs_out_or_leaves_has_no_session_any_more(site):
    owner, new = site.clients["owner"], "another correct horse"
    owner.post("/studio/people", data={"name": "dora", "password": PASSWORD, "role": "member"})
    dora = browser(site)
    dora.post("/sign-in", data={"name": "dora", "password": PASSWORD})
    changed = dora.post("/me/password", data={"old": PASSWORD, "new": new}, follow_redirects=False)
    assert (changed.status_code, changed.headers["location"]) == (303, "/sign-in")
    assert dora.post("/sign-in", data={"name": "dora", "password": PASSWORD}).status_code == 401
    for leave, data in (("/sign-out", {}), ("/me/delete", {"sure": "delete"})):
        dora.post("/sign-in", data={"name": "dora", "password": new})
        assert dora.get("/api/v1/me").json()["name"] == "dora"
        assert dora.post(leave, data=data, follow_redirects=False).status_code == 303
        assert dora.get("/api/v1/me").status_code == 401
    assert dora.post("/sign-in", data={"name": "dora", "password": new}).status_code == 401


def test_pictures_are_no_requests_that_are_counted_for_whom_we_know(site, monkeypatch):
    monkeypatch.setitem(site.site.limits, "all", RateLimit(2))
    anna, picture = site.clients["anna"], site.edition.tile(0).src
    assert [anna.get(picture).status_code for _ in range(5)] == [200] * 5
    assert [anna.get("/api/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    assert browser(site).get(picture, follow_redirects=False).status_code != 200


def test_a_deleted_member_is_gone_with_everything(site):
    owner = site.clients["owner"]
    owner.post("/studio/people", data={"name": "carl", "password": PASSWORD, "role": "member"})
    carl = browser(site)
    carl.post("/sign-in", data={"name": "carl", "password": PASSWORD})
    carl.post("/save", data={"item": site.edition.ids[0]})
    person = carl.get("/api/v1/me").json()["id"]
    assert owner.delete(f"/api/v1/people/{person}").status_code == 204
    assert carl.get("/api/v1/me").status_code == 401
    with site.site.database.reading() as connection:
        dump = "\n".join(str(connection.exec_driver_sql(f"SELECT * FROM {table}").all()) for table in personal_tables())
    assert person not in dump


def test_the_last_owner_cannot_leave(site):
    answer = site.clients["owner"].delete("/api/v1/me")
    assert answer.status_code == 409
    assert answer.json()["remedy"]


def test_a_site_for_others_does_not_start_without_an_owner_who_can_sign_in(lookbook, tmp_path):
    with pytest.raises(ServeError, match="add-person"):
        create_app(copied(lookbook, tmp_path), ServeSettings(host="0.0.0.0"), watch=False)


def test_guessing_passwords_is_slowed_down(site, monkeypatch):
    monkeypatch.setitem(site.site.limits, "sign-in", RateLimit(2))
    client = site.clients["nobody"]
    guesses = [{"name": "anna", "password": word} for word in ("first guess", "second guess", PASSWORD)]
    answers = [client.post("/sign-in", data=guess, follow_redirects=False) for guess in guesses]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def _similar(site, who):
    return site.clients[who].get(f"/api/v1/similar/{site.edition.ids[0]}?k=5").json()["answers"]


def _address(site, path: str) -> str:
    item, edition = site.edition.ids[5], site.edition
    values = {
        "{version}": site.app.state.static.version,
        "{name:path}": "base.css",
        "{item_id:path}": item,
        "{photo_hash}": edition.tile(0).src.split("/")[2],
        "{size}": "240.webp",
        "{board_id}": "no-such-board",
        "{person_id}": "no-such-person",
        "{photo_id}": "no-such-photo",
    }
    for name, value in values.items():
        path = path.replace(name, value)
    return path + ("?of=" + edition.ids[6] if path.startswith("/why/") else "?q=x" if path == "/api/v1/search" else "")


def _body(method: str, path: str) -> dict[str, object]:
    if path in ("/photo", "/photo/keep", "/api/v1/similar", "/api/v1/boards/{board_id}/photos") and method == "POST":
        return {"files": {"photo": ("a.png", png(), "image/png")}}
    forms = {
        "/save": {"item": "no-such-item"},
        "/unsave": {"item": "no-such-item"},
        "/taste": {"kind": "hidden", "item": "no-such-item"},
        "/studio/rollback": {"to": "000999"},
        "/studio/people": {"name": "", "password": "x"},
        "/studio/people/delete": {"person": "no-such-person"},
        "/studio/people/role": {"person": "no-such-person", "role": "member"},
        "/sign-in": {"name": "x", "password": "y"},
    }
    return {"data": forms[path]} if method == "POST" and path in forms else {}


def test_the_old_password_cannot_be_guessed_at_the_page_that_changes_it(lookbook, tmp_path):
    with served_with_accounts(copied(lookbook, tmp_path), sign_ins_per_minute=8) as site:
        guess = {"old": "wrong horse battery", "new": "a new one for anna"}
        statuses = [site.clients["anna"].post("/me/password", data=guess).status_code for _ in range(10)]
        assert statuses == [403] * 8 + [429] * 2
        assert site.clients["ben"].post("/me/password", data=guess).status_code == 403


def test_boards_that_others_may_see_are_listed_with_whose_they_are_and_private_ones_are_not(site):
    anna, ben = site.clients["anna"], site.clients["ben"]
    for name, private in (("for all of us", False), ("only for me", True)):
        board = anna.post("/api/v1/boards", json={"name": name, "private": private}).json()["id"]
        anna.put(f"/api/v1/boards/{board}/items/{site.edition.ids[3]}")
    listed = ben.get("/boards").text
    assert "for all of us" in listed
    assert "anna · 1 saved" in listed
    assert "only for me" not in listed
    assert "Boards of others" not in anna.get("/boards").text


def test_access_is_ordered():
    assert list(Access) == sorted(Access)
