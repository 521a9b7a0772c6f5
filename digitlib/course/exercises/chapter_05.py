"""The checks of chapter 05: filters, windows, maps."""

import dis
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from scipy.signal import correlate, correlate2d

from digitlib.course.exercises.checking import Steps, Wrong, a_function, an_array, exercise
from digitlib.data import load_mnist

# --- A filter for the other slant -------------------------------------------------------------


def _stroke(turn: str) -> np.ndarray:
    """Return a picture of 13 x 13 with one straight stroke, one pixel wide."""
    falling = np.eye(13)
    upright = np.zeros((13, 13))
    upright[:, 6] = 1
    pictures = {"falls": falling, "rises": falling[:, ::-1], "stands": upright, "lies": upright.T}
    return pictures[turn]


@exercise("ex-05-slant", "your filter, an array of 3 × 3 or of 5 × 5")
def slant(answer: Any) -> Steps:
    """Check that a filter answers to falling strokes, and to an even ground with 0."""
    size = len(answer) if np.ndim(answer) else 0
    if size not in (3, 5):
        raise Wrong("the filter should be an array of 3 × 3 or of 5 × 5")
    weights = an_array(answer, "the filter", (size, size)).astype(float)
    if not weights.any():
        raise Wrong("all weights are 0, so the filter answers to nothing")
    strongest = {
        turn: correlate2d(_stroke(turn), weights, mode="valid").max()
        for turn in ("falls", "rises", "stands", "lies")
    }
    best = max(strongest, key=strongest.__getitem__)
    if strongest["falls"] > 1.2 * max(strongest[turn] for turn in ("rises", "stands", "lies")):
        yield 1 / 2
    if abs(weights.sum()) > 1e-6 * np.abs(weights).max():
        raise Wrong(
            f"on a sheet that is evenly gray the window gives {weights.sum():.3g} times its gray, "
            "and should give 0"
        )
    if best == "rises":
        raise Wrong("it answers most to strokes that rise to the right: that is the other slant")
    if best != "falls":
        raise Wrong(f"it answers more to a stroke that {best} than to one that falls")
    if strongest["falls"] <= 1.2 * strongest["rises"]:
        raise Wrong("it answers to a stroke that rises as well as to one that falls")
    if strongest["falls"] <= 1.2 * max(strongest["stands"], strongest["lies"]):
        raise Wrong("it hardly tells a falling stroke from an upright or a level one")
    middle = correlate2d(_stroke("falls"), weights, mode="valid").diagonal()
    if middle.max() < strongest["falls"]:
        raise Wrong("it answers most to a stroke that passes beside the middle of its window")
    return None


# --- From 28 to 7 -----------------------------------------------------------------------------


def _layers(way: Any, what: str) -> list[tuple[int, int, int]]:
    """Return the layers of a way as window, stride and padding; Wrong if it is none."""
    table = np.asarray(way, dtype=object)
    if table.ndim == 1 and len(table) == 3:
        table = table[np.newaxis]
    if table.ndim != 2 or table.shape[1] != 3:
        raise Wrong(f"{what} should be a list of layers, each of them (window, stride, padding)")
    if not 1 <= len(table) <= 2:
        raise Wrong(f"{what} should have one or two layers, and it has {len(table)}")
    for window, stride, padding in table.tolist():
        if not all(
            isinstance(one, int | np.integer) and not isinstance(one, bool)
            for one in (window, stride, padding)
        ):
            raise Wrong(f"{what} should be made of whole numbers")
        if not 2 <= window <= 7 or not 1 <= stride <= 4 or not 0 <= padding < window:
            raise Wrong(
                f"{what} has a layer ({window}, {stride}, {padding}): windows are 2 to 7, strides "
                "1 to 4, and a window never lies on padding alone"
            )
    return [(int(one[0]), int(one[1]), int(one[2])) for one in table]


