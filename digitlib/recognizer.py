"""The recognizer: ten numbers for an image in MNIST's form, readings for a photograph."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitlib.doubt import LEAST_CONFIDENCE
from digitlib.images import check_photo
from digitlib.photo import Box, find_digits

MODELS_PATH = Path(__file__).parent / "models"
SHIPPED_MODEL = MODELS_PATH / "digits.onnx"

# A network of this course takes a fraction of a megabyte.
MAX_MODEL_BYTES = 200_000_000

BATCH = 1024


@dataclass(frozen=True)
class Reading:
    """One digit read from a photograph.

    Attributes
    ----------
    digit : int
        The most probable digit, 0 to 9.
    confidence : float
        Its probability, 0 to 1.
    probabilities : numpy.ndarray of float32, (10,)
        The ten numbers, one for each digit; they sum to 1.
    box : Box
        Where it stands: x, y, width and height in pixels of the photograph.
    image : numpy.ndarray of uint8, (28, 28)
        What the network saw.
    line : int
        The line of writing that it belongs to, 0 for the first.
    """

    digit: int
    confidence: float
    probabilities: np.ndarray
    box: Box
    image: np.ndarray
    line: int = 0


class Recognizer:
    """A trained network that reads digits.

    Parameters
    ----------
    network : callable
        Takes float32 images (n, 28, 28, 1) between 0 and 1, returns (n, 10) probabilities.
    """

    def __init__(self, network: Callable[[np.ndarray], np.ndarray]):
        self._network = network

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the ten numbers for each image.

        Parameters
        ----------
        images : numpy.ndarray, (n, 28, 28) or (28, 28)
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

    def read(self, image: np.ndarray, *, without: str | None = None) -> list[Reading]:
        """Read the digits of a photograph.

        Parameters
        ----------
        image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
            Gray, or BGR as OpenCV gives it; dark on light or light on dark; one digit or
            several.
        without : str, optional
            One of ``digitlib.photo.STEPS``, to be replaced by the naive thing, so as to see
            what it is good for.

        Returns
        -------
        list of Reading
            Line by line from the top, each from left to right; empty where there is none.

        Raises
        ------
        ValueError
            If the array is no such image, or has more than 100 million pixels; if there is
            no such step.
        """
        cutouts = find_digits(check_photo(image), judge=self.predict, without=without)
        readings = []
        for box, image_28, line, numbers in cutouts:
            if without == "reject":
                numbers = _taken_for_digits(numbers)
            digit = int(numbers.argmax())
            readings.append(Reading(digit, float(numbers[digit]), numbers, box, image_28, line))
        if without == "reject":
            return readings
        return [reading for reading in readings if reading.confidence >= LEAST_CONFIDENCE]


def _taken_for_digits(numbers: np.ndarray) -> np.ndarray:
    """Take away what every digit got for "not a digit", an equal share each."""
    surplus = numbers - numbers.min() + np.float32(1e-6)
    return surplus / surplus.sum()


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
    loaders = {".onnx": _load_onnx, ".keras": _load_keras}
    if not path.is_file() or path.suffix not in loaders:
        raise ValueError(f"expected a .onnx or .keras file, found {path}")
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise ValueError(
            f"{path} has {path.stat().st_size:,} bytes, expected at most {MAX_MODEL_BYTES:,}"
        )
    network = loaders[path.suffix](path)
    _check_network(network, path)
    return Recognizer(network)


def _load_onnx(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # The network is small: handing work to a second thread costs more than it saves.
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    # ONNX Runtime's exceptions share no base class below Exception.
    except Exception as error:
        raise ValueError(f"{path} is not a readable ONNX model: {error}") from error
    inputs = [node.name for node in session.get_inputs()]
    if len(inputs) != 1:
        raise ValueError(f"{path} takes {len(inputs)} inputs, expected one, the images")
    return lambda images: session.run(None, {inputs[0]: images})[0]


def _load_keras(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import keras

    try:
        # Safe mode refuses files that carry code of their own (Lambda layers).
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    # Keras raises whatever its parts raise on a damaged file.
    except Exception as error:
        raise ValueError(f"{path} is not a readable Keras model: {error}") from error
    return lambda images: np.asarray(model(images, training=False))


def _check_network(network: Callable[[np.ndarray], np.ndarray], path: Path) -> None:
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
    if images.ndim == 2:
        images = images[np.newaxis]
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"expected shape (n, 28, 28) or (28, 28), found {images.shape}")
    if len(images) == 0:
        raise ValueError("expected at least one image, found an empty array")
    if images.dtype == np.uint8:
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
