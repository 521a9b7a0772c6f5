"""Scenes that the page network learns from: what is written, on what, and where it stands.

A scene is a gray picture of 256 x 256 and the boxes of its digits. It is composed
(:data:`COMPOSITIONS`), laid on a ground, perhaps held in a room, lit, and seen by a camera.
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitlib.pages import grounds
from digitlib.pages.glyphs import (
    BASELINE,
    HANDWRITING,
    LAID_OUT,
    MNIST,
    PRINT,
    Glyphs,
    smooth,
)
from digitlib.reading.turning import ONE_WAY

SIDE = 256

# Boxes that a scene can have; more digits than these are not written.
MOST = 40

# Digits smaller than this, in pixels, or of which less is seen, count neither way.
SMALLEST, LEAST_SEEN = 8, 0.8

# Letters and signs that nobody takes for a digit, even alone.
CLEAR = (
    "AEFHKLMNPRTUVWXYacdefhjkmnprtuvwxyΓΔΛΞΠΣΦΨΩαβγδεζηθκλμνξπτφχψωДЖИЙКЛМНПФЦШЩЫЮЯджийлмнпфцшщыюя"
)
CLEAR_SIGNS = "+-=×÷*<>≠≤√∫%&$€#@?!:;,.°→←↑~^[]{}()/"

# Signs that stand between digits.
BETWEEN = "+-=×:/.,()%+-=*÷-=+()/()[]xy"

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


class Page:
    """What is being written: two layers of ink and the boxes of the digits.

    Attributes
    ----------
    ink, other : numpy.ndarray of float32, (SIDE, SIDE)
        How much of each pixel is ink, 0 to 1: digits, and all that is none.
    taken : numpy.ndarray of bool, (SIDE, SIDE)
        Where something stands already.
    boxes : list of numpy.ndarray, (4,)
        Left, top, right and bottom of each digit.
    digits : list of int
        Which digits they are.
    """

    def __init__(self) -> None:
        self.ink, self.other = (np.zeros((SIDE, SIDE), np.float32) for _ in range(2))
        self.taken = np.zeros((SIDE, SIDE), bool)
        self.boxes: list[np.ndarray] = []
        self.digits: list[int] = []


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
        self.glyphs, self.rng = glyphs, np.random.default_rng(seed)
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

    def make(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the next scene.

        Returns
        -------
        image : numpy.ndarray of uint8, (SIDE, SIDE)
            Gray values.
        boxes : numpy.ndarray of float32, (MOST, 6)
            Digit, left, top, right, bottom of each, and 1 where it counts neither way; rows
            without a digit begin with -1.
        """
        rng = self.rng
        names = list(COMPOSITIONS)
        chances = np.array([COMPOSITIONS[name][0] for name in names])
        name = names[rng.choice(len(names), p=chances / chances.sum())]
        page, size = Page(), self._size()
        COMPOSITIONS[name][1](self, page, size)
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
            view, boxes, hidden = self._hold(view, boxes)
            hidden = np.maximum(hidden, aside)
        view = self._light(view)
        smallest = float(np.min(boxes[:, 3] - boxes[:, 1])) if len(boxes) else size
        image = self._camera(view, smallest)
        return self._framed(image, boxes, digits, hidden, smallest)

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

    # --- What is written ----------------------------------------------------------------

    def _size(self) -> float:
        return float(np.exp(self.rng.uniform(np.log(9), np.log(200))))

    def _pen(self) -> float:
        """Return half the width of a stroke, as a share of the height of what is written."""
        return float(np.exp(self.rng.uniform(np.log(0.012), np.log(0.095))))

    def _some_digit(self) -> int:
        shares = {MNIST: 0.7, LAID_OUT: 0.14, HANDWRITING: 0.12, PRINT: 0.04}
        hand = self.rng.choice(list(shares), p=list(shares.values()))
        of_hand = self.by_hand[hand]
        return int(of_hand[self.rng.integers(len(of_hand))])

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
        box = self.put(
            page.ink, glyph, x, foot, scale, half, slant=slant, turn=turn, stretch=stretch
        )
        if box is not None:
            page.boxes.append(box)
            page.digits.append(int(self.glyphs.digits[glyph]))
            self._take(page, box, 0.04 * tall)
        return box

    def _take(self, page: Page, box: np.ndarray, margin: float) -> None:
        x0, y0, x1, y1 = np.clip(np.round(box + np.array([-1, -1, 1, 1]) * margin), 0, SIDE).astype(
            int
        )
        page.taken[y0:y1, x0:x1] = True

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
        self._take(page, box, 1)
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

    def _scrawl(
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
        self._line(page.other, smooth(points), thick)
        return float(places[-1])

    # --- Compositions -------------------------------------------------------------------

    def _large(self, page: Page, size: float) -> None:
        """Write one to three large digits, at times with a pen that is thin for their size."""
        rng = self.rng
        count = int(rng.choice([1, 1, 1, 2, 3]))
        tall = float(np.exp(rng.uniform(np.log(40), np.log(248)))) / (1 + 0.45 * (count - 1))
        thin = rng.random() < 0.4
        pen = float(np.exp(rng.uniform(np.log(0.004), np.log(0.02)))) if thin else self._pen()
        x = SIDE / 2 - (count - 1) * 0.4 * tall
        foot = (SIDE + tall) / 2
        if rng.random() < 0.7:
            x += rng.uniform(-0.5, 0.5) * max(0, SIDE - 0.8 * count * tall)
            foot += rng.uniform(-0.5, 0.5) * (SIDE - tall)
        slant, turn = rng.normal(0, 0.15), rng.normal(0, 0.07)
        for _ in range(count):
            high = tall * rng.uniform(0.85, 1.0)
            self.write(page, self._some_digit(), x, foot, high, pen, slant=slant, turn=turn)
            x += tall * rng.uniform(0.6, 0.95)

    def _rows(self, page: Page, size: float) -> None:
        """Write numbers in rows: close or wide, with signs, brackets and words between."""
        rng = self.rng
        tall = float(np.exp(rng.uniform(np.log(9), np.log(95))))
        close = rng.random() < 0.4
        step = tall * (rng.uniform(1.02, 1.35) if close else rng.uniform(1.3, 2.6))
        count = int(rng.choice([1, 1, 2, 3, 4, 9]))
        base = rng.uniform(0, max(1, SIDE - count * step)) + tall
        writer = self._writer()
        pen, slant, turn = self._pen(), rng.normal(0, 0.12), self._climb()
        gap = rng.uniform(-0.07, 0.08) if rng.random() < 0.4 else rng.uniform(0.08, 0.6)
        signs = rng.choice([0.0, 0.06, 0.4], p=[0.3, 0.5, 0.2])
        words = rng.random() < 0.25
        column = rng.random() < 0.1
        for _ in range(count):
            x = rng.uniform(0.2, max(0.3, 0.5 * SIDE / tall)) * 0.8 * tall
            if words and rng.random() < 0.6:
                half = max(0.5, pen * tall) if rng.random() < 0.7 else None
                x = self.word(page, x, base, tall * rng.uniform(0.5, 1.1), half, turn)
                x += tall * rng.uniform(0.3, 0.9)
            first = len(page.boxes)
            for _ in range(1 if column else int(rng.integers(1, 16))):
                foot = base + (x - SIDE / 2) * np.tan(turn)
                if x > SIDE - 0.3 * tall or len(page.boxes) >= MOST:
                    break
                if rng.random() < signs:
                    x = self._sign(page, x, foot, tall, pen, turn)
                    continue
                glyph = writer()
                left, top, right, bottom = self.glyphs.boxes[glyph]
                wide = tall * (right - left) / max(bottom - top, 16)
                box = self.write(
                    page, glyph, x + wide / 2, foot + rng.normal(0, 0.05) * tall,
                    tall * rng.uniform(0.82, 1.15), pen, slant=slant + rng.normal(0, 0.05),
                    turn=turn + rng.normal(0, 0.04),
                )  # fmt: skip
                end = x + wide if box is None else box[2]
                x = max(x + 0.1 * tall, end) + (gap + rng.exponential(0.03)) * tall
                if rng.random() < 0.08:
                    x += rng.uniform(0.5, 2) * tall
            if rng.random() < 0.12 and len(page.boxes) > first:
                self._mark(page, page.boxes[first:], tall, pen)
            base += step
            if base > SIDE + 0.5 * tall:
                break

    def _writer(self) -> Callable[[], int]:
        """Return who writes: often one hand writes all of a page."""
        kind = self.rng.choice(4, p=[0.35, 0.45, 0.14, 0.06])
        if kind == 0:
            return self._some_digit
        hand = (MNIST, LAID_OUT, PRINT)[kind - 1] if kind < 3 else PRINT
        if kind == 2 and self.rng.random() < 0.5:
            hand = HANDWRITING
        of_hand = self.by_hand[hand]
        if hand in (HANDWRITING, PRINT):
            style = self.rng.choice(self.glyphs.styles[of_hand])
            of_hand = of_hand[self.glyphs.styles[of_hand] == style]
        return lambda: int(of_hand[self.rng.integers(len(of_hand))])

    def _climb(self) -> float:
        return float(self.rng.normal(0, 0.05 if self.rng.random() < 0.8 else 0.17))

    def _sign(
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

    def _mark(self, page: Page, boxes: list[np.ndarray], tall: float, pen: float) -> None:
        """Underline, or draw a fraction's bar, an ellipse or a frame around some digits."""
        rng = self.rng
        first = int(rng.integers(len(boxes)))
        some = np.array(boxes[first : first + int(rng.integers(1, 6))])
        x0, y0, x1, y1 = *some[:, :2].min(0), *some[:, 2:].max(0)
        thick = max(1, int(2 * pen * tall * rng.uniform(0.5, 1.3)))
        room = tall * rng.uniform(0.08, 0.4)
        kind = rng.choice(3, p=[0.4, 0.35, 0.25])
        if kind == 0:
            row = y1 + room * 0.7
            ends = (x0 - room, row + rng.normal(0, 0.04) * tall), (x1 + room, row)
            self._line(page.other, np.array(ends), thick)
        elif kind == 1:
            self._oval(
                page.other,
                (x0 + x1) / 2,
                (y0 + y1) / 2,
                (x1 - x0) * 0.62 + room,
                (y1 - y0) * 0.62 + room,
                thick,
            )
        else:
            corners = grounds.corners_of(x0 - room, y0 - room, x1 + room, y1 + room)
            corners += rng.normal(0, 0.04, (4, 2)) * tall
            self._line(page.other, corners[[0, 1, 2, 3, 0]], thick)

    def _line(
        self, layer: np.ndarray, points: np.ndarray, thick: int, strength: float = 1.0
    ) -> None:
        path = np.rint(points * 8).astype(np.int32)
        cv2.polylines(layer, [path], False, strength, thick, cv2.LINE_AA, 3)

    def _oval(
        self,
        layer: np.ndarray,
        x: float,
        y: float,
        wide: float,
        high: float,
        thick: int,
        strength: float = 1.0,
    ) -> None:
        """Draw an ellipse as a hand does: not quite round, its end past its beginning."""
        rng = self.rng
        start = rng.uniform(0, 2 * np.pi)
        angles = start + np.linspace(0, rng.uniform(1.85, 2.15) * np.pi, 40)
        drift = 1 + rng.normal(0, 0.05) * np.linspace(-1, 1, 40)
        points = np.stack(
            [x + wide * drift * np.cos(angles), y + high * drift * np.sin(angles)], axis=1
        )
        self._line(layer, points, thick, strength)

    def _scattered(self, page: Page, size: float) -> None:
        """Strew digits of similar size over the page."""
        rng, pen = self.rng, self._pen()
        for _ in range(int(rng.integers(1, 20))):
            tall = float(np.clip(size * np.exp(rng.normal(0, 0.25)), 9, 150))
            x, foot = rng.uniform(0.04, 0.96) * SIDE, rng.uniform(0.1, 1) * SIDE
            around = np.clip([x - 0.4 * tall, foot - tall, x + 0.4 * tall, foot], 0, SIDE).astype(
                int
            )
            if not page.taken[around[1] : around[3], around[0] : around[2]].any():
                self.write(page, self._some_digit(), x, foot, tall, pen, turn=rng.normal(0, 0.12))

    def _cells(self, page: Page, size: float) -> None:
        """Fill cells of a form, a comb, a table or a puzzle, or circles, with digits."""
        rng = self.rng
        tall = float(np.exp(rng.uniform(np.log(11), np.log(120))))
        wide, high = tall * rng.uniform(0.85, 2.2), tall * rng.uniform(1.12, 2.2)
        across = max(1, min(int(SIDE / wide), int(rng.integers(1, 9))))
        down = max(1, min(int(SIDE / high), int(rng.integers(1, 8))))
        if rng.random() < 0.3:
            down = 1
        start = rng.uniform(0, 1, 2) * np.maximum(1, (SIDE - across * wide, SIDE - down * high))
        shape = rng.choice(
            ("grid", "boxes", "ovals", "comb", "patches"), p=[0.3, 0.25, 0.25, 0.1, 0.1]
        )
        thick, strength = max(1, int(tall * rng.uniform(0.015, 0.1))), rng.uniform(0.3, 1)
        writer, pen, filled = self._writer(), self._pen(), rng.uniform(0.4, 1)
        for row in range(down):
            for column in range(across):
                corner = start + np.array([column * wide, row * high])
                self._cell(page, shape, corner, wide, high, thick, strength)
                if rng.random() < filled:
                    x = corner[0] + (0.5 + rng.normal(0, 0.04)) * wide
                    foot = corner[1] + high / 2 + tall * (0.5 + rng.normal(0, 0.05))
                    self.write(page, writer(), x, foot, tall * rng.uniform(0.7, 0.98), pen)
        if rng.random() < 0.2:
            base = start[1] - 0.2 * tall
            self.word(page, start[0], base, tall * rng.uniform(0.3, 0.8), None, 0.0)

    def _cell(
        self,
        page: Page,
        shape: str,
        corner: np.ndarray,
        wide: float,
        high: float,
        thick: int,
        strength: float,
    ) -> None:
        x, y = corner
        outline = grounds.corners_of(x, y, x + wide, y + high)[[0, 1, 2, 3, 0]]
        if shape == "grid":
            self._line(page.other, outline, thick, strength)
        elif shape == "boxes":
            middle = outline[:4].mean(0)
            jitter = self.rng.normal(0, 0.012, (5, 2)) * high
            self._line(
                page.other, middle + (outline - middle) * (0.9, 0.93) + jitter, thick, strength
            )
        elif shape == "ovals":
            self._oval(
                page.other, x + wide / 2, y + high / 2, 0.47 * wide, 0.48 * high, thick, strength
            )
        elif shape == "comb":
            self._line(
                page.other,
                outline[[0, 3, 2, 1]] + ((0, 0.5 * high), (0, 0), (0, 0), (0, 0.5 * high)),
                thick,
                strength,
            )
        else:
            window = page.other[
                int(max(0, y + 2)) : int(y + high - 2), int(max(0, x + 2)) : int(x + wide - 2)
            ]
            np.maximum(window, 0.25 * strength, out=window)

    def _text(self, page: Page, size: float) -> None:
        """Fill a page with words."""
        rng = self.rng
        tall = float(np.exp(rng.uniform(np.log(8), np.log(70))))
        half = max(0.5, tall * rng.uniform(0.03, 0.08)) if rng.random() < 0.7 else None
        base, turn = tall, self._climb()
        few, scrawled = rng.random() < 0.35, rng.random() < 0.35
        if few:
            base = rng.uniform(0.2, 0.9) * SIDE
        while base < SIDE + tall / 2:
            x = rng.uniform(0, 0.3) * SIDE
            for _ in range(1 if few else int(rng.integers(1, 6))):
                write = self._scrawl if scrawled else self.word
                x = write(page, x, base, tall, half, turn) + rng.uniform(0.4, 0.9) * tall
                if x > SIDE:
                    break
            if few:
                return
            base += tall * rng.uniform(1.2, 3)

    def _signs(self, page: Page, size: float) -> None:
        """Strew letters, signs and small drawings over the page, often a single large one."""
        if self.rng.random() < 0.2:
            self._again_and_again(page)
            return
        alone = self.rng.random() < 0.5
        tall = float(np.exp(self.rng.uniform(np.log(30), np.log(220)))) if alone else size
        self._stuff(page, 1 if alone else int(self.rng.integers(2, 9)), tall)

    def _again_and_again(self, page: Page) -> None:
        """Write the same letter or sign in rows."""
        rng = self.rng
        letter = str(rng.choice(list(CLEAR + 2 * CLEAR_SIGNS + "()/()/")))
        glyphs = self.letters.get(letter)
        if glyphs is None:
            return
        tall, pen = float(np.exp(rng.uniform(np.log(14), np.log(90)))), self._pen()
        across, down = tall * rng.uniform(0.9, 2), tall * rng.uniform(1.2, 2)
        for base in np.arange(down, SIDE, down):
            glyph = int(rng.choice(glyphs))
            for x in np.arange(across, SIDE - 0.5 * across, across):
                place = np.array([x, base]) + rng.normal(0, 0.06, 2) * tall
                turn = rng.normal(0, 0.06)
                self.letter(page, glyph, *place, tall / 32, max(0.5, pen * tall), turn=turn)

    def _stuff(self, page: Page, count: int, size: float) -> None:
        rng = self.rng
        pen = self._pen()
        for _ in range(count):
            tall = float(np.clip(size * np.exp(rng.normal(0, 0.4)), 8, 220))
            x, y = rng.uniform(0.08, 0.92, 2) * SIDE
            if rng.random() < 0.55:
                letter = str(rng.choice(list(CLEAR if rng.random() < 0.6 else CLEAR_SIGNS)))
                glyphs = self.letters.get(letter)
                if glyphs is not None:
                    half = max(0.5, pen * tall) if rng.random() < 0.8 else None
                    glyph, turn = int(rng.choice(glyphs)), rng.normal(0, 0.15)
                    self.letter(page, glyph, x, y, tall / 32, half, turn=turn, free=True)
                continue
            layer = np.zeros((SIDE, SIDE), np.float32)
            self._drawing(layer, np.array([x, y]), tall, max(1, round(2 * pen * tall)))
            if not page.taken[layer > 0.3].any():
                np.maximum(page.other, layer, out=page.other)
                page.taken |= layer > 0.3

    def _drawing(self, layer: np.ndarray, place: np.ndarray, tall: float, thick: int) -> None:
        """Draw a scribble, a zigzag, a polygon, an arrow, a face, a house, a bar or a spot."""
        rng = self.rng
        kind = rng.integers(8)
        if kind == 0:
            nodes = rng.uniform(-1, 1, (int(rng.integers(5, 14)), 1, 2)).astype(np.float32)
            path = cv2.resize(nodes, (1, 12 * len(nodes)), interpolation=cv2.INTER_CUBIC)[:, 0]
            self._line(layer, place + 0.6 * tall * path, thick)
        elif kind == 1:
            count = int(rng.integers(5, 20))
            heights = rng.uniform(0.2, 1, count) * (-1.0) ** np.arange(count)
            path = np.stack([np.linspace(-2, 2, count), heights], axis=1)
            self._line(layer, place + 0.6 * tall * path, thick)
        elif kind in (2, 3):
            count = int(rng.integers(3, 7))
            angles = rng.uniform(0, 6.28) + np.arange(count + 1) * 2 * np.pi / count
            corners = np.stack([np.cos(angles), np.sin(angles)], axis=1)
            corners[:count] *= rng.uniform(0.75, 1.2, (count, 1))
            corners[count] = corners[0]
            self._line(layer, place + 0.6 * tall * corners, thick)
        elif kind == 4:
            way = rng.normal(0, 1, 2)
            way *= 1.4 * tall / np.hypot(*way)
            ends = [tuple(np.int32(end).tolist()) for end in (place, place + way)]
            cv2.arrowedLine(layer, *ends, 1.0, thick, cv2.LINE_AA)
        elif kind == 5:
            self._oval(layer, *place, 0.55 * tall, 0.6 * tall, thick)
            for way in (-1, 1):
                eye = place + np.array([way * 0.2 * tall, -0.15 * tall])
                cv2.circle(
                    layer,
                    tuple(np.int32(eye).tolist()),
                    max(1, int(0.05 * tall)),
                    1.0,
                    -1,
                    cv2.LINE_AA,
                )
            mouth = np.stack(
                [np.linspace(-0.25, 0.25, 9), 0.25 - 2 * np.linspace(-0.25, 0.25, 9) ** 2], axis=1
            )
            self._line(layer, place + tall * mouth, thick)
        elif kind == 6:
            house = np.array(
                [[-0.5, 0], [-0.5, 0.6], [0.5, 0.6], [0.5, 0], [-0.5, 0], [0, -0.5], [0.5, 0]]
            )
            self._line(layer, place + tall * house + rng.normal(0, 0.03, house.shape) * tall, thick)
        else:
            # A bar that is too flat for a one.
            angle = rng.uniform(-0.6, 0.6)
            way = rng.uniform(0.5, 3) * tall * np.array([np.cos(angle), np.sin(angle)])
            self._line(layer, np.array([place - way, place + way]), thick)

    def _nothing(self, page: Page, size: float) -> None:
        """Leave the page empty."""

    # --- Ink, light, camera ---------------------------------------------------------------

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
            self._stuff(
                page, int(rng.integers(1, 5)), float(np.median([b[3] - b[1] for b in page.boxes]))
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

    def _hold(
        self, view: np.ndarray, boxes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Hold the page in a room; return the view, the boxes there, and which are hidden."""
        rng = self.rng
        behind = grounds.room(SIDE, rng)
        wide = rng.uniform(0.45, 1.5) * SIDE
        # The sheet may be cut off the page's upper or lower part, as a note is.
        top, bottom = (0.0, SIDE) if rng.random() < 0.5 else np.sort(rng.uniform(0, SIDE, 2))
        if bottom - top < 0.3 * SIDE:
            top, bottom = 0.0, float(SIDE)
        high = wide * (bottom - top) / SIDE * rng.uniform(0.85, 1.15)
        spare = np.array([SIDE - wide, SIDE - high])
        corner = np.where(spare > 0, rng.uniform(-0.1, 1.1, 2), rng.uniform(-0.15, 1.15, 2)) * spare
        corners = grounds.corners_of(*corner, corner[0] + wide, corner[1] + high)
        corners += rng.normal(0, 0.03, (4, 2)) * wide
        turn = rng.normal(0, 0.07)
        middle = corners.mean(0)
        corners = (corners - middle) @ np.array(
            [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        ) + middle
        matrix = cv2.getPerspectiveTransform(
            np.float32(grounds.corners_of(0, top, SIDE, bottom)), np.float32(corners)
        )
        shrink = SIDE / wide
        if shrink > 1.1:
            view = cv2.GaussianBlur(view, (0, 0), 0.35 * shrink)
        sheet = cv2.warpPerspective(view, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        cover = np.zeros((SIDE, SIDE), np.float32)
        cv2.fillConvexPoly(cover, np.rint(corners * 8).astype(np.int32), 1.0, cv2.LINE_AA, 3)
        cover = cv2.GaussianBlur(cover, (0, 0), 0.6)
        if rng.random() < 0.3:
            # The sheet's own shadow on what is behind it.
            shade = cv2.GaussianBlur(
                np.roll(cover, rng.integers(-8, 9, 2), (0, 1)), (0, 0), rng.uniform(2, 8)
            )
            behind = behind * (1 - rng.uniform(0.2, 0.6) * shade)
        out = behind * (1 - cover) + sheet * cover
        fingers = np.zeros((SIDE, SIDE), np.uint8)
        if rng.random() < 0.5:
            self._fingers(out, fingers, corners)
        placed, hidden = [], []
        for left, up, right, down in boxes:
            around = grounds.corners_of(left, up, right, down).astype(np.float32)
            seen = cv2.perspectiveTransform(around[np.newaxis], matrix)[0]
            placed.append([*seen.min(0), *seen.max(0)])
            x0, y0, x1, y1 = np.clip(placed[-1], 0, SIDE).astype(int)
            covered = fingers[y0:y1, x0:x1].mean() if x1 > x0 and y1 > y0 else 0
            lost = max(top - up, down - bottom) / (down - up)
            hidden.append(2 if lost > 0.9 or covered > 0.9 else int(lost > 0.1 or covered > 0.12))
        return out, np.array(placed).reshape(-1, 4), np.array(hidden, int)

    def _fingers(self, out: np.ndarray, fingers: np.ndarray, corners: np.ndarray) -> None:
        rng = self.rng
        edge = int(rng.integers(4))
        start, end = corners[edge], corners[(edge + 1) % 4]
        inward = corners.mean(0) - (start + end) / 2
        inward /= np.hypot(*inward)
        along = (end - start) / max(1, np.hypot(*(end - start)))
        size = rng.uniform(0.03, 0.07) * SIDE
        place = start + rng.uniform(0.1, 0.9) * (end - start)
        skin = rng.uniform(50, 220)
        for number in range(int(rng.integers(1, 5))):
            tip = place + along * number * 1.7 * size + inward * rng.uniform(0.5, 3) * size
            root = tip - inward * rng.uniform(3, 9) * size
            ends = [tuple(np.int32(at).tolist()) for at in (root, tip)]
            finger = np.zeros_like(fingers)
            cv2.line(finger, *ends, 1, max(2, int(1.5 * size)))
            out[finger > 0] = skin * rng.uniform(0.85, 1.1)
            fingers |= finger

    def _light(self, view: np.ndarray) -> np.ndarray:
        rng = self.rng
        rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype(np.float32)
        if rng.random() < 0.6:
            angle = rng.uniform(0, 2 * np.pi)
            slope = np.cos(angle) * columns + np.sin(angle) * rows
            view = view * np.clip(1 + rng.uniform(0, 0.45) * slope, 0.15, 1.3)
        if rng.random() < 0.25:
            angle = rng.uniform(0, 2 * np.pi)
            edge = np.cos(angle) * columns + np.sin(angle) * rows - rng.uniform(-0.6, 0.6)
            dark = 1 / (1 + np.exp(-np.clip(edge / rng.uniform(0.008, 0.3), -30, 30)))
            view = view * (1 - rng.uniform(0.15, 0.6) * dark)
        if rng.random() < 0.06:
            away = np.hypot(columns - rng.uniform(-1, 1), rows - rng.uniform(-1, 1))
            view = view + 200 * rng.uniform(0.2, 1) * np.exp(-((away / rng.uniform(0.1, 0.4)) ** 2))
        if rng.random() < 0.08:
            view = 255 - np.clip(view, 0, 255)
        return np.clip(view, 0, 255)

    def _camera(self, view: np.ndarray, smallest: float) -> np.ndarray:
        rng = self.rng
        if rng.random() < 0.7:
            blur = min(rng.exponential(0.03) * smallest + rng.uniform(0.3, 0.8), 6)
            view = cv2.GaussianBlur(view, (0, 0), blur, sigmaY=blur * rng.uniform(0.5, 1))
        if rng.random() < 0.15 and smallest > 24:
            few = max(int(SIDE * rng.uniform(11, 24) / smallest), 20)
            view = cv2.resize(view, (few, few), interpolation=cv2.INTER_AREA)
            view = cv2.resize(view, (SIDE, SIDE), interpolation=int(rng.choice([0, 1, 2])))
        if rng.random() < 0.7:
            view = view + rng.standard_normal((SIDE, SIDE), np.float32) * rng.exponential(4)
        image = np.uint8(np.clip(view, 0, 255))
        if rng.random() < 0.35:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 95))]
            image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE)
        return image

    def _framed(
        self,
        image: np.ndarray,
        boxes: np.ndarray,
        digits: list[int],
        hidden: np.ndarray,
        smallest: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Crop some pictures tightly, and list the boxes."""
        rng = self.rng
        frame = np.array([0, 0, SIDE, SIDE])
        if len(boxes) and rng.random() < 0.15:
            margin = rng.uniform(0, 0.25) * smallest
            low = np.maximum(0, np.floor(boxes[:, :2].min(0) - margin)).astype(int)
            high = np.minimum(SIDE, np.ceil(boxes[:, 2:].max(0) + margin)).astype(int)
            if (high - low).min() > 16:
                frame = np.concatenate([low, high])
                inside = image[low[1] : high[1], low[0] : high[0]]
                # Beyond the border of a picture there is nothing: its middle gray.
                cropped = np.full_like(image, np.median(inside))
                cropped[low[1] : high[1], low[0] : high[0]] = inside
                image = cropped
        rows = np.zeros((MOST, 6), np.float32)
        rows[:, 0] = -1
        count = 0
        for box, digit, lost in zip(boxes, digits, hidden, strict=True):
            seen = np.concatenate([np.maximum(box[:2], frame[:2]), np.minimum(box[2:], frame[2:])])
            share = np.prod(np.maximum(0, seen[2:] - seen[:2])) / max(1, np.prod(box[2:] - box[:2]))
            if share <= 0.1 or lost > 1:
                continue
            small = max(box[2:] - box[:2]) < SMALLEST
            rows[count] = digit, *seen, float(share < LEAST_SEEN or bool(lost) or small)
            count += 1
        return image, rows


COMPOSITIONS: dict[str, tuple[float, Callable[[SceneMaker, Page, float], None]]] = {
    "large": (0.16, SceneMaker._large),
    "rows": (0.35, SceneMaker._rows),
    "scattered": (0.05, SceneMaker._scattered),
    "cells": (0.15, SceneMaker._cells),
    "text": (0.15, SceneMaker._text),
    "signs": (0.13, SceneMaker._signs),
    "nothing": (0.13, SceneMaker._nothing),
}
