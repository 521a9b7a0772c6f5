"""Chapter 01 as a reader uses it: the bench in JupyterLab, with the keyboard alone."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import (
    REPLY,
    ROOT,
    errors_of_the_widgets,
    keep_picture,
    running,
)

CHAPTER = ROOT / "notebooks" / "01_why_digits_are_hard.ipynb"


@pytest.fixture(scope="module")
def page(lab, playwright):
    notebook = nbformat.read(CHAPTER, as_version=4)
    with running(lab, playwright, notebook, "rules.ipynb") as page:
        yield page


@pytest.fixture(scope="module")
def bench(page):
    button = page.get_by_role("button", name="Next mistake")
    output = page.locator(".jp-CodeCell .jp-OutputArea-output").filter(has=button)
    button.scroll_into_view_if_needed()
    return output.locator("> .jupyter-widgets")


def test_a_rule_is_tried_with_the_keyboard(page, bench):
    bench.get_by_role("button", name="A 7 has a bar on top").press("Enter")
    expect(bench).to_contain_text("A 7 has a bar on top: at least 8", timeout=REPLY)
    digit = bench.get_by_role("slider").nth(1)
    for _ in range(8):  # from "any" over 0 to 7
        digit.press("ArrowRight")
    expect(bench.get_by_role("img", name="A handwritten 7")).to_be_visible(timeout=REPLY)
    bench.get_by_role("button", name="Next mistake").press("Enter")
    expect(bench).to_contain_text("The rule says: not a 7", timeout=REPLY)
    expect(bench).to_contain_text("The label says: 7")
    expect(bench).to_contain_text("✗ wrong")
    keep_picture(bench, "01_bench.png")


def test_the_arrow_keys_move_the_threshold(page, bench):
    found = re.compile(r"finds (\d+) %")
    before = int(found.search(bench.inner_text())[1])
    slider = bench.get_by_role("slider").nth(0)
    slider.press("ArrowLeft")
    expect(bench).not_to_contain_text(f"finds {before} %", timeout=REPLY)
    assert int(found.search(bench.inner_text())[1]) > before


def test_nothing_is_cut_off_on_a_narrow_page(page, bench):
    page.set_viewport_size({"width": 620, "height": 900})
    expect(bench).to_be_visible()
    page.wait_for_function(
        "(bench) => bench.scrollWidth <= bench.clientWidth + 1", arg=bench.element_handle()
    )
    assert errors_of_the_widgets(page) == []
