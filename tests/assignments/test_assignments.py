"""The lecturer's assignments: what is handed out, what it earns, and who can spoil it for whom."""

import csv
import re
import socket
import subprocess
import sys
import zipfile
from functools import cache
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from digitlib.course.exercises.checking import Wrong, exercises_of, grade
from tools import assignments
from tools.plain import OPENING
from tools.student import notebook_of

ROOT = Path(__file__).parents[2]
WHOLE = {"02": "02_explore_mnist", "05": "05_convolution"}
SECONDS = 10  # for a cell; enough for the check of a cell that isn't hostile, on a busy machine


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of two chapters, released."""
    folder = tmp_path_factory.mktemp("course")
    assert assignments.lay_out(folder, seed=1, only=set(WHOLE)) == list(WHOLE.values())
    lay_fence(folder)
    assignments.generate(folder, [*WHOLE.values(), "fence"])
    return folder


def read(path):
    return nbformat.read(path, as_version=4)


def api(course, seconds=None):
    config = assignments.configuration(course)
    if seconds:
        config.Execute.timeout = seconds
        config.Execute.iopub_timeout = 2
    return NbGraderAPI(config=config)


def scores(course, name, student):
    """Return what a student earned by checks: label and points, and what there is to earn."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "handwritten-digits") as book:
        grades = [
            one
            for notebook in book.find_submission(name, student).notebooks
            for one in notebook.grades
        ]
        earned = {one.name: one.auto_score for one in grades}
        return earned, {one.name: one.max_score for one in grades}


def hand_in(course, name, student, notebook):
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def answered(notebook, label, code):
    """Put other code into the cell for an answer."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{label}-answer":
            cell.source = code
    return notebook


# --- What is handed out -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The sources of all chapters."""
    folder = tmp_path_factory.mktemp("everything")
    return folder, assignments.lay_out(folder, seed=1)


def test_each_chapter_of_the_walk_has_an_assignment(everything):
    assert [name[:2] for name in everything[1]] == [f"{number:02}" for number in range(2, 13)]


def test_the_text_is_plain_and_complete(everything):
    folder, made = everything
    for name in made:
        cells = read(folder / "source" / name / f"{name}.ipynb").cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert not re.search(r"\{[\w:]+\}`|^`{3,}\{|^:\w+:|^\([\w-]+\)=$", text, re.MULTILINE)
        assert not [line for line in text.split("\n") if (m := OPENING.match(line)) and m["name"]]
        assert not re.search(r"\]\((?!https?://|#)", text), "a link to a page that is not there"
        assert text.count("### Exercise") == len(list(assignments.exercises(chapter(name))))


def test_each_check_is_graded_and_each_argument_has_its_questions(everything):
    folder, made = everything
    for name in made:
        cells = read(folder / "source" / name / f"{name}.ipynb").cells
        graded = {
            known["grade_id"]: known
            for cell in cells
            if (known := cell.metadata.get("nbgrader")) and known["grade"]
        }
        assert list(graded) == [one.label for one in assignments.exercises(chapter(name))]
        assert set(exercises_of(name[:2])) == {
            label for label, known in graded.items() if not known["solution"]
        }
        assert {known["points"] for known in graded.values() if known["solution"]} <= {3}
        text = "\n".join(cell.source for cell in cells)
        by_hand = sum(known["solution"] for known in graded.values())
        assert len(re.findall(r"say yes to:\*\n\n(?:- .*\n?){3}$", text, re.MULTILINE)) == by_hand
        assert 4 <= len(graded) <= 8


def test_the_lecturers_page_has_the_same_table(everything):
    page = (ROOT / "book" / "teaching" / "assignments.md").read_text(encoding="utf-8")
    assert assignments.table(*everything) in page


def chapter(name):
    return assignments.CHAPTERS / f"{name}.ipynb"


@pytest.mark.parametrize("name", WHOLE.values())
def test_the_release_holds_neither_solutions_nor_hidden_cases(course, name):
    released = read(course / "release" / name / f"{name}.ipynb")
    text = "\n".join(cell.source for cell in released.cells)
    assert "SOLUTION" not in text
    assert "HIDDEN" not in text
    source = read(course / "source" / name / f"{name}.ipynb")
    for cell in source.cells:
        if found := re.search(r"### BEGIN SOLUTION\n(.*?)\n### END", cell.source, re.DOTALL):
            assert found[1] not in text


# --- What an answer earns, in one process -----------------------------------------------------


