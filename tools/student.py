"""Make the copies of the chapters that students work in: ``make student``.

Plain notebooks that any front end shows rightly, without outputs, with an empty cell under each
exercise. What a student wrote in a copy is never overwritten: if the chapter changed as well, its
new copy is laid beside.
"""

import argparse
import base64
import hashlib
import json
import mimetypes
import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from digitlib.course.exercises import asked_for
from tools.plain import (
    LABEL,
    NAMES,
    OPENING,
    PAGES,
    ROOT,
    Names,
    Page,
    block_end,
    book_address,
    fold,
)

CHAPTERS = ROOT / "notebooks"
# Where a student begins; its text lies beside this file.
START = "start_here"
CODE = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
# What each copy was when it was made, to tell whether somebody wrote in it since.
MADE = ".made.json"
EXERCISE = re.compile(r"^`{3,}\{exercise\} *(?P<title>.*)\n:label: *(?P<label>\S+)", re.MULTILINE)
IMPORT = "from digitlib.course.exercises import check"
# What chapters ask TensorFlow for, and what makes it keep to that.
NO_NOTES = 'os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"'
QUIET = """

from digitlib.course import quiet

quiet.import_tensorflow()"""
WRITE_HERE = "*Write here: a double click opens this cell, Shift-Enter closes it.*"
PICTURE = re.compile(r"\]\(images/([\w.-]+)\)")
HEADING = re.compile(r"#+ +\S")
TIME = re.compile(r"\*\*Time\*\* about (\d+ minutes)")


# --- What is in the chapters ------------------------------------------------------------------


