"""A second look: who is in doubt about a place looks again, from the right distance.

The pyramid shows a picture in sizes that are halves of each other, so that most digits are seen
somewhat too large or too small. Each place in doubt is cut out and shown in sizes that the page
network knows well; what it says each time is averaged.
"""

import cv2
import numpy as np

from digitlib.reading.finder import Finder
from digitlib.reading.places import Place, logit, peaks, shared
from digitlib.reading.pyramid import Gray, as_seen, gray_of, halved


def seen_again(
    gray: np.ndarray, places: list[Place], confidence: np.ndarray, finder: Finder
) -> list[Place]:
    """Look again at the places that nobody is sure of.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        The picture.
    places : list of Place
        What was found in it.
    confidence : numpy.ndarray of float, (n,)
        How likely each place is a digit, 0 to 1.
    finder : Finder
        The page network.

    Returns
    -------
    list of Place
        The same places; of those in doubt, the middle and the classes are means of all looks.
    """
    settings, again = finder.settings, list(places)
    doubtful = np.flatnonzero(confidence < settings.sure)
    if doubtful.size == 0:
        return again
    measured, levels = gray_of(gray), [cv2.merge([gray, gray, gray])]
    # The nearest to the threshold first, if there are too many.
    doubtful = doubtful[np.argsort(np.abs(confidence[doubtful] - settings.least_confidence))]
    for index in doubtful[: settings.most_looks]:
        again[index] = _looked_at(levels, places[index], measured, finder)
    return again


def _looked_at(levels: list[np.ndarray], place: Place, measured: Gray, finder: Finder) -> Place:
    settings = finder.settings
    middles, classes = [logit(place.middle)], [place.classes]
    for size in settings.look_sizes:
        seen, scale, origin = _window(levels, place, size, settings.look_side, measured)
        found = peaks(finder.answer_as_it_is(seen), scale, origin, settings.least_again)
        best = max(found, key=lambda one: shared(place, one), default=None)
        if best is None or shared(place, best) <= settings.same_place:
            middles.append(logit(settings.not_again))
        else:
            middles.append(logit(best.middle))
            classes.append(best.classes)
    middle = 1 / (1 + np.exp(-np.mean(middles)))
    return place._replace(middle=float(middle), classes=np.mean(classes, axis=0))


def _window(
    levels: list[np.ndarray], place: Place, size: float, side: int, measured: Gray
) -> tuple[np.ndarray, float, tuple[float, float]]:
    """Show a window around a place, in which it is `size` pixels long; return scale and origin.

    The picture in sizes that are halves of each other grows by those that are missing.
    """
    scale = size / max(place.width, place.height, 2.0)
    halves = max(0, int(np.log2(1 / scale)))
    while len(levels) <= halves:
        levels.append(halved(levels[-1]))
    height, width = levels[0].shape[:2]
    # A middle can be found a little beyond the border, where there is nothing to see.
    x = min(max(place.left + place.right, 0), 2 * width) / 2
    y = min(max(place.top + place.bottom, 0), 2 * height) / 2
    origin = side / 2 - x * scale, side / 2 - y * scale
    rest = scale * 2**halves
    window = cv2.warpAffine(
        levels[halves],
        np.array([[rest, 0, origin[0]], [0, rest, origin[1]]]),
        (side, side),
        flags=cv2.INTER_CUBIC if rest > 1 else cv2.INTER_LINEAR,
        borderValue=[measured.ground] * 3,
    )
    return as_seen(window, measured), scale, origin
