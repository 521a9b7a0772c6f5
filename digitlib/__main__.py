"""``python -m digitlib photo.jpg``: read the digits of photographs and print them."""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

import digitlib


def main(arguments: list[str] | None = None) -> int:
    """Read photographs and print their digits, a line of writing on a line.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line, unless told otherwise.

    Returns
    -------
    int
        0, or 1 if one of the files could not be read; the others are read all the same.
    """
    parser = argparse.ArgumentParser(
        prog="python -m digitlib", description=(main.__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="an image file")
    parser.add_argument("--json", action="store_true", help="print places and numbers as JSON")
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="OUT",
        help="save the photograph with boxes; of several photographs, into this folder",
    )
    parser.add_argument("--version", action="version", version=f"digitlib {digitlib.__version__}")
    options = parser.parse_args(arguments)
    recognizer, told, failed = digitlib.load_recognizer(), [], False
    several = len(options.photos) > 1
    for path in options.photos:
        try:
            image = digitlib.load_image(path)
            readings = recognizer.read(image)
            if options.draw:
                out = options.draw / path.name if several else options.draw
                _save(out, digitlib.draw(image, readings))
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        text = readings.text()
        if options.json:
            plain = [reading.as_dict() for reading in readings]
            told.append({"file": str(path), "text": text, "readings": plain})
        elif several:
            print(f"{path}: {text.replace(chr(10), ' / ')}")
        else:
            print(text)
    if options.json:
        print(json.dumps(told if several else told[0] if told else None, indent=2))
    return int(failed)


def _save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix if cv2.haveImageWriter(str(path)) else ".png"
    encoded, content = cv2.imencode(kind, image)
    if not encoded:
        raise ValueError(f"{path} cannot be written as {kind}")
    path.with_suffix(kind).write_bytes(content.tobytes())


if __name__ == "__main__":
    sys.exit(main())