@cache
def graded_cells(source):
    """Return the graded cells of an assignment: label, points, names, code."""
    found = []
    for cell in read(source).cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade") and not known["solution"]:
            call = re.search(rf'= grade\("{known["grade_id"]}", (.*), points=', cell.source)
            found.append((known["grade_id"], known["points"], call[1].split(", "), cell.source))
    return found


@cache
def earns_right(source, label):
    right = import_module(f"tests.exercises.chapter_{label[3:5]}").RIGHT
    return earns(source, label, right[label][0])


def earns(source, label, given):
    """Return what the cell that grades an exercise gives for an answer."""
    for this, _, names, code in graded_cells(source):
        if this == label:
            there = dict(zip(names, given, strict=True))
            try:
                exec(code, there)
            except Wrong:
                return 0
            return there["earned"]
    raise ValueError(label)


@pytest.mark.parametrize(
    ("number", "label", "case", "share"),
    [
        pytest.param(number, label, case, sum(share), id=f"{label}-{place}")
        for number in WHOLE
        for label, cases in import_module(f"tests.exercises.chapter_{number}").WRONG.items()
        for place, (case, _, *share) in enumerate(cases)
    ],
)
def test_a_wrong_answer_costs_its_own_points(course, number, label, case, share):
    source = course / "source" / WHOLE[number] / f"{WHOLE[number]}.ipynb"
    points = {one: most for one, most, *_ in graded_cells(source)}
    earned = {one: earns_right(source, one) for one in points}
    assert earned == points
    part = earns(source, label, case)
    assert 2 * part == int(2 * points[label] * share + 1e-6)
    assert part < points[label]


def test_every_exercise_gives_a_part_of_its_points_for_a_part_of_the_answer():
    for number in range(assignments.FIRST, assignments.LAST + 1):
        wrong = import_module(f"tests.exercises.chapter_{number:02}").WRONG
        for place, (label, cases) in enumerate(wrong.items()):
            earned = [assignments.POINTS[place] * sum(share) for _, _, *share in cases]
            assert max(earned) >= 1, label


def test_a_part_is_said_and_rounded_down_to_half_points(capsys):
    right, down, _ = import_module("tests.exercises.chapter_02").RIGHT["ex-02-shift"][0]
    assert grade("ex-02-shift", right, down, "right", points=3) == 2
    said = capsys.readouterr().out
    assert said.endswith("which falls faster. So far 2 of 3 points.\n")
    assert grade("ex-02-shift", right, ..., ..., points=3) == 1.5
    assert "Put in place of the dots" in capsys.readouterr().out
    shape, parameters, work = import_module("tests.exercises.chapter_06").RIGHT["ex-06-count"][0]
    assert grade("ex-06-count", shape, parameters, work + 1, points=3) == 2


def test_an_untouched_answer_earns_nothing():
    with pytest.raises(Wrong, match="Put in place of the dots"):
        grade("ex-05-slant", ..., points=2)


def test_an_answer_that_knows_the_usual_cases_by_heart_is_found(capsys):
    tried = import_module("tests.exercises.chapter_05")
    known = {}

    def remember(image, weights, stride=1, padding=0):
        return known.setdefault(image.tobytes(), tried.slide(image, weights, stride, padding))

    def recall(image, weights, stride=1, padding=0):
        return known.get(image.tobytes(), np.zeros((2, 2)))

    assert grade("ex-05-no-loops", remember, tried.layer, points=4) == 4
    assert grade("ex-05-no-loops", recall, tried.layer, points=4) == 4
    assert "Right" in capsys.readouterr().out
    with pytest.raises(Wrong, match="Asked again with other numbers: Not yet"):
        grade("ex-05-no-loops", recall, tried.layer, points=4, seed=1)
    assert np.random.default_rng.__module__ != "digitlib.course.exercises.checking"


HIDDEN = [
    label
    for number in range(assignments.FIRST, assignments.LAST + 1)
    for label in exercises_of(f"{number:02}")
    if assignments.has_hidden_cases(label)
]


@pytest.mark.parametrize("label", HIDDEN)
def test_a_right_answer_is_right_on_the_hidden_cases(label):
    right = import_module(f"tests.exercises.chapter_{label[3:5]}").RIGHT
    assert grade(label, *right[label][0], points=2, seed=1) == 2


def test_the_lecturers_page_counts_them():
    page = (ROOT / "book" / "teaching" / "assignments.md").read_text(encoding="utf-8")
    checked = [exercises_of(f"{number:02}") for number in range(2, 13)]
    assert f"in {len(HIDDEN)} of the {sum(map(len, checked))}," in page


# --- Whole chapters through nbgrader ----------------------------------------------------------


