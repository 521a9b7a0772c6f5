"""Digits as cameras and pens make them, in MNIST's form: domain randomization for training.

:func:`digitlib.training.augment.augment` varies what a hand does. Here the pen, the paper and the
camera vary as well, more widely than any one of them does, so that a photograph is one
more variation (Tobin et al. 2017, "Domain Randomization for Transferring Deep Neural
Networks from Simulation to the Real World", IROS).
"""

import cv2
import numpy as np

from digitlib.reading.normalize import center_by_mass, fit_into_20

# Side of the canvas on which shapes are drawn and bent before they become 28 x 28.
CANVAS = 64

# Pixels of the canvas for each pixel of the 20 x 20 box that a digit ends in.
_ZOOM = 2


def randomize(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each digit as another pen, paper and camera might give it.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits in MNIST's own form.
    labels : numpy.ndarray of uint8, (n,)
        0 to 9; a seven may get a bar and a one an upstroke, as they are written in Europe.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same images.

    Returns
    -------
    numpy.ndarray of uint8, (n, 28, 28)
        New images in the same form.
    """
    varied = np.empty_like(images)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        canvas = on_canvas(image)
        if label == 7 and rng.random() < 0.15:
            _add_bar(canvas, rng)
        elif label == 1 and rng.random() < 0.25:
            _add_upstroke(canvas, rng)
        varied[index] = photographed(bent(canvas, rng), rng)
    return varied


def on_canvas(image: np.ndarray) -> np.ndarray:
    """Return an image (28, 28) enlarged in the middle of an empty canvas (64, 64)."""
    side = 28 * _ZOOM
    margin = (CANVAS - side) // 2
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    canvas[margin : margin + side, margin : margin + side] = large
    return canvas


def _add_bar(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Draw a short bar through the stem of a seven."""
    rows = np.flatnonzero(canvas.max(axis=1) > 127)
    row = int(rows[0] + rng.uniform(0.45, 0.65) * (rows[-1] - rows[0]))
    columns = np.flatnonzero(canvas[row] > 127)
    if columns.size == 0:
        return
    middle, half, rise = columns.mean(), rng.uniform(6, 11), rng.uniform(-2, 2)
    start, end = ((int(middle + side * half), int(row - side * rise)) for side in (-1, 1))
    cv2.line(canvas, start, end, 255, int(rng.integers(3, 6)), cv2.LINE_AA)


def _add_upstroke(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Draw the stroke with which a European one begins, and sometimes the bar it stands on."""
    rows = np.flatnonzero(canvas.max(axis=1) > 127)
    height = rows[-1] - rows[0]
    top = int(rows[0]) + 2
    x = int(np.flatnonzero(canvas[rows[0] + 1] > 60).mean())
    length, angle = rng.uniform(0.25, 0.55) * height, np.radians(rng.uniform(30, 60))
    end = (int(x - length * np.sin(angle)), int(top + length * np.cos(angle)))
    thickness = int(rng.integers(3, 6))
    cv2.line(canvas, (x, top), end, 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.3:
        foot, bottom = int(np.flatnonzero(canvas[rows[-1] - 1] > 60).mean()), int(rows[-1]) - 1
        half = rng.uniform(0.15, 0.3) * height
        ends = (int(foot - half), bottom), (int(foot + half), bottom)
        cv2.line(canvas, *ends, 255, thickness, cv2.LINE_AA)


# Eight by eight nodes, from which the place of every pixel follows.
_NODE_ROWS, _NODE_COLUMNS = (np.mgrid[:8, :8].astype(np.float32) - 3.5) * (CANVAS / 8)


def bent(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a canvas turned, slanted, scaled and bent as rubber would be, all by chance.

    The elastic part follows Simard, Steinkraus and Platt 2003, "Best Practices for
    Convolutional Neural Networks", with a smooth field from a few random moves.
    """
    angle, slant = np.radians(rng.normal(0, 10)), rng.normal(0, 0.18)
    wide, high = rng.uniform(0.8, 1.2, 2)
    moves = rng.normal(0, rng.uniform(0, 2.2), (4, 4, 2)).astype(np.float32)
    places = cv2.resize(moves, (8, 8), interpolation=cv2.INTER_CUBIC)
    cosine, sine = np.cos(angle), np.sin(angle)
    places[..., 0] += wide * (cosine * _NODE_COLUMNS + sine * _NODE_ROWS) + slant * _NODE_ROWS
    places[..., 1] += high * (cosine * _NODE_ROWS - sine * _NODE_COLUMNS)
    places += (CANVAS - 1) / 2
    places = cv2.resize(places, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR)
    return cv2.remap(canvas, places, None, cv2.INTER_LINEAR)


def photographed(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a shape with a random pen, photograph it, and return it in MNIST's form.

    What varies: the width of the stroke, gaps in it, the remains of a ruled line, how sharp
    and how dark it is, the grain of the paper; and how well the shape is cut out, scaled
    and centered.

    Parameters
    ----------
    canvas : numpy.ndarray of uint8, (64, 64)
        Ink on a ground of 0.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    numpy.ndarray of uint8, (28, 28)
        An image such as :func:`digitlib.reading.photo.find_digits` gives.
    """
    chance = rng.random(8)
    canvas = _other_pen(canvas, rng) if chance[0] < 0.6 else canvas
    if chance[1] < 0.12:
        _break(canvas, rng)
    if chance[2] < 0.12:
        _add_line_remains(canvas, rng)
    if chance[3] < 0.7:
        # Cameras smooth a stroke's rim, the full contrast of cutting out makes it steep.
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 2.0))
        low, steepness = rng.uniform(5, 90), rng.uniform(1.1, 5)
        canvas = cv2.convertScaleAbs(cv2.subtract(canvas, int(low)), alpha=steepness)
    x, y, width, height = cv2.boundingRect((canvas > 50).astype(np.uint8))
    if width == 0:
        return np.zeros((28, 28), np.uint8)
    if chance[4] < 0.3:
        left, top, right, bottom = rng.integers(0, 4, 4)
        x, y = max(0, x - left), max(0, y - top)
        width, height = width + left + right, height + top + bottom
    image = center_by_mass(fit_into_20(canvas[y : y + height, x : x + width]))
    if chance[5] < 0.3:
        scale, move = rng.uniform(0.85, 1.1), rng.uniform(-1.5, 1.5, 2)
        middle = 13.5 * (1 - scale) + move
        matrix = np.array([[scale, 0, middle[0]], [0, scale, middle[1]]])
        image = cv2.warpAffine(image, matrix, (28, 28))
    if chance[6] < 0.3:
        # Uneven ink: a pencil on rough paper, a marker that runs dry.
        fade = cv2.resize(rng.uniform(0.45, 1, (4, 4)), (28, 28), interpolation=cv2.INTER_LINEAR)
        image = (image * fade).astype(np.uint8)
    if chance[7] < 0.3:
        noise = rng.normal(0, rng.uniform(4, 25), (28, 28))
        # The paper round the strokes was cut away, grain is left near them alone.
        near = cv2.dilate(image, np.ones((3, 3), np.uint8)) > 40
        image = np.clip(image + noise * near, 0, 255).astype(np.uint8)
    return image


def _other_pen(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make the strokes thicker or thinner by a fraction of pixels."""
    if rng.random() < 0.5:
        size = int(rng.integers(2, 6))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        return cv2.dilate(canvas, kernel)
    kernel = np.ones((2, 2), np.uint8)
    thinner = cv2.erode(canvas, kernel)
    share = rng.uniform(0.2, 0.8)
    return cv2.addWeighted(canvas, 1 - share, thinner, share, 0)


def _break(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Wipe out a narrow gap or two across a stroke."""
    rows, columns = np.nonzero(canvas > 127)
    if rows.size == 0:
        return
    for _ in range(rng.integers(1, 3)):
        place = rng.integers(rows.size)
        x, y = int(columns[place]), int(rows[place])
        angle = rng.uniform(0, np.pi)
        dx, dy = int(6 * np.cos(angle)), int(6 * np.sin(angle))
        cv2.line(canvas, (x - dx, y - dy), (x + dx, y + dy), 0, int(rng.integers(1, 4)))


def _add_line_remains(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Leave short pieces of a ruled line where it met the strokes."""
    rows, columns = np.nonzero(canvas > 127)
    if rows.size == 0:
        return
    for _ in range(rng.integers(1, 4)):
        place = rng.integers(rows.size)
        x, y = int(columns[place]), int(rows[place])
        before, after = rng.integers(0, 9, 2).tolist()
        along = ((x - before, y), (x + after, y))
        if rng.random() < 0.35:
            along = ((x, y - before), (x, y + after))
        cv2.line(canvas, *along, 255, int(rng.integers(1, 3)))
