"""Rooms in which a sheet of paper is held before a webcam, drawn or out of shipped pictures."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
import sklearn
from PIL import Image, ImageFilter

from benchmarks.situations.ink import PRINT_FONTS, extent, pick, word
from benchmarks.situations.paper import lit, rgb
from benchmarks.situations.shapes import Canvas, Color

SKINS = ((0.94, 0.78, 0.68), (0.86, 0.66, 0.53), (0.66, 0.46, 0.34), (0.42, 0.28, 0.2))
# Without words that are digits to a machine and could be to a person.
POSTER_WORDS = ("LOVE", "Museum", "Paris", "Jazz Festival", "WINTER", "Roma", "Hello", "Theater")

Box = tuple[float, float, float, float]


def any_color(
    rng: np.random.Generator, low: float = 0.15, high: float = 0.9, gaudy: float = 0.12
) -> Color:
    """Return a color, seldom a gaudy one."""
    bright = rng.uniform(low, high)
    return tuple(float(part) for part in np.clip(bright + rng.normal(0, gaudy, 3), 0.02, 0.98))


def shaded(color: Color, factor: float) -> Color:
    """Return a color brighter or darker by a factor."""
    return tuple(float(min(1.0, part * factor)) for part in color)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return the corners of an upright rectangle, float (4, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def oval(x: float, y: float, wide: float, tall: float, count: int = 40) -> np.ndarray:
    """Return points of an ellipse given by its middle and half axes, float (count, 2)."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([x + wide * np.cos(turn), y + tall * np.sin(turn)])


# --- Furniture ------------------------------------------------------------------------------


