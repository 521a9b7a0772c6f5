"""The steps from a photograph to 28 x 28, each on its own."""

import cv2
import numpy as np
import pytest

from digitlib import photo
from digitlib.photo import Box


def stroke_on(paper: np.ndarray, ink: int) -> np.ndarray:
    """Draw a 2 on a copy of the paper."""
    drawn = paper.copy()
    cv2.putText(drawn, "2", (120, 160), cv2.FONT_HERSHEY_SIMPLEX, 4, ink, 8, cv2.LINE_AA)
    return drawn


def test_gray_is_what_opencv_calls_gray():
    color = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    np.testing.assert_array_equal(photo.to_gray(color), cv2.cvtColor(color, cv2.COLOR_BGR2GRAY))
    np.testing.assert_array_equal(photo.to_gray(color[..., 0]), color[..., 0])


@pytest.mark.parametrize(("paper", "ink"), [(230, 40), (40, 230)])
def test_ink_is_found_whichever_of_the_two_is_darker(paper, ink):
    gray = stroke_on(np.full((200, 320), paper, np.uint8), ink)
    found = photo.even_light(gray)
    assert found[gray == ink].min() > 150
    assert found[gray == paper].max() < 10


def test_a_shadow_over_half_the_sheet_is_not_ink():
    paper = np.tile(np.linspace(240, 120, 320).astype(np.uint8), (200, 1))
    # The ink in the light is as bright as the paper in the shadow.
    gray = stroke_on(paper, 60)
    mask = photo.threshold(photo.even_light(gray))
    expected = gray < paper - 40
    overlap = np.logical_and(mask > 0, expected).sum() / np.logical_or(mask > 0, expected).sum()
    assert overlap > 0.8


def test_the_grain_of_blank_paper_is_not_ink():
    grain = np.random.default_rng(0).normal(200, 8, (240, 320)).clip(0, 255).astype(np.uint8)
    assert photo.threshold(photo.even_light(grain)).max() == 0


def test_a_pencil_is_found_beside_a_dark_table():
    gray = stroke_on(np.full((200, 320), 220, np.uint8), 165)
    expected = gray < 200
    gray[:, :60] = 20
    mask = photo.threshold(photo.even_light(gray))[:, 80:]
    assert (mask[expected[:, 80:]] > 0).mean() > 0.9
    assert (mask > 0).mean() < 2 * expected[:, 80:].mean()


def test_a_hard_shadow_across_the_sheet_is_not_ink():
    gray = stroke_on(np.full((200, 320), 230, np.uint8), 60)
    expected = gray < 150
    gray[:, 170:] = gray[:, 170:] * 0.6
    mask = photo.threshold(photo.even_light(cv2.GaussianBlur(gray, (0, 0), 1)))
    overlap = np.logical_and(mask > 0, expected).sum() / np.logical_or(mask > 0, expected).sum()
    assert overlap > 0.7


def test_ruled_lines_are_erased_and_what_crosses_them_stays():
    digit = stroke_on(np.zeros((200, 320), np.uint8), 255)
    ruled = digit.copy()
    for row in (45, 105, 165):
        cv2.line(ruled, (0, row), (319, row + 6), 255, 2)
    clean = photo.remove_lines(ruled)
    assert (clean[digit > 0] > 0).mean() > 0.9
    assert (clean[digit == 0] > 0).sum() < 0.1 * (ruled[digit == 0] > 0).sum()


def test_a_digit_alone_has_no_lines_to_erase():
    digit = stroke_on(np.zeros((200, 320), np.uint8), 255)
    np.testing.assert_array_equal(photo.remove_lines(digit), digit)


def test_a_piece_of_a_line_goes_on_and_a_one_ends():
    ink = np.zeros((300, 300), np.uint8)
    cv2.line(ink, (100, 20), (100, 280), 120, 3)
    cv2.line(ink, (200, 120), (200, 180), 120, 3)
    mask = ink.copy()
    # The threshold let a piece of the line pass.
    mask[:120] = mask[181:] = 0
    assert photo.goes_on(ink, mask, Box(99, 120, 3, 61))
    assert not photo.goes_on(ink, mask, Box(199, 120, 3, 61))


def test_no_step_but_those_named_can_be_left_out():
    sheet = stroke_on(np.full((200, 320), 230, np.uint8), 30)
    with pytest.raises(ValueError, match="found 'magic'"):
        photo.find_digits(sheet, without="magic")


