"""Answers to the exercises of chapter 13, right ones and wrong ones as students give them."""

import cv2
import numpy as np

from digitlib.course.bands import wilson_interval

# --- Twenty digits of your own

WRITTEN = [*range(10), *range(10)]


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


MISSED = swap(WRITTEN, 7, 1)  # 19 of 20
TWO_MISSED = swap(MISSED, 9, None)


def interval(right):
    return [100 * end for end in wilson_interval(right, 20)]


# --- Say so when in doubt


def with_doubts(readings):
    marks = [f"{one.digit}?" if one.confidence < 0.8 else f"{one.digit}" for one in readings]
    return "".join(marks) or "no digit"


def with_doubts_in_a_loop(readings):
    if not readings:
        return "no digit"
    said = ""
    for one in readings:
        said += str(one.digit)
        if not one.probabilities.max() >= np.float32(0.8):
            said += "?"
    return said


def as_it_was(readings):
    return "".join(str(one.digit) for one in readings) or "no digit"


def only_a_mark(readings):
    return (
        "".join("?" if one.confidence < 0.8 else str(one.digit) for one in readings) or "no digit"
    )


def one_mark_for_all(readings):
    said = "".join(str(one.digit) for one in readings) or "no digit"
    return said + "?" if any(one.confidence < 0.8 for one in readings) else said


def too_strict(readings):
    marks = [f"{one.digit}?" if one.confidence <= 0.8 else f"{one.digit}" for one in readings]
    return "".join(marks) or "no digit"


def says_nothing(readings):
    return "".join(f"{one.digit}{'?' * (one.confidence < 0.8)}" for one in readings)


def largest_only(readings):
    return with_doubts(readings[:1])


# --- What did it see?


def largest(readings):
    return readings[int(np.argmax([one.box.width * one.box.height for one in readings]))]


def seen(readings):
    image = largest(readings).image if readings else np.zeros((28, 28), np.uint8)
    return cv2.resize(image, None, fx=10, fy=10, interpolation=cv2.INTER_NEAREST)


def seen_dark_on_light(readings):
    if not readings:
        return np.full((280, 280), 255, np.uint8)
    return 255 - largest(readings).image.repeat(10, axis=0).repeat(10, axis=1)


def smoothed(readings):
    image = largest(readings).image if readings else np.zeros((28, 28), np.uint8)
    return cv2.resize(image, None, fx=10, fy=10)


def first(readings):
    return seen(readings[:1])


def fails_on_nothing(readings):
    return cv2.resize(largest(readings).image, (280, 280), interpolation=cv2.INTER_NEAREST)


KEPT = [np.eye(280)]


def last_one_stays(readings):
    if readings:
        KEPT[0] = seen(readings)
    return KEPT[0]


def tiled(readings):
    return np.tile(seen(readings)[::10, ::10], (10, 10))


def turned(readings):
    return seen(readings).T


RIGHT = {
    "ex-13-twenty": [
        (WRITTEN, MISSED, interval(19), 99.57, False),
        (WRITTEN, WRITTEN, np.round(interval(20), 1), 99.6, True),
        (sorted(WRITTEN), [*sorted(WRITTEN)[:18], None, "?"], interval(18), 99.57, False),
    ],
    "ex-13-doubt": [(with_doubts,), (with_doubts_in_a_loop,)],
    "ex-13-seen": [(seen,), (seen_dark_on_light,)],
}

# What is handed over, and words of the sentence that has to come.
WRONG = {
    "ex-13-twenty": [
        ((WRITTEN[:10], WRITTEN[:10], interval(19), 99.57, True), "there are 10"),
        ((7, WRITTEN, interval(19), 99.57, True), "a list of twenty"),
        ((swap(WRITTEN, 3, 30), WRITTEN, interval(19), 99.57, True), "from 0 to 9"),
        ((MISSED, WRITTEN, interval(19), 99.57, True), "the 1 was written 3 times"),
        ((WRITTEN, sorted(WRITTEN), interval(2), 99.57, False), "the same order"),
        ((WRITTEN, MISSED, wilson_interval(19, 20), 99.57, False), "in percent"),
        ((WRITTEN, MISSED, [96, 100], 99.57, True), "leaves that out"),
        ((WRITTEN, WRITTEN, [100, 100], 99.57, False), "take Wilson's"),
        ((WRITTEN, MISSED, [85.4, 104.6], 99.57, True), "take Wilson's"),
        ((WRITTEN, MISSED, interval(18), 99.57, False), "not Wilson's interval for 19"),
        ((WRITTEN, MISSED, interval(19), 95.0, False), "is not 95"),
        ((WRITTEN, MISSED, interval(19), 0.9957, False), "looks like a share"),
        ((WRITTEN, MISSED, interval(19), 99.57, True), "look once more"),
        ((WRITTEN, TWO_MISSED, interval(18), 99.57, "yes"), "True or False"),
    ],
    "ex-13-doubt": [
        ((as_it_was,), "without a sign of doubt"),
        ((only_a_mark,), "the digit should stay"),
        ((one_mark_for_all,), "it says '491?'"),
        ((too_strict,), "not below 0.8"),
        ((says_nothing,), "no digit"),
        ((largest_only,), "it says"),
        ((lambda readings: print(with_doubts(readings)),), "should return a text"),
        (("4?",), "without ()"),
        ((lambda readings: "3?" if readings else "no digit",), "it says '3?'"),
    ],
    "ex-13-seen": [
        ((smoothed,), "smoothed"),
        ((first,), "should show the largest"),
        ((fails_on_nothing,), "ValueError"),
        ((last_one_stays,), "should be empty"),
        ((tiled,), "smoothed"),
        ((turned,), "changed places"),
        ((lambda readings: seen(readings) / 255,), "from 0 to 255"),
        ((lambda readings: seen(readings)[::10, ::10],), "280 × 280"),
        ((lambda readings: np.zeros((280, 280)),), "does not show"),
        ((seen([]),), "without ()"),
    ],
}
