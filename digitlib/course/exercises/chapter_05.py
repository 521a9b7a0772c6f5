"""The checks of chapter 05: filters, windows, maps."""

from typing import Any

import numpy as np
from scipy.signal import correlate2d

from digitlib.course.exercises.checking import Wrong, an_array, exercise


def _stroke(turn: str) -> np.ndarray:
    """Return a picture of 9 x 9 with one straight stroke, one pixel wide."""
    falling = np.eye(9)
    upright = np.zeros((9, 9))
    upright[:, 4] = 1
    pictures = {"falls": falling, "rises": falling[:, ::-1], "stands": upright, "lies": upright.T}
    return pictures[turn]


@exercise("ex-05-slant", "your filter, an array of 3 × 3")
def slant(answer: Any) -> str | None:
    """Check that a filter answers to falling strokes, and to an even ground with 0."""
    weights = an_array(answer, "the filter", (3, 3)).astype(float)
    if not weights.any():
        raise Wrong("all weights are 0, so the filter answers to nothing")
    if abs(weights.sum()) > 1e-6 * np.abs(weights).max():
        raise Wrong(
            f"on a sheet that is evenly gray the window gives {weights.sum():.3g} times its gray, "
            "and should give 0"
        )
    strongest = {
        turn: correlate2d(_stroke(turn), weights, mode="valid").max()
        for turn in ("falls", "rises", "stands", "lies")
    }
    best = max(strongest, key=strongest.__getitem__)
    if best == "rises":
        raise Wrong("it answers most to strokes that rise to the right: that is the other slant")
    if best != "falls":
        raise Wrong(f"it answers more to a stroke that {best} than to one that falls")
    if strongest["falls"] <= 1.2 * max(strongest["stands"], strongest["lies"]):
        raise Wrong("it hardly tells a falling stroke from an upright or a level one")
    return None
