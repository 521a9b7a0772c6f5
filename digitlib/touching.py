"""Digits that touch: where a shape may be cut, and which of the cuts a network believes.

Cutting wherever there may be a border, and leaving the decision to the recognizer, is the
heuristic over-segmentation of LeCun, Bottou, Bengio and Haffner 1998, Proc. IEEE 86(11),
section V: what stands between any two cuts is judged, and the best way from the left end of the
shape to its right end is kept.
"""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np

from digitlib.doubt import SURE, Answer
from digitlib.shapes import SAME_LINE, Box, overlap_in_height, own_strokes

# Two digits need some room: a narrower shape is not cut.
LEAST_WIDTH = 0.6

# More wide shapes in doubt than this are a texture or a page of print.
MOST_IN_DOUBT = 10

# The network must be so sure of each part, as there are many ways to cut.
SURE_OF_PARTS = 0.85

# Letters are made of bars and hooks as well: an n comes apart into 1 and 7. A shape that comes
# apart into these digits alone stays whole.
BARS_AND_HOOKS = (1, 4, 7)

# Paths are searched in a copy of this height, in pixels. A step over ink costs 1, one over
# paper a little, so that a path doesn't wander, and a slanted one somewhat more.
SEARCH_HEIGHT = 48
STEP, SLANTED_STEP = 0.04, 0.08
MOST_CUTS = 16

# Two paths that are closer than this, for the height, are the same cut.
SAME_CUT = 0.05


class Part(NamedTuple):
    """What stands between two cuts through a shape.

    Attributes
    ----------
    box : Box
        Where it stands.
    strokes : numpy.ndarray of uint8, (box.height, box.width)
        255 where its own strokes are, without those beyond the cuts.
    """

    box: Box
    strokes: np.ndarray


def split_doubtful(
    mask: np.ndarray,
    boxes: list[Box],
    answer: Answer,
    answer_parts: Callable[[list[Part]], np.ndarray],
) -> tuple[list[Box], list[Part]]:
    """Cut wide shapes apart where a network then sees two or more digits.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke.
    boxes : list of Box
        From :func:`digitlib.shapes.find_boxes`.
    answer, answer_parts : callable
        What a network says to each box, or to each part, of a list: ten probabilities.

    Returns
    -------
    list of Box
        What was not cut.
    list of Part
        The digits that touched.
    """
    sure = answer(boxes).max(axis=1)
    doubtful = [
        box
        for box, chance in zip(boxes, sure, strict=True)
        if chance < SURE and box.width > LEAST_WIDTH * box.height
    ]
    if len(doubtful) > MOST_IN_DOUBT:
        return boxes, []
    ways = {box: _best_parts(own_strokes(mask, box), box, answer_parts) for box in doubtful}
    unread = [
        box for box, chance in zip(boxes, sure, strict=True) if chance < SURE and not ways.get(box)
    ]
    digits = [box for box in boxes if box not in unread]
    cut = [box for box in doubtful if ways[box] and not _among_letters(box, unread, digits)]
    whole = [box for box in boxes if box not in cut]
    return whole, [part for box in cut for part in ways[box]]


def _among_letters(box: Box, unread: list[Box], digits: list[Box]) -> bool:
    """Tell whether the line of a box has at least as many shapes that are no digits."""
    others, alike = (
        sum(
            overlap_in_height(box, other) > SAME_LINE and other.height > 0.5 * box.height
            for other in some
        )
        for some in (unread, digits)
    )
    return others >= alike


