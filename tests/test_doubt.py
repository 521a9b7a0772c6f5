"""What a network's answer settles where the picture alone does not tell.

Where only the rule is in question, its answers are written down here; the rest asks the
recognizer that ships.
"""

import cv2
import numpy as np

from digitlib import doubt, shapes
from digitlib.binarize import even_light, threshold
from digitlib.normalize import center_by_mass, cut_out, fit_into_20
from digitlib.shapes import Box


def ten_numbers(*answers: tuple[int, float]) -> np.ndarray:
    """Return rows of probabilities: each answer's digit has its chance, nine share the rest."""
    numbers = np.empty((len(answers), 10))
    for row, (digit, chance) in zip(numbers, answers, strict=True):
        row[:] = (1 - chance) / 9
        row[digit] = chance
    return numbers


def asked_of(recognizer, sheet: np.ndarray):
    """Return the mask of a sheet, and what the recognizer says to boxes in it."""
    ink = even_light(sheet)
    mask = threshold(ink)

    def answer(boxes):
        images = [center_by_mass(fit_into_20(cut_out(ink, mask, box))) for box in boxes]
        return recognizer.predict(np.stack(images))

    return mask, answer


def test_a_scrawl_right_above_a_digit_is_not_joined_to_it(recognizer, test_digits):
    images, labels = test_digits
    sheet = np.full((300, 300), 225, np.uint8)
    three = np.kron(images[labels == 3][0], np.ones((5, 5), np.uint8))
    sheet[100:240, 80:220] -= (three * 0.7).astype(np.uint8)
    rows, columns = np.nonzero(sheet < 150)
    middle, top = int(columns.mean()), int(rows.min())
    # A scrawl as wide as the digit ends a few pixels above it.
    across = np.linspace(middle - 45, middle + 45, 7).astype(np.int32)
    zigzag = np.stack([across, top - np.array([60, 10] * 4)[:7]], axis=1).astype(np.int32)
    cv2.polylines(sheet, [zigzag], False, 70, 7, cv2.LINE_AA)
    mask, answer = asked_of(recognizer, sheet)
    groups = shapes.find_pieces(mask)
    assert [len(pieces) for pieces in groups] == [2]
    assert answer([shapes.bounding_box(groups[0])]).argmax() != 3
    boxes = doubt.part_doubtful(groups, answer)
    assert sorted(boxes) == sorted(groups[0])
    assert 3 in answer(boxes).argmax(axis=1)


def test_pieces_are_joined_where_a_piece_says_no_more_than_the_whole():
    pieces = [Box(10, 30, 40, 60), Box(12, 18, 45, 8)]
    whole = shapes.bounding_box(pieces)
    said = {whole: (5, 0.9), pieces[0]: (5, 0.8), pieces[1]: (1, 0.3)}
    assert doubt.part_doubtful([pieces], lambda boxes: ten_numbers(*map(said.get, boxes))) == [
        whole
    ]
    # A bar is no reason to take a digit apart, however sure the network is of a one.
    said = {whole: (5, 0.5), pieces[0]: (5, 0.3), pieces[1]: (1, 0.99)}
    assert doubt.part_doubtful([pieces], lambda boxes: ten_numbers(*map(said.get, boxes))) == [
        whole
    ]


def test_a_one_with_another_mark_close_to_it_is_parted_from_it():
    one, mark = Box(10, 10, 8, 60), Box(20, 50, 40, 30)
    whole = shapes.bounding_box([one, mark])
    said = {whole: (4, 0.3), one: (1, 0.98), mark: (7, 0.2)}

    def answer(boxes):
        return ten_numbers(*map(said.get, boxes))

    assert doubt.part_doubtful([[one, mark]], answer) == [one, mark]
    # A bar with a dot is an i rather, and what the whole may be stays whole.
    dot = Box(10, 0, 8, 8)
    said |= {dot: (0, 0.1), shapes.bounding_box([one, dot]): (1, 0.3)}
    assert doubt.part_doubtful([[one, dot]], answer) == [shapes.bounding_box([one, dot])]
    said[whole] = (4, 0.5)
    assert doubt.part_doubtful([[one, mark]], answer) == [whole]


