"""The pages in a real browser: what people do, by pointer and by keyboard; axe on every page."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from live import live
from serving import PASSWORD, copied

from drawn_garments import draw_garment
from lookgraph.state import Database, People, sqlite_url

pytestmark = pytest.mark.slow
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
RULES = {
    "light": "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], iframes: false}",
    "dark": "{runOnly: {type: 'rule', values: ['color-contrast']}, iframes: false}",  # all that a theme changes
}


@pytest.fixture(scope="module")
def address(chromium, lookbook, tmp_path_factory):
    with live(copied(lookbook, tmp_path_factory.mktemp("pages"))) as (url, _):
        yield url


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context(viewport={"width": 1100, "height": 800}, base_url=address)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert faults == []


def until(page, expression: str) -> None:
    """Wait until it is true; not by wait_for_function, which the site's own content policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def is_photo_search(answer) -> bool:
    return answer.url.endswith("/photo") and answer.request.method == "POST"


def tile(page, item):
    return page.locator(f".tile[data-item='{item}']").first


def test_save_with_one_click_and_undo(page):
    page.goto("/?q=hat+red")
    hat = tile(page, "hat-red-0")
    hat.hover()
    hat.get_by_role("button", name="Save").click()
    page.get_by_text("Saved to Saved.").wait_for()
    page.get_by_role("button", name="Undo").click()
    until(page, "document.querySelector(\"[data-item='hat-red-0'] .save\").textContent === 'Save'")
    page.goto("/boards")
    assert page.get_by_text("0 saved").count() == 1


def test_a_board_from_first_save_to_ideas(page):
    page.goto("/boards")
    page.get_by_label("New board").fill("Two things")
    page.get_by_role("button", name="Create").click()
    page.goto("/item/bag-blue-0")
    page.get_by_label("Board").select_option(label="Two things")
    page.locator(".save-to button").click()
    page.get_by_text("Saved to Two things.").wait_for()
    page.goto("/boards")
    page.get_by_role("link", name="Two things").click()
    page.get_by_role("heading", name="More ideas for this board").wait_for()
    assert page.locator(".feed").count() == 2
    bag = tile(page, "bag-blue-0")
    bag.hover()
    bag.get_by_role("button", name="More about").click()
    page.get_by_role("button", name="Make it the board’s cover").click()
    page.get_by_text("It is the board’s cover now.").wait_for()
    page.reload()
    page.get_by_text("Change this board").click()
    assert page.get_by_label("Cover").input_value() == "bag-blue-0"
    page.get_by_label("Name").fill("One thing")
    page.get_by_role("button", name="Keep changes").click()
    page.get_by_role("heading", name="One thing").wait_for()


def test_hide_and_see_what_was_learned(page):
    page.goto("/?q=dress+grey")
    before = page.locator(".tile").count()
    dress = tile(page, "dress-grey-0")
    dress.hover()
    dress.get_by_role("button", name="More about").click()
    page.get_by_role("button", name="Hide this").click()
    page.get_by_text("Hidden.").wait_for()
    assert page.locator(".tile").count() == before - 1
    page.goto("/learned")
    page.get_by_role("button", name="Show again").click()
    page.goto("/?q=dress+grey")
    assert page.locator(".tile").count() == before


def test_the_whole_way_by_keyboard(page):
    page.goto("/?q=shirt+green")
    page.locator(".tile").first.wait_for()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.classList.contains('tile')")
    first = page.evaluate("document.activeElement.dataset.item")
    page.keyboard.press("PageDown")
    second = page.evaluate("document.activeElement.dataset.item")
    assert second != first
    page.keyboard.press("s")
    page.get_by_text("Saved to").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/item/{second}")
    page.locator("#more .tile").first.focus()
    page.keyboard.press("w")
    page.get_by_role("heading", name="Why this one?").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"


def test_a_part_of_a_photo_without_dragging(page):
    page.goto("/item/dress-red-0")
    page.get_by_text("Upper half").click()
    box = page.get_by_role("group", name="The part to search by")
    box.focus()
    page.keyboard.press("ArrowDown")
    with page.expect_response(lambda answer: "/part/" in answer.url and answer.ok):
        page.keyboard.press("Enter")
    page.get_by_role("heading", name="Like this part").wait_for()
    assert page.locator("#more .tile").count() > 5


