"""Answers to the exercises of chapter 06, right ones and wrong ones as students give them."""

import numpy as np

from digitlib import load_mnist

# --- Networks, built only when a check asks for one


def network(*kinds, flat="Flatten"):
    """Build a network: a dictionary is a convolution, a word a layer of that name."""
    from keras import Input, Sequential, layers

    model = Sequential([Input((28, 28, 1))])
    for kind in [*kinds, flat]:
        if isinstance(kind, dict):
            model.add(layers.Conv2D(**kind))
        elif isinstance(kind, str):
            model.add(getattr(layers, kind)())
        else:
            model.add(kind(layers))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def conv(filters, size, bias=False, **settings):
    return {"filters": filters, "kernel_size": size, "use_bias": bias, **settings}


NORM = ("BatchNormalization", "ReLU")
SAME = {"padding": "same"}
REST = (conv(32, 3, **SAME), *NORM, "MaxPooling2D", conv(64, 3, **SAME), *NORM)
START = (conv(16, 5, strides=2), *NORM, conv(32, 3, **SAME), *NORM, "MaxPooling2D")


def small_cnn():
    return network(conv(16, 5, strides=2), *NORM, *REST)


def every_place():
    return network(conv(16, 5, **SAME), *NORM, "MaxPooling2D", *REST)


def every_place_by_function():
    words = ("BatchNormalization", lambda layers: layers.Activation("relu"), "MaxPooling2D")
    return network(conv(16, 5, strides=1, **SAME), *words, *REST)


def no_padding():
    return network(conv(16, 5), *NORM, "MaxPooling2D", *REST)


def no_pooling():
    return network(conv(16, 5, **SAME), *NORM, *REST)


def pooled_before_relu():
    return network(conv(16, 5, **SAME), "BatchNormalization", "MaxPooling2D", "ReLU", *REST)


def with_bias():
    return network(conv(16, 5, bias=True, **SAME), *NORM, "MaxPooling2D", *REST)


def two_convolutions():
    return network(conv(16, 5, **SAME), *NORM, "MaxPooling2D", conv(32, 3, **SAME), *NORM)


def dense_network():
    return network("Flatten", lambda layers: layers.Dense(100, activation="relu"))


def tiny_flat():
    first, second, third = conv(8, 5, strides=2), conv(16, 3, **SAME), conv(16, 3, **SAME)
    return network(first, *NORM, second, *NORM, "MaxPooling2D", third, *NORM)


def tiny_pooled():
    first, second, third = conv(8, 5, strides=2), conv(16, 3, **SAME), conv(32, 3, **SAME)
    parts = (first, *NORM, second, *NORM, "MaxPooling2D", third, *NORM)
    return network(*parts, flat="GlobalMaxPooling2D")


def no_convolution():
    coarse = (lambda layers: layers.AveragePooling2D(4), "Flatten")
    return network(*coarse, lambda layers: layers.Dense(100, activation="relu"))


def linear():
    return network(conv(4, 5, strides=4, bias=True))


def logits():
    from keras import Input, Sequential, layers

    model = Sequential([Input((28, 28, 1)), *tiny_flat().layers[:-1]])
    model.add(layers.Dense(10))
    return model


def depthwise(layers):
    return layers.DepthwiseConv2D(3, padding="same", use_bias=False)


def biased_depthwise(layers):
    return layers.DepthwiseConv2D(3, padding="same")


def in_one(layers):
    return layers.SeparableConv2D(64, 3, padding="same", use_bias=False)


def pair():
    return network(*START, depthwise, conv(64, 1), *NORM)


def pair_in_one():
    return network(*START, in_one, *NORM)


def pair_with_norm_between():
    return network(*START, depthwise, *NORM, conv(64, 1), *NORM)


def pair_with_biases():
    return network(*START, biased_depthwise, conv(64, 1, bias=True), *NORM)


def pair_in_the_second():
    first = (conv(16, 5, strides=2), *NORM, depthwise, conv(32, 1), *NORM, "MaxPooling2D")
    return network(*first, conv(64, 3, **SAME), *NORM)


def pair_of_3():
    return network(*START, depthwise, conv(64, 3, **SAME), *NORM)


