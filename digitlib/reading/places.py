"""From the page network's answers to places: where a digit stands, how large, and which."""

from typing import NamedTuple

import cv2
import numpy as np

from digitlib.reading.settings import Settings

# Pixels for each cell of an answer, and the size in pixels whose logarithm is 0: as trained.
STRIDE, UNIT = 4, 32


class Place(NamedTuple):
    """Where the page network sees a digit.

    Attributes
    ----------
    left, top, right, bottom : float
        Its box, pixels of the picture.
    middle : float
        The chance that the middle of a digit is there, 0 to 1.
    classes : numpy.ndarray of float32, (10,)
        The chances of the ten digits, if it is one; they sum to 1.
    seen : float
        The longer side of the box, in pixels of the size in which it was found.
    """

    left: float
    top: float
    right: float
    bottom: float
    middle: float
    classes: np.ndarray
    seen: float

    @property
    def width(self) -> float:
        """Width in pixels of the picture."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels of the picture."""
        return self.bottom - self.top


def peaks(
    answer: np.ndarray, scale: float, origin: tuple[float, float], least: float
) -> list[Place]:
    """List the cells whose chance of a middle is the highest among their neighbors.

    Parameters
    ----------
    answer : numpy.ndarray of float32, (rows, columns, 15)
        From the page network.
    scale : float
        Pixels of what it saw for each pixel of the picture.
    origin : tuple of float
        Column and row, in pixels of what it saw, where the picture begins.
    least : float
        Chance below which nothing is listed.

    Returns
    -------
    list of Place
    """
    # The logistic function rises: its inverse of the least is quicker than all its values.
    score = answer[..., 0]
    highest = cv2.dilate(score, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((score == highest) & (score > np.log(least / (1 - least))))
    values = answer[rows, columns]
    middles = 1 / (1 + np.exp(-values[:, 0]))
    classes = np.exp(values[:, 1:11] - values[:, 1:11].max(axis=1, keepdims=True))
    classes /= classes.sum(axis=1, keepdims=True)
    x = ((columns + 0.5 + values[:, 11]) * STRIDE - origin[0]) / scale
    y = ((rows + 0.5 + values[:, 12]) * STRIDE - origin[1]) / scale
    wide, high = UNIT * np.exp(np.clip(values[:, 13:15].T, -4, 3)) / scale
    return [
        Place(
            left,
            top,
            right,
            bottom,
            float(middle),
            chances,
            float(scale * max(right - left, bottom - top)),
        )
        for (left, top, right, bottom), middle, chances in zip(
            np.stack([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2], axis=1).tolist(),
            middles,
            classes,
            strict=True,
        )
    ]


def logit(chance: float) -> float:
    """Return the logarithm of a chance's odds, the inverse of the logistic function."""
    chance = min(max(float(chance), 1e-4), 1 - 1e-4)
    return float(np.log(chance / (1 - chance)))


def shared(one: Place, other: Place) -> float:
    """Return the common area of two places, as a share of all that they cover."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(wide, 0.0) * max(high, 0.0)
    return common / (one.width * one.height + other.width * other.height - common)


def weight(place: Place, settings: Settings) -> float:
    """Return how much a find counts: how sure it is, less if it was seen very small or large."""
    off = np.log(max(place.seen, 1) / settings.best_seen) / settings.spread
    return float(place.middle * place.classes.max() * np.exp(-0.5 * off**2))


def distinct(places: list[Place], settings: Settings) -> list[Place]:
    """Put finds of the same digit together, as it is seen in several sizes.

    Parameters
    ----------
    places : list of Place
        From all sizes of a picture.
    settings : Settings
        What counts as the same place.

    Returns
    -------
    list of Place
        The weightiest find of each digit, the classes averaged over all that agree on its box.
    """
    if not places:
        return []
    weights = np.array([weight(place, settings) for place in places])
    order = np.argsort(-weights, kind="stable")[: settings.most_finds]
    places, weights = [places[index] for index in order], weights[order]
    boxes = np.array([place[:4] for place in places])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    kept: list[int] = []
    votes: dict[int, np.ndarray] = {}
    for index, box in enumerate(boxes):
        if kept:
            low, high = np.maximum(box[:2], boxes[kept, :2]), np.minimum(box[2:], boxes[kept, 2:])
            common = np.prod(np.maximum(high - low, 0), axis=1)
            union = common / (areas[index] + areas[kept] - common)
            same = int(union.argmax())
            if union[same] > settings.same_place:
                if union[same] > 0.5:
                    votes[kept[same]] += weights[index] * places[index].classes
                continue
            if (common / np.minimum(areas[index], areas[kept])).max() > settings.inside:
                continue
        kept.append(index)
        votes[index] = weights[index] * places[index].classes
    return [places[index]._replace(classes=votes[index] / votes[index].sum()) for index in kept]


def beside(places: list[Place], settings: Settings) -> np.ndarray:
    """Tell which places stand beside which: as tall, at the same height, less than that away.

    Parameters
    ----------
    places : list of Place
        All places of a page, n of them.
    settings : Settings
        How much as tall may differ.

    Returns
    -------
    numpy.ndarray of bool, (n, n)
        The same in both directions; no place stands beside itself.
    """
    left, top, right, bottom = np.array([place[:4] for place in places]).T
    tall = np.maximum(bottom - top, 1.0)
    shared_height = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top)
    gap = np.maximum(np.subtract.outer(left, right), np.subtract.outer(left, right).T)
    found = np.abs(np.log(np.divide.outer(tall, tall))) < settings.like_size
    found &= shared_height > 0.5 * np.minimum.outer(tall, tall)
    found &= gap < np.maximum.outer(tall, tall)
    np.fill_diagonal(found, False)
    return found
