"""Chapters are complete: outputs of this very code, one shape, figures that say what they show."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from digitlib.course.exercises.checking import exercises_of
from tools.run_notebooks import code_fingerprint

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


SOLUTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def solved(request):
    return nbformat.read(request.param, as_version=4), request.param.stem


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_the_chapters_of_the_table_of_contents_are_all_there(root):
    listed = re.findall(r"file: notebooks/(\S+)", (root / "_toc.yml").read_text())
    assert listed == [path.stem for path in NOTEBOOKS]


def test_outputs_were_stored_by_the_code_that_stands_there(notebook):
    outputs_are_of_this_code(notebook)


def outputs_are_of_this_code(notebook):
    assert notebook.metadata.get("code_fingerprint") == code_fingerprint(notebook), (
        "a code cell changed after its output was stored: make outputs"
    )
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "not run from top to bottom"


def test_no_output_is_an_error_or_a_warning(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source


def test_every_chapter_has_the_same_bones(notebook):
    prose = text(notebook)
    assert notebook.cells[0].source.startswith("# ")
    assert "What you will learn" in prose
    assert "**Time**" in prose
    assert "**Needs**" in prose
    for heading in ("## Recap", "## Exercises", "## To read on"):
        assert heading in prose
    assert prose.index("## Recap") < prose.index("## Exercises") < prose.index("## To read on")
    exercises = len(re.findall(r"^`{3,}\{exercise\}", prose, re.MULTILINE))
    hints = len(re.findall(r"^`{3,}\{(?:admonition|hint)\} ?(?:Hint)?", prose, re.MULTILINE))
    assert 3 <= exercises <= 6
    assert hints >= exercises


def test_cells_can_be_read_in_one_look(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 25, cell.source


def test_there_is_more_prose_than_code(notebook):
    lines = sum(
        1 for cell in code_cells(notebook) for line in cell.source.splitlines() if line.strip()
    )
    assert len(text(notebook).split()) >= 8 * lines


def test_figures_say_what_they_show(notebook):
    for cell in code_cells(notebook):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            assert cell.metadata.get("mystnb", {}).get("image", {}).get("alt"), cell.source
            assert cell.metadata["mystnb"].get("figure", {}).get("name"), cell.source
    for attributes in re.findall(r"!\[(.*?)\]\(", text(notebook)):
        assert attributes.strip(), "an image without alt text"


def test_verdicts_are_compared_and_hold(notebook):
    for cell in code_cells(notebook):
        if re.search(r"\bband\(", cell.source):
            assert "nbval-ignore-output" not in cell.metadata.get("tags", []), cell.source
        for output in cell.outputs:
            assert ": NO)" not in output.get("text", ""), cell.source


def test_what_a_camera_or_a_reader_showed_is_not_stored(notebook):
    assert "widgets" not in notebook.metadata
    for cell in code_cells(notebook):
        assert "application/vnd.jupyter.widget-view+json" not in json.dumps(cell.outputs)


@pytest.mark.parametrize(("found", "said"), [(None, "did not run"), ("a module", "chapter 16 ran")])
def test_the_summary_says_whether_pytorch_took_part(found, said, monkeypatch, request, root):
    plugin = request.config.pluginmanager.get_plugin(str(root / "conftest.py"))
    monkeypatch.setattr(plugin, "find_spec", lambda name: found)
    assert said in plugin.pytorch_note()


# --- Solutions --------------------------------------------------------------------------------


def test_the_solutions_are_listed_as_the_chapters_are(root):
    listed = re.findall(r"file: solutions/(\S+)", (root / "_toc.yml").read_text())
    assert listed == [path.stem for path in SOLUTIONS]
    assert set(listed) <= {path.stem for path in NOTEBOOKS}


def test_every_exercise_of_a_solved_chapter_has_its_solution(solved, root):
    notebook, stem = solved
    chapter = nbformat.read(root / "notebooks" / f"{stem}.ipynb", as_version=4)
    asked = re.findall(r":label: *ex-(\S+)", text(chapter))
    assert re.findall(r"^\(sol-(\S+)\)=\n## ", text(notebook), re.MULTILINE) == asked


def test_every_solution_passes_its_check(solved):
    notebook, stem = solved
    outputs_are_of_this_code(notebook)
    passed = set()
    for cell in code_cells(notebook):
        assert all(output.output_type != "error" for output in cell.outputs), cell.source
        for label in re.findall(r'^check\("(ex-[\w-]+)"', cell.source, re.MULTILINE):
            said = "".join(output.get("text", "") for output in cell.outputs)
            assert re.search(r"^Right[.:]", said, re.MULTILINE), f"{label}: {said}"
            passed.add(label)
    assert passed >= set(exercises_of(stem[:2]))


def test_a_chapter_finds_all_it_reads_wherever_its_copy_lies(notebook):
    for cell in code_cells(notebook):
        assert "../" not in cell.source
