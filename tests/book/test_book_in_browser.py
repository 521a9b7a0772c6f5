"""The built book as its readers open it: in Chromium, as wide as a phone, from the disk alone."""

import gzip
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
import pytest

from tests.book.test_book import BOOK, pages
from tests.browser import chromium
from tools.print_book import places, print_page

# The narrowest phones that are still about.
PHONE = {"width": 360, "height": 740}
# Bytes on the way to a reader, all that a page asks for but its figures.
HEAVIEST = 1_500_000


def name_of(path: Path) -> str:
    # A chapter and its solutions are files of one name in two folders.
    return str(path.relative_to(BOOK))


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
            found[name_of(path)] = width, list(asked)
    return found


def test_no_page_is_wider_than_a_phone(opened):
    assert {name: width for name, (width, _) in opened.items() if width > PHONE["width"]} == {}


def test_no_page_asks_anybody_on_the_network(opened):
    everything = [url for _, asked in opened.values() for url in asked]
    assert everything
    assert [url for url in everything if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_page_is_light_before_its_figures(opened):
    def sent(path: Path) -> int:
        # Servers compress texts; fonts and networks are compressed already.
        return min(path.stat().st_size, len(gzip.compress(path.read_bytes())))

    heavy = {}
    for name, (_, asked) in opened.items():
        files = {Path(unquote(urlsplit(url).path)) for url in asked if url.startswith("file:")}
        weight = sum(sent(file) for file in files if file.exists() and "_images" not in file.parts)
        if weight > HEAVIEST:
            heavy[name] = weight
    assert heavy == {}


def test_only_pages_with_formulas_load_what_sets_them(opened):
    loads = {
        name for name, (_, asked) in opened.items() if any("mathjax/tex" in url for url in asked)
    }
    assert loads == {name_of(path) for path in pages() if 'class="math' in path.read_text()}


def test_on_a_wide_page_no_program_and_no_printed_line_has_to_be_scrolled(playwright):
    wide = []
    with chromium(playwright) as page:
        page.set_viewport_size({"width": 1280, "height": 800})
        for path in pages():
            page.goto(path.as_uri())
            lines = page.evaluate(
                """() => {
                    for (const fold of document.querySelectorAll("details")) fold.open = true;
                    return [...document.querySelectorAll("article pre")]
                        .filter((box) => box.scrollWidth > box.clientWidth + 1)
                        .map((box) => box.textContent.slice(0, 60));
                }"""
            )
            wide += [(name_of(path), line) for line in lines]
    assert wide == []


@pytest.fixture(scope="module")
def printed(playwright, tmp_path_factory):
    """Return a printed chapter, and the numbers that stand in its contents."""
    chapter = next(path for path in pages() if path.stem.startswith("02_"))
    file = tmp_path_factory.mktemp("print") / "chapter.pdf"
    with chromium(playwright) as page:
        print_page(page, chapter.as_uri(), file)
        assert page.locator("details:not([open]), .toggle-hidden").count() == 0
        contents = {
            unquote(link.get_attribute("href")).removeprefix("#"): link.locator(".page-of")
            for link in page.locator("#jb-print-toc a").all()
        }
        numbers = {place: int(number.text_content()) for place, number in contents.items()}
    return file, numbers


def test_on_paper_nothing_is_folded_and_no_picture_is_missing(printed):
    with pikepdf.open(printed[0]) as pdf:
        assert len(pdf.pages) > 8


def test_the_contents_on_paper_say_on_which_page_a_section_begins(printed):
    file, numbers = printed
    assert len(numbers) > 10
    assert numbers == {place: page for place, page in places(file).items() if place in numbers}
    assert all(one <= next_one for one, next_one in pairwise(numbers.values()))


def test_the_outline_on_paper_names_each_section_once(printed):
    with pikepdf.open(printed[0]) as pdf, pdf.open_outline() as outline:
        titles = [item.title for part in outline.root for item in [part, *part.children]]
    assert any(title.endswith("Look before you learn") for title in titles)
    assert not [title for title in titles if title == 2 * title[: len(title) // 2]]


def test_only_pictures_are_stored_as_pictures(printed):
    # A shadow or a round corner is one more on each page that has it.
    with pikepdf.open(printed[0]) as pdf:
        shapes = [
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        masks = {thing.SMask.objgen for thing in shapes if "/SMask" in thing}
        alone = [thing for thing in shapes if thing.objgen not in masks]
        assert alone
        assert all("/SMask" in thing or thing.ColorSpace != "/DeviceGray" for thing in alone)
