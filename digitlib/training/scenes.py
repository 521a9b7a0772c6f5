"""Photographs made to order in five severities: what a benchmark of reading is drawn from.

A scene is written with a pen on a sheet, the sheet lies in a room, and a camera looks at it:
:class:`Conditions` says how hard each of the three makes it. :func:`draw_scene` does all of it.
Each picture follows from the state of the generator of chance alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from digitlib.fonts import HERSHEY_HELD_OUT, MATPLOTLIB_HELD_OUT, font_path
from digitlib.training.paper import uneven_light
from digitlib.training.thinning import thinned

KINDS = ("single", "number", "lines", "negative")
SEVERITIES = (1, 2, 3, 4, 5)
NEGATIVES = (
    "blank paper",
    "ruled paper",
    "squared paper",
    "letters",
    "Greek letters",
    "scribble",
    "texture",
    "photograph",
)

# Glyphs are kept as masks of this side: 28 x 28 pixels, four times enlarged.
GLYPH = 112

# Left out is what a person could take for a digit: O and 0, l and 1, Z and 2, S and 5, b and 6 …
LETTERS = "ACEFHKMNPRTUVWXaefhkmnrtuvwx"
GREEK = "αγηκλμνπχψωΓΔΛΞΠΣΨΩ"
WORDS = ("Name", "Exam", "Theme", "Market", "Water", "RENT", "frame", "NEXT")
# A scene judges, so its letters are in fonts that no network was trained with. The order of the
# first scenes is kept: a seed chooses by place.
FONTS = tuple(MATPLOTLIB_HELD_OUT[place] for place in (0, 2, 3, 1))


@dataclass(frozen=True)
class Scene:
    """A photograph and what is written in it.

    Attributes
    ----------
    image : numpy.ndarray of uint8, (height, width, 3)
        The picture, BGR.
    lines : tuple of str
        The digits of each line from the top, as in ``("314", "15")``; none on a negative.
    kind : str
        One of ``KINDS``.
    severity : int
        One of ``SEVERITIES``.
    what : str
        The case in a few words: the pen, or what a negative shows (one of ``NEGATIVES``).
    """

    image: np.ndarray
    lines: tuple[str, ...]
    kind: str
    severity: int
    what: str


class Conditions(NamedTuple):
    """The worst that a severity allows; each scene draws its own between none and that.

    Lengths are shares of a digit's square (the side of its 28 x 28 image) where nothing else
    is said.
    """

    square: int  # smallest square, pixels
    fill: tuple[float, float]  # size of the writing, as a share of the largest that fits
    contrast: float  # least strength of the ink, 0 to 1
    fading: float  # largest loss of ink along a stroke, 0 to 1
    size: float  # largest change of a digit's size, as a share, either way
    jump: float  # largest step of a digit off its line
    slope: float  # largest climb of a line, height by length
    gap: tuple[float, float]  # between neighboring digits
    tilt: float  # degrees, either way
    perspective: float  # shift of the picture's corners, share of its shorter side
    ruling: float  # chance of lines on the paper
    ruled: float  # largest strength of these lines, 0 to 1
    tint: float  # largest saturation of the paper's color, 0 to 1
    grain: float  # of the paper, standard deviation as a share of its brightness
    shade: float  # loss of light in the darkest corner, 0 to 1
    shadow: float  # loss of light behind a shadow's edge, 0 to 1
    dim: float  # least mean of the light, 0 to 1
    blur: float  # standard deviation of the lens's blur
    noise: float  # of the camera, standard deviation in gray values
    quality: int  # least JPEG quality
    distractor: float  # chance of each thing that is no digit


CONDITIONS = {
    1: Conditions(
        square=64, fill=(0.55, 0.85), contrast=0.85, fading=0.05, size=0.05, jump=0.02,
        slope=0.01, gap=(0.2, 0.4), tilt=2, perspective=0.005, ruling=0.0, ruled=0.0, tint=0.02,
        grain=0.005, shade=0.1, shadow=0.0, dim=0.9, blur=0.006, noise=1.5, quality=92,
        distractor=0.0,
    ),
    2: Conditions(
        square=52, fill=(0.45, 0.85), contrast=0.8, fading=0.12, size=0.1, jump=0.04,
        slope=0.03, gap=(0.12, 0.4), tilt=5, perspective=0.015, ruling=0.3, ruled=0.12, tint=0.06,
        grain=0.012, shade=0.25, shadow=0.12, dim=0.75, blur=0.012, noise=3, quality=85,
        distractor=0.05,
    ),
    3: Conditions(
        square=42, fill=(0.35, 0.88), contrast=0.68, fading=0.22, size=0.16, jump=0.06,
        slope=0.06, gap=(0.08, 0.4), tilt=9, perspective=0.03, ruling=0.5, ruled=0.22, tint=0.12,
        grain=0.02, shade=0.4, shadow=0.25, dim=0.6, blur=0.02, noise=5, quality=70,
        distractor=0.12,
    ),
    4: Conditions(
        square=34, fill=(0.28, 0.9), contrast=0.55, fading=0.3, size=0.25, jump=0.09,
        slope=0.1, gap=(0.03, 0.35), tilt=15, perspective=0.045, ruling=0.65, ruled=0.35, tint=0.2,
        grain=0.03, shade=0.55, shadow=0.4, dim=0.45, blur=0.032, noise=8, quality=50,
        distractor=0.25,
    ),
    5: Conditions(
        square=30, fill=(0.22, 0.92), contrast=0.5, fading=0.4, size=0.35, jump=0.12,
        slope=0.14, gap=(-0.02, 0.3), tilt=20, perspective=0.06, ruling=0.8, ruled=0.4, tint=0.3,
        grain=0.04, shade=0.65, shadow=0.55, dim=0.4, blur=0.042, noise=9, quality=32,
        distractor=0.4,
    ),
}  # fmt: skip


class Pen(NamedTuple):
    """What is written with: width of the stroke in squares, color, strength, roughness."""

    name: str
    width: tuple[float, float]
    colors: tuple[tuple[float, float, float], ...]  # reflectance of blue, green, red, 0 to 1
    strength: float
    rough: float


BLUE, BLACK, GREEN = (0.5, 0.2, 0.12), (0.13, 0.12, 0.12), (0.22, 0.32, 0.1)
RED, GRAPHITE, WHITE = (0.18, 0.15, 0.75), (0.3, 0.29, 0.28), (0.92, 0.95, 0.95)
PENS = (
    Pen("ballpoint", (0.03, 0.055), (BLUE, BLACK), 0.9, 0.1),
    Pen("pencil", (0.035, 0.06), (GRAPHITE,), 0.8, 0.3),
    Pen("felt-tip", (0.055, 0.09), (BLUE, BLACK, GREEN, RED), 1.0, 0.0),
    Pen("marker", (0.085, 0.115), (BLUE, BLACK, GREEN), 1.0, 0.0),
)
CHALK = Pen("chalk", (0.05, 0.1), (WHITE,), 0.95, 0.3)


def draw_scene(
    kind: str,
    severity: int,
    rng: np.random.Generator,
    images: np.ndarray,
    labels: np.ndarray,
) -> Scene:
    """Write digits, put the sheet into a room and take its picture.

    Parameters
    ----------
    kind : str
        "single" (one digit), "number" (four digits), "lines" (two to four lines of three to
        five digits) or "negative" (nothing that a person would call a digit).
    severity : int
        1 is a scan, 3 what a person with a phone or a webcam makes in a normal room, 5 what a
        careful person can still read.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same scene.
    images : numpy.ndarray of uint8, (n, 28, 28)
        The digits to choose from, in MNIST's own form.
    labels : numpy.ndarray of int, (n,)
        Which digits they are, 0 to 9.

    Returns
    -------
    Scene

    Raises
    ------
    ValueError
        If there is no such kind or severity.
    """
    if kind not in KINDS:
        raise ValueError(f"expected a kind out of {', '.join(KINDS)}, found {kind!r}")
    if severity not in SEVERITIES:
        raise ValueError(f"expected a severity from 1 to 5, found {severity!r}")
    worst = CONDITIONS[severity]
    if kind == "negative":
        what = str(rng.choice(NEGATIVES))
        return Scene(_negative(what, worst, rng), (), kind, severity, what)
    rows = _choose_rows(kind, rng, len(images))
    glyphs = [[_enlarged(images[index]) for index in row] for row in rows]
    image, what = _photograph(glyphs, worst, rng)
    lines = tuple("".join(str(labels[index]) for index in row) for row in rows)
    return Scene(image, lines, kind, severity, what)


def _choose_rows(kind: str, rng: np.random.Generator, count: int) -> list[np.ndarray]:
    if kind == "lines":
        lengths = rng.integers(3, 6, rng.integers(2, 5)).tolist()
    else:
        lengths = [1 if kind == "single" else 4]
    return [rng.integers(0, count, length) for length in lengths]


# --- The pen -------------------------------------------------------------------------------


def _enlarged(image: np.ndarray) -> np.ndarray:
    """Return the smooth shape of a 28 x 28 image as a mask, uint8 0 or 1, GLYPH x GLYPH."""
    large = cv2.resize(image, (GLYPH, GLYPH), interpolation=cv2.INTER_CUBIC)
    return (cv2.GaussianBlur(large, (0, 0), 1) > 70).astype(np.uint8)


def stroke(mask: np.ndarray, side: int, width: float) -> np.ndarray:
    """Draw a shape anew with a pen of another width.

    The rim of the shape moves in or out until its strokes have the width that is asked for.
    The middle line stays in any case, so that thin strokes are not broken.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (GLYPH, GLYPH)
        1 inside the shape, 0 elsewhere.
    side : int
        Side of the square that the shape is drawn in, pixels.
    width : float
        Width of the stroke, as a share of the side.

    Returns
    -------
    numpy.ndarray of float32, (side, side)
        How much of each pixel is ink, 0 to 1.
    """
    line = thinned(mask[np.newaxis] > 0)[0].astype(np.uint8)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    from_line = cv2.distanceTransform(1 - line, cv2.DIST_L2, 5)
    half = width * GLYPH / 2
    usual = float(np.median(inside[line > 0])) if line.any() else half
    # A pen much thicker than the one that was used would fill the loops.
    half = min(half, 1.4 * usual)
    depth = np.maximum(inside - outside + half - usual, half - from_line)
    # The line has steps of a pixel, which a pen does not.
    depth = cv2.GaussianBlur(depth, (0, 0), 1.5)
    depth = cv2.resize(depth, (side, side), interpolation=cv2.INTER_LINEAR) * (side / GLYPH)
    return np.clip(depth + 0.5, 0, 1)


def _write(
    rows: Sequence[Sequence[np.ndarray]],
    square: int,
    pen: Pen,
    worst: Conditions,
    rng: np.random.Generator,
) -> np.ndarray:
    """Write rows of glyphs and return the ink, float32 0 to 1, cut to what is written."""
    width = rng.uniform(*pen.width)
    least = 1.6 / square
    slope = rng.uniform(-worst.slope, worst.slope)
    step = rng.uniform(1.2, 1.5) + worst.jump + worst.size
    longest = max(len(row) for row in rows)
    height = int((step * len(rows) + 1.5 + 2 * abs(slope) * longest * 1.5) * square)
    canvas = np.zeros((height, int((longest * 1.7 + 3) * square)), np.float32)
    for number, row in enumerate(rows):
        right = (1 + rng.uniform(0, 0.4)) * square
        middle = height / 2 + (number - (len(rows) - 1) / 2) * step * square
        for glyph in row:
            side = int(square * rng.uniform(1 - worst.size, 1 + worst.size))
            ink = stroke(glyph, side, max(width * square / side, least))
            columns = np.flatnonzero(ink.max(axis=0) > 0.5)
            x = int(right) - columns[0]
            jump = rng.uniform(-worst.jump, worst.jump) * square
            # Digits of different sizes stand on one line, not in the middle of it.
            y = int(
                middle + jump + slope * (right - canvas.shape[1] / 2) + 0.4 * square - 0.9 * side
            )
            window = canvas[y : y + side, x : x + side]
            np.maximum(window, ink, out=window)
            right = x + columns[-1] + 1 + rng.uniform(*worst.gap) * square
    rows_with_ink, columns = (np.flatnonzero(canvas.max(axis=axis) > 0.1) for axis in (1, 0))
    canvas = canvas[rows_with_ink[0] : rows_with_ink[-1] + 1, columns[0] : columns[-1] + 1]
    fading = 1 - rng.uniform(0, worst.fading) * _clouds(canvas.shape, square / 4, rng)
    rough = 1 - pen.rough * _clouds(canvas.shape, max(0.7, square / 90), rng)
    return canvas * fading * rough


# --- The sheet and the room ----------------------------------------------------------------


def _clouds(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth random values from 0 to 1, float32, that change over `size` pixels."""
    shrink = max(1.0, size)
    small = rng.random((int(shape[0] / shrink) + 3, int(shape[1] / shrink) + 3), np.float32)
    return np.clip(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), 0, 1)


