"""Answers to the exercises of chapter 10, right ones and wrong ones as students give them."""

import io
import zipfile

import numpy as np

from digitlib import load_mnist
from digitlib.course.exercises.chapter_10 import made_up_arrays, rounded, ten_numbers

(IMAGES, LABELS), _ = load_mnist()

# --- Files


def keras_file(date, weights=b"arrays", recipe=b"layers"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in (
            ("metadata.json", date),
            ("config.json", recipe),
            ("model.weights.h5", weights),
        ):
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def npz_file(*arrays):
    stream = io.BytesIO()
    np.savez(stream, *arrays)
    return stream.getvalue()


NOON, LATER = keras_file(b"12:00:00"), keras_file(b"12:00:03")
ARRAYS = npz_file(np.arange(3), np.ones((2, 2)))
FOUR = [NOON, LATER, ARRAYS, ARRAYS]

# --- Rounding


def quantized(array, bits):
    whole, factor = rounded(array, bits)
    return whole.astype(np.int8), factor


def by_loop(array, bits):
    limit = 2 ** (bits - 1) - 1
    factors = np.array([abs(array[..., f]).max() / limit for f in range(array.shape[-1])])
    whole = np.empty(array.shape, int)
    for f, factor in enumerate(factors):
        whole[..., f] = np.rint(array[..., f] / factor)
    return whole, factors


def of_the_chapter(array, bits):
    limit = 2 ** (bits - 1) - 1
    factor = np.abs(array).max() / limit
    return np.round(array / factor).astype(np.int8), factor


def along_the_inputs(array, bits):
    limit = 2 ** (bits - 1) - 1
    factor = np.abs(array).max(axis=-1, keepdims=True) / limit
    return np.round(array / factor).astype(np.int8), factor


def without_rounding(array, bits):
    limit = 2 ** (bits - 1) - 1
    factor = np.abs(array).max(axis=tuple(range(array.ndim - 1)), keepdims=True) / limit
    return array / factor, factor


def too_wide(array, bits):
    factor = np.abs(array).max(axis=tuple(range(array.ndim - 1)), keepdims=True) / 2**bits
    return np.round(array / factor), factor


def cut_off(array, bits):
    limit = 2 ** (bits - 1) - 1
    factor = np.abs(array).max(axis=tuple(range(array.ndim - 1)), keepdims=True) / limit
    return (array / factor).astype(np.int8), factor


def of_the_largest(array, bits):
    whole, factor = of_the_chapter(array, bits)
    return whole, np.full(array.shape[-1], factor)


# --- Without a library


def predict(images, arrays):
    kernel, bias, last, last_bias = arrays
    x = images.reshape(len(images), 784)
    sums = np.maximum(x @ kernel + bias, 0) @ last + last_bias
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def with_logs(images, arrays):
    x = images.reshape(len(images), -1)
    for kernel, bias in (arrays[:2], arrays[2:]):
        x = x @ kernel + bias
        if kernel is arrays[0]:
            x[x < 0] = 0
    return np.exp(x - np.logaddexp.reduce(x, axis=1)[:, np.newaxis])


def without_bias(images, arrays):
    return predict(images, [arrays[0], 0, arrays[2], 0])


def without_relu(images, arrays):
    x = images.reshape(len(images), 784) @ arrays[0] + arrays[1]
    sums = x @ arrays[2] + arrays[3]
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def overflowing(images, arrays):
    x = images.reshape(len(images), 784)
    sums = np.maximum(x @ arrays[0] + arrays[1], 0) @ arrays[2] + arrays[3]
    return np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)


def over_images(images, arrays):
    x = images.reshape(len(images), 784)
    sums = np.maximum(x @ arrays[0] + arrays[1], 0) @ arrays[2] + arrays[3]
    powers = np.exp(sums - sums.max(axis=0))
    return powers / powers.sum(axis=0)


