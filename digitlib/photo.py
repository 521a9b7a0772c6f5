"""From a photograph to images in MNIST's own form: all steps, one after the other.

The strokes are found by :mod:`digitlib.binarize`, their boxes by :mod:`digitlib.shapes`, what is
in doubt is settled by :mod:`digitlib.doubt`, digits that touch are cut apart by
:mod:`digitlib.touching`, and :mod:`digitlib.normalize` brings each digit into its form.
:func:`find_digits` is all of them.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from digitlib.binarize import even_light, remove_lines, threshold, to_gray
from digitlib.doubt import SURE, join_doubtful, leave_out_chance, part_doubtful
from digitlib.normalize import center_by_mass, cut_out, fit_into_20, in_the_middle
from digitlib.shapes import (
    Box,
    bounding_box,
    find_boxes,
    find_pieces,
    goes_on,
    has_sharp_rim,
    leave_out_lines,
    leaves_picture,
    lies_on_paper,
    of_likely_size,
    reading_order,
)
from digitlib.touching import Part, split_doubtful

# The steps can all be had from here, as they are used one by one, too.
__all__ = [
    "STEPS",
    "Box",
    "Cutout",
    "center_by_mass",
    "cut_out",
    "even_light",
    "find_boxes",
    "find_digits",
    "fit_into_20",
    "goes_on",
    "has_sharp_rim",
    "join_doubtful",
    "lies_on_paper",
    "reading_order",
    "remove_lines",
    "split_doubtful",
    "threshold",
    "to_gray",
]

# Lengths, in pixels, between which the longer side of an image is brought before the search:
# small enough to be quick, large enough for the strokes to have an inside.
SHORTEST_WORKING_SIDE = 160
LONGEST_WORKING_SIDE = 1600

# What can be left out of the reading, to see what it is good for.
STEPS = (
    "even light",
    "threshold",
    "remove lines",
    "join pieces",
    "split",
    "sharp rim",
    "same paper",
    "thicken",
    "fit into 20",
    "center by mass",
    "reject",
)


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
    numbers : numpy.ndarray of float32, (10,), or None
        The network's answer to the image, where one was asked.
    """

    box: Box
    image: np.ndarray
    line: int
    numbers: np.ndarray | None = None


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
    if judge is not None and without != "even light" and not (_named(cutouts) >= 0).any():
        # Light ink on dark paper, or the other way round, may have been the wrong guess.
        others = _find(gray, judge, without, opposite=True)
        # Seen that way round, gaps between letters and pieces of lines are shapes as well:
        # most must be digits, and not just bare strokes.
        named = _named(others)
        if np.mean(named >= 0) > 0.5 and np.mean(named == 1) < 0.5:
            cutouts = others
    return [cutout._replace(box=_rescaled(cutout.box, scale, width, height)) for cutout in cutouts]


def _named(cutouts: list[Cutout]) -> np.ndarray:
    """Return the digit that a network is sure of, or -1, for each; one -1 where there is none."""
    if not cutouts:
        return np.array([-1])
    numbers = np.stack([cutout.numbers for cutout in cutouts])
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

    def form(box: Box, strokes: np.ndarray | None = None) -> np.ndarray:
        digit = cut_out(ink, mask, box, strokes=strokes, thicken=without != "thicken")
        if without == "fit into 20":
            return cv2.resize(digit, (28, 28), interpolation=cv2.INTER_AREA)
        digit = fit_into_20(digit)
        return in_the_middle(digit) if without == "center by mass" else center_by_mass(digit)

    images: dict[Box, np.ndarray] = {}
    numbers: dict[Box, np.ndarray] = {}

    def answer(boxes: list[Box]) -> np.ndarray:
        new = [box for box in boxes if box not in numbers]
        if new:
            images.update((box, form(box)) for box in new)
            answers = judge(np.stack([images[box] for box in new]))
            numbers.update(zip(new, answers, strict=True))
        return np.stack([numbers[box] for box in boxes])

    def answer_parts(parts: list[Part]) -> np.ndarray:
        return judge(np.stack([form(*part) for part in parts]))

    groups = find_pieces(mask, join=without != "join pieces")
    pieces = [piece for group in groups for piece in group]
    on_paper = cache(lambda box: lies_on_paper(gray, mask, box))
    if without != "same paper":
        groups = leave_out_lines(groups, on_paper)
    if judge is None:
        boxes = [bounding_box(pieces) for pieces in groups]
    else:
        boxes = part_doubtful(groups, answer)
    if without != "sharp rim":
        boxes = [box for box in boxes if has_sharp_rim(ink, mask, box)]
    if without != "same paper":
        boxes = [box for box in boxes if on_paper(box)]
    if without != "remove lines":
        boxes = [box for box in boxes if not goes_on(ink, mask, box)]
    if without != "reject":
        boxes = [box for box in boxes if not leaves_picture(mask, box)]
    boxes = of_likely_size(boxes)
    if judge is not None and boxes:
        if without != "join pieces":
            boxes = join_doubtful(boxes, answer)
        if without != "split":
            boxes, parts = split_doubtful(mask, boxes, answer, answer_parts)
            for part in parts:
                images[part.box] = form(*part)
                numbers[part.box] = judge(images[part.box])[0]
                boxes.append(part.box)
        if without != "reject":
            boxes = leave_out_chance(boxes, answer(boxes), pieces)
    return [
        Cutout(box, images[box] if judge else form(box), number, numbers.get(box))
        for number, line in enumerate(reading_order(boxes))
        for box in line
    ]


def _working_scale(height: int, width: int) -> float:
    longest = max(height, width)
    return np.clip(longest, SHORTEST_WORKING_SIDE, LONGEST_WORKING_SIDE) / longest


def _rescaled(box: Box, scale: float, width: int, height: int) -> Box:
    left, top = int(box.x / scale), int(box.y / scale)
    right = min(width, int(np.ceil((box.x + box.width) / scale)))
    bottom = min(height, int(np.ceil((box.y + box.height) / scale)))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
