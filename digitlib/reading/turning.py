"""Pages that lie on their side or stand on their head, noticed because more digits are seen then.

The network was shown turned digits as what they are, none: a page that is turned shows it only
those that look like digits either way, such as 0, 1 and 8.
"""

import numpy as np

from digitlib.data import ONE_WAY
from digitlib.reading.finder import Finder, View, busy
from digitlib.reading.places import Place, distinct
from digitlib.reading.pyramid import gray_of, shrunk
from digitlib.reading.settings import Settings


def quarter_turns(gray: np.ndarray, places: list[Place], finder: Finder) -> int:
    """Return by how many quarters a page has to be turned, against the clock, to be read.

    Parameters
    ----------
    gray : numpy.ndarray of uint8, (height, width)
        The picture.
    places : list of Place
        What was found in it as it is.
    finder : Finder
        The page network.

    Returns
    -------
    int
        0 to 3; 0 unless turning it shows clearly more digits.
    """
    settings = finder.settings
    if _stands_upright(places, settings):
        return 0
    measured = gray_of(gray)
    strengths, counts = np.zeros(4), np.zeros(4, int)
    for scale in _scales(gray, places, settings):
        level, _ = busy(shrunk(gray, scale), settings)
        for quarters in range(4):
            turned = View(np.rot90(level, quarters), 1.0, (0, 0))
            found = distinct(finder.look(turned, measured), settings)
            sure = np.array([place.middle * place.classes.max() for place in found])
            sure = sure[sure > settings.turned_sure]
            if sure.sum() > strengths[quarters]:
                strengths[quarters], counts[quarters] = sure.sum(), len(sure)
    best = int(np.argmax(strengths))
    clearly = settings.turned_lead * strengths[0] + settings.turned_more
    return best if counts[best] >= settings.turned_digits and strengths[best] > clearly else 0


def _scales(gray: np.ndarray, places: list[Place], settings: Settings) -> list[float]:
    """Return in which sizes a picture is compared with itself, turned."""
    sizes = [
        max(place.width, place.height)
        for place in places
        if place.middle >= settings.surely_something
    ]
    if len(sizes) >= settings.turned_digits:
        # One is enough: that in which most of the digits are seen best, if time allows.
        most = (settings.turned_pixels / gray.size) ** 0.5
        return [float(min(settings.best_seen / np.median(sizes), most, 1.0))]
    usual = min(settings.turned_side / max(gray.shape), 1.0)
    return [usual, usual / 2]


def _stands_upright(places: list[Place], settings: Settings) -> bool:
    """Whether enough of the digits are sure, and of those that are none when they are turned."""
    sure = [
        int(place.classes.argmax())
        for place in places
        if place.middle * place.classes.max() > settings.upright_sure
    ]
    return sum(digit in ONE_WAY for digit in sure) > settings.upright_share * len(sure)


def turned_back(place: Place, quarters: int, height: int, width: int) -> Place:
    """Return a place of a turned picture as a place of the picture before.

    Parameters
    ----------
    place : Place
        In the picture after ``numpy.rot90(picture, quarters)``.
    quarters : int
        How often it was turned, 0 to 3.
    height, width : int
        Of the picture before.

    Returns
    -------
    Place
    """
    left, top, right, bottom = place[:4]
    if quarters == 1:
        left, top, right, bottom = width - bottom, left, width - top, right
    elif quarters == 2:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif quarters == 3:
        left, top, right, bottom = top, height - right, bottom, height - left
    return place._replace(left=left, top=top, right=right, bottom=bottom)
