"""A picture in several sizes, as the page network wants to see it.

The network knows digits of one size, give or take a factor of two. So a picture is shown to
it again and again, each time half as large, until the largest digit has been that size once.
"""

from typing import NamedTuple

import cv2
import numpy as np

# The channels: what a pixel of a small picture covers has a mean, and also a darkest and a
# lightest place, without which a thin stroke would fade away on the way down.
MEAN, DARKEST, LIGHTEST = range(3)


class Gray(NamedTuple):
    """Which gray value is the ground of a picture, and how far its values reach from there."""

    ground: float
    reach: float


def gray_of(gray: np.ndarray) -> Gray:
    """Measure a picture's ground (the median) and reach (to the outermost thousandth).

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.

    Returns
    -------
    Gray
        With a reach of at least 24, as less is the grain of the paper.
    """
    count = np.bincount(gray.ravel(), minlength=256).cumsum()
    ground, low, high = np.searchsorted(count, count[-1] * np.array([0.5, 0.001, 0.999]))
    return Gray(float(ground), float(max(ground - low, high - ground, 24)))


def shrunk(gray: np.ndarray, scale: float) -> np.ndarray:
    """Return a smaller picture with the mean, the darkest and the lightest of each place.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.
    scale : float
        Above 0; where it is above 1 the picture is enlarged, and the three are the same.

    Returns
    -------
    numpy.ndarray of uint8, (height * scale, width * scale, 3)
        In the order of the channels above.
    """
    height, width = gray.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale >= 1:
        large = gray if scale == 1 else cv2.resize(gray, size, interpolation=cv2.INTER_CUBIC)
        return cv2.merge([large, large, large])
    block = round(1 / scale)
    mean = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    if block < 2:
        return cv2.merge([mean, mean, mean])
    kernel = np.ones((block, block), np.uint8)
    outer = (
        cv2.resize(extreme(gray, kernel), size, interpolation=cv2.INTER_AREA)
        for extreme in (cv2.erode, cv2.dilate)
    )
    return cv2.merge([mean, *outer])


def halved(level: np.ndarray) -> np.ndarray:
    """Return a picture of three channels, as :func:`shrunk` gives it, half as large."""
    height, width = (max(2, side - side % 2) for side in level.shape[:2])
    if level.shape[0] < 2 or level.shape[1] < 2:
        level = cv2.resize(level, (width, height), interpolation=cv2.INTER_NEAREST)
    corners = [level[row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]
    mean = cv2.resize(
        np.ascontiguousarray(level[:height, :width, MEAN]),
        (width // 2, height // 2),
        interpolation=cv2.INTER_AREA,
    )
    darkest = np.minimum.reduce([corner[..., DARKEST] for corner in corners])
    lightest = np.maximum.reduce([corner[..., LIGHTEST] for corner in corners])
    return cv2.merge([mean, darkest, lightest])


def cut(
    gray: np.ndarray, left: int, top: int, right: int, bottom: int, ground: float | None = None
) -> np.ndarray:
    """Cut a window out of a picture; beyond the border there is ground.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.
    left, top, right, bottom : int
        The window, which shares some pixels with the picture.
    ground : float, optional
        The gray value of the ground; the median of what is seen, unless told otherwise.

    Returns
    -------
    numpy.ndarray of uint8, (bottom - top, right - left)
    """
    height, width = gray.shape
    window = gray[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    beyond = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
    if not any(beyond):
        return window
    value = float(np.median(window)) if ground is None else ground
    return cv2.copyMakeBorder(window, *beyond, cv2.BORDER_CONSTANT, value=value)


def as_seen(level: np.ndarray, gray: Gray) -> np.ndarray:
    """Return what the network sees: 0 is the picture's ground, 1 or -1 its strongest ink.

    Parameters
    ----------
    level : numpy.ndarray of uint8, (height, width, 3)
        From :func:`shrunk` or :func:`halved`.
    gray : Gray
        The measures of the whole picture.

    Returns
    -------
    numpy.ndarray of float32, (height, width, 3)
    """
    seen = level.astype(np.float32)
    seen -= np.float32(gray.ground)
    seen /= np.float32(gray.reach)
    return seen
