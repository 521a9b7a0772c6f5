"""Make slides of the chapters: ``make slides``, into ``_build/slides``; they need no network.

They are cut from the students' copies with outputs. A heading begins a slide; predictions stand
alone, before their answer; code is shown where the page doesn't fold it; figures are large, with
their captions. What is prose in the chapter is a note for the speaker: press S.
"""

import argparse
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbformat import NotebookNode, v4

from tools.plain import ROOT, Names
from tools.student import CHAPTERS, copy_of, headings_of

HERE = Path(__file__).parent / "slides"
INTO = ROOT / "_build" / "slides"
# What stands after this heading is for working, not for showing.
END = re.compile(r"^## (Exercises|To read on)", re.MULTILINE)
HEADING = re.compile(r"^(#{1,3}) (.+)$")
ASKS = re.compile(r"\*\*[^*]*\?[^*]*\*\*|\*\*(Predict|Guess|Before you)")
FIGURE = re.compile(r"Fig\. \d+")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*_`])")
# Links to other notebooks lead nowhere from a slide; their words stay.
LINK = re.compile(r'(?<!!)\[([^\]]*)\]\((?!https?:)[^\s)]+(?: "[^"]*")?\)')
# More lines of code and output than this are put on two slides.
LINES = 16
BULLETS = 4


class Deck:
    """The slides of one chapter, as cells that nbconvert understands."""

    def __init__(self, title: str):
        self.title = title
        self.where = ""
        self.cells: list[NotebookNode] = []
        self.pictures: dict[str, dict[str, str]] = {}

    def slide(self, cell: NotebookNode, kind: str = "subslide") -> None:
        """Begin a slide."""
        if kind == "subslide" and self.where:
            place = f"{self.title} · {self.where}"
            self._add(v4.new_markdown_cell(f'<p class="where">{place}</p>'), kind)
            kind = "-"
        self._add(cell, kind)

    def more(self, cell: NotebookNode) -> None:
        """Put more on the slide that was begun last."""
        self._add(cell, "-")

    def note(self, text: str) -> None:
        """Give the speaker something to say at the slide that was begun last."""
        self._add(v4.new_markdown_cell(text), "notes")

    def _add(self, cell: NotebookNode, kind: str) -> None:
        cell.metadata["slideshow"] = {"slide_type": kind}
        shown = {name: held for name, held in self.pictures.items() if name in cell.source}
        if shown:
            cell["attachments"] = shown
        self.cells.append(cell)


def blocks(text: str) -> Iterator[str]:
    """Split Markdown into its paragraphs, lists, folds and blocks of code.

    Parameters
    ----------
    text : str
        A cell of prose.
    """
    waiting: list[str] = []
    inside = ""
    for line in text.split("\n"):
        start = line.lstrip("> ")
        if inside:
            waiting.append(line)
            if inside in start:
                inside = ""
        elif HEADING.match(line):
            yield from filter(None, ["\n".join(waiting).strip()])
            waiting = []
            yield line
        elif line.strip() or (waiting and line.startswith("  ")):
            waiting.append(line)
            if start.startswith("```"):
                inside = "```"
            elif start.startswith("$$") and start.count("$$") == 1:
                inside = "$$"
            elif start.startswith("<details") and "</details>" not in line:
                inside = "</details>"
        else:
            yield from filter(None, ["\n".join(waiting).strip()])
            waiting = []
    yield from filter(None, ["\n".join(waiting).strip()])


def deck_of(copy: NotebookNode) -> Deck:
    """Cut a student's copy with outputs into slides.

    Parameters
    ----------
    copy : nbformat.NotebookNode
        What :func:`tools.student.copy_of` gives.
    """
    deck = Deck(HEADING.match(copy.cells[0].source.split("\n")[0])[2])
    cells = list(copy.cells)
    for place, cell in enumerate(cells):
        if cell.cell_type == "code":
            if place > 1 and not only_imports(cell.source) and "google.colab" not in cell.source:
                follows = cells[place + 1] if place + 1 < len(cells) else None
                show_code(deck, cell, follows)
            continue
        if place and cells[place - 1].cell_type == "code" and is_caption(cell):
            continue
        deck.pictures = cell.get("attachments", {})
        source = LINK.sub(r"\1", cell.source)
        end = END.search(source)
        for block in blocks(source[: end.start()] if end else source):
            show_block(deck, block)
        if end:
            break
    return deck


def only_imports(source: str) -> bool:
    """Return whether a cell prepares and shows nothing: its first word is an import."""
    return source.lstrip().startswith(("import ", "from "))


def is_caption(cell: NotebookNode) -> bool:
    """Return whether a cell tells what the figure above it shows."""
    return len(list(blocks(cell.source))) <= 2 and bool(FIGURE.search(cell.source[:80]))