def test_a_part_is_drawn_and_escape_goes_back_to_the_whole(page):
    page.goto("/item/dress-red-0")
    frame = page.locator("[data-stage]").bounding_box()
    x, y = (frame[side] + frame[length] / 4 for side, length in (("x", "width"), ("y", "height")))
    page.mouse.move(x, y)
    page.mouse.down()
    with page.expect_response(lambda answer: "/part/" in answer.url and answer.ok) as asked:
        page.mouse.move(x + frame["width"] / 2, y + frame["height"] / 2, steps=4)
        page.mouse.up()
    left, top, width, height = (float(n) for n in re.findall(r"0\.\d{4}", asked.value.request.post_data)[:4])
    assert max(abs(left - 0.25), abs(top - 0.25), abs(width - 0.5), abs(height - 0.5)) < 0.02
    until(page, "/Like this part: [0-9]+ photos/.test(document.querySelector('[data-said]').textContent)")
    page.keyboard.press("Escape")
    assert page.get_by_role("group", name="The part to search by").is_hidden()
    assert page.evaluate("document.activeElement.name") == "box"


def test_a_dropped_photo_is_searched_by(page):
    file = io.BytesIO()
    draw_garment("hat", "blue", 1).save(file, "PNG")
    page.goto("/photo")
    drop = """(data) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
        document.querySelector('[data-drop]').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    }"""
    with page.expect_response(is_photo_search):
        page.evaluate(drop, base64.b64encode(file.getvalue()).decode())
    page.get_by_role("heading", name="Like your photo").wait_for()


