"""The page network at work: a picture goes in, the places of its digits come out."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from digitlib.onnx_network import MODELS_PATH, OnnxNetwork
from digitlib.reading.places import Place, distinct, peaks
from digitlib.reading.pyramid import DARKEST, LIGHTEST, MEAN, Gray, as_seen, gray_of, halved, shrunk
from digitlib.reading.settings import SETTINGS, Settings

SHIPPED_FINDER = MODELS_PATH / "page.onnx"

# Sides that the network takes are multiples of this; and the ground that is put around.
MULTIPLE, BORDER = 32, 16

# What can be left out, so as to see what it is good for.
STEPS = ("several sizes", "darkest and lightest", "busy part")

# The smallest size a picture is shown in, pixels of its longer side.
SMALLEST = 20


class View(NamedTuple):
    """A part of a picture in one of its sizes.

    Attributes
    ----------
    window : numpy.ndarray of uint8, (height, width, 3)
        Its pixels, see :func:`digitlib.reading.pyramid.shrunk`.
    scale : float
        Its pixels for each of the picture.
    corner : tuple of int
        Column and row of its left upper corner, in its own pixels.
    """

    window: np.ndarray
    scale: float
    corner: tuple[int, int]


class Finder:
    """The page network.

    Parameters
    ----------
    path : Path
        Its ONNX file.
    settings : Settings
        What the search goes by.
    """

    def __init__(self, path: Path = SHIPPED_FINDER, settings: Settings = SETTINGS):
        self._network = OnnxNetwork(path.read_bytes(), keep_memory=False)
        self.settings = settings

    def answer(self, seen: np.ndarray) -> np.ndarray:
        """Return the network's answer to a picture of any size.

        Parameters
        ----------
        seen : numpy.ndarray of float32, (height, width, 3)
            As :func:`digitlib.reading.pyramid.as_seen` gives it; ground is put around it.

        Returns
        -------
        numpy.ndarray of float32, (rows, columns, 15)
            One answer for each 4 x 4 pixels, the first at the border's corner.
        """
        height, width = seen.shape[:2]
        around = [(BORDER, BORDER + -(side + 2 * BORDER) % MULTIPLE) for side in (height, width)]
        padded = np.pad(seen, (*around, (0, 0)))
        return self.answer_as_it_is(padded)

    def answer_as_it_is(self, seen: np.ndarray) -> np.ndarray:
        """Return the network's answer to a picture whose sides are multiples of 32 already.

        Parameters
        ----------
        seen : numpy.ndarray of float32, (height, width, 3)
            As :func:`digitlib.reading.pyramid.as_seen` gives it; nothing is put around it.

        Returns
        -------
        numpy.ndarray of float32, (height / 4, width / 4, 15)
            One answer for each 4 x 4 pixels.
        """
        return self._network(seen[np.newaxis])[0]

    def find(self, gray: np.ndarray, *, leave_out: Collection[str] = ()) -> list[Place]:
        """Find the digits of a picture.

        Parameters
        ----------
        gray : numpy.ndarray of uint8, (height, width)
            Gray values; the reader makes larger pictures smaller before.
        leave_out : collection of str
            Some of ``STEPS``, to be replaced by the naive thing.

        Returns
        -------
        list of Place
            In no particular order.
        """
        settings, measured = self.settings, gray_of(gray)
        views = _views(gray, settings, leave_out)
        found = []
        for number, view in enumerate(views):
            places = self.look(view, measured, leave_out)
            finest, coarsest = number == 0, number == len(views) - 1
            found += [place for place in places if self._in_size(place, finest, coarsest)]
        enlarged = 4 * views[0].window[..., MEAN].size
        tiny = all(
            place.seen < settings.well_seen or place.middle < settings.surely_something
            for place in found
        )
        allowed = 0 if "several sizes" in leave_out else settings.enlarged_pixels
        if tiny and 0 < enlarged <= allowed:
            found += self.look(_enlarged(views[0]), measured, leave_out)
        return distinct(found, settings)

    def look(self, view: View, measured: Gray, leave_out: Collection[str] = ()) -> list[Place]:
        """Ask the network about one view of a picture.

        Parameters
        ----------
        view : View
            What it is shown.
        measured : Gray
            The measures of the whole picture.
        leave_out : collection of str
            Some of ``STEPS``, to be replaced by the naive thing.

        Returns
        -------
        list of Place
            In no particular order, the same digit perhaps more than once.
        """
        window, (left, top) = view.window, view.corner
        if window.size == 0:
            return []
        if "darkest and lightest" in leave_out:
            window = np.repeat(window[..., MEAN, np.newaxis], 3, axis=2)
        seen = self.answer(as_seen(window, measured))
        origin = BORDER - left, BORDER - top
        return peaks(seen, view.scale, origin, self.settings.least_middle)

    def _in_size(self, place: Place, finest: bool, coarsest: bool) -> bool:
        """Whether a digit is seen in a size that the network knows.

        In the finest size of a picture small digits are all there is of them, in the coarsest
        large ones.
        """
        small = place.seen < self.settings.smallest_seen and not finest
        return not small and (coarsest or place.seen <= self.settings.largest_seen)


@cache
def shipped_finder() -> Finder:
    """Return the page network that ships with the package, loaded once."""
    return Finder()


def _views(gray: np.ndarray, settings: Settings, leave_out: Collection[str]) -> list[View]:
    """Return a picture in sizes from fine to coarse, of the finest its busy part."""
    scale = 2.0 if max(gray.shape) <= settings.shortest_side else 1.0
    level = shrunk(gray, scale)
    views = [View(level, scale, (0, 0))]
    if "busy part" not in leave_out:
        window, corner = busy(level, settings)
        views = [View(window, scale, corner)]
    if "several sizes" in leave_out:
        return views
    if scale == 2.0:
        level, scale = shrunk(gray, 1.0), 1.0
        views.append(View(level, scale, (0, 0)))
    while max(level.shape) > 2 * SMALLEST and min(level.shape[:2]) > 1:
        level, scale = halved(level), scale / 2
        views.append(View(level, scale, (0, 0)))
    return views


def _enlarged(view: View) -> View:
    """Return a view twice as large."""
    window = cv2.resize(view.window, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return View(window, 2 * view.scale, (2 * view.corner[0], 2 * view.corner[1]))


def busy(level: np.ndarray, settings: Settings) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the part of a picture that is not plain ground, and its left upper corner."""
    block = np.ones((9, 9), np.uint8)
    small = level[::2, ::2]
    darkest = cv2.erode(np.ascontiguousarray(small[..., DARKEST]), block)
    lightest = cv2.dilate(np.ascontiguousarray(small[..., LIGHTEST]), block)
    busy = cv2.subtract(lightest, darkest) > settings.least_contrast
    rows, columns = np.flatnonzero(busy.any(axis=1)), np.flatnonzero(busy.any(axis=0))
    if rows.size == 0:
        return level[:0], (0, 0)
    top, left = max(0, 2 * int(rows[0]) - 8), max(0, 2 * int(columns[0]) - 8)
    return level[top : 2 * int(rows[-1]) + 10, left : 2 * int(columns[-1]) + 10], (left, top)
