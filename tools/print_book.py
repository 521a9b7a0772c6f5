"""Print the whole book as one PDF: ``make pdf``.

The book is built as a single page before, so links between chapters lead to places of the same
file, and a reader's list of contents has every section. It is printed twice: on which page a
chapter begins is known when the first print is there, and stands in the contents of the second.
"""

from pathlib import Path

import pikepdf
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

# A book has a first sheet: its mark and title, what it promises, and what stands at the foot of
# each of its pages. The parts named in its contents are no sections of it.
COVER = """() => {
    if (!document.querySelector(".toctree-wrapper > section")) return;
    const title = document.querySelector("#jb-print-docs-body > h1");
    const promise = document.createElement("p");
    promise.className = "cover-promise";
    promise.textContent = document.querySelector("meta[name=description]").content;
    const foot = ".component-author, .copyright, .extra_footer :is(:first-child, :last-child)";
    const cover = document.createElement("section");
    cover.className = "cover";
    title.before(cover);
    cover.append(document.querySelector(".logo__image").cloneNode(), title, promise);
    for (const line of document.querySelectorAll("footer p"))
        if (line.matches(foot)) cover.append(line.cloneNode(true));
    for (const part of document.querySelectorAll("#jb-print-toc [role=heading]"))
        part.removeAttribute("role");
}"""

# The numbers of the first print take as much room as those of the second.
NUMBER_CONTENTS = """(pages) => {
    for (const link of document.querySelectorAll("#jb-print-toc a")) {
        link.querySelector(".page-of")?.remove();
        const number = document.createElement("span");
        number.className = "page-of";
        number.textContent = pages[decodeURIComponent(link.hash.slice(1))] ?? "0";
        link.append(number);
    }
}"""


def print_page(page: Page, address: str, path: Path) -> None:
    """Print a page of the book as a PDF, with all that is folded and numbers in its contents.

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
    page.evaluate(COVER)
    pages: dict[str, int] = {}
    for _ in range(2):
        page.evaluate(NUMBER_CONTENTS, pages)
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
        pages = places(path)
    tidy(path)


def places(path: Path) -> dict[str, int]:
    """Return on which page of a PDF each place lies that a link may lead to."""
    with pikepdf.open(path) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return {
            name.removeprefix("/"): numbers[place[0].objgen]
            for name, place in pdf.Root.get("/Dests", {}).items()
        }


def tidy(path: Path) -> None:
    """Mend the titles in the list of contents of a PDF, and store it in less room.

    Chromium writes a title twice into the list if its heading was moved to the next page, and
    what it says about the parts of a page, for readers who hear it, uncompressed.
    """
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            waiting = list(outline.root)
            while waiting:
                item = waiting.pop()
                waiting.extend(item.children)
                half = item.title[: len(item.title) // 2]
                if item.title == 2 * half:
                    item.title = half
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)


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
