"""What the picture shows of a page: a tight crop, a drawing, a sheet in a room, a turned page."""

import numpy as np
from PIL import Image

from benchmarks.situations.clutter import clutter
from benchmarks.situations.ink import (
    BLACK,
    BLUE,
    GRAPHITE,
    GREEN,
    PURPLE,
    RED,
    Pen,
    any_pen,
    pick,
)
from benchmarks.situations.paper import (
    SCREENS,
    Ruling,
    any_ground,
    any_size,
    lit,
    pen_for,
    seen,
)
from benchmarks.situations.rooms import held, put_hand, room
from benchmarks.situations.shapes import turning
from benchmarks.situations.sheet import Desk, Drawn, compose, page, taken_by_camera

# --- Crops and drawings ---------------------------------------------------------------------


def tight_crop(desk: Desk) -> Drawn:
    """Crop a picture to its digits, or draw a small file."""
    rng = desk.rng
    how = pick(rng, ("digit", "digit", "number", "file", "file"))
    if how == "file":
        return file_of(desk)
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


def file_of(desk: Desk) -> Drawn:
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


def tablet(desk: Desk) -> Drawn:
    """Write on the screen of a tablet."""
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


# --- Rooms, clutter and turned pages --------------------------------------------------


def in_room(desk: Desk) -> Drawn:
    """Hold a sheet in a room before a camera."""
    rng = desk.rng
    width, height = pick(rng, ((640, 480), (640, 480), (1280, 720)))
    pen, shapes, lines = page(desk, True, int(rng.integers(1, 4)), 5)
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


def clutter_alone(desk: Desk) -> Drawn:
    """Draw what has no digit."""
    image, what = clutter(desk.rng)
    return image, (), what


def turned(desk: Desk) -> Drawn:
    """Lay a page on its side or upside down."""
    rng = desk.rng
    ground = any_ground(rng)
    while True:
        pen, shapes, lines = page(desk, False, int(rng.integers(1, 4)), 6)
        # 0, 1, 6, 8 and 9 do not tell which way up they stand.
        if sum(digit in "23457" for line in lines for digit in line) >= 2:
            break
    pen = pen_for(ground, pen, rng)
    turn = pick(rng, (90, 180, 180, 270))
    size = any_size(rng)
    placed = compose(size, ground, [(shapes, pen)], rng, (0.5, 0.9), rng.normal(0, 1))
    placed.image = placed.image.rotate(-turn, expand=True)
    return taken_by_camera(placed, rng), lines, f"{turn} degrees clockwise"