def _looked_at(layers: list[tuple[int, int, int]], side: int) -> tuple[int, int, int]:
    """Return the side of the last map, what a number sees in a row, and what is seen of a row."""
    field = 1
    for window, stride, _ in reversed(layers):
        field = (field - 1) * stride + window
    sides = [side]
    for window, stride, padding in layers:
        sides.append((sides[-1] + 2 * padding - window) // stride + 1)
    seen = set(range(sides[-1]))
    for (window, stride, padding), below in zip(layers[::-1], sides[-2::-1], strict=True):
        starts = [place * stride - padding for place in seen]
        reached = {start + step for start in starts for step in range(window)}
        seen = reached & set(range(below))
    return sides[-1], field, len(seen)


UNKNOWN = np.full(4, np.nan)


def _right_of(plans: list[list], fields: np.ndarray, missed: np.ndarray) -> float:
    """Return which share of twelve is right: four ways, what each sees, and what it doesn't."""
    right = 0
    for number, plan in enumerate(plans):
        side, row, seen = _looked_at(plan, 28)
        if side == 7 and plan not in plans[:number]:
            right += 1 + (fields[number] == row**2) + (missed[number] == 784 - seen**2)
    return right / 12


@exercise(
    "ex-05-seven",
    "four ways, each a list of one or two layers (window, stride, padding)",
    "four numbers: how many pixels one number sees",
    "four numbers: how many pixels of the image no window looks at",
)
def seven(ways: Any, sees: Any, unseen: Any) -> Steps:
    """Check four ways from 28 to 7, what their numbers see, and what nobody looks at."""
    if not isinstance(ways, list | tuple | np.ndarray) or len(ways) != 4:
        raise Wrong("there should be four ways, in a list")
    plans = [_layers(way, f"way {number}") for number, way in enumerate(ways, start=1)]
    yield _right_of(plans, UNKNOWN, UNKNOWN)
    fields = an_array(sees, "the pixels that one number sees", (4,))
    yield _right_of(plans, fields, UNKNOWN)
    missed = an_array(unseen, "the pixels that no window looks at", (4,))
    yield _right_of(plans, fields, missed)
    for number, (plan, field, blind) in enumerate(zip(plans, fields, missed, strict=True), 1):
        if plan in plans[: number - 1]:
            raise Wrong(f"way {number} is one of the ways before it")
        side, row, seen = _looked_at(plan, 28)
        if side != 7:
            raise Wrong(f"way {number} ends with {side} numbers on a side")
        if field == row != row**2:
            raise Wrong(f"in way {number} one number sees {row} pixels in a row; how many in all")
        if field != row**2:
            last = plan[-1][0]
            if field == last**2:
                raise Wrong(
                    f"in way {number} the last window sees {field:g} numbers of the map before it, "
                    "and each of those sees several pixels"
                )
            raise Wrong(f"in way {number} one number does not see {field:g} pixels")
        if blind == 28 - seen != 0:
            raise Wrong(
                f"in way {number}, {blind:g} of the 28 columns are never looked at, and as many "
                "rows; how many pixels are that"
            )
        if blind == (28 - seen) ** 2 != 0:
            raise Wrong(f"in way {number}, a pixel is unseen if its row or its column is unseen")
        if blind != 784 - seen**2:
            raise Wrong(f"in way {number} it is not {blind:g} pixels that no window looks at")
    return None


# --- No loops ---------------------------------------------------------------------------------

# (rows, columns, window, stride, padding)
CASES = [
    (28, 28, 3, 1, 0),
    (28, 28, 3, 1, 1),
    (9, 14, 3, 2, 0),
    (12, 7, 5, 2, 2),
    (11, 11, 2, 3, 1),
]


def _has_a_loop(function: Any) -> bool:
    """Tell whether a function, or one of its module that it calls, loops in Python."""
    waiting, known = [function], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, FunctionType) or one in known:
            continue
        known.add(one)
        codes = [one.__code__]
        while codes:
            code = codes.pop()
            kinds = {step.opname for step in dis.get_instructions(code)}
            if "FOR_ITER" in kinds or any("JUMP_BACKWARD" in kind for kind in kinds):
                return True
            codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
            named = [one.__globals__.get(name) for name in code.co_names]
            waiting += [
                there for there in named if getattr(there, "__module__", 0) == one.__module__
            ]
            if {"vectorize", "apply_along_axis", "fromiter", "map"} & set(code.co_names):
                return True
    return False


