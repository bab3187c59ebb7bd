"""The pages in a real browser: what people do, by pointer and by keyboard."""

from __future__ import annotations

import base64
import io
import re

import pytest
from live import is_photo_search, live, until
from serving import PASSWORD, copied

from drawn_garments import draw_garment
from lookgraph.state import Database, People, sqlite_url

pytestmark = pytest.mark.slow


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


def test_what_is_done_and_undone_is_logged_in_a_feed_and_on_an_items_own_page(page):
    sent = []
    page.on(
        "request", lambda asked: sent.append(asked.post_data_json) if asked.url.endswith("/api/v1/events") else None
    )

    def logged(item):
        with page.expect_response(lambda answer: answer.url.endswith("/api/v1/events") and answer.status == 202):
            page.evaluate("dispatchEvent(new Event('pagehide'))")
        said = [(each, bool(batch["impressions"])) for batch in sent for each in batch["events"]]
        sent.clear()
        return [(each["kind"], of) for each, of in said if each["item"] == item and each["kind"] != "impression"]

    page.goto("/?q=hat+blue")
    hat = tile(page, "hat-blue-0")
    hat.hover()
    hat.get_by_role("button", name="More about").click()
    page.get_by_role("button", name="Hide this").click()
    page.get_by_text("Hidden.").wait_for()
    page.get_by_role("button", name="Undo").click()
    hat.wait_for()
    assert logged("hat-blue-0") == [("hide", True), ("unhide", True)]
    page.goto("/item/hat-blue-0")
    page.locator(".save-to button").click()
    page.get_by_text("Saved to").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state("networkidle")
    assert logged("hat-blue-0") == [("save", False), ("unsave", False)]


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
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    photo = page.locator(".tile[data-own]")
    until(page, "document.querySelector('.tile[data-own] img').naturalWidth > 0")
    photo.locator(".photo").click()
    page.get_by_role("heading", name="Your own photo").wait_for()
    assert refused == []  # a click on what is no item is no event
    assert page.locator("#more .tile").count() > 5
    page.get_by_role("button", name="Delete this photo").click()
    page.get_by_role("button", name="Yes").click()
    page.wait_for_url("**/boards/*")
    assert page.locator(".tile[data-own]").count() == 0


@pytest.mark.parametrize("size", [(1280, 860), (1280, 500), (360, 740), (2560, 1440)])
def test_a_photo_fills_the_stage_on_which_a_part_is_drawn(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/item/dress-red-0")
    until(page, "document.querySelector('.stage img').naturalWidth > 0")
    shape = page.evaluate(
        "(() => { const box = document.querySelector('.stage').getBoundingClientRect(),"
        " photo = document.querySelector('.stage img');"
        " return [box.width / box.height, photo.naturalWidth / photo.naturalHeight, box.height / innerHeight]; })()"
    )
    assert shape[0] == pytest.approx(shape[1], rel=0.02)
    assert shape[2] <= 0.59


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
    in_sight = """[...document.querySelectorAll('.tile')].find((tile) => {
        const box = tile.getBoundingClientRect();
        return scrollY === 2600 && box.top > 80 && box.bottom < innerHeight;
    })"""
    until(page, f"!!{in_sight}")
    page.wait_for_timeout(300)  # tiles out of sight join a few a frame
    assert page.locator(".tile").count() < 45  # of 60 photos
    seen = """() => [...document.querySelectorAll('.tile')].map((tile) => {
        const copy = tile.cloneNode(true);
        copy.querySelector('.photo').removeAttribute('style');
        copy.querySelector('.photo').className = 'photo';
        return copy.outerHTML;
    })"""
    there, before = page.evaluate("scrollY"), page.evaluate(seen)
    page.evaluate(f"{in_sight}.querySelector('a').click()")
    page.wait_for_url("**/item/**")
    page.go_back()
    until(page, f"scrollY === {there}")
    until(page, f"document.querySelectorAll('.tile').length >= {len(before)}")
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