def with_keras(images, arrays):
    import keras

    return keras.ops.softmax(images.reshape(len(images), 784) @ arrays[0])


def learned(images, arrays):
    return ten_numbers(images, TRAINED)


def mean_digits():
    """Return arrays of a network that takes the nearest of the ten mean digits."""
    scaled = IMAGES[:20_000].reshape(-1, 784) / np.float32(255)
    means = np.stack([scaled[LABELS[:20_000] == digit].mean(axis=0) for digit in range(10)])
    kernel = np.zeros((784, 64), np.float32)
    kernel[:, :10], kernel[:, 10:20] = means.T, -means.T
    last = np.zeros((64, 10), np.float32)
    last[:10], last[10:20] = np.eye(10), -np.eye(10)
    return [kernel, np.zeros(64), last, -0.5 * (means**2).sum(axis=1)]


def least_squares():
    """Return arrays of a network whose 64 hidden units are random, and whose last layer fits."""
    rng = np.random.default_rng(1)
    scaled = IMAGES[:8_000].reshape(-1, 784) / np.float32(255)
    kernel = (rng.normal(size=(784, 64)) / 10).astype(np.float32)
    kernel[:, :10] = mean_digits()[0][:, :10] / 10
    kernel[:, 10:20] = -mean_digits()[0][:, :10] / 10
    bias = np.where(np.arange(64) < 20, 20, 0).astype(np.float32)
    hidden = np.maximum(scaled @ kernel + bias, 0)
    wanted = np.eye(10)[LABELS[:8_000]]
    table = np.column_stack([hidden, np.ones(len(hidden))])
    fitted = np.linalg.lstsq(table, wanted, rcond=None)[0]
    return [kernel, bias, 20 * fitted[:64], 20 * fitted[64]]


TRAINED = least_squares()

# --- A guard


def border_of(images):
    rim = images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()
    return np.concatenate(rim)


def guard(images):
    if border_of(images).mean() > 0.5:
        raise ValueError("these images look inverted: paper should be 0 and ink 1")


def in_the_median(images):
    if np.median(border_of(images)) > 0.5:
        raise ValueError("dark on light? Pass 1 - images: the border should be 0")


def never(images):
    return None


def always(images):
    raise ValueError("these images look inverted: paper should be 0 and ink 1")


def silent(images):
    if border_of(images).mean() > 0.5:
        raise ValueError


def asserting(images):
    assert border_of(images).mean() < 0.5


def strict(images):
    if border_of(images).any():
        raise ValueError("the border of an image should be paper, and here there is ink")


def first_pixel(images):
    if images[0, 14, 14] > 0.5:
        raise ValueError("these images look inverted: paper should be 0 and ink 1")


def spread(images):
    if images.std() > 0.5:
        raise ValueError("these images look inverted: paper should be 0 and ink 1")


def any_border(images):
    if border_of(images).max() > 0.98:
        raise ValueError("the border of an image should be paper, and here there is ink")


def bytes_only(images):
    if border_of(images).mean() > 127:
        raise ValueError("these images look inverted: paper should be 0 and ink 255")


