"""The table of 1998 run again: ``python -m benchmarks.history`` fits, tests and prints it.

Each classifier is fitted on all 60,000 training images and tested once on the 10,000 test
images. What can be set is chosen before, on the last 5,000 training images, with a model that
has not seen them. Every choice and every fit is kept in a folder as soon as it is made, so an
interrupted run goes on where it stopped.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import digitlib
from benchmarks.environment import environment
from benchmarks.experiment import Job, Kept, work
from digitlib.course import stored
from digitlib.course.bands import wilson_interval

RESULTS = stored.RESULTS / "history.json"
PREDICTIONS = RESULTS.with_name("history_predictions.npz")
CACHE = Path(__file__).parent.parent / "_build" / "history"
PACKAGES = ("numpy", "scipy", "scikit-learn", "opencv-python", "keras", "tensorflow-cpu")
VALIDATION = 5_000
BATCH, EPOCHS, TRIAL_EPOCHS = 64, 12, 4

PAPER = "lecun1998gradient"
PAGE = "mnist"

# From images (n, 28, 28) to their digits; and how many numbers the classifier stores.
Fitted = tuple[Callable[[np.ndarray], np.ndarray], int]


def flat(images: np.ndarray) -> np.ndarray:
    """Return images as rows of 784 values from 0 to 1."""
    return images.reshape(len(images), -1) / np.float32(255)


def with_one(rows: np.ndarray) -> np.ndarray:
    """Return the rows with a 1 at the end, for the bias, in double precision."""
    return np.hstack([rows, np.ones((len(rows), 1))]).astype(float)


# --- Classifiers ----------------------------------------------------------------------------


def least_squares(rows: np.ndarray, labels: np.ndarray, ridge: float) -> np.ndarray:
    """Return weights (columns, 10): nearest to +1 for the digit and -1 for the others."""
    targets = np.where(labels[:, None] == np.arange(10), 1.0, -1.0)
    # Pixels that never carry ink would leave the equations without a single solution.
    square = rows.T @ rows + ridge * np.eye(rows.shape[1])
    return np.linalg.solve(square, rows.T @ targets)


def fit_linear(images, labels, seed, *, ridge) -> Fitted:
    """Ten weighted sums of the pixels, fitted by least squares; the highest wins."""
    weights = least_squares(with_one(flat(images)), labels, ridge)
    return lambda new: (with_one(flat(new)) @ weights).argmax(axis=1), weights.size


def fit_logistic(images, labels, seed, *, strength) -> Fitted:
    """Fit the same ten sums by cross-entropy."""
    model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(flat(images), labels)
    return lambda new: model.predict(flat(new)), model.coef_.size + model.intercept_.size


def fit_pairwise(images, labels, seed, *, ridge) -> Fitted:
    """Fit 45 weighted sums, one for each pair of digits, as if there were no others.

    A digit's score is the sum of what the nine pairs say in its favor.
    """
    rows = with_one(flat(images))
    squares, sums = [], []
    for digit in range(10):
        its = rows[labels == digit]
        squares.append(its.T @ its)
        sums.append(its.sum(axis=0))
    pairs = list(combinations(range(10), 2))
    weights = np.stack(
        [
            np.linalg.solve(
                squares[one] + squares[other] + ridge * np.eye(rows.shape[1]),
                sums[one] - sums[other],
            )
            for one, other in pairs
        ],
        axis=1,
    )
    votes = np.zeros((len(pairs), 10))
    for index, (one, other) in enumerate(pairs):
        votes[index, one], votes[index, other] = 1, -1
    return (
        lambda new: (np.clip(with_one(flat(new)) @ weights, -1, 1) @ votes).argmax(axis=1),
        weights.size,
    )


def fit_neighbors(images, labels, seed, *, neighbors) -> Fitted:
    """Store all images; let those with the least squared difference vote."""
    model = KNeighborsClassifier(neighbors, algorithm="brute").fit(flat(images), labels)
    return lambda new: model.predict(flat(new)), images.size


def in_box(images: np.ndarray) -> np.ndarray:
    """Return the 20 x 20 pixels around the middle of each digit's bounding box."""
    boxes = np.zeros((len(images), 20, 20), np.uint8)
    for box, image in zip(boxes, images, strict=True):
        rows, columns = (np.flatnonzero((image > 0).any(axis=axis)) for axis in (1, 0))
        top, left = ((ends[0] + ends[-1] + 1) // 2 - 10 for ends in (rows, columns))
        around = np.pad(image, 20)
        box[:] = around[top + 20 : top + 40, left + 20 : left + 40]
    return boxes


def fit_neighbors_in_box(images, labels, seed, *, neighbors) -> Fitted:
    """Do the same with each digit in the middle of its box, not at its center of mass."""
    predict, numbers = fit_neighbors(in_box(images), labels, seed, neighbors=neighbors)
    return lambda new: predict(in_box(new)), numbers


def fit_quadratic(images, labels, seed, *, ridge) -> Fitted:
    """40 principal components, all products of two of them, least squares on top."""
    pca = PCA(40, random_state=seed).fit(flat(images))
    scale = np.sqrt(pca.explained_variance_[0])
    one, other = np.triu_indices(40)

    def features(new):
        parts = pca.transform(flat(new)) / scale
        return with_one(np.hstack([parts, parts[:, one] * parts[:, other]]))

    weights = least_squares(features(images), labels, ridge)
    stored = weights.size + pca.components_.size + pca.mean_.size
    return lambda new: (features(new) @ weights).argmax(axis=1), stored


def fit_boosted(images, labels, seed, *, leaves, rounds, rate) -> Fitted:
    """Small decision trees added up, each fitted to what the sum so far gets wrong."""
    model = HistGradientBoostingClassifier(
        max_leaf_nodes=leaves,
        max_iter=rounds,
        learning_rate=rate,
        early_stopping=False,
        random_state=seed,
    ).fit(images.reshape(len(images), -1), labels)
    # A leaf stores a value, each split a pixel and a threshold.
    numbers = sum(
        len(tree.nodes) + int((1 - tree.nodes["is_leaf"]).sum())
        for trees in model._predictors
        for tree in trees
    )
    return lambda new: model.predict(new.reshape(len(new), -1)), numbers


def fit_svm(images, labels, seed, *, kernel, gamma, cost) -> Fitted:
    """Fit a support vector machine, one for each pair of digits; the pairs vote."""
    model = SVC(kernel=kernel, gamma=gamma, C=cost, degree=4, coef0=1.0, cache_size=1500).fit(
        flat(images), labels
    )
    numbers = model.support_vectors_.size + model.dual_coef_.size + model.intercept_.size
    return lambda new: model.predict(flat(new)), numbers


def fit_network(images, labels, seed, *, build, peak, epochs=EPOCHS) -> Fitted:
    """Train a network: squared error, outputs pulled to +1 and -1, Adam, one cycle."""
    import keras

    from digitlib.course import history
    from digitlib.training import networks

    keras.utils.set_random_seed(seed)
    kind, size = build
    network = (history.build_lenet if kind == "lenet" else history.build_two_layers)(size)
    steps = epochs * -(-len(images) // BATCH)
    network.compile(
        optimizer=keras.optimizers.Adam(networks.OneCycle(peak, steps)),
        loss="mean_squared_error",
        steps_per_execution=20,
    )
    targets = np.where(labels[:, None] == np.arange(10), 1.0, -1.0).astype("float32")
    inputs = images[..., np.newaxis] / np.float32(255)
    network.fit(inputs, targets, batch_size=BATCH, epochs=epochs, verbose=0)

    def predict(new):
        inputs = new[..., np.newaxis] / np.float32(255)
        return network.predict(inputs, batch_size=500, verbose=0).argmax(axis=1)

    return predict, sum(layer.count_params() for layer in network.layers)


# --- The rows of the table ------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A classifier: how it is fitted, what is tried, and what was published of it.

    ``options`` are tried in turn on the validation images, after fitting ``trial`` images.
    ``published`` holds an error in percent, its source and what is said of it.
    """

    name: str
    fit: Callable[..., Fitted]
    options: Sequence[dict]
    published: Sequence[tuple[float, str, str]] = ()
    deskewed: bool = False
    seeds: int = 1
    trial: int = 55_000
    fixed: dict = field(default_factory=dict)
    note: str = ""


def _network(name: str, kind: str, size: int, published: float) -> Row:
    return Row(
        name,
        fit_network,
        [{"peak": peak} for peak in (0.001, 0.003, 0.006)],
        [(published, PAPER, "")],
        seeds=3,
        trial=20_000,
        fixed={"build": (kind, size)},
        note=f"Adam, one cycle, {EPOCHS} passes, batches of {BATCH}, squared error",
    )


RIDGES = [{"ridge": ridge} for ridge in (1.0, 10.0, 100.0, 1e3, 1e4)]
NEIGHBORS = [{"neighbors": neighbors} for neighbors in (1, 3, 5)]
RBF = [{"gamma": gamma, "cost": cost} for gamma in (0.01, 0.02, 0.03) for cost in (2.0, 5.0, 10.0)]
POLY = [{"gamma": gamma, "cost": cost} for gamma in (0.005, 0.01, 0.02) for cost in (1.0, 10.0)]

ROWS = [
    Row("linear", fit_linear, RIDGES, [(12.0, PAPER, "")], note="least squares"),
    Row(
        "linear, cross-entropy",
        fit_logistic,
        [{"strength": strength} for strength in (0.01, 0.1, 1.0)],
        trial=20_000,
        note="the same ten sums with another loss",
    ),
    Row("linear, deskewed", fit_linear, RIDGES, [(8.4, PAPER, "")], True, note="least squares"),
    Row("pairwise linear", fit_pairwise, RIDGES, note="least squares"),
    Row(
        "pairwise linear, deskewed",
        fit_pairwise,
        RIDGES,
        [(7.6, PAPER, "")],
        True,
        note="least squares",
    ),
    Row(
        "k-NN",
        fit_neighbors,
        NEIGHBORS,
        [(5.0, PAPER, "20 x 20 pixels"), (3.09, PAGE, "Wilder")],
        note="Euclidean distance",
    ),
    Row(
        "k-NN, 20 x 20 box",
        fit_neighbors_in_box,
        NEIGHBORS,
        note="as k-NN, but each digit in the middle of its bounding box",
    ),
    Row("k-NN, deskewed", fit_neighbors, NEIGHBORS, [(2.4, PAPER, "")], True),
    Row("40 PCA + quadratic", fit_quadratic, RIDGES, [(3.3, PAPER, "")], note="least squares"),
    Row(
        "boosted stumps",
        fit_boosted,
        [{"rate": rate} for rate in (0.1, 0.3)],
        [(7.7, PAGE, "Kégl and Busa-Fekete 2009")],
        trial=10_000,
        fixed={"leaves": 2, "rounds": 300},
        note="gradient boosting, ten stumps a round, 300 rounds",
    ),
    Row(
        "boosted trees",
        fit_boosted,
        [{"rate": rate} for rate in (0.1, 0.2)],
        trial=10_000,
        fixed={"leaves": 31, "rounds": 100},
        note="gradient boosting, ten trees of 31 leaves a round, 100 rounds",
    ),
    Row(
        "SVM, RBF",
        fit_svm,
        RBF,
        [(1.4, PAGE, "")],
        trial=10_000,
        fixed={"kernel": "rbf"},
    ),
    Row("SVM, degree 4", fit_svm, POLY, trial=10_000, fixed={"kernel": "poly"}),
    Row(
        "SVM, degree 4, deskewed",
        fit_svm,
        POLY,
        [(1.1, PAGE, "")],
        True,
        trial=10_000,
        fixed={"kernel": "poly"},
    ),
    _network("two layers, 300 hidden", "two layers", 300, 4.7),
    _network("two layers, 1000 hidden", "two layers", 1000, 4.5),
    _network("LeNet-1", "lenet", 1, 1.7),
    _network("LeNet-4", "lenet", 4, 1.1),
    _network("LeNet-5", "lenet", 5, 0.95),
]

Data = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


# --- Measuring ------------------------------------------------------------------------------


def choose(row: Row, train: tuple[np.ndarray, np.ndarray]) -> dict:
    """Try the row's options on validation images; return the best and all errors."""
    images, labels = train
    held_out = min(VALIDATION, len(images) // 4)
    fitting = min(row.trial, len(images) - held_out)
    tried = []
    for options in row.options:
        trial = {"epochs": TRIAL_EPOCHS} if row.fit is fit_network else {}
        predict, _ = row.fit(images[:fitting], labels[:fitting], 0, **row.fixed, **options, **trial)
        wrong = int((predict(images[-held_out:]) != labels[-held_out:]).sum())
        tried.append({**options, "wrong": wrong, "of": held_out, "fitted": fitting})
        print(f"{row.name}: {tried[-1]}", flush=True)
    best = min(range(len(tried)), key=lambda index: tried[index]["wrong"])
    return {"chosen": dict(row.options[best]), "tried": tried}


def measure(row: Row, seed: int, chosen: dict, data: Data) -> tuple[dict, np.ndarray]:
    """Fit all training images and read all test images; return the costs and the answers."""
    (images, labels), (new, truth) = data
    wall, cpu = time.perf_counter(), time.process_time()
    predict, numbers = row.fit(images, labels, seed, **row.fixed, **chosen)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    # What is set up once, as a network's graph is, does not count for a digit.
    predict(new[:1000])
    wall = time.perf_counter()
    answers = predict(new).astype(np.uint8)
    milliseconds = 1000 * (time.perf_counter() - wall) / len(new)
    wrong = int((answers != truth).sum())
    found = {
        "seed": seed,
        "wrong": wrong,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "ms_a_digit": milliseconds,
        "numbers": int(numbers),
    }
    return found, answers


def load(row: Row, data: Data) -> Data:
    """Return the images as the row wants them."""
    if not row.deskewed:
        return data
    from digitlib.course.history import deskew

    return tuple((deskew(images), labels) for images, labels in data)


def run(rows: Sequence[Row], data: Data, kept: Kept, minutes: float = np.inf) -> bool:
    """Choose and measure what is not kept yet; return whether nothing is left to do."""

    def jobs(row: Row) -> Iterator[Job]:
        # Images are set upright only if something is left to do with them.
        its = cache(lambda: load(row, data))
        yield (
            lambda: kept.has(row.name, "choice"),
            lambda: kept.put(row.name, "choice", choose(row, its()[0])),
        )
        for seed in map(str, range(row.seeds)):
            yield (
                lambda seed=seed: kept.has(row.name, seed),
                lambda seed=seed: fit(row, its(), seed),
            )

    def fit(row: Row, its: Data, seed: str) -> None:
        choice, _ = kept.get(row.name, "choice")
        found, answers = measure(row, int(seed), choice["chosen"], its)
        kept.put(row.name, seed, found, answers)
        print(f"{row.name}, seed {seed}: {found}", flush=True)

    return work((job for row in rows for job in jobs(row)), minutes)


def collect(rows: Sequence[Row], kept: Kept, truth: np.ndarray) -> tuple[dict, dict]:
    """Return the table, and for each row the answers of all its seeds."""
    table, answers = [], {}
    for row in rows:
        choice, _ = kept.get(row.name, "choice")
        fits = [kept.get(row.name, str(seed)) for seed in range(row.seeds)]
        measured = [found for found, _ in fits]
        wrong = [found["wrong"] for found in measured]
        low, high = wilson_interval(round(float(np.mean(wrong))), len(truth))
        table.append(
            {
                "name": row.name,
                "deskewed": row.deskewed,
                "note": row.note,
                "published": [
                    {"error": error, "source": source, "remark": remark}
                    for error, source, remark in row.published
                ],
                "error": 100 * float(np.mean(wrong)) / len(truth),
                "low": 100 * low,
                "high": 100 * high,
                "numbers": measured[0]["numbers"],
                "seconds": float(np.median([found["seconds"] for found in measured])),
                "ms_a_digit": float(np.median([found["ms_a_digit"] for found in measured])),
                "fits": measured,
                **choice,
            }
        )
        answers[row.name] = np.stack([given for _, given in fits])
    return table, answers


def report(table: Sequence[dict]) -> None:
    """Print the table."""
    head = ("classifier", "published", "ours (95 %)", "seeds", "train", "a digit", "numbers")
    print("{:26}{:>11}{:>20}{:>6}{:>8}{:>10}{:>12}".format(*head))
    for row in table:
        published = " / ".join(f"{entry['error']:g}" for entry in row["published"]) or "-"
        ours = f"{row['error']:.2f} ({row['low']:.2f}-{row['high']:.2f})"
        print(
            f"{row['name']:26}{published:>11}{ours:>20}{len(row['fits']):6}"
            f"{row['seconds']:6.0f} s{row['ms_a_digit']:7.3f} ms{row['numbers']:12,}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and test every classifier of the table, and store and print the result."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where each fit is kept")
    parser.add_argument("--again", action="store_true", help="forget what is kept")
    parser.add_argument(
        "--minutes", type=float, default=np.inf, help="begin nothing new after so many"
    )
    parser.add_argument("--into", type=Path, default=RESULTS.parent, help="folder for the result")
    parser.add_argument("--few", action="store_true", help="1,000 images: a look, not a result")
    options = parser.parse_args(arguments)
    data = digitlib.load_mnist()
    if options.few:
        data = tuple((images[:1000], labels[:1000]) for images, labels in data)
    kept = Kept(options.cache)
    if options.again:
        for path in options.cache.glob("*.npz"):
            path.unlink()
    if not run(ROWS, data, kept, options.minutes):
        return
    table, answers = collect(ROWS, kept, data[1][1])
    report(table)
    result = {
        "command": "python -m benchmarks.history",
        "environment": environment(PACKAGES),
        "fitted": len(data[0][1]),
        "tested": len(data[1][1]),
        "rows": table,
    }
    options.into.mkdir(parents=True, exist_ok=True)
    (options.into / RESULTS.name).write_text(json.dumps(result, indent=1) + "\n")
    # One row an image: answers that agree stand side by side and take little room.
    names = [name for name, given in answers.items() for _ in given]
    together = np.concatenate(list(answers.values())).T
    np.savez_compressed(options.into / PREDICTIONS.name, names=names, predictions=together)
    print(f"stored in {options.into / RESULTS.name} and {PREDICTIONS.name}")


if __name__ == "__main__":
    main()
