"""Answers to the exercises of chapter 05, right ones and wrong ones as students give them."""

import numpy as np
from scipy.signal import convolve2d, correlate2d

# --- A filter for the other slant

FALLING = np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
LARGE = 5 * np.eye(5) - np.ones((5, 5))
CROSS = np.maximum(np.eye(3), np.eye(3)[::-1])
RIM = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]])


# --- From 28 to 7

WAYS = [[(4, 4, 0)], [(2, 2, 0), (2, 2, 0)], [(5, 2, 0), (6, 1, 0)], [(3, 4, 0)]]
SEES, UNSEEN = [16, 16, 225, 9], [0, 0, 55, 343]
OTHERS = [[(7, 4, 2)], ((3, 2, 1), (2, 2, 0)), [[5, 2, 0], [6, 1, 0]], [(2, 4, 0)]]


def swap(values, place, value):
    return [value if index == place else old for index, old in enumerate(values)]


# --- No loops


def windows_of(image, size, stride, padding):
    framed = np.pad(image, padding)
    views = np.lib.stride_tricks.sliding_window_view(framed, (size, size))
    return views[::stride, ::stride]


def slide(image, weights, stride=1, padding=0):
    return (windows_of(image, len(weights), stride, padding) * weights).sum(axis=(2, 3))


def slide_by_einsum(image, weights, stride=1, padding=0):
    views = windows_of(image, len(weights), stride, padding)
    return np.einsum("ijkl,kl->ij", views, weights)


def layer(image, weights, biases, stride=1, padding=0):
    size = len(weights)
    framed = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    views = np.lib.stride_tricks.sliding_window_view(framed, (size, size), axis=(0, 1))
    return np.einsum("ijckl,klcm->ijm", views[::stride, ::stride], weights) + biases


def layer_by_tensordot(image, weights, biases, stride=1, padding=0):
    framed = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    shape = (*weights.shape[:2], image.shape[-1])
    views = np.lib.stride_tricks.sliding_window_view(framed, shape)[::stride, ::stride, 0]
    return np.tensordot(views, weights, axes=3) + biases


def slide_with_loops(image, weights, stride=1, padding=0):
    framed = np.pad(image, padding)
    size = len(weights)
    rows = range(0, len(framed) - size + 1, stride)
    columns = range(0, framed.shape[1] - size + 1, stride)
    feature_map = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = framed[row : row + size, column : column + size]
            feature_map[i, j] = (window * weights).sum()
    return feature_map


def layer_with_loops(image, weights, biases, stride=1, padding=0):
    maps = []
    for kernel, bias in zip(np.moveaxis(weights, -1, 0), biases, strict=True):
        parts = [
            slide(image[..., channel], kernel[..., channel], stride, padding)
            for channel in range(image.shape[-1])
        ]
        maps.append(sum(parts) + bias)
    return np.stack(maps, axis=-1)


def hidden_loop(image, weights, stride=1, padding=0):
    return slide_with_loops(image, weights, stride, padding)


def by_vectorize(image, weights, stride=1, padding=0):
    answer = np.vectorize(
        lambda window: (window * weights).sum(), signature="(i,j)->()", excluded=["weights"]
    )
    return answer(windows_of(image, len(weights), stride, padding))


def turned(image, weights, stride=1, padding=0):
    return convolve2d(np.pad(image, padding), weights, mode="valid")[::stride, ::stride]


def deaf_to_stride(image, weights, stride=1, padding=0):
    return slide(image, weights, 1, padding)


def deaf_to_padding(image, weights, stride=1, padding=0):
    return slide(image, weights, stride)


def one_axis(image, weights, stride=1, padding=0):
    return (windows_of(image, len(weights), stride, padding) * weights).sum(axis=3)


def without_biases(image, weights, biases, stride=1, padding=0):
    return layer(image, weights, 0 * biases, stride, padding)


def biases_too_often(image, weights, biases, stride=1, padding=0):
    return layer(image, weights, image.shape[-1] * biases, stride, padding)


def transposed_filters(image, weights, biases, stride=1, padding=0):
    return layer(image, weights.swapaxes(0, 1), biases, stride, padding)


# --- Blur before you skip

KERNELS = np.random.default_rng(0).normal(size=(2, 5, 5))
BLUR = np.outer([1, 2, 1], [1, 2, 1]) / 16
EVEN = np.ones((3, 3)) / 9


def every_place(images, relu=True):
    maps = [
        [correlate2d(image[..., 0], kernel, mode="valid") for kernel in KERNELS] for image in images
    ]
    maps = np.moveaxis(np.array(maps), 1, -1) + 0.1
    return np.maximum(maps, 0) if relu else maps


def smooth(maps, weights=BLUR):
    padded = np.pad(maps, [(0, 0), (1, 1), (1, 1), (0, 0)])
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.einsum("nijckl,kl->nijc", views, weights)


def skipped(images):
    return every_place(images)[:, ::2, ::2]


def blurred(images):
    return smooth(every_place(images))[:, ::2, ::2]


def blurred_one_way_then_the_other(images):
    maps = smooth(every_place(images), np.diag([0, 1, 0]) @ BLUR * 4 / 2)
    return smooth(maps, BLUR @ np.diag([0, 1, 0]) * 4 / 2)[:, ::2, ::2]


def blurred_late(images):
    return smooth(skipped(images))


def blurred_before_relu(images):
    return np.maximum(smooth(every_place(images, relu=False)), 0)[:, ::2, ::2]


