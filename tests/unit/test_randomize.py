"""Digits as other pens and cameras give them, and shapes that are no digits."""

import cv2
import numpy as np
import pytest

from digitlib.training import negatives, randomize, thinning


@pytest.fixture(scope="module")
def others(test_digits):
    images, labels = test_digits
    rng = np.random.default_rng(0)
    return negatives.negatives(1500, images, labels, rng, held_out_fonts=True)


def test_the_same_seed_gives_the_same_images(test_digits):
    images, labels = test_digits[0][:50], test_digits[1][:50]
    for make in (
        lambda rng: randomize.randomize(images, labels, rng),
        lambda rng: negatives.negatives(50, images, labels, rng),
    ):
        first, second, other = (make(np.random.default_rng(seed)) for seed in (7, 7, 8))
        np.testing.assert_array_equal(first, second)
        assert first.shape == (50, 28, 28)
        assert first.dtype == np.uint8
        assert (first != other).any()


def test_the_given_digits_stay_as_they_are(test_digits):
    images, labels = test_digits[0][:50].copy(), test_digits[1][:50]
    randomize.randomize(images, labels, np.random.default_rng(0))
    negatives.negatives(50, images, labels, np.random.default_rng(0))
    np.testing.assert_array_equal(images, test_digits[0][:50])


def test_the_network_knows_the_randomized_digits(recognizer, test_digits):
    images, labels = test_digits[0][:2000], test_digits[1][:2000]
    varied = randomize.randomize(images, labels, np.random.default_rng(0))
    assert np.mean(recognizer.predict(varied).argmax(axis=1) == labels) > 0.96


def test_the_network_is_not_sure_of_shapes_in_fonts_it_never_saw(recognizer, others):
    assert np.mean(recognizer.predict(others).max(axis=1) < 0.5) > 0.95


def test_the_network_is_sure_of_digits(recognizer, test_digits):
    assert np.mean(recognizer.predict(test_digits[0]).max(axis=1) >= 0.5) > 0.98


def test_the_shapes_are_in_the_form_of_mnist(others):
    filled = others[others.max(axis=(1, 2)) > 0]
    assert len(filled) > 0.98 * len(others)
    moments = [cv2.moments(image) for image in filled]
    rows = np.array([moment["m01"] / moment["m00"] for moment in moments])
    assert np.percentile(np.abs(rows - 14), 95) < 3


def test_what_a_person_could_take_for_a_digit_is_no_negative():
    never = set("OolISsZzBbqgyiJjQDG0123456789") | set(negatives.LOOKALIKES)
    assert not never & set(negatives.LETTERS + negatives.GREEK)


def test_lookalikes_come_with_the_digit_that_they_look_like():
    images, digits = negatives.lookalikes(60, np.random.default_rng(7))
    again, _ = negatives.lookalikes(60, np.random.default_rng(7))
    np.testing.assert_array_equal(images, again)
    assert images.shape == (60, 28, 28)
    assert images.dtype == np.uint8
    assert set(digits.tolist()) <= set(negatives.LOOKALIKES.values())
    assert negatives.lookalikes(0, np.random.default_rng(7))[0].shape == (0, 28, 28)


def test_the_network_calls_few_lookalikes_a_digit_and_then_the_right_one(recognizer):
    images, digits = negatives.lookalikes(1000, np.random.default_rng(7))
    numbers = recognizer.predict(images)
    claimed = numbers.max(axis=1) >= 0.5
    assert np.mean(claimed) < 0.4
    assert np.mean(numbers.argmax(axis=1)[claimed] == digits[claimed]) > 0.6


def test_a_thinned_shape_is_one_pixel_wide_and_in_one_piece():
    shape = np.zeros((1, 64, 64), bool)
    shape[0, 10:54, 20:30] = shape[0, 44:54, 20:50] = True
    line = np.uint8(thinning.thinned(shape)[0])
    count, _ = cv2.connectedComponents(line)
    assert count == 2  # the ground and one line
    blocks = line[:-1, :-1] & line[1:, :-1] & line[:-1, 1:] & line[1:, 1:]
    assert not blocks.any()
    assert 45 < (line > 0).sum() < 85
