"""How well readers do in these situations: ``python -m benchmarks.situations`` prints it.

Right is a picture whose digits all came out, in order, with nothing added; in clutter, where
there is no digit, a digit that is read with a confidence of one half or more is a false claim.
"""

import argparse
import time
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

import digitlib
from benchmarks.reading import (
    OWN,
    PEERS,
    Reader,
    is_success,
    judged,
    own_reader,
    percent,
    print_table,
    share,
)
from benchmarks.situations import KINDS, Situation, draw
from digitlib.training.scenes import Scene

Digits = tuple[np.ndarray, np.ndarray]

# A digit that the network does not know by itself is no fault of a situation.
SURE = 0.95
HEADER = ("kind", "reader", "whole, %", "with a false digit, %", "median ms", "99th percentile")


def legible(recognizer: digitlib.Recognizer, digits: Digits) -> Digits:
    """Return the digits that the network surely takes for what they are, and their labels."""
    images, labels = digits
    sure = recognizer.predict(images)[np.arange(len(labels)), labels] > SURE
    return images[sure], labels[sure]


def make_situations(kind: str, count: int, seed: int, digits: Digits) -> Iterator[Situation]:
    """Yield pictures; the first ones are the same whatever the count."""
    for index in range(count):
        yield draw(kind, np.random.default_rng([seed, KINDS.index(kind), index]), *digits)


def as_scene(situation: Situation) -> Scene:
    """Return a situation in the form that the readers of :mod:`benchmarks.reading` know."""
    count = len("".join(situation.lines))
    kind = {0: "negative", 1: "single"}.get(count, "lines")
    return Scene(situation.image, situation.lines, kind, 3, situation.what)


def measure(
    kind: str, readers: dict[str, tuple[Reader, int]], count: int, seed: int, digits: Digits
) -> list[list[str]]:
    """Let readers read pictures of a kind.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    readers : dict
        A reader for each name, and of how many pictures it reads the first.
    count, seed : int
        Pictures, and the seed of all.
    digits : tuple
        Images and labels to write with.

    Returns
    -------
    list of list of str
        For each reader a row under ``HEADER``.
    """
    whole = {name: [] for name in readers}
    false = {name: [] for name in readers}
    taken = {name: [] for name in readers}
    for index, situation in enumerate(make_situations(kind, count, seed, digits)):
        scene = as_scene(situation)
        for name, (read, most) in readers.items():
            if index >= most:
                continue
            started = time.perf_counter()
            answer = read(scene)
            taken[name].append(1000 * (time.perf_counter() - started))
            success = is_success(scene, answer)
            if scene.lines:
                whole[name].append(success)
                false[name].append(not all(right for _, right in judged(scene, answer)))
            else:
                false[name].append(success)
    return [
        [
            kind,
            name,
            percent(share(whole[name])) if whole[name] else "",
            percent(share(false[name])),
            f"{np.median(taken[name]):.0f}",
            f"{np.percentile(taken[name], 99):.0f}",
        ]
        for name in readers
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure how well digits are read in the situations in which readers fail."""
    parser = argparse.ArgumentParser(prog="benchmarks.situations", description=main.__doc__)
    parser.add_argument("--images", type=int, default=50, help="pictures of a kind")
    parser.add_argument(
        "--peers", type=int, default=0, help="of these, how many the other programs read"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default=",".join(KINDS), help="which kinds, with commas")
    parser.add_argument(
        "--validation", action="store_true", help="write with validation digits, for tuning"
    )
    options = parser.parse_args(arguments)
    kinds = options.kinds.split(",")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        parser.error(f"expected kinds out of {', '.join(KINDS)}, found {', '.join(unknown)}")
    cv2.setNumThreads(1)
    train, test = digitlib.load_mnist()
    digits = (train[0][-10_000:], train[1][-10_000:]) if options.validation else test
    recognizer = digitlib.load_recognizer()
    digits = legible(recognizer, digits)
    readers = {OWN: (own_reader(recognizer), options.images)}
    for name, (make, remedy) in PEERS.items() if options.peers > 0 else ():
        reader = make()
        if reader is None:
            print(f"{name} is not installed: {remedy}")
        else:
            readers[name] = (reader, min(options.peers, options.images))
    rows = []
    for kind in kinds:
        rows += measure(kind, readers, options.images, options.seed, digits)
        print(f"{kind}: done", flush=True)
    print_table("Situations; in clutter, a false digit is a claim", list(HEADER), rows)


if __name__ == "__main__":
    main()
