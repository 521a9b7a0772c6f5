"""Chapter 16's programs with three engines: ``python -m benchmarks.engines``.

The programs are the chapter's own, taken from its cells: one trains the network with TensorFlow,
the other loads it and answers 1,000 images. PyTorch is no part of the course; where an
interpreter has it, this compares its answers, and JAX's, with TensorFlow's.
"""

import argparse
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.environment import environment
from digitlib.course import stored

RESULTS = stored.RESULTS / "engines.json"
CHAPTER = Path(__file__).parent.parent / "notebooks" / "16_backends_and_scale.ipynb"
PACKAGES = ("numpy", "keras", "tensorflow-cpu", "jax", "torch")
ENGINES = ("tensorflow", "jax", "torch")


def write_programs(folder: Path) -> None:
    """Write the programs that the chapter writes, into a folder."""
    for cell in json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]:
        head, _, program = "".join(cell["source"]).partition("\n")
        if head.startswith("%%writefile {folder}/"):
            (folder / head.removeprefix("%%writefile {folder}/")).write_text(program)


def run(folder: Path, script: str, engine: str) -> dict:
    """Run a program in a process of its own; return what its last line says.

    Raises
    ------
    RuntimeError
        If the program fails, with the end of what it said.
    """
    command = [sys.executable, str(folder / script), str(folder)]
    variables = os.environ | {"KERAS_BACKEND": engine, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{script} failed with {engine}: {done.stderr[-1000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare() -> dict[str, dict]:
    """Return how many of 1,000 digits each engine names as TensorFlow does, and how far it is.

    ``apart`` is the largest difference of two of the 10,000 numbers.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_programs(folder)
        run(folder, "train.py", "tensorflow")
        for engine in ENGINES:
            run(folder, "engine.py", engine)
        answers = {engine: np.load(folder / f"{engine}.npy") for engine in ENGINES}
    ours = answers["tensorflow"]
    return {
        "same": {
            engine: int((each.argmax(axis=1) == ours.argmax(axis=1)).sum())
            for engine, each in answers.items()
        },
        "apart": {engine: float(np.abs(each - ours).max()) for engine, each in answers.items()},
    }


def main() -> None:
    """Compare the three engines, print and store the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULTS)
    options = parser.parse_args()
    missing = [engine for engine in ENGINES if not find_spec(engine)]
    if missing:
        sys.exit(f"{', '.join(missing)}: not installed; benchmarks/README.md says how to lend it")
    found = compare()
    for engine in ENGINES:
        print(f"{engine:10} {found['same'][engine]} the same, {found['apart'][engine]:.0e} apart")
    result = {"command": "python -m benchmarks.engines", **environment(PACKAGES), **found}
    options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
