"""The interactive map in a real browser: in the report, from a file without any network, and in the studio."""

from __future__ import annotations

import io

import numpy as np
import pytest
from live import AXE, CHROMIUM, WCAG, live, until
from PIL import Image
from serving import copied

pytestmark = pytest.mark.slow
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
MAP = "document.querySelector('.live-map').liveMap"


@pytest.fixture(scope="module")
def browsers(playwright):
    """Chromium with WebGL in software, and without any."""
    made = {
        name: playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *options])
        for name, options in {"with": SOFTWARE_GL, "without": ["--disable-gpu", "--disable-3d-apis"]}.items()
    }
    yield made
    for browser in made.values():
        browser.close()


def opened(browser, address: str, **options):
    """A page with the map in view, and what went wrong or over the network on the way."""
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("data:", "file:", address[:16])) else page.faults.append(asked.url),
    )
    page.goto(address)
    return page


@pytest.fixture
def report(browsers, lookbook):
    page = opened(browsers["with"], lookbook.report.as_uri())
    drawn(page)
    page.locator(".map-stage").scroll_into_view_if_needed()
    yield page
    assert page.faults == []
    page.context.close()


def drawn(page) -> None:
    until(page, "Number(document.querySelector('.live-map').dataset.drawn) > 0")
    until(page, f"!{MAP}.frame")


def colours(page) -> dict[tuple[int, int, int], int]:
    """How often each colour is on the stage, without names and photos."""
    page.evaluate(f"{MAP}.parts.names.checked = false; {MAP}.overlay.drawPhotos = () => undefined; {MAP}.redraw()")
    page.wait_for_timeout(100)
    drawn(page)
    pixels = np.asarray(Image.open(io.BytesIO(page.locator(".map-stage").screenshot())).convert("RGB"))
    found, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    return {tuple(map(int, colour)): int(n) for colour, n in zip(found, counts, strict=True)}


def near(found: dict[tuple[int, int, int], int], colour: str) -> int:
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return sum(n for each, n in found.items() if np.abs(np.array(each) - wanted).max() <= 24)


def place_of(page, item: int) -> tuple[float, float]:
    box = page.locator(".map-stage").bounding_box()
    x, y = page.evaluate(f"{MAP}.overlay.at({item})")
    return box["x"] + x, box["y"] + y


def item_of(page, name: str) -> int:
    return page.evaluate(f"{MAP}.map.ids.findIndex((id) => id.includes('{name}'))")


def test_points_are_drawn_in_the_colours_of_the_legend(report):
    found = colours(report)
    legend = report.evaluate("[...document.querySelectorAll('.map-legend .map-swatch')].map((s) => s.dataset.colour)")
    palette = ["#a9a49c", "#cc6677", "#332288", "#c9a93b", "#117733", "#4aa3d1", "#882255", "#44aa99", "#999933"]
    assert len(legend) >= 5
    for colour in legend:
        assert near(found, palette[int(colour)]) > 20, colour


def test_colour_by_an_attribute_and_one_value_alone(report):
    report.get_by_label("Colour by").select_option(label="Kind")
    names = report.locator(".map-legend button").all_inner_texts()
    assert [name.split()[0] for name in names] == ["bag", "dress", "hat", "shirt", "trousers"]
    before = near(colours(report), "#332288")
    report.get_by_role("button", name="dress 12").click()
    assert report.get_by_role("button", name="dress 12").get_attribute("aria-pressed") == "true"
    after = colours(report)
    assert near(after, "#332288") >= before * 0.9  # dresses stay
    assert near(after, "#cc6677") == 0  # bags are in the shade
    report.locator("#map-light").select_option(label="everything")
    assert near(colours(report), "#cc6677") > 20


def test_pointing_shows_the_photo_and_a_click_its_neighbours_with_attention(report, lookbook):
    hat = item_of(report, "hat-red-0")
    report.mouse.move(*place_of(report, hat))
    tip = report.locator(".map-tip")
    tip.wait_for()
    assert "Red, hat" in tip.inner_text()
    picture = report.evaluate(
        "(() => { const c = document.querySelector('.map-tip canvas'); return [...c.getContext('2d')"
        ".getImageData(c.width / 2, c.height * 0.55, 1, 1).data]; })()"
    )
    assert picture[0] > picture[2] + 60 and picture[3] == 255  # the red hat itself
    report.mouse.click(*place_of(report, hat))
    report.locator(".map-links li").first.wait_for()
    node = lookbook.items["_node"][lookbook.ids.index("hat-red-0")].as_py()
    neighbours, weights = lookbook.attention(node)
    shown = report.locator(".map-links button").all_inner_texts()
    assert len(shown) == len(neighbours)
    assert f"{round(100 * max(weights[:-1]))} %" in shown[0]
    assert f"Its own photo gets {round(100 * weights[-1])} %." in report.locator(".map-panel").inner_text()
    drawn(report)
    assert near(colours(report), "#9c3f34") > 100  # the links, in the accent's colour
    report.locator(".map-links button").first.click()
    chosen = report.evaluate(f"{MAP}.map.ids[{MAP}.chosen]")
    weight_of = {lookbook.ids[lookbook.node_rows[n]]: w for n, w in zip(neighbours, weights[:-1], strict=True)}
    assert weight_of[chosen] == pytest.approx(max(weight_of.values()), abs=2e-5)  # the page has weights in 16 bits


