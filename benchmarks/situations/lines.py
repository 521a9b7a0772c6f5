"""Lines of digits: on ruled and squared paper, long ones, and ones that stand close."""

import numpy as np

from benchmarks.situations.ink import (
    BLUE,
    GRAPHITE,
    any_pen,
    column,
    extent,
    pick,
    sign,
)
from benchmarks.situations.paper import (
    Ruling,
    any_ground,
    any_size,
    pen_for,
)
from benchmarks.situations.sheet import Desk, Drawn, sheet, small_angle, stacked, straight

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
    image = sheet(
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


def ruled(desk: Desk) -> Drawn:
    """Write on ruled paper."""
    return _on_lines(desk, squared=False)


def squared(desk: Desk) -> Drawn:
    """Write on squared paper."""
    return _on_lines(desk, squared=True)


# --- Long numbers and close lines -----------------------------------------------------------


def long_number(desk: Desk) -> Drawn:
    """Write a number of ten digits and more."""
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
    angle = small_angle(rng) / 2
    image = sheet(
        desk,
        [(shapes, pen)],
        ground,
        size=(width, height),
        fill=(0.35, 0.96),
        angle=angle,
        unit=(26, 90),
    )
    return image, lines, what


def close_lines(desk: Desk) -> Drawn:
    """Write lines that nearly touch."""
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
    shapes = stacked(rows, gap, {"sum": 1.0, "column": 0.5}.get(how, 0.0))
    if how == "sum":
        # The rule stands above the result, and the plus before the last term.
        left, _, right, _ = extent(shapes)
        last = shapes[-len(parts[-1][0]) :]
        drop = pen.width + 0.3
        shapes[-len(last) :] = [shape.at(0, drop) for shape in last]
        y = extent(last)[1] + 0.5 * drop - 0.5 * gap
        shapes.append(straight(left - 0.3, y, right + 0.2, y + 0.03 * rng.normal()))
        term = extent(shapes[sum(lengths[:-2]) : sum(lengths[:-1])])
        shapes.append(sign("+", rng).at(left - 1.0, term[3]))
    image = sheet(
        desk, [(shapes, pen)], ground, angle=small_angle(rng), unit=(26, 300), fill=(0.5, 0.95)
    )
    lines = tuple(digits for _, digits in parts)
    return image, lines, f"{how} of {count}, gap {gap:.2f}"
