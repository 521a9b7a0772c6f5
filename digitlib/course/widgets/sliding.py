"""A widget that drags a filter over a digit: the window, the products, their sum, the map."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets

from digitlib.course.widgets.base import PageWidget, look, module

STRIDES, PADDINGS = (1, 2, 3), (0, 1, 2)


class SlidingFilter(PageWidget):
    """Lay a filter over a place of a digit, and see the products, their sum and the map.

    The map is filled up to the chosen place, row by row. Every control can be used from the
    keyboard, and the window can be dragged with the pointer.

    Parameters
    ----------
    digits : mapping of str to numpy.ndarray of uint8, (height, width)
        Images by the name that is offered for each.
    filters : mapping of str to numpy.ndarray, (k, k)
        Square grids of weights by their names, at most 5 x 5 and no larger than the images.
    **chosen
        What is chosen to begin with, of the attributes below.

    Attributes
    ----------
    digit, filter : str
        The names of the chosen ones; the first of each, unless told otherwise.
    row, column : int
        The place in the map. One that the map lacks becomes its last one.
    stride, padding : int
        One of ``STRIDES``, one of ``PADDINGS``.

    Raises
    ------
    ValueError
        If there is no digit or no filter, or one of them has no such shape.
    """

    _esm = module("sliding.js")
    _css = look("sliding.css")

    # Pairs of a name and its numbers: the page would sort a dictionary by names that are digits.
    digits: traitlets.List[Any] = traitlets.List().tag(sync=True)
    filters: traitlets.List[Any] = traitlets.List().tag(sync=True)
    digit = traitlets.Unicode().tag(sync=True)
    filter = traitlets.Unicode().tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)
    stride = traitlets.Enum(STRIDES, STRIDES[0]).tag(sync=True)
    padding = traitlets.Enum(PADDINGS, PADDINGS[0]).tag(sync=True)

    def __init__(
        self, digits: Mapping[str, np.ndarray], filters: Mapping[str, np.ndarray], **chosen: Any
    ):
        if not digits or not filters:
            raise ValueError("expected at least one digit and one filter")
        self._digits = {str(name): np.asarray(image) for name, image in digits.items()}
        self._filters = {str(name): np.asarray(weights) for name, weights in filters.items()}
        for name, image in self._digits.items():
            if image.ndim != 2 or image.dtype != np.uint8:
                found = f"{image.dtype} {image.shape}"
                raise ValueError(f"expected uint8 (height, width) for {name!r}, found {found}")
        least = min(min(image.shape) for image in self._digits.values())
        for name, weights in self._filters.items():
            if weights.ndim != 2 or len(set(weights.shape)) > 1 or len(weights) > min(5, least):
                raise ValueError(f"expected k x k weights for {name!r}, found {weights.shape}")
        first = {"digit": next(iter(self._digits)), "filter": next(iter(self._filters))}
        super().__init__(
            digits=[[name, image.tolist()] for name, image in self._digits.items()],
            filters=[[name, weights.tolist()] for name, weights in self._filters.items()],
            **first | chosen,
        )

    @traitlets.validate("digit", "filter")
    def _is_offered(self, proposal: dict[str, Any]) -> str:
        offered = self._digits if proposal["trait"].name == "digit" else self._filters
        if proposal["value"] not in offered:
            raise traitlets.TraitError(
                f"expected one of {', '.join(offered)}, found {proposal['value']!r}"
            )
        return str(proposal["value"])

    @traitlets.validate("row", "column")
    def _is_in_the_map(self, proposal: dict[str, Any]) -> int:
        side = self.feature_map.shape[0 if proposal["trait"].name == "row" else 1]
        return min(max(proposal["value"], 0), side - 1)

    @traitlets.observe("digit", "filter", "stride", "padding")
    def _stay_in_the_map(self, _: object) -> None:
        height, width = self.feature_map.shape
        self.row, self.column = min(self.row, height - 1), min(self.column, width - 1)

    @property
    def image(self) -> np.ndarray:
        """The digit in its frame of zeros, as whole numbers with a sign."""
        return np.pad(self._digits[self.digit].astype(np.int64), self.padding)

    @property
    def weights(self) -> np.ndarray:
        """The weights of the chosen filter."""
        return self._filters[self.filter]

    @property
    def window(self) -> np.ndarray:
        """The part of the framed digit on which the filter lies."""
        size = len(self.weights)
        top, left = self.row * self.stride, self.column * self.stride
        return self.image[top : top + size, left : left + size]

    @property
    def products(self) -> np.ndarray:
        """Pixel times weight, for each pixel of the window."""
        return self.window * self.weights

    @property
    def total(self) -> float:
        """The sum of the products: the number that goes into the feature map."""
        return self.products.sum().item()

    @property
    def feature_map(self) -> np.ndarray:
        """The sums at all places, whether they were visited or not."""
        stride = self.stride
        windows = np.lib.stride_tricks.sliding_window_view(self.image, self.weights.shape)
        return (windows[::stride, ::stride] * self.weights).sum(axis=(2, 3))
