"""The live pages in the other browser that people have."""

import base64

import cv2
import pytest

from tests.browser import ROOT, labels, sheet
from tests.firefox import Firefox, firefox

BOOK = ROOT / "_build" / "html"
LINES = slice(0, 5), slice(5, 9)


def said(page: Firefox, selector: str, beginning: str) -> str:
    """Wait until an element's text begins as given, and return all of it."""
    return page.evaluate(
        f"""new Promise((done) => {{
            const look = () => {{
                const text = document.querySelector("{selector}").innerText.trim();
                if (text.startsWith("{beginning}")) done(text);
                else setTimeout(look, 100);
            }};
            look();
        }})"""
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with firefox(tmp_path_factory.mktemp("firefox")) as opened:
        yield opened


def test_a_photograph_is_read(page):
    page.open((BOOK / "book" / "try_it.html").as_uri())
    content = base64.b64encode(cv2.imencode(".png", sheet(*LINES))[1].tobytes()).decode()
    page.evaluate(
        f"""{{
            const bytes = Uint8Array.from(atob("{content}"), (letter) => letter.charCodeAt(0));
            const files = new DataTransfer();
            files.items.add(new File([bytes], "sheet.png", {{ type: "image/png" }}));
            const field = document.querySelector(".try-file input");
            field.files = files.files;
            field.dispatchEvent(new Event("change"));
        }}"""
    )
    first, second = map(labels, LINES)
    assert said(page, ".try-answer", first) == f"{first}\n{second}"


def test_the_pad_answers(page):
    page.open((BOOK / "index.html").as_uri())
    # A 4 is drawn, and read while it grows.
    assert said(page, ".pad-answer", "4 9").endswith("% sure")


def test_the_widgets_of_the_chapters_answer(page):
    page.open((BOOK / "notebooks" / "05_convolution.html").as_uri())
    status = ".sliding-filter [role=status]"
    assert said(page, status, "Row 0, column 0").endswith("Sum of the 9 products: 0.")
    page.evaluate(
        """for (const [name, value] of [["row", 3], ["column", 13]]) {
            const range = [...document.querySelectorAll(".sliding-filter label")]
                .find((label) => label.textContent.startsWith(name)).querySelector("input");
            range.value = value;
            range.dispatchEvent(new Event("input"));
        }"""
    )
    assert said(page, status, "Row 3, column 13").endswith("Sum of the 9 products: 759.")
    page.open((BOOK / "notebooks" / "08_evaluate.html").as_uri())
    assert said(page, ".threshold-panel [role=status]", "Called 9 from 0.5 on")
