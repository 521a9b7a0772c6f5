"""Train the page network that ships: ``python -m digitlib.training.pages.recipe``.

Made-up scenes are drawn first, then windows of them are learned. Both are kept in
``_build/pages`` as they are made, so that the same command goes on where it was interrupted.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf

from digitlib.data import load_mnist
from digitlib.onnx_network import MODELS_PATH
from digitlib.reading.places import STRIDE, UNIT
from digitlib.training.pages.glyphs import Glyphs, build_glyphs
from digitlib.training.pages.network import build_page_network
from digitlib.training.pages.page import MOST, SIDE
from digitlib.training.pages.scenes import SceneMaker
from digitlib.training.pages.windows import WINDOW, window

WORK = Path("_build/pages")

# Scenes are written with this many of the first 50,000 training digits: the last 10,000 are
# for choosing, the test digits for reporting.
DIGITS, FITTING = 14_000, 50_000

# Scenes are drawn in parts, each from a seed of its own.
PARTS, SCENES_A_PART = 24, 2_500

# The training goes in two cycles, each with so many steps, scenes of its own and a learning rate
# that rises quickly to a peak and falls to nothing (Loshchilov and Hutter 2017, "SGDR", ICLR).
STEPS, PEAKS = (14_000, 16_000), (2.5e-3, 1.5e-3)
BATCH, WARM_UP, WEIGHT_DECAY = 48, 300, 1e-4

# Batches from which the mean of both cycles' networks takes its running means.
SETTLING = 250
SEED = 7

# Scenes that are kept beside the network, to tell whether the recipe still makes them, and the
# digits that they are written with.
GOLDEN_SCENES, GOLDEN_DIGITS, GOLDEN_SIDE = 24, 60, 64

# A step's state is kept after so many steps, and a line printed after so many.
KEEP_EVERY, TELL_EVERY = 1_000, 200


# --- Scenes -----------------------------------------------------------------------------------


def draw_scenes(glyphs_path: Path, part: int) -> Path:
    """Draw one part of the scenes, unless it is there; return where it lies.

    Parameters
    ----------
    glyphs_path : Path
        The pool of shapes, an ``.npz`` file.
    part : int
        Its number, which is also its seed.

    Returns
    -------
    Path
        An ``.npz`` file with ``images`` and ``boxes``, see
        :meth:`digitlib.training.pages.scenes.SceneMaker.make`.
    """
    path = glyphs_path.parent / f"scenes_{part:02d}.npz"
    if path.exists():
        return path
    cv2.setNumThreads(1)
    maker = SceneMaker(Glyphs(**np.load(glyphs_path)), part)
    images = np.empty((SCENES_A_PART, SIDE, SIDE), np.uint8)
    boxes = np.empty((SCENES_A_PART, MOST, 6), np.float32)
    for index in range(SCENES_A_PART):
        images[index], boxes[index] = maker.make()
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, images=images, boxes=boxes)
    unfinished.rename(path)
    return path


def load_scenes(folder: Path, cycle: int, parts: int = PARTS) -> tuple[np.ndarray, np.ndarray]:
    """Draw what is missing of a cycle's scenes with two processes, and load them all.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    cycle : int
        The scenes of another cycle are drawn from other seeds.
    parts : int
        How many parts are drawn.

    Returns
    -------
    images : numpy.ndarray of uint8, (n, SIDE, SIDE)
        Gray values.
    boxes : numpy.ndarray of float32, (n, MOST, 6)
        The digits, see :meth:`digitlib.training.pages.scenes.SceneMaker.make`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    glyphs_path = folder / "glyphs.npz"
    if not glyphs_path.exists():
        (images, labels), _ = load_mnist()
        rng = np.random.default_rng(SEED)
        some = rng.permutation(FITTING)[:DIGITS]
        glyphs = build_glyphs(images[some], labels[some], rng)
        np.savez(glyphs_path, **glyphs._asdict())
    images = np.empty((parts * SCENES_A_PART, SIDE, SIDE), np.uint8)
    boxes = np.empty((parts * SCENES_A_PART, MOST, 6), np.float32)
    with ProcessPoolExecutor(2) as pool:
        started = time.perf_counter()
        seeds = range(cycle * parts, (cycle + 1) * parts)
        for part, path in enumerate(pool.map(draw_scenes, [glyphs_path] * parts, seeds)):
            at = slice(part * SCENES_A_PART, (part + 1) * SCENES_A_PART)
            with np.load(path) as scenes:
                images[at], boxes[at] = scenes["images"], scenes["boxes"]
            seconds = time.perf_counter() - started
            print(f"scenes: {at.stop:,} of {len(images):,}, {seconds:.0f} s", flush=True)
    return images, boxes


