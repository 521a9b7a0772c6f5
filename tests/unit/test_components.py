"""Boxes round strokes, and the order of reading."""

import numpy as np

from digitlib.reading import components
from digitlib.reading.components import Box


def mask_with(*boxes: Box, size=(300, 400)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    for box in boxes:
        mask[box.y : box.y + box.height, box.x : box.x + box.width] = 255
    return mask


def test_each_stroke_gets_an_upright_box():
    boxes = [Box(50, 60, 30, 60), Box(150, 70, 35, 55)]
    assert sorted(components.find_boxes(mask_with(*boxes))) == boxes


def test_specks_and_dashes_are_left_out():
    digit, speck, dash = Box(100, 100, 40, 60), Box(20, 20, 2, 2), Box(200, 130, 60, 8)
    assert components.find_boxes(mask_with(digit, speck, dash)) == [digit]


def test_where_there_is_no_stroke_there_is_no_box():
    assert components.find_boxes(mask_with()) == []


def test_a_bar_close_above_is_part_of_the_digit():
    body, bar = Box(100, 100, 40, 60), Box(105, 88, 45, 8)
    assert components.find_boxes(mask_with(body, bar)) == [Box(100, 88, 50, 72)]


def test_digits_of_two_lines_stay_apart():
    upper, lower = Box(100, 60, 40, 60), Box(105, 140, 40, 60)
    assert sorted(components.find_boxes(mask_with(upper, lower))) == [upper, lower]


def test_neighbors_stay_apart():
    left, right = Box(100, 100, 40, 60), Box(146, 100, 40, 60)
    assert sorted(components.find_boxes(mask_with(left, right))) == [left, right]


def test_reading_order_goes_line_by_line():
    first = [Box(10, 10, 20, 40), Box(60, 14, 20, 40), Box(110, 8, 20, 40)]
    second = [Box(5, 80, 20, 40), Box(70, 84, 20, 40)]
    assert components.reading_order([*second[::-1], *first[::-1]]) == [first, second]


def test_reading_order_follows_a_climbing_line():
    climbing = [Box(10 + 40 * step, 200 - 20 * step, 25, 40) for step in range(8)]
    assert components.reading_order(climbing[::-1]) == [climbing]
