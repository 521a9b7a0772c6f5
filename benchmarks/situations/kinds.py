"""The situations, by name: what stands on the sheet, what else is on it, where the sheet is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.situations import enclosed, forms, lines, texts, views
from benchmarks.situations.sheet import Desk, Drawn


@dataclass(frozen=True)
class Situation:
    """A picture of a situation, and what is written in it.

    Attributes
    ----------
    image : numpy.ndarray of uint8, (height, width, 3)
        The picture, BGR.
    lines : tuple of str
        The digits of each line from the top, as in ``("314", "15")``; none in clutter.
    kind : str
        One of ``KINDS``.
    what : str
        The variant in a few words.
    """

    image: np.ndarray
    lines: tuple[str, ...]
    kind: str
    what: str


DRAW: dict[str, Callable[[Desk], Drawn]] = {
    "circled": enclosed.circled,
    "cells": enclosed.cells,
    "ruled": lines.ruled,
    "squared": lines.squared,
    "long number": lines.long_number,
    "close lines": lines.close_lines,
    "tight crop": views.tight_crop,
    "tablet": views.tablet,
    "equation": texts.equation,
    "words": texts.words,
    "national forms": forms.national,
    "touching": forms.touching,
    "room": views.in_room,
    "clutter": views.clutter_alone,
    "turned": views.turned,
}
KINDS = tuple(DRAW)


def draw(kind: str, rng: np.random.Generator, images: np.ndarray, labels: np.ndarray) -> Situation:
    """Draw a picture of a situation.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    rng : numpy.random.Generator
        The source of chance: the same state gives the same picture.
    images : numpy.ndarray of uint8, (n, 28, 28)
        The digits to write with, in MNIST's own form; each of the ten has to be there.
    labels : numpy.ndarray of int, (n,)
        Which digits they are, 0 to 9.

    Returns
    -------
    Situation

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in DRAW:
        raise ValueError(f"expected a kind out of {', '.join(KINDS)}, found {kind!r}")
    image, lines, what = DRAW[kind](Desk(rng, images, labels))
    return Situation(np.ascontiguousarray(np.asarray(image)[..., ::-1]), lines, kind, what)
