"""Shapes that scenes are written with: digits, letters and signs, of hands and of print.

Each is kept as a field of distances, from which a pen of any width draws it in any size.
"""

import string
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlib import fonts
from digitlib.thinning import thinned

# Side of the square in which a shape is kept, and the row that letters stand on.
GRID = 64
BASELINE = 46

# Who wrote a shape: MNIST's people, strokes laid out here, a font of handwriting, or print.
MNIST, LAID_OUT, HANDWRITING, PRINT = range(4)

SIGNS = "+-=×÷*/()[]{}<>≠≤√∫%&$€#@?!:;,.'\"°→←↑~^|_\\"
GREEK = "ΓΔΛΞΠΣΦΨΩαβγδεζηθκλμνξπρσφχψω"

CYRILLIC = "БДЖИЙКЛМНПУФЦШЩЫЮЯджийлмнптфцшщыюя"

PRINT_FONTS = (*fonts.MATPLOTLIB_TRAINING, *fonts.PRINTED_TRAINING)

# How often a digit, or a sign, in the lists below is laid out anew.
COPIES, SIGN_COPIES = 90, 30


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
    for digit, forms in FORMS.items():
        for form in forms:
            for _ in range(COPIES):
                drawn.append((_laid_out(form, rng), digit, LAID_OUT, 1))
    for sign, forms in SIGN_FORMS.items():
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
            away[index] = cv2.distanceTransform(np.uint8(~line), cv2.DIST_L2, 5).clip(max=GRID)
            half[index] = np.median(inside[line]) if line.any() else 2
            x, y, width, height = cv2.boundingRect(mask)
            boxes[index] = x, y, x + width, y + height
    letters = np.array([letter for _, letter, _, _ in drawn])
    digits = [int(letter) if letter in string.digits else -1 for letter in letters]
    hands, styles = ([glyph[field] for glyph in drawn] for field in (2, 3))
    return Glyphs(
        depth, away, half, boxes, np.int8(digits), np.int8(hands), letters, np.int16(styles)
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
        ends = (
            (left - beyond[0], top + high + beyond[0]),
            (left + wide + beyond[1], top - beyond[1]),
        )
        cv2.line(mask, *_clipped(ends), 1, pen)
    return mask


def _clipped(ends: tuple[tuple[float, float], ...]) -> list[tuple[int, int]]:
    return [tuple(np.clip(np.rint(end), 1, GRID - 2).astype(int).tolist()) for end in ends]


def _add_bar(mask: np.ndarray, row: float, high: int, pen: int, rng: np.random.Generator) -> None:
    columns = np.flatnonzero(mask[int(row)])
    if columns.size:
        reach, rise = rng.uniform(0.18, 0.42) * high, rng.uniform(-0.1, 0.2) * high
        middle = columns.mean()
        ends = (middle - reach, row + rise / 2), (middle + reach, row - rise / 2)
        cv2.line(mask, *_clipped(ends), 1, pen)


def _add_upstroke(
    mask: np.ndarray, top: int, high: int, pen: int, rng: np.random.Generator
) -> None:
    """Draw the stroke that a one begins with, sometimes as long as its stem, and its foot."""
    middle = np.flatnonzero(mask[top + 2]).mean()
    reach = rng.uniform(0.18, 0.6) * high
    fall = reach * rng.uniform(0.3, 1.5)
    ends = (middle, top + 1), (middle - reach, top + min(fall, 0.95 * high))
    cv2.line(mask, *_clipped(ends), 1, pen)
    if rng.random() < 0.3:
        bottom = top + high - 1
        foot, reach = np.flatnonzero(mask[bottom - 1]).mean(), rng.uniform(0.15, 0.35) * high
        cv2.line(mask, *_clipped(((foot - reach, bottom), (foot + reach, bottom))), 1, pen)


# --- Digits laid out here -------------------------------------------------------------------

# The strokes of a digit, parted by semicolons, as points in a square of side 100, y downwards.
# A stroke that begins with ~ is bent smoothly, one that begins with / has corners.
FORMS: dict[str, tuple[str, ...]] = {
    "0": (
        "~50,0 15,20 12,75 50,100 85,75 85,25 50,0",
        "~50,0 15,20 12,75 50,100 85,75 85,25 50,0; /0,102 100,-2",
    ),
    "1": (
        "/50,0 50,100",
        "/15,35 50,0 50,100",
        "/-5,75 50,0 50,100",
        "/-10,95 50,0 55,100",
        "/20,30 50,0 50,100; /20,100 80,100",
    ),
    "2": (
        "/10,5 85,2 10,98 90,97",
        "~10,25 35,0 80,15 60,60 10,98; /10,98 90,98",
    ),
    "3": (
        "/15,0 85,0 45,40; ~45,40 85,60 70,95 10,95",
        "~15,10 50,0 80,20 45,47; ~45,47 85,65 60,100 10,90",
    ),
    "4": (
        "/60,0 5,70 95,70; /60,0 60,100",
        "/20,0 15,55 85,55; /75,0 70,100",
        "/55,0 10,60 95,58; /70,30 65,100",
    ),
    "5": (
        "/85,0 25,0 20,42; ~20,42 70,40 80,75 50,100 10,92",
        "/30,8 22,45; ~22,45 75,45 75,90 10,95; /36,2 90,0",
    ),
    "6": ("~70,0 25,40 15,80 50,100 80,75 50,52 18,72",),
    "7": (
        "/10,2 90,0 40,100",
        "/10,2 90,0 40,100; /25,52 85,48",
        "/12,18 14,2 90,0 45,100",
        "/12,18 14,2 90,0 45,100; /20,55 85,50",
    ),
    "8": (
        "~75,10 30,5 30,40 75,60 70,95 25,95 25,60 70,35 75,10",
        "~50,0 25,20 50,45 75,20 50,0; ~50,45 15,72 50,100 85,72 50,45",
    ),
    "9": (
        "~80,15 40,0 20,30 50,50 80,20; /80,15 75,100",
        "~80,15 40,0 20,30 50,50 80,20; ~80,15 80,70 60,100 20,90",
    ),
}


# Signs and a few letters, as a hand writes them between numbers.
SIGN_FORMS: dict[str, tuple[str, ...]] = {
    "+": ("/50,25 50,80; /22,52 78,52", "~50,22 48,50 50,82; ~20,55 50,50 80,52"),
    "-": ("/20,55 80,52", "~20,52 50,56 80,50"),
    "=": ("/20,42 80,40; /20,64 80,62",),
    "×": ("/25,30 75,78; /75,28 25,80",),
    "÷": ("/20,55 80,53; /49,34 51,36; /49,74 51,76",),
    ":": ("/49,40 51,42; /49,76 51,78",),
    ",": ("~52,92 54,100 44,110",),
    ".": ("/49,96 51,98",),
    "/": ("/80,-5 20,105", "~75,0 50,52 22,108"),
    "(": ("~65,-8 38,25 36,75 64,108", "~60,-5 45,50 62,105"),
    ")": ("~35,-8 62,25 64,75 36,108", "~40,-5 55,50 38,105"),
    "[": ("/65,-6 38,-5 38,105 66,106",),
    "]": ("/35,-6 62,-5 62,105 34,106",),
    "∫": ("~75,-5 55,-8 50,20 48,80 42,110 22,105",),
    "√": ("/5,60 18,55 35,100 55,0 130,-2",),
    "%": ("/75,5 25,98; ~30,10 18,22 30,36 42,22 30,10; ~72,64 60,78 72,92 84,78 72,64",),
    "x": ("~22,42 40,50 60,85 80,98; ~80,42 60,55 40,85 20,100", "/25,40 75,100; /75,40 25,100"),
    "y": ("~25,40 35,68 55,72; ~78,40 60,80 35,128",),
    "a": ("~72,45 40,42 25,70 40,98 70,75 72,45; ~72,45 72,85 85,98",),
    "n": ("/28,45 28,98; ~28,60 50,42 70,55 72,98",),
    "d": ("~68,50 40,45 25,72 42,98 68,80; /70,0 72,98",),
    "k": ("/28,0 28,98; /70,42 30,72; /42,66 74,98",),
    "m": ("/18,45 18,98; ~18,60 35,42 48,55 50,98; ~50,60 66,42 80,55 82,98",),
    "π": ("/15,46 88,42; /38,45 32,98; ~68,44 66,85 82,96",),
}


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