def blurred_image(images):
    return skipped(smooth(images))


def weights_not_scaled(images):
    return smooth(every_place(images), 16 * BLUR)[:, ::2, ::2]


def evenly_blurred(images):
    return smooth(every_place(images), EVEN)[:, ::2, ::2]


def without_relu(images):
    return every_place(images, relu=False)[:, ::2, ::2]


def blurred_without_relu(images):
    return smooth(every_place(images, relu=False))[:, ::2, ::2]


def constant(images):
    return np.ones((len(images), 12, 12, 2))


RIGHT = {
    "ex-05-slant": [
        (FALLING,),
        ([[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]],),
        (LARGE,),
        ([[2, 0, -1], [0, 2, 0], [-1, 0, 2]] - 4 / 9 * np.ones((3, 3)),),
    ],
    "ex-05-seven": [(WAYS, SEES, UNSEEN), (OTHERS, np.array([49, 25, 225, 4]), (0, 0, 55, 588))],
    "ex-05-no-loops": [(slide, layer), (slide_by_einsum, layer_by_tensordot)],
    "ex-05-blur": [(skipped, blurred), (skipped, blurred_one_way_then_the_other)],
}

# What is handed over, words of the sentence that has to come, and the share that is right, if any.
WRONG = {
    "ex-05-slant": [
        ((FALLING[:, ::-1],), "the other slant"),
        ((LARGE[::-1],), "the other slant"),
        ((np.eye(3),), "evenly gray", 1 / 2),
        ((4 * np.eye(5) - 1,), "evenly gray", 1 / 2),
        ((np.array([[-1, 0, 1]] * 3),), "a stroke that stands"),
        ((np.kron(FALLING, np.ones((2, 2))),), "3 × 3"),
        ((np.zeros((3, 3)),), "answers to nothing"),
        ((CROSS - CROSS.mean(),), "as well as"),
        ((RIM,), "a stroke that"),
        ((9,), "3 × 3"),
        ((np.roll(FALLING, 1, axis=1),), "beside the middle", 1 / 2),
    ],
    "ex-05-seven": [
        ((WAYS, [4, 4, 15, 3], UNSEEN), "4 pixels in a row; how many in all", 2 / 3),
        ((WAYS, SEES, [0, 0, 1, 7]), "1 of the 28 columns", 5 / 6),
        ((WAYS, SEES, [0, 0, 55, 49]), "its row or its column", 11 / 12),
        ((WAYS, [16, 16, 36, 9], UNSEEN), "each of those sees several", 11 / 12),
        ((WAYS, [16, 16, 121, 9], UNSEEN), "does not see 121", 11 / 12),
        ((WAYS, SEES, [0, 0, 0, 0]), "not 0 pixels", 5 / 6),
        ((WAYS[:3], SEES[:3], UNSEEN[:3]), "four ways"),
        ((swap(WAYS, 1, [(4, 4, 0)]), SEES, UNSEEN), "the ways before it", 3 / 4),
        ((swap(WAYS, 0, [(7, 4, 0)]), SEES, UNSEEN), "6 numbers on a side", 3 / 4),
        ((swap(WAYS, 0, [(4, 4)]), SEES, UNSEEN), "(window, stride, padding)"),
        ((swap(WAYS, 0, [(8, 3, 0)]), SEES, UNSEEN), "windows are 2 to 7"),
        ((swap(WAYS, 0, [(2, 2, 0), (2, 1, 0), (2, 2, 0)]), SEES, UNSEEN), "it has 3"),
        ((swap(WAYS, 0, [(4, 4, "same")]), SEES, UNSEEN), "whole numbers"),
    ],
    "ex-05-no-loops": [
        ((slide_with_loops, layer), "your slide still loops", 1 / 2),
        ((slide, layer_with_loops), "your convolution_layer still loops", 1 / 2),
        ((hidden_loop, layer), "your slide still loops", 1 / 2),
        ((by_vectorize, layer), "your slide still loops", 1 / 2),
        ((turned, layer), "half a turn"),
        ((deaf_to_stride, layer), "and this has"),
        ((deaf_to_padding, layer), "and this has"),
        ((one_axis, layer), "26 × 26, and this has 26 × 26 × 3"),
        ((slide, without_biases), "forgets the biases", 1 / 2),
        ((slide, biases_too_often), "once a channel", 1 / 2),
        ((slide, transposed_filters), "not those of the loops", 1 / 2),
        ((lambda image, weights: slide(image, weights), layer), "TypeError"),
        ((slide(np.eye(5), np.ones((3, 3))), layer), "without ()"),
        ((lambda image, *_: np.zeros((26, 26)), layer), "not those of the loops"),
    ],
    "ex-05-blur": [
        ((skipped, skipped), "nothing was blurred"),
        ((skipped, blurred_late), "blur first, then skip", 1 / 5),
        ((skipped, blurred_before_relu), "averaged with the weights", 1 / 5),
        ((skipped, blurred_image), "averaged with the weights", 1 / 5),
        ((skipped, weights_not_scaled), "sum to 16", 3 / 5),
        ((skipped, evenly_blurred), "all nine weights", 3 / 5),
        ((skipped, lambda images: smooth(every_place(images))), "12 × 12"),
        ((without_relu, blurred), "apply the ReLU"),
        ((skipped, blurred_without_relu), "before it", 1 / 5),
        ((constant, blurred), "the same everywhere"),
        ((skipped, constant), "averaged with the weights", 1 / 5),
        ((blurred, skipped), "changed places"),
    ],
}
