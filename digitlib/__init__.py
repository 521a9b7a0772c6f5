"""Helpers of a course on handwritten digit recognition, and the recognizer it ends with."""

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
