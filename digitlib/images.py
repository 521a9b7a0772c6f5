"""Image files and arrays as they come in: read, checked, and refused with a reason."""

import io
import re
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# A 100-megapixel photograph takes 300 MB as an array, the most this course handles.
MAX_PIXELS = 100_000_000

# Pillow needs seven bytes a pixel on the way to an array. Of larger pictures than this OpenCV
# reads the usual kinds straight into it.
LARGE_PIXELS = 20_000_000

# What a picture whose visible part is lighter than this was drawn on was dark.
LIGHT_STROKES = 160

# Bits a pixel that cameras and scanners write into files of 16 bits.
USUAL_BITS = (8, 10, 12, 14, 16)


def load_image(source: str | Path | bytes | memoryview | Image.Image) -> np.ndarray:
    """Read an image file the way a person would see it.

    The rotation that a phone notes in the file is applied, transparency becomes white paper
    (black where what is drawn on it is light), images of 16 bits, of floating point and of CMYK
    become 8-bit color, and of an animation the first frame counts. HEIC is read where
    ``pillow-heif`` is installed.

    Parameters
    ----------
    source : str, Path, bytes, memoryview or PIL.Image.Image
        A file's path, the content of a file (as an upload delivers it), or an image that
        Pillow has opened.

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
    name = "the uploaded file"
    stream: Path | io.BytesIO | Image.Image
    if isinstance(source, Image.Image):
        name, stream = "the image", source
    elif isinstance(source, str | Path):
        path = Path(source)
        if not path.is_file():
            raise FileNotFoundError(f"no image file at {path}")
        name, stream = str(path), path
    elif isinstance(source, bytes | bytearray | memoryview):
        stream = io.BytesIO(source)
    else:
        raise ValueError(
            f"expected a path, the content of a file or an image, found {type(source).__name__}"
        )
    try:
        if isinstance(stream, Image.Image):
            return _to_bgr(stream, name)
        with _opened(stream, name) as opened:
            if _is_large_and_usual(opened):
                return _straight_to_bgr(opened, stream, name)
            return _to_bgr(opened, name)
    except Image.DecompressionBombError as error:
        # Pillow's own words are about attacks; the number in them is what matters here.
        pixels = int(re.findall(r"\d+", str(error))[0])
        raise ValueError(
            f"{name} has {pixels:,} pixels, expected at most {MAX_PIXELS:,}"
        ) from error
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{name} cannot be read as an image: {error}") from error


def as_photo(source: np.ndarray | str | Path | bytes | memoryview | Image.Image) -> np.ndarray:
    """Return a photograph as an array, whatever it comes as.

    Parameters
    ----------
    source : numpy.ndarray, str, Path, bytes, memoryview or PIL.Image.Image
        An array is checked by :func:`check_photo`, all else read by :func:`load_image`.

    Returns
    -------
    numpy.ndarray of uint8, (height, width) or (height, width, 3)
        Gray, or BGR.

    Raises
    ------
    FileNotFoundError
        If a path leads to no file.
    ValueError
        If it is no such image, or has more than 100 million pixels.
    """
    if isinstance(source, str | Path | bytes | bytearray | memoryview | Image.Image):
        return load_image(source)
    return check_photo(source)


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
    if image is None:
        raise ValueError(
            "expected a NumPy array, found None, which is what cv2.imread returns where it can "
            "read no image: is the path right?"
        )
    if not isinstance(image, np.ndarray):
        raise ValueError(f"expected a NumPy array, found {type(image).__name__}")
    if image.dtype != np.uint8:
        raise ValueError(
            f"expected uint8 values from 0 to 255, found dtype {image.dtype}{_way_to_uint8(image)}"
        )
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


def _way_to_uint8(image: np.ndarray) -> str:
    """Say how other numbers become uint8, where their range tells it."""
    if image.size == 0 or not np.issubdtype(image.dtype, np.number):
        return ""
    low, high = image.min(), image.max()
    if np.iscomplexobj(image) or not np.isfinite([low, high]).all() or low < 0:
        return ""
    if high <= 1:
        return " from 0 to 1: (255 * image).astype(np.uint8) would do"
    if high <= 255:
        return " from 0 to 255: image.astype(np.uint8) would do"
    return f" up to {high:g}: divide by {high / 255:.4g} first"


def _opened(stream: Path | io.BytesIO, name: str) -> Image.Image:
    _learn_heic()
    with warnings.catch_warnings():
        # What is too large is refused with a number, what is not needs no warning.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(stream)
        except UnidentifiedImageError as error:
            raise ValueError(_unknown_format(stream, name)) from error


def _learn_heic() -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()


def _unknown_format(stream: Path | io.BytesIO, name: str) -> str:
    if isinstance(stream, Path):
        with stream.open("rb") as file:
            head = file.read(12)
    else:
        head = stream.getvalue()[:12]
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return (
            f"{name} is a HEIC picture, as iPhones take them: install pillow-heif to read it, or "
            "share it as JPEG"
        )
    return f"{name} is not an image of a known format (JPEG, PNG, …)"


def _is_large_and_usual(opened: Image.Image) -> bool:
    width, height = opened.size
    plain = opened.mode in ("L", "RGB", "YCbCr") and "transparency" not in opened.info
    return width * height > LARGE_PIXELS and plain and opened.format in ("JPEG", "PNG")


def _straight_to_bgr(opened: Image.Image, stream: Path | io.BytesIO, name: str) -> np.ndarray:
    """Read a large picture with OpenCV, in half of the memory."""
    _refuse_too_large(*opened.size, name)
    gray = opened.mode == "L"
    if opened.format == "JPEG":
        # OpenCV fills what a cut file lacks with gray. Pillow notices, and an eighth is enough.
        opened.draft("L", (opened.width // 8, opened.height // 8))
        opened.load()
    flags = cv2.IMREAD_GRAYSCALE if gray else cv2.IMREAD_COLOR
    if isinstance(stream, Path):
        content = np.fromfile(stream, np.uint8)
    else:
        content = np.frombuffer(stream.getbuffer(), np.uint8)
    image = cv2.imdecode(content, flags)
    if image is None:
        raise ValueError(f"{name} cannot be read as an image: it is damaged")
    return cv2.merge([image] * 3) if gray else image


def _to_bgr(opened: Image.Image, name: str) -> np.ndarray:
    _refuse_too_large(*opened.size, name)
    upright = ImageOps.exif_transpose(_to_eight_bits(opened))
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    if not transparent:
        return np.ascontiguousarray(np.asarray(upright.convert("RGB"))[:, :, ::-1])
    rgba = upright.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, _paper_under(rgba))
    rgb = Image.alpha_composite(paper, rgba).convert("RGB")
    return np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1])


def _paper_under(rgba: Image.Image) -> str:
    """Return the color of paper on which what is drawn stands out."""
    gray = np.asarray(rgba.convert("L"), np.float32)
    alpha = np.asarray(rgba.getchannel("A"), np.float32)
    mostly_clear = np.mean(alpha > 127) < 0.5
    light = (gray * alpha).sum() > LIGHT_STROKES * max(alpha.sum(), 1)
    return "black" if mostly_clear and light else "white"


def _to_eight_bits(image: Image.Image) -> Image.Image:
    # Pillow clips numbers above 255 on conversion, which turns most such pictures white.
    if not image.mode.startswith(("I", "F")):
        return image
    exif = image.getexif()
    values = np.asarray(image, np.float32)
    high = float(values.max(initial=0))
    if image.mode == "F" and high <= 1:
        values = 255 * values
    elif high > 255:
        # A camera of 12 bits writes no number above 4,095, and white is that.
        bits = next((bits for bits in USUAL_BITS if high < 2**bits), 32)
        values = values / 2 ** (bits - 8)
    scaled = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    scaled.info["exif"] = exif.tobytes()
    return scaled
