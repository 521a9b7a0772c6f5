"""Windows cut from scenes, from such a distance that the digits have the network's size."""

import cv2
import numpy as np

from digitlib.reading.pyramid import Gray, as_seen, gray_of, shrunk
from digitlib.training.pages.page import SIDE

WINDOW = 128

# Sizes that digits are brought to, in pixels, and those beyond which they count neither way
# (they will be seen in the next size) or are ground.
USUAL = 17, 50
COUNTED = 13, 62
LARGEST = 85

# A picture stands on a ground of another polarity now and then.
INVERTED = 0.15


def window(
    image: np.ndarray, boxes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut one window from a scene, in one of many sizes.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (SIDE, SIDE)
        A scene.
    boxes : numpy.ndarray of float32, (MOST, 6)
        Its digits, from :meth:`digitlib.training.pages.scenes.SceneMaker.make`.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    seen : numpy.ndarray of float32, (WINDOW, WINDOW, 3)
        What the network sees.
    boxes : numpy.ndarray of float32, (MOST, 6)
        The digits in the window.
    """
    is_digit = boxes[:, 0] >= 0
    sizes = np.maximum(boxes[:, 3] - boxes[:, 1], boxes[:, 4] - boxes[:, 2])
    zoom = np.exp(rng.uniform(np.log(0.22), np.log(4)))
    if is_digit.any() and rng.random() < 0.9:
        aim = np.exp(rng.uniform(*np.log(USUAL)))
        zoom = np.clip(aim / sizes[rng.choice(np.flatnonzero(is_digit))], 0.12, 5)
    elif boxes[0, 5] > 0 and not is_digit.any() and rng.random() < 0.8:
        # Letters are to be seen in the size of digits, or it is no art to know them.
        zoom = np.clip(np.exp(rng.uniform(*np.log(USUAL))) / boxes[0, 5], 0.12, 5)
    gray = gray_of(image)
    if zoom < 0.8:
        side = max(4, round(SIDE * zoom))
        zoom, level = side / SIDE, shrunk(image, side / SIDE)
        rest = 1.0
    else:
        level, rest = image, float(zoom)
    corner = _corner(boxes[is_digit], float(zoom), rng)
    seen = cv2.warpAffine(
        level,
        np.array([[rest, 0, -corner[0]], [0, rest, -corner[1]]]),
        (WINDOW, WINDOW),
        flags=cv2.INTER_CUBIC if rest > 1 else cv2.INTER_LINEAR,
        borderValue=[gray.ground] * 3,
    )
    if seen.ndim == 2:
        seen = cv2.merge([seen] * 3)
    return _varied(seen, gray, rng), _seen_boxes(boxes, sizes, float(zoom), corner)


def _corner(digits: np.ndarray, zoom: float, rng: np.random.Generator) -> np.ndarray:
    """Return where the window begins: often so that some digit is well inside."""
    spare = SIDE * zoom - WINDOW
    if spare <= 0:
        return rng.uniform(spare, 0, 2)
    if len(digits) and rng.random() < 0.85:
        left, top, right, bottom = digits[rng.integers(len(digits)), 1:5]
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        return np.clip(middle * zoom - rng.uniform(0.2, 0.8) * WINDOW, 0, spare)
    return rng.uniform(0, spare, 2)


def _varied(seen: np.ndarray, gray: Gray, rng: np.random.Generator) -> np.ndarray:
    """Return the window as the network sees it, stronger or weaker, at times inverted."""
    picture = as_seen(seen, gray) * np.float32(np.exp(rng.normal(0, 0.15)))
    if rng.random() < INVERTED:
        # The darkest becomes the lightest.
        picture = -picture[..., [0, 2, 1]]
    return picture


def _seen_boxes(
    boxes: np.ndarray, sizes: np.ndarray, zoom: float, corner: np.ndarray
) -> np.ndarray:
    moved = boxes.copy()
    moved[:, 1:5] = boxes[:, 1:5] * zoom - np.tile(corner, 2)
    cut = moved.copy()
    cut[:, 1:5] = np.clip(moved[:, 1:5], 0, WINDOW)
    share = _area(cut) / np.maximum(_area(moved), 1e-3)
    size = sizes * zoom
    beyond = (share < 0.8) | (size < COUNTED[0]) | (size > COUNTED[1])
    cut[:, 5] = (boxes[:, 0] >= 0) & ((boxes[:, 5] > 0) | beyond)
    cut[(share < 0.08) | (size > LARGEST), 0] = -1
    return cut


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.maximum(0, boxes[:, 3] - boxes[:, 1]) * np.maximum(0, boxes[:, 4] - boxes[:, 2])
