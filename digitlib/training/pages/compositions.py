"""What a page is filled with: large digits, rows, cells, text, signs, or nothing.

Each composition takes who writes, the page, and a height for what is written in pixels, which
those that write in sizes of their own leave aside.
"""

from collections.abc import Callable

import cv2
import numpy as np

from digitlib.training.pages import grounds
from digitlib.training.pages.page import MOST, SIDE, Page, line, oval
from digitlib.training.pages.writing import Writer

# Letters and signs that hardly anybody takes for a digit, even alone.
CLEAR = (
    "ABEFGHKLMNPRTUVWXYabcdefghjkmnpqrtuvwxy"
    "ΓΔΛΞΠΣΦΨΩαβγδεζηθκλμνξπτφχψω"
    "ДЖИЙКЛМНПФЦШЩЫЮЯджийлмнпфцшщыюя"
)
# Those of them that are taken for one most easily.
ALIKE = "αβγδεθπρσφωξbBGgqy&@$€%?√∫ФЯЮ"
CLEAR_SIGNS = "+-=×÷*<>≠≤√∫%&$€#@?!:;,.°→←↑~^[]{}()/"


def large(writer: Writer, page: Page, size: float) -> None:
    """Write one to three large digits, at times with a pen that is thin for their size."""
    rng = writer.rng
    count = int(rng.choice([1, 1, 1, 2, 3]))
    tall = float(np.exp(rng.uniform(np.log(40), np.log(248)))) / (1 + 0.45 * (count - 1))
    thin = rng.random() < 0.4
    pen = float(np.exp(rng.uniform(np.log(0.004), np.log(0.02)))) if thin else writer.pen()
    x = SIDE / 2 - (count - 1) * 0.4 * tall
    foot = (SIDE + tall) / 2
    if rng.random() < 0.7:
        x += rng.uniform(-0.5, 0.5) * max(0, SIDE - 0.8 * count * tall)
        foot += rng.uniform(-0.5, 0.5) * (SIDE - tall)
    slant, turn = rng.normal(0, 0.15), rng.normal(0, 0.07)
    for _ in range(count):
        high = tall * rng.uniform(0.85, 1.0)
        writer.write(page, writer.some_digit(), x, foot, high, pen, slant=slant, turn=turn)
        x += tall * rng.uniform(0.6, 0.95)


def rows(writer: Writer, page: Page, size: float) -> None:
    """Write numbers in rows: close or wide, with signs, brackets and words between."""
    rng = writer.rng
    tall = float(np.exp(rng.uniform(np.log(9), np.log(95))))
    close = rng.random() < 0.4
    step = tall * (rng.uniform(1.02, 1.35) if close else rng.uniform(1.3, 2.6))
    count = int(rng.choice([1, 1, 2, 3, 4, 9]))
    base = rng.uniform(0, max(1, SIDE - count * step)) + tall
    digit = writer.one_hand()
    pen, slant, turn = writer.pen(), rng.normal(0, 0.12), writer.climb()
    gap = rng.uniform(-0.12, 0.07) if rng.random() < 0.4 else rng.uniform(0.08, 0.6)
    signs = rng.choice([0.0, 0.06, 0.4], p=[0.25, 0.45, 0.3])
    words = rng.random() < 0.35
    column = rng.random() < 0.1
    for _ in range(count):
        x = rng.uniform(0.2, max(0.3, 0.5 * SIDE / tall)) * 0.8 * tall
        if words and rng.random() < 0.6:
            half = max(0.5, pen * tall) if rng.random() < 0.7 else None
            x = writer.word(page, x, base, tall * rng.uniform(0.5, 1.1), half, turn)
            x += tall * rng.uniform(0.3, 0.9)
        first = len(page.boxes)
        for _ in range(1 if column else int(rng.integers(1, 16))):
            foot = base + (x - SIDE / 2) * np.tan(turn)
            if x > SIDE - 0.3 * tall or len(page.boxes) >= MOST:
                break
            if rng.random() < signs:
                x = writer.sign(page, x, foot, tall, pen, turn)
                continue
            glyph = digit()
            left, top, right, bottom = writer.glyphs.boxes[glyph]
            wide = tall * (right - left) / max(bottom - top, 16)
            box = writer.write(
                page, glyph, x + wide / 2, foot + rng.normal(0, 0.05) * tall,
                tall * rng.uniform(0.82, 1.15), pen, slant=slant + rng.normal(0, 0.05),
                turn=turn + rng.normal(0, 0.04),
            )  # fmt: skip
            end = x + wide if box is None else box[2]
            x = max(x + 0.1 * tall, end) + (gap + rng.exponential(0.03)) * tall
            if rng.random() < 0.08:
                x += rng.uniform(0.5, 2) * tall
        if rng.random() < 0.12 and len(page.boxes) > first:
            _mark(writer, page, page.boxes[first:], tall, pen)
        base += step
        if base > SIDE + 0.5 * tall:
            break


