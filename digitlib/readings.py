"""What was read from a photograph: digits with their places, as text, as a picture, as data."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from digitlib.fonts import LABELS
from digitlib.images import check_photo
from digitlib.reading.components import Box

# Green for what was read, orange for what was not, blue, green and red as OpenCV wants them.
READ, UNREAD = (115, 158, 0), (0, 94, 213)


@dataclass(frozen=True, eq=False, repr=False)
class Reading:
    """One digit read from a photograph.

    Attributes
    ----------
    digit : int
        The most probable digit, 0 to 9.
    confidence : float
        Its probability, 0 to 1.
    probabilities : numpy.ndarray of float32, (10,)
        The ten numbers, one for each digit; they sum to 1.
    box : Box
        Where it stands: x, y, width and height in pixels of the photograph.
    image : numpy.ndarray of uint8, (28, 28)
        What the network saw.
    line : int
        The line of writing that it belongs to, 0 for the first.
    """

    digit: int
    confidence: float
    probabilities: np.ndarray
    box: Box
    image: np.ndarray
    line: int = 0

    def as_dict(self) -> dict:
        """Return what was read as plain numbers, as JSON or a DataFrame takes them.

        Returns
        -------
        dict
            ``digit``, ``confidence``, ``line``, ``x``, ``y``, ``width``, ``height``, and the
            list ``probabilities``; the image is left out.
        """
        return {
            "digit": self.digit,
            "confidence": self.confidence,
            "line": self.line,
            **self.box._asdict(),
            "probabilities": self.probabilities.tolist(),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reading):
            return NotImplemented
        return self.as_dict() == other.as_dict() and np.array_equal(self.image, other.image)

    def __hash__(self) -> int:
        return hash((self.digit, self.box, self.line, self.probabilities.tobytes()))

    def __repr__(self) -> str:
        return f"Reading({self.digit}, {self.confidence:.2f}, {self.box}, line={self.line})"

    def __str__(self) -> str:
        x, y, width, height = self.box
        return f"{self.digit}  {self.confidence:4.0%}  at x={x} y={y}, {width} x {height} pixels"


@dataclass(frozen=True)
class Unread:
    """A shape that stands where a digit could, and that could not be read.

    Attributes
    ----------
    box : Box
        Where it stands: x, y, width and height in pixels of the photograph.
    line : int
        The line of writing that it belongs to, 0 for the first.
    after : int
        How many of the readings stand before it, in reading order.
    """

    box: Box
    line: int
    after: int


class Readings(list[Reading]):
    """The digits of a photograph, line by line from the top, each from left to right.

    Attributes
    ----------
    unread : tuple of Unread
        Shapes among them that could not be read.
    turned : int
        By how many degrees the page had to be turned, against the clock, to be read: 0, 90, 180
        or 270. The boxes are those of the picture as it was given.
    """

    def __init__(
        self,
        readings: Iterable[Reading] = (),
        unread: Iterable[Unread] = (),
        *,
        turned: int = 0,
    ):
        super().__init__(readings)
        self.unread = tuple(unread)
        self.turned = turned

    def text(self, least: float = 0.0) -> str:
        """Return the digits, each line of writing on its own line.

        Parameters
        ----------
        least : float
            Digits with a lower confidence, 0 to 1, become ``?`` as well.

        Returns
        -------
        str
            With ``?`` for each shape that could not be read.
        """
        return text(self, least)

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no digits"


def text(readings: Iterable[Reading], least: float = 0.0) -> str:
    """Return the digits, each line of writing on its own line.

    Parameters
    ----------
    readings : Readings, or other readings
        What was read.
    least : float
        Digits with a lower confidence, 0 to 1, become ``?``.

    Returns
    -------
    str
        With ``?`` for each shape that could not be read, where the readings tell of them.
    """
    spelled = [
        (index, 1, one.line, str(one.digit) if one.confidence >= least else "?")
        for index, one in enumerate(readings)
    ]
    spelled += [(one.after, 0, one.line, "?") for one in getattr(readings, "unread", ())]
    lines: dict[int, str] = {}
    for _, _, line, letter in sorted(spelled):
        lines[line] = lines.get(line, "") + letter
    return "\n".join(lines.values())


def draw(image: np.ndarray, readings: Iterable[Reading]) -> np.ndarray:
    """Return a photograph with a box round each digit, and what it was read as.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        The photograph, gray or BGR; it is left as it is.
    readings : Readings, or other readings
        What was read from it.

    Returns
    -------
    numpy.ndarray of uint8, (height, width, 3)
        BGR. Green boxes with digits, orange ones round shapes that could not be read.

    Raises
    ------
    ValueError
        If the array is no photograph.
    """
    photo = check_photo(image)
    drawn = cv2.cvtColor(photo, cv2.COLOR_GRAY2BGR) if photo.ndim == 2 else photo.copy()
    thick = max(1, round(max(drawn.shape) / 500))
    boxes = [(one.box, str(one.digit), READ) for one in readings]
    boxes += [(one.box, "?", UNREAD) for one in getattr(readings, "unread", ())]
    for (x, y, width, height), name, color in boxes:
        cv2.rectangle(drawn, (x, y), (x + width, y + height), color, thick)
        size = max(0.4, height / 80)
        foot = y - 2 * thick if y > 25 * size else y + height + round(25 * size)
        cv2.putText(drawn, name, (x, foot), LABELS, size, color, thick + 1)
    return drawn
