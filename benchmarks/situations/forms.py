"""Digits as other countries and hurried hands write them: other forms, and touching ones."""

import numpy as np

from benchmarks.situations.ink import (
    FORMS,
    Writer,
    any_pen,
    barred,
    form,
    pick,
    slashed,
)
from benchmarks.situations.paper import (
    any_ground,
    pen_for,
)
from benchmarks.situations.shapes import Shape, evenly
from benchmarks.situations.sheet import Desk, Drawn, sheet, small_angle


def national(desk: Desk) -> Drawn:
    """Write digits as other countries do."""
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
    image = sheet(desk, [(shapes, pen)], ground, angle=small_angle(rng), fill=(0.35, 0.9))
    return image, (digits,), name + (" alone" if count == 1 else "")


def _formed(name: str, writer: Writer) -> Shape:
    if name.startswith("7 of"):
        return barred(writer.digit("7")[0], writer.rng)
    if name.startswith("0 of"):
        return slashed(writer.digit("0")[0], writer.rng)
    return writer.by_hand(form(name, writer.rng))


def touching(desk: Desk) -> Drawn:
    """Write digits so close that they touch."""
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
    image = sheet(desk, [(placed, pen)], ground, angle=small_angle(rng), fill=(0.3, 0.9))
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
