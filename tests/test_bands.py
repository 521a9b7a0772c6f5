"""Verdicts are the same line wherever the value lies in the band, and another one outside."""

import pytest

from digitlib.course.bands import band, wilson_interval


@pytest.mark.parametrize("value", [98.0, 98.7, 99.5])
def test_inside_the_band(capsys, value):
    band("test accuracy (%)", value, 98, 99.5)
    assert capsys.readouterr().out == "test accuracy (%) between 98 and 99.5: yes\n"


@pytest.mark.parametrize("value", [97.999, 99.51, float("nan")])
def test_outside_the_band_the_value_is_said(capsys, value):
    band("test accuracy (%)", value, 98, 99.5)
    assert capsys.readouterr().out.startswith("test accuracy (%) between 98 and 99.5: NO, it is")


def test_the_interval_of_wilson():
    # Worked by hand for 9 of 10 with z = 1.96.
    low, high = wilson_interval(9, 10)
    assert low == pytest.approx(0.5958, abs=1e-4)
    assert high == pytest.approx(0.9821, abs=1e-4)
    # Without rounding's help the ends at 0 and 1 fall just outside for some counts.
    for trials in range(1, 100):
        assert wilson_interval(0, trials)[0] == pytest.approx(0)
        assert wilson_interval(trials, trials)[1] == pytest.approx(1)
        assert wilson_interval(0, trials)[0] >= 0 and wilson_interval(trials, trials)[1] <= 1


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (11, 10), (-1, 10)])
def test_impossible_counts_are_refused(successes, trials):
    with pytest.raises(ValueError, match=f"found {successes} of {trials}"):
        wilson_interval(successes, trials)
