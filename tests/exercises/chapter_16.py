"""Answers to the exercises of chapter 16, right ones and wrong ones as students give them."""

import numpy as np

# --- Another backend for another chapter: what chapter 06 prints

FIRST, SECOND = [98.74, 98.83, 98.80], [98.79, 98.71, 98.86]

# --- The order of a sum


def one_by_one(values):
    total = np.float32(0)
    for value in values:
        total += value
    return total


def sums(pixels):
    ways = (pixels, pixels[::-1], np.sort(pixels))
    return [np.cumsum(way)[-1] for way in ways]


def sums_in_a_loop(pixels):
    return np.array(
        [one_by_one(pixels), one_by_one(pixels[::-1]), one_by_one(sorted(pixels.tolist()))],
        np.float32,
    )


def with_blocks(pixels):
    return [np.sum(np.sort(pixels))] * 3


def in_double(pixels):
    return sums(pixels.astype(float))


def largest_first(pixels):
    return [*sums(pixels)[:2], np.cumsum(np.sort(pixels)[::-1])[-1]]


def smallest_first(pixels):
    return sums(pixels)[::-1]


def of_whole_numbers(pixels):
    return sums(np.round(255 * pixels))


def from_the_left_thrice(pixels):
    return [np.cumsum(pixels)[-1]] * 3


COUNT, NEAREST = 2, "left"  # the second and the third are equal for this image

# --- A second step

QUICK = [5.9e-8, 9.7e-8, 1.1e-7, 1.4e-7, 1.9e-7, 1.9e-7, 2.5e-7, 2.8e-7, 2.6e-7, 3.1e-7]
SLOW = np.array([5.9e-8, 1.1e-7, 1.6e-7, 2.0e-7, 2.2e-7, 2.1e-7, 2.1e-7, 1.9e-7, 2.4e-7, 2.3e-7])
TIES = [1.7e-3, 5.4e-3, 1.0e-2, 1.3e-2, 1.1e-2, 1.1e-2, 1.0e-2, 9.7e-3, 9.2e-3, 9.4e-3]
FORGOTTEN = np.append(5.9e-8, np.linspace(0.002, 0.02, 9))

# --- Each its own half

MOVED = np.array([59, 21, 18, 24, 20, 19, 22, 14, 11, 30, 9]) * 1e-4
OFF = MOVED * np.array([13, 18, 18, 24, 16, 13, 17, 8, 7, 5, 4]) / 100
SHARE = 100 * OFF.max() / MOVED.max()

RIGHT = {
    "ex-16-variable": [
        (46_938, FIRST, SECOND, True),
        (np.int64(46_938), np.array(FIRST), np.array(SECOND) + 0.2, np.False_),
    ],
    "ex-16-order": [
        (sums, COUNT, NEAREST),
        (sums_in_a_loop, np.int64(COUNT), NEAREST),
    ],
    "ex-16-second": [(QUICK, SLOW, "grows"), (np.array(QUICK), SLOW.tolist(), "grows")],
    "ex-16-half": [(OFF, MOVED, SHARE), (OFF.tolist(), MOVED.tolist(), round(SHARE, 1))],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-16-variable": [
        ((46_714, FIRST, SECOND, True), "what is learned"),
        ((407_050, FIRST, SECOND, True), "on any engine"),
        ((46_938, np.array(FIRST) / 100, SECOND, True), "shares of 1"),
        ((46_938, FIRST, 98.8, True), "a single number"),
        ((46_938, FIRST, [96.5, 96.6, 96.5], True), "with JAX are not"),
        ((46_938, FIRST, FIRST, True), "the same three numbers"),
        ((46_938, FIRST, SECOND, False), "once more"),
        ((46_938, FIRST, np.array(SECOND) + 0.2, True), "once more"),
        ((46_938, FIRST, SECOND, "yes"), "True or False"),
    ],
    "ex-16-order": [
        ((with_blocks, COUNT, NEAREST), "all three are equal"),
        ((from_the_left_thrice, COUNT, NEAREST), "all three are equal"),
        ((in_double, COUNT, NEAREST), "than single precision holds"),
        ((largest_first, COUNT, NEAREST), "begins with the largest"),
        ((smallest_first, COUNT, NEAREST), "the order of the three"),
        ((of_whole_numbers, COUNT, NEAREST), "is not that of"),
        ((lambda pixels: pixels.sum(), COUNT, NEAREST), "a single number"),
        ((sums, 1, NEAREST), "more decimals"),
        ((sums, COUNT, "left" if NEAREST != "left" else "right"), "another one is nearer"),
        ((sums, COUNT, "double"), '"left", "right"'),
        ((100.5, COUNT, NEAREST), "should be a function"),
    ],
    "ex-16-second": [
        ((TIES, SLOW, "grows"), "who wins a tie"),
        ((FORGOTTEN, SLOW, "grows"), "written back"),
        ((QUICK, [0] * 10, "grows"), "with itself"),
        ((QUICK, [5.9e-8] * 10, "stays"), "the same step ten times"),
        ((QUICK[::-1], SLOW, "grows"), "hardly above"),
        ((QUICK, -SLOW, "grows"), "no sign"),
        ((QUICK, SLOW[:5], "grows"), "shape 10"),
        ((QUICK, QUICK, "grows"), "for each rate"),
        ((np.array(QUICK) * 100, SLOW, "grows"), "more than rounding"),
        ((QUICK, SLOW, "stays"), "with the first"),
        ((QUICK, SLOW, "neither"), '"grows" or "stays"'),
    ],
    "ex-16-half": [
        ((OFF, MOVED, SHARE / 100), "looks like a share"),
        ((OFF, MOVED, 100 * (OFF / MOVED).max()), "another share"),
        ((OFF, MOVED, 100 * OFF.max() / MOVED.mean()), "another share"),
        ((np.full(11, 6e-8), MOVED, 1), "agree to rounding"),
        ((np.append(OFF[:-1], 1e-8), MOVED, SHARE), "some groups"),
        ((OFF + 2 * MOVED, MOVED, 100), "their sum"),
        ((0.97 * MOVED, MOVED, 97), "their sum"),
        ((OFF.max(), MOVED, SHARE), "a single number"),
        ((-OFF, MOVED, SHARE), "no sign"),
        ((OFF, MOVED * 100, SHARE), "every group"),
    ],
}
