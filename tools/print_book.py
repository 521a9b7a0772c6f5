"""Print the whole book as one PDF: ``make pdf``.

The book is built as a single page before, so links between chapters lead to places of the same
file, and a reader's list of contents has every section.
"""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.ensure_browser import find_browser

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "pdf" / "_build" / "singlehtml" / "index.html"
PRINTED = ROOT / "_build" / "handwritten-digits.pdf"
# Milliseconds. Hundreds of pages take minutes on a busy machine.
PATIENCE = 1_800_000
NUMBER = """<div style="width: 100%; font-size: 8px; text-align: center; color: #666">
<span class="pageNumber"></span></div>"""

# What is folded is opened, on paper there is nothing to press; pictures that wait for a reader
# to come near are fetched.
OPEN = """async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    for (const fold of document.querySelectorAll(".toggle-hidden"))
        fold.classList.remove("toggle-hidden");
    const pictures = [...document.images];
    for (const picture of pictures) picture.loading = "eager";
    await Promise.all(pictures.map((picture) => picture.decode().catch(() => {})));
    await window.MathJax?.startup?.promise;
    return pictures.filter((picture) => !picture.naturalWidth).map((picture) => picture.src);
}"""


def print_page(page: Page, address: str, path: Path) -> None:
    """Print a page of the book as a PDF, with all that is folded.

    Raises
    ------
    RuntimeError
        If pictures are missing.
    """
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    missing = page.evaluate(OPEN)
    if missing:
        raise RuntimeError(f"{len(missing)} pictures are missing, the first is {missing[0]}")
    page.pdf(
        path=path,
        format="A4",
        scale=0.8,
        print_background=True,
        outline=True,
        tagged=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=NUMBER,
        margin={"top": "16mm", "bottom": "16mm", "left": "18mm", "right": "18mm"},
    )


def main() -> None:
    """Print the book that was built, and say where it lies."""
    # It may ask Playwright itself, which can't be begun within another one.
    program = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(color_scheme="light")
        print_page(page, BOOK.as_uri(), PRINTED)
        browser.close()
    print(f"The book on paper: {PRINTED}")


if __name__ == "__main__":
    main()
