"""A hand that writes digits, signs, letters and words on a page, from a pool of shapes."""

from collections.abc import Callable

import cv2
import numpy as np

from digitlib.training.pages.glyphs import (
    BASELINE,
    HANDWRITING,
    LAID_OUT,
    MNIST,
    PRINT,
    Glyphs,
    smooth,
)
from digitlib.training.pages.page import MOST, SIDE, Page, line

# A one that leans further to the right, pixels for each of its height, is mostly written more
# upright: among digits, such a stroke is the line of a fraction.
LEANING = 0.45

# Signs that stand between digits.
BETWEEN = "+-=×:/.,()%+-=*÷-=+()/()[]xy////"

_WORDS = """
    Name Date Class Exam Total Sum Room No Page Nr Datum Klasse Matrix Test Question Answer
    Points Price Tel Phone Street City Sold Bill Hello World The quick brown fox jumps over
    lazy dog and of to in is you that it he was for on are as with his they at be this have
    from or one had by word but not what all were we when your can said there use an each
    which she do how their if will up other about out many then them these so some her would
    make like him into time look two more write go see number way could people Zoo Ibis Obst
    Soll Gold Biologie Igel Quiz loss boss SOS OSLO ZOO BIO SOLO LOGO blog bag big dog god
"""
WORDS = _WORDS.split()


