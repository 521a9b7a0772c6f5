"""Cut the pictures of the welcome page's cards out of the chapters' figures: ``make outputs``.

Each is a part of a figure that its notebook computed and stored, so it shows what the chapter
shows. Run it again when outputs were stored anew.
"""

import base64
import io
import json
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "book" / "images" / "cards"
SIZE = (600, 250)
# A figure is stored with so many pixels for one of the page.
PIXELS = 2


class Cut(NamedTuple):
    """Where a card's picture comes from: a figure's name, and its part in pixels of the page."""

    figure: str
    left: int
    top: int
    right: int
    bottom: int


CUTS = {
    "00_arrays_by_way_of_one_digit": Cut("fig-00-wrap", 0, 0, 488, 196),
    "01_why_digits_are_hard": Cut("fig-01-holes", 0, 0, 408, 170),
    "02_explore_mnist": Cut("fig-02-mean", 0, 0, 408, 170),
    "03_prepare_the_data": Cut("fig-03-reshape", 0, 0, 804, 335),
    "04_first_classifiers": Cut("fig-04-templates", 0, 0, 484, 187),
    "05_convolution": Cut("fig-05-match", 0, 0, 804, 342),
    "06_design_a_cnn": Cut("fig-06-small", 0, 0, 700, 292),
    "07_train": Cut("fig-07-curves", 0, 0, 804, 386),
    "08_evaluate": Cut("fig-08-errors", 0, 0, 560, 232),
    "09_look_inside": Cut("fig-09-perfect", 0, 0, 564, 229),
    "10_save_and_share": Cut("fig-10-bits", 0, 0, 672, 364),
    "11_one_digit_on_paper": Cut("fig-11-steps", 0, 0, 765, 254),
    "12_whole_sheets": Cut("fig-12-sheet", 60, 128, 696, 393),
    "13_webcam": Cut("fig-13-answer", 0, 0, 784, 309),
    "14_beyond_mnist": Cut("fig-14-damage", 0, 0, 804, 374),
    "15_how_low_can_you_go": Cut("fig-15-parameters", 0, 0, 804, 496),
    "16_backends_and_scale": Cut("fig-16-halves", 0, 0, 804, 320),
    "17_one_network_for_the_page": Cut("fig-17-shapes", 0, 200, 682, 484),
}


def stored_figure(notebook: Path, name: str) -> Image.Image:
    """Return the figure that a notebook stores under a name.

    Raises
    ------
    ValueError
        If the notebook has no such figure.
    """
    for cell in json.loads(notebook.read_text())["cells"]:
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        if figure.get("name") == name:
            for output in cell["outputs"]:
                if "image/png" in output.get("data", {}):
                    packed = base64.b64decode(output["data"]["image/png"])
                    return Image.open(io.BytesIO(packed)).convert("RGBA")
    raise ValueError(f"{notebook.name} stores no figure named {name!r}")


def card(notebook: Path, cut: Cut) -> Image.Image:
    """Return the picture of a chapter's card, 600 x 250, on the ground of its figure."""
    figure = stored_figure(notebook, cut.figure)
    part = figure.crop(tuple(PIXELS * edge for edge in cut[1:]))
    scale = min(SIZE[0] / part.width, SIZE[1] / part.height)
    part = part.resize((round(part.width * scale), round(part.height * scale)), Image.LANCZOS)
    picture = Image.new("RGBA", SIZE, part.getpixel((0, 0)))
    picture.paste(part, ((SIZE[0] - part.width) // 2, (SIZE[1] - part.height) // 2))
    return picture.quantize(64, Image.Quantize.FASTOCTREE)


def main() -> None:
    """Draw all cards."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for chapter, cut in CUTS.items():
        picture = card(ROOT / "notebooks" / f"{chapter}.ipynb", cut)
        picture.save(IMAGES / f"{chapter}.png", optimize=True)
    print(f"drew {len(CUTS)} cards in {IMAGES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
