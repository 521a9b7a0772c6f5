"""The checks of chapter 14: your own curve, prices, temperatures, damage, a class's digits."""

from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from digitlib.course.bands import wilson_interval
from digitlib.course.exercises.checking import Wrong, a_function, a_number, an_array, exercise
from digitlib.data import load_mnist

ANGLES = (0, 10, 20, 30, 45, 60)
PRICES = (10, 100, 1000)
THRESHOLDS = np.linspace(0, 1, 501)  # as the chapter's
# The small CNN of the chapter reads less than this, in percent, whatever its seed.
NOISE_LEAST, NUDGES_LEAST = 85, (84, 72)


@cache
def _labels(which: str) -> np.ndarray:
    """Return the labels of the validation digits or of the test digits."""
    (_, train_labels), (_, test_labels) = load_mnist()
    return (train_labels[-10_000:] if which == "validation" else test_labels).astype(int)


def _ten_numbers(answer: Any, what: str, which: str, count: int = 10_000) -> np.ndarray:
    """Return a network's ten numbers for validation or test digits, if they are such."""
    given = an_array(answer, what, (count, 10)).astype(float)
    if given.min() < 0 or not np.allclose(given.sum(axis=1), 1, atol=0.01):
        raise Wrong(f"{what} should be ten numbers for each digit that sum to 1")
    if count == 10_000:
        digits = given.argmax(axis=1)
        own = np.mean(digits == _labels(which))
        other = "test" if which == "validation" else "validation"
        if own < 0.9 < np.mean(digits == _labels(other)):
            raise Wrong(f"{what} should be about the {which} digits; these are the {other} digits'")
        if own < 0.9:
            raise Wrong(f"{what} name the label for {100 * own:.0f} % of the {which} digits only")
        if which == "validation" and own > 0.9975:
            raise Wrong(f"{what} look like a network's that has learned from these digits")
    return given


# --- Your own handwriting, your own curve -----------------------------------------------------


def _first_angle(answer: Any, what: str) -> int | None:
    """Return an angle of the curve, None for never."""
    if answer is None:
        return None
    angle = a_number(answer, what, -360, 360)
    if angle not in ANGLES:
        raise Wrong(f"{what} should be one of the six angles, or None, and this is {angle:g}")
    return int(angle)


def _first_below(shares: list[float]) -> int | None:
    """Return the first angle at which a share is below nine in ten."""
    return next((angle for angle, at in zip(ANGLES, shares, strict=True) if at < 0.9), None)


@exercise(
    "ex-14-own",
    "the thirty digits that you wrote",
    "the shipped network's answers at 0, 10, 20, 30, 45 and 60 degrees, an array of 6 × 30 "
    "(-1 for a digit that was not found)",
    "the 95 % interval at 0 degrees, two numbers in percent",
    "the first angle at which fewer than nine in ten are right, None if there is none",
    "the first angle at which the interval's upper end is below nine in ten, None if there is none",
)
def own(written: Any, answers: Any, interval: Any, counted: Any, certain: Any) -> str | None:
    """Check that a curve of thirty digits is read as what it is: a few counts."""
    truth = an_array(written, "the written digits", (30,))
    if not np.array_equal(np.sort(truth), np.repeat(np.arange(10), 3)):
        raise Wrong("the written digits should be three of each kind")
    said = an_array(answers, "the answers", (6, 30))
    if not np.isin(said, range(-1, 10)).all():
        raise Wrong("the answers should be digits from 0 to 9, -1 where none was found")
    if (said == said[0]).all():
        raise Wrong(
            "the answers are the same at all six angles: were the turned images handed over"
        )
    right = (said == truth).sum(axis=1)
    if right[0] < 15:
        raise Wrong(f"{right[0]} of 30 are right; are digits and answers in the same order")
    if right[5] > right[0]:
        raise Wrong("at 60 degrees more are right than upright: begin with 0 degrees")
    bounds = [wilson_interval(int(count), 30) for count in right]
    ends = np.sort(an_array(interval, "the interval", (2,)).astype(float))
    if not np.allclose(ends, 100 * np.array(bounds[0]), atol=0.6):
        if np.allclose(100 * ends, 100 * np.array(bounds[0]), atol=0.6):
            raise Wrong("the interval should be in percent; this one looks like shares of 1")
        raise Wrong(f"at 0 degrees your answers have {right[0]} of 30 right: another interval")
    below = _first_angle(counted, "the first angle by the count")
    surely = _first_angle(certain, "the first angle by the interval")
    if below != _first_below([count / 30 for count in right]):
        raise Wrong(
            f"by the count it is not {below}: of 30, {', '.join(map(str, right))} are right"
        )
    if surely != _first_below([high for _, high in bounds]):
        if surely == _first_below([low for low, _ in bounds]):
            raise Wrong("you took the interval's lower end; the upper one makes it certain")
        raise Wrong(f"by the interval's upper end it is not {surely}")
    return "whether these are your own digits, only you know"


