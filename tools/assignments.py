"""Make a course for nbgrader from the exercises, their checks and their solutions.

An exercise's text stands in its chapter, its check in ``digitlib.course.exercises``, and an answer
in the solutions. An assignment is put together from these three, and nothing is written twice: the
answers are those cells of a solution that its own check needs. (The right answers of
``tests/exercises`` are no source for it: they are not published, and shorter than an answer that
a student can read.)
"""

import argparse
import ast
import re
import shutil
import symtable
from collections.abc import Iterator
from inspect import unwrap
from itertools import takewhile
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode, v4
from traitlets.config import Config, PyFileConfigLoader

from digitlib.course.exercises import asked_for
from digitlib.course.exercises.checking import exercises_of
from tools.plain import ROOT, Names, Page
from tools.student import CHAPTERS, EXERCISE, notebook_of, numbered, parts

SOLUTIONS = ROOT / "solutions"
GRADING = ROOT / "tools" / "grading"
# The chapters with enough exercises that a program can check.
FIRST, LAST, FEWEST = 2, 12, 2
# Exercises rise: run, change, build. One that is argued earns a point for each of its questions.
POINTS = (2, 3, 4, 5, 6)
SECTION = re.compile(r"^\(sol-(\d\d-[\w-]+)\)=$", re.MULTILINE)
QUESTIONS = re.compile(r"Ask yourself when[^\n]*\n:class: dropdown\n(.*?)\n```", re.DOTALL)
FOLD = re.compile(r"<details><summary>Ask yourself when.*?</summary>(.*?)</details>", re.DOTALL)
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class Paper(Page):
    """A page without links to other pages: those are not handed out."""

    def __init__(self, name: str, names: Names):
        super().__init__(name, names, headings={})

    def _reference(self, target: str, text: str | None) -> str:
        known = self.names.numbers if target in self.names.numbers else self.names.sections
        return text or known[target][0]

    def _term(self, target: str, text: str) -> str:
        return text

    def _role(self, role: str, target: str, text: str | None) -> str:
        if role == "doc":
            return text or self.names.titles[self._page(target)]
        return super()._role(role, target, text)

    def _link(self, text: str, to: str) -> str:
        return f"[{text}]({to})" if "://" in to else text


# --- What a solution needs --------------------------------------------------------------------


class Step(NamedTuple):
    """A cell of code of a solution.

    Attributes
    ----------
    section : str
        The exercise that it belongs to; "" before the first.
    lines : list of str
        Its code.
    statements : list of ast.stmt
        The same, parsed.
    """

    section: str
    lines: list[str]
    statements: list[ast.stmt]

    @property
    def source(self) -> str:
        """The code of the statements, with the comments between them."""
        if not self.statements:
            return ""
        kept: list[str] = []
        end = 0
        for one in ast.parse("\n".join(self.lines)).body:
            start = min([one.lineno, *(tag.lineno for tag in getattr(one, "decorator_list", []))])
            if any(one.lineno == other.lineno for other in self.statements):
                kept += self.lines[end : one.end_lineno]
            elif start - 1 > end:
                kept.append("")
            end = one.end_lineno
        return "\n".join(kept).strip("\n")

    @property
    def gives(self) -> set[str]:
        """The names that the cell defines."""
        names = self._names()
        return {one.get_name() for one in names if one.is_assigned() or one.is_imported()}

    @property
    def takes(self) -> set[str]:
        """The names that the cell, or a function in it, looks for outside of functions."""
        module = self._names()
        found = {one.get_name() for one in module if one.is_referenced()}
        inner = [symtable.symtable(self.source, "", "exec")]
        while inner:
            below = inner.pop().get_children()
            found |= {
                one.get_name() for each in below for one in each.get_symbols() if one.is_global()
            }
            inner += below
        return found

    def _names(self) -> list[symtable.Symbol]:
        return symtable.symtable(self.source, "", "exec").get_symbols()

    @property
    def draws(self) -> bool:
        """Whether the cell shows a figure."""
        return "plt.show()" in self.source


