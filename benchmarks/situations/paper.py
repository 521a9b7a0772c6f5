"""What is written on and what sees it: paper, boards, screens, rulings, light, a camera."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from benchmarks.situations.ink import Pen, pick, write
from benchmarks.situations.shapes import Canvas, Color, Shape

# Widths at which a level line lies on whole pixels, and widths at which it does not.
WIDTHS = (320, 400, 480, 600, 640, 640, 700, 800, 900, 1000, 1100, 1280, 1400, 1600)
RATIOS = (4 / 3, 4 / 3, 3 / 2, 16 / 9, 1, 3 / 4)

CHALKS = ((0.95, 0.95, 0.93), (0.97, 0.91, 0.55), (0.7, 0.88, 0.95))


@dataclass(frozen=True)
class Ground:
    """A surface without writing.

    Attributes
    ----------
    name : str
        As in "white paper".
    color : tuple of float
        Red, green and blue, 0 to 1.
    grain : float
        Standard deviation of its fine structure, as a share of its brightness.
    dark : bool
        Whether light ink is used on it.
    """

    name: str
    color: Color
    grain: float
    dark: bool = False


PAPERS = (
    Ground("white paper", (0.96, 0.96, 0.95), 0.008),
    Ground("white paper", (0.9, 0.91, 0.92), 0.012),
    Ground("cream paper", (0.95, 0.91, 0.8), 0.012),
    Ground("gray paper", (0.78, 0.77, 0.73), 0.025),
    Ground("bluish paper", (0.76, 0.83, 0.9), 0.012),
    Ground("pink card", (0.93, 0.78, 0.8), 0.015),
)
BOARDS = (
    Ground("blackboard", (0.13, 0.15, 0.14), 0.06, True),
    Ground("green board", (0.12, 0.26, 0.2), 0.05, True),
)
SCREENS = (
    Ground("white screen", (1, 1, 1), 0),
    Ground("gray screen", (0.92, 0.93, 0.94), 0),
    Ground("cream screen", (0.99, 0.97, 0.9), 0),
    Ground("black screen", (0, 0, 0), 0, True),
    Ground("dark screen", (0.12, 0.12, 0.14), 0, True),
    Ground("navy screen", (0.06, 0.1, 0.22), 0, True),
)


def any_size(rng: np.random.Generator, least: int = 320, most: int = 1600) -> tuple[int, int]:
    """Return a picture's width and height; its width, or its height if upright, is in WIDTHS."""
    width = pick(rng, [width for width in WIDTHS if least <= width <= most])
    ratio = pick(rng, RATIOS)
    return (width, round(width / ratio)) if ratio >= 1 else (round(width * ratio), width)


def any_ground(rng: np.random.Generator, boards: float = 0.12) -> Ground:
    """Return paper, or a board with the chance that is given."""
    return pick(rng, BOARDS if rng.random() < boards else PAPERS)


def pen_for(ground: Ground, pen: Pen, rng: np.random.Generator) -> Pen:
    """Return the pen itself for a light ground, and chalk of its width for a dark one."""
    if not ground.dark:
        return pen
    return Pen("chalk", max(pen.width, 0.05), pick(rng, CHALKS), 0.95, 0.3, 0.15)


