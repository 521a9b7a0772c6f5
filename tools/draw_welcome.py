"""Draw the picture of the welcome page from a real reading: ``python tools/draw_welcome.py``.

Run it again after the shipped recognizer was trained anew.
"""

from pathlib import Path

import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from digitlib import Reading, load_mnist, load_recognizer
from digitlib.course import figures
from digitlib.training.paper import photograph

IMAGES = Path(__file__).resolve().parent.parent / "book" / "images"

# Places in the test set, line by line: the first eight digits of pi. The 4 is closed at the top,
# so that both networks together keep some doubt about it.
LINES = [[63, 143, 571, 57], [53, 16, 35, 138]]
DOUBTFUL = 2


def draw_sheet(axis: Axes, picture: np.ndarray, readings: list[Reading]) -> None:
    """Draw the photograph with a box and an answer at each digit."""
    axis.imshow(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), interpolation="antialiased")
    axis.set_axis_off()
    for number, reading in enumerate(readings):
        color = figures.BLUE if number == DOUBTFUL else figures.GREEN
        x, y, width, height = reading.box
        axis.add_patch(
            FancyBboxPatch(
                (x, y),
                width,
                height,
                boxstyle="round,pad=8,rounding_size=6",
                fill=False,
                edgecolor=color,
                linewidth=1.8,
            )
        )
        axis.annotate(
            f"{reading.digit}",
            (x - 8, y - 8),
            color="white",
            fontsize=14,
            fontweight="bold",
            ha="left",
            va="bottom",
            bbox={"boxstyle": "square,pad=0.25", "facecolor": color, "edgecolor": "none"},
        )


def draw_answer(figure: plt.Figure, reading: Reading) -> None:
    """Draw what the network saw of one digit, and under it the ten numbers."""
    seen = figure.add_axes((0.09, 0.72, 0.26, 0.27))
    seen.imshow(reading.image, cmap=figures.INK_ON_PAPER, vmin=0, vmax=255)
    seen.set(xticks=[], yticks=[])
    for spine in seen.spines.values():
        spine.set(visible=True, color=figures.BLUE, linewidth=1.8)
    figure.text(0.4, 0.855, "28 × 28 pixels go in,\nten numbers come out", va="center")
    bars = figure.add_axes((0.09, 0.0, 0.87, 0.68))
    highest = int(reading.probabilities.argmax())
    colors = [figures.BLUE if digit == highest else figures.GRAY for digit in range(10)]
    bars.barh(range(10), reading.probabilities, color=colors, height=0.7)
    for digit, probability in enumerate(reading.probabilities):
        bars.text(
            probability + 0.015,
            digit,
            f"{probability:.2f}",
            va="center",
            color=colors[digit],
            fontweight="bold" if digit == highest else "normal",
        )
    bars.set(yticks=range(10), xticks=[], xlim=(0, 1.17), ylim=(9.6, -0.6))
    bars.tick_params(axis="y", length=0, labelsize=12)
    bars.spines[["bottom", "left"]].set_visible(False)


def main() -> None:
    """Write the sheet as PNG and the answer as SVG."""
    figures.use_course_style()
    plt.rcParams["svg.hashsalt"] = "welcome"
    (_, _), (images, _) = load_mnist()
    picture = photograph(
        [images[line] for line in LINES],
        np.random.default_rng(4),
        width=960,
        height=720,
        digit_height=250,
        shadow=0.3,
        grain=2,
        tilt=5,
    )
    readings = load_recognizer().read(picture)
    print([(reading.digit, round(reading.confidence, 2)) for reading in readings])
    IMAGES.mkdir(exist_ok=True)

    sheet = plt.figure(figsize=(6, 4.5), dpi=150, layout="none")
    draw_sheet(sheet.add_axes((0, 0, 1, 1)), picture, readings)
    sheet.canvas.draw()
    pixels = Image.fromarray(np.asarray(sheet.canvas.buffer_rgba())).convert("RGB")
    # 256 colors are enough for paper and ink, in a third of the bytes.
    pixels.quantize(256, dither=Image.Dither.NONE).save(IMAGES / "welcome_sheet.png", optimize=True)

    answer = plt.figure(figsize=(3.5, 3.5), layout="none")
    draw_answer(answer, readings[DOUBTFUL])
    answer.savefig(IMAGES / "welcome_answer.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
