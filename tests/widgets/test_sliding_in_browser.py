"""The sliding filter as a reader of chapter 05 uses it: JupyterLab, Chromium, and a keyboard."""

import re

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser import (
    REPLY,
    ROOT,
    code_cells,
    errors_of_the_widgets,
    fits_a_phone,
    keep_picture,
    running,
)

CHAPTER = ROOT / "notebooks" / "05_convolution.ipynb"
# What the panel needs of the chapter: what it offers, and no network.
NEEDED = ("upper_rim = ", "left_rim = ", "examples = ", "SlidingFilter(digits")


def panel_alone() -> nbformat.NotebookNode:
    """Return a notebook with the chapter's panel, and what has to run before it."""
    chapter = nbformat.read(CHAPTER, as_version=4)
    imports = (
        "import numpy as np\nimport digitlib\nfrom digitlib.course.widgets import SlidingFilter\n"
        "(train_images, train_labels), _ = digitlib.load_mnist()\ntwo = train_images[25]"
    )
    cells = [nbformat.v4.new_code_cell(imports)]
    for start in NEEDED:
        (cell,) = [cell for cell in code_cells(chapter) if cell.source.startswith(start)]
        cells.append(nbformat.v4.new_code_cell(cell.source))
    return nbformat.v4.new_notebook(cells=cells, metadata=chapter.metadata)


@pytest.fixture(scope="module")
def page(lab, playwright):
    notebook = panel_alone()
    # The widget is asked by name what it shows, as a reader might.
    notebook.cells[-1].source = "panel = " + notebook.cells[-1].source + "\npanel"
    notebook.cells.append(nbformat.v4.new_code_cell('print("Python has", panel.total)'))
    with running(lab, playwright, notebook, "sliding.ipynb") as opened:
        yield opened


@pytest.fixture
def panel(page):
    return page.locator(".jp-OutputArea-output .sliding-filter")


def said(panel: Locator, words: str | re.Pattern) -> None:
    expect(panel.get_by_role("status")).to_contain_text(words, timeout=REPLY)


def choose(panel: Locator, name: str, value: str) -> None:
    # By the keyboard alone: the first letters of the answer.
    panel.get_by_role("combobox", name=name).focus()
    panel.page.keyboard.type(value)


def press(panel: Locator, name: str, key: str, times: int = 1) -> None:
    panel.get_by_role("slider", name=name).focus()
    for _ in range(times):
        panel.page.keyboard.press(key)


def test_the_window_is_dragged_with_the_keyboard(panel):
    choose(panel, "digit", "2")
    press(panel, "row", "ArrowRight", 3)
    press(panel, "column", "ArrowRight", 14)
    said(panel, "Row 3, column 14 of a map of 26 × 26")
    said(panel, "Sum of the 9 products: 759.")
    expect(panel.get_by_role("img", name="The products").locator("rect")).to_have_count(9)
    panel.get_by_role("button", name="Next place").focus()
    panel.page.keyboard.press("Enter")
    said(panel, "Row 3, column 15")
    press(panel, "column", "ArrowLeft")
    press(panel, "row", "PageUp")
    press(panel, "row", "Home")
    said(panel, "Row 0, column 14")
    press(panel, "row", "ArrowRight", 3)
    said(panel, "Sum of the 9 products: 759.")
    assert errors_of_the_widgets(panel.page) == []


def test_python_knows_what_was_chosen(page, panel):
    last = page.locator(".jp-CodeCell").last
    last.locator(".jp-InputArea").click()
    page.keyboard.press("Control+Enter")
    expect(last.locator(".jp-OutputArea")).to_contain_text("Python has 759", timeout=REPLY)


def test_picture_for_the_page(panel):
    # Another of the six places that reach the largest sum, with most of the map filled.
    for name, steps in (("row", 17), ("column", 19)):
        press(panel, name, "Home")
        press(panel, name, "ArrowRight", steps)
    said(panel, "Row 17, column 19")
    said(panel, "Sum of the 9 products: 759.")
    panel.page.mouse.move(0, 0)
    panel.page.evaluate("document.activeElement.blur()")
    keep_picture(panel, "05_sliding_filter.png")


def test_it_fits_the_width_of_a_phone(panel):
    try:
        assert fits_a_phone(panel)
    finally:
        panel.page.set_viewport_size({"width": 1280, "height": 1400})


def test_stride_and_padding_change_the_map(panel):
    for name in ("stride", "padding"):
        panel.get_by_role("group", name=name).get_by_label("1" if name == "stride" else "0").focus()
        for _ in range(1 if name == "stride" else 2):
            panel.page.keyboard.press("ArrowRight")
    said(panel, "of a map of 15 × 15")
