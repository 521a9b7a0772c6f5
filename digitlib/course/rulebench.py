"""A bench to try a hand-written rule on: one digit, what was measured on it, and the verdict."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipywidgets as widgets
import numpy as np

from digitlib.course.figures import GRAY, INK, ORANGE, PAPER

SIGNS = ("at most", "at least")
ANY = "any"


@dataclass(frozen=True)
class Rule:
    """A rule of the form "if this number is at most (or at least) so much, it is a 7".

    Parameters
    ----------
    text : str
        The rule in words, as it is offered for choice.
    digit : int
        The digit that the rule speaks of.
    measure : callable
        Takes a shape, a boolean array (28, 28) that is True where ink is; returns a number.
    sign : str
        ``"at most"`` or ``"at least"``.
    threshold : int
        Where the measured number divides in two, to begin with.
    marks : callable, optional
        Takes a shape and returns a boolean array (28, 28): the pixels that were measured.

    Raises
    ------
    ValueError
        If the sign is none of the two.
    """

    text: str
    digit: int
    measure: Callable[[np.ndarray], float]
    sign: str
    threshold: int
    marks: Callable[[np.ndarray], np.ndarray] | None = None

    def __post_init__(self):
        if self.sign not in SIGNS:
            raise ValueError(f"expected {' or '.join(SIGNS)}, found {self.sign!r}")

    def holds(self, measured: np.ndarray, threshold: float) -> np.ndarray:
        """Tell for each measured number whether it is on the rule's side of the threshold."""
        return measured <= threshold if self.sign == "at most" else measured >= threshold


class RuleBench(widgets.VBox):
    """Choose a digit, a rule and its threshold; see what was measured and what follows.

    Parameters
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits as MNIST has them, 0 for paper.
    labels : numpy.ndarray, (n,)
        The digit that each of them shows.
    rules : sequence of Rule
        The rules to choose from.
    ink : int
        Pixels of at least this value count as ink.
    seed : int
        Of the order in which *Another* shows the images.

    Attributes
    ----------
    index : int
        Which image is shown.
    verdict : bool
        Whether the rule says that the image shows its digit.
    found, precise : float
        The share of the rule's digit that the rule finds, and the share of what it names
        that is right, over all images; ``precise`` is ``nan`` where it names none.

    Raises
    ------
    ValueError
        If there are not as many labels as images, or no rule.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        rules: Sequence[Rule],
        *,
        ink: int = 128,
        seed: int = 0,
    ):
        if len(images) != len(labels):
            raise ValueError(f"expected a label for each of {len(images)} images: {len(labels)}")
        if not rules:
            raise ValueError("expected at least one rule, found none")
        self._images, self._labels = images, np.asarray(labels)
        self._shapes = images >= ink
        self._measured: dict[str, np.ndarray] = {}
        self._rng = np.random.default_rng(seed)
        wide = {"layout": {"width": "min(22rem, 98%)"}, "style": {"description_width": "6rem"}}
        digits = [(ANY, ANY)] + [(str(digit), digit) for digit in np.unique(self._labels).tolist()]
        # No menus: JupyterLab takes their arrow keys for itself, but leaves a slider its own.
        self.digit = widgets.SelectionSlider(options=digits, description="Digit", **wide)
        self.place = widgets.IntSlider(min=1, max=len(images), description="Image", **wide)
        offered = [(rule.text, rule) for rule in rules]
        self.rule = widgets.ToggleButtons(options=offered, style={"button_width": "auto"})
        self.threshold = widgets.IntSlider(**wide)
        self.another = widgets.Button(description="Another")
        self.next_mistake = widgets.Button(description="Next mistake")
        self.picture, self.report = widgets.HTML(), widgets.HTML()
        buttons = widgets.HBox([self.another, self.next_mistake])
        controls = [self.threshold, self.digit, self.place, buttons, self.report]
        wrap = {"flex_flow": "row wrap", "align_items": "flex-start", "grid_gap": "0 24px"}
        beside = widgets.HBox([self.picture, widgets.VBox(controls)], layout=wrap)
        super().__init__([self.rule, beside], layout={"max_width": "46rem"})
        self._choose_digit()
        self._choose_rule()
        self.digit.observe(self._choose_digit, "value")
        self.rule.observe(self._choose_rule, "value")
        for slider in (self.place, self.threshold):
            slider.observe(self._show, "value")
        self.another.on_click(self._show_another)
        self.next_mistake.on_click(self._show_next_mistake)

    @property
    def index(self) -> int:
        """Which image is shown."""
        return int(self._pool[self.place.value - 1])

    @property
    def measured(self) -> np.ndarray:
        """What the rule measures on each of the images."""
        rule = self.rule.value
        if rule.text not in self._measured:
            values = [rule.measure(shape) for shape in self._shapes]
            self._measured[rule.text] = np.array(values)
        return self._measured[rule.text]

    @property
    def verdicts(self) -> np.ndarray:
        """For each of the images, whether the rule says that it shows its digit."""
        return self.rule.value.holds(self.measured, self.threshold.value)

    @property
    def verdict(self) -> bool:
        """Whether the rule says that the image shown is its digit."""
        return bool(self.verdicts[self.index])

    @property
    def found(self) -> float:
        """The share of the rule's digit that the rule finds."""
        return float(self.verdicts[self._labels == self.rule.value.digit].mean())

    @property
    def precise(self) -> float:
        """The share of what the rule names that is right; ``nan`` where it names none."""
        named = self._labels[self.verdicts]
        return float((named == self.rule.value.digit).mean()) if len(named) else float("nan")

    def _choose_digit(self, change: dict | None = None) -> None:
        chosen = self.digit.value
        every = np.ones(len(self._labels), bool)
        self._pool = np.flatnonzero(every if chosen == ANY else self._labels == chosen)
        with self.place.hold_trait_notifications():
            self.place.max, self.place.value = len(self._pool), 1
        self._show()

    def _choose_rule(self, change: dict | None = None) -> None:
        rule = self.rule.value
        low, high = int(np.floor(self.measured.min())), int(np.ceil(self.measured.max()))
        with self.threshold.hold_trait_notifications():
            self.threshold.min, self.threshold.max = min(low, rule.threshold), high + 1
            self.threshold.value = rule.threshold
        self.threshold.description = rule.sign.capitalize()
        self._show()

    def _show_another(self, button: widgets.Button) -> None:
        self.place.value = int(self._rng.integers(1, len(self._pool), endpoint=True))

    def _show_next_mistake(self, button: widgets.Button) -> None:
        is_rules_digit = self._labels[self._pool] == self.rule.value.digit
        wrong = np.flatnonzero(self.verdicts[self._pool] != is_rules_digit) + 1
        if len(wrong) == 0:
            self._show(note="Among the chosen images the rule makes no mistake.")
            return
        later = wrong[wrong > self.place.value]
        self.place.value = int(later[0] if len(later) else wrong[0])

    def _show(self, change: dict | None = None, note: str = "") -> None:
        rule, label = self.rule.value, int(self._labels[self.index])
        marks = rule.marks(self._shapes[self.index]) if rule.marks else None
        self.picture.value = _drawing(self._images[self.index], marks, f"A handwritten {label}")
        article = "an" if rule.digit == 8 else "a"
        says = f"{'' if self.verdict else 'not '}{article} {rule.digit}"
        right = self.verdict == (label == rule.digit)
        named = f"{100 * self.precise:.0f} %" if self.verdicts.any() else "none"
        lines = [
            f"{html.escape(rule.text)}: {rule.sign} {self.threshold.value}",
            f"Measured: <b>{self.measured[self.index]:.4g}</b>",
            f"The rule says: <b>{says}</b>",
            f"The label says: <b>{label}</b>",
            f"<b>{'✓ right' if right else '✗ wrong'}</b>",
            f"On all {len(self._images):,} images the rule<br>"
            f"finds <b>{100 * self.found:.0f} %</b> of the digits {rule.digit};<br>"
            f"of what it names, <b>{named}</b> {'is' if named == 'none' else 'are'} right.",
        ]
        if note:
            lines.append(html.escape(note))
        self.report.value = "".join(
            f"<p style='margin: 0; line-height: 1.6'>{line}</p>" for line in lines
        )


