"""The second generator of pictures: what it says is written there is written there."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from benchmarks import situations
from benchmarks.situations import KINDS, forms, glyphs, ink
from digitlib import fonts

MODULES = sorted(Path(situations.__file__).parent.glob("[a-z]*.py"))
# In these, digits are tried and put away, or an image is shown as it is.
UNCOUNTED = ("touching", "tight crop", "turned")


def drawn(kind, seed, digits):
    return situations.draw(kind, np.random.default_rng([seed, KINDS.index(kind)]), *digits)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_picture_in_color_with_the_digits_it_tells(kind, seed, test_digits):
    situation = drawn(kind, seed, test_digits)
    image = situation.image
    assert image.dtype == np.uint8 and image.flags["C_CONTIGUOUS"]
    assert image.ndim == 3 and image.shape[2] == 3
    assert max(image.shape[:2]) <= 1600
    assert image.std() > 1
    assert situation.kind == kind and situation.what
    assert all(re.fullmatch("[0-9]+", line) for line in situation.lines)
    assert (situation.lines == ()) == (kind == "clutter")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_picture(kind, test_digits):
    one, again = drawn(kind, 5, test_digits), drawn(kind, 5, test_digits)
    np.testing.assert_array_equal(one.image, again.image)
    assert (one.lines, one.what) == (again.lines, again.what)
    other = drawn(kind, 6, test_digits)
    assert one.image.shape != other.image.shape or (one.image != other.image).any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNCOUNTED])
def test_as_many_digits_are_written_as_the_lines_have(kind, test_digits, monkeypatch):
    written = []

    def noting(function):
        def wrapped(*arguments):
            written.append(function)
            return function(*arguments)

        return wrapped

    monkeypatch.setattr(ink.Writer, "digit", noting(ink.Writer.digit))
    monkeypatch.setattr(forms, "form", noting(forms.form))
    for seed in range(4):
        written.clear()
        situation = drawn(kind, seed, test_digits)
        assert len(written) == len("".join(situation.lines)), situation.what


def test_on_a_tablet_each_digit_is_one_piece_of_ink(test_digits):
    for seed in range(10):
        situation = drawn("tablet", seed, test_digits)
        ground = situation.image[0, 0].astype(int)
        inked = np.abs(situation.image - ground).max(axis=2) > 40
        assert ndimage.label(inked, np.ones((3, 3)))[1] == len(situation.lines[0])


def test_digits_on_a_tablet_are_read(test_digits, recognizer):
    read = 0
    for seed in range(10):
        situation = drawn("tablet", seed, test_digits)
        readings = recognizer.read(situation.image)
        read += "".join(str(reading.digit) for reading in readings) == situation.lines[0]
    assert read >= 7


@pytest.mark.parametrize("digit", range(10))
def test_a_traced_digit_lies_in_the_ink_of_its_image(digit, test_digits):
    images, labels = test_digits
    image = images[labels == digit][3]
    field = glyphs.smooth_field(image)
    outlines = glyphs.outlines_of(field, 110)
    points = np.concatenate(glyphs.center_lines(field, outlines, 110))
    gray = ndimage.map_coordinates(field, glyphs.FINE * points.T[::-1], order=1)
    assert (gray > 90).mean() > 0.97


def test_digits_in_pieces_or_with_loops_full_of_ink_are_not_written(monkeypatch):
    monkeypatch.setattr(ink, "TRIES", 5)
    pieces = np.zeros((28, 28), np.uint8)
    pieces[4:24, 8:11] = pieces[4:24, 18:21] = 255
    blob = np.zeros((28, 28), np.uint8)
    blob[6:22, 8:20] = 255
    pen = ink.Pen("pen", 0.05, ink.BLACK)
    for image, label in ((pieces, 1), (blob, 6)):
        images, labels = np.array([image]), np.array([label])
        writer = ink.Writer(np.random.default_rng(0), images, labels, pen)
        with pytest.raises(ValueError, match="found no legible digit"):
            writer.digit()


def test_only_fonts_are_used_that_no_network_is_trained_with(test_digits, monkeypatch):
    used = set()

    def noting(name):
        used.add(name)
        return fonts.font_path(name)

    monkeypatch.setattr(ink, "font_path", noting)
    ink._typeface.cache_clear()
    ink.word.cache_clear()
    for seed in range(10):
        for kind in ("words", "clutter", "equation"):
            drawn(kind, seed, test_digits)
    held_out = fonts.HANDWRITING_HELD_OUT + fonts.PRINTED_HELD_OUT + fonts.MATPLOTLIB_HELD_OUT
    assert len(used) > 5 and used <= set(held_out)
    assert set(ink.HAND_FONTS + ink.PRINT_FONTS) <= set(held_out)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_nothing_is_shared_with_what_draws_for_training(module):
    source = module.read_text()
    assert "cv2" not in source
    named = set(re.findall(r"(?:from|import) (digitlib[\w.]*)", source))
    assert named <= {"digitlib.fonts"}
    assert not re.search(r"\.(?:ttf|woff2?)\b", source)


def test_an_unknown_kind_is_told_what_there_is(test_digits):
    with pytest.raises(ValueError, match=r"expected a kind out of circled, cells.*found 'gone'"):
        situations.draw("gone", np.random.default_rng(0), *test_digits)


def test_the_report_has_a_row_for_each_kind(capsys):
    from benchmarks.situations.__main__ import main

    main(["--images", "2", "--kinds", "tablet,clutter"])
    printed = capsys.readouterr().out
    assert re.search(r"\| tablet +\| digitlib +\| \d+\.\d \(", printed)
    assert re.search(r"\| clutter +\| digitlib +\|  +\| \d+\.\d \(", printed)
