"""From a place to an image in MNIST's own form: light, mask, own strokes, 28 x 28."""

from collections.abc import Collection

import cv2
import numpy as np

from digitlib.reading.binarize import even_light, threshold
from digitlib.reading.components import Box
from digitlib.reading.normalize import center_by_mass, cut_out, fit_into_20, in_the_middle
from digitlib.reading.places import Place
from digitlib.reading.pyramid import cut
from digitlib.reading.settings import Settings

# What can be left out, so as to see what it is good for.
STEPS = ("even light", "threshold", "own strokes", "fit into 20", "center by mass")


def form_of(
    gray: np.ndarray,
    place: Place,
    settings: Settings,
    *,
    opposite: bool = False,
    leave_out: Collection[str] = (),
) -> np.ndarray:
    """Bring the digit of a place into MNIST's own form.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        The picture.
    place : Place
        Where the digit stands.
    settings : Settings
        How it is looked at.
    opposite : bool
        Take the weaker one of dark and light for the ink.
    leave_out : collection of str
        Some of ``STEPS``, to be replaced by the naive thing.

    Returns
    -------
    numpy.ndarray of uint8, (28, 28)
        Ink on a ground of 0; all 0 where there is no ink.
    """
    window, edges = _window(gray, place, settings)
    if window.size == 0:
        return np.zeros((28, 28), np.uint8)
    if "even light" in leave_out:
        ink = 255 - window if (window.mean() >= 128) != opposite else window
    else:
        ink = even_light(window, opposite=opposite)
    if "threshold" in leave_out:
        mask = np.where(ink > 128, np.uint8(255), np.uint8(0))
    else:
        mask = threshold(ink)
    strokes = _in_box(mask, edges) if "own strokes" in leave_out else _own(mask, edges, settings)
    x, y, wide, high = cv2.boundingRect(strokes)
    if wide == 0:
        return np.zeros((28, 28), np.uint8)
    # In this size even a hair's stroke is as wide as those of MNIST: there is no need to thicken.
    own = strokes[y : y + high, x : x + wide]
    digit = cut_out(ink, mask, Box(x, y, wide, high), strokes=own, thicken=False)
    if "fit into 20" in leave_out:
        return cv2.resize(digit, (28, 28), interpolation=cv2.INTER_AREA)
    digit = fit_into_20(digit)
    return in_the_middle(digit) if "center by mass" in leave_out else center_by_mass(digit)


def _window(gray: np.ndarray, place: Place, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Cut a place out with a margin, in one size for all; return it and the place's edges there."""
    longer = max(place.width, place.height, 2.0)
    margin = settings.margin * longer
    height, width = gray.shape
    wanted = np.array([place.left - margin, place.top - margin, place.right + margin,
                       place.bottom + margin])  # fmt: skip
    left, top = np.floor(wanted[:2]).astype(int)
    right, bottom = np.ceil(wanted[2:]).astype(int)
    if min(min(right, width) - max(left, 0), min(bottom, height) - max(top, 0)) < 2:
        return gray[:0], np.zeros(4, int)
    # Beyond the border of the picture there is more of what most of it is: paper.
    window = cut(gray, left, top, right, bottom)
    scale = settings.side / longer
    size = max(3, round(window.shape[1] * scale)), max(3, round(window.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    edges = (np.array(place[:4]) - (left, top, left, top)) * scale
    edges += settings.grown * settings.side * np.array([-1, -1, 1, 1])
    edges = np.clip(np.rint(edges), 0, np.tile(size, 2)).astype(int)
    return cv2.resize(window, size, interpolation=way), edges


def _in_box(mask: np.ndarray, edges: np.ndarray) -> np.ndarray:
    left, top, right, bottom = edges
    inside = np.zeros_like(mask)
    inside[top:bottom, left:right] = mask[top:bottom, left:right]
    return inside


def _own(mask: np.ndarray, edges: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the strokes of a place: whole where they lie mostly in it, else what does."""
    left, top, right, bottom = edges
    count, marks = cv2.connectedComponents(mask, connectivity=8)
    all_over = np.bincount(marks.ravel(), minlength=count)
    inside = np.bincount(marks[top:bottom, left:right].ravel(), minlength=count)
    share = inside / np.maximum(all_over, 1)
    share[0] = 0
    own = np.where(share >= settings.own, np.uint8(255), np.uint8(0))[marks]
    # What goes on beyond, a line or a neighbor that touches, belongs to it within its box.
    partly = (share > settings.neighbor) & (share < settings.own)
    part = np.where(partly, np.uint8(255), np.uint8(0))[marks[top:bottom, left:right]]
    own[top:bottom, left:right] |= part
    return own if own.any() else _in_box(mask, edges)
