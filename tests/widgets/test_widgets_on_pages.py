"""Widgets that work on the book's pages: the numbers that they show, and how they are turned."""

import functools
import http.server
import importlib.util
import json
import re
import threading

import anywidget
import ipywidgets
import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scipy.signal import correlate2d

from digitlib.course.webcam import WebcamReader
from digitlib.course.widgets import PageWidget, SlidingFilter, ThresholdPanel
from tests.browser import ROOT, chromium, watch_errors
from tools.run_notebooks import WIDGET, let_live, worth_storing

BOOK = ROOT / "_build" / "html"
STATIC = BOOK / "_static" / "widgets"
MOUNT = ROOT / "book" / "_static" / "widgets" / "mount.js"
SLIDING, THRESHOLD = "notebooks/05_convolution.html", "notebooks/08_evaluate.html"
KINDS = {SLIDING: ".sliding-filter", THRESHOLD: ".threshold-panel"}
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


# --- The numbers, on a page with nothing else ---------------------------------------------------

UPPER = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
FILTERS = {
    "upper rim": UPPER,
    "lopsided": np.arange(25).reshape(5, 5) - 3,
    "halves": UPPER / 2 + 0.25,
    "one": np.array([[3]]),
}
# All sums of a map, as the widget says them place by place.
ALL_SUMS = """([filter, stride, padding]) => {
    const widget = document.querySelector(".sliding-filter");
    const select = widget.querySelectorAll("select")[1];
    select.value = filter;
    select.dispatchEvent(new Event("change"));
    for (const [name, value] of [["stride", stride], ["padding", padding]]) {
        const radio = widget.querySelector(`input[name=${name}][value="${value}"]`);
        radio.checked = true;
        radio.dispatchEvent(new Event("change"));
    }
    const [row, column] = widget.querySelectorAll("input[type=range]");
    const move = (range, value) => {
        range.value = value;
        range.dispatchEvent(new Event("input"));
    };
    const sums = [];
    for (let y = 0; y <= row.max; y++) {
        move(row, y);
        sums.push([]);
        for (let x = 0; x <= column.max; x++) {
            move(column, x);
            const said = widget.querySelector("[role=status]").textContent;
            sums[y].push(Number(said.match(/products: (.*)\\.$/)[1].replace("−", "-")));
        }
    }
    return sums;
}"""


def stored(widget: PageWidget) -> str:
    """Return a widget as a notebook keeps it for the book's pages."""
    output = nbformat.v4.new_output("display_data", {WIDGET: {"model_id": "its name"}})
    let_live(output, {"its name": widget.get_state()})
    return output.data["text/html"]


def show(page: Page, widget: PageWidget) -> None:
    """Show a widget on a blank page, with the scripts that the built book has for it."""
    page.goto("about:blank")
    page.set_content(stored(widget))
    kind = type(widget)
    page.add_script_tag(path=str(STATIC / f"{kind.__module__}.{kind.__name__}.js"))
    page.add_script_tag(path=str(MOUNT))


@pytest.fixture(scope="module")
def blank(playwright):
    with chromium(playwright) as page:
        yield page


@pytest.mark.parametrize(
    ("name", "stride", "padding"),
    [
        ("upper rim", 1, 0),
        ("upper rim", 2, 1),
        ("lopsided", 1, 2),
        ("lopsided", 3, 0),
        ("halves", 2, 2),
        ("halves", 3, 1),
        ("one", 2, 1),
    ],
)
def test_every_sum_is_that_of_numpy(blank, name, stride, padding):
    rng = np.random.default_rng(1)
    # Not square, so that rows and columns can't be mistaken for each other.
    digit = rng.integers(0, 256, (17, 13), dtype=np.uint8)
    widget = SlidingFilter({"noise": digit}, FILTERS)
    show(blank, widget)
    found = np.array(blank.evaluate(ALL_SUMS, [name, stride, padding]))
    framed = np.pad(digit.astype(float), padding)
    expected = correlate2d(framed, FILTERS[name], mode="valid")[::stride, ::stride]
    assert found.shape == expected.shape
    # Sums that are no whole numbers are shown with two digits.
    np.testing.assert_allclose(found, expected, atol=0.00501)
    # And Python computes the same.
    widget.filter, widget.stride, widget.padding = name, stride, padding
    np.testing.assert_allclose(found, widget.feature_map, atol=0.00501)


def test_names_keep_their_order_and_a_text_can_not_end_the_place(blank):
    digits = {name: np.zeros((9, 9), np.uint8) for name in ("7", "</script>", "1")}
    show(blank, SlidingFilter(digits, {"upper rim": UPPER}))
    names = blank.locator(".sliding-filter select").first.locator("option").all_inner_texts()
    assert names == ["7", "</script>", "1"]


