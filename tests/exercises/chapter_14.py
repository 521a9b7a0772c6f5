"""Answers to the exercises of chapter 14, right ones and wrong ones as students give them."""

import math
from functools import cache

import numpy as np

from digitlib.course.bands import wilson_interval
from digitlib.course.class_digits import ClassDigits
from digitlib.data import load_mnist


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


(TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS) = load_mnist()
VALIDATION_LABELS = TRAIN_LABELS[-10_000:]

# --- Your own handwriting, your own curve

WRITTEN = np.repeat(np.arange(10), 3)
COUNTS = [29, 29, 27, 24, 22, 16]


def answers(counts):
    rows = np.tile(WRITTEN, (6, 1))
    for row, count in zip(rows, counts, strict=True):
        row[count:] = (row[count:] + 1) % 10
    return rows


CURVE = answers(COUNTS)
INTERVAL = [100 * end for end in wilson_interval(29, 30)]
LOST = np.where(answers([30] * 5 + [28]) == WRITTEN, WRITTEN, -1)

# --- Ten numbers that mean what they say, as a network's would


def honest(labels, seed):
    chance = np.random.default_rng(seed)
    left = chance.beta(0.12, 12, (len(labels), 1))
    rows = np.hstack([1 - left, 0.9 * left, *[0.1 * left / 8] * 8])
    drawn = (rows.cumsum(axis=1) < chance.random((len(labels), 1)) * 0.999999).sum(axis=1)
    placed = np.empty_like(rows)
    for row, label, place, into in zip(rows, labels, drawn, placed, strict=True):
        others = chance.permutation(np.delete(np.arange(10), label))
        into[np.insert(others, place, label)] = row
    return placed


def tempered(rows, temperature):
    powers = rows.clip(1e-30) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


PLAIN = tempered(honest(VALIDATION_LABELS, 0), 0.9)
SMOOTHED = tempered(honest(VALIDATION_LABELS, 1), 2)
ON_TEST = tempered(honest(TEST_LABELS, 2), 2)
NOISY = np.full((1000, 10), 0.02)
NOISY[:, 8] = 0.82


# --- Another price

GRID = np.linspace(0, 1, 501)
SURE, HIT = SMOOTHED.max(axis=1), SMOOTHED.argmax(axis=1) == VALIDATION_LABELS


def cost(level, price, misread=0.0, sure=SURE, right=HIT):
    asked = sure < level
    return asked.mean() * (1 + price * misread) + price * np.mean(~asked & ~right)


def cheapest(price, misread=0.0):
    return GRID[np.argmin([cost(level, price, misread) for level in GRID])]


CHOSEN = [cheapest(price) for price in (10, 100, 1000)]
HUMAN = [min(cost(level, price, 1 / 500) for level in GRID) for price in (10, 100, 1000)]
FAULTLESS = [cost(level, price) for level, price in zip(CHOSEN, (10, 100, 1000), strict=True)]
LOOKED = [100 * np.mean(level > SURE) for level in CHOSEN]
NEVER = max(price for price in np.arange(0.5, 3, 0.05) if cheapest(price) <= SURE.min())
ONE_BY_ONE = np.sort(SURE)
FINE = [
    ONE_BY_ONE[np.argmin([cost(level, price) for level in ONE_BY_ONE[:3000]])]
    for price in (10, 100, 1000)
]

# --- How far the temperature reaches


def calibration_error(rows, labels):
    sure, right = rows.max(axis=1), rows.argmax(axis=1) == labels
    place = np.minimum((sure * 10).astype(int), 9)
    gaps = [
        np.sum(place == one) * abs(sure[place == one].mean() - right[place == one].mean())
        for one in np.unique(place)
    ]
    return 100 * sum(gaps) / len(rows)


def best_temperature(rows, labels):
    steps = np.arange(0.3, 1.4, 0.02)
    index = np.arange(len(labels))
    losses = [-np.log(tempered(rows, step)[index, labels]).mean() for step in steps]
    return steps[np.argmin(losses)]


HONEST = best_temperature(SMOOTHED, VALIDATION_LABELS)
OTHER = best_temperature(PLAIN, VALIDATION_LABELS)


def chow(rows, labels):
    return cost(0.99, 100, sure=rows.max(axis=1), right=rows.argmax(axis=1) == labels)


CHOW = chow(tempered(ON_TEST, HONEST), TEST_LABELS)
ERRORS = [calibration_error(rows, TEST_LABELS[:1000]) for rows in (NOISY, tempered(NOISY, HONEST))]
THREE = [SMOOTHED, ON_TEST, NOISY]
TEMPERATURE = [THREE, HONEST, CHOW, ERRORS, PLAIN, OTHER]

