"""From gray values to strokes: even light, a local threshold, no ruled lines.

A photograph passes through them in this order: :func:`to_gray`, :func:`even_light`,
:func:`threshold`, :func:`remove_lines`.
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
    paper = cv2.medianBlur(
        cv2.copyMakeBorder(small, *[neighborhood // 2] * 4, cv2.BORDER_REPLICATE), neighborhood
    )
    margin = neighborhood // 2
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
    padded = cv2.copyMakeBorder(difference, *[side] * 4, cv2.BORDER_REPLICATE)
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


def remove_lines(mask: np.ndarray) -> np.ndarray:
    """Erase the lines of ruled and squared paper, and leave the strokes that cross them.

    Long straight lines are found with Hough's transform (Matas, Galambos and Kittler 2000,
    "Robust detection of lines using the progressive probabilistic Hough transform",
    Computer Vision and Image Understanding 78(1), p. 119-137). Along each, the mask is
    erased where it is about as thick across as the line is at most places; it is thicker
    where a stroke crosses.

    Parameters
    ----------
    mask : numpy.ndarray of uint8, (height, width)
        255 where there is a stroke, from :func:`threshold`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width)
        The mask without the lines.
    """
    longest = max(mask.shape)
    scale = min(1.0, 400 / longest)
    small = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least = 0.35 * max(small.shape)
    # Only what reaches far enough, gaps closed, can be such a line.
    small = np.where(small > 60, np.uint8(255), np.uint8(0))
    closed = cv2.dilate(small, np.ones((7, 7), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    far = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least
    far[0] = False
    if not far.any():
        return mask
    found = cv2.HoughLinesP(
        small * far[labels],
        1,
        np.pi / 180,
        int(0.5 * least),
        minLineLength=least,
        maxLineGap=0.03 * max(small.shape),
    )
    if found is None:
        return mask
    clean = mask.copy()
    for line in found.reshape(-1, 4) / scale:
        _erase_along(clean, line[:2], line[2:], max(3, round(0.012 * longest)))
    return clean


def _erase_along(mask: np.ndarray, start: np.ndarray, end: np.ndarray, thickest: int) -> None:
    """Erase a line from a mask where it is thin; do nothing if it is not much longer than thick."""
    height, width = mask.shape
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length
    # One row for each step along the line, one column for each step across it.
    across = np.arange(-2 * thickest, 2 * thickest + 1)
    middle = start + np.arange(0, length)[:, np.newaxis] * along
    places = middle[:, np.newaxis] + across[:, np.newaxis] * np.array([-along[1], along[0]])
    columns, rows = np.rint(places).astype(np.int32).transpose(2, 0, 1)
    np.clip(columns, 0, width - 1, out=columns)
    np.clip(rows, 0, height - 1, out=rows)
    inked = mask[rows, columns] > 0
    # The line need not lie exactly where the transform has it: follow the nearest ink.
    distance = np.where(inked, np.abs(across), across.size)
    nearest = distance.argmin(axis=1)
    steps = np.arange(len(inked))
    met = distance[steps, nearest] <= thickest
    gaps = np.cumsum(~inked, axis=1)
    in_run = inked & (gaps == gaps[steps, nearest][:, np.newaxis])
    thickness = in_run.sum(axis=1)
    if met.sum() < 0.5 * len(inked):
        return
    usual = float(np.median(thickness[met]))
    if usual > thickest or length < 30 * usual:
        return
    thin = met & (thickness <= 1.5 * usual + 1)
    erased = in_run & thin[:, np.newaxis]
    mask[rows[erased], columns[erased]] = 0
