"""From 99 % to the ceiling: ``python -m benchmarks.low`` fits, tests and prints chapter 15's table.

Four parts: the smallest networks, what each ingredient brings, one good network, an ensemble.
Networks and settings are chosen on the last 10,000 training images, with a model that has not
seen them; the test images are read once by each finished fit. Every trial and every fit is kept
in a folder as soon as it is made, so an interrupted run goes on where it stopped.
"""

import argparse
import dataclasses
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np

import digitlib
from benchmarks.environment import environment
from benchmarks.experiment import Job, Kept, work
from digitlib.course import stored
from digitlib.course.bands import wilson_interval

RESULTS = stored.RESULTS / "low.json"
PROBABILITIES = RESULTS.with_name("low_probabilities.npz")
WEIGHTS = RESULTS.with_name("low_weights.npz")
CACHE = Path(__file__).parent.parent / "_build" / "low"
PACKAGES = ("numpy", "opencv-python", "keras", "tensorflow-cpu")
VALIDATION = 10_000
PARTS = ("smallest", "ablation", "single", "ensemble")
# Probabilities are rounded to so many decimals, and everything is counted after that.
DECIMALS = 3

Data = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained.

    ``network`` lists its layers: ``16c5/2`` is a convolution with 16 maps, 5 x 5, stride 2
    (``v``: without padding), each followed by batch norm and ReLU; ``p`` halves by the largest
    of 2 x 2, ``g`` averages each map, ``f`` makes a row of all values; ten outputs end it.

    ``peak`` is the highest rate, or the constant one without ``one_cycle``. ``warp`` is the
    strength of the variation of the training images, ``images`` takes only so many of them.
    ``averaged`` also reads each test image nine times, moved by up to a pixel. ``deskewed``
    sets each image upright before anything else, in training and in reading.
    """

    network: str
    epochs: int
    peak: float = 0.01
    batch: int = 64
    batch_norm: bool = True
    one_cycle: bool = True
    smoothing: float = 0.05
    warp: float = 1.0
    averaged: bool = False
    images: int | None = None
    deskewed: bool = False

    def told(self) -> dict:
        """Return what is set, without ``images`` and ``deskewed`` where they change nothing."""
        told = dataclasses.asdict(self)
        return {key: told[key] for key in told if told[key] or key not in ("images", "deskewed")}


def build(spec: str, batch_norm: bool = True):
    """Build the untrained network that a recipe names."""
    import keras
    from keras import layers

    parts = [keras.Input((28, 28, 1))]
    for word in spec.split():
        if word == "p":
            parts.append(layers.MaxPooling2D())
        elif word == "g":
            parts.append(layers.GlobalAveragePooling2D())
        elif word == "f":
            parts.append(layers.Flatten())
        else:
            padding = "valid" if word.endswith("v") else "same"
            maps, _, size = word.rstrip("v").partition("c")
            size, _, stride = size.partition("/")
            convolution = layers.Conv2D(
                int(maps),
                int(size),
                strides=int(stride or 1),
                padding=padding,
                use_bias=not batch_norm,
            )
            parts.append(convolution)
            if batch_norm:
                parts.append(layers.BatchNormalization())
            parts.append(layers.ReLU())
    return keras.Sequential([*parts, layers.Dense(10, activation="softmax")])


# --- Images ---------------------------------------------------------------------------------

# Values on a grid of 5 x 5 points become a smooth field of 28 x 28.
_SMOOTH = cv2.resize(np.eye(5, dtype=np.float32), (5, 28), interpolation=cv2.INTER_CUBIC)


def warp(images: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Return each image turned, slanted, scaled, moved and bent a little, in one resampling.

    At strength 1: up to 10 degrees, a slant of 0.15, 10 % in each direction, 1.5 pixels, and a
    smooth random field that moves a pixel by about 0.7 pixels.
    """
    if not strength:
        return images
    varied = np.empty_like(images)
    steps = np.arange(28, dtype=np.float32) - 13.5
    # OpenCV numbers rows with 15 bits: 1,000 images stand one below the other.
    for start in range(0, len(images), 1000):
        some = images[start : start + 1000]
        count = len(some)
        uniform = strength * rng.uniform(-1, 1, (6, count, 1, 1)).astype(np.float32)
        angle, slant = np.float32(np.pi / 18) * uniform[0], 0.15 * uniform[1]
        wide, high = 1 + 0.1 * uniform[2], 1 + 0.1 * uniform[3]
        cos, sin = np.cos(angle), np.sin(angle)
        across, down = steps[None, None, :], steps[None, :, None]
        bends = 0.8 * strength * rng.standard_normal((2, count, 5, 5), dtype=np.float32)
        fields = _SMOOTH @ bends @ _SMOOTH.T
        columns = wide * (cos * across + (slant * cos - sin) * down)
        rows = high * (sin * across + (slant * sin + cos) * down)
        columns += fields[0] + 13.5 + 1.5 * uniform[4]
        rows += fields[1] + 13.5 + 1.5 * uniform[5]
        np.clip(columns, 0, 27, out=columns)
        np.clip(rows, 0, 27, out=rows)
        rows += 28 * np.arange(count, dtype=np.float32)[:, None, None]
        varied[start : start + 1000] = cv2.remap(
            some.reshape(-1, 28),
            columns.reshape(-1, 28),
            rows.reshape(-1, 28),
            cv2.INTER_LINEAR,
        ).reshape(-1, 28, 28)
    return varied


