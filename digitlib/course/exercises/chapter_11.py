"""The checks of chapter 11: your own digit, the width of the median, a red pen on a green board."""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
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
from digitlib.reading import photo
from digitlib.recognizer import Recognizer, load_recognizer
from digitlib.training.paper import photograph, uneven_light

SHARES = (0.02, 0.05, 0.1, 0.2, 0.9)


@cache
def _recognizer() -> Recognizer:
    return load_recognizer()


def _said(images: np.ndarray) -> np.ndarray:
    """Return the digits that the shipped network names."""
    return _recognizer().predict(images).argmax(axis=1)


# --- Your own digit ---------------------------------------------------------------------------


def _digit(answer: Any, what: str) -> int:
    """Return a digit from 0 to 9."""
    value = a_number(answer, what, -np.inf, np.inf)
    if value not in range(10):
        raise Wrong(f"{what} should be a digit from 0 to 9, and this is {value:g}")
    return int(value)


def _in_form(image: np.ndarray) -> None:
    """Object to an image that is not in MNIST's form."""
    if image.max() <= 1:
        raise Wrong("the image should have values from 0 to 255, as prepare returns it")
    if np.median(image) > 0:
        raise Wrong("the image should have paper at 0; this one has ink at most of its pixels")
    rows, columns = np.nonzero(image)
    if max(np.ptp(rows), np.ptp(columns)) + 1 not in (19, 20, 21):
        raise Wrong("the longer side of the digit should fill 20 pixels of the image")
    center = np.average([rows, columns], axis=1, weights=image[rows, columns])
    if np.abs(center - 14).max() > 1.1:
        where = ", ".join(f"{place:.1f}" for place in center)
        raise Wrong(f"the center of mass should be at 14, 14, and this one lies at {where}")


@exercise(
    "ex-11-own",
    "the digit that you wrote",
    "the image that prepare made of your first picture, 28 × 28",
    "what the network says to it",
    "the images that prepare made of the harder pictures, three or more, an array of n × 28 × 28",
    'your notes on them, a list of "form", "reading" or "nothing"',
)
def own(written: Any, first: Any, said: Any, harder: Any, notes: Any) -> Steps:
    """Check that a digit is in MNIST's form, and that the notes fit what the network says."""
    truth = _digit(written, "the written digit")
    image = an_array(first, "the first image", (28, 28))
    _in_form(image)
    image = image.astype(np.uint8)
    (train_images, _), (test_images, _) = load_mnist()
    if any((images == image).all(axis=(1, 2)).any() for images in (train_images, test_images)):
        raise Wrong("this image is one of MNIST's own, not one of a photograph")
    read = int(_said(image[np.newaxis])[0])
    if _digit(said, "what the network says") != read:
        raise Wrong("the network says something else to this image: what does argmax return")
    yield 1 / 2
    pictures = an_array(harder, "the harder images", (None, 28, 28)).astype(np.uint8)
    if len(pictures) < 3:
        raise Wrong(f"these are {len(pictures)} harder pictures, and three are asked for")
    if (pictures == image).all(axis=(1, 2)).any():
        raise Wrong("one of the harder images is the first image again")
    if isinstance(notes, str) or len(notes) != len(pictures):
        raise Wrong(f"there should be a note for each of the {len(pictures)} harder pictures")
    for number, (note, answer) in enumerate(zip(notes, _said(pictures), strict=True)):
        if note not in ("form", "reading", "nothing"):
            raise Wrong(f'a note should be "form", "reading" or "nothing", not {note!r}')
        if note == "nothing" and answer != truth:
            raise Wrong(f"of picture {number} you note nothing, and the network misreads it")
        if note != "nothing" and answer == truth:
            raise Wrong(f"of picture {number} you note {note!r}, and the network reads it")
    if read != truth:
        return "though your first picture is misread: what does its image look like"
    return "whether it is your own hand, only you know"


# --- How wide is wide? ------------------------------------------------------------------------


def _paper(gray: np.ndarray, side: int) -> np.ndarray:
    return cv2.medianBlur(gray, max(1, side) | 1).astype(float)


def _papers(function: Any) -> None:
    """Object to a function that does not take the median of a square of any share."""
    paper_for = a_function(function, "paper_for")
    chance = np.random.default_rng(11)
    sheet = photograph([], chance, width=100, height=60, shadow=0.8, grain=12)
    pictures = sheet[..., 1], chance.integers(0, 256, (70, 50), dtype=np.uint8)
    for gray in pictures:
        found = {}
        for share in (0.03, 0.1, 0.3, 0.9):
            given = an_array(paper_for(gray.copy(), share), "what paper_for returns", gray.shape)
            found[share] = given.astype(float)
        if np.array_equal(found[0.1], found[0.9]):
            raise Wrong("paper_for returns the same for each share")
        for share, given in found.items():
            side = int(share * max(gray.shape))
            away = min(np.abs(given - _paper(gray, side + more)).mean() for more in (-2, 0, 2))
            if away <= 0.5:
                continue
            shorter = int(share * min(gray.shape))
            if np.abs(given - _paper(gray, shorter)).mean() <= 0.5:
                raise Wrong("paper_for takes its share of the shorter side, not of the longer one")
            if np.abs(given - cv2.blur(gray, (side | 1, side | 1))).mean() <= 0.3:
                raise Wrong("paper_for takes a mean, which ink makes darker; it should be a median")
            raise Wrong(f"for a share of {share} paper_for is not the median of such a square")


