"""Made-up photographs: the same for the same seed, and refused when the digits do not fit."""

import numpy as np
import pytest

from digitlib.training.paper import photograph


def test_the_same_seed_gives_the_same_picture(test_digits):
    line = test_digits[0][:3]
    first, second = (photograph([line], np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (480, 640, 3)
    assert first.dtype == np.uint8


def test_ink_is_darker_than_paper_unless_it_is_chalk(test_digits):
    line = test_digits[0][:1]
    ink, chalk = (
        photograph([line], np.random.default_rng(0), light_on_dark=board, shadow=0, grain=0)
        for board in (False, True)
    )
    assert np.median(ink) - ink.min() > 100 > ink.max() - np.median(ink)
    assert chalk.max() - np.median(chalk) > 100 > np.median(chalk) - chalk.min()


def test_digits_that_do_not_fit_are_refused(test_digits):
    with pytest.raises(ValueError, match="1 lines of up to 9 digits of 100 pixels do not fit"):
        photograph([test_digits[0][:9]], np.random.default_rng(0))
