"""A value is said with what was expected of it, and a second run compares the verdict."""

import configparser
import re

import numpy as np
import pytest

from digitlib.course.bands import band, wilson_interval


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (98.714, 98, 99.5, "98.71 (expected 98 to 99.5: yes)"),
        (98.0, 98, 99.5, "98.00 (expected 98 to 99.5: yes)"),
        (99.5, 98, 99.5, "99.50 (expected 98 to 99.5: yes)"),
        (97.99, 98, 99.5, "97.99 (expected 98 to 99.5: NO)"),
        (34.68, 25, 50, "34.7 (expected 25 to 50: yes)"),
        (0.98123, 0.98, 0.99, "0.9812 (expected 0.98 to 0.99: yes)"),
        (46938, 40_000, 60_000, "46,938 (expected 40000 to 60000: yes)"),
        (-0.31, -0.5, -0.1, "-0.31 (expected -0.5 to -0.1: yes)"),
        (3.2849e-8, 0, 1e-5, "3.28e-08 (expected 0 to 1e-05: yes)"),
        (10, 6, 10, "10 (expected 6 to 10: yes)"),
        (np.int64(2446), 10, 1e6, "2,446 (expected 10 to 1e+06: yes)"),
        (43, 10, 1e6, "43 (expected 10 to 1e+06: yes)"),
        (3, 3, 3, "3 (expected 3 to 3: yes)"),
        (float("nan"), 98, 99.5, "nan (expected 98 to 99.5: NO)"),
        (float("inf"), 98, 99.5, "inf (expected 98 to 99.5: NO)"),
    ],
)
def test_the_value_is_said_with_the_band_and_a_verdict(capsys, value, low, high, said):
    band("what was measured", value, low, high)
    assert capsys.readouterr().out == f"what was measured: {said}\n"


@pytest.fixture
def sanitized(root):
    """Return what nbval compares of a line."""
    rules = configparser.RawConfigParser()
    rules.read(root / "tests" / "sanitize.cfg")

    def sanitize(line: str) -> str:
        for name in rules.sections():
            line = re.sub(rules[name]["regex"], rules[name]["replace"], line)
        return line

    return sanitize


def test_a_second_run_compares_verdicts_and_not_values(capsys, sanitized):
    def compared(value: float, low: float = 10, high: float = 60_000) -> str:
        band("0 to 255: loss", value, low, high)
        return sanitized(capsys.readouterr().out)

    assert compared(20) == compared(41_234.5) == compared(59_999)
    assert compared(20) != compared(9.9)
    assert compared(20) != compared(float("nan"))
    assert compared(-0.03, -1, 1) == compared(0.6, -1, 1)
    assert compared(2e-7, 0, 1e-5) == compared(9e-6, 0, 1e-5)
    assert compared(20, 10) != compared(20, 11)


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
