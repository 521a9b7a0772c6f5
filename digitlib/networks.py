"""The small convolutional network that the course designs, and the rate it is trained with."""

import keras
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
