"""The corridor of the reader, step by step."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from digitlib.reading import form, order, places, pyramid, reader
from digitlib.reading.components import Box
from digitlib.reading.finder import Finder, _views, busy, shipped_finder
from digitlib.reading.places import Place
from digitlib.reading.second_look import seen_again
from digitlib.reading.settings import SETTINGS


def paper(height: int = 200, width: int = 300) -> np.ndarray:
    return np.full((height, width), 220, np.uint8)


# --- The pyramid ------------------------------------------------------------------------------


def test_the_ground_is_the_median_and_the_reach_goes_to_the_strongest_ink():
    gray = paper()
    gray[50:60, 50:150] = 20
    assert pyramid.gray_of(gray) == (220, 200)
    assert pyramid.gray_of(paper()) == (220, 24)


def test_a_thin_stroke_survives_being_made_small():
    gray = paper(800, 800)
    gray[100:700, 400:402] = 20
    small = pyramid.shrunk(gray, 1 / 16)
    assert small.shape == (50, 50, 3)
    assert small[25, :, pyramid.MEAN].min() > 180
    assert small[25, :, pyramid.DARKEST].min() < 100
    assert small[25, :, pyramid.LIGHTEST].min() == 220


def test_half_of_a_level_keeps_the_darkest_and_the_lightest():
    level = cv2.merge([paper(7, 9)] * 3)
    level[2, 4] = 10
    half = pyramid.halved(level)
    assert half.shape == (3, 4, 3)
    assert half[1, 2].tolist() == [round(220 - 210 / 4), 10, 220]


def test_a_picture_one_pixel_wide_can_be_halved():
    assert pyramid.halved(np.zeros((1, 64, 3), np.uint8)).shape == (1, 32, 3)


def test_the_network_sees_ink_below_zero_on_light_paper():
    seen = pyramid.as_seen(np.array([[[220, 20, 220]]], np.uint8), pyramid.Gray(220, 200))
    assert seen.tolist() == [[[0, -1, 0]]]


@pytest.mark.parametrize("side", [30, 200, 640, 1600])
def test_sizes_go_down_by_halves_to_the_smallest(side):
    views = _views(paper(side, side), SETTINGS, ())
    scales = [view.scale for view in views]
    assert scales[0] == (2 if side <= SETTINGS.shortest_side else 1)
    assert all(fine == 2 * coarse for fine, coarse in pairwise(scales))
    assert len(views[-1].window) <= 80


def test_where_nothing_is_nothing_is_looked_for():
    gray = paper(400, 600)
    gray[200:240, 300:330] = 60
    level = cv2.merge([gray] * 3)
    part, (left, top) = busy(level, SETTINGS)
    assert left <= 300 - 4
    assert top <= 200 - 4
    assert left + part.shape[1] >= 334
    assert top + part.shape[0] >= 244
    assert part.size < 0.1 * level.size
    assert busy(cv2.merge([paper()] * 3), SETTINGS)[0].size == 0


# --- Places -----------------------------------------------------------------------------------


def answer_with(row: int, column: int, digit: int, middle: float = 3.0) -> np.ndarray:
    answer = np.zeros((20, 30, 15), np.float32)
    answer[..., 0] = -6
    answer[row, column, 0] = middle
    answer[row, column, 1 + digit] = 5
    answer[row, column, 11:] = 0.25, -0.25, np.log(20 / 32), np.log(40 / 32)
    return answer


def test_a_peak_becomes_a_place_in_pixels_of_the_picture():
    (place,) = places.peaks(answer_with(10, 12, 7), 0.5, (16, 16), 0.3)
    x, y = (12.75 * 4 - 16) / 0.5, (10.25 * 4 - 16) / 0.5
    assert place[:4] == pytest.approx((x - 20, y - 40, x + 20, y + 40))
    assert place.middle == pytest.approx(1 / (1 + np.exp(-3)))
    assert place.classes.argmax() == 7
    assert place.classes.sum() == pytest.approx(1)
    assert place.seen == pytest.approx(40)


def test_a_chance_below_the_least_is_no_place():
    assert places.peaks(answer_with(10, 12, 7, middle=-1.0), 1, (16, 16), 0.3) == []


def place_at(left, top, right, bottom, digit=3, middle=0.9, seen=32.0) -> Place:
    return Place(left, top, right, bottom, middle, np.eye(10, dtype=np.float32)[digit], seen)


def test_the_same_digit_seen_in_two_sizes_is_one_place():
    one, other = place_at(10, 10, 30, 50), place_at(11, 9, 31, 49, digit=5, middle=0.8, seen=16)
    elsewhere = place_at(100, 10, 120, 50)
    found = places.distinct([other, one, elsewhere], SETTINGS)
    assert [place[:4] for place in found] == [one[:4], elsewhere[:4]]
    assert found[0].classes[3] > found[0].classes[5] > 0
    assert found[0].classes.sum() == pytest.approx(1)


def test_a_part_of_a_digit_is_no_place_of_its_own():
    whole, part = place_at(0, 0, 40, 60), place_at(5, 5, 30, 30, middle=0.5)
    assert len(places.distinct([part, whole], SETTINGS)) == 1


def test_neighbors_that_overlap_a_little_stay_two():
    assert len(places.distinct([place_at(0, 0, 30, 50), place_at(26, 0, 56, 50)], SETTINGS)) == 2


# --- Form -------------------------------------------------------------------------------------


def written(image: np.ndarray, *, dark: bool = True) -> tuple[np.ndarray, Place]:
    """Return a page with one digit, and where it stands."""
    large = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
    page = np.zeros((240, 300), np.uint8)
    page[60:172, 90:202] = large
    x, y, wide, high = cv2.boundingRect((page > 100).astype(np.uint8))
    page = 220 - (page * 0.8).astype(np.uint8) if dark else 30 + (page * 0.8).astype(np.uint8)
    return page, place_at(x, y, x + wide, y + high)


@pytest.mark.parametrize("dark", [True, False])
def test_a_place_comes_into_mnists_form(recognizer, test_digits, dark):
    images, labels = test_digits[0][:40], test_digits[1][:40]
    pages = [written(image, dark=dark) for image in images]
    made = np.stack([form.form_of(page, place, SETTINGS) for page, place in pages])
    right = recognizer.predict(made).argmax(axis=1) == labels
    assert right.mean() > 0.95
    difference = np.abs(made.astype(int) - images).mean(axis=(1, 2))
    assert np.median(difference) < 25


@pytest.mark.parametrize("step", form.STEPS)
def test_each_step_changes_the_form(test_digits, step):
    page, place = written(test_digits[0][1])
    # A stroke of a neighbor reaches in, and the light comes from one side.
    corner = int(place.right) - 5, int(place.bottom) + 20
    page = cv2.line(page, corner, (corner[0] + 45, corner[1]), 60, 3)
    page = page * np.linspace(0.4, 1, 300)
    place = place._replace(bottom=place.bottom + 30)
    page = cv2.resize(page, None, fx=2, fy=2).astype(np.uint8)
    place = place._replace(**{side: 2 * getattr(place, side) for side in Place._fields[:4]})
    whole = form.form_of(page, place, SETTINGS)
    assert whole.any()
    assert (form.form_of(page, place, SETTINGS, leave_out={step}) != whole).any()


def test_strokes_of_a_neighbor_and_a_circle_around_stay_out(test_digits):
    page, place = written(test_digits[0][0])
    alone = form.form_of(page, place, SETTINGS)
    cv2.ellipse(page, (146, 116), (64, 78), 0, 0, 360, 40, 3)
    np.testing.assert_allclose(form.form_of(page, place, SETTINGS), alone, atol=60)


def test_a_place_without_ink_is_empty():
    assert not form.form_of(paper(), place_at(50, 50, 80, 90), SETTINGS).any()
    assert not form.form_of(paper(), place_at(-90, -90, -50, -50), SETTINGS).any()


# --- Order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [-30, -12, 0, 12, 30])
def test_lines_of_a_tilted_page_stay_lines(degrees):
    rng = np.random.default_rng(0)
    turn = np.radians(degrees)
    lines = []
    for row in range(3):
        along, across = 60.0 * np.arange(6), 95.0 * row
        x = 400 + along * np.cos(turn) - across * np.sin(turn) + rng.uniform(-3, 3, 6)
        y = 400 + along * np.sin(turn) + across * np.cos(turn) + rng.uniform(-3, 3, 6)
        lines.append([Box(int(a), int(b), 34, 55) for a, b in zip(x, y, strict=True)])
    shuffled = [box for line in lines for box in line]
    rng.shuffle(shuffled)
    shuffled = [Box(*map(int, box)) for box in shuffled]
    assert order.in_order(shuffled, order.page_slope(shuffled, SETTINGS)) == lines


def test_few_boxes_do_not_tell_a_slope():
    boxes = [Box(0, 0, 20, 40), Box(40, 15, 20, 40)]
    assert order.page_slope(boxes, SETTINGS) == 0
    assert order.in_order(boxes[::-1], 0.0) == [boxes]


# --- The whole corridor -----------------------------------------------------------------------


def test_a_step_that_is_unknown_is_named(recognizer):
    with pytest.raises(ValueError, match="magic"):
        reader.read(paper(), shipped_finder(), recognizer.predict, leave_out={"magic"})


@pytest.mark.parametrize("step", reader.STEPS)
def test_each_step_can_be_left_out(recognizer, test_digits, step):
    page, _ = written(test_digits[0][0])
    found = reader.read(page, shipped_finder(), recognizer.predict, leave_out={step})
    # In one size alone, this digit is larger than those that the network knows.
    assert len(found) == (0 if step == "several sizes" else 1)
    for shape in found:
        assert shape.image.shape == (28, 28)
        assert shape.numbers.sum() == pytest.approx(1, abs=1e-4)


def agreed(place: Place, answer: np.ndarray, **options) -> np.ndarray:
    numbers = reader.agreed(place, answer, SETTINGS, **options)
    assert numbers.sum() == pytest.approx(1, abs=1e-5)
    assert numbers.min() >= 0
    return numbers


def test_both_networks_have_a_say():
    place = place_at(0, 0, 20, 40, digit=3, middle=0.99)
    answer = np.eye(10, dtype=np.float32)[5]
    both = agreed(place, answer)
    assert both[3] == both[5] > 0.4
    assert agreed(place, answer, leave_out={"28 x 28 network"}).argmax() == 3
    assert agreed(place, answer, leave_out={"page network's classes"}).argmax() == 5


def test_what_is_hardly_a_digit_is_less_sure():
    place, answer = place_at(0, 0, 20, 40, digit=3, middle=0.9), np.eye(10, dtype=np.float32)[3]
    sure = agreed(place, answer)[3]
    assert sure > 0.9
    assert agreed(place._replace(middle=0.3), answer)[3] < sure
    assert agreed(place, answer, company=-2.0)[3] < sure
    assert agreed(place._replace(middle=0.0), answer).max() < 0.15


def test_a_digit_among_shapes_that_are_none_is_less_sure_than_among_digits():
    known, unknown = np.eye(10, dtype=np.float32)[3], np.full(10, 0.1, np.float32)
    row = [place_at(50 * index, 0, 50 * index + 20, 40) for index in range(5)]
    odd = [place._replace(middle=0.35, classes=unknown) for place in row[1:]]
    digits = reader.in_company(row, np.stack([known] * 5), SETTINGS)
    leaves = reader.in_company([row[0], *odd], np.stack([known] + [unknown] * 4), SETTINGS)
    assert digits[0] == SETTINGS.weigh_beside
    assert leaves[0] < -1
    assert reader.in_company(row[:1], known[np.newaxis], SETTINGS).tolist() == [0]


def test_a_speck_beside_digits_is_less_sure():
    known = np.eye(10, dtype=np.float32)[3]
    speck = place_at(300, 30, 305, 40)
    row = [*(place_at(50 * index, 0, 50 * index + 20, 40) for index in range(3)), speck]
    evidence = reader.in_company(row, np.stack([known] * 4), SETTINGS)
    assert evidence[3] < -1
    assert evidence[0] == SETTINGS.weigh_beside


@pytest.mark.parametrize(("first", "second", "gains"), [(3, 1, True), (1, 3, True), (1, 1, False)])
def test_a_stroke_gains_nothing_from_strokes(first, second, gains):
    row = [place_at(0, 0, 20, 40, first), place_at(30, 0, 50, 40, second)]
    answers = np.eye(10, dtype=np.float32)[[first, second]]
    evidence = reader.in_company(row, answers, SETTINGS)
    assert evidence.tolist() == [SETTINGS.weigh_beside * gains] * 2


@pytest.mark.parametrize(
    ("other", "stands"),
    [
        ((30, 0, 50, 40), True),
        ((-40, 5, -20, 38), True),
        ((75, 0, 95, 40), False),  # more than a height away
        ((30, 25, 50, 65), False),  # lower
        ((30, 0, 40, 15), False),  # much smaller
    ],
)
def test_beside_is_as_tall_and_close_and_at_the_same_height(other, stands):
    found = places.beside([place_at(0, 0, 20, 40), place_at(*other)], SETTINGS)
    assert found.tolist() == [[False, stands], [stands, False]]


def test_the_settings_are_the_finders():
    assert Finder().settings is SETTINGS


# --- The second look --------------------------------------------------------------------------


def test_a_second_look_tells_a_digit_from_a_blank_place(test_digits):
    page, place = written(test_digits[0][0])
    digit = place._replace(middle=0.5)
    blank = place_at(5, 5, 35, 60, middle=0.5)
    sure = place_at(100, 5, 130, 60, middle=0.5)
    confidence = np.array([0.5, 0.5, 0.99])
    again = seen_again(page, [digit, blank, sure], confidence, shipped_finder())
    assert again[0].middle > 0.7
    assert again[0].classes.argmax() == 7
    assert again[1].middle < 0.3
    assert again[2] is sure
    assert again[0][:4] == digit[:4]


def test_a_second_look_at_the_border_or_beyond_it_is_possible():
    places_there = [place_at(-40, -40, -10, -2, middle=0.5), place_at(290, 190, 320, 240)]
    again = seen_again(paper(), places_there, np.array([0.5, 0.5]), shipped_finder())
    assert all(0 < place.middle < 0.5 for place in again[:1])
    assert len(again) == 2


def test_not_more_is_looked_at_again_than_time_allows():
    some = [place_at(0, 0, 20, 40, middle=0.5)] * (SETTINGS.most_looks + 5)
    confidence = np.linspace(0.5, 0.9, len(some))
    again = seen_again(paper(), some, confidence, shipped_finder())
    assert [place is one for place, one in zip(again, some, strict=True)] == [
        index >= SETTINGS.most_looks for index in range(len(some))
    ]