# What a hundred sheets under the lamp give, in percent, with room for other pictures.
MEDIAN = (4, 36), (8, 42), (48, 84), (93, 100), (12, 55)
ADAPTIVE = (68, 96), (93, 100), (93, 100), (93, 100), (8, 48)
SAUVOLA = (58, 93), (93, 100), (93, 100), (92, 100), (2, 38)


@exercise(
    "ex-11-median",
    "your function paper_for(gray, share)",
    "the accuracies with the median at 0.02, 0.05, 0.1, 0.2 and 0.9, five numbers in percent",
    "the five with adaptiveThreshold",
    "the five with Sauvola's level",
)
def median(paper_for: Any, by_median: Any, adaptive: Any, sauvola: Any) -> Steps:
    """Check the median of a square of any width, and what is read at five widths."""
    _papers(paper_for)
    rows = (
        (by_median, "the median", MEDIAN),
        (adaptive, "adaptiveThreshold", ADAPTIVE),
        (sauvola, "Sauvola's level", SAUVOLA),
    )
    for so_far, (answer, name, bounds) in zip((3 / 6, 4 / 6, 5 / 6), rows, strict=True):
        yield so_far
        shares = an_array(answer, f"the accuracies with {name}", (5,))
        if shares.max() <= 1:
            raise Wrong(f"the accuracies with {name} should be in percent")
        for share, value, (low, high) in zip(SHARES, shares, bounds, strict=True):
            if not low <= value <= high:
                raise Wrong(
                    f"at {share} the accuracy with {name} is not {value:.4g} % on the sheets "
                    "under the hard lamp"
                )
    return None


# --- A red pen on a green board ---------------------------------------------------------------

# Board and ink, blue, green and red: of the same gray, and equal in one channel each.
COLORS = {
    "red ink on a green board": ((60, 110, 50), (60, 44, 180)),
    "brown ink on a blue board": ((200, 120, 60), (43, 120, 120)),
    "violet ink on an olive board": ((40, 120, 110), (200, 89, 110)),
}


def _painted(image: np.ndarray, colors: tuple, chance: np.random.Generator) -> np.ndarray:
    """Paint a test image as a digit in one color on a board of another."""
    stroke = np.zeros((240, 320), np.float32)
    stroke[30:210, 70:250] = cv2.resize(image, (180, 180), interpolation=cv2.INTER_CUBIC) / 255
    stroke = cv2.GaussianBlur(np.clip((stroke - 0.3) * 3, 0, 1), (0, 0), 1)[..., np.newaxis]
    board, ink = np.array(colors, np.float32)
    light = uneven_light(320, 240, 0.15, chance)[..., np.newaxis]
    picture = light * (board * (1 - stroke) + ink * stroke) + chance.normal(0, 3, (240, 320, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def _read_in(to_gray: Callable, picture: np.ndarray) -> int | None:
    """Return the digit that is read in the gray values of a picture, None without a shape."""
    gray = np.asarray(to_gray(picture.copy()))
    if gray.shape != picture.shape[:2]:
        raise Wrong(f"to_gray should return one number a pixel, and this has shape {gray.shape}")
    if gray.dtype != np.uint8:
        raise Wrong(f"to_gray should return uint8, as cv2 wants it, and this is {gray.dtype}")
    found = photo.find_digits(gray)
    if not found:
        return None
    largest = max(found, key=lambda one: one.box.width * one.box.height)
    return int(_said(largest.image[np.newaxis])[0])


@exercise(
    "ex-11-board",
    "your photograph, an array of height × width × 3",
    "the digit on it",
    "your function to_gray",
)
def board(picture: Any, written: Any, function: Any) -> Steps:
    """Check a picture that fixed weights do not see, and a mixture that sees it."""
    shown = an_array(picture, "the photograph", (None, None, 3))
    if shown.dtype != np.uint8:
        raise Wrong(f"the photograph should be uint8, and this is {shown.dtype}")
    truth = _digit(written, "the digit")
    found = photo.find_digits(shown)
    if found:
        raise Wrong(
            "photo.find_digits still finds something in your photograph: bring the grays of ink "
            "and board closer together"
        )
    if np.ptp(cv2.GaussianBlur(shown, (0, 0), 2), axis=(0, 1)).max() < 40:
        raise Wrong("in your photograph no channel differs: is there a digit on it")
    yield 1 / 4
    to_gray = a_function(function, "to_gray")
    if _read_in(to_gray, shown) != truth:
        raise Wrong("with your to_gray the digit on your own photograph is not read")
    yield 1 / 2
    chance = np.random.default_rng(11)
    images, labels = load_mnist()[1]
    for name, colors in COLORS.items():
        for index in (0, 1, 3):
            if _read_in(to_gray, _painted(images[index], colors, chance)) != labels[index]:
                raise Wrong(f"with your to_gray a digit in {name} is not read")
    yield 3 / 4
    for name, chalk in (("dark ink on paper", False), ("chalk on a board", True)):
        for index in (0, 1, 3):
            line = images[index][np.newaxis]
            size = {"width": 320, "height": 240, "digit_height": 150}
            plain = photograph([line], chance, light_on_dark=chalk, **size)
            if _read_in(to_gray, plain) != labels[index]:
                raise Wrong(f"with your to_gray {name} is no longer read")
    return None
