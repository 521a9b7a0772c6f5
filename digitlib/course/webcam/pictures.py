"""Pictures on their way to the page: smaller, packed, and the steps from one to its digits."""

import cv2
import numpy as np

from digitlib.reading import photo

# The longest sides, in pixels, of a picture that is shown, and of its steps.
PREVIEW, STEP = 960, 320


def png(image: np.ndarray) -> bytes:
    """Return a picture as a PNG.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.

    Returns
    -------
    bytes
    """
    return cv2.imencode(".png", image)[1].tobytes()


def jpeg(image: np.ndarray) -> bytes:
    """Return a picture as a JPEG.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.

    Returns
    -------
    bytes
    """
    return cv2.imencode(".jpg", image)[1].tobytes()


def shrink(image: np.ndarray, longest: int) -> np.ndarray:
    """Make a picture smaller where it is larger than wanted.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.
    longest : int
        The most pixels that its longer side may have.

    Returns
    -------
    numpy.ndarray of uint8
        With the same proportions.
    """
    height, width = image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(scale * width)), max(1, round(scale * height))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def steps(image: np.ndarray) -> dict[str, np.ndarray]:
    """Return the pictures between a photograph and its digits.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.

    Returns
    -------
    dict of str to numpy.ndarray of uint8, (height, width)
        Each step by its name, at most 320 pixels long.
    """
    gray = photo.to_gray(shrink(image, STEP))
    ink = photo.even_light(gray)
    return {"gray": gray, "ink, light evened out": 255 - ink, "strokes": 255 - photo.threshold(ink)}
