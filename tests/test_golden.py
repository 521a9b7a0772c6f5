"""What the recognizer answers to a hundred made-up pictures changes on purpose alone."""

from tests.golden import KEPT, answers


def test_the_answers_are_the_golden_ones():
    assert list(answers()) == KEPT.read_text().splitlines()