def test_a_mark_is_not_joined_to_a_digit_that_is_surer_alone():
    zero, mark = Box(60, 10, 40, 60), Box(0, 0, 55, 80)
    whole = shapes.bounding_box([zero, mark])
    said = {zero: (0, 0.98), mark: (5, 0.11), whole: (6, 0.92)}

    def answer(boxes):
        return ten_numbers(*map(said.get, boxes))

    assert doubt.join_doubtful([zero, mark], answer) == [zero, mark]
    # Any bar looks like a one, though it may be half of a four.
    said |= {zero: (1, 0.98)}
    assert doubt.join_doubtful([zero, mark], answer) == [whole]


def test_a_speck_beside_a_digit_is_none_unless_it_is_as_sure():
    digit, speck = Box(10, 10, 40, 60), Box(80, 40, 6, 12)
    boxes = [digit, speck]
    assert doubt.leave_out_chance(boxes, ten_numbers((4, 0.99), (1, 0.8)), boxes) == [digit]
    assert doubt.leave_out_chance(boxes, ten_numbers((4, 0.99), (1, 0.97)), boxes) == boxes
    # Beside an unsure shape nobody knows which of the two is the digit.
    assert doubt.leave_out_chance(boxes, ten_numbers((4, 0.7), (1, 0.8)), boxes) == boxes


def test_digits_among_few_other_shapes_stay_as_unsure_as_they_are():
    boxes = [Box(10, 10, 40, 60), Box(80, 10, 40, 60)]
    numbers = ten_numbers((4, 0.95), (7, 0.55))
    assert doubt.leave_out_chance(boxes, numbers, boxes) == boxes


def test_among_many_shapes_only_the_surest_are_digits():
    boxes = [Box(10, 10, 40, 60), Box(80, 10, 40, 60)]
    others = [Box(1000 + 70 * place, 1000, 40, 60) for place in range(6)]
    numbers = ten_numbers((4, 0.95), (7, 0.8))
    assert doubt.leave_out_chance(boxes, numbers, boxes + others) == boxes[:1]


def test_one_or_two_other_shapes_do_not_make_a_digit_doubtful():
    box = Box(10, 10, 40, 60)
    others = [Box(100, 10, 40, 60), Box(10, 100, 40, 60), Box(100, 100, 40, 60)]
    numbers = ten_numbers((4, 0.7))
    assert doubt.leave_out_chance([box], numbers, [box, *others[:2]]) == [box]
    assert doubt.leave_out_chance([box], numbers, [box, *others]) == []


def test_one_shape_of_a_texture_is_no_digit_however_sure_the_network_is():
    grid = [Box(70 * (place % 8), 90 * (place // 8), 40, 60) for place in range(48)]
    assert doubt.leave_out_chance(grid[:1], ten_numbers((4, 0.99)), grid) == []


def test_specks_do_not_count_against_a_digit():
    box = Box(200, 200, 100, 150)
    specks = [Box(10 * place, 0, 8, 8) for place in range(60)]
    assert doubt.leave_out_chance([box], ten_numbers((4, 0.6)), [box, *specks]) == [box]


def test_bars_among_many_other_shapes_are_no_ones():
    bars = [Box(100 * place, 0, 10, 60) for place in range(6)]
    others = [Box(100 * place, 3000, 50, 50) for place in range(9)]
    ones = ten_numbers(*[(1, 0.99)] * 6)
    assert doubt.leave_out_chance(bars, ones, bars + others) == []
    assert doubt.leave_out_chance(bars, ones, bars + others[:2]) == bars
    ones_and_digits = ten_numbers(*[(1, 0.99)] * 4, (7, 0.99), (4, 0.99))
    assert doubt.leave_out_chance(bars, ones_and_digits, bars + others) == bars
