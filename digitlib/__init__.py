"""Helpers of a course on handwritten digit recognition, and the recognizer it ends with."""

from digitlib.data import load_mnist
from digitlib.images import load_image
from digitlib.recognizer import Reading, Recognizer, load_recognizer

__all__ = ["Reading", "Recognizer", "load_image", "load_mnist", "load_recognizer"]
