"""From a shape to an image in MNIST's own form: cut out, 20 x 20, centered in 28 x 28."""

import cv2
import numpy as np

from digitlib.reading.components import Box, own_strokes

# Strokes of MNIST digits are two to three pixels wide; thinner ones are thickened to this.
STROKE_WIDTH = 2.2

# Where MNIST's makers put the center of mass: counted from 0, row 14 and column 14.
MIDDLE = 14


def cut_out(
    ink: np.ndarray,
    mask: np.ndarray,
    box: Box,
    *,
    strokes: np.ndarray | None = None,
    thicken: bool = True,
) -> np.ndarray:
    """Cut one digit out, without the strokes of its neighbors, at full contrast.

    Strokes thinner than those of MNIST are thickened, in proportion to the box, to the
    width that they have there.

    Parameters
    ----------
    ink, mask : numpy.ndarray of uint8, (height, width)
        From :func:`even_light` and :func:`threshold`.
    box : Box
        Where the digit stands.
    strokes : numpy.ndarray of uint8, (box.height, box.width), optional
        255 where the digit's own strokes are; by default those in the box that do not reach
        into it from a neighbor.
    thicken : bool
        Whether thin strokes are thickened.

    Returns
    -------
    numpy.ndarray of uint8, (box.height, box.width)
        Ink on a ground of 0, the strongest strokes at 255.
    """
    window = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
    inside = own_strokes(mask, box) if strokes is None else strokes
    # One pixel more than the mask keeps the soft rim of the strokes.
    rim = cv2.dilate(inside, np.ones((3, 3), np.uint8))
    digit = np.where(rim > 0, ink[window], 0).astype(np.float32)
    full = np.percentile(digit[inside > 0], 60) if inside.any() else 255.0
    digit = np.clip(digit * (255.0 / max(full, 1.0)), 0, 255).astype(np.uint8)
    distance = cv2.distanceTransform(cv2.copyMakeBorder(inside, 1, 1, 1, 1, 0), cv2.DIST_L2, 3)
    ridge = distance[distance > 0]
    width = 2 * float(np.percentile(ridge, 85)) if ridge.size else 1.0
    missing = STROKE_WIDTH * max(box.width, box.height) / 20 - width
    if thicken and missing >= 1:
        size = round(missing) + 1
        pad = size // 2 + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        digit = cv2.dilate(
            cv2.copyMakeBorder(digit, pad, pad, pad, pad, cv2.BORDER_CONSTANT), kernel
        )
    return digit


def fit_into_20(digit: np.ndarray) -> np.ndarray:
    """Scale a digit so that its longer side is 20 pixels, as MNIST's makers did.

    The shape is kept and the rim is smooth (anti-aliased), see LeCun, Bottou, Bengio and
    Haffner 1998, Proc. IEEE 86(11), section III.A.
    """
    height, width = digit.shape
    scale = 20 / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(digit, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def center_by_mass(digit: np.ndarray) -> np.ndarray:
    """Place a digit of at most 20 x 20 so that its ink balances at row 14, column 14 of 28 x 28.

    Parameters
    ----------
    digit : numpy.ndarray of uint8
        From :func:`fit_into_20`.

    Returns
    -------
    numpy.ndarray of uint8, (28, 28)
        MNIST's own form: 0 for paper, 255 for full ink.

    Raises
    ------
    ValueError
        If a side is longer than 20 pixels.
    """
    height, width = digit.shape
    if max(height, width) > 20:
        raise ValueError(f"expected at most 20 x 20 pixels, found {height} x {width}")
    mass = cv2.moments(digit)
    if mass["m00"] > 0:
        column, row = mass["m10"] / mass["m00"], mass["m01"] / mass["m00"]
    else:
        column, row = (width - 1) / 2, (height - 1) / 2
    left = min(max(round(MIDDLE - column), 0), 28 - width)
    top = min(max(round(MIDDLE - row), 0), 28 - height)
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = digit
    return image


def in_the_middle(digit: np.ndarray) -> np.ndarray:
    """Place a digit of at most 28 x 28 in the middle of 28 x 28, wherever its ink is."""
    height, width = digit.shape
    image = np.zeros((28, 28), np.uint8)
    top, left = (28 - height) // 2, (28 - width) // 2
    image[top : top + height, left : left + width] = digit
    return image
