"""The checks of chapter 06: counting layers, building networks, measuring them."""

from typing import Any

import numpy as np

from digitlib.course.exercises.checking import (
    Steps,
    Wrong,
    a_function,
    a_number,
    an_array,
    exercise,
)
from digitlib.data import load_mnist

# --- What several checks share ----------------------------------------------------------------


def _count(answer: Any, what: str, right: int, **known: tuple[int, str]) -> None:
    """Check a count; known are the wrong ones that have a reason."""
    number = a_number(answer, what, 0, np.inf)
    for wrong, reason in known.values():
        if number == wrong:
            raise Wrong(f"{what}, {number:,.0f}: {reason}")
    if number != right:
        raise Wrong(f"{what} is not {number:,.0f}" if number % 1 == 0 else f"{what} is not whole")


def _network(answer: Any, what: str) -> Any:
    """Return the network that a function builds, after a look at what goes in and comes out."""
    network = answer if hasattr(answer, "count_params") else a_function(answer, what)()
    if not hasattr(network, "count_params"):
        raise Wrong(f"{what} should return a network: is there a return at its end")
    if tuple(network.input_shape[1:]) != (28, 28, 1):
        raise Wrong(f"the network should take 28 × 28 × 1, and it takes {network.input_shape[1:]}")
    if tuple(network.output_shape[1:]) != (10,):
        raise Wrong(f"the network should give ten numbers, and it gives {network.output_shape[1:]}")
    one, other = np.random.default_rng(0).random((2, 28, 28, 1), dtype=np.float32)
    batch = np.stack([one, other, (one + other) / 2])
    given = np.asarray(network(batch, training=False), dtype=float)
    if given.min() < 0 or np.abs(given.sum(axis=1) - 1).max() > 1e-3:
        raise Wrong("its ten numbers are no probabilities: is there a softmax at the end")
    odds = np.log(given + 1e-30)
    odds -= odds[:, :1]
    bend = np.abs(odds[2] - (odds[0] + odds[1]) / 2).max()
    if bend < 1e-4 * np.abs(odds).max():
        raise Wrong("the network is linear: its layers have no activation function")
    return network


def _kinds(network: Any) -> list[str]:
    kinds = [type(layer).__name__ for layer in network.layers]
    return ["ReLU" if kind == "Activation" else kind for kind in kinds]


def _three(answer: Any, what: str, low: float, high: float) -> np.ndarray:
    """Return the accuracies of three seeds, each of them within bounds."""
    given = np.asarray(answer)
    scores = an_array(given[:, 0] if given.shape == (3, 1) else given, what, (3,)).astype(float)
    for score in scores:
        a_number(score, f"{what}: each of the three, in percent,", low, high)
    if scores[0] == scores[1] == scores[2]:
        raise Wrong(f"{what} are three times the same: does each seed begin anew")
    return scores


# --- Count one layer by hand ------------------------------------------------------------------


@exercise(
    "ex-06-count",
    "the shape that comes out, three numbers",
    "the number of parameters",
    "the number of multiply-adds",
)
def count(shape: Any, parameters: Any, work: Any) -> Steps:
    """Check the shape, the parameters and the work of one convolution."""
    given = [side for side in shape if side is not None] if isinstance(shape, tuple) else shape
    sides = an_array(given, "the shape", (3,)).tolist()
    if sides[0] != sides[1]:
        raise Wrong("the map should be as wide as it is high: rows, columns, channels")
    if sides[0] == 5:
        raise Wrong("a side of 5 is what valid makes; same rounds up")
    if sides[0] == 12:
        raise Wrong("a side of 12 is what stride 1 makes")
    if sides[2] == 16:
        raise Wrong("16 is the number of channels that go in")
    if sides != [6, 6, 24]:
        raise Wrong(f"the shape is not {' × '.join(f'{side:g}' for side in sides)}")
    yield 1 / 3
    weights = 3 * 3 * 16 * 24
    _count(
        parameters,
        "the number of parameters",
        weights + 24,
        bare=(weights, "this layer has biases"),
        flat=(3 * 3 * 24 + 24, "a filter is as deep as its input"),
        one=(weights + 1, "each filter has a bias of its own"),
        inputs=(weights + 16, "there is one bias a filter, and not one a channel that goes in"),
    )
    yield 2 / 3
    _count(
        work,
        "the number of multiply-adds",
        36 * weights,
        all_places=(144 * weights, "count the places of the map that comes out"),
        biases=(36 * (weights + 24), "conv_cost counts the weights only, without the biases"),
        once=(weights, "each weight is used at every place"),
        flat=(36 * 9 * 24, "a filter is as deep as its input"),
        shape=(5 * 5 * weights, "that is the work of valid"),
    )
    return None


