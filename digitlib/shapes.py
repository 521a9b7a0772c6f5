"""From strokes to boxes: which belong together, which are none of a pen's, and their order.

What these functions know is seen in the picture alone; :mod:`digitlib.doubt` asks a network.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import cv2
import numpy as np

# A stroke has paper at nearly all places round it, and between its parts; measured on scenes
# with validation digits, where 99.9 % of the digits keep clear of both.
MOST_WITHOUT_PAPER = 0.2
LEAST_LIKE_PAPER = 0.6

# More pieces than this are no digit and some remains of a line.
MOST_PIECES = 8

# Gray levels added before a logarithm, so that a black pixel's grain stays small.
DARKEST = 8.0

# Boxes of one line of writing have this share of their heights in common, though it climb.
SAME_LINE = 0.35


class Box(NamedTuple):
    """An upright rectangle in pixels; ``x`` and ``y`` name its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def find_boxes(mask: np.ndarray, *, join: bool = True) -> list[Box]:
    """Find the upright boxes round the digits.

    Each connected stroke gets a box; pieces of one digit are joined; specks, dashes and
    lines that run along the picture's edge are left out.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`threshold`.
    join : bool
        Whether pieces are joined.

    Returns
    -------
    list of Box
        In no particular order.
    """
    groups = find_pieces(mask, join=join)
    return of_likely_size([bounding_box(pieces) for pieces in groups])


def find_pieces(mask: np.ndarray, *, join: bool = True) -> list[list[Box]]:
    """Find the connected strokes, those together that are pieces of one digit by their places.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`threshold`.
    join : bool
        Whether pieces are put together.

    Returns
    -------
    list of list of Box
        The boxes of each digit's pieces.
    """
    height, width = mask.shape
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    least = max(6, 0.012 * max(height, width))
    boxes = [
        box
        for box in boxes
        if max(box.width, box.height) >= least and not _is_edge(box, width, height)
    ]
    return _gathered(boxes) if join else [[box] for box in boxes]


def of_likely_size(boxes: list[Box]) -> list[Box]:
    """Leave out dashes, and what is much smaller than the other boxes."""
    if not boxes:
        return []
    tall = np.median([box.height for box in boxes])
    largest = max(box.height for box in boxes)
    return [
        box
        for box in boxes
        if box.height >= max(0.08 * largest, 0.25 * tall) and box.width <= 2.5 * box.height
    ]


def _is_edge(box: Box, width: int, height: int) -> bool:
    """Whether a box is a line along the border: a paper's edge, a dark corner."""
    margin = 1 + 0.01 * max(width, height)
    touches = (
        box.x <= margin,
        box.y <= margin,
        box.x + box.width >= width - margin,
        box.y + box.height >= height - margin,
    )
    thin = min(box.width, box.height) < 0.15 * max(box.width, box.height)
    return sum(touches) >= 3 or (any(touches) and thin)


def _gathered(boxes: list[Box]) -> list[list[Box]]:
    """Put boxes together that stand above one another with hardly a gap, as a 5 and its bar do."""
    groups: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: -box.width * box.height):
        for group in groups:
            other = bounding_box(group)
            shared = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
            gap = max(box.y, other.y) - min(box.y + box.height, other.y + other.height)
            sideways = max(box.x, other.x) - min(box.x + box.width, other.x + other.width)
            level = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
            size = max(other.width, other.height)
            above = shared > 0.5 * min(box.width, other.width) and gap < 0.15 * size
            beside = (
                level > 0.5 * min(box.height, other.height)
                and sideways < 0.08 * size
                and max(box.width, box.height) < 0.5 * size
            )
            if above or beside:
                group.append(box)
                break
        else:
            groups.append([box])
    return groups


def has_sharp_rim(ink: np.ndarray, mask: np.ndarray, box: Box) -> bool:
    """Tell a stroke from a shadow: round a stroke, the ink ends within a few pixels.

    Parameters
    ----------
    ink, mask : numpy.ndarray of uint8, (height, width)
        From :func:`even_light` and :func:`threshold`.
    box : Box
        Where the shape stands, from :func:`find_boxes`.

    Returns
    -------
    bool
        Whether the ink falls to less than half at a distance of 4 % of the box.
    """
    reach = _reach(box)
    window = _window(box, reach + 1)
    inside = mask[window]
    ring = _ring(inside, reach)
    if not ring.any():
        return False
    return float(ink[window][ring].mean()) < 0.5 * float(ink[window][inside > 0].mean())


