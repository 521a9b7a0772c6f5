"""Answers to the exercises of chapter 04, right ones and wrong ones as students give them."""

import numpy as np
from scipy.stats import binomtest
from sklearn.neighbors import KNeighborsClassifier

from digitlib.data import load_mnist


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


(TRAIN_IMAGES, TRAIN_LABELS), _ = load_mnist()

# --- Near neighbors count more


def who_reads(asked, labels, stored=slice(20_000)):
    """Return four rows, from the neighbors that scikit-learn finds."""
    rows = TRAIN_IMAGES.reshape(-1, 784)
    model = KNeighborsClassifier(45, algorithm="brute")
    model.fit(rows[stored] / np.float32(255), TRAIN_LABELS[stored])
    distances, nearest = model.kneighbors(asked.reshape(-1, 784) / np.float32(255))
    theirs = TRAIN_LABELS[stored][nearest]
    right = []
    for k in (3, 45):
        for says in (np.ones_like(distances), 1 / np.maximum(distances, 1e-9)):
            votes = [(says * (theirs == digit))[:, :k].sum(axis=1) for digit in range(10)]
            right.append(np.argmax(votes, axis=0) == labels)
    return np.array(right)


def coin(one, other):
    alone, other_alone = int((one & ~other).sum()), int((other & ~one).sum())
    return binomtest(alone, alone + other_alone).pvalue


def coins(rows):
    return [coin(rows[0], rows[1]), coin(rows[2], rows[3])]


READS = who_reads(TRAIN_IMAGES[-5000:], TRAIN_LABELS[-5000:])
FEWER = who_reads(TRAIN_IMAGES[-5000:], TRAIN_LABELS[-5000:], slice(5_000))
OTHER_IMAGES = READS[:, ::-1]
CHANCES = coins(READS)
TAMPERED = READS.copy()
TAMPERED[1] = READS[0] | READS[2]

# --- Two pixels to the right

RIGHTWARD = np.array(
    [
        [13.57, 18.27, 39.82, 60.95],
        [5.37, 9.23, 32.01, 56.75],
        [3.93, 6.44, 23.56, 45.5],
        [2.02, 2.45, 4.62, 14.79],
    ]
)
OTHER_SEED = swap(RIGHTWARD.tolist(), 3, [2.23, 2.64, 7.08, 19.75])
LEFTWARD = [
    [13.57, 18.95, 43.87, 65.0],
    [5.37, 10.42, 36.05, 66.98],
    [3.93, 6.12, 23.05, 44.87],
    [2.02, 2.41, 5.3, 14.89],
]
DOWNWARD = [
    [13.57, 24.59, 52.84, 77.4],
    [5.37, 9.3, 26.29, 51.68],
    [3.93, 7.99, 29.05, 60.37],
    [2.02, 3.17, 10.21, 30.99],
]

# --- Virtual support vectors

FOUR = [(1, -1), (1, 1), (2, -1), (2, 1)]


def with_copies(images, labels):
    moved = [np.roll(images, by, axis=axis) for axis, by in FOUR]
    return np.concatenate([images, *moved]), np.tile(labels, 5)


def one_after_the_other(images, labels):
    many = np.zeros((5 * len(images), 28, 28), images.dtype)
    for index, image in enumerate(images):
        many[5 * index] = image
        many[5 * index + 1, 1:] = image[:-1]
        many[5 * index + 2, :-1] = image[1:]
        many[5 * index + 3, :, 1:] = image[:, :-1]
        many[5 * index + 4, :, :-1] = image[:, 1:]
    return many.reshape(-1, 784), np.repeat(labels, 5)


def labels_out_of_order(images, labels):
    return with_copies(images, labels)[0], np.repeat(labels, 5)


def copies_alone(images, labels):
    many, names = with_copies(images, labels)
    return many[len(images) :], names[len(images) :]


