"""From a photograph to images in MNIST's own form, one function for each step.

A photograph passes through them in this order: :func:`to_gray`, :func:`even_light`,
:func:`threshold`, :func:`remove_lines`, :func:`find_boxes`, :func:`has_sharp_rim`,
:func:`goes_on`, :func:`join_doubtful`, :func:`split_doubtful`, :func:`reading_order`,
:func:`cut_out`, :func:`fit_into_20`, :func:`center_by_mass`. :func:`find_digits` is all of
them; ``join_doubtful`` and ``split_doubtful`` ask a network, the others look at the picture
alone.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations, pairwise
from typing import NamedTuple

import cv2
import numpy as np

# Strokes of MNIST digits are two to three pixels wide; thinner ones are thickened to this.
STROKE_WIDTH = 2.2

# Lengths, in pixels, between which the longer side of an image is brought before the search:
# small enough to be quick, large enough for the strokes to have an inside.
SHORTEST_WORKING_SIDE = 160
LONGEST_WORKING_SIDE = 1600

# Ink must differ from paper by this many gray values; less is the grain of the paper.
LEAST_CONTRAST = 18

# Paper darker than this is in no light at all: what is seen there is the camera's noise.
LEAST_LIGHT = 40
# Below this confidence a shape may be a piece of a digit, or more than one.
SURE = 0.6

# More shapes than this are a texture or a page of print, where none is worth a second look.
MOST_IN_DOUBT = 40

# What can be left out of the reading, to see what it is good for.
STEPS = (
    "even light",
    "threshold",
    "remove lines",
    "join pieces",
    "split",
    "sharp rim",
    "thicken",
    "fit into 20",
    "center by mass",
    "reject",
)

# Where MNIST's makers put the center of mass: counted from 0, row 14 and column 14.
MIDDLE = 14


class Box(NamedTuple):
    """An upright rectangle in pixels; ``x`` and ``y`` name its upper left corner."""

    x: int
    y: int
    width: int
    height: int


class Cutout(NamedTuple):
    """One digit found in a photograph.

    Attributes
    ----------
    box : Box
        Where it stands.
    image : numpy.ndarray of uint8, (28, 28)
        The digit in MNIST's own form.
    line : int
        The line of writing that it belongs to, 0 for the first.
    """

    box: Box
    image: np.ndarray
    line: int


def to_gray(image: np.ndarray) -> np.ndarray:
    """Return the gray values, uint8 (height, width), of a gray or BGR image."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def even_light(gray: np.ndarray, *, opposite: bool = False) -> np.ndarray:
    """Remove shadows and uneven light, and return the ink alone.

    The paper's brightness at each place is taken to be the median of a wide neighborhood:
    strokes are narrow, so they never make up half of it. What differs from the paper, and
    is narrower than a third of the picture, is ink; wider things are a table, a shadow or a
    hand. Whether ink is darker or lighter than paper is decided by which of the two
    differences is the stronger one over the whole picture.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.
    opposite : bool
        Return the weaker of the two differences.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        0 for paper, up to 255 for ink, whichever of the two was darker.
    """
    height, width = gray.shape
    # The paper's brightness varies slowly: a small copy shows it as well, sixteen times faster.
    scale = min(1.0, 160 / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(gray, small_size, interpolation=cv2.INTER_AREA)
    neighborhood = max(3, int(0.45 * max(small_size)) | 1)
    paper = cv2.medianBlur(
        cv2.copyMakeBorder(small, *[neighborhood // 2] * 4, cv2.BORDER_REPLICATE), neighborhood
    )
    margin = neighborhood // 2
    paper = paper[margin : margin + small_size[1], margin : margin + small_size[0]]
    darkness, lightness = (
        _strength(_narrow(difference))
        for difference in (cv2.subtract(paper, small), cv2.subtract(small, paper))
    )
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    if (darkness < lightness) != opposite:
        return _narrow(cv2.subtract(gray, paper))
    # Ink takes a share of the light away: the same ink differs less where there is less light.
    ink = _narrow(cv2.subtract(paper, gray))
    return cv2.divide(ink, np.maximum(paper, LEAST_LIGHT), scale=255)


def _narrow(difference: np.ndarray) -> np.ndarray:
    """Leave out what is wider than a third of the picture (a top-hat transform)."""
    height, width = difference.shape
    scale = min(1.0, 240 / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    side = max(3, round(0.33 * max(small_size)))
    small = cv2.resize(difference, small_size, interpolation=cv2.INTER_AREA)
    # Beyond the border everything goes on as it is there, so that dark corners are wide, too.
    small = cv2.copyMakeBorder(small, *[side] * 4, cv2.BORDER_REPLICATE)
    wide = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    # A margin of one small pixel takes the soft rim away, too.
    wide = cv2.dilate(wide, np.ones((3, 3), np.uint8))[side:-side, side:-side]
    return cv2.subtract(difference, cv2.resize(wide, (width, height)))


def _strength(difference: np.ndarray) -> float:
    # The cube makes a few strong pixels (strokes) count for more than many weak ones (shade).
    return float(np.mean(difference.astype(np.float32) ** 3))


def threshold(ink: np.ndarray) -> np.ndarray:
    """Decide for each pixel whether it belongs to a stroke.

    The level is half of the strongest ink in the neighborhood, so that a pencil's digits are
    found beside print and dark things; but never so low that the paper's grain would pass.
    Weaker pixels still count where they continue a stroke (hysteresis: Canny 1986, IEEE
    Trans. PAMI 8(6), p. 679-698).

    Parameters
    ----------
    ink : numpy.ndarray of uint8, (height, width)
        0 for paper, up to 255 for ink, from :func:`even_light`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, 0 elsewhere; all 0 on blank paper.
    """
    height, width = ink.shape
    smooth = cv2.GaussianBlur(ink, (0, 0), max(0.8, max(ink.shape) / 1000))
    scale = min(1.0, 200 / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(smooth, small_size, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.12 * max(small_size)) | 1)
    strongest = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    strongest = cv2.blur(strongest, (reach, reach)).astype(np.float32)
    floor = np.clip(10 * _grain(smooth, small_size), LEAST_CONTRAST, 255)
    # Beside ink that is five times as strong, a smudge is no stroke, wherever it is.
    floor = np.maximum(floor, 0.2 * strongest.max())
    weak, strong = (
        cv2.compare(smooth, cv2.resize(level.astype(np.uint8), (width, height)), cv2.CMP_GT)
        for level in (
            np.maximum(0.22 * strongest, floor),
            np.maximum(0.5 * strongest, np.minimum(1.25 * floor, 255)),
        )
    )
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    keep = np.zeros(count, np.uint8)
    keep[labels[strong > 0]] = 255
    keep[0] = 0
    return keep[labels]


def _grain(smooth: np.ndarray, small_size: tuple[int, int]) -> np.ndarray:
    """Return how much plain paper's values scatter, at each place of a small copy.

    It is the usual difference from the mean of the closest pixels; strokes do not count, as
    only their rims differ.
    """
    differences = cv2.absdiff(smooth, cv2.blur(smooth, (5, 5)))
    sample = cv2.resize(differences, small_size, interpolation=cv2.INTER_NEAREST)
    reach = max(3, round(0.25 * max(small_size)) | 1)
    return cv2.medianBlur(sample, reach).astype(np.float32)


def remove_lines(mask: np.ndarray) -> np.ndarray:
    """Erase the lines of ruled and squared paper, and leave the strokes that cross them.

    Long straight lines are found with Hough's transform (Matas, Galambos and Kittler 2000,
    "Robust detection of lines using the progressive probabilistic Hough transform",
    Computer Vision and Image Understanding 78(1), p. 119-137). Along each, the mask is
    erased where it is about as thick across as the line is at most places; it is thicker
    where a stroke crosses.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`threshold`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        The mask without the lines.
    """
    longest = max(mask.shape)
    scale = min(1.0, 400 / longest)
    small = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least = 0.35 * max(small.shape)
    # Only what reaches far enough, gaps closed, can be such a line.
    small = np.where(small > 60, np.uint8(255), np.uint8(0))
    closed = cv2.dilate(small, np.ones((7, 7), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    far = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least
    far[0] = False
    if not far.any():
        return mask
    found = cv2.HoughLinesP(
        small * far[labels],
        1,
        np.pi / 180,
        int(0.5 * least),
        minLineLength=least,
        maxLineGap=0.03 * max(small.shape),
    )
    if found is None:
        return mask
    clean = mask.copy()
    for line in found.reshape(-1, 4) / scale:
        _erase_along(clean, line[:2], line[2:], max(3, round(0.012 * longest)))
    return clean


def _erase_along(mask: np.ndarray, start: np.ndarray, end: np.ndarray, thickest: int) -> None:
    """Erase a line from a mask where it is thin; do nothing if it is not much longer than thick."""
    height, width = mask.shape
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    # One row for each step along the line, one column for each step across it.
    across = np.arange(-2 * thickest, 2 * thickest + 1)
    middle = start + np.arange(0, length)[:, np.newaxis] * along
    places = middle[:, np.newaxis] + across[:, np.newaxis] * np.array([-along[1], along[0]])
    columns, rows = np.rint(places).astype(np.int32).transpose(2, 0, 1)
    np.clip(columns, 0, width - 1, out=columns)
    np.clip(rows, 0, height - 1, out=rows)
    inked = mask[rows, columns] > 0
    # The line need not lie exactly where the transform has it: follow the nearest ink.
    distance = np.where(inked, np.abs(across), across.size)
    nearest = distance.argmin(axis=1)
    steps = np.arange(len(inked))
    met = distance[steps, nearest] <= thickest
    gaps = np.cumsum(~inked, axis=1)
    in_run = inked & (gaps == gaps[steps, nearest][:, np.newaxis])
    thickness = in_run.sum(axis=1)
    if met.sum() < 0.5 * len(inked):
        return
    usual = float(np.median(thickness[met]))
    if usual > thickest or length < 30 * usual:
        return
    thin = met & (thickness <= 1.5 * usual + 1)
    erased = in_run & thin[:, np.newaxis]
    mask[rows[erased], columns[erased]] = 0


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
    height, width = mask.shape
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    least = max(6, 0.012 * max(height, width))
    boxes = [
        box
        for box in boxes
        if max(box.width, box.height) >= least and not _is_edge(box, width, height)
    ]
    if join:
        boxes = _join_pieces(boxes)
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


def _join_pieces(boxes: list[Box]) -> list[Box]:
    """Join boxes that stand above one another with hardly a gap, as a 5 and its bar do."""
    boxes = sorted(boxes, key=lambda box: -box.width * box.height)
    joined: list[Box] = []
    for box in boxes:
        for index, other in enumerate(joined):
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
                x, y = min(box.x, other.x), min(box.y, other.y)
                right = max(box.x + box.width, other.x + other.width)
                bottom = max(box.y + box.height, other.y + other.height)
                joined[index] = Box(x, y, right - x, bottom - y)
                break
        else:
            joined.append(box)
    return joined


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
    reach = max(2, round(0.04 * max(box.width, box.height)))
    window = np.s_[
        max(0, box.y - reach - 1) : box.y + box.height + reach + 1,
        max(0, box.x - reach - 1) : box.x + box.width + reach + 1,
    ]
    inside = mask[window]
    disks = [
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        for radius in (reach - 1, reach)
    ]
    ring = cv2.subtract(cv2.dilate(inside, disks[1]), cv2.dilate(inside, disks[0])) > 0
    if not ring.any():
        return False
    return float(ink[window][ring].mean()) < 0.5 * float(ink[window][inside > 0].mean())


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


# Asked about boxes, it answers with ten probabilities for each, (n, 10).
Answer = Callable[[list[Box]], np.ndarray]


def join_doubtful(boxes: list[Box], answer: Answer) -> list[Box]:
    """Put neighboring pieces together where a network then sees a digit, and did not before.

    Parameters
    ----------
    boxes : list of Box
        From :func:`find_boxes`.
    answer : callable
        What a network says to each box of a list, ten probabilities.

    Returns
    -------
    list of Box
        Pieces of one digit as one box, all others as they were.
    """
    sure = dict(zip(boxes, answer(boxes).max(axis=1), strict=True))
    pieces = [box for box in boxes if sure[box] < SURE]
    if not pieces or len(boxes) > MOST_IN_DOUBT:
        return boxes
    joined = {}
    for piece in pieces:
        near = [box for box in boxes if _near(piece, box)]
        # With each neighbor alone, and with all of them at once.
        for group in [*([piece, other] for other in near if other != piece), near]:
            if len(group) > 1:
                joined[frozenset(group)] = _around(group)
    if not joined:
        return boxes
    gain = {}
    chances = answer(list(joined.values())).max(axis=1)
    for group, chance in zip(joined, chances, strict=True):
        area = sum(box.width * box.height for box in group)
        before = sum(sure[box] * box.width * box.height for box in group) / area
        if chance > SURE and chance > before + 0.1:
            gain[group] = chance - before
    kept, taken = [], set()
    for group in sorted(gain, key=gain.get, reverse=True):
        if not taken & group:
            taken |= group
            kept.append(joined[group])
    return kept + [box for box in boxes if box not in taken]


def split_doubtful(mask: np.ndarray, boxes: list[Box], answer: Answer) -> list[Box]:
    """Cut wide shapes where they are thin if a network then sees two or three digits.

    Cutting where there may be a border, and leaving the decision to the recognizer, is the
    heuristic over-segmentation of LeCun, Bottou, Bengio and Haffner 1998, section V.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke.
    boxes : list of Box
        From :func:`find_boxes`.
    answer : callable
        What a network says to each box of a list, ten probabilities.

    Returns
    -------
    list of Box
        Digits that touched as one box each, all others as they were.
    """
    sure = answer(boxes).max(axis=1)
    wide = [
        box
        for box, chance in zip(boxes, sure, strict=True)
        if chance < SURE and box.width > 0.95 * box.height
    ]
    if len(wide) > MOST_IN_DOUBT // 4:
        return boxes
    kept = [box for box in boxes if box not in wide]
    for box in wide:
        best, parts = 0.7, [box]
        for cut in _cuts(mask, box):
            numbers = answer(cut)
            # Two bare strokes are more often a letter's, or a tick, than a touching 11.
            if numbers.max(axis=1).min() > best and (numbers.argmax(axis=1) != 1).any():
                best, parts = numbers.max(axis=1).min(), cut
        kept += parts
    return kept


def _near(one: Box, other: Box) -> bool:
    """Whether the gap between two boxes is small beside the larger of them."""
    size = max(*one[2:], *other[2:])
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down) < 0.2 * size


def _around(boxes: Iterable[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _cuts(mask: np.ndarray, box: Box) -> Iterator[list[Box]]:
    """Offer ways to cut a box from top to bottom: into two, and if it is wide, into three."""
    window = mask[box.y : box.y + box.height, box.x : box.x + box.width] > 0
    ink = cv2.blur(window.sum(axis=0).astype(np.float32).reshape(1, -1), (3, 1)).ravel()
    least = max(2, round(0.2 * box.height))
    inner = np.arange(least, box.width - least)
    thin = [x for x in inner if ink[x] == ink[max(0, x - least) : x + least + 1].min()]
    # Of a flat stretch of equals, the middle one.
    runs = np.split(np.array(thin, int), np.flatnonzero(np.diff(thin) > 1) + 1)
    places = sorted((int(run[len(run) // 2]) for run in runs if run.size), key=ink.__getitem__)[:4]
    ways = [[place] for place in places]
    if box.width > 1.6 * box.height:
        ways += map(list, combinations(sorted(places), 2))
    for way in ways:
        parts = _parts(window, box, way)
        if len(parts) == len(way) + 1 and all(part.height > 0.5 * box.height for part in parts):
            yield parts


def _parts(window: np.ndarray, box: Box, places: list[int]) -> list[Box]:
    parts = []
    for left, right in pairwise([0, *places, box.width]):
        rows = np.flatnonzero(window[:, left:right].any(axis=1))
        columns = np.flatnonzero(window[:, left:right].any(axis=0))
        if rows.size:
            x, y = box.x + left + int(columns[0]), box.y + int(rows[0])
            size = int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
            parts.append(Box(x, y, *size))
    return parts


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
        best, most = None, 0.35
        for line in lines:
            last = line[-1]
            overlap = min(box.y + box.height, last.y + last.height) - max(box.y, last.y)
            share = overlap / min(box.height, last.height)
            if share > most:
                best, most = line, share
        if best is None:
            lines.append([box])
        else:
            best.append(box)
    return sorted(lines, key=lambda line: np.mean([box.y + box.height / 2 for box in line]))


def cut_out(ink: np.ndarray, mask: np.ndarray, box: Box, *, thicken: bool = True) -> np.ndarray:
    """Cut one digit out, without the strokes of its neighbors, at full contrast.

    Strokes thinner than those of MNIST are thickened, in proportion to the box, to the
    width that they have there.

    Parameters
    ----------
    ink, mask : numpy.ndarray of uint8, (height, width)
        From :func:`even_light` and :func:`threshold`.
    box : Box
        Where the digit stands.
    thicken : bool
        Whether thin strokes are thickened.

    Returns
    -------
    numpy.ndarray of uint8, (box.height, box.width)
        Ink on a ground of 0, the strongest strokes at 255.
    """
    window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    inside = mask[window]
    # One pixel more than the mask keeps the soft rim of the strokes.
    rim = cv2.dilate(inside, np.ones((3, 3), np.uint8))
    digit = np.where(rim > 0, ink[window], 0).astype(np.float32)
    full = np.percentile(digit[inside > 0], 60) if inside.any() else 255.0
    digit = np.clip(digit * (255.0 / max(full, 1.0)), 0, 255).astype(np.uint8)
    distance = cv2.distanceTransform(cv2.copyMakeBorder(inside, 1, 1, 1, 1, 0), cv2.DIST_L2, 3)
    ridge = distance[distance > 0]
    width = 2 * float(np.percentile(ridge, 85)) if ridge.size else 1.0
    missing = STROKE_WIDTH * max(box.width, box.height) / 20 - width
    if thicken and missing >= 1:
        size = round(missing) + 1
        pad = size // 2 + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        digit = cv2.dilate(
            cv2.copyMakeBorder(digit, pad, pad, pad, pad, cv2.BORDER_CONSTANT), kernel
        )
    return digit


def fit_into_20(digit: np.ndarray) -> np.ndarray:
    """Scale a digit so that its longer side is 20 pixels, as MNIST's makers did.

    The shape is kept and the rim is smooth (anti-aliased), see LeCun, Bottou, Bengio and
    Haffner 1998, Proc. IEEE 86(11), section III.A.
    """
    height, width = digit.shape
    scale = 20 / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(digit, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def center_by_mass(digit: np.ndarray) -> np.ndarray:
    """Place a digit of at most 20 x 20 so that its ink balances at row 14, column 14 of 28 x 28.

    Parameters
    ----------
    digit : numpy.ndarray of uint8
        From :func:`fit_into_20`.

    Returns
    -------
    numpy.ndarray of uint8, (28, 28)
        MNIST's own form: 0 for paper, 255 for full ink.

    Raises
    ------
    ValueError
        If a side is longer than 20 pixels.
    """
    height, width = digit.shape
    if max(height, width) > 20:
        raise ValueError(f"expected at most 20 x 20 pixels, found {height} x {width}")
    mass = cv2.moments(digit)
    if mass["m00"] > 0:
        column, row = mass["m10"] / mass["m00"], mass["m01"] / mass["m00"]
    else:
        column, row = (width - 1) / 2, (height - 1) / 2
    left = min(max(round(MIDDLE - column), 0), 28 - width)
    top = min(max(round(MIDDLE - row), 0), 28 - height)
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = digit
    return image


# Asked about 28 x 28 images (n, 28, 28), it answers with (n, 10) probabilities.
Judge = Callable[[np.ndarray], np.ndarray]


def find_digits(
    image: np.ndarray, *, judge: Judge | None = None, without: str | None = None
) -> list[Cutout]:
    """Find the digits of a photograph and bring each into MNIST's own form.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        A photograph, gray or BGR, dark on light or light on dark.
    judge : callable, optional
        A network's answer, such as ``recognizer.predict``. With it, shapes in doubt are put
        together and taken apart to see whether digits come out.
    without : str, optional
        One of ``STEPS``, to be replaced by the naive thing, so as to see what it is good for.

    Returns
    -------
    list of Cutout
        In reading order, boxes in pixels of ``image``; empty where there is no stroke.

    Raises
    ------
    ValueError
        If there is no such step.
    """
    if without is not None and without not in STEPS:
        raise ValueError(f"expected one of {', '.join(STEPS)}, found {without!r}")
    gray = to_gray(image)
    height, width = gray.shape
    scale = _working_scale(height, width)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        gray = cv2.resize(
            gray, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
    cutouts = _find(gray, judge, without, opposite=False)
    if judge is not None and without != "even light" and not (_named(cutouts, judge) >= 0).any():
        # Light ink on dark paper, or the other way round, may have been the wrong guess.
        others = _find(gray, judge, without, opposite=True)
        # Seen that way round, gaps between letters and pieces of lines are shapes as well:
        # most must be digits, and not just bare strokes.
        named = _named(others, judge)
        if np.mean(named >= 0) > 0.5 and np.mean(named == 1) < 0.5:
            cutouts = others
    return [cutout._replace(box=_rescaled(cutout.box, scale, width, height)) for cutout in cutouts]


def _named(cutouts: list[Cutout], judge: Judge) -> np.ndarray:
    """Return the digit that a network is sure of, or -1, for each; one -1 where there is none."""
    if not cutouts:
        return np.array([-1])
    numbers = judge(np.stack([cutout.image for cutout in cutouts]))
    return np.where(numbers.max(axis=1) > SURE, numbers.argmax(axis=1), -1)


def _find(
    gray: np.ndarray, judge: Judge | None, without: str | None, *, opposite: bool
) -> list[Cutout]:
    if without == "even light":
        ink = 255 - gray if gray.mean() >= 128 else gray
    else:
        ink = even_light(gray, opposite=opposite)
    mask = np.where(ink > 128, np.uint8(255), np.uint8(0))
    if without != "threshold":
        mask = threshold(ink)
    if without != "remove lines":
        mask = remove_lines(mask)
    boxes = find_boxes(mask, join=without != "join pieces")
    if without != "sharp rim":
        boxes = [box for box in boxes if has_sharp_rim(ink, mask, box)]
    if without != "remove lines":
        boxes = [box for box in boxes if not goes_on(ink, mask, box)]

    @cache
    def in_form(box: Box) -> np.ndarray:
        digit = cut_out(ink, mask, box, thicken=without != "thicken")
        if without == "fit into 20":
            return cv2.resize(digit, (28, 28), interpolation=cv2.INTER_AREA)
        digit = fit_into_20(digit)
        return _in_the_middle(digit) if without == "center by mass" else center_by_mass(digit)

    if judge is not None and boxes:
        known: dict[Box, np.ndarray] = {}

        def answer(boxes: list[Box]) -> np.ndarray:
            new = [box for box in boxes if box not in known]
            if new:
                known.update(zip(new, judge(np.stack([in_form(box) for box in new])), strict=True))
            return np.stack([known[box] for box in boxes])

        if without != "join pieces":
            boxes = join_doubtful(boxes, answer)
        if without != "split":
            boxes = split_doubtful(mask, boxes, answer)
    return [
        Cutout(box, in_form(box), number)
        for number, line in enumerate(reading_order(boxes))
        for box in line
    ]


def _in_the_middle(digit: np.ndarray) -> np.ndarray:
    height, width = digit.shape
    image = np.zeros((28, 28), np.uint8)
    top, left = (28 - height) // 2, (28 - width) // 2
    image[top : top + height, left : left + width] = digit
    return image


def _working_scale(height: int, width: int) -> float:
    longest = max(height, width)
    return np.clip(longest, SHORTEST_WORKING_SIDE, LONGEST_WORKING_SIDE) / longest


def _rescaled(box: Box, scale: float, width: int, height: int) -> Box:
    left, top = int(box.x / scale), int(box.y / scale)
    right = min(width, int(np.ceil((box.x + box.width) / scale)))
    bottom = min(height, int(np.ceil((box.y + box.height) / scale)))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
