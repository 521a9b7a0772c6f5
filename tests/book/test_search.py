"""The search of the published book puts the right page first."""

import functools
import http.server
import threading

import pytest
from playwright.sync_api import expect

from tests.book.test_book import BOOK
from tests.browser import chromium

# What a student types, and the chapters in which the answer stands.
QUERIES = {
    "learning rate": "07",
    "webcam": "13",
    "reshape": "03",
    "number of parameters": "06",
    "one-hot": "03",
    "confusion matrix": "08",
    "save model": "10",
    "normalise": "03 06",
    "overfitting": "07",
    "loss function": "03 07",
    "softmax": "03 06",
    "validation set": "03",
    "k nearest neighbors": "04",
    "pooling": "05 06",
    "saliency map": "09",
    "several digits on a sheet": "12",
    "pytorch": "16",
    "broadcasting": "00",
    "svm": "04",
    "backpropagation": "07",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *given):
        pass


@pytest.fixture(scope="module")
def served(playwright):
    """The book's first page, as a server on this machine gives it."""
    handler = functools.partial(Quiet, directory=BOOK)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with chromium(playwright) as page:
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            yield page
        server.shutdown()
        thread.join()


def test_the_right_chapter_stands_first(served):
    served.keyboard.press("Control+k")
    field = served.locator("#pst-search-dialog input")
    wrong = {}
    for words, chapters in QUERIES.items():
        before = served.locator(".found-status").all_text_contents()
        field.fill("")
        expect(served.locator(".found-frame")).to_have_count(0)
        field.fill(words)
        expect(served.locator(".found > li").first, f"{words}, after {before}").to_be_visible()
        address = served.locator(".found > li > a").first.get_attribute("href")
        if not address.split("/")[-1].startswith(tuple(chapters.split())):
            wrong[words] = address
    assert len(wrong) <= 3, wrong


def test_words_that_nobody_wrote_are_answered(served):
    served.goto(served.url.replace("index.html", "search.html?q=zzyzx"))
    expect(served.locator(".found-status")).to_have_text("Nothing in the course speaks of “zzyzx”.")
    expect(served.locator("#search-results")).to_be_hidden()


def test_where_pages_are_files_sphinx_searches(playwright):
    with chromium(playwright) as page:
        page.goto(f"{(BOOK / 'search.html').as_uri()}?q=reshape")
        expect(page.locator("#search-results li").first).to_be_visible()
        assert page.locator(".found").count() == 0
