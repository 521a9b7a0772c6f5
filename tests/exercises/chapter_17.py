"""Answers to the exercises of chapter 17, right ones and wrong ones as students give them."""

import cv2
import numpy as np

from digitlib.data import load_mnist
from digitlib.recognizer import load_recognizer
from digitlib.training.paper import photograph

_, (IMAGES, LABELS) = load_mnist()
RECOGNIZER = load_recognizer()

# --- Your own cliff: sheets that are read, and sheets with more or other digits than are told

EIGHT, ZERO, THREE = 61, 3, 32  # test images of these digits


def sheet(*lines):
    rows = [IMAGES[list(line)] for line in lines]
    return photograph(rows, np.random.default_rng(4), digit_height=110)


READ = sheet((EIGHT, ZERO, THREE))
LINES = sheet((EIGHT, ZERO, THREE), (ZERO, EIGHT))
BLANK = np.full((480, 640), 200, np.uint8)

# --- Shared by how much?

TABLE = [[13, 14, 14, 6], [8, 13, 14, 3]]

# --- A recognizer without a page network: the 28 x 28 network in windows, on many sizes

KNOWN = {}


def _common(one, other):
    wide, high = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = max(wide, 0) * max(high, 0)
    return both / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - both)


def _slid(gray, factor, smallest=0.0, sign=0):
    key = gray.tobytes(), factor, smallest, sign
    if key in KNOWN:
        return KNOWN[key]
    apart = gray.astype(np.float32) - np.median(gray)
    apart = np.abs(apart) if sign == 0 else np.maximum(sign * apart, 0)
    ink, finds, scale = apart / max(apart.max(), 40), [], 1.0
    while min(ink.shape) * scale >= 28 and scale >= smallest:
        size = round(ink.shape[1] * scale), round(ink.shape[0] * scale)
        level = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
        windows = np.lib.stride_tricks.sliding_window_view(level, (28, 28))[::4, ::4]
        inked = windows.max(axis=(2, 3)) > 0.3
        answers = RECOGNIZER.predict(np.uint8(255 * windows[inked])) if inked.any() else ()
        for (row, column), numbers in zip(np.argwhere(inked), answers, strict=True):
            if numbers.max() >= 0.9:
                corner = np.array([column, row]) * 4 + 4
                box = np.concatenate([corner, corner + 20]) / scale
                finds.append((float(numbers.max()), int(numbers.argmax()), box, scale))
        scale *= factor
    KNOWN[key] = sorted(finds, key=lambda find: -find[0])
    return KNOWN[key]


def _distinct(finds, most=0.2):
    kept = []
    for find in finds:
        if all(_common(find[2], other[2]) <= most for other in kept):
            kept.append(find)
    return kept


def without(gray):
    return [(digit, *box) for _, digit, box, _ in _distinct(_slid(gray, 0.8))]


def without_as_an_array(gray):
    finds = _distinct(_slid(gray, 0.75), 0.25)
    return np.array([[digit, *box] for _, digit, box, _ in finds]).reshape(-1, 5)


def all_finds(gray):
    return [(digit, *box) for _, digit, box, _ in _slid(gray, 0.8)]


def one_size(gray):
    return [(digit, *box) for _, digit, box, _ in _distinct(_slid(gray, 0.8, smallest=1))]


def dark_only(gray):
    return [(digit, *box) for _, digit, box, _ in _distinct(_slid(gray, 0.8, sign=-1))]


def not_scaled_back(gray):
    finds = [(sure, digit, box * scale, 1) for sure, digit, box, scale in _slid(gray, 0.8)]
    return [(digit, *box) for _, digit, box, _ in _distinct(finds)]


def corners_and_sizes(gray):
    finds = _distinct(_slid(gray, 0.8))
    return [(digit, *box[:2], *(box[2:] - box[:2])) for _, digit, box, _ in finds]


def rows_first(gray):
    return [(digit, box[1], box[0], box[3], box[2]) for digit, *box in without(gray)]


def always_one(gray):
    return [(1, *box) for _, *box in without(gray)]


def with_chances(gray):
    return [(sure, digit, *box) for sure, digit, box, _ in _distinct(_slid(gray, 0.8))]


def everywhere(gray):
    return [(1, x, y, x + 20, y + 20) for x in range(0, 180, 20) for y in range(0, 140, 20)]


RIGHT = {
    "ex-17-own": [
        (BLANK, "1234", "finding"),
        (np.stack([READ] * 3, axis=-1) if READ.ndim == 2 else READ, "8033", "finding"),
        (READ, "823", "naming"),
        (READ, "380", "finding"),  # a 3 without a box, and a box with a 3 more
    ],
    "ex-17-shared": [
        (TABLE, "lost", "twice"),
        (np.array([[15, 15, 12, 2], [10, 17, 16, 4]]), "lost", "twice"),
    ],
    "ex-17-without": [(without,), (without_as_an_array,)],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-17-own": [
        ((READ, "803", "finding"), "without a mistake"),
        ((LINES, "803 08", "naming"), "without a mistake"),
        ((LINES, "80308", "naming"), "only the lines"),
        ((BLANK, "1234", "naming"), "has a box of its own"),
        ((READ, "380", "naming"), "has a box of its own"),
        ((READ, "823", "finding"), "a box for each digit"),
        ((READ, 823, "naming"), "a text of digits"),
        ((READ, "8, 2, 3", "naming"), "a text of digits"),
        ((READ, "823", "both"), '"finding" or "naming"'),
        ((READ / 255, "823", "naming"), "from 0 to 255"),
        ((READ[:80], "823", "naming"), "the whole picture"),
        (("my_photo.jpg", "823", "naming"), "an array of numbers"),
    ],
    "ex-17-shared": [
        (([[13, 14, 14, 6], [13, 13, 14, 3]], "lost", "twice"), "should cost more"),
        ((np.array(TABLE)[:, ::-1], "lost", "twice"), "should"),
        ((np.array(TABLE) / 20, "lost", "twice"), "counts from 0 to 20"),
        ((np.array(TABLE) * 5, "lost", "twice"), "counts from 0 to 20"),
        (([[13, 14, 14, 14], [8, 13, 14, 14]], "lost", "twice"), "second rule"),
        ((TABLE[::-1], "lost", "twice"), "should cost more"),
        (([[13, 14, 14, 6]] * 2, "lost", "twice"), "should cost more"),
        (([[8, 13, 14, 3]] * 2, "lost", "twice"), "hardly overlap"),
        ((np.array(TABLE).T, "lost", "twice"), "2 × 4"),
        ((TABLE, "twice", "lost"), "at 0.05, what becomes"),
        ((TABLE, "lost", "lost"), "at 0.8, what becomes"),
        ((TABLE, "lost", "more"), '"lost" or "twice"'),
    ],
    "ex-17-without": [
        ((all_finds,), "cover mostly the same"),
        ((one_size,), "above 40 pixels"),
        ((dark_only,), "in light ink"),
        ((not_scaled_back,), "pixels of the first"),
        ((corners_and_sizes,), "right is not left"),
        ((rows_first,), "misses"),
        ((always_one,), "names"),
        ((with_chances,), "any × 5"),
        ((everywhere,), "on a blank sheet"),
        ((lambda gray: [],), "none of ten"),
        ((lambda gray: None,), "returns None"),
        ((lambda gray: [(10, 3, 3, 9, 9)],), "0 to 9"),
        ((without(BLANK),), "should be a function"),
    ],
}
