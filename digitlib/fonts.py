"""The fonts that a network may be trained with, and those that are kept for judging it.

What a network makes of letters in a font that it knows says little about other fonts. So each
font stands in one of two lists: those of training draw what a network learns from, those held
out draw what it is judged on, and no module names a font but this one.

The fonts come with OpenCV, with Matplotlib, and with this package. The order of a list matters:
a seed chooses by place, so a font added or moved gives other images for the same seed.
"""

from pathlib import Path

import cv2

# Fonts of Matplotlib that have the Latin letters, the Greek ones and most symbols.
MATPLOTLIB_TRAINING = (
    "DejaVuSans-Oblique.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "DejaVuSerif.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralBolIta.ttf",
)
# Matplotlib brings few families, so these are other cuts of families that are trained with.
MATPLOTLIB_HELD_OUT = (
    "DejaVuSans.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif-Italic.ttf",
    "STIXGeneralItalic.ttf",
)
# Matplotlib's fonts for formulas, and which of the letters each of them has at its place.
FORMULAS_TRAINING = {
    "cmmi10.ttf": str.isascii,
    "cmss10.ttf": str.isascii,
    "cmtt10.ttf": str.isascii,
    "cmsy10.ttf": str.isupper,
}

# OpenCV's fonts are strokes, not files, and have numbers for names.
HERSHEY_TRAINING = (
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
)
HERSHEY_HELD_OUT = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)

# What is written into a picture for people to read, not for a network.
LABELS = cv2.FONT_HERSHEY_SIMPLEX

# Fonts drawn after a person's hand, with digits that a person reads at a glance.
HANDWRITING_TRAINING = (
    "caveat.woff",
    "coming-soon.woff",
    "covered-by-your-grace.woff",
    "gochi-hand.woff",
    "handlee.woff",
    "indie-flower.woff",
    "mali.woff",
    "nothing-you-could-do.woff",
    "patrick-hand.woff",
    "reenie-beanie.woff",
    "schoolbell.woff",
    "shadows-into-light.woff",
)
HANDWRITING_HELD_OUT = (
    "architects-daughter.woff",
    "gloria-hallelujah.woff",
    "kalam.woff",
    "nanum-pen-script.woff",
    "neucha.woff",
    "sue-ellen-francisco.woff",
)

# Fonts for print: without serifs, with serifs, and typewriters' fonts of one width.
PRINTED_TRAINING = (
    "archivo-narrow.woff",
    "open-sans.woff",
    "work-sans.woff",
    "libre-baskerville.woff",
    "lora.woff",
    "roboto-slab.woff",
    "inconsolata.woff",
    "space-mono.woff",
)
PRINTED_HELD_OUT = (
    "cabin.woff",
    "oswald.woff",
    "eb-garamond.woff",
    "ibm-plex-mono.woff",
)

# Latin letters of free fonts; the license of each lies beside it.
FILES = Path(__file__).parent / "fontfiles"


def font_path(name: str) -> Path:
    """Return where the file of a font lies.

    Parameters
    ----------
    name : str
        ``"DejaVuSans.ttf"`` for a font of Matplotlib, ``"kalam.woff"`` for one of those that
        come with this package.

    Returns
    -------
    pathlib.Path
        An existing file, which ``PIL.ImageFont.truetype`` reads.

    Raises
    ------
    FileNotFoundError
        If there is no such font.
    """
    folder = FILES
    if name.endswith(".ttf"):
        import matplotlib

        folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    if not (folder / name).is_file():
        raise FileNotFoundError(f"expected a font, found no {name} in {folder}")
    return folder / name
