"""Varied images are new, plausible, and the same for the same seed."""

import numpy as np

from digitlib.training.augment import augment


def test_the_same_seed_gives_the_same_images(test_digits):
    images = test_digits[0][:20]
    first, second = (augment(images, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == images.shape
    assert first.dtype == np.uint8


def test_the_given_images_stay_as_they_are(test_digits):
    images = test_digits[0][:20].copy()
    varied = augment(images, np.random.default_rng(0))
    np.testing.assert_array_equal(images, test_digits[0][:20])
    assert (varied != images).any(axis=(1, 2)).all()


def test_nothing_to_vary_gives_the_same_images(test_digits):
    images = test_digits[0][:20]
    still = augment(
        images, np.random.default_rng(0), rotation=0, shear=0, scale=0, shift=0, stroke=0
    )
    np.testing.assert_array_equal(still, images)


def test_a_turn_keeps_the_middle_where_it_is():
    dot = np.zeros((50, 28, 28), np.uint8)
    dot[:, 13:15, 13:15] = 255
    turned = augment(dot, np.random.default_rng(0), rotation=90, shift=0, shear=0, stroke=0)
    rows, columns = np.indices((28, 28))
    weights = turned.reshape(50, -1) / turned.sum(axis=(1, 2))[:, None]
    assert np.abs(weights @ rows.ravel() - 13.5).max() < 0.2
    assert np.abs(weights @ columns.ravel() - 13.5).max() < 0.2


def test_the_network_still_knows_the_varied_digits(recognizer, test_digits):
    images, labels = test_digits
    varied = augment(images[:2000], np.random.default_rng(0))
    answers = recognizer.predict(varied).argmax(axis=1)
    assert np.mean(answers == labels[:2000]) > 0.97
