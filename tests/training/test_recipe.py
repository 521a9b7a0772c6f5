"""The recipe of the network that ships: what it trains with is what it trained with."""

import json

import cv2
import keras
import numpy as np
import pytest

import digitlib
from digitlib.onnx_network import MODELS_PATH
from digitlib.reading import normalize
from digitlib.reading.components import Box
from digitlib.training import negatives, networks, randomize, recipe

CHANGED = "the recipe has changed since the network was trained: make model"


@pytest.fixture(scope="module")
def card():
    return json.loads((MODELS_PATH / "card.json").read_text())


@pytest.fixture(scope="module")
def kept():
    with np.load(MODELS_PATH / "golden_batch.npz") as arrays:
        return dict(arrays)


def test_the_recipe_still_makes_the_images_that_the_network_was_trained_with(kept):
    made = recipe.golden_batch()
    assert made["images"].dtype == kept["images"].dtype == np.uint8
    assert made["images"].shape == kept["images"].shape == (64, 28, 28)
    # Another processor may round a gray level the other way.
    away = np.abs(made["images"].astype(int) - kept["images"]).max(axis=(1, 2))
    assert away.max() <= 1, f"{np.sum(away > 1)} of 64 images differ: {CHANGED}"
    assert made["targets"].dtype == kept["targets"].dtype == np.float32
    np.testing.assert_allclose(made["targets"], kept["targets"], rtol=0, atol=1e-6, err_msg=CHANGED)


def test_the_golden_batch_has_all_that_happens_to_a_training_image(monkeypatch):
    """Note which functions draw and change each image of the pass, and look at the 64."""
    images, happened = [], set()

    def watch(module, name):
        called = getattr(module, name)

        def watched(*arguments):
            happened.add(name)
            result = called(*arguments)
            if name == "photographed":
                images.append(frozenset(happened))
                happened.clear()
            return result

        monkeypatch.setattr(module, name, watched)

    drawn = ("_glyph", "_scribble", "_blot", "on_canvas", "_pair")
    changes = ("_add_bar", "_add_upstroke", "_other_pen", "_break", "_add_line_remains")
    for name in (*drawn, "photographed"):
        watch(negatives, name)
    for name in (*changes, "photographed"):
        watch(randomize, name)
    targets = recipe.golden_batch()["targets"]
    digits, others, alike = recipe.GOLDEN_COUNTS
    assert set(targets[:digits].argmax(axis=1)) == set(range(10))
    np.testing.assert_array_equal(targets[digits : digits + others].argmax(axis=1), 10)
    np.testing.assert_allclose(targets[-alike:, 10], 1 - recipe.LIKELY_A_DIGIT)
    # The digits that are varied widely come first among those that are noted.
    widely = np.random.default_rng(recipe.GOLDEN_SEED).random(recipe.GOLDEN_DIGITS) < 0.5
    assert 5 < widely[:digits].sum() < digits - 5
    first = images[: widely[:digits].sum()]
    negative = images[widely.sum() :][:others]
    assert {name for done in negative for name in drawn if name in done} == set(drawn)
    seen = frozenset().union(*first, *negative, *images[-alike:])
    assert set(changes) <= seen


def test_the_card_states_the_settings_of_the_recipe(card):
    assert card["recipe"] == {
        "epochs": recipe.EPOCHS,
        "peak": max(card["candidates"], key=lambda candidate: candidate["score"])["peak"],
        "batch": recipe.BATCH,
        "label_smoothing": recipe.LABEL_SMOOTHING,
        "augmentation": "digitlib.training.recipe.epoch_of",
        "trial_epochs": recipe.TRIAL_EPOCHS,
    }, CHANGED
    assert [candidate["peak"] for candidate in card["candidates"]] == list(recipe.PEAKS), CHANGED
    assert card["seeds"] == list(recipe.SEEDS), CHANGED
    assert card["shipped_seed"] == recipe.SEEDS[0], CHANGED
    assert card["validation_images"] == recipe.VALIDATION, CHANGED


def test_the_network_that_ships_has_the_layers_of_the_recipe():
    def layers(network):
        configs = [layer.get_config() for layer in network.layers]
        return [{key: config[key] for key in config.keys() - {"name"}} for config in configs]

    built = networks.shared_among_ten(networks.build_robust_cnn())
    shipped = keras.models.load_model(MODELS_PATH / "digits.keras", compile=False)
    assert layers(built) == layers(shipped), CHANGED


def stroke_width(mask):
    """Return the width of a shape's strokes where the longer side is 20."""
    distance = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, 0), cv2.DIST_L2, 3)
    return 2 * np.percentile(distance[distance > 0], 85) * 20 / max(mask.shape)


@pytest.mark.parametrize("thickness", [3, 5, 9])
def test_a_thin_pen_reads_as_wide_as_the_training_digits_are(thickness):
    """What is cut out of a photograph is no training image, and has to look like one."""
    widths = []
    for image in digitlib.load_mnist()[0][0][:300]:
        x, y, width, height = cv2.boundingRect(image)
        size = (10 * width, 10 * height)
        large = cv2.resize(image[y : y + height, x : x + width], size, None, 0, 0, cv2.INTER_CUBIC)
        widths.append(stroke_width(np.where(large > 127, np.uint8(255), np.uint8(0))))
    mask = np.zeros((400, 400), np.uint8)
    mask[50:350, 190 : 190 + thickness] = 255
    cut = normalize.cut_out(mask, mask, Box(*cv2.boundingRect(mask)))
    across = (cut[cut.shape[0] // 2] > 127).sum() * 20 / 300
    assert across == pytest.approx(np.median(widths), rel=0.1)