# --- Every place, then pooling ----------------------------------------------------------------


@exercise(
    "ex-06-pool",
    "the multiply-adds of the whole network",
    "its parameters",
    "your function that builds it",
    "its accuracies with three seeds, in percent",
)
def pool(work: Any, parameters: Any, build: Any, scores: Any) -> Steps:
    """Check the network that looks at every place first, and what it costs."""
    first, second, third, end = 784 * 400, 784 * 4608, 196 * 4608, 49 * 18_432
    right = first + third + end + 31_360
    _count(
        work,
        "the number of multiply-adds",
        right,
        chapter=(1_407_744, "that is the network with stride 2"),
        rest=(1_407_744 - 57_600 + first, "the maps behind the first layer are larger, too"),
        dense=(right - 31_360 + 23_040, "the dense layer has more inputs now"),
        late=(first + second + 196 * 18_432 + 125_440, "pooling comes before the second layer"),
        ends=(right - 31_360, "the dense layer works as well"),
    )
    yield 1 / 6
    _count(
        parameters,
        "the number of parameters",
        55_258,
        chapter=(46_938, "more places are left at the end, so the dense layer grows"),
        averages=(55_034, "Keras counts the running averages, too"),
        unpooled=(
            46_938 - 23_050 + 14 * 14 * 640 + 10,
            "where is the pooling after the first ReLU",
        ),
    )
    yield 1 / 3
    network = _network(build, "your function")
    kinds = _kinds(network)
    convolutions = [index for index, kind in enumerate(kinds) if kind == "Conv2D"]
    if len(convolutions) != 3:
        raise Wrong(f"the network has {len(convolutions)} convolutions, and should keep its three")
    layer = network.layers[convolutions[0]]
    if tuple(layer.strides) != (1, 1):
        raise Wrong("the first convolution of your network still takes steps of 2")
    if layer.padding != "same":
        raise Wrong("the first convolution of your network has no padding")
    between = kinds[convolutions[0] + 1 : convolutions[1]]
    if "MaxPooling2D" not in between:
        raise Wrong("there is no max pooling between the first and the second convolution")
    if between[-1] != "MaxPooling2D" or "ReLU" not in between:
        raise Wrong("max pooling should come after the first ReLU")
    if network.count_params() != 55_258:
        raise Wrong(f"your function's network has {network.count_params():,} parameters")
    yield 5 / 6
    _three(scores, "the accuracies", 98.0, 99.4)
    return "with that, the network is over the budget of 50,000 parameters"


# --- Fewer than 10,000 ------------------------------------------------------------------------

DENSE = 96.7  # what the dense network reaches with the luckiest of three seeds, in percent


@exercise(
    "ex-06-tiny",
    "your function that builds the network",
    "its accuracies with three seeds, in percent",
)
def tiny(build: Any, scores: Any) -> Steps:
    """Check that a network is small, is one, and beats the dense network three times."""
    network = _network(build, "your function")
    parameters = network.count_params()
    if parameters >= 10_000:
        raise Wrong(f"the network has {parameters:,} parameters")
    if not {"Conv2D", "DepthwiseConv2D", "SeparableConv2D"} & set(_kinds(network)):
        raise Wrong(
            f"a network of {parameters:,} parameters without a convolution does not come so far; "
            "were these accuracies measured with this network"
        )
    yield 1 / 2
    worst = _three(scores, "the accuracies", 50, 99.3).min()
    if worst <= DENSE:
        raise Wrong(f"with {worst:.4g} % it does not beat the dense network with each seed")
    return f"{parameters:,} parameters, one for {79_510 / parameters:.0f} of the dense network's"


# --- Two cheap steps in place of a costly one -------------------------------------------------


