"""What a reading tells beside its digits: shapes that stay unread, and pages that are turned."""

import numpy as np
import pytest

from digitlib.paper import photograph
from digitlib.reading.finder import Finder
from digitlib.reading.places import Place
from digitlib.reading.turning import turned_back
from digitlib.recognizer import Reading, Readings, Recognizer, Unread
from digitlib.shapes import Box


def reading(digit: int, line: int, confidence: float = 0.9) -> Reading:
    numbers = np.full(10, (1 - confidence) / 9, np.float32)
    numbers[digit] = confidence
    return Reading(digit, confidence, numbers, Box(0, 0, 9, 9), np.zeros((28, 28), np.uint8), line)


def test_the_text_has_a_question_mark_where_a_shape_could_not_be_read():
    shapes = [Unread(Box(0, 0, 9, 9), 0, 1), Unread(Box(0, 0, 9, 9), 1, 4)]
    page = Readings([reading(8, 0), reading(5, 0), reading(2, 0), reading(7, 1)], shapes)
    assert page.text() == "8?52\n7?"
    assert [one.digit for one in page] == [8, 5, 2, 7]


def test_the_text_has_a_question_mark_for_what_is_less_sure_than_asked():
    page = Readings([reading(8, 0), reading(5, 0, confidence=0.55)])
    assert page.text() == "85"
    assert page.text(least=0.6) == "8?"
    assert Readings().text() == ""


class Undecided(Finder):
    """Finds the digits, and cannot tell which they are."""

    def find(self, gray: np.ndarray, **options) -> list[Place]:
        flat = np.full(10, 0.1, np.float32)
        return [place._replace(classes=flat) for place in super().find(gray, **options)]


def test_a_digit_that_neither_network_knows_is_reported(test_digits):
    images, _ = test_digits
    unsure = Recognizer(lambda batch: np.full((len(batch), 10), 0.1, np.float32), Undecided())
    sheet = photograph([images[:4]], np.random.default_rng(0), digit_height=130)
    page = unsure.read(sheet)
    assert len(page) == 0
    assert page.text() == "????"


@pytest.mark.parametrize("quarters", range(4))
def test_a_page_that_is_turned_is_read_and_said_to_be(recognizer, test_digits, quarters):
    images, labels = test_digits
    sheet = photograph([images[:4], images[4:8]], np.random.default_rng(0), digit_height=120)
    page = recognizer.read(np.ascontiguousarray(np.rot90(sheet, quarters)))
    assert page.text() == "7210\n4149" == "{}{}{}{}\n{}{}{}{}".format(*labels[:8])
    assert page.turned == (-90 * quarters) % 360
    # The boxes are those of the picture as it was given: ink stands in them.
    gray = np.rot90(sheet, quarters).min(axis=2)
    for one in page:
        x, y, width, height = one.box
        assert gray[y : y + height, x : x + width].min() < 100


@pytest.mark.parametrize("quarters", range(4))
def test_a_place_finds_the_way_back(quarters):
    picture = np.zeros((60, 90), np.uint8)
    picture[10:20, 30:70] = 1
    rows, columns = np.nonzero(np.rot90(picture, quarters))
    there = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    place = Place(*map(float, there), 0.9, np.full(10, 0.1, np.float32), 30.0)
    assert turned_back(place, quarters, 60, 90)[:4] == (30, 10, 70, 20)


def test_a_six_is_not_turned_into_a_nine(recognizer, test_digits):
    images, labels = test_digits
    six = images[np.flatnonzero(labels == 6)[:1]]
    page = recognizer.read(photograph([six], np.random.default_rng(0), digit_height=200))
    assert page.text() == "6"
    assert page.turned == 0
