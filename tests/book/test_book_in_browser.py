"""The built book as its readers open it: in Chromium, as wide as a phone, from the disk alone."""

import re

import pytest

from tests.book.test_book import pages
from tests.browser import chromium
from tools.print_book import print_page

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def opened(playwright):
    """Return for each page its width in pixels, and the addresses it asked for."""
    with chromium(playwright) as page:
        page.set_viewport_size(PHONE)
        asked, found = [], {}
        page.on("request", lambda request: asked.append(request.url))
        for path in pages():
            asked.clear()
            page.goto(path.as_uri())
            # Formulas are set after loading; where there are none, nothing has to be awaited.
            page.evaluate("window.MathJax?.startup?.promise")
            width = page.evaluate("document.documentElement.scrollWidth")
            found[path.stem] = width, list(asked)
    return found


def test_no_page_is_wider_than_a_phone(opened):
    assert {name: width for name, (width, _) in opened.items() if width > PHONE["width"]} == {}


def test_no_page_asks_anybody_on_the_network(opened):
    everything = [url for _, asked in opened.values() for url in asked]
    assert everything
    assert [url for url in everything if not url.startswith(("file:", "data:", "blob:"))] == []


def test_on_paper_nothing_is_folded_and_no_picture_is_missing(playwright, tmp_path):
    chapter = next(path for path in pages() if path.stem.startswith("02_"))
    with chromium(playwright) as page:
        print_page(page, chapter.as_uri(), tmp_path / "chapter.pdf")
        assert page.locator("details:not([open]), .toggle-hidden").count() == 0
    printed = (tmp_path / "chapter.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 8
