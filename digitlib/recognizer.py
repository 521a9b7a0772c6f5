"""The recognizer: ten numbers for an image in MNIST's form, readings for a photograph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from digitlib.images import as_photo
from digitlib.onnx_network import MODELS_PATH, OnnxNetwork
from digitlib.reading import reader
from digitlib.reading.finder import Finder, shipped_finder
from digitlib.readings import Reading, Readings, Unread

SHIPPED_MODEL = MODELS_PATH / "digits.onnx"

# Takes float32 images (n, 28, 28, 1) between 0 and 1, returns (n, 10) probabilities.
Network = Callable[[np.ndarray], np.ndarray]

# A network of this course takes a fraction of a megabyte.
MAX_MODEL_BYTES = 200_000_000

# Enough for speed; more would only take more memory: 256 images are 25 MB in the widest layer.
BATCH = 256


class Recognizer:
    """A trained network that reads digits.

    Parameters
    ----------
    network : callable
        Takes float32 images (n, 28, 28, 1) between 0 and 1, returns (n, 10) probabilities.
    finder : Finder, optional
        The network for the whole page, which says where digits stand; the one that ships with
        the package, unless told otherwise.
    """

    def __init__(self, network: Network, finder: Finder | None = None):
        self._network = network
        self._finder = finder

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the ten numbers for each image.

        Parameters
        ----------
        images : numpy.ndarray, (n, 28, 28), (n, 28, 28, 1) or (28, 28)
            Images in MNIST's own form, light ink on a ground of 0: uint8 from 0 to 255, or
            floating point from 0 to 1.

        Returns
        -------
        numpy.ndarray of float32, (n, 10)
            Probabilities of the digits 0 to 9; each row sums to 1. n is 1 for one image.

        Raises
        ------
        ValueError
            If shape, number type or range is another, or a value is not finite.
        """
        images = _as_batch(images)
        parts = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        return np.concatenate([self._network(_scaled(part)) for part in parts])

    def read(self, image: np.ndarray | str | Path | bytes | memoryview | Image.Image) -> Readings:
        """Read the digits of a photograph.

        Parameters
        ----------
        image : numpy.ndarray of uint8, (height, width) or (height, width, 3), or a file
            Gray, or BGR as OpenCV gives it; dark on light or light on dark; one digit or
            several. Also a path, the content of a file, or an image of Pillow, see
            :func:`digitlib.load_image`.

        Returns
        -------
        Readings
            A list of readings, line by line from the top, each from left to right; empty
            where there is none.

        Raises
        ------
        FileNotFoundError
            If a path leads to no file.
        ValueError
            If there is no such image, or it has more than 100 million pixels.
        """
        finder = self._finder or shipped_finder()
        found = reader.read(as_photo(image), finder, self.predict)
        readings, unread = [], []
        for shape in found:
            digit = int(shape.numbers.argmax())
            confidence = float(shape.numbers[digit])
            if confidence >= finder.settings.least_confidence:
                readings.append(
                    Reading(digit, confidence, shape.numbers, shape.box, shape.image, shape.line)
                )
            else:
                unread.append(Unread(shape.box, shape.line, len(readings)))
        turned = 90 * found[0].quarters if found else 0
        return Readings(readings, unread, turned=turned)

    def __repr__(self) -> str:
        return f"Recognizer({self._network})"


def load_recognizer(path: str | Path | None = None) -> Recognizer:
    """Load a trained network.

    Parameters
    ----------
    path : str or Path, optional
        A ``.onnx`` file (read by ONNX Runtime, without TensorFlow) or a ``.keras`` file
        (read by Keras in safe mode). The network that ships with the package, unless
        told otherwise.

    Returns
    -------
    Recognizer

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is no model, or its network does not turn 28 x 28 images into ten
        probabilities.
    """
    path = SHIPPED_MODEL if path is None else Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no model file at {path}")
    loaders: dict[str, Callable[[Path], Network]] = {".onnx": _load_onnx, ".keras": _load_keras}
    kind = path.suffix.lower()
    if not path.is_file() or kind not in loaders:
        raise ValueError(f"expected a .onnx or .keras file, found {path}")
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise ValueError(
            f"{path} has {path.stat().st_size:,} bytes, expected at most {MAX_MODEL_BYTES:,}"
        )
    network = loaders[kind](path)
    _check_network(network, path)
    return Recognizer(network)


