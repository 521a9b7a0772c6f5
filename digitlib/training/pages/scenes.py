"""Scenes that the page network learns from: what is written, on what, and where it stands.

A scene is a gray picture of 256 x 256 and the boxes of its digits. It is composed
(:data:`digitlib.training.pages.compositions.COMPOSITIONS`), laid on a ground, perhaps held in a
room, lit, and seen by a camera.
"""

import cv2
import numpy as np

from digitlib.data import ONE_WAY
from digitlib.training.pages import grounds
from digitlib.training.pages.camera import framed, lit, photographed
from digitlib.training.pages.compositions import COMPOSITIONS, stuff
from digitlib.training.pages.glyphs import Glyphs
from digitlib.training.pages.page import SIDE, Page
from digitlib.training.pages.sheets import hold
from digitlib.training.pages.writing import Writer


class SceneMaker:
    """Makes scenes from a pool of shapes.

    Parameters
    ----------
    glyphs : Glyphs
        What is written with.
    seed : int
        The same seed makes the same scenes.
    """

    def __init__(self, glyphs: Glyphs, seed: int):
        self.rng = np.random.default_rng(seed)
        self.writer = Writer(glyphs, self.rng)

    def make(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the next scene.

        Returns
        -------
        image : numpy.ndarray of uint8, (SIDE, SIDE)
            Gray values.
        boxes : numpy.ndarray of float32, (MOST, 6)
            Digit, left, top, right, bottom of each, and 1 where it counts neither way; rows
            without a digit begin with -1. Where there is no digit at all, the first row ends
            with the height of what is written, 0 where nothing is.
        """
        rng = self.rng
        names = list(COMPOSITIONS)
        chances = np.array([COMPOSITIONS[name][0] for name in names])
        name = names[rng.choice(len(names), p=chances / chances.sum())]
        page, size = Page(), self.writer.size()
        COMPOSITIONS[name][1](self.writer, page, size)
        written = 0.0 if page.boxes else page.height_of_letters()
        turned = rng.random() < (0.05 if page.boxes else 0.2)
        aside = self._turn(page) if turned else np.zeros(len(page.boxes), int)
        held = rng.random() < 0.35
        view, light = grounds.ground(SIDE, rng)
        if held:
            view, light = np.full((SIDE, SIDE), rng.uniform(130, 254), np.float32), False
        elif name == "nothing" and rng.random() < 0.8:
            surroundings = (grounds.room, grounds.room, grounds.photograph, grounds.texture)
            view = surroundings[rng.integers(len(surroundings))](SIDE, rng)
        size = float(np.median([box[3] - box[1] for box in page.boxes])) if page.boxes else size
        grounds.rule(view, size, light, rng)
        if not page.boxes and rng.random() < 0.7:
            page.other = self._bent(page.other, size)
        self._ink(view, page, light)
        boxes, digits = np.array(page.boxes).reshape(-1, 4), page.digits
        hidden = aside
        if held:
            view, boxes, hidden = hold(view, boxes, rng)
            hidden = np.maximum(hidden, aside)
        view = lit(view, rng)
        smallest = float(np.min(boxes[:, 3] - boxes[:, 1])) if len(boxes) else size
        image = photographed(view, smallest, rng)
        image, rows = framed(image, boxes, digits, hidden, smallest, rng)
        rows[0, 5] = rows[0, 5] if page.boxes else written
        return image, rows

    def _turn(self, page: Page) -> np.ndarray:
        """Turn a page by quarters; return 2 for what is no digit then, 1 for what may be one."""
        quarters = int(self.rng.integers(1, 4))
        page.ink, page.other, page.taken = (
            np.rot90(layer, quarters).copy() for layer in (page.ink, page.other, page.taken)
        )
        for _ in range(quarters):
            # Against the clock: what was right is now above.
            page.boxes = [
                np.array([top, SIDE - right, bottom, SIDE - left])
                for left, top, right, bottom in page.boxes
            ]
        return np.where(np.isin(page.digits, ONE_WAY), 2, 1)

    def _bent(self, layer: np.ndarray, size: float) -> np.ndarray:
        """Return print as another hand would write it: its strokes bend."""
        rng = self.rng
        count = int(np.clip(SIDE / size * rng.uniform(0.8, 2.5), 3, 40))
        reach = SIDE / count * rng.uniform(0.05, 0.28)
        moves = [reach * grounds.clouds(SIDE, count, rng) for _ in range(2)]
        rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        return cv2.remap(layer, columns + moves[0], rows + moves[1], cv2.INTER_LINEAR)

    def _ink(self, view: np.ndarray, page: Page, light: bool) -> None:
        rng = self.rng
        if page.boxes and rng.random() < 0.3:
            stuff(
                self.writer,
                page,
                int(rng.integers(1, 5)),
                float(np.median([b[3] - b[1] for b in page.boxes])),
            )
        contrast = rng.uniform(0.3, 1) if rng.random() < 0.8 else rng.uniform(0.15, 0.35)
        other = contrast if rng.random() < 0.6 else rng.uniform(0.2, 1)
        for layer, strength in ((page.other, other), (page.ink, contrast)):
            cover = strength * layer
            if rng.random() < 0.3:
                fading = np.clip(
                    0.5 + 0.3 * grounds.clouds(SIDE, int(2 ** rng.uniform(4, 8)), rng), 0, 1
                )
                cover *= 1 - rng.uniform(0.1, 0.6) * fading
            color = (250 if light else 5) + rng.normal(0, 10)
            view += cover * (color - view)