def slanting(images, labels):
    moves = [(0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]
    return np.concatenate([np.roll(images, by, (1, 2)) for by in moves]), np.tile(labels, 5)


def five_times(images, labels):
    return np.concatenate([images] * 5), np.tile(labels, 5)


def two_pixels(images, labels):
    moved = [np.roll(images, 2 * by, axis=axis) for axis, by in FOUR]
    return np.concatenate([images, *moved]), np.tile(labels, 5)


def no_originals(images, labels):
    many, names = with_copies(images, labels)
    return np.concatenate([many[len(images) :], many[-len(images) :]]), names


def few_labels(images, labels):
    return with_copies(images, labels)[0], labels


def scaled(images, labels):
    return with_copies(images / 255, labels)


def images_only(images, labels):
    return with_copies(images, labels)[0]


SMALL = [2500, with_copies, 8810, [5.55, 3.70, 3.09]]
LARGE = [10_000, with_copies, 24_325, [3.06, 2.06, 1.87]]

RIGHT = {
    "ex-04-weights": [(READS, CHANCES), (READS.astype(int).tolist(), np.array(CHANCES))],
    "ex-04-shift": [(RIGHTWARD,), (OTHER_SEED,)],
    "ex-04-virtual": [SMALL, LARGE, swap(swap(LARGE, 1, one_after_the_other), 3, [3.1, 2.1, 2.15])],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-04-weights": [
        ((READS[[0, 0, 2, 2]], [1, 1]), "one and the same"),
        ((READS[[1, 0, 3, 2]], CHANCES), "looks like that of k = 3 by distance"),
        ((READS[[0, 1, 3, 2]], CHANCES), "looks like that of k = 45 by distance"),
        ((READS[[2, 3, 0, 1]], CHANCES[::-1]), "the row of k = 3 looks like"),
        ((FEWER, coins(FEWER)), "20,000 stored images"),
        ((OTHER_IMAGES, coins(OTHER_IMAGES)), "the last 5,000"),
        ((TAMPERED, coins(TAMPERED)), "the row of k = 3 by distance"),
        ((~READS, CHANCES), "turned around"),
        ((np.tile(np.arange(5000) % 10, (4, 1)), CHANCES), "compared with the labels"),
        ((READS, CHANCES[::-1]), "comes first", 1 / 2),
        ((READS, [one / 2 for one in CHANCES]), "either side", 1 / 2),
        ((READS, [100 * one for one in CHANCES]), "between 0 and 1", 1 / 2),
        ((READS, [CHANCES[0], 0.05]), "for k = 45 is not", 1 / 2),
        ((READS.T, CHANCES), "4 × 5000"),
    ],
    "ex-04-shift": [
        ((LEFTWARD,), "moved to the left"),
        ((DOWNWARD,), "moved down"),
        ((RIGHTWARD / 100,), "in percent"),
        ((100 - RIGHTWARD,), "errors are asked for"),
        ((RIGHTWARD.T,), "changed places"),
        ((RIGHTWARD[[1, 0, 2, 3]],), "the linear classifier should misread as many", 1 / 2),
        ((swap(RIGHTWARD.tolist(), 0, [16.1, 20.4, 37.0, 55.2]),), "which fit was asked", 3 / 4),
        ((swap(RIGHTWARD.tolist(), 3, [41.0, 42.0, 45.0, 53.0]),), "the pixels' range", 3 / 4),
        ((np.repeat(RIGHTWARD[:, :1], 4, axis=1),), "at a shift of 1"),
        ((RIGHTWARD[:, 1:],), "4 × 4"),
    ],
    "ex-04-virtual": [
        (swap(SMALL, 0, 5000), "10,000 and 2,500"),
        (swap(SMALL, 1, labels_out_of_order), "keep the label"),
        (swap(SMALL, 1, copies_alone), "originals as well"),
        (swap(SMALL, 1, slanting), "one pixel up"),
        (swap(SMALL, 1, five_times), "one pixel up"),
        (swap(SMALL, 1, two_pixels), "one pixel up"),
        (swap(SMALL, 1, no_originals), "originals are missing"),
        (swap(SMALL, 1, few_labels), "the labels should have the shape 300"),
        (swap(SMALL, 1, scaled), "in the range"),
        (swap(SMALL, 1, images_only), "two things"),
        (swap(SMALL, 2, 12_500), "not all images", 1 / 2),
        (swap(SMALL, 2, 1762), "without their copies", 1 / 2),
        (swap(SMALL, 2, 7048), "without the support vectors", 1 / 2),
        (swap(SMALL, 2, 9000), "gamma and C", 1 / 2),
        (swap(SMALL, 3, [5.55, 3.09, 3.70]), "SVM with copies", 3 / 4),
        (swap(SMALL, 3, [94.45, 96.3, 96.91]), "plain SVM", 3 / 4),
        (swap(SMALL, 3, [5.55, 3.70, 5.55]), "did it get more images", 3 / 4),
        (swap(LARGE, 0, 2500), "gamma and C", 1 / 2),
        (swap(LARGE, 3, [3.06, 0.8, 1.87]), "SVM with copies", 3 / 4),
    ],
}