def test_the_theme_can_be_switched_and_stays(page):
    page.goto("/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("More pages").click()
    page.get_by_role("button", name="Switch to dark").click()
    assert page.evaluate(background) != light
    page.goto("/styles")
    assert page.evaluate(background) != light


def test_a_photo_that_cannot_be_loaded_shows_its_words(page):
    page.route("**/photos/**", lambda route: route.fulfill(status=503))
    page.goto("/?q=hat+red")
    until(page, "getComputedStyle(document.querySelector('.tile img')).opacity === '1'")


def test_a_new_person_picks_styles_and_turns_one_down(chromium, lookbook, tmp_path):
    root = copied(lookbook, tmp_path)
    People(Database(sqlite_url(root))).add("owner", "owner", PASSWORD)
    with live(root, "--set", "serve.accounts=on") as (url, _):
        context = chromium.new_context(base_url=url)
        page = context.new_page()
        page.goto("/learned")
        page.get_by_label("Name").fill("owner")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/learned")
        page.goto("/")
        page.locator(".pick").nth(0).click()
        picked = page.locator(".pick").nth(0).locator("span").text_content()
        page.get_by_role("button", name="Make it mine").click()
        page.locator("#welcome").wait_for(state="detached")
        page.goto("/learned")
        assert page.get_by_text(picked).count()
        page.goto("/item/dress-red-0")
        for button, words in (("Not my style", "Less of"), ("More of this style", "More of")):
            page.get_by_role("button", name=button).click()
            page.locator(".toast").get_by_text(words).wait_for()
        page.get_by_label("More pages").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in").wait_for()
        context.close()


def test_search_by_an_own_photo(page, tmp_path):
    draw_garment("hat", "blue", 1).save(tmp_path / "mine.png")
    page.goto("/photo")
    with page.expect_response(is_photo_search):
        page.locator("input[type=file]").set_input_files(tmp_path / "mine.png")
    page.get_by_role("heading", name="Like your photo").wait_for()
    assert page.locator("#results .tile").count() > 5


def test_a_pasted_photo_is_searched_by_a_part_and_saved(page):
    file = io.BytesIO()
    draw_garment("hat", "blue", 1).resize((320, 400)).save(file, "PNG")
    page.goto("/photo")
    paste = """(data) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
        document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
    }"""
    with page.expect_response(is_photo_search):
        page.evaluate(paste, base64.b64encode(file.getvalue()).decode())
    page.get_by_text("Upper half").click()
    with page.expect_response(is_photo_search):
        page.get_by_role("button", name="Find photos like it").click()
    page.get_by_role("button", name="Save it to").click()
    page.get_by_role("button", name="See the board").wait_for()


def test_what_was_saved_before_is_not_undone(page):
    page.goto("/item/trousers-green-0")
    for words, can_undo in (("Saved to", 1), ("already", 0)):
        page.locator(".save-to button").click()
        page.locator(".toast").get_by_text(words).wait_for()
        assert page.locator(".toast").get_by_role("button", name="Undo").count() == can_undo
    page.get_by_role("button", name="Other board").click()
    page.get_by_label("New board").fill("The other one")
    page.get_by_role("button", name="Create and save").click()
    page.get_by_text("Saved to The other one, too.").wait_for()
    boards = page.request.get("/api/v1/boards").json()["boards"]
    on = [b["name"] for b in boards if "trousers-green-0" in page.request.get(f"/api/v1/boards/{b['id']}").text()]
    assert len(on) == 2 and "The other one" in on


def test_a_refusal_is_told_in_the_servers_own_words(page):
    page.goto("/item/trousers-green-0")
    problem = {"detail": "more requests than allowed", "remedy": "wait 5 s"}
    page.route("**/save", lambda route: route.fulfill(status=429, json=problem))
    page.locator(".save-to button").click()
    page.get_by_text("more requests than allowed. What to do: wait 5 s.").wait_for()


def test_an_own_photo_is_saved_to_a_board_looked_at_and_deleted(page, tmp_path):
    draw_garment("hat", "blue", 1).resize((320, 400)).save(tmp_path / "mine.png")
    page.goto("/photo")
    with page.expect_response(is_photo_search):
        page.locator("input[type=file]").set_input_files(tmp_path / "mine.png")
    page.get_by_role("button", name="Save it to").click()
    page.get_by_role("button", name="See the board").click()
    page.wait_for_url("**/boards/*")
    photo = page.locator(".tile[data-own]")
    until(page, "document.querySelector('.tile[data-own] img').naturalWidth > 0")
    photo.locator(".photo").click()
    page.get_by_role("heading", name="Your own photo").wait_for()
    assert page.locator("#more .tile").count() > 5
    page.get_by_role("button", name="Delete this photo").click()
    page.get_by_role("button", name="Yes").click()
    page.wait_for_url("**/boards/*")
    assert page.locator(".tile[data-own]").count() == 0


def test_filters_are_in_the_address_and_combine(page):
    page.goto("/")
    page.get_by_text("Filters").click()
    page.get_by_role("link", name="dress 12").click()
    page.get_by_role("link", name="red 2").click()
    page.wait_for_url("**/?f.colour=red&f.kind=dress")
    assert page.locator(".tile").count() == 2


def test_back_restores_the_place_and_the_document_stays_small(page):
    page.set_viewport_size({"width": 400, "height": 500})
    page.goto("/")
    page.locator(".tile").first.wait_for()
    for _ in range(8):
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(80)
    until(page, "document.querySelector('.feed-end')")
    page.evaluate("scrollTo(0, 2600)")
    page.wait_for_timeout(150)
    assert page.locator(".tile").count() < 45  # of 60 photos
    seen = """() => [...document.querySelectorAll('.tile')].map((tile) => {
        const copy = tile.cloneNode(true);
        copy.querySelector('.photo').removeAttribute('style');
        copy.querySelector('.photo').className = 'photo';
        return copy.outerHTML;
    })"""
    there, before = page.evaluate("scrollY"), page.evaluate(seen)
    page.mouse.click(100, 250)
    page.wait_for_url("**/item/**")
    page.go_back()
    until(page, f"scrollY === {there}")
    until(page, "document.querySelectorAll('.tile').length > 5")
    assert set(page.evaluate(seen)) == set(before)


def test_nothing_jumps_while_the_first_page_loads(page):
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver((list) => { for (const e of list.getEntries())"
        " if (!e.hadRecentInput) window.shifts += e.value; }).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto("/", wait_until="networkidle")
    assert page.evaluate("window.shifts") < 0.1


def test_only_photos_in_sight_fade_in(page):
    page.goto("/", wait_until="networkidle")
    until(page, "document.querySelector('.photo.there:not(.fades)')")
    fading = page.evaluate("[...document.querySelectorAll('.fades')].map((photo) => photo.getBoundingClientRect().top)")
    assert fading
    assert max(fading) < 800


def test_without_scripts_everything_can_still_be_read_and_saved(chromium, address):
    context = chromium.new_context(java_script_enabled=False, base_url=address)
    page = context.new_page()
    page.goto("/?q=trousers+black")
    assert page.locator(".tile img").first.is_visible()
    page.locator(".tile .save").first.click(force=True)
    page.goto("/boards")
    assert page.get_by_text("saved").count() >= 1
    page.goto("/?q=trousers+black")
    page.locator(".tile .photo").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/item/trousers-black-*")
    page.goto("/item/dress-red-0")
    page.locator(".tile").first.hover()
    page.locator(".tile .reason").first.click()
    page.get_by_role("heading", name="Why this one?", level=1).wait_for()
    context.close()


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
