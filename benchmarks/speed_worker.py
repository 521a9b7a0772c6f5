"""Train one network in this process and print its curve: ``python -m benchmarks.speed_worker``.

:mod:`benchmarks.speed` starts one such process for each training, so that imports and tracing
are paid, and seen, every time.
"""

import time

STARTED = time.perf_counter(), time.process_time()

import argparse  # noqa: E402
import json  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

THREADS = 2
# Steps between two evaluations: a quarter of an epoch for the peers.
EVERY = {"fast": 25, "keras.io": 105, "PyTorch": 234}
MNIST = Path(__file__).parents[1] / "digitlib" / "mnist.npz"


class Clock:
    """Count the seconds of training, on the wall and of the processor, without evaluations."""

    def __init__(self):
        self.wall = self.cpu = 0.0
        self.resume()

    def resume(self) -> None:
        """Go on counting."""
        self._since = time.perf_counter(), time.process_time()

    def pause(self) -> None:
        """Stop counting until :meth:`resume`."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.wall += wall - self._since[0]
        self.cpu += cpu - self._since[1]


class Curve:
    """Accuracy against seconds of training, asked for every so many steps."""

    def __init__(self, accuracy, every: int, target: float | None):
        self.accuracy, self.every, self.target = accuracy, every, target
        self.points: list[dict] = []
        self.first: dict | None = None
        self.clock = Clock()

    def after(self, step: int, last: bool = False) -> bool:
        """Note the first step, evaluate where it's due; True once the target is met."""
        due = step // self.every > (self.points[-1]["step"] if self.points else 0) // self.every
        due = due or (last and (not self.points or self.points[-1]["step"] < step))
        if self.first is not None and not due:
            return False
        self.clock.pause()
        if self.first is None:
            self.first = {"wall": self.clock.wall, "cpu": self.clock.cpu, "steps": step}
        if due:
            self.points.append(
                {
                    "step": step,
                    "wall": round(self.clock.wall, 4),
                    "cpu": round(self.clock.cpu, 4),
                    "accuracy": self.accuracy(),
                }
            )
        self.clock.resume()
        return due and self.target is not None and self.points[-1]["accuracy"] >= self.target


def train_keras(recipe, train, test, every: int, seed: int, target: float | None = None, **options):
    """Fit a recipe of :mod:`benchmarks.recipes` with a seed and return its :class:`Curve`."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    pixels, answers = test[0][..., np.newaxis].astype("float32") / 255, test[1]
    batches = [tf.constant(part) for part in np.array_split(pixels, max(1, len(pixels) // 1000))]
    images = train[0][..., np.newaxis].astype("float32") / 255
    prepared = Clock()
    model, fit = recipe(images, train[1], **options)
    prepared.pause()
    forward = tf.function(lambda part: model(part, training=False), reduce_retracing=True)

    def accuracy() -> float:
        found = np.concatenate([forward(part).numpy().argmax(axis=1) for part in batches])
        return float((found == answers).mean())

    curve = Curve(accuracy, every, target)
    accuracy()  # its tracing is no part of the training
    steps_an_epoch = -(-len(fit["x"]) // fit["batch_size"])

    class Watch(keras.callbacks.Callback):
        epoch, done = 0, False

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if curve.after(self.epoch * steps_an_epoch + batch + 1):
                self.model.stop_training = self.done = True

        def on_train_end(self, logs=None):
            if not self.done:
                curve.after((self.epoch + 1) * steps_an_epoch, last=True)

    # Building the model is part of what a learner waits for.
    curve.clock.wall, curve.clock.cpu = prepared.wall, prepared.cpu
    curve.clock.resume()
    model.fit(**fit, verbose=0, callbacks=[Watch()])
    curve.parameters = model.count_params()
    return curve


def train_pytorch(
    train, test, every: int, seed: int, target: float | None = None, epochs: int = 14
):
    """Train the network of PyTorch's MNIST example with its settings; return its Curve.

    Its batches are cut from a tensor in memory, normalized once. The example reads images one
    by one through a loader, which is slower: this is in its favor.
    """
    import torch
    from torch import nn

    torch.manual_seed(seed)
    pixels, answers = (
        (torch.from_numpy(part[0]).float() / 255 - 0.1307) / 0.3081 for part in (train, test)
    )
    pixels, answers = pixels[:, None], answers[:, None]
    digits, truth = (torch.from_numpy(part[1].astype("int64")) for part in (train, test))
    prepared = Clock()
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    prepared.pause()

    def accuracy() -> float:
        model.eval()
        with torch.no_grad():
            found = torch.cat([model(part).argmax(1) for part in answers.split(1000)])
        model.train()
        return float((found == truth).float().mean())

    curve = Curve(accuracy, every, target)
    curve.clock.wall, curve.clock.cpu = prepared.wall, prepared.cpu
    curve.parameters = sum(weights.numel() for weights in model.parameters())
    step, done = 0, False
    for _ in range(epochs):
        for chosen in torch.randperm(len(pixels)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(pixels[chosen]), digits[chosen]).backward()
            optimizer.step()
            step += 1
            done = curve.after(step)
            if done:
                break
        if done:
            break
        schedule.step()
    curve.after(step, last=not done)
    return curve


def main() -> None:
    """Train what the command line asks for and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe", choices=list(EVERY))
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--target", type=float)
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--options", type=json.loads, default={})
    options = parser.parse_args()
    if options.recipe == "PyTorch":
        import torch

        torch.set_num_threads(THREADS)
        version = torch.__version__
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        import keras  # noqa: F401

        from benchmarks.recipes import RECIPES

        version = tf.__version__
    imported = time.perf_counter() - STARTED[0], time.process_time() - STARTED[1]
    with np.load(MNIST) as stored:
        train = stored["x_train"], stored["y_train"]
        test = stored["x_test"], stored["y_test"]
    if options.validation:
        train, test = tuple(part[:-5000] for part in train), tuple(part[-5000:] for part in train)
    arguments = (train, test, EVERY[options.recipe], options.seed, options.target)
    if options.recipe == "PyTorch":
        curve = train_pytorch(*arguments)
    else:
        curve = train_keras(RECIPES[options.recipe], *arguments, **options.options)
    print(
        json.dumps(
            {
                "recipe": options.recipe,
                "seed": options.seed,
                "version": version,
                "parameters": curve.parameters,
                "import": {"wall": imported[0], "cpu": imported[1]},
                "first": curve.first,
                "curve": curve.points,
            }
        )
    )


if __name__ == "__main__":
    main()