def called(statement: ast.stmt) -> str:
    """Return which function a statement calls and does nothing else, "" if it does."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func)
    return ""


def is_check(statement: ast.stmt, label: str) -> bool:
    """Tell whether a statement checks the answer to an exercise."""
    if called(statement) != "check":
        return False
    first = statement.value.args[0]
    return isinstance(first, ast.Constant) and first.value == label


class Solution:
    """A notebook of solutions, and what of it each answer needs.

    Parameters
    ----------
    path : Path
        The notebook.
    """

    def __init__(self, path: Path):
        self.steps: list[Step] = []
        self.prose: dict[str, list[str]] = {"": []}
        section = ""
        for cell in nbformat.read(path, as_version=4).cells[1:]:
            if cell.cell_type == "code":
                tree = ast.parse(cell.source)
                kept = [one for one in tree.body if called(one) != "band"]
                self.steps.append(Step(section, cell.source.split("\n"), kept))
                continue
            text = cell.source
            while match := SECTION.search(text):
                self.prose[section].append(text[: match.start()])
                section, text = f"ex-{match[1]}", text[match.end() :]
                self.prose[section] = []
            self.prose[section].append(text)

    @property
    def given(self) -> list[str]:
        """The cells that every answer builds on: imports, and what the chapter defined."""
        return [step.source for step in self.steps if not step.section and step.source]

    def answer(self, label: str) -> tuple[list[str], list[str], str]:
        """Return the cells that an answer needs, and what is handed to its check.

        Parameters
        ----------
        label : str
            The exercise's.

        Returns
        -------
        names : list of str
            What the parts of the answer are called.
        cells : list of str
            The code that gives them.
        last : str
            What is left to do at the end: give those a name that have none.
        """
        own, call = self._until_check(label)
        given = {name for step in self.steps if not step.section for name in step.gives}
        names, last = names_for(call, len(asked_for(label)), given)
        wanted = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        kept: list[Step] = []
        for step in reversed(own):
            if step.statements and (not step.draws or step.gives & wanted):
                kept.insert(0, step)
                wanted |= step.takes
        missing = wanted - {name for step in kept for name in step.gives} - given
        before = takewhile(lambda step: step.section != label, self.steps)
        for step in reversed([one for one in before if one.section]):
            if found := step.gives & missing:
                kept.insert(0, step)
                missing = (missing - found) | (step.takes - step.gives - given)
        return names, [step.source for step in kept], last

    def _until_check(self, label: str) -> tuple[list[Step], ast.Call]:
        own = []
        for step in self.steps:
            if step.section != label:
                continue
            for at, statement in enumerate(step.statements):
                if is_check(statement, label):
                    own.append(step._replace(statements=step.statements[:at]))
                    return own, statement.value
            own.append(step)
        raise ValueError(f"no solution checks {label}")


def names_for(call: ast.Call, count: int, given: set[str]) -> tuple[list[str], str]:
    """Return names for what is handed to a check, and the line that gives them.

    A name that the solution has is kept, unless the notebook begins with something of that name.
    """
    names: list[str] = []
    lines: list[str] = []
    for part in call.args[1:]:
        if isinstance(part, ast.Starred):
            many = count - len(call.args) + 2
            new = [f"answer_{len(names) + place + 1}" for place in range(many)]
            lines.append(f"{', '.join(new)} = {ast.unparse(part.value)}")
            names += new
        elif isinstance(part, ast.Name) and part.id not in given | set(names):
            names.append(part.id)
        else:
            names.append(f"answer_{len(names) + 1}")
            lines.append(f"{names[-1]} = {ast.unparse(part)}")
    return names, "\n".join(lines)


# --- One assignment ---------------------------------------------------------------------------


class Exercise(NamedTuple):
    """An exercise of a chapter: its label, its title, its text as the chapter has it."""

    label: str
    title: str
    text: str


def exercises(path: Path) -> Iterator[Exercise]:
    """Yield the exercises of a chapter in their order."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for part in parts(cell.source, path.stem):
                if found := EXERCISE.match(part):
                    yield Exercise(found["label"], found["title"], part)


def marked(cell: NotebookNode, name: str, *, points: int = 0, **kind: bool) -> NotebookNode:
    """Return a cell with what nbgrader has to know of it."""
    known = {"grade": False, "solution": False, "locked": False, "task": False, **kind}
    known |= {"grade_id": name, "schema_version": 3, "cell_type": cell.cell_type}
    if known["grade"]:
        known["points"] = points
    cell.metadata["nbgrader"] = known
    return cell


