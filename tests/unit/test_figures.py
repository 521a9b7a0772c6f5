"""Figures keep to one look and refuse what they can't draw."""

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from digitlib.course import figures


@pytest.fixture(autouse=True)
def course_style():
    with matplotlib.rc_context():
        figures.use_course_style()
        yield
    plt.close("all")


def luminance(color: str) -> float:
    values = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(values <= 0.03928, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("ground", ["#ffffff", "#14181e"])
def test_text_is_legible_on_light_and_dark_pages(ground):
    low, high = sorted([luminance(figures.GRAY), luminance(ground)])
    assert (high + 0.05) / (low + 0.05) > 4


def test_digits_for_people_are_ink_on_paper_and_arrays_are_light_on_black():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 14, 14] = 255
    for as_array, (ground, ink) in {
        False: (figures.PAPER, figures.INK),
        True: ("black", "white"),
    }.items():
        drawn = figures.show_digits(image, as_array=as_array).axes[0].images[0]
        colors = drawn.cmap(drawn.norm(image[0]))
        assert colors[0, 0, :3] == pytest.approx(matplotlib.colors.to_rgb(ground), abs=0.01)
        assert colors[14, 14, :3] == pytest.approx(matplotlib.colors.to_rgb(ink), abs=0.01)


def test_titles_must_be_one_for_each_image():
    with pytest.raises(ValueError, match="expected 3 titles, one for each image, found 2"):
        figures.show_digits(np.zeros((3, 28, 28)), ["a", "b"])


def test_something_else_than_images_is_refused():
    with pytest.raises(ValueError, match=r"found shape \(28, 28\)"):
        figures.show_digits(np.zeros((28, 28)))


def test_the_highest_of_ten_bars_is_marked():
    axis = figures.bar_ten(np.eye(10)[7])
    heights = [bar.get_height() for bar in axis.patches]
    assert heights == np.eye(10)[7].tolist()
    marked = matplotlib.colors.to_rgba(figures.GREEN)
    assert [bar.get_facecolor() == marked for bar in axis.patches].index(True) == 7
    assert [text.get_text() for text in axis.texts] == ["1.00"]


@pytest.mark.parametrize(("truth", "color"), [(7, figures.RIGHT), (1, figures.WRONG)])
def test_a_highest_bar_that_is_not_the_truth_is_marked_as_wrong(truth, color):
    axis = figures.bar_ten(np.eye(10)[7], truth=truth)
    assert axis.patches[7].get_facecolor() == matplotlib.colors.to_rgba(color)
    assert axis.texts[0].get_color() == color


def test_ten_numbers_are_needed():
    with pytest.raises(ValueError, match=r"expected ten numbers, found shape \(9,\)"):
        figures.bar_ten(np.zeros(9))


def test_maps_share_a_scale_and_stand_beside_their_image():
    maps = np.stack([np.zeros((6, 6)), np.full((6, 6), 2.0)])
    drawn = [axis.images[0] for axis in figures.show_maps(np.eye(28), maps).axes]
    assert len(drawn) == 3
    assert [picture.get_clim() for picture in drawn] == [(0, 1), (0, 2), (0, 2)]


@pytest.mark.parametrize("shape", [(3, 6, 6), (0, 6, 6), (6, 6)])
def test_maps_that_do_not_fill_two_rows_are_refused(shape):
    with pytest.raises(ValueError, match="expected an even number of maps"):
        figures.show_maps(np.zeros((28, 28)), np.zeros(shape))