def headings_of(path: Path, names: Names) -> dict[str, str]:
    """Return the title above each figure and under each label of a chapter."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    title = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            if "name" in figure:
                found[figure["name"]] = title
            continue
        for line in source.split("\n"):
            if label := LABEL.match(line):
                waiting.append(label["label"])
            elif HEADING.match(line):
                title = numbered(line, path).lstrip("# ")
                found.update(dict.fromkeys(waiting, title))
                waiting.clear()
            elif name := re.match(r":name: +(\S+)", line):
                found[name[1]] = title
        for title_line in EXERCISE.finditer(source):
            number, _ = names.numbers[title_line["label"]]
            found[title_line["label"]] = f"{number}: {title_line['title']}"
    return found


def numbered(source: str, path: Path) -> str:
    """Return a title with the number of its chapter, as the page has it."""
    number = int(path.stem[:2])
    return re.sub(r"\A# ", f"# {number}. ", source) if number else source


def parts(source: str, page: str) -> Iterator[str]:
    """Split a cell of prose, so that each exercise stands in a cell of its own."""
    lines = source.split("\n")
    start = at = 0
    while at < len(lines):
        opening = OPENING.match(lines[at])
        if opening is None or opening["name"] != "exercise":
            at += 1
            continue
        end = block_end(lines, at, opening["fence"], page) + 1
        yield from filter(str.strip, ["\n".join(lines[start:at]).strip("\n")])
        yield "\n".join(lines[at:end])
        start = at = end
    yield from filter(str.strip, ["\n".join(lines[start:]).strip("\n")])


# --- One copy ---------------------------------------------------------------------------------


def copy_of(path: Path, names: Names, headings: dict[str, str], *, outputs: bool) -> NotebookNode:
    """Return a chapter as a student gets it.

    Parameters
    ----------
    path : Path
        The chapter.
    names : Names
        What the book's pages call things.
    headings : dict
        The title above each figure, of all chapters.
    outputs : bool
        Keep the stored outputs.

    Returns
    -------
    nbformat.NotebookNode
        Its cells have names that stay the same while those before them change.
    """
    page = Page(f"notebooks/{path.stem}", names, headings)
    cells: list[NotebookNode] = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            cells += code_cells(cell, page, outputs=outputs)
            continue
        for part in parts(cell.source, page.name):
            # A widget stands there alive; its picture would be taken for a second one.
            page.folds_pictures = not outputs and bool(cells) and cells[-1].cell_type == "code"
            cells.append(with_pictures(v4.new_markdown_cell(page.markdown(part))))
            if exercise := EXERCISE.match(part):
                imported = any(IMPORT in one.source for one in cells if one.cell_type == "code")
                cells += answer_cells(exercise["label"], imported=imported)
    cells[0].source = f"{numbered(cells[0].source, path)}\n\n{where_from(page.name)}"
    cells[1:1] = colab_cells()
    if page.cited:
        cells.append(
            v4.new_markdown_cell(f"**Works cited in this chapter**\n\n{page.references()}")
        )
    return notebook_of(cells)


def answer_cells(label: str, *, imported: bool) -> list[NotebookNode]:
    """Return where an exercise is answered, and the cell that checks it if it has a check."""
    asks = asked_for(label)
    if not asks:
        return [v4.new_markdown_cell(WRITE_HERE)]
    call = f'check("{label}", ...)'
    if len(asks) > 1:
        # A line for each thing, as wide as a cell: what runs out of sight is not read.
        lines = [f"# {number}. {ask}" for number, ask in enumerate(asks, start=1)]
        wrapped = ["\n".join(textwrap.wrap(line, 80, subsequent_indent="#    ")) for line in lines]
        asked = "".join(f"{line}\n...,\n" for line in wrapped)
        call = f'check(\n    "{label}",\n{textwrap.indent(asked, "    ")})'
        told = ["# Put your answers in place of the dots, and run this cell."]
    else:
        told = textwrap.wrap(f"# In place of the dots: {asks[0]}.", 84, subsequent_indent="# ")
    lines = [] if imported else [IMPORT, ""]
    return [v4.new_code_cell(""), v4.new_code_cell("\n".join([*lines, *told, call]))]


def with_pictures(cell: NotebookNode) -> NotebookNode:
    """Put the pictures that a cell shows into it, so that a copy is one file."""

    def address(name: str) -> str:
        packed = base64.b64encode((CHAPTERS / "images" / name).read_bytes()).decode()
        kind = mimetypes.guess_type(name)[0]
        if kind == "image/svg+xml":
            # JupyterLab shows no attachment of this kind.
            return f"data:{kind};base64,{packed}"
        cell.setdefault("attachments", {})[name] = {kind: packed}
        return f"attachment:{name}"

    cell.source = PICTURE.sub(lambda found: f"]({address(found[1])})", cell.source)
    return cell


def code_cells(cell: NotebookNode, page: Page, *, outputs: bool) -> list[NotebookNode]:
    """Return a cell of code without what only the book's builder knows, and its caption."""
    tags = cell.metadata.get("tags", [])
    copy = v4.new_code_cell(without_notes(cell.source))
    hidden = {}
    if "hide-input" in tags:
        hidden["source_hidden"] = True
    if outputs:
        copy.outputs, copy.execution_count = cell.outputs, cell.execution_count
        if "hide-output" in tags:
            hidden["outputs_hidden"] = True
    if hidden:
        copy.metadata["jupyter"] = hidden
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if "name" not in figure:
        return [copy]
    number, _ = page.names.numbers[figure["name"]]
    caption = page.caption(number, figure["caption"])
    if "hide-output" in tags:
        # It would give away what the student is asked to predict.
        caption = fold(f"{number}, when you have run it", caption).rstrip("\n")
    return [copy, v4.new_markdown_cell(caption)]


def without_notes(source: str) -> str:
    """Return the cell that imports TensorFlow so that nothing in red comes of it.

    What TensorFlow notes about the processor is left out of the stored outputs, and would
    frighten whoever runs the first cell of a copy.
    """
    imports = source.startswith("import ") and "\nimport keras\n" in source
    if not imports or "TF_ENABLE_ONEDNN_OPTS" in source:
        return source
    return re.sub(rf"^{re.escape(NO_NOTES)}.*$", rf"\g<0>{QUIET}", source, flags=re.MULTILINE)


