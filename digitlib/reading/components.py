"""From strokes to boxes: which belong together, and in which order they are read."""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

# A stroke whose longer side is below this share of the picture's, or has fewer pixels, is a speck.
SPECK, SPECK_PIXELS = 0.012, 6

# Pieces of one digit stand closer above one another than this, for the longer side of the larger.
GAP = 0.15

# A box lower than this is a dash, for the height of the highest.
LOW = 0.25

# Boxes of one line of writing have this share of their heights in common, though it climb.
SAME_LINE = 0.35


class Box(NamedTuple):
    """An upright rectangle in pixels; ``x`` and ``y`` name its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def find_boxes(mask: np.ndarray) -> list[Box]:
    """Find the upright boxes round the connected strokes.

    Pieces that stand above one another share a box; specks and dashes are left out.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`digitlib.reading.binarize.threshold`.

    Returns
    -------
    list of Box
        In no particular order.
    """
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    strokes = [Box(*cv2.boundingRect(outline)) for outline in outlines]
    least = max(SPECK_PIXELS, SPECK * max(mask.shape))
    boxes = _gathered(box for box in strokes if max(box.width, box.height) >= least)
    lowest = LOW * max((box.height for box in boxes), default=0)
    return [box for box in boxes if box.height >= lowest]


def _gathered(strokes: Iterable[Box]) -> list[Box]:
    """Put strokes together that stand above one another with hardly a gap, as a 5 and its bar do.

    The largest come first, and each of the others joins the first box that it belongs to.
    """
    boxes: list[Box] = []
    for stroke in sorted(strokes, key=lambda box: -box.width * box.height):
        for place, box in enumerate(boxes):
            shared = min(stroke.x + stroke.width, box.x + box.width) - max(stroke.x, box.x)
            gap = max(stroke.y, box.y) - min(stroke.y + stroke.height, box.y + box.height)
            if shared > 0.5 * min(stroke.width, box.width) and gap < GAP * max(box[2:]):
                boxes[place] = _around(stroke, box)
                break
        else:
            boxes.append(stroke)
    return boxes


def _around(one: Box, other: Box) -> Box:
    """Return the smallest box that holds both."""
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Box(left, top, right - left, bottom - top)


def own_strokes(mask: np.ndarray, box: Box) -> np.ndarray:
    """Return the strokes in a box, without what reaches into it from a neighbor."""
    inside = mask[box.y : box.y + box.height, box.x : box.x + box.width]
    count, marks = cv2.connectedComponents(inside, connectivity=8)
    if count <= 2:
        return inside
    # A stroke that goes on beyond the box is not the box's own.
    reach = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)[
        box.y : box.y + box.height + 2, box.x : box.x + box.width + 2
    ]
    beyond = np.zeros(count, bool)
    for edge, outside in (
        (marks[0], reach[0, 1:-1]),
        (marks[-1], reach[-1, 1:-1]),
        (marks[:, 0], reach[1:-1, 0]),
        (marks[:, -1], reach[1:-1, -1]),
    ):
        beyond[edge[outside > 0]] = True
    beyond[0] = True
    own = ~beyond
    if not own.any():
        return inside
    return np.where(own[marks], np.uint8(255), np.uint8(0))


def reading_order(boxes: list[Box]) -> list[list[Box]]:
    """Sort boxes into lines from the top, each from left to right.

    A box continues the line whose last box it overlaps most in height, so that a line
    may climb or fall.

    Parameters
    ----------
    boxes : list of Box
        In any order.

    Returns
    -------
    list of list of Box
        The boxes of each line.
    """
    lines: list[list[Box]] = []
    for box in sorted(boxes):
        best, most = None, SAME_LINE
        for line in lines:
            share = _overlap_in_height(box, line[-1])
            if share > most:
                best, most = line, share
        if best is None:
            lines.append([box])
        else:
            best.append(box)
    return sorted(lines, key=lambda line: np.mean([box.y + box.height / 2 for box in line]))


def _overlap_in_height(one: Box, other: Box) -> float:
    """Return which share of the lower box's height two boxes have in common; below 0 if none."""
    overlap = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return overlap / min(one.height, other.height)
