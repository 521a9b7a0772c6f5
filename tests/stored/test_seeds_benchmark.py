"""Chapter 07 with several seeds: what is stored is whole, and says what the chapter says of it."""

import json

import numpy as np
import pytest

from benchmarks import seeds as bench
from benchmarks.experiment import Kept
from digitlib.data import load_mnist


@pytest.fixture(scope="module")
def stored():
    return json.loads(bench.RESULTS.read_text())


def test_the_stored_table_is_whole(stored):
    assert stored["packages"]["tensorflow-cpu"]
    assert list(stored["few"]) == list(bench.WAYS)
    assert all(len(row) == len(bench.DRAWS) for row in stored["few"].values())
    for way, values in bench.VALUES.items():
        assert list(stored["searched"][way]) == list(map(str, values))
        assert all(len(row) == len(bench.SEARCHED) for row in stored["searched"][way].values())
        assert len(stored["judged"][way]) == len(bench.JUDGED)


def test_what_was_chosen_is_the_best_of_the_search_and_judged_with_other_draws(stored):
    assert not set(bench.SEARCHED) & set(bench.JUDGED)
    for way, tried in stored["searched"].items():
        means = {value: np.mean(row) for value, row in tried.items()}
        assert max(means, key=means.get) == str(stored["chosen"][way])
    assert stored["judged"]["plain"] == stored["few"]["same"][len(bench.SEARCHED) :]


def test_what_the_chapter_says_holds_in_each_draw(stored):
    few = {way: np.array(row) for way, row in stored["few"].items()}
    assert (few["varied"] - few["same"]).min() > 1
    assert few["varied"].min() > few["same"].max()
    assert (few["fresh"] > few["varied"]).all()
    assert np.ptp(few["fresh"]) < np.ptp(few["same"]) / 3
    judged = {way: np.array(row) for way, row in stored["judged"].items()}
    assert (judged["weight decay"] - judged["plain"]).min() > 0


def test_a_run_takes_its_own_thousand_images_and_learns_from_them():
    (images, labels), _ = load_mnist()
    runs = bench.Runs((images[:3500], labels[:3500]), held_out=500, rounds=6)
    accuracies = [runs.few("fresh", 0, draw)["accuracy"] for draw in (1, 2)]
    assert min(accuracies) > 50
    assert accuracies[0] != accuracies[1]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    kept, done = Kept(tmp_path), []

    class Counted:
        def few(self, way, value, draw):
            done.append((way, value, draw))
            # The second strength of each comes out best.
            return {"accuracy": 90.0 + 5 * (way in bench.VALUES and value == bench.VALUES[way][1])}

    assert not bench.work(bench.jobs(Counted(), kept), minutes=0)
    assert len(done) == 1
    assert bench.work(bench.jobs(Counted(), kept))
    assert len(done) == len(set(done))
    table = bench.collect(kept)
    assert table["chosen"] == {way: values[1] for way, values in bench.VALUES.items()}
    assert table["judged"]["dropout"] == [95.0] * len(bench.JUDGED)
    assert bench.work(bench.jobs(Counted(), kept)) and len(done) == len(set(done))
