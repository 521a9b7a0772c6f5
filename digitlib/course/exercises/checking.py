"""How an answer to an exercise is checked: right, or what is wrong with it in one sentence.

The checks of a chapter stand in a module of its number, ``chapter_05.py``, one function for each
exercise. They tell nobody the answer, need no file and no network, and take seconds.

Where an answer can be right in part, its check is a generator: it goes through what is asked, and
yields from time to time which share of the answer is right so far. Whoever calls ``check`` sees
nothing of it; where answers are graded, the last share before a mistake is a share of the points.
"""

import re
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from math import floor
from numbers import Real
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

PACKAGE = __name__.rpartition(".")[0]
LABEL = re.compile(r"ex-(\d\d)-[a-z0-9-]+")

# What a check yields, and what it returns: a remark on a right answer, if there is one.
Steps = Generator[float, None, str | None]


class Wrong(Exception):
    """An answer is not right; its text says what is wrong, in one sentence."""


class Exercise(NamedTuple):
    """What an exercise asks for, and how an answer to it is checked.

    Attributes
    ----------
    label : str
        As in the chapter: ``ex-05-slant``.
    asks : tuple of str
        What is handed over, one phrase for each argument: "your filter, an array of 3 x 3".
    check : callable
        Takes the answers and raises :class:`Wrong`; what it returns, if anything, is a remark
        on a right answer. What it yields, if anything, is the share of the answer, from 0 to 1,
        that is right so far.
    """

    label: str
    asks: tuple[str, ...]
    check: Callable[..., Steps | str | None]


class Verdict(NamedTuple):
    """What is said of an answer.

    Attributes
    ----------
    right : bool or None
        None where nothing was handed over yet.
    sentence : str
        What a student reads.
    share : float
        How much of it is right, from 0 to 1: what comes before the first mistake.
    """

    right: bool | None
    sentence: str
    share: float = 0.0


def exercise(label: str, *asks: str) -> Callable[[Callable], Exercise]:
    """Make a function the check of an exercise.

    Parameters
    ----------
    label : str
        As in the chapter.
    *asks : str
        What is handed over, a phrase for each argument.

    Returns
    -------
    callable
        A decorator.

    Raises
    ------
    ValueError
        If the label is no exercise's, or nothing is asked for.
    """
    if not LABEL.fullmatch(label) or not asks:
        raise ValueError(f"expected a label such as ex-05-slant and what is asked, found {label!r}")
    return lambda check: Exercise(label, asks, check)


@cache
def exercises_of(chapter: str) -> dict[str, Exercise]:
    """Return the checks of a chapter by their labels; none if it has none.

    Parameters
    ----------
    chapter : str
        Its number in two digits.
    """
    name = f"{PACKAGE}.chapter_{chapter}"
    if find_spec(name) is None:
        return {}
    found = vars(import_module(name)).values()
    return {one.label: one for one in found if isinstance(one, Exercise)}


def asked_for(label: str) -> tuple[str, ...]:
    """Return what an exercise's check is handed, () if it has no check."""
    match = LABEL.fullmatch(label)
    found = exercises_of(match[1]).get(label) if match else None
    return found.asks if found else ()


def verdict(label: str, *answers: Any) -> Verdict:
    """Check an answer, and return what is to be said of it.

    Parameters
    ----------
    label : str
        The exercise's.
    *answers : object
        What the exercise asks for; ``...`` stands for what is not there yet.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If there is no such check.
    """
    match = LABEL.fullmatch(label)
    known = exercises_of(match[1]) if match else {}
    if label not in known:
        there = ", ".join(known) or "none of this chapter"
        raise ValueError(f"no exercise with a check is called {label!r}; there are: {there}")
    _, asks, function = known[label]
    if len(answers) != len(asks):
        return Verdict(False, f"this check is handed {len(asks)} things: {'; '.join(asks)}")
    missing = [answer is ... for answer in answers]
    waiting = f"put in place of the dots: {'; '.join(asks)}"
    if all(missing):
        return Verdict(None, waiting)
    share, said = 0.0, None
    steps = _steps(function, answers)
    try:
        while True:
            share = next(steps)
    except StopIteration as end:
        said = Verdict(True, f"right{': ' + end.value if end.value else ''}", 1.0)
    except Wrong as wrong:
        said = Verdict(False, f"not yet: {wrong}", share)
    except Exception:
        # A check may stumble over dots, and over nothing else.
        if not any(missing):
            raise
    return Verdict(None, waiting, share) if said is None or any(missing) else said


def _steps(function: Callable[..., Steps | str | None], answers: Sequence[Any]) -> Steps:
    """Go through a check, whether or not it yields."""
    outcome = function(*answers)
    return (yield from outcome) if isinstance(outcome, Generator) else outcome


def check(label: str, *answers: Any) -> None:
    """Say whether an answer is right, or what is wrong with it.

    Parameters
    ----------
    label : str
        The exercise's, as in ``check("ex-05-slant", my_filter)``.
    *answers : object
        What the exercise asks for.
    """
    print(_as_sentence(verdict(label, *answers)))


