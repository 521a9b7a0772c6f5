"""All steps from a photograph to 28 x 28."""

import cv2
import numpy as np
import pytest

from digitlib.reading import photo
from digitlib.training.paper import photograph
from tests.pictures import stroke_on


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_digits_on_paper_alone_are_found_in_reading_order(recognizer, test_digits, light_on_dark):
    images, labels = test_digits
    lines = [images[:3], images[3:5]]
    picture = photograph(lines, np.random.default_rng(0), light_on_dark=light_on_dark)
    found = photo.find_digits(picture)
    assert [cutout.line for cutout in found] == [0, 0, 0, 1, 1]
    answers = recognizer.predict(np.stack([cutout.image for cutout in found]))
    assert answers.argmax(axis=1).tolist() == labels[:5].tolist()


def test_boxes_are_in_pixels_of_the_photograph():
    small = stroke_on(np.full((200, 320), 230, np.uint8), 30)
    large = cv2.resize(small, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    (found,), (found_large,) = photo.find_digits(small), photo.find_digits(large)
    assert np.array(found_large.box) / 8 == pytest.approx(np.array(found.box), abs=2)


def test_on_blank_paper_nothing_is_found():
    assert photo.find_digits(photograph([], np.random.default_rng(0), shadow=0.7)) == []
