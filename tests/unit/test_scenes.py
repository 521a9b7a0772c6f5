"""Photographs made to order: what is said to be written there is written there."""

import cv2
import numpy as np
import pytest

from digitlib.training import scenes
from digitlib.training.scenes import GLYPH, KINDS, NEGATIVES, SEVERITIES, draw_scene
from digitlib.training.thinning import thinned


def drawn(kind, severity, seed, digits):
    return draw_scene(kind, severity, np.random.default_rng(seed), *digits)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_scene_is_a_photograph_with_its_lines(kind, severity, test_digits):
    rows = {"single": {1}, "number": {1}, "lines": {2, 3, 4}, "negative": {0}}[kind]
    lengths = {"single": {1}, "number": {4}, "lines": {3, 4, 5}, "negative": set()}[kind]
    for seed in range(2):
        scene = drawn(kind, severity, seed, test_digits)
        assert scene.image.dtype == np.uint8
        assert scene.image.ndim == 3
        assert scene.image.shape[2] == 3
        assert 20 < min(scene.image.shape[:2]) <= max(scene.image.shape[:2]) <= 1600
        assert len(scene.lines) in rows
        assert {len(line) for line in scene.lines} <= lengths
        assert all(line.isdigit() for line in scene.lines)
        assert (scene.kind, scene.severity) == (kind, severity)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_scene(kind, test_digits):
    first, second, other = (drawn(kind, 4, seed, test_digits) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.image, second.image)
    assert (first.lines, first.what) == (second.lines, second.what)
    assert first.image.shape != other.image.shape or (first.image != other.image).any()


def test_only_the_given_digits_are_written(test_digits):
    images, labels = test_digits
    sevens = labels == 7
    scene = drawn("lines", 3, 0, (images[sevens], labels[sevens]))
    assert set("".join(scene.lines)) == {"7"}


@pytest.mark.slow
def test_easy_scenes_are_read_as_they_are_labeled(recognizer, test_digits):
    right = []
    for seed in range(40):
        scene = drawn(("number", "lines")[seed % 2], 1, seed, test_digits)
        found = "".join(str(reading.digit) for reading in recognizer.read(scene.image))
        right.append(found == "".join(scene.lines))
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("lengths", [[1], [4], [5, 3, 5, 4]])
def test_the_writing_lies_inside_the_picture(severity, lengths, test_digits):
    """In even light, with nothing beside the writing, the picture's rim shows paper alone."""
    still = scenes.CONDITIONS[severity]._replace(
        shade=0, shadow=0, ruling=0, grain=0, noise=0, distractor=0, quality=95
    )
    images = iter(test_digits[0])
    glyphs = [[scenes._enlarged(next(images)) for _ in range(length)] for length in lengths]
    for seed in range(4):
        image, _ = scenes._photograph(glyphs, still, np.random.default_rng(seed))
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(float)
        away = np.abs(gray - np.median(gray))
        assert away.max() > 20
        assert max(away[0].max(), away[-1].max(), away[:, 0].max(), away[:, -1].max()) < 12


@pytest.mark.slow
def test_negatives_show_all_there_is_and_have_no_lines(test_digits):
    found = [drawn("negative", 1, seed, test_digits) for seed in range(60)]
    assert {scene.what for scene in found} == set(NEGATIVES)
    assert all(scene.lines == () for scene in found)
    for scene in found:
        if scene.what == "blank paper":
            smooth = cv2.GaussianBlur(scene.image, (0, 0), 2).astype(float)
            assert np.abs(np.diff(smooth, axis=1)).max() < 6


def test_no_letter_looks_like_a_digit():
    assert not set("0123456789OoQDIiljJ|SsZzBbGgqyYp") & set(scenes.LETTERS + "".join(scenes.WORDS))


@pytest.mark.parametrize(
    ("kind", "severity", "said"),
    [("page", 3, "found 'page'"), ("single", 6, "found 6"), ("single", 0, "from 1 to 5, found 0")],
)
def test_what_is_not_drawn_is_named(kind, severity, said, test_digits):
    with pytest.raises(ValueError, match=said):
        drawn(kind, severity, 0, test_digits)


def bar(thickness: int) -> np.ndarray:
    mask = np.zeros((GLYPH, GLYPH), np.uint8)
    return cv2.line(mask, (30, 20), (70, 90), 1, thickness)


@pytest.mark.parametrize("thickness", [3, 8, 15])
def test_the_middle_line_is_thin_and_whole(thickness):
    line = np.uint8(thinned(bar(thickness)[np.newaxis] > 0)[0])
    assert cv2.connectedComponents(line, connectivity=8)[0] == 2
    assert line.sum(axis=1).max() <= 3
    assert np.flatnonzero(line.any(axis=1)).size > 60


def test_a_ring_stays_a_ring():
    mask = cv2.circle(np.zeros((GLYPH, GLYPH), np.uint8), (56, 56), 30, 1, 11)
    for shape in (
        np.uint8(thinned(mask[np.newaxis] > 0)[0]),
        np.uint8(scenes.stroke(mask, GLYPH, 0.04) > 0.5),
    ):
        assert cv2.connectedComponents(shape, connectivity=8)[0] == 2
        assert cv2.connectedComponents(1 - shape, connectivity=4)[0] == 3


@pytest.mark.parametrize("width", [0.03, 0.06, 0.1])
def test_a_stroke_has_the_width_that_is_asked_for(width):
    side = 200
    ink = scenes.stroke(bar(9), side, width)
    # The area of a bar of this length, with round ends.
    length = np.hypot(40, 70) * side / GLYPH
    assert ink.sum() / (width * side) == pytest.approx(length, rel=0.2)
    assert ink.min() == 0
    assert ink.max() == pytest.approx(1)
