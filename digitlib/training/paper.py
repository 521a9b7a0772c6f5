"""Photographs made to order: digits in ink on a sheet, under uneven light, with grain."""

from collections.abc import Sequence

import cv2
import numpy as np


def photograph(
    lines: Sequence[np.ndarray],
    rng: np.random.Generator,
    *,
    width: int = 640,
    height: int = 480,
    digit_height: int = 100,
    shadow: float = 0.35,
    grain: float = 4.0,
    tilt: float = 4.0,
    light_on_dark: bool = False,
) -> np.ndarray:
    """Write digits on a sheet of paper and take a picture of it.

    Parameters
    ----------
    lines : sequence of numpy.ndarray of uint8, each (n, 28, 28)
        The digits of each line, in MNIST's own form; no line for a blank sheet.
    rng : numpy.random.Generator
        The source of chance.
    width, height : int
        Size of the picture in pixels.
    digit_height : int
        Side of the square that a 28 x 28 image fills, in pixels.
    shadow : float
        How much darker the darkest corner is, 0 to 1.
    grain : float
        Standard deviation of the camera's noise, gray values.
    tilt : float
        Largest angle of the sheet, degrees either way; a slight perspective comes with it.
    light_on_dark : bool
        Chalk on a board in place of ink on paper.

    Returns
    -------
    numpy.ndarray of uint8, (height, width, 3)
        The picture, BGR.

    Raises
    ------
    ValueError
        If the digits do not fit on the sheet.
    """
    ink = np.zeros((height, width), np.float32)
    spacing = 0.85 * digit_height
    for row, line in enumerate(lines):
        top = height / 2 + (row - len(lines) / 2) * 1.1 * digit_height
        left = width / 2 - len(line) * spacing / 2 - (digit_height - spacing) / 2
        for column, image in enumerate(line):
            x, y = int(left + column * spacing), int(top + rng.uniform(-0.05, 0.05) * digit_height)
            if x < 0 or y < 0 or x + digit_height > width or y + digit_height > height:
                raise ValueError(
                    f"{len(lines)} lines of up to {max(map(len, lines))} digits of {digit_height} "
                    f"pixels do not fit on a sheet of {width} x {height}"
                )
            large = cv2.resize(image, (digit_height, digit_height), interpolation=cv2.INTER_CUBIC)
            window = ink[y : y + digit_height, x : x + digit_height]
            np.maximum(window, large.astype(np.float32) / 255, out=window)
    # Smoothing and a steep edge turn the enlarged pixels into a pen's stroke.
    ink = cv2.GaussianBlur(ink, (0, 0), digit_height / 40)
    ink = np.clip((ink - 0.3) * 3, 0, 1)
    ink = cv2.warpPerspective(ink, _tilted(width, height, tilt, rng), (width, height))
    paper = uneven_light(width, height, shadow, rng)
    pen = np.array([60, 45, 40], np.float32)
    if light_on_dark:
        paper, pen = 70 * paper, np.array([215, 225, 225], np.float32)
    else:
        paper = 225 * paper
    tint = np.array([0.94, 0.98, 1.0], np.float32)
    picture = paper[..., None] * tint * (1 - ink[..., None]) + pen * ink[..., None]
    picture += rng.normal(0, grain, picture.shape)
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 0.7), 0, 255).astype(np.uint8)


def _tilted(width: int, height: int, tilt: float, rng: np.random.Generator) -> np.ndarray:
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle = np.radians(rng.uniform(-tilt, tilt))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([width / 2, height / 2])
    moved = (corners - middle) @ turn.T + middle
    moved += rng.uniform(-0.002, 0.002, (4, 2)) * tilt * width
    return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))


def uneven_light(width: int, height: int, shadow: float, rng: np.random.Generator) -> np.ndarray:
    """Return light that falls off to one side and into the corners.

    Parameters
    ----------
    width, height : int
        Size of the picture in pixels.
    shadow : float
        How much darker the darkest corner is, 0 to 1.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    numpy.ndarray of float, (height, width)
        Shares of the full light, 0 to 1.
    """
    angle = rng.uniform(0, 2 * np.pi)
    columns = np.linspace(-1, 1, width, dtype=np.float32)
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    slope = (np.cos(angle) * columns + np.sin(angle) * rows) / np.sqrt(2)
    corners = (columns**2 + rows**2) / 2
    return 1 - shadow * (0.6 * (slope + 1) / 2 + 0.4 * corners)