def _mark(writer: Writer, page: Page, boxes: list[np.ndarray], tall: float, pen: float) -> None:
    """Underline, or draw a fraction's bar, an ellipse or a frame around some digits."""
    rng = writer.rng
    first = int(rng.integers(len(boxes)))
    some = np.array(boxes[first : first + int(rng.integers(1, 6))])
    (x0, y0), (x1, y1) = some[:, :2].min(0), some[:, 2:].max(0)
    thick = max(1, int(2 * pen * tall * rng.uniform(0.5, 1.3)))
    room = tall * rng.uniform(0.08, 0.4)
    kind = rng.choice(3, p=[0.4, 0.35, 0.25])
    if kind == 0:
        row = y1 + room * 0.7
        ends = (x0 - room, row + rng.normal(0, 0.04) * tall), (x1 + room, row)
        line(page.other, np.array(ends), thick)
    elif kind == 1:
        oval(
            page.other,
            rng,
            (x0 + x1) / 2,
            (y0 + y1) / 2,
            (x1 - x0) * 0.62 + room,
            (y1 - y0) * 0.62 + room,
            thick,
        )
    else:
        corners = grounds.corners_of(x0 - room, y0 - room, x1 + room, y1 + room)
        corners += rng.normal(0, 0.04, (4, 2)) * tall
        line(page.other, corners[[0, 1, 2, 3, 0]], thick)


def scattered(writer: Writer, page: Page, size: float) -> None:
    """Strew digits of similar size over the page."""
    rng, pen = writer.rng, writer.pen()
    for _ in range(int(rng.integers(1, 20))):
        tall = float(np.clip(size * np.exp(rng.normal(0, 0.25)), 9, 150))
        x, foot = rng.uniform(0.04, 0.96) * SIDE, rng.uniform(0.1, 1) * SIDE
        around = np.clip([x - 0.4 * tall, foot - tall, x + 0.4 * tall, foot], 0, SIDE).astype(int)
        if not page.taken[around[1] : around[3], around[0] : around[2]].any():
            writer.write(page, writer.some_digit(), x, foot, tall, pen, turn=rng.normal(0, 0.12))


def cells(writer: Writer, page: Page, size: float) -> None:
    """Fill cells of a form, a comb, a table or a puzzle, or circles, with digits."""
    rng = writer.rng
    tall = float(np.exp(rng.uniform(np.log(11), np.log(120))))
    wide, high = tall * rng.uniform(0.85, 2.2), tall * rng.uniform(1.12, 2.2)
    across = max(1, min(int(SIDE / wide), int(rng.integers(1, 9))))
    down = max(1, min(int(SIDE / high), int(rng.integers(1, 8))))
    if rng.random() < 0.3:
        down = 1
    start = rng.uniform(0, 1, 2) * np.maximum(1, (SIDE - across * wide, SIDE - down * high))
    shape = rng.choice(("grid", "boxes", "ovals", "comb", "patches"), p=[0.3, 0.25, 0.25, 0.1, 0.1])
    thick, strength = max(1, int(tall * rng.uniform(0.015, 0.1))), rng.uniform(0.3, 1)
    digit, pen, filled = writer.one_hand(), writer.pen(), rng.uniform(0.4, 1)
    for row in range(down):
        for column in range(across):
            corner = start + np.array([column * wide, row * high])
            _cell(writer, page, shape, corner, wide, high, thick, strength)
            if rng.random() < filled:
                x = corner[0] + (0.5 + rng.normal(0, 0.04)) * wide
                foot = corner[1] + high / 2 + tall * (0.5 + rng.normal(0, 0.05))
                writer.write(page, digit(), x, foot, tall * rng.uniform(0.7, 0.98), pen)
    if rng.random() < 0.2:
        base = start[1] - 0.2 * tall
        writer.word(page, start[0], base, tall * rng.uniform(0.3, 0.8), None, 0.0)


