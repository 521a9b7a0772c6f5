"""Lines of writing: which boxes stand on one line, though the page is tilted."""

import numpy as np

from digitlib.reading.components import Box, reading_order
from digitlib.reading.settings import Settings


def in_order(boxes: list[Box], slope: float) -> list[list[Box]]:
    """Sort boxes into lines from the top, each from left to right.

    Parameters
    ----------
    boxes : list of Box
        In any order.
    slope : float
        By how many pixels lines fall for each pixel to the right, from :func:`page_slope`: the
        boxes are sorted as they would stand on a level page.

    Returns
    -------
    list of list of Box
        The boxes of each line.
    """
    level = {box._replace(y=round(box.y - slope * (box.x + box.width / 2))): box for box in boxes}
    if len(level) < len(boxes):
        return reading_order(boxes)
    return [[level[box] for box in line] for line in reading_order(list(level))]


def page_slope(boxes: list[Box], settings: Settings) -> float:
    """Return by how many pixels lines fall for each pixel to the right; 0 if nothing tells.

    The usual slope of the way from a box to its neighbor on the right tells it.

    Parameters
    ----------
    boxes : list of Box
        What stands on the page.
    settings : Settings
        What counts as a neighbor, and which slopes a page can have.

    Returns
    -------
    float
        Negative where lines climb.
    """
    if len(boxes) < settings.slope_boxes:
        return 0.0
    sides = np.array(boxes, float)
    middles = sides[:, :2] + sides[:, 2:] / 2
    heights = sides[:, 3]
    slopes = []
    for index, (middle, height) in enumerate(zip(middles, heights, strict=True)):
        across, down = (middles - middle).T
        far = settings.neighbor_reach * np.maximum(height, heights)
        near = (across > 0.3 * height) & (np.hypot(across, down) < far)
        near &= np.abs(down) < settings.steepest * across
        near[index] = False
        if near.any():
            closest = np.flatnonzero(near)[np.argmin(np.hypot(across, down)[near])]
            slopes.append(down[closest] / across[closest])
    if len(slopes) < settings.slope_boxes - 1:
        return 0.0
    return float(np.median(slopes))
