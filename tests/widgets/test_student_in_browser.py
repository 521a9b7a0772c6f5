"""A student's copies in JupyterLab and in Notebook 7: what is written reads as on the page."""

import re

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser import START, chromium, code_cells, watch_errors
from tools import student

OPENED = [("lab/tree", name) for name in ("01", "05", "07")] + [("notebooks", "02")]
# Of what only the book's builder understands, anything that would be left to see.
BROKEN = re.compile(
    r"\{\w+(?::\w+)?\}`|(?<![\w/.-])(?:fig|sec|ex)-\d\d-\w+|\(\w+-\d\d-[\w-]+\)=|:::|```"
)


@pytest.fixture(scope="module")
def copies(lab):
    student.make(lab.work / "student")
    return {path.name[:2]: path.name for path in (lab.work / "student").glob("[0-9]*.ipynb")}


@pytest.fixture(scope="module")
def page(playwright):
    with chromium(playwright) as page:
        yield page


def read_through(page: Page, cells: int) -> dict[str, set[str]]:
    """Scroll from the first cell to the last; return what was seen: texts, links, folds, images.

    Of the images, a text for each: whether it came, and what it shows.
    """
    kinds = ("texts", "figures", "terms", "folds", "images")
    seen: dict[str, set[str]] = {kind: set() for kind in kinds}
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    for _ in range(cells + 1):
        found = page.evaluate(
            """() => {
              const shown = [...document.querySelectorAll(".jp-Notebook .jp-RenderedMarkdown")];
              const all = (what) => shown.flatMap((one) => [...one.querySelectorAll(what)]);
              return {
                texts: shown.map((one) => one.innerText),
                figures: all("a").filter((a) => /^Fig/.test(a.innerText)).map((a) => a.href),
                terms: all("a[title]").map((a) => a.title),
                folds: all("details summary").map((one) => one.innerText),
                images: all("img")
                  .filter((one) => one.complete)
                  .map((one) => `${one.naturalWidth ? "came" : "broken"}: ${one.alt}`),
              };
            }"""
        )
        for kind, values in found.items():
            seen[kind].update(values)
        page.keyboard.press("ArrowDown")
    return seen


@pytest.mark.parametrize(("where", "chapter"), OPENED)
def test_no_reference_is_broken(lab, copies, page, where, chapter):
    name = copies[chapter]
    notebook = nbformat.read(lab.work / "student" / name, as_version=4)
    watch_errors(page)
    page.goto(lab.address(f"student/{name}", page=where))
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown").first).to_be_attached(timeout=START)
    seen = read_through(page, len(notebook.cells))
    broken = {match.group() for text in seen["texts"] for match in BROKEN.finditer(text)}
    assert broken == set()
    written = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    titles = set(re.findall(r"^#{1,2} (.+)$", written, re.MULTILINE))
    assert len(seen["texts"]) > 0.9 * sum(cell.cell_type == "markdown" for cell in notebook.cells)
    assert any(next(iter(titles))[:10] in text for text in seen["texts"])
    assert len(seen["figures"]) >= 2
    assert len(seen["terms"]) >= 10
    assert "Hint" in seen["folds"]
    assert [image for image in seen["images"] if image.startswith("broken")] == []
    assert len(seen["images"]) == written.count("](attachment:") + written.count("](data:image/")
    assert not any(cell.outputs for cell in code_cells(notebook))
