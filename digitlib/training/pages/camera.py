"""What light and a camera make of a scene, and which of its digits are seen."""

import cv2
import numpy as np

from digitlib.training.pages.page import MOST, SIDE

# Digits smaller than this, in pixels, or of which less is seen, count neither way; of which
# still less is seen, are none.
SMALLEST, LEAST_SEEN, REST_SEEN = 8, 0.8, 0.4


def lit(view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a view, gray values (SIDE, SIDE), in uneven light, with shadow and glare.

    At times it is a negative. The values stay between 0 and 255.
    """
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype(np.float32)
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        slope = np.cos(angle) * columns + np.sin(angle) * rows
        view = view * np.clip(1 + rng.uniform(0, 0.45) * slope, 0.15, 1.3)
    if rng.random() < 0.25:
        angle = rng.uniform(0, 2 * np.pi)
        edge = np.cos(angle) * columns + np.sin(angle) * rows - rng.uniform(-0.6, 0.6)
        dark = 1 / (1 + np.exp(-np.clip(edge / rng.uniform(0.008, 0.3), -30, 30)))
        view = view * (1 - rng.uniform(0.15, 0.6) * dark)
    if rng.random() < 0.06:
        away = np.hypot(columns - rng.uniform(-1, 1), rows - rng.uniform(-1, 1))
        view = view + 200 * rng.uniform(0.2, 1) * np.exp(-((away / rng.uniform(0.1, 0.4)) ** 2))
    if rng.random() < 0.08:
        view = 255 - np.clip(view, 0, 255)
    return np.clip(view, 0, 255)


def photographed(view: np.ndarray, smallest: float, rng: np.random.Generator) -> np.ndarray:
    """Return a view as a camera sees it: blurred, coarse, noisy and compressed.

    Parameters
    ----------
    view : numpy.ndarray of float32, (SIDE, SIDE)
        Gray values, 0-255.
    smallest : float
        Height of the smallest digit, pixels: what would make it unreadable is not done.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    numpy.ndarray of uint8, (SIDE, SIDE)
    """
    if rng.random() < 0.7:
        blur = min(rng.exponential(0.03) * smallest + rng.uniform(0.3, 0.8), 6)
        view = cv2.GaussianBlur(view, (0, 0), blur, sigmaY=blur * rng.uniform(0.5, 1))
    if rng.random() < 0.15 and smallest > 24:
        few = max(int(SIDE * rng.uniform(11, 24) / smallest), 20)
        view = cv2.resize(view, (few, few), interpolation=cv2.INTER_AREA)
        view = cv2.resize(view, (SIDE, SIDE), interpolation=int(rng.choice([0, 1, 2])))
    if rng.random() < 0.7:
        view = view + rng.standard_normal((SIDE, SIDE), np.float32) * rng.exponential(4)
    image = np.clip(view, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 95))]
        stored = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE)
        assert stored is not None
        return stored
    return image


def framed(
    image: np.ndarray,
    boxes: np.ndarray,
    digits: list[int],
    hidden: np.ndarray,
    smallest: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Crop some pictures tightly, and list the digits that are left.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (SIDE, SIDE)
        The picture.
    boxes : numpy.ndarray of float, (n, 4)
        Left, top, right and bottom of its digits.
    digits : list of int
        Which they are.
    hidden : numpy.ndarray of int, (n,)
        As :func:`digitlib.training.pages.sheets.hold` returns it.
    smallest : float
        Height of the smallest digit, pixels.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    image : numpy.ndarray of uint8, (SIDE, SIDE)
        Gray where something is cut away.
    rows : numpy.ndarray of float32, (MOST, 6)
        Digit, left, top, right, bottom, and 1 where it counts neither way.
    """
    frame = np.array([0, 0, SIDE, SIDE])
    if len(boxes) and rng.random() < 0.15:
        margin = rng.uniform(0, 0.25) * smallest
        low = np.maximum(0, np.floor(boxes[:, :2].min(0) - margin)).astype(int)
        high = np.minimum(SIDE, np.ceil(boxes[:, 2:].max(0) + margin)).astype(int)
        if (high - low).min() > 16:
            frame = np.concatenate([low, high])
            inside = image[low[1] : high[1], low[0] : high[0]]
            # Beyond the border of a picture there is nothing: its middle gray.
            cropped = np.full_like(image, np.median(inside))
            cropped[low[1] : high[1], low[0] : high[0]] = inside
            image = cropped
    rows = np.zeros((MOST, 6), np.float32)
    rows[:, 0] = -1
    count = 0
    for box, digit, lost in zip(boxes, digits, hidden, strict=True):
        seen = np.concatenate([np.maximum(box[:2], frame[:2]), np.minimum(box[2:], frame[2:])])
        share = np.prod(np.maximum(0, seen[2:] - seen[:2])) / max(1, np.prod(box[2:] - box[:2]))
        if share <= REST_SEEN or lost > 1:
            continue
        small = max(box[2:] - box[:2]) < SMALLEST
        rows[count] = digit, *seen, float(share < LEAST_SEEN or bool(lost) or small)
        count += 1
    return image, rows
