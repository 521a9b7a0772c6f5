"""The pages of digits of chapter 02 as a reader turns them: JupyterLab, Chromium, a keyboard."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import (
    REPLY,
    ROOT,
    drawn_by,
    errors_of_the_widgets,
    fits_a_phone,
    keep_picture,
    panel_alone,
    running,
)

CHAPTER = ROOT / "notebooks" / "02_explore_mnist.ipynb"
NEEDED = ("import ", "def browse")
LOADED = "(train_images, train_labels), _ = digitlib.load_mnist()"


@pytest.fixture(scope="module")
def panel(lab, playwright):
    chapter = panel_alone(CHAPTER, NEEDED, LOADED)
    with running(lab, playwright, chapter, "browse.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .jupyter-widgets.widget-vbox").first


def changed(panel: Locator, before: str) -> str:
    expect(panel.locator(".jp-OutputArea img")).not_to_have_attribute("src", before, timeout=REPLY)
    return drawn_by(panel)


def test_digit_and_page_are_chosen_with_arrow_keys(panel):
    digit, page = panel.get_by_role("slider").all()
    keyboard = panel.page.keyboard
    sevens = drawn_by(panel)
    digit.focus()
    keyboard.press("ArrowRight")
    expect(digit).to_have_attribute("aria-valuetext", "8")
    eights = changed(panel, sevens)
    page.focus()
    keyboard.press("ArrowRight")
    second = changed(panel, eights)
    digit.focus()
    keyboard.press("ArrowLeft")
    changed(panel, second)
    keep_picture(panel, "02_browse.png")
    page.focus()
    keyboard.press("ArrowLeft")
    expect(panel.locator(".jp-OutputArea img")).to_have_attribute("src", sevens, timeout=REPLY)
    assert errors_of_the_widgets(panel.page) == []


def test_it_fits_the_width_of_a_phone(panel):
    assert fits_a_phone(panel)