def has_hidden_cases(label: str) -> bool:
    """Tell whether a check tries a function on cases that it draws at random."""
    if not any("function" in phrase for phrase in asked_for(label)):
        return False
    waiting: list[FunctionType] = [exercises_of(label[3:5])[label].check]
    known = set()
    while waiting:
        function = waiting.pop()
        known.add(function)
        codes = [function.__code__]
        for code in codes:
            if "default_rng" in code.co_names:
                return True
            codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
            named = (unwrap(function.__globals__.get(name)) for name in code.co_names)
            waiting += [
                other
                for other in named
                if isinstance(other, FunctionType)
                and other.__module__ == function.__module__
                and other not in known
            ]
    return False


def checked_cells(label: str, solution: Solution, points: int, seed: int) -> list[NotebookNode]:
    """Return the cell for an answer, and the one that grades it."""
    names, cells, last = solution.answer(label)
    asked = zip(names, asked_for(label), strict=True)
    lines = ["# What is graded, in place of the dots:"]
    lines += [f"{name} = ...  # {phrase}" for name, phrase in asked]
    body = "\n\n\n".join(filter(None, [*cells, last]))
    answer = v4.new_code_cell("\n".join([*lines, "", BEGIN, body, END]))
    call = f'grade("{label}", {", ".join(names)}, points={points}'
    test = f"from digitlib.course.exercises.checking import grade\n\nearned = {call})\n"
    if has_hidden_cases(label):
        again = f"earned = min(earned, {call}, seed={seed}))"
        test += f"### BEGIN HIDDEN TESTS\n{again}\n### END HIDDEN TESTS\n"
    # What nbgrader takes for the points is the value of the last line.
    test += "earned"
    return [
        marked(answer, f"{label}-answer", solution=True),
        marked(v4.new_code_cell(test), label, points=points, grade=True, locked=True),
    ]


def argued_cell(one: Exercise, solution: Solution, page: Page) -> NotebookNode:
    """Return the cell for an answer in words, which a person grades: a point for each question."""
    model = page.markdown("\n".join(solution.prose[one.label]))
    model = re.sub(r"^#+ .*\n", "", model, flags=re.MULTILINE).strip("\n")
    cell = v4.new_markdown_cell(f"{BEGIN}\n{model}\n{END}")
    return marked(cell, one.label, points=len(rubric(one)), grade=True, solution=True)


def rubric(one: Exercise) -> list[str]:
    """Return the questions that a good answer to an argued exercise can say yes to."""
    block = QUESTIONS.search(one.text)
    if block is None:
        raise ValueError(f"{one.label} has no check and no questions to grade it by")
    return re.findall(r"^- (.*)$", block[1], re.MULTILINE)


def assignment(path: Path, names: Names, seed: int) -> NotebookNode:
    """Return the assignment of a chapter, with solutions and hidden cases.

    Parameters
    ----------
    path : Path
        The chapter.
    names : Names
        What the book's pages call things.
    seed : int
        Of the hidden cases.
    """
    page = Paper(f"notebooks/{path.stem}", names)
    beside = Paper(f"solutions/{path.stem}", names)
    solution = Solution(SOLUTIONS / path.name)
    title = nbformat.read(path, as_version=4).cells[0].source.split("\n")[0]
    title = page.markdown(numbered(title, path))
    cells = [v4.new_markdown_cell(f"{title}: exercises\n\n{INTRODUCTION}")]
    for at, source in enumerate(solution.given):
        cells.append(marked(v4.new_code_cell(source), f"given-{at + 1}", locked=True))
    place = 0
    for one in exercises(path):
        checked = bool(asked_for(one.label))
        points = POINTS[place] if checked else len(rubric(one))
        text = page.markdown(one.text)
        line = worth(points, checked)
        if not checked:
            # They are what it is graded by, and the Formgrader shows no fold.
            text, questions = unfolded(text)
            line = f"{line}\n\n{questions}"
        cells.append(v4.new_markdown_cell(f"{text}\n\n{line}"))
        if checked:
            cells += checked_cells(one.label, solution, points, seed)
            place += 1
        else:
            cells.append(argued_cell(one, solution, beside))
    if page.cited:
        cells.append(v4.new_markdown_cell(f"**Works cited**\n\n{page.references()}"))
    return notebook_of(cells)


