"""The situations: what stands on the sheet, what else is on it, and where the sheet is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from benchmarks.situations.clutter import clutter
from benchmarks.situations.ink import (
    BLACK,
    BLUE,
    FORMS,
    GRAPHITE,
    GREEN,
    HAND_FONTS,
    NIGHT,
    PRINT_FONTS,
    PURPLE,
    RED,
    Pen,
    Writer,
    any_pen,
    barred,
    column,
    extent,
    form,
    pick,
    sign,
    slashed,
    word,
)
from benchmarks.situations.paper import (
    SCREENS,
    Ground,
    Ruling,
    any_ground,
    any_size,
    blank,
    lit,
    pen_for,
    rule,
    seen,
    write_on,
)
from benchmarks.situations.rooms import held, put_hand, room
from benchmarks.situations.shapes import Shape, evenly, turning
from digitlib.fonts import MATPLOTLIB_HELD_OUT

# What was drawn: a picture (RGB), the digits of each line, and the variant in a few words.
Drawn = tuple[Image.Image, tuple[str, ...], str]
Layer = tuple[list[Shape], Pen]


@dataclass(frozen=True)
class Situation:
    """A picture of a situation, and what is written in it.

    Attributes
    ----------
    image : numpy.ndarray of uint8, (height, width, 3)
        The picture, BGR.
    lines : tuple of str
        The digits of each line from the top, as in ``("314", "15")``; none in clutter.
    kind : str
        One of ``KINDS``.
    what : str
        The variant in a few words.
    """

    image: np.ndarray
    lines: tuple[str, ...]
    kind: str
    what: str


@dataclass(frozen=True)
class Desk:
    """What a situation is made from: chance, and digits with their labels."""

    rng: np.random.Generator
    images: np.ndarray
    labels: np.ndarray

    def writer(self, pen: Pen, traced: bool | None = None) -> Writer:
        """Return a person with a pen."""
        return Writer(self.rng, self.images, self.labels, pen, traced)


# --- Composition ----------------------------------------------------------------------------


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


def _sheet(
    desk: Desk, layers: Sequence[Layer], ground: Ground, *, scans: float = 0.3, **options
) -> Image.Image:
    """Return a sheet of any size with layers on it, seen by a camera or scanned."""
    size = options.pop("size", None) or any_size(desk.rng)
    return taken_by_camera(compose(size, ground, layers, desk.rng, **options), desk.rng, scans)


def _small_angle(rng: np.random.Generator) -> float:
    return float(rng.choice([0.0, rng.normal(0, 1.5)]))


# --- Things around digits -------------------------------------------------------------------


def _ring(around: np.ndarray, how: str, margin: float, rng: np.random.Generator) -> Shape:
    """Return a hand's line around left, top, right, bottom: an ellipse, a circle or a box."""
    left, top, right, bottom = around
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    half = np.array([(right - left) / 2, (bottom - top) / 2])
    if how == "box":
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * (half + margin)
        corners = corners + rng.normal(0, 0.12 * margin + 0.01, corners.shape)
        sides = [evenly(corners[side : side + 2], 0.1) for side in range(4)]
        bent = [
            side + 0.03 * rng.normal() * np.sin(np.linspace(0, np.pi, len(side)))[:, np.newaxis]
            for side in sides
        ]
        return Shape((), (np.concatenate(bent) + middle,))
    half = 1.2 * half + margin
    if how == "circle":
        half = np.full(2, np.hypot(*(half / 1.2)))
    start, over = rng.uniform(0, 2 * np.pi), rng.uniform(-0.1, 0.5)
    turn = np.linspace(start, start + 2 * np.pi + over, 90)
    power = 2 / rng.uniform(2.3, 2.8) if how == "ellipse" else 1
    path = np.column_stack(
        [
            np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power,
            np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power,
        ]
    )
    wobble = 1 + 0.02 * np.sin(2 * turn + rng.uniform(0, 6)) + np.linspace(0, 0.04, len(turn))
    return Shape((), (middle + half * path * wobble[:, np.newaxis],))


