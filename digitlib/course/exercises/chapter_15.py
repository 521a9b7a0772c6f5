"""The checks of chapter 15: votes, few parameters, an ingredient, the luck of passes."""

from typing import Any

import numpy as np

from digitlib.course.exercises.checking import Wrong, a_function, a_number, an_array, exercise


def _yes_or_no(answer: Any, what: str) -> bool:
    if not isinstance(answer, bool | np.bool_):
        raise Wrong(f"{what} should be True or False")
    return bool(answer)


# --- Vote or average? -------------------------------------------------------------------------


def _ballots() -> tuple[np.ndarray, np.ndarray]:
    """Return answers of five networks (5, n) and averaged probabilities (n, 10)."""
    chance = np.random.default_rng(15)
    answers = chance.integers(0, 10, (5, 400))
    answers[1:3] = np.where(chance.random(400) < 0.5, answers[0], answers[1:3])
    answers[4] = np.where(chance.random(400) < 0.6, answers[3], answers[4])
    return answers, chance.dirichlet(np.ones(10), 400)


@exercise(
    "ex-15-vote",
    "your function vote, from answers (5, n) and averaged probabilities (n, 10) to n digits",
    "how many of the 10,000 test images the five small networks misread when they vote",
    "how often a coin falls at least as unevenly as vote and average do, from 0 to 1",
    "True if the difference means something, else False",
)
def vote(function: Any, misread: Any, coin: Any, means: Any) -> str | None:
    """Check that most votes win, that ties are broken by the averages, and what it is worth."""
    ask = a_function(function, "your vote")
    answers, averages = _ballots()
    digits = an_array(ask(answers.copy(), averages.copy()), "what your vote returns", (400,))
    votes = np.eye(10)[answers].sum(axis=0)
    most = votes == votes.max(axis=1, keepdims=True)
    tied = most.sum(axis=1) > 1
    winners = np.where(most, averages, -1).argmax(axis=1)
    if np.array_equal(digits, averages.argmax(axis=1)):
        raise Wrong("that is the average: the votes are not counted at all")
    if not np.isin(digits, range(10)).all():
        raise Wrong("your vote should return digits from 0 to 9")
    chosen = most[np.arange(400), digits.astype(int)]
    if not chosen[~tied].all():
        first = int(np.flatnonzero(~tied & ~chosen)[0])
        raise Wrong(
            f"the five say {', '.join(map(str, answers[:, first]))}, and your vote says "
            f"{digits[first]:g}"
        )
    if not chosen.all():
        first = int(np.flatnonzero(~chosen)[0])
        raise Wrong(
            f"among {', '.join(map(str, answers[:, first]))} there is a tie, and your vote takes "
            f"{digits[first]:g}, which is not one of the tied digits"
        )
    if np.array_equal(digits, votes.argmax(axis=1)):
        raise Wrong(
            "a tie always goes to the smallest digit; let the averaged probabilities decide"
        )
    if not np.array_equal(digits, winners):
        raise Wrong("among tied digits the one with the higher averaged probability should win")
    count = a_number(misread, "the number of misread images", 0, 10_000)
    if count != 64:
        near = "look at the ties" if 60 < count < 72 else "is that one network, or all of them"
        raise Wrong(f"the vote does not misread {count:g} images; {near}")
    a_number(coin, "the share of tries in which a coin does at least this", 0.99, 1)
    if _yes_or_no(means, "whether the difference means something"):
        raise Wrong("a difference that a coin gives as easily means nothing")
    return None


# --- Fewer still ------------------------------------------------------------------------------


@exercise(
    "ex-15-fewer",
    "the network that you report, as a Keras model",
    "its parameters, counted by hand",
    "the mistakes of your three networks on the 10,000 validation images",
    "which of the three you report: 0, 1 or 2",
    "its test errors with three seeds, in percent",
)
def fewer(network: Any, parameters: Any, mistakes: Any, reported: Any, errors: Any) -> str | None:
    """Check that a network is small, was counted, and was chosen by the validation images."""
    if not hasattr(network, "count_params") or not hasattr(network, "output_shape"):
        raise Wrong("the network should be a Keras model, built with its input")
    if tuple(network.input_shape[1:]) != (28, 28, 1) or tuple(network.output_shape[1:]) != (10,):
        raise Wrong("the network should take images of 28 × 28 × 1 and give ten numbers")
    stored = network.count_params()
    if stored >= 2000:
        raise Wrong(f"it stores {stored:,} numbers, and should stay below 2,000")
    counted = a_number(parameters, "the count by hand", 0, np.inf)
    if counted != stored:
        learned = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
        if counted == learned:
            raise Wrong("you counted what is learned; batch norm stores two more numbers a map")
        raise Wrong(f"by hand it is {counted:g}, and Keras counts another number")
    wrong = an_array(mistakes, "the mistakes on the validation images", (3,))
    if wrong.max() <= 100 and wrong.min() > 0 and not (wrong == wrong.astype(int)).all():
        raise Wrong("the mistakes should be counts out of 10,000, and these look like percent")
    if wrong.min() < 60:
        raise Wrong(f"{wrong.min():g} mistakes of 10,000 are too few for so small a network")
    place = a_number(reported, "which one you report", 0, 2)
    if place != wrong.argmin():
        raise Wrong("report the one that the validation images chose: the fewest mistakes there")
    seeds = an_array(errors, "the test errors", (3,)).astype(float)
    if len(np.unique(seeds)) == 1:
        raise Wrong("three seeds with the same error are hardly three trainings")
    if 100 * seeds.mean() <= 40 and seeds.max() < 0.4:
        raise Wrong("the test errors should be in percent; these look like shares of 1")
    if not 0.3 < seeds.mean() < 40:
        raise Wrong(f"a mean test error of {seeds.mean():.3g} % is not that of such a network")
    return "the test errors can't be measured again here"


