"""One look for every figure of the course, legible on light and dark pages."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats

# Colors that color-blind readers can tell apart (Okabe and Ito 2008), each with one meaning
# through the whole book.
BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = (
    "#2f86c9",
    "#e08a00",
    "#009e73",
    "#c1709d",
    "#56b4e9",
    "#d55e00",
)
TRAINING, VALIDATION, RIGHT, WRONG = BLUE, ORANGE, GREEN, VERMILION

# This gray keeps a contrast above 4 to 1 on a white page and on a near-black one.
GRAY = "#787878"

PAPER, INK = "#fbf8f1", "#1f2a44"
# Digits as a person writes them: 0 is paper, 255 is ink.
INK_ON_PAPER = LinearSegmentedColormap.from_list("ink_on_paper", [PAPER, INK])


def use_course_style() -> None:
    """Set the look of the figures that follow: transparent ground, gray text, no clutter.

    In a notebook they are stored with twice the pixels that they take on the page, so that they
    stay sharp when a reader enlarges them.
    """
    if get_ipython() is not None:
        set_matplotlib_formats("retina")
    plt.rcParams.update(
        {
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "figure.dpi": 110,
            "savefig.dpi": 110,
            "figure.figsize": (7.2, 3.6),
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 11,
            "text.color": GRAY,
            "axes.labelcolor": GRAY,
            "axes.edgecolor": GRAY,
            "axes.titlecolor": GRAY,
            "xtick.color": GRAY,
            "ytick.color": GRAY,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION]),
            "legend.frameon": False,
            "lines.linewidth": 2,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
        }
    )


def show_digits(
    images: np.ndarray,
    titles: Sequence[object] | None = None,
    *,
    columns: int = 10,
    as_array: bool = False,
    colors: Sequence[str] | None = None,
) -> Figure:
    """Draw digits side by side.

    Parameters
    ----------
    images : numpy.ndarray, (n, height, width)
        Gray images in MNIST's own form, 0 for paper; uint8, or floating point from 0 to 1.
    titles : sequence, optional
        One for each image, written above it.
    columns : int
        Images in a row.
    as_array : bool
        Draw the values as brightness, as the array has them (light ink on black), in place
        of dark ink on paper.
    colors : sequence of str, optional
        Colors of the titles.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no image, or the number of titles or colors is not that of the images.
    """
    count = len(images)
    if np.ndim(images) != 3 or count == 0:
        raise ValueError(f"expected images (n, height, width), found shape {np.shape(images)}")
    for name, given in (("titles", titles), ("colors", colors)):
        if given is not None and len(given) != count:
            raise ValueError(f"expected {count} {name}, one for each image, found {len(given)}")
    columns = min(columns, count)
    rows = -(-count // columns)
    cell = 7.2 / max(columns, 5)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(cell * columns, rows * (cell + (0.3 if titles is not None else 0))),
        squeeze=False,
    )
    full = 255 if np.asarray(images).dtype == np.uint8 else 1.0
    # As large as the longest title allows: a phone shows the figure at half its width.
    longest = max((len(str(title)) for title in ([] if titles is None else titles)), default=1)
    size = min(14.0, max(9.0, 72 * cell / (0.65 * longest)))
    for index, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if index >= count:
            continue
        colormap = "gray" if as_array else INK_ON_PAPER
        axis.imshow(images[index], cmap=colormap, vmin=0, vmax=full)
        if titles is not None:
            color = GRAY if colors is None else colors[index]
            axis.set_title(titles[index], color=color, fontsize=size)
    return figure


def show_maps(image: np.ndarray, maps: np.ndarray) -> Figure:
    """Draw an image, and beside it feature maps in two rows, all on one scale.

    Parameters
    ----------
    image : numpy.ndarray, (height, width)
        What the maps were made of; floating point from 0 to 1, 0 for paper.
    maps : numpy.ndarray, (n, rows, columns)
        An even number of maps. The highest value of them all is drawn as ink, 0 as paper.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the number of maps is odd or zero.
    """
    if np.ndim(maps) != 3 or len(maps) == 0 or len(maps) % 2:
        raise ValueError(f"expected an even number of maps, found shape {np.shape(maps)}")
    columns = len(maps) // 2
    figure = plt.figure(figsize=(7.2, 14.4 / (columns + 2.2)))
    grid = figure.add_gridspec(2, columns + 1, width_ratios=[2.2, *[1] * columns])
    left = figure.add_subplot(grid[:, 0])
    left.imshow(image, cmap=INK_ON_PAPER, vmin=0, vmax=1)
    left.set_axis_off()
    for number, each in enumerate(maps):
        axis = figure.add_subplot(grid[number // columns, 1 + number % columns])
        axis.imshow(each, cmap=INK_ON_PAPER, vmin=0, vmax=np.max(maps))
        axis.set_axis_off()
    return figure


def bar_ten(
    probabilities: np.ndarray, axis: Axes | None = None, *, truth: int | None = None
) -> Axes:
    """Draw the ten numbers as ten labeled bars, the highest marked.

    Parameters
    ----------
    probabilities : numpy.ndarray, (10,)
        One number from 0 to 1 for each digit.
    axis : matplotlib.axes.Axes, optional
        Where to draw; a new figure unless given.
    truth : int, optional
        The right digit: where the highest bar is another one, it is marked as wrong.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are not ten numbers.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.shape != (10,):
        raise ValueError(f"expected ten numbers, found shape {probabilities.shape}")
    if axis is None:
        _, axis = plt.subplots(figsize=(4.6, 2.8))
    highest = int(probabilities.argmax())
    bars = axis.bar(range(10), probabilities, color=[GRAY] * 10)
    color = RIGHT if truth is None or highest == truth else WRONG
    bars[highest].set_color(color)
    axis.text(
        highest,
        probabilities[highest] + 0.02,
        f"{probabilities[highest]:.2f}",
        ha="center",
        color=color,
        fontweight="bold",
    )
    axis.set(xticks=range(10), ylim=(0, 1.12), xlabel="digit", ylabel="probability")
    return axis