def show_block(deck: Deck, block: str) -> None:
    """Put a block of prose where it belongs: on a slide, or among the notes."""
    if heading := HEADING.match(block):
        first = not deck.cells
        deck.where = "" if first else re.sub("[`*]", "", heading[2])
        deck.slide(v4.new_markdown_cell(block), "slide" if len(heading[1]) < 3 else "subslide")
    elif block.startswith("<details"):
        opened = re.sub(r"</?details>|<summary>.*?</summary>", "", block).strip()
        deck.slide(v4.new_markdown_cell(opened))
    elif ASKS.search(block) and not block.startswith(("- ", ">")):
        deck.slide(v4.new_markdown_cell(f'<div class="ask"></div>\n\n{block}'))
    elif re.match(r"(- |\d+\. )", block):
        items = re.split(r"\n(?=- |\d+\. )", block)
        for start in range(0, len(items), BULLETS):
            deck.slide(v4.new_markdown_cell("\n".join(items[start : start + BULLETS])))
    elif (
        block.startswith(("|", "$$", "```"))
        or "](attachment:" in block
        or block.startswith(("![", "<img"))
    ):
        deck.slide(v4.new_markdown_cell(block))
    elif block.startswith(">"):
        deck.note(block)
    else:
        last = deck.cells[-1] if deck.cells else None
        # Which path leaves a part out is said in italics, and is no beginning for a slide.
        if last is not None and HEADING.match(last.source) and not block.startswith("*"):
            lead = SENTENCE.split(block)[0] if len(block.split()) > 40 else block
            deck.more(v4.new_markdown_cell(lead))
        deck.note(block)


def show_code(deck: Deck, cell: NotebookNode, follows: NotebookNode | None) -> None:
    """Show a cell of code, unless it is folded, and what it gave."""
    hidden = cell.metadata.get("jupyter", {})
    pictures = [one for one in cell.outputs if "image/png" in one.get("data", {})]
    texts = [one for one in cell.outputs if one.output_type == "stream"]
    lines = sum(len(one.text.splitlines()) for one in texts)
    shown = 0 if hidden.get("source_hidden") else len(cell.source.splitlines())
    together = shown and texts and shown + lines <= LINES and not hidden.get("outputs_hidden")
    if shown:
        deck.slide(v4.new_code_cell(cell.source, outputs=texts if together else []))
    if texts and not together:
        deck.slide(only_output(texts))
    for picture in pictures:
        deck.slide(only_output([picture]))
        if follows is not None and follows.cell_type == "markdown" and is_caption(follows):
            caption = LINK.sub(r"\1", follows.source)
            caption = re.sub(r"</?details>|<summary>.*?</summary>", "", caption).strip()
            caption = "\n".join(line.lstrip("> ") for line in caption.split("\n"))
            deck.more(v4.new_markdown_cell(f'<div class="caption"></div>\n\n{caption}'))


def only_output(outputs: list[NotebookNode]) -> NotebookNode:
    """Return a cell that shows what another cell gave."""
    return v4.new_code_cell("", outputs=outputs, metadata={"transient": {"remove_source": True}})


def exporter() -> SlidesExporter:
    """Return nbconvert's exporter of slides, with the scripts of this folder."""
    made = SlidesExporter(
        extra_template_basedirs=[str(HERE)],
        template_name="template",
        reveal_url_prefix="reveal",
        reveal_theme="course",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    made.embed_images = True
    return made


def lay_out(folder: Path) -> None:
    """Put the scripts, the styles and MathJax into a folder.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reveal = within("sphinx-revealjs", "sphinx_revealjs/_static/revealjs")
    math = within("sphinx-mathjax-offline", "sphinx-mathjax-offline/static/mathjax")
    for source, target in {
        reveal / "dist" / "reveal.js": "reveal/dist/reveal.js",
        reveal / "dist" / "reveal.css": "reveal/dist/reveal.css",
        reveal / "plugin" / "notes" / "notes.js": "reveal/plugin/notes/notes.js",
        HERE / "course.css": "reveal/dist/theme/course.css",
        HERE / "slides.js": "slides.js",
        math / "tex-svg.js": "mathjax/tex-svg.js",
    }.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / target)


def within(package: str, path: str) -> Path:
    """Return where a file of an installed package lies."""
    return Path(str(distribution(package).locate_file(path)))


def make(folder: Path, chapters: list[Path]) -> list[Path]:
    """Write the slides of chapters.

    Parameters
    ----------
    folder : Path
        Where they go.
    chapters : list of Path
        Notebooks of the course.

    Returns
    -------
    list of Path
        One page for each.
    """
    lay_out(folder)
    names = Names.read()
    every = sorted(CHAPTERS.glob("*.ipynb"))
    headings = {label: said for path in every for label, said in headings_of(path, names).items()}
    export, pages = exporter(), []
    for path in chapters:
        deck = deck_of(copy_of(path, names, headings, outputs=True))
        notebook = v4.new_notebook(cells=deck.cells, metadata={"title": deck.title})
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"slide-{number}"
        nbformat.validate(notebook)
        page, _ = export.from_notebook_node(notebook)
        pages.append(folder / f"{path.stem}.html")
        pages[-1].write_text(page, encoding="utf-8")
    return pages


def main() -> None:
    """Make the slides of all chapters, or of those that are named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("chapters", nargs="*", type=Path)
    parser.add_argument("--into", type=Path, default=INTO, help="folder")
    options = parser.parse_args()
    pages = make(options.into, options.chapters or sorted(CHAPTERS.glob("*.ipynb")))
    print(f"{len(pages)} decks of slides are in {options.into}; S shows the notes")


if __name__ == "__main__":
    main()
