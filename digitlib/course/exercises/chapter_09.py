"""The checks of chapter 09: what tips an answer, ordinary days, smooth maps, rules."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist
from digitlib.recognizer import load_recognizer


@cache
def fresh() -> tuple[np.ndarray, np.ndarray]:
    """Return the chapter's 10,000 validation images, (n, 28, 28, 1) from 0 to 1, and labels."""
    (images, labels), _ = load_mnist()
    return images[-10_000:, ..., np.newaxis] / np.float32(255), labels[-10_000:].copy()


def _place(answer: Any) -> int:
    place = int(a_number(answer, "the place of the image", -1e9, 1e9))
    if not 0 <= place < 10_000:
        raise Wrong(
            f"the place is counted among the 10,000 validation images, from 0; {place:,} is none"
        )
    return place


# --- An image that went wrong -----------------------------------------------------------------


def tipping(
    network: Callable, image: np.ndarray, said: int, right: int, *, fill: float = 0.0
) -> np.ndarray:
    """Return what speaks for one digit against another, by covering 5 x 5 pixels.

    Parameters
    ----------
    network : callable
        Gives ten probabilities for each image (n, 28, 28, 1).
    image : numpy.ndarray, (28, 28, 1)
        From 0 to 1.
    said, right : int
        The digit that the network says, and the one that it should say.
    fill : float
        What a square is covered with.

    Returns
    -------
    numpy.ndarray, (28, 28)
        The mean fall of the lead of ``said`` over the squares that cover each pixel.
    """
    squares = [np.s_[r : r + 5, c : c + 5] for r, c in product(range(24), range(24))]
    copies = np.repeat(image[np.newaxis], 577, axis=0)
    for copy, square in zip(copies, squares, strict=False):
        copy[square] = fill
    logs = np.log(np.maximum(_ten(network, copies), 1e-37))
    leads = logs[:, said] - logs[:, right]
    total, times = np.zeros((28, 28)), np.zeros((28, 28))
    for lead, square in zip(leads[:-1], squares, strict=True):
        total[square] += leads[-1] - lead
        times[square] += 1
    return total / times


def _ten(network: Callable, images: np.ndarray) -> np.ndarray:
    rows = np.asarray(network(images))
    if rows.shape != (len(images), 10) or not 0.99 < rows[0].sum() < 1.01:
        raise Wrong("your network should give ten probabilities for each image (n, 28, 28, 1)")
    return rows.astype(float)


@exercise(
    "ex-09-wrong",
    "network",
    "the place of the image among the validation images",
    "the map for what it said minus the map for the right digit, 28 × 28",
    "the image with the part erased, 28 × 28",
    "whether the answer changes, True or False",
)
def wrong(network: Any, place: Any, difference: Any, erased: Any, changes: Any) -> Steps:
    """Check a misread image, what tips the balance, and what erasing it does."""
    asked = a_function(network, "the network")
    images, labels = fresh()
    if 100 * (_ten(asked, images[:500]).argmax(axis=1) == labels[:500]).mean() < 70:
        raise Wrong("this network reads hardly any validation image: are its weights the trained?")
    index = _place(place)
    image, right = images[index], int(labels[index])
    said = int(_ten(asked, image[np.newaxis])[0].argmax())
    if said == right:
        raise Wrong(f"this network reads validation image {index} rightly, as a {right}")
    given = an_array(difference, "the difference of the maps", (28, 28)).astype(float)
    wanted = tipping(asked, image, said, right)
    _right_map(given, wanted, tipping(asked, image, said, right, fill=1.0))
    yield 1 / 2
    after = np.squeeze(np.asarray(erased))
    _right_erasing(an_array(after, "the erased image", (28, 28)), image[..., 0], wanted)
    yield 3 / 4
    now = int(_ten(asked, after[np.newaxis, ..., np.newaxis].astype(np.float32))[0].argmax())
    if not isinstance(changes, bool | np.bool_):
        raise Wrong("whether the answer changes should be True or False")
    if bool(changes) != (now != said):
        raise Wrong(f"asked about the erased image, the network says {now}; before it said {said}")
    return None


