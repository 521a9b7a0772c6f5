"""Shapes that are no digits, for a network that is to say so.

Letters, Greek and symbols of the fonts that come with OpenCV and Matplotlib, scribbles,
blots, crossing lines, digits lying on their side, and two digits at once. What a person
takes for a digit (O, l, I) is not among them, and what a person could take for one (b, S, ...)
is kept apart, in :func:`lookalikes`.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitlib.data import ONE_WAY
from digitlib.fonts import (
    FORMULAS_TRAINING,
    HERSHEY_HELD_OUT,
    HERSHEY_TRAINING,
    MATPLOTLIB_HELD_OUT,
    MATPLOTLIB_TRAINING,
    font_path,
)
from digitlib.training.randomize import CANVAS, bent, on_canvas, photographed
from digitlib.training.thinning import thinned

# Letters that nobody would read as a digit, however they are written.
LETTERS = "AEFHKLMNPRTUVWXacdefhkmnprtuvwx"
GREEK = "ΓΔΘΛΞΠΣΦΨΩαγεζηθκλμνξπτυφχψω"
SYMBOLS = "#%@+=*<>^~€∞√∑∏∩∪⊂∃∀≠≈±×÷→←♥♣★☺"

# Letters that are a digit in somebody's hand, and which one.
LOOKALIKES = {"b": 6, "B": 8, "D": 0, "g": 9, "G": 6, "q": 9, "s": 5, "S": 5, "z": 2, "Z": 2}


def negatives(
    count: int,
    images: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    *,
    held_out_fonts: bool = False,
) -> np.ndarray:
    """Draw shapes that are no digits, in MNIST's form.

    Parameters
    ----------
    count : int
        How many.
    images, labels : numpy.ndarray of uint8, (n, 28, 28) and (n,)
        Digits from which the turned ones and the pairs are made.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same images.
    held_out_fonts : bool
        Take the letters from the fonts that are kept for validation.

    Returns
    -------
    numpy.ndarray of uint8, (count, 28, 28)
        Images such as :func:`digitlib.reading.photo.find_digits` gives.
    """
    glyphs = _glyphs(LETTERS + GREEK + SYMBOLS, held_out_fonts)
    turned = np.flatnonzero(np.isin(labels, ONE_WAY))
    made = np.empty((count, 28, 28), np.uint8)
    for index, kind in enumerate(rng.choice(5, count, p=[0.46, 0.16, 0.12, 0.14, 0.12])):
        if kind == 0:
            canvas = _glyph(glyphs, int(rng.integers(len(glyphs.names))), rng)
        elif kind == 1:
            canvas = _scribble(rng)
        elif kind == 2:
            canvas = _blot(rng)
        elif kind == 3:
            digit = images[turned[rng.integers(turned.size)]]
            canvas = on_canvas(np.rot90(digit, rng.choice([1, 3])).copy())
        else:
            canvas = _pair(images[rng.integers(len(images), size=2)], rng)
        made[index] = photographed(bent(canvas, rng), rng)
    return made


def lookalikes(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw letters that a person could take for a digit.

    Parameters
    ----------
    count : int
        How many.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same images.

    Returns
    -------
    images : numpy.ndarray of uint8, (count, 28, 28)
        In MNIST's form.
    digits : numpy.ndarray of uint8, (count,)
        The digit that each could be taken for.
    """
    glyphs = _glyphs("".join(LOOKALIKES), False)
    drawn = rng.integers(len(glyphs.names), size=count)
    made = [photographed(bent(_glyph(glyphs, int(index), rng), rng), rng) for index in drawn]
    digits = [LOOKALIKES[glyphs.names[index]] for index in drawn]
    return np.array(made, np.uint8).reshape(-1, 28, 28), np.array(digits, np.uint8)


class _Glyphs(NamedTuple):
    """Letters as filled shapes and as lines one pixel wide, each (n, 64, 64), and their names."""

    filled: np.ndarray
    lines: np.ndarray
    names: str


@cache
def _glyphs(letters: str, held_out: bool) -> _Glyphs:
    """Draw letters in all fonts for the training, or in all that are kept for validation."""
    drawn, names = [], ""
    files = MATPLOTLIB_HELD_OUT if held_out else MATPLOTLIB_TRAINING
    fonts = dict.fromkeys(files, lambda letter: True)
    if not held_out:
        fonts |= FORMULAS_TRAINING
    for name, has in fonts.items():
        font = ImageFont.truetype(font_path(name), 40)
        missing = bytes(font.getmask("\uffff"))
        for letter in letters:
            # A font without the letter draws the same empty box for each such letter.
            if has(letter) and bytes(font.getmask(letter)) != missing:
                drawn.append(_typeset(letter, font))
                names += letter
    for hershey in HERSHEY_HELD_OUT if held_out else HERSHEY_TRAINING:
        for letter in filter(str.isascii, letters):
            (width, height), _ = cv2.getTextSize(letter, hershey, 1.0, 2)
            scale = 40 / max(width, height)
            canvas = np.zeros((CANVAS, CANVAS), np.uint8)
            place = round((CANVAS - scale * width) / 2), round((CANVAS + scale * height) / 2)
            cv2.putText(canvas, letter, place, hershey, scale, 255, 3, cv2.LINE_AA)
            drawn.append(canvas)
            names += letter
    filled = np.stack(drawn)
    lines = np.where(thinned(filled > 127), np.uint8(255), np.uint8(0))
    return _Glyphs(filled, lines, names)


