"""Shapes that scenes are written with: digits, letters and signs, of hands and of print.

Each is kept as a field of distances, from which a pen of any width draws it in any size.
"""

import string
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlib import fonts
from digitlib.training.pages.forms import DIGIT_FORMS, LETTER_FORMS, SIGN_FORMS
from digitlib.training.thinning import thinned

# Side of the square in which a shape is kept, and the row that letters stand on.
GRID = 64
BASELINE = 46

# Who wrote a shape: MNIST's people, strokes laid out here, a font of handwriting, or print.
MNIST, LAID_OUT, HANDWRITING, PRINT = range(4)

SIGNS = "+-=×÷*/()[]{}<>≠≤√∫%&$€#@?!:;,.'\"°→←↑~^|_\\"
GREEK = "ΓΔΛΞΠΣΦΨΩαβγδεζηθκλμνξπρσφχψω"

CYRILLIC = "БДЖИЙКЛМНПУФЦШЩЫЮЯджийлмнптфцшщыюя"

PRINT_FONTS = (*fonts.MATPLOTLIB_TRAINING, *fonts.PRINTED_TRAINING)

# How often a digit, or a sign or letter, is laid out anew from its strokes.
COPIES, SIGN_COPIES = 90, 24


class Glyphs(NamedTuple):
    """A pool of shapes, n of them.

    Attributes
    ----------
    depth : numpy.ndarray of float16, (n, GRID, GRID)
        Distance to the rim in pixels, positive inside the shape.
    away : numpy.ndarray of float16, (n, GRID, GRID)
        Distance to the middle line in pixels.
    half : numpy.ndarray of float32, (n,)
        Half the usual width of the strokes.
    boxes : numpy.ndarray of float32, (n, 4)
        Left, top, right and bottom of the ink.
    digits : numpy.ndarray of int8, (n,)
        0 to 9, or -1 for what is no digit.
    hands : numpy.ndarray of int8, (n,)
        MNIST, LAID_OUT, HANDWRITING or PRINT.
    letters : numpy.ndarray of str, (n,)
        Which character it is.
    styles : numpy.ndarray of int16, (n,)
        Shapes with the same number are of one font.
    """

    depth: np.ndarray
    away: np.ndarray
    half: np.ndarray
    boxes: np.ndarray
    digits: np.ndarray
    hands: np.ndarray
    letters: np.ndarray
    styles: np.ndarray


def build_glyphs(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Glyphs:
    """Build the pool from MNIST's digits, from digits laid out here, and from fonts.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits in MNIST's own form.
    labels : numpy.ndarray of int, (n,)
        Which they are.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    Glyphs
    """
    drawn: list[tuple[np.ndarray, str, int, int]] = []
    for image, label in zip(images, labels, strict=True):
        drawn.append((_from_mnist(image, int(label), rng), str(label), MNIST, 0))
    for digit, forms in DIGIT_FORMS.items():
        for form in forms:
            for _ in range(COPIES):
                drawn.append((_laid_out(form, rng), digit, LAID_OUT, 1))
    for sign, forms in (SIGN_FORMS | LETTER_FORMS).items():
        for form in forms:
            for _ in range(SIGN_COPIES):
                drawn.append((_laid_out(form, rng), sign, LAID_OUT, 1))
    alphabet = string.ascii_letters + string.digits + SIGNS + GREEK + CYRILLIC
    style = 2
    for hand, names in ((HANDWRITING, fonts.HANDWRITING_TRAINING), (PRINT, PRINT_FONTS)):
        for name in names:
            drawn += _of_font(name, alphabet, hand, style)
            style += 1
    for font in fonts.HERSHEY_TRAINING:
        drawn += _of_hershey(font, string.ascii_letters + string.digits + SIGNS, style)
        style += 1
    return _measured([glyph for glyph in drawn if glyph[0].any()])


def _measured(drawn: list[tuple[np.ndarray, str, int, int]]) -> Glyphs:
    masks = np.stack([mask for mask, *_ in drawn])
    depth, away = (np.empty(masks.shape, np.float16) for _ in range(2))
    half, boxes = np.empty(len(masks), np.float32), np.empty((len(masks), 4), np.float32)
    for start in range(0, len(masks), 2000):
        lines = thinned(masks[start : start + 2000] > 0)
        for index, line in enumerate(lines, start):
            mask = masks[index]
            inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
            outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
            depth[index] = cv2.GaussianBlur(inside - outside, (0, 0), 0.7)
            away[index] = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, 5).clip(
                max=GRID
            )
            half[index] = np.median(inside[line]) if line.any() else 2
            x, y, width, height = cv2.boundingRect(mask)
            boxes[index] = x, y, x + width, y + height
    letters = np.array([letter for _, letter, _, _ in drawn])
    digits = [int(letter) if letter in string.digits else -1 for letter in letters]
    hands, styles = [hand for *_, hand, _ in drawn], [style for *_, style in drawn]
    return Glyphs(
        depth,
        away,
        half,
        boxes,
        np.array(digits, np.int8),
        np.array(hands, np.int8),
        letters,
        np.array(styles, np.int16),
    )


# --- MNIST ----------------------------------------------------------------------------------


