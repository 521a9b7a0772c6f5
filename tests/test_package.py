"""What a program that uses digitlib relies on: light imports and a quick first answer."""

import ast
import subprocess
import sys
from pathlib import Path

import digitlib

PACKAGE = Path(digitlib.__file__).parent


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_reading_a_digit_loads_neither_tensorflow_nor_a_plotting_library():
    loaded = run(
        "import sys, numpy as np, digitlib\n"
        "digitlib.load_recognizer().predict(np.zeros((28, 28), np.uint8))\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ).split()
    heavy = {"tensorflow", "keras", "jax", "torch", "matplotlib", "sklearn", "ipywidgets", "pandas"}
    assert not heavy & set(loaded)
    assert "onnxruntime" in loaded


def test_a_first_prediction_takes_little_memory():
    megabytes = run(
        "import numpy as np, psutil, digitlib\n"
        "digitlib.load_recognizer().predict(np.zeros((28, 28), np.uint8))\n"
        "print(psutil.Process().memory_info().rss / 1e6)"
    )
    assert float(megabytes) < 200


# Data and images at the bottom, what draws or trains at the top.
LEVELS = {
    "checks": 0,
    "data": 0,
    "images": 0,
    "augment": 0,
    "fonts": 0,
    "history": 0,
    "paper": 0,
    "thinning": 0,
    "binarize": 0,
    "shapes": 0,
    "normalize": 1,
    "figures": 1,
    "scenes": 1,
    "randomize": 2,
    "rulebench": 2,
    "networks": 1,
    "negatives": 3,
    "reading": 2,
    "onnx_network": 1,
    "readings": 1,
    "recognizer": 3,
    "__main__": 9,
    "pages": 4,
    "photo": 4,
    "drawings": 4,
    "sliding": 5,
    "training": 6,
    "webcam": 5,
}


def test_imports_run_one_way():
    paths = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    # A folder is one room: its modules share a level.
    rooms = {path: path.with_suffix("").parts[0] for path in paths}
    assert set(rooms.values()) - {"__init__"} == set(LEVELS)
    for path, name in rooms.items():
        if name == "__init__":
            continue
        for node in ast.walk(ast.parse((PACKAGE / path).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("digitlib"):
                inside = node.module.split(".")[1:2]
                for other in inside or [alias.name for alias in node.names]:
                    assert other == name or LEVELS[other] < LEVELS[name], f"{path} imports {other}"
