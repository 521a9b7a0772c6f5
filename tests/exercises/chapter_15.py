"""Answers to the exercises of chapter 15, right ones and wrong ones as students give them."""

from collections import Counter

import numpy as np

# --- Vote or average?


def vote(answers, averages):
    votes = np.eye(10)[answers].sum(axis=0)
    return (votes + averages / 2).argmax(axis=1)


def vote_one_by_one(answers, averages):
    digits = []
    for five, ten in zip(answers.T, averages, strict=True):
        counts = Counter(five.tolist())
        tied = [digit for digit, count in counts.items() if count == max(counts.values())]
        digits.append(max(tied, key=lambda digit: ten[digit]))
    return digits


def average(answers, averages):
    return averages.argmax(axis=1)


def smallest_of_tied(answers, averages):
    return np.eye(10)[answers].sum(axis=0).argmax(axis=1)


def average_of_ties(answers, averages):
    votes = np.eye(10)[answers].sum(axis=0)
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(tied, averages.argmax(axis=1), votes.argmax(axis=1))


def first_network(answers, averages):
    return answers[0]


def largest_of_tied(answers, averages):
    return 9 - np.eye(10)[answers].sum(axis=0)[:, ::-1].argmax(axis=1)


def rounded_mean(answers, averages):
    return np.rint(answers.mean(axis=0))


def with_whole_averages(answers, averages):
    return (np.eye(10)[answers].sum(axis=0) + 3 * averages).argmax(axis=1)


def each_column(answers, averages):
    return np.eye(10)[answers].sum(axis=1).argmax(axis=1)


# --- Fewer still: what the check asks of a Keras model


class Weight:
    def __init__(self, count):
        self.shape = (count,)


class Network:
    def __init__(self, stored, learned, shape=(None, 28, 28, 1)):
        self.input_shape, self.output_shape = shape, (None, 10)
        self.trainable_weights = [Weight(learned - 10), Weight(10)]
        self.stored = stored

    def count_params(self):
        return self.stored


SMALL = Network(1838, 1766)

# --- An ingredient of your own, the luck of passes


def misread(shares, seed, own=0.4):
    """Misread images: some are hard for all, some only for one network."""
    chance = np.random.default_rng(seed)
    hard = np.random.default_rng(99).random(10_000)
    rows = [
        np.where(hard < share, chance.random(10_000) < 1 - own, chance.random(10_000) < own * share)
        for share in shares
    ]
    return np.array(rows)


OLD, NEW = misread([0.013] * 3, 1), misread([0.016] * 3, 2)
LIKE = misread([0.013] * 3, 3)


def difference(old, new):
    gap = 100 * (np.mean(new, axis=0) - np.mean(old, axis=0))
    half = 1.96 * gap.std() / 100
    return gap.mean(), [gap.mean() - half, gap.mean() + half]


RISE, INTERVAL = difference(OLD, NEW)
NONE, AROUND = difference(OLD, LIKE)
APART = 196 * np.sqrt((OLD.mean(axis=0).var() + NEW.mean(axis=0).var()) / 10_000)

PASSES = misread(np.geomspace(0.04, 0.012, 10), 4)
FREE = misread([0.03, *[0.0125] * 9], 5, own=0.9)


def lead(missed):
    chance = np.random.default_rng(7)
    where, elsewhere = [], []
    for _ in range(500):
        order = chance.permutation(10_000)
        here, there = missed[:, order[:5000]], missed[:, order[5000:]]
        best = here.mean(axis=1).argmin()
        where.append(100 * here[best].mean())
        elsewhere.append(100 * there[best].mean())
    return np.mean(elsewhere) - np.mean(where), 100 * missed.mean() - np.mean(where)


FLATTERY, LEAD = lead(PASSES)
MORE, _ = lead(FREE)
SETTLED = misread([0.9, 0.4, 0.2, 0.1, 0.08, 0.07, 0.06, 0.05, 0.04, 0.015], 8, own=0.1)
SETTLED_BY, _ = lead(SETTLED)
MISTAKES = [210, 168, 189]