def test_the_solution_earns_everything_and_the_release_nothing(course):
    name = WHOLE["02"]
    hand_in(course, name, "solution", read(course / "source" / name / f"{name}.ipynb"))
    hand_in(course, name, "release", read(course / "release" / name / f"{name}.ipynb"))
    told = api(course).autograde(name, "*")
    assert told["success"], told
    earned, most = scores(course, name, "solution")
    by_hand = {"ex-02-clean"}
    assert {label for label, points in earned.items() if points is None} == by_hand
    assert all(earned[label] == most[label] for label in most.keys() - by_hand)
    earned, _ = scores(course, name, "release")
    assert set(earned.values()) == {0}


def test_a_class_of_three_is_collected_graded_told_and_exported(course, tmp_path):
    name = WHOLE["05"]
    ada = read(course / "source" / name / f"{name}.ipynb")
    ben = read(course / "source" / name / f"{name}.ipynb")
    answered(ben, "ex-05-slant", "slant = 3 * np.eye(3)[::-1] - 1")
    answered(ben, "ex-05-seven", "ways, sees, unseen = [[(4, 4, 0)]] * 4, [16] * 4, [0] * 4")
    cyd = read(course / "release" / name / f"{name}.ipynb")
    cyd.cells = [cell for cell in cyd.cells if "ex-05-seven" not in cell.source]
    archive = course / "downloaded" / name / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / "class.zip", "w") as packed:
        for student, notebook in {"ada": ada, "ben": ben, "cyd": cyd}.items():
            again = " (1)" if student == "ben" else ""
            packed.writestr(f"class/{student}_{name}{again}.ipynb", nbformat.writes(notebook))
        packed.writestr("class/ada_shadow.jpg", "a picture")
        # Handed in under a name of one's own: nobody is called 05.
        packed.writestr(f"class/{name}_dora.ipynb", nbformat.writes(cyd))

    nbgrader(course, "zip_collect", name)
    assert (course / "submitted" / "ada" / name / "shadow.jpg").exists()
    assert {path.name for path in (course / "submitted").iterdir()} >= {"ada", "ben", "cyd"}
    assert not list((course / "submitted").glob("*/*/*dora*"))
    nbgrader(course, "autograde", name)
    earned, most = scores(course, name, "ada")
    by_check = most.keys() - {"ex-05-wrong"}
    assert all(earned[label] == most[label] for label in by_check)
    earned, _ = scores(course, name, "ben")
    # One of the four ways is right, with what it sees: a quarter of three points.
    lost = {"ex-05-slant": 0, "ex-05-seven": 0.5}
    assert {label: earned[label] for label in lost} == lost
    assert all(earned[label] == most[label] for label in by_check - lost.keys())
    assert set(scores(course, name, "cyd")[0].values()) == {0}

    with Gradebook(f"sqlite:///{course}/gradebook.db", "handwritten-digits") as book:
        for student, points in {"ada": 3, "ben": 2}.items():
            by_hand = book.find_grade("ex-05-wrong", name, name, student)
            assert by_hand.needs_manual_grade
            by_hand.manual_score, by_hand.needs_manual_grade = points, False
        book.db.commit()
    told = api(course).generate_feedback(name, "*")
    assert told["success"], told
    feedback = (course / "feedback" / "ben" / name / f"{name}.html").read_text(encoding="utf-8")
    assert "the other slant" in feedback
    nbgrader(course, "export", "--to", str(tmp_path / "grades.csv"), "--assignment", f"['{name}']")
    with (tmp_path / "grades.csv").open() as lines:
        rows = {row["student_id"]: row for row in csv.DictReader(lines)}
    assert {student: float(rows[student]["score"]) for student in ("ada", "ben", "cyd")} == {
        "ada": 17,
        "ben": 17 - 2 - 2.5 - 1,
        "cyd": 0,
    }