class Writer:
    """Writes with the shapes of a pool.

    Parameters
    ----------
    glyphs : Glyphs
        The pool.
    rng : numpy.random.Generator
        The source of chance.
    """

    def __init__(self, glyphs: Glyphs, rng: np.random.Generator):
        self.glyphs, self.rng = glyphs, rng
        is_digit = glyphs.digits >= 0
        self.by_hand = {
            hand: np.flatnonzero(is_digit & (glyphs.hands == hand))
            for hand in (MNIST, LAID_OUT, HANDWRITING, PRINT)
        }
        self.letters: dict[str, np.ndarray] = {
            letter: np.flatnonzero((glyphs.letters == letter) & ~is_digit)
            for letter in np.unique(glyphs.letters[~is_digit])
        }
        self.styles = {
            style: dict(
                zip(
                    glyphs.letters[glyphs.styles == style],
                    np.flatnonzero(glyphs.styles == style),
                    strict=True,
                )
            )
            for style in np.unique(glyphs.styles)
            if style > 1
        }
        self.by_strokes = {
            letter: some[glyphs.hands[some] == LAID_OUT] for letter, some in self.letters.items()
        }
        self.leans = {
            int(one): _lean(glyphs.depth[one])
            for one in self.by_hand[MNIST]
            if glyphs.digits[one] == 1
        }
        self.bars = np.flatnonzero((glyphs.digits == 1) & (glyphs.hands == LAID_OUT))

    def size(self) -> float:
        """Return how tall digits are written on a page, pixels."""
        return float(np.exp(self.rng.uniform(np.log(9), np.log(200))))

    def pen(self) -> float:
        """Return half the width of a stroke, as a share of the height of what is written."""
        return float(np.exp(self.rng.uniform(np.log(0.012), np.log(0.095))))

    def climb(self) -> float:
        """Return the angle at which lines of writing fall."""
        return float(self.rng.normal(0, 0.05 if self.rng.random() < 0.8 else 0.17))

    def some_digit(self) -> int:
        """Return a digit of any hand, by its number in the pool."""
        if self.rng.random() < 0.04:
            return int(self.rng.choice(self.bars))
        shares = {MNIST: 0.7, LAID_OUT: 0.14, HANDWRITING: 0.12, PRINT: 0.04}
        hand = self.rng.choice(list(shares), p=list(shares.values()))
        of_hand = self.by_hand[hand]
        return int(of_hand[self.rng.integers(len(of_hand))])

    def one_hand(self) -> Callable[[], int]:
        """Return who writes: often one hand writes all of a page."""
        kind = self.rng.choice(4, p=[0.35, 0.45, 0.14, 0.06])
        if kind == 0:
            return self.some_digit
        hand = (MNIST, LAID_OUT, PRINT)[kind - 1]
        if kind == 2 and self.rng.random() < 0.5:
            hand = HANDWRITING
        of_hand = self.by_hand[hand]
        if hand in (HANDWRITING, PRINT):
            style = self.rng.choice(self.glyphs.styles[of_hand])
            of_hand = of_hand[self.glyphs.styles[of_hand] == style]
        return lambda: int(of_hand[self.rng.integers(len(of_hand))])

    def put(
        self,
        layer: np.ndarray,
        glyph: int,
        x: float,
        foot: float,
        scale: float,
        half: float | None,
        *,
        slant: float = 0.0,
        turn: float = 0.0,
        stretch: float = 1.0,
    ) -> np.ndarray | None:
        """Draw a shape, and return the box of its ink; None where there is none in sight.

        Parameters
        ----------
        layer : numpy.ndarray of float32, (SIDE, SIDE)
            Where the ink goes.
        glyph : int
            Which shape of the pool.
        x, foot : float
            Where the middle of its box and the lower end of it stand, pixels.
        scale : float
            Pixels of the scene for each pixel of the shape.
        half : float or None
            Half the width of its strokes, pixels of the scene; as in the pool if None.
        slant, turn, stretch : float
            Sideways for each pixel of height, an angle, wider by this factor.

        Returns
        -------
        numpy.ndarray of float, (4,), or None
            Left, top, right, bottom.
        """
        depth = self.glyphs.depth[glyph].astype(np.float32)
        if half is not None:
            pen = half / scale
            away = self.glyphs.away[glyph].astype(np.float32)
            depth = np.maximum(depth + (pen - self.glyphs.half[glyph]), pen - away)
        left, top, right, bottom = self.glyphs.boxes[glyph]
        cosine, sine = np.cos(turn), np.sin(turn)
        matrix = np.array([[cosine, -sine], [sine, cosine]]) @ (
            scale * np.array([[stretch, -slant], [0, 1]])
        )
        origin = np.array([(left + right) / 2, bottom])
        corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
        corners = corners + 3 * np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) - origin
        seen = corners @ matrix.T + (x, foot)
        low, high = np.floor(seen.min(0)).astype(int) - 1, np.ceil(seen.max(0)).astype(int) + 2
        if (high <= 0).any() or (low >= SIDE).any() or (high - low).max() > 3 * SIDE:
            return None
        move = np.array([x, foot]) - low - matrix @ origin
        drawn = cv2.warpAffine(
            depth,
            np.column_stack([matrix, move]),
            tuple((high - low).tolist()),
            flags=cv2.INTER_LINEAR,
            borderValue=-50,
        )
        drawn = np.clip(drawn * scale + 0.5, 0, 1)
        x0, y0, wide, tall = cv2.boundingRect((drawn > 0.4).astype(np.uint8))
        if wide == 0:
            return None
        start, stop = np.maximum(low, 0), np.minimum(high, SIDE)
        window = layer[start[1] : stop[1], start[0] : stop[0]]
        part = drawn[start[1] - low[1] : stop[1] - low[1], start[0] - low[0] : stop[0] - low[0]]
        np.maximum(window, part, out=window)
        return np.array([x0, y0, x0 + wide, y0 + tall], float) + np.tile(low, 2)

    def write(
        self, page: Page, glyph: int, x: float, foot: float, tall: float, pen: float,
        *, slant: float = 0.0, turn: float = 0.0,
    ) -> np.ndarray | None:  # fmt: skip
        """Write a digit of some height; return its box."""
        if len(page.boxes) >= MOST:
            return None
        left, top, right, bottom = self.glyphs.boxes[glyph]
        scale = tall / max(bottom - top, 0.6 * (right - left), 16)
        half: float | None = float(np.clip(pen * tall, 0.45, 1.6 * scale * self.glyphs.half[glyph]))
        if self.glyphs.hands[glyph] == PRINT and self.rng.random() < 0.6:
            half = None
        stretch = self.rng.uniform(0.8, 1.22)
        lean = self.leans.get(glyph, 0.0)
        if lean > LEANING and self.rng.random() < 0.7:
            slant += self.rng.uniform(0, LEANING) - lean
        box = self.put(
            page.ink, glyph, x, foot, scale, half, slant=slant, turn=turn, stretch=stretch
        )
        if box is not None:
            page.boxes.append(box)
            page.digits.append(int(self.glyphs.digits[glyph]))
            page.take(box, 0.04 * tall)
        return box

    def letter(
        self, page: Page, glyph: int, x: float, base: float, scale: float, half: float | None,
        *, turn: float = 0.0, free: bool = False,
    ) -> np.ndarray | None:  # fmt: skip
        """Write what is no digit, standing on `base`; where `free`, only on free ground."""
        layer = np.zeros((SIDE, SIDE), np.float32) if free else page.other
        foot = base + (self.glyphs.boxes[glyph][3] - BASELINE) * scale
        slant, stretch = self.rng.normal(0, 0.1), self.rng.uniform(0.8, 1.25)
        box = self.put(layer, glyph, x, foot, scale, half, slant=slant, turn=turn, stretch=stretch)
        if box is None:
            return None
        if free:
            if page.taken[layer > 0.3].any():
                return None
            np.maximum(page.other, layer, out=page.other)
        page.take(box, 1)
        page.heights.append(float(max(box[2:] - box[:2])))
        return box

    def word(
        self, page: Page, x: float, base: float, tall: float, half: float | None, turn: float
    ) -> float:
        """Write a word and return where it ends; capitals are `tall` high."""
        rng = self.rng
        text = str(rng.choice(WORDS))
        if rng.random() < 0.15:
            text = "".join(
                rng.choice(
                    list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), rng.integers(2, 9)
                )
            )
        if rng.random() < 0.25:
            text = text.upper()
        style = self.styles[list(self.styles)[rng.integers(len(self.styles))]]
        if rng.random() < 0.4:
            style = {
                letter: int(rng.choice(self.by_strokes[letter])) for letter in sorted(set(text))
            }
        scale, start, gap = tall / 31, x, rng.uniform(0.01, 0.16)
        for letter in text:
            glyph = style.get(letter)
            if glyph is None:
                x += 0.4 * tall
                continue
            left, _, right, _ = self.glyphs.boxes[glyph]
            wide = (right - left) * scale
            self.letter(
                page, glyph, x + wide / 2, base + (x - start) * np.tan(turn), scale, half, turn=turn
            )
            x += wide + gap * tall
            if x > SIDE:
                break
        return x

    def scrawl(
        self, page: Page, x: float, base: float, tall: float, half: float | None, turn: float
    ) -> float:
        """Write what looks like a word of joined letters, and return where it ends."""
        rng = self.rng
        count = int(rng.integers(4, 26))
        steps = rng.uniform(-0.08, 0.4, count) * tall * 0.6
        places = x + np.maximum.accumulate(np.cumsum(steps) - 0.1 * tall * rng.random(count))
        # To and fro between the line and the height of small letters, at times beyond.
        heights = np.where(np.arange(count) % 2, rng.uniform(0.35, 0.6, count), 0.0)
        far = rng.random(count) < 0.18
        heights[far] = np.where(heights[far] > 0, rng.uniform(0.8, 1.1), -rng.uniform(0.2, 0.5))
        foot = base + (places - x) * np.tan(turn)
        points = np.stack([places, foot - heights * tall], axis=1).astype(np.float32)
        points += rng.normal(0, 0.05, points.shape).astype(np.float32) * np.float32(tall)
        thick = max(1, round(2 * (half or 0.04 * tall)))
        line(page.other, smooth(points), thick)
        page.heights.append(tall)
        return float(places[-1])

    def sign(
        self, page: Page, x: float, base: float, tall: float, pen: float, turn: float
    ) -> float:
        """Put a sign or the letter of a variable between digits; return where it ends."""
        rng = self.rng
        text = str(rng.choice(list(BETWEEN if rng.random() < 0.85 else "xyabcnkmπ√∫")))
        glyphs = self.letters.get(text)
        if glyphs is None:
            return x + 0.3 * tall
        glyph = int(rng.choice(glyphs))
        left, _, right, _ = self.glyphs.boxes[glyph]
        scale = tall / 32 * rng.uniform(0.7, 1.15)
        wide, room = (right - left) * scale, rng.uniform(0.08, 0.3) * tall
        half = max(0.5, pen * tall)
        box = self.letter(page, glyph, x + room + wide / 2, base, scale, half, turn=turn)
        return x + 2 * room + (wide if box is None else box[2] - box[0])


def _lean(depth: np.ndarray) -> float:
    """Return how far a shape leans to the right, pixels for each of its height."""
    rows, columns = np.nonzero(depth > 0)
    return -float(np.cov(columns, rows)[0, 1] / max(np.var(rows), 1e-6)) if rows.size > 1 else 0.0
