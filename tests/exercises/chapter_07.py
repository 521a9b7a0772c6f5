"""Answers to the exercises of chapter 07, right ones and wrong ones as students give them."""

import numpy as np

from digitlib.course.bands import wilson_interval
from digitlib.data import load_mnist

# --- The best nudge

LAST = [0.0032, 0.00023, 0.00073, 0.0157, 0.00094, 1, 1]
FIRST = [0.25, 0.034, 0.036, 0.0095, 0.15, 0.12, 1]


def both_sides(loss, nudge):
    return (loss(nudge) - loss(-nudge)) / (2 * nudge)


def in_four_places(loss, nudge):
    near, far = both_sides(loss, nudge / 2), both_sides(loss, nudge)
    return np.float64(4 * near - far) / 3


def one_side(loss, nudge):
    return (loss(nudge) - loss(0)) / nudge


def not_twice(loss, nudge):
    return (loss(nudge) - loss(-nudge)) / nudge


def not_divided(loss, nudge):
    return loss(nudge) - loss(-nudge)


def wrong_way(loss, nudge):
    return -both_sides(loss, nudge)


def one_nudge_for_all(loss, nudge):
    return both_sides(loss, 0.1)


# --- A finer search

LOSSES = np.array([[0.3406, 0.3395], [0.3317, 0.3315], [0.3289, 0.3278], [0.3298, 0.3302]])
SHARES = np.array([[98.93, 99.02], [99.08, 99.20], [99.17, 99.29], [99.08, 99.21]])
LEAD, LUCK = 0.33160 - 0.32835, 0.0002
OURS = LOSSES + np.array([[0, 0], [-0.01, -0.009], [0, 0], [0, 0]])

# --- Is smoothing worth it?

(_, LABELS), _ = load_mnist()
LABELS = LABELS[-10_000:].astype(int)


def numbers(errors, right, wrong, labels=LABELS):
    """Return ten numbers for each image; the first images are answered wrong."""
    named = labels.copy()
    named[:errors] = (labels[:errors] + 1) % 10
    sure = np.where(np.arange(10_000) < errors, wrong, right)
    said = np.repeat((1 - sure[:, np.newaxis]) / 9, 10, axis=1)
    said[np.arange(10_000), named] = sure
    return said


THREE = np.stack([numbers(99, 0.99, 0.74), numbers(92, 0.93, 0.51), numbers(93, 0.79, 0.39)])
COUNTED = [[99.01, 98.98], [99.08, 99.2], [99.07, 99.21]]
SURE = np.array([[0.99, 0.74], [0.93, 0.51], [0.79, 0.39]])
OF_LABEL = [(1 - 0.74) / 9, (1 - 0.51) / 9, (1 - 0.39) / 9]
(_, EARLIER), _ = load_mnist()
OTHERS = np.stack(
    [numbers(99, sure, 0.5, EARLIER[:10_000].astype(int)) for sure in (0.9, 0.8, 0.7)]
)

# --- Find the rate in one run

SGD = [2.45, 2.36, 2.15, 1.96, 1.62, 1.19, 0.82, 0.54, 0.41, 0.74]
SGD += [1.5, 1.33, 0.54, 0.28, 6.2, 32, 2.35, 2.75, 3.2e13, 2.4e16]
ADAM = [2.03, 1.21, 0.61, 0.39, 0.25, 0.23, 0.25, 0.37, 0.54, 0.27]
ADAM += [0.37, 1.05, 1.4, 2.5, 2.6, 2.6, 2.8, 15.8, 27.8, 54.6]


def growing(step):
    return 0.0001 * 10 ** (6 * step / 400)


class Schedule:
    def __call__(self, step):
        return np.float32(1e-4) * np.exp(np.log(1e6) * np.float32(step) / 400)


def by_amount(step):
    return 0.0001 + (100 - 0.0001) * step / 400


def from_zero(step):
    return 100 * (step / 400) ** 6


def too_short(step):
    return 0.0001 * 10 ** (3 * step / 400)


def forever(step):
    return 0.0001 * 10 ** (6 * step / 782)


# --- A thousand labels

