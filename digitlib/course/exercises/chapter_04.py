"""The checks of chapter 04: neighbors that count more, digits that move, copies of the border."""

from functools import cache
from typing import Any

import numpy as np
from scipy.stats import binomtest

from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist

# --- Near neighbors count more ----------------------------------------------------------------

ROWS = ("k = 3", "k = 3 by distance", "k = 45", "k = 45 by distance")
MISREAD = (150, 140, 231, 226)  # of the 5,000
# How much may differ because two distances are equal but for rounding.
ROUNDING = 2


@cache
def _read_again(asked: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Tell of some of the 5,000 images whether each row reads them right."""
    (images, labels), _ = load_mnist()
    stored, names = images[:20_000].reshape(-1, 784) / np.float32(255), labels[:20_000].astype(int)
    places = len(images) - 5000 + np.array(asked)
    rows, truth = images[places].reshape(-1, 784) / np.float32(255), labels[places]
    squares = (stored**2).sum(axis=1) - 2 * rows @ stored.T
    nearest = np.argpartition(squares, 45, axis=1)[:, :45]
    order = np.take_along_axis(squares, nearest, axis=1).argsort(axis=1)
    nearest = np.take_along_axis(nearest, order, axis=1)
    distances = np.sqrt(((rows[:, np.newaxis] - stored[nearest]) ** 2).sum(axis=2))
    right = {}
    for name in ROWS:
        k = 3 if name.startswith("k = 3") else 45
        says = 1 / np.maximum(distances, 1e-6) if name.endswith("distance") else 0 * distances + 1
        votes = np.zeros((len(rows), 10))
        for place in range(k):
            np.add.at(votes, (np.arange(len(rows)), names[nearest[:, place]]), says[:, place])
        right[name] = votes.argmax(axis=1) == truth
    return right


def _p_value(one: np.ndarray, other: np.ndarray) -> float:
    """Return the p-value of two rows of right and wrong."""
    alone, other_alone = int(np.sum(one & ~other)), int(np.sum(~one & other))
    return float(binomtest(alone, alone + other_alone).pvalue) if alone + other_alone else 1.0


@exercise(
    "ex-04-weights",
    "four rows of 5,000, True where an image is read right: k = 3, k = 3 by distance, k = 45, "
    "k = 45 by distance",
    "the p-values of the two pairs, for k = 3 and for k = 45",
)
def weights(rows: Any, chances: Any) -> Steps:
    """Check who reads what, and what the coin says of each pair."""
    given = an_array(rows, "what is read right", (4, 5000))
    if not np.isin(given, (0, 1)).all():
        raise Wrong("the rows should be True and False: answers compared with the labels")
    right = given.astype(bool)
    for one, name in zip(right, ROWS, strict=True):
        if one.mean() < 0.5:
            raise Wrong(
                f"the row of {name} has {100 * one.mean():.0f} % right; is it turned around"
            )
    for first, second in ((0, 1), (2, 3)):
        if np.array_equal(right[first], right[second]):
            raise Wrong(f"the rows of {ROWS[first]} and {ROWS[second]} are one and the same")
    # Every 16th image, and some of those on which the rows of a pair differ.
    apart = np.flatnonzero((right[0] ^ right[1]) | (right[2] ^ right[3]))[:60]
    asked = np.union1d(np.arange(0, 5000, 16), apart)
    true = _read_again(tuple(asked.tolist()))
    for one, name, misread in zip(right, ROWS, MISREAD, strict=True):
        said = one[asked]
        if np.sum(said ^ true[name]) <= ROUNDING and abs(np.sum(~one) - misread) <= ROUNDING:
            continue
        for other in ROWS:
            if other != name and np.array_equal(said, true[other]):
                raise Wrong(f"the row of {name} looks like that of {other}")
        raise Wrong(
            f"the row of {name} is not what 20,000 stored images say of the last 5,000 training "
            "images"
        )
    yield 1 / 2
    numbers = an_array(chances, "the p-values", (2,)).astype(float)
    wanted = np.array([_p_value(right[0], right[1]), _p_value(right[2], right[3])])
    if np.allclose(numbers, wanted[::-1], atol=1e-3):
        raise Wrong("the p-value for k = 3 comes first")
    for number, want, k in zip(numbers, wanted, (3, 45), strict=True):
        if abs(number - want) <= 0.002:
            continue
        if abs(number - want / 2) <= 0.001:
            raise Wrong(f"for k = {k}, the coin may fall unevenly in favor of either side")
        if abs(number - 100 * want) <= 0.2:
            raise Wrong(f"for k = {k}, the p-value should be between 0 and 1, not in percent")
        raise Wrong(f"with these rows, the p-value for k = {k} is not {number:.3g}")
    return "and a difference that is significant may still be a small one"


# --- Two pixels to the right ------------------------------------------------------------------

WHO = ("the linear classifier", "k-NN", "the 300 hidden units", "LeNet-5")
# Lowest and highest error, in percent, at shifts of 0, 1, 2 and 3 columns.
ERRORS = (
    ((13.2, 13.9), (17.9, 18.6), (39.3, 40.4), (60.3, 61.6)),
    ((5.2, 5.6), (9.0, 9.5), (31.5, 32.5), (56.1, 57.4)),
    ((3.1, 4.7), (4.9, 7.6), (19.5, 27.5), (38.5, 54)),
    ((1.3, 2.8), (1.6, 3.7), (3.2, 9.5), (8, 26)),
)
# What the first two lose if the digits move elsewhere, at 2 columns or rows.
ELSEWHERE = {"to the left": (43.9, 36.05), "down": (52.8, 26.3)}


@exercise(
    "ex-04-shift",
    "the errors in percent, an array of 4 × 4: a row each for the linear classifier, k-NN, the "
    "network with 300 hidden units and LeNet-5; columns for shifts of 0, 1, 2 and 3",
)
def shift(table: Any) -> Steps:
    """Check what four classifiers lose when the digits move to the right."""
    errors = an_array(table, "the table", (4, 4)).astype(float)
    low, high = np.moveaxis(np.array(ERRORS), 2, 0)

    def fits(one: np.ndarray) -> bool:
        return bool(((low <= one) & (one <= high)).all())

    if fits(100 * errors):
        raise Wrong("the errors should be in percent; these look like shares of 1")
    if fits(100 - errors):
        raise Wrong("these are the shares that are read right, and the errors are asked for")
    if fits(errors.T):
        raise Wrong("rows and columns have changed places")
    for side, at_two in ELSEWHERE.items():
        if np.allclose(errors[:2, 2], at_two, atol=0.5):
            raise Wrong(f"these digits were moved {side}, and they should move to the right")
    yield float(((low <= errors) & (errors <= high)).all(axis=1).mean())
    for name, row, lows, highs in zip(WHO, errors, low, high, strict=True):
        if not lows[0] <= row[0] <= highs[0]:
            raise Wrong(
                f"where nothing is moved, {name} should misread as many as in the chapter, and "
                f"this is {row[0]:.4g} %; look at which fit was asked, and at the pixels' range"
            )
        for by in (1, 2, 3):
            if not lows[by] <= row[by] <= highs[by]:
                raise Wrong(f"at a shift of {by}, {name} does not misread {row[by]:.4g} %")
    return "now compare it with your ranking"


# --- Virtual support vectors ------------------------------------------------------------------

# For the images that one begins with: lowest and highest number of support vectors, and errors in
# percent: plain, with copies, control.
FITS = {
    2500: ((1740, 1785), ((5.35, 5.75), (3.45, 3.95), (2.9, 3.45))),
    10_000: ((4830, 4900), ((2.9, 3.2), (1.9, 2.25), (1.7, 2.3))),
}
MOVES = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


def _as_images(answer: Any, count: int) -> np.ndarray:
    """Return what the function returned as images (count, 28, 28); Wrong if it is none."""
    given = np.asarray(answer)
    if given.ndim == 2 and given.shape[1] == 784:
        given = given.reshape(-1, 28, 28)
    found = len(given) if given.ndim else 0
    if found == count * 4 // 5:
        raise Wrong("the function should return the originals as well as their copies")
    return an_array(given, "what the function returns", (count, 28, 28))


def _copies(function: Any) -> None:
    """Check that a function adds four moved copies of each image, with the label of each."""
    called = a_function(function, "your function")
    (images, labels), _ = load_mnist()
    # Nothing of them leaves the picture when it moves by one.
    rim = np.pad(np.zeros((26, 26), bool), 1, constant_values=True)
    whole = np.flatnonzero(~images[:5000, rim].any(axis=1))
    some = np.random.default_rng(4).choice(whole, 60, replace=False)
    images, labels = images[some], labels[some].astype(int)
    returned = called(images.copy(), labels.copy())
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Wrong("your function should return two things, the images and the labels")
    many = _as_images(returned[0], 5 * len(images))
    names = an_array(returned[1], "the labels", (5 * len(images),)).astype(int)
    if many.max() <= 1:
        raise Wrong("your function should leave the pixels in the range that it is handed")
    found: dict[bytes, list[int]] = {}
    for image, name in zip(many.astype(np.uint8), names, strict=True):
        found.setdefault(image.tobytes(), []).append(int(name))
    for move in MOVES:
        for image, label in zip(np.roll(images, move, axis=(1, 2)), labels, strict=True):
            theirs = found.get(image.tobytes())
            if theirs is None:
                down, right = move
                where = (
                    "the originals are missing"
                    if move == (0, 0)
                    else "copies are missing that are moved by one pixel "
                    + ("up" if down < 0 else "down" if down else "left" if right < 0 else "right")
                )
                raise Wrong(f"among what your function returns, {where}")
            if label not in theirs:
                raise Wrong("a copy has to keep the label of its original, and one does not")


@exercise(
    "ex-04-virtual",
    "how many images you began with, 10,000 or 2,500",
    "your function of images and labels that returns both with the four copies added",
    "how many images the second SVM was fitted on",
    "three errors on the test images, in percent: plain, with copies, control",
)
def virtual(began: Any, function: Any, fitted: Any, errors: Any) -> Steps:
    """Check copies of support vectors, how many there are, and what three SVMs misread."""
    start = a_number(began, "the number of images you began with", 1, 60_000)
    if start not in FITS:
        raise Wrong(f"this check knows 10,000 and 2,500 images to begin with, not {start:,.0f}")
    _copies(function)
    yield 1 / 2
    (low, high), bands = FITS[int(start)]
    count = a_number(fitted, "the number of images for the second SVM", 1, np.inf)
    if count == 5 * start:
        raise Wrong("the second SVM gets the support vectors and their copies, not all images")
    if count % 5 or not 5 * low <= count <= 5 * high:
        if low <= count <= high:
            raise Wrong(f"{count:,.0f} are the support vectors alone, without their copies")
        if 4 * low <= count <= 4 * high:
            raise Wrong(f"{count:,.0f} are the copies alone, without the support vectors")
        raise Wrong(
            f"the support vectors of the first SVM and their copies are not {count:,.0f} images; "
            "use gamma and C of the chapter"
        )
    yield 3 / 4
    three = an_array(errors, "the errors", (3,)).astype(float)
    names = ("plain SVM", "SVM with copies", "control")
    for name, error, (least, most) in zip(names, three, bands, strict=True):
        if name == "control" and error > most and abs(error - three[0]) < 0.5:
            raise Wrong("the control misreads as much as the plain SVM; did it get more images")
        a_number(error, f"the error of the {name}, in percent,", least, most)
    return None
