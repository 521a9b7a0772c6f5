"""Golden readings: made-up pictures of all kinds, and what the recognizer answers to each.

They are to stay as they are while code is moved about. Who changes the reader on purpose writes
them anew, ``python -m tests.golden``, and says in the commit which changed and why.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

import digitlib
from benchmarks.situations import KINDS, draw
from digitlib.training.scenes import draw_scene

KEPT = Path(__file__).with_name("golden_readings.txt")

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


def answers() -> Iterator[str]:
    """Yield a line for each picture: its name, what is written, and what is read."""
    recognizer = digitlib.load_recognizer()
    for name, image, written in pictures():
        read = recognizer.read(image).text().replace("\n", "/")
        yield f"{name}: {written or 'nothing'}, read {read or 'nothing'}"


if __name__ == "__main__":
    KEPT.write_text("\n".join(answers()) + "\n")
    print(f"wrote {KEPT}")