def _shelf(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Put up a shelf of books, their backs upright or leaning, with bands across them."""
    left, top, right, bottom = place
    wood = any_color(rng, 0.25, 0.8)
    canvas.fill([box(*place)], shaded(wood, 0.6))
    boards = int(rng.integers(2, 5))
    tall = (bottom - top) / boards
    for number in range(boards):
        foot = top + (number + 1) * tall
        x = left + 0.01 * (right - left)
        while x < right - 0.08 * tall:
            thick = tall * rng.uniform(0.06, 0.22)
            if rng.random() < 0.12:
                x += 2 * thick
                continue
            high = tall * rng.uniform(0.55, 0.9)
            lean = thick * rng.choice([0, 0, 0, 0.8])
            edge = min(x + thick, right)
            color = any_color(rng)
            back = np.array(
                [[x + lean, foot - high], [edge + lean, foot - high], [edge, foot], [x, foot]]
            )
            canvas.fill([back], color)
            if rng.random() < 0.5:
                y = foot - high * rng.uniform(0.2, 0.85)
                canvas.fill(
                    [box(x, y, edge, y + 0.08 * high)], shaded(color, rng.uniform(0.5, 1.6))
                )
            x = edge + 0.004 * tall
        canvas.fill([box(left, foot - 0.05 * tall, right, foot)], wood)
    canvas.line(np.concatenate([box(*place), box(*place)[:1]]), 0.02 * (right - left), wood)


def _window(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Break a window with bars into the wall; outside are sky, houses, trees or masts."""
    left, top, right, bottom = place
    wide, tall = right - left, bottom - top
    canvas.window(box(*place))
    canvas.fill([box(*place)], (0.75, 0.85, rng.uniform(0.85, 1.0)))
    for _ in range(int(rng.integers(2, 7))):
        x, y = left + wide * rng.random(), bottom - tall * rng.uniform(0, 0.4)
        what = rng.random()
        if what < 0.4:
            leaves = (rng.uniform(0.1, 0.4), rng.uniform(0.35, 0.6), 0.2)
            canvas.fill([oval(x, y, wide * rng.uniform(0.1, 0.3), tall * 0.25)], leaves)
        elif what < 0.7:
            house = box(x, y - tall * rng.uniform(0.1, 0.4), x + 0.35 * wide, bottom)
            canvas.fill([house], any_color(rng, 0.4, 0.8))
        else:
            mast = np.array([[x, top + tall * rng.uniform(0, 0.4)], [x, bottom]])
            canvas.line(mast, 0.015 * wide, (0.3, 0.3, 0.32))
            canvas.line(
                mast[0] + np.array([[-0.08, 0.05], [0.08, 0.05]]) * wide,
                0.01 * wide,
                (0.3, 0.3, 0.32),
            )
    canvas.window(None)
    frame = shaded((1, 1, 1), rng.uniform(0.3, 1))
    thick = min(wide, tall) * rng.uniform(0.02, 0.05)
    for share in np.linspace(0, 1, int(rng.integers(2, 5))):
        canvas.line(
            np.array([[left + share * wide, top], [left + share * wide, bottom]]), thick, frame
        )
    for share in np.linspace(0, 1, int(rng.integers(2, 4))):
        canvas.line(
            np.array([[left, top + share * tall], [right, top + share * tall]]), thick, frame
        )


def _door(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    left, top, right, _ = place
    bottom = canvas.height
    color = any_color(rng, 0.35, 0.9)
    canvas.fill([box(left, top, right, bottom)], color)
    wide, tall = right - left, bottom - top
    for y in (0.06, 0.54):
        panel = box(
            left + 0.15 * wide, top + y * tall, right - 0.15 * wide, top + (y + 0.38) * tall
        )
        canvas.fill([panel], shaded(color, 0.9))
        canvas.line(np.concatenate([panel, panel[:1]]), 0.015 * wide, shaded(color, 0.7))
    canvas.line(
        np.array([[left, bottom], [left, top], [right, top], [right, bottom]]),
        0.04 * wide,
        shaded(color, 0.75),
    )
    y = top + 0.5 * tall
    canvas.line(
        np.array([[right - 0.08 * wide, y], [right - 0.2 * wide, y]]), 0.03 * wide, (0.5, 0.5, 0.48)
    )


def _lamp(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    left, top, right, bottom = place
    middle, wide, tall = (left + right) / 2, 0.4 * (right - left), bottom - top
    canvas.line(np.array([[middle, top], [middle, canvas.height]]), 0.05 * wide, (0.2, 0.2, 0.2))
    shade = np.array(
        [
            [middle - 0.5 * wide, top],
            [middle + 0.5 * wide, top],
            [middle + wide, top + 0.35 * tall],
            [middle - wide, top + 0.35 * tall],
        ]
    )
    canvas.fill([shade], (1, rng.uniform(0.85, 0.97), rng.uniform(0.6, 0.9)))


def _screen(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Stand up a screen with windows and lines that are text from afar."""
    left, top, right, bottom = place
    wide, tall = right - left, 0.6 * (right - left)
    bottom = top + tall
    canvas.fill([box(left, top, right, bottom)], (0.06, 0.06, 0.07))
    inner = box(left + 0.03 * wide, top + 0.04 * tall, right - 0.03 * wide, bottom - 0.05 * tall)
    canvas.fill([inner], any_color(rng, 0.1, 0.95))
    canvas.window(inner)
    for _ in range(int(rng.integers(1, 4))):
        x, y = left + wide * rng.uniform(0.05, 0.6), top + tall * rng.uniform(0.1, 0.5)
        color = any_color(rng, 0.7, 0.98)
        canvas.fill([box(x, y, x + 0.45 * wide, y + 0.5 * tall)], color)
        for number in range(int(rng.integers(3, 9))):
            at = y + (0.06 + 0.055 * number) * tall
            line = np.array([[x + 0.03 * wide, at], [x + wide * rng.uniform(0.1, 0.4), at]])
            canvas.line(line, 0.012 * tall, shaded(color, 0.5))
    canvas.window(None)
    canvas.fill(
        [
            box(
                (left + right) / 2 - 0.06 * wide,
                bottom,
                (left + right) / 2 + 0.06 * wide,
                bottom + 0.2 * tall,
            )
        ],
        (0.1, 0.1, 0.1),
    )


def _poster(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    left, top, right, bottom = place
    wide, tall = right - left, bottom - top
    color = any_color(rng)
    canvas.fill([box(*place)], color)
    canvas.window(box(*place))
    for _ in range(int(rng.integers(2, 6))):
        x, y = left + wide * rng.random(), top + tall * rng.random()
        size = wide * rng.uniform(0.1, 0.35)
        corners = oval(x, y, size, size * rng.uniform(0.4, 1.4), int(pick(rng, (3, 4, 40))))
        canvas.fill([corners], any_color(rng))
    shape = word(pick(rng, POSTER_WORDS), pick(rng, PRINT_FONTS))
    scale = 0.8 * wide / extent([shape])[2]
    ink = (0.05, 0.05, 0.05) if sum(color) > 1.4 else (0.95, 0.95, 0.9)
    canvas.fill(shape.at(left + 0.1 * wide, bottom - 0.1 * tall, scale).outlines, ink)
    canvas.window(None)


def _radiator(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    left, _, right, bottom = place
    top = bottom - 0.5 * (right - left)
    color = shaded((1, 1, 0.98), rng.uniform(0.6, 0.95))
    pitch = (right - left) / int(rng.integers(8, 20))
    for x in np.arange(left, right, pitch):
        canvas.fill([box(x, top, x + 0.7 * pitch, bottom)], color)
        canvas.fill([box(x + 0.7 * pitch, top, x + pitch, bottom)], shaded(color, 0.6))


def _leaves(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Hang up a plant: some hundred leaves in greens."""
    left, top, right, bottom = place
    size = 0.09 * (right - left)
    middle, spread = (
        np.array([(left + right) / 2, (top + bottom) / 2]),
        (right - left, bottom - top),
    )
    for _ in range(int(rng.integers(80, 220))):
        x, y = middle + rng.normal(0, 0.2, 2) * spread
        turn = rng.uniform(0, np.pi)
        leaf = oval(0, 0, size * rng.uniform(0.5, 1.4), size * rng.uniform(0.15, 0.5), 12)
        cosine, sine = np.cos(turn), np.sin(turn)
        leaf = leaf @ np.array([[cosine, sine], [-sine, cosine]]) + (x, y)
        green = rng.uniform(0.2, 0.75)
        canvas.fill([leaf], (green * rng.uniform(0.3, 0.8), green, green * rng.uniform(0.2, 0.6)))


def checked(canvas: Canvas, outline: np.ndarray, rng: np.random.Generator) -> None:
    """Fill an outline with checked or striped cloth, float (n, 2)."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    color, other = any_color(rng), any_color(rng)
    canvas.fill([outline], color)
    canvas.window(outline)
    pitch = max(6.0, (high[0] - low[0]) * rng.uniform(0.02, 0.1))
    stripe = pitch * rng.uniform(0.15, 0.55)
    lean = rng.uniform(-0.15, 0.15) * (high[1] - low[1])
    both = rng.random() < 0.65
    for x in np.arange(low[0] - abs(lean), high[0] + abs(lean), pitch):
        canvas.line(np.array([[x, low[1]], [x + lean, high[1]]]), stripe, other)
    for y in np.arange(low[1], high[1], pitch) if both else ():
        canvas.line(np.array([[low[0], y], [high[0], y - lean]]), 0.6 * stripe, shaded(other, 0.7))
    canvas.window(None)


def _person(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Seat a person before the camera: round head, hair, eyes, shoulders in a shirt."""
    left, top, right, _ = place
    x, size = (left + right) / 2, 0.3 * canvas.height * rng.uniform(0.6, 1)
    y = top + size
    shoulders = oval(x, y + 2.6 * size, 1.9 * size, 1.6 * size)
    if rng.random() < 0.7:
        checked(canvas, shoulders, rng)
    else:
        canvas.fill([shoulders], any_color(rng))
    skin, hair = pick(rng, SKINS), shaded(pick(rng, SKINS), 0.35)
    canvas.fill([box(x - 0.28 * size, y, x + 0.28 * size, y + 1.25 * size)], shaded(skin, 0.85))
    canvas.fill([oval(x, y - 0.15 * size, 0.78 * size, 0.95 * size)], hair)
    canvas.fill([oval(x, y + 0.1 * size, 0.66 * size, 0.86 * size)], skin)
    glasses = rng.random() < 0.3
    for side in (-1, 1):
        eye = x + side * 0.26 * size
        canvas.fill([oval(eye, y, 0.1 * size, 0.06 * size)], (0.95, 0.95, 0.95))
        canvas.fill([oval(eye, y, 0.05 * size, 0.055 * size)], (0.15, 0.1, 0.08))
        brow = np.array(
            [[eye - 0.13 * size, y - 0.16 * size], [eye + 0.13 * size, y - 0.17 * size]]
        )
        canvas.line(brow, 0.05 * size, hair)
        if glasses:
            glass = oval(eye, y, 0.2 * size, 0.16 * size)
            canvas.line(np.concatenate([glass, glass[:1]]), 0.03 * size, (0.1, 0.1, 0.1))
    mouth = np.array(
        [[x - 0.22 * size, y + 0.5 * size], [x, y + 0.57 * size], [x + 0.22 * size, y + 0.5 * size]]
    )
    canvas.line(mouth, 0.06 * size, shaded(skin, 0.55))


def _cloth(canvas: Canvas, place: Box, rng: np.random.Generator) -> None:
    """Lay a checked cloth over a table along the lower rim."""
    top = canvas.height * rng.uniform(0.55, 0.8)
    checked(canvas, box(0, top, canvas.width, canvas.height), rng)


Furniture = Callable[[Canvas, Box, np.random.Generator], None]
FURNITURE: dict[str, Furniture] = {
    "shelf": _shelf,
    "window": _window,
    "door": _door,
    "lamp": _lamp,
    "screen": _screen,
    "poster": _poster,
    "radiator": _radiator,
    "leaves": _leaves,
    "cloth": _cloth,
    "person": _person,
}


# --- Rooms ----------------------------------------------------------------------------------


@lru_cache
def _shipped(name: str) -> Image.Image:
    """Return a picture that scikit-learn or matplotlib ships."""
    if name == "grace_hopper.jpg":
        folder = Path(matplotlib.get_data_path()) / "sample_data"
    else:
        folder = Path(sklearn.__file__).parent / "datasets" / "images"
    return Image.open(folder / name).convert("RGB")


def view(width: int, height: int, rng: np.random.Generator) -> tuple[Image.Image, str]:
    """Return a part of a shipped picture, at times mirrored, and its name."""
    name = pick(rng, ("china.jpg", "flower.jpg", "grace_hopper.jpg"))
    image = _shipped(name)
    share = min(image.width / width, image.height / height) * rng.uniform(0.45, 1)
    wide, tall = share * width, share * height
    x, y = rng.uniform(0, image.width - wide), rng.uniform(0, image.height - tall)
    part = image.resize((width, height), Image.Resampling.BICUBIC, (x, y, x + wide, y + tall))
    if rng.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return part, name.removesuffix(".jpg").replace("_", " ")


def room(
    width: int, height: int, rng: np.random.Generator, photographs: float = 0.3
) -> tuple[Image.Image, str]:
    """Return a room without writing in it but for posters, RGB, and what stands there.

    Parameters
    ----------
    width, height : int
        Pixels.
    rng : numpy.random.Generator
        The source of chance.
    photographs : float
        Chance of a shipped picture in its place, 0 to 1.
    """
    if rng.random() < photographs:
        image, what = view(width, height, rng)
    else:
        image, what = _furnished(width, height, rng)
    # A webcam is focused on what is held before it.
    blur = height * pick(rng, (0.0005, 0.0008, 0.002, 0.005))
    return image.filter(ImageFilter.GaussianBlur(blur)), what


def _furnished(width: int, height: int, rng: np.random.Generator) -> tuple[Image.Image, str]:
    canvas = Canvas(width, height)
    wall = any_color(rng, 0.4, 0.92, 0.05)
    names = [pick(rng, tuple(FURNITURE)[:-2]) for _ in range(rng.integers(3, 7))]
    if rng.random() < 0.5:
        # What is near the camera comes last and stands before the rest.
        names.append(pick(rng, ("cloth", "person", "person")))
    for number, name in enumerate(names):
        wide = width * rng.uniform(0.25, 0.55)
        tall = height * rng.uniform(0.4, 0.8)
        middle = width * (number % 3 + rng.uniform(0.1, 0.9)) / 3
        if name == "person":
            middle = width * rng.uniform(0.3, 0.7)
        top = height * rng.uniform(0, 0.3)
        FURNITURE[name](canvas, (middle - wide / 2, top, middle + wide / 2, top + tall), rng)
    image = Image.new("RGB", (width, height), rgb(wall))
    pixels = canvas.pixels()
    image.paste(
        Image.fromarray(pixels[..., :3].copy()), (0, 0), Image.fromarray(pixels[..., 3].copy())
    )
    return lit(image, rng, 2.0), ", ".join(dict.fromkeys(names))


# --- A sheet in a room ----------------------------------------------------------------------


def held(
    scene: Image.Image,
    sheet: Image.Image,
    corners: np.ndarray,
    rng: np.random.Generator,
) -> Image.Image:
    """Hold a sheet before a room.

    Parameters
    ----------
    scene, sheet : PIL.Image.Image
        RGB.
    corners : numpy.ndarray of float, (4, 2)
        Where the sheet's corners come to lie, from the upper left one clockwise.
    rng : numpy.random.Generator
        The source of chance.
    """
    source = box(0, 0, *sheet.size)
    # Pillow asks where in the sheet a pixel of the picture comes from.
    backward = _perspective(corners, source)
    flat = sheet.transform(
        scene.size, Image.Transform.PERSPECTIVE, backward, Image.Resampling.BICUBIC
    )
    cover = Canvas(*scene.size)
    # The outermost pixels of the sheet are half outside of it.
    middle = corners.mean(axis=0)
    cover.fill([middle + 0.994 * (corners - middle)])
    mask = Image.fromarray(cover.pixels()[..., 3].copy())
    behind = Canvas(*scene.size)
    behind.fill([corners + rng.normal(0, 0.012, 2) * scene.width])
    shadow = Image.fromarray((behind.pixels()[..., 3] * rng.uniform(0, 0.5)).astype(np.uint8))
    out = scene.copy()
    out.paste((0, 0, 0), (0, 0), shadow.filter(ImageFilter.GaussianBlur(0.012 * scene.width)))
    out.paste(flat, (0, 0), mask)
    return out


def _perspective(points: np.ndarray, images: np.ndarray) -> list[float]:
    """Return the eight numbers of the perspective that maps four points to their images."""
    rows, values = [], []
    for (x, y), (u, v) in zip(points, images, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values)).tolist()


def put_hand(image: Image.Image, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Let a thumb or fingers hold the sheet at its left, right or lower edge, in place."""
    edge = int(rng.integers(1, 4))
    start, stop = corners[edge], corners[(edge + 1) % 4]
    middle = start + (stop - start) * rng.uniform(0.3, 0.7)
    away = middle - corners.mean(axis=0)
    away /= np.hypot(*away)
    along = np.array([-away[1], away[0]])
    size = 0.06 * float(np.hypot(*np.ptp(corners, axis=0))) * rng.uniform(0.7, 1)
    skin = pick(rng, SKINS)
    canvas = Canvas(*image.size)
    for number in range(1 if rng.random() < 0.5 else 3):
        tip = middle - 0.5 * size * away + along * size * 1.15 * number
        bent = tip + 2.5 * size * away + along * size * rng.normal(0, 0.3)
        wrist = tip + 0.7 * image.width * away + along * size * rng.normal(0, 1)
        canvas.line(np.array([tip, bent, wrist]), 1.12 * size, shaded(skin, 0.72))
        canvas.line(np.array([tip, bent, wrist]), size, skin)
        canvas.fill(
            [oval(*(tip - 0.12 * size * away), 0.26 * size, 0.3 * size)], shaded(skin, 1.12)
        )
    palm = middle + 0.8 * image.width * away
    canvas.line(np.array([middle + 5 * size * away, palm]), 4.5 * size, shaded(skin, 0.94))
    pixels = canvas.pixels()
    cover = Image.fromarray(pixels[..., 3].copy()).filter(ImageFilter.GaussianBlur(0.04 * size))
    image.paste(Image.fromarray(pixels[..., :3].copy()), (0, 0), cover)
