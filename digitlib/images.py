"""Image files and arrays as they come in: read, checked, and refused with a reason."""

import io
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# A 100-megapixel photograph takes 300 MB as an array, the most this course handles.
MAX_PIXELS = 100_000_000


def load_image(source: str | Path | bytes | memoryview) -> np.ndarray:
    """Read an image file the way a person would see it.

    The rotation that a phone notes in the file is applied, transparency becomes white
    paper, 16-bit and CMYK images become 8-bit color, and of an animation the first frame
    counts.

    Parameters
    ----------
    source : str, Path, bytes or memoryview
        A file's path, or the content of a file (as an upload delivers it).

    Returns
    -------
    numpy.ndarray of uint8, (height, width, 3)
        Values 0-255 in the order blue, green, red, as OpenCV expects them.

    Raises
    ------
    FileNotFoundError
        If the path leads to no file.
    ValueError
        If the content is no image, is damaged, or has more than 100 million pixels.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileNotFoundError(f"no image file at {path}")
        name, stream = str(path), path
    else:
        name, stream = "the uploaded file", io.BytesIO(source)
    try:
        with Image.open(stream) as opened:
            _refuse_too_large(*opened.size, name)
            upright = ImageOps.exif_transpose(_to_eight_bits(opened))
            rgba = upright.convert("RGBA")
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is not an image of a known format (JPEG, PNG, …)") from error
    except Image.DecompressionBombError as error:
        # Pillow's own words are about attacks; the number in them is what matters here.
        pixels = int(re.search(r"\d+", str(error))[0])
        raise ValueError(
            f"{name} has {pixels:,} pixels, expected at most {MAX_PIXELS:,}"
        ) from error
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{name} cannot be read as an image: {error}") from error
    paper = Image.new("RGBA", rgba.size, "white")
    rgb = Image.alpha_composite(paper, rgba).convert("RGB")
    return np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1])


def check_photo(image: np.ndarray) -> np.ndarray:
    """Return the image if it is a photograph as the recognizer takes it.

    Parameters
    ----------
    image : numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray values, or colors in OpenCV's order blue, green, red; 0-255.

    Returns
    -------
    numpy.ndarray
        The same array.

    Raises
    ------
    ValueError
        If the type, shape, number type or size is another; the message names what was
        found and what was expected.
    """
    if not isinstance(image, np.ndarray):
        raise ValueError(f"expected a NumPy array, found {type(image).__name__}")
    if image.dtype != np.uint8:
        raise ValueError(f"expected uint8 values from 0 to 255, found dtype {image.dtype}")
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(
            f"expected shape (height, width) or (height, width, 3), found {image.shape}"
        )
    if image.size == 0:
        raise ValueError(f"expected at least one pixel, found an empty array {image.shape}")
    _refuse_too_large(image.shape[1], image.shape[0], "the image")
    return image


def _refuse_too_large(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise ValueError(
            f"{name} has {width} x {height} pixels, expected at most {MAX_PIXELS:,} in all"
        )


def _to_eight_bits(image: Image.Image) -> Image.Image:
    # Pillow clips 16-bit gray to 255 on conversion, which turns most pictures white.
    if not image.mode.startswith("I"):
        return image
    exif = image.getexif()
    scaled = Image.fromarray((np.asarray(image, dtype=np.uint32) >> 8).astype(np.uint8))
    scaled.info["exif"] = exif.tobytes()
    return scaled