def _from_mnist(image: np.ndarray, digit: int, rng: np.random.Generator) -> np.ndarray:
    """Return a digit as a mask; some get what other countries write."""
    large = cv2.resize(image, (56, 56), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((GRID, GRID), np.uint8)
    mask[4:60, 4:60] = cv2.GaussianBlur(large, (0, 0), 0.8) > rng.uniform(60, 120)
    left, top, wide, high = cv2.boundingRect(mask)
    if high < 8:
        return mask
    pen = max(3, int(np.sqrt(mask.sum()) / 6))
    if digit == 7 and rng.random() < 0.4:
        _add_bar(mask, top + rng.uniform(0.4, 0.62) * high, high, pen, rng)
    elif digit == 1 and wide < 0.55 * high and rng.random() < 0.6:
        _add_upstroke(mask, top, high, pen, rng)
    elif digit == 0 and rng.random() < 0.12:
        beyond = rng.uniform(-0.2, 0.25, 2) * high
        start = left - beyond[0], top + high + beyond[0]
        _stroke(mask, start, (left + wide + beyond[1], top - beyond[1]), pen)
    return mask


def _stroke(
    mask: np.ndarray, start: tuple[float, float], end: tuple[float, float], pen: int
) -> None:
    first, last = np.clip(np.rint([start, end]), 1, GRID - 2).astype(int).tolist()
    cv2.line(mask, first, last, 1, pen)


def _add_bar(mask: np.ndarray, row: float, high: int, pen: int, rng: np.random.Generator) -> None:
    columns = np.flatnonzero(mask[int(row)])
    if columns.size:
        reach, rise = rng.uniform(0.18, 0.42) * high, rng.uniform(-0.1, 0.2) * high
        middle = columns.mean()
        _stroke(mask, (middle - reach, row + rise / 2), (middle + reach, row - rise / 2), pen)


def _add_upstroke(
    mask: np.ndarray, top: int, high: int, pen: int, rng: np.random.Generator
) -> None:
    """Draw the stroke that a one begins with, sometimes as long as its stem, and its foot."""
    middle = np.flatnonzero(mask[top + 2]).mean()
    reach = rng.uniform(0.18, 0.6) * high
    fall = reach * rng.uniform(0.3, 1.5)
    _stroke(mask, (middle, top + 1), (middle - reach, top + min(fall, 0.95 * high)), pen)
    if rng.random() < 0.3:
        bottom = top + high - 1
        foot, reach = np.flatnonzero(mask[bottom - 1]).mean(), rng.uniform(0.15, 0.35) * high
        _stroke(mask, (foot - reach, bottom), (foot + reach, bottom), pen)


# --- Strokes laid out here ------------------------------------------------------------------


def _laid_out(form: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one of the forms with a hand's play."""
    mask = np.zeros((GRID, GRID), np.uint8)
    wide, slant, pen = rng.uniform(20, 32), rng.normal(0, 0.12), int(rng.integers(3, 7))
    play = rng.uniform(0.01, 0.06)
    for stroke in form.split("; "):
        places = [place.split(",") for place in stroke[1:].split()]
        points = np.array([[int(x) / 100, int(y) / 100] for x, y in places], np.float32)
        points += rng.normal(0, play, points.shape).astype(np.float32)
        if stroke[0] == "~":
            points = smooth(points)
        x = 32 + (points[:, 0] - 0.5) * wide - (points[:, 1] - 0.5) * 40 * slant
        y = BASELINE - 40 + points[:, 1] * 40
        path = np.rint(np.stack([x, y], axis=1) * 16).astype(np.int32)
        cv2.polylines(mask, [path], False, 1, pen, cv2.LINE_8, 4)
    return mask


def smooth(points: np.ndarray) -> np.ndarray:
    """Return a curve through points (Catmull and Rom 1974), twelve steps between two.

    Parameters
    ----------
    points : numpy.ndarray of float32, (n, 2)
        At least two.

    Returns
    -------
    numpy.ndarray of float32, (12 * (n - 1), 2)
    """
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    p = np.concatenate([[before], points, [after]])
    t = np.linspace(0, 1, 12, dtype=np.float32)[:, np.newaxis]
    curve = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]  # fmt: skip
    return np.concatenate(curve)


# --- Fonts ----------------------------------------------------------------------------------


def _of_font(
    name: str, alphabet: str, hand: int, style: int
) -> list[tuple[np.ndarray, str, int, int]]:
    font = ImageFont.truetype(str(fonts.font_path(name)), 40)
    # Handwriting differs much in size: let all zeros be of one height.
    _, top, _, bottom = font.getbbox("0", anchor="ls")
    font = ImageFont.truetype(str(fonts.font_path(name)), round(40 * 32 / max(8, bottom - top)))
    missing = bytes(font.getmask("\uffff"))
    drawn = []
    for letter in alphabet:
        if bytes(font.getmask(letter)) == missing:
            continue
        page = Image.new("L", (GRID, GRID))
        ImageDraw.Draw(page).text((GRID / 2, BASELINE), letter, fill=255, font=font, anchor="ms")
        mask = (np.asarray(page) > 110).astype(np.uint8)
        if mask.sum() > 5:
            drawn.append((mask, letter, hand, style))
    return drawn


def _of_hershey(font: int, alphabet: str, style: int) -> list[tuple[np.ndarray, str, int, int]]:
    drawn = []
    (_, tall), _ = cv2.getTextSize("0", font, 1, 1)
    for letter in filter(str.isascii, alphabet):
        (width, _), _ = cv2.getTextSize(letter, font, 30 / tall, 3)
        mask = np.zeros((GRID, GRID), np.uint8)
        place = (GRID - width) // 2, BASELINE
        cv2.putText(mask, letter, place, font, 30 / tall, 1, 3)
        drawn.append((mask, letter, PRINT, style))
    return drawn
