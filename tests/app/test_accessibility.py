"""axe on every page, in both themes and at three widths, in a real browser."""

from __future__ import annotations

import pytest
from live import AXE, WCAG, is_photo_search, live, until
from serving import PASSWORD, copied

from drawn_garments import draw_garment
from lookgraph.state import Database, People, sqlite_url

pytestmark = pytest.mark.slow
RULES = {
    "light": WCAG,
    "dark": "{runOnly: {type: 'rule', values: ['color-contrast']}, iframes: false}",  # all that a theme changes
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium, address, theme, tmp_path):
    context = chromium.new_context(color_scheme=theme, bypass_csp=True, base_url=address)
    api = context.request
    board = api.post("/api/v1/boards", data={"name": f"Seen in {theme}"}).json()["id"]
    for item in ("dress-red-0", "hat-red-0"):
        assert api.put(f"/api/v1/boards/{board}/items/{item}").ok
    draw_garment("hat", "blue", 1).resize((320, 400)).save(tmp_path / "mine.png")
    photo = {"name": "mine.png", "mimeType": "image/png", "buffer": (tmp_path / "mine.png").read_bytes()}
    kept = api.post(f"/api/v1/boards/{board}/photos", multipart={"photo": photo}).json()["id"]
    assert api.put("/api/v1/hides/shirt-grey-0").ok
    places = ["/?q=dress&f.colour=red", "/", "/item/dress-red-0", "/photo", "/styles", "/boards", "/me", "/studio"]
    places += [f"/studio/{part}" for part in ("map", "rejected", "duplicates", "people", f"report?theme={theme}")]
    places += [f"/boards/{board}", f"/kept/{kept}", "/learned", "/keys", "/why/hat-red-0?of=dress-red-0"]
    places += ["/api", "/?q=nothing+has+these+words"]
    found, page = [], context.new_page()
    for place in places:
        answer = page.goto(place)
        assert answer is not None and answer.status == 200, place
        found += serious_faults(page, theme, place)
    page.goto("/photo")
    with page.expect_response(is_photo_search):
        page.locator("input[type=file]").set_input_files(tmp_path / "mine.png")
    page.locator("#results .tile").first.wait_for()
    found += serious_faults(page, theme, "photos like one's own")
    missing = page.goto("/item/nothing-of-that-name")
    assert missing is not None and missing.status == 404
    found += serious_faults(page, theme, "404")
    context.close()
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_what_opens_over_a_page(chromium, address, theme):
    context = chromium.new_context(color_scheme=theme, bypass_csp=True, base_url=address)
    page = context.new_page()
    page.goto("/item/dress-red-0")
    first = page.locator("#more .tile").first
    first.hover()
    found = serious_faults(page, theme, "a tile under the pointer")
    first.hover()
    first.get_by_role("button", name="More about").click()
    found += serious_faults(page, theme, "a tile's menu")
    page.get_by_role("button", name="Why this one?").click()
    page.get_by_role("heading", name="Why this one?").wait_for()
    found += serious_faults(page, theme, "why")
    page.keyboard.press("Escape")
    first.focus()
    page.keyboard.press("s")
    page.get_by_text("Saved to").wait_for()
    found += serious_faults(page, theme, "a note with buttons", widths=(1280,))  # it goes by itself
    first.focus()
    page.keyboard.press("s")
    page.get_by_text("Taken back from").wait_for()
    page.keyboard.press("s")
    page.get_by_role("button", name="Other board").click()
    page.get_by_role("heading", name="Save to which board?").wait_for()
    found += serious_faults(page, theme, "the choice of a board")
    page.keyboard.press("Escape")
    first.focus()
    page.keyboard.press("s")  # the site serves all tests of this file: what was saved is taken back
    page.get_by_text("Taken back from").wait_for()
    context.close()
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_before_one_is_signed_in(chromium, lookbook, tmp_path, theme):
    root = copied(lookbook, tmp_path)
    People(Database(sqlite_url(root))).add("owner", "owner", PASSWORD)
    with live(root, "--set", "serve.accounts=on") as (url, _):
        context = chromium.new_context(color_scheme=theme, bypass_csp=True, base_url=url)
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Sign in").wait_for()
        found = serious_faults(page, theme, "sign in")
        page.get_by_label("Name").fill("nobody")
        page.get_by_label("Password").fill("a wrong password")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("wrong").wait_for()
        found += serious_faults(page, theme, "a wrong password")
        context.close()
    assert found == []


def serious_faults(page, theme, place, widths=(360, 1280, 2560)):
    """What axe calls serious at each width; nothing is wider than the window."""
    found = []
    page.evaluate(AXE.read_text("utf-8"))
    until(page, "document.getAnimations().every((each) => each.effect.getComputedTiming().iterations === Infinity)")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        result = page.evaluate(f"axe.run(document, {RULES[theme]})")
        assert len(result["passes"]) > (8 if theme == "light" else 0)  # it did look
        serious = [v for v in result["violations"] if v["impact"] in ("serious", "critical")]
        found += [(place, width, v["id"], v["nodes"][0]["html"][:120]) for v in serious]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (place, width)
    return found
