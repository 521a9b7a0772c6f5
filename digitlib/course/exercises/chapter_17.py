"""The checks of chapter 17: one network for the page."""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np

from digitlib.course.exercises.checking import Wrong, a_function, an_array, exercise
from digitlib.data import load_mnist
from digitlib.reading import finder, reader
from digitlib.recognizer import load_recognizer

# --- Your own cliff ---------------------------------------------------------------------------


def _edits(one: str, other: str) -> int:
    """Return how many digits have to be put in, taken out or exchanged to make one the other."""
    row = list(range(len(other) + 1))
    for digit in one:
        before, row[0] = row[0], row[0] + 1
        for place, there in enumerate(other, start=1):
            exchanged = before + (digit != there)
            before = row[place]
            row[place] = min(exchanged, row[place] + 1, row[place - 1] + 1)
    return row[-1]


def _read(picture: np.ndarray) -> list[str]:
    """Return what the recognizer reads, line by line; ? for a place that has no name."""
    page_network = finder.shipped_finder()
    lines: dict[int, str] = {}
    for one in reader.read(picture, page_network, load_recognizer().predict):
        sure = one.numbers.max() >= page_network.settings.least_confidence
        said = str(one.numbers.argmax()) if sure else "?"
        lines[one.line] = lines.get(one.line, "") + said
    return list(lines.values())


@exercise(
    "ex-17-own",
    "a picture on which the page network fails, an array as load_image gives it",
    "the digits that are written on it, a text with a space between two lines",
    'what it fails at, "finding" or "naming"',
)
def own(picture: Any, written: Any, fault: Any) -> str | None:
    """Check that a picture is misread, and whether in finding or in naming."""
    shape = (None, None) if np.ndim(picture) == 2 else (None, None, 3)
    image = an_array(picture, "the picture", shape)
    if image.dtype != np.uint8:
        raise Wrong("the picture should have whole numbers from 0 to 255, as load_image gives it")
    if min(image.shape[:2]) < 100:
        raise Wrong("hand over the whole picture, and not a part of it")
    if not isinstance(written, str) or not written.replace(" ", "").isdigit():
        raise Wrong('the digits should be a text of digits and spaces, such as "803 4348"')
    if fault not in ("finding", "naming"):
        raise Wrong('the last answer should be "finding" or "naming"')
    lines, truth = _read(image), written.replace(" ", "")
    if lines == written.split():
        raise Wrong("this picture is read without a mistake, so change one more thing")
    said = "".join(lines)
    if said == truth:
        raise Wrong("all digits are read, and only the lines are not yours; go on until one isn't")
    together = list(zip(said, truth, strict=False))
    exchanged = sum(one != other for one, other in together)
    unfound = len(said) != len(truth) or _edits(said, truth) < exchanged
    if unfound and fault == "naming":
        raise Wrong(
            "not every digit has a box of its own there, or a box has no digit: draw what is found"
        )
    if not unfound and fault == "finding":
        raise Wrong("there is a box for each digit; look at what stands in them")
    return "one picture is a find, and not yet a rule: try what you changed on a second one"


# --- Shared by how much? ----------------------------------------------------------------------


@exercise(
    "ex-17-shared",
    "how many of 20 pictures are read without a mistake, an array (2, 4): several lines first",
    'what goes wrong with close digits at 0.05, "lost" or "twice"',
    'what goes wrong with close digits at 0.8, "lost" or "twice"',
)
def shared(counts: Any, low: Any, high: Any) -> str | None:
    """Check what becomes of pages when places are put together too soon, or too late."""
    table = an_array(counts, "the table", (2, 4))
    if (table != table.astype(int)).any() or table.min() < 0 or table.max() > 20:
        raise Wrong("the table should hold counts from 0 to 20")
    lines, close = table.astype(int)
    if close[1] - close[0] < 3:
        raise Wrong(
            "with close digits, 0.05 should cost more pictures than 0.2: do your digits overlap"
        )
    if lines[1] < 8 or close[1] < 8:
        raise Wrong("at 0.2 most pictures of either kind are read: is the order of values rising")
    if close[3] >= close[1] or lines[3] >= lines[1]:
        raise Wrong("at 0.8 fewer are read than at 0.2: is the second rule switched off")
    if abs(int(lines[0]) - int(lines[1])) > 3:
        raise Wrong("digits of several lines hardly overlap: 0.05 and 0.2 should be alike there")
    for word, value in ((low, "0.05"), (high, "0.8")):
        if word not in ("lost", "twice"):
            raise Wrong(f'what goes wrong at {value} should be "lost" or "twice"')
    if low != "lost":
        raise Wrong("at 0.05, what becomes of a neighbor that shares a tenth with a surer digit")
    if high != "twice":
        raise Wrong("at 0.8, what becomes of a find in another size that shares 0.7 with a find")
    return None


