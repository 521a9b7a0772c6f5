"""From a photograph to images in MNIST's own form: all steps, one after the other.

The strokes are found by :mod:`digitlib.reading.binarize` and their boxes by
:mod:`digitlib.reading.components`, and :mod:`digitlib.reading.normalize` brings each digit into
its form. :func:`find_digits` is all of them. Nothing here knows what a digit looks like: each
connected stroke is taken for one. Where digits stand in a picture that shows other things as
well, :mod:`digitlib.reading.reader` finds them.
"""

from typing import NamedTuple

import numpy as np

from digitlib.reading.binarize import even_light, threshold, to_gray
from digitlib.reading.components import Box, find_boxes, reading_order
from digitlib.reading.normalize import center_by_mass, cut_out, fit_into_20

# The steps can all be had from here, as they are used one by one, too.
__all__ = [
    "Box",
    "Cutout",
    "center_by_mass",
    "cut_out",
    "even_light",
    "find_boxes",
    "find_digits",
    "fit_into_20",
    "reading_order",
    "threshold",
    "to_gray",
]


class Cutout(NamedTuple):
    """One shape cut out of a photograph.

    Attributes
    ----------
    box : Box
        Where it stands, pixels of the photograph.
    image : numpy.ndarray of uint8, (28, 28)
        The shape in MNIST's own form.
    line : int
        The line of writing that it belongs to, 0 for the first.
    """

    box: Box
    image: np.ndarray
    line: int


def find_digits(image: np.ndarray) -> list[Cutout]:
    """Find the strokes of a photograph and bring each shape into MNIST's own form.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        A photograph, gray or BGR, dark on light or light on dark, of digits on paper and
        nothing else.

    Returns
    -------
    list of Cutout
        Line by line from the top, each from left to right; empty where there is no stroke.
    """
    ink = even_light(to_gray(image))
    mask = threshold(ink)
    return [
        Cutout(box, center_by_mass(fit_into_20(cut_out(ink, mask, box))), number)
        for number, line in enumerate(reading_order(find_boxes(mask)))
        for box in line
    ]
