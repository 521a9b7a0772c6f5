"""The bench for hand-written rules: what it measures, says and counts, driven without a page."""

import re

import numpy as np
import pytest

from digitlib.course.rulebench import Rule, RuleBench, bar_below, bar_on_top, columns_with_ink

WIDTHS = [3, 5, 9, 4, 12]
LABELS = np.array([1, 1, 1, 7, 7])


def width(shape):
    columns = np.flatnonzero(shape.any(axis=0))
    return columns[-1] - columns[0] + 1


NARROW = Rule("A 1 is narrow", 1, width, "at most", 5, lambda shape: shape)
WIDE = Rule("A 7 is wide", 7, width, "at least", 8)


@pytest.fixture
def bench():
    images = np.zeros((5, 28, 28), np.uint8)
    for image, columns in zip(images, WIDTHS, strict=True):
        image[4:24, 6 : 6 + columns] = 255
        image[4:24, 2] = 100  # too faint for ink
    return RuleBench(images, LABELS, [NARROW, WIDE])


def words(bench):
    return re.sub(r"<[^>]+>", " ", bench.report.value)


def test_one_image_its_measure_the_verdict_and_the_truth(bench):
    assert bench.index == 0
    assert bench.verdict is True
    for part in ("Measured:  3", "The rule says:  a 1", "The label says:  1", "✓ right"):
        assert part in words(bench)
    bench.place.value = 4
    assert "Measured:  4" in words(bench)
    assert "The rule says:  a 1" in words(bench)
    assert "The label says:  7" in words(bench)
    assert "✗ wrong" in words(bench)


def test_the_threshold_moves_the_verdict_and_both_shares(bench):
    bench.place.value = 3
    assert (bench.verdict, bench.found, bench.precise) == (False, 2 / 3, 2 / 3)
    assert "✗ wrong" in words(bench)
    bench.threshold.value = 9
    assert (bench.verdict, bench.found, bench.precise) == (True, 1, 3 / 4)
    assert "✓ right" in words(bench)
    assert "finds  100 %  of the digits 1" in words(bench)
    assert "75 %  are right" in words(bench)


def test_at_least_is_the_other_side(bench):
    bench.rule.value = WIDE
    assert bench.threshold.description == "At least"
    assert bench.threshold.value == 8
    assert bench.verdicts.tolist() == [False, False, True, False, True]
    assert (bench.found, bench.precise) == (1 / 2, 1 / 2)
    bench.threshold.value = 12
    assert bench.verdicts.tolist() == [False, False, False, False, True]


def test_a_rule_that_names_nothing(bench):
    bench.rule.value = WIDE
    bench.threshold.value = bench.threshold.max
    assert not bench.verdicts.any()
    assert np.isnan(bench.precise)
    assert "none  is right" in words(bench)


def test_a_digit_narrows_the_choice_and_any_widens_it_again(bench):
    bench.place.value = 3
    bench.digit.value = 7
    assert (bench.place.value, bench.place.max, bench.index) == (1, 2, 3)
    bench.place.value = 2
    assert bench.index == 4
    # The shares are those of all images all the same.
    assert bench.found == 2 / 3
    bench.digit.value = "any"
    assert (bench.place.max, bench.index) == (5, 0)


def test_next_mistake_goes_round_and_says_when_there_is_none(bench):
    visited = []
    for _ in range(3):
        bench.next_mistake.click()
        visited.append(bench.index)
    assert visited == [2, 3, 2]
    bench.digit.value = 7
    bench.threshold.value = 3
    bench.next_mistake.click()
    assert bench.index == 3
    assert "no mistake" in words(bench)
    bench.digit.value = 1
    assert "no mistake" not in words(bench)


def test_another_stays_among_the_chosen(bench):
    bench.digit.value = 1
    seen = set()
    for _ in range(40):
        bench.another.click()
        seen.add(bench.index)
    assert seen == {0, 1, 2}


def test_the_drawing_marks_what_was_measured(bench):
    assert bench.picture.value.count('class="mark"') == 3 * 20
    assert "A handwritten 1, 60 pixels marked" in bench.picture.value
    bench.rule.value = WIDE
    assert 'class="mark"' not in bench.picture.value


def test_a_rule_is_measured_once():
    calls = []
    rule = Rule("counted", 1, lambda shape: calls.append(1) or 1, "at least", 1)
    bench = RuleBench(np.full((4, 28, 28), 255, np.uint8), np.ones(4, int), [rule])
    bench.threshold.value = 2
    bench.place.value = 3
    assert len(calls) == 4


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ValueError, match="at most or at least, found 'below'"):
        Rule("odd", 1, width, "below", 3)
    images = np.zeros((2, 28, 28), np.uint8)
    with pytest.raises(ValueError, match="each of 2 images: 1"):
        RuleBench(images, np.array([1]), [WIDE])
    with pytest.raises(ValueError, match="at least one rule"):
        RuleBench(images, np.array([1, 2]), [])


def test_marks_are_the_longest_run_and_the_columns():
    shape = np.zeros((28, 28), bool)
    shape[5, 10:14] = True
    shape[8, 2:8] = shape[8, 10:15] = True  # the longest of the first five rows
    shape[10, 3:20] = True  # longer, but too far down
    shape[20, 4:9] = True
    expected = np.zeros_like(shape)
    expected[8, 2:8] = True
    assert (bar_on_top(shape) == expected).all()
    expected = np.zeros_like(shape)
    expected[20, 4:9] = True
    assert (bar_below(shape) == expected).all()
    assert (columns_with_ink(shape).any(axis=0).nonzero()[0] == np.arange(2, 20)).all()
    assert columns_with_ink(shape).sum() == 18 * 28
