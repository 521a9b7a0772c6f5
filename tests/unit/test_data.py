"""The shipped images are MNIST, and a damaged file says so."""

import zipfile

import numpy as np
import pytest

import digitlib
from digitlib.data import IDX_MD5, MNIST_PATH, idx_md5


@pytest.fixture(scope="module")
def mnist():
    return digitlib.load_mnist()


def test_arrays_have_the_form_that_keras_gives(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert y_train.shape == (60000,)
    assert y_test.shape == (10000,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


def test_arrays_are_those_of_the_four_original_files(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    assert {name: idx_md5(array) for name, array in arrays.items()} == IDX_MD5


def test_the_file_holds_the_four_arrays_under_the_names_of_keras(mnist):
    # `keras.datasets.mnist.load_data` reads arrays of these names from an archive of this form.
    (x_train, y_train), (x_test, y_test) = mnist
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    with np.load(MNIST_PATH) as archive:
        assert set(archive.files) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(archive[name], array)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.npz.*install digitlib again"):
        digitlib.load_mnist(tmp_path / "gone.npz")


def damaged(content: bytes, kind: str) -> bytes:
    middle = len(content) // 2
    return {
        "cut": content[:middle],
        "empty": b"",
        "text": b"not an archive",
        "flipped": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
    }[kind]


@pytest.mark.parametrize("kind", ["cut", "empty", "text", "flipped"])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path, kind):
    path = tmp_path / "mnist.npz"
    path.write_bytes(damaged(MNIST_PATH.read_bytes(), kind))
    with pytest.raises(ValueError, match=r"mnist\.npz.*install digitlib again"):
        digitlib.load_mnist(path)


def test_a_valid_archive_with_other_images_is_refused(tmp_path, mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    wrong = x_test.copy()
    wrong[5, 14, 14] ^= 1
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=x_train, y_train=y_train, x_test=wrong, y_test=y_test)
    with pytest.raises(ValueError, match="x_test has MD5"):
        digitlib.load_mnist(path)


def test_an_archive_without_the_arrays_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(ValueError, match=r"other\.npz"):
        digitlib.load_mnist(path)
