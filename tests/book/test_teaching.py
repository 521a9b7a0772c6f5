"""The teacher's pages say what the chapters say: times, exercises, figures, points."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from digitlib.course.exercises import asked_for

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "book" / "teaching"
NAMES = ("plan", "chapters", "marking", "adapt")
STEMS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
CHAPTER = re.compile(r"\{doc\}`\.\./\.\./notebooks/(\w+)`")


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def prose(stem: str) -> str:
    cells = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def short_path(stem: str) -> int:
    return int(re.search(r"\*\*Short path\*\* \((\d+) minutes\)", prose(stem))[1])


def rows(text: str) -> list[list[str]]:
    """Return the cells of each row of a table, without its head."""
    lines = [line.strip().strip("|").split("|") for line in text.split("\n") if line[:1] == "|"]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def section(name: str, heading: str) -> str:
    return re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", page(name), re.M | re.S)[1]


def ref_targets() -> tuple[set[str], set[str], set[str]]:
    """Return the labels of exercises, of sections, and of figures."""
    exercises, sections, figures = set(), set(), set()
    for stem in STEMS:
        path = ROOT / "notebooks" / f"{stem}.ipynb"
        exercises |= set(re.findall(r":label: *(ex-[\w-]+)", prose(stem)))
        sections |= set(re.findall(r"^\(([\w-]+)\)=", prose(stem), re.M))
        figures |= set(re.findall(r":name: *(fig-[\w-]+)", prose(stem)))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            figures |= {figure["name"]} if "name" in figure else set()
    for path in (ROOT / "book").glob("*.md"):
        sections |= set(re.findall(r"^\(([\w-]+)\)=", path.read_text(encoding="utf-8"), re.M))
    return exercises, sections, figures


# --- Times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Three hours", "One day"])
def test_a_day_by_the_clock_adds_up(name):
    text = section("plan", name)
    table = rows(text)
    assert sum(bool(CHAPTER.search(what)) for _, what, _ in table) >= 2
    hours, minutes = map(int, table[0][0].split(":"))
    at = timedelta(hours=hours, minutes=minutes)
    for begins, what, takes in table:
        hours, minutes = map(int, begins.split(":"))
        assert timedelta(hours=hours, minutes=minutes) == at, f"{begins} {what}"
        at += timedelta(minutes=int(takes))
        for stem in CHAPTER.findall(what):
            assert int(takes) == short_path(stem), stem
    together = int(re.search(r"^Together: (\d+) minutes", text, re.M)[1])
    assert together == sum(int(takes) for *_, takes in table)


@pytest.mark.parametrize(
    ("name", "length", "count"), [("Two weeks", 120, 10), ("A semester", 180, 14)]
)
def test_sessions_hold_their_chapters_and_a_rest(name, length, count):
    text = section("plan", name)
    assert f"of {length} minutes" in text
    table = rows(text)
    assert [int(row[0]) for row in table] == list(range(1, count + 1))
    for _, what, takes, rest, _ in table:
        stems = CHAPTER.findall(what)
        assert stems
        assert int(takes) == sum(short_path(stem) for stem in stems), stems
        assert int(takes) + int(rest) == length, stems
        assert int(rest) >= 25


def test_a_semester_has_all_chapters_and_the_workshop_its_three_hours():
    assert sorted(CHAPTER.findall(section("plan", "A semester"))) == STEMS
    assert "Together: 180 minutes" in section("plan", "Three hours")


# --- What is referred to ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_refers_to_is_there(name):
    exercises, sections, figures = ref_targets()
    text = page(name)
    for kind, label in re.findall(r"\{(ref|numref)\}`(?:[^`<]*<)?([\w-]+)>?`", text):
        assert label in (figures if kind == "numref" else exercises | sections), label
    assert set(CHAPTER.findall(text)) <= set(STEMS)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (PAGES / target).exists(), target
    # Said without a title, an exercise would be called by a number alone.
    assert not re.search(r"\{ref\}`ex-", text)


def test_every_goal_has_an_exercise_that_shows_it():
    goals = re.search(r"## What they will be able to do\n(.*?)\n## ", page("plan"), re.S)[1]
    for goal, learned, shown in rows(goals):
        stems = CHAPTER.findall(learned)
        labels = re.findall(r"\{ref\}`([^<`]+) <(ex-(\d\d)-[\w-]+)>`", shown)
        assert stems and labels, goal
        for title, label, chapter in labels:
            assert chapter in {stem[:2] for stem in stems}, label
            assert bool(asked_for(label)) != title.startswith("argue"), label
    assert set(CHAPTER.findall(goals)) == set(STEMS[1:])


def test_every_chapter_has_its_advice():
    parts = re.split(r"^\(teach-(\d\d)\)=\n", page("chapters"), flags=re.M)
    assert parts[1::2] == [stem[:2] for stem in STEMS]
    for stem, text in zip(STEMS, parts[2::2], strict=True):
        assert text.startswith(f"## {stem[:2]} · "), stem
        assert CHAPTER.search(text)[1] == stem
        heads = re.findall(r"^\*\*([A-Z][\w ]+)\*\*", text, re.M)
        assert heads == ["They think", "Ask", "On the board", "In the room"], stem
        thinks, asks = text.split("**Ask**")[0], text.split("**Ask**")[1]
        assert len(re.findall(r"^- \*", thinks, re.M)) in (2, 3), stem
        assert len(re.findall(r"^\d\. ", asks, re.M)) == 3, stem
        assert asks.count("*Listen for:*") == 3, stem


# --- Points -----------------------------------------------------------------------------------


def test_the_points_add_up():
    text = section("marking", "Points")
    points = [int(row[-1]) for row in rows(text)]
    assert sum(points) == int(re.search(r"Together: (\d+) points", text)[1]) == 100
    by_name = {row[0]: int(row[-1]) for row in rows(text)}
    left = 100 - by_name["Comparison"] - by_name["The change"]
    assert f"{left} points remain" in page("marking")
    assert by_name["The change"] == 20  # "half of the twenty points"
