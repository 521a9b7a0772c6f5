"""Train the recognizer that ships with the package: ``python -m digitlib.training.recipe``.

The network learns from digits as MNIST has them, from the same digits as other pens and
cameras give them, and from shapes that are no digits. The peak of the learning rate is
chosen on validation images, in short runs. The network is then trained on all 60,000 with
several seeds, and the one of the first seed is saved, whatever its score on the test images.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

from digitlib.data import load_mnist
from digitlib.onnx_network import MODELS_PATH
from digitlib.training import augment, negatives, networks, randomize

VALIDATION = 10_000
BATCH = 128
LABEL_SMOOTHING = 0.02
EPOCHS = 16
# The peak rates are compared in runs of this many passes.
TRIAL_EPOCHS = 3
PEAKS = (0.004, 0.008)
SEEDS = (0,)

# For each digit, so many shapes that are none, and so many letters that look like one. Of
# those the network is to say that they are a digit with this probability, and none otherwise.
NEGATIVES = 1 / 3
LOOKALIKES = 1 / 40
LIKELY_A_DIGIT = 0.3
NOT_A_DIGIT = 10

# The golden batch is taken from a pass over so many digits: so many of the digits, of the
# shapes that are none, and of the lookalikes. With this seed each kind of shape is among
# them, and each thing that happens to an image happens to one of them.
GOLDEN_DIGITS = 1000
GOLDEN_COUNTS = (22, 36, 6)
GOLDEN_SEED = 17


def epoch_of(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make the images of one pass: half of the digits varied mildly, half widely, and others.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits in MNIST's own form.
    labels : numpy.ndarray of uint8, (n,)
        0 to 9.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    images : numpy.ndarray of uint8, (m, 28, 28)
        The n digits, varied, then the shapes that are no digits, then the lookalikes.
    targets : numpy.ndarray of float32, (m, 11)
        What the network is to answer: 1 for the digit, or for "not a digit" in the last
        column; something between for letters that a person could take for a digit.
    """
    widely = rng.random(len(images)) < 0.5
    varied = np.empty_like(images)
    varied[widely] = randomize.randomize(images[widely], labels[widely], rng)
    varied[~widely] = augment.augment(images[~widely], rng)
    others = negatives.negatives(round(NEGATIVES * len(images)), images, labels, rng)
    alike, digits = negatives.lookalikes(round(LOOKALIKES * len(images)), rng)
    named = [labels, np.full(len(others), NOT_A_DIGIT, labels.dtype), digits]
    targets = keras.utils.to_categorical(np.concatenate(named), NOT_A_DIGIT + 1)
    doubtful = targets[len(images) + len(others) :]
    doubtful *= LIKELY_A_DIGIT
    doubtful[:, NOT_A_DIGIT] = 1 - LIKELY_A_DIGIT
    return np.concatenate([varied, others, alike]), targets.astype(np.float32)


def train(
    images: np.ndarray, labels: np.ndarray, *, epochs: int, peak: float, seed: int, verbose: int = 2
) -> keras.Model:
    """Train the robust CNN on images that are varied anew in each epoch.

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
        The trained network: ten probabilities, low where the image is no digit.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = networks.build_robust_cnn()
    for _ in networks.fit_by_passes(
        model,
        lambda: epoch_of(images, labels, rng),
        epochs=epochs,
        batch=BATCH,
        peak=peak,
        smoothing=LABEL_SMOOTHING,
        verbose=verbose,
    ):
        pass
    return networks.shared_among_ten(model)


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the ten numbers, (n, 10), for images (uint8, n x 28 x 28)."""
    return model.predict(images[..., np.newaxis] / np.float32(255), batch_size=1000, verbose=0)


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images (uint8, n x 28 x 28) that the model names as labeled."""
    return float(np.mean(probabilities(model, images).argmax(axis=1) == labels))


def validate(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Measure a trained network on validation digits and on fonts it was not trained with.

    Returns
    -------
    dict
        ``validation_accuracy`` on the digits as they are, ``randomized_accuracy`` on the
        digits as other pens and cameras give them, ``rejected``, the share of other shapes
        whose confidence stays below one half, and ``score``, the mean of the three.
    """
    rng = np.random.default_rng(0)
    others = negatives.negatives(5000, images, labels, rng, held_out_fonts=True)
    scores = {
        "validation_accuracy": accuracy(model, images, labels),
        "randomized_accuracy": accuracy(model, randomize.randomize(images, labels, rng), labels),
        "rejected": float(np.mean(probabilities(model, others).max(axis=1) < 0.5)),
    }
    return scores | {"score": float(np.mean(list(scores.values())))}


