"""The small convolutional network that the course designs, its robust sibling, their training.

Both take 28 x 28 images and give ten numbers; OneCycle is the learning rate of both.
"""

import time
from collections.abc import Callable, Iterator

import keras
import numpy as np
from keras import layers


def build_small_cnn() -> keras.Model:
    """Build the course's network: three convolutions, then ten numbers.

    Returns
    -------
    keras.Model
        Untrained, 46,938 parameters. Takes float images (n, 28, 28, 1) between 0 and 1 and
        gives probabilities (n, 10) that sum to 1.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, strides=2, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(32, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        name="small_cnn",
    )


def build_robust_cnn() -> keras.Model:
    """Build the wider sibling that is trained on digits and on shapes that are none.

    Returns
    -------
    keras.Model
        Untrained, 91,139 parameters. Takes float images (n, 28, 28, 1) between 0 and 1 and
        gives probabilities (n, 11) that sum to 1; the last is that of "not a digit".
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(24, 5, strides=2, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(48, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(96, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(11, activation="softmax"),
        ],
        name="robust_cnn",
    )


def shared_among_ten(network: keras.Model) -> keras.Model:
    """Turn eleven probabilities into ten: what is no digit counts a tenth for each digit.

    The ten numbers still sum to 1, and none of them is high where the network takes the
    image for no digit: its probability is ten times the least that a digit can get.

    Parameters
    ----------
    network : keras.Model
        A trained network from :func:`build_robust_cnn`.

    Returns
    -------
    keras.Model
        With the same weights, and ten probabilities (n, 10) that sum to 1.
    """
    share = layers.Dense(10, use_bias=False, trainable=False, name="shared_among_ten")
    # Dropout does nothing after the training, the file need not carry it.
    kept = [layer for layer in network.layers if not isinstance(layer, layers.Dropout)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *kept, share], name=network.name)
    share.set_weights([np.vstack([np.eye(10), np.full((1, 10), 0.1)])])
    return model


@keras.saving.register_keras_serializable(package="digitlib")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a line to its peak, then falls in a line to zero.

    After Smith and Topin 2019, "Super-convergence", with straight lines for both parts.

    Parameters
    ----------
    peak : float
        The highest rate.
    steps : int
        Number of batches in the whole training.
    warm_up : float
        The share of the steps until the peak, between 0 and 1.
    """

    def __init__(self, peak: float, steps: int, warm_up: float = 0.25):
        self.peak, self.steps, self.warm_up = peak, steps, warm_up

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the rate for a step, counted from 0."""
        done = keras.ops.cast(step, "float32") / self.steps
        rising, falling = done / self.warm_up, (1 - done) / (1 - self.warm_up)
        return self.peak * keras.ops.maximum(keras.ops.minimum(rising, falling), 0.0)

    def get_config(self) -> dict:
        """Return what rebuilds the schedule from a saved model."""
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}


def fit_by_passes(
    network: keras.Model,
    make_pass: Callable[[], tuple[np.ndarray, np.ndarray]],
    *,
    epochs: int,
    batch: int,
    peak: float,
    one_cycle: bool = True,
    smoothing: float = 0.0,
    verbose: int = 0,
) -> Iterator[tuple[int, float, float]]:
    """Train a network with images that are made anew for each pass.

    Parameters
    ----------
    network : keras.Model
        Untrained; it is compiled here.
    make_pass : callable
        Returns images (uint8, n x 28 x 28) and targets (n, classes); n is always the same.
    epochs : int
        How many passes.
    batch : int
        Images a step.
    peak : float
        The highest learning rate of one cycle, or the constant one.
    one_cycle : bool
        Whether the rate rises and falls, see :class:`OneCycle`.
    smoothing : float
        How much of each target is shared among all classes.
    verbose : int
        As in ``keras.Model.fit``: 2 for a line a pass, 0 for none.

    Yields
    ------
    tuple of int, float, float
        After each pass: which one, counted from 1, its mean loss, and its seconds.
    """
    for epoch in range(epochs):
        began = time.perf_counter()
        images, targets = make_pass()
        if epoch == 0:
            steps = epochs * -(-len(images) // batch)
            network.compile(
                optimizer=keras.optimizers.Adam(
                    OneCycle(peak, steps) if one_cycle else peak, beta_2=0.99
                ),
                loss=keras.losses.CategoricalCrossentropy(label_smoothing=smoothing),
                metrics=["accuracy"],
                steps_per_execution=20,
            )
        past = network.fit(
            images[..., np.newaxis] / np.float32(255),
            targets,
            batch_size=batch,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=verbose,
        )
        yield epoch + 1, past.history["loss"][-1], time.perf_counter() - began