def mask_with(*boxes: Box, size=(300, 400)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    for box in boxes:
        mask[box.y : box.y + box.height, box.x : box.x + box.width] = 255
    return mask


def test_each_stroke_gets_an_upright_box():
    boxes = [Box(50, 60, 30, 60), Box(150, 70, 35, 55)]
    assert sorted(photo.find_boxes(mask_with(*boxes))) == boxes


def test_specks_dashes_and_edges_are_left_out():
    digit = Box(100, 100, 40, 60)
    speck, dash, edge = Box(20, 20, 2, 2), Box(200, 130, 60, 8), Box(0, 0, 400, 6)
    assert photo.find_boxes(mask_with(digit, speck, dash, edge)) == [digit]


def test_a_bar_close_above_is_part_of_the_digit():
    body, bar = Box(100, 100, 40, 60), Box(105, 88, 45, 8)
    assert photo.find_boxes(mask_with(body, bar)) == [Box(100, 88, 50, 72)]


def test_neighbors_stay_apart():
    left, right = Box(100, 100, 40, 60), Box(146, 100, 40, 60)
    assert sorted(photo.find_boxes(mask_with(left, right))) == [left, right]


def test_a_stroke_has_a_sharp_rim_and_a_shadow_has_none():
    stroke = np.zeros((100, 100), np.uint8)
    cv2.line(stroke, (50, 20), (50, 80), 200, 6)
    shadow = cv2.normalize(cv2.GaussianBlur(stroke, (0, 0), 12), None, 0, 200, cv2.NORM_MINMAX)
    for ink, sharp in ((stroke, True), (shadow, False)):
        mask = np.where(ink > ink.max() / 2, 255, 0).astype(np.uint8)
        box = Box(*cv2.boundingRect(mask))
        assert photo.has_sharp_rim(ink, mask, box) is sharp


def test_reading_order_goes_line_by_line():
    first = [Box(10, 10, 20, 40), Box(60, 14, 20, 40), Box(110, 8, 20, 40)]
    second = [Box(5, 80, 20, 40), Box(70, 84, 20, 40)]
    assert photo.reading_order([*second[::-1], *first[::-1]]) == [first, second]


def test_reading_order_follows_a_climbing_line():
    climbing = [Box(10 + 40 * step, 200 - 20 * step, 25, 40) for step in range(8)]
    assert photo.reading_order(climbing[::-1]) == [climbing]


@pytest.mark.parametrize("shape", [(100, 40), (40, 100), (7, 3), (20, 20), (1, 300)])
def test_the_longer_side_becomes_twenty(shape):
    fitted = photo.fit_into_20(np.full(shape, 200, np.uint8))
    assert max(fitted.shape) == 20
    assert fitted.shape[0] * shape[1] == pytest.approx(
        fitted.shape[1] * shape[0], abs=shape[1] * 20
    )


def test_the_ink_balances_in_the_middle():
    digit = np.zeros((20, 14), np.uint8)
    digit[:12, :9] = 250
    digit[12:, :3] = 120
    image = photo.center_by_mass(digit)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.sum() == digit.sum()
    moments = cv2.moments(image)
    assert moments["m10"] / moments["m00"] == pytest.approx(14, abs=0.51)
    assert moments["m01"] / moments["m00"] == pytest.approx(14, abs=0.51)


def test_digits_of_mnist_come_out_where_they_were(test_digits):
    for image in test_digits[0][:500]:
        x, y, width, height = cv2.boundingRect(image)
        found = photo.center_by_mass(image[y : y + height, x : x + width])
        np.testing.assert_array_equal(found, image)


def test_no_ink_is_placed_in_the_middle_too():
    assert photo.center_by_mass(np.zeros((20, 8), np.uint8)).shape == (28, 28)


def test_more_than_twenty_is_refused():
    with pytest.raises(ValueError, match="found 21 x 4"):
        photo.center_by_mass(np.zeros((21, 4), np.uint8))


def test_a_thin_stroke_becomes_as_wide_as_those_of_mnist():
    mask = np.zeros((300, 200), np.uint8)
    cv2.line(mask, (20, 20), (180, 280), 255, 3)
    box = Box(*cv2.boundingRect(mask))
    digit = photo.fit_into_20(photo.cut_out(mask, mask, box))
    # A diagonal crosses each row with its width divided by the cosine of its slope.
    across = digit[5:15].astype(float).sum(axis=1).mean() / 255
    assert 1.8 < across < 4


def test_the_strokes_of_a_neighbor_inside_the_box_are_left_out():
    mask = np.zeros((100, 100), np.uint8)
    mask[20:80, 40:50] = 255
    ink = mask.copy()
    ink[40:60, 55:60] = 90  # smudge that the threshold left out
    assert photo.cut_out(ink, mask, Box(40, 20, 25, 60)).shape[1] >= 25
    assert photo.cut_out(ink, mask, Box(40, 20, 25, 60))[25, -4] == 0


def test_boxes_are_in_pixels_of_the_photograph():
    small = stroke_on(np.full((200, 320), 230, np.uint8), 30)
    large = cv2.resize(small, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    (found,), (found_large,) = photo.find_digits(small), photo.find_digits(large)
    assert np.array(found_large.box) / 8 == pytest.approx(np.array(found.box), abs=2)
