"""The corridor: find the digits of a photograph, bring each into form, read it, order them."""

from collections.abc import Callable, Collection
from typing import NamedTuple

import cv2
import numpy as np

from digitlib.reading.binarize import to_gray
from digitlib.reading.components import Box
from digitlib.reading.finder import STEPS as finder_steps
from digitlib.reading.finder import Finder
from digitlib.reading.form import STEPS as form_steps
from digitlib.reading.form import form_of
from digitlib.reading.order import in_order, page_slope
from digitlib.reading.places import Place, beside, logit
from digitlib.reading.second_look import seen_again
from digitlib.reading.settings import Settings
from digitlib.reading.turning import quarter_turns, turned_back

# What can be left out, so as to see what it is good for.
STEPS = (
    *finder_steps,
    "turned pages",
    *form_steps,
    "second look",
    "page network's classes",
    "28 x 28 network",
)

# Asked about 28 x 28 images (n, 28, 28), it answers with (n, 10) probabilities.
Network = Callable[[np.ndarray], np.ndarray]


class Found(NamedTuple):
    """One shape of a photograph that is a digit, or could be one.

    Attributes
    ----------
    box : Box
        Where it stands, pixels of the photograph.
    image : numpy.ndarray of uint8, (28, 28)
        The shape in MNIST's own form.
    numbers : numpy.ndarray of float32, (10,)
        The chance of each digit; they sum to 1.
    line : int
        The line of writing that it belongs to, 0 for the first.
    quarters : int
        By how many quarters the page was turned, against the clock, to be read: 0 to 3.
    """

    box: Box
    image: np.ndarray
    numbers: np.ndarray
    line: int
    quarters: int = 0


def read(
    image: np.ndarray, finder: Finder, network: Network, *, leave_out: Collection[str] = ()
) -> list[Found]:
    """Read the digits of a photograph.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.
    finder : Finder
        The page network: it says where digits stand, and what it takes them for.
    network : callable
        The network for 28 x 28 images: it says what it takes each for.
    leave_out : collection of str
        Some of ``STEPS``, to be replaced by the naive thing, so as to see what they are good
        for.

    Returns
    -------
    list of Found
        Line by line from the top, each from left to right.

    Raises
    ------
    ValueError
        If there is no such step.
    """
    unknown = set(leave_out) - set(STEPS)
    if unknown:
        raise ValueError(f"expected steps out of {', '.join(STEPS)}, found {sorted(unknown)}")
    settings = finder.settings
    gray = to_gray(image)
    height, width = gray.shape
    scale = _scale(height, width, settings)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    places = finder.find(gray, leave_out=leave_out)
    quarters = 0 if "turned pages" in leave_out else quarter_turns(gray, places, finder)
    upright = gray
    if quarters:
        upright = np.ascontiguousarray(np.rot90(gray, quarters))
        places = finder.find(upright, leave_out=leave_out)
    places = [place for place in places if _may_count(place, settings)][: settings.most_digits]
    if not places:
        return []
    images, answers = forms_and_answers(upright, places, finder, network, leave_out)
    said = _said(places, answers, settings, leave_out)
    if "second look" not in leave_out:
        places = seen_again(upright, places, said.max(axis=1), finder)
        said = _said(places, answers, settings, leave_out)
    found = {}
    for place, image_28, numbers in zip(places, images, said, strict=True):
        is_digit = numbers.max() >= settings.least_confidence
        if is_digit or place.middle >= settings.surely_something:
            stands = _box(turned_back(place, quarters, *gray.shape), scale, width, height)
            found[_box(place, scale, *upright.shape[::-1])] = stands, image_28, numbers
    certain = [
        box for box, (_, _, numbers) in found.items() if numbers.max() >= settings.least_confidence
    ]
    kept = [box for box in found if box in certain or _of_their_size(box, certain, settings)]
    slope = page_slope(certain, settings)
    return [
        Found(*found[box], line, quarters)
        for line, row in enumerate(in_order(kept, slope))
        for box in row
    ]


def _scale(height: int, width: int, settings: Settings) -> float:
    """Return by how much a picture is made smaller first: a long strip less than a page."""
    by_side = settings.longest_side / max(height, width)
    by_area = (settings.most_pixels / (height * width)) ** 0.5
    return min(1.0, max(by_side, by_area))


def _of_their_size(box: Box, digits: list[Box], settings: Settings) -> bool:
    """Whether a shape that could not be read is as large as the digits that could."""
    if not digits:
        return True
    usual = np.median([max(digit.width, digit.height) for digit in digits])
    return abs(np.log(max(box.width, box.height) / usual)) < settings.like_size


def _said(
    places: list[Place], answers: np.ndarray, settings: Settings, leave_out: Collection[str]
) -> np.ndarray:
    """Return the ten numbers of each place, its company heard."""
    company = in_company(places, answers, settings, leave_out)
    return np.stack(
        [
            agreed(place, answer, settings, company=evidence, leave_out=leave_out)
            for place, answer, evidence in zip(places, answers, company, strict=True)
        ]
    )


def _may_count(place: Place, settings: Settings) -> bool:
    """Whether a place can become a digit, whatever the other network says, or is to be heard."""
    sure = np.eye(10, dtype=np.float32)[place.classes.argmax()]
    at_best = agreed(place, sure, settings, company=settings.heard)
    return at_best.max() >= settings.least_confidence or place.middle >= settings.surely_something