def test_all_of_it_by_keyboard(report):
    stage = report.locator(".map-stage")
    stage.focus()
    report.keyboard.press("ArrowRight")
    first = report.evaluate(f"{MAP}.hovered")
    assert first >= 0
    assert report.locator(".map-tip").is_visible()
    report.keyboard.press("ArrowRight")
    second = report.evaluate(f"{MAP}.hovered")
    assert second != first
    assert place_of(report, second)[0] > place_of(report, first)[0]
    report.keyboard.press("Enter")
    assert report.evaluate(f"{MAP}.chosen") == second
    assert report.locator(".map-links li").count() > 0
    zoom = report.evaluate(f"{MAP}.camera.zoom")
    report.keyboard.press("+")
    assert report.evaluate(f"{MAP}.camera.zoom") == pytest.approx(1.5 * zoom)
    before = report.evaluate(f"{MAP}.camera.x")
    report.keyboard.press("Shift+ArrowLeft")
    assert report.evaluate(f"{MAP}.camera.x") < before
    report.keyboard.press("0")
    assert report.evaluate(f"{MAP}.camera.zoom") == 1
    report.keyboard.press("Escape")
    assert report.evaluate(f"{MAP}.chosen") == -1


def test_wheel_drag_pinch_and_buttons_move_the_map(report):
    x, y = place_of(report, 0)
    zoom, centre = f"{MAP}.camera.zoom", f"{MAP}.camera.x"
    report.mouse.move(x, y)
    report.mouse.wheel(0, -600)
    until(report, f"{zoom} > 2")
    after = place_of(report, 0)
    assert abs(after[0] - x) < 60 or report.evaluate(f"{centre} < 0.3 || {centre} > 0.7")  # zoomed where one points
    box = report.locator(".map-stage").bounding_box()
    before = report.evaluate(centre)
    report.mouse.move(box["x"] + 300, box["y"] + 200)
    report.mouse.down()
    report.mouse.move(box["x"] + (400 if before > 0.5 else 200), box["y"] + 200, steps=4)
    report.mouse.up()
    assert report.evaluate(centre) != before
    assert report.evaluate(f"{MAP}.chosen") == -1  # a drag is no click
    report.get_by_role("button", name="Whole map").click()
    assert report.evaluate(zoom) == 1
    report.evaluate("""() => {
      const stage = document.querySelector('.map-stage'), box = stage.getBoundingClientRect();
      stage.setPointerCapture = () => undefined;
      const send = (type, id, x) => stage.dispatchEvent(new PointerEvent(type, {
        pointerId: id, pointerType: "touch", clientX: box.left + x, clientY: box.top + 200, bubbles: true }));
      send("pointerdown", 1, 300); send("pointerdown", 2, 400);
      send("pointermove", 2, 500); send("pointerup", 2, 500); send("pointerup", 1, 300);
    }""")
    assert report.evaluate(zoom) == pytest.approx(2)
    assert report.evaluate(f"{MAP}.chosen") == -1
    for name in ("Zoom out", "Zoom in", "Move left", "Move up", "Move down", "Move right"):
        state = f"[{zoom}, {centre}, {MAP}.camera.y].join()"
        before = report.evaluate(state)
        report.get_by_role("button", name=name).click()
        assert report.evaluate(state) != before, name
        report.evaluate(f"{MAP}.camera.zoom = 4; {MAP}.camera.moveTo(0.5, 0.5)")


def test_without_webgl_the_still_picture_is_shown_and_said_why(browsers, lookbook):
    page = opened(browsers["without"], lookbook.report.as_uri())
    page.locator("[data-map-note]").wait_for()
    assert "no WebGL" in page.locator("[data-map-note]").inner_text()
    assert page.locator("[data-map-still] img").first.is_visible()
    assert page.locator(".map-stage").count() == 0 or not page.locator(".map-stage").is_visible()
    page.context.close()


def test_without_scripts_too(browsers, lookbook):
    page = opened(browsers["with"], lookbook.report.as_uri(), java_script_enabled=False)
    assert "Scripts are switched off" in page.locator("[data-map-note]").inner_text()
    assert page.locator("[data-map-still] img").first.is_visible()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark_and_passes_axe(browsers, lookbook, scheme):
    size = {"width": 360, "height": 740}
    page = opened(browsers["with"], lookbook.report.as_uri(), viewport=size, color_scheme=scheme, bypass_csp=True)
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".map-stage").evaluate("stage => stage.style.touchAction") == "pan-y"
    page.evaluate(f"{MAP}.choose(3)")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(f"axe.run(document.querySelector('.mapped'), {WCAG})")["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found] == []
    assert page.faults == []
    page.context.close()


def test_the_page_stays_a_sensible_size(lookbook):
    n_bytes = lookbook.report.stat().st_size
    assert n_bytes < 1_500_000 + 1_200 * len(lookbook)


def test_the_studio_draws_the_same_map_and_its_photos_by_address(browsers, lookbook, tmp_path):
    with live(copied(lookbook, tmp_path)) as (url, _):
        page = opened(browsers["with"], f"{url}/studio/map")
        drawn(page)
        assert page.evaluate(f"{MAP}.map.n") == page.evaluate(f"{MAP}.map.of") == len(lookbook.node_rows)
        page.locator(".map-stage").scroll_into_view_if_needed()
        page.mouse.click(*place_of(page, 5))
        link = page.locator(".map-head a")
        link.wait_for()
        until(page, "document.querySelector('.map-head img').naturalWidth > 0")
        assert page.faults == []
        link.click()
        page.locator(".closeup").wait_for()
        page.context.close()
