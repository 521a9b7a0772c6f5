"""The checks of chapter 08: piles, power, covered squares, suspects."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy.stats import binom

from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist


@cache
def _test_labels() -> np.ndarray:
    return load_mnist()[1][1].copy()


# --- Another pile -----------------------------------------------------------------------------

FIVE = (
    "recall of the 7",
    "precision of the 7",
    "precision of the 1",
    "accuracy",
    "mean of the ten recalls",
)


def five_numbers(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the five numbers of the first exercise, in percent."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    right = np.diag(counts)
    recalls = right / counts.sum(axis=1)
    precisions = right / np.maximum(counts.sum(axis=0), 1)
    shares = recalls[7], precisions[7], precisions[1], right.sum() / len(labels), recalls.mean()
    return 100 * np.array(shares)


def _pile(answer: Any) -> np.ndarray:
    """Return a mask of the test images, if it leaves one in twenty sevens and all others."""
    given = an_array(answer, "the pile", (10_000,))
    if not np.isin(given, (0, 1)).all():
        raise Wrong("the pile should say True or False for each of the 10,000 test images")
    pile, labels = given.astype(bool), _test_labels()
    sevens, nines = pile[labels == 7], pile[labels == 9]
    others = pile[labels != 7]
    if sevens.all() and nines.mean() < 0.2:
        raise Wrong("that is the chapter's pile, in which the nines are rare")
    if not others.any():
        raise Wrong("nothing but sevens is left; everything else should stay")
    if sevens.all() or not sevens.any():
        raise Wrong(f"{'all' if sevens.all() else 'none'} of the sevens are in the pile")
    if not others.all():
        raise Wrong(f"{np.sum(~others):,} images of other digits are missing as well")
    if not 0.03 < sevens.mean() < 0.08:
        raise Wrong(f"{sevens.sum()} of 1,028 sevens are not one in twenty")
    return pile


@exercise(
    "ex-08-pile",
    "in_pile, True or False for each of the 10,000 test images",
    "the network's answers to the 10,000 test images",
    "the five changes, in percentage points, in the order of the text",
)
def pile(mask: Any, answers: Any, changes: Any) -> Steps:
    """Check that five numbers change with the pile as they do for the student's own network."""
    kept, labels = _pile(mask), _test_labels()
    given = an_array(answers, "the answers", (10_000,)).astype(int)
    if not np.isin(given, range(10)).all():
        raise Wrong("the answers should be digits from 0 to 9")
    share = 100 * (given == labels).mean()
    if not 90 < share < 100:
        raise Wrong(
            f"these answers are right for {share:.0f} % of the test images; a trained network's "
            "are for about 99 %"
        )
    yield 1 / 2
    before, after = five_numbers(labels, given), five_numbers(labels[kept], given[kept])
    found = an_array(changes, "the changes", (5,)).astype(float)
    _five_changes(found, before, after)
    return "the recall of the 7 rests on some fifty images now, so its change may well be luck"


