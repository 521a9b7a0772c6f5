"""The checks of chapter 16: backends, a graph by hand, two devices."""

from typing import Any

import numpy as np

from digitlib.course.exercises.checking import Wrong, a_function, a_number, an_array, exercise
from digitlib.data import load_mnist

# --- Another backend for another chapter ------------------------------------------------------


@exercise(
    "ex-16-variable",
    "the number of parameters of the small CNN that the chapter prints with JAX",
    "the small CNN's three accuracies with TensorFlow, in percent",
    "its three accuracies with JAX, in percent",
    "True if the means are closer than TensorFlow's three seeds are spread, else False",
)
def variable(parameters: Any, first: Any, second: Any, within: Any) -> str | None:
    """Check what a chapter prints on another backend."""
    count = a_number(parameters, "the number of parameters", 1000, 1_000_000)
    if count == 46_714:
        raise Wrong("that is what is learned; the chapter counts all that Keras stores")
    if count != 46_938:
        raise Wrong(f"the small CNN has another number of parameters than {count:g}, on any engine")
    means = []
    for given, engine in ((first, "TensorFlow"), (second, "JAX")):
        scores = an_array(given, f"the accuracies with {engine}", (3,)).astype(float)
        if scores.max() <= 1:
            raise Wrong(f"the accuracies with {engine} should be in percent; these are shares of 1")
        if not ((scores > 97) & (scores < 99.6)).all():
            raise Wrong(
                f"the accuracies with {engine} are not those of the small CNN of chapter 06"
            )
        means.append(scores)
    one, other = means
    if np.array_equal(one, other):
        raise Wrong("these are the same three numbers: what does keras.backend.backend() say")
    if not isinstance(within, bool | np.bool_):
        raise Wrong("the last answer should be True or False")
    if bool(within) != bool(abs(one.mean() - other.mean()) < np.ptp(one)):
        raise Wrong("compare the two means with the spread of TensorFlow's seeds once more")
    return "what Keras counts is the same, and what is trained differs about as seeds do"


# --- The order of a sum -----------------------------------------------------------------------

ORDERS = ("left", "right", "smallest")


def _sums(pixels: np.ndarray) -> np.ndarray:
    """Return the sums from the left, from the right and from the smallest, one after the other."""
    ways = (pixels, pixels[::-1], np.sort(pixels))
    return np.array([np.cumsum(way, dtype=np.float32)[-1] for way in ways])


@exercise(
    "ex-16-order",
    "your function, which takes 784 numbers and returns three sums",
    "how many different results there are for fresh[0]",
    'which of them is nearest to the sum in double precision, "left", "right" or "smallest"',
)
def order(sums: Any, different: Any, nearest: Any) -> str | None:
    """Check three sums in single precision, and what they are for one image."""
    function = a_function(sums, "your function")
    (images, _), _ = load_mnist()
    pixels = images[50_000:50_008].reshape(-1, 784) / np.float32(255)
    for row in pixels:
        given = an_array(function(row.copy()), "what your function returns", (3,))
        wanted, exact = _sums(row), row.astype(float).sum()
        if np.array_equal(given.astype(float), wanted.astype(float)):
            continue
        if np.array_equal(given.astype(float), wanted[::-1].astype(float)):
            raise Wrong(
                "the order of the three is from the left, from the right, the smallest first"
            )
        down = np.cumsum(np.sort(row)[::-1], dtype=np.float32)[-1]
        if given[2] == down != wanted[2]:
            raise Wrong("the third sum begins with the largest, and should begin with the smallest")
        if np.abs(given - exact).max() > 1:
            raise Wrong(f"a sum of {given[0]:.6g} is not that of an image's 784 numbers")
        if (given != given.astype(np.float32)).any():
            raise Wrong("your sums have more digits than single precision holds")
        if np.ptp(given) == 0:
            raise Wrong("all three are equal: np.sum adds in blocks, so add one after the other")
        raise Wrong("the three sums are not those of adding one number after the other")
    wanted, exact = _sums(pixels[0]), pixels[0].astype(float).sum()
    count = a_number(different, "the number of different results", 1, 3)
    if count != len(set(wanted.tolist())):
        raise Wrong(f"for fresh[0] there are not {count:g} different results: print more decimals")
    if nearest not in ORDERS:
        raise Wrong('the nearest should be "left", "right" or "smallest"')
    if nearest != ORDERS[np.abs(wanted - exact).argmin()]:
        raise Wrong("another one is nearer: subtract the sum in double precision from each")
    return "for another image another order may be the nearest"