def lies_on_paper(gray: np.ndarray, mask: np.ndarray, box: Box) -> bool:
    """Tell a stroke from an edge or a patch: it has the same paper on all of its sides.

    Parameters
    ----------
    gray, mask : numpy.ndarray of uint8, (height, width)
        From :func:`to_gray` and :func:`threshold`.
    box : Box
        Where the shape stands, from :func:`find_boxes`.

    Returns
    -------
    bool
        Whether the picture differs from the ink nearby at most places round the shape,
        and what lies between its strokes (within their convex hull) is like what lies
        round them, rather than like ink.
    """
    reach = _reach(box)
    window = _window(box, reach + 1)
    # A shadow multiplies all light alike: in logarithms, ink and paper keep their distance.
    values = np.log(gray[window].astype(np.float32) + DARKEST)
    inside = np.zeros(values.shape, np.uint8)
    top, left = box.y - window[0].start, box.x - window[1].start
    inside[top : top + box.height, left : left + box.width] = own_strokes(mask, box)
    ring = _ring(inside, reach) & (mask[window] == 0)
    if not ring.any():
        return False
    strokes = (inside > 0).astype(np.float32)
    difference = values - _mean_nearby(values, strokes, 4 * reach + 1)
    away = difference[ring] * np.sign(np.median(difference[ring]))
    if np.mean(away < 0.35 * np.percentile(away, 75)) > MOST_WITHOUT_PAPER:
        return False
    hull = np.zeros_like(inside)
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(outlines)), 255)
    between = (hull > 0) & (cv2.dilate(mask[window], np.ones((3, 3), np.uint8)) == 0)
    outside = ring & (hull == 0)
    if between.sum() < 0.01 * box.width * box.height or not outside.any():
        return True
    difference = values - _mean_nearby(values, strokes, max(box.width, box.height) | 1)
    paper = np.median(difference[outside])
    if paper == 0:
        return False
    return bool(np.median(difference[between]) / paper >= LEAST_LIKE_PAPER)


def leave_out_lines(groups: list[list[Box]], on_paper: Callable[[Box], bool]) -> list[list[Box]]:
    """Leave what remains of the paper's lines out of the digits that it was joined to.

    A digit lies on paper, and together with a piece of a line below it does not. So the pieces of
    such a group are put together once more, the largest first, as long as they do.

    Parameters
    ----------
    groups : list of list of Box
        From :func:`find_pieces`.
    on_paper : callable
        Whether what stands in a box lies on paper, as :func:`lies_on_paper` says.

    Returns
    -------
    list of list of Box
        The groups, without those pieces.
    """
    kept = []
    for group in groups:
        if 1 < len(group) <= MOST_PIECES and not on_paper(bounding_box(group)):
            largest_first = sorted(group, key=lambda box: -box.width * box.height)
            group = []
            for piece in largest_first:
                if on_paper(bounding_box([*group, piece])):
                    group.append(piece)
        if group:
            kept.append(group)
    return kept


def _mean_nearby(values: np.ndarray, weights: np.ndarray, side: int) -> np.ndarray:
    """Return the weighted mean of the square round each pixel."""
    around = (side, side)
    return cv2.blur(values * weights, around) / np.maximum(cv2.blur(weights, around), 1e-6)


def _reach(box: Box) -> int:
    """Return the distance, in pixels, at which a shape's surroundings are looked at."""
    return max(2, round(0.04 * max(box.width, box.height)))


def _window(box: Box, margin: int) -> tuple[slice, slice]:
    return np.s_[
        max(0, box.y - margin) : box.y + box.height + margin,
        max(0, box.x - margin) : box.x + box.width + margin,
    ]


def _ring(inside: np.ndarray, reach: int) -> np.ndarray:
    """Return where the distance to a mask's strokes is between ``reach - 1`` and ``reach``."""
    disks = [
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        for radius in (reach - 1, reach)
    ]
    return cv2.subtract(cv2.dilate(inside, disks[1]), cv2.dilate(inside, disks[0])) > 0


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


