"""Answers to the exercises of chapter 09, right ones and wrong ones as students give them."""

from functools import cache
from itertools import product

import cv2
import numpy as np

from digitlib.course.exercises.chapter_09 import fresh, others_median, purity, tipping

# --- A network that takes the nearest of ten mean digits: it reads four of five

IMAGES, labels = fresh()
MEANS = np.stack([IMAGES[labels == digit].mean(axis=0).ravel() for digit in range(10)])


def network(images):
    x = np.asarray(images, float).reshape(len(images), 784)
    sums = (x @ MEANS.T - 0.5 * (MEANS**2).sum(axis=1)) / 2
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def backward(images):
    return network(images)[:, ::-1]


answers = network(IMAGES[:1000]).argmax(axis=1)
PLACE = int(np.flatnonzero(answers != labels[:1000])[3])
READ = int(np.flatnonzero(answers == labels[:1000])[3])
IMAGE, TOLD, TRUE = IMAGES[PLACE], int(answers[PLACE]), int(labels[PLACE])
MAP = tipping(network, IMAGE, TOLD, TRUE)
WITH_INK = tipping(network, IMAGE, TOLD, TRUE, fill=1.0)


def by_logits(image, said, right):
    """Return the difference of the two maps, each by itself, as the chapter makes them."""
    weights, bias = MEANS[[said, right]].T / 2, -0.25 * (MEANS[[said, right]] ** 2).sum(axis=1)
    before = image.ravel() @ weights + bias
    total, times = np.zeros((28, 28, 2)), np.zeros((28, 28, 1))
    for row, column in product(range(24), range(24)):
        copy = image.copy()
        copy[row : row + 5, column : column + 5] = 0
        total[row : row + 5, column : column + 5] += before - (copy.ravel() @ weights + bias)
        times[row : row + 5, column : column + 5] += 1
    maps = total / times
    return maps[..., 0] - maps[..., 1]


def erased(count, order=MAP):
    copy = IMAGE[..., 0].copy()
    places = np.argsort(-np.where(copy > 0, order, -np.inf), axis=None)[:count]
    copy.flat[places] = 0
    return copy


def turns(image):
    return bool(network(image[np.newaxis, ..., np.newaxis])[0].argmax() != TOLD)


FEW, MANY = erased(8), erased(30)
INKED = FEW.copy()
INKED[np.argwhere(INKED > 0)[0][0], 0] = 1

# --- Units that answer to the strokes of a digit

WEIGHTS = np.repeat(MEANS - MEANS.mean(axis=0), 7, axis=0)[:64]
NOISE = np.random.default_rng(0).normal(size=WEIGHTS.shape) * np.abs(WEIGHTS).mean()
PEAKS = np.maximum(IMAGES.reshape(-1, 784) @ (WEIGHTS + NOISE).T, 0)


def nine(peaks, start):
    """Return for each unit nine places, from a share of its positive peaks on, highest first."""
    found = []
    for column in peaks.T:
        positive = np.argsort(-column, kind="stable")[: np.sum(column > 0)]
        first = int(start * len(positive))
        found.append(positive[first : first + 9])
    return np.array(found).T


