"""The feature maps as a reader of chapter 09 turns them: JupyterLab, Chromium, a keyboard."""

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser import (
    REPLY,
    ROOT,
    code_cells,
    errors_of_the_widgets,
    fits_a_phone,
    running,
)

CHAPTER = ROOT / "notebooks" / "09_look_inside.ipynb"
# What the panel needs of the chapter. Its network is not trained: the controls are tested.
NEEDED = (
    "import os",
    "(images, labels)",
    "network = ",
    "# The numbers are places",
    "def draw_maps",
    "digit = ",
)


def panel_alone() -> nbformat.NotebookNode:
    """Return a notebook with the chapter's panel, and what has to run before it."""
    chapter = nbformat.read(CHAPTER, as_version=4)
    cells = []
    for start in NEEDED:
        source = "network = build_small_cnn()"
        if start != "network = ":
            (source,) = [c.source for c in code_cells(chapter) if c.source.startswith(start)]
        cells.append(nbformat.v4.new_code_cell(source))
    return nbformat.v4.new_notebook(cells=cells, metadata=chapter.metadata)


@pytest.fixture(scope="module")
def panel(lab, playwright):
    with running(lab, playwright, panel_alone(), "inside.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .jupyter-widgets.widget-vbox").first


def said(panel: Locator, words: str) -> None:
    expect(panel).to_contain_text(words, timeout=REPLY)
    expect(panel.locator(".jp-OutputArea img")).to_have_count(1, timeout=REPLY)


def test_digit_and_layer_are_chosen_with_the_keyboard(panel):
    said(panel, "image 0, a 3: 1st convolution")
    panel.get_by_role("slider").focus()
    for _ in range(2):
        panel.page.keyboard.press("ArrowRight")
    said(panel, "image 2, a 6: 1st convolution")
    panel.get_by_role("button", name="3rd convolution").focus()
    panel.page.keyboard.press("Space")
    said(panel, "image 2, a 6: 3rd convolution")
    panel.get_by_role("slider").focus()
    panel.page.keyboard.press("Home")
    said(panel, "image 0, a 3: 3rd convolution")
    assert errors_of_the_widgets(panel.page) == []


def test_it_fits_the_width_of_a_phone(panel):
    assert fits_a_phone(panel)
