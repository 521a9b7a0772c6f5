"""From gray values to strokes: even light, and a threshold for each place.

A photograph passes through them in this order: :func:`to_gray`, :func:`even_light`,
:func:`threshold`.
"""

import cv2
import numpy as np

# Ink must differ from paper by this many gray values; less is the grain of the paper.
LEAST_CONTRAST = 18

# Paper darker than this is in no light at all: what is seen there is the camera's noise.
LEAST_LIGHT = 40


def to_gray(image: np.ndarray) -> np.ndarray:
    """Return the gray values, uint8 (height, width), of a gray or BGR image."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def even_light(gray: np.ndarray, *, opposite: bool = False) -> np.ndarray:
    """Remove shadows and uneven light, and return the ink alone.

    The paper's brightness at each place is taken to be the median of a wide neighborhood:
    strokes are narrow, so they never make up half of it. What differs from the paper, and
    is narrower than a third of the picture, is ink; wider things are a table, a shadow or a
    hand. Whether ink is darker or lighter than paper is decided by which of the two
    differences is the stronger one over the whole picture.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        Gray values, 0-255.
    opposite : bool
        Return the weaker of the two differences.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        0 for paper, up to 255 for ink, whichever of the two was darker.
    """
    height, width = gray.shape
    # The paper's brightness varies slowly: a small copy shows it as well, sixteen times faster.
    scale = min(1.0, 160 / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(gray, small_size, interpolation=cv2.INTER_AREA)
    neighborhood = max(3, int(0.45 * max(small_size)) | 1)
    margin = neighborhood // 2
    framed = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    paper = cv2.medianBlur(framed, neighborhood)
    paper = paper[margin : margin + small_size[1], margin : margin + small_size[0]]
    differences = cv2.subtract(paper, small), cv2.subtract(small, paper)
    wide = [_wide(difference) for difference in differences]
    darkness, lightness = map(_strength, map(cv2.subtract, differences, wide))
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    if (darkness < lightness) != opposite:
        return cv2.subtract(cv2.subtract(gray, paper), cv2.resize(wide[1], (width, height)))
    # Ink takes a share of the light away: the same ink differs less where there is less light.
    ink = cv2.subtract(cv2.subtract(paper, gray), cv2.resize(wide[0], (width, height)))
    return cv2.divide(ink, np.maximum(paper, LEAST_LIGHT), scale=255)


def _wide(difference: np.ndarray) -> np.ndarray:
    """Return what is wider than a third of the picture."""
    side = max(3, round(0.33 * max(difference.shape)))
    # Beyond the border everything goes on as it is there, so that dark corners are wide, too.
    padded = cv2.copyMakeBorder(difference, side, side, side, side, cv2.BORDER_REPLICATE)
    wide = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    # A margin of one pixel takes the soft rim away, too.
    return cv2.dilate(wide, np.ones((3, 3), np.uint8))[side:-side, side:-side]


def _strength(difference: np.ndarray) -> float:
    # The cube makes a few strong pixels (strokes) count for more than many weak ones (shade).
    return float(np.mean(difference.astype(np.float32) ** 3))


def threshold(ink: np.ndarray) -> np.ndarray:
    """Decide for each pixel whether it belongs to a stroke.

    The level is half of the strongest ink in the neighborhood, so that a pencil's digits are
    found beside print and dark things; but never so low that the paper's grain would pass.
    Weaker pixels still count where they continue a stroke (hysteresis: Canny 1986, IEEE
    Trans. PAMI 8(6), p. 679-698).

    Parameters
    ----------
    ink : numpy.ndarray of uint8, (height, width)
        0 for paper, up to 255 for ink, from :func:`even_light`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, 0 elsewhere; all 0 on blank paper.
    """
    height, width = ink.shape
    smooth = cv2.GaussianBlur(ink, (0, 0), max(0.8, max(ink.shape) / 1000))
    scale = min(1.0, 200 / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(smooth, small_size, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.12 * max(small_size)) | 1)
    strongest = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    strongest = cv2.blur(strongest, (reach, reach)).astype(np.float32)
    floor = np.clip(10 * _grain(smooth, small_size), LEAST_CONTRAST, 255)
    # Beside ink that is five times as strong, a smudge is no stroke, wherever it is.
    floor = np.maximum(floor, 0.2 * strongest.max())
    weak, strong = (
        cv2.compare(smooth, cv2.resize(level.astype(np.uint8), (width, height)), cv2.CMP_GT)
        for level in (
            np.maximum(0.22 * strongest, floor),
            np.maximum(0.5 * strongest, np.minimum(1.25 * floor, 255)),
        )
    )
    count, labels = cv2.connectedComponents(weak, connectivity=8)
    keep = np.zeros(count, np.uint8)
    keep[labels[strong > 0]] = 255
    keep[0] = 0
    return keep[labels]


def _grain(smooth: np.ndarray, small_size: tuple[int, int]) -> np.ndarray:
    """Return how much plain paper's values scatter, at each place of a small copy.

    It is the usual difference from the mean of the closest pixels; strokes do not count, as
    only their rims differ.
    """
    differences = cv2.absdiff(smooth, cv2.blur(smooth, (5, 5)))
    sample = cv2.resize(differences, small_size, interpolation=cv2.INTER_NEAREST)
    reach = max(3, round(0.25 * max(small_size)) | 1)
    return cv2.medianBlur(sample, reach).astype(np.float32)
