"""Training the small network again and again: pipelines, a fresh start, the loss on the way.

Compiling takes time, and some of its memory is never given back. So a network is compiled once
for each optimizer and then restarted as often as needed.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from digitlib.training.networks import build_small_cnn


def batches(
    images: np.ndarray | tf.Tensor,
    targets: np.ndarray | tf.Tensor,
    seed: int = 0,
    size: int = 64,
) -> tf.data.Dataset:
    """Return a pipeline of batches, in a new order for each pass.

    Parameters
    ----------
    images : numpy.ndarray or tensorflow.Tensor of uint8, (n, 28, 28)
        Images in MNIST's own form; a tensor is shared and not copied.
    targets : numpy.ndarray or tensorflow.Tensor, (n, 10)
        The ten numbers that the network should say to each.
    seed : int
        The orders that follow belong to it.
    size : int
        Images a step.

    Returns
    -------
    tensorflow.data.Dataset
        Pairs of float32 images (size, 28, 28, 1) from 0 to 1 and their targets.
    """
    images, targets = tf.constant(images), tf.constant(targets)

    def pick(places):
        picked = tf.gather(images, places)[..., tf.newaxis]
        return tf.cast(picked, "float32") / 255, tf.gather(targets, places)

    places = tf.data.Dataset.range(len(images))
    return places.shuffle(len(images), seed=seed).batch(size).map(pick)


def compiled(
    optimizer: keras.optimizers.Optimizer,
    smoothing: float = 0.0,
    build: Callable[[], keras.Model] = build_small_cnn,
) -> keras.Model:
    """Return a small CNN, ready for training.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        The rule for the step.
    smoothing : float
        How much of each target is shared among all ten.
    build : callable
        Makes the network.

    Returns
    -------
    keras.Model
        Compiled; 20 steps are done before it comes back to Python, which only saves time.
    """
    # What earlier networks left in memory goes first.
    keras.utils.clear_session()
    network = build()
    network.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=smoothing),
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    return network


def restart(network: keras.Model, seed: int = 0) -> None:
    """Give a network new random weights, and its optimizer a new memory.

    Parameters
    ----------
    network : keras.Model
        From :func:`compiled`; its learning rate stays as it is.
    seed : int
        The weights belong to it.
    """
    keras.utils.set_random_seed(seed)
    network.set_weights(build_small_cnn().get_weights())
    for variable in network.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(keras.ops.zeros_like(variable))


def build_with_dropout(share: float) -> keras.Model:
    """Build the small CNN with a share of the activations before its last layer dropped.

    Parameters
    ----------
    share : float
        How many are set to 0 in each step of training, from 0 to below 1.

    Returns
    -------
    keras.Model
        Untrained, with the weights of the small CNN in the same order.
    """
    *before, last = build_small_cnn().layers
    return keras.Sequential([keras.Input((28, 28, 1)), *before, layers.Dropout(share), last])


class LossCurve(keras.callbacks.Callback):
    """Keep the mean loss of each 20 steps, in ``losses``."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keep the mean since the last call, and begin a new one."""
        self.losses.append((logs or {})["loss"])
        self.model.reset_metrics()