def find_cuts(strokes: np.ndarray) -> np.ndarray:
    """Find paths from the top of a shape to its bottom that cross little ink.

    Besides columns with little ink these are cheapest paths that may bend, as one digit often
    leans over the next. They are found by dynamic programming, row by row (after Wang and Jean
    1994, "Segmentation of merged characters by neural networks and shortest path", Pattern
    Recognition 27(5), p. 649-658).

    Parameters
    ----------
    strokes : numpy.ndarray of uint8, (height, width)
        255 where the shape's strokes are.

    Returns
    -------
    numpy.ndarray of int, (n, height)
        The column of each path in each row, paths from left to right.
    """
    height, width = strokes.shape
    scale = min(1.0, SEARCH_HEIGHT / height)
    rows, columns = max(2, round(height * scale)), max(2, round(width * scale))
    cost = STEP + cv2.resize(strokes, (columns, rows), interpolation=cv2.INTER_AREA) / 255.0
    from_top, from_bottom = _cheapest(cost), _cheapest(cost[::-1])[::-1]
    paths = [np.full(rows, column) for column in _valleys(cost.sum(axis=0), rows)]
    for row in (rows // 4, rows // 2, 3 * rows // 4):
        # What the cheapest path through each place of this row costs.
        through = (from_top + from_bottom - cost)[row]
        paths += [_follow(from_top, from_bottom, row, at) for at in _valleys(through, rows)]
    kept: list[np.ndarray] = []
    for path in sorted(paths, key=lambda path: cost[np.arange(rows), path].sum()):
        if all(np.abs(path - other).mean() > SAME_CUT * rows for other in kept):
            kept.append(path)
    kept = sorted(kept[:MOST_CUTS], key=np.mean)
    of_row = np.arange(height) * rows // height
    cuts = [np.floor((path[of_row] + 0.5) * width / columns) for path in kept]
    return np.array(cuts, int).reshape(-1, height)


def _cheapest(cost: np.ndarray) -> np.ndarray:
    """Return what the cheapest path from the first row to each place costs."""
    total = cost.copy()
    for row in range(1, len(cost)):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        slanted = np.minimum(above[:-2], above[2:]) + SLANTED_STEP
        total[row] += np.minimum(above[1:-1], slanted)
    return total


def _follow(from_top: np.ndarray, from_bottom: np.ndarray, row: int, column: int) -> np.ndarray:
    """Return the columns of the cheapest path through a place."""
    rows, columns = from_top.shape
    path = np.full(rows, column)
    for end, way, total in ((-1, -1, from_top), (rows, 1, from_bottom)):
        at = column
        for step in range(row + way, end, way):
            near = np.arange(max(0, at - 1), min(columns, at + 2))
            at = int(near[np.argmin(total[step, near] + SLANTED_STEP * (near != at))])
            path[step] = at
    return path


def _valleys(values: np.ndarray, rows: int) -> list[int]:
    """Return where values are lowest among their neighbors; of equal ones, the middle."""
    margin, reach = max(1, round(0.08 * rows)), max(1, round(0.06 * rows))
    lowest = [
        place
        for place in range(margin, len(values) - margin)
        if values[place] == values[max(0, place - reach) : place + reach + 1].min()
    ]
    runs = np.split(np.array(lowest, int), np.flatnonzero(np.diff(lowest) > 1) + 1)
    return [int(run[len(run) // 2]) for run in runs if run.size]


def _best_parts(
    strokes: np.ndarray, box: Box, answer_parts: Callable[[list[Part]], np.ndarray]
) -> list[Part]:
    """Return the parts of the best way to cut a shape, or none if no way is good."""
    height, width = strokes.shape
    borders = [np.zeros(height, int), *find_cuts(strokes), np.full(height, width)]
    last = len(borders) - 1
    parts = {}
    for left, right in combinations(range(last + 1), 2):
        part = _between(strokes, box, borders[left], borders[right])
        # A digit reaches over much of the line's height, and is not much wider than high.
        if (
            (left, right) != (0, last)
            and part is not None
            and part.box.height > 0.45 * height
            and part.box.width < 1.5 * part.box.height
        ):
            parts[left, right] = part
    if not parts:
        return []
    numbers = dict(zip(parts, answer_parts(list(parts.values())), strict=True))
    # A way is as good as the part of which the network is least sure.
    best: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (1.0, [])}
    for right in range(1, last + 1):
        ways = [
            (min(best[left][0], numbers[left, right].max()), [*best[left][1], (left, right)])
            for left in range(right)
            if left in best and (left, right) in parts
        ]
        if ways:
            best[right] = max(ways, key=lambda way: (way[0], -len(way[1])))
    least, way = best.get(last, (0.0, []))
    if least < SURE_OF_PARTS or all(numbers[step].argmax() in BARS_AND_HOOKS for step in way):
        return []
    return [parts[step] for step in way]


def _between(strokes: np.ndarray, box: Box, left: np.ndarray, right: np.ndarray) -> Part | None:
    """Return what stands between two borders, without splinters; None where that is nothing."""
    start, stop = int(left.min()), int(right.max())
    columns = np.arange(start, stop)
    inside = (columns >= left[:, np.newaxis]) & (columns < right[:, np.newaxis])
    piece = np.where(inside, strokes[:, start:stop], 0).astype(np.uint8)
    if not piece.any():
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(piece, connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    kept = area >= 0.08 * area[1:].max()
    kept[0] = False
    piece = np.where(kept[labels], np.uint8(255), np.uint8(0))
    x, y, width, height = cv2.boundingRect(piece)
    return Part(
        Box(box.x + start + x, box.y + y, width, height), piece[y : y + height, x : x + width]
    )
