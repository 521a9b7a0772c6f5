"""Where the picture alone does not tell: what a network says to other ways to cut it up.

Pieces of one digit are put together, and what looks like a digit by chance is left out.
"""

from collections.abc import Callable

import numpy as np

from digitlib.shapes import Box, bounding_box, gap_between, stand_close

# Where so small a share of the shapes are digits, the picture shows other things: a texture, a
# face, a page of print. By chance alone one of many shapes looks like a digit.
FEW_DIGITS = 0.35
SURE_AMONG_OTHERS = 0.95
HARDLY_A_DIGIT = 0.05
HARDLY_A_DIGIT_NEAR = 0.16
MOSTLY_BARS = 0.7
# So few other shapes prove nothing, so many do.
FEW_OTHERS = 2
MANY_OTHERS = 8

# What is so much smaller than a digit may be a speck beside it.
SPECK = 0.3

# Below this confidence a shape that was found is taken for something other than a digit.
LEAST_CONFIDENCE = 0.4

# Below this confidence a shape may be a piece of a digit, or more than one.
SURE = 0.6

# More shapes than this are a texture or a page of print, where none is worth a second look.
MOST_IN_DOUBT = 40

# Asked about boxes, it answers with ten probabilities for each, (n, 10).
Answer = Callable[[list[Box]], np.ndarray]


def part_doubtful(groups: list[list[Box]], answer: Answer) -> list[Box]:
    """Join the pieces of each group, unless a network sees a digit in one of them rather.

    Parameters
    ----------
    groups : list of list of Box
        From :func:`find_pieces`.
    answer : callable
        What a network says to each box of a list, ten probabilities.

    Returns
    -------
    list of Box
        One box for each digit.
    """
    boxes = []
    for pieces in groups:
        around = bounding_box(pieces)
        size = max(around.width, around.height)
        # A much smaller piece is no digit beside the others.
        large = [piece for piece in pieces if max(piece.width, piece.height) > 0.05 * size]
        if len(pieces) > 1 and len(large) <= MOST_IN_DOUBT:
            numbers = answer([around, *large])
            joined, alone = numbers[0].max(), numbers[1:].max(axis=1)
            # Any bar looks like a one: that a piece does says nothing. And where all pieces
            # look like digits they are the strokes of a letter rather.
            digit = alone[numbers[1:].argmax(axis=1) != 1].max(initial=0)
            one = alone[numbers[1:].argmax(axis=1) == 1].max(initial=0)
            sizes = [max(piece.width, piece.height) for piece in large]
            # But where the whole is nothing, it may be a one with another mark close to it.
            if joined < LEAST_CONFIDENCE and one > SURE_AMONG_OTHERS and min(sizes) > SPECK * size:
                digit = one
            if digit > max(SURE, joined + 0.1) and alone.min() < SURE:
                boxes += pieces
                continue
        boxes.append(around)
    return boxes


def join_doubtful(boxes: list[Box], answer: Answer) -> list[Box]:
    """Put neighboring pieces together where a network then sees a digit, and did not before.

    Parameters
    ----------
    boxes : list of Box
        From :func:`find_boxes`.
    answer : callable
        What a network says to each box of a list, ten probabilities.

    Returns
    -------
    list of Box
        Pieces of one digit as one box, all others as they were.
    """
    numbers = answer(boxes)
    sure = dict(zip(boxes, numbers.max(axis=1), strict=True))
    # Any bar looks like a one: only another digit is worth keeping as it is.
    digit = numbers.argmax(axis=1)
    alone = {box: sure[box] if name != 1 else 0 for box, name in zip(boxes, digit, strict=True)}
    pieces = [box for box in boxes if sure[box] < SURE]
    if not pieces or len(boxes) > MOST_IN_DOUBT:
        return boxes
    joined = {}
    for piece in pieces:
        near = [box for box in boxes if stand_close(piece, box)]
        # With each neighbor alone, and with all of them at once.
        for group in [*([piece, other] for other in near if other != piece), near]:
            if len(group) > 1:
                joined[frozenset(group)] = bounding_box(group)
    if not joined:
        return boxes
    gain = {}
    chances = answer(list(joined.values())).max(axis=1)
    for group, chance in zip(joined, chances, strict=True):
        area = sum(box.width * box.height for box in group)
        before = sum(sure[box] * box.width * box.height for box in group) / area
        most_alone = max(alone[box] for box in group)
        if chance > SURE and chance > before + 0.1 and chance >= most_alone:
            gain[group] = chance - before
    kept, taken = [], set()
    for group in sorted(gain, key=gain.get, reverse=True):
        if not taken & group:
            taken |= group
            kept.append(joined[group])
    return kept + [box for box in boxes if box not in taken]


def leave_out_chance(boxes: list[Box], numbers: np.ndarray, pieces: list[Box]) -> list[Box]:
    """Leave out what looks like a digit by chance: one of many shapes in a texture, a face.

    Parameters
    ----------
    boxes : list of Box
        What may be digits.
    numbers : numpy.ndarray, (n, 10)
        What a network says to each of the n boxes.
    pieces : list of Box
        All strokes that were found, whether they may be digits or not.

    Returns
    -------
    list of Box
        All of the boxes where few other shapes are about as large; the surest of them, or
        none, where most are something else.
    """
    sure = numbers.max(axis=1) >= 0.5
    if not sure.any():
        return boxes
    digits = [box for box, is_sure in zip(boxes, sure, strict=True) if is_sure]
    size = np.median([max(box.width, box.height) for box in digits])
    others = [
        piece
        for piece in pieces
        if max(piece.width, piece.height) > 0.4 * size
        and not any(_has_middle_in(piece, digit) for digit in digits)
    ]
    near = sum(min(gap_between(other, digit) for digit in digits) < 2 * size for other in others)
    share = len(digits) / (len(digits) + len(others))
    share_near = len(digits) / (len(digits) + near)
    if share < HARDLY_A_DIGIT or (share_near < HARDLY_A_DIGIT_NEAR and near > MANY_OTHERS):
        return []
    highest, likeliest = numbers.max(axis=1), numbers.argmax(axis=1)
    others_count = share < FEW_DIGITS and len(others) > FEW_OTHERS
    kept = highest >= (SURE_AMONG_OTHERS if others_count else 0)
    # Any bar looks like a one, and there are many bars in a picture of other things.
    bars = np.mean(likeliest[kept & sure] == 1) if (kept & sure).any() else 0
    if len(others) > MANY_OTHERS and bars > MOSTLY_BARS:
        return []
    heights = np.array([box.height for box in boxes])
    surest = highest >= SURE_AMONG_OTHERS
    # A speck beside a digit may look like another one.
    kept &= surest | (heights > SPECK * heights[surest].max(initial=0))
    return [box for box, stays in zip(boxes, kept, strict=True) if stays]


def _has_middle_in(one: Box, other: Box) -> bool:
    x, y = one.x + one.width / 2, one.y + one.height / 2
    return other.x <= x < other.x + other.width and other.y <= y < other.y + other.height
