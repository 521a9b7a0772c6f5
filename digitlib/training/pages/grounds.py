"""What scenes are written on and held before: paper, boards, textures, photographs, rooms."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np

# Pictures that scikit-image brings along and that show no writing.
PICTURES = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)


@cache
def pictures() -> tuple[np.ndarray, ...]:
    """Return the gray pictures that grounds and rooms are cut from, uint8 (height, width)."""
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    return tuple(_gray(folder / name) for name in PICTURES)


def _gray(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"expected a picture of scikit-image, found none at {path}")
    return picture


def photograph(side: int, rng: np.random.Generator, least: float = 0.25) -> np.ndarray:
    """Return a part of one of the pictures, float32 (side, side), 0 to 255."""
    picture = pictures()[rng.integers(len(PICTURES))]
    part = min(picture.shape) * rng.uniform(least, 1)
    x, y = (int(rng.uniform(0, length - part + 1)) for length in picture.shape[::-1])
    cut = picture[y : y + int(part), x : x + int(part)]
    seen = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return seen[:, ::-1].copy() if rng.random() < 0.5 else seen


def clouds(side: int, cells: int, rng: np.random.Generator, stretch: float = 1.0) -> np.ndarray:
    """Return smooth noise of about standard deviation 1, float32 (side, side)."""
    small = rng.normal(0, 1, (cells, max(2, int(cells * stretch)))).astype(np.float32)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)


def texture(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return wood, cloth, stone or stripes, float32 (side, side), 0 to 255."""
    noise = clouds(side, int(2 ** rng.uniform(2, 7)), rng, float(rng.choice([0.12, 0.5, 1])))
    if rng.random() < 0.5:
        noise = np.sin(rng.uniform(1, 5) * noise)
    if rng.random() < 0.5:
        noise = noise.T.copy()
    return np.clip(rng.uniform(50, 220) + rng.uniform(5, 45) * noise, 0, 255)


# --- Rooms ----------------------------------------------------------------------------------


