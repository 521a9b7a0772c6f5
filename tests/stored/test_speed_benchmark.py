"""The time to 99 % is counted as the benchmark says, and the stored ratios follow from it."""

import json

import numpy as np
import pytest

import digitlib
from benchmarks import speed
from benchmarks.recipes import RECIPES
from benchmarks.speed_worker import train_keras


def training(recipe: str, seconds: float, accuracies=(0.95, 0.991, 0.985)) -> dict:
    points = [
        {"step": step + 1, "wall": seconds * (step + 1), "cpu": seconds, "accuracy": accuracy}
        for step, accuracy in enumerate(accuracies)
    ]
    start = {"wall": 1.0, "cpu": 1.0, "steps": 1}
    return {"recipe": recipe, "parameters": 1, "import": start, "first": start, "curve": points}


def test_the_moment_is_the_first_evaluation_at_the_target():
    found = speed.moment(training("fast", 2.0), 0.99)
    assert list(found.values()) == [5.0, 4.0, 3.0]
    assert speed.moment(training("fast", 2.0), 0.995) is None


def test_ratios_are_of_medians_and_range_over_all_pairs():
    results = [training("fast", each) for each in (1, 2, 4)]
    results += [training("keras.io", each) for each in (20, 40)]
    ratio = speed.summary(results, 0.99)["keras.io"]["ratio"]["training"]
    assert ratio == {"medians": 15.0, "least": 5.0, "greatest": 40.0}


def test_a_training_that_misses_the_target_leaves_no_median():
    results = [training("fast", 1), training("keras.io", 9), training("keras.io", 9, (0.9,))]
    found = speed.summary(results, 0.99)["keras.io"]
    assert found["reached"] == 1
    assert "wall" not in found and "ratio" not in found


def test_the_recipes_take_turns():
    assert speed.turns({"a": 2, "b": 1}) == [("a", 0), ("b", 0), ("a", 1)]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_learns_through_the_code_that_times_it(name):
    (images, digits), (tests, answers) = digitlib.load_mnist()
    options = {"together": 2} if name == "fast" else {}
    curve = train_keras(
        RECIPES[name],
        (images[:1000], digits[:1000]),
        (tests[:200], answers[:200]),
        every=4,
        seed=0,
        target=0.3,
        **options,
    )
    steps = [point["step"] for point in curve.points]
    assert steps == sorted(set(steps)) and steps
    assert curve.points[-1]["accuracy"] > 0.3
    assert 0 < curve.first["wall"] <= curve.points[0]["wall"]
    assert np.all(np.diff([point["wall"] for point in curve.points]) > 0)


@pytest.fixture(scope="module")
def stored():
    return json.loads(speed.RESULTS.read_text())


def test_the_stored_summary_follows_from_the_stored_curves(stored):
    assert stored["summary"] == speed.summary(stored["trainings"], stored["target"])


def test_the_stored_trainings_all_reach_the_target(stored):
    found = stored["summary"]
    assert set(found) == {"fast", "keras.io", "PyTorch"}
    assert found["fast"]["trainings"] >= 5
    assert all(entry["reached"] == entry["trainings"] >= 3 for entry in found.values())
    # Not only at its best moment: the fast recipe ends above the target as well.
    assert found["fast"]["last accuracy"] >= stored["target"] == 0.99
