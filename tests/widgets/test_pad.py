"""The pad of the welcome page answers as the recognizer of the notebooks does."""

import base64
import re

import cv2
import numpy as np
import onnx
import pytest
from playwright.sync_api import Page, expect

from digitlib.reading.components import find_boxes, reading_order
from digitlib.reading.normalize import center_by_mass, fit_into_20
from digitlib.recognizer import SHIPPED_MODEL
from tests.browser import ROOT, chromium
from tools import pad_weights

PAD = ROOT / "book" / "_static" / "pad"
WELCOME = ROOT / "_build" / "html" / "index.html"
SIDE = 280


@pytest.fixture(scope="module")
def scripts(playwright):
    """A blank page with the pad's recognizer, and no pad."""
    with chromium(playwright) as page:
        page.goto("about:blank")
        for name in ("recognizer.js", "weights.js"):
            page.add_script_tag(path=str(PAD / name))
        yield page


@pytest.fixture(params=[(1280, 900), (360, 740)], ids=["desktop", "phone"])
def welcome(playwright, request):
    width, height = request.param
    with chromium(playwright) as page:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(reduced_motion="reduce")
        page.goto(WELCOME.as_uri())
        yield page


def bytes_of(images: np.ndarray) -> str:
    return base64.b64encode(images.astype(np.uint8).tobytes()).decode()


def test_the_weights_are_those_of_the_network_that_ships():
    script = (PAD / "weights.js").read_text()
    packed = pad_weights.weights(onnx.load(SHIPPED_MODEL))
    for value in (packed["dense"], packed["denseBias"], packed["convolutions"][1]["weights"]):
        assert value in script, "make model, or python -m tools.pad_weights"
    assert len(script) < 300_000


def test_ten_thousand_answers_are_those_of_onnx_runtime(scripts, recognizer, test_digits):
    images, _ = test_digits
    answers = []
    for start in range(0, len(images), 1_000):
        answers += scripts.evaluate(
            """(packed) => {
              const network = recognizer.load(PAD_WEIGHTS);
              const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
              return Array.from({ length: bytes.length / 784 }, (_, index) => {
                const part = bytes.subarray(784 * index, 784 * (index + 1));
                const image = Float32Array.from(part, (value) => value / 255);
                return recognizer.ten(recognizer.answer(network, image).numbers);
              });
            }""",
            bytes_of(images[start : start + 1_000]),
        )
    expected = recognizer.predict(images)
    assert np.abs(np.array(answers) - expected).max() < 1e-3
    assert (np.argmax(answers, axis=1) == expected.argmax(axis=1)).all()


