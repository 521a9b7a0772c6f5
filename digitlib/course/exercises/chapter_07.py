"""The checks of chapter 07: nudges, peaks, smoothing, a range of rates, a thousand labels."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from digitlib.course.bands import wilson_interval
from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist

NUDGES = 10.0 ** -np.arange(7)
PEAKS = (0.003, 0.01, 0.02, 0.03)
SMOOTHINGS = (0, 0.05, 0.2)
LOWEST_LOSS = 0.282  # with a smoothing of 0.05, as the chapter computes it
THOUSAND = 97.7  # the chapter's varied run reaches 97.6 % or less, whatever its seed


@cache
def _labels() -> np.ndarray:
    """Return the labels of the 10,000 validation images."""
    (_, labels), _ = load_mnist()
    return labels[-10_000:].astype(int)


# --- The best nudge ---------------------------------------------------------------------------


def _slope_function(answer: Any) -> Callable:
    """Return a function that finds slopes by nudges to both sides, if it does."""
    slope = a_function(answer, "your function")
    rng = np.random.default_rng(7)
    drawn = round(rng.uniform(0.3, 3), 2), round(rng.uniform(0.02, 0.2), 3)
    for true, nudge in ((0.7, 0.25), (-1.3, 0.01), drawn):
        asked: list[float] = []

        # A loss that bends, so that one side alone doesn't give its slope.
        def bent(change: float, true: float = true, asked: list[float] = asked) -> float:
            asked.append(abs(float(change)))
            return 2.3 + true * float(change) + 1.5 * float(change) ** 2

        found = a_number(slope(bent, nudge), "what your function returns", -np.inf, np.inf)
        if np.isclose(found, true, rtol=1e-6):
            if max(asked, default=0) > nudge * (1 + 1e-6):
                raise Wrong(f"your function was told to nudge by {nudge:g} and nudged farther")
            continue
        if np.isclose(found, 2 * true, rtol=1e-6):
            raise Wrong("from one side to the other it is twice the nudge")
        if np.isclose(found, -true, rtol=1e-6):
            raise Wrong("your function has the sign of the slope wrong: up minus down")
        if np.isclose(found, true * 2 * nudge, rtol=1e-6):
            raise Wrong("your function returns the change of the loss; divide it by the way")
        if np.isclose(found, [true + 1.5 * nudge, true - 1.5 * nudge], rtol=1e-6).any():
            raise Wrong("your function nudges to one side only; where the loss bends that is off")
        raise Wrong(f"with a nudge of {nudge:g} a slope of {true} comes out as {found:.3g}")
    return slope


def _both_ends(answer: Any, what: str, least: float) -> np.ndarray:
    """Return seven relative differences that grow toward both ends."""
    apart = an_array(answer, what, (7,)).astype(float)
    if apart.min() < 0:
        raise Wrong(f"{what} should be sizes: take np.abs")
    if apart[-1] < 0.5:
        raise Wrong(
            f"{what} end with {apart[-1]:.2g}, and there the two losses can hardly differ at all: "
            "is the order from a nudge of 1 to 0.000001, is the difference a share of the slope"
        )
    if np.ptp(apart) == 0 or apart.argmin() in (0, 6):
        raise Wrong(f"{what} are smallest at an end")
    if apart.min() > least:
        raise Wrong(f"{what} nowhere come below {least:.0%}: is it the same weight both times")
    return apart


@exercise(
    "ex-07-nudge",
    "your function of a loss and a nudge that returns the slope; the loss is a function of the "
    "change of one weight",
    "the relative differences from backpropagation for the weight of the last layer, seven shares "
    "of 1, from a nudge of 1 down to 0.000001",
    "the same for the weight of the first layer",
)
def nudge(slope: Any, last: Any, first: Any) -> Steps:
    """Check that slopes are found by nudging, and are rough at both ends."""
    _slope_function(slope)
    yield 1 / 2
    smooth = _both_ends(last, "the differences of the last layer", 0.01)
    yield 3 / 4
    rough = _both_ends(first, "the differences of the first layer", 0.1)
    if np.array_equal(smooth, rough):
        raise Wrong("the two rows are the same: is the second one about weights[0][2, 2, 0, 7]")
    if smooth.min() >= rough.min() or smooth[1] >= rough[1]:
        raise Wrong("the first layer should be the rougher one: are the rows in this order")
    return f"the best of your nudges in the last layer is {NUDGES[smooth.argmin()]:g}"


# --- A finer search ---------------------------------------------------------------------------


def _accuracies(answer: Any, what: str, shape: tuple[int, int]) -> np.ndarray:
    """Return accuracies after one pass, in percent, different for each run."""
    given = an_array(answer, what, shape).astype(float)
    if 0.9 < given.max() <= 1:
        raise Wrong(f"{what} should be in percent; these look like shares of 1")
    if given.min() < 97 or given.max() > 99.75:
        odd = given.min() if given.min() < 97 else given.max()
        raise Wrong(f"{what} have an entry that one pass hardly gives: {odd:.2f}")
    if not np.allclose(100 * given, np.round(100 * given), atol=1e-3):
        raise Wrong(f"{what} should be hundredths of a percent: one image of 10,000 is 0.01")
    if (given[:, 0] == given[:, 1]).all():
        raise Wrong(f"{what} are the same for both seeds: was the seed handed on")
    if any(np.array_equal(given[0], row) for row in given[1:]):
        raise Wrong(f"{what} repeat a row: was the network trained anew")
    return given


@exercise(
    "ex-07-peak",
    "the validation losses, an array of 4 × 2: peaks of 0.003, 0.01, 0.02 and 0.03, two seeds",
    "the accuracies, an array of 4 × 2 in the same order, in percent",
    "the peak with the lowest mean loss",
    "by how much its mean loss is below that of 0.01",
    "the difference in loss between the two seeds of 0.01",
)
def peak(losses: Any, shares: Any, best: Any, gain: Any, luck: Any) -> Steps:
    """Check a table of peaks and seeds, and what is read from it."""
    table = an_array(losses, "the losses", (4, 2)).astype(float)
    if table.max() < LOWEST_LOSS:
        raise Wrong("the losses are below the least that smoothing leaves: score measures with it")
    if table.min() < LOWEST_LOSS + 0.01 or table.max() > 0.5:
        raise Wrong(f"{table.min():.3f} to {table.max():.3f} are no losses of one pass of Adam")
    if (table[:, 0] == table[:, 1]).all():
        raise Wrong("the losses are the same for both seeds: was the seed handed on")
    counted = _accuracies(shares, "the accuracies", (4, 2))
    if np.corrcoef(table.ravel(), counted.ravel())[0, 1] > 0.5:
        raise Wrong("high losses go with high accuracies: are the two tables in the same order")
    yield 1 / 2
    means = table.mean(axis=1)
    top = a_number(best, "the best peak", 0, 1)
    if top not in PEAKS:
        raise Wrong("the best peak should be one of the four")
    if top != PEAKS[means.argmin()]:
        if top == PEAKS[counted.mean(axis=1).argmax()]:
            raise Wrong("that is the best by accuracy; the question is about the loss")
        raise Wrong(f"another peak has a lower mean loss than {top:g}")
    yield 2 / 3
    lead = a_number(gain, "by how much it is below", -1, 1)
    if not np.isclose(lead, means[1] - means.min(), atol=2e-4):
        if np.isclose(-lead, means[1] - means.min(), atol=2e-4):
            raise Wrong("by how much it is below should not be negative")
        raise Wrong(f"by your table its mean loss is not {lead:.4g} below that of 0.01")
    yield 5 / 6
    spread = abs(a_number(luck, "the difference between the seeds", -1, 1))
    if not np.isclose(spread, abs(table[1, 0] - table[1, 1]), atol=2e-4):
        raise Wrong(f"by your table the two seeds of 0.01 are not {spread:.4g} apart")
    same = int((table[1] > table[means.argmin()]).sum())
    if top == 0.01:
        return "your two seeds see no better peak than 0.01"
    return f"with {same} of 2 seeds it is ahead of 0.01; two are few"


# --- Is smoothing worth it? -------------------------------------------------------------------


def _confidences(numbers: np.ndarray) -> np.ndarray:
    """Return the mean confidence of right and of wrong answers."""
    right = numbers.argmax(axis=1) == _labels()
    sure = numbers.max(axis=1)
    return np.array([sure[right].mean(), sure[~right].mean()])


@exercise(
    "ex-07-smoothing",
    "the ten numbers for the 10,000 validation images with a smoothing of 0, 0.05 and 0.2, of one "
    "seed each, an array of 3 × 10,000 × 10",
    "the accuracies, an array of 3 × 2 with two seeds each, in percent",
    "the mean confidence, an array of 3 × 2: when right, when wrong, shares of 1",
)
def smoothing(numbers: Any, shares: Any, confidence: Any) -> Steps:
    """Check what smoothing does to accuracy and confidence."""
    said = an_array(numbers, "the ten numbers", (3, 10_000, 10))
    if said.min() < 0 or not np.allclose(said.sum(axis=-1), 1, atol=0.01):
        raise Wrong("the ten numbers should be probabilities that sum to 1")
    counted = _accuracies(shares, "the accuracies", (3, 2))
    for amount, answers, two in zip(SMOOTHINGS, said, counted, strict=True):
        own = 100 * np.mean(answers.argmax(axis=1) == _labels())
        if own < 90:
            raise Wrong(f"with smoothing {amount} only {own:.0f} % name the validation labels")
        if np.abs(two - own).min() > 0.006:
            raise Wrong(f"the numbers of smoothing {amount} give {own:.2f} %, not in your table")
    wanted = np.array([_confidences(answers) for answers in said])
    if not (wanted[0, 0] > wanted[1, 0] + 0.02 and wanted[1, 0] > wanted[2, 0] + 0.04):
        raise Wrong(
            "the confidence should fall with the smoothing: is the order 0, 0.05, 0.2, and was "
            "smoothing handed to compiled"
        )
    yield 1 / 2
    given = an_array(confidence, "the confidences", (3, 2)).astype(float)
    if np.allclose(given, 100 * wanted, atol=1):
        raise Wrong("the confidences should be shares of 1; these look like percent")
    if np.allclose(given, wanted[:, ::-1], atol=0.01):
        raise Wrong("when right comes first, then when wrong")
    if np.allclose(given, wanted, atol=0.006):
        return f"when wrong, the confidence falls from {wanted[0, 1]:.2f} to {wanted[2, 1]:.2f}"
    of_label = said[:, np.arange(10_000), _labels()]
    right = said.argmax(axis=-1) == _labels()
    if np.allclose(
        given[:, 1],
        [one[~good].mean() for one, good in zip(of_label, right, strict=True)],
        atol=0.01,
    ):
        raise Wrong("when wrong, the confidence is the highest number, not that of the right digit")
    if np.allclose(given[:, 0], said.max(axis=-1).mean(axis=1), atol=2e-4):
        raise Wrong("the first column is over all answers; split them by right and wrong")
    raise Wrong("the confidences are not those of the numbers that you handed over")


# --- Find the rate in one run -----------------------------------------------------------------


def _rates(schedule: Any) -> None:
    """Check that a schedule grows from 0.0001 to 100 by a factor at each step."""
    rate = a_function(schedule, "your schedule")
    found = np.array(
        [a_number(np.asarray(rate(step)), f"the rate at step {step}", 0, np.inf) for step in (0, 1)]
        + [a_number(np.asarray(rate(step)), "a rate", 0, np.inf) for step in (100, 200, 300, 400)]
    )
    wanted = 1e-4 * 10 ** (6 * np.array([0, 1, 100, 200, 300, 400]) / 400)
    if not np.isclose(found[0], 1e-4, rtol=0.01):
        raise Wrong(f"at step 0 the rate should be 0.0001, and yours is {found[0]:.3g}")
    if np.isclose(found[3], (found[0] + found[5]) / 2, rtol=0.02):
        raise Wrong("the rate grows by the same amount at each step, and not by the same factor")
    if not np.allclose(found, wanted, rtol=0.02):
        raise Wrong(f"at step 200 and 400 the rate is {found[3]:.3g} and {found[5]:.3g}")


def _curve(answer: Any, what: str) -> np.ndarray:
    """Return the mean losses of each 20 steps; what ran over counts as without limit."""
    curve = np.asarray(answer, dtype=float) if np.ndim(answer) == 1 else np.zeros(0)
    if len(curve) != 20:
        raise Wrong(f"{what} should be 20 numbers, the mean loss of each 20 of the 400 steps")
    curve = np.where(np.isfinite(curve), curve, np.inf)
    if not 1 < curve[0] < 4:
        raise Wrong(f"{what} begin with {curve[0]:.2g}: a new network begins near 2.3")
    if curve.min() > 1:
        raise Wrong(f"{what} never come below 1: does the rate start at 0.0001")
    if max(curve[-4:]) < 2:
        raise Wrong(f"{what} don't explode at the end: does the rate reach 100")
    return curve


def _peak(answer: Any, curve: np.ndarray, what: str) -> float:
    """Return a peak at which the loss of a curve falls."""
    chosen = a_number(answer, what, 1e-9, np.inf)
    ends = 1e-4 * 10 ** (6 * np.arange(20, 401, 20) / 400)
    at = min(int(np.searchsorted(ends, chosen)), 19)
    half = int(np.argmax(curve < (curve[0] + curve.min()) / 2))
    wild = half + int(np.argmax(curve[half:] > 2))
    if at >= wild:
        raise Wrong(f"at {what}, {chosen:g}, your loss is up at {curve[wild]:.2g} again")
    if at + 3 < half:
        raise Wrong(f"at {what}, {chosen:g}, your loss has hardly begun to fall")
    return chosen


@exercise(
    "ex-07-range",
    "your schedule, called with the number of a step",
    "the losses of LossCurve with SGD, 20 numbers",
    "the losses with Adam, 20 numbers",
    "the peak that you would choose for SGD",
    "the peak that you would choose for Adam",
)
def rates(schedule: Any, with_sgd: Any, with_adam: Any, sgd: Any, adam: Any) -> Steps:
    """Check a schedule that grows by a factor, two curves, and what is read from them."""
    _rates(schedule)
    yield 2 / 5
    plain = _curve(with_sgd, "the losses with SGD")
    own = _curve(with_adam, "the losses with Adam")
    if np.array_equal(plain, own):
        raise Wrong("the two curves are the same")
    below = [int(np.argmax(curve < 1)) for curve in (plain, own)]
    if below[1] >= below[0]:
        raise Wrong("Adam should fall at smaller rates than SGD: are the curves in this order")
    yield 3 / 5
    for_sgd = _peak(sgd, plain, "the peak for SGD")
    yield 4 / 5
    for_adam = _peak(adam, own, "the peak for Adam")
    if for_adam >= for_sgd:
        raise Wrong("by your curves Adam falls at smaller rates than SGD, and so should its peak")
    return None


# --- A thousand labels ------------------------------------------------------------------------


@exercise(
    "ex-07-thousand",
    "your list of everything that you tried: the validation accuracies, in percent",
    "the validation accuracies of the best recipe with three seeds, in percent",
    "how many of the 10,000 test images are right, with the same three seeds",
    "the 95 % interval of the first of these three, two numbers in percent",
)
def thousand(tried: Any, checked: Any, counts: Any, interval: Any) -> Steps:
    """Check that a thousand labels were used well, and the test images once."""
    every = an_array(tried, "the list", (None,)).astype(float)
    if len(every) < 4:
        raise Wrong(f"the list has {len(every)} entries; keep one for each thing that you tried")
    three = an_array(checked, "the validation accuracies", (3,)).astype(float)
    for given, what in ((every, "the list"), (three, "the validation accuracies")):
        if given.max() <= 1:
            raise Wrong(f"{what} should be in percent")
        if given.max() > 99.1:
            raise Wrong(f"{what} has {given.max():.2f} %: were more than the 1,000 labels used")
    if np.ptp(three) == 0:
        raise Wrong("the three seeds give the same accuracy: was the seed handed on")
    if three.mean() < THOUSAND:
        raise Wrong(
            f"{three.mean():.2f} % on average is about what the chapter's own variation reaches, "
            "or less: there is more in these 1,000 images"
        )
    if every.max() < three.mean() - 0.5:
        raise Wrong("the list should contain the recipe that you took")
    yield 1 / 2
    right = an_array(counts, "the counts", (3,))
    if right.max() <= 100:
        raise Wrong("the counts should be images out of 10,000, not percent")
    if not np.array_equal(right, np.round(right)) or not 9000 <= right.min() <= 10_000:
        raise Wrong("the counts should be whole numbers of right answers, out of 10,000")
    if np.allclose(right, 100 * three, atol=0.5):
        raise Wrong("the counts are those of the validation images")
    if np.abs(right.mean() / 100 - three.mean()) > 1:
        raise Wrong("test and validation are more than a point apart: is it the same recipe")
    yield 3 / 4
    ends = np.sort(an_array(interval, "the interval", (2,)).astype(float))
    bounds = 100 * np.array(wilson_interval(int(right[0]), 10_000))
    if np.allclose(100 * ends, bounds, atol=0.03):
        raise Wrong("the interval should be in percent; these look like shares of 1")
    if not np.allclose(ends, bounds, atol=0.03):
        if np.allclose(
            ends, 100 * np.array(wilson_interval(round(100 * three[0]), 10_000)), atol=0.03
        ):
            raise Wrong("that is the interval of the validation accuracy")
        raise Wrong(f"{right[0]:.0f} of 10,000 have another interval")
    return f"{right.mean() / 100:.2f} % on test; how many you tried stands in your list"