def test_every_count_is_that_of_numpy(blank, test_digits):
    images, labels = test_digits
    thresholds = (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999)
    rng = np.random.default_rng(2)
    said = 0.4 * rng.dirichlet(np.full(10, 0.02), len(labels))
    said += 0.6 * np.eye(10)[np.where(rng.random(len(labels)) < 0.97, labels, 4)]
    # Exactly on a threshold is called, too.
    said[0], said[1] = np.eye(10)[labels[0]] * 0.5, np.eye(10)[(labels[1] + 1) % 10] * 0.7
    show(blank, ThresholdPanel(said, labels, images, thresholds))
    found = blank.evaluate(
        """() => {
            const widget = document.querySelector(".threshold-panel");
            const range = widget.querySelector("input[type=range]");
            return [...widget.querySelectorAll("input[type=radio]")].map((radio) => {
                radio.checked = true;
                radio.dispatchEvent(new Event("change"));
                return Array.from({ length: 9 }, (_, place) => {
                    range.value = place;
                    range.dispatchEvent(new Event("input"));
                    const words = widget.querySelector("[role=status]").textContent;
                    return words.match(/\\d+(\\.\\d+)?/g).map(Number);
                });
            });
        }"""
    )
    for digit in range(10):
        for place, threshold in enumerate(thresholds):
            called, shows_it = said[:, digit] >= threshold, labels == digit
            right = np.sum(called & shows_it)
            recall = 100 * right / shows_it.sum()
            precision = 100 * right / max(called.sum(), 1)
            counts = [np.sum(~called & shows_it), np.sum(called & ~shows_it)]
            shown = found[digit][place]
            assert shown[:2] == [digit, threshold]
            assert shown[2:4] == pytest.approx([recall, precision], abs=0.0501)
            assert shown[4:] == counts


# --- On the built pages, from a disk and from a server ------------------------------------------


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *given):
        pass


@pytest.fixture(scope="module", params=["file", "http"])
def address(request):
    """Where the book begins."""
    if request.param == "file":
        yield BOOK.as_uri()
        return
    handler = functools.partial(Quiet, directory=BOOK)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(playwright):
    with chromium(playwright) as opened:
        watch_errors(opened)
        yield opened


def opened(page: Page, address: str, name: str, size: dict[str, int] = DESK) -> Locator:
    page.set_viewport_size(size)
    page.goto(f"{address}/{name}")
    panel = page.locator(KINDS[name])
    expect(panel).to_be_visible()
    return panel


def said(panel: Locator, words: str) -> None:
    expect(panel.get_by_role("status")).to_contain_text(words)


def press(panel: Locator, group: str, name: str) -> None:
    panel.get_by_role("group", name=group).get_by_role("radio", name=name, exact=True).click()


