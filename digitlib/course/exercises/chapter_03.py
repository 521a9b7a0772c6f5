"""The checks of chapter 03: a scramble, each pixel on its own, a split, an inspector."""

from collections.abc import Callable
from functools import cache
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


@cache
def _rows(which: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the chapter's few or fresh images as rows from 0 to 1, and their labels."""
    (images, labels), _ = load_mnist()
    part = slice(5_000) if which == "few" else slice(-10_000, None)
    return images[part].reshape(-1, 784) / np.float32(255), labels[part].astype(int)


# --- A scramble for everybody -----------------------------------------------------------------


def _neighbors_kept(columns: np.ndarray) -> float:
    """Return the share of pixels beside or above one another that still are so."""
    row, column = np.divmod(np.argsort(columns).reshape(28, 28), 28)
    apart = [
        np.abs(np.diff(row, axis=axis)) + np.abs(np.diff(column, axis=axis)) for axis in (0, 1)
    ]
    return float(np.mean([np.mean(one == 1) for one in apart]))


@exercise(
    "ex-03-permutation",
    "your permutation of the 784 pixels",
    "the network that learned from shuffled images",
    "what it reads right of the shuffled fresh images, in percent",
    "what it reads right of the unshuffled fresh images, in percent",
)
def permutation(columns: Any, network: Any, shuffled: Any, unshuffled: Any) -> Steps:
    """Check that a network learned from images that were all shuffled in one way."""
    order = an_array(columns, "the permutation", (784,))
    if not np.array_equal(np.sort(order), np.arange(784)):
        raise Wrong("the permutation should hold each number from 0 to 783 once")
    order = order.astype(int)
    if _neighbors_kept(order) > 0.2:
        raise Wrong("after this permutation, many neighbors in the picture are still neighbors")
    called = a_function(network, "the network")
    images, labels = _rows("fresh")

    def share(asked: np.ndarray) -> float:
        answers = an_array(called(asked), "what the network returns", (10_000, 10))
        return 100 * float(np.mean(answers.argmax(axis=1) == labels))

    on_shuffled, on_plain = share(images[:, order]), share(images)
    if on_plain > 60:
        raise Wrong(
            f"your network reads {on_plain:.0f} % of the unshuffled images: it learned from those"
        )
    if on_shuffled < 85:
        raise Wrong(
            f"shuffled by this permutation, your network reads {on_shuffled:.0f} % of the fresh "
            "images: did it learn from images from 0 to 1, all shuffled by the same one"
        )
    if on_shuffled > 97.5:
        raise Wrong("your network reads so many that it has learned from the fresh images, too")
    yield 3 / 4
    given = [
        np.asarray(one).item() if np.size(one) == 1 else np.nan for one in (shuffled, unshuffled)
    ]
    if given != given[::-1] and np.allclose(given, [on_plain, on_shuffled], atol=0.6):
        raise Wrong("the two percentages seem to have changed places")
    for number, found, what in (
        (shuffled, on_shuffled, "the percentage of shuffled images"),
        (unshuffled, on_plain, "the percentage of unshuffled images"),
    ):
        a_number(number, what, found - 0.6, found + 0.6)
    return None


# --- Each pixel on its own --------------------------------------------------------------------


def _pixels(answer: Any) -> set[int]:
    """Return the pixels that are named by their numbers, or by a mask."""
    places = an_array(answer, "the pixels", (None,))
    if places.dtype == bool:
        places = np.flatnonzero(an_array(places, "the mask of pixels", (784,)))
    if not np.isin(places, np.arange(784)).all():
        raise Wrong("the pixels should be numbers from 0 to 783")
    return set(places.astype(int).tolist())


def _close(given: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.all(np.abs(given - wanted) <= 2e-3 + 1e-2 * np.abs(wanted)))


@exercise(
    "ex-03-per-pixel",
    "the numbers, from 0 to 783, of the pixels that cause the warning",
    "your repaired fresh_scaled, an array of 10,000 × 784",
    "the largest value in it",
    "in how many of the 5,000 images that value's pixel has ink",
)
def per_pixel(pixels: Any, repaired: Any, largest: Any, inked: Any) -> Steps:
    """Check that pixels are standardized one by one, and what the blank ones become."""
    few, fresh = _rows("few")[0], _rows("fresh")[0]
    mean, spread = (one(few, axis=0, dtype=float).astype(np.float32) for one in (np.mean, np.std))
    blank, named = set(np.flatnonzero(spread == 0).tolist()), _pixels(pixels)
    if named - blank:
        raise Wrong(f"{len(named - blank)} of these pixels do have ink in some of the 5,000 images")
    if blank - named:
        raise Wrong(f"there are {len(blank - named)} more pixels that cause it")
    yield 1 / 3
    given = an_array(repaired, "the repaired fresh_scaled", (10_000, 784)).astype(np.float32)
    there = spread > 0
    wanted = (fresh[:, there] - mean[there]) / spread[there]
    if not _close(given[:, there], wanted):
        own = np.where(fresh.std(axis=0) > 0, fresh.std(axis=0), 1)
        others = {
            "these are standardized by the mean and the spread of the fresh images": (
                fresh - fresh.mean(axis=0)
            )
            / own,
            "these are standardized by one mean and one spread for all pixels": (fresh - few.mean())
            / few.std(),
            "the mean and the spread are those of bytes, and the images are divided": (
                fresh - 255 * mean
            )
            / np.where(there, 255 * spread, 1),
            "the means were not subtracted": fresh / np.where(there, spread, 1),
        }
        for said, other in others.items():
            if _close(given[:, there], other[:, there]):
                raise Wrong(said)
        raise Wrong(
            "where a pixel has a spread in few_scaled, the values are not those that its own mean "
            "and spread there give"
        )
    extreme = np.abs(given[:, ~there]).max()
    if extreme > 1.01:
        raise Wrong(
            f"a pixel that was blank in all 5,000 images has become {extreme:.3g}: to divide by "
            "next to nothing is no repair"
        )
    yield 2 / 3
    row, place = np.unravel_index(wanted.argmax(), wanted.shape)
    top = float(wanted[row, place])
    a_number(largest, "the largest value", 0.99 * top, 1.01 * top)
    yield 5 / 6
    column = np.flatnonzero(there)[place]
    count, in_fresh = (int(np.count_nonzero(one[:, column])) for one in (few, fresh))
    if a_number(inked, "the number of images with ink there", 0, 10_000) == in_fresh != count:
        raise Wrong("so many of the fresh images have ink at that pixel; how many of the 5,000")
    a_number(inked, "the number of images with ink there", count, count)
    return None


# --- A fair split -----------------------------------------------------------------------------


def _numbered(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images that are each filled with their own number, and the numbers as labels."""
    labels = np.arange(count)
    return np.broadcast_to(labels[:, np.newaxis, np.newaxis], (count, 3, 3)).copy(), labels


def _parts(function: Callable, count: int, held: int, seed: int) -> list[np.ndarray]:
    """Return the four arrays for numbered images, if each image is in one of the two sets."""
    images, labels = _numbered(count)
    four = function(images, labels, held, seed)
    if not np.array_equal(images, _numbered(count)[0]) or not np.array_equal(
        labels, np.arange(count)
    ):
        raise Wrong("your function changes the arrays that it is given")
    if not isinstance(four, tuple | list) or len(four) != 4:
        raise Wrong("your function should return four arrays")
    names = ("training images", "training labels", "validation images", "validation labels")
    shapes = [(None, 3, 3), (None,)] * 2
    if np.ndim(four[1]) == 3 and np.ndim(four[2]) == 1:
        raise Wrong(f"the four arrays should come in this order: {', '.join(names)}")
    parts = [
        an_array(part, f"the array of {name}", shape)
        for part, name, shape in zip(four, names, shapes, strict=True)
    ]
    lengths = [len(part) for part in parts]
    if lengths == [held, held, count - held, count - held] and 2 * held != count:
        raise Wrong("the set that is held back should come last, and it comes first")
    if lengths != [count - held, count - held, held, held]:
        raise Wrong(
            f"of {count} images {held} should be held back; the four arrays have the lengths "
            f"{', '.join(map(str, lengths))}"
        )
    for start, name in ((0, "training"), (2, "validation")):
        if not np.array_equal(parts[start][:, 0, 0], parts[start + 1]):
            raise Wrong(f"in the {name} set, images have the labels of other images")
    if np.isin(parts[3], parts[1]).any():
        raise Wrong("some images are in both sets")
    if not np.array_equal(np.sort(np.concatenate([parts[1], parts[3]])), labels):
        raise Wrong("some images are in a set twice, and others in none")
    return parts


def _refuses(function: Any, images: int, labels: int) -> None:
    """See that arrays of different lengths raise a ValueError with both numbers."""
    try:
        function(np.zeros((images, 3, 3)), np.zeros(labels, int), 100, 0)
    except ValueError as error:
        said = str(error).replace(",", "").replace("_", "")
        if str(images) not in said or str(labels) not in said:
            raise Wrong(
                f"for {images} images and {labels} labels the ValueError should name both numbers"
            ) from error
        return
    except Exception as error:
        raise Wrong(
            f"for {images} images and {labels} labels it raises {type(error).__name__}, and "
            "should raise a ValueError"
        ) from error
    raise Wrong(f"it takes {images} images and {labels} labels without a word")


@exercise("ex-03-split", "your function of images, labels, count and seed")
def split(answer: Any) -> Steps:
    """Check that a split keeps what belongs together, mixes, and can be repeated."""
    function = a_function(answer, "your split")
    rng = np.random.default_rng(3)
    count, first, second, third = rng.choice(900, 4, replace=False).tolist()
    for images, held in ((1000, 200), (1000, 1), (300, 250), (77, 7), (count + 100, 60)):
        _parts(function, images, held, 0)
    yield 1 / 4
    held_back = [_parts(function, 1000, 200, seed)[3] for seed in (first, second, first, third)]
    for labels in held_back:
        # As if the thousand were sorted by digit, a hundred of each.
        counts = np.bincount(labels // 100, minlength=10)
        if counts.min() < 4 or counts.max() > 45:
            raise Wrong(
                f"of data sorted by digit, 100 of each, it holds back {', '.join(map(str, counts))}"
            )
        if len(np.unique(labels % 10)) < 10:
            raise Wrong("what is held back stands at regular distances: that is not mixed")
    if not np.array_equal(held_back[0], held_back[2]):
        raise Wrong("the same seed gives another split the second time")
    if any(np.array_equal(np.sort(held_back[0]), np.sort(other)) for other in held_back[1::2]):
        raise Wrong("another seed gives the same split")
    yield 3 / 4
    _refuses(answer, 1000, 990)
    _refuses(answer, 980, 1000)
    return None


# --- An inspector -----------------------------------------------------------------------------


def _ways(images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the chapter's six preparations of images."""
    scaled = images / np.float32(255)
    return {
        "as expected": scaled,
        "not scaled": images.astype(np.float32),
        "scaled twice": scaled / np.float32(255),
        "light and dark swapped": 1 - scaled,
        "rows and columns swapped": scaled.transpose(0, 2, 1),
        "wrong reshape": scaled.reshape(28, 28, -1).transpose(2, 0, 1),
    }


@exercise("ex-03-inspector", "your function of prepared images (n, 28, 28)")
def inspector(answer: Any) -> Steps:
    """Check that an inspector tells five mistakes from the right preparation, by any digits."""
    called = a_function(answer, "your inspect")
    (train_images, _), (test_images, _) = load_mnist()
    rng = np.random.default_rng(3)
    drawn = train_images[rng.choice(60_000, 2000, replace=False)]

    def complaints(images: np.ndarray) -> list:
        found = called(images.copy())
        if not isinstance(found, list):
            raise Wrong(f"your inspect should return a list, and returns {type(found).__name__}")
        return found

    missed: dict[str, str] = {}
    for name, images in (
        ("2,000 test images", test_images[:2000]),
        ("2,000 other test images", test_images[6000:8000]),
        ("2,000 training images", drawn),
    ):
        for way, prepared in _ways(images).items():
            found = complaints(prepared)
            if way == "as expected" and found:
                raise Wrong(f"it complains of {name} that are prepared as expected: {found[0]}")
            if way != "as expected" and not found:
                missed.setdefault(way, name)
    yield 1 - len(missed) / 5
    if missed:
        way, name = next(iter(missed.items()))
        raise Wrong(f"it has no complaint about {name} with this mistake: {way}")
    errs = {}
    for size in (100, 10):
        batches = [test_images[rng.choice(10_000, size, replace=False)] for _ in range(5)]
        errs[size] = 0
        for way, prepared in (pair for batch in batches for pair in _ways(batch).items()):
            try:
                errs[size] += bool(complaints(prepared)) is (way == "as expected")
            except Wrong:
                errs[size] += 1
    return " and ".join(
        f"of 30 batches of {size} it judges {wrong} wrongly" for size, wrong in errs.items()
    )
