"""The panel that reads what is held up to the camera, uploaded, or drawn."""

from digitlib.course.webcam.panel import WebcamReader

__all__ = ["WebcamReader"]
