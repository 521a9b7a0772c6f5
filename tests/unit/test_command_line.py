"""``python -m digitlib``: photographs go in, digits come out."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

import digitlib
from digitlib.__main__ import main
from digitlib.training.paper import photograph


@pytest.fixture
def photos(tmp_path, test_digits):
    images, _ = test_digits
    for name, rows in (("a.png", [images[:3]]), ("b.jpg", [images[:2], images[2:5]])):
        cv2.imwrite(str(tmp_path / name), photograph(rows, np.random.default_rng(1)))
    return tmp_path


def test_a_photograph_gives_its_digits(photos):
    command = [sys.executable, "-m", "digitlib", str(photos / "a.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "721\n"
    assert done.stderr == ""


def test_several_photographs_are_named(photos, capsys):
    assert main([str(photos / "a.png"), str(photos / "b.jpg")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{photos / 'a.png'}: 721", f"{photos / 'b.jpg'}: 72 / 104"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(photos, capsys):
    assert main([str(photos / "gone.png"), str(photos / "a.png")]) == 1
    told = capsys.readouterr()
    assert told.out == f"{photos / 'a.png'}: 721\n"
    assert "gone.png" in told.err


def test_places_and_numbers_come_as_json(photos, capsys):
    assert main(["--json", str(photos / "a.png")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["text"] == "721"
    assert [one["digit"] for one in told["readings"]] == [7, 2, 1]
    assert len(told["readings"][0]["probabilities"]) == 10
    assert main(["--json", str(photos / "a.png"), str(photos / "b.jpg")]) == 0
    assert [one["text"] for one in json.loads(capsys.readouterr().out)] == ["721", "72\n104"]


def test_boxes_are_drawn_into_a_copy(photos, capsys):
    out = photos / "drawn.png"
    assert main(["--draw", str(out), str(photos / "a.png")]) == 0
    before, after = (cv2.imread(str(photos / name)) for name in ("a.png", "drawn.png"))
    assert before.shape == after.shape
    assert (before != after).any()
    main(["--draw", str(photos / "folder"), str(photos / "a.png"), str(photos / "b.jpg")])
    assert sorted(path.name for path in (photos / "folder").iterdir()) == ["a.png", "b.jpg"]


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"digitlib {digitlib.__version__}\n"
