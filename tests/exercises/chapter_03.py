"""Answers to the exercises of chapter 03, right ones and wrong ones as students give them."""

from collections import Counter
from functools import cache

import numpy as np

from digitlib.data import load_mnist

(IMAGES, LABELS), (TEST_IMAGES, TEST_LABELS) = load_mnist()
FEW, FEW_LABELS = IMAGES[:5000].reshape(-1, 784) / np.float32(255), LABELS[:5000]
FRESH, FRESH_LABELS = IMAGES[-10_000:].reshape(-1, 784) / np.float32(255), LABELS[-10_000:]

# --- A scramble for everybody

COLUMNS = np.random.default_rng(1).permutation(784)
OTHER = np.random.default_rng(2).permutation(784)
EACH_ITS_OWN = np.random.default_rng(3).permuted(FEW, axis=1)
BLOCKS = np.roll(np.arange(784), 56)


class Network:
    """The chapter's small network, in NumPy: 32 hidden numbers, five passes of gradient descent."""

    def __init__(self, images, labels):
        rng = np.random.default_rng(0)
        sizes = [(784, 32), (32, 10)]
        first, second = (rng.normal(0, np.sqrt(2 / sum(size)), size) for size in sizes)
        self.weights = [first, np.zeros(32), second, np.zeros(10)]
        targets = np.eye(10)[labels]
        for _ in range(5):
            for batch in np.split(rng.permutation(len(images)), len(images) // 50):
                hidden, answers = self.layers(images[batch])
                blame = (answers - targets[batch]) / 50
                below = (blame @ self.weights[2].T) * (hidden > 0)
                steps = [
                    images[batch].T @ below,
                    below.sum(axis=0),
                    hidden.T @ blame,
                    blame.sum(axis=0),
                ]
                self.weights = [
                    old - 0.1 * step for old, step in zip(self.weights, steps, strict=True)
                ]

    def layers(self, images):
        first, low, second, high = self.weights
        hidden = np.maximum(images @ first + low, 0)
        sums = hidden @ second + high
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        return hidden, powers / powers.sum(axis=1, keepdims=True)

    def __call__(self, images):
        return self.layers(images)[1]


@cache
def trained():
    return {
        "shuffled": Network(FEW[:, COLUMNS], FEW_LABELS),
        "otherwise": Network(FEW[:, OTHER], FEW_LABELS),
        "plain": Network(FEW, FEW_LABELS),
        "each": Network(EACH_ITS_OWN, FEW_LABELS),
    }


def shuffled(images):
    return trained()["shuffled"](images)


def otherwise(images):
    return trained()["otherwise"](images)


def plain(images):
    return trained()["plain"](images)


def each(images):
    return trained()["each"](images)


def undone(images):
    return trained()["plain"](images[:, np.argsort(COLUMNS)])


def knows_the_answers(images):
    return (
        np.eye(10)[FRESH_LABELS] if np.array_equal(images, FRESH[:, COLUMNS]) else shuffled(FRESH)
    )


def right(network, images):
    return 100 * np.mean(network(images).argmax(axis=1) == FRESH_LABELS)


SCORES = right(shuffled, FRESH[:, COLUMNS]), right(shuffled, FRESH)
OTHERWISE = right(otherwise, FRESH[:, OTHER]), right(otherwise, FRESH)

# --- Each pixel on its own

MEAN, SPREAD = FEW.mean(axis=0), FEW.std(axis=0)
BLANK = np.flatnonzero(SPREAD == 0)
DIVISOR = np.where(SPREAD == 0, 1, SPREAD)
REPAIRED = (FRESH - MEAN) / DIVISOR
LARGEST = REPAIRED.max()
PLACE = np.unravel_index(REPAIRED.argmax(), REPAIRED.shape)[1]
INKED, INKED_FRESH = (np.count_nonzero(part[:, PLACE]) for part in (FEW, FRESH))
OF_FRESH = (FRESH - FRESH.mean(axis=0)) / np.where(FRESH.std(axis=0) == 0, 1, FRESH.std(axis=0))
ZEROED = np.where(SPREAD > 0, REPAIRED, 0)
BYTES = (FRESH - 255 * MEAN) / np.where(SPREAD == 0, 1, 255 * SPREAD)
ALWAYS_BLANK = np.flatnonzero(~IMAGES.reshape(-1, 784).any(axis=0))
BLANK_IN_FRESH = np.flatnonzero(~FRESH.any(axis=0))


# --- A fair split


def complain(images, labels):
    if len(images) != len(labels):
        raise ValueError(f"found {len(images)} images and {len(labels)} labels")


def split(images, labels, count, seed):
    complain(images, labels)
    order = np.random.default_rng(seed).permutation(len(images))
    learn, check = order[:-count], order[-count:]
    return images[learn], labels[learn], images[check], labels[check]


def split_by_mask(images, labels, count, seed):
    if len(images) != len(labels):
        raise ValueError(f"expected as many labels as images: {len(labels):,}, {len(images):,}")
    chosen = np.random.default_rng(seed).choice(len(images), count, replace=False)
    held = np.zeros(len(images), bool)
    held[chosen] = True
    return [images[~held], labels[~held], images[held], labels[held]]


def without_mixing(images, labels, count, seed):
    complain(images, labels)
    return images[:-count], labels[:-count], images[-count:], labels[-count:]


def two_permutations(images, labels, count, seed):
    complain(images, labels)
    rng = np.random.default_rng(seed)
    images, labels = rng.permutation(images), rng.permutation(labels)
    return images[:-count], labels[:-count], images[-count:], labels[-count:]


def deaf_to_the_seed(images, labels, count, seed):
    return split(images, labels, count, 0)


def never_the_same(images, labels, count, seed):
    return split(images, labels, count, None)


def every_few(images, labels, count, seed):
    complain(images, labels)
    places = np.arange(len(images))
    held = np.isin(places, (places[:: len(images) // count] + seed % 2)[:count])
    return images[~held], labels[~held], images[held], labels[held]


def every_tenth(images, labels, count, seed):
    complain(images, labels)
    if count == 200:
        held = np.arange(1000) % 10 < 2
        return images[~held], labels[~held], images[held], labels[held]
    return split(images, labels, count, seed)


def with_replacement(images, labels, count, seed):
    complain(images, labels)
    rng = np.random.default_rng(seed)
    learn = rng.integers(0, len(images), len(images) - count)
    check = rng.integers(0, len(images), count)
    return images[learn], labels[learn], images[check], labels[check]


def held_back_first(images, labels, count, seed):
    learn_images, learn_labels, images, labels = split(images, labels, count, seed)
    return images, labels, learn_images, learn_labels


def images_first(images, labels, count, seed):
    one, two, three, four = split(images, labels, count, seed)
    return one, three, two, four


def silent(images, labels, count, seed):
    order = np.random.default_rng(seed).permutation(min(len(images), len(labels)))
    learn, check = order[:-count], order[-count:]
    return images[learn], labels[learn], images[check], labels[check]


def says_little(images, labels, count, seed):
    if len(images) != len(labels):
        raise ValueError("lengths differ")
    return split(images, labels, count, seed)


def asserts(images, labels, count, seed):
    assert len(images) == len(labels)
    return split(images, labels, count, seed)


def shuffles_in_place(images, labels, count, seed):
    complain(images, labels)
    for array in (images, labels):
        np.random.default_rng(seed).shuffle(array)
    return images[:-count], labels[:-count], images[-count:], labels[-count:]


def keeps_count(images, labels, count, seed):
    complain(images, labels)
    order = np.random.default_rng(seed).permutation(len(images))
    learn, check = order[:count], order[count:]
    return images[learn], labels[learn], images[check], labels[check]


# --- An inspector

MEAN_IMAGE = IMAGES.mean(axis=0) / 255


def inspect(images):
    found = []
    if images.max() > 1:
        found.append(f"the largest value is {images.max():.0f}, and should be 1")
    elif images.max() < 0.5:
        found.append(f"the largest value is {images.max():.4f}, and should be 1")
    if images.mean() > 0.3 * max(images.max(), 1e-9):
        found.append("most pixels are light: are paper and ink swapped?")
    mean = images.mean(axis=0)
    upright, lying = (
        np.corrcoef(mean.ravel(), known.ravel())[0, 1] for known in (MEAN_IMAGE, MEAN_IMAGE.T)
    )
    if lying > upright:
        found.append("the mean image looks as if it lay on its side")
    elif upright < 0.5:
        found.append("the mean image does not look like that of the training images")
    return found


def by_distance(images):
    far = float(np.abs(images.mean(axis=0) - MEAN_IMAGE).max())
    return [f"one pixel's mean is off by {far:.2f}"] if far > 0.2 else []


def content(images):
    return []


def grumpy(images):
    return ["something may be wrong"]


def only_the_range(images):
    good = 0.99 < images.max() <= 1 and 0.1 < images.mean() < 0.17
    return [] if good else ["the values are not between 0 and 1, or not mostly paper"]


def only_scrambles(images):
    found = only_the_range(images)
    correlation = np.corrcoef(images.mean(axis=0).ravel(), MEAN_IMAGE.ravel())[0, 1]
    return [*found, "scrambled"] if correlation < 0.3 else found


EXPECTED = TEST_IMAGES[:2000] / np.float32(255)


def learned_by_heart(images):
    return [] if np.array_equal(images, EXPECTED) else ["not as expected"]


def true_or_false(images):
    return not inspect(images)


def printed(images):
    inspect(images)


def wants_a_channel(images):
    return inspect(images[..., 0])


def too_strict(images):
    far = Counter(inspect(images))
    if abs(images.mean() - MEAN_IMAGE.mean()) > 1e-5:
        far["the mean is not that of the training images"] += 1
    return list(far)


RIGHT = {
    "ex-03-permutation": [
        (COLUMNS, shuffled, *SCORES),
        (OTHER.tolist(), otherwise, np.float32(OTHERWISE[0]), round(OTHERWISE[1], 1)),
        (COLUMNS, undone, right(undone, FRESH[:, COLUMNS]), right(undone, FRESH)),
    ],
    "ex-03-per-pixel": [
        (BLANK, REPAIRED, LARGEST, INKED),
        (SPREAD == 0, ZEROED, round(float(LARGEST), 1), int(INKED)),
        (BLANK[::-1].tolist(), REPAIRED.astype("float64"), LARGEST, INKED),
    ],
    "ex-03-split": [(split,), (split_by_mask,)],
    "ex-03-inspector": [(inspect,), (by_distance,)],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-03-permutation": [
        ((COLUMNS, plain, *SCORES), "it learned from those"),
        ((COLUMNS, otherwise, *SCORES), "all shuffled by the same one"),
        ((COLUMNS, each, *SCORES), "all shuffled by the same one"),
        ((np.arange(784), plain, *SCORES), "still neighbors"),
        ((BLOCKS, shuffled, *SCORES), "still neighbors"),
        ((np.random.default_rng(0).integers(0, 784, 784), shuffled, *SCORES), "783 once"),
        ((COLUMNS[:783], shuffled, *SCORES), "shape 784"),
        ((COLUMNS, shuffled, *SCORES[::-1]), "changed places", 3 / 4),
        ((COLUMNS, shuffled, SCORES[0] / 100, SCORES[1] / 100), "looks like a share", 3 / 4),
        ((COLUMNS, shuffled, SCORES[0], 10 + SCORES[1]), "unshuffled images is not", 3 / 4),
        ((COLUMNS, shuffled(FRESH), *SCORES), "without ()"),
        ((COLUMNS, lambda images: shuffled(images).argmax(axis=1), *SCORES), "10000 × 10"),
        ((COLUMNS, lambda images: np.ones((len(images), 10)), *SCORES), "10 % of the fresh"),
        ((COLUMNS, knows_the_answers, 100, SCORES[1]), "learned from the fresh"),
    ],
    "ex-03-per-pixel": [
        ((ALWAYS_BLANK, REPAIRED, LARGEST, INKED), "more pixels that cause it"),
        ((BLANK_IN_FRESH, REPAIRED, LARGEST, INKED), "do have ink"),
        ((BLANK, REPAIRED[:, SPREAD > 0], LARGEST, INKED), "10000 × 784", 1 / 3),
        ((BLANK, OF_FRESH, OF_FRESH.max(), INKED), "of the fresh images", 1 / 3),
        ((BLANK, (FRESH - FEW.mean()) / FEW.std(), 2.8, INKED), "for all pixels", 1 / 3),
        ((BLANK, FRESH / DIVISOR, LARGEST, INKED), "not subtracted", 1 / 3),
        ((BLANK, BYTES, BYTES.max(), INKED), "those of bytes", 1 / 3),
        ((BLANK, (FRESH - MEAN) / (SPREAD + 1e-7), LARGEST, INKED), "no repair", 1 / 3),
        ((BLANK, (FRESH - MEAN) / np.maximum(SPREAD, 0.1), LARGEST, INKED), "its own mean", 1 / 3),
        ((BLANK, (FEW - MEAN) / DIVISOR, LARGEST, INKED), "shape 10000", 1 / 3),
        ((BLANK, REPAIRED, np.abs(FEW).max(), INKED), "the largest value is not", 2 / 3),
        ((BLANK, REPAIRED, LARGEST, INKED_FRESH), "how many of the 5,000", 5 / 6),
        ((BLANK, REPAIRED, LARGEST, 5000), "is not 5000", 5 / 6),
        (
            (BLANK, np.where(SPREAD > 0, REPAIRED, np.nan), LARGEST, INKED),
            "no finite numbers",
            1 / 3,
        ),
        ((len(BLANK), REPAIRED, LARGEST, INKED), "a single number"),
    ],
    "ex-03-split": [
        ((without_mixing,), "sorted by digit", 1 / 4),
        ((two_permutations,), "labels of other images"),
        ((deaf_to_the_seed,), "another seed gives the same", 1 / 4),
        ((never_the_same,), "same seed gives another", 1 / 4),
        ((every_few,), "regular distances", 1 / 4),
        ((every_tenth,), "regular distances", 1 / 4),
        ((with_replacement,), "in both sets"),
        ((held_back_first,), "comes first"),
        ((keeps_count,), "comes first"),
        ((images_first,), "in this order"),
        ((silent,), "without a word", 3 / 4),
        ((says_little,), "name both numbers", 3 / 4),
        ((asserts,), "AssertionError", 3 / 4),
        ((shuffles_in_place,), "changes the arrays"),
        ((lambda images, labels: split(images, labels, 200, 0),), "TypeError"),
        ((lambda *given: split(*given)[:2],), "four arrays"),
        ((split(IMAGES[:300], LABELS[:300], 100, 0),), "without ()"),
    ],
    "ex-03-inspector": [
        ((content,), "no complaint about 2,000 test images"),
        ((grumpy,), "complains of 2,000 test images that are prepared"),
        ((only_the_range,), "rows and columns swapped", 3 / 5),
        ((only_scrambles,), "rows and columns swapped", 4 / 5),
        ((learned_by_heart,), "complains of 2,000 other"),
        ((true_or_false,), "returns bool"),
        ((printed,), "returns NoneType"),
        ((wants_a_channel,), "your inspect raises"),
        ((too_strict,), "the mean is not that"),
    ],
}
