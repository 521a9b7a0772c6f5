"""From gray values to strokes."""

import cv2
import numpy as np
import pytest

from digitlib.reading import binarize
from tests.pictures import stroke_on


def test_gray_is_what_opencv_calls_gray():
    color = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    np.testing.assert_array_equal(binarize.to_gray(color), cv2.cvtColor(color, cv2.COLOR_BGR2GRAY))
    np.testing.assert_array_equal(binarize.to_gray(color[..., 0]), color[..., 0])


@pytest.mark.parametrize(("paper", "ink"), [(230, 40), (40, 230)])
def test_ink_is_found_whichever_of_the_two_is_darker(paper, ink):
    gray = stroke_on(np.full((200, 320), paper, np.uint8), ink)
    found = binarize.even_light(gray)
    assert found[gray == ink].min() > 150
    assert found[gray == paper].max() < 10


def test_a_shadow_over_half_the_sheet_is_not_ink():
    paper = np.tile(np.linspace(240, 120, 320).astype(np.uint8), (200, 1))
    # The ink in the light is as bright as the paper in the shadow.
    gray = stroke_on(paper, 60)
    mask = binarize.threshold(binarize.even_light(gray))
    expected = gray < paper - 40
    overlap = np.logical_and(mask > 0, expected).sum() / np.logical_or(mask > 0, expected).sum()
    assert overlap > 0.8


def test_the_grain_of_blank_paper_is_not_ink():
    grain = np.random.default_rng(0).normal(200, 8, (240, 320)).clip(0, 255).astype(np.uint8)
    assert binarize.threshold(binarize.even_light(grain)).max() == 0


def test_a_pencil_is_found_beside_a_dark_table():
    gray = stroke_on(np.full((200, 320), 220, np.uint8), 165)
    expected = gray < 200
    gray[:, :60] = 20
    mask = binarize.threshold(binarize.even_light(gray))[:, 80:]
    assert (mask[expected[:, 80:]] > 0).mean() > 0.9
    assert (mask > 0).mean() < 2 * expected[:, 80:].mean()


def test_a_hard_shadow_across_the_sheet_is_not_ink():
    gray = stroke_on(np.full((200, 320), 230, np.uint8), 60)
    expected = gray < 150
    gray[:, 170:] = gray[:, 170:] * 0.6
    mask = binarize.threshold(binarize.even_light(cv2.GaussianBlur(gray, (0, 0), 1)))
    overlap = np.logical_and(mask > 0, expected).sum() / np.logical_or(mask > 0, expected).sum()
    assert overlap > 0.7
