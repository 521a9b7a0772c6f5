"""The benchmark counts what it says it counts."""

import numpy as np
import pytest

from benchmarks import reading
from digitlib.training.scenes import Scene

BLANK = np.full((40, 40, 3), 230, np.uint8)


def scene(*lines: str) -> Scene:
    return Scene(BLANK, lines, "lines" if lines else "negative", 3, "blank paper")


@pytest.mark.parametrize(
    ("digits", "right"), [("3141", True), ("314", False), ("31411", False), ("", False)]
)
def test_a_page_is_read_when_all_its_digits_are_and_no_more(digits, right):
    assert reading.is_success(scene("31", "41"), (digits, [0.9] * len(digits))) is right


@pytest.mark.parametrize(
    ("confidences", "claimed"), [([], False), ([0.49], False), ([0.2, 0.5], True)]
)
def test_a_false_claim_is_a_confident_digit(confidences, claimed):
    assert reading.is_success(scene(), ("7" * len(confidences), confidences)) is claimed


@pytest.mark.parametrize(
    ("digits", "right"),
    [
        ("1234", [True] * 4),
        ("1334", [True, False, True, True]),
        ("234", [True] * 3),
        ("91234", [False, True, True, True, True]),
    ],
)
def test_each_digit_is_judged_against_what_stands_there(digits, right):
    confidences = [0.5 + 0.1 * place for place in range(len(digits))]
    judged = reading.judged(scene("12", "34"), (digits, confidences))
    assert judged == list(zip(confidences, right, strict=True))


def test_the_calibration_error_is_the_mean_distance_of_confidence_and_truth():
    # 0.95 of whom 0.75 are right (twice as many), and 0.55 of whom all are right.
    judgments = [(0.95, place % 4 > 0) for place in range(40)] + [(0.55, True)] * 20
    found = reading.calibration(judgments)
    assert found["error"] == pytest.approx((2 * 0.2 + 0.45) / 3)
    assert [entry["from"] for entry in found["bins"]] == [0.5, 0.9]
    assert [entry["trials"] for entry in found["bins"]] == [20, 40]


def test_more_scenes_begin_with_the_same_ones(test_digits):
    few, more = (list(reading.make_scenes("single", 3, count, 5, test_digits)) for count in (1, 2))
    np.testing.assert_array_equal(few[0].image, more[0].image)
    assert few[0].lines == more[0].lines
    assert len(more) == 2


def test_the_whole_report_is_made_from_one_scene_of_each_kind(
    tmp_path, capsys, monkeypatch, recognizer
):
    monkeypatch.setattr(reading, "FRAMES", 1)
    path = tmp_path / "result.json"
    reading.main(["--images", "1", "--peers", "0", "--json", str(path)])
    printed = capsys.readouterr().out
    for title in ("Single digits", "Numbers", "Pages", "False claims", "Each step", "Calibration"):
        assert title in printed
    for step in reading.STEPS:
        assert f"| {step} " in printed
    results = reading.json.loads(path.read_text())
    own = [
        row for row in results["scenes"] if row["reader"] == reading.OWN and row["what"] == "all"
    ]
    assert {(row["kind"], row["severity"]) for row in own} == {
        (kind, severity) for kind in reading.KINDS for severity in reading.SEVERITIES
    }
    assert results["uci"]["trials"] == 1797