def nine_rising(peaks):
    found = []
    for column in peaks.T:
        positive = np.flatnonzero(column > 0)
        positive = positive[np.argsort(column[positive])]
        found.append(positive[len(positive) // 2 - 4 :][:9])
    return np.stack(found, axis=1)


MIDDLE, RISING, BEST, LAST = nine(PEAKS, 0.5), nine_rising(PEAKS), nine(PEAKS, 0), nine(PEAKS, 0.9)
ALL = np.argsort(-PEAKS, axis=0)[4996:5005]
CHANCE = np.random.default_rng(1).integers(0, 10_000, (9, 64))

# --- Averages


def smooth(slopes, image, digit):
    noise = np.random.default_rng(1).normal(0, 0.2, (50, 28, 28, 1))
    return slopes(image + noise, [digit] * 50).mean(axis=0)


def one_by_one(slopes, image, digit):
    rng = np.random.default_rng(2)
    total = 0
    for _ in range(50):
        noisy = image + 0.2 * rng.normal(size=image.shape)
        total = total + slopes(noisy[np.newaxis], np.array([digit]))[0]
    return total / 50


def absolute_first(slopes, image, digit):
    noise = np.random.default_rng(1).normal(0, 0.2, (50, 28, 28, 1))
    return abs(slopes(image + noise, [digit] * 50)).mean(axis=0)


def same_noise(slopes, image, digit):
    noisy = image + np.random.default_rng(1).normal(0, 0.2, image.shape)
    return slopes(np.repeat(noisy[np.newaxis], 50, axis=0), [digit] * 50).mean(axis=0)


def of_bytes(slopes, image, digit):
    noise = np.random.default_rng(1).normal(0, 51, (50, 28, 28, 1))
    return slopes(image + noise, [digit] * 50).mean(axis=0)


def five_copies(slopes, image, digit):
    noise = np.random.default_rng(1).normal(0, 0.2, (5, 28, 28, 1))
    return slopes(image + noise, [digit] * 5).mean(axis=0)


def uniform(slopes, image, digit):
    noise = np.random.default_rng(1).uniform(0, 0.7, (50, 28, 28, 1))
    return slopes(image + noise, [digit] * 50).mean(axis=0)


def without_noise(slopes, image, digit):
    return slopes(np.repeat(image[np.newaxis], 50, axis=0), [digit] * 50).mean(axis=0)


def summed(slopes, image, digit):
    return 50 * smooth(slopes, image, digit)


def times_pixel(slopes, image, digit):
    return smooth(slopes, image, digit) * image[..., 0]


def all_zeros(slopes, image, digit):
    noise = np.random.default_rng(1).normal(0, 0.2, (50, 28, 28, 1))
    return slopes(image + noise, [0] * 50).mean(axis=0)


def one_digit(slopes, image, digit):
    return smooth(lambda images, digits: slopes(images, digit), image, digit)


# --- Pictures by rules

TEN = np.stack([IMAGES[labels == digit][1][..., 0] for digit in range(10)])


@cache
def drawn(jitter, blur, pale):
    """Return ten images with as much grain and ink as the rules leave."""
    rng = np.random.default_rng([jitter, blur, pale])
    images = np.clip(TEN + (0.1 if jitter else 0.3) * rng.random(TEN.shape), 0, 1)
    if blur:
        images = np.stack([cv2.GaussianBlur(image, (5, 5), 1.5) for image in images])
    return (0.7 if pale else 1) * images


EIGHT = {key: drawn(*key) for key in product((True, False), repeat=3)}
MEDIANS = {key: others_median(images) for key, images in EIGHT.items()}


def most(change):
    """Return the rule whose absence changes most, and one that changes less."""
    held = (True, True, True)
    off = {"jitter": (False, True, True), "blur": (True, False, True), "pale": (True, True, False)}
    ordered = sorted(off, key=lambda rule: change(off[rule], held))
    return ordered[-1], ordered[0]


PICTURE, NOT_PICTURE = most(lambda one, other: np.abs(EIGHT[one] - EIGHT[other]).mean())
JUDGED, NOT_JUDGED = most(lambda one, other: abs(MEDIANS[one] - MEDIANS[other]))
IN_FOUR = {key: images[..., np.newaxis].astype("float32") for key, images in EIGHT.items()}
ROUNDED = {key: round(value, 2) for key, value in MEDIANS.items()}
ONLY_SIX = {key: images for key, images in EIGHT.items() if key[0] or key[1]}
SWAPPED = {(jitter, not blur, pale): EIGHT[jitter, blur, pale] for jitter, blur, pale in EIGHT}
UNPALED = {(jitter, blur, not pale): EIGHT[jitter, blur, pale] for jitter, blur, pale in EIGHT}
UNCHANGED = EIGHT | {(False, True, True): EIGHT[True, True, True]}
OWN = dict.fromkeys(EIGHT, 1.0)

RIGHT = {
    "ex-09-wrong": [
        (network, PLACE, MAP, FEW, turns(FEW)),
        (
            network,
            np.int64(PLACE),
            by_logits(IMAGE, TOLD, TRUE).astype("float32"),
            MANY[..., np.newaxis],
            np.bool_(turns(MANY)),
        ),
    ],
    "ex-09-everyday": [
        (PEAKS, MIDDLE, purity(MIDDLE)),
        (PEAKS.astype("float32"), RISING, round(purity(RISING), 1)),
    ],
    "ex-09-smooth": [(smooth, 41, 62.0, 0.99), (one_by_one, np.float64(35), 60, 0.97)],
    "ex-09-rules": [
        (EIGHT, MEDIANS, PICTURE, JUDGED),
        (IN_FOUR, ROUNDED, PICTURE, JUDGED),
    ],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-09-wrong": [
        ((network, READ, MAP, FEW, False), "rightly"),
        ((network, 50_000 + PLACE, MAP, FEW, False), "counted among the 10,000 validation"),
        ((backward, PLACE, MAP, FEW, False), "hardly any validation image"),
        ((network, PLACE, -MAP, FEW, False), "the right digit's map minus"),
        ((network, PLACE, WITH_INK, FEW, False), "covered with ink"),
        ((network, PLACE, 25 * MAP, FEW, False), "another scale"),
        ((network, PLACE, np.abs(MAP), FEW, False), "not the difference of the two maps"),
        ((network, PLACE, MAP, IMAGE, False), "nothing is erased", 1 / 2),
        ((network, PLACE, MAP, 0 * IMAGE, True), "most of the digit is gone", 1 / 2),
        ((network, PLACE, MAP, 255 * FEW, False), "from 0 to 1", 1 / 2),
        ((network, PLACE, MAP, INKED, False), "to erase is to set to 0", 1 / 2),
        (
            (network, PLACE, MAP, erased(8, -MAP), turns(FEW)),
            "speaks more for the wrong answer",
            1 / 2,
        ),
        ((network, PLACE, MAP, FEW, not turns(FEW)), "asked about the erased image", 3 / 4),
        ((network, PLACE, MAP, FEW, TRUE), "True or False", 3 / 4),
        ((network(IMAGES[:1]), PLACE, MAP, FEW, False), "without ()"),
        ((lambda images: network(images).argmax(1), PLACE, MAP, FEW, False), "ten probabilities"),
    ],
    "ex-09-everyday": [
        ((PEAKS, BEST, purity(BEST)), "the favorites, not the middle", 1 / 3),
        ((PEAKS, LAST, purity(LAST)), "isn't from the middle", 1 / 3),
        ((PEAKS, ALL, purity(ALL)), "from the middle", 1 / 3),
        ((PEAKS, CHANCE, purity(CHANCE)), "is silent", 1 / 3),
        ((PEAKS, MIDDLE.T, purity(MIDDLE)), "9 × 64", 1 / 3),
        ((PEAKS, MIDDLE, purity(BEST)), "the purity of the favorites", 2 / 3),
        ((PEAKS, MIDDLE, purity(MIDDLE) / 100), "don't have a purity", 2 / 3),
        ((PEAKS, MIDDLE, 28), "don't have a purity", 2 / 3),
        ((PEAKS, np.repeat(MIDDLE[:1], 9, axis=0), 100), "the same image twice", 1 / 3),
        ((PEAKS[::-1], MIDDLE, 30), "in hardly any label"),
        ((PEAKS - 1, MIDDLE, 30), "below 0"),
        ((PEAKS[:1000], MIDDLE, 30), "10000 × 64"),
    ],
    "ex-09-smooth": [
        ((absolute_first, 41, 62, 0.99), "before you take the absolute value"),
        ((lambda *given: abs(smooth(*given)), 41, 62, 0.99), "lost its sign"),
        ((same_noise, 41, 62, 0.99), "the same noise"),
        ((without_noise, 41, 62, 0.99), "there is no noise"),
        ((of_bytes, 41, 62, 0.99), "0.2 is asked for"),
        ((uniform, 41, 62, 0.99), "a mean of 0"),
        ((five_copies, 41, 62, 0.99), "of 5 images"),
        ((summed, 41, 62, 0.99), "the sum over the copies"),
        ((times_pixel, 41, 62, 0.99), "multiply by the pixel afterward"),
        ((all_zeros, 41, 62, 0.99), "the digit that smooth was given"),
        ((one_digit, 41, 62, 0.99), "a digit for each image"),
        (
            (lambda slopes, image, digit: slopes(image[np.newaxis], [digit])[0], 41, 62, 1),
            "1 images",
        ),
        ((smooth, 62, 41, 0.99), "more answers should stay", 1 / 2),
        ((smooth, 0.41, 0.62, 0.99), "in percent", 1 / 2),
        ((smooth, 70, 80, 0.99), "not better than the plain gradient", 1 / 2),
        ((smooth, 41, 97, 0.99), "don't fit", 1 / 2),
        ((smooth, 41, 62, 0.4), "over all pixels", 3 / 4),
    ],
    "ex-09-rules": [
        ((EIGHT, MEDIANS, NOT_PICTURE, JUDGED), "changes the picture more", 3 / 5),
        (
            (EIGHT, MEDIANS, PICTURE, NOT_JUDGED),
            "changes the verdict of the other network more",
            4 / 5,
        ),
        ((EIGHT, OWN, PICTURE, JUDGED), "the recognizer's median is", 2 / 5),
        ((ONLY_SIX, MEDIANS, PICTURE, JUDGED), "the eight keys"),
        ((list(EIGHT.values()), MEDIANS, PICTURE, JUDGED), "a dictionary"),
        ((SWAPPED, MEDIANS, PICTURE, JUDGED), "the blur makes no picture smoother"),
        ((UNPALED, MEDIANS, PICTURE, JUDGED), "paling takes no ink away"),
        ((UNCHANGED, MEDIANS, PICTURE, JUDGED), "are the same"),
        ((dict.fromkeys(EIGHT, TEN), MEDIANS, PICTURE, JUDGED), "are the same"),
        ((EIGHT, list(MEDIANS.values()), PICTURE, JUDGED), "with the same eight keys", 2 / 5),
        ((EIGHT, MEDIANS, "paling", JUDGED), 'the rules are "jitter"', 3 / 5),
        (
            ({key: 255 * each for key, each in EIGHT.items()}, MEDIANS, PICTURE, JUDGED),
            "from 0 to 1",
        ),
    ],
}
