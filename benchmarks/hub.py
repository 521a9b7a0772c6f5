"""A class at work on one hub: whether it holds, and what each student costs.

A real hub with its proxy, a server and a kernel for each student; the students are threads that
send what a browser sends, and one of them is a browser. At the same moment all log in, run the
reader of chapter 13 on a hundred frames, fetch an assignment, answer it and hand it in. The
teacher collects, grades and exports. At the end a few of them train a network as well.

Everything runs on this machine, the students as well as the hub: what they wait here, they would
not wait longer where the hub has the machine to itself.
"""

import argparse
import csv
import io
import json
import math
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect, sync_playwright

from benchmarks.environment import environment
from hub import accounts
from tests.browser import START, chromium, open_notebook, run_all, watch_errors
from tools.hub_students import COURSE, PASSWORD, RunningHub, Student, running_hub

RESULT = Path(__file__).parent / "results" / "hub.json"
PACKAGES = (
    "jupyterhub",
    "jupyterlab",
    "jupyter-server",
    "nbgrader",
    "ipykernel",
    "onnxruntime",
    "tensorflow-cpu",
)
ASSIGNMENT = "02_explore_mnist"
NOTEBOOK = f"assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
# What some leave as it was handed out; it costs them this exercise and no other.
LEFT_OUT = ("ex-02-axes", "ex-02-shift", "ex-02-copies")
FRAMES, IN_A_CELL = 100, 10
FIRST_CELL = "6 * 7"
# As chapter 13 does: sheets with five digits, 640 x 480, and what stands on them.
READER = """\
import numpy as np
import digitlib
from digitlib.training.paper import photograph

recognizer = digitlib.load_recognizer()
_, (images, labels) = digitlib.load_mnist()
rng = np.random.default_rng({seed})
"""
DRAW = """\
starts = rng.integers(len(images) - 5, size={count})
sheets = [photograph([images[at : at + 5]], rng, digit_height=80) for at in starts]
"""
READ = """\
right = 0
for at, sheet in zip(starts, sheets):
    read = [reading.digit for reading in recognizer.read(sheet)]
    right += read == labels[at : at + 5].tolist()
right
"""
TRAINING = """\
import keras
import numpy as np
import digitlib

(images, labels), _ = digitlib.load_mnist()
layers = [keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D()]
layers += [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images[:, :, :, None] / np.float32(255), labels, batch_size=128, verbose=0)
"""


# --- Memory -----------------------------------------------------------------------------------


def pss_of(process: int) -> int:
    """Return a process's bytes, with a part of what it shares with others; 0 if it ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def owner_of(process: int) -> str:
    """Return whose server a process belongs to, "" if it is the hub's own."""
    try:
        known = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    named = (one for one in known if one.startswith(b"JUPYTERHUB_USER="))
    return next(named, b"=").partition(b"=")[2].decode()


def memory_now(hub: RunningHub) -> dict[str, int]:
    """Return the bytes of each one's processes; what is the hub's and the proxy's under ""."""
    assert hub.process
    found: dict[str, int] = {"": pss_of(hub.process.pid)}
    for process in accounts.below(hub.process.pid):
        name = owner_of(process)
        found[name] = found.get(name, 0) + pss_of(process)
    return found


