"""The built book: links that lead somewhere, pictures with a text, no word to a stranger."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageChops

from tools import draw_cards
from tools.draw_cards import CUTS

BOOK = Path(__file__).parents[2] / "_build" / "html"

# What Sphinx makes by itself.
NO_PAGES = {"404.html", "genindex.html", "search.html"}


def pages():
    found = [
        path
        for path in sorted(BOOK.rglob("*.html"))
        if "_static" not in path.parts and path.name not in NO_PAGES
    ]
    assert found, f"no book in {BOOK}: make book"
    return found


@pytest.fixture(scope="module")
def soups():
    return {path: BeautifulSoup(path.read_text(), "html.parser") for path in pages()}


def test_every_page_of_the_table_of_contents_was_built(soups, root):
    listed = [
        line.split()[-1]
        for line in (root / "_toc.yml").read_text().splitlines()
        if "file:" in line or "root:" in line
    ]
    built = {str(path.relative_to(BOOK).with_suffix("")) for path in soups}
    assert set(listed) <= built


def test_links_inside_the_book_hold(soups):
    anchors = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in soups.items()}
    broken = []
    for path, soup in soups.items():
        for tag in soup.find_all("a", href=True):
            link = urlsplit(tag["href"])
            if link.scheme or link.netloc:
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            if not target.exists():
                broken.append(f"{path.name}: {tag['href']}")
            elif link.fragment and target in anchors and link.fragment not in anchors[target]:
                broken.append(f"{path.name}: {tag['href']} (no such place on the page)")
    assert not broken


def test_pictures_exist_and_have_a_text(soups):
    for path, soup in soups.items():
        for image in soup.find("article").find_all("img"):
            assert image.get("alt", "").strip(), f"{path.name}: {image.get('src')}"
            assert image["alt"] != image["src"], f"{path.name}: {image['src']}"
            if not urlsplit(image["src"]).scheme:
                assert (path.parent / unquote(image["src"])).exists()


def test_a_page_loads_nothing_from_elsewhere(soups):
    for path, soup in soups.items():
        for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src")):
            for element in soup.find_all(tag):
                address = element.get(attribute, "")
                if tag == "link" and "stylesheet" not in element.get("rel", []):
                    continue
                assert not urlsplit(address).netloc, f"{path.name} loads {address}"


def test_a_pointer_that_rests_on_a_term_shows_what_it_means(soups):
    shown = 0
    for path, soup in soups.items():
        for term in soup.select("a > span.std-term"):
            assert len(term.parent.get("title", "")) > 10, f"{path.name}: {term.text}"
            shown += 1
    assert shown > 500


def test_the_glossary_has_its_letters(soups):
    soup = soups[BOOK / "book" / "glossary.html"]
    letters = {link.text: link["href"].lstrip("#") for link in soup.select(".glossary-letters a")}
    first = {}
    for term in soup.select("dl.glossary dd + dt, dl.glossary dt:first-child"):
        first.setdefault(term.text[0].upper(), term["id"])
    assert letters == first
    assert len(letters) > 15


def test_each_chapter_has_a_card_with_its_picture_its_time_and_its_needs(soups, root):
    chapters = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    welcome = soups[BOOK / "index.html"]
    cards = {}
    for card in welcome.select(".chapter-cards .sd-card"):
        cards[Path(urlsplit(card.select_one("a.sd-stretched-link")["href"]).path).stem] = card
    assert set(chapters) == set(CUTS) <= set(cards)
    for chapter in chapters:
        picture = cards[chapter].select_one("img")
        assert Path(picture["src"]).stem == chapter
        assert len(picture["alt"]) > 30
        *teaches, terms = cards[chapter].select(".sd-card-text")
        assert len(" ".join(line.text for line in teaches).split()) >= 8
        found = re.fullmatch(
            r"(\d+) minutes, short path (\d+) · (?:needs|after) .+", terms.text.strip()
        )
        assert found, terms.text
        assert found.groups() == minutes(root, chapter)


def minutes(root, chapter) -> tuple[str, str]:
    """Return how long the box at a chapter's top says that it takes, and its short path."""
    box = (root / "notebooks" / f"{chapter}.ipynb").read_text()
    whole = re.search(r"\*\*Time\*\* about (\d+) minutes", box)
    short = re.search(r"\*\*Short path\*\* \((\d+) minutes\)", box)
    return whole[1], short[1]


def test_the_plan_for_teaching_has_the_chapters_own_times(root):
    plan = (root / "book" / "how_to_use.md").read_text()
    rows = re.findall(r"\| \{doc\}`../notebooks/(\w+)` \| (\d+) min \| (\d+) min \|", plan)
    assert {name: times for name, *times in rows} == {
        chapter: list(minutes(root, chapter)) for chapter in CUTS
    }
    whole, short = (sum(int(row[place]) for row in rows) for place in (1, 2))
    stated = re.search(r"about (\d+) hours, by the short paths (\d+)", plan)
    assert [round(whole / 60), round(short / 60)] == [int(hours) for hours in stated.groups()]


@pytest.mark.parametrize("chapter", CUTS)
def test_the_picture_of_a_card_is_part_of_its_chapter(chapter, root):
    drawn = draw_cards.card(root / "notebooks" / f"{chapter}.ipynb", CUTS[chapter])
    with Image.open(draw_cards.IMAGES / f"{chapter}.png") as stored:
        difference = ImageChops.difference(drawn.convert("RGB"), stored.convert("RGB"))
    assert max(high for _, high in difference.getextrema()) <= 8


def test_each_page_says_in_a_sentence_what_it_is(soups):
    said = {}
    for path, soup in soups.items():
        (description,) = soup.find_all("meta", attrs={"name": "description"})
        assert len(description["content"]) > 40, path.name
        said.setdefault(description["content"], path.name)
    assert len(said) == len(soups)


def test_pictures_below_the_first_wait_until_somebody_comes_near(soups):
    for soup in soups.values():
        pictures = soup.find("article").find_all("img")
        assert all(picture.get("loading") == "lazy" for picture in pictures[1:])


def test_a_page_carries_only_the_icons_that_are_shown():
    script = BOOK / "_static" / "scripts" / "fontawesome.js"
    assert script.stat().st_size < 200_000


def test_where_it_is_published_a_page_has_its_address(root, tmp_path):
    (tmp_path / "conf.py").write_text(
        'extensions = ["address", "sphinxext.opengraph", "notfound.extension"]\n'
        'html_theme = "basic"\nhtml_theme_options = {"extra_footer": ""}\n'
        "ogp_social_cards = {'enable': False}\n"
    )
    (tmp_path / "index.rst").write_text("Digits\n======\n\nA page about handwritten digits.\n")
    # A process of its own: Sphinx leaves a mark on the one that it runs in.
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", str(tmp_path), str(tmp_path / "html")],
        env={
            **os.environ,
            "BOOK_ADDRESS": "https://class.example/digits/",
            "PYTHONPATH": str(root / "book" / "_ext"),
        },
        check=True,
    )
    page = BeautifulSoup((tmp_path / "html" / "index.html").read_text(), "html.parser")
    address = "https://class.example/digits/index.html"
    assert page.find("link", rel="canonical")["href"] == address
    assert page.find("meta", property="og:url")["content"] == address
    picture = page.find("meta", property="og:image")["content"]
    assert picture == "https://class.example/digits/_images/welcome_sheet.png"
    assert address in (tmp_path / "html" / "sitemap.xml").read_text()
    gone = BeautifulSoup((tmp_path / "html" / "404.html").read_text(), "html.parser")
    assert gone.find("link", rel="stylesheet")["href"].startswith("/digits/_static/")