def _right_map(given: np.ndarray, wanted: np.ndarray, with_ink: np.ndarray) -> None:
    scale = np.abs(wanted).max()

    def close(other: np.ndarray) -> bool:
        return bool(np.abs(given - other).max() < 0.03 * scale)

    if close(wanted):
        return
    if close(-wanted):
        raise Wrong("this is the right digit's map minus that of what the network said")
    if close(with_ink):
        raise Wrong("the squares are covered with ink here; paper is asked for")
    if np.corrcoef(given.ravel(), wanted.ravel())[0, 1] > 0.999:
        raise Wrong("the map has the right form and another scale: is it the mean of the falls?")
    raise Wrong(
        "this is not the difference of the two maps; each is the mean fall of a digit's logit"
    )


def _right_erasing(after: np.ndarray, image: np.ndarray, difference: np.ndarray) -> None:
    if after.max() > 1:
        raise Wrong("the erased image should have values from 0 to 1")
    changed = np.abs(after - image) > 1e-6
    if not changed.any():
        raise Wrong("nothing is erased in the image that you hand over")
    if after[changed].max() > 0:
        raise Wrong("to erase is to set to 0; some pixels have another value now, or more ink")
    inked = image > 0
    if changed.sum() > 0.6 * inked.sum():
        raise Wrong("most of the digit is gone; erase only the part that tips the balance")
    if difference[changed].mean() <= difference[inked].mean():
        raise Wrong("by your map, the rest of the digit speaks more for the wrong answer than this")


# --- A unit on an ordinary day ----------------------------------------------------------------


def purity(places: np.ndarray) -> float:
    """Return what share of a unit's images has the commonest label, in percent."""
    rows = fresh()[1][places].T
    return 100 * float(np.mean([np.bincount(row).max() / len(row) for row in rows]))


@exercise(
    "ex-09-everyday",
    "peaks, (10,000, 64)",
    "the nine from the middle for each unit, positions (9, 64)",
    "their purity, in percent",
)
def everyday(peaks: Any, middle: Any, share: Any) -> Steps:
    """Check that images come from the middle of each unit's positive peaks."""
    heights = an_array(peaks, "peaks", (10_000, 64)).astype(float)
    if heights.min() < 0:
        raise Wrong("after a ReLU, no peak is below 0")
    best = np.argsort(-heights, axis=0, kind="stable")[:9]
    if purity(best) < 45:
        raise Wrong(
            "the favorites of these units agree in hardly any label: are the weights those of "
            "the trained network, and the images in order?"
        )
    yield 1 / 3
    places = an_array(middle, "the nine from the middle", (9, 64))
    if not np.isin(places, range(10_000)).all():
        raise Wrong("the nine from the middle should be positions from 0 to 9,999")
    places = places.astype(int)
    if max(len(np.unique(column)) for column in places.T) < 9:
        raise Wrong("some of the nine are the same image twice")
    if np.mean([np.isin(p, b).mean() for p, b in zip(places.T, best.T, strict=True)]) > 0.5:
        raise Wrong("these are the favorites, not the middle")
    for unit in range(64):
        _in_the_middle(heights[:, unit], places[:, unit], unit)
    yield 2 / 3
    wanted = purity(places)
    given = a_number(share, "the purity, in percent", 0, 100)
    if abs(given - purity(best)) < 0.5 < abs(given - wanted):
        raise Wrong("that is the purity of the favorites")
    if abs(given - wanted) > 0.5:
        raise Wrong(f"the nine from the middle don't have a purity of {given:g} %")
    return "whether a unit keeps its name is for your eyes; nine random digits have about 28 %"


def _in_the_middle(heights: np.ndarray, places: np.ndarray, unit: int) -> None:
    chosen, positive = heights[places], heights[heights > 0]
    if (chosen <= 0).any():
        raise Wrong(f"unit {unit} is silent for some of its nine; they should have a positive peak")
    above = np.array([(positive > one).mean() for one in chosen])
    equal = np.array([(positive == one).mean() for one in chosen])
    outside = np.maximum(above - 0.52, 0.48 - above - equal)
    if outside.max() > 0:
        worst = int(outside.argmax())
        raise Wrong(
            f"for unit {unit}, {100 * above[worst]:.0f} % of the positive peaks are above that of "
            f"image {places[worst]}, so it isn't from the middle"
        )


# --- A smoother map ---------------------------------------------------------------------------

STEEP = 5.0


