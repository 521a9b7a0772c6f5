"""Measured values, printed with what was expected so that a re-run can be compared."""

import math

import numpy as np


def band(name: str, value: float, low: float, high: float) -> None:
    """Print a measured value, and whether it lies where it was expected.

    The value differs a little on another machine, so a re-run compares the rest of the line.

    Parameters
    ----------
    name : str
        What was measured.
    value : float
        The measured value.
    low, high : float
        The band, both ends included.
    """
    verdict = "yes" if low <= value <= high else "NO"
    print(f"{name}: {_said(value, low, high)} (expected {low:g} to {high:g}: {verdict})")


def _said(value: float, low: float, high: float) -> str:
    """Return a count as it is, and a value with the decimals of a hundredth of its band."""
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if not math.isfinite(value) or low >= high or (low >= 0 and high >= 100 * low):
        # A band over several powers of ten has no such decimals.
        return f"{value:.3g}"
    decimals = max(0, round(2 - math.log10(high - low)))
    return f"{value:,.{decimals}f}"


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval in which a share lies, given what was counted.

    Parameters
    ----------
    successes, trials : int
        How often it was so, of how many.
    z : float
        Half width in standard deviations; 1.96 for 95 %.

    Returns
    -------
    low, high : float
        Shares from 0 to 1.

    Raises
    ------
    ValueError
        Unless 0 <= successes <= trials and trials > 0.

    Notes
    -----
    Wilson 1927, Journal of the American Statistical Association 22, p. 209-212.
    """
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"expected 0 <= successes <= trials, found {successes} of {trials}")
    share = successes / trials
    center = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # Rounding may carry an end at 0 or 1 just beyond it.
    return max(0.0, (center - half) / scale), min(1.0, (center + half) / scale)
