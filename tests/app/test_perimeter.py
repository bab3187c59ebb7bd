"""Around every request: what is refused at the door, and what every answer carries."""

from __future__ import annotations

import pytest
from serving import browser, copied, served
from sqlalchemy.exc import DataError, IntegrityError, OperationalError


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/items/no-such-item", 404),
        ("/api/v1/similar/no-such-item", 404),
        ("/api/v1/similar/hat-red-0?k=0", 422),
        ("/api/v1/similar/hat-red-0?where=price%20%3D%3D", 400),
        ("/api/v1/similar/hat-red-0?by=shape&where=price%3E1", 400),
        ("/api/v1/items?cursor=made-up", 400),
        ("/api/v1/items?where=__import__('os').system('true')", 400),
        ("/api/v1/facets?f.nothing=1", 400),
        ("/api/v1/boards/none", 404),
        ("/api/v1/nothing", 404),
    ],
)
def test_an_error_is_a_problem_with_a_remedy(api, path, status):
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["remedy"] and problem["detail"] and problem["type"].startswith("urn:lookgraph:problem:")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(api):
    def endless():
        for _ in range(1000):
            yield b"x" * 100_000

    whole = api.post("/api/v1/similar", files={"photo": ("x.png", b"x" * 21_000_000)})
    assert whole.status_code == 413
    chunked = api.post("/api/v1/boards", content=endless(), headers={"Content-Type": "application/json"})
    assert chunked.status_code == 413


def test_every_answer_has_the_headers_that_keep_pages_safe(api):
    for path in ("/", "/api/v1/items", "/nothing", "/studio/report"):
        headers = api.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "'unsafe-inline'" not in api.get("/").headers["content-security-policy"]


def test_a_name_that_is_not_this_sites_is_refused(api):
    assert api.get("/api/v1/health", headers={"Host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_without_accounts_nothing_that_a_proxy_passes_on_is_answered(api, header):
    answer = api.get("/api/v1/health", headers={header: "203.0.113.9"})
    assert answer.status_code == 403
    assert "serve.accounts=on" in answer.json()["remedy"]


def test_an_attribute_with_markup_is_text(site, api):
    text = api.get("/", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_metrics_count_answers_by_route(api):
    api.get("/api/v1/health")
    assert (
        'lookgraph_requests_total{method="GET",route="/api/v1/health",status="200"}' in api.get("/api/v1/metrics").text
    )


def test_head_is_answered_as_get_without_the_body(api):
    for path in ("/api/v1/health", "/", "/api/v1/items/no-such-item"):
        head, get = api.head(path), api.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-type"] == get.headers["content-type"]


def test_a_method_that_is_not_answered_names_those_that_are(api):
    answer = api.put("/api/v1/boards")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert answer.json()["remedy"] == "use GET, POST"


def test_an_address_of_a_page_that_cannot_be_is_told_without_the_api(api):
    answer = api.get("/item/hat-red-0?by=smell")
    assert answer.status_code == 422
    assert "correct the address" in answer.text and "openapi" not in answer.text


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (DataError("INSERT", {}, ValueError("cannot contain NUL")), 422),
        (IntegrityError("INSERT", {}, ValueError("FOREIGN KEY")), 409),
        (RuntimeError("broken"), 500),
    ],
)
@pytest.mark.parametrize("path", ["/boards/some", "/api/v1/boards/some"])
def test_what_a_database_refuses_or_breaks_is_told_with_all_headers(site, api, monkeypatch, raised, status, path):
    def fail(*_):
        raise raised

    monkeypatch.setattr(site.site.boards, "get", fail)
    answer = api.get(path)
    assert answer.status_code == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "broken" not in answer.text


def test_a_site_whose_state_cannot_be_read_is_not_ready(site, api, monkeypatch):
    def fail():
        raise OperationalError("SELECT 1", {}, OSError("gone"))

    monkeypatch.setattr(site.site.database, "reading", fail)
    answer = api.get("/api/v1/ready")
    assert answer.status_code == 503
    assert answer.json()["remedy"]


def test_the_site_on_postgresql_keeps_what_it_is_told_and_takes_no_nul(postgresql, lookbook, tmp_path):
    with served(copied(lookbook, tmp_path), state=postgresql) as running:
        client = browser(running)
        board = client.post("/api/v1/boards", json={"name": "on a server"}).json()["id"]
        assert client.put(f"/api/v1/boards/{board}/items/hat-red-0").json() == {"saved": True, "new": True}
        assert "hat-red-0" in client.get(f"/boards/{board}").text
        for method, address in (("GET", "/boards/%00"), ("GET", "/kept/%00"), ("DELETE", "/api/v1/hides/%00")):
            assert client.request(method, address).status_code in (404, 422)
        assert client.post("/api/v1/boards", json={"name": "a\u0000b"}).status_code == 409
        assert client.delete(f"/api/v1/boards/{board}").status_code == 204
