"""A widget that drags a filter over a digit: the window, the products, their sum, the map."""

import base64
import io
from collections.abc import Mapping
from html import escape

import ipywidgets as widgets
import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

from digitlib.course.drawings import SIGNED
from digitlib.course.figures import GRAY, INK_ON_PAPER, WRONG

STRIDES, PADDINGS = (1, 2, 3), (0, 1, 2)
# Side of a pixel of the digit, and of a product, in units of the drawing.
CELL, TILE = 10, 60
# Up to this pixel, black writing is easier to read on the shade of ink than white.
LIGHTEST_DARK = 161
# The three parts stand in a row; where there is no room for it, the products come last.
STYLE = """<style>
.sliding-filter {container-type: inline-size; line-height: 1.3; padding-top: 8px}
.sliding-filter > div {display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start}
.sliding-filter figure {flex: 1 1 180px; max-width: 270px; margin: 0}
.sliding-filter svg {display: block; width: 100%; height: auto; font-family: sans-serif}
@container (max-width: 560px) {
  .sliding-filter figure {flex: 1 1 40%}
  .sliding-filter .products {order: 1; flex: 1 1 100%}
}
</style>"""


class SlidingFilter(widgets.VBox):
    """Lay a filter over a place of a digit, and see the products, their sum and the map.

    The map is filled up to the chosen place, row by row. All of it is computed in Python,
    and every control can be used from the keyboard.

    Parameters
    ----------
    digits : mapping of str to numpy.ndarray of uint8, (height, width)
        Images by the name that is offered for each.
    filters : mapping of str to numpy.ndarray, (k, k)
        Square grids of weights by their names, at most 5 x 5 and no larger than the images.

    Raises
    ------
    ValueError
        If there is no digit or no filter, or one of them has no such shape.
    """

    def __init__(self, digits: Mapping[str, np.ndarray], filters: Mapping[str, np.ndarray]):
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
        self._busy = False
        self.digit = widgets.Dropdown(options=list(self._digits), description="digit")
        self.filter = widgets.Dropdown(options=list(self._filters), description="filter")
        self.row = widgets.IntSlider(description="row")
        self.column = widgets.IntSlider(description="column")
        narrow = {"button_width": "44px"}
        self.stride = widgets.ToggleButtons(options=STRIDES, description="stride", style=narrow)
        self.padding = widgets.ToggleButtons(options=PADDINGS, description="padding", style=narrow)
        self.next_place = widgets.Button(description="Next place")
        self.next_place.on_click(lambda _: self.step())
        # Less than all of the width, as it has a margin.
        self._drawing = widgets.HTML(layout={"width": "calc(100% - 4px)", "max_width": "860px"})
        controls = (self.digit, self.filter, self.row, self.column, self.stride, self.padding)
        for control in controls:
            control.layout.width = "min(300px, 96%)"
            control.observe(self._changed, "value")
        wrap = {"flex_flow": "row wrap", "max_width": "860px"}
        super().__init__(
            [widgets.HBox([*controls, self.next_place], layout=wrap), self._drawing],
            layout={"width": "100%"},
        )
        self._changed()

    @property
    def image(self) -> np.ndarray:
        """The digit in its frame of zeros, as whole numbers with a sign."""
        return np.pad(self._digits[self.digit.value].astype(np.int64), self.padding.value)

    @property
    def weights(self) -> np.ndarray:
        """The weights of the chosen filter."""
        return self._filters[self.filter.value]

    @property
    def window(self) -> np.ndarray:
        """The part of the framed digit on which the filter lies."""
        size = len(self.weights)
        top, left = self.row.value * self.stride.value, self.column.value * self.stride.value
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
        stride = self.stride.value
        windows = np.lib.stride_tricks.sliding_window_view(self.image, self.weights.shape)
        return (windows[::stride, ::stride] * self.weights).sum(axis=(2, 3))

    @property
    def filled(self) -> np.ndarray:
        """Which places of the map are shown: all up to the chosen one, row by row."""
        height, width = self.feature_map.shape
        here = self.row.value * width + self.column.value
        return (np.arange(height * width) <= here).reshape(height, width)

    def step(self) -> None:
        """Go to the next place; from the last one, back to the first."""
        height, width = self.feature_map.shape
        place = (self.row.value * width + self.column.value + 1) % (height * width)
        self._busy = True
        self.row.value, self.column.value = divmod(place, width)
        self._busy = False
        self._changed()

    def _changed(self, _: object = None) -> None:
        # A slider that is cut short changes its value, which would draw again and again.
        if self._busy:
            return
        self._busy = True
        height, width = self.feature_map.shape
        self.row.max, self.column.max = height - 1, width - 1
        self._busy = False
        self._drawing.value = self._draw()

    def _draw(self) -> str:
        height, width = self.feature_map.shape
        top, left = (
            slider.value * self.stride.value - self.padding.value
            for slider in (self.row, self.column)
        )
        last = len(self.weights) - 1
        said = (
            f"Row {self.row.value}, column {self.column.value} of a map of {height} × {width}: "
            f"the window lies on rows {top} to {top + last}, columns {left} to {left + last} of "
            f"the digit. Sum of the {self.weights.size} products: {_number(self.total)}."
        ).replace("-", "−")
        parts = (
            ("window", "digit", self._draw_digit()),
            ("products", f"pixel × weight, sum {_number(self.total)}", self._draw_products()),
            ("map", f"map, {height} × {width}", self._draw_map()),
        )
        figures = "".join(
            f'<figure class="{name}"><figcaption>{title}</figcaption>{svg}</figure>'
            for name, title, svg in parts
        )
        return (
            f'{STYLE}<div class="sliding-filter"><div role="img" aria-label="{escape(said)}">'
            f"{figures}</div><p>{said}</p></div>"
        )

    def _draw_digit(self) -> str:
        # Room for the widest frame, so that the digit keeps its size.
        pixels = self._digits[self.digit.value]
        height, width = pixels.shape
        room, size, padding = max(PADDINGS), len(self.weights), self.padding.value
        left = self.column.value * self.stride.value - padding
        top = self.row.value * self.stride.value - padding
        picture = _picture(INK_ON_PAPER(pixels / 255.0), 0, 0)
        frame = _rectangle(
            -padding, -padding, height + 2 * padding, width + 2 * padding, GRAY, 2, dashes="5 4"
        )
        window = _rectangle(top, left, size, size, WRONG, 4)
        return _svg(-room, -room, height + 2 * room, width + 2 * room, picture + frame + window)

    def _draw_products(self) -> str:
        size = len(self.weights)
        top = self.row.value * self.stride.value - self.padding.value
        left = self.column.value * self.stride.value - self.padding.value
        height, width = self._digits[self.digit.value].shape
        tiles = []
        for (row, column), value in np.ndenumerate(self.window):
            inside = 0 <= top + row < height and 0 <= left + column < width
            shade = to_hex(INK_ON_PAPER(int(value)))
            look = f'fill="{shade}"' if inside else 'fill="none" stroke-dasharray="5 4"'
            tiles.append(
                f'<rect x="{column * TILE}" y="{row * TILE}" width="{TILE}" height="{TILE}" '
                f'stroke="{GRAY}" {look}/>'
            )
            # Black or white, whichever stands out more against this shade.
            color = ("white" if value > LIGHTEST_DARK else "black") if inside else "currentColor"
            weight = self.weights[row, column].item()
            words = (str(value), f"× {_number(weight)}", f"= {_number(value * weight)}")
            for line, text in enumerate(words):
                tiles.append(
                    f'<text x="{(column + 0.5) * TILE}" y="{row * TILE + 18 + 17 * line}" '
                    f'text-anchor="middle" font-size="14" fill="{color}">{text}</text>'
                )
        side = size * TILE + 4
        return f'<svg viewBox="-2 -2 {side} {side}">{"".join(tiles)}</svg>'

    def _draw_map(self) -> str:
        sums = self.feature_map
        height, width = sums.shape
        limit = max(np.abs(sums).max(), 1e-9)
        colors = SIGNED(0.5 + 0.5 * sums / limit)
        colors[~self.filled, 3] = 0
        room = max(PADDINGS)
        # In the scale of the digit, where stride 1 gives a map of nearly its size.
        parts = (
            _picture(colors, 0, 0)
            + _rectangle(0, 0, height, width, GRAY, 2, dashes="5 4")
            + _rectangle(self.row.value, self.column.value, 1, 1, WRONG, 4)
        )
        full_height, full_width = self._digits[self.digit.value].shape
        return _svg(-room, -room, full_height + 2 * room, full_width + 2 * room, parts)