def test_the_filter_is_moved_by_mouse_and_by_keyboard(page, address):
    panel = opened(page, address, SLIDING)
    said(panel, "Row 0, column 0 of a map of 26 × 26")
    panel.get_by_role("slider", name="row").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    for _ in range(13):
        page.keyboard.press("ArrowRight")
    # What the chapter's loops find.
    said(panel, "Row 3, column 13")
    said(panel, "Sum of the 9 products: 759.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(panel, "Row 3, column 14")
    digit = panel.get_by_role("img", name="The digit").bounding_box()
    # The drawing has room for two pixels of padding on each side of the 28.
    pixel = digit["width"] / 32
    page.mouse.move(digit["x"] + 12.5 * pixel, digit["y"] + 8.5 * pixel)
    page.mouse.down()
    said(panel, "Row 5, column 9")
    page.mouse.move(digit["x"] + 14.5 * pixel, digit["y"] + 8.5 * pixel)
    said(panel, "Row 5, column 11")
    page.mouse.up()
    page.mouse.move(digit["x"] + 20 * pixel, digit["y"] + 20 * pixel)
    said(panel, "Row 5, column 11")
    panel.get_by_role("img", name="The map").click(position={"x": pixel * 7.5, "y": pixel * 9.5})
    said(panel, "Row 7, column 5")
    press(panel, "stride", "3")
    said(panel, "Row 7, column 5 of a map of 9 × 9")
    press(panel, "padding", "2")
    said(panel, "of a map of 10 × 10")
    panel.get_by_role("combobox", name="filter").select_option("upper rim, 5 x 5")
    said(panel, "Sum of the 25 products")
    assert page.page_errors == []


def test_a_place_that_the_map_lacks_becomes_its_last_one(page, address):
    panel = opened(page, address, SLIDING)
    for name in ("row", "column"):
        panel.get_by_role("slider", name=name).focus()
        page.keyboard.press("End")
    said(panel, "Row 25, column 25")
    panel.get_by_role("button", name="Next place").click()
    said(panel, "Row 0, column 0")
    for name in ("row", "column"):
        panel.get_by_role("slider", name=name).focus()
        page.keyboard.press("End")
    press(panel, "stride", "2")
    said(panel, "Row 12, column 12 of a map of 13 × 13")
    expect(panel.get_by_role("slider", name="row")).to_have_attribute("aria-valuetext", "12")


def test_the_threshold_is_turned_by_mouse_and_by_keyboard(page, address):
    panel = opened(page, address, THRESHOLD)
    chapter = nbformat.read(ROOT / "notebooks" / "08_evaluate.ipynb", as_version=4)
    answers = "".join(
        output.get("text", "")
        for cell in chapter.cells
        if cell.cell_type == "code" and cell.source.startswith("lost = ")
        for output in cell.outputs
    )
    # What the chapter's own functions counted in the same run.
    counted = re.findall(r"from ([\d.]+) on: (\d+) missed, (\d+) let in", answers)
    assert len(counted) == 3
    slider = panel.get_by_role("slider", name="threshold")
    thresholds = ["0.001", "0.01", "0.1", "0.3", "0.5", "0.7", "0.9", "0.99", "0.999"]
    for threshold, missed, let_in in counted:
        slider.press("Home")
        for _ in range(thresholds.index(threshold)):
            page.keyboard.press("ArrowRight")
        said(panel, f"Called 9 from {threshold} on")
        said(panel, f"{missed} missed, {let_in} let in")
        expect(panel.locator(".missed .digit")).to_have_count(min(8, int(missed)))
        expect(panel.locator(".let-in .digit")).to_have_count(min(8, int(let_in)))
    press(panel, "digit", "8")
    said(panel, "Called 8 from 0.001 on")
    page.keyboard.press("ArrowLeft")
    said(panel, "Called 7 from 0.001 on")
    assert page.page_errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", KINDS)
def test_on_a_phone_all_of_it_is_inside_and_large_enough_to_press(page, address, name, scheme):
    page.emulate_media(color_scheme=scheme)
    try:
        panel = opened(page, address, name, PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert panel.evaluate("box => box.scrollWidth <= box.clientWidth")
        for control in panel.locator("select, button, fieldset label").all():
            box = control.bounding_box()
            assert box["height"] >= 24 and box["width"] >= 24
            assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    finally:
        page.emulate_media(color_scheme="light")


def test_nothing_is_asked_of_anybody(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name in KINDS:
        opened(page, address, name)
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


# --- Where it can't work ------------------------------------------------------------------------


def picture_of(page: Page) -> Locator:
    return page.locator("figure.stand-in img")


def test_the_picture_gives_way_to_the_widget_and_comes_back_on_paper(page):
    panel = opened(page, BOOK.as_uri(), SLIDING)
    figure = page.locator("figure.stand-in")
    expect(figure).to_have_attribute("id", "fig-05-panel")
    expect(figure.locator("figcaption")).to_be_visible()
    expect(figure.locator(KINDS[SLIDING])).to_be_visible()
    expect(picture_of(page)).to_be_hidden()
    page.emulate_media(media="print")
    try:
        expect(panel).to_be_hidden()
        expect(picture_of(page)).to_be_visible()
    finally:
        page.emulate_media(media="screen")


def test_without_javascript_the_picture_stays(playwright):
    with chromium(playwright) as page:
        context = page.context.browser.new_context(java_script_enabled=False)
        bare = context.new_page()
        bare.goto((BOOK / SLIDING).as_uri())
        expect(picture_of(bare)).to_be_visible()
        expect(bare.locator(".widget-missing")).to_be_hidden()
        bare.goto((BOOK / THRESHOLD).as_uri())
        expect(bare.locator(".widget-missing")).to_contain_text("It needs JavaScript")


def test_a_page_without_widgets_loads_none_of_their_scripts():
    text = (BOOK / "notebooks" / "03_prepare_the_data.html").read_text()
    assert "_static/widgets/" not in text


def test_what_jupyter_knows_of_a_widget_is_not_stored():
    place = stored(SlidingFilter({"a": np.zeros((9, 9), np.uint8)}, {"rim": UPPER}))
    traits = json.loads(re.search(r'json">(.*)</script>', place)[1])
    chosen = {"digit", "filter", "row", "column", "stride", "padding"}
    assert set(traits) == chosen | {"digits", "filters"}


def test_a_widget_that_needs_python_is_not_stored():
    for widget in (
        WebcamReader(),
        ipywidgets.IntSlider(),
        type("Own", (anywidget.AnyWidget,), {})(),
    ):
        output = nbformat.v4.new_output("display_data", {WIDGET: {"model_id": "its name"}})
        let_live(output, {"its name": widget.get_state()})
        assert not worth_storing(output)


class Importing(PageWidget):
    _esm = "import other from './other.js';\nexport default { render() {} };\n"


class Silent(PageWidget):
    _esm = "const render = () => {};\n"


@pytest.mark.parametrize("widget", [Importing, Silent])
def test_a_module_that_is_no_script_is_refused(widget):
    home = importlib.util.spec_from_file_location("on_pages", ROOT / "book/_ext/widgets.py")
    on_pages = importlib.util.module_from_spec(home)
    home.loader.exec_module(on_pages)
    name = f"{widget.__module__}.{widget.__name__}"
    with pytest.raises(ValueError, match=name):
        on_pages.script_of(name)