def room(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return what stands behind a sheet, float32 (side, side), 0 to 255."""
    if rng.random() < 0.35:
        view = photograph(side, rng, least=0.4)
    else:
        wall = rng.uniform(40, 230)
        view = np.full((side, side), wall, np.float32) + rng.uniform(2, 18) * clouds(side, 4, rng)
        for _ in range(int(rng.integers(1, 5))):
            FURNITURE[rng.integers(len(FURNITURE))](view, rng)
    if rng.random() < 0.5:
        view = cv2.GaussianBlur(view, (0, 0), rng.uniform(0.5, 4))
    return np.clip(view * rng.uniform(0.5, 1.2) + rng.uniform(-25, 25), 0, 255)


def _shelf(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put rows of books, upright and leaning."""
    side = len(view)
    tall, y = rng.uniform(0.12, 0.5) * side, rng.uniform(-0.2, 0.4) * side
    while y < side:
        x = rng.uniform(-0.1, 0.3) * side
        end = x + rng.uniform(0.3, 1.2) * side
        while x < end:
            wide, high = rng.uniform(0.08, 0.3) * tall, tall * rng.uniform(0.6, 0.95)
            lean = rng.normal(0, 0.04) * high if rng.random() < 0.7 else rng.normal(0, 0.3) * high
            foot = np.array([[x, y + tall], [x + wide, y + tall]])
            top = foot[::-1] + np.array([lean, -high])
            _fill(view, np.concatenate([foot, top]), rng.uniform(15, 240))
            if rng.random() < 0.4:
                _stroke(
                    view, (foot[0] + top[1]) / 2, (foot[1] + top[0]) / 2, rng.uniform(20, 240), 1
                )
            x += wide * rng.uniform(1, 1.15)
        _fill(view, corners_of(0, y + tall, side, y + tall * 1.06), rng.uniform(20, 200))
        y += tall * rng.uniform(1.1, 1.4)


def _window(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put a window or a door with its frame and bars."""
    side = len(view)
    (x, y), (wide, high) = rng.uniform(-0.2, 0.8, 2) * side, rng.uniform(0.2, 0.9, 2) * side
    _fill(view, corners_of(x, y, x + wide, y + high), rng.uniform(10, 255))
    frame, thick = rng.uniform(20, 250), max(1, int(rng.uniform(0.008, 0.05) * side))
    for share in np.linspace(0, 1, int(rng.integers(2, 6))):
        _stroke(view, (x + share * wide, y), (x + share * wide, y + high), frame, thick)
    for share in np.linspace(0, 1, int(rng.integers(2, 5))):
        _stroke(view, (x, y + share * high), (x + wide, y + share * high), frame, thick)


def _poles(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put masts, lamps, table legs, cables: bars that a one could be taken for."""
    side = len(view)
    for _ in range(int(rng.integers(1, 7))):
        start = rng.uniform(-0.1, 1.1, 2) * side
        lean = rng.normal(0, 0.06) if rng.random() < 0.7 else rng.normal(0, 0.6)
        reach = rng.uniform(0.1, 1.2) * side
        end = start + reach * np.array([np.sin(lean), np.cos(lean)])
        thick = max(1, int(np.exp(rng.uniform(np.log(0.006), np.log(0.06))) * side))
        _stroke(view, start, end, rng.uniform(0, 255), thick)


def _person(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put a head and shoulders, eyes, glasses and mouth, often in a checked shirt."""
    side = len(view)
    x, size = rng.uniform(0.2, 0.8) * side, rng.uniform(0.1, 0.25) * side
    y = rng.uniform(0.1, 0.7) * side
    skin, hair = rng.uniform(60, 220), rng.uniform(5, 120)
    shirt = np.zeros(view.shape, np.uint8)
    cv2.ellipse(
        shirt, (int(x), int(y + 3.1 * size)), (int(2.2 * size), int(1.9 * size)), 0, 0, 360, 1, -1
    )
    cloth = checked(side, rng) if rng.random() < 0.5 else np.full(view.shape, rng.uniform(10, 240))
    view[shirt > 0] = cloth[shirt > 0]
    cv2.ellipse(
        view,
        (int(x), int(y - 0.2 * size)),
        (int(1.05 * size), int(1.25 * size)),
        0,
        0,
        360,
        hair,
        -1,
    )
    cv2.ellipse(view, (int(x), int(y)), (int(0.85 * size), int(1.1 * size)), 0, 0, 360, skin, -1)
    for way in (-1, 1):
        eye = int(x + way * 0.35 * size), int(y - 0.1 * size)
        cv2.circle(view, eye, max(1, int(0.09 * size)), hair, -1)
        if rng.random() < 0.4:
            cv2.circle(view, eye, max(2, int(0.24 * size)), hair, max(1, int(0.05 * size)))
    mouth = (int(x), int(y + 0.5 * size)), (int(0.35 * size), int(0.14 * size))
    cv2.ellipse(view, *mouth, 0, 0, 180, 0.6 * skin, max(1, int(0.07 * size)))


def _leaves(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put a plant: many small leaves and twigs."""
    side = len(view)
    middle, spread = rng.uniform(0, 1, 2) * side, rng.uniform(0.08, 0.4) * side
    for _ in range(int(rng.integers(30, 150))):
        place = middle + rng.normal(0, 1, 2) * spread
        size = np.abs(rng.normal(0.03, 0.02, 2) * side) + 1
        spot = (int(place[0]), int(place[1])), (int(size[0]), int(0.5 * size[1]) + 1)
        cv2.ellipse(view, *spot, rng.uniform(0, 180), 0, 360, rng.uniform(5, 230), -1)


def _cloth(view: np.ndarray, rng: np.random.Generator) -> None:
    """Hang a checked or striped cloth."""
    side = len(view)
    corners = corners_of(*(rng.uniform(-0.2, 0.6, 2) * side), *(rng.uniform(0.4, 1.2, 2) * side))
    shape = np.zeros(view.shape, np.uint8)
    cv2.fillConvexPoly(shape, corners.astype(np.int32), 1)
    view[shape > 0] = checked(side, rng)[shape > 0]


def _things(view: np.ndarray, rng: np.random.Generator) -> None:
    """Put boxes, posters, cups: patches with a rim."""
    side = len(view)
    for _ in range(int(rng.integers(1, 9))):
        x, y = rng.uniform(-0.2, 1, 2) * side
        wide, high = np.exp(rng.uniform(np.log(0.03), np.log(0.6), 2)) * side
        corners = corners_of(x, y, x + wide, y + high) + rng.normal(0, 0.05, (4, 2)) * wide
        if rng.random() < 0.7:
            _fill(view, corners, rng.uniform(5, 250))
        if rng.random() < 0.6:
            thick = max(1, int(rng.uniform(0.004, 0.03) * side))
            places = corners.astype(np.int32)
            cv2.polylines(view, [places], True, rng.uniform(5, 250), thick, cv2.LINE_AA)


FURNITURE: tuple[Callable[[np.ndarray, np.random.Generator], None], ...] = (
    _shelf, _window, _poles, _person, _leaves, _cloth, _things,
)  # fmt: skip


def checked(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return checked or striped cloth, float32 (side, side), 0 to 255."""
    pitch, turn = np.exp(rng.uniform(np.log(3), np.log(40))), rng.normal(0, 0.2)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    share = rng.uniform(0.2, 0.8)
    pattern = (along % pitch < share * pitch).astype(np.float32)
    if rng.random() < 0.7:
        pattern += across % pitch < share * pitch
    light, dark = rng.uniform(90, 250), rng.uniform(5, 120)
    return np.clip(light + pattern / 2 * (dark - light), 0, 255)


def corners_of(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return the corners of a box, clockwise from the upper left, (4, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def pixel_of(place: Sequence[float] | np.ndarray) -> tuple[int, int]:
    """Return a place (x, y) in whole pixels, as OpenCV wants its points."""
    return int(place[0]), int(place[1])


def _fill(view: np.ndarray, corners: np.ndarray, gray: float) -> None:
    cv2.fillPoly(view, [corners.astype(np.int32)], float(gray), cv2.LINE_AA)


def _stroke(
    view: np.ndarray,
    start: Sequence[float] | np.ndarray,
    end: Sequence[float] | np.ndarray,
    gray: float,
    thick: int,
) -> None:
    cv2.line(view, pixel_of(start), pixel_of(end), float(gray), thick, cv2.LINE_AA)


# --- What a page lies on ----------------------------------------------------------------------


def ground(side: int, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Return a ground to write on, and whether the ink on it is light.

    Returns
    -------
    numpy.ndarray of float32, (side, side)
        Gray values, 0 to 255.
    bool
        Whether it wants light ink.
    """
    kind = rng.choice(4, p=[0.12, 0.05, 0.17, 0.66])
    if kind == 0:
        view = photograph(side, rng)
        if rng.random() < 0.6:
            # Writing on a picture is legible where the picture is quiet.
            view = view.mean() + rng.uniform(0.2, 0.7) * (view - view.mean())
        return view, bool((view.mean() < 120) != (rng.random() < 0.15))
    if kind == 1:
        view = texture(side, rng)
        return view, bool(view.mean() < 120)
    if kind == 2:
        return np.full((side, side), rng.uniform(3, 95), np.float32), True
    return np.full((side, side), rng.uniform(130, 254), np.float32), False


def rule(view: np.ndarray, size: float, light: bool, rng: np.random.Generator) -> None:
    """Rule a ground or square it, in place; half of all stay plain.

    Parameters
    ----------
    view : numpy.ndarray of float32, (side, side)
        The ground.
    size : float
        Height of what is written, pixels: the lines' distance goes with it.
    light : bool
        Whether the ground is dark and its lines light.
    rng : numpy.random.Generator
        The source of chance.
    """
    kind = rng.random()
    if kind < 0.5:
        return
    rows, columns = np.mgrid[: len(view), : len(view)].astype(np.float32)
    turn = rng.normal(0, 0.05)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    pitch = max(
        5.0, size * rng.choice([0.25, 0.5, 0.6, 1, 1.3, 1.8, 2.5]) * rng.uniform(0.85, 1.15)
    )
    thick = max(0.5, pitch * rng.uniform(0.01, 0.07))
    lines = _stripes(across + rng.uniform(0, pitch), pitch, thick)
    if kind > 0.72:
        others = _stripes(along + rng.uniform(0, pitch), pitch, thick)
        # Now and then dots where the lines would cross.
        lines = lines * others if kind > 0.96 else np.maximum(lines, others)
    ink = rng.uniform(110, 230) if light else rng.uniform(30, 180)
    view += lines * rng.uniform(0.1, 1) * (ink - view)


def _stripes(position: np.ndarray, pitch: float, thick: float) -> np.ndarray:
    away = np.abs(position % pitch - pitch / 2)
    return np.clip(thick / 2 - away + 0.5, 0, 1)
