"""A second look: who is in doubt about a place looks again, from the right distance.

The pyramid shows a picture in sizes that are halves of each other, so that most digits are seen
somewhat too large or too small. Each place in doubt is cut out and shown in sizes that the page
network knows well; what it says each time is averaged.
"""

import numpy as np

from digitlib.reading.finder import Finder
from digitlib.reading.places import Place, logit, peaks, shared
from digitlib.reading.pyramid import Gray, as_seen, cut, gray_of, shrunk


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
    measured = gray_of(gray)
    # The nearest to the threshold first, if there are too many.
    doubtful = doubtful[np.argsort(np.abs(confidence[doubtful] - settings.least_confidence))]
    for index in doubtful[: settings.most_looks]:
        again[index] = _looked_at(gray, places[index], measured, finder)
    return again


def _looked_at(gray: np.ndarray, place: Place, measured: Gray, finder: Finder) -> Place:
    settings = finder.settings
    middles, classes = [logit(place.middle)], [place.classes]
    for size in settings.look_sizes:
        seen, scale, origin = _window(gray, place, size, settings.look_side, measured)
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
    gray: np.ndarray, place: Place, size: float, side: int, measured: Gray
) -> tuple[np.ndarray, float, tuple[float, float]]:
    """Cut a window around a place, in which it is `size` pixels long; return scale and origin."""
    pixels = max(4, round(side * max(place.width, place.height, 2.0) / size))
    height, width = gray.shape
    # A middle can be found a little beyond the border, where there is nothing to see.
    left = round(min(max(place.left + place.right, 0), 2 * width) / 2 - pixels / 2)
    top = round(min(max(place.top + place.bottom, 0), 2 * height) / 2 - pixels / 2)
    window = cut(gray, left, top, left + pixels, top + pixels, measured.ground)
    scale = side / pixels
    return as_seen(shrunk(window, scale), measured), scale, (-left * scale, -top * scale)
