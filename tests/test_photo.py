"""All steps from a photograph to 28 x 28."""

import cv2
import numpy as np
import pytest

import digitlib
from digitlib import photo
from digitlib.scenes import draw_scene
from tests.pictures import stroke_on


def test_no_step_but_those_named_can_be_left_out():
    sheet = stroke_on(np.full((200, 320), 230, np.uint8), 30)
    with pytest.raises(ValueError, match="found 'magic'"):
        photo.find_digits(sheet, without="magic")


def test_boxes_are_in_pixels_of_the_photograph():
    small = stroke_on(np.full((200, 320), 230, np.uint8), 30)
    large = cv2.resize(small, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    (found,), (found_large,) = photo.find_digits(small), photo.find_digits(large)
    assert np.array(found_large.box) / 8 == pytest.approx(np.array(found.box), abs=2)


def test_an_eight_on_squared_paper_is_read_though_a_line_ends_below_it(recognizer):
    (images, labels), _ = digitlib.load_mnist()
    chance = np.random.default_rng([901, 0, 3, 1395])
    scene = draw_scene("single", 3, chance, images[-10_000:], labels[-10_000:])
    assert scene.what == "pencil on squared paper"
    assert [str(reading.digit) for reading in recognizer.read(scene.image)] == list(*scene.lines)