def in_company(
    places: list[Place],
    answers: np.ndarray,
    settings: Settings,
    leave_out: Collection[str] = (),
) -> np.ndarray:
    """Return what the other shapes of a page say for each place, or against it.

    Digits stand among digits of their size. A shape that looks like one and stands among many
    that look like none, in a word or in the leaves of a tree, is probably none either. A shape
    that stands beside a sure digit, as tall, is more likely one; but a mere stroke gains nothing
    from strokes.

    Parameters
    ----------
    places : list of Place
        All places of a page.
    answers : numpy.ndarray of float32, (n, 10)
        What the network for 28 x 28 images says to each.
    settings : Settings
        How much it counts.
    leave_out : collection of str
        Some of ``STEPS``.

    Returns
    -------
    numpy.ndarray of float, (n,)
        Evidence as a logit: below 0 where it speaks against a digit, above 0 for one.
    """
    numbers = np.array(
        [
            agreed(place, answer, settings, leave_out=leave_out)
            for place, answer in zip(places, answers, strict=True)
        ]
    )
    alone, is_one = numbers.max(axis=1), numbers.argmax(axis=1) == 1
    sizes = np.array([max(place.width, place.height, 1.0) for place in places])
    likely = alone >= settings.least_confidence
    off = np.abs(np.log(sizes / np.median(sizes[likely] if likely.any() else sizes)))
    evidence = -settings.weigh_size * np.minimum(off, 2)
    alike = np.abs(np.log(sizes[:, np.newaxis] / sizes)) < settings.like_size
    np.fill_diagonal(alike, False)
    count = alike.sum(axis=1)
    others = np.where(count > 0, alike @ alone / np.maximum(count, 1), 0.5)
    said = np.array([logit(np.clip(chance, 0.02, 0.98)) for chance in others])
    heard = np.minimum(count, settings.enough_company) / settings.enough_company
    evidence += settings.weigh_company * heard * np.minimum(said - settings.usual_company, 0)
    speaks = beside(places, settings) & (alone >= settings.sure)
    speaks &= ~np.logical_and.outer(is_one, is_one)
    return evidence + settings.weigh_beside * speaks.any(axis=1)


def forms_and_answers(
    gray: np.ndarray,
    places: list[Place],
    finder: Finder,
    network: Network,
    leave_out: Collection[str] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Return each place in MNIST's form and what the 28 x 28 network says to it.

    Where it is not sure, the shape is looked at the other way round as well: light ink on
    dark ground, or dark on light.
    """
    settings = finder.settings
    images = np.stack([form_of(gray, place, settings, leave_out=leave_out) for place in places])
    answers = network(images)
    doubtful = [
        index
        for index, place in enumerate(places)
        if answers[index].max() < 0.5 and place.classes.max() > settings.worth_another_look
    ]
    if doubtful:
        others = np.stack(
            [
                form_of(gray, places[index], settings, opposite=True, leave_out=leave_out)
                for index in doubtful
            ]
        )
        for index, other, numbers in zip(doubtful, others, network(others), strict=True):
            if numbers.max() > answers[index].max():
                images[index], answers[index] = other, numbers
    return images, answers


def agreed(
    place: Place,
    answer: np.ndarray,
    settings: Settings,
    *,
    company: float = 0.0,
    leave_out: Collection[str] = (),
) -> np.ndarray:
    """Return the ten numbers on which both networks agree.

    Their mean, sharpened, says which digit it is. Whether it is one at all is estimated from how
    sure the page network is of the middle, how high the mean's highest number is, and what stands
    beside it. What is left is shared among the ten, as the network for 28 x 28 images does with
    what is no digit.

    Parameters
    ----------
    place : Place
        What the page network says.
    answer : numpy.ndarray of float32, (10,)
        What the network for 28 x 28 images says.
    settings : Settings
        The weights of the estimate, and how much the mean is sharpened.
    company : float
        What the other shapes say, a logit, from :func:`in_company`.
    leave_out : collection of str
        Some of ``STEPS``.

    Returns
    -------
    numpy.ndarray of float32, (10,)
        They sum to 1.
    """
    mean = (place.classes + answer) / 2
    if "28 x 28 network" in leave_out:
        mean = place.classes
    elif "page network's classes" in leave_out:
        mean = answer
    sharpened = mean.astype(np.float64) ** settings.sharpen
    evidence = settings.weigh_middle * logit(place.middle)
    evidence += settings.weigh_digit * logit(mean.max())
    evidence += settings.weigh_nothing + company
    is_digit = 1 / (1 + np.exp(-evidence))
    numbers = is_digit * sharpened / sharpened.sum() + (1 - is_digit) / 10
    return numbers.astype(np.float32)


def _box(place: Place, scale: float, width: int, height: int) -> Box:
    left, top = (max(0, int(edge / scale)) for edge in (place.left, place.top))
    right = min(width, int(np.ceil(place.right / scale)))
    bottom = min(height, int(np.ceil(place.bottom / scale)))
    left, top = min(left, width - 1), min(top, height - 1)
    return Box(left, top, max(1, right - left), max(1, bottom - top))
