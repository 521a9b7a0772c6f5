"""The widget that drags a filter over a digit: what it computes, what it shows, what it refuses."""

import re

import numpy as np
import pytest
from scipy.signal import correlate2d

from digitlib.course.sliding import PADDINGS, STRIDES, SlidingFilter

UPPER = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
LOPSIDED = np.arange(25).reshape(5, 5) - 3
DIGITS = {
    "a": np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8),
    "b": np.full((28, 28), 255, np.uint8),
}
FILTERS = {"upper rim": UPPER, "lopsided": LOPSIDED, "halves": UPPER / 2}


@pytest.fixture
def desk():
    return SlidingFilter(DIGITS, FILTERS)


def drawing(desk):
    return desk.children[-1].value


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("name", FILTERS)
def test_each_sum_is_that_of_a_cross_correlation(desk, name, stride, padding):
    desk.filter.value, desk.stride.value, desk.padding.value = name, stride, padding
    framed = np.pad(DIGITS["a"].astype(float), padding)
    expected = correlate2d(framed, FILTERS[name], mode="valid")[::stride, ::stride]
    np.testing.assert_allclose(desk.feature_map, expected)
    assert (desk.row.max + 1, desk.column.max + 1) == expected.shape
    for row, column in [(0, 0), (3, 5), (desk.row.max, desk.column.max)]:
        desk.row.value, desk.column.value = row, column
        assert desk.total == pytest.approx(expected[row, column])
        assert desk.products.shape == FILTERS[name].shape


def test_sums_do_not_overflow_the_bytes_of_the_digit(desk):
    desk.digit.value = "b"
    desk.filter.value = "lopsided"
    assert desk.total == 255 * LOPSIDED.sum() > 2**15


def test_the_map_is_filled_up_to_the_place_that_was_chosen(desk):
    assert desk.filled.sum() == 1
    desk.row.value, desk.column.value = 2, 4
    assert desk.filled.sum() == 2 * 26 + 5
    assert desk.filled[2, 4] and not desk.filled[2, 5]
    desk.row.value, desk.column.value = desk.row.max, desk.column.max
    assert desk.filled.all()


def test_next_place_goes_row_by_row_and_begins_again(desk):
    desk.column.value = 25
    desk.next_place.click()
    assert (desk.row.value, desk.column.value) == (1, 0)
    desk.row.value, desk.column.value = 25, 25
    desk.next_place.click()
    assert (desk.row.value, desk.column.value) == (0, 0)


def test_a_place_that_the_new_map_lacks_is_left_for_its_last_one(desk):
    desk.row.value = desk.column.value = 25
    desk.stride.value = 2
    assert (desk.row.value, desk.column.value) == (12, 12)
    assert "Row 12, column 12 of a map of 13 × 13" in drawing(desk)


def test_what_is_drawn_is_said_as_well(desk):
    desk.padding.value = 1
    assert "the window lies on rows −1 to 1, columns −1 to 1 of the digit" in drawing(desk)
    said = re.search(r'role="img" aria-label="([^"]+)"', drawing(desk)).group(1)
    assert said.endswith(f"Sum of the 9 products: {desk.total}.".replace("-", "−"))
    # Five of the nine pixels belong to the frame.
    assert drawing(desk).split('<figure class="')[2].count('fill="none" stroke-dasharray') == 5


@pytest.mark.parametrize("change", [("digit", "b"), ("filter", "lopsided"), ("row", 9)])
def test_every_control_redraws_once(desk, change):
    drawn = []
    desk.children[-1].observe(drawn.append, "value")
    name, value = change
    getattr(desk, name).value = value
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("digits", "filters"),
    [
        ({}, FILTERS),
        (DIGITS, {}),
        ({"decimal": DIGITS["a"] / 255}, FILTERS),
        ({"colored": np.zeros((28, 28, 3), np.uint8)}, FILTERS),
        (DIGITS, {"flat": np.ones((3, 5))}),
        (DIGITS, {"large": np.ones((7, 7))}),
        ({"tiny": np.zeros((2, 2), np.uint8)}, FILTERS),
    ],
)
def test_refuses_what_cannot_be_slid(digits, filters):
    with pytest.raises(ValueError, match="expected"):
        SlidingFilter(digits, filters)
