"""The checks of chapter 02: ink, axes, shifts, copies."""

from functools import cache
from typing import Any

import numpy as np

from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist


@cache
def _ink() -> tuple[np.ndarray, np.ndarray]:
    """Return the ink of each training image, in bytes, and its label."""
    (images, labels), _ = load_mnist()
    return images.sum(axis=(1, 2)).astype(int), labels.copy()


def _extremes(answer: Any, what: str, most: bool) -> np.ndarray:
    """Check the image of each class that has the most ink, or the least."""
    ink, labels = _ink()
    given = an_array(answer, what, (10,))
    if (given != given.astype(int)).any() or not ((given >= 0) & (given < len(ink))).all():
        raise Wrong(f"{what} should be numbers of training images, from 0 to 59,999")
    given = given.astype(int)
    for digit, number in enumerate(given):
        members = np.flatnonzero(labels == digit)
        right = members[ink[members].argmax() if most else ink[members].argmin()]
        if number == right:
            continue
        if number < len(members) and members[number] == right:
            raise Wrong(
                f"{number} counts within the {digit}s; which of all 60,000 training images is it"
            )
        if labels[number] != digit:
            raise Wrong(f"{what}: image {number} is no {digit}, its label is {labels[number]}")
        raise Wrong(f"another {digit} has {'more' if most else 'less'} ink than image {number}")
    return given


@exercise(
    "ex-02-extremes",
    "the numbers of two images: most ink of all, least ink of all",
    "ten numbers: the image with the most ink in class 0, 1, … 9",
    "ten numbers: the image with the least ink",
    "the class whose two differ most in ink",
)
def extremes(two: Any, most: Any, least: Any, widest: Any) -> Steps:
    """Check which images have the most ink and the least, of all and in each class."""
    ink, _ = _ink()
    pair = an_array(two, "the two numbers", (2,)).tolist()
    if pair == [ink.argmin(), ink.argmax()]:
        raise Wrong("most and least have changed places")
    if pair == [ink.max(), ink.min()] or np.allclose(pair, [ink.max() / 255, ink.min() / 255]):
        raise Wrong("that is how much ink they have, and the question is which images they are")
    for number, right, said in zip(
        pair, (ink.argmax(), ink.argmin()), ("more", "less"), strict=True
    ):
        if number != right:
            raise Wrong(f"another training image has {said} ink than image {number:g}")
    yield 1 / 4
    highest = _extremes(most, "the most ink", most=True)
    yield 1 / 2
    lowest = _extremes(least, "the least ink", most=False)
    yield 3 / 4
    digit = a_number(widest, "the class", 0, 9)
    if digit == (ink[highest] / ink[lowest]).argmax():
        raise Wrong(f"the {digit:g}s differ most by a factor; the difference is asked, in ink")
    if digit != (ink[highest] - ink[lowest]).argmax():
        raise Wrong(f"there is a class whose two differ more than those of the {digit:g}s")
    return None


# --- The ten means ----------------------------------------------------------------------------


@cache
def _means() -> np.ndarray:
    """Return the mean of each class of the first 50,000, rows of 784, in bytes."""
    (images, labels), _ = load_mnist()
    known = images[:50_000]
    groups = [known[labels[:50_000] == digit] for digit in range(10)]
    return np.stack([group.mean(axis=0).ravel() for group in groups])


@cache
def _aside() -> tuple[np.ndarray, np.ndarray]:
    (images, labels), _ = load_mnist()
    return images[50_000:].copy(), labels[50_000:].copy()