def seen(recipe: Recipe, images: np.ndarray) -> np.ndarray:
    """Return images (uint8, n x 28 x 28) as they stand before they are varied or read."""
    if not recipe.deskewed:
        return images
    from digitlib.course.history import deskew

    return deskew(images)


def inputs(images: np.ndarray) -> np.ndarray:
    """Return images (uint8, n x 28 x 28) as a network takes them."""
    return images[..., np.newaxis] / np.float32(255)


def read(network, images: np.ndarray, averaged: bool) -> np.ndarray:
    """Return the probabilities (n, 10), the mean over nine shifts by a pixel if asked for."""
    shifts = [(0, 0)]
    if averaged:
        shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    total = 0
    for down, right in shifts:
        moved = np.roll(images, (down, right), axis=(1, 2))
        total = total + network.predict(inputs(moved), batch_size=500, verbose=0)
    return total / len(shifts)


# --- Training -------------------------------------------------------------------------------


def train(
    recipe: Recipe,
    images: np.ndarray,
    labels: np.ndarray,
    seed: int,
    progress: Callable[[int, int, float], None] | None = None,
):
    """Return the trained network and the seconds that it took, without those of ``progress``."""
    import keras

    from digitlib.training import networks

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    images, labels = seen(recipe, images[: recipe.images]), labels[: recipe.images]
    network = build(recipe.network, recipe.batch_norm)
    targets = keras.utils.to_categorical(labels, 10)
    seconds = 0.0
    for epoch, loss, spent in networks.fit_by_passes(
        network,
        lambda: (warp(images, rng, recipe.warp), targets),
        epochs=recipe.epochs,
        batch=recipe.batch,
        peak=recipe.peak,
        one_cycle=recipe.one_cycle,
        smoothing=recipe.smoothing,
    ):
        seconds += spent
        if progress:
            progress(epoch, recipe.epochs, loss)
    return network, seconds


# --- The rows of the table ------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """What is fitted with several seeds: the best of ``options`` on validation images."""

    name: str
    part: str
    options: Sequence[Recipe]
    seeds: int
    trial_epochs: int = 4
    note: str = ""


def _varied(recipe: Recipe, **changes) -> Recipe:
    return dataclasses.replace(recipe, **changes)


def _smallest(name: str, epochs: int, specs: Sequence[str], milder: str) -> Row:
    options = [Recipe(spec, epochs, warp=0.5) for spec in specs]
    # A small network has no room to waste: the last one also with less help.
    options += [Recipe(milder, epochs, warp=0.3, smoothing=0.0)]
    return Row(name, "smallest", options, seeds=5)


SINGLE = Recipe("16c5/2 32c3 32c3 p 64c3 64c3 f", 30, averaged=True)
CHEAP = Recipe("16c5/2v 32c3 p 64c3 f", 4, warp=0.5, images=20_000)


def _without(name: str, *options: dict) -> Row:
    recipes = [_varied(CHEAP, **changes) for changes in options]
    return Row(name, "ablation", recipes, seeds=3)