def drawn(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a pad on which a digit is drawn, of any size and anywhere."""
    side = int(rng.integers(60, 250))
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    page = np.zeros((SIDE, SIDE), np.uint8)
    left, top = rng.integers(0, SIDE - side + 1, 2)
    page[top : top + side, left : left + side] = large
    return page


def test_a_thousand_drawings_are_prepared_as_in_the_notebooks(scripts, recognizer, test_digits):
    images, _ = test_digits
    rng = np.random.default_rng(0)
    differences, different = [], 0
    for image in images[:1_000]:
        page = drawn(image, rng)
        found = scripts.evaluate(
            """([packed, side]) => {
              const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
              const data = Float32Array.from(bytes, (value) => value / 255);
              return recognizer.find({ width: side, height: side, data }).map(
                ({ box, image }) => [[box.x, box.y, box.width, box.height], Array.from(image)]);
            }""",
            [bytes_of(page), SIDE],
        )
        mask = np.where(page >= 127.5, np.uint8(255), np.uint8(0))
        boxes = [box for line in reading_order(find_boxes(mask)) for box in line]
        assert [tuple(box) for box, _ in found] == boxes
        own = [page[y : y + high, x : x + wide] for x, y, wide, high in boxes]
        expected = np.stack([center_by_mass(fit_into_20(digit)) for digit in own])
        got = np.array([pixels for _, pixels in found]).reshape(-1, 28, 28)
        differences.append(np.abs(255 * got - expected).mean())
        answers = recognizer.predict(got.astype(np.float32)).argmax(axis=1)
        different += (answers != recognizer.predict(expected).argmax(axis=1)).any()
    # Rounding to whole gray levels, and a shift of a pixel where a center falls between two.
    assert np.median(differences) < 0.5
    assert different <= 5


# --- The page ---------------------------------------------------------------------------------


def said(page: Page, words: str) -> None:
    expect(page.locator(".pad-answer")).to_contain_text(re.compile(words))


def stroke(page: Page, *points: tuple[float, float]) -> None:
    """Draw a line on the pad, its points given as shares of the pad's side."""
    page.locator(".pad-paper").scroll_into_view_if_needed()
    box = page.locator(".pad-paper").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def wipe(page: Page) -> None:
    page.get_by_role("button", name="Wipe").click()


def test_a_four_is_there_for_those_who_only_look(welcome):
    said(welcome, "^4 9\\d % sure$")
    assert welcome.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_is_drawn_is_read_while_one_draws(welcome):
    wipe(welcome)
    said(welcome, "Write a digit")
    stroke(welcome, (0.3, 0.2), (0.7, 0.2), (0.45, 0.8))
    said(welcome, "^7 ")
    wipe(welcome)
    stroke(welcome, (0.25, 0.3), (0.24, 0.7))
    said(welcome, "^1 ")
    stroke(welcome, (0.55, 0.3), (0.8, 0.3), (0.65, 0.7))
    said(welcome, "^17")


def test_several_digits_are_chosen_by_a_press(welcome):
    welcome.get_by_role("button", name="2 and 5").click()
    said(welcome, "^25")
    best = welcome.locator(".pad-best .pad-name")
    expect(best).to_have_text("2")
    stroke(welcome, (0.72, 0.45))
    expect(best).to_have_text("5")
    said(welcome, "^25")


def test_what_is_no_digit_is_told_so(welcome):
    welcome.get_by_role("button", name="a smiley").click()
    said(welcome, "no digit")
    expect(welcome.locator(".pad-best .pad-name")).to_have_text("no digit")


def test_without_the_preparation_a_small_digit_in_a_corner_is_lost(welcome):
    wipe(welcome)
    stroke(welcome, (0.06, 0.06), (0.2, 0.06), (0.11, 0.26))
    said(welcome, "^7 ")
    prepare = welcome.get_by_label("cut out and center")
    prepare.uncheck()
    said(welcome, "^(?!7 )")
    prepare.check()
    said(welcome, "^7 ")


def test_the_keyboard_alone_is_enough(welcome):
    paper = welcome.locator(".pad-paper")
    paper.focus()
    welcome.keyboard.press("Delete")
    said(welcome, "Write a digit")
    for _ in range(12):
        welcome.keyboard.press("ArrowUp")
    welcome.keyboard.press("Space")
    for _ in range(26):
        welcome.keyboard.press("ArrowDown")
    welcome.keyboard.press("Space")
    said(welcome, "^1 ")
    assert welcome.locator(".pad-answer").get_attribute("aria-live") == "polite"


def test_the_layers_show_how_a_number_comes_about(welcome):
    welcome.get_by_text("What each layer makes of it").click()
    first, second, third = welcome.locator(".pad-maps").all()
    explained = welcome.locator(".pad-explained")
    first.focus()
    welcome.keyboard.press("PageDown")
    expect(explained).to_contain_text("Layer 1, map 2, row 6, column 6")
    expect(explained.locator("table")).to_have_count(3)
    products = [
        float(field.replace("−", "-"))
        for field in explained.locator("table").nth(2).locator("td").all_inner_texts()
    ]
    total = re.search(r"products sum to ([−\d.]+)", explained.inner_text())[1].replace("−", "-")
    assert len(products) == 25
    assert sum(products) == pytest.approx(float(total), abs=0.15)
    third.click(position={"x": 3, "y": 3})
    expect(explained).to_contain_text("Layer 3, map 1, row 1, column 1")
    expect(explained.locator("table")).to_have_count(9)
    second.scroll_into_view_if_needed()
    assert welcome.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_nothing_is_asked_of_anybody(playwright):
    with chromium(playwright) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(WELCOME.as_uri())
        said(page, "^4 ")
        page.get_by_role("button", name="a 3").click()
        said(page, "^3 ")
        assert asked
        assert all(url.startswith(("file:", "data:")) for url in asked)
