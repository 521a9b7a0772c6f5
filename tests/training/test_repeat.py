"""Networks that are trained again and again: the same start, the same images, another order."""

import keras
import numpy as np
import pytest

from digitlib.training.networks import build_small_cnn
from digitlib.training.repeat import LossCurve, batches, build_with_dropout, compiled, restart

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
# A target tells which image it belongs to.
TARGETS = np.arange(1000, dtype="float32").reshape(100, 10)


def order(pipeline):
    """Return the numbers of the images in one pass."""
    return np.concatenate([targets[:, 0] / 10 for _, targets in pipeline]).astype(int)


def test_a_pass_shows_each_image_once_with_its_own_target():
    (first, targets), *others = batches(IMAGES, TARGETS, size=32)
    assert first.shape == (32, 28, 28, 1) and first.dtype == "float32"
    assert [len(images) for images, _ in others] == [32, 32, 4]
    for image, target in zip(first.numpy(), targets.numpy(), strict=True):
        np.testing.assert_allclose(255 * image[..., 0], IMAGES[int(target[0]) // 10], atol=1e-3)
    assert sorted(order(batches(IMAGES, TARGETS))) == list(range(100))


def test_orders_belong_to_the_seed_and_are_new_in_each_pass():
    pipeline = batches(IMAGES, TARGETS, seed=3)
    once, twice = order(pipeline), order(pipeline)
    assert (once != twice).any()
    assert (order(batches(IMAGES, TARGETS, seed=3)) == once).all()
    assert (order(batches(IMAGES, TARGETS, seed=4)) != once).any()


def test_a_restarted_network_has_forgotten_its_training():
    network = compiled(keras.optimizers.Adam(0.01))
    restart(network, 5)
    fresh = [weight.numpy() for weight in network.weights]
    curve = LossCurve()
    targets = np.eye(10, dtype="float32")[np.arange(100) % 10]
    network.fit(batches(IMAGES, targets, size=4), callbacks=[curve], shuffle=False, verbose=0)
    assert len(curve.losses) == 2  # 25 steps: of 20, and of the rest
    assert (network.weights[0].numpy() != fresh[0]).any()
    restart(network, 5)
    for weight, old in zip(network.weights, fresh, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)
    assert float(network.optimizer.learning_rate) == pytest.approx(0.01)
    for variable in network.optimizer.variables:
        if variable.name != "learning_rate":
            assert not np.any(keras.ops.convert_to_numpy(variable))


def test_dropout_stands_before_the_last_layer_and_changes_no_weight():
    network, plain = build_with_dropout(0.5), build_small_cnn()
    assert [type(layer) for layer in network.layers[-2:]] == [
        keras.layers.Dropout,
        keras.layers.Dense,
    ]
    assert network.layers[-2].rate == 0.5
    network.set_weights(plain.get_weights())
    images = IMAGES[:5, ..., np.newaxis] / np.float32(255)
    np.testing.assert_allclose(network(images), plain(images), atol=1e-6)
