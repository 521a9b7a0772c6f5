"""What each number of the reader decides, for those that the golden readings don't hold in place.

Each holds as it is, and no longer if the number is larger by a quarter.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from digitlib.reading import order, places, pyramid, reader, second_look, turning
from digitlib.reading.components import Box
from digitlib.reading.finder import SHIPPED_FINDER, Finder, View
from digitlib.reading.places import Place
from digitlib.reading.settings import SETTINGS, Settings

CLEAR, MURKY = np.eye(10, dtype=np.float32)[3], np.full(10, 0.1, np.float32)


def place_at(
    left: float, top: float, *, height: float = 40, middle: float = 0.9, digit: int = 3
) -> Place:
    """Return a place half as wide as high."""
    classes = np.eye(10, dtype=np.float32)[digit]
    return Place(left, top, left + height / 2, top + height, middle, classes, height)


class Watched(Finder):
    """A finder that keeps what it is shown, and may be told what it sees."""

    def __init__(self, settings: Settings, sees: Callable[[View], list[Place]] | None = None):
        super().__init__(SHIPPED_FINDER, settings)
        self.sees, self.shown = sees, []

    def look(self, view, measured, leave_out=()):
        self.shown.append(view)
        return super().look(view, measured, leave_out) if self.sees is None else self.sees(view)

    def answer_as_it_is(self, seen):
        self.shown.append(seen)
        return super().answer_as_it_is(seen)


def dotted(height: int, width: int) -> np.ndarray:
    """Return paper with a dot in two corners, so that all of it is looked at."""
    page = np.full((height, width), 220, np.uint8)
    page[4:7, 4:7] = page[-7:-4, -7:-4] = 40
    return page


# --- How large a picture is shown -------------------------------------------------------------


def longest_side(settings: Settings) -> bool:
    return round(3000 * reader._scale(3000, 2000, settings)) <= 1600


def most_pixels(settings: Settings) -> bool:
    return 400 * 6000 * reader._scale(400, 6000, settings) ** 2 <= 1_200_001


def is_enlarged(page: np.ndarray, settings: Settings, sees=None) -> bool:
    finder = Watched(settings, sees)
    finder.find(page)
    windows = [view.window.shape for view in finder.shown if isinstance(view, View)]
    return windows[-1] > windows[0]


def enlarged_pixels(settings: Settings) -> bool:
    return not is_enlarged(dotted(420, 420), settings, lambda view: [])


def well_seen(settings: Settings) -> bool:
    def sees(view: View) -> list[Place]:
        return [place_at(100, 100, height=19)] if view.scale == 1 else []

    return not is_enlarged(dotted(340, 340), settings, sees)


def largest_seen(settings: Settings) -> bool:
    return not Finder(settings=settings)._in_size(place_at(0, 0, height=85), False, False)


# --- How many, and which are the same ---------------------------------------------------------


def inside(settings: Settings) -> bool:
    digit = place_at(0, 0, height=100)
    part = place_at(39, 20, height=30, middle=0.5)
    return len(places.distinct([digit, part], settings)) == 1


def most_finds(settings: Settings) -> bool:
    texture = [place_at(50 * number, 0) for number in range(700)]
    return len(places.distinct(texture, settings)) == 600


def most_digits(settings: Settings) -> bool:
    crowd = [
        place_at(60 * number, 60 * row, height=30) for row in range(15) for number in range(15)
    ]
    finder = Watched(settings, lambda view: crowd if view.scale == 1 else [])
    page = dotted(960, 960)
    found = reader.read(
        page, finder, lambda images: np.stack([CLEAR] * len(images)), leave_out={"turned pages"}
    )
    return len(found) == 200


# --- Looking again ----------------------------------------------------------------------------


def worth_another_look(settings: Settings) -> bool:
    asked = []

    def network(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        return np.stack([MURKY] * len(images))

    likely = place_at(100, 100)._replace(classes=0.7 * CLEAR + 0.03)
    reader.forms_and_answers(dotted(300, 300), [likely], Finder(settings=settings), network)
    return asked == [1, 1]


def most_looks(settings: Settings) -> bool:
    finder, some = Watched(settings), [place_at(100, 100, middle=0.5)] * 40
    second_look.seen_again(dotted(300, 300), some, np.full(40, 0.6), finder)
    return len(finder.shown) == 24 * len(settings.look_sizes)


def after_a_look(settings: Settings, chance: float) -> float:
    """Return the middle of a place of 0.9, looked at by a network that sees so much of it."""
    finder = Finder(settings=settings)
    answer = np.zeros((24, 24, 15), np.float32)
    answer[..., 0] = -9
    # The middle of a window is a corner of four cells.
    answer[12, 12, 0] = places.logit(chance)
    answer[12, 12, 11:13] = -0.5
    sizes = iter(settings.look_sizes)

    def answer_as_it_is(seen: np.ndarray) -> np.ndarray:
        size = next(sizes)
        answer[12, 12, 13:] = np.log(np.array([size / 2, size]) / places.UNIT)
        return answer

    finder.answer_as_it_is = answer_as_it_is
    doubtful = place_at(100, 100)
    (again,) = second_look.seen_again(dotted(300, 300), [doubtful], np.array([0.6]), finder)
    return again.middle


def least_again(settings: Settings) -> bool:
    return after_a_look(settings, 0.034) < after_a_look(settings, 0.001) - 0.05


def not_again(settings: Settings) -> bool:
    return after_a_look(settings, 0.001) < 1 / 3


# --- Turned pages -----------------------------------------------------------------------------


def turned_side(settings: Settings) -> bool:
    return 640 * turning._scales(dotted(480, 640), [], settings)[0] <= 320


def turned_pixels(settings: Settings) -> bool:
    page, row = dotted(800, 1000), [place_at(50 * number, 0, height=30) for number in range(5)]
    (scale,) = turning._scales(page, row, settings)
    return page.size * scale**2 <= 400_001


def turns(settings: Settings, upright: list[float], on_its_side: list[float]) -> int:
    """Return by how much a page is turned that shows digits of these strengths, two ways."""

    def sees(view: View) -> list[Place]:
        lies = view.window.shape[0] > view.window.shape[1]
        strengths = on_its_side if lies else upright
        return [place_at(30 * n, 0, middle=s, digit=8) for n, s in enumerate(strengths)]

    return turning.quarter_turns(dotted(200, 300), [], Watched(settings, sees))


def turned_sure(settings: Settings) -> bool:
    return turns(settings, [], [0.7] * 3) == 1


def turned_digits(settings: Settings) -> bool:
    return turns(settings, [], [0.9] * 3) == 1


def turned_lead(settings: Settings) -> bool:
    return turns(settings, [0.9] * 2, [0.9] * 4) == 1


def turned_more(settings: Settings) -> bool:
    return turns(settings, [0.9] * 2, [0.8] * 4) == 1


def upright_sure(settings: Settings) -> bool:
    return turning._stands_upright([place_at(0, 0, middle=0.85, digit=5)], settings)


def upright_share(settings: Settings) -> bool:
    return turning._stands_upright(
        [place_at(0, 0, digit=digit) for digit in (5, 0, 8, 2, 1, 6)], settings
    )


# --- Lines ------------------------------------------------------------------------------------


def slope_boxes(settings: Settings) -> bool:
    row = [Box(40 * number, 10 * number, 20, 40) for number in range(3)]
    return order.page_slope(row, settings) == pytest.approx(0.25)


def neighbor_reach(settings: Settings) -> bool:
    far = [Box(112 * number, 20 * number, 20, 40) for number in range(5)]
    return order.page_slope(far, settings) == 0


def steepest(settings: Settings) -> bool:
    stairs = [Box(40 * number, 38 * number, 20, 40) for number in range(5)]
    return order.page_slope(stairs, settings) == 0


DECIDES = [
    longest_side,
    most_pixels,
    enlarged_pixels,
    well_seen,
    largest_seen,
    inside,
    most_finds,
    most_digits,
    worth_another_look,
    most_looks,
    least_again,
    not_again,
    turned_side,
    turned_pixels,
    turned_sure,
    turned_digits,
    turned_lead,
    turned_more,
    upright_sure,
    upright_share,
    slope_boxes,
    neighbor_reach,
    steepest,
]


@pytest.mark.parametrize("decides", DECIDES, ids=lambda decides: decides.__name__)
def test_a_number_decides(decides):
    name = decides.__name__
    value = 1.25 * getattr(SETTINGS, name)
    larger = math.ceil(value) if isinstance(getattr(SETTINGS, name), int) else value
    assert decides(SETTINGS)
    assert not decides(dataclasses.replace(SETTINGS, **{name: larger}))


def test_a_page_with_dots_in_two_corners_is_seen_whole():
    finder = Watched(SETTINGS)
    finder.find(dotted(420, 420))
    assert finder.shown[0].window.shape[:2] == (420, 420)
    assert pyramid.gray_of(dotted(420, 420)).ground == 220
