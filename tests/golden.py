"""Golden readings: made-up pictures of all kinds, and what the recognizer answers to each.

They are to stay as they are while code is moved about. Who changes the reader on purpose writes
them anew, ``python -m tests.golden``, and says in the commit which changed and why.
``python -m tests.golden --settings`` tells which numbers of the reader they hold in place;
the others have tests in ``tests/unit/test_settings.py``.
"""

import argparse
import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

import digitlib
from benchmarks.situations import KINDS, draw
from digitlib.reading.finder import Finder
from digitlib.reading.settings import SETTINGS
from digitlib.training.scenes import draw_scene

KEPT = Path(__file__).with_name("golden_readings.txt")

# Another processor may round a confidence to another hundredth, or two.
ROUNDING = 0.025

# Pictures of each situation, and of each kind of the older scenes in each severity.
EACH, EACH_SEVERITY = 4, 2
SCENES, SEVERITIES = ("single", "number", "lines", "negative"), (1, 2, 3, 4, 5)


def pictures() -> Iterator[tuple[str, np.ndarray, str]]:
    """Yield name, picture and the digits that are written in it, lines parted by slashes."""
    digits = digitlib.load_mnist()[1]
    for kind in KINDS:
        for number in range(EACH):
            rng = np.random.default_rng([21, KINDS.index(kind), number])
            drawn = draw(kind, rng, *digits)
            yield f"{kind} {number}", drawn.image, "/".join(drawn.lines)
    for kind in SCENES:
        for severity in SEVERITIES:
            for number in range(EACH_SEVERITY):
                rng = np.random.default_rng([22, SCENES.index(kind), severity, number])
                scene = draw_scene(kind, severity, rng, *digits)
                yield f"{kind} severity {severity} {number}", scene.image, "/".join(scene.lines)


class Answer(NamedTuple):
    """What was read, with how much confidence in each digit, and where something could not be."""

    words: str
    confidences: list[float]

    def __str__(self) -> str:
        return " ".join([self.words, *(f"{confidence:.2f}" for confidence in self.confidences)])

    @classmethod
    def parse(cls, line: str) -> "Answer":
        words, *confidences = re.split(r" (?=[01]\.\d\d\b)", line)
        return cls(words, [float(confidence) for confidence in confidences])

    def differs(self, other: "Answer") -> bool:
        """Return whether it says something else, or says it with another confidence."""
        return self.words != other.words or any(
            abs(one - another) > ROUNDING
            for one, another in zip(self.confidences, other.confidences, strict=True)
        )


def answers(recognizer: digitlib.Recognizer) -> Iterator[Answer]:
    """Yield the answer to each picture: its name, what is written, and what is read."""
    for name, image, written in pictures():
        readings = recognizer.read(image)
        read = readings.text().replace("\n", "/")
        yield Answer(
            f"{name}: {written or 'nothing'}, read {read or 'nothing'}",
            [round(reading.confidence, 2) for reading in readings],
        )


def kept() -> list[Answer]:
    """Return the golden answers."""
    return [Answer.parse(line) for line in KEPT.read_text().splitlines()]


def unnoticed(name: str) -> bool:
    """Return whether no answer changes where a number of the reader is larger by a quarter."""
    value = getattr(SETTINGS, name)
    if isinstance(value, tuple):
        changed = tuple(1.25 * part for part in value)
    elif isinstance(value, int):
        changed = math.ceil(1.25 * value)
    else:
        changed = 1.25 * value
    finder = Finder(settings=dataclasses.replace(SETTINGS, **{name: changed}))
    recognizer = digitlib.Recognizer(digitlib.load_recognizer().predict, finder)
    try:
        pairs = zip(answers(recognizer), kept(), strict=True)
        return not any(answer.differs(golden) for answer, golden in pairs)
    except (Fail, InvalidArgument, RuntimeException):
        # A window whose side is no multiple of 32 is refused.
        return False


def main() -> None:
    """Write the golden answers, or tell which numbers of the reader they do not notice."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--settings", action="store_true", help="vary each number, ten minutes")
    if parser.parse_args().settings:
        for field in dataclasses.fields(SETTINGS):
            found = "not noticed" if unnoticed(field.name) else "noticed"
            print(f"{field.name}: {found}", flush=True)
    else:
        lines = map(str, answers(digitlib.load_recognizer()))
        KEPT.write_text("\n".join(lines) + "\n")
        print(f"wrote {KEPT}")


if __name__ == "__main__":
    main()