def _field(width: int, height: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth noise of standard deviation 1, float32, that changes over `size` pixels."""
    shape = (int(height / size) + 3, int(width / size) + 3)
    small = Image.fromarray(rng.standard_normal(shape, np.float32))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def blank(width: int, height: int, ground: Ground, rng: np.random.Generator) -> Image.Image:
    """Return a sheet, RGB, with its fibers or the traces of a sponge."""
    flat = Image.new("RGB", (width, height), rgb(ground.color))
    if ground.grain == 0:
        return flat
    cloudy = _field(width, height, max(width, height) / (3 if ground.dark else 12), rng)
    structure = _field(width, height, 1.6, rng) + (0.6 if ground.dark else 0.25) * cloudy
    bright = np.clip(1 + ground.grain * structure, 0, 1.3)
    pixels = np.asarray(flat, np.float32) * bright[..., np.newaxis]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def rgb(color: Color) -> tuple[int, int, int]:
    """Return a color of shares as one of 8 bits."""
    return tuple(int(255 * part) for part in color)


def print_on(image: Image.Image, canvas: Canvas, color: Color, strength: float = 1.0) -> None:
    """Lay what is on the canvas over a picture, in place, in one color."""
    cover = Image.fromarray(canvas.pixels()[..., 3].copy())
    if strength < 1:
        cover = cover.point([int(strength * value) for value in range(256)])
    image.paste(rgb(color), (0, 0), cover)


def write_on(
    image: Image.Image, shapes: list[Shape], pen: Pen, unit: float, rng: np.random.Generator
) -> None:
    """Write on a picture, in place; shapes are measured in its pixels, digits `unit` high."""
    canvas = Canvas(*image.size)
    write(canvas, shapes, pen, unit, rng)
    cover = canvas.pixels()[..., 3].astype(np.float32) * pen.strength
    if pen.grain > 0:
        rough = np.abs(_field(*image.size, max(1.0, 0.015 * unit), rng))
        # Grains as large as a thin stroke would tear it.
        cover *= 1 - pen.grain * min(1.0, unit / 120) * np.clip(rough, 0, 1)
    image.paste(rgb(pen.color), (0, 0), Image.fromarray(cover.astype(np.uint8)))


# --- Rulings --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ruling:
    """Lines that are printed on paper.

    Attributes
    ----------
    pitch : float
        From line to line, in heights of a digit.
    width : float
        Of a line, pixels.
    color : tuple of float
        Red, green and blue, 0 to 1.
    squared : bool
        Whether there are upright lines too.
    margin : float, optional
        Where a red line marks the margin, in heights of a digit.
    """

    pitch: float
    width: float
    color: Color
    squared: bool = False
    margin: float | None = None


def rule(
    image: Image.Image, ruling: Ruling, matrix: np.ndarray, shift: tuple[float, float]
) -> None:
    """Print a ruling on a picture, in place.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB.
    ruling : Ruling
        Its lines.
    matrix : numpy.ndarray of float, (2, 3)
        From heights of a digit on the sheet to pixels of the picture.
    shift : tuple of float
        Where on the sheet an upright and a level line cross.
    """
    width, height = image.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - matrix[:, 2]
    on_sheet = corners @ np.linalg.inv(matrix[:, :2]).T
    low, high = on_sheet.min(axis=0), on_sheet.max(axis=0)

    def draw(canvas: Canvas, axis: int, place: float) -> None:
        ends = np.array([low, high])
        ends[:, axis] = place
        canvas.line(ends @ matrix[:, :2].T + matrix[:, 2], ruling.width)

    lines = Canvas(width, height)
    for axis in (1, 0) if ruling.squared else (1,):
        first = shift[axis] + ruling.pitch * np.ceil((low[axis] - shift[axis]) / ruling.pitch)
        for place in np.arange(first, high[axis], ruling.pitch):
            draw(lines, axis, place)
    print_on(image, lines, ruling.color)
    if ruling.margin is not None:
        red = Canvas(width, height)
        draw(red, 0, ruling.margin)
        print_on(image, red, (0.85, 0.45, 0.45))


# --- Light and camera -----------------------------------------------------------------------


def lit(image: Image.Image, rng: np.random.Generator, strength: float = 1.0) -> Image.Image:
    """Return the picture under a lamp: brighter on one side, at times with a shadow's edge."""
    width, height = image.size
    x = np.linspace(-1, 1, 48)
    y = np.linspace(-1, 1, 36)[:, np.newaxis]
    angle = rng.uniform(0, 2 * np.pi)
    slope = strength * rng.uniform(0.02, 0.22)
    light = 1 - slope * (1 + np.cos(angle) * x + np.sin(angle) * y) / 2
    light = light - strength * rng.uniform(0, 0.12) * (x**2 + y**2) / 2
    small = Image.fromarray((255 * np.clip(light, 0, 1)).astype(np.uint8))
    layer = small.resize((width, height), Image.Resampling.BICUBIC)
    if rng.random() < 0.3 * strength:
        layer = ImageChops.multiply(layer, _shadow(width, height, rng))
    return ImageChops.multiply(image, Image.merge("RGB", (layer, layer, layer)))


def _shadow(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """Return the shadow of a head or an arm, L: a round shape that reaches in from the rim."""
    scale = 8
    canvas = Canvas(width // scale + 1, height // scale + 1)
    turn = np.linspace(0, 2 * np.pi, 60)
    size = max(canvas.width, canvas.height) * rng.uniform(0.35, 0.7)
    wobble = 1 + 0.15 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.08 * np.sin(5 * turn)
    middle = pick(rng, ((0, 0), (1, 0), (1, 1), (0, 1), (0.5, 1.1)))
    middle = np.array(middle) * (canvas.width, canvas.height)
    canvas.fill([middle + size * (wobble * np.stack([np.cos(turn), np.sin(turn)])).T])
    dark = 255 - canvas.pixels()[..., 3] * rng.uniform(0.12, 0.4)
    shadow = Image.fromarray(dark.astype(np.uint8))
    shadow = shadow.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 4)))
    return shadow.resize((width, height), Image.Resampling.BICUBIC)


def seen(
    image: Image.Image, detail: float, rng: np.random.Generator, rough: float = 1.0
) -> Image.Image:
    """Return what a camera makes of a picture: tinted, blurred, noisy, packed as JPEG.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB.
    detail : float
        Width of the thinnest stroke that has to stay legible, pixels.
    rng : numpy.random.Generator
        The source of chance.
    rough : float
        1 for a phone, more for a webcam in a dim room.
    """
    gain = rng.uniform(0.82, 1.05)
    warm, green = rng.normal(0, 0.035 * rough), rng.normal(0, 0.012 * rough)
    gains = (gain * (1 + warm), gain * (1 + green), gain * (1 - warm))
    gamma = rng.uniform(0.85, 1.2)
    table = [
        min(255, int(255 * part * (value / 255) ** gamma)) for part in gains for value in range(256)
    ]
    image = image.point(table)
    blur = rng.uniform(0.2, min(0.35 * detail, 0.5 + rough))
    image = image.filter(ImageFilter.GaussianBlur(blur))
    noise = min(9.0, rough * rng.exponential(1.6))
    if noise > 0.3:
        image = _noisy(image, noise, rng)
    if rng.random() < 0.3 * rough:
        image = image.filter(ImageFilter.UnsharpMask(1.2, int(rng.integers(40, 120)), 2))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=int(rng.integers(60 - int(15 * rough), 96)))
    return Image.open(packed).convert("RGB")


def _noisy(image: Image.Image, noise: float, rng: np.random.Generator) -> Image.Image:
    """Return the picture with fine gray noise and the larger blotches of color of a webcam."""
    width, height = image.size
    fine = noise * rng.standard_normal((height, width, 1), np.float32)
    small = rng.standard_normal((height // 3 + 1, width // 3 + 1, 3), np.float32)
    blotches = Image.fromarray((128.5 + noise * np.clip(small, -3, 3)).astype(np.uint8))
    color = np.asarray(blotches.resize((width, height), Image.Resampling.BILINEAR))
    pixels = np.asarray(image) + fine.astype(np.int16) + color - 128
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
