"""Answers to the exercises of chapter 08, right ones and wrong ones as students give them."""

import numpy as np
from scipy.stats import binom, binomtest

from digitlib import load_mnist
from digitlib.course.exercises.chapter_08 import OFTEN, covered, five_numbers

_, (_, LABELS) = load_mnist()

# --- Piles

SEVENS = np.flatnonzero(LABELS == 7)
PILE = LABELS != 7
PILE[SEVENS[::20]] = True
NINES = LABELS != 9
NINES[np.flatnonzero(LABELS == 9)[::20]] = True

RNG = np.random.default_rng(0)
ANSWERS = LABELS.astype(int)
MISREAD = RNG.choice(10_000, 90, replace=False)
ANSWERS[MISREAD] = RNG.integers(0, 10, 90)
BY_CHANCE = PILE | np.isin(np.arange(10_000), RNG.choice(SEVENS, 20, replace=False))

ALL, IN_PILE = five_numbers(LABELS, ANSWERS), five_numbers(LABELS[PILE], ANSWERS[PILE])
CHANGES = IN_PILE - ALL
OTHER_CHANGES = five_numbers(LABELS[BY_CHANCE], ANSWERS[BY_CHANCE]) - ALL
DROPPED = PILE & (LABELS != 3)

# --- Power


def p_values(disputed, sides=2):
    wins = np.arange(disputed + 1)
    below, above = binom.cdf(wins, disputed, 0.5), binom.sf(wins - 1, disputed, 0.5)
    return 2 * np.minimum(below, above) if sides == 2 else above


def simulated(images, better=4 / 7, sides=2, share=0.007):
    disputed = round(share * images)
    wins = np.random.default_rng(7).binomial(disputed, better, 1000)
    return float((p_values(disputed, sides)[wins] < 0.05).mean())


def slowly(images):
    disputed = int(0.007 * images)
    wins = np.random.default_rng(3).binomial(disputed, 4 / 7, 1000)
    known = {win: binomtest(int(win), disputed).pvalue for win in set(wins)}
    return np.mean([known[win] < 0.05 for win in wins])


def drawn(images):
    """Draw how many are in dispute as well."""
    rng = np.random.default_rng(5)
    return np.mean(
        [p_values(n)[rng.binomial(n, 4 / 7)] < 0.05 for n in rng.binomial(images, 0.007, 1000)]
    )


def learned(images):
    return {10_000: 0.2, 20_000: 0.336, 50_000: 0.76, 100_000: 0.96}.get(images, 0.76)


# --- Erase


def leads(image, ask, answer, label):
    said = np.log(ask(covered(image)))
    return (said[:, answer] - said[:, label]).reshape(24, 24)


def with_loops(image, ask, answer, label):
    picture = np.zeros((24, 24))
    for row in range(24):
        copies = np.repeat(image[np.newaxis], 24, axis=0)
        for column in range(24):
            copies[column, row : row + 5, column : column + 5] = 0
        said = ask(copies)
        picture[row] = np.log(said[:, answer] / said[:, label])
    return picture


def of_probabilities(image, ask, answer, label):
    said = ask(covered(image))
    return (said[:, answer] - said[:, label]).reshape(24, 24)


def filled(image, ask, answer, label):
    said = np.log(ask(covered(image, 1.0)))
    return (said[:, answer] - said[:, label]).reshape(24, 24)


def staying(image, ask, answer, label):
    said = np.log(ask(covered(image, kept=True)))
    return (said[:, answer] - said[:, label]).reshape(24, 24)


def in_place(image, ask, answer, label):
    picture = leads(image, ask, answer, label)
    image[:5, :5] = 0
    image[10:15, 10:15] = 0
    return picture


def fallen(image, ask, answer, label):
    said = np.log(ask(image[np.newaxis]))[0]
    return said[answer] - said[label] - leads(image, ask, answer, label)


def unshaped(image, ask, answer, label):
    said = np.log(ask(covered(image)[..., 0]))
    return said[:, answer] - said[:, label]


MISTAKE = np.full((24, 24), 3.0)
MISTAKE[10:14, 8:12] = -1

# --- Suspects


def suspects(rows, labels):
    thresholds = np.array([rows[labels == digit, digit].mean() for digit in range(10)])
    reached = np.where(rows >= thresholds, rows, 0)
    surely = np.where(reached.max(axis=1) > 0, reached.argmax(axis=1), -1)
    return np.flatnonzero((surely >= 0) & (surely != labels))


def one_by_one(rows, labels):
    thresholds = [np.mean(rows[labels == digit][:, digit]) for digit in range(10)]
    found = []
    for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
        sure = [digit for digit in range(10) if row[digit] >= thresholds[digit]]
        if sure and max(sure, key=row.__getitem__) != label:
            found.append(place)
    return found


def disagreeing(rows, labels):
    return np.flatnonzero(rows.argmax(axis=1) != labels)


def with_means(rows, labels):
    thresholds = rows.mean(axis=0)
    reached = np.where(rows >= thresholds, rows, 0)
    return np.flatnonzero(reached.argmax(axis=1) != labels)


def first_wins(rows, labels):
    thresholds = np.array([rows[labels == digit, digit].mean() for digit in range(10)])
    reached = rows >= thresholds
    return np.flatnonzero(reached.any(axis=1) & (reached.argmax(axis=1) != labels))


def by_answers(rows, labels):
    answers = rows.argmax(axis=1)
    thresholds = np.array([rows[answers == digit, digit].mean() for digit in range(10)])
    reached = np.where(rows >= thresholds, rows, 0)
    return np.flatnonzero((reached.max(axis=1) > 0) & (reached.argmax(axis=1) != labels))