def nbgrader(course, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=course, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# --- Hostile submissions ----------------------------------------------------------------------

HOSTILE = {
    "loops": "while True:\n    pass",
    "loops-on": "while True:\n    try:\n        while True:\n            pass\n"
    "    except BaseException:\n        pass",
    "prints": "for _ in range(1000):\n    print('x' * 1_000_000)",
    "deletes": "import shutil\nshutil.rmtree('COURSE')",
    "connects": "import socket\nsocket.create_connection(('127.0.0.1', PORT))",
    "copies": "print(open('COURSE/source/fence/fence.ipynb').read())",
    "ends": "import os\nos._exit(0)",
}
# What it costs them: the error that the cell has.
TOLD = {
    "loops": "CellTimeoutError",
    "loops-on": "CellTimeoutError",
    "prints": "OSError",
    "ends": "DeadKernelError",
}


def lay_fence(course):
    """Write a short assignment, whose second exercise nobody spoils."""
    solution = assignments.Solution(assignments.SOLUTIONS / f"{WHOLE['05']}.ipynb")
    cells = [
        v4.new_markdown_cell("# Two exercises"),
        assignments.marked(v4.new_code_cell("import numpy as np"), "given-1", locked=True),
        *assignments.checked_cells("ex-05-slant", solution, 2, seed=1),
        *assignments.checked_cells("ex-05-seven", solution, 3, seed=1),
    ]
    (course / "source" / "fence").mkdir()
    nbformat.write(notebook_of(cells), course / "source" / "fence" / "fence.ipynb")


def test_a_hostile_answer_loses_its_own_points_and_nobody_elses(course):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = str(server.getsockname()[1])
        for student, code in HOSTILE.items():
            source = read(course / "source" / "fence" / "fence.ipynb")
            code = code.replace("COURSE", str(course)).replace("PORT", port)
            hand_in(course, "fence", student, answered(source, "ex-05-slant", code))
        hand_in(course, "fence", "zoe", read(course / "source" / "fence" / "fence.ipynb"))
        there = set(course.rglob("*"))
        told = api(course, SECONDS).autograde("fence", "*")
        assert told["success"], told
        with pytest.raises(TimeoutError):
            server.accept()
    for student in HOSTILE:
        earned, most = scores(course, "fence", student)
        assert most == {"ex-05-slant": 2, "ex-05-seven": 3}
        assert earned == {"ex-05-slant": 0, "ex-05-seven": 3}, student
        graded = course / "autograded" / student / "fence" / "fence.ipynb"
        assert graded.stat().st_size < 200_000
        errors = [one.ename for one in read(graded).cells[2].outputs if "ename" in one]
        assert errors[-1] == TOLD.get(student, "PermissionError")
    assert scores(course, "fence", "zoe")[0] == {"ex-05-slant": 2, "ex-05-seven": 3}
    assert all(path.exists() for path in there)


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        ("open('CLOSED/file')", "may not read"),
        ("os.listdir('CLOSED')", "may not read"),
        ("os.open('CLOSED/file', os.O_RDONLY)", "may not read"),
        ("open('../link/file')", "may not read"),
        ("os.chdir('CLOSED') or open('file')", "may not read"),
        ("open(f'/proc/{os.getppid()}/environ')", "may not read"),
        ("open('ELSEWHERE/new', 'w')", "own folder only"),
        ("os.remove('ELSEWHERE/file')", "own folder only"),
        ("os.open('ELSEWHERE', os.O_RDONLY)", "may not open"),
        ("os.open('../closed/file', os.O_RDONLY)", "may not open"),
        ("os.remove('../elsewhere/file', dir_fd=os.open('.', os.O_RDONLY))", "own folder only"),
        ("os.rename('ELSEWHERE/file', 'file')", "own folder only"),
        ("shutil.rmtree('ELSEWHERE')", "own folder only"),
        ("sqlite3.connect('ELSEWHERE/book.db')", "own folder only"),
        ("sqlite3.connect('file:ELSEWHERE/book.db?mode=rwc', uri=True)", "own folder only"),
        ("subprocess.run(['true'])", "subprocess.Popen"),
        ("os.system('true')", "os.system"),
        ("os.fork()", "os.fork"),
        ("os.kill(os.getppid(), 9)", "os.kill"),
        ("socket.create_connection(('127.0.0.1', 9))", "socket."),
        ("urllib.request.urlopen('http://127.0.0.1:9')", "socket."),
    ],
)
def test_the_guard_refuses(tmp_path, attempt, words):
    folders = {name: tmp_path / name.lower() for name in ("OWN", "CLOSED", "ELSEWHERE")}
    for name, folder in folders.items():
        folder.mkdir()
        (folder / "file").write_text("a")
        attempt = attempt.replace(name, str(folder))
    (tmp_path / "link").symlink_to(folders["CLOSED"])
    guard = assignments.GRADING / "guard.py"
    program = f"""
import os, runpy, shutil, socket, sqlite3, subprocess, sys, urllib.request
hook = runpy.run_path({str(guard)!r})["hook"]
sys.addaudithook(hook({str(folders["OWN"])!r}, [{str(folders["CLOSED"])!r}]))
open("new", "w").close(), open("new").close(), os.remove("new")
{attempt}
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folders["OWN"], capture_output=True, text=True
    )
    last = done.stderr.strip().split("\n")[-1]
    assert "a graded cell may" in last
    assert words in last
    assert (folders["ELSEWHERE"] / "file").exists()
