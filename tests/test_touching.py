"""Digits that touch: where they may be cut, and when they are."""

import cv2
import numpy as np
import pytest

import digitlib
from digitlib import touching
from digitlib.shapes import Box


def pushed_together(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return two digits in one row, the right one moved until the ink of both overlaps."""
    left = left[:, : np.flatnonzero(left.any(axis=0))[-1] + 1]
    right = right[:, np.flatnonzero(right.any(axis=0))[0] :]
    for shared in range(1, 20):
        row = np.zeros((28, left.shape[1] + right.shape[1] - shared), np.uint8)
        row[:, : left.shape[1]] = left
        overlap = row[:, left.shape[1] - shared : left.shape[1]]
        if np.any((overlap > 100) & (right[:, :shared] > 100)):
            break
    row[:, left.shape[1] - shared :] = np.maximum(row[:, left.shape[1] - shared :], right)
    return row


def a_slash_leaning_over_a_ring() -> np.ndarray:
    """Return a mask, 60 x 84, that no column parts: a bar leans over a ring and touches it."""
    mask = np.zeros((60, 84), np.uint8)
    cv2.line(mask, (5, 57), (45, 3), 255, 5)
    cv2.circle(mask, (55, 40), 16, 255, 5)
    cv2.line(mask, (26, 36), (40, 40), 255, 3)
    return mask


def test_a_cut_bends_where_one_stroke_leans_over_the_next():
    strokes = a_slash_leaning_over_a_ring()
    cuts = touching.find_cuts(strokes)
    rows = np.arange(60)
    crossed = (strokes[rows[np.newaxis], cuts] > 0).sum(axis=1)
    straight = (strokes > 0).sum(axis=0)[10:-10].min()
    assert crossed.min() < straight
    # Nowhere does a path jump by more than one column of the small copy.
    assert np.abs(np.diff(cuts, axis=1)).max() <= np.ceil(60 / touching.SEARCH_HEIGHT) + 1
    assert (np.diff(cuts.mean(axis=1)) >= 0).all()


@pytest.mark.parametrize("shape", [(3, 3), (14, 2), (14, 40), (200, 300)])
def test_cuts_stay_inside_a_shape_of_any_size(shape):
    cuts = touching.find_cuts(np.full(shape, 255, np.uint8))
    assert cuts.shape[1] == shape[0]
    assert np.all((cuts >= 0) & (cuts <= shape[1]))


def test_the_parts_of_a_cut_share_the_strokes():
    strokes = a_slash_leaning_over_a_ring()
    box = Box(100, 50, 84, 60)
    seen: list[touching.Part] = []

    def no_digit(parts):
        seen.extend(parts)
        return np.full((len(parts), 10), 0.1)

    assert touching._best_parts(strokes, box, no_digit) == []
    assert seen
    for part in seen:
        x, y = part.box.x - box.x, part.box.y - box.y
        there = strokes[y : y + part.box.height, x : x + part.box.width]
        assert part.strokes.shape == there.shape
        assert not np.any(part.strokes[there == 0])


def test_pairs_that_touch_are_read_or_left_rather_than_misread(recognizer):
    images, labels = (values[-10_000:] for values in digitlib.load_mnist()[0])
    joined = right = wrong = 0
    for first in range(0, 120, 2):
        row = pushed_together(*images[first : first + 2])
        row = cv2.resize(row, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
        sheet = np.full((300, 500), 225, np.uint8)
        sheet[60 : 60 + row.shape[0], 80 : 80 + row.shape[1]] -= (row * 0.7).astype(np.uint8)
        if len(recognizer.read(sheet, without="split")) > 1:
            continue
        joined += 1
        digits = [reading.digit for reading in recognizer.read(sheet)]
        right += digits == labels[first : first + 2].tolist()
        wrong += len(digits) > 1 and digits != labels[first : first + 2].tolist()
    assert joined >= 30
    assert right / joined > 0.4
    assert wrong / joined < 0.2


def test_a_shape_that_comes_apart_into_bars_and_hooks_stays_whole(recognizer):
    sheet = np.full((300, 400), 220, np.uint8)
    # An n: its stem and its arch make a 1 and a 7.
    cv2.line(sheet, (150, 110), (150, 220), 50, 9, cv2.LINE_AA)
    cv2.ellipse(sheet, (190, 150), (40, 38), 0, 180, 360, 50, 9, cv2.LINE_AA)
    cv2.line(sheet, (230, 150), (230, 220), 50, 9, cv2.LINE_AA)
    assert [one for one in recognizer.read(sheet) if one.confidence >= 0.5] == []


def test_what_could_be_two_digits_stays_whole_in_a_line_of_letters():
    mask = np.zeros((100, 400), np.uint8)
    mask[20:80, 20:104] = a_slash_leaning_over_a_ring()
    pair, letter, digit = Box(20, 20, 84, 60), Box(140, 20, 50, 60), Box(220, 20, 50, 60)
    far = Box(140, 95, 50, 5)

    def sure_of(boxes):
        return np.array([np.eye(10)[8] if box == digit else np.full(10, 0.1) for box in boxes])

    def sure_of_parts(parts):
        return np.tile(np.eye(10)[0], (len(parts), 1))

    def parted(*others):
        return touching.split_doubtful(mask, [pair, *others], sure_of, sure_of_parts)

    alone = parted()
    assert alone[0] == [] and len(alone[1]) >= 2
    assert parted(letter) == ([pair, letter], [])
    # A digit makes up for a letter, and what stands in no line with it is no letter.
    assert len(parted(letter, digit)[1]) >= 2
    assert len(parted(far)[1]) >= 2
