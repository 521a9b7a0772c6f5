"""The widget that turns a threshold: what it hands to the page, and what it refuses."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from digitlib.course.widgets import ThresholdPanel
from digitlib.course.widgets.threshold import SHEET_COLUMNS, SHOWN

THRESHOLDS = (0.01, 0.5, 0.99)


@pytest.fixture(scope="module")
def said():
    """Made-up probabilities of 2,000 images, their labels, and the images."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(2_000) % 10)
    probabilities = 0.3 * rng.dirichlet(np.full(10, 0.05), len(labels))
    probabilities += 0.7 * np.eye(10)[np.where(rng.random(2_000) < 0.9, labels, 3)]
    return probabilities, labels, rng.integers(0, 256, (2_000, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def panel(said):
    return ThresholdPanel(*said, THRESHOLDS)


def test_it_begins_in_the_middle_with_a_nine(panel, said):
    assert (panel.digit, panel.place) == (9, 1)
    other = ThresholdPanel(*said, THRESHOLDS, digit=3, place=99)
    assert (other.digit, other.place) == (3, 2)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("digit", range(10))
def test_nothing_that_counts_is_left_out(panel, said, digit, threshold):
    probabilities, labels, _ = said
    called, shows_it = probabilities[:, digit] >= threshold, labels == digit
    held = panel.digits[digit]
    assert held["sure"] + len(held["own"]) == shows_it.sum()
    missed = [row[0] for row in held["own"] if row[0] < threshold]
    let_in = [row[:2] for row in held["others"] if row[0] >= threshold]
    assert missed == probabilities[~called & shows_it, digit].tolist()
    others = called & ~shows_it
    assert let_in == [
        list(row) for row in zip(probabilities[others, digit], labels[others], strict=True)
    ]


def test_the_first_mistakes_have_their_images_in_the_sheet(panel, said):
    probabilities, labels, images = said
    packed = base64.b64decode(panel.sheet.removeprefix("data:image/png;base64,"))
    sheet = np.asarray(Image.open(io.BytesIO(packed)))
    assert sheet.shape == (28 * panel.sheet_rows, 28 * SHEET_COLUMNS)
    for threshold in THRESHOLDS:
        places = [row for row in panel.digits[3]["others"] if row[0] >= threshold][:SHOWN]
        wrong = (probabilities[:, 3] >= threshold) & (labels != 3)
        for (_, _, place), index in zip(places, np.flatnonzero(wrong), strict=False):
            row, column = divmod(place, SHEET_COLUMNS)
            found = sheet[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
            # Kept in steps of 8.
            assert np.abs(found.astype(int) - images[index]).max() <= 4


def test_images_may_be_decimal_and_have_a_channel(said, panel):
    probabilities, labels, images = said
    decimal = (images / 255).astype("float32")[..., np.newaxis]
    assert ThresholdPanel(probabilities, labels, decimal, THRESHOLDS).sheet == panel.sheet


def test_refuses_what_does_not_fit(said):
    probabilities, labels, images = said
    for given in (
        (probabilities[:, :9], labels, images, THRESHOLDS),
        (probabilities, labels[:-1], images, THRESHOLDS),
        (probabilities, labels, images[:-1], THRESHOLDS),
        (probabilities, np.zeros_like(labels), images, THRESHOLDS),
        (probabilities, labels, images, ()),
        (probabilities, labels, images, (0.5, 0.5)),
    ):
        with pytest.raises(ValueError, match="expected"):
            ThresholdPanel(*given)
