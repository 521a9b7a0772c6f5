"""From a photograph to images in MNIST's own form, one function for each step.

A photograph passes through them in this order: :func:`to_gray`, :func:`even_light`,
:func:`threshold`, :func:`find_boxes`, :func:`has_sharp_rim`, :func:`reading_order`,
:func:`cut_out`, :func:`fit_into_20`, :func:`center_by_mass`. :func:`find_digits` is all
of them.
"""

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


# Where MNIST's makers put the center of mass: counted from 0, row 14 and column 14.
MIDDLE = 14


class Box(NamedTuple):
    """An upright rectangle in pixels; ``x`` and ``y`` name its upper left corner."""

    x: int
    y: int
    width: int
    height: int


class Cutout(NamedTuple):
    """One digit found in a photograph: where it stands, and its 28 x 28 image (uint8)."""

    box: Box
    image: np.ndarray


def to_gray(image: np.ndarray) -> np.ndarray:
    """Return the gray values, uint8 (height, width), of a gray or BGR image."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def even_light(gray: np.ndarray) -> np.ndarray:
    """Remove shadows and uneven light, and return the ink alone.

    The paper's brightness at each place is taken to be the median of a wide neighborhood:
    strokes are narrow, so they never make up half of it. What differs from the paper is
    ink. Whether ink is darker or lighter than paper is decided by which of the two
    differences is the stronger one over the whole picture.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.

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
        cv2.copyMakeBorder(small, *[neighborhood // 2] * 4, cv2.BORDER_REFLECT), neighborhood
    )
    margin = neighborhood // 2
    paper = paper[margin : margin + small_size[1], margin : margin + small_size[0]]
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    darker, lighter = cv2.subtract(paper, gray), cv2.subtract(gray, paper)
    return darker if _strength(darker) >= _strength(lighter) else lighter


def _strength(difference: np.ndarray) -> float:
    # The cube makes a few strong pixels (strokes) count for more than many weak ones (shade).
    return float(np.mean(cv2.resize(difference, (160, 160)).astype(np.float32) ** 3))


def threshold(ink: np.ndarray) -> np.ndarray:
    """Decide for each pixel whether it belongs to a stroke.

    Otsu's method finds the level that best separates two groups of values
    (Otsu 1979, IEEE Trans. SMC 9(1), p. 62-66). It is asked about the pixels that stand
    out from the paper's grain only, as it fails when one group is a hundred times the
    other. Weak pixels beyond the level still count where they continue a stroke.

    Parameters
    ----------
    ink : numpy.ndarray of uint8, (height, width)
        0 for paper, up to 255 for ink, from :func:`even_light`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, 0 elsewhere; all 0 on blank paper.
    """
    smooth = cv2.GaussianBlur(ink, (0, 0), max(0.8, max(ink.shape) / 1000))
    grain = 1.4826 * float(np.median(np.abs(smooth - np.median(smooth).astype(np.float32))))
    floor = max(LEAST_CONTRAST, 5 * grain)
    candidates = smooth[smooth > floor]
    if candidates.size < 12:
        return np.zeros_like(ink)
    level, _ = cv2.threshold(candidates, 0, 255, cv2.THRESH_OTSU)
    weak = (smooth > max(floor, 0.5 * level)).astype(np.uint8)
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    strongest = np.zeros(count, np.uint8)
    np.maximum.at(strongest, labels.ravel(), smooth.ravel())
    keep = strongest >= max(floor, 0.8 * level)
    keep[0] = False
    return np.where(keep[labels], 255, 0).astype(np.uint8)


def find_boxes(mask: np.ndarray) -> list[Box]:
    """Find the upright boxes round the digits.

    Each connected stroke gets a box; pieces of one digit are joined; specks, dashes and
    lines that run along the picture's edge are left out.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`threshold`.

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
    touches = (
        box.x <= 1,
        box.y <= 1,
        box.x + box.width >= width - 1,
        box.y + box.height >= height - 1,
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


def reading_order(boxes: list[Box]) -> list[Box]:
    """Sort boxes line by line from the top, and from left to right within a line.

    A box continues the line whose last box it overlaps most in height, so that a line
    may climb or fall.
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
    lines.sort(key=lambda line: np.mean([box.y + box.height / 2 for box in line]))
    return [box for line in lines for box in line]


def cut_out(ink: np.ndarray, mask: np.ndarray, box: Box) -> np.ndarray:
    """Cut one digit out, without the strokes of its neighbors, at full contrast.

    Strokes thinner than those of MNIST are thickened, in proportion to the box, to the
    width that they have there.

    Parameters
    ----------
    ink, mask : numpy.ndarray of uint8, (height, width)
        From :func:`even_light` and :func:`threshold`.
    box : Box
        Where the digit stands.

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
    if missing >= 1:
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


def find_digits(image: np.ndarray) -> list[Cutout]:
    """Find the digits of a photograph and bring each into MNIST's own form.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        A photograph, gray or BGR, dark on light or light on dark.

    Returns
    -------
    list of Cutout
        In reading order, boxes in pixels of ``image``; empty where there is no stroke.
    """
    gray = to_gray(image)
    height, width = gray.shape
    scale = _working_scale(height, width)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        gray = cv2.resize(
            gray, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
    ink = even_light(gray)
    mask = threshold(ink)
    cutouts = []
    boxes = [box for box in find_boxes(mask) if has_sharp_rim(ink, mask, box)]
    for box in reading_order(boxes):
        digit = center_by_mass(fit_into_20(cut_out(ink, mask, box)))
        cutouts.append(Cutout(_rescaled(box, scale, width, height), digit))
    return cutouts


def _working_scale(height: int, width: int) -> float:
    longest = max(height, width)
    return np.clip(longest, SHORTEST_WORKING_SIDE, LONGEST_WORKING_SIDE) / longest


def _rescaled(box: Box, scale: float, width: int, height: int) -> Box:
    left, top = int(box.x / scale), int(box.y / scale)
    right = min(width, int(np.ceil((box.x + box.width) / scale)))
    bottom = min(height, int(np.ceil((box.y + box.height) / scale)))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