def where_from(page: str) -> str:
    """Return the line that tells a student what the copy is, with the book's address if known."""
    return (
        f"*This copy is yours: [how to work in it]({START}.ipynb). With all results it stands in "
        f"{the_book(page)}.*"
    )


def the_book(page: str) -> str:
    """Return a link to a page of the book, or where to find the book without one."""
    address = book_address()
    return f"[the book]({address}/{page}.html)" if address else "the book (`make book` builds it)"


def colab_cells() -> list[NotebookNode]:
    """Return the cell that installs the course in Colab, if the repository has an address."""
    address = repository_address()
    if not address:
        return []
    code = f"""# In Colab this installs what the chapters need; elsewhere it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "digitlib[course] @ git+{address}\""""
    return [v4.new_code_cell(code)]


def repository_address() -> str:
    """Return where the repository is published, "" if that is not known."""
    address = os.environ.get("BOOK_REPOSITORY", "")
    if not address:
        asked = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
        address = found.stdout.strip()
    return address.removesuffix(".git").rstrip("/") if address.startswith("https://") else ""


def glossary(names: Names) -> NotebookNode:
    """Return the glossary, where the links of the terms lead, a cell for each letter."""
    letters: dict[str, list[str]] = {}
    for key in sorted(names.terms):
        written, definition = names.terms[key]
        letters.setdefault(key[0].upper(), []).append(f"#### {written}\n\n{definition}")
    cells = [
        v4.new_markdown_cell("# Glossary\n\nEvery term of the course in one or two sentences.")
    ]
    cells += [v4.new_markdown_cell("\n\n".join(entries)) for entries in letters.values()]
    return notebook_of(cells)


def start_here(chapters: list[Path], names: Names) -> NotebookNode:
    """Return the page on which a student begins: how to work, a cell to try, the chapters."""
    text = Path(__file__).with_name(f"{START}.md").read_text(encoding="utf-8")
    above, code, below = CODE.split(text.replace("{book}", the_book("index")))
    rows = []
    for path in chapters:
        title, time = title_and_time(path)
        rows.append(f"| [{title}]({path.name}) | {time} |")
    table = "\n".join(["| chapter | time |", "|---|---:|", *rows])
    pages = [f"[{names.titles[f'book/{page}']}]({page}.ipynb)" for page in PAGES]
    more = f"Beside them: {', '.join(['[Glossary](glossary.ipynb)', *pages])}."
    return notebook_of(
        [
            v4.new_markdown_cell(above.strip()),
            v4.new_code_cell(code),
            v4.new_markdown_cell(below.strip()),
            v4.new_markdown_cell(f"## The chapters\n\n{table}\n\n{more}"),
        ]
    )


def title_and_time(path: Path) -> tuple[str, str]:
    """Return a chapter's title with its number, and how long it takes by its own account."""
    opening = nbformat.read(path, as_version=4).cells[0].source
    title = numbered(opening.split("\n")[0], path).removeprefix("# ")
    found = TIME.search(opening)
    return title, found[1] if found else ""


