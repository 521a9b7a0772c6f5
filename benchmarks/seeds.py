"""A thousand labels, with several seeds: ``python -m benchmarks.seeds`` prints the table.

Chapter 07 trains each of its networks on 1,000 images once. What it says of a comparison stands
on these runs: the same recipes with other weights, other orders and another thousand images.
All of them are judged on the last 10,000 training images, none on the test images. Every fit is
kept in a folder, so an interrupted run goes on where it stopped.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import digitlib
from benchmarks.environment import environment
from benchmarks.experiment import Job, Kept, work
from digitlib.course import stored

RESULTS = stored.RESULTS / "seeds.json"
CACHE = Path(__file__).parent.parent / "_build" / "seeds"
PACKAGES = ("numpy", "opencv-python", "keras", "tensorflow-cpu")
VALIDATION = 10_000

# 1,000 images, 20 rounds. A draw is a seed and a thousand of its own.
FEW, ROUNDS, BATCH, PEAK = 1000, 20, 16, 0.003
DRAWS = tuple(range(6))
# Dropout and weight decay are searched with the first draws and judged with the others.
SEARCHED, JUDGED = DRAWS[:2], DRAWS[2:]
WAYS = ("same", "varied", "fresh")
VALUES = {"dropout": (0.2, 0.5, 0.8), "weight decay": (0.3, 1.0, 3.0, 10.0)}

Digits = tuple[np.ndarray, np.ndarray]


class Runs:
    """The runs of the chapter, on a part of the training images."""

    def __init__(self, digits: Digits, held_out: int = VALIDATION, rounds: int = ROUNDS):
        images, labels = digits
        self.images, self.targets = images[:-held_out], np.eye(10, dtype="float32")[labels]
        self.checks = images[-held_out:]
        self.check_labels, self.rounds = labels[-held_out:], rounds
        self._ready: tuple = (None, None)

    def ready(self, name: object, make: Callable):
        """Return the network of that name, compiled once for runs that follow one another."""
        if self._ready[0] != name:
            self._ready = (name, make())
        return self._ready[1]

    def judge(self, network) -> float:
        """Return the accuracy on the validation images, in percent."""
        parts = np.split(self.checks[..., np.newaxis], range(500, len(self.checks), 500))
        answers = np.concatenate([network(part / np.float32(255)) for part in parts])
        return 100 * float(np.mean(answers.argmax(axis=1) == self.check_labels))

    def few(self, way: str, value: float, draw: int) -> dict:
        """Train on 1,000 images; return the accuracy.

        ``way`` is one of ``WAYS``, or of ``VALUES`` and then has a value.
        """
        import keras

        from digitlib.training.augment import augment
        from digitlib.training.networks import OneCycle, build_small_cnn
        from digitlib.training.repeat import batches, build_with_dropout, compiled, restart

        def make():
            adam = keras.optimizers.Adam(
                OneCycle(PEAK, self.rounds * math.ceil(FEW / BATCH)),
                beta_2=0.99,
                weight_decay=value if way == "weight decay" else None,
            )
            dropped = way == "dropout"
            build = (lambda: build_with_dropout(value)) if dropped else build_small_cnn
            return compiled(adam, build=build)

        # The three ways of WAYS share a network.
        network = self.ready(("few", way, value) if way in VALUES else "few", make)
        restart(network, draw)
        places = (FEW * draw + np.arange(FEW * self.rounds)) % len(self.images)
        rng, some = np.random.default_rng(draw), places[:FEW]
        if way not in ("varied", "fresh"):
            pipeline = batches(self.images[some], self.targets[some], draw, BATCH)
            network.fit(pipeline, epochs=self.rounds, shuffle=False, verbose=0)
            return {"accuracy": self.judge(network)}
        for start in range(0, FEW * self.rounds, FEW):
            if way == "varied":
                images, targets = augment(self.images[some], rng), self.targets[some]
            else:
                part = places[start : start + FEW]
                images, targets = self.images[part], self.targets[part]
            network.fit(batches(images, targets, draw, BATCH), shuffle=False, verbose=0)
        return {"accuracy": self.judge(network)}


# --- What is done, and what comes of it -------------------------------------------------------


def best_value(way: str, kept: Kept) -> float:
    """Return the value with the best mean over the first draws."""
    means = [np.mean(found(kept, (way, value), SEARCHED)) for value in VALUES[way]]
    return VALUES[way][int(np.argmax(means))]


def found(kept: Kept, what: Sequence[object], draws: Sequence[int]) -> list[float]:
    """Return the accuracy of each of these fits."""
    name = " ".join(map(str, what))
    return [kept.get(name, str(draw))[0]["accuracy"] for draw in draws]


def jobs(runs: Runs, kept: Kept) -> Iterator[Job]:
    """Yield all runs, those that need the same network one after the other."""

    def job(what: Sequence[object], seed: int, measure: Callable[[], dict]) -> Job:
        name = " ".join(map(str, what))

        def do():
            began = time.perf_counter()
            result = measure() | {"seconds": time.perf_counter() - began}
            kept.put(name, str(seed), result)
            print(f"{name}, seed {seed}: {result}", flush=True)

        return (lambda: kept.has(name, str(seed))), do

    def few(way: str, value: float, draw: int) -> Job:
        what = (way, value) if way in VALUES else (way,)
        return job(what, draw, lambda: runs.few(way, value, draw))

    for way in WAYS:
        yield from (few(way, 0, draw) for draw in DRAWS)
    for way, values in VALUES.items():
        yield from (few(way, value, draw) for value in values for draw in SEARCHED)
        chosen = best_value(way, kept)
        yield from (few(way, chosen, draw) for draw in JUDGED)


def collect(kept: Kept) -> dict:
    """Return the table of all that was measured: a list over seeds or draws for each row."""
    chosen = {way: best_value(way, kept) for way in VALUES}
    return {
        "few": {way: found(kept, (way,), DRAWS) for way in WAYS},
        "searched": {
            way: {str(value): found(kept, (way, value), SEARCHED) for value in values}
            for way, values in VALUES.items()
        },
        "chosen": chosen,
        "judged": {"plain": found(kept, ("same",), JUDGED)}
        | {way: found(kept, (way, value), JUDGED) for way, value in chosen.items()},
    }


def report(table: dict) -> None:
    """Print the table."""
    rows = {f"1,000 images, {way}": row for way, row in table["few"].items()}
    for way, row in table["searched"].items():
        rows |= {f"{way} {value}": each for value, each in row.items()}
    rows |= {f"judged: {way}": row for way, row in table["judged"].items()}
    for name, row in rows.items():
        print(f"{name:26}{np.mean(row):7.2f} %  ", *(f"{each:.2f}" for each in row))
    print("chosen:", table["chosen"])


def main() -> None:
    """Train what is not kept yet; store and print the table when all is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=np.inf)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--again", action="store_true", help="forget what is kept")
    options = parser.parse_args()
    kept = Kept(CACHE)
    if options.again:
        for path in CACHE.glob("*.npz"):
            path.unlink()
    digits = digitlib.load_mnist()[0]
    if not work(jobs(Runs(digits), kept), options.minutes):
        print("not all is measured yet: the same command goes on")
        return
    table = collect(kept)
    report(table)
    result = {"command": "python -m benchmarks.seeds", **environment(PACKAGES), **table}
    options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
