"""Training images varied by hand's play: turned, slanted, scaled, moved, thicker, thinner."""

import cv2
import numpy as np


def augment(
    images: np.ndarray,
    rng: np.random.Generator,
    *,
    rotation: float = 12.0,
    shear: float = 0.2,
    scale: float = 0.12,
    shift: float = 2.0,
    stroke: float = 0.3,
) -> np.ndarray:
    """Return a varied copy of each image, its label unchanged.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Images in MNIST's own form.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same images.
    rotation : float
        Largest angle, degrees either way.
    shear : float
        Largest slant: pixels sideways for each pixel of height.
    scale : float
        Largest change of size, as a share, in each direction on its own.
    shift : float
        Largest move, pixels in each direction.
    stroke : float
        Share of the images whose strokes become one pixel thicker or thinner.

    Returns
    -------
    numpy.ndarray of uint8, (n, 28, 28)
        New images; the given ones stay as they are.
    """
    count = len(images)
    angle = np.radians(rng.uniform(-rotation, rotation, count))
    slant = rng.uniform(-shear, shear, count)
    size = rng.uniform(1 - scale, 1 + scale, (count, 2))
    move = rng.uniform(-shift, shift, (count, 2))
    thicker = rng.random(count) < stroke / 2
    thinner = ~thicker & (rng.random(count) < stroke / 2)
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrices = np.zeros((count, 2, 3))
    matrices[:, :, 0] = rotate[:, 0].T * size[:, :1]
    matrices[:, :, 1] = (rotate[:, 1].T + rotate[:, 0].T * slant[:, None]) * size[:, 1:]
    # The middle of the image stays where it is, but for the move.
    middle = np.array([13.5, 13.5])
    matrices[:, :, 2] = middle + move - matrices[:, :, :2] @ middle
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    square = np.ones((2, 2), np.uint8)
    varied = np.empty_like(images)
    for index, image in enumerate(images):
        if thicker[index]:
            image = cv2.dilate(image, square)
        elif thinner[index]:
            image = _thinner(image, cross)
        varied[index] = cv2.warpAffine(image, matrices[index], (28, 28))
    return varied


def _thinner(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    # Full erosion would break thin strokes, so half of the way is gone.
    return cv2.addWeighted(image, 0.5, cv2.erode(image, kernel), 0.5, 0)
