"""Join what the writers of a class collected into one data set, and measure it writer by writer.

``python -m digitlib.course.class_digits my_digits_*.npz --into class.npz`` takes the files that
the panel of chapter 13 fills, or folders of them. In the data set a writer is a number: 0, 1, …
in the order of a checksum over the writer's digits, so that neither names of files nor the order
in which they were given or written can be told from it.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digitlib.course.bands import wilson_interval
from digitlib.course.own_digits import OwnDigits, arrays_of, read_own
from digitlib.recognizer import load_recognizer


class ClassDigits(NamedTuple):
    """A class's data set, or some writers of it.

    Attributes
    ----------
    images : numpy.ndarray of uint8, (n, 28, 28)
        Digits in MNIST's form.
    labels : numpy.ndarray of uint8, (n,)
        What their writers say they are, 0 to 9.
    writers : numpy.ndarray of int64, (n,)
        The number of each digit's writer.
    unmatched : numpy.ndarray of int64, (k,)
        How many digits each of the k writers wrote in pictures where another number of digits
        was found; of these there is no image.
    """

    images: np.ndarray
    labels: np.ndarray
    writers: np.ndarray
    unmatched: np.ndarray


class WriterScore(NamedTuple):
    """How many digits of one writer were read right.

    Attributes
    ----------
    writer : int
        The writer's number.
    right, of : int
        So many of so many images.
    low, high : float
        The 95 % interval of the share, from 0 to 1.
    unmatched : int
        How many more the writer wrote that could not be cut out; they are not counted here. Who
        asks how well paper is read takes them as wrong.
    """

    writer: int
    right: int
    of: int
    low: float
    high: float
    unmatched: int


# --- From files to one set --------------------------------------------------------------------


class _File(NamedTuple):
    """A file of one writer, by the name that remarks give it."""

    name: str
    own: OwnDigits

    def keys(self) -> list[bytes]:
        return [image.tobytes() for image in self.own.images]

    def checksum(self) -> bytes:
        own = self.own
        rows = sorted(zip(self.keys(), own.labels.tolist(), strict=True))
        return hashlib.sha256(repr(rows).encode()).digest()


def join(paths: Iterable[Path]) -> tuple[ClassDigits, list[str]]:
    """Join the files of writers.

    Parameters
    ----------
    paths : iterable of Path
        One file or several for each writer.

    Returns
    -------
    digits : ClassDigits
        Each image once, the writers in the order of a checksum over what they wrote.
    remarks : list of str
        A sentence for each file, and for digits of a file, that were left out.
    """
    remarks: list[str] = []
    files: list[_File] = []
    for path in paths:
        try:
            files.append(_File(str(path), _usable(path, remarks)))
        except ValueError as error:
            remarks.append(f"{path} is left out: {error}.")
    disputed = _disputed(files)
    seen: set[bytes] = set()
    images, labels, unmatched = [], [], []
    for group in _by_writer(files):
        mine: list[np.ndarray] = []
        said: list[int] = []
        for file in group:
            new = _new_places(file, seen, disputed, remarks)
            mine += [file.own.images[place] for place in new]
            said += [int(file.own.labels[place]) for place in new]
        if mine:
            images.append(np.stack(mine))
            labels.append(np.array(said, np.uint8))
            # States of one file contain each other: the fullest tells of all.
            unmatched.append(max(len(file.own.unmatched) for file in group))
    sizes = [len(one) for one in labels]
    digits = ClassDigits(
        np.concatenate([np.zeros((0, 28, 28), np.uint8), *images]),
        np.concatenate([np.zeros(0, np.uint8), *labels]),
        np.repeat(np.arange(len(sizes)), sizes),
        np.array(unmatched, np.int64),
    )
    return digits, remarks


def _usable(path: Path, remarks: list[str]) -> OwnDigits:
    """Return what a file holds, without the digits that are none."""
    own = read_own(path)
    count = len(own.images)
    if count == 0:
        more = f"; {len(own.unmatched)} written ones could not be cut out" * bool(
            len(own.unmatched)
        )
        raise ValueError(f"it holds no digit{more}")
    labeled = (own.labels >= 0) & (own.labels <= 9)
    inked = np.ptp(own.images.reshape(count, -1), axis=1) > 0
    lost = []
    if wrong := int(np.sum(~labeled)):
        lost.append(f"{wrong} with a label that is not from 0 to 9")
    if blank := int(np.sum(labeled & ~inked)):
        lost.append(f"{blank} without any ink")
    keep = labeled & inked
    if not keep.any():
        raise ValueError(f"none of its {count} digits can be used, {' and '.join(lost)}")
    if lost:
        remarks.append(f"{path} loses some of its {count} digits: {' and '.join(lost)}.")
    return own._replace(images=own.images[keep], labels=own.labels[keep])


def _disputed(files: list[_File]) -> set[bytes]:
    """Return the images that have two labels."""
    labels: dict[bytes, set[int]] = {}
    for file in files:
        for key, label in zip(file.keys(), file.own.labels.tolist(), strict=True):
            labels.setdefault(key, set()).add(label)
    return {key for key, names in labels.items() if len(names) > 1}


def _by_writer(files: list[_File]) -> list[list[_File]]:
    """Return the files of each writer, everything in the order of checksums."""
    groups: dict[object, list[_File]] = {}
    for number, file in enumerate(files):
        groups.setdefault(file.own.mark or number, []).append(file)
    ordered = [sorted(group, key=_File.checksum) for group in groups.values()]
    return sorted(ordered, key=lambda group: [file.checksum() for file in group])


def _new_places(
    file: _File, seen: set[bytes], disputed: set[bytes], remarks: list[str]
) -> list[int]:
    """Return where a file has digits that the set has not, and say what it has besides."""
    new, twice, two_names = [], 0, 0
    for place, key in enumerate(file.keys()):
        if key in disputed:
            two_names += 1
        elif key in seen:
            twice += 1
        else:
            seen.add(key)
            new.append(place)
    lost = [f"{twice} that the set has already"] if twice else []
    if two_names:
        lost.append(f"{two_names} with another label in another place")
    count = len(file.own.images)
    if lost and new:
        remarks.append(f"{file.name} loses some of its {count} digits: {' and '.join(lost)}.")
    elif lost:
        remarks.append(f"{file.name} is left out: of its {count} digits {' and '.join(lost)}.")
    return new


def files_in(places: Iterable[Path]) -> list[Path]:
    """Return the files, and for a folder all files in it whose names end in ``.npz``.

    Parameters
    ----------
    places : iterable of Path
        Files and folders.
    """
    found: list[Path] = []
    for place in places:
        found += sorted(place.rglob("*.npz")) if place.is_dir() else [place]
    return found


# --- For notebooks ----------------------------------------------------------------------------


def save_class(path: Path, digits: ClassDigits) -> None:
    """Write a data set.

    Parameters
    ----------
    path : Path
        Where it goes.
    digits : ClassDigits
        What :func:`join` gives.
    """
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **digits._asdict())


def load_class(path: str | Path) -> ClassDigits:
    """Read a data set.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    ClassDigits

    Raises
    ------
    ValueError
        If it is no data set of a class.
    """
    held = arrays_of(path)
    if missing := [name for name in ClassDigits._fields if name not in held]:
        raise ValueError(f"{path} is no class's data set: it holds no {missing[0]}")
    return ClassDigits(*(held[name] for name in ClassDigits._fields))


def accuracy_by_writer(digits: ClassDigits, answers: np.ndarray) -> list[WriterScore]:
    """Count for each writer how many digits were read right.

    Parameters
    ----------
    digits : ClassDigits
        The digits.
    answers : numpy.ndarray of integers, (n,)
        What was read, in the same order.

    Returns
    -------
    list of WriterScore
        One for each writer of whom there is a digit.

    Raises
    ------
    ValueError
        If there is not one answer for each digit.
    """
    if np.shape(answers) != digits.labels.shape:
        raise ValueError(f"expected {len(digits.labels)} answers, found {np.shape(answers)}")
    scores = []
    for writer in np.unique(digits.writers):
        hits = (answers == digits.labels)[digits.writers == writer]
        right, count = int(hits.sum()), len(hits)
        low, high = wilson_interval(right, count)
        lost = int(digits.unmatched[writer])
        scores.append(WriterScore(int(writer), right, count, low, high, lost))
    return scores


def split_by_writer(
    digits: ClassDigits, unseen: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw writers to measure on, and return where the others' and where their digits stand.

    Parameters
    ----------
    digits : ClassDigits
        The digits.
    unseen : int
        The number of writers to measure on.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    seen, unseen : numpy.ndarray of int64
        Places in the arrays; no writer has digits in both.

    Raises
    ------
    ValueError
        If no writer would be left on one of the sides.
    """
    writers = np.unique(digits.writers)
    if not 0 < unseen < len(writers):
        raise ValueError(f"expected 1 to {len(writers) - 1} unseen writers, found {unseen}")
    drawn = rng.choice(writers, unseen, replace=False)
    is_unseen = np.isin(digits.writers, drawn)
    return np.flatnonzero(~is_unseen), np.flatnonzero(is_unseen)


