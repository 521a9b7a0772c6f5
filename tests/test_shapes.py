"""Boxes round strokes, what is no stroke, and the order of reading."""

import cv2
import numpy as np

from digitlib import shapes
from digitlib.shapes import Box


def test_a_piece_of_a_line_goes_on_and_a_one_ends():
    ink = np.zeros((300, 300), np.uint8)
    cv2.line(ink, (100, 20), (100, 280), 120, 3)
    cv2.line(ink, (200, 120), (200, 180), 120, 3)
    mask = ink.copy()
    # The threshold let a piece of the line pass.
    mask[:120] = mask[181:] = 0
    assert shapes.goes_on(ink, mask, Box(99, 120, 3, 61))
    assert not shapes.goes_on(ink, mask, Box(199, 120, 3, 61))


def mask_with(*boxes: Box, size=(300, 400)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    for box in boxes:
        mask[box.y : box.y + box.height, box.x : box.x + box.width] = 255
    return mask


def test_each_stroke_gets_an_upright_box():
    boxes = [Box(50, 60, 30, 60), Box(150, 70, 35, 55)]
    assert sorted(shapes.find_boxes(mask_with(*boxes))) == boxes


def test_specks_dashes_and_edges_are_left_out():
    digit = Box(100, 100, 40, 60)
    speck, dash, edge = Box(20, 20, 2, 2), Box(200, 130, 60, 8), Box(0, 0, 400, 6)
    assert shapes.find_boxes(mask_with(digit, speck, dash, edge)) == [digit]


def test_a_bar_close_above_is_part_of_the_digit():
    body, bar = Box(100, 100, 40, 60), Box(105, 88, 45, 8)
    assert shapes.find_boxes(mask_with(body, bar)) == [Box(100, 88, 50, 72)]


def test_neighbors_stay_apart():
    left, right = Box(100, 100, 40, 60), Box(146, 100, 40, 60)
    assert sorted(shapes.find_boxes(mask_with(left, right))) == [left, right]


def test_a_stroke_has_a_sharp_rim_and_a_shadow_has_none():
    stroke = np.zeros((100, 100), np.uint8)
    cv2.line(stroke, (50, 20), (50, 80), 200, 6)
    shadow = cv2.normalize(cv2.GaussianBlur(stroke, (0, 0), 12), None, 0, 200, cv2.NORM_MINMAX)
    for ink, sharp in ((stroke, True), (shadow, False)):
        mask = np.where(ink > ink.max() / 2, 255, 0).astype(np.uint8)
        box = Box(*cv2.boundingRect(mask))
        assert shapes.has_sharp_rim(ink, mask, box) is sharp


def test_reading_order_goes_line_by_line():
    first = [Box(10, 10, 20, 40), Box(60, 14, 20, 40), Box(110, 8, 20, 40)]
    second = [Box(5, 80, 20, 40), Box(70, 84, 20, 40)]
    assert shapes.reading_order([*second[::-1], *first[::-1]]) == [first, second]


def test_reading_order_follows_a_climbing_line():
    climbing = [Box(10 + 40 * step, 200 - 20 * step, 25, 40) for step in range(8)]
    assert shapes.reading_order(climbing[::-1]) == [climbing]


def test_a_stroke_lies_on_paper_and_the_edge_of_the_sheet_does_not():
    gray = np.full((300, 400), 210, np.uint8)
    gray[:, :90] = 60  # the table
    gray[:, 90:100] = 30  # the shadow between table and sheet
    cv2.line(gray, (250, 60), (250, 240), 30, 10)
    mask = np.where(gray == 30, np.uint8(255), np.uint8(0))
    assert shapes.lies_on_paper(gray, mask, Box(245, 55, 11, 190))
    assert not shapes.lies_on_paper(gray, mask, Box(90, 0, 10, 300))


def test_a_ring_lies_on_paper_and_the_rim_of_a_disk_does_not():
    ring = np.full((200, 200), 210, np.uint8)
    cv2.circle(ring, (100, 100), 60, 40, 14)
    mask = np.where(ring < 100, np.uint8(255), np.uint8(0))
    disk = ring.copy()
    cv2.circle(disk, (100, 100), 50, 70, -1)
    box = Box(*cv2.boundingRect(mask))
    assert shapes.lies_on_paper(ring, mask, box)
    assert not shapes.lies_on_paper(disk, mask, box)


def test_remains_of_lines_are_left_out_of_the_digit_beside_them():
    digit, dash, bar = Box(10, 10, 40, 60), Box(15, 75, 30, 3), Box(12, 0, 35, 6)
    lies = {digit, shapes.bounding_box([digit, bar])}
    assert shapes.leave_out_lines([[dash, digit, bar], [dash]], lies.__contains__) == [
        [digit, bar],
        [dash],
    ]
    whole = [digit, dash]
    lies.add(shapes.bounding_box(whole))
    assert shapes.leave_out_lines([whole], lies.__contains__) == [whole]


def test_a_stroke_across_the_edge_of_a_shadow_lies_on_paper():
    gray = np.full((200, 200), 220, np.uint8)
    cv2.line(gray, (100, 30), (100, 170), 90, 8)
    mask = np.where(gray < 150, np.uint8(255), np.uint8(0))
    gray[100:] = gray[100:] * 0.65
    assert shapes.lies_on_paper(gray, mask, Box(*cv2.boundingRect(mask)))


def test_a_ring_half_in_a_deep_shadow_lies_on_paper():
    gray = np.full((200, 200), 220, np.uint8)
    cv2.circle(gray, (100, 100), 60, 40, 14)
    mask = np.where(gray < 100, np.uint8(255), np.uint8(0))
    gray[:, 90:] = gray[:, 90:] * 0.45
    assert shapes.lies_on_paper(gray, mask, Box(*cv2.boundingRect(mask)))


def test_a_finger_comes_into_the_picture_and_a_one_stands_in_it():
    finger, one = Box(0, 100, 120, 40), Box(250, 60, 20, 120)
    mask = mask_with(finger, one)
    assert shapes.leaves_picture(mask, finger)
    assert not shapes.leaves_picture(mask, one)


def test_a_one_that_fills_the_picture_is_no_finger():
    one = Box(20, 0, 20, 120)
    assert not shapes.leaves_picture(mask_with(one, size=(120, 60)), one)