def leaves_picture(mask: np.ndarray, box: Box) -> bool:
    """Tell a finger, or another bar that comes into the picture, from a one.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        From :func:`threshold`.
    box : Box
        Where the shape stands, from :func:`find_boxes`.

    Returns
    -------
    bool
        Whether the shape is a filled bar, and reaches one side of the picture with one of
        its ends.
    """
    height, width = mask.shape
    margin = 1 + 0.005 * max(height, width)
    sides = (
        box.y <= margin,
        box.x <= margin,
        box.y + box.height >= height - margin,
        box.x + box.width >= width - margin,
    )
    if sum(sides) not in (1, 2) or (sides[0] and sides[2]) or (sides[1] and sides[3]):
        return False
    inside = own_strokes(mask, box)
    (_, (one, other), _) = cv2.minAreaRect(cv2.findNonZero(inside))
    length, thickness = max(one, other) + 1, min(one, other) + 1
    filled = np.count_nonzero(inside) / (length * thickness)
    return length > 1.8 * thickness and filled > 0.65


def goes_on(ink: np.ndarray, mask: np.ndarray, box: Box) -> bool:
    """Tell a piece of a line from a one: the ink of a line goes on beyond both ends.

    Parameters
    ----------
    ink, mask : numpy.ndarray of uint8, (height, width)
        From :func:`even_light` and :func:`threshold`.
    box : Box
        Where the shape stands, from :func:`find_boxes`.

    Returns
    -------
    bool
        Whether the shape is long and thin, and two fifths of its ink are found along its
        direction beyond either end.
    """
    height, width = mask.shape
    rows, columns = np.nonzero(mask[box.y : box.y + box.height, box.x : box.x + box.width])
    # Cheap to see: even along the diagonal, so much ink would be too thick.
    if rows.size < 4 or 5 * rows.size > box.width**2 + box.height**2:
        return False
    places = np.stack([columns, rows], axis=1).astype(np.float32)
    middle, (along, across) = places.mean(axis=0), np.linalg.eigh(np.cov(places.T))[1].T[::-1]
    distance = (places - middle) @ along
    length, thickness = float(np.ptp(distance)), float(np.ptp((places - middle) @ across)) + 1
    if length < 5 * thickness:
        return False
    inside = float(ink[rows + box.y, columns + box.x].mean())
    side = np.arange(-round(thickness), round(thickness) + 1)
    ends = 0
    for end, way in ((distance.min(), -1), (distance.max(), 1)):
        beyond = end + way * np.linspace(thickness, thickness + 0.35 * length, 12)
        points = middle + beyond[:, np.newaxis] * along
        x, y = (points[:, np.newaxis] + side[:, np.newaxis] * across + box[:2]).transpose(2, 0, 1)
        seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        # Nobody knows what is beyond the border of the picture.
        if seen.all(axis=1).sum() < 6:
            continue
        x, y = np.clip(x, 0, width - 1).astype(int), np.clip(y, 0, height - 1).astype(int)
        strongest = np.where(seen, ink[y, x], 0).max(axis=1)[seen.all(axis=1)]
        if np.percentile(strongest, 30) < 0.4 * inside:
            return False
        ends += 1
    return ends > 0


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
            share = overlap_in_height(box, line[-1])
            if share > most:
                best, most = line, share
        if best is None:
            lines.append([box])
        else:
            best.append(box)
    return sorted(lines, key=lambda line: np.mean([box.y + box.height / 2 for box in line]))


def overlap_in_height(one: Box, other: Box) -> float:
    """Return which share of the lower box's height two boxes have in common; below 0 if none."""
    overlap = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return overlap / min(one.height, other.height)


def stand_close(one: Box, other: Box) -> bool:
    """Whether the gap between two boxes is small beside the larger of them."""
    return gap_between(one, other) < 0.2 * max(*one[2:], *other[2:])


def gap_between(one: Box, other: Box) -> int:
    """Return the pixels between two boxes, across or down, whichever is more."""
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down)


def bounding_box(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of these."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)
