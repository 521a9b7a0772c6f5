"""Words, signs and digits as a person writes them with a pen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import contourpy
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from benchmarks.situations.glyphs import (
    center_lines,
    outlines_of,
    parts_and_loops,
    smooth_field,
    standing,
)
from benchmarks.situations.shapes import (
    Canvas,
    Color,
    Shape,
    curve,
    evenly,
    extent,
    turning,
)
from digitlib.fonts import (
    HANDWRITING_HELD_OUT,
    MATPLOTLIB_HELD_OUT,
    PRINTED_HELD_OUT,
    font_path,
)

# What is judged with is not trained with.
HAND_FONTS = HANDWRITING_HELD_OUT
PRINT_FONTS = PRINTED_HELD_OUT + MATPLOTLIB_HELD_OUT
FONT_SIZE = 110  # pixels at which the outlines of letters are taken


# --- Words and signs ------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _typeface(font: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(font), FONT_SIZE)


@lru_cache(maxsize=2000)
def word(text: str, font: str) -> Shape:
    """Return a line of text, a capital 0.7 high or so, from x = 0 on, standing on y = 0."""
    face = _typeface(font)
    left, top, right, bottom = face.getbbox(text, anchor="ls")
    page = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(page).text((2 - left, 2 - top), text, 255, face, anchor="ls")
    rims = contourpy.contour_generator(z=np.asarray(page)).lines(127)
    if not rims:
        raise ValueError(f"{font} draws nothing for {text!r}")
    shape = Shape(tuple(rim[:-1] / FONT_SIZE for rim in rims)).at(0, (top - 2) / FONT_SIZE)
    return shape.at(-extent([shape])[0], 0)


# Lines through points, in hundredths of a digit's height.
SIGNS = {
    "+": "0,-45 50,-45 | 25,-70 25,-20",
    "-": "0,-45 45,-45",
    "=": "0,-57 50,-57 | 0,-33 50,-33",
    "x": "0,-60 42,-12 | 42,-60 0,-12",
    "÷": "0,-42 50,-42 | 25,-66 | 25,-17",
    ":": "5,-60 | 5,-14",
    ".": "5,-2",
    ",": "10,-5 8,6 0,18",
    "/": "0,14 30,-48 62,-114",
    "(": "20,-110 4,-78 0,-45 5,-12 22,15",
    ")": "0,-110 16,-78 20,-45 15,-12 -2,15",
    "[": "20,-108 0,-108 | 0,-108 0,12 | 0,12 20,12",
    "]": "0,-108 20,-108 | 20,-108 20,12 | 20,12 0,12",
    "%": "8,2 58,-98 | 13,-90 0,-75 13,-60 26,-75 13,-90 | 55,-35 42,-20 55,-5 68,-20 55,-35",
    "∫": "50,-122 38,-130 29,-110 25,-50 21,10 11,30 0,22",
}

# Digits as they are taught in other countries; a name begins with its digit. Where a line turns
# a corner, a new one begins.
FORMS = {
    "1 with an upstroke": "-38,-50 0,-100 | 0,-100 0,0",
    "1 with a long upstroke": "-50,-22 0,-100 | 0,-100 2,0",
    "1 with upstroke and foot": "-30,-68 0,-100 | 0,-100 0,0 | -25,0 26,-1",
    "7 with a bar": "-30,-96 30,-100 | 30,-100 2,-45 -10,0 | -22,-48 26,-52",
    "7 with serif and bar": "-30,-80 -27,-99 | -27,-99 32,-98 | 32,-98 -8,0 | -20,-47 25,-50",
    "4 open": "-20,-100 -30,-42 | -30,-42 32,-40 | 14,-80 10,0",
    "4 closed": "12,0 14,-100 | 14,-100 -34,-32 | -34,-32 34,-32",
    "4 wide open": "-5,-100 -32,-30 | -32,-30 36,-34 | 16,-60 12,2",
    "0 slashed": "0,-100 -24,-82 -30,-50 -22,-14 0,0 23,-16 30,-50 24,-84 0,-100 | -20,-14 20,-86",
    "2 like a Z": "-30,-93 28,-97 | 28,-97 -32,-3 | -32,-3 34,-2",
    "2 with a straight foot": "-28,-76 -12,-97 16,-95 24,-70 0,-36 -30,0 | -30,0 34,-2",
    "9 with a straight stem": "24,-86 0,-100 -24,-86 -26,-62 -5,-48 20,-62 24,-86 | 24,-90 22,0",
    "9 with a hook": "24,-84 2,-100 -23,-84 -22,-60 0,-50 20,-64 25,-86 25,-40 12,-6 -12,0 -27,-14",
}


def drawn(table: dict[str, str], name: str, rng: np.random.Generator) -> Shape:
    """Return an entry of a table such as SIGNS as a hand draws it, missing points by a little."""
    known: dict[str, np.ndarray] = {}
    lines = []
    for part in table[name].split("|"):
        pairs = part.split()
        for pair in pairs:
            if pair not in known:
                known[pair] = np.array(pair.split(","), float) / 100 + rng.normal(0, 0.02, 2)
        points = np.array([known[pair] for pair in pairs])
        if len(points) == 1:
            # A dot is the pen set down.
            lines.append(np.concatenate([points, points + 0.01]))
        elif len(points) == 2:
            bend = rng.normal(0, 0.02, 2) * np.sin(np.linspace(0, np.pi, 20))[:, np.newaxis]
            lines.append(np.linspace(points[0], points[1], 20) + bend)
        else:
            lines.append(curve(points, 50))
    return Shape((), tuple(lines))


def sign(which: str, rng: np.random.Generator) -> Shape:
    """Return one of SIGNS, drawn by hand."""
    return drawn(SIGNS, which, rng).moved(np.array([[rng.uniform(0.85, 1.15), 0, 0], [0, 1, 0]]))


def form(name: str, rng: np.random.Generator) -> Shape:
    """Return one of FORMS, drawn by hand, its middle at x = 0 and its foot at y = 0."""
    shape = drawn(FORMS, name, rng)
    left, _, right, bottom = extent([shape])
    return shape.at(-(left + right) / 2, -bottom)


def barred(seven: Shape, rng: np.random.Generator) -> Shape:
    """Return a 7 with a bar through the middle of its stem."""
    lines = seven.strokes or seven.outlines
    points = np.concatenate([evenly(line, 0.03) for line in lines])
    y = -rng.uniform(0.42, 0.56) * np.ptp(points[:, 1])
    x = float(np.median(points[np.abs(points[:, 1] - y) < 0.05, 0]))
    half, lean = rng.uniform(0.16, 0.26), rng.uniform(-0.05, 0.03)
    bar = np.array([(x - half, y - lean), (x + half, y + lean)])
    return Shape(seven.outlines, (*seven.strokes, bar))


def slashed(zero: Shape, rng: np.random.Generator) -> Shape:
    """Return a 0 with a slash, inside it or a little beyond its rim."""
    left, top, right, bottom = extent([zero])
    reach = rng.uniform(0.3, 0.55)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    arm = reach * np.array([right - left, top - bottom])
    return Shape(zero.outlines, (*zero.strokes, np.array([middle - arm, middle + arm])))


# --- The hand and the pen -------------------------------------------------------------------


@dataclass(frozen=True)
class Pen:
    """What is written with.

    Attributes
    ----------
    name : str
        As in "felt-tip".
    width : float
        Of a stroke, in heights of a digit.
    color : tuple of float
        Red, green and blue, 0 to 1.
    strength : float
        Share of the ground that the ink hides, 0 to 1.
    grain : float
        How much of the ink the roughness of the paper takes away, 0 to 1.
    pressure : float
        How much the width of a stroke changes, as a share.
    """

    name: str
    width: float
    color: Color
    strength: float = 1.0
    grain: float = 0.0
    pressure: float = 0.0


BLUE, NIGHT, BLACK = (0.12, 0.22, 0.58), (0.1, 0.12, 0.32), (0.1, 0.1, 0.11)
GRAPHITE, GREEN, RED = (0.22, 0.22, 0.24), (0.08, 0.4, 0.2), (0.78, 0.12, 0.14)
WHITE, YELLOW, CYAN = (0.96, 0.96, 0.94), (0.98, 0.9, 0.45), (0.65, 0.9, 0.98)
PURPLE = (0.38, 0.14, 0.52)


def pick(rng: np.random.Generator, options: Sequence):
    """Return one of some options."""
    return options[int(rng.integers(len(options)))]


def any_pen(rng: np.random.Generator, bold: bool = False) -> Pen:
    """Return a pen for paper; bold ones only, if so told, as people take for a webcam."""
    name = pick(
        rng,
        ("felt-tip", "marker")
        if bold
        else ("ballpoint", "pencil", "felt-tip", "felt-tip", "marker", "fountain pen"),
    )
    strength = rng.uniform(0.82, 1.0)
    dark = pick(rng, (BLUE, NIGHT, BLACK, BLACK))
    if name == "ballpoint":
        return Pen(name, rng.uniform(0.035, 0.055), dark, strength, 0.15, 0.1)
    if name == "pencil":
        return Pen(name, rng.uniform(0.035, 0.06), GRAPHITE, strength, 0.25, 0.2)
    if name == "fountain pen":
        return Pen(name, rng.uniform(0.04, 0.08), pick(rng, (BLUE, NIGHT)), strength, 0.05, 0.35)
    bright = pick(rng, (BLUE, BLACK, BLACK, GREEN, RED, PURPLE))
    low, high = (0.06, 0.095) if name == "felt-tip" else (0.1, 0.145)
    return Pen(name, rng.uniform(low, high), bright, strength, 0.0, 0.05)


# How many loops a legible digit has: a 6 whose loop is full of ink could be anything.
LOOPS = ((1,), (0,), (0, 1), (0,), (0, 1), (0,), (1,), (0,), (2,), (1,))


TRIES = 2000


class Writer:
    """A person who writes digits of MNIST, all with one hand and one pen.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of chance.
    images : numpy.ndarray of uint8, (n, 28, 28)
        The digits to choose from.
    labels : numpy.ndarray of int, (n,)
        Which digits they are.
    pen : Pen
        What is written with.
    traced : bool, optional
        True: the pen follows the middle of a digit's strokes. False: the digit keeps its own
        outline, and the pen's width is not used. By chance if not given; pens thinner than
        MNIST's always trace.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        images: np.ndarray,
        labels: np.ndarray,
        pen: Pen,
        traced: bool | None = None,
    ):
        self.rng, self.images, self.labels, self.pen = rng, images, labels, pen
        by_chance = pen.width < 0.085 or rng.random() < 0.35
        self.traced = by_chance if traced is None else traced
        self.level = rng.uniform(80, 150)
        self.slant = rng.normal(0.02, 0.06)
        self.squeeze = rng.uniform(0.82, 1.08)
        self.unsteady = rng.uniform(0.2, 1)

    def digit(self, allowed: str = "0123456789") -> tuple[Shape, str]:
        """Return a digit out of the allowed ones, and which it is."""
        for _ in range(TRIES):
            index = int(self.rng.integers(len(self.images)))
            label = int(self.labels[index])
            if str(label) not in allowed:
                continue
            shape = self._shape(self.images[index], label)
            if shape is not None:
                return self.by_hand(shape), str(label)
        raise ValueError(f"found no legible digit out of {allowed} among {len(self.images)} images")

    def number(self, length: int, allowed: str = "0123456789") -> tuple[list[Shape], str]:
        """Return so many digits, and which they are."""
        drawn = [self.digit(allowed) for _ in range(length)]
        return [shape for shape, _ in drawn], "".join(digit for _, digit in drawn)

    def _shape(self, image: np.ndarray, label: int) -> Shape | None:
        """Return the digit, or nothing where it is in pieces or its loops are not to be seen."""
        field = smooth_field(image)
        for level in (110, 160) if self.traced else (self.level,):
            outlines = outlines_of(field, level)
            pieces, loops = parts_and_loops(outlines)
            # Beside a stray mark, a digit would be two.
            if pieces == 1 and loops in LOOPS[label]:
                break
        else:
            return None
        # A 1 that leans as a slash does is one to persons too.
        if label == 1 and abs(_lean(outlines)) > 0.33:
            return None
        if self.traced:
            strokes = center_lines(field, outlines, level)
            return standing(Shape((), tuple(strokes))) if strokes else None
        return standing(Shape(tuple(outlines)))

    def row(
        self,
        shapes: Sequence[Shape],
        gap: tuple[float, float] = (0.15, 0.35),
        jump: float = 0.02,
    ) -> list[Shape]:
        """Stand shapes side by side on y = 0, from x = 0 on.

        Parameters
        ----------
        shapes : sequence of Shape
            What is to stand there, each about y = 0 where it wants to be.
        gap : tuple of float
            Least and largest paper between neighbors, in heights of a digit.
        jump : float
            Standard deviation of a shape's height above the line.
        """
        placed, right = [], 0.0
        for shape in shapes:
            left, _, end, _ = extent([shape])
            placed.append(shape.at(right - left, jump * self.rng.normal()))
            right += end - left + self.thick + self.rng.uniform(*gap)
        return placed

    @property
    def thick(self) -> float:
        """How much wider than its points a digit is, both sides together."""
        return self.pen.width if self.traced else 0.0

    def by_hand(self, shape: Shape) -> Shape:
        """Return a shape as slanted and unsteady as this hand is."""
        rng, much = self.rng, self.unsteady
        size = 1 + 0.06 * much * rng.normal()
        lean = self.slant + 0.04 * much * rng.normal()
        wide = self.squeeze * (1 + 0.05 * much * rng.normal())
        shear = np.array([[wide * size, -lean * size, 0], [0, size, 0]])
        turn = turning(2.5 * much * rng.normal())
        return shape.moved(shear).moved(turn)


