"""Two recipes that train a network on MNIST: the course's fast one and that of keras.io.

Each returns a compiled model and the options of its ``fit``, so that both are timed by the
same code. PyTorch's example is in :mod:`benchmarks.speed_worker`.
"""

import keras
import numpy as np
from keras import layers

from digitlib.training.networks import OneCycle


def build_fast_cnn() -> keras.Model:
    """Build a network in which an image costs little: strides halve its maps twice.

    Its first maps are the largest, and normalizing them would cost a fifth of each step.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3, strides=2, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2D(64, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def fast(
    pixels: np.ndarray,
    digits: np.ndarray,
    count: int = 54_000,
    batch: int = 64,
    peak: float = 0.015,
    together: int = 25,
) -> tuple[keras.Model, dict]:
    """Return the course's fast recipe: one pass over a part of the images, one cycle of the rate.

    Parameters
    ----------
    pixels, digits : np.ndarray
        Images (n, 28, 28, 1) between 0 and 1, and their labels (n,).
    count : int
        How many of the images are seen, each once.
    batch, peak, together : int, float, int
        Images a step, highest rate of learning, and steps that run without a return to Python.
    """
    count = min(count, len(pixels))
    steps = max(1, count // batch)
    # NumPy's generator too is seeded by keras.utils.set_random_seed.
    chosen = np.random.permutation(len(pixels))[: steps * batch]  # noqa: NPY002
    model = build_fast_cnn()
    model.compile(
        optimizer=keras.optimizers.Adam(OneCycle(peak, steps), beta_2=0.99),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        steps_per_execution=together,
    )
    # TensorFlow traces a function once more if it makes variables when it's first traced, and
    # the optimizer makes two for each weight. Making them here halves the tracing.
    model.optimizer.build(model.trainable_variables)
    targets = keras.utils.to_categorical(digits[chosen], 10)
    return model, {"x": pixels[chosen], "y": targets, "batch_size": batch, "shuffle": False}


def keras_io(pixels: np.ndarray, digits: np.ndarray) -> tuple[keras.Model, dict]:
    """Return the "Simple MNIST convnet" of keras.io, from its published settings.

    Fifteen epochs over nine tenths of the images; the last tenth is its validation split,
    whose evaluation is left out here, as it's no training.
    """
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    kept = len(pixels) * 9 // 10
    targets = keras.utils.to_categorical(digits[:kept], 10)
    return model, {"x": pixels[:kept], "y": targets, "batch_size": 128, "epochs": 15}


RECIPES = {"fast": fast, "keras.io": keras_io}