def save(model: keras.Model, folder: Path) -> None:
    """Save a trained network as ``digits.keras`` and as ``digits.onnx``."""
    # Keras exports a network only after it has been called once.
    probabilities(model, np.zeros((1, 28, 28), np.uint8))
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "digits.keras")
    model.export(folder / "digits.onnx", format="onnx", verbose=False)


def golden_batch() -> dict[str, np.ndarray]:
    """Make a few training images of each kind, always the same as long as the recipe is.

    They are kept beside the network. Whatever changes them changes what a network is
    trained with, and the network that ships is then no longer the one that the recipe makes.

    Returns
    -------
    dict
        ``images``, uint8 (64, 28, 28), and ``targets``, float32 (64, 11), as
        :func:`epoch_of` gives them: 22 digits, 36 shapes that are none, and 6 lookalikes.
    """
    (images, labels), _ = load_mnist()
    few = np.s_[:GOLDEN_DIGITS]
    made, targets = epoch_of(images[few], labels[few], np.random.default_rng(GOLDEN_SEED))
    digits, others, alike = GOLDEN_COUNTS
    chosen = np.r_[:digits, GOLDEN_DIGITS : GOLDEN_DIGITS + others, -alike:0]
    return {"images": made[chosen], "targets": targets[chosen]}


def choose_and_train(
    folder: Path, *, epochs: int, peaks: Sequence[float], seeds: Sequence[int]
) -> dict:
    """Choose the peak rate on validation images, train on all, save the model and its card.

    Parameters
    ----------
    folder : Path
        Where ``digits.keras``, ``digits.onnx``, ``golden_batch.npz`` and ``card.json`` go.
    epochs : int
        Passes over the images in the final runs.
    peaks : sequence of float
        The learning rates to choose from.
    seeds : sequence of int
        One final run for each; the first is saved. The choice uses the first, too.

    Returns
    -------
    dict
        The card: network, recipe, candidates, accuracies and checksums.
    """
    (x_train, y_train), (x_test, y_test) = load_mnist()
    fitting, held_out = np.s_[:-VALIDATION], np.s_[-VALIDATION:]
    candidates = []
    for peak in peaks:
        print(f"candidate: peak {peak}, {len(x_train) - VALIDATION:,} digits", flush=True)
        model = train(
            x_train[fitting], y_train[fitting], epochs=TRIAL_EPOCHS, peak=peak, seed=seeds[0]
        )
        scores = validate(model, x_train[held_out], y_train[held_out])
        candidates.append({"peak": peak, "seed": seeds[0], **scores})
        print(*(f"{name} {share:.2%}" for name, share in scores.items()), sep=", ", flush=True)
    best = max(candidates, key=lambda candidate: candidate["score"])
    test_accuracies, times = [], []
    for seed in seeds:
        print(f"final run: peak {best['peak']}, seed {seed}, all digits", flush=True)
        started = time.perf_counter()
        model = train(x_train, y_train, epochs=epochs, peak=best["peak"], seed=seed)
        times.append(round(time.perf_counter() - started))
        test_accuracies.append(accuracy(model, x_test, y_test))
        print(f"seed {seed}: {test_accuracies[-1]:.2%} of {len(x_test):,} test images", flush=True)
        if seed == seeds[0]:
            save(model, folder)
            golden = golden_batch()
            np.savez_compressed(
                folder / "golden_batch.npz", images=golden["images"], targets=golden["targets"]
            )
            parameters = model.count_params()
    card = {
        "network": "robust_cnn",
        "parameters": parameters,
        "training_images": len(x_train),
        "validation_images": VALIDATION,
        "test_images": len(x_test),
        "recipe": {
            "epochs": epochs,
            "peak": best["peak"],
            "batch": BATCH,
            "label_smoothing": LABEL_SMOOTHING,
            "augmentation": "digitlib.training.recipe.epoch_of",
            "trial_epochs": TRIAL_EPOCHS,
        },
        "candidates": candidates,
        "seeds": list(seeds),
        "shipped_seed": seeds[0],
        "test_accuracy": test_accuracies,
        "seconds_to_train": times,
        "sha256": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in ("digits.keras", "digits.onnx")
        },
        "made_with": {
            name: version(name) for name in ("keras", "matplotlib", "numpy", "opencv-python")
        },
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
    for seed, share in zip(card["seeds"], card["test_accuracy"], strict=True):
        print(f"seed {seed}: {share:.2%} of the test images")
    print(f"saved digits.keras, digits.onnx, golden_batch.npz and card.json in {options.into}")


if __name__ == "__main__":
    main()
