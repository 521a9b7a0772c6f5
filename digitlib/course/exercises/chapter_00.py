"""The checks of chapter 00: shapes, masks, axes."""

import dis
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from digitlib.course.exercises.checking import Wrong, a_function, a_number, an_array, exercise
from digitlib.data import load_mnist


@cache
def _few() -> tuple[np.ndarray, np.ndarray]:
    """Return the first hundred images, and their labels."""
    (images, labels), _ = load_mnist()
    return images[:100].copy(), labels[:100].copy()


def _ten() -> dict[str, np.ndarray]:
    """Return what the ten lines of the first exercise give."""
    images, labels = _few()
    digit = images[2]
    return {
        "digit[5:10]": digit[5:10],
        "digit[5]": digit[5],
        "digit[[5]]": digit[[5]],
        "digit[..., np.newaxis]": digit[..., np.newaxis],
        "images[:100, 14]": images[:100, 14],
        "images[:100].max(axis=2)": images[:100].max(axis=2),
        "images[labels == 7][0]": images[labels == 7][0],
        "images[:100].reshape(100, -1)[:, :5]": images[:100].reshape(100, -1)[:, :5],
        "digit / 255 > 0.5": digit / 255 > 0.5,
        "digit.T @ digit": digit.T @ digit,
    }


def _listed(answer: Any, what: str) -> list:
    if not isinstance(answer, Sequence) or isinstance(answer, str) or len(answer) != 10:
        raise Wrong(f"{what} should be a list of ten, one for each line")
    return list(answer)


def _right_shape(number: int, line: str, given: Any, shape: tuple[int, ...]) -> None:
    if isinstance(given, int) and shape == (given,):
        raise Wrong(f"({given}) is a number; a tuple with one entry has a comma: ({given},)")
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise Wrong(f"the shape of line {number} should be a tuple, and this is {given!r}")
    if len(given) != len(shape):
        raise Wrong(
            f"line {number}, {line}, has not {len(given)} directions: count which indices are "
            "numbers and which are slices or lists"
        )
    if tuple(given) != shape:
        raise Wrong(f"line {number}, {line}, has not the shape {tuple(given)}")


@exercise(
    "ex-00-shapes",
    "the ten shapes, a list of tuples",
    'the ten data types, a list of names such as "int64"',
    "which line overflows, from 1 to 10",
    "what that line gives when it is mended, an array",
)
def shapes(given: Any, types: Any, which: Any, mended: Any) -> str | None:
    """Check ten shapes and data types, and the line that has no room."""
    lines = _ten()
    given, types = _listed(given, "the shapes"), _listed(types, "the data types")
    for number, (line, array) in enumerate(lines.items(), 1):
        _right_shape(number, line, given[number - 1], array.shape)
        try:
            same = np.dtype(types[number - 1]) == array.dtype
        except TypeError:
            raise Wrong(f"{types[number - 1]!r} is no name of a data type") from None
        if not same:
            raise Wrong(f"line {number}, {line}, has not the data type {types[number - 1]}")
    found = a_number(which, "the number of the line", 1, 10)
    if found != len(lines):
        raise Wrong(f"line {found:g} doesn't add or multiply bytes; remember to count from 1")
    digit = _few()[0][2]
    product = digit.T.astype(int) @ digit.astype(int)
    room = an_array(mended, "what the line gives when it is mended", product.shape)
    if np.allclose(room, product):
        return None
    if np.array_equal(room, digit.T @ digit):
        raise Wrong("these numbers have wrapped around already: convert before you multiply")
    if np.allclose(room * 255.0**2, product, rtol=1e-3):
        raise Wrong("the ink is divided by 255 here, so these are the products of other numbers")
    if np.allclose(room, digit.astype(int) @ digit.T.astype(int)):
        raise Wrong("the second factor is transposed here, and the line transposes the first")
    raise Wrong("some numbers still wrap around: the largest needs more than 16 bits")


