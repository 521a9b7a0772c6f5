"""The page network: for every place of a picture, whether a digit's middle is there, and which.

It is fully convolutional, so it takes a picture of any size. On the way down it halves the
picture five times, on the way up it adds what it saw at each size (Lin et al. 2017, "Feature
Pyramid Networks for Object Detection", CVPR), and it answers once for each 4 x 4 pixels.
"""

import keras
from keras import layers

CHANNELS = (16, 32, 64, 96, 128)
HEAD = 64


def build_page_network(channels: tuple[int, ...] = CHANNELS, head: int = HEAD) -> keras.Model:
    """Build the network, untrained.

    Parameters
    ----------
    channels : tuple of int
        Maps at strides 2, 4, 8, 16 and 32.
    head : int
        Maps from which the answer is made.

    Returns
    -------
    keras.Model
        Takes float32 pictures (n, height, width, 3), sides multiples of 32, as
        :func:`digitlib.reading.pyramid.as_seen` gives them; returns float32
        (n, height / 4, width / 4, 15), without sigmoid or softmax.
    """
    picture = keras.Input((None, None, 3))
    x = _block(picture, channels[0], strides=2)
    passed = []
    for count in channels[1:]:
        x = _block(_block(x, count, strides=2), count)
        passed.append(x)
    for count, fine in zip(channels[-2:0:-1], passed[-2::-1], strict=True):
        coarse = layers.UpSampling2D()(layers.Conv2D(count, 1, use_bias=False)(x))
        x = _block(layers.Add()([coarse, layers.Conv2D(count, 1, use_bias=False)(fine)]), count)
    x = _block(x, head)
    # At first hardly any place is a digit's middle: -4 is a chance of 2 %.
    rare = keras.initializers.Constant(-4)
    answers = [
        layers.Conv2D(1, 1, bias_initializer=rare, dtype="float32", name="middle")(x),
        layers.Conv2D(10, 1, dtype="float32", name="classes")(x),
        layers.Conv2D(4, 1, dtype="float32", name="boxes")(x),
    ]
    return keras.Model(picture, layers.Concatenate(dtype="float32")(answers), name="page_network")


def _block(x, count: int, strides: int = 1):
    x = layers.Conv2D(count, 3, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
