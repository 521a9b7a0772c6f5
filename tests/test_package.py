"""What a program that uses digitlib relies on: light imports and a quick first answer."""

import subprocess
import sys


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
