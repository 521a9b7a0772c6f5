"""A sheet with writing on it, of any size, seen by a camera or a scanner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.situations.ink import (
    Pen,
    Writer,
    any_pen,
    column,
    extent,
)
from benchmarks.situations.paper import (
    Ground,
    Ruling,
    any_size,
    blank,
    lit,
    rule,
    seen,
    write_on,
)
from benchmarks.situations.shapes import Shape, turning

# What was drawn: a picture (RGB), the digits of each line, and the variant in a few words.
Drawn = tuple[Image.Image, tuple[str, ...], str]
Layer = tuple[list[Shape], Pen]


@dataclass(frozen=True)
class Desk:
    """What a situation is made from: chance, and digits with their labels."""

    rng: np.random.Generator
    images: np.ndarray
    labels: np.ndarray

    def writer(self, pen: Pen, traced: bool | None = None) -> Writer:
        """Return a person with a pen."""
        return Writer(self.rng, self.images, self.labels, pen, traced)


@dataclass
class Placed:
    """A sheet with writing: its picture, where the writing is, and how large a digit is."""

    image: Image.Image
    taken: np.ndarray  # left, top, right, bottom, pixels
    unit: float  # pixels a digit's height
    detail: float  # pixels of the thinnest stroke
    light: float = 1.0  # how much of a shadow the ground bears


def compose(
    size: tuple[int, int],
    ground: Ground,
    layers: Sequence[Layer],
    rng: np.random.Generator,
    fill: tuple[float, float] = (0.5, 0.9),
    angle: float = 0.0,
    ruling: Ruling | None = None,
    unit: tuple[float, float] = (24, 700),
    rim: float = 0.0,
) -> Placed:
    """Put layers of shapes on a sheet, one over the other, as large as chance wants them.

    Parameters
    ----------
    size : tuple of int
        Width and height of the sheet, pixels.
    ground : Ground
        What it is made of.
    layers : sequence of Layer
        Shapes in heights of a digit, with the pen that draws them.
    rng : numpy.random.Generator
        The source of chance.
    fill : tuple of float
        Least and largest share of the largest size that fits.
    angle : float
        By how many degrees the writing and the ruling are turned.
    ruling : Ruling, optional
        Lines on the paper.
    unit : tuple of float
        Least and largest height of a digit, pixels. The least gives way to what fits.
    rim : float
        Share of the sheet's width and height that stays empty at each edge.
    """
    matrix = turning(angle)
    left, top, right, bottom = extent(
        [shape.moved(matrix) for shapes, _ in layers for shape in shapes]
    )
    around = max(pen.width for _, pen in layers) / 2 + 0.04
    left, top, right, bottom = left - around, top - around, right + around, bottom + around
    inner = np.array(size) * (1 - 2 * rim)
    fits = float(np.min(inner / (right - left, bottom - top)))
    scale = min(max(fits * rng.uniform(*fill), unit[0]), unit[1], fits)
    free = inner - scale * np.array([right - left, bottom - top])
    move = rim * np.array(size) + free * rng.uniform(0.15, 0.85, 2) - scale * np.array([left, top])
    matrix = scale * matrix
    matrix[:, 2] = move
    image = blank(*size, ground, rng)
    if ruling is not None:
        rule(image, ruling, matrix, (rng.uniform(-1, 0), rng.uniform(0, 0.12)))
    for shapes, pen in layers:
        write_on(image, [shape.moved(matrix) for shape in shapes], pen, scale, rng)
    taken = scale * np.array([left, top, right, bottom])
    detail = max(1.4, scale * min(pen.width for _, pen in layers))
    return Placed(image, taken + np.tile(move, 2), scale, detail, 0.4 if ground.dark else 1.0)


def taken_by_camera(placed: Placed, rng: np.random.Generator, scans: float = 0.3) -> Image.Image:
    """Return the sheet as a camera sees it, or with the given chance as a scanner does."""
    if rng.random() < scans:
        return placed.image
    return seen(lit(placed.image, rng, placed.light), placed.detail, rng)


def sheet(
    desk: Desk, layers: Sequence[Layer], ground: Ground, *, scans: float = 0.3, **options
) -> Image.Image:
    """Return a sheet of any size with layers on it, seen by a camera or scanned."""
    size = options.pop("size", None) or any_size(desk.rng)
    return taken_by_camera(compose(size, ground, layers, desk.rng, **options), desk.rng, scans)


def small_angle(rng: np.random.Generator) -> float:
    """Return the degrees by which a hand writes askew."""
    return float(rng.choice([0.0, rng.normal(0, 1.5)]))


def page(
    desk: Desk, bold: bool, lines: int, longest: int
) -> tuple[Pen, list[Shape], tuple[str, ...]]:
    """Return a pen, rows of digits as one list of shapes, and the digits of each line."""
    rng = desk.rng
    pen = any_pen(rng, bold)
    writer = desk.writer(pen)
    parts = [writer.number(int(rng.integers(1, longest + 1))) for _ in range(lines)]
    shapes = column(
        [writer.row(glyphs) for glyphs, _ in parts],
        rng.uniform(1.35, 1.9),
        float(rng.choice([0.0, 0.5])),
    )
    return pen, shapes, tuple(digits for _, digits in parts)


def straight(x: float, y: float, to_x: float, to_y: float) -> Shape:
    """Return a straight line."""
    return Shape((), (np.array([(x, y), (to_x, to_y)]),))


def stacked(rows: Sequence[list[Shape]], gap: float, align: float) -> list[Shape]:
    """Put rows below one another with so much paper between the highest and lowest digits."""
    widths = [extent(shapes)[2] for shapes in rows]
    placed, y = [], 0.0
    for shapes, width in zip(rows, widths, strict=True):
        _, top, _, bottom = extent(shapes)
        x = align * (max(widths) - width)
        placed += [shape.at(x, y - top) for shape in shapes]
        y += bottom - top + gap
    return placed
