"""How well photographs are read: ``python -m benchmarks.reading`` prints it, with intervals.

Scenes of five severities (:mod:`digitlib.training.scenes`) are written with MNIST's test digits,
which no network of the course was trained on, and every reader gets the same ones. Shares are
those of pictures whose digits all came out, in order, with nothing added. A false claim is a
negative on which a digit is read with a confidence of one half or more.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np

import digitlib
from benchmarks.environment import environment
from digitlib.course import stored
from digitlib.course.bands import wilson_interval
from digitlib.reading import reader
from digitlib.reading.finder import SHIPPED_FINDER, shipped_finder
from digitlib.reading.reader import STEPS
from digitlib.recognizer import SHIPPED_MODEL
from digitlib.training.paper import photograph
from digitlib.training.scenes import KINDS, NEGATIVES, SEVERITIES, Scene, draw_scene

RESULTS = stored.RESULTS / "reading.json"
CLAIM = 0.5
MIDDLE = 3
OWN = "digitlib"
BINS = 10
FRAMES = 60

# What a reader makes of a picture: its digits in order, and a confidence for each.
Answer = tuple[str, list[float]]
Reader = Callable[[Scene], Answer]


# --- Readers --------------------------------------------------------------------------------


def own_reader(recognizer: digitlib.Recognizer, leave_out: Collection[str] = ()) -> Reader:
    """Return the course's reader, with some of its steps switched off or none."""
    finder = shipped_finder()

    def read(scene: Scene) -> Answer:
        found = reader.read(scene.image, finder, recognizer.predict, leave_out=leave_out)
        numbers = [
            shape.numbers
            for shape in found
            if shape.numbers.max() >= finder.settings.least_confidence
        ]
        digits = "".join(str(ten.argmax()) for ten in numbers)
        return digits, [float(ten.max()) for ten in numbers]

    return read


def plain_reader(recognizer: digitlib.Recognizer) -> Reader:
    """Return what many tutorials do: Otsu's threshold, contours, a resize to 28 x 28.

    The network is the course's own.
    """

    def read(scene: Scene) -> Answer:
        gray = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY)
        _, ink = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
        contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [cv2.boundingRect(contour) for contour in contours]
        boxes = [box for box in boxes if box[3] >= 0.05 * len(gray) and box[2] > 1]
        if not boxes:
            return "", []
        images = [
            cv2.resize(ink[y : y + height, x : x + width], (28, 28), interpolation=cv2.INTER_AREA)
            for x, y, width, height in _line_by_line(boxes)
        ]
        answers = recognizer.predict(np.stack(images))
        return "".join(map(str, answers.argmax(axis=1))), answers.max(axis=1).tolist()

    return read


def _line_by_line(boxes: list[Sequence[int]]) -> list[Sequence[int]]:
    """Sort boxes; a line ends where a box begins below the highest one of the line."""
    lines: list[list[Sequence[int]]] = []
    for box in sorted(boxes, key=lambda box: box[1]):
        if lines and box[1] < lines[-1][0][1] + lines[-1][0][3]:
            lines[-1].append(box)
        else:
            lines.append([box])
    return [box for line in lines for box in sorted(line)]


def tesseract_reader() -> Reader | None:
    """Return Tesseract, told that there is one block of text and digits alone, if it is here.

    Of its layouts, one block (6) is the one with which it read most validation digits.
    """
    if shutil.which("tesseract") is None:
        return None
    command = ["tesseract", "stdin", "stdout", "--psm", "6"]
    command += ["-c", "tessedit_char_whitelist=0123456789", "tsv"]

    def read(scene: Scene) -> Answer:
        picture = cv2.imencode(".png", scene.image)[1].tobytes()
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            check=True,
            # Its threads wait for one another longer than they work.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()[1:]]
        words = [(row[11].strip(), float(row[10]) / 100) for row in rows if len(row) == 12]
        return _spelled([(word, confidence) for word, confidence in words if confidence >= 0])

    return read


