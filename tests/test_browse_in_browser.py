"""The pages of digits of chapter 02 as a reader turns them: JupyterLab, Chromium, a keyboard."""

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser import (
    REPLY,
    ROOT,
    code_cells,
    errors_of_the_widgets,
    keep_picture,
    running,
)

CHAPTER = ROOT / "notebooks" / "02_explore_mnist.ipynb"
LOADED = "(train_images, train_labels), _ = digitlib.load_mnist()"


@pytest.fixture(scope="module")
def panel(lab, playwright):
    chapter = nbformat.read(CHAPTER, as_version=4)
    sources = [code_cells(chapter)[0].source, LOADED]
    sources += [c.source for c in code_cells(chapter) if c.source.startswith("def browse")]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    alone = nbformat.v4.new_notebook(cells=cells, metadata=chapter.metadata)
    with running(lab, playwright, alone, "browse.ipynb") as page:
        yield page.locator(".jp-OutputArea-output .jupyter-widgets.widget-vbox").first


def picture(panel: Locator) -> str:
    """Return the picture that the panel shows, as its address with all its data."""
    image = panel.locator(".jp-OutputArea img")
    expect(image).to_have_count(1, timeout=REPLY)
    return image.get_attribute("src")


def changed(panel: Locator, before: str) -> str:
    expect(panel.locator(".jp-OutputArea img")).not_to_have_attribute("src", before, timeout=REPLY)
    return picture(panel)


def test_digit_and_page_are_chosen_with_arrow_keys(panel):
    digit, page = panel.get_by_role("slider").all()
    keyboard = panel.page.keyboard
    sevens = picture(panel)
    digit.focus()
    keyboard.press("ArrowRight")
    expect(digit).to_have_attribute("aria-valuenow", "8")
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
