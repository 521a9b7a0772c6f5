"""The widget that drags a filter over a digit: what it computes, and what it refuses."""

import numpy as np
import pytest
import traitlets
from scipy.signal import correlate2d

from digitlib.course.widgets import SlidingFilter
from digitlib.course.widgets.sliding import PADDINGS, STRIDES

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


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("name", FILTERS)
def test_each_sum_is_that_of_a_cross_correlation(desk, name, stride, padding):
    desk.filter, desk.stride, desk.padding = name, stride, padding
    framed = np.pad(DIGITS["a"].astype(float), padding)
    expected = correlate2d(framed, FILTERS[name], mode="valid")[::stride, ::stride]
    np.testing.assert_allclose(desk.feature_map, expected)
    height, width = expected.shape
    for row, column in [(0, 0), (3, 5), (height - 1, width - 1)]:
        desk.row, desk.column = row, column
        assert desk.total == pytest.approx(expected[row, column])
        assert desk.products.shape == FILTERS[name].shape


def test_sums_do_not_overflow_the_bytes_of_the_digit(desk):
    desk.digit = "b"
    desk.filter = "lopsided"
    assert desk.total == 255 * LOPSIDED.sum() > 2**15


def test_a_place_that_the_new_map_lacks_is_left_for_its_last_one(desk):
    desk.row = desk.column = 99
    assert (desk.row, desk.column) == (25, 25)
    desk.stride = 2
    assert (desk.row, desk.column) == (12, 12)
    desk.row = -1
    assert desk.row == 0


def test_what_is_chosen_first_may_be_told(desk):
    assert (desk.digit, desk.filter) == ("a", "upper rim")
    other = SlidingFilter(DIGITS, FILTERS, digit="b", filter="halves", stride=3, row=99)
    assert (other.digit, other.filter, other.row) == ("b", "halves", 8)


@pytest.mark.parametrize("change", [("digit", "c"), ("filter", "a"), ("stride", 4), ("padding", 3)])
def test_what_is_not_offered_is_refused(desk, change):
    name, value = change
    with pytest.raises(traitlets.TraitError, match=r"[Ee]xpected|one of"):
        setattr(desk, name, value)


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
