"""Answers to the exercises of chapter 02, right ones and wrong ones as students give them."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from digitlib import load_mnist

(IMAGES, labels), (TEST, test_labels) = load_mnist()
INK = IMAGES.sum(axis=(1, 2)) / 255
ASIDE, aside_labels = IMAGES[50_000:], labels[50_000:]
MEANS = np.stack([IMAGES[:50_000][labels[:50_000] == d].mean(axis=0) for d in range(10)])


# --- The most and the least


def extreme(pick, counted_within=False):
    ten = []
    for d in range(10):
        members = np.flatnonzero(labels == d)
        place = pick(INK[members])
        ten.append(int(place if counted_within else members[place]))
    return ten


MOST, LEAST = extreme(np.argmax), extreme(np.argmin)
TWO = INK.argmax(), INK.argmin()


# --- The ten means


def read(images):
    rows, means = images.reshape(len(images), -1) / 255, MEANS.reshape(10, -1) / 255
    return ((means**2).sum(axis=1) - 2 * rows @ means.T).argmin(axis=1)


def by_class(answers):
    return [100 * (answers == aside_labels)[aside_labels == d].mean() for d in range(10)]


def moved(axis, steps=(1, 2, 3, 4), images=ASIDE, labels=aside_labels):
    return [100 * (read(np.roll(images, by, axis)) == labels).mean() for by in steps]


TURNED = read(ASIDE.transpose(0, 2, 1))
SHARE, SHARES = 100 * (aside_labels == TURNED).mean(), by_class(TURNED)
SIDEWAYS, DOWN = moved(2), moved(1)


# --- Copies

NINE = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]


def stacked(known, queries):
    versions = np.concatenate([np.roll(queries, by, axis=(1, 2)) for by in NINE])
    search = NearestNeighbors(n_neighbors=1).fit(known.reshape(len(known), -1) / 255)
    distance, found = search.kneighbors(versions.reshape(len(versions), -1) / 255)
    distance, found = distance.reshape(9, -1), found.reshape(9, -1)
    best = distance.argmin(axis=0), np.arange(len(queries))
    return found[best], distance[best]


def one_by_one(known, queries, positions=NINE, kind=float):
    numbers, distances = [], []
    for query in queries:
        versions = [np.roll(query, by, axis=(0, 1)).astype(kind) for by in positions]
        tries = [((known.astype(kind) - one) ** 2).sum(axis=(1, 2)) for one in versions]
        least = np.min(tries, axis=0)
        numbers.append(least.argmin())
        distances.append(least.min())
    return numbers, distances


def not_moved(known, queries):
    return one_by_one(known, queries, [(0, 0)])


def four_ways(known, queries):
    return one_by_one(known, queries, [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)])


def bytes_wrap(known, queries):
    return one_by_one(known, queries, kind="uint8")


def numbers_only(known, queries):
    return stacked(known, queries)[0]


def unscaled(known, queries):
    return stacked(known, queries / 255)


def always_a_copy(known, queries):
    return stacked(known, queries)[0], np.zeros(len(queries))


def backward(known, queries):
    numbers, distances = stacked(known, queries)
    return numbers, np.where(distances > 0.1, 100 - distances, 0)


def unmoved_distance(known, queries):
    numbers = stacked(known, queries)[0]
    return numbers, ((known[numbers] / 255 - queries / 255) ** 2).sum(axis=(1, 2))


RIGHT = {
    "ex-02-extremes": [(TWO, MOST, LEAST, 0), (list(TWO), np.array(MOST), tuple(LEAST), 0.0)],
    "ex-02-axes": [(SHARE, SHARES, 0), (19.5, np.round(SHARES), np.int64(0))],
    "ex-02-shift": [(SIDEWAYS, DOWN, "down"), (np.round(SIDEWAYS, 1), np.round(DOWN, 1), "down")],
    "ex-02-copies": [(stacked,), (one_by_one,)],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-02-extremes": [
        ((TWO[::-1], MOST, LEAST, 0), "have changed places"),
        (((INK.max(), INK.min()), MOST, LEAST, 0), "how much ink they have"),
        (((TWO[0], 0), MOST, LEAST, 0), "has less ink than image 0"),
        ((TWO, extreme(np.argmax, counted_within=True), LEAST, 0), "counts within the 0s", 1 / 4),
        ((TWO, LEAST, MOST, 0), "another 0 has more ink", 1 / 4),
        ((TWO, MOST, [TWO[1]] * 10, 0), "is no 0, its label is 1", 1 / 2),
        ((TWO, MOST, LEAST[:9], 0), "the shape 10", 1 / 2),
        ((TWO, [INK[number] for number in MOST], LEAST, 0), "numbers of training images", 1 / 4),
        ((TWO, MOST, LEAST, 1), "by a factor", 3 / 4),
        ((TWO, MOST, LEAST, 8), "differ more than those of the 8s", 3 / 4),
    ],
    "ex-02-axes": [
        ((83.07, SHARES, 0), "not the means"),
        ((0.195, SHARES, 0), "share of transposed"),
        ((np.mean(SHARES), SHARES, 0), "the average over classes"),
        ((10, SHARES, 0), "is not 10"),
        ((SHARE, by_class(read(ASIDE)), 0), "of the upright images", 1 / 3),
        ((SHARE, np.array(SHARES) / 100, 0), "shares of 1", 1 / 3),
        ((SHARE, [SHARE] * 10, 0), "that are read right", 1 / 3),
        ((SHARE, SHARES, 1), "suffers most", 2 / 3),
        ((SHARE, SHARES, 8), "fewer points", 2 / 3),
    ],
    "ex-02-shift": [
        ((DOWN, SIDEWAYS, "down"), "are those for the way down"),
        ((moved(2, (-1, -2, -3, -4)), DOWN, "down"), "for the way left"),
        ((SIDEWAYS, moved(1, (-1, -2, -3, -4)), "down"), "for the way up", 1 / 2),
        ((moved(0), DOWN, "down"), "axis 0"),
        ((moved(2, images=TEST, labels=test_labels), DOWN, "down"), "test images"),
        ((moved(2, (1, 1, 1, 1)), DOWN, "down"), "the same step four times"),
        ((moved(2, (0, 1, 2, 3)), DOWN, "down"), "after"),
        ((moved(2, (0, 1, 2, 3, 4)), DOWN, "down"), "the shape 4"),
        ((np.array(SIDEWAYS) / 100, DOWN, "down"), "in percent"),
        ((SIDEWAYS, DOWN, "right"), "which falls faster", 3 / 4),
        ((SIDEWAYS, DOWN, 1), 'should be "right" or "down"', 3 / 4),
    ],
    "ex-02-copies": [
        ((not_moved,), "8 of nine are missed"),
        ((four_ways,), "4 of nine are missed", 1 / 4),
        ((bytes_wrap,), "did bytes wrap around", 1 / 2),
        ((numbers_only,), "two things"),
        ((unscaled,), "not even moved"),
        ((always_a_copy,), "without a copy is at distance 0"),
        ((backward,), "in the right order", 3 / 4),
        ((unmoved_distance,), "not, at distance 0"),
        ((lambda known, queries: (np.zeros(len(queries)), np.ones(len(queries))),), "not even"),
        ((lambda known, queries: stacked(queries, known),), "should have the shape 21"),
    ],
}