def page_of_the_book(name: str, names: Names, headings: dict[str, str]) -> NotebookNode:
    """Return a page of the book that is no chapter."""
    text = (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    page = Page(f"book/{name}", names, headings)
    cells = [v4.new_markdown_cell(page.markdown(text))]
    if page.cited:
        cells.append(v4.new_markdown_cell(f"**Works cited here**\n\n{page.references()}"))
    return notebook_of(cells)


def notebook_of(cells: list[NotebookNode]) -> NotebookNode:
    """Return a notebook whose cells are named by what they say, the same in each run."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = f"{name}-{seen[name]}"
    return v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )


# --- The folder -------------------------------------------------------------------------------


def fingerprint(notebook: NotebookNode) -> str:
    """Return a checksum of what is written in a notebook.

    What its cells gave does not count, nor do empty cells at the end: running the last cell adds
    one, and whoever has only read a chapter has written nothing.
    """
    written = [[cell.cell_type, cell.source] for cell in notebook.cells]
    while written and not written[-1][1].strip():
        written.pop()
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def lay(new: NotebookNode, path: Path, made: dict[str, str]) -> str:
    """Write a copy where none was changed by a student; else leave theirs, and lay it beside.

    Parameters
    ----------
    new : nbformat.NotebookNode
        The copy as the chapter is now.
    path : Path
        Where it belongs.
    made : dict
        The fingerprint of each copy when it was made; this copy's is updated.

    Returns
    -------
    str
        What to tell, "" if all is as usual.
    """
    before, made[path.name] = made.get(path.name), fingerprint(new)
    if not path.exists():
        nbformat.write(new, path)
        return ""
    try:
        theirs = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError):
        theirs = None
    if theirs is not None and before == fingerprint(theirs):
        if before != made[path.name] or any(cell.get("outputs") for cell in new.cells):
            keep_outputs(theirs, new)
            nbformat.write(new, path)
        return ""
    if before == made[path.name] or (theirs and fingerprint(theirs) == made[path.name]):
        return ""
    beside = path.with_suffix(".new.ipynb")
    nbformat.write(new, beside)
    return f"{path.name}: yours is kept as it is; the chapter's new version is {beside.name}"


def keep_outputs(theirs: NotebookNode, new: NotebookNode) -> None:
    """Carry over what a student's cells gave, where the cell is still the same."""
    gave = {cell.source: cell for cell in theirs.cells if cell.cell_type == "code" and cell.outputs}
    for cell in new.cells:
        if cell.cell_type == "code" and cell.source in gave and not cell.outputs:
            cell.outputs = gave[cell.source].outputs
            cell.execution_count = gave[cell.source].execution_count


def make(
    folder: Path, *, outputs: bool = False, overwrite: bool = False, names_in: Path = NAMES
) -> list[str]:
    """Make or renew all copies.

    Parameters
    ----------
    folder : Path
        Where they lie; made if it is missing.
    outputs : bool
        Keep the stored outputs of the chapters.
    overwrite : bool
        Nobody writes in this folder: what is there is replaced.
    names_in : Path
        The file that says what the pages call things.

    Returns
    -------
    list of str
        What to tell the student: one line for each copy that was not renewed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = Names.read(names_in)
    chapters = sorted(CHAPTERS.glob("*.ipynb"))
    headings = {
        label: title for path in chapters for label, title in headings_of(path, names).items()
    }
    copies = {path.name: copy_of(path, names, headings, outputs=outputs) for path in chapters}
    copies[f"{START}.ipynb"] = start_here(chapters, names)
    copies["glossary.ipynb"] = glossary(names)
    for name in PAGES:
        copies[f"{name}.ipynb"] = page_of_the_book(name, names, headings)
    if overwrite:
        for name, copy in copies.items():
            nbformat.write(copy, folder / name)
        return []
    kept = folder / MADE
    made = json.loads(kept.read_text()) if kept.exists() else {}
    told = [lay(copy, folder / name, made) for name, copy in copies.items()]
    kept.write_text(json.dumps(made, indent=1) + "\n")
    return [line for line in told if line]


def main() -> None:
    """Make the copies and tell where they are."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "student", help="folder")
    parser.add_argument("--outputs", action="store_true", help="keep the chapters' outputs")
    parser.add_argument("--overwrite", action="store_true", help="nobody writes in the folder")
    parser.add_argument("--names", type=Path, default=NAMES, help="what pages call things")
    options = parser.parse_args()
    for line in make(
        options.into,
        outputs=options.outputs,
        overwrite=options.overwrite,
        names_in=options.names,
    ):
        print(line)
    print(f"Your copies of the chapters are in {options.into}")


if __name__ == "__main__":
    main()
