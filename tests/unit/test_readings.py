"""What a reading tells beside its digits: shapes that stay unread, and pages that are turned."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

import digitlib
from digitlib.reading.components import Box
from digitlib.reading.finder import Finder
from digitlib.reading.places import Place
from digitlib.reading.turning import turned_back
from digitlib.readings import READ, UNREAD, Reading, Readings, Unread
from digitlib.recognizer import Recognizer
from digitlib.training.paper import photograph


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


def test_readings_compare_and_can_be_kept_in_a_set():
    one, other = reading(8, 0), reading(8, 0)
    assert one == other
    assert len({one, other, reading(8, 1), reading(5, 0)}) == 3
    assert one != reading(8, 0, confidence=0.8)
    assert Readings([one]) == Readings([other])
    assert one != "8"


def test_readings_print_a_line_a_digit():
    page = Readings([reading(8, 0), reading(5, 1)])
    assert str(page).split("\n") == [
        "8   90%  at x=0 y=0, 9 x 9 pixels",
        "5   90%  at x=0 y=0, 9 x 9 pixels",
    ]
    assert str(Readings()) == "no digits"
    assert len(repr(page)) < 200


def test_readings_go_to_json_and_back():
    plain = json.loads(json.dumps([one.as_dict() for one in [reading(8, 1)]]))[0]
    assert plain["digit"] == 8
    assert plain["line"] == 1
    assert {name: plain[name] for name in Box._fields} == Box(0, 0, 9, 9)._asdict()
    assert plain["probabilities"] == pytest.approx([0.1 / 9] * 8 + [0.9] + [0.1 / 9], abs=1e-6)


def test_a_drawing_shows_a_box_round_each_shape_and_leaves_the_picture_alone():
    gray = np.full((60, 90), 200, np.uint8)
    one = replace(reading(8, 0), box=Box(20, 30, 15, 20))
    page = Readings([one], [Unread(Box(60, 30, 15, 20), 0, 1)])
    drawn = digitlib.draw(gray, page)
    assert drawn.shape == (60, 90, 3)
    assert drawn[40, 20].tolist() == list(READ)
    assert drawn[40, 60].tolist() == list(UNREAD)
    assert drawn[40, 27].tolist() == [200] * 3
    assert gray.min() == 200
    np.testing.assert_array_equal(digitlib.draw(drawn, []), drawn)
    assert digitlib.text(page) == "8?"
    assert digitlib.text([one, one]) == "88"


class Undecided(Finder):
    """Finds the digits, and cannot tell which they are."""

    def answer_as_it_is(self, seen: np.ndarray) -> np.ndarray:
        answer = super().answer_as_it_is(seen).copy()
        answer[..., 1:11] = 0
        return answer


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


def written_on(paper: np.ndarray, images: np.ndarray, side: int, step: int, left: int, top: int):
    """Write digits in a row on a light page, `side` pixels large, `step` apart."""
    for index, image in enumerate(images):
        ink = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA).astype(float)
        x = left + index * step
        paper[top : top + side, x : x + side] -= np.uint8(0.8 * ink)
    return paper


def test_a_long_strip_is_not_made_so_small_that_its_digits_are_lost(recognizer, test_digits):
    images, _ = test_digits
    strip = written_on(np.full((100, 6000), 235, np.uint8), images[:20], 42, 280, 100, 30)
    # Made as small as a page is, its digits would have 8 pixels, and none would be read.
    assert len(recognizer.read(strip)) >= 18


def test_tiny_digits_on_a_large_page_are_shown_enlarged(recognizer, test_digits):
    images, labels = test_digits
    # The digits themselves are 20 of 28 pixels high, so 11 here.
    page = written_on(np.full((1000, 1400), 235, np.uint8), images[:6], 16, 15, 600, 500)
    assert recognizer.read(page).text() == "".join(map(str, labels[:6]))


def test_dots_between_digits_do_not_disturb_their_order(recognizer, test_digits):
    images, labels = test_digits
    page = written_on(np.full((240, 520), 235, np.uint8), images[[0, 2, 1]], 110, 180, 20, 60)
    for y in (95, 140):
        cv2.circle(page, (160, y), 5, 40, -1)
        cv2.circle(page, (338, y - 25), 5, 40, -1)
    assert recognizer.read(page).text() == "712" == "".join(map(str, labels[[0, 2, 1]]))