def _circled(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    how = pick(rng, ("circle", "ellipse", "ellipse", "box"))
    other = replace(pen, width=rng.uniform(0.03, 0.08))
    paper = rng.uniform(0.03, 0.4)
    tight = "tight" if paper < 0.15 else "wide"
    margin = paper + (pen.width + other.width) / 2
    if not ground.dark and rng.random() < 0.4:
        other = replace(other, color=RED, grain=0.0, name="red pen")
    if rng.random() < 0.45:
        shapes, digits = writer.number(int(rng.integers(1, 6)))
        reach = 1.0 + 2.6 * margin
        placed = writer.row(shapes, (reach, reach + 0.5), 0.06)
        rings = [_ring(extent([shape]), how, margin, rng) for shape in placed]
        what, lines = f"each digit in a {tight} {how}", (digits,)
    else:
        parts = [writer.number(int(rng.integers(2, 6))) for _ in range(rng.integers(1, 4))]
        rows = [writer.row(shapes) for shapes, _ in parts]
        shifts = [(0.3 * rng.uniform(-1, 1), n * (1.7 + 2 * margin)) for n in range(len(rows))]
        placed_rows = [
            [shape.at(*shift) for shape in shapes]
            for shapes, shift in zip(rows, shifts, strict=True)
        ]
        chosen = placed_rows[int(rng.integers(len(rows)))]
        placed = [shape for shapes in placed_rows for shape in shapes]
        rings = [_ring(extent(chosen), "box" if how == "box" else "ellipse", margin, rng)]
        lines = tuple(digits for _, digits in parts)
        what = f"a number in a {tight} {'box' if how == 'box' else 'ellipse'}"
    layers = [(placed, pen), (rings, other)]
    return _sheet(desk, layers, ground, angle=_small_angle(rng)), lines, f"{what}, {other.name}"


# --- Cells ----------------------------------------------------------------------------------


def _box(left: float, top: float, wide: float, tall: float) -> Shape:
    right, bottom = left + wide, top + tall
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return Shape((), (np.array(corners),))


def _line(x: float, y: float, to_x: float, to_y: float) -> Shape:
    return Shape((), (np.array([(x, y), (to_x, to_y)]),))


def _in_cell(
    shapes: list[Shape], left: float, top: float, wide: float, tall: float, writer: Writer
) -> list[Shape]:
    """Write into a cell: about in its middle, made smaller where it is too wide."""
    placed = writer.row(shapes, (0.1, 0.2))
    around = extent(placed)
    inside = np.array([wide, tall]) - writer.pen.width - 0.1
    scale = min(1.0, *(inside / (around[2:] - around[:2])))
    room_left = np.array([wide, tall]) - scale * (around[2:] - around[:2])
    corner = np.array([left, top]) + room_left * writer.rng.uniform(0.4, 0.6, 2)
    x, y = corner - scale * around[:2]
    return [shape.at(x, y, scale) for shape in placed]


def _cells(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng, boards=0.0)
    pen = any_pen(rng)
    writer = desk.writer(pen)
    how = pick(rng, ("boxes", "comb", "row", "date", "table", "table", "sudoku"))
    color = pick(rng, (BLACK, GRAPHITE, (0.55, 0.55, 0.58), BLUE, (0.85, 0.45, 0.2)))
    printed = Pen("print", rng.uniform(0.02, 0.06), color)
    wide, tall = rng.uniform(1.1, 1.9), rng.uniform(1.25, 1.9)
    if how in ("table", "sudoku"):
        return _table(desk, how, writer, printed, ground)
    counts = {"date": (2, 2, int(pick(rng, (2, 4))))}.get(how, (int(rng.integers(3, 10)),))
    shapes, lines_at, digits, left = [], [], "", 0.0
    for count in counts:
        for number in range(count):
            glyph, digit = writer.digit()
            digits += digit
            shapes += _in_cell([glyph], left, 0, wide, tall, writer)
            if how == "comb":
                lines_at.append(_line(left, 0.55 * tall, left, tall))
                lines_at.append(_line(left, tall, left + wide, tall))
                if number == count - 1:
                    lines_at.append(_line(left + wide, 0.55 * tall, left + wide, tall))
            else:
                lines_at.append(_box(left, 0, wide, tall))
            left += wide + (0.25 if how == "boxes" else 0)
        left += 0.45
    layers = [(lines_at, printed), (shapes, pen)]
    image = _sheet(desk, layers, ground, fill=(0.3, 0.95), unit=(32, 400), angle=_small_angle(rng))
    return image, (digits,), {"date": "date boxes", "row": "a row of cells"}.get(how, how)


def _table(desk: Desk, how: str, writer: Writer, printed: Pen, ground: Ground) -> Drawn:
    rng = desk.rng
    rows, columns = (9, 9) if how == "sudoku" else pick(rng, ((3, 3), (4, 5), (3, 4), (5, 3)))
    longest = 1 if how == "sudoku" else int(rng.integers(1, 4))
    wide = 1.35 if how == "sudoku" else rng.uniform(0.55, 0.9) * longest + 0.7
    tall = 1.35 if how == "sudoku" else rng.uniform(1.25, 1.7)
    chance = rng.uniform(0.2, 0.5) if how == "sudoku" else rng.uniform(0.75, 1)
    shapes, lines = [], []
    for line in range(rows):
        digits = ""
        for place in range(columns):
            if rng.random() > chance and (line, place) != (0, 0):
                continue
            length = int(rng.integers(1, longest + 1))
            glyphs, found = writer.number(length, "123456789" if how == "sudoku" else "0123456789")
            shapes += _in_cell(glyphs, place * wide, line * tall, wide, tall, writer)
            digits += found
        if digits:
            lines.append(digits)
    bars = [_line(0, n * tall, columns * wide, n * tall) for n in range(rows + 1)]
    bars += [_line(n * wide, 0, n * wide, rows * tall) for n in range(columns + 1)]
    layers = [(bars, printed), (shapes, writer.pen)]
    if how == "sudoku":
        thick = [
            _box(3 * x * wide, 3 * y * tall, 3 * wide, 3 * tall) for x in range(3) for y in range(3)
        ]
        layers.append((thick, replace(printed, width=2.5 * printed.width)))
    size = any_size(rng, 640 if how == "sudoku" else 480)
    image = _sheet(desk, layers, ground, size=size, fill=(0.7, 0.98), angle=_small_angle(rng))
    name = "sudoku" if how == "sudoku" else f"table of {rows} x {columns}"
    return image, tuple(lines), name


# --- Rulings --------------------------------------------------------------------------------


def _on_lines(desk: Desk, squared: bool) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng, boards=0.0)
    pen = any_pen(rng)
    writer = desk.writer(pen)
    parts = [writer.number(int(rng.integers(2, 8))) for _ in range(pick(rng, (1, 1, 2, 3)))]
    narrow = rng.random() < 0.3
    if squared:
        pitch = rng.uniform(0.25, 0.45) if narrow else rng.uniform(0.45, 1.3)
    else:
        pitch = rng.uniform(0.35, 0.6) if narrow else rng.uniform(0.8, 1.7)
    step = pitch * np.ceil(1.25 / pitch)
    placed = column([writer.row(shapes) for shapes, _ in parts], step)
    size = any_size(rng, 400)
    turned = float(rng.choice([0.0, rng.uniform(-4, 4)]))
    strength = rng.uniform(0.2, 1)
    print_color = np.array(pick(rng, (BLUE, GRAPHITE, (0.35, 0.55, 0.75), (0.45, 0.3, 0.5))))
    color = tuple(print_color * strength + np.array(ground.color) * (1 - strength))
    # Lines as thick as the strokes would be a puzzle, not a sheet.
    estimate = 0.6 * pen.width * min(size[0] / 6, size[1] / 2)
    width = float(np.clip(rng.uniform(0.8, 3.5), 0.8, max(0.9, 0.4 * estimate)))
    margin = float(extent(placed)[0] - 0.5) if not squared and rng.random() < 0.3 else None
    ruling = Ruling(pitch, width, color, squared, margin)
    image = _sheet(
        desk,
        [(placed, pen)],
        ground,
        size=size,
        ruling=ruling,
        angle=turned,
        scans=0.5,
        fill=(0.45, 0.9),
        unit=(30, 260),
    )
    level = "level" if turned == 0 else "turned"
    what = f"{'narrow ' if narrow else ''}{'dark' if strength > 0.6 else 'pale'} lines, {level}"
    return image, tuple(digits for _, digits in parts), what


