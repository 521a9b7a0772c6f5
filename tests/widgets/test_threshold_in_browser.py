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
NEEDED = ("import os", "THRESHOLDS = ", "ThresholdPanel(")
MADE_UP = """
_, (x_test, test_labels) = digitlib.load_mnist()
honest = np.random.default_rng(0).dirichlet(np.full(10, 0.05), 10_000)
honest = 0.2 * honest + 0.8 * np.eye(10)[test_labels]
"""


@pytest.fixture(scope="module")
def panel(lab, playwright):
    with running(lab, playwright, panel_alone(CHAPTER, NEEDED, MADE_UP), "threshold.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .threshold-panel")


def said(panel: Locator, words: str) -> None:
    expect(panel.get_by_role("status")).to_contain_text(words, timeout=REPLY)


def test_digit_and_threshold_are_turned_with_the_keyboard(panel):
    threshold = panel.get_by_role("slider", name="threshold")
    # All made-up probabilities of the right digit are above 0.8.
    said(
        panel, "Called 9 from 0.5 on: 100.0 % of them found (recall), 100.0 % of those named right"
    )
    threshold.focus()
    for _ in range(4):
        panel.page.keyboard.press("ArrowLeft")
    said(panel, "Called 9 from 0.001 on: 100.0 % of them found")
    panel.page.keyboard.press("End")
    said(panel, "Called 9 from 0.999 on:")
    panel.get_by_role("radio", name="9").focus()
    for _ in range(2):
        panel.page.keyboard.press("ArrowLeft")
    said(panel, "Called 7 from 0.999 on:")
    panel.get_by_role("radio", name="0").press("Space")
    said(panel, "Called 0 from 0.999 on:")
    expect(panel.locator(".missed .digit")).to_have_count(8)
    assert errors_of_the_widgets(panel.page) == []


def test_it_fits_the_width_of_a_phone(panel):
    # While a control has the focus, JupyterLab leaves all keys to it.
    panel.page.evaluate("document.activeElement.blur()")
    assert fits_a_phone(panel)
