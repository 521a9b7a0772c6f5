"""Digits among other signs: equations, fractions, words."""

from dataclasses import replace

from benchmarks.situations.ink import (
    BLACK,
    GRAPHITE,
    HAND_FONTS,
    NIGHT,
    PRINT_FONTS,
    Pen,
    Writer,
    any_pen,
    extent,
    pick,
    sign,
    word,
)
from benchmarks.situations.paper import (
    Ground,
    any_ground,
    pen_for,
)
from benchmarks.situations.sheet import Desk, Drawn, sheet, small_angle, stacked, straight
from digitlib.fonts import MATPLOTLIB_HELD_OUT

# N is a number of one to three digits, D one of two, X a letter.
EQUATIONS = (
    "N+N=N", "N-N=N", "NxN=N", "N:N=N", "N÷N", "N/N", "(N+N)xN", "N-(N+N)", "[N-N]:N", "N.N+N.N",
    "N,N-N", "D/D/D", "D.D.D", "N%", "∫NXdX", "N(N-N)=N", "(D)N-N", "NX+N=N", "N%-N%",
)  # fmt: skip


def equation(desk: Desk) -> Drawn:
    """Write an equation or a fraction."""
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
    image = sheet(desk, [(shapes, pen)], ground, angle=small_angle(rng), fill=(0.45, 0.95))
    return image, (digits,), pattern


def _fraction(desk: Desk, writer: Writer, ground: Ground) -> Drawn:
    """Write a number above another one, with a bar between them."""
    rng = desk.rng
    parts = [writer.number(int(rng.integers(1, 4))) for _ in range(2)]
    gap = rng.uniform(0.35, 0.7) + writer.pen.width
    shapes = stacked([writer.row(glyphs) for glyphs, _ in parts], gap, 0.5)
    left, _, right, _ = extent(shapes)
    y = extent(shapes[: len(parts[0][0])])[3] + gap / 2
    shapes.append(straight(left - 0.2, y, right + 0.2, y + 0.02 * rng.normal()))
    image = sheet(desk, [(shapes, writer.pen)], ground, fill=(0.3, 0.9), unit=(30, 350))
    return image, tuple(digits for _, digits in parts), "fraction"


# Letters that look like digits stand only inside words here.
LABELS = (
    "Room", "Name", "Total", "Goals", "Bill", "SOLD", "Oslo", "Lisa", "Biology", "Zebra", "Page",
    "Soil", "Quiz", "Tables", "Igloo", "Street", "Price", "Size", "Class", "Team", "House",
    "Boxes", "Question", "Points", "Zoology", "Oil", "Bibel", "Solo", "Zimmer", "Haus",
)  # fmt: skip
UNITS = ("kg", "cm", "Euro", "km", "miles", "litres", "books", "goals", "Zoll", "boxes")


def words(desk: Desk) -> Drawn:
    """Write a number among words."""
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
        under = straight(left - 0.2, bottom + 0.15, right + 0.6, bottom + 0.15)
        layers.append(([under], replace(ink, width=0.025)))
    image = sheet(desk, layers, ground, angle=small_angle(rng), fill=(0.5, 0.95))
    return image, (digits,), f"{text!r} {how} the number, {font}"
