"""The drawings of networks: what they draw, and what they refuse."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from digitlib.course.drawings import draw_filter_at_work, draw_receptive_field, draw_volumes

EDGE = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_one_sheet_for_each_channel_and_one_cell_for_each_number():
    figure = draw_volumes([("maps", (12, 12, 16)), ("dense", (10,))])
    (axis,) = figure.axes
    sheets = [patch for patch in axis.patches if patch.get_width() == 12]
    assert len(sheets) == 16
    assert len(axis.patches) == 16 + 10
    assert "12 × 12 × 16" in [text.get_text() for text in axis.texts]


def test_a_long_vector_is_cut_short_but_labeled_in_full():
    figure = draw_volumes([("flatten", (2304,))])
    assert len(figure.axes[0].patches) == 120
    assert "2,304" in [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("rows", [[], [("map", (28, 28))], [("map", (0, 28, 1))], [("none", ())]])
def test_refuses_what_is_no_volume(rows):
    with pytest.raises(ValueError, match="expected"):
        draw_volumes(rows)


def test_writes_the_sum_of_each_window():
    image = np.zeros((28, 28), np.uint8)
    image[10:] = 200
    figure = draw_filter_at_work(image, EDGE, [(8, 5), (9, 5), (20, 5)])
    titles = [axis.get_title() for part in figure.subfigs for axis in part.axes]
    assert titles == [
        "image, 28 × 28",
        "feature map, 26 × 26",
        "A: sum 600",
        "B: sum 600",
        "C: sum 0",
    ]
    frames = [patch for patch in figure.subfigs[0].axes[0].patches if isinstance(patch, Rectangle)]
    assert len(frames) == 3


@pytest.mark.parametrize("places", [[(0, 0)], [(0, 0), (1, 1), (26, 0)], [(0, 0), (1, 1), (-1, 0)]])
def test_refuses_places_that_cannot_be_drawn(places):
    with pytest.raises(ValueError, match=r"three places|leaves an image"):
        draw_filter_at_work(np.zeros((28, 28), np.uint8), EDGE, places)


SMALL_CNN = [("first", 5, 2, 0), ("second", 3, 1, 1), ("pooling", 2, 2, 0), ("third", 3, 1, 1)]


def seen_in(figure):
    texts = [text.get_text() for text in figure.axes[0].texts]
    return [text for text in texts if " of " in text]


def test_a_number_sees_more_of_each_layer_below_it():
    figure = draw_receptive_field(SMALL_CNN, 28, 3)
    assert seen_in(figure) == ["19 of 28", "8 of 12", "6 of 12", "3 of 6", "1 of 6"]
    cells = figure.axes[0].patches
    assert len(cells) == 28 + 12 + 12 + 6 + 6
    filled = [cell for cell in cells[:28] if cell.get_facecolor()[3] > 0]
    lefts = [cell.get_x() + cell.get_width() / 2 for cell in filled]
    assert lefts == pytest.approx(list(range(6, 25)))


def test_at_the_rim_a_number_sees_less():
    assert seen_in(draw_receptive_field(SMALL_CNN, 28, 0))[0] == "13 of 28"


@pytest.mark.parametrize(
    ("stages", "place"), [([], 0), (SMALL_CNN, 6), (SMALL_CNN, -1), ([("wide", 29, 1, 0)], 0)]
)
def test_refuses_numbers_that_are_not_there(stages, place):
    with pytest.raises(ValueError, match=r"expected a column|fits nowhere"):
        draw_receptive_field(stages, 28, place)