def _ruled(desk: Desk) -> Drawn:
    return _on_lines(desk, squared=False)


def _squared(desk: Desk) -> Drawn:
    return _on_lines(desk, squared=True)


# --- Long numbers and close lines -----------------------------------------------------------


def _long_number(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    how = pick(rng, ("number", "number", "phone", "page"))
    gap = (0.14, 0.3)
    if how == "page":
        parts = [writer.number(int(rng.integers(12, 15))) for _ in range(rng.integers(4, 7))]
        shapes = column([writer.row(shapes, gap) for shapes, _ in parts], rng.uniform(1.5, 2.0))
        lines = tuple(digits for _, digits in parts)
        what = f"page of {len(lines)} lines"
    elif how == "phone":
        groups = pick(rng, ((3, 3, 4), (4, 3, 4), (2, 2, 2, 2, 2), (4, 7), (3, 4, 4), (4, 4, 4, 4)))
        space = rng.uniform(0.45, 0.9)
        shapes, digits, right = [], "", 0.0
        for count in groups:
            glyphs, found = writer.number(count)
            shapes += [shape.at(right, 0) for shape in writer.row(glyphs, gap)]
            right, digits = extent(shapes)[2] + space, digits + found
        lines, what = (digits,), f"{len(groups)} groups"
    else:
        glyphs, digits = writer.number(int(rng.integers(10, 21)))
        shapes, lines = writer.row(glyphs, gap), (digits,)
        what = f"{len(digits)} digits"
    width, height = any_size(rng, 640)
    width = max(width, height)
    if how != "page" and rng.random() < 0.3:
        height = int(width * rng.uniform(0.12, 0.3))
    angle = _small_angle(rng) / 2
    image = _sheet(
        desk,
        [(shapes, pen)],
        ground,
        size=(width, height),
        fill=(0.35, 0.96),
        angle=angle,
        unit=(26, 90),
    )
    return image, lines, what


def _stacked(rows: Sequence[list[Shape]], gap: float, align: float) -> list[Shape]:
    """Put rows below one another with so much paper between the highest and lowest digits."""
    widths = [extent(shapes)[2] for shapes in rows]
    placed, y = [], 0.0
    for shapes, width in zip(rows, widths, strict=True):
        _, top, _, bottom = extent(shapes)
        x = align * (max(widths) - width)
        placed += [shape.at(x, y - top) for shape in shapes]
        y += bottom - top + gap
    return placed


def _close_lines(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    how = pick(rng, ("lines", "lines", "sum", "column"))
    # From edge to edge: the pens' own widths are in it.
    gap = rng.uniform(0.03, 0.3) + pen.width
    count = int(rng.integers(3, 6))
    lengths = [1] * count if how == "column" else rng.integers(2 if how == "sum" else 3, 7, count)
    parts = [writer.number(int(length)) for length in lengths]
    rows = [writer.row(shapes, jump=0.0) for shapes, _ in parts]
    shapes = _stacked(rows, gap, {"sum": 1.0, "column": 0.5}.get(how, 0.0))
    if how == "sum":
        # The rule stands above the result, and the plus before the last term.
        left, _, right, _ = extent(shapes)
        last = shapes[-len(parts[-1][0]) :]
        drop = pen.width + 0.3
        shapes[-len(last) :] = [shape.at(0, drop) for shape in last]
        y = extent(last)[1] + 0.5 * drop - 0.5 * gap
        shapes.append(_line(left - 0.3, y, right + 0.2, y + 0.03 * rng.normal()))
        term = extent(shapes[sum(lengths[:-2]) : sum(lengths[:-1])])
        shapes.append(sign("+", rng).at(left - 1.0, term[3]))
    image = _sheet(
        desk, [(shapes, pen)], ground, angle=_small_angle(rng), unit=(26, 300), fill=(0.5, 0.95)
    )
    lines = tuple(digits for _, digits in parts)
    return image, lines, f"{how} of {count}, gap {gap:.2f}"


# --- Crops and drawings ---------------------------------------------------------------------


def _tight_crop(desk: Desk) -> Drawn:
    rng = desk.rng
    how = pick(rng, ("digit", "digit", "number", "file", "file"))
    if how == "file":
        return _file(desk)
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    glyphs, digits = writer.number(1 if how == "digit" else int(rng.integers(2, 6)))
    shapes = writer.row(glyphs)
    size = any_size(rng, 320, 1280)
    placed = compose(size, ground, [(shapes, pen)], rng, (0.25, 0.9), unit=(40, 900))
    image = seen(lit(placed.image, rng, 0.6), placed.detail, rng)
    # Half the rim that the composition keeps is ink, the rest is cut away here.
    inner = placed.taken + 0.04 * placed.unit * np.array([1, 1, -1, -1])
    margin = rng.uniform(0, 0.06, 4) * (inner[3] - inner[1]) * [-1, -1, 1, 1]
    left, top, right, bottom = inner + margin
    crop = (
        max(0, int(left)),
        max(0, int(top)),
        min(size[0], int(np.ceil(right))),
        min(size[1], int(np.ceil(bottom))),
    )
    return image.crop(crop), (digits,), f"{how}, {np.abs(margin).max() / placed.unit:.0%} of paper"


def _file(desk: Desk) -> Drawn:
    """Return a digit as MNIST stores it, cropped to its ink, tiny or enlarged."""
    rng = desk.rng
    index = int(rng.integers(len(desk.images)))
    image = desk.images[index]
    rows, columns = np.flatnonzero(image.max(axis=1) > 60), np.flatnonzero(image.max(axis=0) > 60)
    margin = int(rng.integers(0, 3))
    low = np.maximum([rows[0] - margin, columns[0] - margin], 0)
    crop = image[low[0] : rows[-1] + 1 + margin, low[1] : columns[-1] + 1 + margin]
    height = int(rng.integers(24, 61)) if rng.random() < 0.6 else int(rng.integers(61, 600))
    width = max(6, round(height * crop.shape[1] / crop.shape[0]))
    way = pick(rng, (Image.Resampling.NEAREST, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS))
    large = Image.fromarray(crop).resize((width, height), way)
    white = rng.random() < 0.35
    if white:
        large = large.point([255 - value for value in range(256)])
    what = f"file, {'black on white' if white else 'white on black'}, {margin} pixels around"
    return large.convert("RGB"), (str(desk.labels[index]),), what


def _tablet(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = pick(rng, SCREENS)
    bright = ((1, 1, 1), (0.4, 0.9, 1), (1, 0.9, 0.3), (1, 0.35, 0.3), (0.5, 1, 0.5))
    color = (
        pick(rng, bright) if ground.dark else pick(rng, (BLACK, BLACK, BLUE, GREEN, RED, PURPLE))
    )
    pen = Pen("stylus", rng.uniform(0.008, 0.03), color, 1.0, 0.0, float(rng.choice([0, 0, 0.2])))
    writer = desk.writer(pen, traced=True)
    shapes, digits = writer.number(int(rng.integers(1, 5)))
    size = any_size(rng, 320)
    layers = [(writer.row(shapes, (0.12, 0.4)), pen)]
    placed = compose(size, ground, layers, rng, (0.6, 0.97), unit=(60, 1200))
    return placed.image, (digits,), f"{ground.name}, stroke of {pen.width:.1%}"


# --- Signs and words ------------------------------------------------------------------------

# N is a number of one to three digits, D one of two, X a letter.
EQUATIONS = (
    "N+N=N", "N-N=N", "NxN=N", "N:N=N", "N÷N", "N/N", "(N+N)xN", "N-(N+N)", "[N-N]:N", "N.N+N.N",
    "N,N-N", "D/D/D", "D.D.D", "N%", "∫NXdX", "N(N-N)=N", "(D)N-N", "NX+N=N", "N%-N%",
)  # fmt: skip


def _equation(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng, boards=0.25)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    if rng.random() < 0.15:
        return _fraction(desk, writer, ground)
    pattern = pick(rng, EQUATIONS)
    letter, font = pick(rng, ("x", "y", "n")), pick(rng, HAND_FONTS + MATPLOTLIB_HELD_OUT)
    glyphs, digits = [], ""
    for token in pattern:
        if token in "ND":
            shapes, found = writer.number(2 if token == "D" else int(rng.integers(1, 4)))
            glyphs += shapes
            digits += found
        elif token in "Xd":
            glyphs.append(word(letter if token == "X" else token, font).at(0, 0, 1.1))
        else:
            glyphs.append(writer.by_hand(sign(token, rng)))
    shapes = writer.row(glyphs, (0.14 + 0.5 * pen.width, 0.34 + pen.width))
    image = _sheet(desk, [(shapes, pen)], ground, angle=_small_angle(rng), fill=(0.45, 0.95))
    return image, (digits,), pattern


def _fraction(desk: Desk, writer: Writer, ground: Ground) -> Drawn:
    """Write a number above another one, with a bar between them."""
    rng = desk.rng
    parts = [writer.number(int(rng.integers(1, 4))) for _ in range(2)]
    gap = rng.uniform(0.35, 0.7) + writer.pen.width
    shapes = _stacked([writer.row(glyphs) for glyphs, _ in parts], gap, 0.5)
    left, _, right, _ = extent(shapes)
    y = extent(shapes[: len(parts[0][0])])[3] + gap / 2
    shapes.append(_line(left - 0.2, y, right + 0.2, y + 0.02 * rng.normal()))
    image = _sheet(desk, [(shapes, writer.pen)], ground, fill=(0.3, 0.9), unit=(30, 350))
    return image, tuple(digits for _, digits in parts), "fraction"


# Letters that look like digits stand only inside words here.
LABELS = (
    "Room", "Name", "Total", "Goals", "Bill", "SOLD", "Oslo", "Lisa", "Biology", "Zebra", "Page",
    "Soil", "Quiz", "Tables", "Igloo", "Street", "Price", "Size", "Class", "Team", "House",
    "Boxes", "Question", "Points", "Zoology", "Oil", "Bibel", "Solo", "Zimmer", "Haus",
)  # fmt: skip
UNITS = ("kg", "cm", "Euro", "km", "miles", "litres", "books", "goals", "Zoll", "boxes")


def _words(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng, boards=0.1)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    glyphs, digits = writer.number(int(rng.integers(2, 6)))
    number = writer.row(glyphs)
    by_hand = ground.dark or rng.random() < 0.55
    font = pick(rng, HAND_FONTS) if by_hand else pick(rng, PRINT_FONTS)
    ink = pen if by_hand else Pen("print", pen.width, pick(rng, (BLACK, GRAPHITE, NIGHT)))
    how = pick(rng, ("before", "before", "behind", "above", "form"))
    text = pick(rng, UNITS if how == "behind" else LABELS) + (":" if how == "form" else "")
    label = word(text, font).at(0, 0, rng.uniform(0.9, 1.4) if how != "above" else 0.9)
    around, written = extent([label]), extent(number)
    gap = rng.uniform(0.45, 0.9)
    if how == "behind":
        label = label.at(written[2] + gap, 0)
    elif how == "above":
        label = label.at(rng.uniform(0, 0.5), written[1] - around[3] - gap)
    else:
        number = [shape.at(around[2] + gap, 0) for shape in number]
    layers = [(number, pen), ([label], ink)]
    if how == "form":
        left, _, right, bottom = extent(number)
        under = _line(left - 0.2, bottom + 0.15, right + 0.6, bottom + 0.15)
        layers.append(([under], replace(ink, width=0.025)))
    image = _sheet(desk, layers, ground, angle=_small_angle(rng), fill=(0.5, 0.95))
    return image, (digits,), f"{text!r} {how} the number, {font}"


# --- Forms of digits ------------------------------------------------------------------------


def _national(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen, traced=True)
    name = pick(rng, (*FORMS, "7 of MNIST with a bar", "0 of MNIST with a slash"))
    count = 1 if rng.random() < 0.4 else int(rng.integers(2, 7))
    place = int(rng.integers(count))
    glyphs, digits = [], ""
    for number in range(count):
        if number == place:
            digit, glyph = name[0], _formed(name, writer)
        elif rng.random() < 0.3:
            other = pick(rng, tuple(FORMS))
            digit, glyph = other[0], _formed(other, writer)
        else:
            glyph, digit = writer.digit()
        glyphs.append(glyph)
        digits += digit
    shapes = writer.row(glyphs)
    image = _sheet(desk, [(shapes, pen)], ground, angle=_small_angle(rng), fill=(0.35, 0.9))
    return image, (digits,), name + (" alone" if count == 1 else "")


def _formed(name: str, writer: Writer) -> Shape:
    if name.startswith("7 of"):
        return barred(writer.digit("7")[0], writer.rng)
    if name.startswith("0 of"):
        return slashed(writer.digit("0")[0], writer.rng)
    return writer.by_hand(form(name, writer.rng))


def _touching(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    pen = pen_for(ground, any_pen(rng), rng)
    writer = desk.writer(pen)
    overlap = rng.uniform(0, 0.04)
    count = int(rng.integers(2, 5))
    # To persons too, a 1 that touches is a part of its neighbor, the open top of a 4 is another
    # stroke of what stands before it, and two 7s are an m.
    allowed = "02356789"
    glyph, digits = writer.digit(allowed + "4")
    placed = [glyph]
    while len(placed) < count:
        others = allowed.replace("7", "") if digits[-1] == "7" else allowed
        glyph, digit = writer.digit(others)
        move, contact = _until_touch(placed[-1], glyph)
        if contact < 0.25:
            placed.append(glyph.at(move + writer.thick - overlap, 0.03 * rng.normal()))
            digits += digit
    image = _sheet(desk, [(placed, pen)], ground, angle=_small_angle(rng), fill=(0.3, 0.9))
    return image, (digits,), f"overlap of {overlap:.0%}"


def _until_touch(left: Shape, right: Shape) -> tuple[float, float]:
    """Return how far right a shape has to move to touch another one, and over what height."""
    levels = np.arange(-1.2, 0.2, 0.02)

    def rim(shape: Shape, side: int) -> np.ndarray:
        points = np.concatenate([evenly(line, 0.02) for line in shape.outlines + shape.strokes])
        near = [points[np.abs(points[:, 1] - level) < 0.03, 0] for level in levels]
        return np.array([(side * found).max() if len(found) else -np.inf for found in near])

    reach = rim(left, 1) + rim(right, -1)
    near = levels[reach > reach.max() - 0.08]
    return float(reach.max()), float(near[-1] - near[0])


# --- Sheets in rooms, turned pages ----------------------------------------------------------


def _page(
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


def _room(desk: Desk) -> Drawn:
    rng = desk.rng
    width, height = pick(rng, ((640, 480), (640, 480), (1280, 720)))
    pen, shapes, lines = _page(desk, True, int(rng.integers(1, 4)), 5)
    share = rng.uniform(0.45, 0.85)
    aspect = pick(rng, (1.414, 1.414, 1.6, 1.25, 1.0, 0.75))
    wide = share * width
    tall = min(wide / aspect, 0.97 * height)
    ground = any_ground(rng, boards=0.0)
    ruling = None
    if rng.random() < 0.35:
        color = tuple(0.45 * np.array(ground.color) + 0.55 * np.array(pick(rng, (BLUE, GRAPHITE))))
        ruling = Ruling(rng.uniform(0.3, 0.9), rng.uniform(0.5, 1.2), color, rng.random() < 0.5)
    size = (int(wide), int(tall))
    # Where a hand may hold the sheet there is no writing.
    sheet = compose(
        size, ground, [(shapes, pen)], rng, (0.6, 1), rng.normal(0, 1), ruling, rim=0.11
    )
    corners = _corners(wide, tall, width, height, rng)
    scene, where = room(width, height, rng)
    image = held(scene, lit(sheet.image, rng), corners, rng)
    hand = rng.random() < 0.5
    if hand:
        put_hand(image, corners, rng)
    what = f"sheet of {share:.0%}, {pen.name}, {where}{', a hand' if hand else ''}"
    return seen(image, sheet.detail, rng, rng.uniform(1, 2.2)), lines, what


def _corners(
    wide: float, tall: float, width: int, height: int, rng: np.random.Generator
) -> np.ndarray:
    """Return where the corners of a sheet lie that is held a little askew, float (4, 2)."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (wide / 2, tall / 2)
    matrix = turning(rng.normal(0, 4))
    corners = half @ matrix[:, :2].T + rng.uniform(-0.03, 0.03, (4, 2)) * wide
    low, high = corners.min(axis=0), corners.max(axis=0)
    free = np.array([width, height]) - (high - low)
    move = np.where(free > 0, free * rng.uniform(0.1, 0.9, 2), 0.0)
    return corners - low + move


def _clutter(desk: Desk) -> Drawn:
    image, what = clutter(desk.rng)
    return image, (), what


def _turned(desk: Desk) -> Drawn:
    rng = desk.rng
    ground = any_ground(rng)
    while True:
        pen, shapes, lines = _page(desk, False, int(rng.integers(1, 4)), 6)
        # 0, 1, 6, 8 and 9 do not tell which way up they stand.
        if sum(digit in "23457" for line in lines for digit in line) >= 2:
            break
    pen = pen_for(ground, pen, rng)
    turn = pick(rng, (90, 180, 180, 270))
    size = any_size(rng)
    placed = compose(size, ground, [(shapes, pen)], rng, (0.5, 0.9), rng.normal(0, 1))
    placed.image = placed.image.rotate(-turn, expand=True)
    return taken_by_camera(placed, rng), lines, f"{turn} degrees clockwise"


DRAW: dict[str, Callable[[Desk], Drawn]] = {
    "circled": _circled,
    "cells": _cells,
    "ruled": _ruled,
    "squared": _squared,
    "long number": _long_number,
    "close lines": _close_lines,
    "tight crop": _tight_crop,
    "tablet": _tablet,
    "equation": _equation,
    "words": _words,
    "national forms": _national,
    "touching": _touching,
    "room": _room,
    "clutter": _clutter,
    "turned": _turned,
}
KINDS = tuple(DRAW)


def draw(kind: str, rng: np.random.Generator, images: np.ndarray, labels: np.ndarray) -> Situation:
    """Draw a picture of a situation.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same picture.
    images : numpy.ndarray of uint8, (n, 28, 28)
        The digits to write with, in MNIST's own form; each of the ten has to be there.
    labels : numpy.ndarray of int, (n,)
        Which digits they are, 0 to 9.

    Returns
    -------
    Situation

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in DRAW:
        raise ValueError(f"expected a kind out of {', '.join(KINDS)}, found {kind!r}")
    image, lines, what = DRAW[kind](Desk(rng, images, labels))
    return Situation(np.ascontiguousarray(np.asarray(image)[..., ::-1]), lines, kind, what)