# --- An ingredient of your own ----------------------------------------------------------------


def _misread(answer: Any, what: str, rows: int) -> np.ndarray:
    """Return which images each of some networks misread, as zeros and ones."""
    given = an_array(answer, what, (rows, 10_000))
    if not np.isin(given, (0, 1)).all():
        raise Wrong(f"{what} should say of each image whether it was misread, True or False")
    missed = given.astype(bool)
    if missed.mean() > 0.5:
        raise Wrong(f"{what} has {100 * missed.mean():.0f} % misread: are these the images read")
    for row in range(1, rows):
        if (missed[row] == missed[0]).all():
            raise Wrong(f"in {what} row {row} is the same as row 0: a network of its own each")
    return missed


@exercise(
    "ex-15-ingredient",
    "which of the 10,000 validation images the network as it was misreads, a row for each seed",
    "the same for your recipe",
    "by how much the error rises with your recipe, in points",
    "the 95 % interval of this difference, two numbers in points",
    "True if the interval is clear of zero, else False",
)
def ingredient(before: Any, after: Any, rise: Any, interval: Any, clear: Any) -> str | None:
    """Check that a difference is taken image by image, and its interval with it."""
    old = _misread(before, "the network as it was", 3)
    new = _misread(after, "your recipe", 3)
    if np.array_equal(old, new):
        raise Wrong("both recipes misread the same images: is one of them handed over twice")
    gap = 100 * (new.mean(axis=0) - old.mean(axis=0))
    middle, half = gap.mean(), 1.96 * gap.std() / np.sqrt(len(gap))
    given = a_number(rise, "the difference", -100, 100)
    if abs(given - middle) > 0.006:
        if abs(given + middle) <= 0.006:
            raise Wrong("the sign: more error with your recipe is a positive number")
        if abs(100 * given - middle) <= 0.006:
            raise Wrong("the difference should be in points; this one looks like a share of 1")
        raise Wrong(f"your two tables differ by another number than {given:.3g} points")
    ends = np.sort(an_array(interval, "the interval", (2,)).astype(float))
    if not np.allclose(ends, (middle - half, middle + half), atol=0.012):
        apart = 1.96 * np.sqrt(sum(100**2 * one.mean(axis=0).var() for one in (old, new)) / 10_000)
        if np.allclose(ends, (middle - apart, middle + apart), atol=0.012):
            raise Wrong(
                "both recipes read the same images: take the difference image by image, and its "
                "spread"
            )
        if not ends[0] <= middle <= ends[1]:
            raise Wrong("the interval should hold the difference in its middle")
        side = "wide" if np.ptp(ends) > 2 * half else "narrow"
        raise Wrong(f"the interval is too {side}: 1.96 deviations of the mean over 10,000 images")
    if _yes_or_no(clear, "whether it is clear of zero") != bool(abs(middle) > half):
        raise Wrong("look once more whether zero lies within your interval")
    return "it allows for the choice of the images, not for the luck of three seeds"


# --- The luck of passes -----------------------------------------------------------------------


def _flattery(missed: np.ndarray) -> tuple[float, float]:
    """Return the error of the best where it was chosen, and elsewhere, in percent."""
    chance = np.random.default_rng(0)
    here = np.zeros(2)
    for _ in range(400):
        halves = np.split(chance.permutation(10_000), 2)
        # Each half chooses once, so that nothing is left of the halves' own luck.
        for first, second in (halves, halves[::-1]):
            errors = missed[:, first].mean(axis=1)
            best = errors.argmin()
            here += 100 / 800 * np.array([errors[best], missed[best, second].mean()])
    return float(here[0]), float(here[1])


@exercise(
    "ex-15-passes",
    "which of the 10,000 test images are misread after each of ten passes, a row for each pass",
    "the flattery of the best of ten passes, in points",
    "the flattery of the best of five seeds, in points",
    'which flatters more, "passes" or "seeds"',
)
def passes(table: Any, of_passes: Any, of_seeds: Any, more: Any) -> str | None:
    """Check how much the best of ten passes flatters, beside the best of five seeds."""
    missed = _misread(table, "the table", 10)
    counts = missed.sum(axis=1)
    if counts[0] < counts[-1]:
        raise Wrong(
            "after the first pass fewer are misread than after the last: which row is first"
        )
    if counts[-1] > 500:
        raise Wrong(f"after ten passes {counts[-1]} are misread, far more than a trained network's")
    chosen, elsewhere = _flattery(missed)
    given = a_number(of_passes, "the flattery of ten passes", -100, 100)
    if abs(given - (elsewhere - chosen)) > 0.03:  # 1,000 halvings wobble by 0.01
        if abs(100 * given - (elsewhere - chosen)) <= 0.03 and given > 0:
            raise Wrong("the flattery of ten passes should be in points, not a share of 1")
        if abs(given - 100 * missed.mean() + chosen) <= 0.02:
            raise Wrong("that is the lead over the mean pass; flattery is elsewhere minus chosen")
        raise Wrong(f"the best of your ten passes does not flatter by {given:.3g} points")
    seeds = a_number(of_seeds, "the flattery of five seeds", 0.06, 0.12)
    if more not in ("passes", "seeds"):
        raise Wrong('the last answer should be "passes" or "seeds"')
    if (more == "passes") != (given > seeds):
        raise Wrong(f"your own two numbers say otherwise: {given:.3g} and {seeds:.3g} points")
    return None
