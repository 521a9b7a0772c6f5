"""A page of a scene: layers of ink, what is taken already, and the boxes of the digits."""

import cv2
import numpy as np

# Side of a scene, pixels.
SIDE = 256

# Boxes that a scene can have; more digits than these are not written.
MOST = 40


class Page:
    """What is being written: two layers of ink and the boxes of the digits.

    Attributes
    ----------
    ink, other : numpy.ndarray of float32, (SIDE, SIDE)
        How much of each pixel is ink, 0 to 1: digits, and all that is none.
    taken : numpy.ndarray of bool, (SIDE, SIDE)
        Where something stands already.
    boxes : list of numpy.ndarray, (4,)
        Left, top, right and bottom of each digit.
    digits : list of int
        Which digits they are.
    heights : list of float
        How tall letters and signs are, pixels.
    """

    def __init__(self) -> None:
        self.ink, self.other = (np.zeros((SIDE, SIDE), np.float32) for _ in range(2))
        self.taken = np.zeros((SIDE, SIDE), bool)
        self.boxes: list[np.ndarray] = []
        self.digits: list[int] = []
        self.heights: list[float] = []

    def height_of_letters(self) -> float:
        """Return how tall letters and signs usually are, pixels; 0 where there are none."""
        return float(np.median(self.heights)) if self.heights else 0.0

    def take(self, box: np.ndarray, margin: float) -> None:
        """Note that something stands in a box, with a margin around it."""
        x0, y0, x1, y1 = np.clip(np.round(box + np.array([-1, -1, 1, 1]) * margin), 0, SIDE).astype(
            int
        )
        self.taken[y0:y1, x0:x1] = True


def line(layer: np.ndarray, points: np.ndarray, thick: int, strength: float = 1.0) -> None:
    """Draw a line through points (n, 2), `thick` pixels wide, into a layer of ink."""
    path = np.rint(points * 8).astype(np.int32)
    cv2.polylines(layer, [path], False, strength, thick, cv2.LINE_AA, 3)


def oval(
    layer: np.ndarray,
    rng: np.random.Generator,
    x: float,
    y: float,
    wide: float,
    high: float,
    thick: int,
    strength: float = 1.0,
) -> None:
    """Draw an ellipse as a hand does: not quite round, its end past its beginning.

    Parameters
    ----------
    layer : numpy.ndarray of float32, (SIDE, SIDE)
        The ink that it is drawn into.
    rng : numpy.random.Generator
        The source of chance.
    x, y, wide, high : float
        Its middle and half its axes, pixels.
    thick : int
        Pixels.
    strength : float
        How much ink, 0 to 1.
    """
    start = rng.uniform(0, 2 * np.pi)
    angles = start + np.linspace(0, rng.uniform(1.85, 2.15) * np.pi, 40)
    drift = 1 + rng.normal(0, 0.05) * np.linspace(-1, 1, 40)
    points = np.stack(
        [x + wide * drift * np.cos(angles), y + high * drift * np.sin(angles)], axis=1
    )
    line(layer, points, thick, strength)