def _made_up_slopes(seen: list[np.ndarray], digits_seen: list[np.ndarray]) -> Callable:
    """Return slopes that change with the pixels, and note what they were asked."""

    def slopes(images: Any, digits: Any) -> np.ndarray:
        images, digits = np.asarray(images, float), np.asarray(digits)
        if images.ndim != 4 or images.shape[1:] != (28, 28, 1):
            raise ValueError(f"slopes takes images (n, 28, 28, 1), and these are {images.shape}")
        if digits.shape != (len(images),):
            raise ValueError(f"slopes takes a digit for each image, {len(images)} of them")
        seen.extend(images)
        digits_seen.extend(digits)
        return (digits[:, np.newaxis, np.newaxis] + 1) * np.sin(STEEP * images[..., 0])

    return slopes


@exercise(
    "ex-09-smooth",
    "your function smooth(slopes, image, digit)",
    "of the hundred digits, the answers that stay when 20 pixels are erased, with sign, in percent",
    "the same without sign, in percent",
    "the agreement without sign over all pixels when all weights are random, from -1 to 1",
)
def smooth(function: Any, signed: Any, unsigned: Any, agreement: Any) -> Steps:
    """Check an averaged gradient on made-up slopes, and what both tests say of it."""
    called = a_function(function, "smooth")
    for seed, digit in ((0, 3), (1, 8)):
        image = np.random.default_rng(seed).uniform(0.35, 0.9, (28, 28, 1)).astype(np.float32)
        seen: list[np.ndarray] = []
        digits: list[np.ndarray] = []
        answer = called(_made_up_slopes(seen, digits), image.copy(), digit)
        _copies(np.array(seen), np.array(digits), image, digit)
        _average(an_array(answer, "what smooth returns", (28, 28)), np.array(seen), image, digit)
    yield 1 / 2
    with_sign = a_number(signed, "the answers that stay, with sign", 0, 100)
    without = a_number(unsigned, "the answers that stay, without sign", 0, 100)
    if 0 < with_sign < 1 or 0 < without < 1:
        raise Wrong("the answers that stay should be in percent")
    if with_sign >= without:
        raise Wrong(
            "without its sign, the map also erases what spoke against the answer: more answers "
            "should stay than with it"
        )
    if with_sign > 62:
        raise Wrong(
            f"{with_sign:g} % with sign is not better than the plain gradient times pixel; is the "
            "map multiplied by the pixel?"
        )
    if with_sign < 15 or not 35 < without < 88:
        raise Wrong("these shares don't fit: erase 20 pixels of each of the hundred, ink only")
    yield 3 / 4
    same = a_number(agreement, "the agreement", -1, 1)
    if same < 0.9:
        raise Wrong(
            f"an agreement of {same:g} is not that of the map times pixel, without sign, over all "
            "pixels"
        )
    return None


def _copies(seen: np.ndarray, digits: np.ndarray, image: np.ndarray, digit: int) -> None:
    if len(seen) != 50:
        raise Wrong(f"smooth asks for the slopes of {len(seen)} images; 50 noisy copies are wanted")
    if (digits != digit).any():
        raise Wrong("each copy should be asked about the digit that smooth was given")
    noise = seen - image
    if noise.std(axis=0).max() < 1e-6:
        raise Wrong("all copies have the same noise" if noise.std() > 0.01 else "there is no noise")
    if not 0.16 < noise.std() < 0.23:
        raise Wrong(
            f"the standard deviation of the noise is {noise.std():.2f}; 0.2 is asked for, and "
            "images go from 0 to 1"
        )
    if abs(noise.mean()) > 0.03:
        raise Wrong("the noise should have a mean of 0")


def _average(answer: np.ndarray, seen: np.ndarray, image: np.ndarray, digit: int) -> None:
    each = (digit + 1) * np.sin(STEEP * seen[..., 0])
    wanted = each.mean(axis=0)
    if np.allclose(answer, wanted, atol=1e-3):
        return
    if np.allclose(answer, np.abs(each).mean(axis=0), atol=1e-3):
        raise Wrong("average before you take the absolute value")
    if np.allclose(answer, np.abs(wanted), atol=1e-3):
        raise Wrong("the map has lost its sign, and the tests want it with and without")
    if np.allclose(answer, each.sum(axis=0), atol=1e-2):
        raise Wrong("this is the sum over the copies, not their mean")
    if np.allclose(answer, wanted * image[..., 0], atol=1e-3):
        raise Wrong("smooth should return the slopes; multiply by the pixel afterward")
    raise Wrong("this is not the mean of the slopes over the copies")