# --- The command ------------------------------------------------------------------------------


def summary(digits: ClassDigits) -> str:
    """Return a table: how many of each digit each writer has given.

    Parameters
    ----------
    digits : ClassDigits
        The digits.
    """
    lines = ["writer " + "".join(f"{digit:5}" for digit in range(10)) + "    all  not cut out"]
    for name, its in (
        *((str(one), digits.writers == one) for one in np.unique(digits.writers)),
        ("all", np.ones(len(digits.labels), bool)),
    ):
        counts = np.bincount(digits.labels[its], minlength=10)
        lost = digits.unmatched.sum() if name == "all" else digits.unmatched[int(name)]
        cells = "".join(f"{count:5}" for count in counts)
        lines.append(f"{name:>6} {cells}{counts.sum():7}{lost:13}")
    return "\n".join(lines)


def score_table(scores: Sequence[WriterScore]) -> str:
    """Return a table: what was read right of each writer, with its interval.

    Parameters
    ----------
    scores : sequence of WriterScore
        What :func:`accuracy_by_writer` gives.
    """
    lines = ["writer  right    of   right (%)   95 % interval   not cut out"]
    for one in scores:
        interval = f"{100 * one.low:.1f} to {100 * one.high:.1f}"
        share = 100 * one.right / one.of
        lines.append(
            f"{one.writer:6}{one.right:7}{one.of:6}{share:12.1f}   {interval:>13}{one.unmatched:14}"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Join the files of a class's writers into one data set.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line, unless told otherwise.

    Returns
    -------
    int
        0, or 1 if a file or digits were left out; the others are joined all the same.
    """
    parser = argparse.ArgumentParser(
        prog="python -m digitlib.course.class_digits",
        description=(main.__doc__ or "").partition("\n")[0],
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a writer's file, or a folder of them"
    )
    parser.add_argument("--into", type=Path, required=True, metavar="OUT", help="the data set")
    parser.add_argument(
        "--recognizer", action="store_true", help="let the shipped recognizer read all digits"
    )
    options = parser.parse_args(arguments)
    into = options.into.resolve()
    files = [path for path in files_in(options.files) if path.resolve() != into]
    digits, remarks = join(files)
    for remark in remarks:
        print(remark, file=sys.stderr)
    if not len(digits.labels):
        print(f"no digit is left, and {options.into} is not written", file=sys.stderr)
        return 1
    save_class(options.into, digits)
    count = len(digits.unmatched)
    print(f"{options.into}: {len(digits.labels)} digits, {count} writer{'s' * (count != 1)}")
    print(f"\n{summary(digits)}")
    if options.recognizer:
        answers = load_recognizer().predict(digits.images).argmax(axis=1)
        print(f"\n{score_table(accuracy_by_writer(digits, answers))}")
    return int(bool(remarks))


if __name__ == "__main__":
    sys.exit(main())