def rapidocr_reader() -> Reader | None:
    """Return RapidOCR, letters dropped from what it reads, if it is here.

    Where it finds no text on the picture of a single digit, it is asked again with the whole
    picture as the text.
    """
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        return None
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def read(scene: Scene) -> Answer:
        found, _ = engine(scene.image)
        if found:
            return _spelled([(text, float(score)) for _, text, score in found])
        if scene.kind == "single":
            found, _ = engine(scene.image, use_det=False, use_cls=False)
        return _spelled([(text, float(score)) for text, score in found or []])

    return read


def _spelled(words: list[tuple[str, float]]) -> Answer:
    letters = [(letter, score) for word, score in words for letter in word]
    digits = [(letter, score) for letter, score in letters if letter in "0123456789"]
    return "".join(letter for letter, _ in digits), [score for _, score in digits]


PEERS = {
    "Tesseract": (tesseract_reader, "apt-get install tesseract-ocr"),
    "RapidOCR": (rapidocr_reader, "pip install rapidocr-onnxruntime"),
}


# --- Measures -------------------------------------------------------------------------------


def make_scenes(
    kind: str, severity: int, count: int, seed: int, digits: tuple[np.ndarray, np.ndarray]
) -> Iterator[Scene]:
    """Yield scenes; the first ones are the same whatever the count."""
    for index in range(count):
        rng = np.random.default_rng([seed, KINDS.index(kind), severity, index])
        yield draw_scene(kind, severity, rng, *digits)


def is_success(scene: Scene, answer: Answer) -> bool:
    """Tell whether all digits were read, or on a negative, whether one was claimed."""
    digits, confidences = answer
    if scene.kind == "negative":
        return any(confidence >= CLAIM for confidence in confidences)
    return digits == "".join(scene.lines)


def share(successes: list[bool]) -> dict:
    """Return count, number and 95 % interval of a share."""
    low, high = wilson_interval(sum(successes), len(successes))
    return {"successes": sum(successes), "trials": len(successes), "low": low, "high": high}


def judged(scene: Scene, answer: Answer) -> list[tuple[float, bool]]:
    """Return for each digit that was read its confidence, and whether it stands there."""
    digits, confidences = answer
    written = "".join(scene.lines)
    if len(digits) == len(written):
        right = [read == wanted for read, wanted in zip(digits, written, strict=True)]
    else:
        right = [False] * len(digits)
        for start, _, length in SequenceMatcher(None, digits, written, False).get_matching_blocks():
            right[start : start + length] = [True] * length
    return list(zip(confidences, right, strict=True))


def measure_scenes(
    readers: dict[str, tuple[Reader, int]],
    severities: tuple[int, ...],
    count: int,
    seed: int,
    digits: tuple[np.ndarray, np.ndarray],
) -> tuple[list[dict], list[tuple[float, bool]]]:
    """Let each reader read scenes of each kind and severity.

    Parameters
    ----------
    readers : dict
        A reader for each name, and of how many scenes of a cell it reads the first.
    severities : tuple of int
        The severities to draw.
    count, seed : int
        Scenes of a cell, and the seed of all.
    digits : tuple
        Images and labels to write with.

    Returns
    -------
    rows : list of dict
        Reader, kind, severity and share; negatives also by what they show.
    judgments : list of (float, bool)
        Confidence and truth of each digit that the course's own reader read.
    """
    rows, judgments = [], []
    for kind in KINDS:
        for severity in severities:
            results = {name: [] for name in readers}
            for index, scene in enumerate(make_scenes(kind, severity, count, seed, digits)):
                for name, (read, most) in readers.items():
                    if index >= most:
                        continue
                    answer = read(scene)
                    results[name].append((scene.what, is_success(scene, answer)))
                    if name == OWN and kind != "negative":
                        judgments += judged(scene, answer)
            for name, found in results.items():
                row = {"reader": name, "kind": kind, "severity": severity, "what": "all"}
                rows.append(row | share([success for _, success in found]))
                for what in NEGATIVES if kind == "negative" else ():
                    of_this = [success for shown, success in found if shown == what]
                    if of_this:
                        rows.append(row | {"what": what} | share(of_this))
            print(f"{kind}, severity {severity}: done", flush=True)
    return rows, judgments


