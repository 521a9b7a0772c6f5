"""Drawings of what a network is made of: its volumes, a filter at work, what a number sees."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from digitlib.course.figures import BLUE, GRAY, INK, PAPER, PURPLE, SKY

# Numbers with a sign: purple below zero, the color of paper at zero, blue above.
SIGNED = LinearSegmentedColormap.from_list("signed", [PURPLE, PAPER, SKY])

# Where the next sheet of a stack stands, to the right and upward, in pixels of the picture.
SHEET_RIGHT, SHEET_UP = 0.8, 0.12
# Cells of a vector that are drawn before the rest is left out.
MOST_CELLS = 120


def draw_volumes(rows: Sequence[tuple[str, tuple[int, ...]]]) -> Figure:
    """Draw what flows through a network, one row for each stage.

    A stage of height x width x channels becomes a stack with one sheet for each channel,
    all stacks in the same scale. A stage of n numbers becomes a strip of n cells, cut
    short where there are more than 120.

    Parameters
    ----------
    rows : sequence of (str, tuple of int)
        What made the stage, and its shape: (height, width, channels) or (n,).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no row, or a shape has neither one nor three positive entries.
    """
    if not rows:
        raise ValueError("expected at least one row, found none")
    heights = []
    for text, shape in rows:
        if len(shape) not in (1, 3) or min(shape) < 1:
            raise ValueError(
                f"expected (height, width, channels) or (n,) for {text!r}, found {shape}"
            )
        drawn = 4 if len(shape) == 1 else shape[0] + SHEET_UP * (shape[2] - 1)
        heights.append(max(13, drawn + 5))
    total = sum(heights)
    figure, axis = plt.subplots(figsize=(7.2, 7.2 * total / 196))
    axis.set(xlim=(-86, 110), ylim=(-total, 0), aspect="equal")
    axis.set_axis_off()
    top = 0.0
    for (text, shape), height in zip(rows, heights, strict=True):
        middle = top - height / 2
        axis.text(-85, middle + 0.4, text, va="bottom", fontsize=13)
        size = " × ".join(f"{number:,}" for number in shape)
        axis.text(-85, middle - 0.4, size, va="top", fontsize=13, fontweight="bold")
        if len(shape) == 1:
            _draw_vector(axis, shape[0], middle)
        else:
            _draw_stack(axis, shape, middle)
        top -= height
    return figure


def _draw_stack(axis: Axes, shape: tuple[int, ...], middle: float) -> None:
    height, width, channels = shape
    bottom = middle - (height + SHEET_UP * (channels - 1)) / 2
    # The sheet at the back comes first, so that those in front cover it.
    for sheet in reversed(range(channels)):
        corner = (sheet * SHEET_RIGHT, bottom + sheet * SHEET_UP)
        axis.add_patch(Rectangle(corner, width, height, facecolor=SKY, edgecolor=BLUE, lw=0.5))


def _draw_vector(axis: Axes, count: int, middle: float) -> None:
    for cell in range(min(count, MOST_CELLS)):
        corner = (cell * SHEET_RIGHT, middle - 2)
        axis.add_patch(Rectangle(corner, SHEET_RIGHT, 4, facecolor=SKY, edgecolor=BLUE, lw=0.5))
    if count > MOST_CELLS:
        axis.text(MOST_CELLS * SHEET_RIGHT + 2, middle, "· · ·", va="center", fontsize=13)


def draw_filter_at_work(
    image: np.ndarray, weights: np.ndarray, places: Sequence[tuple[int, int]]
) -> Figure:
    """Draw an image, the feature map of one filter, and the sums at three places.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width)
        A digit as the array has it.
    weights : numpy.ndarray of int, (k, k)
        The filter, k x k whole numbers.
    places : sequence of three (row, column)
        Upper left corners of the windows whose products are written out.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are not three places, or a window leaves the image.
    """
    size = len(weights)
    if len(places) != 3:
        raise ValueError(f"expected three places, found {len(places)}")
    for row, column in places:
        if not (0 <= row <= len(image) - size and 0 <= column <= image.shape[1] - size):
            raise ValueError(f"a window at {(row, column)} leaves an image of {image.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(int), weights.shape)
    feature_map = (windows * weights).sum(axis=(2, 3))
    figure = plt.figure(figsize=(7.2, 6.6))
    (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[3.6, 3.0])
    left, right = upper.subplots(1, 2)
    left.imshow(image, cmap="gray", vmin=0, vmax=255)
    left.set(title=f"image, {image.shape[0]} × {image.shape[1]}")
    limit = np.abs(feature_map).max()
    right.imshow(feature_map, cmap=SIGNED, vmin=-limit, vmax=limit)
    right.set(title=f"feature map, {feature_map.shape[0]} × {feature_map.shape[1]}")
    for axis in (left, right):
        axis.set(xlabel="column", ylabel="row")
    panels = lower.subplots(1, 3)
    for name, (row, column), panel in zip("ABC", places, panels, strict=True):
        for axis, side, color, rim in ((left, size, PURPLE, "black"), (right, 1, INK, PAPER)):
            corner = (column - 0.5, row - 0.5)
            axis.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=color, lw=2))
            letter = axis.text(column + side, row - 0.6, name, color=color, fontweight="bold")
            letter.set_path_effects([withStroke(linewidth=3, foreground=rim)])
        _write_products(panel, windows[row, column], weights)
        total = f"{feature_map[row, column]}".replace("-", "−")
        panel.set_title(f"{name}: sum {total}", fontweight="bold")
    return figure


def _write_products(axis: Axes, window: np.ndarray, weights: np.ndarray) -> None:
    axis.imshow(window, cmap="gray", vmin=0, vmax=255)
    axis.set_axis_off()
    for (row, column), value in np.ndenumerate(window):
        product = f"{value}\n× {weights[row, column]}".replace("-", "−")
        color = PAPER if value < 140 else INK
        axis.text(column, row, product, ha="center", va="center", fontsize=13, color=color)


def draw_receptive_field(
    stages: Sequence[tuple[str, int, int, int]], pixels: int, place: int
) -> Figure:
    """Draw one row of the image, one row of each map, and what one number sees of them.

    Parameters
    ----------
    stages : sequence of (str, int, int, int)
        From the image on, for each layer: its name, the side of its window, its stride, and
        the zeros at each end of the row that it looks at.
    pixels : int
        Pixels in a row of the image.
    place : int
        Column of the number in the last map.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no layer, a window fits nowhere, or the last map has no such column.
    """
    counts, centers = [pixels], [np.arange(pixels, dtype=float)]
    for name, size, stride, padding in stages:
        count = (counts[-1] + 2 * padding - size) // stride + 1
        if count < 1:
            raise ValueError(f"a window of {size} fits nowhere into {counts[-1]}: {name}")
        middle = np.arange(count) * stride - padding + (size - 1) / 2
        # The distance between neighbors is the same everywhere, beyond the ends as well.
        step = centers[-1][1] - centers[-1][0] if counts[-1] > 1 else 1.0
        counts.append(count)
        centers.append(centers[-1][0] + middle * step)
    if not stages or not 0 <= place < counts[-1]:
        raise ValueError(f"expected a column of the last of {len(stages)} maps, found {place}")
    seen = [(place, place)]
    for _, size, stride, padding in reversed(stages):
        low, high = seen[0]
        seen.insert(0, (low * stride - padding, high * stride - padding + size - 1))
    figure, axis = plt.subplots(figsize=(7.2, 0.72 * (len(stages) + 1)))
    axis.set(xlim=(-16, pixels + 9), ylim=(-0.4, len(stages) + 0.75))
    axis.set_axis_off()
    names = ["image", *(name for name, *_ in stages)]
    edges = []
    for level, (name, count, row) in enumerate(zip(names, counts, centers, strict=True)):
        width = row[1] - row[0] if count > 1 else 1.0
        low, high = (min(max(end, 0), count - 1) for end in seen[level])
        for column, center in enumerate(row):
            inside = low <= column <= high
            face, line = (SKY, BLUE) if inside else ("none", GRAY)
            corner = (center - 0.46 * width, level)
            axis.add_patch(
                Rectangle(corner, 0.92 * width, 0.42, facecolor=face, edgecolor=line, lw=1)
            )
        edges.append((row[low] - width / 2, row[high] + width / 2))
        axis.text(-1.5, level + 0.21, name, ha="right", va="center")
        share = f"{high - low + 1} of {count}"
        axis.text(pixels + 0.5, level + 0.21, share, va="center", color=BLUE, fontweight="bold")
    for level, (below, above) in enumerate(pairwise(edges)):
        for start, end in zip(below, above, strict=True):
            axis.plot([start, end], [level + 0.44, level + 0.98], color=PURPLE, lw=1.5)
    return figure
