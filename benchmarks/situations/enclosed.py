"""Digits that something encloses: rings and frames, the cells of forms and tables."""

from dataclasses import replace

import numpy as np

from benchmarks.situations.ink import (
    BLACK,
    BLUE,
    GRAPHITE,
    RED,
    Pen,
    Writer,
    any_pen,
    extent,
    pick,
)
from benchmarks.situations.paper import (
    Ground,
    any_ground,
    any_size,
    pen_for,
)
from benchmarks.situations.shapes import Shape, evenly
from benchmarks.situations.sheet import Desk, Drawn, sheet, small_angle, straight

# --- Rings -------------------------------------------------------------------


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


def circled(desk: Desk) -> Drawn:
    """Ring or frame each digit, or a number."""
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
    return sheet(desk, layers, ground, angle=small_angle(rng)), lines, f"{what}, {other.name}"


# --- Cells ----------------------------------------------------------------------------------


def _box(left: float, top: float, wide: float, tall: float) -> Shape:
    right, bottom = left + wide, top + tall
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return Shape((), (np.array(corners),))


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


def cells(desk: Desk) -> Drawn:
    """Fill the cells of a form, a comb or a table."""
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
                lines_at.append(straight(left, 0.55 * tall, left, tall))
                lines_at.append(straight(left, tall, left + wide, tall))
                if number == count - 1:
                    lines_at.append(straight(left + wide, 0.55 * tall, left + wide, tall))
            else:
                lines_at.append(_box(left, 0, wide, tall))
            left += wide + (0.25 if how == "boxes" else 0)
        left += 0.45
    layers = [(lines_at, printed), (shapes, pen)]
    image = sheet(desk, layers, ground, fill=(0.3, 0.95), unit=(32, 400), angle=small_angle(rng))
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
    bars = [straight(0, n * tall, columns * wide, n * tall) for n in range(rows + 1)]
    bars += [straight(n * wide, 0, n * wide, rows * tall) for n in range(columns + 1)]
    layers = [(bars, printed), (shapes, writer.pen)]
    if how == "sudoku":
        thick = [
            _box(3 * x * wide, 3 * y * tall, 3 * wide, 3 * tall) for x in range(3) for y in range(3)
        ]
        layers.append((thick, replace(printed, width=2.5 * printed.width)))
    size = any_size(rng, 640 if how == "sudoku" else 480)
    image = sheet(desk, layers, ground, size=size, fill=(0.7, 0.98), angle=small_angle(rng))
    name = "sudoku" if how == "sudoku" else f"table of {rows} x {columns}"
    return image, tuple(lines), name
