"""All ways to run the network agree, and their stored rates are those of a whole run."""

import json
import subprocess
import sys

import pytest

from benchmarks import inference


def test_five_ways_agree_and_are_timed(root, tmp_path):
    file = tmp_path / "inference.json"
    command = [sys.executable, "-m", "benchmarks.inference"]
    options = ["--rounds", "1", "--seconds", "0.01", "--json", str(file)]
    done = subprocess.run([*command, *options], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())["threads"]
    assert set(found) == {"1", "2"}
    for result in found.values():
        assert max(result["apart"].values()) < inference.AGREEMENT
        assert set(result["rates"]) == {str(size) for size in inference.BATCHES}
        for rates in result["rates"].values():
            assert len(rates) == 5
            assert all(rate > 0 for (rate,) in rates.values())


def test_a_way_that_answers_otherwise_is_not_timed(monkeypatch):
    right = inference.np.full((1, 10), 0.1)
    ways = {"Keras, tf.function": lambda images: right, "other": lambda images: right + 0.01}
    monkeypatch.setattr(inference, "ways", lambda threads, folder: ways)
    monkeypatch.setattr(inference, "set_threads", lambda threads: None)
    with pytest.raises(ValueError, match=r"other differs by 0\.01"):
        inference.measure(1, 1, 0.01)


def test_the_stored_rates_are_those_of_a_whole_run():
    found = json.loads(inference.RESULTS.read_text())["threads"]
    for result in found.values():
        assert all(len(each) >= 5 for rates in result["rates"].values() for each in rates.values())