def columns_with_ink(shape: np.ndarray) -> np.ndarray:
    """Mark the columns from the first to the last with ink."""
    columns = np.flatnonzero(shape.any(axis=0))
    marked = np.zeros_like(shape)
    marked[:, columns[0] : columns[-1] + 1] = True
    return marked


def bar_on_top(shape: np.ndarray, rows: int = 5) -> np.ndarray:
    """Mark the longest run of ink in the first rows of a shape."""
    first = int(np.flatnonzero(shape.any(axis=1))[0])
    longest = (0, 0, 0)
    for row in range(first, min(first + rows, len(shape))):
        steps = np.diff(shape[row].astype(int), prepend=0, append=0)
        starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
        for start, end in zip(starts, ends, strict=True):
            if end - start > longest[2] - longest[1]:
                longest = (row, int(start), int(end))
    marked = np.zeros_like(shape)
    marked[longest[0], longest[1] : longest[2]] = True
    return marked


def bar_below(shape: np.ndarray, rows: int = 5) -> np.ndarray:
    """Mark the longest run of ink in the last rows of a shape."""
    return bar_on_top(shape[::-1], rows)[::-1]


def _drawing(image: np.ndarray, marks: np.ndarray | None, name: str) -> str:
    """Return a drawing of a digit as ink on paper, the marked pixels tinted, as SVG."""
    height, width = image.shape
    squares = [
        f'<rect x="{x}" y="{y}" width="1.02" height="1.02" fill="{INK}" '
        f'fill-opacity="{image[y, x] / 255:.2f}"/>'
        for y, x in np.argwhere(image > 0)
    ]
    if marks is not None:
        squares += [
            f'<rect class="mark" x="{x}" y="{y}" width="1" height="1" fill="{ORANGE}" '
            'fill-opacity="0.5"/>'
            for y, x in np.argwhere(marks)
        ]
        name += f", {int(marks.sum())} pixels marked in orange"
    return (
        f'<svg role="img" aria-label="{html.escape(name)}" viewBox="0 0 {width} {height}" '
        f'style="width: 244px; box-sizing: border-box; margin: 6px 0; border: 1px solid {GRAY}; '
        f'background: {PAPER}">'
        f"{''.join(squares)}</svg>"
    )
