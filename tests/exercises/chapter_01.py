"""Answers to the exercises of chapter 01, right ones and wrong ones as students give them."""

from functools import cache

import cv2
import numpy as np

from digitlib import load_mnist
from digitlib.course.exercises.chapter_01 import measures, read_by_eye, worth

(IMAGES, LABELS), (TEST, _) = load_mnist()
WORKSHOP, ASIDE = IMAGES[:10_000] >= 128, IMAGES[-10_000:] >= 128
SEVEN, SEVEN_ASIDE = measures(WORKSHOP), measures(ASIDE)


# --- Upright ones


def width(shape):
    columns = np.flatnonzero(shape.any(axis=0))
    return int(columns[-1] - columns[0] + 1)


def straightened(shape):
    rows, columns = np.nonzero(shape)
    slope = np.polyfit(rows, columns, 1)[0] if np.ptp(rows) else 0
    return width(np.stack([np.roll(shape[r], -round(slope * (r - 14))) for r in range(28)]))


def smallest_box(shape):
    return min(cv2.minAreaRect(np.argwhere(shape).astype("float32"))[1])


def wrong_way(shape):
    rows, columns = np.nonzero(shape)
    slope = np.polyfit(rows, columns, 1)[0] if np.ptp(rows) else 0
    return width(np.stack([np.roll(shape[r], round(slope * (r - 14))) for r in range(28)]))


# --- A tree with more branches


@cache
def measured(shape):
    """Return the answer of the chapter's tree to a shape, and three of its measures."""
    row = measures(np.frombuffer(shape, bool).reshape(1, 28, 28))
    return int(read_by_eye(row)[0]), row[0, 0], row[0, 4], row[0, 6]


def mended(loops, leaning):
    """Return the tree with a question for twos with a loop, and one for leaning ones."""

    def tree(shape):
        answer, holes, top_bar, turn = measured(shape.tobytes())
        if answer == 6 and holes == 1 and loops(top_bar, turn):
            return 2
        return 1 if answer == 4 and leaning(turn) else answer

    return tree


def no(*_):
    return False


def good(top_bar, turn):
    return top_bar >= 5 and turn >= 1


def slim_eights(shape):
    answer = mended(good, no)(shape)
    return 8 if answer == 6 and measures(shape[np.newaxis])[0, 2] >= 18.5 else answer


# --- Measures


def crossings(shape, row=10):
    return int(shape[row, 0] + (np.diff(shape[row].astype(int)) == 1).sum())


def balance(shape):
    """Return how far the ink of the left half outweighs that of the right half."""
    return float(shape[:, :14].sum() - shape[:, 14:].sum())


def handed(function, points, least, workshop=WORKSHOP, aside=ASIDE):
    values = [np.array([function(shape) for shape in shapes]) for shapes in (workshop, aside)]
    return function, *values, points, least


def gain(function):
    added = [
        np.column_stack([rows, [function(shape) for shape in shapes]])
        for rows, shapes in ((SEVEN, WORKSHOP), (SEVEN_ASIDE, ASIDE))
    ]
    before = worth(SEVEN, LABELS[:10_000], SEVEN_ASIDE, LABELS[-10_000:])
    return worth(added[0], LABELS[:10_000], added[1], LABELS[-10_000:]) - before


TAKEN = crossings, *(np.array([crossings(shape) for shape in kind]) for kind in (WORKSHOP, ASIDE))
KNOWN = dict(zip((shape.tobytes() for shape in WORKSHOP), LABELS[:10_000], strict=True))


def by_heart(shape):
    """Return the label of a shape of the workshop, and 0 for any other."""
    return KNOWN.get(shape.tobytes(), 0)