def _cell(
    writer: Writer,
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
        line(page.other, outline, thick, strength)
    elif shape == "boxes":
        middle = outline[:4].mean(0)
        jitter = writer.rng.normal(0, 0.012, (5, 2)) * high
        line(page.other, middle + (outline - middle) * (0.9, 0.93) + jitter, thick, strength)
    elif shape == "ovals":
        oval(
            page.other,
            writer.rng,
            x + wide / 2,
            y + high / 2,
            0.47 * wide,
            0.48 * high,
            thick,
            strength,
        )
    elif shape == "comb":
        line(
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


def text(writer: Writer, page: Page, size: float) -> None:
    """Fill a page with words."""
    rng = writer.rng
    tall = float(np.exp(rng.uniform(np.log(8), np.log(70))))
    half = max(0.5, tall * rng.uniform(0.03, 0.08)) if rng.random() < 0.7 else None
    base, turn = tall, writer.climb()
    few, scrawled = rng.random() < 0.35, rng.random() < 0.35
    if few:
        base = rng.uniform(0.2, 0.9) * SIDE
    while base < SIDE + tall / 2:
        x = rng.uniform(0, 0.3) * SIDE
        for _ in range(1 if few else int(rng.integers(1, 6))):
            write = writer.scrawl if scrawled else writer.word
            x = write(page, x, base, tall, half, turn) + rng.uniform(0.4, 0.9) * tall
            if x > SIDE:
                break
        if few:
            return
        base += tall * rng.uniform(1.2, 3)


def signs(writer: Writer, page: Page, size: float) -> None:
    """Strew letters, signs and small drawings over the page, often a single large one."""
    if writer.rng.random() < 0.2:
        _again_and_again(writer, page)
        return
    alone = writer.rng.random() < 0.5
    tall = float(np.exp(writer.rng.uniform(np.log(30), np.log(220)))) if alone else size
    stuff(writer, page, 1 if alone else int(writer.rng.integers(2, 9)), tall)


def _again_and_again(writer: Writer, page: Page) -> None:
    """Write the same letter or sign in rows."""
    rng = writer.rng
    letter = str(rng.choice(list(CLEAR + 2 * CLEAR_SIGNS + "()/()/")))
    glyphs = writer.letters.get(letter)
    if glyphs is None:
        return
    tall, pen = float(np.exp(rng.uniform(np.log(14), np.log(90)))), writer.pen()
    across, down = tall * rng.uniform(0.9, 2), tall * rng.uniform(1.2, 2)
    for base in np.arange(down, SIDE, down):
        glyph = int(rng.choice(glyphs))
        for x in np.arange(across, SIDE - 0.5 * across, across):
            at, foot = np.array([x, base]) + rng.normal(0, 0.06, 2) * tall
            turn = rng.normal(0, 0.06)
            writer.letter(page, glyph, at, foot, tall / 32, max(0.5, pen * tall), turn=turn)


def stuff(writer: Writer, page: Page, count: int, size: float) -> None:
    """Strew letters, signs and small drawings over free ground."""
    rng = writer.rng
    pen = writer.pen()
    for _ in range(count):
        tall = float(np.clip(size * np.exp(rng.normal(0, 0.4)), 8, 220))
        x, y = rng.uniform(0.08, 0.92, 2) * SIDE
        if rng.random() < 0.55:
            some = (CLEAR, CLEAR_SIGNS, ALIKE)[rng.choice(3, p=[0.4, 0.25, 0.35])]
            letter = str(rng.choice(list(some)))
            glyphs = writer.letters.get(letter)
            if glyphs is not None:
                half = max(0.5, pen * tall) if rng.random() < 0.8 else None
                glyph, turn = int(rng.choice(glyphs)), rng.normal(0, 0.15)
                writer.letter(page, glyph, x, y, tall / 32, half, turn=turn, free=True)
            continue
        layer = np.zeros((SIDE, SIDE), np.float32)
        _drawing(writer, layer, np.array([x, y]), tall, max(1, round(2 * pen * tall)))
        if not page.taken[layer > 0.3].any():
            np.maximum(page.other, layer, out=page.other)
            page.taken |= layer > 0.3


def _drawing(writer: Writer, layer: np.ndarray, place: np.ndarray, tall: float, thick: int) -> None:
    """Draw a scribble, a zigzag, a polygon, an arrow, a face, a house, a bar or a spot."""
    rng = writer.rng
    kind = rng.integers(8)
    if kind == 0:
        nodes = rng.uniform(-1, 1, (int(rng.integers(5, 14)), 1, 2)).astype(np.float32)
        path = cv2.resize(nodes, (1, 12 * len(nodes)), interpolation=cv2.INTER_CUBIC)[:, 0]
        line(layer, place + 0.6 * tall * path, thick)
    elif kind == 1:
        count = int(rng.integers(5, 20))
        heights = rng.uniform(0.2, 1, count) * (-1.0) ** np.arange(count)
        path = np.stack([np.linspace(-2, 2, count), heights], axis=1)
        line(layer, place + 0.6 * tall * path, thick)
    elif kind in (2, 3):
        count = int(rng.integers(3, 7))
        angles = rng.uniform(0, 6.28) + np.arange(count + 1) * 2 * np.pi / count
        corners = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        corners[:count] *= rng.uniform(0.75, 1.2, (count, 1))
        corners[count] = corners[0]
        line(layer, place + 0.6 * tall * corners, thick)
    elif kind == 4:
        way = rng.normal(0, 1, 2)
        way *= 1.4 * tall / np.hypot(*way)
        ends = grounds.pixel_of(place), grounds.pixel_of(place + way)
        cv2.arrowedLine(layer, *ends, 1.0, thick, cv2.LINE_AA)
    elif kind == 5:
        oval(layer, rng, place[0], place[1], 0.55 * tall, 0.6 * tall, thick)
        for side in (-1, 1):
            eye = grounds.pixel_of(place + np.array([side * 0.2 * tall, -0.15 * tall]))
            cv2.circle(layer, eye, max(1, int(0.05 * tall)), 1.0, -1, cv2.LINE_AA)
        mouth = np.stack(
            [np.linspace(-0.25, 0.25, 9), 0.25 - 2 * np.linspace(-0.25, 0.25, 9) ** 2], axis=1
        )
        line(layer, place + tall * mouth, thick)
    elif kind == 6:
        house = np.array(
            [[-0.5, 0], [-0.5, 0.6], [0.5, 0.6], [0.5, 0], [-0.5, 0], [0, -0.5], [0.5, 0]]
        )
        line(layer, place + tall * house + rng.normal(0, 0.03, house.shape) * tall, thick)
    else:
        # A bar that is too flat for a one.
        angle = rng.uniform(-0.6, 0.6)
        way = rng.uniform(0.5, 3) * tall * np.array([np.cos(angle), np.sin(angle)])
        line(layer, np.array([place - way, place + way]), thick)


def nothing(writer: Writer, page: Page, size: float) -> None:
    """Leave the page empty."""


COMPOSITIONS: dict[str, tuple[float, Callable[[Writer, Page, float], None]]] = {
    "large": (0.15, large),
    "rows": (0.34, rows),
    "scattered": (0.05, scattered),
    "cells": (0.15, cells),
    "text": (0.21, text),
    "signs": (0.17, signs),
    "nothing": (0.11, nothing),
}
