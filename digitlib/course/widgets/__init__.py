"""Widgets that work in a notebook, and without Python on a page of the book."""

from digitlib.course.widgets.base import PageWidget
from digitlib.course.widgets.sliding import SlidingFilter
from digitlib.course.widgets.threshold import ThresholdPanel

__all__ = ["PageWidget", "SlidingFilter", "ThresholdPanel"]
