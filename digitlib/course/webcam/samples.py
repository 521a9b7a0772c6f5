"""A folder of pictures that were read and kept, each with its label in a table."""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np

from digitlib.course.webcam.pictures import png

TABLE, COLUMNS = "labels.csv", ("file", "label", "reading")


def save_sample(folder: Path, image: np.ndarray, label: str, reading: str) -> Path:
    """Save a picture and write a row for it.

    Parameters
    ----------
    folder : Path
        Where it goes; made if it is missing.
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray or BGR.
    label : str
        The digits that stand on it, in reading order; empty for none.
    reading : str
        What was read; its lines are written side by side.

    Returns
    -------
    Path
        The image file; its row in ``labels.csv`` beside it has label and reading.

    Raises
    ------
    ValueError
        If the label is not made of digits.
    """
    if label and not (label.isascii() and label.isdigit()):
        raise ValueError(f"expected digits as the label, found {label!r}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now():%Y%m%d-%H%M%S-%f}.png"
    path.write_bytes(png(image))
    table = folder / TABLE
    is_new = not table.exists()
    with table.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow([path.name, label, reading.replace("\n", " ")])
    return path