# --- A recognizer without a page network ------------------------------------------------------

HEIGHT, WIDTH = 160, 200
SIDES = (28, 40, 56, 84, 112)


@cache
def _pages() -> list[tuple[np.ndarray, int, tuple[float, float, float, float]]]:
    """Return pages with one digit each: the page, the digit, and its box; dark and light ink."""
    _, (images, labels) = load_mnist()
    rng, pages = np.random.default_rng(0), []
    for number, index in enumerate((0, 1, 2, 3, 4, 7, 10, 17, 61, 84)):
        side = SIDES[number % len(SIDES)]
        x, y = rng.integers(4, (WIDTH - side - 4, HEIGHT - side - 4))
        way = cv2.INTER_AREA if side == 28 else cv2.INTER_CUBIC
        digit = cv2.resize(images[index], (side, side), interpolation=way)
        ink = np.zeros((HEIGHT, WIDTH), np.float32)
        ink[y : y + side, x : x + side] = digit / np.float32(255)
        page = 210 - 170 * ink if number % 3 else 50 + 170 * ink
        page = np.clip(page + rng.normal(0, 2, page.shape), 0, 255).astype(np.uint8)
        # The digit has 20 of the 28 pixels, in the longer of its directions.
        edge, far = side * 4 / 28, side * 24 / 28
        pages.append((page, int(labels[index]), (x + edge, y + edge, x + far, y + far)))
    return pages


def _common(one: np.ndarray, other: np.ndarray) -> float:
    """Return the common area of two boxes, as a share of all that they cover."""
    wide, high = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = max(wide, 0) * max(high, 0)
    return float(common / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - common))


def _finds(read: Callable, page: np.ndarray) -> np.ndarray:
    """Return what a function finds, (n, 5)."""
    given = read(page.copy())
    if given is None:
        raise Wrong("your function returns None: is the return missing")
    try:
        finds = np.array([np.asarray(one, float) for one in given])
    except (TypeError, ValueError) as error:
        raise Wrong("your function should return a list of five numbers for each find") from error
    if not len(finds):
        return np.zeros((0, 5))
    finds = an_array(finds, "the list of finds", (None, 5))
    if (finds[:, 3:] <= finds[:, 1:3]).any():
        raise Wrong("each find should be (digit, left, top, right, bottom), and right is not left")
    if not np.isin(finds[:, 0], range(10)).all():
        raise Wrong("each find should begin with its digit, 0 to 9")
    return finds


@exercise(
    "ex-17-without",
    "your function of a gray picture, which returns a list of (digit, left, top, right, bottom)",
)
def without(read: Any) -> str | None:
    """Check that digits of many sizes are found, in dark and light ink, and each of them once."""
    function = a_function(read, "your function")
    rng = np.random.default_rng(1)
    blank = np.clip(rng.normal(200, 2, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)
    claims = len(_finds(function, blank))
    if claims > 2:
        raise Wrong(f"on a blank sheet with a little grain it claims {claims} digits")
    missed, wrong = [], 0
    for number, (page, digit, box) in enumerate(_pages()):
        finds = _finds(function, page)
        for place, one in enumerate(finds):
            if any(_common(one[1:], other[1:]) > 0.5 for other in finds[:place]):
                raise Wrong("two of its finds on one page cover mostly the same: keep the surer")
        there = [one[0] for one in finds if _common(one[1:], np.array(box)) > 0.3]
        if not there:
            missed.append((SIDES[number % len(SIDES)], "dark" if number % 3 else "light"))
        wrong += digit not in there and bool(there)
    if len(missed) == len(_pages()):
        raise Wrong("it finds none of ten digits that stand alone: print a find, and draw its box")
    if sum(side > 50 for side, _ in missed) >= 4:
        raise Wrong(
            "it misses the digits above 40 pixels: smaller pages, and boxes in pixels of the first"
        )
    for ink in ("light", "dark"):
        if sum(kind == ink for _, kind in missed) >= 3:
            raise Wrong(f"it misses most digits in {ink} ink")
    if len(missed) > 3:
        raise Wrong(f"it misses {len(missed)} of ten digits that stand alone on a page")
    if wrong > 3:
        raise Wrong(f"it finds the places, and names {wrong} of ten digits wrong")
    return f"it finds {10 - len(missed)} of ten digits that stand alone; a shirt is another matter"