def calibration(judgments: list[tuple[float, bool]]) -> dict:
    """Compare confidence with truth in bins of equal width.

    The expected calibration error is the mean distance between the two, each bin counting as
    often as it was used (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern
    neural networks", section 2).
    """
    confidences, right = (np.array(column, float) for column in zip(*judgments, strict=True))
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for place in range(BINS):
        inside = places == place
        if inside.any():
            confidence, truth = confidences[inside].mean(), right[inside].mean()
            error += inside.mean() * abs(confidence - truth)
            entry = {"from": place / BINS, "confidence": confidence}
            bins.append(entry | share((right[inside] > 0).tolist()))
    return {"error": error, "digits": len(judgments), "bins": bins}


def measure_uci(read: Reader) -> dict:
    """Read scikit-learn's digits, 8 x 8 pixels each, enlarged to a picture of 128 x 128.

    They were collected for Alpaydin and Kaynak's "Optical recognition of handwritten digits"
    (UCI Machine Learning Repository, 1998).
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    successes = []
    for image, label in zip(data.images, data.target, strict=True):
        paper = 255 - np.pad(np.rint(image * 255 / 16), 4).astype(np.uint8)
        large = cv2.resize(paper, (128, 128), interpolation=cv2.INTER_CUBIC)
        scene = Scene(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), (str(label),), "single", 1, "UCI")
        successes.append(is_success(scene, read(scene)))
    return share(successes)


def measure_time(
    read: Reader, digits: tuple[np.ndarray, np.ndarray], seed: int
) -> dict[str, float]:
    """Return the median milliseconds for a frame with 4 digits and a photograph with 20."""
    sizes = {
        "640 x 480, 4 digits": ([4], {"width": 640, "height": 480, "digit_height": 100}),
        "1600 x 1200, 20 digits": ([5] * 4, {"width": 1600, "height": 1200, "digit_height": 200}),
    }
    times = {}
    for name, (lengths, options) in sizes.items():
        taken = []
        for index in range(FRAMES):
            rng = np.random.default_rng([seed, index])
            lines = [digits[0][rng.integers(0, len(digits[0]), length)] for length in lengths]
            scene = Scene(photograph(lines, rng, **options), (), "lines", 1, name)
            started = time.perf_counter()
            read(scene)
            taken.append(1000 * (time.perf_counter() - started))
        times[name] = float(np.median(taken))
    return times


def this_environment() -> dict:
    """Return what the figures depend on: date, machine, versions and the network's file."""
    names = ("numpy", "opencv-python", "onnxruntime", "scikit-learn", "rapidocr-onnxruntime")
    found = environment(names)
    if shutil.which("tesseract"):
        said = subprocess.run(
            ["tesseract", "--version"], capture_output=True, text=True, check=True
        )
        found["packages"]["tesseract"] = said.stdout.split()[1]
    networks = {"network": SHIPPED_MODEL, "page network": SHIPPED_FINDER}
    return found | {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in networks.items()
    }


# --- The report -----------------------------------------------------------------------------


def percent(row: dict) -> str:
    """Return a share with its interval and number, as in "97.5 (94.3-98.9) of 200"."""
    value = 100 * row["successes"] / row["trials"]
    return f"{value:.1f} ({100 * row['low']:.1f}-{100 * row['high']:.1f}) of {row['trials']}"


