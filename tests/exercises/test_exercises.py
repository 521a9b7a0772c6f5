"""The checks are checked: right answers pass, wrong ones get the sentence that they deserve."""

import re
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
import pytest

from digitlib.course.exercises import asked_for, check, verdict
from digitlib.course.exercises.checking import (
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
    exercises_of,
)

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem[:2] for path in (ROOT / "notebooks").glob("*.ipynb"))
WITH_CHECKS = [chapter for chapter in CHAPTERS if exercises_of(chapter)]


def answers(chapter: str):
    return import_module(f"tests.exercises.chapter_{chapter}")


def cases(kind: str):
    return [
        pytest.param(label, case, id=f"{label}-{number}")
        for chapter in WITH_CHECKS
        for label, given in getattr(answers(chapter), kind).items()
        for number, case in enumerate(given)
    ]


@pytest.mark.parametrize("chapter", WITH_CHECKS)
def test_every_check_is_tried_on_wrong_and_right_answers(chapter):
    checks, tried = exercises_of(chapter), answers(chapter)
    assert set(tried.RIGHT) == set(tried.WRONG) == set(checks)
    for label in checks:
        assert len(tried.RIGHT[label]) >= 2, f"{label}: the solution, and one written differently"
        assert len(tried.WRONG[label]) >= 3, f"{label}: three wrong answers that students give"


@pytest.mark.parametrize(("label", "given"), cases("RIGHT"))
def test_a_right_answer_passes(label, given):
    said = verdict(label, *given)
    assert said.right is True, said.sentence
    assert said.share == 1


@pytest.mark.parametrize(("label", "case"), cases("WRONG"))
def test_a_wrong_answer_is_told_what_is_wrong(label, case):
    given, words, *share = case
    said = verdict(label, *given)
    assert said.right is False
    assert words in said.sentence
    assert "\n" not in said.sentence
    assert said.share == pytest.approx(*share or [0])


@pytest.mark.parametrize("chapter", WITH_CHECKS)
def test_an_untouched_copy_gets_nothing(chapter):
    for label, one in exercises_of(chapter).items():
        said = verdict(label, *[...] * len(one.asks))
        assert said.right is None
        assert said.share == 0
        assert one.asks[0] in said.sentence


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_check_belongs_to_an_exercise_of_its_chapter(chapter):
    (path,) = (ROOT / "notebooks").glob(f"{chapter}_*.ipynb")
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert set(exercises_of(chapter)) <= set(re.findall(r":label: *(ex-\S+)", text))


# --- What is right in part --------------------------------------------------------------------


def test_what_is_there_counts_while_the_rest_is_missing():
    ways, sees, unseen = answers("05").RIGHT["ex-05-seven"][0]
    numbers = answers("02").RIGHT["ex-02-shift"][0]
    assert verdict("ex-02-shift", numbers[0], ..., ...).share == 1 / 2
    assert verdict("ex-02-shift", *numbers[:2], ...).share == 3 / 4
    assert verdict("ex-02-shift", ..., *numbers[1:]).share == 0
    assert verdict("ex-05-seven", ways, ..., ...).share == pytest.approx(4 / 12)
    said = verdict("ex-05-seven", ways, sees, ...)
    assert said.share == pytest.approx(8 / 12)
    assert said.right is None
    assert said.sentence.startswith("put in place of the dots")
    assert verdict("ex-05-seven", ways, sees, unseen).share == 1


def test_a_student_is_told_nothing_of_shares(capsys):
    check("ex-02-shift", *answers("02").RIGHT["ex-02-shift"][0][:2], "right")
    assert capsys.readouterr().out == (
        "Not yet: compare your two rows of numbers again: which falls faster.\n"
    )


# --- What all checks share --------------------------------------------------------------------


def test_what_is_handed_over_is_counted(capsys):
    check("ex-05-slant")
    assert "handed 1 things" in capsys.readouterr().out


def test_what_is_said_is_a_sentence(capsys):
    check("ex-05-slant", np.eye(3))
    said = capsys.readouterr().out
    assert said.startswith("Not yet: ")
    assert said.endswith(".\n")


def test_a_label_that_is_no_exercises_is_named():
    with pytest.raises(ValueError, match=r"ex-05-slatn.*ex-05-slant"):
        verdict("ex-05-slatn", 1)
    with pytest.raises(ValueError, match="fig-05-holes"):
        verdict("fig-05-holes", 1)
    assert asked_for("fig-05-holes") == ()
    with pytest.raises(ValueError, match="what is asked"):
        exercise("ex-05-slant")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.5, "looks like a share of 1"),
        (70, "is not 70"),
        ("50", "one number"),
        ([50], "one number"),
        (True, "one number"),
        (float("nan"), "nan"),
        (np.mean, "a function"),
    ],
)
def test_a_number_is_told_what_it_is_not(answer, words):
    with pytest.raises(Wrong, match=words):
        a_number(answer, "the share, in percent", 40, 60)
    assert a_number(np.float32(50), "the share, in percent", 40, 60) == 50


def test_a_share_that_is_given_in_percent_is_told_so():
    with pytest.raises(Wrong, match="looks like percent"):
        a_number(50, "the share", 0.4, 0.6)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (np.zeros(3), "shape 2 × any"),
        (5, "a single number"),
        (["a"], "array of numbers"),
        ([[np.inf], [1]], "finite"),
    ],
)
def test_an_array_is_told_what_it_is_not(answer, words):
    with pytest.raises(Wrong, match=words):
        an_array(answer, "the table", (2, None))
    assert an_array([[1], [2]], "the table", (2, None)).shape == (2, 1)


def test_a_function_that_raises_is_told_so():
    with pytest.raises(Wrong, match="ZeroDivisionError: division by zero"):
        a_function(lambda value: 1 / value, "your function")(0)
    with pytest.raises(Wrong, match=r"without \(\)"):
        a_function(3, "your function")
    assert a_function(len, "your function")("abc") == 3
