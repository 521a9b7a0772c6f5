"""Helpers of a course on handwritten digit recognition, and the recognizer it ends with."""

try:
    import cv2  # noqa: F401
except ImportError as error:
    if "lib" not in str(error):
        raise
    # A server without a screen has not all that OpenCV's windows need.
    raise ImportError(
        f"OpenCV does not find a library of the system ({error}). On Debian and Ubuntu "
        "apt install libgl1 libglib2.0-0 brings it; where you may not, "
        "pip uninstall opencv-python and pip install opencv-python-headless do without."
    ) from error

from digitlib.data import load_mnist
from digitlib.images import load_image
from digitlib.readings import Reading, Readings, draw, text
from digitlib.recognizer import Recognizer, load_recognizer

__version__ = "0.1.0"

__all__ = [
    "Reading",
    "Readings",
    "Recognizer",
    "draw",
    "load_image",
    "load_mnist",
    "load_recognizer",
    "text",
]
