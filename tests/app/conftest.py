"""What the tests of the site share, because each takes seconds to start: a server in this process, and a browser."""

from __future__ import annotations

import pytest
from live import CHROMIUM, live
from serving import copied, served


@pytest.fixture(scope="session")
def site(lookbook, tmp_path_factory):
    """A server without accounts over a copy of the drawn garments. Tests make their own boards on it."""
    with served(copied(lookbook, tmp_path_factory.mktemp("shared"))) as running:
        yield running


@pytest.fixture(scope="session")
def playwright():
    """Playwright, started once: its loop occupies the thread, so that a second one in this process would refuse."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright):
    """A browser; each test opens a context of its own in it."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def api(site):
    """The owner's client of the shared site."""
    return site.clients["owner"]


@pytest.fixture(scope="module")
def address(chromium, lookbook, tmp_path_factory):
    with live(copied(lookbook, tmp_path_factory.mktemp("pages"))) as (url, _):
        yield url