# --- Another price ----------------------------------------------------------------------------


def _cost(
    doubts: np.ndarray, right: np.ndarray, level: float, price: float, misread: float
) -> float:
    """Return the mean cost of a digit, in looks."""
    asked = doubts < level
    return float(asked.mean() * (1 + price * misread) + price * np.mean(~asked & ~right))


def _thresholds(answer: Any, sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return three thresholds, if each of them is as cheap as any."""
    given = an_array(answer, "the thresholds", (3,)).astype(float)
    if given.min() < 0 or given.max() > 1.01:
        raise Wrong("the thresholds should be between 0 and 1")
    for level, price in zip(given, PRICES, strict=True):
        paid = _cost(sure, right, level, price, 0)
        lowest = _lowest(sure, right, price, 0)
        if paid > 1.01 * lowest + 1e-4:
            raise Wrong(
                f"with an error at {price} looks, {level:.3g} costs {paid:.3f} looks a digit, and "
                f"another threshold costs {lowest:.3f}"
            )
    return given


def _lowest(sure: np.ndarray, right: np.ndarray, price: float, misread: float) -> float:
    """Return the cost of a digit at the best of the chapter's thresholds."""
    return min(_cost(sure, right, level, price, misread) for level in THRESHOLDS)


@exercise(
    "ex-14-price",
    "the network's ten numbers for the 10,000 validation digits",
    "the thresholds for an error of 10, 100 and 1,000 looks",
    "the shares of digits that a person looks at then, in percent",
    "the highest price at which never asking costs least, to within a tenth",
    "the lowest cost of a digit at the three prices, in looks, if the person misreads one in 500",
)
def price(numbers: Any, levels: Any, shares: Any, never: Any, human: Any) -> str | None:
    """Check that thresholds follow from prices, and the price from which asking pays."""
    said = _ten_numbers(numbers, "the network's numbers", "validation")
    sure, right = said.max(axis=1), said.argmax(axis=1) == _labels("validation")
    chosen = _thresholds(levels, sure, right)
    looked = an_array(shares, "the shares", (3,)).astype(float)
    true = np.array([100 * np.mean(sure < level) for level in chosen])
    if np.allclose(100 * looked, true, atol=0.05) and true.max() > 0.1:
        raise Wrong("the shares should be in percent; these look like shares of 1")
    if np.allclose(100 - looked, true, atol=0.05):
        raise Wrong("these are the shares that the network answers itself")
    for level, given, share in zip(chosen, looked, true, strict=True):
        if abs(given - share) > 0.06:
            raise Wrong(f"below {level:.3g} lie not {given:.3g} % of the confidences")
    highest = a_number(never, "the highest price at which never asking costs least", 0, np.inf)
    order = np.argsort(sure, kind="stable")
    caught = np.cumsum(~right[order])
    last = np.append(np.diff(sure[order]) > 0, True) & (caught > 0)
    exact = np.min(np.arange(1, len(sure) + 1)[last] / caught[last])
    steps = [(np.sum(sure < level), np.sum(~right & (sure < level))) for level in THRESHOLDS]
    coarse = min(looks / errors for looks, errors in steps if errors)
    if highest < exact - 0.15:
        raise Wrong(f"at {highest:.3g} never asking costs least, but at a higher price, too")
    if highest > coarse + 0.15:
        raise Wrong(f"at {highest:.3g} asking about the least sure digits already costs less")
    paid = an_array(human, "the lowest costs", (3,)).astype(float)
    for one, given in zip(PRICES, paid, strict=True):
        errs, faultless = (_lowest(sure, right, one, part) for part in (1 / 500, 0))
        if abs(given - errs) <= 0.02 * errs:
            continue
        if abs(given - faultless) <= 0.02 * faultless:
            raise Wrong(f"{given:.3g} looks is the lowest cost beside a person who never errs")
        raise Wrong(f"with an error at {one} looks the lowest cost is not {given:.3g} looks")
    return None


# --- How far the temperature reaches ----------------------------------------------------------


def _tempered(numbers: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities sharper (below 1) or flatter (above 1)."""
    powers = np.log(np.maximum(numbers, 1e-30)) / temperature
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _calibration_error(numbers: np.ndarray, labels: np.ndarray) -> float:
    """Return the expected calibration error over ten bins, in points."""
    sure, right = numbers.max(axis=1), numbers.argmax(axis=1) == labels
    place = np.minimum((10 * sure).astype(int), 9)
    gaps = [abs(np.sum(sure[place == one]) - right[place == one].sum()) for one in range(10)]
    return float(100 * np.sum(gaps) / len(sure))


def _temperature(answer: Any, what: str, numbers: np.ndarray) -> float:
    """Return a temperature, if it gives the validation digits the lowest loss."""
    given = a_number(answer, what, 0.05, 20)
    labels = _labels("validation")

    def loss(temperature: float) -> float:
        tempered = _tempered(numbers, temperature)
        return float(-np.mean(np.log(tempered[np.arange(len(labels)), labels] + 1e-30)))

    best = float(minimize_scalar(loss, bounds=(0.1, 5), method="bounded").x)
    if abs(given - best) <= 0.04:
        return given
    if abs(1 / given - best) <= 0.04:
        raise Wrong(f"{what} is upside down: {given:.3g} moves the numbers the other way")
    if given == 1:
        raise Wrong(f"{what} of 1 changes nothing")
    side = "sharp" if given < best else "flat"
    raise Wrong(f"with {given:.3g} as {what} the validation digits' numbers are too {side}")


@exercise(
    "ex-14-temperature",
    "three arrays of ten numbers from the smoothed network: validation digits, test digits, and "
    "the first 1,000 test digits at a noise of 0.6",
    "its temperature",
    "what Chow's rule costs a test digit with the honest numbers, in looks, an error at 100",
    "the calibration error at a noise of 0.6 before and after, two numbers in points",
    "the ten numbers of the network without smoothing for the validation digits",
    "its temperature",
)
def temperature(
    three: Any, honest: Any, chow: Any, errors: Any, unsmoothed: Any, other: Any
) -> str | None:
    """Check two temperatures, what Chow's rule costs with one, and what it does to noise."""
    if not isinstance(three, list | tuple) or len(three) != 3:
        raise Wrong("the first answer should be three arrays in a list")
    validation = _ten_numbers(three[0], "the first array", "validation")
    test = _ten_numbers(three[1], "the second array", "test")
    noisy = _ten_numbers(three[2], "the third array", "test", 1000)
    labels = _labels("test")[:1000]
    share = 100 * np.mean(noisy.argmax(axis=1) == labels)
    if share > 60:
        raise Wrong(f"the third array has {share:.0f} % right: at a noise of 0.6 it is far less")
    given = _temperature(honest, "the smoothed network's temperature", validation)

    def rule(numbers: np.ndarray, which: str) -> float:
        right = numbers.argmax(axis=1) == _labels(which)
        return _cost(numbers.max(axis=1), right, 0.99, 100, 0)

    paid = a_number(chow, "the cost of Chow's rule", 0, np.inf)
    if abs(paid - rule(_tempered(test, given), "test")) > 0.003:
        if abs(paid - rule(test, "test")) <= 0.003:
            raise Wrong("that is what Chow's rule costs without the temperature")
        if abs(paid - rule(_tempered(validation, given), "validation")) <= 0.003:
            raise Wrong("that is what Chow's rule costs on the validation digits")
        raise Wrong(f"with these numbers Chow's rule does not cost {paid:.3g} looks a digit")
    before, after = an_array(errors, "the calibration errors", (2,)).astype(float)
    true = [_calibration_error(one, labels) for one in (noisy, _tempered(noisy, given))]
    if np.allclose((100 * before, 100 * after), true, atol=0.4):
        raise Wrong("the calibration errors should be in points; these look like shares of 1")
    if np.allclose((after, before), true, atol=0.4):
        raise Wrong("before comes first, after second")
    if abs(before - true[0]) > 0.4:
        raise Wrong(f"before, the calibration error at this noise is not {before:.3g} points")
    if abs(after - true[1]) > 0.4:
        raise Wrong(f"after, the calibration error at this noise is not {after:.3g} points")
    plain = _ten_numbers(unsmoothed, "the other network's array", "validation")
    if np.array_equal(plain, validation):
        raise Wrong("the network without smoothing is another one than the smoothed network")
    _temperature(other, "the other network's temperature", plain)
    return None


# --- Train for the damage ---------------------------------------------------------------------


def _asked(network: Any, images: np.ndarray, what: str) -> np.ndarray:
    """Return a Keras network's ten numbers for images between 0 and 1."""
    call = a_function(network, what)
    answers = np.asarray(call(np.asarray(images, np.float32)[..., np.newaxis], training=False))
    return an_array(answers, f"what {what} answers", (len(images), 10))


def _climbed(network: Any, images: np.ndarray, labels: np.ndarray, steps: int) -> np.ndarray:
    """Return images nudged uphill by 0.1, in one step or in small ones as the chapter's."""
    import tensorflow as tf

    start = here = images
    for _ in range(steps):
        x = tf.constant(np.asarray(here, np.float32)[..., np.newaxis])
        with tf.GradientTape() as tape:
            tape.watch(x)
            chances = tf.gather(network(x, training=False), labels, batch_dims=1)
            loss = -tf.reduce_sum(tf.math.log(chances + 1e-12))
        slope = tape.gradient(loss, x)
        if slope is None:
            raise Wrong("the network trained with nudges should be the Keras network itself")
        here = here + (0.1 if steps == 1 else 0.025) * np.sign(slope.numpy()[..., 0])
        here = np.clip(np.clip(here, start - 0.1, start + 0.1), 0, 1)
    return here


@exercise(
    "ex-14-train",
    "the Keras network that you trained with noise",
    "the Keras network that you trained with nudges",
    "what the second still reads of the first 500 test digits after one step of 0.1, in percent",
    "and after ten steps",
)
def train(noise: Any, nudges: Any, once: Any, ten: Any) -> str | None:
    """Check that a network withstands noise, another one nudges, and by how many steps."""
    test_images, labels = load_mnist()[1][0][:500] / np.float32(255), _labels("test")[:500]

    def share(network: Any, images: np.ndarray, what: str) -> float:
        return float(100 * np.mean(_asked(network, images, what).argmax(axis=1) == labels))

    grain = np.random.default_rng(14).normal(0, 0.3, test_images.shape)
    grainy = np.clip(test_images + grain, 0, 1)
    if noise is nudges:
        raise Wrong("these should be two networks, one trained with noise, one with nudges")
    for network, what in ((noise, "the network with noise"), (nudges, "the network with nudges")):
        clean = share(network, test_images, what)
        if clean < 94:
            raise Wrong(f"{what} reads {clean:.0f} % of clean test digits (between 0 and 1)")
    withstood = share(noise, grainy, "the network with noise")
    if withstood < NOISE_LEAST:
        raise Wrong(
            f"at a noise of 0.3 the first network reads {withstood:.0f} %, hardly more than one "
            "that has met no noise"
        )
    for steps, claim, least in ((1, once, NUDGES_LEAST[0]), (10, ten, NUDGES_LEAST[1])):
        name = "one step" if steps == 1 else "ten steps"
        attacked = _climbed(nudges, test_images, labels, steps)
        left = share(nudges, attacked, "the network with nudges")
        if left < least:
            raise Wrong(
                f"after {name} of nudges the second network reads {left:.0f} %, hardly more than "
                "one that has met no nudges"
            )
        a_number(claim, f"what the second network reads after {name}", left - 0.8, left + 0.8)
    return None


# --- Your class's own digits ------------------------------------------------------------------


def _places(answer: Any, what: str, count: int) -> np.ndarray:
    """Return places in the arrays of a class, each once."""
    given = np.asarray(answer)
    if given.dtype == bool and given.shape == (count,):
        given = np.flatnonzero(given)
    given = an_array(given, what, (None,))
    if given.dtype.kind not in "iu" or given.size == 0:
        raise Wrong(f"{what} should be places in the arrays, whole numbers")
    if given.min() < 0 or given.max() >= count:
        raise Wrong(f"{what} should be places from 0 to {count - 1}")
    if len(np.unique(given)) != len(given):
        raise Wrong(f"{what} name a digit twice")
    return given


def _pair(answer: Any, what: str) -> tuple[Any, Any]:
    """Return two things that were handed over in a list."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Wrong(f"{what} should be two arrays in a list")
    return answer[0], answer[1]


@exercise(
    "ex-14-class",
    "the class's data set, as load_class or join gives it",
    "the places of the digits that the network learned from, and of those that you measured on, "
    "two arrays in a list",
    "what the network reads of all digits before and after, two arrays in a list",
    "the 95 % interval after, on the writers that the network has not seen, in percent",
    "the gain there, in points",
)
def of_a_class(digits: Any, places: Any, answers: Any, interval: Any, gain: Any) -> str | None:
    """Check that a gain was measured on writers from whom the network has not learned."""
    if not all(hasattr(digits, name) for name in ("images", "labels", "writers")):
        raise Wrong("the data set should be the whole one, with images, labels and writers")
    labels = an_array(digits.labels, "the labels", (None,))
    count = len(labels)
    writers = an_array(digits.writers, "the writers", (count,))
    if len(np.unique(writers)) < 3:
        raise Wrong(
            f"{len(np.unique(writers))} writers cannot be split: collect from three at least"
        )
    learned, measured = (
        _places(given, what, count)
        for given, what in zip(
            _pair(places, "the places"),
            ("the digits that the network learned from", "the digits that you measured on"),
            strict=True,
        )
    )
    if np.isin(measured, learned).any():
        raise Wrong("some digits are on both sides, learned from and measured on")
    if shared := sorted(set(writers[learned].tolist()) & set(writers[measured].tolist())):
        raise Wrong(
            f"the split is by digits: the network has learned from other digits of writer "
            f"{shared[0]}, and you measure on this writer ({len(shared)} such writers)"
        )
    if not np.isin(np.flatnonzero(np.isin(writers, writers[measured])), measured).all():
        raise Wrong("of the writers you measured on, some digits were not counted")
    before, after = (
        an_array(given, f"the answers {when}", (count,)) == labels
        for given, when in zip(_pair(answers, "the answers"), ("before", "after"), strict=True)
    )
    if before.mean() < 0.5:
        raise Wrong(
            f"before, {100 * before.mean():.0f} % are read: were the images divided by 255, and "
            "are the answers in the order of the set"
        )
    if np.array_equal(np.asarray(answers[0]), np.asarray(answers[1])):
        raise Wrong("before and after, every answer is the same: was the network trained")
    right, of = int(after[measured].sum()), len(measured)
    ends = np.sort(an_array(interval, "the interval", (2,)).astype(float))
    if not np.allclose(ends, 100 * np.array(wilson_interval(right, of)), atol=0.2):
        if np.allclose(100 * ends, 100 * np.array(wilson_interval(right, of)), atol=0.2):
            raise Wrong("the interval should be in percent; this one looks like shares of 1")
        for name, hits in {
            "before the training": before[measured],
            "on the writers that the network learned from": after[learned],
            "on all writers together": after,
        }.items():
            bounds = wilson_interval(int(hits.sum()), len(hits))
            if np.allclose(ends, 100 * np.array(bounds), atol=0.2):
                raise Wrong(f"that is the interval {name}")
        raise Wrong(f"after, {right} of {of} are right on the unseen writers: another interval")
    rise = 100 * (after.astype(float) - before)
    claim = a_number(gain, "the gain", -100, 100)
    if abs(claim - rise[measured].mean()) > 0.06:
        if abs(claim - rise[learned].mean()) <= 0.06:
            raise Wrong("that is the gain on the writers that the network learned from")
        if abs(claim - rise.mean()) <= 0.06:
            raise Wrong("that is the gain on all writers, those learned from among them")
        if abs(100 * claim - rise[measured].mean()) <= 0.06:
            raise Wrong("the gain should be in points; this looks like a share of 1")
        if abs(claim + rise[measured].mean()) <= 0.06:
            raise Wrong("the gain is after minus before")
        raise Wrong(f"on the writers you measured on, the gain is not {claim:.3g} points")
    better, worse = int(np.sum(rise[measured] > 0)), int(np.sum(rise[measured] < 0))
    return (
        f"{better} digits of unseen writers were gained and {worse} lost, of "
        f"{len(np.unique(writers[measured]))} writers; only you know whether they are your class"
    )