def _right(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return for each image whether the mean of its class is the nearest of the ten."""
    means = _means()
    rows = images.reshape(len(images), -1).astype(np.float32)
    distances = (means**2).sum(axis=1) - 2 * rows @ means.T.astype(np.float32)
    return distances.argmin(axis=1) == labels


def _by_class(right: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.array([100 * right[labels == digit].mean() for digit in range(10)])


@exercise(
    "ex-02-axes",
    "how many of the transposed images are read right, in percent",
    "ten numbers: the same for each digit",
    "the digit that suffers least",
)
def axes(share: Any, shares: Any, digit: Any) -> Steps:
    """Check what the ten means read of transposed images."""
    images, labels = _aside()
    upright = _right(images, labels)
    right = _right(images.transpose(0, 2, 1), labels)
    each, before = _by_class(right, labels), _by_class(upright, labels)
    given = a_number(share, "the share of transposed images that are read right", 0, 100)
    if abs(given - 100 * upright.mean()) < 0.3:
        raise Wrong(
            "that is the share of the upright ones: transpose the images, and not the means"
        )
    if abs(given - each.mean()) < 0.1:
        raise Wrong("that is the average over classes; the share is the one over images")
    wanted = 100 * float(right.mean())
    a_number(
        given, "the share of transposed images that are read right", wanted - 0.2, wanted + 0.2
    )
    yield 1 / 3
    ten = an_array(shares, "the shares of the ten digits", (10,))
    if ten.max() <= 1:
        raise Wrong("the shares of the ten digits should be in percent, and these are shares of 1")
    if np.allclose(ten, before, atol=0.6):
        raise Wrong("these are the ten shares of the upright images")
    off = np.abs(ten - each)
    if off.max() > 0.6:
        worst = int(off.argmax())
        raise Wrong(f"of the transposed {worst}s, it is not {ten[worst]:.4g} % that are read right")
    yield 2 / 3
    found = a_number(digit, "the digit", 0, 9)
    if found == (before - each).argmax():
        raise Wrong(f"the {found:g} suffers most of all")
    if found != (before - each).argmin():
        raise Wrong(f"another digit loses fewer points than the {found:g}")
    return None


@cache
def _shifted(axis: int, steps: tuple[int, ...], *, test: bool = False) -> np.ndarray:
    """Return what is read right, in percent, of images that are moved along an axis."""
    images, labels = load_mnist()[1] if test else _aside()
    return np.array([100 * _right(np.roll(images, by, axis), labels).mean() for by in steps])


@exercise(
    "ex-02-shift",
    "four numbers: what is read right after 1, 2, 3, 4 columns to the right, in percent",
    "the same after 1, 2, 3, 4 rows down",
    'which hurts more: "right" or "down"',
)
def shift(right: Any, down: Any, worse: Any) -> Steps:
    """Check what the ten means read of images that are moved."""
    steps, back = (1, 2, 3, 4), (-1, -2, -3, -4)
    given = {"right": right, "down": down}
    wanted = {"right": _shifted(2, steps), "down": _shifted(1, steps)}
    for way, other, so_far in (("right", "down", 0), ("down", "right", 1 / 2)):
        yield so_far
        numbers = an_array(given[way], f"the numbers for the way {way}", (4,))
        if np.allclose(numbers, wanted[way], atol=0.3):
            continue
        if numbers.max() <= 1:
            raise Wrong(f"the numbers for the way {way} should be in percent")
        if np.allclose(numbers, wanted[other], atol=0.3):
            raise Wrong(f"the numbers for the way {way} are those for the way {other}")
        axis = 2 if way == "right" else 1
        if np.allclose(numbers, _shifted(axis, back), atol=0.3):
            opposite = "left" if way == "right" else "up"
            raise Wrong(f"the numbers for the way {way} are those for the way {opposite}")
        if np.allclose(numbers, _shifted(axis, steps, test=True), atol=0.1):
            raise Wrong("these are test images; the images put aside are asked")
        if np.allclose(numbers, wanted[way][0], atol=0.3):
            raise Wrong(f"on the way {way}, the images are moved by the same step four times")
        if numbers.max() < 15:
            raise Wrong("so few are right by guessing: axis 0 moves the images among one another")
        step = int(np.abs(numbers - wanted[way]).argmax())
        raise Wrong(f"after {step + 1} on the way {way}, it is not {numbers[step]:.4g} %")
    yield 3 / 4
    if worse not in given:
        raise Wrong('which hurts more should be "right" or "down"')
    if worse == "right":
        raise Wrong("compare your two rows of numbers again: which falls faster")
    return None


# --- Copies -----------------------------------------------------------------------------------

STEPS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]


@cache
def _scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return images to search in, images to search for, and of which the first nine are copies.

    A rim of two pixels is empty, so that nothing leaves the picture when it moves by one.
    """
    (images, labels), _ = load_mnist()
    images = images[:4000][labels[:4000] != 1]
    rim = np.ones((28, 28), bool)
    rim[2:-2, 2:-2] = False
    clear = images[~images[:, rim].any(axis=1)]
    known, others = clear[:250], clear[250:262]
    rng = np.random.default_rng(0)
    places = rng.choice(len(known), len(STEPS), replace=False)
    planted = [np.roll(known[place], by, (0, 1)) for place, by in zip(places, STEPS, strict=True)]
    return known.copy(), np.concatenate([planted, others]), places


def _over_nine(known: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return the least of nine distances (query, known image), squared."""
    rows = known.reshape(len(known), -1).astype(float)
    nine = []
    for by in STEPS:
        moved = np.roll(queries, by, (1, 2)).reshape(len(queries), -1).astype(float)
        lengths = (moved**2).sum(axis=1)[:, np.newaxis] + (rows**2).sum(axis=1)
        nine.append(lengths - 2 * moved @ rows.T)
    return np.min(nine, axis=0)


@exercise(
    "ex-02-copies",
    "your function of two stacks of images, searched in and searched for",
)
def copies(search: Any) -> Steps:
    """Check that a search finds images that were moved by up to one pixel."""
    function = a_function(search, "your search")
    known, queries, places = _scene()
    answer = function(known.copy(), queries.copy())
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Wrong("your search should return two things: the numbers, and the distances")
    numbers = an_array(answer[0], "the numbers of the nearest images", (len(queries),))
    distances = an_array(answer[1], "the distances", (len(queries),)).astype(float)
    copies, others = slice(None, len(STEPS)), slice(len(STEPS), None)
    if distances[others].min() <= 0:
        raise Wrong("an image without a copy is at distance 0")
    at_zero = distances[copies] < 0.01 * distances[others].min()
    hits = at_zero & (numbers[copies] == places)
    missed = [by for by, hit in zip(STEPS, hits, strict=True) if not hit]
    if (0, 0) in missed:
        raise Wrong("it doesn't find a copy that was not even moved")
    if len(missed) < 5:
        yield 1 / 4
    if missed:
        rows, columns = missed[0]
        raise Wrong(
            f"it finds an exact copy, but not, at distance 0, one that was moved by {rows} rows "
            f"and {columns} columns ({len(missed)} of nine are missed)"
        )
    yield 1 / 2
    nine = _over_nine(known, queries)
    wrong = (numbers != nine.argmin(axis=1)).sum()
    if wrong:
        raise Wrong(
            f"it finds the copies, but for {wrong} of 12 images without a copy it names one that "
            "isn't the nearest: did bytes wrap around, or is a position missing"
        )
    yield 3 / 4
    if (distances[others].argsort() != nine.min(axis=1)[others].argsort()).any():
        raise Wrong("the distances are not in the right order: smaller means more alike")
    return "it found all nine copies, and nothing where nothing was planted"