def _tilted(width: int, height: int, worst: Conditions, rng: np.random.Generator) -> np.ndarray:
    """Return the 3 x 3 matrix from the sheet to the picture, both measured from the middle."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    angle = np.radians(rng.uniform(-worst.tilt, worst.tilt))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = corners @ turn.T
    moved += rng.uniform(-worst.perspective, worst.perspective, (4, 2)) * min(width, height)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))


def _move(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float32), matrix)[:, 0]


def _sheet_coordinates(matrix: np.ndarray, width: int, height: int) -> tuple[np.ndarray, ...]:
    """Return where on the sheet each pixel of the picture lies: columns and rows."""
    (a, b, c), (d, e, f), (g, h, i) = np.linalg.inv(matrix).astype(np.float32)
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)[:, np.newaxis]
    depth = g * x + h * y + i
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def _stripes(position: np.ndarray, pitch: float, thickness: float) -> np.ndarray:
    """Return lines at every multiple of the pitch, float32 0 to 1."""
    away = np.abs((position + pitch / 2) % pitch - pitch / 2)
    return np.clip(thickness / 2 - away + 0.5, 0, 1)


def _paper(
    ruling: str,
    where: tuple[np.ndarray, ...],
    square: float,
    worst: Conditions,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the reflectance of a sheet, float32 (height, width, 3), 0 to 1."""
    columns, rows = where
    color = np.array([1, 1, 1]) - rng.uniform(0, worst.tint) * rng.dirichlet([1, 1, 1])
    grain = rng.normal(0, 1, [side // 2 + 1 for side in rows.shape]).astype(np.float32)
    grain = cv2.resize(grain, rows.shape[::-1], interpolation=cv2.INTER_LINEAR)
    sheet = (0.93 * (1 + rng.uniform(0.3, 1) * worst.grain * grain))[..., np.newaxis] * color
    if ruling == "plain":
        return sheet.astype(np.float32)
    pitch = (
        square * rng.uniform(0.4, 0.7) if ruling == "squared" else square * rng.uniform(0.8, 1.4)
    )
    thickness = max(0.8, 0.02 * square * rng.uniform(0.5, 1.2))
    lines = _stripes(rows + rng.uniform(0, pitch), pitch, thickness)
    if ruling == "squared":
        lines = np.maximum(lines, _stripes(columns + rng.uniform(0, pitch), pitch, thickness))
    strength = rng.uniform(0.4, 1) * max(worst.ruled, 0.1)
    print_color = np.array(BLUE if rng.random() < 0.6 else GRAPHITE)
    cover = (strength * lines)[..., np.newaxis]
    return (sheet * (1 - cover) + print_color * cover).astype(np.float32)


def _board(
    where: tuple[np.ndarray, ...], worst: Conditions, rng: np.random.Generator
) -> np.ndarray:
    """Return the reflectance of a blackboard with the traces of a sponge."""
    shape = where[0].shape
    color = np.array([(0.16, 0.2, 0.13), (0.12, 0.12, 0.12)][rng.integers(2)], np.float32)
    smear = cv2.GaussianBlur(_clouds(shape, max(shape) / 12, rng), (0, 0), max(shape) / 60)
    return color + (0.02 + 1.2 * worst.grain) * smear[..., np.newaxis]


def _texture(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Return a surface without writing: wood, cloth or stone, float32 (height, width, 3)."""
    unit = max(width, height) / rng.uniform(20, 80)
    length = unit * rng.choice([1, 1, 8])
    small = rng.normal(0, 1, (int(height / unit) + 4, int(width / length) + 4))
    veins = cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        rows, columns = np.indices((height, width), dtype=np.float32)
        veins = 0.4 * veins + np.sin(3 * rows / unit) * np.sin(3 * columns / unit)
    elif rng.random() < 0.5:
        veins = np.sin(3 * veins)
    colors = [rng.uniform(0.2, 0.8) + rng.uniform(-0.12, 0.12, 3) for _ in range(2)]
    share = np.clip(0.5 + rng.uniform(0.08, 0.35) * veins, 0, 1)[..., np.newaxis]
    return (colors[0] * share + colors[1] * (1 - share)).astype(np.float32)


def _light(width: int, height: int, worst: Conditions, rng: np.random.Generator) -> np.ndarray:
    """Return the light in the room, float32 (height, width): slope, dark corners, a shadow."""
    light = uneven_light(width, height, rng.uniform(0.3, 1) * worst.shade, rng)
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-1, 1, width, dtype=np.float32) - rng.uniform(-0.6, 0.6)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    softness = rng.uniform(0.01, 0.3)
    edge = 1 / (1 + np.exp(-np.clip((np.cos(angle) * x + np.sin(angle) * y) / softness, -30, 30)))
    light *= 1 - rng.uniform(0, worst.shadow) * edge
    # The camera sets its exposure by the mean, and what is brighter than its range is cut off.
    exposure = rng.uniform(worst.dim, 1) / light.mean()
    return np.minimum(exposure * light, 1.15).astype(np.float32)


# --- Things that are no digits --------------------------------------------------------------


class Area(NamedTuple):
    """The upright rectangle that the writing takes up in the picture."""

    left: float
    top: float
    right: float
    bottom: float


def _free_spot(
    width: int, height: int, picture: np.ndarray, taken: Area, rng: np.random.Generator
) -> tuple[int, int] | None:
    """Return a place near the picture's rim for a thing of that size, clear of the writing."""
    tall, wide = picture.shape[:2]
    if width >= wide or height >= tall:
        return None
    for _ in range(30):
        x, y = int(rng.uniform(0, wide - width)), int(rng.uniform(0, tall - height))
        near_rim = min(x, y, wide - width - x, tall - height - y) < 0.1 * min(wide, tall)
        beside = x > taken.right or x + width < taken.left
        above = y > taken.bottom or y + height < taken.top
        if near_rim and (beside or above):
            return x, y
    return None


def _put_print(picture: np.ndarray, square: float, taken: Area, rng: np.random.Generator) -> None:
    """Print a word on the sheet, smaller than the writing."""
    word = str(rng.choice(WORDS))
    scale = max(0.35, square * rng.uniform(0.15, 0.4) / 22)
    thickness = max(1, round(scale * 1.5))
    font = HERSHEY_HELD_OUT[0]
    (width, height), below = cv2.getTextSize(word, font, scale, thickness)
    spot = _free_spot(width, height + below, picture, taken, rng)
    if spot is not None:
        start = (spot[0], spot[1] + height)
        ink = np.zeros(picture.shape[:2], np.uint8)
        cv2.putText(ink, word, start, font, scale, 255, thickness, cv2.LINE_AA)
        picture *= 1 - 0.75 * (ink[..., np.newaxis] / np.float32(255))


def _put_red_mark(
    picture: np.ndarray, square: float, taken: Area, rng: np.random.Generator
) -> None:
    """Tick the sheet with a red pen."""
    side = int(square * rng.uniform(0.5, 1.0))
    spot = _free_spot(side, side, picture, taken, rng)
    if spot is not None:
        shape = np.array([[0, 0.6], [0.3, 1], [1, 0]]) + rng.uniform(-0.08, 0.08, (3, 2))
        points = (np.array(spot) + side * shape).astype(np.int32)
        ink = np.zeros(picture.shape[:2], np.uint8)
        cv2.polylines(ink, [points], False, 255, max(1, round(0.06 * square)), cv2.LINE_AA)
        _paint(picture, ink / np.float32(255), RED)


def _put_finger(picture: np.ndarray, square: float, taken: Area, rng: np.random.Generator) -> None:
    """Hold the sheet at its rim with a finger."""
    height, width = picture.shape[:2]
    thick = int(min(height, width) * rng.uniform(0.07, 0.12))
    spot = _free_spot(2 * thick, 2 * thick, picture, taken, rng)
    if spot is None:
        return
    tip = np.array(spot) + thick
    # From the tip to the nearest point beyond the rim.
    rims = np.array([[-1, tip[1]], [width, tip[1]], [tip[0], -1], [tip[0], height]])
    rim = rims[np.abs(rims - tip).sum(axis=1).argmin()]
    ink = np.zeros((height, width), np.uint8)
    cv2.line(ink, [int(v) for v in tip], [int(v) for v in 2 * rim - tip], 255, thick)
    ink = cv2.GaussianBlur(ink, (0, 0), max(1.0, thick / 20)) / np.float32(255)
    round_light = 0.75 + 0.25 * cv2.GaussianBlur(ink, (0, 0), thick / 4)
    _paint(picture, ink, np.array([0.5, 0.62, 0.85]) * rng.uniform(0.4, 1), round_light)


DISTRACTORS = (_put_print, _put_red_mark, _put_finger)


def _paint(
    picture: np.ndarray,
    cover: np.ndarray,
    color: Sequence[float] | np.ndarray,
    light: np.ndarray | float = 1.0,
) -> None:
    """Cover a part of the picture with a color, in place."""
    cover = cover[..., np.newaxis]
    light = np.asarray(light, np.float32)[..., np.newaxis]
    picture *= 1 - cover
    picture += cover * light * np.asarray(color, np.float32)


# --- The camera -----------------------------------------------------------------------------


def _picture_size(rng: np.random.Generator) -> tuple[int, int]:
    """Return width and height: the longer side from 320 to 1600, small ones as often as large."""
    longer = int(320 * 5 ** rng.random())
    shorter = int(longer * rng.choice([9 / 16, 3 / 4, 3 / 4, 1]))
    return (longer, shorter) if rng.random() < 0.75 else (shorter, longer)


def _photograph(
    glyphs: Sequence[Sequence[np.ndarray]], worst: Conditions, rng: np.random.Generator
) -> tuple[np.ndarray, str]:
    """Write rows of glyphs, take a picture, and say in a few words what it shows."""
    width, height = _picture_size(rng)
    chalk = rng.random() < 0.15
    pen = CHALK if chalk else PENS[rng.integers(len(PENS))]
    square = _choose_square(glyphs, width, height, worst, rng)
    ink = _write(glyphs, square, pen, worst, rng)
    matrix = _tilted(width, height, worst, rng)
    block = np.array([ink.shape[1], ink.shape[0]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * block - block / 2
    seen = _mapped(matrix, corners)
    move = _somewhere(seen, width, height, rng)
    matrix = _move(*move) @ matrix
    taken = Area(*(seen.min(axis=0) + move), *(seen.max(axis=0) + move))
    where = _sheet_coordinates(matrix, width, height)
    if chalk:
        ruling, picture = "board", _board(where, worst, rng)
    else:
        ruling = _choose_ruling(worst, rng)
        picture = _paper(ruling, where, square, worst, rng)
    cover = cv2.warpPerspective(ink, matrix @ _move(*-block / 2), (width, height))
    strength = pen.strength * rng.uniform(worst.contrast, 1)
    _paint(picture, strength * cover, pen.colors[rng.integers(len(pen.colors))])
    picture = _in_the_room(picture, where, corners, square, taken, worst, rng)
    image = _exposed(picture, square, worst, rng)
    if len(glyphs) == len(glyphs[0]) == 1 and rng.random() < 0.35:
        image = _cropped(image, taken, rng)
    return image, f"{pen.name} on {'a board' if chalk else f'{ruling} paper'}"


def _choose_square(
    glyphs: Sequence[Sequence[np.ndarray]],
    width: int,
    height: int,
    worst: Conditions,
    rng: np.random.Generator,
) -> int:
    """Return the side of a digit's square, so that the writing fits into the picture."""
    across = max(len(row) for row in glyphs) * (0.65 + max(worst.gap)) * (1 + worst.size / 2)
    down = len(glyphs) * (1.4 + worst.jump + worst.size) - 0.5 + across * worst.slope
    turn = np.radians(worst.tilt)
    room = 1.06 + 2 * worst.perspective
    wide = (across * np.cos(turn) + down * np.sin(turn)) * room
    tall = (down * np.cos(turn) + across * np.sin(turn)) * room
    largest = min(width / wide, height / tall)
    return int(min(max(largest * rng.uniform(*worst.fill), worst.square), largest))


def _choose_ruling(worst: Conditions, rng: np.random.Generator) -> str:
    if rng.random() >= worst.ruling:
        return "plain"
    return "squared" if rng.random() < 0.5 else "ruled"


def _somewhere(
    corners: np.ndarray, width: int, height: int, rng: np.random.Generator
) -> np.ndarray:
    """Return a move that brings the corners to a place inside the picture."""
    margin = 0.02 * min(width, height)
    low = margin - corners.min(axis=0)
    high = np.array([width, height]) - margin - corners.max(axis=0)
    return np.where(low < high, rng.uniform(np.minimum(low, high), high), (low + high) / 2)


def _in_the_room(
    picture: np.ndarray,
    where: tuple[np.ndarray, ...],
    corners: np.ndarray,
    square: float,
    taken: Area,
    worst: Conditions,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lay the sheet on a table, put things beside the writing, and switch on the light."""
    height, width = picture.shape[:2]
    if rng.random() < worst.distractor:
        side, sign = rng.integers(2), rng.choice([-1, 1])
        edge = np.abs(corners[:, side]).max() + square * rng.uniform(0.4, 1.2)
        beyond = np.clip(sign * where[side] - edge + 0.5, 0, 1)
        table = _texture(width, height, rng) * rng.uniform(0.3, 0.9)
        picture = picture * (1 - beyond[..., np.newaxis]) + table * beyond[..., np.newaxis]
    for put in DISTRACTORS:
        if rng.random() < worst.distractor:
            put(picture, square, taken, rng)
    return picture * _light(width, height, worst, rng)[..., np.newaxis]


def _exposed(
    picture: np.ndarray, square: float, worst: Conditions, rng: np.random.Generator
) -> np.ndarray:
    """Return what the camera stores: blurred, noisy, packed as JPEG; uint8."""
    blur = max(0.4, square * rng.uniform(0.3, 1) * worst.blur)
    picture = cv2.GaussianBlur(picture, (0, 0), blur, sigmaY=blur * rng.uniform(0.6, 1))
    # Lamps are warmer or cooler than daylight.
    warmth = rng.uniform(-0.06, 0.06)
    picture = 250 * picture * np.array([1 - warmth, 1, 1 + warmth], np.float32)
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(0.3, 1) * worst.noise
    image = np.clip(picture + noise, 0, 255).astype(np.uint8)
    quality = int(rng.integers(worst.quality, 96))
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    stored = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert stored is not None
    return stored


def _cropped(image: np.ndarray, taken: Area, rng: np.random.Generator) -> np.ndarray:
    """Cut the picture to the writing and a margin on each side."""
    size = max(taken.right - taken.left, taken.bottom - taken.top)
    left, top, right, bottom = rng.uniform(0.1, 0.6, 4) * size
    rows = slice(max(0, int(taken.top - top)), int(taken.bottom + bottom) + 1)
    columns = slice(max(0, int(taken.left - left)), int(taken.right + right) + 1)
    return np.ascontiguousarray(image[rows, columns])


# --- Negatives ------------------------------------------------------------------------------


def _negative(what: str, worst: Conditions, rng: np.random.Generator) -> np.ndarray:
    """Return a picture that has no digit in it."""
    if what in ("letters", "Greek letters"):
        draw = _letter if what == "letters" else _greek_letter
        glyphs = [draw(rng) for _ in range(rng.integers(1, 6))]
        return _photograph([glyphs], worst, rng)[0]
    if what == "scribble":
        return _photograph([[_scribble(rng)]], worst, rng)[0]
    width, height = _picture_size(rng)
    square = min(width, height) * rng.uniform(0.08, 0.3)
    nothing = Area(width / 2, height / 2, width / 2, height / 2)
    matrix = _move(width / 2, height / 2) @ _tilted(width, height, worst, rng)
    where = _sheet_coordinates(matrix, width, height)
    if what == "texture":
        picture = _texture(width, height, rng)
    elif what == "photograph":
        picture = _view(width, height, rng)
    else:
        ruling = {"blank paper": "plain", "ruled paper": "ruled", "squared paper": "squared"}[what]
        picture = _paper(ruling, where, square, worst, rng)
        corners = np.array([[-0.25, -0.25], [0.25, 0.25]]) * (width, height)
        picture = _in_the_room(picture, where, corners, square, nothing, worst, rng)
    return _exposed(picture, square, worst, rng)


def _letter(rng: np.random.Generator) -> np.ndarray:
    """Return a Latin letter in one of OpenCV's fonts, as a mask."""
    glyph = np.zeros((2 * GLYPH, 2 * GLYPH), np.uint8)
    letter = str(rng.choice(list(LETTERS)))
    font = HERSHEY_HELD_OUT[rng.integers(len(HERSHEY_HELD_OUT))]
    cv2.putText(glyph, letter, (GLYPH // 2, 3 * GLYPH // 2), font, 3.5, 255, 9, cv2.LINE_AA)
    return _in_a_square(glyph)


def _greek_letter(rng: np.random.Generator) -> np.ndarray:
    """Return a Greek letter in one of the fonts that come with matplotlib, as a mask."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(font_path(str(rng.choice(FONTS))), GLYPH)
    glyph = Image.new("L", (2 * GLYPH, 2 * GLYPH))
    letter = str(rng.choice(list(GREEK)))
    ImageDraw.Draw(glyph).text((GLYPH // 2, GLYPH // 2), letter, fill=255, font=font)
    return _in_a_square(np.asarray(glyph))


def _scribble(rng: np.random.Generator) -> np.ndarray:
    """Return a line that winds to and fro, as a mask."""
    count = int(rng.integers(12, 20))
    points = rng.uniform(-1, 1, (count, 2))
    if rng.random() < 0.5:
        # A zigzag, as for trying out a pen.
        points[:, 0] = np.linspace(-1.5, 1.5, count)
        points[:, 1] = rng.uniform(0.4, 1, count) * (-1) ** np.arange(count)
    path = cv2.resize(points.astype(np.float32), (2, 12 * count), interpolation=cv2.INTER_CUBIC)
    glyph = np.zeros((2 * GLYPH, 2 * GLYPH), np.uint8)
    drawn = (GLYPH + 0.6 * GLYPH * path).astype(np.int32)
    cv2.polylines(glyph, [drawn], False, 255, 9, cv2.LINE_AA)
    return _in_a_square(glyph)


def _in_a_square(glyph: np.ndarray) -> np.ndarray:
    """Return a drawn shape as a mask, as large in its square as a digit of MNIST is."""
    x, y, width, height = cv2.boundingRect(glyph)
    scale = GLYPH * 20 / 28 / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shape = cv2.resize(glyph[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA)
    mask = np.zeros((GLYPH, GLYPH), np.uint8)
    left, top = (GLYPH - size[0]) // 2, (GLYPH - size[1]) // 2
    mask[top : top + size[1], left : left + size[0]] = shape > 127
    return mask


def _view(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Return a part of a picture that scikit-learn or matplotlib brings along."""
    import matplotlib
    import sklearn

    samples = Path(sklearn.__file__).parent / "datasets" / "images"
    paths = (
        samples / "china.jpg",
        samples / "flower.jpg",
        Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg",
    )
    path = paths[rng.integers(len(paths))]
    image = cv2.imread(str(path))
    if image is None:
        raise FileNotFoundError(f"expected a picture, found none at {path}")
    share = min(image.shape[1] / width, image.shape[0] / height) * rng.uniform(0.4, 1)
    wide, tall = int(width * share), int(height * share)
    x, y = rng.integers(image.shape[1] - wide + 1), rng.integers(image.shape[0] - tall + 1)
    part = cv2.resize(image[y : y + tall, x : x + wide], (width, height))
    return (part[:, :: rng.choice([-1, 1])] / np.float32(255)).astype(np.float32)