class Watch:
    """Looks at the memory every few seconds, and keeps the most.

    Attributes
    ----------
    most : dict of str to int
        The most of each student, in bytes.
    together : int
        The most of all at one moment, with the hub.
    least_free : int
        The least that the machine still had.
    """

    def __init__(self, hub: RunningHub, seconds: float = 3):
        self.hub, self.seconds = hub, seconds
        self.most: dict[str, int] = {}
        self.together = 0
        self.least_free = psutil.virtual_memory().available
        self._ended = threading.Event()

    def look(self) -> None:
        """Look once."""
        now = memory_now(self.hub)
        for name, size in now.items():
            self.most[name] = max(size, self.most.get(name, 0))
        self.together = max(self.together, sum(now.values()))
        self.least_free = min(self.least_free, psutil.virtual_memory().available)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        """Look again and again until the block ends."""

        def again() -> None:
            while not self._ended.wait(self.seconds):
                self.look()

        thread = threading.Thread(target=again, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()


# --- A student --------------------------------------------------------------------------------


def answers(source: dict) -> dict[str, str]:
    """Return the code of the cells for an answer, by the name of the cell."""
    found = {}
    for cell in source["cells"]:
        known = cell["metadata"].get("nbgrader", {})
        if known.get("solution") and cell["cell_type"] == "code":
            found[known["grade_id"]] = cell["source"]
    return found


def expected(source: dict, wrong: str) -> float:
    """Return the points that checks give to somebody with one wrong answer."""
    points = 0.0
    for cell in source["cells"]:
        known = cell["metadata"].get("nbgrader", {})
        if known.get("grade") and not known["solution"] and known["grade_id"] != wrong:
            points += known["points"]
    return points


def filled_in(notebook: dict, right: dict[str, str], wrong: str) -> dict:
    """Return a notebook with its answers; one is left as it was handed out."""
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in right and name != f"{wrong}-answer":
            cell["source"] = right[name]
    return notebook


def notebook_of(*cells: str) -> dict:
    """Return a notebook with cells of code."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = [new_code_cell(one) for one in cells]
    return new_notebook(cells=made, metadata={"kernelspec": kernel})


class Lesson:
    """What one student does, and how long everything took.

    Parameters
    ----------
    hub : RunningHub
        Where.
    name : str
        Who.
    right : dict of str to str
        The answers.
    wrong : str
        The exercise that this student does not answer, "" for none.
    together : threading.Barrier
        Where all wait for each other before they log in.
    """

    def __init__(
        self, hub: RunningHub, name: str, right: dict, wrong: str, together: threading.Barrier
    ):
        self.hub, self.name, self.right, self.wrong = hub, name, right, wrong
        self.together = together
        self.student = Student(hub, name)
        self.cells: list[tuple[str, float]] = []
        self.first_answer = self.server = self.took = 0.0
        self.read_right = self.read = 0
        self.problem = "did not finish"

    def __call__(self) -> None:
        """Do it; ``problem`` says what went wrong, if something did."""
        try:
            told = self.student.sign_up()
            self.together.wait(600)
            if "can log in" not in told:
                raise RuntimeError(f"sign-up: {told}")
            began = time.monotonic()
            self.work(began)
            self.took = time.monotonic() - began
            self.problem = ""
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"[:500]

    def work(self, began: float) -> None:
        """Log in, read frames, answer, hand in."""
        self.student.log_in()
        self.start_server()
        self.server = time.monotonic() - began
        with self.student.kernel("chapters") as kernel:
            self.run(kernel, "the first cell", FIRST_CELL)
            self.first_answer = time.monotonic() - began
            self.read_frames(kernel)
        self.student.fetch(ASSIGNMENT)
        notebook = filled_in(self.student.read(NOTEBOOK), self.right, self.wrong)
        with self.student.kernel(f"assignments/{ASSIGNMENT}") as kernel:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    self.run(kernel, "of the assignment", cell["source"], may_fail=True)
        self.student.write(NOTEBOOK, notebook)
        self.student.submit(ASSIGNMENT)

    def start_server(self) -> None:
        """Start the server; who waits too long tries again, as with the page."""
        for last in (False, False, True):
            try:
                self.student.start_server()
                return
            except (TimeoutError, RuntimeError):
                if last:
                    raise

    def read_frames(self, kernel: Any) -> None:
        """Run the camera chapter's reader on frames, a few in a cell."""
        self.run(kernel, "loads the reader", READER.format(seed=random.randrange(10**6)))
        for _ in range(0, FRAMES, IN_A_CELL):
            self.run(kernel, f"draws {IN_A_CELL} frames", DRAW.format(count=IN_A_CELL))
            right = self.run(kernel, f"reads {IN_A_CELL} frames", READ)
            self.read += IN_A_CELL
            self.read_right += int(right)

    def run(self, kernel: Any, what: str, code: str, *, may_fail: bool = False) -> str:
        """Run a cell and keep how long it took."""
        told = kernel.run(code)
        if told.error and not may_fail:
            raise RuntimeError(f"{what}: {told.error}")
        self.cells.append((what, told.seconds))
        return told.text


class LessonInABrowser(Lesson):
    """The same with a mouse: Chromium, JupyterLab, the list of assignments."""

    def work(self, began: float) -> None:
        """Do it in Chromium."""
        with sync_playwright() as playwright, chromium(playwright) as page:
            watch_errors(page)
            page.set_default_timeout(START)
            page.goto(f"{self.hub.url}/hub/login")
            page.locator("#username_input").fill(self.name)
            page.locator("#password_input").fill(PASSWORD)
            page.locator("#login_submit").click()
            self.wait_for_server(page)
            self.server = time.monotonic() - began
            # For the files; the page has a token of its own.
            self.student.log_in()
            self.student.write("first.ipynb", notebook_of(FIRST_CELL))
            self.open_and_run(page, "first.ipynb")
            self.first_answer = time.monotonic() - began
            cells = FIRST_CELL, READER.format(seed=1), DRAW.format(count=FRAMES), READ
            self.student.write("frames.ipynb", notebook_of(*cells))
            self.open_and_run(page, "frames.ipynb")
            shown = page.locator(".jp-OutputArea-output").all_inner_texts()
            self.read_right, self.read = int(shown[-1]), FRAMES
            self.fetch(page)
            notebook = filled_in(self.student.read(NOTEBOOK), self.right, self.wrong)
            self.student.write(NOTEBOOK, notebook)
            self.open_and_run(page, NOTEBOOK)
            page.keyboard.press("Control+s")
            self.hand_in(page)
            if page.page_errors:
                print(self.name, "errors of the page:", page.page_errors[:3])

    def wait_for_server(self, page: Any) -> None:
        """Wait for JupyterLab; where too many start at once, the hub's page tries again."""
        expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=10 * START)

    def open_and_run(self, page: Any, path: str) -> None:
        """Open a notebook in JupyterLab and run all of its cells."""
        began = time.monotonic()
        open_notebook(page, f"{self.hub.url}/user/{self.name}/lab/tree/{path}?reset")
        content = self.student.read(path)
        run_all(page, nbformat.from_dict(content))
        self.cells.append((f"all of {Path(path).name}, in the browser", time.monotonic() - began))

    def assignment_list(self, page: Any) -> Any:
        """Open the list of assignments and return it."""
        page.goto(f"{self.hub.url}/user/{self.name}/lab?reset")
        page.get_by_text("Nbgrader", exact=True).first.click()
        page.get_by_text("Assignment List", exact=True).first.click()
        return page.locator("#assignment_list, .assignment_list, [id*=assignment]").first

    def fetch(self, page: Any) -> None:
        """Press *Fetch*."""
        self.assignment_list(page)
        page.get_by_role("button", name="Fetch", exact=True).first.click()
        expect(page.get_by_role("button", name="Submit", exact=True).first).to_be_visible(
            timeout=START
        )

    def hand_in(self, page: Any) -> None:
        """Press *Submit*."""
        self.assignment_list(page)
        page.get_by_role("button", name="Submit", exact=True).first.click()
        submitted = page.locator("#submitted_assignments_list, [id*=submitted]").first
        expect(submitted).to_contain_text(ASSIGNMENT, timeout=START)


