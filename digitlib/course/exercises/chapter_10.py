"""The checks of chapter 10: files, rounded weights, a network by hand, a guard."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType
from typing import Any

import cv2
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
def _aside() -> tuple[np.ndarray, np.ndarray]:
    """Return the chapter's 2,000 check images, as a network takes them, and their labels."""
    (images, labels), _ = load_mnist()
    scaled = images[-10_000:-8_000, ..., np.newaxis] / np.float32(255)
    return scaled, labels[-10_000:-8_000].copy()


@cache
def _others() -> np.ndarray:
    """Return 200 further images, scaled likewise."""
    (images, _), _ = load_mnist()
    places = np.random.default_rng(10).choice(8_000, 200, replace=False)
    return images[-8_000:][places, ..., np.newaxis] / np.float32(255)


# --- The same network twice -------------------------------------------------------------------


def _members(content: bytes, which: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        raise Wrong(f"{which} is no zip archive") from None


@exercise(
    "ex-10-twice",
    "the contents of the four files, a list of what read_bytes() gives: .keras twice, .npz twice",
    'the pair with equal checksums, "keras" or "npz"',
    "the name of the member that makes the difference in the other pair",
)
def twice(contents: Any, equal: Any, member: Any) -> Steps:
    """Check two pairs of files, which of them is equal, and what differs in the other."""
    if not isinstance(contents, Sequence) or len(contents) != 4:
        raise Wrong("the contents should be a list of four")
    if not all(isinstance(one, bytes) for one in contents):
        raise Wrong("each content should be bytes, as path.read_bytes() gives them")
    names = "the first file", "the second file", "the third file", "the fourth file"
    members = [_members(one, name) for one, name in zip(contents, names, strict=True)]
    for found, name in zip(members, names, strict=True):
        if ("config.json" in found) != (name in names[:2]):
            kind = ".keras" if name in names[:2] else ".npz"
            raise Wrong(f"{name} doesn't look like a {kind} file")
    sums = [hashlib.sha256(one).hexdigest() for one in contents]
    if sums[0] == sums[1]:
        raise Wrong("the two .keras files are equal: is it one file twice, or was there no pause?")
    pairs = {"keras": members[:2], "npz": members[2:]}
    for kind, weights in (("keras", "model.weights.h5"), ("npz", None)):
        one, other = pairs[kind]
        if one.keys() != other.keys() or (one != other if weights is None else False):
            raise Wrong(f"the two .{kind} files don't hold the same arrays")
    if members[0]["config.json"] != members[1]["config.json"]:
        raise Wrong("the two .keras files hold different recipes: save one network twice")
    yield 1 / 2
    if equal not in pairs:
        raise Wrong('the pair should be named "keras" or "npz"')
    if (equal == "keras") or sums[2] != sums[3]:
        raise Wrong(f"the checksums of the .{equal} files that you hand over differ")
    yield 3 / 4
    differing = [name for name in members[0] if members[0][name] != members[1][name]]
    if member not in members[0]:
        raise Wrong(f"no member of the .keras files is called {member!r}")
    if member not in differing:
        raise Wrong(f"{member} is equal in the two files, byte for byte")
    return None


# --- One factor for each filter ---------------------------------------------------------------


def rounded(array: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whole numbers, and a factor for each index of the last axis."""
    limit = 2 ** (bits - 1) - 1
    factor = np.abs(array).max(axis=tuple(range(array.ndim - 1)), keepdims=True) / limit
    return np.round(array / factor), factor


def _grid(array: np.ndarray, bits: int, called: Callable) -> None:
    answer = called(array.copy(), bits)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Wrong("quantized should return two things: whole numbers and factors")
    whole = an_array(answer[0], "the whole numbers", array.shape)
    if whole.dtype.kind not in "iu" and not np.array_equal(whole, np.round(whole)):
        raise Wrong("the first thing that quantized returns should be whole numbers")
    factors = np.asarray(answer[1], float)
    if factors.size == 1 and array.shape[-1] > 1:
        raise Wrong("this still has one factor for the whole array")
    try:
        back = np.asarray(whole * factors, float)
    except ValueError:
        back = np.zeros(0)
    if back.shape != array.shape:
        raise Wrong(
            f"factors of shape {factors.shape} don't multiply whole numbers of {array.shape} "
            "filter by filter: see keepdims in the hint"
        )
    limit = 2 ** (bits - 1) - 1
    if np.abs(whole.astype(int)).max() > limit:
        raise Wrong(f"with {bits} bits, the whole numbers go from {-limit} to {limit}")
    if factors.size != array.shape[-1]:
        raise Wrong(
            f"an array of shape {array.shape} has {array.shape[-1]} filters, and this gives "
            f"{factors.size} factors"
        )
    expected, steps = rounded(array, bits)
    if not np.allclose(back, expected * steps, atol=0.02 * np.abs(array).max() / limit):
        if np.mean(whole == np.trunc(array / steps)) > 0.99:
            raise Wrong("the numbers are cut off after the point, not rounded")
        used = np.abs(whole.reshape(-1, array.shape[-1]).astype(int)).max(axis=0)
        if used.min() < limit:
            raise Wrong(
                f"with {bits} bits, the largest weight of each filter should become {limit} or "
                f"{-limit}, and in some filters it becomes {used.min()}"
            )
        raise Wrong(f"with {bits} bits, some weights are off by more than half a step")


@exercise(
    "ex-10-per-filter",
    "your function quantized(array, bits)",
    "the accuracy with 2 bits, in percent",
    "the fewest bits with which the accuracy is at most one point lower than with 32",
)
def per_filter(function: Any, accuracy: Any, enough: Any) -> Steps:
    """Check a finer rounding on made-up filters, and what was measured with it."""
    called = a_function(function, "quantized")
    rng = np.random.default_rng(10)
    for shape, bits in (((5, 5, 1, 16), 8), ((3, 3, 16, 32), 4), ((40, 10), 3), ((40, 7), 2)):
        # Filters of quite different sizes: one factor for all would ruin the small ones.
        sizes = np.exp(rng.normal(size=shape[-1]))
        _grid((rng.normal(size=shape) * sizes).astype(np.float32), bits, called)
    yield 2 / 3
    share = a_number(accuracy, "the accuracy with 2 bits, in percent", 0, 100)
    if 0 < share < 1:
        raise Wrong(f"the accuracy should be in percent; {share:g} looks like a share of 1")
    if share > 90:
        raise Wrong("with 2 bits, this network loses far more: are the rounded weights in it?")
    yield 5 / 6
    fewest = a_number(enough, "the number of bits", 2, 8)
    if fewest != int(fewest):
        raise Wrong("the number of bits should be a whole number")
    if fewest == 2:
        raise Wrong(f"with 2 bits {share:g} % are right, which is more than a point less")
    if fewest > 4:
        raise Wrong("fewer bits are enough")
    return None


# --- No library at all ------------------------------------------------------------------------


def ten_numbers(images: np.ndarray, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return what the small dense network says."""
    kernel, bias, last, last_bias = (np.asarray(array, float) for array in arrays)
    hidden = np.maximum(images.reshape(len(images), -1) @ kernel + bias, 0)
    sums = hidden @ last + last_bias
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def made_up_arrays(seed: int, hidden: int, scale: float) -> list[np.ndarray]:
    """Return arrays of a network that nobody trained."""
    rng = np.random.default_rng(seed)
    shapes = (784, hidden), (hidden,), (hidden, 10), (10,)
    return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes]


def _names(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return {*code.co_names, *(name for each in inner for name in _names(each))}


@exercise(
    "ex-10-numpy",
    "your function predict(images, arrays)",
    "the four trained arrays, in a list",
)
def by_numpy(function: Any, arrays: Any) -> Steps:
    """Check a dense network in NumPy on made-up arrays, and that the trained ones can read."""
    predict = a_function(function, "predict")
    library = _names(function.__code__) if hasattr(function, "__code__") else set()
    if found := library & {"keras", "tf", "tensorflow", "digitlib", "model", "network"}:
        raise Wrong(f"predict still uses {sorted(found)[0]}; NumPy alone is asked for")
    images, labels = _aside()
    # The last one's sums are too large for np.exp.
    sizes = ((0, 64, 0.1, 0), (1, 32, 0.1, 0), (2, 64, 2, 1 / 2))
    for seed, hidden, scale, so_far in sizes:
        yield so_far
        made_up = made_up_arrays(seed, hidden, scale)
        _same_ten(predict, images[:1000], made_up, scale)
    yield 3 / 4
    trained = _trained_arrays(arrays)
    share = 100 * float((ten_numbers(images, trained).argmax(axis=1) == labels).mean())
    if share < 80:
        raise Wrong(
            f"with these four arrays the network reads {share:.0f} % of the 2,000 check images: "
            "are they trained, on images from 0 to 1?"
        )
    return None


def _same_ten(predict: Callable, images: np.ndarray, arrays: list, scale: float) -> None:
    with np.errstate(all="ignore"):
        answer = np.asarray(predict(images.copy(), [array.copy() for array in arrays]))
    if answer.shape != (len(images), 10):
        raise Wrong(
            f"predict should return ten numbers for each of 1,000 images, and returns an array of "
            f"shape {answer.shape}"
        )
    if not np.isfinite(answer).all():
        raise Wrong("where the ten sums are large, np.exp overflows: see the hint")
    expected = ten_numbers(images, arrays)
    if np.abs(answer - expected).max() < 1e-4:
        return
    if np.abs(answer.sum(axis=1) - 1).max() > 1e-3:
        raise Wrong("the ten numbers of an image should sum to 1")
    kernel, bias, last, last_bias = arrays
    other = [kernel, 0 * bias, last, 0 * last_bias]
    if np.abs(answer - ten_numbers(images, other)).max() < 1e-4:
        raise Wrong("the biases are missing")
    sums = (images.reshape(len(images), -1) @ kernel + bias) @ last + last_bias
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    if np.abs(answer - powers / powers.sum(axis=1, keepdims=True)).max() < 1e-4:
        raise Wrong("the ReLU between the two layers is missing")
    if np.abs(answer - ten_numbers(images / 255, arrays)).max() < 1e-4:
        raise Wrong("predict divides by 255, and these images go from 0 to 1 already")
    raise Wrong(
        f"with made-up arrays of size {scale:g}, some of the ten numbers are off by more than 1e-4"
    )


def _trained_arrays(arrays: Any) -> list[np.ndarray]:
    if not isinstance(arrays, Sequence) or len(arrays) != 4:
        raise Wrong("the trained arrays should be a list of four")
    shapes = (784, 64), (64,), (64, 10), (10,)
    names = "the first kernel", "the first bias", "the second kernel", "the second bias"
    return [an_array(*each) for each in zip(arrays, names, shapes, strict=True)]


# --- A guard ----------------------------------------------------------------------------------


def _objects(guard: Callable, images: np.ndarray) -> bool:
    """Return whether a guard refuses images, with a ValueError that says something."""
    try:
        guard(images.copy())
    except ValueError as error:
        if len(str(error)) < 15:
            raise Wrong("the message of your ValueError should help whoever reads it") from None
        return True
    except Exception as error:
        raise Wrong(f"your guard raises {type(error).__name__}: {error}") from error
    return False


def at_the_border(images: np.ndarray) -> np.ndarray:
    """Return the digits cut out and enlarged, so that each touches all four borders."""
    grown = []
    for image in images[..., 0]:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        grown.append(cv2.resize(box, (28, 28), interpolation=cv2.INTER_AREA))
    return np.clip(np.array(grown), 0, 1)[..., np.newaxis]


def mistaken(guard: Callable, images: np.ndarray) -> tuple[float, float]:
    """Return how often a guard is wrong about images one at a time, in percent.

    Parameters
    ----------
    guard : callable
        Raises ValueError for what looks inverted.
    images : numpy.ndarray, (n, 28, 28, 1)
        Light on dark, from 0 to 1.

    Returns
    -------
    refused, passed : float
        The share of the images that are refused, and of their negatives that are not.
    """
    refused = np.mean([_objects(guard, one[np.newaxis]) for one in images])
    passed = np.mean([not _objects(guard, 1 - one[np.newaxis]) for one in images])
    return 100 * float(refused), 100 * float(passed)


@exercise(
    "ex-10-guard",
    "your guard, a function of a batch (n, 28, 28, 1) from 0 to 1",
    "of the 2,000 check images, one at a time: how many it refuses, in percent",
    "of their 2,000 negatives, one at a time: how many it lets through, in percent",
)
def a_guard(function: Any, refused: Any, passed: Any) -> Steps:
    """Check a guard on batches, on single images, and on digits that touch the border."""
    if not callable(function):
        a_function(function, "your guard")
    images, _ = _aside()
    for count in (2_000, 100, 5):
        if _objects(function, images[:count]):
            raise Wrong(f"it refuses the first {count:,} check images as they are")
        if not _objects(function, 1 - images[:count]):
            raise Wrong(f"it lets {count:,} negatives through")
    yield 2 / 5
    found = mistaken(function, images)
    names = "it refuses {:.2f} % of the check images", "it lets {:.2f} % of the negatives through"
    if max(found) > 2:
        worse = int(np.argmax(found))
        raise Wrong(f"one at a time, {names[worse].format(found[worse])}")
    yield 3 / 5
    given = (
        a_number(refused, "the share of images that it refuses, in percent", 0, 100),
        a_number(passed, "the share of negatives that it lets through, in percent", 0, 100),
    )
    for name, measured, said in zip(names, found, given, strict=True):
        if abs(measured - said) > 0.051:
            raise Wrong(f"one at a time, {name.format(measured)}, and you say {said:g} %")
    yield 4 / 5
    wrong = mistaken(function, at_the_border(_others()))
    if max(wrong) > 10:
        place = int(np.argmax(wrong))
        where = names[place].format(wrong[place]).replace("the check images", "the digits")
        raise Wrong(f"of digits enlarged until they touch the border, {where}")
    return (
        "with digits enlarged until they touch the border, it is wrong about "
        f"{max(wrong):.1f} % at most"
    )