def depthwise_alone():
    return network(*START, depthwise, *NORM)


def nothing():
    small_cnn()


# --- Shuffled pixels

(pixels, _), _ = load_mnist()
ORDERED, ORDERED_ASIDE = pixels[:20_000, ..., np.newaxis], pixels[-10_000:, ..., np.newaxis]
ORDER = np.random.default_rng(0).permutation(784)
OTHER = np.random.default_rng(1).permutation(784)


def shuffle(images, order=ORDER):
    rows = images.reshape(-1, 784)[:, order].reshape(-1, 28, 28, 1)
    return rows / np.float32(255)


TRAINING, ASIDE = shuffle(ORDERED), shuffle(ORDERED_ASIDE)
EACH = np.random.default_rng(0).permuted(TRAINING.reshape(-1, 784), axis=1).reshape(TRAINING.shape)
TURNED = [images.swapaxes(1, 2) / np.float32(255) for images in (ORDERED, ORDERED_ASIDE)]
DENSE, SMALL = [96.65, 96.77, 96.55], [95.94, 96.25, 96.01]


WORK, SCORES = 2_151_296, [98.69, 98.81, 98.89]

RIGHT = {
    "ex-06-count": [((6, 6, 24), 3480, 124_416), ((None, 6, 6, 24), 3456 + 24, 36 * 3456.0)],
    "ex-06-pool": [
        (WORK, 55_258, every_place, SCORES),
        (float(WORK), np.int64(55_258), every_place_by_function, np.array([SCORES]).T),
    ],
    "ex-06-tiny": [
        (tiny_flat, [98.29, 98.63, 98.6]),
        (tiny_pooled, np.array([[98.03], [98.2], [98.02]])),
    ],
    "ex-06-separable": [
        (2336, 84_096, (32, 2048), pair),
        (288 + 2048, 36 * 2336, [32, 32 * 64], pair_in_one),
    ],
    "ex-06-shuffled": [
        (TRAINING, ASIDE, DENSE, SMALL),
        (
            shuffle(ORDERED, OTHER),
            shuffle(ORDERED_ASIDE, OTHER),
            np.array([DENSE]).T,
            [95.6, 96.4, 96.0],
        ),
    ],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-06-count": [
        (((5, 5, 24), 3480, 86_400), "valid makes"),
        (((12, 12, 24), 3480, 124_416), "stride 1"),
        (((6, 6, 16), 3480, 124_416), "that go in"),
        (((24, 6, 6), 3480, 124_416), "as wide as it is high"),
        (((6, 6), 3480, 124_416), "should have the shape 3"),
        ((864, 3480, 124_416), "should have the shape 3"),
        (((6, 6, 24), 3456, 124_416), "has biases", 1 / 3),
        (((6, 6, 24), 240, 124_416), "as deep as its input", 1 / 3),
        (((6, 6, 24), 3472, 124_416), "one bias a filter", 1 / 3),
        (((6, 6, 24), 3480, 497_664), "that comes out", 2 / 3),
        (((6, 6, 24), 3480, 125_280), "weights only", 2 / 3),
        (((6, 6, 24), 3480, 3456), "at every place", 2 / 3),
        (((6, 6, 24), 3480, 1000), "is not 1,000", 2 / 3),
    ],
    "ex-06-pool": [
        ((1_407_744, 55_258, every_place, SCORES), "with stride 2"),
        ((1_663_744, 55_258, every_place, SCORES), "are larger, too"),
        ((2_142_976, 55_258, every_place, SCORES), "more inputs now"),
        ((WORK, 46_938, every_place, SCORES), "the dense layer grows", 1 / 6),
        ((WORK, 55_034, every_place, SCORES), "running averages", 1 / 6),
        ((WORK, 149_338, every_place, SCORES), "where is the pooling", 1 / 6),
        ((WORK, 55_258, small_cnn, SCORES), "steps of 2", 1 / 3),
        ((WORK, 55_258, no_padding, SCORES), "no padding", 1 / 3),
        ((WORK, 55_258, no_pooling, SCORES), "no max pooling", 1 / 3),
        ((WORK, 55_258, pooled_before_relu, SCORES), "after the first ReLU", 1 / 3),
        ((WORK, 55_258, with_bias, SCORES), "55,274 parameters", 1 / 3),
        ((WORK, 55_258, two_convolutions, SCORES), "2 convolutions", 1 / 3),
        ((WORK, 55_258, nothing, SCORES), "is there a return", 1 / 3),
        ((WORK, 55_258, every_place, np.array(SCORES) / 100), "share of 1", 5 / 6),
        ((WORK, 55_258, every_place, [98.7] * 3), "three times the same", 5 / 6),
        ((WORK, 55_258, every_place, 98.8), "the shape 3", 5 / 6),
    ],
    "ex-06-tiny": [
        ((small_cnn, SCORES), "46,938 parameters"),
        ((dense_network, [96.6, 96.7, 96.3]), "79,510 parameters"),
        ((no_convolution, [97.3, 97.4, 97.5]), "without a convolution"),
        ((linear, [97.3, 97.4, 97.5]), "linear"),
        ((logits, [98.3, 98.4, 98.5]), "softmax"),
        ((tiny_flat, [98.3, 96.5, 98.5]), "does not beat", 1 / 2),
        ((tiny_flat, [0.983, 0.984, 0.985]), "share of 1", 1 / 2),
        ((tiny_flat, [98.3] * 3), "three times the same", 1 / 2),
        ((tiny_flat, [100, 100, 99]), "is not 100", 1 / 2),
        ((tiny_flat, [98.3, 98.4]), "the shape 3", 1 / 2),
    ],
    "ex-06-separable": [
        ((18_432, 84_096, (32, 2048), pair), "the full convolution"),
        ((2432, 84_096, (32, 2048), pair), "have no biases"),
        ((2057, 84_096, (32, 2048), pair), "a filter of its own"),
        ((2624, 84_096, (32, 2048), pair), "that goes in"),
        ((2336, 336_384, (32, 2048), pair), "before the pair", 1 / 5),
        ((2336, 2336, (32, 2048), pair), "at every place", 1 / 5),
        ((2336, 84_096, (2048, 32), pair), "changed places", 2 / 5),
        ((2336, 84_096, (64, 2048), pair), "1 × 1", 2 / 5),
        ((2336, 84_096, (32, 64), pair), "for each channel below", 2 / 5),
        ((2336, 84_096, (32, 2048), small_cnn), "0 depthwise convolutions", 3 / 5),
        ((2336, 84_096, (32, 2048), pair_with_norm_between), "right after", 3 / 5),
        ((2336, 84_096, (32, 2048), pair_with_biases), "has biases", 3 / 5),
        ((2336, 84_096, (32, 2048), pair_in_the_second), "more or less was replaced", 3 / 5),
        ((2336, 84_096, (32, 2048), pair_of_3), "one of 1 × 1", 3 / 5),
        ((2336, 84_096, (32, 2048), depthwise_alone), "right after", 3 / 5),
    ],
    "ex-06-shuffled": [
        ((ORDERED / np.float32(255), ASIDE, DENSE, SMALL), "in their old order"),
        ((TRAINING, shuffle(ORDERED_ASIDE, OTHER), DENSE, SMALL), "have different orders"),
        ((EACH, ASIDE, DENSE, SMALL), "an order of its own"),
        ((*TURNED, DENSE, SMALL), "still are"),
        ((255 * TRAINING, 255 * ASIDE, DENSE, SMALL), "between 0 and 1"),
        ((TRAINING, ASIDE[:1000], DENSE, SMALL), "the shape 10000"),
        ((TRAINING, TRAINING[-10_000:], DENSE, SMALL), "are not those of the chapter"),
        ((TRAINING, ASIDE, DENSE, SCORES), "which images did it get", 1 / 2),
        ((TRAINING, ASIDE, SMALL, DENSE[:2]), "the shape 3", 1 / 2),
        ((TRAINING, ASIDE, SCORES, SMALL), "does not come to", 1 / 2),
        ((TRAINING, ASIDE, np.array(DENSE) / 100, SMALL), "share of 1", 1 / 2),
    ],
}