def _compare(given: Any, wanted: np.ndarray, case: str, turned: np.ndarray, what: str) -> None:
    """Check one map, or one stack of maps, against what is wanted."""
    answer = an_array(given, f"{what} for {case}", wanted.shape)
    if np.allclose(answer, wanted, atol=1e-4):
        return
    if np.allclose(answer, turned, atol=1e-4):
        raise Wrong(f"{what} turns the filter by half a turn, and the chapter's doesn't")
    raise Wrong(f"the numbers of {what} are not those of the loops for {case}")


def _maps(image: np.ndarray, weights: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Return the maps of one image (rows, columns, c_in) as (rows, columns, c_out)."""
    framed = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    maps = [correlate(framed, one, mode="valid")[..., 0] for one in np.moveaxis(weights, -1, 0)]
    return np.stack(maps, axis=-1)[::stride, ::stride]


@exercise(
    "ex-05-no-loops",
    "your slide, a function of image, weights, stride and padding",
    "your convolution_layer, a function of image, weights, biases, stride and padding",
)
def no_loops(slide: Any, layer: Any) -> Steps:
    """Check that both functions give the maps of the loops, and have none."""
    one_map = a_function(slide, "your slide")
    rng = np.random.default_rng(0)
    for rows, columns, window, stride, padding in CASES:
        case = f"{rows} × {columns} pixels, window {window}, stride {stride}, padding {padding}"
        image = rng.normal(size=(rows, columns, 1))
        weights = rng.normal(size=(window, window, 1, 1))
        wanted = _maps(image, weights, stride, padding)[..., 0]
        turned = _maps(image, np.flip(weights, (0, 1)), stride, padding)[..., 0]
        answer = one_map(image[..., 0].copy(), weights[..., 0, 0].copy(), stride, padding)
        _compare(answer, wanted, case, turned, "your slide")
    # The chapter's own have loops.
    for_slide = 0 if _has_a_loop(slide) else 1 / 2
    yield for_slide
    many_maps = a_function(layer, "your convolution_layer")
    for rows, columns, window, stride, padding in CASES:
        case = f"{rows} × {columns} × 3, window {window}, stride {stride}, padding {padding}"
        image = rng.normal(size=(rows, columns, 3))
        weights, biases = rng.normal(size=(window, window, 3, 4)), rng.normal(size=4)
        plain = _maps(image, weights, stride, padding)
        turned = _maps(image, np.flip(weights, (0, 1)), stride, padding) + biases
        answer = many_maps(image.copy(), weights.copy(), biases.copy(), stride, padding)
        if np.shape(answer) == plain.shape and np.allclose(answer, plain, atol=1e-4):
            raise Wrong("your convolution_layer forgets the biases")
        if np.shape(answer) == plain.shape and np.allclose(answer, plain + 3 * biases, atol=1e-4):
            raise Wrong("your convolution_layer adds each bias once a channel, and not once")
        _compare(answer, plain + biases, case, turned, "your convolution_layer")
    yield for_slide + (0 if _has_a_loop(layer) else 1 / 2)
    for function, what in ((slide, "your slide"), (layer, "your convolution_layer")):
        if _has_a_loop(function):
            raise Wrong(f"the numbers are right, but {what} still loops in Python")
    return "both give the maps of the loops in all cases"


# --- Blur before you skip ---------------------------------------------------------------------


def _moved(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return images moved by whole pixels; nothing of them is near the rim."""
    return np.roll(images, (down, right), axis=(1, 2))


def _mismatch(maps: Callable, images: np.ndarray, shift: int) -> float:
    """Return how far the maps are from the old maps, moved along, as in the chapter."""
    old, new = maps(images), maps(_moved(images, 0, shift))
    return min(
        float(
            np.linalg.norm(old[:, :, : old.shape[2] - by] - new[:, :, by:])
            / np.linalg.norm(old[:, :, : old.shape[2] - by])
        )
        for by in (shift // 2, (shift + 1) // 2)
    )


def _digits() -> np.ndarray:
    """Return 30 training digits (30, 28, 28, 1) that stay whole when moved by 3 pixels."""
    (images, _), _ = load_mnist()
    some = images[:400, ..., np.newaxis] / np.float32(255)
    rim = np.ones((28, 28), bool)
    rim[4:24, 4:22] = False
    whole = np.flatnonzero(~some[:, rim].any(axis=(1, 2)))
    return some[np.random.default_rng(5).choice(whole, 30, replace=False)]


@exercise(
    "ex-05-blur",
    "your function of images (n, 28, 28, 1) that makes the first maps and skips, without the blur",
    "your function that blurs before it skips",
)
def blur(skipped: Any, blurred: Any) -> Steps:
    """Check that maps are blurred after ReLU and before every other number is dropped."""
    images = _digits()

    def made(function: Any, what: str) -> Callable:
        called = a_function(function, what)
        return lambda batch: an_array(
            called(batch.copy()), f"what {what} returns", (len(images), 12, 12, None)
        ).astype(float)

    plain = made(skipped, "the function without the blur")
    soft = made(blurred, "the function with the blur")
    before, after = plain(images), soft(images)
    if before.shape != after.shape:
        raise Wrong("the two functions should make equally many maps")
    if not np.ptp(before, axis=(1, 2)).any():
        raise Wrong("the maps without the blur are the same everywhere")
    if before.min() < 0:
        raise Wrong("the maps without the blur have negative numbers: apply the ReLU")
    if np.allclose(before, after, atol=1e-5):
        raise Wrong("the two functions make the same maps, so nothing was blurred")
    if _mismatch(plain, images, 2) > 1e-4:
        if _mismatch(soft, images, 2) < 1e-4:
            raise Wrong("the two functions seem to have changed places")
        raise Wrong("without the blur, the maps do not move along even at a shift of 2 pixels")
    yield 1 / 5
    # The numbers that were skipped are those of images that are moved by one pixel.
    corners = {
        (down, right): plain(_moved(images, -down, -right)) for down in (0, 1) for right in (0, 1)
    }
    full = np.zeros((len(images), 24, 24, before.shape[3]))
    for (down, right), maps in corners.items():
        full[:, down::2, right::2] = maps

    def weighted(maps: np.ndarray, weights: list[float]) -> np.ndarray:
        for axis in (1, 2):
            before, here, after = (np.roll(maps, step, axis) for step in (1, 0, -1))
            maps = weights[0] * before + weights[1] * here + weights[2] * after
        return maps

    inside = (slice(None), slice(1, -1), slice(1, -1))
    wanted = weighted(full, [0.25, 0.5, 0.25])[:, ::2, ::2][inside]
    scale = np.abs(wanted).max()

    def equal(one: np.ndarray, other: np.ndarray) -> bool:
        return bool(np.abs(one - other).max() < 1e-3 * scale)

    if not equal(after[inside], wanted):
        even = weighted(full, [1 / 3, 1 / 3, 1 / 3])[:, ::2, ::2][inside]
        if equal(after[inside], 16 * wanted) or equal(after[inside], even):
            yield 3 / 5
        if equal(after[inside], 16 * wanted):
            raise Wrong("the weights of the blur sum to 16, and not to 1")
        if equal(after[inside], weighted(before, [0.25, 0.5, 0.25])[inside]):
            raise Wrong("it blurs what is left after skipping; blur first, then skip")
        if equal(after[inside], even):
            raise Wrong("all nine weights of the blur are equal, and should be 1 2 1 both ways")
        if after[inside].min() < -1e-3 * scale:
            raise Wrong("there are negative numbers after the blur: the ReLU comes before it")
        raise Wrong(
            "in the middle of the maps, the numbers are not those of all places after ReLU, "
            "averaged with the weights 1 2 1 both ways and skipped with [::2, ::2]"
        )
    odd = [_mismatch(maps, images, 1) for maps in (plain, soft)]
    return f"a shift of one pixel costs {odd[0]:.2f} without the blur and {odd[1]:.2f} with it"
