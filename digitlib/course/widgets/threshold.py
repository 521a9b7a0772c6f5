"""A widget that turns a threshold: what is found, what is missed, what is let in."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from PIL import Image

from digitlib.course.figures import INK_ON_PAPER
from digitlib.course.widgets.base import PageWidget, look, module

# Images of each kind that are shown, and how many stand in a row of the sheet that holds them.
SHOWN, SHEET_COLUMNS = 8, 32


class ThresholdPanel(PageWidget):
    """Call an image a digit from a threshold on; see recall, precision and the mistakes.

    Parameters
    ----------
    probabilities : numpy.ndarray of float, (n, 10)
        What a network says of each image.
    labels : numpy.ndarray of int, (n,)
        Which digit each image shows.
    images : numpy.ndarray, (n, height, width) or (n, height, width, 1)
        The images; uint8, or floating point from 0 to 1, 0 for paper.
    thresholds : sequence of float
        The thresholds to choose from, each above the one before.
    **chosen
        What is chosen to begin with, of the attributes below.

    Attributes
    ----------
    digit : int
        The digit that images are called; 9, unless told otherwise.
    place : int
        Which of the thresholds holds, counted from 0; the middle one, unless told otherwise.

    Raises
    ------
    ValueError
        If the arrays don't fit together, a digit has no image, or the thresholds don't rise.
    """

    _esm = module("threshold.js")
    _css = look("threshold.css")

    thresholds = traitlets.List(traitlets.Float()).tag(sync=True)
    digit = traitlets.Int(9, min=0, max=9).tag(sync=True)
    place = traitlets.Int(min=0).tag(sync=True)
    # For each digit: how many of its images are above the highest threshold; the rest of them,
    # and the others that are above the lowest, as [probability, label, place in the sheet].
    digits: traitlets.List[Any] = traitlets.List().tag(sync=True)
    # All images that can be shown, side by side, as the address of one picture.
    sheet = traitlets.Unicode().tag(sync=True)
    sheet_columns = traitlets.Int(SHEET_COLUMNS).tag(sync=True)
    sheet_rows = traitlets.Int().tag(sync=True)
    shown = traitlets.Int(SHOWN).tag(sync=True)

    def __init__(
        self,
        probabilities: np.ndarray,
        labels: np.ndarray,
        images: np.ndarray,
        thresholds: Sequence[float],
        **chosen: Any,
    ):
        probabilities, labels = np.asarray(probabilities), np.asarray(labels)
        if probabilities.shape != (len(labels), 10) or len(images) != len(labels):
            raise ValueError(
                "expected ten probabilities, a label and an image each, found "
                f"{probabilities.shape}, {labels.shape} and {np.shape(images)}"
            )
        missing = sorted(set(range(10)) - set(labels.tolist()))
        if missing:
            raise ValueError(f"expected images of all ten digits, found none of {missing}")
        if not len(thresholds) or np.any(np.diff(thresholds) <= 0):
            raise ValueError(f"expected thresholds that rise, found {list(thresholds)}")
        in_sheet = {
            index: place
            for place, index in enumerate(_ever_shown(probabilities, labels, thresholds))
        }
        sheet = _sheet(np.asarray(images)[list(in_sheet)])
        super().__init__(
            thresholds=list(thresholds),
            digits=[
                _mistakable(probabilities[:, digit], labels, digit, thresholds, in_sheet)
                for digit in range(10)
            ],
            sheet=_address(sheet),
            sheet_rows=-(-len(in_sheet) // SHEET_COLUMNS),
            **{"place": len(thresholds) // 2} | chosen,
        )

    @traitlets.validate("place")
    def _is_a_threshold(self, proposal: dict[str, Any]) -> int:
        return min(proposal["value"], len(self.thresholds) - 1)


def _ever_shown(
    probabilities: np.ndarray, labels: np.ndarray, thresholds: Sequence[float]
) -> list[int]:
    """Return the images that stand among the first mistakes at some threshold."""
    found: set[int] = set()
    for digit in range(10):
        for threshold in thresholds:
            called, shows_it = probabilities[:, digit] >= threshold, labels == digit
            for mistakes in (~called & shows_it, called & ~shows_it):
                found.update(np.flatnonzero(mistakes)[:SHOWN].tolist())
    return sorted(found)


def _mistakable(
    scores: np.ndarray,
    labels: np.ndarray,
    digit: int,
    thresholds: Sequence[float],
    in_sheet: dict[int, int],
) -> dict[str, Any]:
    """Return what the page needs of one digit to count at every threshold."""
    shows_it, sure = labels == digit, scores >= thresholds[-1]

    def rows(kept: np.ndarray) -> list[list[Any]]:
        return [
            [scores[index].item(), labels[index].item(), in_sheet.get(index, -1)]
            for index in np.flatnonzero(kept).tolist()
        ]

    return {
        "sure": int(np.sum(shows_it & sure)),
        "own": rows(shows_it & ~sure),
        "others": rows(~shows_it & (scores >= thresholds[0])),
    }


def _sheet(images: np.ndarray) -> np.ndarray:
    """Return all images side by side, as uint8."""
    if images.ndim == 4:
        images = images[..., 0]
    if images.dtype != np.uint8:
        images = np.round(255 * images).astype(np.uint8)
    count, height, width = images.shape
    rows = -(-count // SHEET_COLUMNS)
    filled = np.zeros((rows * SHEET_COLUMNS, height, width), np.uint8)
    filled[:count] = images
    grid = filled.reshape(rows, SHEET_COLUMNS, height, width)
    return grid.transpose(0, 2, 1, 3).reshape(rows * height, SHEET_COLUMNS * width)


def _address(sheet: np.ndarray) -> str:
    """Return a picture of ink on paper, as an address that holds all of it."""
    # Steps of 8 look the same and take half of the room.
    picture = Image.fromarray(np.minimum(255, (sheet.astype(int) + 4) // 8 * 8).astype(np.uint8))
    colors = np.round(255 * INK_ON_PAPER(np.arange(256))[:, :3]).astype(np.uint8)
    picture.putpalette(colors.tobytes())
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