ROWS = [
    _smallest(
        "below 4,000",
        10,
        ["8c5/2 14c3 p 18c3 g", "8c5/2 10c3 p 12c3 14c3 g", "8c5/2 8c3 p 10c3 10c3 12c3 g"],
        "8c5/2 8c3 p 10c3 10c3 12c3 g",
    ),
    _smallest(
        "below 10,000",
        12,
        ["10c5/2 12c3 p 16c3 18c3 20c3 g"],
        "10c5/2 12c3 p 16c3 18c3 20c3 g",
    ),
    _without("all of them", {"averaged": True}),
    _without("no batch norm", *({"batch_norm": False, "peak": peak} for peak in (0.003, 0.01))),
    _without("constant rate", *({"one_cycle": False, "peak": peak} for peak in (0.001, 0.003))),
    _without("no augmentation", {"warp": 0.0}),
    _without("no label smoothing", {"smoothing": 0.0}),
    _without(
        "none of them",
        *(
            {
                "batch_norm": False,
                "one_cycle": False,
                "peak": peak,
                "warp": 0.0,
                "smoothing": 0.0,
            }
            for peak in (0.001, 0.003)
        ),
    ),
    Row("one network", "single", [SINGLE], seeds=3),
    # Two other ways to see the same digits; of 20,000 training images held out, a network that
    # sees them upright or varied less shared fewer mistakes with the one above than one with
    # larger kernels, twice as many maps, or digits of equal width.
    Row("varied less", "ensemble", [_varied(SINGLE, warp=0.6)], seeds=3),
    Row("upright", "ensemble", [_varied(SINGLE, warp=0.6, deskewed=True)], seeds=3),
]


# --- Measuring ------------------------------------------------------------------------------


def told(start: str) -> Callable[[int, int, float], None]:
    """Return what prints a line an epoch."""

    def progress(epoch: int, epochs: int, loss: float) -> None:
        print(f"{start}: pass {epoch} of {epochs}, loss {loss:.4f}", flush=True)

    return progress