def grade(label: str, *answers: Any, points: float, seed: int | None = None) -> float:
    """Say what an answer is like and return what it earns, or raise if that is nothing.

    Parameters
    ----------
    label : str
        The exercise's.
    *answers : object
        What the exercise asks for.
    points : float
        What a right answer earns.
    seed : int, optional
        Draw the check's made-up cases anew, so that an answer that knows the usual ones by
        heart is found.

    Returns
    -------
    float
        The points, in halves: those for the share that is right, rounded down.

    Raises
    ------
    Wrong
        If the answer earns nothing, or is not there yet.
    """
    with _cases_drawn_anew(label, seed):
        said = verdict(label, *answers)
    # A third and two thirds are a little less than they should be.
    earned = floor(2 * points * said.share + 1e-6) / 2
    again = "" if seed is None else "Asked again with other numbers: "
    sentence = f"{again}{_as_sentence(said)}"
    if not earned:
        raise Wrong(sentence)
    print(sentence if said.right else f"{sentence} So far {earned:g} of {points:g} points.")
    return earned


def _as_sentence(said: Verdict) -> str:
    return f"{said.sentence[0].upper()}{said.sentence[1:]}."


@contextmanager
def _cases_drawn_anew(label: str, seed: int | None) -> Iterator[None]:
    """Give the checks of a label's chapter other random numbers, and nobody else."""
    if seed is None:
        yield
        return
    chapter = f"{PACKAGE}.chapter_{label[3:5]}"
    original = np.random.default_rng

    def other(first: Any = None) -> np.random.Generator:
        ours = sys._getframe(1).f_globals.get("__name__") == chapter and isinstance(first, int)
        return original([seed, first] if ours else first)

    _forget_cases(chapter)
    try:
        with patch.object(np.random, "default_rng", other):
            yield
    finally:
        _forget_cases(chapter)


def _forget_cases(chapter: str) -> None:
    for one in vars(import_module(chapter)).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()


# --- What many checks ask of an answer --------------------------------------------------------


def a_number(answer: Any, what: str, low: float, high: float) -> float:
    """Return an answer as a number between two bounds.

    Parameters
    ----------
    answer : object
        What was handed over.
    what : str
        What it should be, as in "the share of upright ones, in percent".
    low, high : float
        A right answer is between them.

    Returns
    -------
    float

    Raises
    ------
    Wrong
        If it is no number, a share where percent are wanted or the other way round, or outside.
    """
    value = np.asarray(answer)
    if value.shape != () or not isinstance(value.item(), Real) or isinstance(value.item(), bool):
        raise Wrong(f"{what} should be one number, and this is {_described(answer)}")
    number = float(value)
    if not np.isfinite(number):
        raise Wrong(f"{what} is {number}")
    if not low <= number <= high:
        if low <= 100 * number <= high:
            raise Wrong(f"{what} should be in percent; {number:.4g} looks like a share of 1")
        if low <= number / 100 <= high:
            raise Wrong(f"{what} should be a share of 1; {number:.4g} looks like percent")
        raise Wrong(f"{what} is not {number:.4g}")
    return number


def an_array(answer: Any, what: str, shape: Sequence[int | None]) -> np.ndarray:
    """Return an answer as an array of a shape.

    Parameters
    ----------
    answer : object
        What was handed over: an array, a list, a tensor.
    what : str
        What it should be.
    shape : sequence of int or None
        Its shape; None where any length will do.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    Wrong
        If it has another shape, or is no array of numbers.
    """
    value = np.asarray(answer)
    if value.dtype.kind not in "biuf":
        raise Wrong(f"{what} should be an array of numbers, and this is {_described(answer)}")
    fits = value.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, value.shape, strict=True)
    )
    if not fits:
        wanted = " × ".join("any" if side is None else str(side) for side in shape)
        found = " × ".join(map(str, value.shape)) or "a single number"
        raise Wrong(f"{what} should have the shape {wanted}, and this has {found}")
    if not np.isfinite(value).all():
        raise Wrong(f"{what} has entries that are no finite numbers")
    return value


def a_function(answer: Any, what: str) -> Callable:
    """Return an answer as a function whose own errors become sentences.

    Parameters
    ----------
    answer : object
        What was handed over.
    what : str
        What it should be.

    Returns
    -------
    callable
        It raises :class:`Wrong` where the answer raises anything.

    Raises
    ------
    Wrong
        If it is none, for example because it was called already.
    """
    if not callable(answer):
        raise Wrong(f"{what} should be a function, without (); this is {_described(answer)}")

    def called(*arguments: Any, **named: Any) -> Any:
        try:
            return answer(*arguments, **named)
        except Exception as error:
            said = " ".join(str(error).split())
            raise Wrong(f"{what} raises {type(error).__name__}: {said}") from error

    return called


def _described(answer: Any) -> str:
    if isinstance(answer, np.ndarray):
        return f"an array of shape {answer.shape}"
    if callable(answer):
        return "a function"
    if isinstance(answer, str):
        return f"the text {answer[:40]!r}"
    if isinstance(answer, int | float | np.number) and not isinstance(answer, bool):
        return f"the number {answer}"
    return f"{type(answer).__name__} {str(answer)[:40]!r}"