def print_table(title: str, header: list[str], lines: list[list[str]]) -> None:
    """Print rows of text in columns, in Markdown's form."""
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    print(f"\n{title}\n")
    for line in (header, ["-" * width for width in widths], *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |")


def report(results: dict) -> None:
    """Print all tables."""
    titles = {
        "single": "Single digits read, %",
        "number": "Numbers of four digits read whole, %",
        "lines": "Pages of two to four lines read whole, %",
        "negative": "False claims on pictures without a digit, %",
    }
    rows = results["scenes"]
    missing = results["not installed"]
    names = list(dict.fromkeys(row["reader"] for row in rows))
    header = ["reader", *(f"severity {severity}" for severity in SEVERITIES)]
    for kind, title in titles.items():
        found = {
            (row["reader"], row["severity"]): percent(row)
            for row in rows
            if row["kind"] == kind and row["what"] == "all"
        }
        lines = [[name, *(found[name, severity] for severity in SEVERITIES)] for name in names]
        for name, remedy in missing.items():
            lines.append([name, f"not installed: {remedy}", *[""] * (len(SEVERITIES) - 1)])
        print_table(title, header, lines)
    own = {
        (row["what"], row["severity"]): percent(row)
        for row in rows
        if row["kind"] == "negative" and row["reader"] == OWN
    }
    lines = [
        [what, *(own.get((what, severity), "") for severity in SEVERITIES)] for what in NEGATIVES
    ]
    print_table(f"False claims of {OWN} by what the picture shows, %", header, lines)
    ablation = {
        (row["reader"], row["kind"]): percent(row)
        for row in results["ablation"]
        if row["what"] == "all"
    }
    lines = [
        [name, *(ablation[name, kind] for kind in KINDS)]
        for name in dict.fromkeys(row["reader"] for row in results["ablation"])
    ]
    header = ["step switched off", "single", "number", "lines", "false claims"]
    print_table(f"Each step switched off in turn, severity {MIDDLE}, %", header, lines)
    found = results["calibration"]
    lines = []
    for entry in found["bins"]:
        ends = f"{entry['from']:.1f}-{entry['from'] + 1 / BINS:.1f}"
        lines.append([ends, f"{100 * entry['confidence']:.1f}", percent(entry)])
    title = f"Calibration on {found['digits']} digits: expected error {100 * found['error']:.2f} %"
    print_table(title, ["confidence", "mean, %", "right, %"], lines)
    print(f"\nUCI digits, 8 x 8 pixels enlarged: {percent(results['uci'])} read, %")
    for name, milliseconds in results["milliseconds"].items():
        print(f"{name}: {milliseconds:.1f} ms, median of {FRAMES} pictures")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure how well photographs are read, and print and store the result."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--images", type=int, default=200, help="scenes of a kind and severity")
    parser.add_argument(
        "--peers", type=int, default=50, help="of these, how many the other programs read"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the result is stored")
    parser.add_argument(
        "--validation", action="store_true", help="write with validation digits, for tuning"
    )
    options = parser.parse_args(arguments)
    train, test = digitlib.load_mnist()
    digits = (train[0][-10_000:], train[1][-10_000:]) if options.validation else test
    recognizer = digitlib.load_recognizer()
    readers = {
        OWN: (own_reader(recognizer), options.images),
        "threshold and resize": (plain_reader(recognizer), options.images),
    }
    missing = {}
    for name, (make, remedy) in PEERS.items():
        peer = make()
        if peer is None:
            missing[name] = remedy
        elif options.peers > 0:
            readers[name] = (peer, min(options.peers, options.images))
    ablated = {"none": (own_reader(recognizer), options.images)} | {
        name: (own_reader(recognizer, {name}), options.images) for name in STEPS
    }
    cell = (options.images, options.seed, digits)
    milliseconds = measure_time(readers[OWN][0], digits, options.seed)
    scenes, judgments = measure_scenes(readers, SEVERITIES, *cell)
    results = {
        "command": f"python -m benchmarks.reading --images {options.images} "
        f"--peers {options.peers} --seed {options.seed}",
        "digits": "validation" if options.validation else "test",
        "environment": this_environment(),
        "scenes": scenes,
        "not installed": missing,
        "ablation": measure_scenes(ablated, (MIDDLE,), *cell)[0],
        "calibration": calibration(judgments),
        "uci": measure_uci(readers[OWN][0]),
        "milliseconds": milliseconds,
    }
    report(results)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nstored in {options.json}")


if __name__ == "__main__":
    main()