def _number(value: float) -> str:
    text = f"{value:d}" if isinstance(value, int | np.integer) else f"{value:.2f}"
    return text.replace("-", "−")


def _svg(top: int, left: int, height: int, width: int, content: str) -> str:
    box = " ".join(str(side * CELL) for side in (left, top, width, height))
    return f'<svg viewBox="{box}">{content}</svg>'


def _rectangle(
    top: int, left: int, height: int, width: int, color: str, line: int, dashes: str = ""
) -> str:
    sides = zip(("x", "y", "width", "height"), (left, top, width, height), strict=True)
    place = " ".join(f'{name}="{side * CELL}"' for name, side in sides)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<rect {place} fill="none" stroke="{color}" stroke-width="{line}"{dashed}/>'


def _picture(colors: np.ndarray, top: int, left: int) -> str:
    """Return colors (height, width, 4), from 0 to 1, as an image of sharp squares."""
    height, width = colors.shape[:2]
    image = Image.fromarray(np.round(255 * colors).astype(np.uint8))
    image = image.resize((width * CELL, height * CELL), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    content = base64.b64encode(stream.getvalue()).decode()
    return (
        f'<image x="{left * CELL}" y="{top * CELL}" width="{width * CELL}" '
        f'height="{height * CELL}" href="data:image/png;base64,{content}"/>'
    )