def highest_of_all(rows, labels):
    thresholds = np.array([rows[labels == digit, digit].mean() for digit in range(10)])
    takes_part = (rows >= thresholds).any(axis=1)
    return np.flatnonzero(takes_part & (rows.argmax(axis=1) != labels))


def fixed(rows, labels):
    reached = np.where(rows >= 0.98, rows, 0)
    return np.flatnonzero((reached.max(axis=1) > 0) & (reached.argmax(axis=1) != labels))


FRESH = [*OFTEN[:9], 17958, 6658]
SEEN = [1604, 7080, 500]

RIGHT = {
    "ex-08-pile": [
        (PILE, ANSWERS, CHANGES),
        (BY_CHANCE.astype(int).tolist(), ANSWERS.tolist(), OTHER_CHANGES.round(2)),
    ],
    "ex-08-power": [(simulated, 50_000), (slowly, np.int64(50_000)), (drawn, 50_000)],
    "ex-08-erase": [(leads, MISTAKE, 16), (with_loops, MISTAKE.tolist(), np.int64(16))],
    "ex-08-train": [(suspects, FRESH, SEEN), (one_by_one, np.array(FRESH), [])],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-08-pile": [
        ((NINES, ANSWERS, CHANGES), "in which the nines are rare"),
        ((~PILE, ANSWERS, CHANGES), "nothing but sevens"),
        ((LABELS != 7, ANSWERS, CHANGES), "none of the sevens"),
        ((LABELS >= 0, ANSWERS, CHANGES), "all of the sevens"),
        ((DROPPED, ANSWERS, CHANGES), "of other digits are missing"),
        ((np.flatnonzero(PILE), ANSWERS, CHANGES), "the shape 10000"),
        ((PILE, LABELS, CHANGES), "right for 100 %"),
        ((PILE, np.full(10_000, 7), CHANGES), "right for 10 %"),
        ((PILE, ANSWERS, -CHANGES), "all signs are turned around", 1 / 2),
        ((PILE, ANSWERS, IN_PILE), "the numbers themselves", 1 / 2),
        ((PILE, ANSWERS, CHANGES / 100), "shares of 1", 1 / 2),
        ((PILE, ANSWERS, CHANGES[[1, 0, 2, 3, 4]]), "recall goes along a row", 1 / 2),
        (
            (PILE, ANSWERS, [*CHANGES[:1], -14, *CHANGES[2:]]),
            "the precision of the 7 doesn't",
            1 / 2,
        ),
        ((PILE, ANSWERS, np.zeros(5)), "doesn't change by 0 points", 1 / 2),
    ],
    "ex-08-power": [
        ((lambda images: simulated(images, sides=1), 50_000), "one side only"),
        ((lambda images: simulated(images, better=0.5), 50_000), "a fair coin"),
        ((lambda images: simulated(images, share=1), 10_000), "far too often"),
        ((lambda images: 100 * simulated(images), 50_000), "looks like percent"),
        ((lambda images: 1000 * simulated(images), 50_000), "counts the repetitions"),
        ((lambda images: 1 - simulated(images), 50_000), "that don't fall below"),
        ((lambda images: 0.75, 50_000), "hardly changes"),
        ((learned, 50_000), "with 32,000 images, too many"),
        ((simulated, 20_000), "fewer than half", 2 / 3),
        ((simulated, 100_000), "a smaller one", 2 / 3),
        ((simulated, 30_000), "one of the four", 2 / 3),
        ((simulated(10_000), 50_000), "without ()"),
    ],
    "ex-08-erase": [
        ((of_probabilities, MISTAKE, 16), "of two logarithms"),
        ((filled, MISTAKE, 16), "filled with ink"),
        ((staying, MISTAKE, 16), "begins with the whole image"),
        ((in_place, MISTAKE, 16), "changes the image"),
        ((fallen, MISTAKE, 16), "how much the lead falls"),
        ((lambda *given: -leads(*given), MISTAKE, 16), "of the right digit over the wrong"),
        ((lambda *given: leads(*given).T, MISTAKE, 16), "rows and columns"),
        ((lambda *given: leads(*given).ravel(), MISTAKE, 16), "24 × 24"),
        ((lambda *given: MISTAKE, MISTAKE, 16), "is off where the square"),
        ((unshaped, MISTAKE, 16), "ask takes images"),
        ((leads, MISTAKE, 560), "stays ahead", 3 / 4),
        ((leads, MISTAKE, 20), "isn't below 0 at 20", 3 / 4),
        ((leads, -MISTAKE, 560), "still a mistake", 1 / 2),
        ((leads, np.ones((24, 24)), 0), "the same at all places", 1 / 2),
    ],
    "ex-08-train": [
        ((disagreeing, FRESH, SEEN), "all disagreements"),
        ((by_answers, FRESH, SEEN), "go by the answers"),
        ((highest_of_all, FRESH, SEEN), "the highest of all"),
        ((with_means, FRESH, SEEN), "as if no threshold"),
        ((first_wins, FRESH, SEEN), "not the first"),
        ((fixed, FRESH, SEEN), "are missing and"),
        ((lambda rows, labels: FRESH, FRESH, SEEN), "should not be there"),
        ((lambda rows, labels: rows.argmax(axis=1) != labels, FRESH, SEEN), "np.flatnonzero"),
        ((suspects, SEEN, FRESH), "really unseen", 3 / 5),
        ((suspects, FRESH, FRESH), "changed places", 4 / 5),
        ((suspects, np.array(FRESH) + 20_000, SEEN), "from 0 to 19,999", 3 / 5),
        ((suspects, list(range(20)), SEEN), "does position 0 mean", 3 / 5),
        ((suspects, list(range(400)), SEEN), "are many", 3 / 5),
        ((suspects, [*FRESH, FRESH[0]], SEEN), "a position twice", 3 / 5),
    ],
}