@exercise(
    "ex-06-separable",
    "the parameters of the pair",
    "its multiply-adds",
    "two numbers: how many 3 × 3 patterns the pair has, and how many the full convolution",
    "your function that builds the network with the pair",
)
def separable(parameters: Any, work: Any, patterns: Any, build: Any) -> Steps:
    """Check what two cheap steps cost, and the network that has them."""
    depth, mix, full = 9 * 32, 32 * 64, 9 * 32 * 64
    _count(
        parameters,
        "the number of parameters of the pair",
        depth + mix,
        full=(full, "that is the full convolution"),
        biased=(depth + mix + 32 + 64, "both steps have no biases"),
        first=(depth, "that is the first step alone"),
        second=(mix, "that is the second step alone"),
        wide=(9 * 64 + mix, "the first step has one filter for each channel that goes in"),
        shared=(9 + mix, "each of the 32 channels has a filter of its own"),
        product=(depth * mix, "the two steps follow each other, so their parameters add up"),
    )
    yield 1 / 5
    _count(
        work,
        "the number of multiply-adds of the pair",
        36 * (depth + mix),
        full=(36 * full, "that is the full convolution"),
        places=(144 * (depth + mix), "pooling comes before the pair"),
        once=(depth + mix, "each weight is used at every place"),
        first=(36 * depth + mix, "the second step, too, works at every place"),
    )
    yield 2 / 5
    two = an_array(patterns, "the two numbers of patterns", (2,)).tolist()
    if two == [32 * 64, 32]:
        raise Wrong("the two numbers of patterns have changed places")
    if two[0] == 64:
        raise Wrong("the 64 filters of the second step are 1 × 1; which of the steps has patterns")
    if two[1] == 64:
        raise Wrong("each of the 64 full filters has a pattern of its own for each channel below")
    if two != [32, 32 * 64]:
        raise Wrong(f"the numbers of patterns are not {two[0]:g} and {two[1]:g}")
    yield 3 / 5
    network = _network(build, "your function")
    kinds = _kinds(network)
    step = [index for index, kind in enumerate(kinds) if kind == "DepthwiseConv2D"]
    whole = kinds.count("SeparableConv2D")
    if len(step) + whole != 1:
        raise Wrong(
            f"the network has {len(step) + whole} depthwise convolutions, and should have 1"
        )
    if step and (
        kinds[step[0] + 1] != "Conv2D" or network.layers[step[0] + 1].kernel.shape[0] != 1
    ):
        raise Wrong("right after the depthwise convolution there should be one of 1 × 1")
    has = network.count_params()
    if has == 46_938 - full + depth + mix + 32 + 64:
        raise Wrong("in your network, the pair has biases")
    if has != 46_938 - full + depth + mix:
        raise Wrong(f"your network has {has:,} parameters, so more or less was replaced than that")
    return f"{has:,} parameters in all"


# --- Shuffled pixels --------------------------------------------------------------------------


def _columns(images: np.ndarray) -> list[bytes]:
    """Return what each pixel is in all images, sorted, so that no order of pixels is left."""
    rows = np.round(images.reshape(len(images), -1) * 255).astype(np.uint8)
    return sorted(column.tobytes() for column in rows.T)


@exercise(
    "ex-06-shuffled",
    "your shuffled training images",
    "your shuffled validation images",
    "the accuracies of the dense network with three seeds, in percent",
    "those of the small CNN",
)
def shuffled(training: Any, validation: Any, dense: Any, small: Any) -> Steps:
    """Check that one random order holds for all pixels, and what the networks make of it."""
    (images, _), _ = load_mnist()
    sets = {
        "training": (training, images[:20_000], 20_000),
        "validation": (validation, images[-10_000:], 10_000),
    }
    given, original = [], []
    for name, (answer, pile, length) in sets.items():
        what = f"the {name} images"
        mine = an_array(answer, what, (length, 28, 28, 1))[:500]
        theirs = pile[:500, ..., np.newaxis] / np.float32(255)
        if mine.max() > 1:
            raise Wrong(f"{what} should be between 0 and 1")
        if np.allclose(mine, theirs):
            raise Wrong(f"{what} are in their old order")
        if _columns(mine) != _columns(theirs):
            if np.allclose(np.sort(mine.reshape(500, -1)), np.sort(theirs.reshape(500, -1))):
                raise Wrong(f"in {what} each image has an order of its own; one order is for all")
            raise Wrong(f"{what} are not those of the chapter with their pixels in another order")
        given.append(mine)
        original.append(theirs)
    both = np.concatenate(given)
    if _columns(both) != _columns(np.concatenate(original)):
        raise Wrong("training and validation images have different orders")
    side = [np.corrcoef(both[:, :, 1:].ravel(), both[:, :, :-1].ravel())[0, 1]]
    side += [np.corrcoef(both[:, 1:].ravel(), both[:, :-1].ravel())[0, 1]]
    if max(side) > 0.4:
        raise Wrong("pixels that were neighbors still are: is the order random")
    yield 1 / 2
    of_dense = _three(dense, "the accuracies of the dense network", 90, 99.5)
    of_small = _three(small, "the accuracies of the small CNN", 90, 99.5)
    if of_small.mean() > 98:
        raise Wrong("the small CNN reads as much as with ordered pixels: which images did it get")
    if not 95.9 <= of_dense.mean() <= 97.3:
        raise Wrong(f"the dense network does not come to {of_dense.mean():.4g} % with this recipe")
    if not 94.8 <= of_small.mean() <= 97.2:
        raise Wrong(f"the small CNN does not come to {of_small.mean():.4g} % with this recipe")
    return None
