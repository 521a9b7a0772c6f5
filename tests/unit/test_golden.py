"""What the recognizer answers to a hundred made-up pictures changes on purpose alone."""

import pytest

from tests.golden import Answer, answers, kept


def test_the_answers_are_the_golden_ones(recognizer):
    for answer, golden in zip(answers(recognizer), kept(), strict=True):
        assert not answer.differs(golden), f"{answer}, expected {golden}"


@pytest.mark.parametrize(
    ("line", "differs"),
    [
        ("circled 0: 15, read 15 0.98 1.00", False),
        ("circled 0: 15, read 15 0.97 0.99", False),
        ("circled 0: 15, read 15 0.94 1.00", True),
        ("circled 0: 15, read 16 0.98 1.00", True),
        ("circled 0: 15, read 1? 0.98 1.00", True),
    ],
)
def test_another_digit_or_confidence_is_noticed(line, differs):
    golden = Answer.parse("circled 0: 15, read 15 0.98 1.00")
    assert str(golden) == "circled 0: 15, read 15 0.98 1.00"
    assert Answer.parse(line).differs(golden) == differs
