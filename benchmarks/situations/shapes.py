"""Vectors and the canvas they are drawn on: Matplotlib's Agg, not OpenCV.

Handwriting is measured in heights of a digit: 1 is the 20 pixels that a digit of MNIST fills.
The line that is written on has y = 0, and y grows downward: a digit stands between -1 and 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform, TransformedPath
from scipy import ndimage
from scipy.interpolate import CubicSpline

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """What is drawn in one go.

    Attributes
    ----------
    outlines : tuple of numpy.ndarray of float, (n, 2)
        Closed lines, filled; a hole runs the other way round than what it is in.
    strokes : tuple of numpy.ndarray of float, (n, 2)
        Lines along which a pen is drawn.
    """

    outlines: tuple[np.ndarray, ...] = ()
    strokes: tuple[np.ndarray, ...] = ()

    def moved(self, matrix: np.ndarray) -> "Shape":
        """Return the shape under an affine map, a matrix of (2, 3)."""

        def apply(lines: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
            return tuple(line @ matrix[:, :2].T + matrix[:, 2] for line in lines)

        return Shape(apply(self.outlines), apply(self.strokes))

    def at(self, x: float, y: float, scale: float = 1.0) -> "Shape":
        """Return the shape made larger and moved."""
        return self.moved(np.array([[scale, 0, x], [0, scale, y]]))


def extent(shapes: Iterable[Shape]) -> np.ndarray:
    """Return left, top, right and bottom of all points of some shapes."""
    points = np.concatenate([line for shape in shapes for line in shape.outlines + shape.strokes])
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def turning(degrees: float) -> np.ndarray:
    """Return the (2, 3) matrix of a turn about the origin, clockwise as y grows downward."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0]])


def curve(points: Sequence[Sequence[float]] | np.ndarray, count: int = 40) -> np.ndarray:
    """Return a smooth line through some points, float (count, 2)."""
    points = np.asarray(points, float)
    steps = np.hypot(*np.diff(points, axis=0).T)
    where = np.concatenate([[0], np.cumsum(np.maximum(steps, 1e-6))])
    return CubicSpline(where, points)(np.linspace(0, where[-1], count))


def evenly(line: np.ndarray, spacing: float) -> np.ndarray:
    """Return points at even distances along a line, its ends included."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    where = np.concatenate([[0], np.cumsum(steps)])
    places = np.linspace(0, where[-1], max(3, round(where[-1] / spacing) + 1))
    return np.column_stack([np.interp(places, where, line[:, axis]) for axis in (0, 1)])


def smoothed(line: np.ndarray, width: float) -> np.ndarray:
    """Return a line without its tremor, its ends where they were; width in points."""
    if np.allclose(line[0], line[-1]):
        ring = ndimage.gaussian_filter1d(line[:-1], width, axis=0, mode="wrap")
        return np.concatenate([ring, ring[:1]])
    reach = min(len(line) - 1, int(4 * width))
    # Mirrored at its end points, a line keeps them.
    before = 2 * line[0] - line[reach:0:-1]
    after = 2 * line[-1] - line[-2 : -reach - 2 : -1]
    longer = np.concatenate([before, line, after])
    return ndimage.gaussian_filter1d(longer, width, axis=0)[reach : reach + len(line)]


class Canvas:
    """A transparent picture that Agg draws vectors on, measured in pixels, y downward.

    Parameters
    ----------
    width, height : int
        Pixels.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self._agg = RendererAgg(width, height, 72)
        self._still = IdentityTransform()
        # Agg knows a window by its address: one that is thrown away could lend it to the next.
        self._windows: list[TransformedPath | None] = [None]

    def _path(self, line: np.ndarray, closed: bool) -> Path:
        return Path(np.column_stack([line[:, 0], self.height - line[:, 1]]), closed=closed)

    def _draw(self, path: Path, width: float, color: Color, filled: bool) -> None:
        path.should_simplify = False
        context = self._agg.new_gc()
        context.set_linewidth(width)
        context.set_foreground(color)
        context.set_capstyle("round")
        context.set_joinstyle("round")
        context.set_snap(False)
        if self._windows[-1] is not None:
            context.set_clip_path(self._windows[-1])
        self._agg.draw_path(context, path, self._still, color if filled else None)

    def window(self, outline: np.ndarray | None) -> None:
        """Draw from now on only inside an outline, float (n, 2); None for everywhere."""
        if outline is None:
            self._windows.append(None)
            return
        closed = self._path(np.concatenate([outline, outline[:1]]), True)
        self._windows.append(TransformedPath(closed, self._still))

    def fill(
        self, outlines: Sequence[np.ndarray], color: Color = (1, 1, 1), rim: float = 0
    ) -> None:
        """Fill outlines of float (n, 2), and draw a line of `rim` pixels along them."""
        closed = [self._path(np.concatenate([line, line[:1]]), True) for line in outlines]
        if closed:
            self._draw(Path.make_compound_path(*closed), rim, color, True)

    def line(self, points: np.ndarray, width: float, color: Color = (1, 1, 1)) -> None:
        """Draw along points, float (n, 2), with a round pen of `width` pixels."""
        self._draw(self._path(points, False), width, color, False)

    def pixels(self) -> np.ndarray:
        """Return what was drawn, uint8 (height, width, 4): red, green, blue, cover."""
        return np.asarray(self._agg.buffer_rgba())