# --- A second step ----------------------------------------------------------------------------


@exercise(
    "ex-16-second",
    "the largest difference after each of ten steps at a rate of 0.1",
    "the same at a rate of 0.01",
    'what the difference does, "grows" or "stays"',
)
def second(quick: Any, slow: Any, what: Any) -> str | None:
    """Check how two engines drift apart in ten steps."""
    for given, rate in ((quick, "0.1"), (slow, "0.01")):
        apart = an_array(given, f"the differences at {rate}", (10,)).astype(float)
        if apart.min() < 0:
            raise Wrong(f"the differences at {rate} should have no sign: the largest distance")
        if not apart.any():
            raise Wrong(f"at {rate} all differences are 0: was one engine compared with itself")
        if apart.max() > 1e-4:
            if apart[0] < 1e-6:
                raise Wrong(
                    f"at {rate} the first step agrees and the later ones don't: are the new "
                    "weights written back, for all eleven groups"
                )
            raise Wrong(f"at {rate} the first step differs already: who wins a tie")
        if len(set(apart.tolist())) == 1:
            raise Wrong(f"at {rate} all ten are equal: is it the same step ten times")
        if apart[0] > 1e-6:
            raise Wrong(f"at {rate} a first difference of {apart[0]:.0e} is more than rounding")
        if apart[-3:].mean() < 1.5 * apart[0]:
            raise Wrong(
                f"at {rate} the last ones are hardly above the first: which order are they in"
            )
    if np.array_equal(quick, slow):
        raise Wrong("both rates have the same ten numbers: describe the step again for each rate")
    if what not in ("grows", "stays"):
        raise Wrong('the last answer should be "grows" or "stays"')
    if what != "grows":
        raise Wrong("compare the last of the ten with the first")
    return "it grows by rounding, and is still far below what the steps themselves move"


# --- Each its own half ------------------------------------------------------------------------


@exercise(
    "ex-16-half",
    "the largest difference of each of the eleven groups of weights",
    "how far the step on the whole batch moved each group at most",
    "the largest difference as a share of the largest move, in percent",
)
def half(apart: Any, moved: Any, share: Any) -> str | None:
    """Check how far two devices end from one if each normalizes its own half."""
    off = an_array(apart, "the differences", (11,)).astype(float)
    far = an_array(moved, "the moves", (11,)).astype(float)
    if off.min() < 0 or far.min() < 0:
        raise Wrong("differences and moves should have no sign: the largest distance of each group")
    if not 1e-4 < far.max() < 0.1 or far.min() <= 0:
        raise Wrong("a step at a rate of 0.03 from the weights of young moves every group, by less")
    if off.max() < 1e-5:
        raise Wrong("halves that agree to rounding: was batch norm given the whole batch")
    if (off < 1e-6).any():
        raise Wrong("some groups agree to rounding, and none should: are both halves in the mean")
    if off.max() > 0.6 * far.max():
        raise Wrong(
            "the difference is about as large as the step: is it the mean of the two, or their sum"
        )
    percent = a_number(share, "the share", 1, 100)
    if abs(percent - 100 * off.max() / far.max()) > 0.02 * percent + 0.06:
        raise Wrong(f"your own numbers give another share than {percent:.3g} %")
    return None
