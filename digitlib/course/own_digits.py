"""One writer's digits in one file: what the panel adds to it, and what is asked of such a file.

The file holds the digits as they were cut out, 28 x 28 pixels each, and what the writer says they
are. It holds no picture of the room or of a face, no name, no path and no date.
"""

import secrets
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlib.readings import Readings

NAME = "my_digits.npz"
SIDE = 28


class OwnDigits(NamedTuple):
    """What one file holds.

    Attributes
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits in MNIST's form.
    labels : numpy.ndarray of integers, (n,)
        What the writer says they are.
    unmatched : numpy.ndarray of integers, (m,)
        Digits that were written in pictures where another number of digits was found, so that
        nobody can say which is which.
    mark : bytes
        Sixteen bytes of chance, drawn with the first digit: two files with one mark are earlier
        and later states of the same writer's. Empty for a file without.
    """

    images: np.ndarray
    labels: np.ndarray
    unmatched: np.ndarray
    mark: bytes = b""


def add_digits(path: Path, readings: Readings, label: str) -> str:
    """Add the digits of a picture to a file; begin the file if there is none.

    Parameters
    ----------
    path : Path
        The file.
    readings : Readings
        What was found in the picture.
    label : str
        The digits that stand on it, in reading order; with "" nothing is added.

    Returns
    -------
    str
        What was done, as the end of a sentence.

    Raises
    ------
    ValueError
        If the file is there and is none of this kind.
    """
    if not label:
        return ""
    if path.exists():
        own = read_own(path)
    else:
        none = np.zeros(0, np.uint8)
        own = OwnDigits(np.zeros((0, SIDE, SIDE), np.uint8), none, none, secrets.token_bytes(16))
    written = np.array([int(digit) for digit in label], np.uint8)
    found, doubtful = len(readings), len(readings.unread)
    if found == len(written) and not doubtful:
        images = np.stack([reading.image for reading in readings])
        own = own._replace(
            images=np.concatenate([own.images, images]),
            labels=np.concatenate([own.labels, written]),
        )
        done = f"{len(written)} added to {path.name}, which holds {len(own.labels)}"
    else:
        own = own._replace(unmatched=np.concatenate([own.unmatched, written]))
        also = f" and {doubtful} shapes that could not be read" if doubtful else ""
        done = (
            f"none added to {path.name}: the label has {len(written)}, the picture {found} "
            f"digits{also}"
        )
    write_own(path, own)
    return done


def write_own(path: Path, own: OwnDigits) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Where it goes.
    own : OwnDigits
        What it shall hold.
    """
    whole = path.with_name(f".{path.stem}.new.npz")
    mark = np.frombuffer(own.mark, np.uint8)
    arrays = {"images": own.images, "labels": own.labels, "unmatched": own.unmatched, "mark": mark}
    np.savez_compressed(whole, allow_pickle=False, **arrays)
    whole.replace(path)


def read_own(path: Path) -> OwnDigits:
    """Read one writer's file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    OwnDigits
        The labels are integers, and may be none from 0 to 9.

    Raises
    ------
    ValueError
        If it is none of this kind; the text says in a few words why, without the file's name.
    """
    try:
        held = arrays_of(path)
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError) as error:
        if "Object arrays" in str(error):
            raise ValueError("it holds Python objects in place of arrays of numbers") from error
        raise ValueError("it cannot be read as an .npz file") from error
    if "writers" in held:
        raise ValueError("it is a class's data set, not one writer's file")
    if missing := [name for name in ("images", "labels") if name not in held]:
        raise ValueError(f"it holds no {' and no '.join(missing)}")
    images, labels = held["images"], held["labels"]
    unmatched = held.get("unmatched", np.zeros(0, np.uint8))
    if images.dtype != np.uint8:
        raise ValueError(f"its images are {images.dtype}, expected uint8 from 0 to 255")
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        shape = " x ".join(map(str, images.shape))
        raise ValueError(f"its images are {shape}, expected n x {SIDE} x {SIDE}")
    for name, values in (("labels", labels), ("unmatched digits", unmatched)):
        if values.dtype.kind not in "iu" or values.ndim != 1:
            raise ValueError(f"its {name} are {values.dtype} in {values.ndim} axes, not integers")
    if len(images) != len(labels):
        raise ValueError(f"it has {len(images)} images and {len(labels)} labels")
    return OwnDigits(images, labels, unmatched, held.get("mark", labels[:0]).tobytes())


def arrays_of(path: str | Path) -> dict[str, np.ndarray]:
    """Return the arrays of an ``.npz`` file by their names.

    Parameters
    ----------
    path : str or Path
        The file.
    """
    with Path(path).open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path} is no .npz file")
        file.seek(0)
        with np.load(file, allow_pickle=False) as held:
            return dict(held.items())
