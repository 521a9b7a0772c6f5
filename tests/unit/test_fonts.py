"""Fonts to train with and fonts to judge with: no font is both, and all of them are there."""

import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from PIL import ImageFont

import digitlib
from digitlib import fonts
from digitlib.training import scenes

PACKAGE = Path(digitlib.__file__).parent
TRAINING = (
    *fonts.MATPLOTLIB_TRAINING,
    *fonts.FORMULAS_TRAINING,
    *fonts.HANDWRITING_TRAINING,
    *fonts.PRINTED_TRAINING,
)
HELD_OUT = (*fonts.MATPLOTLIB_HELD_OUT, *fonts.HANDWRITING_HELD_OUT, *fonts.PRINTED_HELD_OUT)
SHIPPED = (
    *(fonts.HANDWRITING_TRAINING + fonts.HANDWRITING_HELD_OUT),
    *(fonts.PRINTED_TRAINING + fonts.PRINTED_HELD_OUT),
)


def test_no_font_is_trained_with_and_held_out():
    assert not set(TRAINING) & set(HELD_OUT)
    assert not set(fonts.HERSHEY_TRAINING) & set(fonts.HERSHEY_HELD_OUT)


def test_no_font_is_listed_twice():
    for names in (TRAINING, HELD_OUT, fonts.HERSHEY_TRAINING, fonts.HERSHEY_HELD_OUT):
        assert len(set(names)) == len(names)


def test_scenes_judge_with_fonts_that_are_held_out():
    assert set(scenes.FONTS) <= set(fonts.MATPLOTLIB_HELD_OUT)


@pytest.mark.parametrize("name", [*TRAINING, *HELD_OUT])
def test_each_font_is_there_and_draws(name):
    font = ImageFont.truetype(fonts.font_path(name), 40)
    assert font.getbbox("M")[2] > 5


@pytest.mark.parametrize("name", SHIPPED)
def test_each_font_that_is_shipped_has_ten_digits_and_the_letters(name):
    font = ImageFont.truetype(fonts.font_path(name), 40)
    missing = bytes(font.getmask("\uffff"))
    drawn = {character: bytes(font.getmask(character)) for character in "0123456789AKMRXaehkx"}
    assert missing not in drawn.values()
    assert len({drawn[digit] for digit in "0123456789"}) == 10


def test_each_hershey_number_draws():
    for font in fonts.HERSHEY_TRAINING + fonts.HERSHEY_HELD_OUT:
        assert cv2.getTextSize("M", font, 1.0, 1)[0][0] > 5


def test_no_other_module_names_a_font():
    for path in PACKAGE.rglob("*.py"):
        if path.name != "fonts.py":
            named = re.findall(r"[^\s\"']+\.(?:ttf|otf|woff2?)\b|FONT_HERSHEY\w+", path.read_text())
            assert not named, f"{path} names {named}: take the list from digitlib.fonts"


def test_all_fonts_that_are_shipped_are_listed_and_have_a_license():
    files = {path.name for path in fonts.FILES.iterdir()}
    licenses = {name.replace(".woff", ".LICENSE.txt") for name in SHIPPED}
    assert files == {*SHIPPED, *licenses}


def test_the_lists_are_had_without_loading_matplotlib():
    code = "import sys, digitlib.fonts; print('matplotlib' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["Gone.ttf", "gone.woff"])
def test_a_font_that_is_missing_is_named(name):
    with pytest.raises(FileNotFoundError, match=f"found no {name}"):
        fonts.font_path(name)
