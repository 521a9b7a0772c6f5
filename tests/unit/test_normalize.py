"""From a shape to MNIST's own form."""

import cv2
import numpy as np
import pytest

from digitlib.reading import normalize
from digitlib.reading.components import Box


@pytest.mark.parametrize("shape", [(100, 40), (40, 100), (7, 3), (20, 20), (1, 300)])
def test_the_longer_side_becomes_twenty(shape):
    fitted = normalize.fit_into_20(np.full(shape, 200, np.uint8))
    assert max(fitted.shape) == 20
    assert fitted.shape[0] * shape[1] == pytest.approx(
        fitted.shape[1] * shape[0], abs=shape[1] * 20
    )


def test_the_ink_balances_in_the_middle():
    digit = np.zeros((20, 14), np.uint8)
    digit[:12, :9] = 250
    digit[12:, :3] = 120
    image = normalize.center_by_mass(digit)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.sum() == digit.sum()
    moments = cv2.moments(image)
    assert moments["m10"] / moments["m00"] == pytest.approx(14, abs=0.51)
    assert moments["m01"] / moments["m00"] == pytest.approx(14, abs=0.51)


def test_digits_of_mnist_come_out_where_they_were(test_digits):
    for image in test_digits[0][:500]:
        x, y, width, height = cv2.boundingRect(image)
        found = normalize.center_by_mass(image[y : y + height, x : x + width])
        np.testing.assert_array_equal(found, image)


def test_no_ink_is_placed_in_the_middle_too():
    assert normalize.center_by_mass(np.zeros((20, 8), np.uint8)).shape == (28, 28)


def test_more_than_twenty_is_refused():
    with pytest.raises(ValueError, match="found 21 x 4"):
        normalize.center_by_mass(np.zeros((21, 4), np.uint8))


def test_a_thin_stroke_becomes_as_wide_as_those_of_mnist():
    mask = np.zeros((300, 200), np.uint8)
    cv2.line(mask, (20, 20), (180, 280), 255, 3)
    box = Box(*cv2.boundingRect(mask))
    digit = normalize.fit_into_20(normalize.cut_out(mask, mask, box))
    # A diagonal crosses each row with its width divided by the cosine of its slope.
    across = digit[5:15].astype(float).sum(axis=1).mean() / 255
    assert 1.8 < across < 4


def test_the_strokes_of_a_neighbor_inside_the_box_are_left_out():
    mask = np.zeros((100, 100), np.uint8)
    mask[20:80, 40:50] = 255
    ink = mask.copy()
    ink[40:60, 55:60] = 90  # smudge that the threshold left out
    assert normalize.cut_out(ink, mask, Box(40, 20, 25, 60)).shape[1] >= 25
    assert normalize.cut_out(ink, mask, Box(40, 20, 25, 60))[25, -4] == 0


def test_what_reaches_into_the_box_from_a_neighbor_is_left_out_unless_asked_for():
    mask = np.zeros((100, 100), np.uint8)
    mask[20:80, 40:46] = 255
    mask[30:36, 56:95] = 255  # the neighbor's arm
    box = Box(40, 20, 25, 60)
    assert normalize.cut_out(mask, mask, box, thicken=False)[:, 16:].max() == 0
    window = mask[20:80, 40:65]
    assert normalize.cut_out(mask, mask, box, strokes=window, thicken=False)[12, 20] == 255