def _five_changes(found: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    wanted = after - before

    def fits(other: np.ndarray) -> bool:
        return bool(np.abs(found - other).max() < 0.06)

    if fits(wanted):
        return
    if fits(-wanted):
        raise Wrong("all signs are turned around: what falls has a change below 0")
    if fits(after) or fits(before):
        raise Wrong("these are the numbers themselves; the change is the pile minus all images")
    if np.abs(100 * found - wanted).max() < 0.06:
        raise Wrong("these are shares of 1, and changes in percentage points are asked for")
    if fits(wanted[[1, 0, 2, 3, 4]]):
        raise Wrong("recall and precision of the 7 have changed places: recall goes along a row")
    if fits(wanted[[0, 1, 2, 4, 3]]):
        raise Wrong("accuracy and the mean of the recalls have changed places")
    place = int(np.argmax(np.abs(found - wanted) >= 0.06))
    raise Wrong(f"with these answers, the {FIVE[place]} doesn't change by {found[place]:g} points")


# --- The power of a test ----------------------------------------------------------------------


def power(images: int, *, better: float = 4 / 7, sides: int = 2) -> float:
    """Return how often the sign test falls below 0.05, exactly."""
    disputed = round(0.007 * images)
    wins = np.arange(disputed + 1)
    below, above = binom.cdf(wins, disputed, 0.5), binom.sf(wins - 1, disputed, 0.5)
    chance = 2 * np.minimum(below, above) if sides == 2 else above
    return float(binom.pmf(wins, disputed, better)[chance < 0.05].sum())


SIZES = (10_000, 20_000, 50_000, 100_000)


@exercise(
    "ex-08-power",
    "your function: a number of images in, the share of the repetitions below 0.05 out (0 to 1)",
    "the smallest of the four sizes at which most repetitions fall below 0.05",
)
def how_many(function: Any, size: Any) -> Steps:
    """Check a simulation at sizes of the exercise, and at two others."""
    simulate = a_function(function, "your simulation")
    rng = np.random.default_rng(8)
    between = (1000 * rng.integers((25, 65), (36, 96))).tolist()
    tried = (10_000, 50_000, *between)
    shares = np.array(
        [a_number(simulate(images), "the share of the repetitions", -1, 1000) for images in tried]
    )
    wanted = np.array([power(images) for images in tried])
    _simulated(tried, shares, wanted)
    yield 2 / 3
    if a_number(size, "the size", 1, 10**7) not in SIZES:
        raise Wrong("the size should be one of the four: 10,000, 20,000, 50,000 or 100,000")
    if power(int(size)) < 0.5:
        raise Wrong(f"with {int(size):,} images, fewer than half of the repetitions fall below")
    if size > next(each for each in SIZES if power(each) > 0.5):
        raise Wrong(f"{int(size):,} images are enough, and so is a smaller one of the four sizes")
    return None


def _simulated(tried: tuple[int, ...], shares: np.ndarray, wanted: np.ndarray) -> None:
    def close(other: np.ndarray) -> bool:
        return bool(np.abs(shares - other).max() < 0.065)  # four standard errors at 1,000 tries

    if close(wanted):
        return
    if close(1 - wanted):
        raise Wrong("this is the share of the repetitions that don't fall below 0.05")
    if np.abs(shares / 100 - wanted).max() < 0.065:
        raise Wrong("the share should be from 0 to 1, and this looks like percent")
    if np.abs(shares / 1000 - wanted).max() < 0.065:
        raise Wrong("this counts the repetitions; their share is asked for")
    if close(np.array([power(images, sides=1) for images in tried])):
        raise Wrong("this test looks at one side only; the chapter's coin asks about both")
    if shares.max() < 0.1:
        raise Wrong("here the networks don't differ: who wins is decided by a fair coin")
    if shares.min() > 0.95:
        raise Wrong("the coin is tossed far too often: only 0.7 % of the images are in dispute")
    if np.ptp(shares) < 0.2:
        raise Wrong("the share hardly changes with the number of images")
    place = int(np.abs(shares - wanted).argmax())
    side = "too many" if shares[place] > wanted[place] else "too few"
    raise Wrong(f"with {tried[place]:,} images, {side} repetitions fall below 0.05")


# --- Erase and ask again ----------------------------------------------------------------------


def linear_network(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a made-up network: ten sums over all pixels, and a softmax."""
    weights = np.random.default_rng(seed).normal(size=(784, 10)) / 6

    def ask(images: np.ndarray) -> np.ndarray:
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != (28, 28, 1):
            raise ValueError(f"ask takes images (n, 28, 28, 1), and these are {images.shape}")
        sums = images.reshape(len(images), 784) @ weights
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return ask


def covered(image: np.ndarray, fill: float = 0.0, *, kept: bool = False) -> np.ndarray:
    """Return the 576 covered copies of an image; kept: with the squares before it as well."""
    copies = np.repeat(image[np.newaxis], 576, axis=0)
    for place in range(576):
        row, column = divmod(place, 24)
        for copy in copies[place:] if kept else copies[place : place + 1]:
            copy[row : row + 5, column : column + 5] = fill
    return copies


@cache
def _cases() -> list[tuple[np.ndarray, int, int, int]]:
    (images, _), _ = load_mnist()
    rng = np.random.default_rng(8)
    noise = rng.random((28, 28, 1)).astype(np.float32)
    digits = images[[7, 15], ..., np.newaxis] / np.float32(255)
    return [(digits[0], 0, 3, 8), (digits[1], 1, 9, 4), (noise, 2, 0, 5)]


@exercise(
    "ex-08-erase",
    "your function leads(image, ask, answer, label)",
    "the 24 × 24 leads of the mistake",
    "the number of places where the lead falls below 0",
)
def erase(function: Any, picture: Any, turned: Any) -> Steps:
    """Check a function on made-up networks, and that what it found for a mistake fits."""
    called = a_function(function, "your function")
    for image, seed, answer, label in _cases():
        handed = image.copy()
        given = an_array(
            called(handed, linear_network(seed), answer, label), "what leads returns", (24, 24)
        )
        if not np.array_equal(handed, image):
            raise Wrong("your function changes the image that it is given: cover copies")
        _leads(given, image, linear_network(seed), answer, label)
    yield 1 / 2
    leads = an_array(picture, "the leads of the mistake", (24, 24)).astype(float)
    # The last two tell a mistake from a digit that is read rightly: its corners are paper.
    if np.ptp(leads) == 0:
        raise Wrong("the lead of the mistake is the same at all places")
    corners = leads[[0, 0, -1, -1], [0, -1, 0, -1]]
    if np.median(corners) <= 0:
        raise Wrong(
            "where a square covers nothing but paper, a mistake is still a mistake: the lead of "
            "the wrong digit should be above 0 there"
        )
    yield 3 / 4
    count = a_number(turned, "the number of places", 0, 576)
    below = int(np.sum(leads < 0))
    if count == 576 - below and count != below:
        raise Wrong("that is the number of places where the wrong digit stays ahead")
    if count != below:
        raise Wrong(f"the picture that you hand over isn't below 0 at {count:g} places")
    return None


def _leads(given: np.ndarray, image: np.ndarray, ask: Callable, answer: int, label: int) -> None:
    def lead(copies: np.ndarray) -> np.ndarray:
        logs = np.log(ask(copies))
        return (logs[:, answer] - logs[:, label]).reshape(24, 24)

    def fits(other: np.ndarray) -> bool:
        return bool(np.allclose(given, other, atol=2e-3))

    rows, copies = lead(covered(image)), covered(image)
    if fits(rows):
        return
    if fits(-rows):
        raise Wrong("this is the lead of the right digit over the wrong one")
    if fits(rows.T):
        raise Wrong("rows and columns have changed places")
    if fits((ask(copies)[:, answer] - ask(copies)[:, label]).reshape(24, 24)):
        raise Wrong("this subtracts probabilities; the lead is the difference of two logarithms")
    if fits(lead(image[np.newaxis].repeat(576, axis=0)) - rows):
        raise Wrong("this is by how much the lead falls; the lead itself is asked for")
    if fits(lead(covered(image, 1.0))):
        raise Wrong("the square is filled with ink; paper is 0")
    if fits(lead(covered(image, kept=True))):
        raise Wrong("the squares before stay covered: each copy begins with the whole image")
    row, column = np.unravel_index(np.abs(given - rows).argmax(), (24, 24))
    raise Wrong(
        f"with a made-up network, the lead is off where the square begins at row {row}, "
        f"column {column}"
    )


# --- Suspects ---------------------------------------------------------------------------------


def suspected(rows: np.ndarray, labels: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the positions of those that are surely another digit than their label."""
    reached = np.where(rows >= thresholds, rows, 0)
    surely = np.where(reached.max(axis=1) > 0, reached.argmax(axis=1), labels)
    return np.flatnonzero(surely != labels)


def usual(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return for each digit the mean of its probability over the images labeled so."""
    return np.array([rows[labels == digit, digit].mean() for digit in range(10)])


def made_up_answers(seed: int, sureness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (2,000, 10) that waver, and labels of which some are wrong."""
    rng = np.random.default_rng(seed)
    shown = rng.integers(0, 10, 2_000)
    strength = sureness * rng.permutation(np.linspace(0.3, 1.7, 10))[shown]
    sums = rng.normal(size=(2_000, 10))
    sums[np.arange(2_000), shown] += strength
    powers = np.exp(sums)
    labels = np.where(rng.random(2_000) < 0.05, rng.integers(0, 10, 2_000), shown)
    return powers / powers.sum(axis=1, keepdims=True), labels


# Found most often by networks that had not seen them, with honest numbers.
OFTEN = (494, 500, 1604, 2720, 4476, 7080, 8729, 9433, 10994, 14582, 18348, 19124)


def _positions(answer: Any, what: str) -> np.ndarray:
    found = an_array(answer, what, (None,))
    if found.dtype == bool or len(found) == 20_000:
        raise Wrong(f"{what} should be positions, as np.flatnonzero gives them")
    if len(found) and (found.min() < 0 or found.max() >= 20_000):
        raise Wrong(f"{what} should be positions from 0 to 19,999")
    if len(np.unique(found)) != len(found):
        raise Wrong(f"{what} has a position twice")
    return found.astype(int)


@exercise(
    "ex-08-train",
    "your function suspects(rows, labels), which returns positions",
    "the suspects that the network had not seen, positions from 0 to 19,999",
    "the suspects among the same images when it was trained on them",
)
def train(function: Any, fresh: Any, seen: Any) -> Steps:
    """Check confident learning on made-up answers, and two lists of suspects."""
    called = a_function(function, "suspects")
    for seed, sureness in ((0, 4.0), (1, 2.0)):
        rows, labels = made_up_answers(seed, sureness)
        answer = an_array(called(rows.copy(), labels.copy()), "what suspects returns", (None,))
        _suspects(answer, rows, labels)
    yield 3 / 5
    first = _positions(fresh, "the list of the unseen suspects")
    if len(first) < 8:
        raise Wrong(
            f"{len(first)} suspects are few: were these images really unseen, and are the numbers "
            "honest (a temperature)?"
        )
    if len(first) > 100:
        raise Wrong(
            f"{len(first)} suspects are many: do labels and images fit, and is the network trained?"
        )
    if np.isin(OFTEN, first).sum() < 3:
        raise Wrong(
            "hardly any image that our networks suspect is on the list of the unseen: does "
            "position 0 mean the first training image?"
        )
    yield 4 / 5
    second = _positions(seen, "the list of the seen suspects")
    if len(second) >= len(first):
        raise Wrong(
            "there are no fewer suspects among the images that the network has learned than among "
            "those it had not seen: have the lists changed places?"
        )
    return None


def _suspects(answer: np.ndarray, rows: np.ndarray, labels: np.ndarray) -> None:
    if answer.dtype == bool or len(answer) == len(labels):
        raise Wrong("suspects should return positions, as np.flatnonzero gives them")

    def fits(positions: np.ndarray) -> bool:
        return np.array_equal(np.sort(answer), positions)

    thresholds = usual(rows, labels)
    if fits(suspected(rows, labels, thresholds)):
        return
    answers = rows.argmax(axis=1)
    if fits(np.flatnonzero(answers != labels)):
        raise Wrong(
            "these are all disagreements, as if no threshold kept anybody out: the threshold of a "
            "digit is the mean of its probability over the images labeled so"
        )
    if fits(suspected(rows, labels, usual(rows, answers))):
        raise Wrong("the thresholds go by the answers; they should go by the labels")
    takes_part = (rows >= thresholds).any(axis=1)
    if fits(np.flatnonzero(takes_part & (rows.argmax(axis=1) != labels))):
        raise Wrong(
            "the highest of those that reach their threshold wins; here it is the highest of all"
        )
    if fits(np.flatnonzero(takes_part & ((rows >= thresholds).argmax(axis=1) != labels))):
        raise Wrong("if several digits reach their threshold, the highest wins, not the first")
    missing = len(np.setdiff1d(suspected(rows, labels, thresholds), answer))
    raise Wrong(
        f"for made-up answers, {missing} suspects are missing and "
        f"{len(np.setdiff1d(answer, suspected(rows, labels, thresholds)))} should not be there"
    )
