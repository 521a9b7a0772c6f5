"""The threshold of chapter 08 as a reader turns it: JupyterLab, Chromium, and a keyboard."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import (
    REPLY,
    ROOT,
    errors_of_the_widgets,
    fits_a_phone,
    panel_alone,
    running,
)

CHAPTER = ROOT / "notebooks" / "08_evaluate.ipynb"
# What the panel needs of the chapter. No network is trained: its answers are made up.
NEEDED = ("import os", "THRESHOLDS = ", "def draw_shares", "def draw_trade", "digit = ")
MADE_UP = """
_, (x_test, test_labels) = digitlib.load_mnist()
honest = np.random.default_rng(0).dirichlet(np.full(10, 0.05), 10_000)
honest = 0.2 * honest + 0.8 * np.eye(10)[test_labels]
"""


@pytest.fixture(scope="module")
def panel(lab, playwright):
    with running(lab, playwright, panel_alone(CHAPTER, NEEDED, MADE_UP), "threshold.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .jupyter-widgets.widget-vbox").first


def said(panel: Locator, words: str) -> None:
    expect(panel).to_contain_text(words, timeout=REPLY)
    expect(panel.locator(".jp-OutputArea img")).to_have_count(1, timeout=REPLY)


def test_digit_and_threshold_are_turned_with_the_keyboard(panel):
    digit, threshold = panel.get_by_role("slider").all()
    # All made-up probabilities of the right digit are above 0.8.
    said(panel, "called 9 from 0.5 on: 100.0 % of them found, 100.0 % of those named right")
    threshold.focus()
    for _ in range(4):
        panel.page.keyboard.press("ArrowLeft")
    said(panel, "called 9 from 0.001 on: 100.0 % of them found")
    panel.page.keyboard.press("End")
    said(panel, "called 9 from 0.999 on:")
    digit.focus()
    for _ in range(2):
        panel.page.keyboard.press("ArrowLeft")
    said(panel, "called 7 from 0.999 on:")
    panel.page.keyboard.press("Home")
    said(panel, "called 0 from 0.999 on:")
    assert errors_of_the_widgets(panel.page) == []


def test_it_fits_the_width_of_a_phone(panel):
    assert fits_a_phone(panel)
