"""Train the recognizer that ships with the package: ``python -m digitlib.training``.

The peak of the learning rate is chosen on the validation images. The network is then
trained on all 60,000 with several seeds, and the one of the first seed is saved, whatever
its score on the test images.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from digitlib.augment import augment
from digitlib.data import load_mnist
from digitlib.networks import OneCycle, build_small_cnn
from digitlib.recognizer import MODELS_PATH

VALIDATION = 10_000
BATCH = 64
LABEL_SMOOTHING = 0.05
EPOCHS = 15
PEAKS = (0.003, 0.006, 0.012)
SEEDS = (0, 1, 2)


def train(
    images: np.ndarray, labels: np.ndarray, *, epochs: int, peak: float, seed: int, verbose: int = 2
) -> keras.Model:
    """Train the small CNN on images that are varied anew in each epoch.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Images in MNIST's own form.
    labels : numpy.ndarray of uint8, (n,)
        0 to 9.
    epochs : int
        Passes over the images.
    peak : float
        Highest learning rate of the one-cycle schedule.
    seed : int
        Seed of the weights, the order and the variation.
    verbose : int
        As in ``keras.Model.fit``: 2 for a line an epoch, 0 for none.

    Returns
    -------
    keras.Model
        The trained network.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = build_small_cnn()
    steps = epochs * -(-len(images) // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(OneCycle(peak, steps), beta_2=0.99),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    targets = keras.utils.to_categorical(labels, 10)
    for epoch in range(epochs):
        varied = augment(images, rng)[..., np.newaxis] / np.float32(255)
        model.fit(
            varied,
            targets,
            batch_size=BATCH,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=verbose,
        )
    return model


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images (uint8, n x 28 x 28) that the model names as labeled."""
    scaled = images[..., np.newaxis] / np.float32(255)
    answers = model.predict(scaled, batch_size=1000, verbose=0).argmax(axis=1)
    return float(np.mean(answers == labels))


def save(model: keras.Model, folder: Path) -> None:
    """Save a trained small CNN as ``digits.keras`` and as ``digits.onnx``."""
    # A fresh copy leaves the optimizer's memory behind, twice the size of the weights.
    plain = build_small_cnn()
    plain.set_weights(model.get_weights())
    # Keras exports a network only after it has been called once.
    plain.predict(np.zeros((1, 28, 28, 1), np.float32), verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    plain.save(folder / "digits.keras")
    plain.export(folder / "digits.onnx", format="onnx", verbose=False)


def choose_and_train(
    folder: Path, *, epochs: int, peaks: Sequence[float], seeds: Sequence[int]
) -> dict:
    """Choose the peak rate on validation images, train on all, save the model and its card.

    Parameters
    ----------
    folder : Path
        Where ``digits.keras``, ``digits.onnx`` and ``card.json`` go.
    epochs : int
        Passes over the images, in every run.
    peaks : sequence of float
        The learning rates to choose from.
    seeds : sequence of int
        One final run for each; the first is saved. The choice uses the first, too.

    Returns
    -------
    dict
        The card: network, recipe, candidates and accuracies.
    """
    (x_train, y_train), (x_test, y_test) = load_mnist()
    fitting, held_out = np.s_[:-VALIDATION], np.s_[-VALIDATION:]
    candidates = []
    for peak in peaks:
        print(f"candidate: peak {peak}, {len(x_train) - VALIDATION:,} images", flush=True)
        model = train(x_train[fitting], y_train[fitting], epochs=epochs, peak=peak, seed=seeds[0])
        score = accuracy(model, x_train[held_out], y_train[held_out])
        candidates.append({"peak": peak, "seed": seeds[0], "validation_accuracy": score})
        print(f"peak {peak}: {score:.2%} of {VALIDATION:,} validation images", flush=True)
    best = max(candidates, key=lambda candidate: candidate["validation_accuracy"])
    scores, times = [], []
    for seed in seeds:
        print(f"final run: peak {best['peak']}, seed {seed}, all images", flush=True)
        started = time.perf_counter()
        model = train(x_train, y_train, epochs=epochs, peak=best["peak"], seed=seed)
        times.append(round(time.perf_counter() - started))
        scores.append(accuracy(model, x_test, y_test))
        print(f"seed {seed}: {scores[-1]:.2%} of {len(x_test):,} test images", flush=True)
        if seed == seeds[0]:
            save(model, folder)
            parameters = model.count_params()
    card = {
        "network": "small_cnn",
        "parameters": parameters,
        "training_images": len(x_train),
        "validation_images": VALIDATION,
        "test_images": len(x_test),
        "recipe": {
            "epochs": epochs,
            "peak": best["peak"],
            "batch": BATCH,
            "label_smoothing": LABEL_SMOOTHING,
            "augmentation": "digitlib.augment.augment",
        },
        "candidates": candidates,
        "seeds": list(seeds),
        "shipped_seed": seeds[0],
        "test_accuracy": scores,
        "seconds_to_train": times,
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    return card


def main() -> None:
    """Train the recognizer and save it with its card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, default=MODELS_PATH, help="folder for the files")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    card = choose_and_train(options.into, epochs=options.epochs, peaks=PEAKS, seeds=SEEDS)
    print(f"{np.mean(card['test_accuracy']):.2%} of the test images, mean of {len(SEEDS)} seeds")
    print(f"saved digits.keras, digits.onnx and card.json in {options.into}")


if __name__ == "__main__":
    main()