def _lean(outlines: list[np.ndarray]) -> float:
    """Return by how much a shape moves sideways for each step down."""
    x, y = np.concatenate(outlines).T
    return float(np.cov(x, y)[0, 1] / y.var())


def column(rows: Sequence[Sequence[Shape]], step: float, align: float = 0.0) -> list[Shape]:
    """Put rows below one another, `step` apart; align 0 is flush left, 1 is flush right."""
    widths = [extent(shapes)[2] for shapes in rows]
    return [
        shape.at(align * (max(widths) - width), number * step)
        for number, (shapes, width) in enumerate(zip(rows, widths, strict=True))
        for shape in shapes
    ]


def write(
    canvas: Canvas,
    shapes: Iterable[Shape],
    pen: Pen,
    unit: float,
    rng: np.random.Generator,
) -> None:
    """Draw shapes that are measured in pixels, a digit's height being `unit` of them."""
    width = max(pen.width * unit, 1.4)
    for shape in shapes:
        # With outlines of its own, a digit has the width that MNIST has, and so have its bars.
        own = 0.11 * unit if shape.outlines else width
        canvas.fill(shape.outlines)
        for line in shape.strokes:
            # A thin line in pieces would be a dashed one.
            if pen.pressure == 0 or len(line) < 8 or own < 4:
                canvas.line(line, own)
                continue
            pieces = len(line) // 2
            swing = ndimage.gaussian_filter1d(rng.normal(0, 8, pieces), 6)
            swing = pen.pressure * np.tanh(swing)
            cuts = np.linspace(0, len(line) - 1, pieces + 1).astype(int)
            for start, stop, more in zip(cuts, cuts[1:], swing, strict=False):
                canvas.line(line[start : stop + 1], own * (1 + more))