def golden_scenes() -> dict[str, np.ndarray]:
    """Return some scenes as the recipe makes them, small, and their boxes.

    Returns
    -------
    dict
        ``images``, uint8 (GOLDEN_SCENES, GOLDEN_SIDE, GOLDEN_SIDE), and ``boxes``, float32
        (GOLDEN_SCENES, MOST, 6).
    """
    (images, labels), _ = load_mnist()
    rng = np.random.default_rng(SEED)
    maker = SceneMaker(build_glyphs(images[:GOLDEN_DIGITS], labels[:GOLDEN_DIGITS], rng), SEED)
    scenes, boxes = zip(*(maker.make() for _ in range(GOLDEN_SCENES)), strict=True)
    size = GOLDEN_SIDE, GOLDEN_SIDE
    small = [cv2.resize(scene, size, interpolation=cv2.INTER_AREA) for scene in scenes]
    return {"images": np.stack(small), "boxes": np.stack(boxes)}


def batches(
    images: np.ndarray, boxes: np.ndarray, first: int, steps: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the windows of each step from the first on; a step's windows follow from its number."""

    def cut(step: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((SEED, step))
        seen = np.empty((BATCH, WINDOW, WINDOW, 3), np.float32)
        digits = np.empty((BATCH, *boxes.shape[1:]), np.float32)
        for index, scene in enumerate(rng.integers(len(images), size=BATCH)):
            seen[index], digits[index] = window(images[scene], boxes[scene], rng)
        return seen, digits

    with ThreadPoolExecutor(1) as ahead:
        coming = [ahead.submit(cut, step) for step in range(first, min(first + 3, steps))]
        for step in range(first, steps):
            if step + 3 < steps:
                coming.append(ahead.submit(cut, step + 3))
            yield coming.pop(0).result()


# --- What is to be answered -------------------------------------------------------------------


def targets(boxes: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Return what the network should answer to windows with these digits.

    Parameters
    ----------
    boxes : tf.Tensor of float32, (n, MOST, 6)
        Digit, left, top, right, bottom, and 1 where it counts neither way.

    Returns
    -------
    middle : tf.Tensor of float32, (n, cells, cells)
        1 in the cell of a digit's middle, falling off around it as a bell (Zhou, Wang and
        Krähenbühl 2019, "Objects as Points").
    digit : tf.Tensor of int32, (n, cells, cells)
        Which digit's bell is the highest there.
    box : tf.Tensor of float32, (n, cells, cells, 4)
        Where its middle is, in cells from here, and its size, logarithms of ``UNIT``.
    counts : tf.Tensor of float32, (n, cells, cells)
        0 inside what counts neither way.
    """
    digit, left, top, right, bottom, aside = tf.unstack(boxes, axis=-1)
    is_digit = tf.cast(digit >= 0, tf.float32)
    wide, high = tf.maximum(right - left, 2.0), tf.maximum(bottom - top, 2.0)
    x, y = (left + right) / 2, (top + bottom) / 2
    places = (tf.range(WINDOW // STRIDE, dtype=tf.float32) + 0.5) * STRIDE

    def bell(middle: tf.Tensor, spread: tf.Tensor) -> tf.Tensor:
        # Half a cell away is still the middle.
        away = tf.maximum(tf.abs(places - middle[..., None]) - STRIDE / 2, 0)
        return tf.exp(-tf.square(away) / (2 * spread[..., None] ** 2))

    across = bell(x, tf.maximum(2.4, 0.1 * (wide + 0.3 * high)))
    down = bell(y, tf.maximum(2.4, 0.1 * (high + 0.3 * wide)))
    bells = across[:, :, None, :] * down[:, :, :, None]
    bells *= (is_digit * (1 - aside))[..., None, None]
    nearest = tf.argmax(bells, axis=1)
    middle = tf.reduce_max(bells, axis=1)

    def between(start: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        return tf.cast((places > start[..., None]) & (places < end[..., None]), tf.float32)

    inside = between(left, right)[:, :, None, :] * between(top, bottom)[:, :, :, None]
    left_aside = tf.reduce_max(inside * (is_digit * aside)[..., None, None], axis=1)
    counts = 1 - left_aside * tf.cast(middle < 0.5, tf.float32)

    def of_nearest(values: tf.Tensor) -> tf.Tensor:
        return tf.gather(values, nearest, batch_dims=1)

    box = tf.stack(
        [
            (of_nearest(x) - places[None, None, :]) / STRIDE,
            (of_nearest(y) - places[None, :, None]) / STRIDE,
            tf.math.log(of_nearest(wide) / UNIT),
            tf.math.log(of_nearest(high) / UNIT),
        ],
        axis=-1,
    )
    return middle, tf.cast(tf.maximum(of_nearest(digit), 0), tf.int32), box, counts


def losses(answer: tf.Tensor, boxes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return how wrong an answer is: about middles, classes and boxes.

    Middles are weighed by the focal loss (Lin et al. 2017, "Focal Loss for Dense Object
    Detection", ICCV, in the form of Zhou et al. 2019), since nearly all places are none.
    """
    middle, digit, box, counts = targets(boxes)
    score = answer[..., 0]
    chance = tf.sigmoid(score)
    at_middle = tf.cast(middle > 0.99, tf.float32)
    found = at_middle * (1 - chance) ** 2 * tf.math.log_sigmoid(score)
    kept_away = (1 - at_middle) * (1 - middle) ** 4 * chance**2 * tf.math.log_sigmoid(-score)
    # Windows without digits count as well: a few are added to the number of middles.
    focal = -tf.reduce_sum(counts * (found + kept_away)) / (tf.reduce_sum(at_middle) + 8)
    near = tf.cast(middle > 0.5, tf.float32) * middle
    weight = tf.reduce_sum(near) + 8
    smoothed = tf.one_hot(digit, 10) * 0.96 + 0.004
    log_chances = tf.nn.log_softmax(answer[..., 1:11])
    classes = -tf.reduce_sum(near * tf.reduce_sum(smoothed * log_chances, axis=-1)) / weight
    off = tf.abs(answer[..., 11:] - box) * [0.5, 0.5, 2.0, 2.0]
    return focal, classes, tf.reduce_sum(near[..., None] * off) / weight


# --- Training ---------------------------------------------------------------------------------


def rate(step: int, steps: tuple[int, ...] = STEPS) -> float:
    """Return the learning rate of a step, counted over all cycles."""
    for peak, length in zip(PEAKS, steps, strict=True):
        if step < length:
            rising, falling = (step + 1) / WARM_UP, 0.5 * (1 + np.cos(np.pi * step / length))
            return peak * min(1, rising) * falling + 1e-6
        step -= length
    raise ValueError(f"expected a step below {sum(steps)}, found {step + sum(steps)}")


def train(
    folder: Path, *, steps: tuple[int, ...] = STEPS, parts: int = PARTS
) -> tuple[keras.Model, float]:
    """Train the network on windows of scenes, going on where an earlier run was interrupted.

    Parameters
    ----------
    folder : Path
        Where the scenes and the state of the training are kept.
    steps : tuple of int
        Batches in each cycle.
    parts : int
        Parts of scenes in each cycle.

    Returns
    -------
    network : keras.Model
        The trained network, in single precision.
    seconds : float
        How long that took, the runs that were interrupted included.
    """
    keras.utils.set_random_seed(SEED)
    # Half as many bits on processors that multiply them (AVX-512 BF16) are twice as fast.
    policy = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    network = build_page_network()
    keras.mixed_precision.set_global_policy(policy)
    optimizer = keras.optimizers.AdamW(PEAKS[0], weight_decay=WEIGHT_DECAY, clipnorm=10.0)
    optimizer.build(network.trainable_variables)
    state = tf.train.Checkpoint(
        network=network, optimizer=optimizer, step=tf.Variable(0), seconds=tf.Variable(0.0)
    )
    kept = tf.train.CheckpointManager(state, folder / "state", max_to_keep=1)
    if kept.latest_checkpoint:
        state.restore(kept.latest_checkpoint)
        print(f"going on after step {int(state.step):,}", flush=True)

    @tf.function
    def learn(seen: tf.Tensor, digits: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            losses_of = losses(network(seen, training=True), digits)
            total = losses_of[0] + losses_of[1] + 0.5 * losses_of[2]
        gradients = tape.gradient(total, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return tf.stack(losses_of)

    before, started = float(state.seconds), time.perf_counter()
    begun, told, end = int(state.step), [], 0
    for cycle, length in enumerate(steps):
        end += length
        first = int(state.step)
        if first >= end:
            continue
        images, boxes = load_scenes(folder, cycle, parts)
        for step, (seen, digits) in enumerate(batches(images, boxes, first, end), first):
            optimizer.learning_rate.assign(rate(step, steps))
            told.append(learn(tf.constant(seen), tf.constant(digits)).numpy())
            state.step.assign(step + 1)
            state.seconds.assign(before + time.perf_counter() - started)
            if step + 1 == end:
                np.savez(folder / f"end_{cycle}.npz", *network.get_weights())
            if (step + 1) % KEEP_EVERY == 0 or step + 1 == end:
                kept.save()
            if (step + 1) % TELL_EVERY == 0:
                middle, classes, box = np.mean(told, axis=0)
                told.clear()
                minutes = (time.perf_counter() - started) / 60
                left = minutes / (step + 1 - begun) * (sum(steps) - step - 1)
                print(
                    f"step {step + 1:,} of {sum(steps):,}: middles {middle:.3f}, "
                    f"classes {classes:.3f}, boxes {box:.3f}; {minutes:.1f} min, {left:.0f} to go",
                    flush=True,
                )
    return mean_of_ends(folder, len(steps), parts), float(state.seconds)


def mean_of_ends(folder: Path, cycles: int, parts: int = PARTS) -> keras.Model:
    """Return the network whose weights are the mean of those at the end of each cycle.

    It is steadier than either (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and
    Better Generalization", UAI). The running means of batch norm are no means of its own maps, so
    they are measured anew.

    Parameters
    ----------
    folder : Path
        Where :func:`train` keeps scenes and weights.
    cycles : int
        How many there were.
    parts : int
        Parts of scenes in each cycle.

    Returns
    -------
    keras.Model
        In single precision.
    """
    ends = []
    for cycle in range(cycles):
        with np.load(folder / f"end_{cycle}.npz") as kept:
            ends.append([kept[name] for name in kept.files])
    network = build_page_network()
    network.set_weights([np.mean(weights, axis=0) for weights in zip(*ends, strict=True)])
    settle = tf.function(lambda seen: network(seen, training=True))
    images, boxes = load_scenes(folder, cycles - 1, parts)
    for seen, _ in batches(images, boxes, 0, SETTLING):
        settle(tf.constant(seen))
    return network


def save(network: keras.Model, folder: Path, card: dict) -> None:
    """Save a trained network as ``page.onnx``, and its card."""
    folder.mkdir(parents=True, exist_ok=True)
    # Keras exports a network only after it has been called once.
    network(np.zeros((1, WINDOW, WINDOW, 3), np.float32))
    path = folder / "page.onnx"
    network.export(path, format="onnx", verbose=False)
    card["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "page.json").write_text(json.dumps(card, indent=2) + "\n")


def main() -> None:
    """Draw scenes, train the page network and save it with its card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--into", type=Path, default=MODELS_PATH, help="folder for the files")
    parser.add_argument("--work", type=Path, default=WORK, help="folder for what is kept")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    network, seconds = train(options.work)
    card = {
        "network": "page_network",
        "parameters": network.count_params(),
        "scenes": len(STEPS) * PARTS * SCENES_A_PART,
        "recipe": {"steps": STEPS, "batch": BATCH, "peaks": PEAKS, "seed": SEED},
        "seconds_to_train": round(seconds),
        "made_with": {
            name: version(name) for name in ("keras", "numpy", "opencv-python", "scikit-image")
        },
    }
    save(network, options.into, card)
    golden = golden_scenes()
    np.savez_compressed(
        options.into / "golden_scenes.npz", images=golden["images"], boxes=golden["boxes"]
    )
    print(f"saved page.onnx, page.json and golden_scenes.npz in {options.into}")


if __name__ == "__main__":
    main()