# --- The class --------------------------------------------------------------------------------


def at_once(jobs: list[Callable[[], None]], until: float) -> None:
    """Do jobs at the same time; who is not ready at a moment is waited for no longer."""
    threads = [threading.Thread(target=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def shell(kernel: Any, command: str) -> str:
    """Run a command in the teacher's course, and return what it printed."""
    kernel.close()  # a connection that nobody listened to for minutes was cut by the server
    told = kernel.run(f"!cd ~/{COURSE} && {command}", seconds=1800)
    if told.error:
        raise RuntimeError(f"{command}: {told.error}")
    return told.text


def marks(kernel: Any) -> dict[str, float]:
    """Return the points of everybody, from the table that nbgrader exports."""
    shell(kernel, "nbgrader export --to grades.csv")
    rows = csv.DictReader(io.StringIO(shell(kernel, "cat grades.csv").replace("\r", "")))
    return {row["student_id"]: float(row["score"]) for row in rows}


def train(lesson: Lesson) -> None:
    """Let a student train a network; keeps how long it took."""
    with lesson.student.kernel("chapters") as kernel:
        lesson.run(kernel, "trains a network", TRAINING)


def run(count: int, browsers: int, trainers: int, minutes: float, settings: dict) -> dict:
    """Run the class and return what was measured."""
    until = time.monotonic() + 60 * minutes
    names = [f"s{number:02}" for number in range(count)]
    free_before = psutil.virtual_memory().available
    began = time.monotonic()
    with running_hub(names, chapters={ASSIGNMENT[:2]}, **settings) as hub:
        teacher = Student(hub, "teacher")
        teacher.sign_up(hub.teacher_code)
        teacher.log_in()
        teacher.start_server()
        source = teacher.read(f"{COURSE}/source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
        right = answers(source)
        faults = ["", *LEFT_OUT]
        with teacher.kernel(COURSE) as kernel, Watch(hub).watching() as watch:
            shell(kernel, f"nbgrader release_assignment {ASSIGNMENT}")
            ready = time.monotonic() - began
            together = threading.Barrier(count)
            lessons = [
                (LessonInABrowser if at < browsers else Lesson)(
                    hub, name, right, faults[at % len(faults)], together
                )
                for at, name in enumerate(names)
            ]
            began = time.monotonic()
            at_once(list(lessons), until)
            lesson_took = time.monotonic() - began
            reading = dict(watch.most)
            most_together = watch.together
            print(f"The lesson is over after {lesson_took:.0f} s.", flush=True)
            for lesson in lessons:
                if lesson.problem:
                    print(f"  {lesson.name}: {lesson.problem}", flush=True)
            began = time.monotonic()
            shell(kernel, f"nbgrader collect {ASSIGNMENT}")
            collected = time.monotonic() - began
            shell(kernel, f"nbgrader autograde {ASSIGNMENT}")
            graded = time.monotonic() - began - collected
            found = marks(kernel)
            watch.most.clear()
            watch.together = 0
            at_once([lambda one=one: train(one) for one in lessons[count - trainers :]], until)
            watch.look()
            training = [watch.most.get(one.name, 0) for one in lessons[count - trainers :]]
            assert hub.process
            own = memory_now(hub)[""]
    wanted = {one.name: expected(source, one.wrong) for one in lessons}
    return {
        "students": count,
        "in_a_browser": browsers,
        "settings": settings,
        "lost": sorted(one.name for one in lessons if one.problem),
        "problems": {one.name: one.problem for one in lessons if one.problem},
        "marks_wrong": {
            name: [found.get(name), points]
            for name, points in wanted.items()
            if found.get(name) != points
        },
        "frames_read": sum(one.read for one in lessons),
        "frames_right": sum(one.read_right for one in lessons),
        "ready_s": ready,
        "lesson_s": lesson_took,
        "collect_s": collected,
        "autograde_s": graded,
        "server_s": [one.server for one in lessons],
        "first_answer_s": [one.first_answer for one in lessons],
        "student_s": [one.took for one in lessons],
        "cells": cells_of(lessons),
        "student_pss_mb": [reading.get(one.name, 0) / 2**20 for one in lessons],
        "teacher_pss_mb": reading.get("teacher", 0) / 2**20,
        "hub_pss_mb": own / 2**20,
        "together_pss_mb": most_together / 2**20,
        "machine_used_mb": (free_before - watch.least_free) / 2**20,
        "training_pss_mb": [size / 2**20 for size in training],
    }


def cells_of(lessons: list[Lesson]) -> dict[str, dict]:
    """Return for each kind of cell how many there were, and how long they took."""
    kinds: dict[str, list[float]] = {}
    for lesson in lessons:
        for what, seconds in lesson.cells:
            kinds.setdefault(what, []).append(seconds)
    return {
        what: {"count": len(took), "median_s": statistics.median(took), "slowest_s": max(took)}
        for what, took in kinds.items()
    }


def tables(result: dict) -> tuple[str, str]:
    """Return what the teachers' page says: what was measured, and what machines a class needs."""
    first, memory = result["first_answer_s"], result["student_pss_mb"]
    cells, count = result["cells"], result["students"]
    reads = cells[f"reads {IN_A_CELL} frames"]
    alone = ("in the browser", "trains a network")
    lesson = [kind for what, kind in cells.items() if not what.endswith(alone)]
    slowest = max(kind["slowest_s"] for kind in lesson)
    minutes = (result["lesson_s"] + result["autograde_s"] + result["collect_s"]) / 60
    lost = len(result["lost"]) + len(result["marks_wrong"])
    rows = [
        ("lost, or with a wrong mark", f"{lost}"),
        ("from the login to the answer of the first cell", in_seconds(first)),
        (
            f"a cell that reads {IN_A_CELL} frames",
            f"{reads['median_s']:.1f} s, the slowest {reads['slowest_s']:.1f} s",
        ),
        ("the slowest cell of all", f"{slowest:.0f} s"),
        (
            "memory of a student: server and kernel",
            f"{statistics.median(memory):.0f} MB, the most {max(memory):.0f} MB",
        ),
        ("memory of a student who trains", f"{max(result['training_pss_mb']):.0f} MB"),
        ("memory of the hub and its proxy", f"{result['hub_pss_mb']:.0f} MB"),
        ("all together at one moment", f"{result['together_pss_mb'] / 1024:.1f} GB"),
        ("lesson, collecting and grading", f"{minutes:.0f} minutes"),
    ]
    head = f"| {count} students at once | on {result['environment']['cores']} processors |"
    lines = [head, "|---|---:|", *(f"| {what} | {found} |" for what, found in rows)]
    machines = ["| students at once | who read and count | who all train |", "|---:|---:|---:|"]
    for many in (30, 100, 300):
        each = statistics.median(memory), max(result["training_pss_mb"])
        needed = [f"{gigabytes(many * one + result['hub_pss_mb'])} GB" for one in each]
        machines.append(f"| {many} | {' | '.join(needed)} |")
    return "\n".join(lines), "\n".join(machines)


def in_seconds(times: list[float]) -> str:
    """Return the median and the longest of some times."""
    return f"{statistics.median(times):.0f} s, the last {max(times):.0f} s"


def gigabytes(needed_mb: float) -> int:
    """Return memory for this and a fifth more, with 2 GB for the system, in whole gigabytes."""
    return math.ceil(1.2 * needed_mb / 1024 + 2)


def report(result: dict) -> None:
    """Print what was measured."""
    memory, first = result["student_pss_mb"], result["first_answer_s"]
    print(f"students                       {result['students']:>8}")
    print(f"lost                           {len(result['lost']):>8}")
    print(f"wrong marks                    {len(result['marks_wrong']):>8}")
    print(f"frames read                    {result['frames_read']:>8}")
    print(f"  of them right                {result['frames_right']:>8}")
    print(f"login to first answer (s)      {statistics.median(first):>8.1f}, last {max(first):.1f}")
    for what, kind in result["cells"].items():
        print(f"{what:<31}{kind['median_s']:>8.2f}, slowest {kind['slowest_s']:.1f}")
    print(f"the lesson (s)                 {result['lesson_s']:>8.0f}")
    print(
        f"collect, grade (s)             {result['collect_s']:>8.0f}, {result['autograde_s']:.0f}"
    )
    print(
        f"memory a student (MB, PSS)     {statistics.median(memory):>8.0f}, most {max(memory):.0f}"
    )
    print(f"hub and proxy (MB)             {result['hub_pss_mb']:>8.0f}")
    print(f"all at one moment (MB)         {result['together_pss_mb']:>8.0f}")
    if result["training_pss_mb"]:
        print(f"a student who trains (MB)      {max(result['training_pss_mb']):>8.0f}")


def main() -> None:
    """Run a class on a hub and measure."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=1, help="how many of them use Chromium")
    parser.add_argument("--trainers", type=int, default=2, help="how many train a network then")
    parser.add_argument("--minutes", type=float, default=25, help="the lesson ends at the latest")
    parser.add_argument("--json", type=Path, default=RESULT, help="where the result goes")
    given = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    settings = {"memory": 2.0, "processors": 2.0, "starts_at_once": 5}
    result = run(given.students, given.browsers, given.trainers, given.minutes, settings)
    report(result)
    given.json.parent.mkdir(exist_ok=True)
    found = {"environment": environment(PACKAGES), "memory_gib": total_memory(), **result}
    given.json.write_text(json.dumps(found, indent=2) + "\n")
    print("\nFor book/teaching/hub.md:", *tables(found), sep="\n\n")
    if result["lost"] or result["marks_wrong"]:
        sys.exit(f"lost: {result['problems']}, wrong marks: {result['marks_wrong']}")


def total_memory() -> float:
    """Return the machine's memory in GiB."""
    return psutil.virtual_memory().total / 2**30


if __name__ == "__main__":
    main()
