"""What people hold up is read: faults that were mended stay mended."""

import cv2
import numpy as np
import pytest

from benchmarks.situations import KINDS, draw
from digitlib.training.paper import photograph

PICTURES = 16

# Pictures of a kind, of sixteen, that are read whole at least; a few less than are read today.
LEAST = {
    "circled": 13,
    "cells": 13,
    "ruled": 13,
    "squared": 13,
    "long number": 11,
    "close lines": 12,
    "tight crop": 14,
    "tablet": 14,
    "equation": 10,
    "words": 5,
    "national forms": 14,
    "touching": 9,
    "room": 9,
    "turned": 12,
}
MOST_CLAIMS = 5


@pytest.fixture(scope="module")
def pictures_of(recognizer, test_digits):
    """Draw pictures of a kind with digits that the network knows when they stand alone."""
    images, labels = test_digits
    sure = recognizer.predict(images)[np.arange(len(labels)), labels] > 0.95

    def drawn(kind: str):
        for seed in range(PICTURES):
            yield draw(kind, np.random.default_rng([5, seed]), images[sure], labels[sure])

    return drawn


def test_each_kind_has_a_bound():
    assert {*LEAST, "clutter"} == set(KINDS)


@pytest.mark.parametrize("kind", LEAST)
def test_pictures_of_a_kind_are_read_whole(recognizer, pictures_of, kind):
    right = sum(
        recognizer.read(picture.image).text().replace("\n", "") == "".join(picture.lines)
        for picture in pictures_of(kind)
    )
    print(f"\n{kind}: {right} of {PICTURES}")
    assert right >= LEAST[kind]


def test_little_is_claimed_where_there_is_no_digit(recognizer, pictures_of):
    claims = sum(
        any(reading.confidence >= 0.5 for reading in recognizer.read(picture.image))
        for picture in pictures_of("clutter")
    )
    print(f"\nclutter: {claims} of {PICTURES}")
    assert claims <= MOST_CLAIMS


def test_a_number_is_read_on_ruled_paper_of_every_width(recognizer, test_digits):
    """Lines of one pixel used to stay where a picture's width gave their places halves."""
    images, labels = test_digits
    right = []
    for width in (600, 640, 700, 800, 900, 1000, 1100, 1400):
        page = photograph(
            [images[:4]], np.random.default_rng(0), width=width, height=width * 3 // 4,
            digit_height=width // 6, tilt=0,
        )  # fmt: skip
        for row in range(width // 12, width * 3 // 4, width // 12):
            cv2.line(page, (0, row), (width, row), (150, 130, 120), 1)
        right.append(recognizer.read(page).text() == "".join(map(str, labels[:4])))
    assert np.mean(right) >= 0.75