def _deviation(images: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each pixel, in parts: 60,000 images fill the memory."""
    squares = sum((part.astype(np.uint32) ** 2).sum(axis=0) for part in np.array_split(images, 60))
    return np.sqrt(squares / len(images) - images.mean(axis=0) ** 2)


@cache
def _blends() -> list[dict[str, np.ndarray]]:
    """Return for each of three pictures the right one, and wrong ones with what they are."""
    (images, labels), _ = load_mnist()
    totals, is_seven = images.sum(axis=(1, 2)), labels == 7
    heavy, above, below = totals > 30_000, totals >= 20_000, totals <= 25_000
    mean_of_heavy, deviation = images[heavy].mean(axis=0), _deviation(images[heavy])
    sevens = {
        "right": images[heavy & is_seven].mean(axis=0),
        "the mean of all sevens, light ones as well": images[is_seven].mean(axis=0),
        "the mean of all heavy images, whatever they show": mean_of_heavy,
        "the mean of all that are heavy or sevens": images[heavy | is_seven].mean(axis=0),
        "the mean of the light sevens": images[~heavy & is_seven].mean(axis=0),
    }
    between = {
        "right": images[above & below].mean(axis=0),
        "the mean of all images from 20,000 up": images[above].mean(axis=0),
        "the mean of all images up to 25,000": images[below].mean(axis=0),
        "the mean of all images": images.mean(axis=0),
    }
    deviations = {
        "right": deviation,
        "their mean": mean_of_heavy,
        "the standard deviation of all images, not of the heavy ones": _deviation(images),
        "the variance": deviation**2,
        "that of the heavy sevens alone": _deviation(images[heavy & is_seven]),
    }
    return [sevens, between, deviations]


@exercise(
    "ex-00-line",
    "the mean of the heavy sevens",
    "the mean of the images from 20,000 to 25,000",
    "the standard deviation of the heavy images",
)
def line(*answers: Any) -> str | None:
    """Check three pictures made of chosen images."""
    for answer, what, blends in zip(answers, line.asks, _blends(), strict=True):
        picture = an_array(answer, what, (28, 28)).astype(float)
        if picture.max() <= 1:
            picture *= 255
        if np.allclose(picture, blends["right"], atol=0.05):
            continue
        for name, other in blends.items():
            if np.allclose(picture, other, atol=0.05):
                raise Wrong(f"{what} is asked, and this is {name}")
        off = np.abs(picture - blends["right"]).max()
        raise Wrong(f"{what} is asked, and one pixel is off by {off:.0f} of 255")
    return None


def _loops(code: CodeType) -> bool:
    """Tell whether a function, or one inside it, goes through something with ``for``."""
    return any(step.opname == "FOR_ITER" for step in dis.get_instructions(code)) or any(
        _loops(inner) for inner in code.co_consts if isinstance(inner, CodeType)
    )


def _one_sheet(make: Callable, pictures: np.ndarray, what: str) -> None:
    """Compare what a function makes of 25 pictures with the sheet."""
    given = pictures.copy()
    sheet = an_array(make(given), f"what {what} returns", (140, 140))
    if not np.array_equal(given, pictures):
        raise Wrong(f"{what} changes the pictures that it is given")
    grid = pictures.reshape(5, 5, 28, 28)
    right = grid.transpose(0, 2, 1, 3).reshape(140, 140)
    others = {
        "cuts the numbers as they come, so that each row of the sheet holds five rows of the same "
        "picture": pictures.reshape(140, 140),
        "fills the sheet column by column": grid.transpose(1, 2, 0, 3).reshape(140, 140),
        "mirrors each picture across its diagonal": grid.transpose(0, 3, 1, 2).reshape(140, 140),
    }
    for said, other in others.items():
        if np.array_equal(sheet, other):
            raise Wrong(f"{what} {said}")
    if not np.array_equal(sheet, right):
        row, column = np.argwhere(sheet != right)[0]
        raise Wrong(
            f"{what} has a wrong number in row {row}, column {column} of the sheet, which should "
            f"come from picture {row // 28 * 5 + column // 28} of those that it is given"
        )
    if sheet.dtype != np.uint8:
        raise Wrong(f"{what} returns {sheet.dtype} instead of bytes")


@exercise(
    "ex-00-sheet",
    "your function with loops, of 25 pictures",
    "your function without a loop",
)
def sheet(with_loops: Any, without: Any) -> str | None:
    """Check that two functions lay 25 pictures out in five rows of five."""
    images, _ = _few()
    noise = np.random.default_rng(0).integers(0, 256, (25, 28, 28), dtype=np.uint8)
    named = {"the function with loops": with_loops, "the one without": without}
    for what, answer in named.items():
        make = a_function(answer, what)
        for pictures in (images[:25], noise):
            _one_sheet(make, pictures, what)
    if _loops(getattr(without, "__code__", compile("", "", "exec"))):
        raise Wrong("the sheets are right, but the second function still has a for in it")
    return None
