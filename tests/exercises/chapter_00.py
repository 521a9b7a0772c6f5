"""Answers to the exercises of chapter 00, right ones and wrong ones as students give them."""

import numpy as np

from digitlib import load_mnist

(IMAGES, LABELS), _ = load_mnist()
DIGIT = IMAGES[2]
TOTALS = IMAGES.sum(axis=(1, 2))
HEAVY, SEVEN = TOTALS > 30_000, LABELS == 7

SHAPES = [(5, 28), (28,), (1, 28), (28, 28, 1), (100, 28), (100, 28), (28, 28), (100, 5)]
SHAPES += [(28, 28), (28, 28)]
TYPES = 8 * ["uint8"] + ["bool", "uint8"]
PRODUCT = DIGIT.T.astype(int) @ DIGIT.astype(int)


def changed(values, place, value):
    return [*values[:place], value, *values[place + 1 :]]


SEVENS = IMAGES[HEAVY & SEVEN].mean(axis=0)
BETWEEN = IMAGES[(TOTALS > 20_000) & (TOTALS < 25_000)].mean(axis=0)
SPREAD = IMAGES[HEAVY].std(axis=0)


def with_loops(pictures):
    sheet = np.zeros((140, 140), dtype="uint8")
    for i in range(5):
        for j in range(5):
            sheet[28 * i : 28 * (i + 1), 28 * j : 28 * (j + 1)] = pictures[5 * i + j]
    return sheet


def without(pictures):
    return pictures.reshape(5, 5, 28, 28).transpose(0, 2, 1, 3).reshape(140, 140)


def one_loop(pictures):
    sheet = np.zeros((140, 140), dtype="uint8")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, 5)
        sheet[28 * row :, 28 * column :][:28, :28] = picture
    return sheet


def columns_first(pictures):
    sheet = np.zeros((140, 140), dtype="uint8")
    for i in range(5):
        for j in range(5):
            sheet[28 * j : 28 * (j + 1), 28 * i : 28 * (i + 1)] = pictures[5 * i + j]
    return sheet


def same_picture(pictures):
    sheet = np.zeros((140, 140), dtype="uint8")
    for i in range(5):
        for j in range(5):
            sheet[28 * i : 28 * (i + 1), 28 * j : 28 * (j + 1)] = pictures[i + j]
    return sheet


def in_place(pictures):
    sheet = without(pictures).copy()
    pictures[:] = 0
    return sheet


RIGHT = {
    "ex-00-shapes": [
        (SHAPES, TYPES, 10, PRODUCT),
        (
            [list(shape) for shape in SHAPES],
            8 * [np.uint8] + [bool, np.dtype("uint8")],
            10.0,
            (DIGIT.astype("float32").T @ DIGIT.astype("float32")),
        ),
    ],
    "ex-00-line": [
        (SEVENS, BETWEEN, SPREAD),
        (
            (IMAGES[HEAVY & SEVEN] / 255).mean(axis=0),
            np.mean(IMAGES[(TOTALS >= 20_000) & (TOTALS <= 25_000)], axis=0),
            SPREAD.astype("float32"),
        ),
    ],
    "ex-00-sheet": [
        (with_loops, without),
        (one_loop, lambda pictures: np.hstack(np.hstack(pictures.reshape(5, 5, 28, 28)))),
        (
            one_loop,
            lambda pictures: np.concatenate(
                np.concatenate(pictures.reshape(5, 5, 28, 28), axis=1), axis=1
            ),
        ),
    ],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-00-shapes": [
        ((changed(SHAPES, 2, (28,)), TYPES, 10, PRODUCT), "line 3, digit[[5]], has not 1 dir"),
        ((changed(SHAPES, 1, (28)), TYPES, 10, PRODUCT), "a tuple with one entry has a comma"),
        ((changed(SHAPES, 1, 27), TYPES, 10, PRODUCT), "should be a tuple"),
        ((changed(SHAPES, 5, (100, 27)), TYPES, 10, PRODUCT), "line 6"),
        ((SHAPES[:9], TYPES, 10, PRODUCT), "a list of ten"),
        ((SHAPES, changed(TYPES, 8, "float64"), 10, PRODUCT), "not the data type float64"),
        ((SHAPES, changed(TYPES, 9, "int64"), 10, PRODUCT), "line 10"),
        ((SHAPES, changed(TYPES, 0, "byte8"), 10, PRODUCT), "no name of a data type"),
        ((SHAPES, TYPES, 9, PRODUCT), "count from 1"),
        ((SHAPES, TYPES, 10, (DIGIT.T @ DIGIT).astype(int)), "convert before you multiply"),
        ((SHAPES, TYPES, 10, DIGIT.T @ DIGIT.astype("uint16")), "more than 16 bits"),
        ((SHAPES, TYPES, 10, (DIGIT / 255).T @ (DIGIT / 255)), "divided by 255"),
        ((SHAPES, TYPES, 10, DIGIT.astype(int) @ DIGIT.T), "transposes the first"),
    ],
    "ex-00-line": [
        ((IMAGES[SEVEN].mean(axis=0), BETWEEN, SPREAD), "light ones as well"),
        ((IMAGES[HEAVY].mean(axis=0), BETWEEN, SPREAD), "whatever they show"),
        ((IMAGES[HEAVY | SEVEN].mean(axis=0), BETWEEN, SPREAD), "heavy or sevens"),
        ((IMAGES[HEAVY & SEVEN].mean(axis=1), BETWEEN, SPREAD), "the shape 28 × 28"),
        ((IMAGES[HEAVY & SEVEN][0], BETWEEN, SPREAD), "one pixel is off"),
        ((SEVENS, IMAGES[TOTALS > 20_000].mean(axis=0), SPREAD), "from 20,000 up"),
        ((SEVENS, IMAGES[TOTALS < 25_000].mean(axis=0), SPREAD), "up to 25,000"),
        ((SEVENS, BETWEEN, IMAGES.std(axis=0)), "not of the heavy ones"),
        ((SEVENS, BETWEEN, IMAGES[HEAVY].mean(axis=0)), "their mean"),
        ((SEVENS, BETWEEN, IMAGES[HEAVY].std()), "a single number"),
        ((SEVENS, BETWEEN, np.full((28, 28), 100)), "one pixel is off"),
    ],
    "ex-00-sheet": [
        ((with_loops, lambda pictures: pictures.reshape(140, 140)), "the numbers as they come"),
        ((columns_first, without), "column by column"),
        (
            (with_loops, lambda pictures: without(pictures.transpose(0, 2, 1))),
            "mirrors each picture",
        ),
        ((same_picture, without), "should come from picture 5"),
        ((lambda pictures: with_loops(IMAGES), without), "row 0, column 0"),
        ((with_loops, lambda pictures: without(pictures / 1)), "float64 instead of bytes"),
        ((in_place, without), "changes the pictures"),
        ((with_loops, with_loops), "still has a for"),
        ((with_loops, without(IMAGES[:25])), "without ()"),
        ((with_loops, lambda pictures: np.hstack(list(pictures))), "140 × 140"),
        (
            (
                with_loops,
                lambda pictures: np.vstack(
                    [np.hstack(list(pictures[5 * i : 5 * i + 5])) for i in range(5)]
                ),
            ),
            "still has a for",
        ),
    ],
}