def _typeset(letter: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    page = Image.new("L", (CANVAS, CANVAS))
    middle = CANVAS / 2
    ImageDraw.Draw(page).text((middle, middle), letter, fill=255, font=font, anchor="mm")
    return np.array(page)


def _glyph(glyphs: _Glyphs, index: int, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.3:
        return glyphs.filled[index].copy()
    # The letter's lines drawn with a pen of some width are nearer to a hand than the print.
    size = int(rng.integers(2, 8))
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(glyphs.lines[index], pen)


def _scribble(rng: np.random.Generator) -> np.ndarray:
    """Draw a wild curve, a spiral, a wave, a star, a triangle, crossing lines or a tick."""
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    thickness = int(rng.integers(2, 7))
    kind = rng.integers(7)
    time = np.linspace(0, 1, 90)
    middle = CANVAS / 2
    if kind == 0:
        nodes = rng.uniform(10, 54, (int(rng.integers(8, 14)), 1, 2)).astype(np.float32)
        strokes = [cv2.resize(nodes, (1, 120), interpolation=cv2.INTER_CUBIC).reshape(-1, 2)]
    elif kind == 1:
        angle = rng.uniform(0, 2 * np.pi) + rng.choice([-1, 1]) * rng.uniform(14, 26) * time
        radius = 22 * time
        strokes = [middle + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)]
    elif kind == 2:
        wave = rng.uniform(6, 20) * np.sin(rng.uniform(14, 40) * time)
        strokes = [np.stack([10 + 44 * time, middle + wave], axis=1)]
        if rng.random() < 0.3:
            strokes[0] = strokes[0][:, ::-1]
    elif kind == 3:
        angles = rng.uniform(0, np.pi) + np.arange(rng.integers(2, 5)) * rng.uniform(0.6, 1.6)
        reach = rng.uniform(12, 24, len(angles))[:, None]
        arms = reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        strokes = [np.stack([middle - arm, middle + arm]) for arm in arms]
    elif kind == 4:
        corners = middle + rng.uniform(16, 24) * np.array([[0, -1], [0.87, 0.5], [-0.87, 0.5]])
        strokes = [corners[[0, 1, 2, 0]] + rng.uniform(-4, 4, 2)]
    elif kind == 5:
        tick = np.array([[14, 34], [26, 50], [50, 14]])
        strokes = [tick + rng.uniform(-5, 5, (3, 2))]
    else:
        places = rng.uniform(12, 52, int(rng.integers(3, 6)))
        across = rng.random(len(places)) < 0.5
        across[:2] = True, False
        strokes = [
            np.array([[8, place], [56, place]] if flat else [[place, 8], [place, 56]])
            for place, flat in zip(places, across, strict=True)
        ]
    for stroke in strokes:
        points = np.round(stroke).astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, thickness, cv2.LINE_AA)
    return canvas


def _blot(rng: np.random.Generator) -> np.ndarray:
    """Cut the largest spot out of smooth noise, as textures and dark things give it."""
    noise = cv2.GaussianBlur(rng.normal(0, 1, (CANVAS, CANVAS)), (0, 0), rng.uniform(1.2, 6))
    mask = (noise > np.quantile(noise, rng.uniform(0.45, 0.85))).astype(np.uint8)
    _, marks, stats, _ = cv2.connectedComponentsWithStats(mask)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.where(marks == largest, np.uint8(255), np.uint8(0))


def _pair(two: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write two digits so close to each other that they touch."""
    left, right = (image[:, image.any(axis=0)] for image in two)
    start = max(0, left.shape[1] - int(rng.integers(0, 4)))
    side = np.zeros((28, start + max(left.shape[1], right.shape[1])), np.uint8)
    side[:, : left.shape[1]] = left
    window = side[:, start : start + right.shape[1]]
    np.maximum(window, np.roll(right, rng.integers(-3, 4), axis=0), out=window)
    width = 1.5 * side.shape[1]
    scale = min(56 / width, 1.0)
    page = cv2.resize(side, (round(width * scale), round(42 * scale)), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    top, left_edge = (CANVAS - page.shape[0]) // 2, (CANVAS - page.shape[1]) // 2
    canvas[top : top + page.shape[0], left_edge : left_edge + page.shape[1]] = page
    return canvas
