"""The slides of a chapter open without a network, and none of them runs over its frame."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.browser import chromium
from tools.make_slides import INTO, blocks, deck_of, make
from tools.student import CHAPTERS

LOOK = """async () => {
  const found = [];
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    await new Promise(requestAnimationFrame);
    const style = getComputedStyle(slide.querySelector("pre") || slide);
    found.push({
      place: `${h}.${v || 0}`,
      over: runsOver(slide),
      scrolls: [...slide.querySelectorAll("*")].some(
        (part) => part.scrollHeight > part.clientHeight + 2
          && ["auto", "scroll"].includes(getComputedStyle(part).overflowY)),
      size: parseFloat(style.fontSize),
      text: slide.innerText.trim(),
      pictures: slide.querySelectorAll("img").length,
    });
  }
  return found;
}"""


def test_slides_are_of_this_folder_alone():
    assert INTO.parts[-2:] == ("_build", "slides")


@pytest.fixture(scope="module")
def shown(playwright, tmp_path_factory):
    """Return each slide of chapter 12 as a browser lays it out, and what the page asked for."""
    (chapter,) = CHAPTERS.glob("12_*.ipynb")
    (path,) = make(tmp_path_factory.mktemp("slides"), [chapter])
    asked, told = [], []
    with chromium(playwright) as page:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: told.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        return page.evaluate(LOOK), asked, told


def test_slides_open_without_a_network_and_without_an_error(shown):
    slides, asked, told = shown
    assert len(slides) > 30
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert told == []


def test_no_slide_runs_over_its_frame_or_scrolls(shown):
    for slide in shown[0]:
        assert not slide["over"], slide["text"][:80]
        assert not slide["scrolls"], slide["text"][:80]
        assert slide["size"] >= 13, slide["text"][:80]
        assert slide["text"] or slide["pictures"], slide["place"]


def test_a_prediction_stands_before_its_answer():
    text = "## A sum\n\nFirst sentence.\n\n**Predict:** what comes out?\n\nMore prose."
    answer = new_output("stream", name="stdout", text="3\n")
    copy = new_notebook(
        cells=[
            new_markdown_cell("# 1. Sums"),
            new_markdown_cell(text),
            new_code_cell("print(1 + 2)", outputs=[answer]),
            new_markdown_cell("## Exercises\n\nOne."),
        ]
    )
    cells = deck_of(copy).cells
    kinds = [cell.metadata["slideshow"]["slide_type"] for cell in cells]
    asks = next(place for place, cell in enumerate(cells) if "Predict" in cell.source)
    gives = next(place for place, cell in enumerate(cells) if cell.get("outputs"))
    assert asks < gives
    assert "subslide" in kinds[asks + 1 : gives + 1]
    assert not any("Exercises" in cell.source for cell in cells)
    notes = [cell.source for cell, kind in zip(cells, kinds, strict=True) if kind == "notes"]
    assert "More prose." in notes
    nbformat.validate(new_notebook(cells=cells))


def test_blocks_are_kept_whole():
    fold = "<details><summary>Answer</summary>\n\nYes.\n\n</details>"
    code = "```python\na = 1\n\nb = 2\n```"
    text = f"# T\nlead\n\n{fold}\n\n{code}\n\n- one\n  more\n- two\n\n$$\nx\n\ny\n$$"
    assert list(blocks(text)) == [
        "# T",
        "lead",
        fold,
        code,
        "- one\n  more\n- two",
        "$$\nx\n\ny\n$$",
    ]