# --- Which rule made the stroke? --------------------------------------------------------------

RULES = ("jitter", "blur", "pale")


def others_median(images: np.ndarray) -> float:
    """Return the recognizer's median probability of the digits that ten images are meant as."""
    rows = load_recognizer().predict(images.reshape(10, 28, 28).astype(np.float32))
    return float(np.median(np.diag(rows)))


@exercise(
    "ex-09-rules",
    "the ten images by the rules, a dictionary from (jitter, blur, pale), each True or False",
    "the other network's median for each, a dictionary with the same eight keys",
    'the rule that changes the picture most when it is switched off: "jitter", "blur" or "pale"',
    "the rule that changes the other network's median most when it is switched off",
)
def rules(pictures: Any, medians: Any, picture: Any, verdict: Any) -> Steps:
    """Check eight climbs, what the recognizer says of them, and which rule matters most."""
    images = _eight(pictures)
    yield 2 / 5
    found = {key: others_median(each) for key, each in images.items()}
    if not isinstance(medians, Mapping) or set(medians) != set(found):
        raise Wrong("the medians should be a dictionary with the same eight keys")
    for key, value in found.items():
        given = a_number(medians[key], f"the median for {_named(key)}", 0, 1)
        if abs(given - value) > 0.006:
            raise Wrong(
                f"for {_named(key)}, the recognizer's median is {value:.2f}, and yours {given:.2f}"
            )
    held, off = (True, True, True), {rule: _without(rule) for rule in RULES}
    by_picture = {rule: np.abs(images[off[rule]] - images[held]).mean() for rule in RULES}
    by_verdict = {rule: abs(found[off[rule]] - found[held]) for rule in RULES}
    for rule, by, what, so_far in (
        (picture, by_picture, "the picture", 3 / 5),
        (verdict, by_verdict, "the verdict of the other network", 4 / 5),
    ):
        yield so_far
        if rule not in RULES:
            raise Wrong('the rules are "jitter", "blur" and "pale"')
        if by[rule] < 0.95 * max(by.values()):
            raise Wrong(f"in your images, switching off another rule changes {what} more than this")
    return None


def _without(rule: str) -> tuple[bool, ...]:
    return tuple(rule != each for each in RULES)


def _named(key: tuple) -> str:
    names = [rule for rule, on in zip(RULES, key, strict=True) if on]
    return f"{' and '.join(names) if len(names) < 3 else 'all rules'}" if names else "no rule"


def _eight(pictures: Any) -> dict[tuple, np.ndarray]:
    on_or_off = (True, False)
    keys = [(j, b, p) for j in on_or_off for b in on_or_off for p in on_or_off]
    if not isinstance(pictures, Mapping) or set(pictures) != set(keys):
        raise Wrong("the images should be a dictionary with the eight keys (jitter, blur, pale)")
    images = {}
    for key in keys:
        given = np.asarray(pictures[key])
        given = given[..., 0] if given.ndim == 4 else given
        images[key] = an_array(given, f"the images for {_named(key)}", (10, 28, 28)).astype(float)
        if not 0 <= images[key].min() < images[key].max() <= 1:
            raise Wrong(f"the images for {_named(key)} should go from 0 to 1, and not be blank")
    for one, other in ((a, b) for a in keys for b in keys if a < b):
        if np.abs(images[one] - images[other]).max() < 1e-6:
            raise Wrong(f"the images for {_named(one)} and for {_named(other)} are the same")
    for jitter, blur, pale in keys:
        without = images[jitter, False, pale], images[jitter, blur, False]
        if blur and _grain(images[jitter, blur, pale]) >= _grain(without[0]):
            raise Wrong("in your images the blur makes no picture smoother")
        if pale and images[jitter, blur, pale].mean() >= without[1].mean():
            raise Wrong("in your images, paling takes no ink away")
    return images


def _grain(images: np.ndarray) -> float:
    return float(np.abs(np.diff(images, axis=2)).mean())