RIGHT = {
    "ex-01-weigh": [(128, 90.1, 30, 68.0), (np.int64(128), np.float64(90), 30.0, 68)],
    "ex-01-upright": [(straightened, 7, 3.26), (smallest_box, 5.6, 3.0)],
    "ex-01-loop": [
        (mended(good, lambda turn: turn >= 2), 5.7),
        (slim_eights, 5.0),
        (mended(lambda top_bar, turn: top_bar >= 6, lambda turn: turn >= 2), 5.0),
    ],
    "ex-01-measure": [
        (*TAKEN, 3.48, "hole_size"),
        (*TAKEN[:1], *(values.tolist() for values in TAKEN[1:]), np.float64(3.5), "hole_size"),
    ],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-01-weigh": [
        ((30, 83.6, 128, 56.9), "have changed places"),
        ((220, 88.5, 30, 68.0), "stricter is not better"),
        ((64, 85.9, 30, 68.0), "more of what the rule names is right"),
        ((128, 90.1, 64, 65.8), "would find more eights"),
        ((128, 56.9, 30, 68.0), "how many of the eights the bank finds"),
        ((128, 90.1, 30, 83.6), "the museum looks at the other grade"),
        ((128, 0.901, 30, 68.0), "looks like a share of 1"),
        ((128, 90.1, 30, 0.68), "looks like a share of 1"),
        ((100, 90.1, 30, 68.0), "one of the five"),
    ],
    "ex-01-upright": [
        ((width, 8, 3.26), "both can be above 85"),
        ((width, 10, 3.26), "both can be above 85"),
        ((wrong_way, 7, 3.26), "both can be above 85"),
        ((straightened, 13, 3.26), "both can be above 85"),
        ((lambda shape: 5, 7, 3.26), "everything is a 1"),
        ((straightened, 0, 3.26), "nothing is a 1"),
        ((by_heart, 1, 3.26), "everything is a 1"),
        ((straightened, 7, 66.6), "that is what the tree reads right"),
        ((straightened, 7, 0.033), "looks like a share of 1"),
        ((straightened, 7, 20), "doesn't fit a measure as good"),
        ((straightened(WORKSHOP[3]), 7, 3.26), "without ()"),
        ((lambda shape: shape.sum(axis=0), 7, 3.26), "should return one number"),
    ],
    "ex-01-loop": [
        ((mended(no, no), 0.0), "it still takes"),
        ((mended(good, no), 3.4), "no other confusion"),
        ((mended(lambda top_bar, turn: True, no), 0.3), "sixes among 3,000"),
        ((mended(good, lambda turn: True), 2.0), "another loses"),
        ((mended(good, lambda turn: turn >= 2), 69.1), "that is what the tree reads right"),
        ((mended(good, lambda turn: turn >= 2), 0.057), "looks like a share of 1"),
        ((mended(good, lambda turn: turn >= 2), 15), "doesn't fit this tree"),
        ((by_heart, 5.0), "sixes among 3,000"),
        ((lambda shape: 2, 5.0), "sixes among 3,000"),
        ((lambda shape: None, 5.0), "should return one number"),
        ((lambda shape: 22, 5.0), "from 0 to 9"),
    ],
    "ex-01-measure": [
        ((*TAKEN, 78.2, "hole_size"), "that is what the tree reads right"),
        ((*TAKEN, 0.035, "hole_size"), "not worth 0.035 points"),
        ((*TAKEN, 3.31, "hole_size"), "in the workshop, where"),
        ((*TAKEN, 3.5, "hole_row"), "loses more than without another"),
        ((*TAKEN, 3.5, "holesize"), "should be one of holes"),
        ((TAKEN[0], TAKEN[2], TAKEN[1], 3.5, "hole_size"), "in your list stands"),
        (handed(crossings, 3.5, "hole_size", aside=TEST >= 128), "in your list stands"),
        (handed(lambda shape: 1, 0.0, "hole_size"), "the same for every shape"),
        (handed(width, 0.0, "width"), "the same as width"),
        ((*TAKEN[:1], LABELS[:10_000], LABELS[-10_000:], 20.0, "width"), "in your list stands"),
        (handed(by_heart, -50.0, "hole_size"), "not worth"),
        (handed(balance, gain(balance), "mine"), "hardly more than chance"),
    ],
}