RIGHT = {
    "ex-10-twice": [
        (FOUR, "npz", "metadata.json"),
        (tuple(reversed([ARRAYS, ARRAYS, NOON, LATER])), "npz", "metadata.json"),
    ],
    "ex-10-per-filter": [(quantized, 43.5, 3), (by_loop, np.float64(27.0), np.int64(3))],
    "ex-10-numpy": [(predict, TRAINED), (with_logs, tuple(TRAINED))],
    "ex-10-guard": [(guard, 0.0, 0), (in_the_median, np.float64(0), 0.0)],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-10-twice": [
        ([[NOON, NOON, ARRAYS, ARRAYS], "npz", "metadata.json"], "was there no pause"),
        ((FOUR, "keras", "metadata.json"), "the checksums of the .keras files", 1 / 2),
        ((FOUR, "npz", "model.weights.h5"), "equal in the two files", 3 / 4),
        ((FOUR, "npz", "config.json"), "equal in the two files", 3 / 4),
        ((FOUR, "npz", "arr_0.npy"), "no member of the .keras files", 3 / 4),
        ((FOUR, "both", "metadata.json"), 'named "keras" or "npz"', 1 / 2),
        ((FOUR[2:] + FOUR[:2], "npz", "metadata.json"), "doesn't look like a .keras"),
        ((["a.keras", "b.keras", "a.npz", "b.npz"], "npz", "metadata.json"), "read_bytes()"),
        (([b"a", b"b", b"c", b"d"], "npz", "metadata.json"), "no zip archive"),
        ((FOUR[:2], "npz", "metadata.json"), "a list of four"),
        (
            ([NOON, LATER, ARRAYS, npz_file(np.arange(4), np.ones((2, 2)))], "npz", "config.json"),
            "don't hold the same arrays",
        ),
        (
            ([NOON, keras_file(b"12", recipe=b"other"), ARRAYS, ARRAYS], "npz", "config.json"),
            "different recipes",
        ),
    ],
    "ex-10-per-filter": [
        ((of_the_chapter, 43.5, 3), "one factor for the whole array"),
        ((of_the_largest, 43.5, 3), "the largest weight of each filter"),
        ((along_the_inputs, 43.5, 3), "has 16 filters"),
        ((without_rounding, 43.5, 3), "should be whole numbers"),
        ((too_wide, 43.5, 3), "from -127 to 127"),
        ((cut_off, 43.5, 3), "cut off after the point"),
        ((lambda array, bits: quantized(array, bits)[0], 43.5, 3), "two things"),
        ((quantized, 0.435, 3), "looks like a share of 1", 2 / 3),
        ((quantized, 97.5, 2), "far more", 2 / 3),
        ((quantized, 43.5, 2), "more than a point less", 5 / 6),
        ((quantized, 43.5, 8), "fewer bits", 5 / 6),
    ],
    "ex-10-numpy": [
        ((without_bias, TRAINED), "the biases are missing"),
        ((without_relu, TRAINED), "ReLU"),
        ((overflowing, TRAINED), "overflows", 1 / 2),
        ((over_images, TRAINED), "sum to 1"),
        ((with_keras, TRAINED), "uses keras"),
        ((learned, TRAINED), "off by more than"),
        ((lambda images, arrays: predict(images / 255, arrays), TRAINED), "divides by 255"),
        ((lambda images, arrays: predict(images, arrays).argmax(1), TRAINED), "of shape (1000,)"),
        ((predict, made_up_arrays(0, 64, 0.1)), "are they trained", 3 / 4),
        ((predict, [255 * TRAINED[0], *TRAINED[1:]]), "are they trained", 3 / 4),
        ((predict, [TRAINED[2], TRAINED[3], *TRAINED[:2]]), "the first kernel", 3 / 4),
        ((predict, "arrays.npz"), "a list of four", 3 / 4),
    ],
    "ex-10-guard": [
        ((never, 0, 0), "lets 2,000 negatives through"),
        ((always, 0, 0), "refuses the first 2,000"),
        ((strict, 0, 0), "refuses the first 2,000"),
        ((silent, 0, 0), "should help"),
        ((asserting, 0, 0), "raises AssertionError"),
        ((spread, 0, 0), "lets 2,000 negatives through"),
        ((bytes_only, 0, 0), "lets 2,000 negatives through"),
        ((first_pixel, 0, 0), "one at a time, it", 2 / 5),
        ((any_border, 0, 0), "refuses the first 2,000"),
        ((guard, 1.5, 0), "and you say 1.5 %", 3 / 5),
        ((guard, 0, 12), "and you say 12 %", 3 / 5),
        ((guard(IMAGES[:5, ..., np.newaxis] / 255), 0, 0), "without ()"),
    ],
}