RIGHT = {
    "ex-15-vote": [(vote, 64, 1, False), (vote_one_by_one, np.int64(64), 1.0, np.False_)],
    "ex-15-fewer": [
        (SMALL, 1838, MISTAKES, 1, [1.5, 1.7, 1.6]),
        (SMALL, 1838, np.array(MISTAKES)[::-1], np.int64(1), np.array([1.52, 1.71, 1.63])),
    ],
    "ex-15-ingredient": [
        (OLD, NEW, RISE, INTERVAL, True),
        (OLD.astype(int), LIKE.astype(int), round(NONE, 2), np.round(AROUND, 2), False),
    ],
    "ex-15-passes": [
        (PASSES, FLATTERY, 0.084, "passes" if FLATTERY > 0.084 else "seeds"),
        (FREE.astype(int), round(MORE, 3), 0.08, "passes"),
        (SETTLED, SETTLED_BY, 0.072, "seeds"),
    ],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-15-vote": [
        ((average, 64, 1, False), "that is the average"),
        ((smallest_of_tied, 67, 1, False), "the smallest digit"),
        ((average_of_ties, 64, 1, False), "not one of the tied"),
        ((largest_of_tied, 64, 1, False), "higher averaged probability"),
        ((first_network, 91, 1, False), "your vote says"),
        ((rounded_mean, 64, 1, False), "your vote says"),
        ((with_whole_averages, 64, 1, False), "your vote says"),
        ((each_column, 64, 1, False), "the shape 400"),
        ((vote, 67, 1, False), "look at the ties"),
        ((vote, 86, 1, False), "one network, or all"),
        ((vote, 64, 0.04, True), "is not 0.04"),
        ((vote, 64, 100, False), "looks like percent"),
        ((vote, 64, 1, True), "as easily means nothing"),
        ((vote, 64, 1, "no"), "True or False"),
        ((64, 64, 1, False), "should be a function"),
    ],
    "ex-15-fewer": [
        ((Network(3798, 3700), 3798, MISTAKES, 1, [1.5, 1.7, 1.6]), "below 2,000"),
        ((SMALL, 1766, MISTAKES, 1, [1.5, 1.7, 1.6]), "what is learned"),
        ((SMALL, 1700, MISTAKES, 1, [1.5, 1.7, 1.6]), "counts another number"),
        ((Network(1838, 1766, (None, 784)), 1838, MISTAKES, 1, [1, 2, 3]), "28 × 28 × 1"),
        (("8c5/2", 1838, MISTAKES, 1, [1.5, 1.7, 1.6]), "a Keras model"),
        ((SMALL, 1838, MISTAKES, 0, [1.5, 1.7, 1.6]), "the validation images chose"),
        ((SMALL, 1838, [2.1, 1.68, 1.89], 1, [1.5, 1.7, 1.6]), "look like percent"),
        ((SMALL, 1838, [21, 17, 19], 1, [1.5, 1.7, 1.6]), "too few"),
        ((SMALL, 1838, MISTAKES, 1, [0.015, 0.017, 0.016]), "look like shares"),
        ((SMALL, 1838, MISTAKES, 1, [1.6] * 3), "hardly three trainings"),
        ((SMALL, 1838, MISTAKES, 1, 1.6), "a single number"),
        ((SMALL, 1838, MISTAKES, 1, [98.5, 98.3, 98.4]), "not that of such a network"),
    ],
    "ex-15-ingredient": [
        ((OLD, NEW, -RISE, INTERVAL, True), "the sign"),
        ((OLD, NEW, RISE / 100, INTERVAL, True), "looks like a share"),
        ((OLD, NEW, RISE + 0.1, INTERVAL, True), "another number"),
        ((OLD, NEW, RISE, [RISE - APART, RISE + APART], True), "image by image"),
        ((OLD, NEW, RISE, [RISE - 0.02, RISE + 0.02], True), "too narrow"),
        ((OLD, NEW, RISE, [RISE - 1, RISE + 1], False), "too wide"),
        ((OLD, NEW, RISE, [1.2, 1.5], True), "in its middle"),
        ((OLD, NEW, RISE, INTERVAL, False), "once more"),
        ((OLD, LIKE, NONE, AROUND, True), "once more"),
        ((OLD, OLD, 0, [0, 0], False), "handed over twice"),
        ((OLD.T, NEW, RISE, INTERVAL, True), "3 × 10000"),
        ((OLD.mean(axis=0), NEW, RISE, INTERVAL, True), "3 × 10000"),
        ((~OLD, ~NEW, -RISE, INTERVAL, True), "misread: are these"),
        ((np.tile(OLD[0], (3, 1)), NEW, RISE, INTERVAL, True), "the same as row 0"),
        ((OLD * 7, NEW, RISE, INTERVAL, True), "whether it was misread"),
    ],
    "ex-15-passes": [
        ((PASSES[::-1], FLATTERY, 0.084, "seeds"), "which row is first"),
        ((FREE, MORE / 100, 0.084, "seeds"), "not a share"),
        ((FREE, 0, 0.084, "seeds"), "does not flatter"),
        ((PASSES, LEAD, 0.084, "passes"), "lead over the mean"),
        ((PASSES, 0.3, 0.084, "passes"), "does not flatter"),
        ((PASSES, FLATTERY, 0.035, "passes"), "is not 0.035"),
        ((FREE, MORE, 0.084, "seeds"), "say otherwise"),
        ((FREE, MORE, 0.084, "both"), '"passes" or "seeds"'),
        ((misread(np.geomspace(0.4, 0.3, 10), 6), 0.1, 0.084, "passes"), "far more"),
        ((PASSES[:5], FLATTERY, 0.084, "seeds"), "10 × 10000"),
    ],
}