# --- Train for the damage: small networks, trained when they are first asked


@cache
def trained(kind):
    count = 12_000 if kind == "noise" else 18_000
    import keras
    import tensorflow as tf

    from digitlib.training.networks import OneCycle, build_small_cnn

    keras.utils.set_random_seed(13)
    network = build_small_cnn()
    adam = keras.optimizers.Adam(OneCycle(0.01, math.ceil(count / 64)), beta_2=0.99)
    adam.build(network.trainable_variables)
    loss_of = keras.losses.CategoricalCrossentropy(label_smoothing=0.05)

    @tf.function
    def step(x, targets):
        if kind == "noise":
            strength = tf.random.uniform((tf.shape(x)[0], 1, 1, 1), 0, 0.5)
            x = tf.clip_by_value(x + strength * tf.random.normal(tf.shape(x)), 0, 1)
        if kind == "nudges":
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = loss_of(targets, network(x, training=False))
            x = tf.clip_by_value(x + 0.1 * tf.sign(tape.gradient(loss, x)), 0, 1)
        with tf.GradientTape() as tape:
            loss = loss_of(targets, network(x, training=True))
        slopes = tape.gradient(loss, network.trainable_variables)
        adam.apply_gradients(zip(slopes, network.trainable_variables, strict=True))

    places = np.random.default_rng(13).permutation(count)
    for start in range(0, count, 64):
        some = places[start : start + 64]
        images = np.float32(TRAIN_IMAGES[some, ..., np.newaxis] / 255)
        step(tf.constant(images), tf.constant(np.eye(10, dtype="float32")[TRAIN_LABELS[some]]))
    return network


