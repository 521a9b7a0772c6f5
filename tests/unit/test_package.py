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


def test_a_server_without_a_library_of_the_system_is_told_what_to_install(tmp_path):
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object')")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import digitlib"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    last = result.stderr.strip().splitlines()[-1]
    assert "libGL.so.1" in last
    assert "apt install libgl1" in last
    assert "opencv-python-headless" in last
