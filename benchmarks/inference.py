"""How many images a second one network reads in three runtimes: ``python -m benchmarks.inference``.

The small CNN, with random weights from one seed, is exported to ONNX and LiteRT. All ways have
to agree on the probabilities before they are timed. They take turns; each number of threads has
a process of its own, as TensorFlow can't change it later.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.environment import environment
from digitlib.course import stored

RESULTS = stored.RESULTS / "inference.json"
BATCHES = (1, 1000)
AGREEMENT = 1e-4


def ways(threads: int, folder: Path) -> dict:
    """Return the network as functions from images to probabilities, one for each runtime."""
    import keras
    import onnxruntime
    import tensorflow as tf

    from digitlib.training.networks import build_small_cnn

    keras.utils.set_random_seed(0)
    model = build_small_cnn()
    model(np.zeros((1, 28, 28, 1), "float32"))
    compiled = tf.function(
        lambda images: model(images, training=False),
        input_signature=[tf.TensorSpec((None, 28, 28, 1))],
    )
    model.export(folder / "digits.onnx", format="onnx", verbose=False)
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        folder / "digits.onnx", session_options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    lite = {size: Interpreter(model_content=content, num_threads=threads) for size in BATCHES}
    for size, interpreter in lite.items():
        place = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(place, (size, 28, 28, 1))
        interpreter.allocate_tensors()

    def read_lite(images):
        interpreter = lite[len(images)]
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    return {
        "Keras, model.predict": lambda images: model.predict(images, verbose=0, batch_size=1000),
        "Keras, model(x)": lambda images: model(images, training=False).numpy(),
        "Keras, tf.function": lambda images: compiled(images).numpy(),
        "ONNX Runtime": lambda images: session.run(None, {name: images})[0],
        "LiteRT": read_lite,
    }


def rates(read: dict, images: np.ndarray, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Return images a second of each way in each round, the ways taking turns."""
    found: dict[str, list[float]] = {name: [] for name in read}
    for _ in range(rounds):
        for name, way in read.items():
            way(images)
            count, began = 0, time.perf_counter()
            while (passed := time.perf_counter() - began) < seconds:
                way(images)
                count += 1
            found[name].append(count * len(images) / passed)
    return found


def set_threads(threads: int) -> None:
    """Let TensorFlow compute with so many threads, before it computes anything."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def measure(threads: int, rounds: int, seconds: float) -> dict:
    """Check that all ways agree, then time them on each size of batch."""
    import digitlib

    set_threads(threads)
    images = digitlib.load_mnist()[1][0][:1000, ..., np.newaxis].astype("float32") / 255
    with tempfile.TemporaryDirectory() as folder:
        read = ways(threads, Path(folder))
    result: dict = {"apart": {}, "rates": {}}
    for size in BATCHES:
        expected = read["Keras, tf.function"](images[:size])
        for name, way in read.items():
            apart = float(np.abs(way(images[:size]) - expected).max())
            if apart > AGREEMENT:
                raise ValueError(f"{name} differs by {apart:.2g}, expected {AGREEMENT:g} at most")
            result["apart"][name] = max(apart, result["apart"].get(name, 0.0))
        result["rates"][str(size)] = rates(read, images[:size], rounds, seconds)
    return result


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each way in each round")
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads:
        print(json.dumps(measure(options.threads, options.rounds, options.seconds)))
        return
    stored = {
        "environment": environment(("keras", "tensorflow-cpu", "onnxruntime", "ai-edge-litert")),
        "threads": {},
    }
    for threads in (1, 2):
        command = [sys.executable, "-m", "benchmarks.inference", "--threads", str(threads)]
        command += ["--rounds", str(options.rounds), "--seconds", str(options.seconds)]
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run(command, env=quiet, stdout=subprocess.PIPE, check=True, text=True)
        stored["threads"][str(threads)] = result = json.loads(done.stdout.splitlines()[-1])
        for size, found in result["rates"].items():
            for name, each in found.items():
                print(
                    f"{threads} threads, {size:>4} at a time, {name:21}"
                    f"{statistics.median(each):10,.0f} images/s ({min(each):,.0f}-{max(each):,.0f})"
                )
    options.json.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
