"""The MNIST images, shipped with the package and proved by checksum."""

import hashlib
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

MNIST_PATH = Path(__file__).parent / "mnist.npz"

# MD5 of the four uncompressed IDX files that LeCun, Cortes and Burges published.
IDX_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}

Split = tuple[np.ndarray, np.ndarray]

# A quarter turn or a half one makes another shape of these digits; the others may still be read.
ONE_WAY = (2, 3, 4, 5, 7)


def idx_md5(array: np.ndarray) -> str:
    """Return the MD5 that an array has when it is written as an IDX file.

    Parameters
    ----------
    array : numpy.ndarray of uint8
        Images (n, 28, 28) or labels (n,).

    Returns
    -------
    str
        32 hexadecimal digits.

    Notes
    -----
    An IDX file is a header, two zero bytes, the code 8 for unsigned bytes, the number of
    dimensions and each dimension as a big-endian 32-bit integer, followed by the values
    (the MNIST page of LeCun, Cortes and Burges, section "File formats").
    """
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def load_mnist(path: str | Path = MNIST_PATH) -> tuple[Split, Split]:
    """Load the 70,000 images of MNIST without a download.

    Parameters
    ----------
    path : str or Path, optional
        An ``.npz`` file with the arrays ``x_train``, ``y_train``, ``x_test``, ``y_test``.
        The file that ships with the package, unless told otherwise.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images as uint8 (60000, 28, 28) and (10000, 28, 28), 0 for paper and 255 for full
        ink; labels as uint8 (60000,) and (10000,), 0 to 9. The same arrays as
        ``keras.datasets.mnist.load_data()`` returns.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, cut short or holds other data.
    """
    path = Path(path)
    remedy = "install digitlib again to restore it (pip install --force-reinstall --no-deps .)"
    if not path.is_file():
        raise FileNotFoundError(f"no MNIST file at {path}: {remedy}")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in IDX_MD5}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a readable MNIST file ({error}): {remedy}") from error
    for name, expected in IDX_MD5.items():
        found = idx_md5(arrays[name])
        if found != expected:
            raise ValueError(
                f"{path} is damaged: {name} has MD5 {found}, expected {expected}: {remedy}"
            )
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
