"""The students' copies: plain for every front end, and nothing that was written in one is lost."""

import ast
import base64
import json
import re
from pathlib import Path

import nbformat
import pytest

from digitlib.course.exercises import asked_for
from tools import student
from tools.plain import Names, Page, anchor

ROOT = Path(__file__).parents[2]
# What only the book's builder understands.
ROLE = re.compile(r"\{[a-zA-Z:]+\}`")
DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\{", re.MULTILINE)
LABEL = re.compile(r"^\([\w-]+\)=", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    assert student.make(folder) == []
    return folder


@pytest.fixture(scope="module")
def copies(folder):
    return {path.stem: nbformat.read(path, as_version=4) for path in folder.glob("*.ipynb")}


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_what_the_copies_are_named_by_is_what_the_pages_say(root):
    built = root / "_build" / "names.json"
    assert json.loads(built.read_text()) == json.loads(
        (root / "book" / "names.json").read_text()
    ), "the book calls something by another name: make names"


def test_every_chapter_has_a_copy(copies, root):
    chapters = {path.stem for path in (root / "notebooks").glob("*.ipynb")}
    assert chapters | {student.START, "glossary", *student.PAGES} == set(copies)


def test_no_role_no_directive_and_no_label_is_left(copies):
    for name, notebook in copies.items():
        nbformat.validate(notebook)
        for text in prose(notebook):
            for pattern in (ROLE, DIRECTIVE, LABEL):
                assert not pattern.search(text), f"{name}: {text[:200]}"


def test_every_link_between_copies_leads_to_a_heading_of_one(copies):
    headings = {
        name: {
            anchor(title)
            for text in prose(notebook)
            for title in re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
        }
        for name, notebook in copies.items()
    }
    links = 0
    for name, notebook in copies.items():
        for text in prose(notebook):
            for file, heading in re.findall(
                r"\]\((?!https?:|attachment:|data:)([\w.]*)(?:#([^\s)]+))?[ )]", text
            ):
                to = file.removesuffix(".ipynb") or name
                assert to in copies, f"{name} leads to {file}"
                if heading:
                    assert heading in headings[to], f"{name} leads to {file}#{heading}"
                links += 1
    assert links > 700


# The kinds of pictures that JupyterLab shows from an attachment; drawings are no such kind.
ATTACHED = {"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}


def test_pictures_are_in_the_copy_and_have_a_text(copies):
    kinds = set()
    for notebook in copies.values():
        for cell in notebook.cells:
            for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", cell.source):
                if data := re.fullmatch(r"data:(image/svg\+xml);base64,(.+)", path):
                    kind, packed = data.groups()
                    assert base64.b64decode(packed).lstrip().startswith(b"<svg")
                else:
                    ((kind, packed),) = cell.attachments[path.removeprefix("attachment:")].items()
                    assert kind in ATTACHED, path
                assert alt and len(packed) > 1000
                kinds.add(kind)
    assert kinds == {"image/png", "image/svg+xml"}


def test_a_picture_of_what_stands_above_it_alive_is_folded(copies, tmp_path):
    student.make(tmp_path, outputs=True)
    kept = nbformat.read(tmp_path / "01_why_digits_are_hard.ipynb", as_version=4)
    for notebook, folded in ((copies["01_why_digits_are_hard"], True), (kept, False)):
        (text,) = [text for text in prose(notebook) if "attachment:01_bench.png" in text]
        fold = re.search(
            r"<details><summary>Fig. 1.9, a picture of it</summary>.*?</details>", text, re.S
        )
        assert bool(fold and "*Fig. 1.9:*" in fold[0]) == folded
    # The picture with which a chapter begins is none of these.
    assert copies["13_webcam"].cells[0].source.count("![A small panel") == 1
    assert "<details>" not in copies["13_webcam"].cells[0].source


def test_figures_and_exercises_have_the_numbers_of_the_page(copies):
    names = Names.read()
    for label, (number, page) in names.numbers.items():
        texts = "\n".join(prose(copies[Path(page).name]))
        if label.startswith("ex-"):
            assert f"### {number}: " in texts, label
        else:
            assert f"*{number}:* " in texts, label


def test_outputs_are_cleared_and_each_exercise_has_a_cell_for_its_answer(copies):
    in_code = in_words = 0
    for notebook in copies.values():
        assert not any(cell.outputs for cell in code(notebook))
        for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
            if not re.match(r"### Exercise \d", cell.source):
                continue
            # Words in a cell of code end in a SyntaxError.
            if after.cell_type == "markdown":
                assert "Ask yourself when you have written it" in cell.source
                assert (after.cell_type, after.source) == ("markdown", student.WRITE_HERE)
                in_words += 1
            else:
                assert (after.cell_type, after.source) == ("code", "")
                in_code += 1
    assert in_code > 55
    assert in_words > 12


def test_the_code_is_that_of_the_chapter(copies, root):
    for path in (root / "notebooks").glob("*.ipynb"):
        written = [cell.source for cell in code(nbformat.read(path, as_version=4))]
        copied = [cell.source for cell in code(copies[path.stem])]
        copied = [source for source in copied if source and "\ncheck(" not in f"\n{source}"]
        assert [source.replace(student.QUIET, "") for source in copied] == written


def test_tensorflow_is_imported_without_its_notes(copies):
    quiet = 0
    for name, notebook in copies.items():
        for source in [cell.source for cell in code(notebook)][:1]:
            if "\nimport keras\n" in source and "TF_ENABLE_ONEDNN_OPTS" not in source:
                before, after = source.split("quiet.import_tensorflow()")
                assert "import keras" in after and "keras" not in before, name
                quiet += 1
    assert quiet > 7


def test_the_page_to_begin_with_names_every_chapter_and_its_time(copies, root):
    text = "\n".join(prose(copies[student.START]))
    for path in (root / "notebooks").glob("*.ipynb"):
        assert re.search(rf"\]\({path.name}\) \| \d+ minutes \|", text), path.name
    (cell,) = code(copies[student.START])
    compile(cell.source, "the cell to try", "exec")
    assert "{" not in text


CALL = re.compile(r'^check\(\s*"(ex-[a-z0-9-]+)",', re.MULTILINE)


def test_under_an_exercise_with_a_check_stands_its_call(copies):
    called = 0
    for notebook in copies.values():
        for cell, empty, call in zip(
            notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False
        ):
            if call.cell_type == "code" and (found := CALL.search(call.source)):
                assert empty.source == ""
                assert Names.read().numbers[found[1]][0] in cell.source
                (spoken,) = [node for node in ast.walk(ast.parse(call.source)) if is_check(node)]
                asks = asked_for(found[1])
                assert [arg.value for arg in spoken.args[1:]] == [...] * len(asks)
                said = " ".join(re.sub(r"^ *(# +)?", "", call.source, flags=re.MULTILINE).split())
                assert all(" ".join(ask.split()) in said for ask in asks)
                # The cell shows no more than that without scrolling sideways.
                assert max(map(len, call.source.split("\n"))) < 90
                called += 1
        calls = [cell.source for cell in code(notebook) if CALL.search(cell.source)]
        assert sum(student.IMPORT in source for source in calls) == bool(calls)
    assert called > 55


def is_check(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"


def test_outputs_are_kept_if_asked_for(tmp_path):
    student.make(tmp_path, outputs=True)
    notebook = nbformat.read(tmp_path / "02_explore_mnist.ipynb", as_version=4)
    assert sum(bool(cell.outputs) for cell in code(notebook)) > 20


def test_addresses_are_those_of_the_publisher_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOK_ADDRESS", "https://course.example/book/")
    monkeypatch.setenv("BOOK_REPOSITORY", "https://git.example/course")
    student.make(tmp_path)
    notebook = nbformat.read(tmp_path / "05_convolution.ipynb", as_version=4)
    assert "https://course.example/book/notebooks/05_convolution.html" in notebook.cells[0].source
    assert "git+https://git.example/course" in notebook.cells[1].source
    compile(notebook.cells[1].source.replace("%pip", "pass  # "), "first cell", "exec")


def test_no_address_is_made_up(copies, monkeypatch):
    monkeypatch.setenv("BOOK_REPOSITORY", "git@git.example:course.git")
    assert student.colab_cells() == []
    assert "http" not in copies["05_convolution"].cells[0].source


# --- A second run -----------------------------------------------------------------------------


@pytest.fixture
def changing(tmp_path, monkeypatch):
    """A course of one chapter that can change, and the folder of a student."""
    chapters, folder = tmp_path / "notebooks", tmp_path / "student"
    chapters.mkdir()
    monkeypatch.setattr(student, "CHAPTERS", chapters)
    monkeypatch.setattr(student, "PAGES", ())

    def write(*cells: str) -> list[str]:
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell("# Title"),
                *map(nbformat.v4.new_code_cell, cells),
            ]
        )
        nbformat.write(notebook, chapters / "01_first.ipynb")
        return student.make(folder)

    return write, folder / "01_first.ipynb"


def edit(path: Path, source: str, text: str | None = None) -> None:
    notebook = nbformat.read(path, as_version=4)
    cell = code(notebook)[0]
    cell.source = source
    if text is not None:
        cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    nbformat.write(notebook, path)


def sources(path: Path) -> list[str]:
    return [cell.source for cell in code(nbformat.read(path, as_version=4))]


def test_a_copy_that_nobody_wrote_in_is_renewed(changing):
    write, copy = changing
    write("1 + 1")
    assert write("1 + 2") == []
    assert sources(copy) == ["1 + 2"]


def test_what_a_student_wrote_stays_and_the_new_version_is_laid_beside(changing):
    write, copy = changing
    write("1 + 1")
    edit(copy, "1 + 1  # two")
    assert write("1 + 1") == []
    assert not copy.with_suffix(".new.ipynb").exists()
    (told,) = write("1 + 2")
    assert "yours is kept" in told
    assert sources(copy) == ["1 + 1  # two"]
    assert sources(copy.with_suffix(".new.ipynb")) == ["1 + 2"]
    # It is said once for each change of the chapter.
    assert write("1 + 2") == []
    assert sources(copy) == ["1 + 1  # two"]


def test_who_ran_a_copy_to_its_end_has_written_nothing(changing):
    write, copy = changing
    write("1 + 1")
    notebook = nbformat.read(copy, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(notebook, copy)
    assert write("1 + 2") == []
    assert sources(copy) == ["1 + 2"]


def test_what_cells_gave_is_carried_over(changing):
    write, copy = changing
    write("1 + 1", "2")
    edit(copy, "1 + 1", text="2")
    assert write("1 + 1", "3") == []
    first, second = code(nbformat.read(copy, as_version=4))
    assert first.outputs[0].text == "2"
    assert (second.source, second.outputs) == ("3", [])


def test_results_come_into_a_copy_that_was_made_without_them(tmp_path):
    copy = tmp_path / "00_arrays_by_way_of_one_digit.ipynb"
    student.make(tmp_path)
    student.make(tmp_path, outputs=True)
    assert any(cell.outputs for cell in code(nbformat.read(copy, as_version=4)))


def test_a_copy_that_cannot_be_read_is_kept(changing):
    write, copy = changing
    write("1 + 1")
    copy.write_text("{ half a notebook")
    (told,) = write("1 + 2")
    assert "yours is kept" in told
    assert copy.read_text() == "{ half a notebook"


def test_a_copy_of_unknown_origin_is_kept(changing):
    write, copy = changing
    write("1 + 1")
    edit(copy, "mine")
    (copy.parent / student.MADE).unlink()
    assert len(write("1 + 1")) == 1
    assert sources(copy) == ["mine"]


def test_a_copy_that_was_removed_is_made_again(changing):
    write, copy = changing
    write("1 + 1")
    copy.unlink()
    write("1 + 1")
    assert sources(copy) == ["1 + 1"]


def test_where_nobody_writes_all_is_replaced(folder, tmp_path):
    for _ in range(2):
        assert student.make(tmp_path, overwrite=True) == []
    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in folder.glob("*.ipynb")
    }


# --- Plain Markdown ---------------------------------------------------------------------------

NAMES = Names(
    numbers={"fig-01-a": ["Fig. 1.1", "notebooks/01_first"], "ex-02-b": ["Exercise 2.3", "n/02"]},
    sections={"sec-02-c": ["What now?", "notebooks/02_second"]},
    terms={"batch": ["Batch", 'Some "images" at once.']},
    works={"one2001": "A. One\\. *Title*, 2001\\."},
    cited={"one2001": ["One", "2001"], "two2002": ["Two et al.", "2002"]},
    titles={"notebooks/02_second": "The second"},
)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("see {numref}`fig-01-a`", "see [Fig. 1.1](#Above)"),
        ("{ref}`there <sec-02-c>`", "[there](02_second.ipynb#What-now%3F)"),
        ("{ref}`sec-02-c`", "[What now?](02_second.ipynb#What-now%3F)"),
        ("[so](sec-02-c)", "[so](02_second.ipynb#What-now%3F)"),
        ("{term}`batches <batch>`", "[batches](glossary.ipynb#Batch \"Some 'images' at once.\")"),
        ("{term}`batch`", "[batch](glossary.ipynb#Batch \"Some 'images' at once.\")"),
        ("{cite:t}`one2001` said", "One (2001) said"),
        ("so {cite:p}`one2001,two2002`", "so (One 2001; Two et al. 2002)"),
        ("{doc}`02_second`", "[The second](02_second.ipynb)"),
        ("`{term}` and $x_{i}$", "`{term}` and $x_{i}$"),
        ("(sec-02-c)=\n## What now?", "## What now?"),
        ("```python\n{term}`batch`\n```", "```python\n{term}`batch`\n```"),
        ("```{admonition} Box\n- a\n```", "> **Box**\n>\n> - a"),
        (
            "````{exercise} Try\n:label: ex-02-b\nDo.\n\n```{admonition} Hint\n:class: dropdown\n"
            "{cite:t}`one2001`\n```\n````",
            "### Exercise 2.3: Try\n\nDo.\n\n<details><summary>Hint</summary>\n\nOne (2001)\n\n"
            "</details>",
        ),
    ],
)
def test_each_form_has_a_plain_one(written, plain):
    page = Page("notebooks/01_first", NAMES, {"fig-01-a": "Above"})
    assert page.markdown(written) == plain


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("", "*Try it* (a page of the book)"),
        ("https://course.example/", "[Try it](https://course.example/book/try_it.html)"),
    ],
)
def test_a_page_that_students_have_no_copy_of_is_found_in_the_book(monkeypatch, address, plain):
    monkeypatch.setenv("BOOK_ADDRESS", address)
    names = NAMES._replace(titles={"book/try_it": "Try it"})
    page = Page("notebooks/01_first", names, {})
    assert page.markdown("[Try it](../book/try_it.md)") == plain
    assert page.markdown("{doc}`../book/try_it`") == plain


@pytest.mark.parametrize("unknown", ["{eq}`a`", "```{tip}\nx\n```", "```{note} x", "[a](no.md)"])
def test_what_has_no_plain_form_is_named(unknown):
    with pytest.raises(ValueError, match="notebooks/01_first"):
        Page("notebooks/01_first", NAMES, {}).markdown(unknown)