class Network:
    """A network that is trained when it is first called."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self, images, training=False):
        return trained(self.kind)(images, training=training)


class Left:
    """What a network reads after an attack, measured when it is first wanted."""

    def __init__(self, kind, steps, scale=1):
        self.kind, self.steps, self.scale = kind, steps, scale

    def __array__(self, dtype=None, copy=None):
        return np.array(float(self), dtype)

    def __float__(self):
        return self.scale * left(self.kind, self.steps)


@cache
def left(kind, steps):
    import tensorflow as tf

    network, labels = trained(kind), TEST_LABELS[:500].astype(int)
    start = here = TEST_IMAGES[:500] / 255
    for _ in range(steps):
        x = tf.constant(np.float32(here)[..., np.newaxis])
        with tf.GradientTape() as tape:
            tape.watch(x)
            chances = tf.gather(network(x, training=False), labels, batch_dims=1)
            loss = -tf.reduce_sum(tf.math.log(chances + 1e-12))
        signs = np.sign(tape.gradient(loss, x).numpy()[..., 0])
        here = np.clip(here + (0.1 if steps == 1 else 0.025) * signs, start - 0.1, start + 0.1)
        here = np.clip(here, 0, 1)
    answers = network(np.float32(here)[..., np.newaxis], training=False).numpy().argmax(axis=1)
    return float(100 * np.mean(answers == labels))


def without_a_slope(images, training=False):
    return trained("nudges")(images, training=False).numpy()


def one_tenth(images, training=False):
    return np.full((len(images), 10), 0.1)


NOISE, NUDGES, CLEAN = Network("noise"), Network("nudges"), Network("clean")
ONCE, TEN = Left("nudges", 1), Left("nudges", 10)

# --- Your class's own digits: six writers of twenty, the last two measured on

CLASS = ClassDigits(
    TEST_IMAGES[:120], TEST_LABELS[:120], np.repeat(np.arange(6), 20), np.zeros(6, int)
)
LEARNED, MEASURED = np.arange(80), np.arange(80, 120)
EVERY_FIFTH = np.arange(0, 120, 5)


def class_answers(wrong):
    digits = CLASS.labels.astype(int)
    digits[wrong] = (digits[wrong] + 1) % 10
    return digits


BEFORE = class_answers([*range(0, 20), *range(90, 100)])
AFTER = class_answers([1, *range(96, 101)])
AFTERWARDS = [100 * end for end in wilson_interval(35, 40)]
A_CLASS = [CLASS, [LEARNED, MEASURED], [BEFORE, AFTER], AFTERWARDS, 12.5]


def per_cent(right, count):
    return [100 * end for end in wilson_interval(right, count)]


RIGHT = {
    "ex-14-own": [
        (WRITTEN, CURVE, INTERVAL, 30, 45),
        (WRITTEN.tolist(), LOST.tolist(), (88.6, 100), None, None),
    ],
    "ex-14-price": [
        (SMOOTHED, CHOSEN, LOOKED, NEVER, HUMAN),
        (
            SMOOTHED.astype("float32"),
            FINE,
            [100 * np.mean(level > SURE) for level in FINE],
            NEVER + 0.04,
            np.array(HUMAN),
        ),
    ],
    "ex-14-temperature": [
        TEMPERATURE,
        swap(swap(TEMPERATURE, 0, tuple(THREE)), 3, np.round(ERRORS, 1)),
    ],
    "ex-14-train": [
        (NOISE, NUDGES, ONCE, TEN),
        (lambda images, training: trained("noise")(images), NUDGES, ONCE, TEN),
    ],
    "ex-14-class": [
        A_CLASS,
        (
            CLASS,
            (CLASS.writers < 4, CLASS.writers >= 4),
            (BEFORE.astype("uint8"), AFTER),
            np.round(AFTERWARDS, 1),
            np.float32(12.5),
        ),
        # A training that harms is a finding as well.
        (CLASS, [LEARNED, MEASURED], [AFTER, BEFORE], per_cent(30, 40), -12.5),
        # Some digits of the seen writers may be kept aside, to stop by.
        swap(A_CLASS, 1, [LEARNED[::2], MEASURED]),
    ],
}

WRONG = {
    "ex-14-own": [
        ((WRITTEN[:20], CURVE, INTERVAL, 30, 45), "the shape 30"),
        ((np.arange(30) % 7, CURVE, INTERVAL, 30, 45), "three of each"),
        ((WRITTEN, CURVE.T, INTERVAL, 30, 45), "6 × 30"),
        ((WRITTEN, CURVE + 9, INTERVAL, 30, 45), "from 0 to 9"),
        ((WRITTEN, answers([29] * 6), INTERVAL, None, None), "the same at all six"),
        ((WRITTEN[::-1], CURVE, INTERVAL, 30, 45), "the same order"),
        ((WRITTEN, CURVE[::-1], INTERVAL, 30, 45), "begin with 0"),
        ((WRITTEN, CURVE, wilson_interval(29, 30), 30, 45), "in percent"),
        ((WRITTEN, CURVE, [90, 100], 30, 45), "29 of 30 right: another"),
        ((WRITTEN, CURVE, INTERVAL, 20, 45), "by the count it is not 20"),
        ((WRITTEN, CURVE, INTERVAL, 3, 45), "one of the six angles"),
        ((WRITTEN, CURVE, INTERVAL, 30, 0), "lower end"),
        ((WRITTEN, CURVE, INTERVAL, 30, 60), "it is not 60"),
    ],
    "ex-14-price": [
        ((ON_TEST, CHOSEN, LOOKED, NEVER, HUMAN), "these are the test digits'"),
        ((SMOOTHED[::-1], CHOSEN, LOOKED, NEVER, HUMAN), "validation digits only"),
        ((np.eye(10)[VALIDATION_LABELS], CHOSEN, LOOKED, NEVER, HUMAN), "has learned from"),
        ((10 * SMOOTHED, CHOSEN, LOOKED, NEVER, HUMAN), "sum to 1"),
        ((SURE, CHOSEN, LOOKED, NEVER, HUMAN), "10000 × 10"),
        ((SMOOTHED, [0.9, 0.99, 0.999], LOOKED, NEVER, HUMAN), "another threshold costs"),
        ((SMOOTHED, CHOSEN[::-1], LOOKED, NEVER, HUMAN), "another threshold costs"),
        ((SMOOTHED, [CHOSEN[1]] * 3, LOOKED, NEVER, HUMAN), "another threshold costs"),
        ((SMOOTHED, np.multiply(100, CHOSEN), LOOKED, NEVER, HUMAN), "between 0 and 1"),
        ((SMOOTHED, CHOSEN, np.divide(LOOKED, 100), NEVER, HUMAN), "in percent"),
        ((SMOOTHED, CHOSEN, np.subtract(100, LOOKED), NEVER, HUMAN), "answers itself"),
        ((SMOOTHED, CHOSEN, LOOKED[::-1], NEVER, HUMAN), "of the confidences"),
        ((SMOOTHED, CHOSEN, LOOKED, 0.5, HUMAN), "at a higher price"),
        ((SMOOTHED, CHOSEN, LOOKED, 10, HUMAN), "already costs less"),
        ((SMOOTHED, CHOSEN, LOOKED, NEVER, HUMAN[::-1]), "lowest cost is not"),
        ((SMOOTHED, CHOSEN, LOOKED, NEVER, FAULTLESS), "who never errs"),
    ],
    "ex-14-temperature": [
        (swap(TEMPERATURE, 0, SMOOTHED), "three arrays"),
        (swap(TEMPERATURE, 0, [ON_TEST, SMOOTHED, NOISY]), "these are the test digits'"),
        (swap(TEMPERATURE, 0, [SMOOTHED, ON_TEST, ON_TEST[:1000]]), "far less"),
        (swap(TEMPERATURE, 1, 1), "changes nothing"),
        (swap(TEMPERATURE, 1, 1 / HONEST), "upside down"),
        (swap(TEMPERATURE, 1, 0.2), "too sharp"),
        (swap(TEMPERATURE, 1, 0.8), "too flat"),
        (swap(TEMPERATURE, 2, chow(ON_TEST, TEST_LABELS)), "without the temperature"),
        (
            swap(TEMPERATURE, 2, chow(tempered(SMOOTHED, HONEST), VALIDATION_LABELS)),
            "on the validation digits",
        ),
        (swap(TEMPERATURE, 2, 0.5), "does not cost 0.5"),
        (swap(TEMPERATURE, 3, np.divide(ERRORS, 100)), "in points"),
        (swap(TEMPERATURE, 3, ERRORS[::-1]), "before comes first"),
        (swap(TEMPERATURE, 3, [ERRORS[0], 3]), "after, the calibration error"),
        (swap(TEMPERATURE, 4, SMOOTHED), "another one"),
        (swap(TEMPERATURE, 5, HONEST), "too sharp"),
    ],
    "ex-14-train": [
        ((CLEAN, NUDGES, ONCE, TEN), "that has met no noise"),
        ((NOISE, CLEAN, Left("clean", 1), Left("clean", 10)), "that has met no nudges"),
        ((NUDGES, NUDGES, ONCE, TEN), "two networks"),
        ((NOISE, NUDGES, TEN, TEN), "after one step is not"),
        ((NOISE, NUDGES, ONCE, ONCE), "after ten steps is not"),
        ((NOISE, NUDGES, Left("nudges", 1, 0.01), TEN), "share of 1"),
        ((one_tenth, NUDGES, ONCE, TEN), "of clean test digits"),
        ((NOISE, without_a_slope, ONCE, TEN), "the Keras network itself"),
        ((NOISE, 99.1, ONCE, TEN), "should be a function"),
    ],
    "ex-14-class": [
        (
            swap(A_CLASS, 1, [np.setdiff1d(np.arange(120), EVERY_FIFTH), EVERY_FIFTH]),
            "the split is by digits",
        ),
        (swap(A_CLASS, 1, [np.arange(95), np.arange(95, 120)]), "of writer 4"),
        (swap(A_CLASS, 1, [np.arange(120), MEASURED]), "on both sides"),
        (swap(A_CLASS, 1, [[0, 1, 2, 3], [4, 5]]), "the split is by digits"),
        (swap(A_CLASS, 1, [LEARNED, MEASURED[:25]]), "were not counted"),
        (swap(A_CLASS, 1, [LEARNED, MEASURED + 1]), "from 0 to 119"),
        (swap(A_CLASS, 1, [LEARNED, np.repeat(MEASURED, 2)]), "a digit twice"),
        (swap(A_CLASS, 1, MEASURED), "two arrays in a list"),
        (swap(A_CLASS, 0, CLASS.images), "the whole one"),
        (swap(A_CLASS, 0, CLASS._replace(writers=CLASS.writers // 3)), "2 writers cannot"),
        (swap(A_CLASS, 2, [BEFORE[80:], AFTER[80:]]), "the shape 120"),
        (swap(A_CLASS, 2, [BEFORE, BEFORE]), "was the network trained"),
        (swap(A_CLASS, 2, [BEFORE * 0, AFTER]), "divided by 255"),
        (swap(A_CLASS, 3, wilson_interval(35, 40)), "in percent"),
        (swap(A_CLASS, 3, per_cent(79, 80)), "that the network learned from"),
        (swap(A_CLASS, 3, per_cent(114, 120)), "on all writers together"),
        (swap(A_CLASS, 3, per_cent(30, 40)), "before the training"),
        (swap(A_CLASS, 3, [77, 98]), "35 of 40 are right"),
        (swap(A_CLASS, 4, 100 * 19 / 80), "that the network learned from"),
        (swap(A_CLASS, 4, 20), "on all writers"),
        (swap(A_CLASS, 4, 0.125), "in points"),
        (swap(A_CLASS, 4, -12.5), "after minus before"),
        (swap(A_CLASS, 4, 99), "is not 99"),
    ],
}