def _load_onnx(path: Path) -> OnnxNetwork:
    try:
        network = OnnxNetwork(path.read_bytes())
    except ValueError as error:
        raise ValueError(
            f"{path} is not a readable ONNX model: {error} (is the file whole?)"
        ) from error
    expected = "expected float32 images (n, 28, 28, 1)"
    if len(network.inputs) != 1:
        raise ValueError(f"{path} takes {len(network.inputs)} inputs, expected one, the images")
    ((_, shape, numbers),) = network.inputs
    if numbers != "tensor(float)":
        raise ValueError(f"{path} takes {numbers}, {expected}: export it in single precision")
    if len(shape) == 4 and shape[1] == 1 and shape[3] == 28:
        raise ValueError(f"{path} takes channels first, {shape}, {expected}: channels last")
    if shape and isinstance(shape[0], int):
        raise ValueError(
            f"{path} takes {shape[0]} images at a time, no more and no fewer, {expected}: "
            "export it with a free first dimension"
        )
    return network


class _KerasNetwork:
    """A Keras model as the recognizer asks it; a class, so that it can be sent to a process."""

    def __init__(self, model):
        self.model = model

    def __call__(self, images: np.ndarray) -> np.ndarray:
        return np.asarray(self.model(images, training=False))

    def __repr__(self) -> str:
        return f"Keras model {self.model.name}"


def _load_keras(path: Path) -> _KerasNetwork:
    import keras

    try:
        # Safe mode refuses files that carry code of their own (Lambda layers).
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    # Keras raises whatever its parts raise on a damaged file.
    except Exception as error:
        raise ValueError(f"{path} is not a readable Keras model: {error}") from error
    return _KerasNetwork(model)


def _check_network(network: Network, path: Path) -> None:
    expected = "expected ten probabilities for each 28 x 28 image"
    try:
        numbers = network(np.zeros((2, 28, 28, 1), np.float32))
    except Exception as error:
        raise ValueError(f"{path} does not take 28 x 28 images, {expected}: {error}") from error
    if getattr(numbers, "shape", None) != (2, 10):
        raise ValueError(
            f"{path} answers two images with shape {getattr(numbers, 'shape', None)}, {expected}"
        )
    if numbers.dtype != np.float32 or not np.allclose(numbers.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"{path} answers with {numbers.dtype} numbers that sum to {numbers[0].sum():.3g}, "
            f"{expected} (does the last layer have a softmax?)"
        )


def _as_batch(images: np.ndarray) -> np.ndarray:
    if not isinstance(images, np.ndarray):
        raise ValueError(f"expected a NumPy array, found {type(images).__name__}")
    given = images.shape
    if images.ndim == 2:
        images = images[np.newaxis]
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"expected shape (n, 28, 28) or (28, 28), found {given}")
    if len(images) == 0:
        raise ValueError("expected at least one image, found an empty array")
    if images.dtype == np.uint8:
        if images.max() == 1:
            raise ValueError(
                "expected uint8 values from 0 to 255, found none above 1; multiply them by 255"
            )
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"expected uint8 or floating point images, found dtype {images.dtype}")
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("expected finite values between 0 and 1, found NaN or infinity")
    if low < 0 or high > 1:
        raise ValueError(
            f"expected floating point values between 0 and 1, found {low:g} to {high:g}; "
            "divide pixel values by 255"
        )
    return images


def _scaled(images: np.ndarray) -> np.ndarray:
    scaled = images.astype(np.float32)
    if images.dtype == np.uint8:
        scaled /= 255
    return scaled[..., np.newaxis]
