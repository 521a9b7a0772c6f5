"""What the comparison of 1998 used beside its classifiers: upright digits, and the LeNets.

After LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document
recognition". Where the LeNets depart from the paper, :func:`build_lenet` says so.
"""

from collections.abc import Sequence

import cv2
import keras
import numpy as np
from keras import layers, ops


def slant(image: np.ndarray) -> float:
    """Return how far the strokes lean: pixels to the left for each pixel downward.

    Parameters
    ----------
    image : numpy.ndarray, (height, width)
        Ink, 0 for paper.

    Returns
    -------
    float
        The slope of the straight line that gives the column of the ink, row by row, with the
        least squared error; 0 for an image without ink or with all of it in one row.
    """
    moments = cv2.moments(image)
    return 0.0 if moments["mu02"] < 1e-6 else -moments["mu11"] / moments["mu02"]


def deskew(images: np.ndarray) -> np.ndarray:
    """Shift the rows of each image sideways until its digit stands upright.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Images in MNIST's own form, 0 for paper.

    Returns
    -------
    numpy.ndarray of uint8, (n, 28, 28)
        New images. The center of mass keeps its row and comes to stand in column 14.
    """
    upright = np.empty_like(images)
    for index, image in enumerate(images):
        moments = cv2.moments(image)
        ink = max(moments["m00"], 1.0)
        column, row, lean = moments["m10"] / ink, moments["m01"] / ink, slant(image)
        # From the new image's places back to the old one's: column = column' - lean * (row - ...)
        back = np.array([[1, -lean, column - 14 + lean * row], [0, 1, 0]])
        upright[index] = cv2.warpAffine(
            image, back, (28, 28), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
    return upright


@keras.saving.register_keras_serializable(package="digitlib")
def squash(sums: keras.KerasTensor) -> keras.KerasTensor:
    """Return 1.7159 tanh(2/3 of the sum), which is 1 where the sum is 1 and -1 where it is -1."""
    return 1.7159 * ops.tanh(2 / 3 * sums)


@keras.saving.register_keras_serializable(package="digitlib")
class Subsampling(layers.Layer):
    """Averages of 2 x 2 places, each map with a coefficient and a bias to learn, then squashed.

    Parameters
    ----------
    copies : int
        How many maps come of each one, with a coefficient and a bias of their own.
    """

    def __init__(self, copies: int = 1, **options):
        super().__init__(**options)
        self.copies = copies

    def build(self, input_shape: tuple) -> None:
        """Create the coefficients, 1 at first, and the biases, 0 at first."""
        maps = (input_shape[-1] * self.copies,)
        self.coefficient = self.add_weight(shape=maps, initializer="ones", name="coefficient")
        self.bias = self.add_weight(shape=maps, initializer="zeros", name="bias")

    def call(self, maps: keras.KerasTensor) -> keras.KerasTensor:
        """Return maps of half the height and width."""
        means = ops.repeat(ops.average_pool(maps, 2, 2), self.copies, axis=-1)
        return squash(means * self.coefficient + self.bias)

    def get_config(self) -> dict:
        """Return what rebuilds the layer from a saved model."""
        return super().get_config() | {"copies": self.copies}


@keras.saving.register_keras_serializable(package="digitlib")
class PartConvolution(layers.Conv2D):
    """A convolution whose maps look at some of the maps below, not at all.

    Parameters
    ----------
    sources : sequence of sequence of int
        For each new map, the maps below that it looks at. Weights of the others stay in the
        array but are multiplied by zero: they do nothing and never change.
    kernel_size : int
        Side of the window that it looks at.
    **options
        Those of a convolution of Keras.
    """

    def __init__(self, sources: Sequence[Sequence[int]], kernel_size: int, **options):
        super().__init__(len(sources), kernel_size, **options)
        self.sources = [list(map(int, maps)) for maps in sources]

    def build(self, input_shape: tuple) -> None:
        """Create the weights and the table of what looks at what."""
        super().build(input_shape)
        self.table = np.zeros((input_shape[-1], len(self.sources)), "float32")
        for new, maps in enumerate(self.sources):
            self.table[maps, new] = 1

    def convolution_op(self, inputs: keras.KerasTensor, kernel: keras.KerasTensor):
        """Convolve with the weights that the table leaves."""
        return super().convolution_op(inputs, kernel * self.table)

    def count_params(self) -> int:
        """Count the weights that do something, and the biases."""
        size = self.kernel_size[0] * self.kernel_size[1]
        return size * sum(map(len, self.sources)) + len(self.sources)

    def get_config(self) -> dict:
        """Return what rebuilds the layer from a saved model."""
        config = super().get_config() | {"sources": self.sources}
        del config["filters"]
        return config


# LeNet-1: two halves, each with two maps below and six above; 20 links and so 2,578 parameters,
# the number that its first paper (1990) states.
_HALF = [[0], [0, 1], [0, 1], [1], [0, 1], [0, 1]]
SOURCES = {
    1: [[offset + below for below in maps] for offset in (0, 2) for maps in _HALF],
    4: [[(new + step) % 8 for step in range(3)] for new in range(16)],
    # Table I of the paper of 1998.
    5: [
        *([(new + step) % 6 for step in range(3)] for new in range(6)),
        *([(new + step) % 6 for step in range(4)] for new in range(6)),
        *([0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], list(range(6))),
    ],
}


def build_lenet(number: int) -> keras.Model:
    """Build LeNet-1, LeNet-4 or LeNet-5 as the paper of 1998 draws them.

    Parameters
    ----------
    number : int
        1, 4 or 5.

    Returns
    -------
    keras.Model
        Untrained. Takes float images (n, 28, 28, 1) between 0 and 1 and gives ten numbers,
        which the training pulls to 1 for the right digit and to -1 for the others.

    Raises
    ------
    ValueError
        For another number.

    Notes
    -----
    As in the paper: the sizes of all maps, squashing by 1.7159 tanh(2x/3), subsampling with a
    coefficient and a bias for each map, C3 of LeNet-5 connected by the paper's table I, and
    pixels from -0.1 for paper to 1.175 for ink. Otherwise:

    - Each of the ten outputs is a squashed sum. LeNet-5's were distances to ten drawings of 7 x
      12 pixels, which add no parameter; here the last layer adds 850, to 60,850.
    - The text does not list the links of LeNet-4's second convolution. Three for each map give
      the 260,000 multiply-adds that it states; its 17,000 parameters can't be had with its 120
      units that see 16 maps of 5 x 5, so ours has 50,698.
    - LeNet-1 takes digits of 16 x 16 in a field of 28 x 28: the image is made smaller here.
    - Subsampling takes the mean of four places, not their sum; the coefficient makes up for it.
    """
    if number not in SOURCES:
        raise ValueError(f"expected LeNet-1, -4 or -5, found {number}")

    def convolution(maps: int) -> layers.Layer:
        return layers.Conv2D(maps, 5, activation=squash, kernel_initializer="lecun_uniform")

    def dense(units: int) -> layers.Layer:
        return layers.Dense(units, activation=squash, kernel_initializer="lecun_uniform")

    smaller = [layers.Resizing(22, 22, antialias=True), layers.ZeroPadding2D(3)]
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(smaller if number == 1 else [layers.ZeroPadding2D(2)]),
            layers.Rescaling(1.275, offset=-0.1),
            convolution({1: 4, 4: 4, 5: 6}[number]),
            Subsampling(copies=2 if number == 4 else 1),
            PartConvolution(
                SOURCES[number], 5, activation=squash, kernel_initializer="lecun_uniform"
            ),
            Subsampling(),
            layers.Flatten(),
            *{1: [], 4: [dense(120)], 5: [dense(120), dense(84)]}[number],
            dense(10),
        ],
        name=f"lenet_{number}",
    )


def build_two_layers(hidden: int) -> keras.Model:
    """Build the network with one layer of hidden units, as the paper of 1998 has it.

    Parameters
    ----------
    hidden : int
        How many hidden units; 300 and 1,000 in the paper.

    Returns
    -------
    keras.Model
        Untrained, with the input and the output of :func:`build_lenet`.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1.275, offset=-0.1),
            layers.Flatten(),
            layers.Dense(hidden, activation=squash, kernel_initializer="lecun_uniform"),
            layers.Dense(10, activation=squash, kernel_initializer="lecun_uniform"),
        ],
        name=f"two_layers_{hidden}",
    )