def choose(row: Row, train_data: tuple[np.ndarray, np.ndarray], kept: Kept, tell=told) -> dict:
    """Try the row's options on validation images; return the best and all errors."""
    images, labels = train_data
    held_out = min(VALIDATION, len(images) // 4)
    tried = []
    for recipe in row.options if len(row.options) > 1 else ():
        short = _varied(recipe, epochs=min(row.trial_epochs, recipe.epochs))
        before = kept.get(row.name, _named(short, "trial"))
        if before:
            tried.append(before[0])
            continue
        progress = tell(f"{row.name}, trial of {recipe.network}")
        network, seconds = train(short, images[:-held_out], labels[:-held_out], 0, progress)
        new = seen(recipe, images[-held_out:])
        answers = read(network, new, recipe.averaged).argmax(axis=1)
        tried.append(
            {
                "recipe": short.told(),
                "parameters": network.count_params(),
                "wrong": int((answers != labels[-held_out:]).sum()),
                "of": held_out,
                "fitted": min(len(images) - held_out, recipe.images or len(images)),
                "seconds": seconds,
            }
        )
        kept.put(row.name, _named(short, "trial"), tried[-1])
        print(f"{row.name}: {tried[-1]}", flush=True)
    best = min(range(len(tried)), key=lambda index: tried[index]["wrong"]) if tried else 0
    return {"chosen": row.options[best].told(), "tried": tried}


def measure(
    recipe: Recipe, seed: int, data: Data, weights: Path, progress=None
) -> tuple[dict, np.ndarray]:
    """Fit all training images, read all test images; return the costs and the probabilities.

    The trained weights go to a file.

    Probabilities come as (1, n, 10), or (2, n, 10) if the recipe averages: read once, and the
    mean over nine shifts.
    """
    import tensorflow as tf

    (images, labels), (new, truth) = data
    cpu = time.process_time()
    network, seconds = train(recipe, images, labels, seed, progress)
    cpu = time.process_time() - cpu
    np.savez_compressed(weights, *network.get_weights())
    readings = [False, True] if recipe.averaged else [False]
    new = seen(recipe, new)
    given = np.stack([read(network, new, averaged) for averaged in readings])
    given = given.round(DECIMALS).astype(np.float16)
    found = {
        "seed": seed,
        "wrong": [int((one.argmax(axis=1) != truth).sum()) for one in given],
        "parameters": network.count_params(),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
    }
    return found, given


def _named(recipe: Recipe | dict, what: object) -> str:
    # A recipe that was changed since does not find what the former one left.
    told = recipe if isinstance(recipe, dict) else recipe.told()
    return f"{what}-{zlib.crc32(json.dumps(told, sort_keys=True).encode()):08x}"


def _weights(row: Row, recipe: Recipe | dict, seed: int, kept: Kept) -> Path:
    return kept.path(row.name, _named(recipe, seed)).with_suffix(".weights.npz")


def _choice(row: Row) -> str:
    options = {str(index): one.told() for index, one in enumerate(row.options)}
    return _named(options | {"trial": row.trial_epochs}, "choice")


def run(rows: Sequence[Row], data: Data, kept: Kept, minutes: float = np.inf, tell=told) -> bool:
    """Choose and measure what is not kept yet; return whether nothing is left to do."""

    def chosen(row: Row) -> Recipe:
        return Recipe(**kept.get(row.name, _choice(row))[0]["chosen"])

    def jobs(row: Row) -> Iterator[Job]:
        yield (
            lambda: kept.has(row.name, _choice(row)),
            lambda: kept.put(row.name, _choice(row), choose(row, data[0], kept, tell)),
        )
        for seed in range(row.seeds):
            yield (
                lambda seed=seed: kept.has(row.name, _named(chosen(row), seed)),
                lambda seed=seed: fit(row, chosen(row), seed),
            )

    def fit(row: Row, recipe: Recipe, seed: int) -> None:
        weights = _weights(row, recipe, seed, kept)
        found, given = measure(recipe, seed, data, weights, tell(f"{row.name}, seed {seed}"))
        kept.put(row.name, _named(recipe, seed), found, given)
        print(f"{row.name}, seed {seed}: {found}", flush=True)

    return work((job for row in rows for job in jobs(row)), minutes)


def collect(rows: Sequence[Row], kept: Kept, truth: np.ndarray) -> tuple[list, dict, dict]:
    """Return the table of what is kept so far, and for each fit its answers and probabilities.

    Answers come as (1, n), or (2, n) if the recipe averages; probabilities are those of the
    last reading, and left out for the ablation, where only answers are compared.
    """
    table, answers, probabilities = [], {}, {}
    for row in rows:
        choice = kept.get(row.name, _choice(row))
        if not choice:
            continue
        fits = [kept.get(row.name, _named(choice[0]["chosen"], seed)) for seed in range(row.seeds)]
        fits = [fit for fit in fits if fit]
        if not fits:
            continue
        wrong = np.array([found["wrong"] for found, _ in fits]).mean(axis=0)
        bounds = [wilson_interval(round(mean), len(truth)) for mean in wrong]
        table.append(
            {
                "name": row.name,
                "part": row.part,
                "planned": row.seeds,
                # One figure each for images read once and for nine shifts, if averaged.
                "error": [100 * mean / len(truth) for mean in wrong],
                "low": [100 * low for low, _ in bounds],
                "high": [100 * high for _, high in bounds],
                "parameters": fits[0][0]["parameters"],
                "seconds": float(np.median([found["seconds"] for found, _ in fits])),
                "fits": [found for found, _ in fits],
                **choice[0],
            }
        )
        for found, given in fits:
            name = f"{row.name}/{found['seed']}"
            answers[name] = given.argmax(axis=-1).astype(np.uint8)
            if row.part != "ablation":
                probabilities[name] = given[-1]
    return table, answers, probabilities


def members(names: Sequence[str]) -> list[str]:
    """Return which fits make the ensemble, in the order in which they join it.

    The order is settled beforehand, not by any error: seed by seed, one of each kind.
    """
    kinds = [row.name for row in ROWS if row.part in ("single", "ensemble")]
    mine = [name for name in names if name.split("/")[0] in kinds]
    return sorted(mine, key=lambda name: (int(name.split("/")[1]), kinds.index(name.split("/")[0])))


def ensemble(probabilities: dict, truth: np.ndarray) -> list[dict]:
    """Return the error of the first 1, 2, 3, ... members, their probabilities averaged."""
    total, sizes = 0, []
    for size, name in enumerate(members(list(probabilities)), 1):
        total = total + probabilities[name].astype(np.float32)
        wrong = int((total.argmax(axis=1) != truth).sum())
        low, high = wilson_interval(wrong, len(truth))
        sizes.append({"size": size, "last": name, "wrong": wrong, "low": low, "high": high})
    return sizes


def gather(rows: Sequence[Row], table: Sequence[dict], kept: Kept) -> dict[str, np.ndarray]:
    """Return the weights of all members so far, as ``upright/0/03`` for the fourth array."""
    weights = {}
    planned = {row.name: row for row in rows}
    for row in table:
        if row["part"] not in ("single", "ensemble"):
            continue
        for fit in row["fits"]:
            path = _weights(planned[row["name"]], row["chosen"], fit["seed"], kept)
            with np.load(path) as archive:
                for number, name in enumerate(archive.files):
                    weights[f"{row['name']}/{fit['seed']}/{number:02}"] = archive[name]
    return weights


def load_member(name: str, folder: Path = RESULTS.parent):
    """Return the recipe and the trained network of a stored member, such as ``upright/0``.

    ``read(network, seen(recipe, images), recipe.averaged)`` gives its probabilities.
    """
    rows = json.loads((folder / RESULTS.name).read_text())["rows"]
    recipes = {row["name"]: Recipe(**row["chosen"]) for row in rows}
    with np.load(folder / WEIGHTS.name) as archive:
        weights = [archive[key] for key in archive.files if key.startswith(name + "/")]
        if not weights:
            known = sorted({key.rpartition("/")[0] for key in archive.files})
            raise ValueError(f"expected one of {', '.join(known)}, found {name!r}")
    recipe = recipes[name.rpartition("/")[0]]
    network = build(recipe.network, recipe.batch_norm)
    network.set_weights(weights)
    return recipe, network


def report(table: Sequence[dict], sizes: Sequence[dict]) -> None:
    """Print the table."""
    head = ("what", "parameters", "error % (95 %)", "nine shifts", "seeds", "a fit")
    print("{:20}{:>11}{:>20}{:>13}{:>8}{:>8}".format(*head))
    for row in table:
        ours = f"{row['error'][0]:.2f} ({row['low'][0]:.2f}-{row['high'][0]:.2f})"
        shifts = f"{row['error'][1]:.2f}" if len(row["error"]) > 1 else "-"
        seeds = f"{len(row['fits'])}/{row['planned']}"
        print(
            f"{row['name']:20}{row['parameters']:11,}{ours:>20}{shifts:>13}{seeds:>8}"
            f"{row['seconds']:6.0f} s"
        )
    for entry in sizes:
        print(f"ensemble of {entry['size']:2}: {entry['wrong']} wrong")


def store(rows: Sequence[Row], data: Data, kept: Kept, into: Path) -> None:
    """Store and print what is kept so far."""
    truth = data[1][1]
    table, answers, probabilities = collect(rows, kept, truth)
    sizes = ensemble(probabilities, truth)
    report(table, sizes)
    result = {
        "command": "python -m benchmarks.low",
        "environment": environment(PACKAGES),
        "fitted": len(data[0][1]),
        "tested": len(truth),
        "complete": all(len(row["fits"]) == row["planned"] for row in table)
        and len(table) == len(rows),
        "rows": table,
        "ensemble": sizes,
    }
    into.mkdir(parents=True, exist_ok=True)
    (into / RESULTS.name).write_text(json.dumps(result, indent=1) + "\n")
    arrays = {f"answers/{name}": given for name, given in answers.items()}
    arrays |= {f"probabilities/{name}": given for name, given in probabilities.items()}
    np.savez_compressed(into / PROBABILITIES.name, **arrays)
    np.savez_compressed(into / WEIGHTS.name, **gather(rows, table, kept))
    print(f"stored in {into / RESULTS.name}, {PROBABILITIES.name} and {WEIGHTS.name}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and test the networks of chapter 15, and store and print what is found."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="which to fit")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where each fit is kept")
    parser.add_argument(
        "--minutes", type=float, default=np.inf, help="begin nothing new after so many"
    )
    parser.add_argument("--into", type=Path, default=RESULTS.parent, help="folder for the result")
    options = parser.parse_args(arguments)
    data, kept = digitlib.load_mnist(), Kept(options.cache)
    finished = run([row for row in ROWS if row.part in options.parts], data, kept, options.minutes)
    store(ROWS, data, kept, options.into)
    if not finished:
        print("some fits are left: the same command goes on")


if __name__ == "__main__":
    main()
