"""The panel of chapter 16 as a reader moves it: JupyterLab, Chromium, and a keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser import (
    REPLY,
    ROOT,
    drawn_by,
    errors_of_the_widgets,
    fits_a_phone,
    panel_alone,
    running,
)

CHAPTER = ROOT / "notebooks" / "16_backends_and_scale.ipynb"
NEEDED = ("import warnings", "COLORS = ", "least_sure = ", "place = widgets.IntSlider")
# The engines' answers are made up: which images are drawn, and whose bars, does not hang on them.
MADE_UP = """
(images, _), _ = digitlib.load_mnist()
fresh = images[50_000:51_000, ..., np.newaxis]
sure = np.random.default_rng(0).dirichlet(np.full(10, 0.05), 1000)
answers = {"tensorflow": sure, "jax": sure + 1e-7}
"""


@pytest.fixture(scope="module")
def panel(lab, playwright):
    with running(lab, playwright, panel_alone(CHAPTER, NEEDED, MADE_UP), "engines.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .jupyter-widgets.widget-vbox").first


def test_the_image_is_chosen_with_arrow_keys_and_drawn_anew(panel):
    place = panel.get_by_role("slider")
    image = panel.locator(".jp-OutputArea img")
    first = drawn_by(panel)
    place.focus()
    panel.page.keyboard.press("Home")
    expect(place).to_have_attribute("aria-valuetext", "0")
    expect(image).not_to_have_attribute("src", first, timeout=REPLY)
    at_zero = drawn_by(panel)
    panel.page.keyboard.press("ArrowRight")
    expect(place).to_have_attribute("aria-valuetext", "1")
    expect(image).not_to_have_attribute("src", at_zero, timeout=REPLY)
    panel.page.keyboard.press("ArrowLeft")
    expect(image).to_have_attribute("src", at_zero, timeout=REPLY)
    assert errors_of_the_widgets(panel.page) == []


def test_it_fits_the_width_of_a_phone(panel):
    assert fits_a_phone(panel)