def unfolded(text: str) -> tuple[str, str]:
    """Take the questions of an argued exercise out of their fold; return the rest, and them."""
    fold = FOLD.search(text)
    if fold is None:
        raise ValueError(f"no questions to grade by stand in {text[:40]!r}")
    return (text[: fold.start()] + text[fold.end() :]).strip("\n"), fold[1].strip("\n")


def worth(points: int, checked: bool) -> str:
    """Return the line below an exercise that says what it earns."""
    if checked:
        return f"*{points} points, or the part of them that the cell below yours comes to.*"
    return f"*{points} points, one for each of these questions that your answer can say yes to:*"


INTRODUCTION = """\
Work in the cells that begin with *What is graded* or *Your answer*, and add as many cells of your
own before them as you like. The cell below each answer says what is still wrong, or that it is
right, and how many points that makes; run it as often as you want. It goes from the first thing
that is asked to the last, and what is right before the first mistake earns its part. Where it asks
for a function, the same question is asked once more with other numbers when your notebook is
graded.

Before you hand in: *Restart Kernel and Run All Cells*. While it is graded, a notebook can write
files in its own folder only, reaches no network, starts no programs, and each cell has five
minutes."""


# --- The course -------------------------------------------------------------------------------


def worth_an_assignment(path: Path) -> bool:
    """Tell whether a chapter has a solution and enough exercises with a check."""
    labels = [one.label for one in exercises(path) if asked_for(one.label)]
    in_range = FIRST <= int(path.stem[:2]) <= LAST
    return in_range and len(labels) >= FEWEST and (SOLUTIONS / path.name).exists()


def lay_out(course: Path, seed: int, only: set[str] | None = None) -> list[str]:
    """Write the configuration and the sources of all assignments; return their names.

    Parameters
    ----------
    course : Path
        The course's folder. Its gradebook and what was handed in are left alone.
    seed : int
        Of the hidden cases.
    only : set of str, optional
        The numbers of the chapters; all by default.
    """
    course.mkdir(parents=True, exist_ok=True)
    for path in GRADING.glob("*.py"):
        shutil.copy(path, course)
    names = Names.read()
    chapters = sorted(CHAPTERS.glob("*.ipynb"))
    made = []
    for path in chapters:
        if not worth_an_assignment(path) or (only and path.stem[:2] not in only):
            continue
        folder = course / "source" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(assignment(path, names, seed), folder / path.name)
        made.append(path.stem)
    return made


def configuration(course: Path) -> Config:
    """Return what nbgrader is told in the folder of a course."""
    return PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()


def generate(course: Path, made: list[str]) -> None:
    """Let nbgrader make the release versions.

    Raises
    ------
    RuntimeError
        If it can't; its own words are passed on.
    """
    from nbgrader.apps import NbGraderAPI

    api = NbGraderAPI(config=configuration(course))
    for name in made:
        told = api.generate_assignment(name, force=True)
        if not told["success"]:
            raise RuntimeError(f"{name}: {told.get('log', '')}\n{told['error']}")


def table(course: Path, made: list[str]) -> str:
    """Return a table of what each assignment has, as Markdown."""
    lines = ["| assignment | checked | argued | points |", "|---|---|---|---:|"]
    for name in made:
        cells = nbformat.read(course / "source" / name / f"{name}.ipynb", as_version=4).cells
        known = [cell.metadata.get("nbgrader", {}) for cell in cells]
        graded = [one for one in known if one.get("grade")]
        by_check, by_hand = (
            ", ".join(
                f"{one['grade_id'][6:]} {one['points']}"
                for one in graded
                if one["solution"] == solution
            )
            for solution in (False, True)
        )
        total = sum(one["points"] for one in graded)
        lines.append(f"| {name} | {by_check} | {by_hand or '–'} | {total} |")
    return "\n".join(lines)


def main() -> None:
    """Make the course, and say what is in it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "_build" / "assignments")
    parser.add_argument("--seed", type=int, default=2027, help="of the hidden cases")
    options = parser.parse_args()
    made = lay_out(options.into, options.seed)
    generate(options.into, made)
    print(table(options.into, made))
    print(f"The course is in {options.into}; how to go on says book/teaching/assignments.md")


if __name__ == "__main__":
    main()