TRIED, BEST, RIGHTS = [97.57, 97.87, 98.11, 98.23, 98.28], [98.23, 98.31, 98.12], [9838, 9829, 9841]
INTERVAL = 100 * np.array(wilson_interval(9838, 10_000))
OF_VALIDATION = 100 * np.array(wilson_interval(9823, 10_000))

RIGHT = {
    "ex-07-nudge": [
        (both_sides, LAST, FIRST),
        (in_four_places, np.array(LAST)[:, np.newaxis].ravel(), [*FIRST[:6], 16.0]),
    ],
    "ex-07-peak": [
        (LOSSES, SHARES, 0.02, LEAD, LUCK),
        (
            OURS.tolist(),
            SHARES.tolist(),
            np.array(0.01),
            0.0,
            -0.0008,
        ),
    ],
    "ex-07-smoothing": [(THREE, COUNTED, SURE), (THREE.astype("float32"), COUNTED, SURE.round(2))],
    "ex-07-range": [
        (growing, SGD, ADAM, 0.5, 0.02),
        (Schedule(), [*SGD[:18], np.nan, np.inf], np.array(ADAM), 0.1, 0.01),
    ],
    "ex-07-thousand": [
        (TRIED, BEST, RIGHTS, INTERVAL),
        (np.array(TRIED)[::-1], BEST, np.array(RIGHTS, float), INTERVAL.round(2)[::-1]),
    ],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-07-nudge": [
        ((one_side, LAST, FIRST), "one side only"),
        ((not_twice, LAST, FIRST), "twice the nudge"),
        ((not_divided, LAST, FIRST), "divide it"),
        ((wrong_way, LAST, FIRST), "the sign"),
        ((one_nudge_for_all, LAST, FIRST), "nudged farther"),
        ((lambda loss, nudge: 0.7, LAST, FIRST), "a slope of -1.3"),
        ((lambda loss, nudge: 0.007146, LAST, FIRST), "a slope of 0.7"),
        ((0.007144, LAST, FIRST), "a function"),
        ((both_sides, LAST[::-1], FIRST), "order from a nudge of 1", 1 / 2),
        ((both_sides, FIRST, LAST), "rougher one", 3 / 4),
        ((both_sides, [100 * one for one in LAST], FIRST), "below 1%", 1 / 2),
        ((both_sides, LAST, LAST), "the same", 3 / 4),
        ((both_sides, [-one for one in LAST], FIRST), "np.abs", 1 / 2),
        ((both_sides, [0.5] * 7, FIRST), "smallest at an end", 1 / 2),
        ((both_sides, LAST[:4], FIRST), "shape 7", 1 / 2),
    ],
    "ex-07-peak": [
        ((LOSSES - 0.26, SHARES, 0.02, LEAD, LUCK), "least that smoothing leaves"),
        ((LOSSES, SHARES / 100, 0.02, LEAD, LUCK), "in percent"),
        ((LOSSES[:, [0, 0]], SHARES, 0.02, LEAD, LUCK), "both seeds"),
        ((LOSSES, SHARES[:, [0, 0]], 0.02, LEAD, LUCK), "both seeds"),
        ((LOSSES, SHARES[[0, 0, 2, 3]], 0.02, LEAD, LUCK), "repeat a row"),
        ((LOSSES.T, SHARES, 0.02, LEAD, LUCK), "4 × 2"),
        ((LOSSES, SHARES[[2, 1, 0, 3]], 0.02, LEAD, LUCK), "same order"),
        ((LOSSES, SHARES, 0.01, 0, LUCK), "another peak", 1 / 2),
        ((LOSSES, SHARES, 0.1, LEAD, LUCK), "one of the four", 1 / 2),
        ((OURS, SHARES, 0.02, LEAD, LUCK), "by accuracy", 1 / 2),
        ((LOSSES, SHARES, 0.02, -LEAD, LUCK), "negative", 2 / 3),
        ((LOSSES, SHARES, 0.02, 0.0028, LUCK), "not 0.0028 below", 2 / 3),
        ((LOSSES, SHARES, 0.02, LEAD, 0.0011), "not 0.0011 apart", 5 / 6),
        ((LOSSES + 1, SHARES, 0.02, LEAD, LUCK), "one pass"),
    ],
    "ex-07-smoothing": [
        ((THREE, COUNTED, 100 * SURE), "percent", 1 / 2),
        ((THREE, COUNTED, SURE[:, ::-1]), "when right comes first", 1 / 2),
        (
            (THREE, COUNTED, np.column_stack([SURE[:, 0], OF_LABEL])),
            "that of the right digit",
            1 / 2,
        ),
        ((THREE[::-1], COUNTED[::-1], SURE[::-1]), "the order 0, 0.05, 0.2"),
        ((THREE[[0, 0, 0]], [[99.01, 99.1]] * 3, SURE), "repeat a row"),
        ((OTHERS, COUNTED, SURE), "name the validation labels"),
        ((THREE, [[99.11, 98.98], *COUNTED[1:]], SURE), "not in your table"),
        ((np.log(THREE), COUNTED, SURE), "probabilities"),
        ((THREE[:2], COUNTED[:2], SURE[:2]), "3 × 10000 × 10"),
        (
            (THREE, COUNTED, THREE.max(axis=-1).mean(axis=1)[:, np.newaxis] * [1, 0.9]),
            "all answers",
            1 / 2,
        ),
        ((THREE, COUNTED, np.full((3, 2), 0.9)), "handed over", 1 / 2),
    ],
    "ex-07-range": [
        ((by_amount, SGD, ADAM, 0.5, 0.02), "same amount"),
        ((from_zero, SGD, ADAM, 0.5, 0.02), "0.0001"),
        ((too_short, SGD, ADAM, 0.5, 0.02), "at step 200 and 400"),
        ((forever, SGD, ADAM, 0.5, 0.02), "at step 200 and 400"),
        ((growing(400), SGD, ADAM, 0.5, 0.02), "a function"),
        ((growing, ADAM, SGD, 0.5, 0.02), "in this order", 2 / 5),
        ((growing, SGD, SGD, 0.5, 0.02), "the same", 2 / 5),
        ((growing, SGD, ADAM, 10, 0.02), "is up at", 3 / 5),
        ((growing, SGD, ADAM, 0.0002, 0.0001), "hardly begun", 3 / 5),
        ((growing, SGD, ADAM, 0.02, 0.5), "smaller rates", 4 / 5),
        ((growing, SGD[:14] + [0.2] * 6, ADAM, 0.5, 0.02), "don't explode", 2 / 5),
        ((growing, SGD * 20, ADAM, 0.5, 0.02), "20 numbers", 2 / 5),
        ((growing, [2.3] * 20, ADAM, 0.5, 0.02), "never come below", 2 / 5),
        ((growing, SGD[::-1], ADAM, 0.5, 0.02), "begins near 2.3", 2 / 5),
    ],
    "ex-07-thousand": [
        ((TRIED[:2], BEST, RIGHTS, INTERVAL), "has 2 entries"),
        ((TRIED, [97.57, 97.49, 97.54], [9803, 9790, 9764], INTERVAL), "the chapter's own"),
        ((TRIED, [99.2, 99.1, 99.3], [9920, 9921, 9930], INTERVAL), "more than the 1,000 labels"),
        ((np.array(TRIED) / 100, BEST, RIGHTS, INTERVAL), "in percent"),
        ((TRIED, [98.2] * 3, RIGHTS, INTERVAL), "the seed handed on"),
        ((TRIED, BEST, [98.38, 98.29, 98.41], INTERVAL), "out of 10,000", 1 / 2),
        ((TRIED, BEST, [9823, 9831, 9812], INTERVAL), "of the validation images", 1 / 2),
        ((TRIED, BEST, RIGHTS, INTERVAL / 100), "shares of 1", 3 / 4),
        ((TRIED, BEST, RIGHTS, OF_VALIDATION), "validation accuracy", 3 / 4),
        ((TRIED, BEST, RIGHTS, [98.0, 98.9]), "another interval", 3 / 4),
        ((TRIED, BEST, [9600, 9610, 9590], INTERVAL), "a point apart", 1 / 2),
        (([95, 96, 97, 97.5], BEST, RIGHTS, INTERVAL), "that you took"),
        ((TRIED, BEST[:1], RIGHTS, INTERVAL), "shape 3"),
    ],
}
